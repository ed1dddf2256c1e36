"""Invented Codex rollouts (docs/formats.md)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from tokmeter.demo._claude import Record, stamp, uuid, write_lines
from tokmeter.demo._codex_texts import CodexTexts

_FIELDS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens", "total_tokens")
_WINDOW = 272_000


class CodexThread:
    """One rollout in the making."""

    def __init__(self, home: Path, start: datetime, random: Random, project: str, model: str) -> None:
        self._home = home
        self._random = random
        self._start = self._now = start
        self._id = uuid(random)
        self._project = project
        self._model = model
        self._total = dict.fromkeys(_FIELDS, 0)
        self._context = random.randint(20_000, 60_000)
        self._lines: list[Record] = []
        self._texts = CodexTexts(f"tokmeter demo texts {self._id}", project)
        self._add("session_meta", self._meta())

    def work(self, responses: int) -> None:
        """One turn: its settings, then running totals, of which some are repeated."""
        turn = uuid(self._random)
        self._add(
            "event_msg",
            {"type": "task_started", "turn_id": turn, "started_at": int(self._now.timestamp())},
        )
        self._add(
            "turn_context",
            {"turn_id": turn, "cwd": self._project, "model": self._model, "effort": "medium"},
        )
        prompt: Record = {"type": "user_message", "message": ""}
        self._add("event_msg", prompt)
        self._count(None)
        self._texts.prompted(prompt)
        for number in range(responses):
            last = self._response()
            before, items, behind = self._texts.step(last, final=number == responses - 1)
            self._items([*before, *items])
            self._count(last)
            if number % 2:
                self._count(last)
            self._items(behind)
        self._add("event_msg", {"type": "task_complete", "turn_id": turn})

    def fork(self) -> CodexThread:
        """A thread that begins with a re-stamped copy of this one; the copy is no new usage."""
        start = self._now + timedelta(minutes=3)
        child = CodexThread(self._home, start, self._random, self._project, self._model)
        child._lines = []
        child._add("session_meta", {**child._meta(), "forked_from_id": self._id})
        for line in self._lines:
            child._lines.append({**line, "timestamp": stamp(child._now)})
        child._total = dict(self._total)
        child._context = self._context
        child._texts = self._texts
        return child

    def close(self) -> None:
        """Write the rollout."""
        day = self._start
        name = f"rollout-{day:%Y-%m-%dT%H-%M-%S}-{self._id}.jsonl"
        write_lines(self._home / ".codex" / "sessions" / f"{day:%Y/%m/%d}" / name, self._lines)

    def _meta(self) -> Record:
        return {
            "id": self._id,
            "timestamp": stamp(self._start),
            "cwd": self._project,
            "originator": "codex_cli_rs",
            "cli_version": "0.98.0",
            "source": "cli",
            "model_provider": "openai",
            "git": {"branch": "main"},
        }

    def _response(self) -> dict[str, int]:
        """The counts of one response; the running total moves on by them."""
        fresh, output = self._random.randint(300, 3_000), self._random.randint(150, 1_500)
        last = dict(
            zip(
                _FIELDS,
                (
                    self._context + fresh,
                    self._context,
                    output,
                    output // 3,
                    self._context + fresh + output,
                ),
                strict=True,
            )
        )
        self._context += fresh
        self._total = {name: self._total[name] + last[name] for name in _FIELDS}
        return last

    def _count(self, last: dict[str, int] | None) -> None:
        """A `token_count` event: without counts it only tells of rate limits."""
        info: Record | None = None
        if last is not None:
            info = {
                "total_token_usage": dict(self._total),
                "last_token_usage": last,
                "model_context_window": _WINDOW,
            }
        self._add("event_msg", {"type": "token_count", "info": info, "rate_limits": None})

    def _items(self, items: list[Record]) -> None:
        """Items of the conversation, at the time of the line before."""
        for item in items:
            self._lines.append({"timestamp": stamp(self._now), "type": "response_item", "payload": item})

    def _add(self, kind: str, payload: Record) -> None:
        """One line, some seconds after the one before."""
        self._now += timedelta(milliseconds=self._random.randint(2_000, 15_000))
        self._lines.append({"timestamp": stamp(self._now), "type": kind, "payload": payload})
