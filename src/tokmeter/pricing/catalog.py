"""What a call cost by list price, whoever published it: user file, provider, maker, or nobody.

The order of sources, the names tried and the rule for tiers are those of docs/reference/prices.md.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.pricing import library, lookup
from tokmeter.pricing.rates import (
    BEGINNING_MS,
    END_MS,
    QUALITIES,
    Rate,
    UnitPrices,
    as_integers,
    scaled_by,
)

if TYPE_CHECKING:
    from tokmeter.core.usage import Sku
    from tokmeter.pricing.user_prices import UserPrice, UserPrices

_HALF = Fraction(1, 2)
# What batch and flex cost where no price is published (of token prices, not of searches).
_FIXED_RATIOS = {
    "batch": dict.fromkeys(("openai", "anthropic", "google", "mistral", "groq"), _HALF),
    "flex": {"openai": _HALF},
}
_STANDARD = ("", "standard", "default", "auto", "standard_only", "on_demand")
_NO_REGION = ("", "not_available", "global")
_MODES = {
    "batch": ({"processing": "batch"},),
    "flex": ({"service_tier": "flex"},),
    "priority": ({"service_tier": "priority"},),
    # Anthropic calls it a speed, OpenAI a tier, which Codex logs as "priority" or "fast".
    "fast": ({"speed": "fast"}, {"service_tier": "fast"}, {"service_tier": "priority"}),
}


class _Subject(NamedTuple):
    """Whose price is sought: a sku, after aliases, and how sure the alias is."""

    provider: str
    model_raw: str
    model: str
    quality: str = "exact"


class _Plan(NamedTuple):
    """All that can decide a sku's price at any time: worked out once per sku."""

    sku: Sku
    mode: str
    subjects: tuple[tuple[int, _Subject], ...]
    user: tuple[UserPrice, ...]
    found: tuple[library.Found | None, ...]


class Catalog:
    """Rates of skus. Cheap to make; the price library is imported when the first rate needs it."""

    def __init__(self, user_prices: UserPrices | None = None) -> None:
        self._user = user_prices
        self._plans: dict[Sku, _Plan] = {}

    def rate(self, sku: Sku, ts_ms: int) -> Rate:
        """The rate of `sku` at `ts_ms`, with the largest span of time around it in which it stays the same.

        For models with off-peak hours the span ends with the day (UTC) at the latest.
        """
        plan = self._plans.get(sku)
        if plan is None:
            plan = self._plans[sku] = self._plan(sku)
        rate = self._rate_at(plan, ts_ms)
        edges, first, last = _edges(plan, ts_ms)
        place = bisect_right(edges, ts_ms)
        below, above = place - 1, place
        while below >= 0 and self._rate_at(plan, edges[below] - 1) == rate:
            below -= 1
        while above < len(edges) and self._rate_at(plan, edges[above]) == rate:
            above += 1
        return rate._replace(
            valid_from_ms=max(edges[below] if below >= 0 else BEGINNING_MS, first),
            valid_to_ms=min(edges[above] if above < len(edges) else END_MS, last),
        )

    def _plan(self, sku: Sku) -> _Plan:
        subjects = self._subjects(sku)
        own = _Subject(sku.provider, sku.model_raw, sku.model)
        user: list[UserPrice] = []
        for one in (own, *(subject for _, subject in subjects)):
            user += [price for price in self._user_prices(one) if price not in user]
        if any(price.from_ms == BEGINNING_MS for price in user):
            found: tuple[library.Found | None, ...] = (None,) * len(subjects)
        else:
            found = tuple(_find(subject) for _, subject in subjects)
        return _Plan(sku, _mode(sku), subjects, tuple(user), found)

    def _subjects(self, sku: Sku) -> tuple[tuple[int, _Subject], ...]:
        """Whose price to take, and from when: the user's alias, a known internal name, or the sku itself."""
        names = lookup.spellings(sku.model_raw, sku.model)
        if self._user is not None:
            for name in (f"{lookup.catalogue_provider(sku.provider)}/{names[0]}", *names):
                if name in self._user.aliases:
                    return ((BEGINNING_MS, _target(self._user.aliases[name], sku.provider)),)
        for name in names:
            if name in lookup.DATED_ALIASES:
                return tuple(
                    (max(library.day_start(day), BEGINNING_MS), _target(target, "")._replace(quality="alias"))
                    for day, target in lookup.DATED_ALIASES[name]
                )
        return ((BEGINNING_MS, _Subject(sku.provider, sku.model_raw, sku.model)),)

    def _user_prices(self, subject: _Subject) -> list[UserPrice]:
        if self._user is None:
            return []
        provider = lookup.catalogue_provider(subject.provider)
        names = [subject.model_raw.lower(), *lookup.spellings(subject.model_raw, subject.model)]
        return [price for price in self._user.prices if price.matches(provider, names)]

    def _rate_at(self, plan: _Plan, ts_ms: int) -> Rate:
        """The rate at one moment, its span still unknown."""
        place = max(bisect_right([start for start, _ in plan.subjects], ts_ms) - 1, 0)
        subject = plan.subjects[place][1]
        started = [price for price in plan.user if price.from_ms <= ts_ms]
        if started:
            return self._by_user(plan, subject, _latest(started))
        if lookup.is_free(subject.provider, subject.model_raw):
            nothing = UnitPrices({0: (Fraction(0),) * 6})
            return _rate("free", "", "exact", nothing, "")
        found = plan.found[place]
        if found is None:
            return Rate(BEGINNING_MS, END_MS, "none", library.version(), "unpriced")
        prices, tier_quality = _in_mode(found, plan, ts_ms)
        qualities = [subject.quality, tier_quality, _region_quality(plan.sku, found.provider)]
        if found.from_maker:
            qualities.append("maker")
        if library.lacks_cache_price(found, ts_ms):
            qualities.append("no-cache-price")
        source = "genai-prices:maker" if found.from_maker else "genai-prices"
        return _rate(source, library.version(), _worst(qualities), prices, found.name)

    def _by_user(self, plan: _Plan, subject: _Subject, price: UserPrice) -> Rate:
        provider = price.provider or lookup.catalogue_provider(subject.provider)
        prices, quality = price.prices, "exact"
        if plan.mode:
            factor = price.variants.get(plan.mode)
            if factor is not None:
                prices = prices.times(factor)
            else:
                prices, quality = _fixed(prices, plan.mode, provider, price.model)
        qualities = [quality] if price.has_cache_price else [quality, "no-cache-price"]
        version = self._user.version if self._user else ""
        return _rate("user", version, _worst(qualities), prices, price.name)


