"""What a reader hands to the ledger: plain tuples, cheap to send between processes.

Texts that repeat (origins, skus, files) are sent once per batch; rows refer to them by position.
"""

from __future__ import annotations

from typing import Any, NamedTuple, overload


class EntryRow(NamedTuple):
    """One entry in a batch; `origin`, `sku` and `file` are positions in the batch's lists."""

    hash: int
    key: str
    ts: int
    origin: int
    sku: int
    uncached: int
    cache_read: int
    creation_5m: int
    creation_1h: int
    output: int
    reasoning: int
    web_searches: int
    count_basis: int
    flags: int
    owner_rank: int
    sku_ts: int
    turn_id: str | None
    evidence_rank: int
    reported_cost: int | None
    file: int
    first_line: int
    last_line: int


class EventRow(NamedTuple):
    """One event in a batch; `kind` indexes EVENT_KINDS, `entry_hash` that of the entry's key."""

    hash: int
    kind: int
    ts: int
    origin: int
    turn_id: str | None
    entry_hash: int | None
    name: str | None
    status: str | None
    input_bytes: int
    result_bytes: int
    duration_ms: int
    counted: int
    tokens_before: int
    tokens_after: int
    until: int
    file: int
    line: int


class FileRow(NamedTuple):
    """One log and where its reading ended now. `rebuild`: first remove what was guessed from it before."""

    source: str
    identity: str
    path: str
    dev: int
    ino: int
    size: int
    mtime_ns: int
    offset: int
    lines: int
    head_hash: bytes
    tail_hash: bytes
    state: bytes
    waiting_for: str | None
    unknown_types: str | None
    fresh: bool
    rebuild: bool


class Batch(NamedTuple):
    """Everything read from some logs, to be written in one transaction together with their cursors.

    `origins`: (source, session, parent, root, agent, project, branch, client, version); `skus`: (provider,
    model, model_raw, tier, speed, geo, effort), '' for unknown; `windows`: (source, limit, minutes, plan);
    `limits`: (position of the window, ts, used, resets); `problems` as their table; `retracted`: hashes of
    events that a later part of the same log proved to be second evidence. `calls`: (position of the entry,
    hash of the twin key or None, evidence, cost kind, latency, API key's name, user, p90 error of
    counts made from text); `statements`: (hash of
    the key, *StatementLine of core/call.py, position of the file).
    """

    origins: list[tuple[str, ...]]
    skus: list[tuple[str, ...]]
    files: list[tuple[Any, ...]]
    entries: list[tuple[Any, ...]]
    events: list[tuple[Any, ...]]
    windows: list[tuple[str, str, int, str]]
    limits: list[tuple[Any, ...]]
    problems: list[tuple[str, str, int, str, str]]
    retracted: list[int]
    calls: list[tuple[Any, ...]]
    statements: list[tuple[Any, ...]]


@overload
def clean(text: str) -> str: ...
@overload
def clean(text: None) -> None: ...
def clean(text: str | None) -> str | None:
    r"""`text` as SQLite can hold it: a lone surrogate is no UTF-8, so it is written as `\udcff`.

    JSON escapes may hold one, and it is how Python spells a byte of a file name that is no UTF-8. Spelt out,
    names that differ stay different.
    """
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
