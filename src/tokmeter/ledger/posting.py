"""Writing batches: facts, cursors and problems in one transaction, so that a crash loses or doubles nothing.

New entries go in by bulk insert. An entry that is there already is joined with the new reading by
`core.usage.merge`; the order of batches cannot change the result.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from tokmeter.ledger.batch import Batch, EntryRow, FileRow
from tokmeter.ledger.joining import Joiner
from tokmeter.ledger.prices import PriceBook, Span
from tokmeter.ledger.rebuilding import forget_file
from tokmeter.ledger.searches import link_searches
from tokmeter.ledger.statements import Lines, known_lines
from tokmeter.ledger.store import Ledger, translated
from tokmeter.ledger.superseding import supersede_entries
from tokmeter.ledger.twins import post_calls


@dataclass(slots=True)
class Posted:
    """What a batch changed."""

    new: int = 0
    changed: int = 0


_INSERT_ENTRY = """
INSERT INTO entry (hash, key, ts, origin_id, sku_id, uncached_input_tokens, cache_read_input_tokens,
    cache_creation_5m_input_tokens, cache_creation_1h_input_tokens, output_tokens, reasoning_output_tokens,
    web_searches, count_basis, flags, owner_rank, sku_ts, turn_id, evidence_rank, reported_cost_nanousd,
    file_id, first_line, last_line, list_cost_nanousd, rate_id)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
"""

# core.usage.origin_order
_ORIGIN_ORDER = (
    "session_id, agent_id, project, git_branch, parent_session_id, root_session_id, client, client_version, "
    "source"
)
_OWNS = f"""(excluded.ts < event.ts OR (excluded.ts = event.ts
        AND (SELECT {_ORIGIN_ORDER} FROM origin WHERE id = excluded.origin_id)
        < (SELECT {_ORIGIN_ORDER} FROM origin WHERE id = event.origin_id)))"""
# The join of events, as core.event.merge_events defines it.
_UPSERT_EVENT = f"""
INSERT INTO event (hash, kind, ts, origin_id, turn_id, entry_hash, name, status, input_bytes, result_bytes,
    duration_ms, count, tokens_before, tokens_after, until, file_id, line)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (hash) DO UPDATE SET
    origin_id = CASE WHEN {_OWNS} THEN excluded.origin_id ELSE event.origin_id END,
    file_id = CASE WHEN {_OWNS} THEN excluded.file_id ELSE event.file_id END,
    line = CASE WHEN {_OWNS} THEN excluded.line ELSE event.line END,
    ts = min(ts, excluded.ts),
    turn_id = nullif(max(ifnull(turn_id, ''), ifnull(excluded.turn_id, '')), ''),
    entry_hash = ifnull(min(entry_hash, excluded.entry_hash), ifnull(entry_hash, excluded.entry_hash)),
    name = nullif(max(ifnull(name, ''), ifnull(excluded.name, '')), ''),
    status = nullif(max(ifnull(status, ''), ifnull(excluded.status, '')), ''),
    input_bytes = max(input_bytes, excluded.input_bytes),
    result_bytes = max(result_bytes, excluded.result_bytes),
    duration_ms = max(duration_ms, excluded.duration_ms),
    count = max(count, excluded.count),
    tokens_before = max(tokens_before, excluded.tokens_before),
    tokens_after = max(tokens_after, excluded.tokens_after),
    until = max(until, excluded.until)
"""

# Two copies of one snapshot agree; should they not, the fuller window is the later reading.
_UPSERT_LIMIT = """
INSERT INTO rate_limit VALUES (?,?,?,?) ON CONFLICT (window_id, ts) DO UPDATE SET
    used_percent = max(used_percent, excluded.used_percent),
    resets_at = ifnull(max(resets_at, excluded.resets_at), ifnull(resets_at, excluded.resets_at))
"""

_UPSERT_FILE = """
INSERT INTO log_file (source, identity, path, dev, ino, size, mtime_ns, offset, lines, head_hash, tail_hash,
    state, waiting_for, unknown_types, read_at)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (source, identity) DO UPDATE SET
    path = excluded.path, dev = excluded.dev, ino = excluded.ino, size = excluded.size,
    mtime_ns = excluded.mtime_ns, offset = excluded.offset, lines = excluded.lines,
    head_hash = excluded.head_hash, tail_hash = excluded.tail_hash, state = excluded.state,
    waiting_for = excluded.waiting_for,
    unknown_types = ifnull(excluded.unknown_types, unknown_types), read_at = excluded.read_at
