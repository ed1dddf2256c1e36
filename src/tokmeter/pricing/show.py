"""What `tokmeter prices show MODEL` tells: prices in the unit they are published in, per tier and variant."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from tokmeter.pricing.rates import BEGINNING_MS, END_MS, Rate

if TYPE_CHECKING:
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


def _priced(name: str, rate: Rate) -> Priced:
    def usd(price: int, times: int) -> Decimal:
        with localcontext(prec=28):
            amount = Decimal(price * times) / (rate.per_nanousd * 10**9)
        return amount.quantize(Decimal("1e-12")).normalize()

    lines = tuple(PriceLine(tier.above, *(usd(price, 10**6) for price in tier[1:])) for tier in rate.tiers)
    return Priced(name, lines, usd(rate.web_search, 1000), usd(rate.per_call, 1), rate.price_quality)
