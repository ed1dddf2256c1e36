"""What one call's list cost is made of: count times unit price, for a reader who checks it by hand.

In the words of FinOps FOCUS a row is PricingQuantity times ListUnitPrice. Money is whole nano-USD: each row
is rounded down or up so that the rows add to exactly what `cost_nanousd` says the call cost.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import NamedTuple

from tokmeter.pricing.cost import cost_nanousd
from tokmeter.pricing.rates import Rate, Tier

PER_TOKENS = 1_000_000
PER_SEARCHES = 1_000
PER_CALLS = 1
"""In how many tokens, searches, calls prices are published."""


class Charge(NamedTuple):
    """One row: `quantity` of a kind, at `unit_price` USD for `per` of them.

    Kinds: the ledger's token columns; `reasoning_output_tokens` only where reasoning has a price of its own,
    and then `output_tokens` is the output without it; `web_searches`; `calls`.
    """

    kind: str
    quantity: int
    per: int
    unit_price: Decimal
    cost_nanousd: int


class Charged(NamedTuple):
    """The rows of a priced call. `above` is the start of the long-context tier it fell into; 0: none did."""

    rows: tuple[Charge, ...]
    above: int


def charges(
    rate: Rate,
    uncached: int,
    cache_read: int,
    creation_5m: int,
    creation_1h: int,
    output: int,
    reasoning: int,
    web_searches: int,
) -> Charged | None:
    """The multiplication behind `cost_nanousd` of the same arguments, or None when unpriced."""
    counts = (uncached, cache_read, creation_5m, creation_1h, output, reasoning, web_searches)
    whole = cost_nanousd(rate, *counts)
    if whole is None:
        return None
    tier = _tier(rate, uncached + cache_read + creation_5m + creation_1h)
    own_price = tier.reasoning != tier.output
    rows = [
        ("uncached_input_tokens", uncached, PER_TOKENS, tier.uncached),
        ("cache_read_input_tokens", cache_read, PER_TOKENS, tier.cache_read),
        ("cache_creation_5m_input_tokens", creation_5m, PER_TOKENS, tier.creation_5m),
        ("cache_creation_1h_input_tokens", creation_1h, PER_TOKENS, tier.creation_1h),
        ("output_tokens", output - reasoning if own_price else output, PER_TOKENS, tier.output),
        ("reasoning_output_tokens", reasoning if own_price else 0, PER_TOKENS, tier.reasoning),
        ("web_searches", web_searches, PER_SEARCHES, rate.web_search),
        ("calls", 1 if rate.per_call else 0, PER_CALLS, rate.per_call),
    ]
    used = [row for row in rows if row[1]]
    amounts = _sharing([quantity * price for _, quantity, _, price in used], rate.per_nanousd, whole)
    return Charged(
        tuple(
            Charge(kind, quantity, per, published(rate, price, per), amount)
            for (kind, quantity, per, price), amount in zip(used, amounts, strict=True)
        ),
        tier.above,
    )


def published(rate: Rate, price: int, per: int) -> Decimal:
    """A price of the rate as it is published: USD for `per` tokens, searches or calls."""
    with localcontext(prec=28):
        amount = Decimal(price * per) / (rate.per_nanousd * 10**9)
    return amount.quantize(Decimal("1e-12")).normalize()


def _tier(rate: Rate, total_input: int) -> Tier:
    """The tier that a call with this much input falls into, by the rule of `cost.py`."""
    passed = [tier for tier in rate.tiers if total_input > tier.above]
    return max(passed, key=lambda tier: tier.above) if passed else rate.tiers[0]


def _sharing(units: list[int], per_nanousd: int, whole: int) -> list[int]:
    """Price units as nano-USD that add to `whole`: those that lost most by rounding get one more."""
    amounts = [amount // per_nanousd for amount in units]
    by_loss = sorted(range(len(units)), key=lambda n: (-(units[n] % per_nanousd), n))
    for n in by_loss[: whole - sum(amounts)]:
        amounts[n] += 1
    return amounts
