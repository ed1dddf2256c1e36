"""What the ledger needs to know of prices, which another layer finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Price = Callable[[int, int, int, int, int, int, int], int | None]
"""(uncached, cache read, 5m, 1h, output, reasoning, web searches) of one call → nano-USD, or None."""


Span = tuple[int, int, int, Price]
"""A rate: UTC milliseconds from (included) and to (excluded), row id, and how to price a call with it."""


class PriceBook(Protocol):
    """Gives the price that held for a sku at a time."""

    def rate(self, sku_id: int, sku: tuple[str, ...], ts: int) -> Span:
        """The rate of this sku whose span holds `ts`."""

    def bulk_rate(self, sku_id: int, sku: tuple[str, ...], ts: int, *, long: bool) -> Span:
        """The same for the sum of many calls: one tier for all, the base or the `long` context's."""
