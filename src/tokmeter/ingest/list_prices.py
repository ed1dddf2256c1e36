"""Today's list prices without a ledger: for questions that must write nothing."""

from __future__ import annotations

from tokmeter.core.usage import Sku
from tokmeter.ingest.sync import PriceSettings
from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.cost import Pricer, pricer
from tokmeter.pricing.rates import Rate
from tokmeter.pricing.user_prices import load_user_prices


class ListPrices:
    """Prices by sku and time, from the installed data and the user's file."""

    def __init__(self, settings: PriceSettings) -> None:
        self._catalog = Catalog(load_user_prices(settings.user_file))
        self._known: dict[tuple[str, ...], list[Rate]] = {}

    def call(self, sku: tuple[str, ...], ts: int) -> Pricer:
        """How one call is priced; its context tier follows from its own input."""
        return pricer(self._rate(sku, ts))

    def bulk(self, sku: tuple[str, ...], ts: int, *, long: bool) -> Pricer:
        """How a sum of calls is priced: their tiers can't be told apart, so one holds for all."""
        rate = self._rate(sku, ts)
        return pricer(rate._replace(tiers=rate.tiers[-1:] if long else rate.tiers[:1], per_call=0))

    def _rate(self, sku: tuple[str, ...], ts: int) -> Rate:
        known = self._known.setdefault(sku, [])
        for rate in known:
            if rate.covers(ts):
                return rate
        found = self._catalog.rate(Sku(*sku[:3], *(text or None for text in sku[3:])), ts)
        known.append(found)
        return found