RETURNING id
"""


COMMIT_ROWS = 250_000
"""Rows after which a long sync commits: every commit writes the touched pages of all indexes again."""


class Poster:
    """Writes batches into one ledger, in one transaction or, for a long sync, a few.

    Used as a context: leaving it commits, an error undoes what was not committed. Every commit leaves facts
    and cursors in step, so that a crash costs reading, never counts.
    """

    def __init__(self, ledger: Ledger, prices: PriceBook, now_ms: int) -> None:
        self._ledger = ledger
        self._prices = prices
        self._now_ms = now_ms
        self._origins: dict[tuple[str, ...], int] = {}
        self._skus: dict[tuple[str, ...], int] = {}
        self._rows = 0
        self._indexes: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.commit()
        else:
            self._ledger.rollback()

    def post(self, batch: Batch) -> Posted:
        """Write one batch. Raises a `LedgerError`; then nothing since the last commit was written."""
        posted = Posted()
        connection = self._ledger.connection
        if not connection.in_transaction:
            self._ledger.begin()
            self._put_indexes_off(connection)
        with translated(self._ledger.path):
            self._write(connection, batch, posted)
        self._rows += len(batch.entries) + len(batch.events)
        if self._rows >= COMMIT_ROWS:
            self.commit()
        return posted

    def known(self, hashes: Iterable[int]) -> set[int]:
        """Which of these hashes are those of entries in the ledger."""
        return _known_hashes(self._ledger.connection, hashes)

    def known_statements(self, hashes: Iterable[int]) -> int:
        """How many of these hashes are those of statement lines in the ledger."""
        return known_lines(self._ledger.connection, hashes)

    def commit(self) -> None:
        """Keep what was posted so far."""
        connection = self._ledger.connection
        if not connection.in_transaction:
            return
        with translated(self._ledger.path):
            for index in self._indexes:
                connection.execute(index)
        self._indexes.clear()
        self._ledger.commit()
        self._rows = 0

    def _put_indexes_off(self, connection: sqlite3.Connection) -> None:
        """Into an empty ledger, rows go first and the indexes on time are made at the end, sorted.

        In the same transaction: whoever looks meanwhile, or after a crash, sees the empty ledger as it was.
        """
        if connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone():
            return
        named = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE name IN ('entry_ts', 'event_ts')"
        )
        for name, sql in named.fetchall():
            connection.execute(f"DROP INDEX {name}")
            self._indexes.append(sql)

    def _write(self, connection: sqlite3.Connection, batch: Batch, posted: Posted) -> None:
        origin_ids = [self._origin_id(connection, origin) for origin in batch.origins]
        sku_ids = [self._sku_id(connection, sku) for sku in batch.skus]
        file_ids = [self._file_id(connection, FileRow._make(row)) for row in batch.files]
        self._post_entries(connection, batch, (origin_ids, sku_ids, file_ids), posted)
        connection.executemany(
            _UPSERT_EVENT,
            ((*row[:3], origin_ids[row[3]], *row[4:15], file_ids[row[15]], row[16]) for row in batch.events),
        )
        windows = [
            _dimension_id(connection, "limit_window", "source, limit_id, window_minutes, plan_type", window)
            for window in batch.windows
        ]
        connection.executemany(
            _UPSERT_LIMIT,
            [(windows[window], ts, used, resets) for window, ts, used, resets in batch.limits],
        )
        connection.executemany(
            "INSERT OR IGNORE INTO problem VALUES (?,?,?,?,?,?)",
            ((*row, self._now_ms) for row in batch.problems),
        )
        link_searches(connection, batch, self._prices)
        supersede_entries(connection, batch, self._now_ms)
        post_calls(connection, batch, origin_ids)
        Lines(connection, self._origin_id, self._sku_id, self._prices).post(batch, file_ids)
        connection.executemany("DELETE FROM event WHERE hash = ?", ((event,) for event in batch.retracted))

    def _origin_id(self, connection: sqlite3.Connection, origin: tuple[str, ...]) -> int:
        found = self._origins.get(origin)
        if found is None:
            found = self._origins[origin] = _dimension_id(connection, "origin", _ORIGIN_COLUMNS, origin)
        return found

    def _sku_id(self, connection: sqlite3.Connection, sku: tuple[str, ...]) -> int:
        found = self._skus.get(sku)
        if found is None:
            found = self._skus[sku] = _dimension_id(connection, "sku", _SKU_COLUMNS, sku)
        return found

    def _file_id(self, connection: sqlite3.Connection, row: FileRow) -> int:
        """Save the cursor; a file read anew loses its old problems, and what was guessed from it before."""
        old_path, waited = connection.execute(
            "SELECT path, waiting_for FROM log_file WHERE source = ? AND identity = ?",
            (row.source, row.identity),
        ).fetchone() or (row.path, None)
        if old_path != row.path:
            connection.execute(
                "UPDATE OR REPLACE problem SET path = ? WHERE source = ? AND path = ?",
                (row.path, row.source, old_path),
            )
        file_id: int = connection.execute(_UPSERT_FILE, (*row[:14], self._now_ms)).fetchone()[0]
        connection.execute(
            "DELETE FROM problem WHERE source = ? AND path = ? "
            "AND (? OR code IN ('file-unreadable', 'zstd-missing'))",
            (row.source, row.path, row.fresh),
        )
        if row.fresh and (row.rebuild or waited):
            forget_file(connection, file_id)
        return file_id

    def _post_entries(
        self,
        connection: sqlite3.Connection,
        batch: Batch,
        ids: tuple[list[int], list[int], list[int]],
        posted: Posted,
    ) -> None:
        """Insert what is new, join what is known."""
        origin_ids, sku_ids, file_ids = ids
        known = _known_hashes(connection, [row[0] for row in batch.entries])
        spans: list[Span] = [(0, 0, 0, _no_price)] * len(sku_ids)
        fresh: list[tuple[Any, ...]] = []
        again: list[tuple[Any, ...]] = []
        for row in batch.entries:
            if row[0] in known:
                again.append(row)
                continue
            known.add(row[0])
            span = spans[row[4]]
            if not span[0] <= row[2] < span[1]:
                span = spans[row[4]] = self._prices.rate(sku_ids[row[4]], batch.skus[row[4]], row[2])
            cost = span[3](row[5], row[6], row[7], row[8], row[9], row[10], row[11])
            fresh.append((
                row[0], row[1], row[2], origin_ids[row[3]], sku_ids[row[4]], row[5], row[6], row[7], row[8],
                row[9], row[10], row[11], row[12], row[13], row[14], row[15], row[16], row[17], row[18],
                file_ids[row[19]], row[20], row[21], cost, span[2],
            ))  # fmt: skip
        connection.executemany(_INSERT_ENTRY, fresh)
        posted.new += len(fresh)
        if again:
            joiner = Joiner(connection, self._origin_id, self._sku_id, self._prices)
            for row in again:
                item = EntryRow._make(row)
                outcome = joiner.join(
                    item, batch.origins[item.origin], batch.skus[item.sku], file_ids[item.file]
                )
                if outcome == "collision":
                    file = FileRow._make(batch.files[item.file])
                    connection.execute(
                        "INSERT OR IGNORE INTO problem VALUES (?,?,?,?,?,?)",
                        (file.source, file.path, item.first_line, "key-collision", item.key, self._now_ms),
                    )
                posted.changed += outcome == "changed"


_ORIGIN_COLUMNS = (
    "source, session_id, parent_session_id, root_session_id, agent_id, project, git_branch, client, "
    "client_version"
)
_SKU_COLUMNS = "provider, model, model_raw, service_tier, speed, inference_geo, effort"


def _no_price(*_: int) -> None:
    """Stands where no rate was looked up yet; its span holds no time."""


def _dimension_id(
    connection: sqlite3.Connection, table: str, columns: str, values: tuple[str | int, ...]
) -> int:
    """The id of a row of texts, made if need be."""
    match = " AND ".join(f"{column} = ?" for column in columns.split(", "))
    found = connection.execute(f"SELECT id FROM {table} WHERE {match}", values).fetchone()
    if found is None:
        marks = ",".join("?" * len(values))
        inserted = connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
        return int(inserted.lastrowid or 0)
    return int(found[0])


def _known_hashes(connection: sqlite3.Connection, hashes: Iterable[int]) -> set[int]:
    """Which of these hashes of entries are in the ledger."""
    listed = "[" + ",".join(map(str, hashes)) + "]"
    rows = connection.execute(
        "SELECT hash FROM entry WHERE hash IN (SELECT value FROM json_each(?))", (listed,)
    )
    return {row[0] for row in rows}
