"""Readings of logs → one batch of rows for the ledger. Runs in the reading process, next to the parser."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

from tokmeter.core.call import CallFact
from tokmeter.core.event import EVENT_KINDS, Event, LimitSnapshot
from tokmeter.core.identity import entry_hash, event_hash
from tokmeter.core.problem import Problem
from tokmeter.core.usage import Entry, Origin, Sku
from tokmeter.ledger.batch import Batch, FileRow, clean
from tokmeter.sources._jsonl import Reading

_KIND = {kind: index for index, kind in enumerate(EVENT_KINDS)}
_PROBLEMS_PER_FILE = 100
"""More than this many problems of one log say nothing new; the rest is one line with their number."""


class Packer:
    """Collects readings until `take` gives them as a batch."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.batch = Batch([], [], [], [], [], [], [], [], [], [], [])
        self._origins: dict[Origin, int] = {}
        self._skus: dict[Sku, int] = {}
        self._windows: dict[tuple[str, str, int, str | None], int] = {}

    def take(self) -> Batch:
        """Everything added since the last call."""
        batch = self.batch
        self._begin()
        return batch

    def add(self, reading: Reading, *, rebuild: bool = False) -> None:
        """Add what one pass over one log brought."""
        batch = self.batch
        self._add_problems(reading.parsed.problems)
        if reading.failed:  # its cursor stays as it was
            return
        position = len(batch.files)
        batch.files.append(_file_row(reading, rebuild=rebuild))
        hashes = self._add_entries(reading.parsed.entries, position)
        self._add_events(reading.parsed.events, position, hashes)
        self._add_limits(reading.parsed.limits)
        if reading.parsed.calls:
            self._add_calls(reading.parsed.calls, len(batch.entries) - len(reading.parsed.entries))
        for line in reading.parsed.statements:
            batch.statements.append((entry_hash(line.key), *(map(_cleaned, line)), position))
        batch.retracted.extend(event_hash(kind, key) for kind, key in reading.parsed.retracted)

    def _add_calls(self, calls: list[CallFact], first: int) -> None:
        """Facts of calls, each with the position of its entry: both come in one order.

        `first` is the position of this log's first entry. A key may stand in a log several times.
        """
        keys = (row[1] for row in self.batch.entries[first:])
        places = enumerate(keys, first)
        for call in calls:
            key = clean(call.key)
            position = next((at for at, other in places if other == key), None)
            if position is not None:
                twin = None if call.twin_key is None else entry_hash(call.twin_key)
                self.batch.calls.append((position, twin, *map(_cleaned, call[2:])))

    def _add_limits(self, limits: list[LimitSnapshot]) -> None:
        append = self.batch.limits.append
        known = self._windows
        for s in limits:
            window = (s.source, s.limit_id, s.window_minutes, s.plan_type)
            position = known.get(window)
            if position is None:
                position = known[window] = len(known)
                named = (s.source, clean(s.limit_id), s.window_minutes, clean(s.plan_type) or "")
                self.batch.windows.append(named)
            append((position, s.ts, s.used_percent, s.resets_at))

    def _add_problems(self, problems: list[Problem]) -> None:
        rows = self.batch.problems
        rows.extend(
            (p.source, clean(p.path) or "", p.line, p.code, p.detail) for p in problems[:_PROBLEMS_PER_FILE]
        )
        if len(problems) > _PROBLEMS_PER_FILE:
            last = problems[-1]
            more = f"and {len(problems) - _PROBLEMS_PER_FILE} more problems in this file"
            rows.append((last.source, clean(last.path) or "", last.line, last.code, more))

    # The next two run once a row, a quarter of a million times in a first sync of a gigabyte. So they hash in
    # place (as `entry_hash` and `event_hash` do), look at a text before cleaning it, and look up an origin or
    # sku only when it is another object than in the row before.

    def _add_entries(self, entries: Iterable[Entry], position: int) -> dict[str, int]:
        """Add the rows of one log; the hashes of their keys."""
        append = self.batch.entries.append
        hashes: dict[str, int] = {}
        from_bytes = int.from_bytes
        origin: Origin | None = None
        sku: Sku | None = None
        origin_at = sku_at = -1
        for e in entries:
            if e.origin is not origin:
                origin = e.origin
                origin_at = self._origin(origin)
            if e.sku is not sku:
                sku = e.sku
                sku_at = self._sku(sku)
            key = e.key
            if key.isascii():
                digest = from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
                hashes[key] = digest
            else:
                digest = hashes[key] = entry_hash(key)
                key = clean(key) or ""
            turn = e.turn_id
            if turn is not None and not turn.isascii():
                turn = clean(turn)
            one_hour = e.cache_creation_1h_input_tokens
            append((
                digest, key, e.ts, origin_at, sku_at, e.uncached_input_tokens, e.cache_read_input_tokens,
                e.cache_creation_input_tokens - one_hour, one_hour, e.output_tokens,
                e.reasoning_output_tokens, e.web_searches, e.count_basis, e.flags, e.owner_rank, e.sku_ts,
                turn, e.evidence_rank, e.reported_cost_nanousd, position, e.first_line, e.last_line,
            ))  # fmt: skip
        return hashes

    def _add_events(self, events: Iterable[Event], position: int, entries: dict[str, int]) -> None:
        append = self.batch.events.append
        from_bytes = int.from_bytes
        kinds = _KIND
        origin: Origin | None = None
        origin_at = -1
        for e in events:
            if e.origin is not origin:
                origin = e.origin
                origin_at = self._origin(origin)
            kind, key = e.kind, e.key
            if key.isascii():
                text = f"{kind}\0{key}"
                digest = from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
            else:
                digest = event_hash(kind, key)
            caller = None
            if e.entry_key is not None:
                caller = entries.get(e.entry_key) or entry_hash(e.entry_key)
            turn, name = e.turn_id, e.name
            if turn is not None and not turn.isascii():
                turn = clean(turn)
            if name is not None and not name.isascii():
                name = clean(name)
            append((
                digest, kinds[kind], e.ts, origin_at, turn, caller, name, e.status, e.input_bytes,
                e.result_bytes, e.duration_ms, e.count, e.tokens_before, e.tokens_after, e.until, position,
                e.line,
            ))  # fmt: skip

    def _origin(self, origin: Origin) -> int:
        """The position of an origin in the batch."""
        known = self._origins.get(origin)
        if known is not None:
            return known
        index = self._origins[origin] = len(self.batch.origins)
        self.batch.origins.append(tuple(clean(value) or "" for value in msgspec.structs.astuple(origin)))
        return index

    def _sku(self, sku: Sku) -> int:
        """The position of a sku in the batch."""
        known = self._skus.get(sku)
        if known is not None:
            return known
        index = self._skus[sku] = len(self.batch.skus)
        self.batch.skus.append(tuple(clean(value) or "" for value in msgspec.structs.astuple(sku)))
        return index


def _cleaned(value: str | float | None) -> str | float | None:
    return clean(value) if isinstance(value, str) else value


def _file_row(reading: Reading, *, rebuild: bool) -> tuple[object, ...]:
    """The cursor row of a reading, in the order of `FileRow`."""
    file, cursor, parsed = reading.file, reading.cursor, reading.parsed
    kinds = {clean(kind): count for kind, count in parsed.unknown.items()}
    unknown = msgspec.json.encode(kinds, order="sorted").decode() if kinds else None
    return tuple(
        FileRow(
            file.source, clean(file.identity) or "", clean(file.path) or "", file.dev, file.ino, file.size,
            file.mtime_ns, cursor.offset, cursor.lines, cursor.head_hash, cursor.tail_hash, cursor.state,
            parsed.waiting_for, unknown, reading.fresh, rebuild,
        )
    )  # fmt: skip
