"""Lines of provider statements, and the days that only a statement tells of.

A statement and the calls describe the same spending, so they are never added: the lines stay in a table of
their own, for `reconcile`, and stand in for calls only on (provider, UTC day) pairs without any. There each
line becomes one entry with the flag `aggregate`. These entries are derived: they are made anew whenever calls
or lines of such a day arrive, so no order of imports can matter. Rules: docs/reference/histories.md.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from tokmeter.core.call import DIMENSIONS, StatementLine, finest_view
from tokmeter.ledger.batch import Batch
from tokmeter.ledger.joining import DimensionId
from tokmeter.ledger.prices import PriceBook

DAY_MS = 86_400_000
AGGREGATE = 8  # core.usage.AGGREGATE, whose module loads msgspec; a test holds them equal

_COLUMNS = ", ".join(StatementLine._fields)
_MARKS = ",".join("?" * (len(StatementLine._fields) + 2))
_REPLACE = f"""
INSERT INTO statement (hash, {_COLUMNS}, file_id) VALUES ({_MARKS})
ON CONFLICT (hash) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in StatementLine._fields)},
    file_id = excluded.file_id
"""
_TOUCHED = f"""
SELECT DISTINCT s.provider, e.ts / {DAY_MS} FROM entry e JOIN sku s ON s.id = e.sku_id
WHERE e.hash IN (SELECT value FROM json_each(?)) AND e.flags & {AGGREGATE} = 0
    AND s.provider IN (SELECT provider FROM statement)
"""
_CALLS = f"""
SELECT 1 FROM entry e JOIN sku s ON s.id = e.sku_id
WHERE e.ts >= ? AND e.ts < ? AND s.provider = ? AND e.superseded = 0 AND e.flags & {AGGREGATE} = 0 LIMIT 1
"""
_LINES = f"""
SELECT hash, {_COLUMNS}, file_id FROM statement
WHERE provider = ? AND start_ms >= ? AND start_ms < ?
    AND uncached_input_tokens + cache_read_input_tokens + cache_creation_5m_input_tokens
        + cache_creation_1h_input_tokens + output_tokens > 0
ORDER BY format, key
"""
_DERIVED = f"""
SELECT e.id FROM entry e JOIN sku s ON s.id = e.sku_id
WHERE e.ts >= ? AND e.ts < ? AND s.provider = ? AND e.flags & {AGGREGATE} <> 0
    AND e.hash IN (SELECT hash FROM statement)
"""
_INSERT = """
INSERT INTO entry (hash, key, ts, origin_id, sku_id, uncached_input_tokens, cache_read_input_tokens,
    cache_creation_5m_input_tokens, cache_creation_1h_input_tokens, output_tokens, reasoning_output_tokens,
    web_searches, count_basis, flags, owner_rank, sku_ts, evidence_rank, reported_cost_nanousd,
    file_id, first_line, last_line, list_cost_nanousd, rate_id)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,0,?,0,?,0,?,?,?,?,?,?)
"""


class Lines:
    """Posts the statement lines of batches."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        origin_id: DimensionId,
        sku_id: DimensionId,
        prices: PriceBook,
    ) -> None:
        self._connection = connection
        self._origin_id = origin_id
        self._sku_id = sku_id
        self._prices = prices

    def post(self, batch: Batch, file_ids: list[int]) -> None:
        """Put lines in place of those with the same key, and fill or empty the days this batch touched."""
        connection = self._connection
        connection.executemany(_REPLACE, ((*row[:-1], file_ids[row[-1]]) for row in batch.statements))
        if connection.execute("SELECT 1 FROM statement LIMIT 1").fetchone() is None:
            return
        days = {(row[3], day) for row in batch.statements for day in _days(row[6], row[7])}
        hashes = "[" + ",".join(str(row[0]) for row in batch.entries) + "]"
        days |= {(row[0], row[1]) for row in connection.execute(_TOUCHED, (hashes,))}
        for provider, day in sorted(days):
            self._fill(provider, day)

    def _fill(self, provider: str, day: int) -> None:
        """Make the derived entries of one provider's UTC day what they should be."""
        connection = self._connection
        bounds = (day * DAY_MS, (day + 1) * DAY_MS)
        old = connection.execute(_DERIVED, (*bounds, provider)).fetchall()
        connection.executemany("DELETE FROM entry WHERE id = ?", old)
        if connection.execute(_CALLS, (*bounds, provider)).fetchone():
            return
        rows = connection.execute(_LINES, (provider, *bounds)).fetchall()
        for row in _of_one_format(rows):
            self._insert(row[0], StatementLine._make(row[1:-1]), row[-1])

    def _insert(self, digest: int, line: StatementLine, file_id: int) -> None:
        sku = (
            line.provider, line.model, line.model_raw, line.service_tier, line.speed, line.inference_geo, "",
        )  # fmt: skip
        sku_id = self._sku_id(self._connection, sku)
        long = is_long(line.context_window)
        _, _, rate_id, price = self._prices.bulk_rate(sku_id, sku, line.start_ms, long=long)
        origin_id = self._origin_id(self._connection, _origin(line))
        counts = line[7:14]
        self._connection.execute(
            _INSERT,
            (
                digest, line.key, line.start_ms, origin_id, sku_id, *counts,
                AGGREGATE, line.start_ms, line.amount_nano if line.currency == "USD" else None, file_id,
                line.line, line.line, price(*counts), rate_id,
            ),
        )  # fmt: skip


def known_lines(connection: sqlite3.Connection, hashes: Iterable[int]) -> int:
    """How many of these hashes are those of lines in the ledger."""
    listed = "[" + ",".join(map(str, hashes)) + "]"
    sql = "SELECT count(*) FROM statement WHERE hash IN (SELECT value FROM json_each(?))"
    return int(connection.execute(sql, (listed,)).fetchone()[0])


def is_long(context_window: str) -> bool:
    """Whether a provider says that these calls fell into its long-context prices (`> 200k`, `200k-1M`)."""
    return ">" in context_window or context_window.startswith("200k")


def _origin(line: StatementLine) -> tuple[str, ...]:
    """An origin for a line: its project, and nothing of a conversation."""
    return (line.format, "", "", "", "", line.project, "", "", "")


def _of_one_format(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Lines of one day from several exports tell the same story: the widest of the first format by name."""
    same = [row for row in rows if row[2] == rows[0][2]]
    widest = max((row[7] - row[6] for row in same), default=0)
    return finest_view([row for row in same if row[7] - row[6] == widest], _about)


def _about(row: tuple[Any, ...]) -> tuple[int, str, list[str]]:
    line = StatementLine._make(row[1:-1])
    return row[-1], "" if line.model == "unknown" else line.model, [n for n in DIMENSIONS if getattr(line, n)]


def _days(start_ms: int, end_ms: int) -> range:
    """The UTC days that a line touches."""
    return range(start_ms // DAY_MS, (max(end_ms, start_ms + 1) - 1) // DAY_MS + 1)
