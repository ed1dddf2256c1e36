"""Which price is taken: order of sources, names, tiers, and how sure the result is (docs/reference/prices.md)."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest
from pricing_helpers import Call, base_usd, ms, nanousd, sku

from tokmeter.core.usage import Sku
from tokmeter.pricing import lookup
from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.cost import cost_nanousd, pricer
from tokmeter.pricing.rates import BEGINNING_MS, END_MS, QUALITIES, Rate, Tier

CATALOG = Catalog()
DAY = ms("2026-06-15")

NAMES = [
    # provider as logged, model as logged → entry
    ("anthropic", "claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"),
    ("anthropic", "claude-opus-4-5@20251101", "anthropic/claude-opus-4-5"),
    ("anthropic", "claude-sonnet-4-5[1m]", "anthropic/claude-sonnet-4-5"),
    ("anthropic", "Claude 4.5 Sonnet", "anthropic/claude-sonnet-4-5"),
    ("anthropic", "claude-sonnet-4.5", "anthropic/claude-sonnet-4-5"),
    ("", "claude-haiku-4-5-20251001", "anthropic/claude-haiku-4-5"),
    ("openai", "gpt-5-codex", "openai/gpt-5"),
    ("openai", "gpt-5.2-20251211", "openai/gpt-5.2"),
    ("openai", "openai/gpt-5.5", "openai/gpt-5.5"),
    ("", "codex-mini-latest", "openai/codex-mini"),
    ("", "text-embedding-3-small", "openai/text-embedding-3-small"),
    ("zai", "glm-4.6", "zai/GLM-4.6"),
    ("z.ai", "glm-4.6", "zai/GLM-4.6"),
    ("", "glm-4.6", "zai/GLM-4.6"),
    ("moonshot", "kimi-k2", "moonshotai/kimi-k2"),
    ("x_ai", "grok-code-fast-1", "x-ai/grok-code-fast-1"),
    ("gcp.gemini", "models/gemini-2.5-pro", "google/gemini-2.5-pro"),
    ("openrouter", "anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
    ("openrouter", "anthropic/claude-sonnet-4.5:nitro", "openrouter/anthropic/claude-sonnet-4.5"),
    ("", "qwen/qwen3-coder", "openrouter/qwen/qwen3-coder"),
    ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
     "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("anthropic", "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
     "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("aws.bedrock", "arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-opus-4-6-v1:0",
     "aws/global.anthropic.claude-opus-4-6-v1:0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("provider", "model", "entry"), NAMES, ids=[f"{n[0] or 'unsaid'}-{n[1][:30]}" for n in NAMES]
)
def test_a_model_as_logged_is_found_in_the_price_list(provider, model, entry):
    rate = CATALOG.rate(sku(provider, model), DAY)

    assert entry == rate.priced_as
    assert rate.prices_source == "genai-prices"
    assert rate.tiers


def test_a_regional_bedrock_id_costs_a_tenth_more_than_the_global_one():
    regional = CATALOG.rate(sku("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"), DAY)
    everywhere = CATALOG.rate(sku("aws.bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"), DAY)

    assert (Decimal("3.3"), Decimal(3)) == (base_usd(regional)["input"], base_usd(everywhere)["input"])


@pytest.mark.parametrize(
    ("provider", "model", "entry"),
    [
        ("my-proxy", "gpt-5", "openai/gpt-5"),
        ("github-copilot", "claude-sonnet-4.5", "anthropic/claude-sonnet-4-5"),
        ("cursor", "gpt-5-high", "openai/gpt-5"),
        ("openrouter", "claude-sonnet-4.5", "anthropic/claude-sonnet-4-5"),
    ],
)
def test_a_reseller_without_a_price_of_its_own_takes_the_makers_and_says_so(provider, model, entry):
    rate = CATALOG.rate(sku(provider, model), DAY)

    assert ("genai-prices:maker", "maker", entry) == (rate.prices_source, rate.price_quality, rate.priced_as)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-5.4-codex"),
        ("openai", "gpt-5.3-codex-spark"),
        ("anthropic", "fixture-model"),
        ("anthropic", "<synthetic>"),
        ("anthropic", "unknown"),
        ("", "-"),
        ("cursor", "auto"),
        ("ollama", "gpt-oss:120b-cloud"),
    ],
)
def test_an_unknown_model_costs_nothing_known_which_is_not_zero(provider, model):
    rate = CATALOG.rate(sku(provider, model), DAY)

    assert cost_nanousd(rate, *Call(1_000, 1_000, 1_000, 1_000, 1_000)) is None
    assert (rate.prices_source, rate.price_quality) == ("none", "unpriced")
    assert (rate.valid_from_ms, rate.valid_to_ms) == (BEGINNING_MS, END_MS)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("ollama", "llama3:8b"),
        ("local", "anything"),
        ("lmstudio", "gpt-5"),
        ("openrouter", "qwen/qwen3-coder:free"),
    ],
)
def test_a_declared_free_provider_or_variant_costs_zero(provider, model):
    rate = CATALOG.rate(sku(provider, model), DAY)

    assert cost_nanousd(rate, *Call(1_000, 1_000, 1_000, 1_000, 1_000)) == 0
    assert (rate.prices_source, rate.price_quality) == ("free", "exact")


TIERS = [
    # what, sku, when, quality, USD of 1,000 in and 1,000 out
    ("batch-published", sku("anthropic", "claude-haiku-4-5", "batch"), "2026-10-14", "exact", "0.0030"),
    ("batch-before-its-start", sku("anthropic", "claude-haiku-4-5", "batch"), "2026-10-13T23:59", "ratio", "0.0030"),
    # gpt-5.4: 2.5 / 15; priority 5 / 30; flex 1.25 / 7.5
    ("priority-before-its-start", sku("openai", "gpt-5.4", "priority"), "2026-04-01", "ratio", "0.035"),
    ("codex-fast-is-priority", sku("openai", "gpt-5.4", "fast"), "2026-04-01", "ratio", "0.035"),
    ("flex-published", sku("openai", "gpt-5.4", "flex"), "2026-11-01", "exact", "0.00875"),
    # No flex price is published for gpt-4o; 2.5 / 10, and OpenAI's flex is half.
    ("flex-by-fixed-ratio", sku("openai", "gpt-4o-2024-08-06", "flex"), "2026-11-01", "ratio", "0.00625"),
    ("vertex-claude-batch", sku("gcp.vertex_ai", "claude-opus-4-5@20251101", "batch"), "2026-11-01", "ratio", "0.015"),
    ("anthropic-priority", sku("anthropic", "claude-haiku-4-5", "priority"), "2026-11-01", "commitment", "0.0060"),
    # opus 4.8 at 5 / 25, fast mode at 10 / 50
    ("anthropic-fast", sku("anthropic", "claude-opus-4-8", "standard", "fast"), "2026-06-01", "exact", "0.060"),
    ("fast-without-price", sku("anthropic", "claude-opus-4-6", speed="fast"), "2026-06-01", "tier-unknown", "0.030"),
    ("azure-batch", sku("azure", "gpt-5", "batch"), "2026-06-01", "tier-unknown", "0.01125"),
    ("standard", sku("anthropic", "claude-haiku-4-5", "standard", "standard"), "2026-11-01", "exact", "0.0060"),
    ("default", sku("openai", "gpt-5.4", "default"), "2026-11-01", "exact", "0.0175"),
    ("strange-tier", sku("openai", "gpt-5.4", "platinum"), "2026-11-01", "tier-unknown", "0.0175"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sold", "when", "quality", "usd"), [t[1:] for t in TIERS], ids=[t[0] for t in TIERS]
)
def test_the_way_a_call_was_served_decides_its_price(sold, when, quality, usd):
    rate = CATALOG.rate(sold, ms(when))

    assert (quality, nanousd(usd)) == (rate.price_quality, cost_nanousd(rate, *Call(1_000, output=1_000)))


def test_a_batch_suffix_asks_for_the_batch_tier():
    """Half of 1 and 5 USD a million."""
    rate = CATALOG.rate(sku("anthropic", "claude-haiku-4-5:batch"), ms("2026-11-01"))

    assert nanousd("0.0030") == cost_nanousd(rate, *Call(1_000, output=1_000))


def test_a_router_that_lists_batch_as_a_model_of_its_own_is_taken_at_its_word():
    rate = CATALOG.rate(sku("openrouter", "google/gemini-2.5-flash:batch"), ms("2026-11-01"))

    assert (rate.priced_as, rate.price_quality) == ("openrouter/google/gemini-2.5-flash:batch", "exact")


def test_a_ratio_ends_where_the_published_variant_starts():
    rate = CATALOG.rate(sku("anthropic", "claude-haiku-4-5", "batch"), ms("2026-02-03"))

    assert ms("2026-10-14") == rate.valid_to_ms


def test_a_variant_halves_tokens_but_not_web_searches():
    """1,000 in at 0.5 USD a million, and two searches at 10 USD a thousand."""
    rate = CATALOG.rate(sku("anthropic", "claude-haiku-4-5", "batch"), ms("2026-02-03"))

    assert nanousd("0.0205") == cost_nanousd(rate, *Call(1_000, web_searches=2))


def test_a_missing_cache_price_takes_that_of_fresh_input_and_says_so():
    rate = CATALOG.rate(sku("moonshot", "kimi-k2"), DAY)

    assert rate.price_quality == "no-cache-price"
    assert cost_nanousd(rate, *Call(100, 900)) == cost_nanousd(rate, *Call(1_000))


def test_openai_cache_writes_without_a_price_are_plain_input():
    rate = CATALOG.rate(sku("openai", "gpt-5"), DAY)

    assert rate.price_quality == "exact"
    assert cost_nanousd(rate, *Call(0, 0, 500, 500)) == cost_nanousd(rate, *Call(1_000))


def test_codex_auto_review_is_priced_as_the_model_of_its_day():
    """Moved from GPT-5.4 to GPT-5.6 Luna on 2026-07-30."""
    before = CATALOG.rate(sku("openai", "codex-auto-review"), ms("2026-07-29T23:59"))
    after = CATALOG.rate(sku("openai", "codex-auto-review"), ms("2026-07-30"))

    assert (before.priced_as, after.priced_as) == ("openai/gpt-5.4", "openai/gpt-5.6-luna")
    assert (before.price_quality, after.price_quality) == ("alias", "alias")
    assert before.valid_to_ms == after.valid_from_ms == ms("2026-07-30")


@pytest.mark.parametrize(
    ("geo", "quality"), [(None, "exact"), ("", "exact"), ("not_available", "exact"), ("us", "tier-unknown")]
)
def test_inference_pinned_to_a_region_has_no_known_surcharge(geo, quality):
    rate = CATALOG.rate(Sku("anthropic", "claude-opus-4-8", "claude-opus-4-8", inference_geo=geo), DAY)

    assert quality == rate.price_quality


def test_a_log_without_any_name_is_unpriced():
    assert CATALOG.rate(Sku("", "", ""), DAY).price_quality == "unpriced"


@pytest.mark.parametrize("ts", [-(10**15), 0, 10**15], ids=["before-christ", "1970", "far-future"])
def test_an_absurd_time_is_priced_without_complaint(ts):
    assert CATALOG.rate(sku("openai", "o3"), ts).covers(ts)
    assert CATALOG.rate(sku("deepseek", "deepseek-chat"), ts).covers(ts)


def test_every_rate_bears_a_documented_source_and_quality():
    for provider, model, _ in NAMES:
        for tier in (None, "batch", "flex", "priority"):
            rate = CATALOG.rate(sku(provider, model, tier), DAY)

            assert rate.prices_source in {"genai-prices", "genai-prices:maker", "none"}
            assert rate.price_quality in QUALITIES
            assert rate.prices_version.startswith("genai-prices ")


# Four input prices and two output prices of one unit: 1,000 price units are one nano-USD.
def flat(price: int, *, per_nanousd: int = 1000, reasoning: int | None = None) -> Rate:
    tier = Tier(0, price, price, price, price, price, price if reasoning is None else reasoning)
    return Rate(BEGINNING_MS, END_MS, "user", "", "exact", per_nanousd, (tier,))


@pytest.mark.parametrize(
    ("tokens", "price", "per_nanousd", "nano"),
    [
        (1, 500, 1000, 0),  # 0.5 → 0
        (3, 500, 1000, 2),  # 1.5 → 2
        (5, 500, 1000, 2),  # 2.5 → 2
        (1, 501, 1000, 1),  # 0.501 → 1
        (1, 1, 3, 0),  # a third
        (2, 1, 3, 1),  # two thirds
        (10**9, 10**9, 1000, 10**15),
    ],
)
def test_a_cost_is_rounded_once_half_to_even(tokens, price, per_nanousd, nano):
    assert nano == cost_nanousd(flat(price, per_nanousd=per_nanousd), *Call(tokens))


def test_reasoning_at_its_own_price_replaces_the_output_price():
    """10 tokens out, 4 of them reasoning: 6 x 2 + 4 x 5 = 32 nano-USD."""
    assert pricer(flat(2_000, reasoning=5_000))(*Call(output=10, reasoning=4)) == 32


def test_the_examples_in_the_lookup_rules_hold():
    assert doctest.testmod(lookup).failed == 0
