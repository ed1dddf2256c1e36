"""Which rate holds for a sku at a time: from the ledger if it was asked before, else from the catalogue.

The catalogue takes a fifth of a second to load, so rates once found are kept in the ledger, marked with the
fingerprint of the price data they came from. Other price data: other fingerprint, found anew.
"""

from __future__ import annotations

import sqlite3

from tokmeter.core.usage import Sku
from tokmeter.ingest.sync import PriceSettings
from tokmeter.ledger.prices import Span
from tokmeter.ledger.rates import RATE_BY_ID, RateRow, rates_of, save_rate
from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.cost import pricer
from tokmeter.pricing.fingerprint import fingerprint
from tokmeter.pricing.rates import bulk, rate_from_row
from tokmeter.pricing.user_prices import load_user_prices


class RateBook:
    """The prices of one run. Rows are saved in the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, settings: PriceSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._fingerprint = fingerprint(settings.user_file)
        self._catalog: Catalog | None = None
        self._known: dict[int, list[Span]] = {}

    def rate(self, sku_id: int, sku: tuple[str, ...], ts: int) -> Span:
        """The rate that held at `ts`; its price gives None where the sku is unpriced."""
        known = self._known.get(sku_id)
        if known is None:
            rows = rates_of(self._connection, sku_id, self._fingerprint)
            known = self._known[sku_id] = [_known(row) for row in rows]
        for span in known:
            if span[0] <= ts < span[1]:
                return span
        return self._find(sku_id, sku, ts, known)

    def bulk_rate(self, sku_id: int, sku: tuple[str, ...], ts: int, *, long: bool) -> Span:
        """The rate for the sum of many calls: their tiers can't be told apart, so one holds for all."""
        span = self.rate(sku_id, sku, ts)
        row = self._connection.execute(RATE_BY_ID, (span[2],)).fetchone()
        rate = rate_from_row(*row)
        return *span[:3], pricer(bulk(rate, long=long))

    def _find(self, sku_id: int, sku: tuple[str, ...], ts: int, known: list[Span]) -> Span:
        if self._catalog is None:
            self._catalog = Catalog(load_user_prices(self._settings.user_file))
        found = self._catalog.rate(Sku(*sku[:3], *(text or None for text in sku[3:])), ts)
        row = RateRow(0, *found[:5], found.prices_json())
        row_id = save_rate(self._connection, sku_id, self._fingerprint, row)
        span = (found.valid_from_ms, found.valid_to_ms, row_id, pricer(found))
        known.append(span)
        return span


def _known(row: RateRow) -> Span:
    return row.valid_from, row.valid_to, row.id, pricer(rate_from_row(*row[1:]))
