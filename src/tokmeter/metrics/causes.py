"""Why a bill differs from list cost: the causes of docs/reference/reconcile.md, each by its own formula.

Counts are of tokens, money is whole nano-USD. A cause is computed where the statement holds what it takes,
else it is 0; what no cause explains is the rest, so that causes and rest are the difference exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

CAUSES = ("missing_calls", "tier", "cache_lifetime", "web_search", "price_date", "discount")
"""In the order in which they are told."""

Tokens = tuple[int, int, int, int, int]
"""Uncached input, cache reads, writes of five minutes and of one hour, output: disjoint."""

Price = Callable[[int, int, int, int, int, int, int], "int | None"]
"""The five kinds, reasoning, web searches → nano-USD, or None where there is no price."""

NO_TOKENS: Tokens = (0, 0, 0, 0, 0)


class Causes(NamedTuple):
    """Nano-USD by which each cause makes the bill larger than list cost; negative: smaller."""

    missing_calls: int = 0
    tier: int = 0
    cache_lifetime: int = 0
    web_search: int = 0
    price_date: int = 0
    discount: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


class CallSide(NamedTuple):
    """The calls of one provider, day and model. `now` and `standard` are prices of today's price data.

    `now` prices each call as it was served, `standard` as if it had been served in the plain way; neither
    holds searches, whose price is `search_cost`.
    """

    requests: int = 0
    tokens: Tokens = NO_TOKENS
    list_cost: int = 0
    unpriced_tokens: int = 0
    now: int = 0
    standard: int = 0
    search_cost: int = 0


class UsageSide(NamedTuple):
    """What the statement says was used. `tiered` and `standard` are list prices with and without tier.

    `tells_tiers`, `tells_searches`: whether the statement says at all how calls were served, and how many
    searches there were. `price` prices tokens in the plain way; it gives None where the model has no price.
    """

    tokens: Tokens
    tiered: int
    standard: int
    search_cost: int
    tells_tiers: bool
    tells_searches: bool
    price: Price


class BillSide(NamedTuple):
    """What was billed; `below_list`: beside the statement's list prices; `searches`: on their own lines."""

    billed: int = 0
    below_list: int = 0
    searches: int | None = None


def causes(calls: CallSide, usage: UsageSide | None, bill: BillSide) -> Causes:
    """The causes of the difference between `bill.billed` and `calls.list_cost`.

    missing calls: per kind of token, what the statement has more than the calls, at the standard list price;
        tokens of which only the lifetime differs are taken out first.
    tier: (statement's tokens at its tiers - at standard) - (the calls' at theirs - at standard).
    cache lifetime: tokens written that one side counts as five minutes and the other as an hour, times the
        difference of the two prices.
    web search: searches billed on their own lines, else the statement's number at list, less the calls'.
    price date: the calls at today's price data less what they were priced at when they were read.
    discount: billed amounts less the list prices that the statement names beside them.
    """
    price_date = calls.now + calls.search_cost - calls.list_cost
    searches = bill.searches
    if searches is None and usage is not None and usage.tells_searches:
        searches = usage.search_cost
    web_search = 0 if searches is None else searches - calls.search_cost
    if usage is None:
        return Causes(web_search=web_search, price_date=price_date, discount=bill.below_list)
    moved = moved_to_1h(calls.tokens, usage.tokens)
    return Causes(
        missing_calls=_cost(usage.price, beyond(calls.tokens, usage.tokens, moved)),
        tier=(usage.tiered - usage.standard) - (calls.now - calls.standard) if usage.tells_tiers else 0,
        cache_lifetime=_lifetime(usage.price, moved),
        web_search=web_search,
        price_date=price_date,
        discount=bill.below_list,
    )


def moved_to_1h(calls: Tokens, statement: Tokens) -> int:
    """How many written tokens the calls hold as five minutes and the statement as an hour; negative: reverse.

    >>> moved_to_1h((0, 0, 100, 0, 0), (0, 0, 40, 70, 0))
    60
    """
    more_5m, more_1h = statement[2] - calls[2], statement[3] - calls[3]
    if more_5m < 0 < more_1h:
        return min(-more_5m, more_1h)
    if more_1h < 0 < more_5m:
        return -min(more_5m, -more_1h)
    return 0


def beyond(calls: Tokens, statement: Tokens, moved: int) -> Tokens:
    """What the statement has more than the calls, by kind; where it has less, 0.

    >>> beyond((10, 0, 100, 0, 5), (30, 0, 40, 70, 4), 60)
    (20, 0, 0, 10, 0)
    """
    shifted = (calls[0], calls[1], calls[2] - moved, calls[3] + moved, calls[4])
    fresh, read, five, hour, output = (max(0, s - c) for c, s in zip(shifted, statement, strict=True))
    return fresh, read, five, hour, output


def _cost(price: Price, tokens: Tokens) -> int:
    return price(*tokens, 0, 0) or 0


def _lifetime(price: Price, moved: int) -> int:
    """What it costs more that so many tokens were written for an hour."""
    count = abs(moved)
    extra = _cost(price, (0, 0, 0, count, 0)) - _cost(price, (0, 0, count, 0, 0))
    return extra if moved > 0 else -extra