def _target(target: str, provider: str) -> _Subject:
    """The subject an alias names: `provider/model`, or a model of the same provider."""
    split = lookup.split_maker(target.lower())
    owner, model = split or (provider, target.lower())
    return _Subject(owner, target.lower(), model)


def _find(subject: _Subject) -> library.Found | None:
    if lookup.is_free(subject.provider, subject.model_raw):
        return None
    return library.find(subject.provider, subject.model_raw, subject.model)


def _latest(prices: list[UserPrice]) -> UserPrice:
    """The one that started last; of several, the last in the file."""
    return max(enumerate(prices), key=lambda numbered: (numbered[1].from_ms, numbered[0]))[1]


def _mode(sku: Sku) -> str:
    """How the call was served, if not in the standard way: batch, flex, priority, fast, or as logged."""
    tier = (sku.service_tier or "").lower()
    if lookup.is_batch_name(sku.model_raw):
        tier = "batch"
    if tier not in _STANDARD:
        return tier
    speed = (sku.speed or "").lower()
    return "" if speed in _STANDARD else speed


def _in_mode(found: library.Found, plan: _Plan, ts_ms: int) -> tuple[UnitPrices, str]:
    """Prices of the mode the call ran in, and how sure they are.

    Most variant prices start on the day they entered the data. A call before that day takes the ratio of
    variant to standard on the first day that has both, price by price, on the standard price of its own
    date. (Today's ratio would need a clock, and an announced change could move the past.)
    """
    standard = library.prices_at(found, ts_ms, None)
    if not plan.mode or _names_its_mode(found, plan.mode):
        return standard, "exact"
    for context in _MODES.get(plan.mode, ()):
        if library.has_variant(found, ts_ms, context):
            return library.prices_at(found, ts_ms, context), "exact"
        for edge in library.edges(found):
            if library.has_variant(found, edge, context):
                above = library.prices_at(found, edge, context)
                below = library.prices_at(found, edge, None)
                return scaled_by(standard, above, below), "ratio"
    return _fixed(standard, plan.mode, found.provider, found.model.id)


def _names_its_mode(found: library.Found, mode: str) -> bool:
    """Whether the entry itself is the variant: routers list `model:batch` with its own prices."""
    return mode == "batch" and found.model.id.endswith(":batch")


def _fixed(prices: UnitPrices, mode: str, provider: str, model: str) -> tuple[UnitPrices, str]:
    """Prices of a mode that nobody publishes; Anthropic's priority and OpenAI's scale are commitments."""
    if mode == "scale" or (mode == "priority" and "claude" in model):
        return prices, "commitment"
    ratio = _FIXED_RATIOS.get(mode, {}).get(provider)
    return (prices, "tier-unknown") if ratio is None else (prices.times(ratio), "ratio")


def _region_quality(sku: Sku, provider: str) -> str:
    """Anthropic charges extra for inference kept in one region; the data hold no price for it."""
    pinned = (sku.inference_geo or "").lower() not in _NO_REGION
    return "tier-unknown" if pinned and provider == "anthropic" else "exact"


def _worst(qualities: list[str]) -> str:
    return max(qualities, key=QUALITIES.index)


def _rate(source: str, version: str, quality: str, prices: UnitPrices, name: str) -> Rate:
    return Rate(BEGINNING_MS, END_MS, source, version, quality, *as_integers(prices), name)


def _edges(plan: _Plan, ts_ms: int) -> tuple[list[int], int, int]:
    """Moments at which the rate may change, and the bounds within which they are all known."""
    edges = {start for start, _ in plan.subjects[1:]}
    edges.update(price.from_ms for price in plan.user if price.from_ms != BEGINNING_MS)
    daily: set[int] = set()
    for found in plan.found:
        if found is not None:
            edges.update(library.edges(found))
            daily.update(library.daily_edges(found))
    if not daily:
        return sorted(edges), BEGINNING_MS, END_MS
    midnight = ts_ms // library.DAY_MS * library.DAY_MS
    edges.update(midnight + in_day for in_day in daily)
    next_midnight = midnight + library.DAY_MS
    inside = sorted(edge for edge in edges if midnight < edge < next_midnight)
    return inside, midnight, next_midnight
