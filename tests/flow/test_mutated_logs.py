"""Logs with odd values anywhere: no sync fails, no log is given up, and none suffers from another's faults."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from bad_home import GOOD, claude_log, codex_log, good_home, synced, totals

from sources.golden import HERE
from support.books import entry_rows
from tokmeter.ledger.store import Ledger
from tokmeter.sources._fields import decode_tolerant

SEEDS = range(25)
ROUNDS = 4
"""Homes per seed; each is synced twice."""

ODD = (
    "1e19",
    "-1e19",
    "1e400",
    "Infinity",
    "-Infinity",
    "NaN",
    "-1",
    "0",
    "1.5",
    str(2**63),
    str(10**30),
    str(10**400),
    "9" * 5_000,
    '""',
    '"?"',
    '"5"',
    r'"\ud800"',
    r'"a sentence\u0000 of \udfff words"',
    '"9999-12-31T23:59:59.999-23:59"',
    '"0001-01-01T00:00:00.000Z"',
    "[]",
    "[[]]",
    "[null]",
    "{}",
    r'{"\ud800": 1}',
    "true",
    "false",
    "null",
    "[" * 400 + "]" * 400,
    "[" * 20_000 + "]" * 20_000,
)
"""JSON, or what some writers take for it, that no field expects."""

MARK = "@odd@"

# No fixture of Codex has limits in both spellings and every kind of event, so these lines join its logs.
LIMITS = {
    "primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": 1_795_180_000},
    "secondary": {"used_percent": 40, "window_minutes": 10_080, "resets_in_seconds": 5_000},
    "limit_id": "codex",
    "plan_type": "plus",
    "rate_limit_reached_type": "primary",
}
MORE_CODEX: list[dict[str, Any]] = [
    {"type": "event_msg", "payload": payload}
    for payload in (
        {"type": "token_count", "info": None, "rate_limits": LIMITS},
        {"type": "turn_aborted", "turn_id": "t1", "reason": "interrupted", "duration_ms": 5},
        {"type": "task_complete", "turn_id": "t1", "duration_ms": 5},
        {"type": "thread_rolled_back", "num_turns": 2},
        {"type": "error", "codex_error_info": {"http": 500}},
        {"type": "mcp_tool_call_end", "call_id": "c", "invocation": {"server": "files", "tool": "read"}},
        {"type": "exec_command_end", "call_id": "c", "exit_code": 0},
        {"type": "sub_agent_activity", "kind": "started", "agent_thread_id": "a"},
    )
]
MORE_CLAUDE: list[dict[str, Any]] = [
    {"type": "system", "subtype": "turn_duration", "uuid": "u1", "durationMs": 5},
    {"type": "system", "subtype": "api_error", "uuid": "u2", "retryAttempt": 1},
    {
        "type": "system",
        "subtype": "compact_boundary",
        "uuid": "u3",
        "compactMetadata": {"trigger": "auto", "preTokens": 9, "postTokens": 3, "durationMs": 5},
    },
]
REPEATS = 4
"""How often these lines stand in a log: each is spoilt in its own way."""
TIME = {"timestamp": "2026-03-02T09:00:00.000Z"}


def fixtures(adapter: str) -> list[list[bytes]]:
    """The lines of every plain log of an adapter's fixtures."""
    more = MORE_CODEX if adapter == "codex" else MORE_CLAUDE
    behind = [json.dumps(TIME | record).encode() for record in more * REPEATS]
    return [
        path.read_bytes().splitlines() + behind
        for path in sorted((HERE / adapter).glob("*/input/**/*.jsonl"))
    ]


LOGS = {adapter: fixtures(adapter) for adapter in ("claude_code", "codex")}


def spoilt(lines: list[bytes], dice: random.Random) -> bytes:
    """A log with one to three odd values in about half of its lines."""
    return b"".join((odd(line, dice) if dice.random() < 0.5 else line) + b"\n" for line in lines)


def odd(line: bytes, dice: random.Random) -> bytes:
    """A line with some of its values exchanged, if it is an object."""
    try:
        record = decode_tolerant(line)
    except ValueError:
        return line
    if not isinstance(record, dict):
        return line
    for _ in range(dice.randint(1, 3)):
        holder, name = dice.choice(places(record))
        holder[name] = MARK
    text = json.dumps(record)
    while f'"{MARK}"' in text:
        text = text.replace(f'"{MARK}"', dice.choice(ODD), 1)
    return text.encode()


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place inside a value that holds one: the container, and the key or index."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            found += [(value, name), *places(item)]
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_odd_values_fail_no_sync_and_cost_no_other_log_anything(seed: int, tmp_path: Path) -> None:
    """Beside two good logs stands a spoilt one of each assistant, that is synced half written and whole."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    for number in range(ROUNDS):
        home = good_home(tmp_path / str(number))
        ledger, _ = synced(home)
        good = entry_rows(ledger)
        logs = [spoilt(dice.choice(LOGS[adapter]), dice) for adapter in ("claude_code", "codex")]
        for part in (0.5, 1.0):
            claude_log(home, cut(logs[0], part), "odd.jsonl", "-odd")
            codex_log(home, cut(logs[1], part), 77)
            synced(home, ledger)
        held = entry_rows(ledger)
        faults = given_up(ledger)
        ledger.close()

        assert [] == [row for row in good if row not in held]
        assert [] == faults


def cut(log: bytes, part: float) -> bytes:
    """The first lines of a log."""
    lines = log.splitlines(keepends=True)
    return b"".join(lines[: round(len(lines) * part)])


def given_up(ledger: Ledger) -> list[tuple[str, str]]:
    """Logs that were not read to their end: a parser raised."""
    rows = ledger.connection.execute("SELECT path, detail FROM problem WHERE code = 'file-unreadable'")
    return [(path, detail) for path, detail in rows]


def test_the_good_logs_are_in_every_home(tmp_path: Path) -> None:
    """What the test above looks for is five entries, not none."""
    ledger, _ = synced(good_home(tmp_path / "home"))
    found = totals(ledger)
    ledger.close()

    assert found == GOOD
