"""The installed price catalogue (genai-prices): the only module that imports it, and only when asked.

Importing it takes 0.2 s and 39 MB, so the functions here import it inside, and callers keep what they get.
Nothing here goes to the network: the library does so only through its updater, which is never started.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.pricing import lookup
from tokmeter.pricing.rates import UnitPrices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice, PriceVariant, Provider

DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
_FIRST_MS = (datetime(2, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)

# The order of `Tier`'s fields; each kind takes the first price in its list that the model has.
_KINDS = (
    ("input_mtok",),
    ("cache_read_mtok", "input_mtok"),
    ("cache_write_5m_mtok", "cache_write_mtok", "input_mtok"),
    ("cache_write_1h_mtok", "cache_write_mtok", "input_mtok"),
    ("output_mtok",),
    ("output_reasoning_mtok", "output_mtok"),
)


class Found(NamedTuple):
    """A catalogue entry. `own`: listed by the provider itself, so its variants (batch …) apply."""

    provider: str
    model: ModelInfo
    own: bool
    from_maker: bool

    @property
    def name(self) -> str:
        """What the entry is called, for `explain` and `prices show`."""
        return f"{self.provider}/{self.model.id}"


def moment(ts_ms: int) -> datetime:
    """`ts_ms` as the library wants it; times beyond the calendar become its ends."""
    return _EPOCH + timedelta(milliseconds=min(max(ts_ms, _FIRST_MS), _LAST_MS))


def day_start(day: date) -> int:
    """UTC milliseconds of the first moment of `day`."""
    return (day - date(1970, 1, 1)).days * DAY_MS


def version() -> str:
    """Name and release of the price data."""
    import genai_prices  # noqa: PLC0415 - heavy; see the module docstring

    return f"genai-prices {genai_prices.__version__}"


def find(provider: str, model_raw: str, model: str) -> Found | None:
    """The entry for a model at a provider, else at its maker, else None (section 4, rules 2 and 3)."""
    wanted = lookup.catalogue_provider(provider)
    names = lookup.spellings(model_raw, model)
    snapshot = _snapshot()
    if wanted in ("", "anthropic") and lookup.is_bedrock(names[0]):
        wanted = "aws"  # only AWS spells names so
    for listed, name, maker in _places(wanted, names):
        hit = _ask(snapshot, listed, name)
        if hit is not None:
            return hit._replace(from_maker=maker and wanted not in ("", hit.provider))
    for maker_id in lookup.MAKERS:
        for name in names:
            hit = _ask(snapshot, maker_id, name)
            if hit is not None:
                return hit._replace(from_maker=wanted not in ("", hit.provider))
    return None


def _places(wanted: str, names: list[str]) -> Iterator[tuple[str | None, str, bool]]:
    """Provider to ask (None: the library goes by the name), name, and whether that leaves the biller."""
    if wanted:
        yield from ((wanted, name, False) for name in names)
    for name in names:
        split = lookup.split_maker(name)
        if split:
            yield "openrouter", name, True
            yield split[0], split[1], True
    yield from ((None, name, True) for name in names)


def _ask(snapshot: DataSnapshot, provider_id: str | None, name: str) -> Found | None:
    try:
        provider, model = snapshot.find_provider_model(name, None, provider_id, None)
    except LookupError:
        return None
    if not _has_token_price(model):
        return None  # listed without prices: part of a plan, or priced by the second or page
    return Found(provider.id, model, _is_own(provider, model), from_maker=False)


def _is_own(provider: Provider, model: ModelInfo) -> bool:
    return any(model is listed for listed in provider.models)


def _has_token_price(model: ModelInfo) -> bool:
    return all(prices.input_mtok is not None for prices in _all_prices(model))


def _all_prices(model: ModelInfo) -> list[ModelPrice]:
    if isinstance(model.prices, list):
        return [conditional.prices for conditional in model.prices]
    return [model.prices]


def prices_at(found: Found, ts_ms: int, context: Mapping[str, str] | None) -> UnitPrices:
    """Unit prices at one moment; a `context` asks for a variant that `has_variant` knows."""
    prices = found.model.get_prices(moment(ts_ms), context)
    starts = {0}
    for kind in _KINDS:
        for key in kind:
            starts.update(_tier_starts(prices, key))
    return UnitPrices(
        {start: tuple(_price(prices, kind, start) / 10**6 for kind in _KINDS) for start in starts},
        _price(prices, ("web_searches_kcount",), 0) / 1000,
        _price(prices, ("requests_kcount",), 0) / 1000,
    )


def has_variant(found: Found, ts_ms: int, context: Mapping[str, str]) -> bool:
    """Whether the provider itself publishes prices for `context` that are in force at `ts_ms`.

    A variant may say that nothing differs (batch of gpt-3.5-turbo-1106 costs what standard costs).
    """
    when = moment(ts_ms)
    return found.own and any(
        variant.when.items() <= context.items()
        and (variant.constraint is None or variant.constraint.active(when))
        for variant in found.model.price_variants or ()
    )


def lacks_cache_price(found: Found, ts_ms: int) -> bool:
    """Whether cached tokens of this model can't be told from fresh ones by price.

    No price for cache reads; or, for models whose writes cost extra, none for one of the two lifetimes.
    Elsewhere a write without a price is plain input, as it is billed. Embeddings have no caches.
    """
    prices = found.model.get_prices(moment(ts_ms))
    if prices.output_mtok is None or not _price(prices, ("input_mtok",), 0):
        return False
    if prices.cache_read_mtok is None:
        return True
    if "claude" not in found.model.id:
        return False
    return prices.cache_write_mtok is None or prices.cache_write_1h_mtok is None


def _tier_starts(prices: ModelPrice, key: str) -> list[int]:
    return [tier.start for tier in getattr(getattr(prices, key), "tiers", ())]


def _price(prices: ModelPrice, keys: tuple[str, ...], start: int) -> Fraction:
    """USD per published unit (a million tokens, a thousand searches) of calls just above `start`."""
    value = next((value for key in keys if (value := getattr(prices, key)) is not None), None)
    if value is None:
        return Fraction(0)
    price = getattr(value, "base", value)
    for tier in getattr(value, "tiers", ()):
        if tier.start <= start:
            price = tier.price
    return Fraction(price)


def edges(found: Found) -> list[int]:
    """Moments at which a price of this entry may change for good, in UTC milliseconds."""
    return sorted({day_start(day) for day in _start_dates(found.model)})


def daily_edges(found: Found) -> list[int]:
    """Milliseconds of a UTC day at which a price may change every day (off-peak hours)."""
    found_times: set[int] = set()
    for constraint in _constraints(found.model):
        for end in ("start_time", "end_time"):
            time = getattr(constraint, end, None)
            if time is not None:
                in_day = datetime.combine(_EPOCH, time, tzinfo=time.tzinfo or UTC) - _EPOCH
                found_times.add(in_day // timedelta(milliseconds=1) % DAY_MS)
    return sorted(found_times)


def _start_dates(model: ModelInfo) -> Iterator[date]:
    for constraint in _constraints(model):
        day = getattr(constraint, "start_date", None)
        if day is not None:
            yield day


def _constraints(model: ModelInfo) -> Iterator[object]:
    if isinstance(model.prices, list):
        for conditional in model.prices:
            yield conditional.constraint
    variants: list[PriceVariant] = model.price_variants or []
    for variant in variants:
        yield variant.constraint


def _snapshot() -> DataSnapshot:
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - heavy; see the module docstring

    return get_snapshot()
