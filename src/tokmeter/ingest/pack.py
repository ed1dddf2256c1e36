"""Readings of logs → one batch of rows for the ledger. Runs in the reading process, next to the parser."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tokmeter.core.event import EVENT_KINDS, Event
from tokmeter.core.problem import Problem
from tokmeter.core.usage import Entry, Origin, Sku
from tokmeter.ledger.batch import Batch, FileRow, clean
from tokmeter.ledger.identity import entry_hash, event_hash
from tokmeter.sources._jsonl import Reading

_KIND = {kind: index for index, kind in enumerate(EVENT_KINDS)}
_PROBLEMS_PER_FILE = 100
"""More than this many problems of one log say nothing new; the rest is one line with their number."""


class Packer:
    """Collects readings until `take` gives them as a batch."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.batch = Batch([], [], [], [], [], [], [], [])
        self._origins: dict[Origin, int] = {}
        self._skus: dict[Sku, int] = {}

    def take(self) -> Batch:
        """Everything added since the last call."""
        batch = self.batch
        self._begin()
        return batch

    @property
    def rows(self) -> int:
        """How much has been collected."""
        return len(self.batch.entries) + len(self.batch.events)

    def add(self, reading: Reading, *, rebuild: bool = False) -> None:
        """Add what one pass over one log brought."""
        batch = self.batch
        self._add_problems(reading.parsed.problems)
        if reading.failed:  # its cursor stays as it was
            return
        position = len(batch.files)
        batch.files.append(_file_row(reading, rebuild=rebuild))
        self._add_entries(reading.parsed.entries, position)
        self._add_events(reading.parsed.events, position)
        batch.limits.extend(
            (s.source, s.limit_id, s.window_minutes, s.ts, s.used_percent, s.resets_at, s.plan_type)
            for s in reading.parsed.limits
        )
        batch.retracted.extend(event_hash(kind, key) for kind, key in reading.parsed.retracted)

    def _add_problems(self, problems: list[Problem]) -> None:
        rows = self.batch.problems
        rows.extend((p.source, clean(p.path) or "", p.line, p.code, p.detail) for p in problems[:_PROBLEMS_PER_FILE])
        if len(problems) > _PROBLEMS_PER_FILE:
            last = problems[-1]
            more = f"and {len(problems) - _PROBLEMS_PER_FILE} more problems in this file"
            rows.append((last.source, clean(last.path) or "", last.line, last.code, more))

    def _add_entries(self, entries: Iterable[Entry], position: int) -> None:
        append = self.batch.entries.append
        origins, skus = self._origins, self._skus
        for e in entries:
            origin = origins.get(e.origin)
            if origin is None:
                origin = self._origin(e.origin)
            sku = skus.get(e.sku)
            if sku is None:
                sku = self._sku(e.sku)
            one_hour = e.cache_creation_1h_input_tokens
            key = e.key if e.key.isascii() else clean(e.key)
            append((
                entry_hash(e.key), key, e.ts, origin, sku, e.uncached_input_tokens, e.cache_read_input_tokens,
                e.cache_creation_input_tokens - one_hour, one_hour, e.output_tokens, e.reasoning_output_tokens,
                e.web_searches, e.count_basis, e.flags, e.owner_rank, e.sku_ts, clean(e.turn_id), e.evidence_rank,
                e.reported_cost_nanousd, position, e.first_line, e.last_line,
            ))  # fmt: skip

    def _add_events(self, events: Iterable[Event], position: int) -> None:
        append = self.batch.events.append
        origins = self._origins
        for e in events:
            origin = origins.get(e.origin)
            if origin is None:
                origin = self._origin(e.origin)
            caller = None if e.entry_key is None else entry_hash(e.entry_key)
            append((
                event_hash(e.kind, e.key), _KIND[e.kind], e.ts, origin, clean(e.turn_id), caller, clean(e.name), e.status,
                e.input_bytes, e.result_bytes, e.duration_ms, e.count, e.tokens_before, e.tokens_after, e.until,
                position, e.line,
            ))  # fmt: skip

    def _origin(self, origin: Origin) -> int:
        index = self._origins[origin] = len(self.batch.origins)
        self.batch.origins.append(tuple(clean(value) or "" for value in msgspec.structs.astuple(origin)))
        return index

    def _sku(self, sku: Sku) -> int:
        index = self._skus[sku] = len(self.batch.skus)
        self.batch.skus.append(tuple(clean(value) or "" for value in msgspec.structs.astuple(sku)))
        return index


def _file_row(reading: Reading, *, rebuild: bool) -> tuple[object, ...]:
    """The cursor row of a reading, in the order of `FileRow`."""
    file, cursor, parsed = reading.file, reading.cursor, reading.parsed
    unknown = msgspec.json.encode(parsed.unknown, order="sorted").decode() if parsed.unknown else None
    return tuple(
        FileRow(
            file.source, clean(file.identity) or "", clean(file.path) or "", file.dev, file.ino, file.size, file.mtime_ns, cursor.offset,
            cursor.lines, cursor.head_hash, cursor.tail_hash, cursor.state,
            parsed.waiting_for, unknown, reading.fresh, rebuild,
        )
    )  # fmt: skip

