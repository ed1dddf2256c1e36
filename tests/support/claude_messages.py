"""Responses of the corpus's Claude Code logs, each with its last reading, read without the project's own reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple


class Call(NamedTuple):
    name: str
    arguments: dict[str, Any]


class Response(NamedTuple):
    file: str
    model: str
    folder: str
    texts: tuple[str, ...]
    calls: tuple[Call, ...]
    thinking: tuple[str, ...]  # one text a block, '' where the log keeps it back
    logged: int


def responses(corpus: Path) -> list[Response]:
    """Every response that a Claude model finished: the largest count that comes with a stop reason."""
    root = corpus / "claude" / "projects"
    found: dict[str, Response] = {}
    for path in sorted(root.rglob("*.jsonl")):
        for key, response in _of_file(path, str(path.relative_to(root))):
            known = found.get(key)
            if known is None or _size(response) > _size(known):
                found[key] = response
    return list(found.values())


def _size(response: Response) -> tuple[int, int]:
    blocks = len(response.texts) + len(response.calls) + len(response.thinking)
    return blocks, response.logged


def _of_file(path: Path, name: str) -> list[tuple[str, Response]]:
    records: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_bytes().split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("type") == "assistant":
            records.setdefault(record["message"].get("id") or "", []).append(record)
    made = ((key, _response(name, lines)) for key, lines in records.items() if key)
    return [(key, response) for key, response in made if response is not None]


def _response(name: str, lines: list[dict[str, Any]]) -> Response | None:
    messages = [line["message"] for line in lines]
    counts = [m["usage"]["output_tokens"] for m in messages if m.get("stop_reason") and m.get("usage")]
    model = str(messages[0].get("model"))
    if not counts or not model.startswith("claude"):
        return None
    blocks: dict[str, dict[str, Any]] = {}
    for message in messages:
        for block in message["content"]:
            blocks.setdefault(block.get("id") or json.dumps(block, sort_keys=True), block)
    texts = tuple(b["text"] for b in blocks.values() if b["type"] == "text")
    calls = tuple(Call(b["name"], b["input"]) for b in blocks.values() if b["type"] == "tool_use")
    thinking = tuple(b.get("thinking") or "" for b in blocks.values() if b["type"] == "thinking")
    return Response(name, model, lines[0].get("cwd") or "", texts, calls, thinking, max(counts))
