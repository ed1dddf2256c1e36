"""`tokmeter reprice`: list costs computed anew from the prices installed now. Counts are never touched.

An upgrade of the price data alone changes no old cost, so that weekly totals stay as they were printed.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tokmeter.ingest.rate_book import RateBook
from tokmeter.ingest.sync import PriceSettings
from tokmeter.ledger.statements import is_long
from tokmeter.ledger.store import Ledger

_PRICED = """
SELECT e.id, e.sku_id, e.ts, e.uncached_input_tokens, e.cache_read_input_tokens,
    e.cache_creation_5m_input_tokens, e.cache_creation_1h_input_tokens, e.output_tokens,
    e.reasoning_output_tokens, CASE WHEN e.web_searches > 0 THEN e.web_searches ELSE e.linked_searches END,
    e.list_cost_nanousd, e.rate_id, e.superseded,
    s.provider, s.model, s.model_raw, s.service_tier, s.speed, s.inference_geo, s.effort,
    (SELECT context_window FROM statement t WHERE t.hash = e.hash AND e.flags & 8)
FROM entry e JOIN sku s ON s.id = e.sku_id WHERE e.ts >= ?
"""
_UPDATE = "UPDATE entry SET list_cost_nanousd = ?, rate_id = ? WHERE id = ?"


@dataclass(slots=True)
class RepriceResult:
    """How many entries were priced, how many costs changed, and the sums before and after (unpriced as 0)."""

    rows: int = 0
    changed: int = 0
    before_nanousd: int = 0
    after_nanousd: int = 0
    unpriced: int = 0


def reprice(ledger: Ledger, *, since_ms: int, prices: PriceSettings, dry_run: bool = False) -> RepriceResult:
    """Price every entry since `since_ms` anew, in one transaction; with `dry_run` only tell what changes."""
    result = RepriceResult()
    ledger.begin()
    try:
        updates = _updates(ledger.connection, RateBook(ledger.connection, prices), since_ms, result)
        if not dry_run:
            ledger.connection.executemany(_UPDATE, updates)
            _refresh_estimates(ledger.connection)
            ledger.commit()
    finally:
        ledger.rollback()  # what a dry run looked up, or an error left, is forgotten
    return result


def _refresh_estimates(connection: sqlite3.Connection) -> None:
    """What stands beside the totals costs what it costs now, too."""
    if connection.execute("SELECT 1 FROM cut_output LIMIT 1").fetchone() is None:
        return
    from tokmeter.ingest.calibrating import load_calibrations  # noqa: PLC0415 - few ledgers have any
    from tokmeter.ingest.cut_output import refresh_cut_output  # noqa: PLC0415 - the same
    from tokmeter.tokenization.prediction import Predictor  # noqa: PLC0415 - the same

    refresh_cut_output(connection, Predictor(load_calibrations(connection)))


def _updates(
    connection: sqlite3.Connection, book: RateBook, since_ms: int, result: RepriceResult
) -> list[tuple[int | None, int, int]]:
    """(cost, rate, entry) of the entries whose cost or rate changes; sums go into `result`."""
    updates = []
    for row in connection.execute(_PRICED, (since_ms,)).fetchall():
        if row[20] is None:
            _, _, rate_id, price = book.rate(row[1], row[13:20], row[2])
        else:  # a line of a statement
            _, _, rate_id, price = book.bulk_rate(row[1], row[13:20], row[2], long=is_long(row[20]))
        cost = price(*row[3:10])
        if cost != row[10] or rate_id != row[11]:
            updates.append((cost, rate_id, row[0]))
        if row[12]:
            continue
        result.rows += 1
        result.changed += cost != row[10]
        result.unpriced += cost is None
        result.before_nanousd += row[10] or 0
        result.after_nanousd += cost or 0
    return updates
