"""Small invented rollouts for the Codex tests: lines, files, and what the adapter makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sources.golden import Found, run_home
from tokmeter.core.supersede import superseded_keys
from tokmeter.core.usage import Entry
from tokmeter.sources.codex import SOURCE

Record = dict[str, Any]
OWN = "019a0000-0000-7000-8000-00000000000a"
PARENT = "019b0000-0000-7000-8000-00000000000b"
OTHER = "019c0000-0000-7000-8000-00000000000c"
START = 1772355600
"""2026-03-01T09:00:00Z in Unix seconds: when the threads of these tests start."""


def at(second: float, day: int = 1) -> str:
    """A moment `second` seconds after 09:00 of a day in March 2026."""
    whole = int(second)
    clock = f"{9 + whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"2026-03-{day:02d}T{clock}.{round((second - whole) * 1000):03d}Z"


def line(second: float, kind: str, payload: Record, **more: Any) -> Record:
    """One line of a rollout."""
    return {"timestamp": at(second), "type": kind, "payload": payload, **more}


def meta(thread: str = OWN, second: float = 0, start: float = 0, **more: Any) -> Record:
    """A `session_meta`; `start` is the thread's own start, `second` the line's time."""
    about = {"id": thread, "timestamp": at(start), "cwd": "/home/ana/shop", "source": "cli"}
    return line(second, "session_meta", {**about, **more})


def turn(second: float, turn_id: str | None = "t1", model: str = "gpt-5.2-codex", **more: Any) -> Record:
    """A `turn_context`."""
    return line(second, "turn_context", {"turn_id": turn_id, "model": model}, **more)


def started(second: float, turn_id: str = "t1", began: int | None = None) -> Record:
    """A `task_started`; `began` is its `started_at`."""
    extra = {} if began is None else {"started_at": began}
    return line(second, "event_msg", {"type": "task_started", "turn_id": turn_id, **extra})


def usage(fresh: int, output: int = 0, cached: int = 0, reasoning: int = 0, written: int = 0) -> Record:
    """A usage object whose total is input + output."""
    return {
        "input_tokens": fresh,
        "cached_input_tokens": cached,
        "cache_write_input_tokens": written,
        "output_tokens": output,
        "reasoning_output_tokens": reasoning,
        "total_tokens": fresh + output,
    }


def count(second: float, total: Record | None, last: Record | None, **more: Any) -> Record:
    """A `token_count`."""
    info = {"total_token_usage": total, "last_token_usage": last}
    return line(second, "event_msg", {"type": "token_count", "info": info, "rate_limits": None}, **more)


def record(second: float, used: Record, turn_id: str = "t1", **more: Any) -> Record:
    """A `token_usage_record`."""
    payload = {"thread_id": OWN, "turn_id": turn_id, "response_id": f"resp_{second:016.3f}", "usage": used}
    return line(second, "token_usage_record", {**payload, **more})


def text(records: Iterable[Record]) -> str:
    """Records as lines."""
    return "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in records)


def write(
    home: Path, records: Iterable[Record], thread: str = OWN, folder: str = "sessions/2026/03/01"
) -> Path:
    """Write a rollout below `home/.codex`."""
    path = home / ".codex" / folder / f"rollout-2026-03-01T10-00-00-{thread}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text(records), encoding="utf-8")
    return path


def read(home: Path, env: dict[str, str] | None = None) -> Found:
    """Everything the adapter finds below `home`."""
    return run_home(home, SOURCE, env=env)


def visible(found: Found) -> list[Entry]:
    """The entries a ledger would sum, oldest first."""
    hidden = superseded_keys(found.entries.values())
    shown = [entry for key, entry in found.entries.items() if key not in hidden]
    return sorted(shown, key=lambda entry: (entry.ts, entry.key))


def totals(found: Found) -> list[int]:
    """All tokens of each visible entry, oldest first."""
    return [entry.total_tokens for entry in visible(found)]


def counted(home: Path, records: Iterable[Record]) -> list[int]:
    """All tokens of each visible entry of one rollout."""
    write(home, records)
    return totals(read(home))
