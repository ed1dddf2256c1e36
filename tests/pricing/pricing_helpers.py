"""Short ways to name a sku, a moment and a call in the pricing tests."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from genai_prices import Usage, calc_price

from tokmeter.core.names import normalise_model
from tokmeter.core.usage import Sku
from tokmeter.pricing.rates import Rate


class Call(NamedTuple):
    """The counts of one call, in the order in which the cost function takes them."""

    uncached: int = 0
    cache_read: int = 0
    creation_5m: int = 0
    creation_1h: int = 0
    output: int = 0
    reasoning: int = 0
    web_searches: int = 0


def sku(provider: str, model: str, tier: str | None = None, speed: str | None = None) -> Sku:
    return Sku(provider, normalise_model(model), model, tier, speed)


def ms(when: str) -> int:
    return round(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp() * 1000)


def nanousd(usd: str) -> int:
    amount = Decimal(usd) * 10**9
    assert amount == int(amount)
    return int(amount)


def by_library(
    call: Call, provider: str, model: str, ts_ms: int, context: dict[str, str] | None = None
) -> int:
    """What the library itself says one call costs, in nano-USD."""
    writes = call.creation_5m + call.creation_1h
    usage = Usage(
        input_tokens=call.uncached + call.cache_read + writes,
        cache_read_tokens=call.cache_read,
        cache_write_tokens=writes,
        cache_write_5m_tokens=call.creation_5m,
        cache_write_1h_tokens=call.creation_1h,
        output_tokens=call.output,
        output_reasoning_tokens=call.reasoning,
        web_searches=call.web_searches,
    )
    price = calc_price(
        usage,
        model,
        provider_id=provider,
        genai_request_timestamp=datetime.fromtimestamp(ts_ms / 1000, UTC),
        price_context=context,
    )
    return int((price.total_price * 10**9).quantize(Decimal(1), ROUND_HALF_EVEN))


def base_usd(rate: Rate) -> dict[str, Decimal]:
    """The base prices of a rate in USD per million tokens."""
    per_usd = Decimal(rate.per_nanousd * 10**9)
    names = ("input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning")
    return {
        name: Decimal(price * 10**6) / per_usd for name, price in zip(names, rate.tiers[0][1:], strict=True)
    }
