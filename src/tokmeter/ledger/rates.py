"""Unit prices as they were used: kept, so that a cost can be checked by hand and prices need no look-up."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class RateRow(NamedTuple):
    """One row of `rate`; `unit_prices` is the pricing room's own text."""

    id: int
    valid_from: int
    valid_to: int
    prices_source: str
    prices_version: str
    price_quality: str
    unit_prices: str


RATE_BY_ID = """
SELECT valid_from, valid_to, prices_source, prices_version, price_quality, unit_prices FROM rate WHERE id = ?
"""


def rates_of(connection: sqlite3.Connection, sku_id: int, fingerprint: str) -> list[RateRow]:
    """Rates of a sku found with the price data of this fingerprint."""
    rows = connection.execute(
        "SELECT id, valid_from, valid_to, prices_source, prices_version, price_quality, unit_prices "
        "FROM rate WHERE sku_id = ? AND fingerprint = ?",
        (sku_id, fingerprint),
    )
    return [RateRow._make(row) for row in rows]


def save_rate(connection: sqlite3.Connection, sku_id: int, fingerprint: str, row: RateRow) -> int:
    """Keep a rate; gives its id. Rows are never edited."""
    cursor = connection.execute(
        "INSERT INTO rate (sku_id, fingerprint, valid_from, valid_to, prices_source, prices_version, "
        "price_quality, unit_prices) VALUES (?,?,?,?,?,?,?,?)",
        (sku_id, fingerprint, *row[1:]),
    )
    return int(cursor.lastrowid or 0)
