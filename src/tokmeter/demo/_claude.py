"""Invented Claude Code transcripts (docs/formats.md)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from tokmeter.demo._claude_texts import Answer, Context, Texts

Record = dict[str, object]

_TOOLS = ("Read", "Edit", "Bash", "Grep")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


def stamp(moment: datetime) -> str:
    """UTC with milliseconds, as both assistants write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def uuid(random: Random) -> str:
    """A random identifier in the shape of a UUID."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def write_lines(path: Path, lines: list[Record]) -> None:
    """One compact JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")


class ClaudeSession:
    """One transcript in the making, with its subagents and forks."""

    def __init__(self, home: Path, start: datetime, random: Random, project: str, model: str) -> None:
        slug = "".join(c if c.isalnum() else "-" for c in project)
        self._folder = home / ".claude" / "projects" / slug
        self._random = random
        self._now = start
        self._id = uuid(random)
        self._project = project
        self._model = model
        self._context = random.randint(40_000, 110_000)
        self._lines: list[Record] = []
        self._texts = Texts(f"tokmeter demo texts {self._id}", project)
        self._sent = Context()

    def work(self, responses: int) -> None:
        """One prompt and the responses to it."""
        self._prompt()
        for number in range(responses):
            self._respond(self._lines, self._model, final=number == responses - 1)

    def subagent(self, model: str, responses: int) -> None:
        """A subagent with a transcript of its own; its summary in the parent is no usage."""
        agent = f"{self._random.getrandbits(32):08x}"
        lines: list[Record] = []
        context, self._context = self._context, 6_000
        sent, self._sent = self._sent, Context()
        for number in range(responses):
            self._respond(lines, model, final=number == responses - 1, agent=agent)
        self._context, self._sent = context, sent
        write_lines(self._folder / self._id / "subagents" / f"agent-{agent}.jsonl", lines)
        result: Record = {"type": "tool_result", "tool_use_id": f"toolu_{agent}", "content": ""}
        self._sent.waiting.append((result, "agent", ""))
        line = self._envelope("user", None)
        line["message"] = {"role": "user", "content": [result]}
        line["toolUseResult"] = {"agentId": agent, "totalTokens": 4_321, "usage": {"output_tokens": 321}}
        self._lines.append(line)

    def fork(self, responses: int) -> None:
        """A copy of the conversation so far under a new id, and new work behind it."""
        original, kept = self._id, list(self._lines)
        self.close()
        self._id = uuid(self._random)
        self._lines = [{**line, "sessionId": self._id} for line in kept]
        self._now += timedelta(minutes=2)
        self.work(responses)
        write_lines(self._folder / f"{self._id}.jsonl", self._lines)
        self._id, self._lines = original, kept

    def close(self) -> None:
        """Write the transcript."""
        write_lines(self._folder / f"{self._id}.jsonl", self._lines)

    def _prompt(self) -> None:
        line = self._envelope("user", None)
        message: Record = {"role": "user", "content": ""}
        self._sent.waiting.append((message, "prompt", ""))
        line["message"] = message
        self._lines.append(line)

    def _respond(self, lines: list[Record], model: str, *, final: bool, agent: str | None = None) -> None:
        """One billed response as two lines: a snapshot that knows little of the output, and the last one."""
        random = self._random
        fresh, output = random.randint(200, 2_400), random.randint(120, 1_600)
        identity = "msg_01" + "".join(random.choice(_LETTERS) for _ in range(22))
        uncached = random.randint(3, 12)
        usage = {
            "input_tokens": uncached,
            "cache_creation_input_tokens": fresh,
            "cache_read_input_tokens": self._context,
            "cache_creation": {"ephemeral_5m_input_tokens": fresh, "ephemeral_1h_input_tokens": 0},
            "service_tier": "standard",
        }
        tool = random.choice(_TOOLS)
        logged = uncached + fresh + self._context
        more = self._texts.fill(self._sent, model, logged, output)
        lines += [{**self._line(str(one["type"]), uuid(self._texts.random), None), **one} for one in more]
        answer = self._texts.answer(model, output, None if final else tool)
        calls = _calls(answer, f"toolu_{identity[6:18]}")
        request = "req_" + identity[8:24]
        for snapshot in (True, False):
            line = self._envelope("assistant", agent)
            line["requestId"] = request
            line["message"] = {
                "id": identity,
                "model": model,
                "role": "assistant",
                "stop_reason": None if snapshot else ("end_turn" if final else "tool_use"),
                "content": _begun(answer, whole=not final) if snapshot else calls or _said(answer.text),
                "usage": {**usage, "output_tokens": 4 if snapshot else output},
            }
            lines.append(line)
        if answer.call is not None:
            result: Record = {"type": "tool_result", "tool_use_id": calls[0]["id"], "content": ""}
            path = str(answer.call.arguments.get("file_path", ""))
            self._sent.waiting.append((result, answer.call.name, path))
            line = self._envelope("user", agent)
            line["message"] = {"role": "user", "content": [result]}
            lines.append(line)
        self._context += fresh

    def _envelope(self, kind: str, agent: str | None) -> Record:
        """The fields every line has; each line is some seconds later than the one before."""
        self._now += timedelta(milliseconds=self._random.randint(2_000, 20_000))
        return self._line(kind, uuid(self._random), agent)

    def _line(self, kind: str, name: str, agent: str | None) -> Record:
        line: Record = {
            "type": kind,
            "uuid": name,
            "sessionId": self._id,
            "timestamp": stamp(self._now),
            "cwd": self._project,
            "gitBranch": "main",
            "version": "2.1.200",
            "isSidechain": agent is not None,
        }
        if agent is not None:
            line["agentId"] = agent
        return line


def _begun(answer: Answer, *, whole: bool) -> list[Record]:
    """What a snapshot holds: all before the call, or the beginning of a text."""
    return [*answer.thinking, *_said(answer.text if whole else answer.text[:40])]


def _said(text: str) -> list[Record]:
    return [{"type": "text", "text": text}]


def _calls(answer: Answer, mark: str) -> list[Record]:
    call = answer.call
    return (
        [] if call is None else [{"type": "tool_use", "id": mark, "name": call.name, "input": call.arguments}]
    )
