"""Lines of invented Claude Code transcripts, and what a content reader makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tokmeter.sources._content import Content, Output, Piece
from tokmeter.sources.claude_code import SOURCE

SESSION = "aaaaaaaa-0000-4000-8000-000000000001"
MAIN = f"/logs/projects/-home-ana-shop/{SESSION}.jsonl"
AGENT = f"/logs/projects/-home-ana-shop/{SESSION}/subagents/agent-f00d.jsonl"
ONE, TWO, THREE = (f"msg_01{letter * 22}" for letter in "ABC")
TS = 1_772_442_000_000
"""2026-03-02T09:00:00Z"""
USED = {"input_tokens": 4, "output_tokens": 3}

Json = dict[str, Any]


def stamp(second: int) -> str:
    return f"2026-03-02T09:00:{second:02d}.000Z"


def text(said: str) -> Json:
    return {"type": "text", "text": said}


def thinking(thought: str, signature: str = "") -> Json:
    return {"type": "thinking", "thinking": thought, "signature": signature}


def call(name: str, call_id: str = "toolu_01AAAAAAAAAAAAAAAA", **arguments: Any) -> Json:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def result(content: Any, call_id: str = "toolu_01AAAAAAAAAAAAAAAA") -> Json:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content}


def assistant(*blocks: Json, of: str = ONE, at: int = 0, stop: str | None = None, **more: Any) -> Json:
    message = {
        "id": of,
        "model": "claude-opus-4-8",
        "content": list(blocks),
        "stop_reason": stop,
        "usage": USED,
    }
    return {"type": "assistant", "timestamp": stamp(at), "sessionId": SESSION, "message": message, **more}


def user(content: Any, at: int = 0, **more: Any) -> Json:
    message = {"role": "user", "content": content}
    return {"type": "user", "timestamp": stamp(at), "sessionId": SESSION, "message": message, **more}


def attachment(kind: str, at: int = 0, **fields: Any) -> Json:
    return {"type": "attachment", "timestamp": stamp(at), "attachment": {"type": kind, **fields}}


def nested(line: Json, agent: str = "beef") -> Json:
    """The line of an agent inside its parent's log."""
    return {"type": "progress", "timestamp": stamp(59), "data": {"agentId": agent, "message": line}}


def read(lines: Iterable[Json | bytes], path: str = MAIN) -> list[Content]:
    """Everything that a log of these lines gives."""
    reader = SOURCE.content_reader(path)
    found: list[Content] = []
    for number, line in enumerate(lines, 1):
        data = line if isinstance(line, bytes) else json.dumps(line).encode()
        found += reader.feed(memoryview(data), number)
    return [*found, *reader.finish()]


def brief(content: Content) -> tuple[Any, ...]:
    """What most tests look at: line, kind and texts; of an output the line and its message id's letter."""
    if isinstance(content, Output):
        return content.line, "output", (content.key or "none")[-1]
    return content.line, content.kind, *content.texts


def told(lines: Iterable[Json | bytes], path: str = MAIN) -> list[tuple[Any, ...]]:
    return [brief(content) for content in read(lines, path)]


def pieces(lines: Iterable[Json | bytes], path: str = MAIN) -> list[Piece]:
    return [content for content in read(lines, path) if isinstance(content, Piece)]


def outputs(lines: Iterable[Json | bytes], path: str = MAIN) -> list[Output]:
    return [content for content in read(lines, path) if isinstance(content, Output)]
