"""What happened around the billed responses: prompts, tool calls, interrupts, limits, compactions.

Later reports need them and assistants delete their logs, so they enter the ledger with the entries.
They hold numbers and identifiers, never text a person or a model wrote.
"""

from __future__ import annotations

import msgspec

from tokmeter.core.identity import entry_hash
from tokmeter.core.usage import Origin, origin_order

# Append only: the index is on disk.
EVENT_KINDS = (
    "prompt",  # a person asked something
    "tool_call",  # the model called a tool; result size and outcome join it when they are logged
    "interrupt",  # a person stopped the model
    "api_error",  # a call failed or was retried
    "limit_hit",  # a usage limit stopped the work
    "compaction",  # the context was summarised
    "turn",  # one turn ended; its duration
    "subagent_start",
    "rollback",  # turns were taken back; their tokens stay spent
    "gateway_cache_hit",  # a gateway answered from its own cache: nothing was billed
)


class Event(msgspec.Struct, gc=False, kw_only=True):
    """One thing that happened. Readings with the same (kind, key) merge: largest number, any known text.

    `key` is stable and free of paths, line numbers and (for copied lines) times. `entry_key` is the key of
    the response that caused it. `name` is a tool name or another fixed word; `status` is "error",
    "rejected", "ok", "auto", "manual" …; sizes in bytes of UTF-8; `count` is what the kind counts
    (web searches of a tool call, retry attempt, turns rolled back); `tokens_before`/`tokens_after` belong to
    compactions; `until` is the UTC millisecond at which a limit resets.
    """

    kind: str
    key: str
    ts: int
    origin: Origin
    turn_id: str | None = None
    entry_key: str | None = None
    name: str | None = None
    status: str | None = None
    input_bytes: int = 0
    result_bytes: int = 0
    duration_ms: int = 0
    count: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    until: int = 0
    line: int = 0


def owner_order(event: Event) -> tuple[int | str, ...]:
    """Order of readings by right to say when and where; the smallest wins: the earliest, then the main."""
    return (event.ts, *origin_order(event.origin))


def merge_events(into: Event, other: Event) -> None:
    """Make `into` the join of both readings of one event (commutative, associative, idempotent).

    The ledger repeats these rules in SQL (ledger/posting.py); a test holds both equal.
    """
    if owner_order(other) < owner_order(into):
        into.ts = other.ts
        into.origin = other.origin
        into.line = other.line
    into.turn_id = max(into.turn_id or "", other.turn_id or "") or None
    if other.entry_key is not None and other.entry_key != into.entry_key:
        keys = (key for key in (into.entry_key, other.entry_key) if key is not None)
        into.entry_key = min(keys, key=entry_hash)
    into.name = max(into.name or "", other.name or "") or None
    into.status = max(into.status or "", other.status or "") or None
    into.input_bytes = max(into.input_bytes, other.input_bytes)
    into.result_bytes = max(into.result_bytes, other.result_bytes)
    into.duration_ms = max(into.duration_ms, other.duration_ms)
    into.count = max(into.count, other.count)
    into.tokens_before = max(into.tokens_before, other.tokens_before)
    into.tokens_after = max(into.tokens_after, other.tokens_after)
    into.until = max(into.until, other.until)


class LimitSnapshot(msgspec.Struct, frozen=True, gc=False):
    """How full one rate-limit window was at `ts`; `used_percent` 0 to 100, `resets_at` UTC milliseconds."""

    source: str
    limit_id: str
    window_minutes: int
    ts: int
    used_percent: float
    resets_at: int | None = None
    plan_type: str | None = None
