"""Small homes whose totals are known by hand, and a tokmeter run over them as a user would."""

from __future__ import annotations

import ctypes
import gc
import io
import json
import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from cli.cli_run import NOW_MS, Result, Tokmeter
from tokmeter.cli.app import run as call_tokmeter
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, SyncResult, sync
from tokmeter.ledger.store import Ledger
from tokmeter.sources._discover import all_sources

Record = dict[str, Any]
Totals = dict[str, tuple[int, int]]
"""By assistant: entries, tokens of all kinds."""

THREAD = "019a0000-0000-7000-8000-0000000000"
"""All but the last two digits of a Codex thread's id."""


def claude_line(name: str, **changes: Any) -> Record:
    """A response of Claude Code: 10 + 20 + 30 in, 40 out, which makes 100 tokens."""
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 20,
        "cache_creation_input_tokens": 30,
        "output_tokens": 40,
    }
    line: Record = {
        "type": "assistant",
        "sessionId": "11111111-0000-4000-8000-000000000001",
        "uuid": f"uuid-{name}",
        "requestId": f"req_{name}",
        "cwd": "/home/ana/shop",
        "gitBranch": "main",
        "timestamp": "2026-11-20T10:00:00.000Z",
        "message": {
            "id": f"msg_{name}",
            "model": "claude-opus-4-8",
            "role": "assistant",
            "stop_reason": "end_turn",
            "content": [{"type": "text", "text": "invented"}],
            "usage": usage,
        },
    }
    for key, value in changes.items():
        place = line if key in line else line["message"]
        if key in usage:
            place = usage
        place[key] = value
    return line


def codex_lines(number: int, responses: int = 2, **changes: Any) -> list[Record]:
    """A thread of Codex: every response has 60 in and 40 out, which makes 100 tokens."""
    about = {"id": f"{THREAD}{number:02d}", "timestamp": "2026-11-20T11:00:00.000Z", "cwd": "/home/ana/shop"}
    about |= {"source": "cli"} | changes
    lines = [
        _codex_line(0, "session_meta", about),
        _codex_line(1, "turn_context", {"turn_id": "t1", "model": "gpt-5.2-codex"}),
    ]
    for n in range(1, responses + 1):
        info = {"total_token_usage": _codex_usage(n), "last_token_usage": _codex_usage(1)}
        lines.append(
            _codex_line(n + 1, "event_msg", {"type": "token_count", "info": info, "rate_limits": None})
        )
    return lines


def _codex_line(second: int, kind: str, payload: Record) -> Record:
    return {"timestamp": f"2026-11-20T11:00:{second:02d}.000Z", "type": kind, "payload": payload}


def _codex_usage(times: int) -> Record:
    return {
        "input_tokens": 60 * times,
        "cached_input_tokens": 20 * times,
        "output_tokens": 40 * times,
        "reasoning_output_tokens": 10 * times,
        "total_tokens": 100 * times,
    }


def text(records: Iterable[Record]) -> bytes:
    """Records as lines."""
    return b"".join(as_line(one) for one in records)


def as_line(record: Record) -> bytes:
    """One record as a line."""
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def claude_log(home: Path, content: bytes, name: str = "s1.jsonl", project: str = "-home-ana-shop") -> Path:
    """Write a transcript of Claude Code."""
    return _write(home / ".claude" / "projects" / project / name, content)


def codex_log(home: Path, content: bytes, number: int = 1) -> Path:
    """Write a rollout of Codex."""
    name = f"rollout-2026-11-20T11-00-00-{THREAD}{number:02d}.jsonl"
    return _write(home / ".codex" / "sessions" / "2026" / "11" / "20" / name, content)


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


GOOD: Totals = {"claude-code": (3, 300), "codex": (2, 200)}
"""What `good_home` holds."""


def good_home(home: Path) -> Path:
    """Three responses of Claude Code and two of Codex, 100 tokens each."""
    claude_log(home, text(claude_line(f"good{n}") for n in range(3)))
    codex_log(home, text(codex_lines(1)))
    return home


def synced(home: Path, ledger: Ledger | None = None) -> tuple[Ledger, SyncResult]:
    """A ledger brought up to date from `home`, in this process."""
    ledger = ledger or Ledger.in_memory()
    return ledger, sync(ledger, all_sources(), Places(home), now_ms=NOW_MS, prices=PriceSettings())


def totals(ledger: Ledger) -> Totals:
    """What a ledger counts."""
    rows = ledger.connection.execute(
        "SELECT source, count(*), sum(total_tokens) FROM entries GROUP BY source ORDER BY source"
    )
    return {source: (count, tokens) for source, count, tokens in rows}


def problems(ledger: Ledger) -> list[tuple[str, int]]:
    """Code and line of every fault a ledger remembers."""
    rows = ledger.connection.execute("SELECT DISTINCT code, line FROM problem ORDER BY code, line")
    return [(code, line) for code, line in rows]


def exported(run: Tokmeter, *switches: str, env: Mapping[str, str] | None = None) -> Totals:
    """What `tokmeter export` tells."""
    return summed(run("export", *switches, env=env).out)


def summed(lines: str) -> Totals:
    """The totals of exported lines."""
    sums: Totals = {}
    for line in lines.splitlines():
        entry = json.loads(line)
        count, tokens = sums.get(entry["source"], (0, 0))
        sums[entry["source"]] = (count + 1, tokens + entry["total_tokens"])
    return dict(sorted(sums.items()))


def assert_calm(result: Result, status: int = 0) -> None:
    """The status is right and nobody sees a traceback."""
    assert "Traceback" not in result.err, result.err
    assert "Exception ignored" not in result.err, result.err
    assert status == result.status, result.out + result.err


class InProcess(Tokmeter):
    """A tokmeter in this process: for what does not depend on a process of its own, at a tenth of the time."""

    def _run(self, command: list[str], env: Mapping[str, str] | None) -> Result:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
        with (
            mock.patch.dict(os.environ, self.environment(**(env or {})), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", ResourceWarning)  # a process that ends closes its ledger unasked
            status = call_tokmeter(command[3:])
            gc.collect()
        texts = []
        for stream in (out, err):
            stream.flush()
            texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
        return Result(status, *texts)


class BoundTokmeter(Tokmeter):
    """A tokmeter bound by permissions also where the tests run as root, whom they don't bind otherwise."""

    def _run(self, command: list[str], env: Mapping[str, str] | None) -> Result:
        done = subprocess.run(
            command,
            env=self.environment(**(env or {})),
            capture_output=True,
            check=False,
            timeout=60,
            preexec_fn=give_up_privileges,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


def give_up_privileges() -> None:
    """What this process executes next is refused what the mode of a file refuses (Linux)."""
    if os.getuid() == 0:
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            _LIBC.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def permissions_bind() -> bool:
    """Whether `give_up_privileges` works here."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).chmod(0)
        tried = subprocess.run(
            ["cat", file.name], check=False, capture_output=True, preexec_fn=give_up_privileges
        )
    return tried.returncode != 0


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    """A file or folder with other permissions for a while."""
    before = path.stat().st_mode & 0o7777
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)
