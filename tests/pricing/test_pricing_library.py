"""Our integers against the library's own Decimal arithmetic, over its whole catalogue."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from random import Random

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import TieredPrices
from hypothesis import given, settings
from hypothesis import strategies as st
from pricing_helpers import Call, by_library, ms

from tokmeter.core.usage import Sku
from tokmeter.pricing import library
from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.cost import cost_nanousd
from tokmeter.pricing.rates import BEGINNING_MS, END_MS, as_integers, rate_from_row

SNAPSHOT = get_snapshot()
CATALOG = Catalog()
FIRST, LAST = ms("2024-06-01"), ms("2027-06-01")
CONTEXTS = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
}


def priced_models():
    """(provider id, model) of every entry that has token prices and is found by its own name."""
    for provider in SNAPSHOT.providers:
        for model in provider.models:
            prices = model.prices if isinstance(model.prices, list) else [model]
            first = getattr(prices[0], "prices", prices[0])
            if first.input_mtok is None:
                continue
            if provider.find_model(model.id) is model:
                yield provider.id, model


MODELS = list(priced_models())


def random_call(random: Random) -> Call:
    """Counts that fall on both sides of the tiers."""
    top = random.choice((50, 5_000, 60_000, 300_000))
    output = random.randrange(top)
    return Call(
        *(random.randrange(top) for _ in range(4)), output, random.randrange(output + 1), random.randrange(4)
    )


def test_every_entry_of_the_catalogue_costs_what_the_library_says():
    random = Random(20261121)  # noqa: S311 - reproducible counts
    different = []
    for provider, model in MODELS:
        ts, call = random.randrange(FIRST, LAST), random_call(random)
        rate = CATALOG.rate(Sku(provider, model.id, model.id), ts)
        ours, theirs = cost_nanousd(rate, *call), by_library(call, provider, model.id, ts)
        if ours != theirs:
            different.append((provider, model.id, ts, call, ours, theirs))

    assert len(MODELS) > 1_500
    assert different == []


def test_every_published_variant_costs_what_the_library_says_once_it_is_in_force():
    random = Random(7)  # noqa: S311 - reproducible counts
    compared, different = 0, []
    for provider, model in MODELS:
        starts = [v.constraint.start_date for v in model.price_variants or () if v.constraint is not None]
        ts = library.day_start(max(starts, default=date(2026, 11, 1)))
        for tier, context in CONTEXTS.items():
            if all(variant.when != context for variant in model.price_variants or ()):
                continue
            call = random_call(random)
            rate = CATALOG.rate(Sku(provider, model.id, model.id, service_tier=tier), ts)
            compared += 1
            if cost_nanousd(rate, *call) != by_library(call, provider, model.id, ts, context):
                different.append((provider, model.id, tier, call))

    assert compared > 100
    assert different == []


@settings(max_examples=150, deadline=None)
@given(
    which=st.sampled_from(
        [
            ("anthropic", "claude-sonnet-4-5"),
            ("anthropic", "claude-sonnet-4-6"),
            ("openai", "gpt-5.4"),
            ("google", "gemini-2.5-pro"),
            ("deepseek", "deepseek-v4-pro"),
            ("openrouter", "google/gemini-2.5-flash"),
        ]
    ),
    ts=st.integers(FIRST, LAST),
    counts=st.tuples(*[st.integers(0, 2_000_000)] * 5),
    reasoning_share=st.integers(0, 100),
    searches=st.integers(0, 50),
)
def test_any_usage_at_any_time_costs_what_the_library_says(which, ts, counts, reasoning_share, searches):
    call = Call(*counts, counts[4] * reasoning_share // 100, searches)
    rate = CATALOG.rate(Sku(which[0], which[1], which[1]), ts)

    assert by_library(call, *which, ts) == cost_nanousd(rate, *call)


@pytest.mark.parametrize(
    ("provider", "model", "when"),
    [
        ("anthropic", "claude-sonnet-4-6", "2026-03-12T23:59"),
        ("anthropic", "claude-sonnet-4-6", "2026-03-13T00:00"),
        ("openai", "o3", "2025-06-09"),
        ("deepseek", "deepseek-chat", "2026-02-03T00:10"),
        ("deepseek", "deepseek-chat", "2026-02-03T12:00"),
        ("deepseek", "deepseek-v4-pro", "2026-09-03T07:00"),
        ("deepseek", "deepseek-v4-flash", "2026-08-16T23:00"),
        ("openrouter", "qwen/qwen3-coder", "2026-06-01"),
    ],
)
def test_a_rate_holds_up_to_both_ends_of_its_span_and_no_further(provider, model, when):
    call = Call(150_000, 150_000, output=1_000)
    rate = CATALOG.rate(Sku(provider, model, model), ms(when))

    def same(ts: int) -> bool:
        return by_library(call, provider, model, ts) == cost_nanousd(rate, *call)

    off_peak = provider == "deepseek"
    midnights = (rate.valid_from_ms % library.DAY_MS == 0, rate.valid_to_ms % library.DAY_MS == 0)
    assert rate.covers(ms(when))
    if rate.valid_from_ms != BEGINNING_MS:
        assert same(rate.valid_from_ms)
        assert (off_peak and midnights[0]) or not same(rate.valid_from_ms - 1)
    if rate.valid_to_ms != END_MS:
        assert same(rate.valid_to_ms - 1)
        assert (off_peak and midnights[1]) or not same(rate.valid_to_ms)


def test_spans_of_a_model_follow_each_other_without_gap_or_overlap():
    model = Sku("openrouter", "deepseek-chat", "deepseek/deepseek-chat")
    rate = CATALOG.rate(model, FIRST)
    spans = 0
    while rate.valid_to_ms != END_MS:
        following = CATALOG.rate(model, rate.valid_to_ms)
        assert following.valid_from_ms == rate.valid_to_ms
        assert following[2:] != rate[2:]
        rate, spans = following, spans + 1

    prices = SNAPSHOT.find_provider_model(model.model_raw, None, "openrouter", None)[1].prices
    assert isinstance(prices, list)
    assert spans == sum(sooner.prices != later.prices for sooner, later in pairwise(prices)) > 0


def test_no_published_price_loses_a_digit_as_an_integer():
    for provider, model in MODELS:
        found = library.Found(provider, model, own=True, from_maker=False)
        prices = library.prices_at(found, LAST, None)
        per_nanousd, tiers, search, call = as_integers(prices)
        unit = per_nanousd * 10**9
        assert search == prices.web_search * unit
        assert call == prices.per_call * unit
        for tier in tiers:
            assert [price * unit for price in prices.at(tier.above)] == list(tier[1:])


def test_prices_of_six_decimals_are_whole_picodollars():
    """Anthropic and OpenAI publish at most six decimals of a dollar per million tokens."""
    units = {
        CATALOG.rate(Sku(provider, model.id, model.id), LAST).per_nanousd
        for provider, model in MODELS
        if provider in ("anthropic", "openai")
    }

    assert units == {1000}


def test_tiers_of_the_catalogue_are_all_carried_over():
    for provider, model in MODELS:
        prices = model.get_prices(library.moment(LAST))
        starts = {
            tier.start
            for key in ("input_mtok", "cache_read_mtok", "output_mtok")
            if isinstance(value := getattr(prices, key), TieredPrices)
            for tier in value.tiers
            if tier.price != value.base
        }
        rate = CATALOG.rate(Sku(provider, model.id, model.id), LAST)
        assert starts <= {tier.above for tier in rate.tiers}, model.id


def test_a_rate_survives_the_ledger():
    for provider, model in MODELS[::25]:
        rate = CATALOG.rate(Sku(provider, model.id, model.id), LAST)

        assert rate == rate_from_row(*rate[:5], rate.prices_json())


def test_an_unpriced_rate_survives_the_ledger():
    rate = CATALOG.rate(Sku("openai", "gpt-5.4-codex", "gpt-5.4-codex"), LAST)

    assert rate == rate_from_row(*rate[:5], rate.prices_json())
    assert () == rate.tiers
