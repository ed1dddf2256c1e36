"""What `tokmeter prices show MODEL` tells: prices in the unit they are published in, per tier and variant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokmeter.pricing.charges import PER_CALLS, PER_SEARCHES, PER_TOKENS, published
from tokmeter.pricing.rates import BEGINNING_MS, END_MS, Rate

if TYPE_CHECKING:
    from decimal import Decimal

    from tokmeter.pricing.catalog import Catalog

VARIANTS = ("batch", "flex", "priority", "fast")


@dataclass(frozen=True, slots=True)
class PriceLine:
    """USD per million tokens for calls of more than `above` input tokens (0: every call)."""

    above: int
    input: Decimal
    cache_read: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal
    output: Decimal
    reasoning: Decimal


@dataclass(frozen=True, slots=True)
class Priced:
    """One way to be served. `name` is "standard" or a variant; no lines: unpriced."""

    name: str
    lines: tuple[PriceLine, ...]
    web_search_per_1000: Decimal
    per_call: Decimal
    quality: str


@dataclass(frozen=True, slots=True)
class PriceSheet:
    """Everything known about the price of one model at one moment. Bounds are UTC ms; None: open."""

    provider: str
    model: str
    priced_as: str
    prices_source: str
    prices_version: str
    valid_from_ms: int | None
    valid_to_ms: int | None
    standard: Priced
    variants: tuple[Priced, ...]


def price_sheet(catalog: Catalog, provider: str, model: str, ts_ms: int) -> PriceSheet:
    """The prices of `model` (at `provider`, '' if unsaid) in force at `ts_ms`.

    Variants that nobody prices are left out.
    """
    from tokmeter.core.names import normalise_model  # noqa: PLC0415 - one command of many needs it
    from tokmeter.core.usage import Sku  # noqa: PLC0415 - one command of many needs it

    sku = Sku(provider, normalise_model(model), model)
    rate = catalog.rate(sku, ts_ms)
    variants = [
        _priced(name, catalog.rate(Sku(provider, sku.model, model, service_tier=name), ts_ms))
        for name in VARIANTS
    ]
    return PriceSheet(
        provider,
        sku.model,
        rate.priced_as,
        rate.prices_source,
        rate.prices_version,
        None if rate.valid_from_ms <= BEGINNING_MS else rate.valid_from_ms,
        None if rate.valid_to_ms >= END_MS else rate.valid_to_ms,
        _priced("standard", rate),
        tuple(
            variant
            for variant in variants
            if rate.prices_source != "free" and variant.quality not in ("tier-unknown", "unpriced")
        ),
    )


def price_lines(rate: Rate) -> tuple[PriceLine, ...]:
    """The token prices of a rate, one line a tier; none: unpriced."""
    return tuple(
        PriceLine(tier.above, *(published(rate, price, PER_TOKENS) for price in tier[1:]))
        for tier in rate.tiers
    )


def _priced(name: str, rate: Rate) -> Priced:
    return Priced(
        name,
        price_lines(rate),
        published(rate, rate.web_search, PER_SEARCHES),
        published(rate, rate.per_call, PER_CALLS),
        rate.price_quality,
    )
