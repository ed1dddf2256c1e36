"""Counts times rates → nano-USD. Pure integers: exact until the one rounding at the end (half to even).

Always per call, then summed: the tier test needs the input of one call (docs/reference/prices.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from tokmeter.pricing.rates import Rate

Pricer = Callable[[int, int, int, int, int, int, int], "int | None"]
"""uncached, cache_read, creation_5m, creation_1h, output, reasoning, web_searches → nano-USD or None."""


def cost_nanousd(
    rate: Rate,
    uncached: int,
    cache_read: int,
    creation_5m: int,
    creation_1h: int,
    output: int,
    reasoning: int,
    web_searches: int,
) -> int | None:
    """The list price of one call in nano-USD, or None when unpriced.

    The four input counts are disjoint; `reasoning` is the part of `output` that was reasoning.
    """
    return pricer(rate)(uncached, cache_read, creation_5m, creation_1h, output, reasoning, web_searches)


@lru_cache(maxsize=1024)
def pricer(rate: Rate) -> Pricer:
    """The function that prices one call by `rate`, for use in a loop."""
    if not rate.tiers:
        return _unpriced
    if len(rate.tiers) == 1:
        return _flat(rate)
    return _tiered(rate)


def _unpriced(*_counts: int) -> None:
    return None


def _flat(rate: Rate) -> Pricer:
    _, fresh_price, read_price, w5m_price, w1h_price, output_price, reasoning_price = rate.tiers[0]
    extra_price = reasoning_price - output_price  # reasoning is a part of output
    search_price = rate.web_search
    call_price = rate.per_call
    unit = rate.per_nanousd
    half = unit // 2
    odd_unit = unit % 2

    def price(
        uncached: int,
        cache_read: int,
        creation_5m: int,
        creation_1h: int,
        output: int,
        reasoning: int,
        web_searches: int,
    ) -> int:
        total = (
            uncached * fresh_price
            + cache_read * read_price
            + creation_5m * w5m_price
            + creation_1h * w1h_price
            + output * output_price
            + call_price
        )
        if extra_price:
            total += reasoning * extra_price
        if web_searches:
            total += web_searches * search_price
        whole, rest = divmod(total, unit)
        if rest > half or (rest == half and not odd_unit and whole & 1):
            whole += 1
        return whole

    return price


def _tiered(rate: Rate) -> Pricer:
    """A flat pricer per tier, and the test which one a call takes."""
    flat = [(tier.above, _flat(rate._replace(tiers=(tier,)))) for tier in rate.tiers]
    base = flat[0][1]
    first_start = flat[1][0]
    dearest_first = flat[:0:-1]

    def price(
        uncached: int,
        cache_read: int,
        creation_5m: int,
        creation_1h: int,
        output: int,
        reasoning: int,
        web_searches: int,
    ) -> int | None:
        total_input = uncached + cache_read + creation_5m + creation_1h
        chosen = base
        if total_input > first_start:
            chosen = next(one for above, one in dearest_first if total_input > above)
        return chosen(uncached, cache_read, creation_5m, creation_1h, output, reasoning, web_searches)

    return price
