"""Unit prices of one sku during one span of time, as exact integers.

A price is a whole number of *price units*; `Rate.per_nanousd` of them make one nano-USD. The usual unit is
the pico-USD (`per_nanousd` 1000), in which every price published with up to six decimals of a dollar per
million tokens is whole. A price that is not (a published 0.0833333333333333, a ratio of thirds) gets a finer
unit of its own, so that nothing is rounded before a call's cost is complete.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import NamedTuple

BEGINNING_MS = -(1 << 53)
END_MS = 1 << 53
"""Bounds of a rate that holds for ever, in UTC milliseconds."""

# How far a price can be trusted, best first; a rate bears the worst that applies.
QUALITIES = (
    "exact",  # published for this provider, model, tier and date (or given by the user)
    "commitment",  # capacity paid in advance: the standard price is shown
    "no-cache-price",  # cached tokens have no published price and take that of fresh input
    "maker",  # the provider has no price of its own; the model's maker's price was taken
    "alias",  # an internal name, priced as the model known to stand behind it
    "ratio",  # today's ratio of this tier to standard, on the standard price of the date
    "tier-unknown",  # the tier or region has no known price: the standard price is shown
    "unpriced",  # nobody publishes a price: the cost is unknown, which is not 0
)


class Tier(NamedTuple):
    """Prices per token for calls whose whole input is larger than `above` tokens."""

    above: int
    uncached: int
    cache_read: int
    creation_5m: int
    creation_1h: int
    output: int
    reasoning: int


class Rate(NamedTuple):
    """All that is needed to price any call of one sku within `[valid_from_ms, valid_to_ms)`.

    `tiers` ascends by `above`; the first, above 0, is the base. No tiers: unpriced. The tier test takes the
    whole input of one call, caches included, and moves **all** tokens of the call.
    `priced_as` is the catalogue entry the prices came from, as `provider/model`.
    """

    valid_from_ms: int
    valid_to_ms: int
    prices_source: str
    prices_version: str
    price_quality: str
    per_nanousd: int = 1000
    tiers: tuple[Tier, ...] = ()
    web_search: int = 0
    per_call: int = 0
    priced_as: str = ""

    def covers(self, ts_ms: int) -> bool:
        """Whether the rate holds at `ts_ms`."""
        return self.valid_from_ms <= ts_ms < self.valid_to_ms

    def prices_json(self) -> str:
        """The prices as text, for the ledger; what `rate_from_row` reads."""
        import json  # noqa: PLC0415 - the path that finds nothing new prices nothing

        record = {
            "per_nanousd": self.per_nanousd,
            "tiers": self.tiers,
            "web_search": self.web_search,
            "per_call": self.per_call,
            "priced_as": self.priced_as,
        }
        return json.dumps(record, separators=(",", ":"))


def rate_from_row(
    valid_from_ms: int,
    valid_to_ms: int,
    prices_source: str,
    prices_version: str,
    price_quality: str,
    unit_prices: str,
) -> Rate:
    """The rate that was written as these columns of the ledger's `rate` table."""
    import json  # noqa: PLC0415 - the path that finds nothing new prices nothing

    record = json.loads(unit_prices)
    return Rate(
        valid_from_ms,
        valid_to_ms,
        prices_source,
        prices_version,
        price_quality,
        record["per_nanousd"],
        tuple(Tier(*tier) for tier in record["tiers"]),
        record["web_search"],
        record["per_call"],
        record["priced_as"],
    )


def bulk(rate: Rate, *, long: bool) -> Rate:
    """The rate for the sum of many calls, whose inputs can't be told apart: one tier holds for all."""
    return rate._replace(tiers=rate.tiers[-1:] if long else rate.tiers[:1], per_call=0)


class UnitPrices(NamedTuple):
    """Published prices before they become integers: USD per token (per search, per call), by tier start.

    `tiers` maps a start to prices in the order of `Tier`'s fields after `above`; start 0 is the base.
    """

    tiers: dict[int, tuple[Fraction, ...]]
    web_search: Fraction = Fraction(0)
    per_call: Fraction = Fraction(0)

    def times(self, factor: Fraction) -> UnitPrices:
        """The same with token prices multiplied; searches have no published variant prices."""
        return self._replace(
            tiers={start: tuple(price * factor for price in row) for start, row in self.tiers.items()}
        )

    def at(self, start: int) -> tuple[Fraction, ...]:
        """The token prices of calls just above `start` input tokens."""
        return self.tiers[max(known for known in self.tiers if known <= start)]


def scaled_by(standard: UnitPrices, above: UnitPrices, below: UnitPrices) -> UnitPrices:
    """`standard` times `above` over `below`, price by price and tier by tier; `above` where `below` is 0."""

    def scale(price: Fraction, over: Fraction, under: Fraction) -> Fraction:
        return price * over / under if under else over

    starts = sorted(standard.tiers.keys() | above.tiers.keys() | below.tiers.keys())
    return UnitPrices(
        {start: tuple(map(scale, standard.at(start), above.at(start), below.at(start))) for start in starts},
        scale(standard.web_search, above.web_search, below.web_search),
        scale(standard.per_call, above.per_call, below.per_call),
    )


def as_integers(prices: UnitPrices) -> tuple[int, tuple[Tier, ...], int, int]:
    """`per_nanousd`, tiers, search price and call price: the coarsest unit in which all are whole."""
    nano = 10**9
    single = [prices.web_search, prices.per_call]
    every = [price for row in prices.tiers.values() for price in row] + single
    per_nanousd = lcm(1000, *((price * nano).denominator for price in every))
    units = per_nanousd * nano
    tiers = tuple(
        Tier(start, *(int(price * units) for price in row)) for start, row in sorted(prices.tiers.items())
    )
    return per_nanousd, _without_repeats(tiers), int(prices.web_search * units), int(prices.per_call * units)


def _without_repeats(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    """The tiers that change a price: flat variants of tiered models become untiered."""
    kept: list[Tier] = []
    for tier in tiers:
        if not kept or kept[-1][1:] != tier[1:]:
            kept.append(tier)
    return tuple(kept)
