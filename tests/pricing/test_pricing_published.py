"""Worked values of published prices, to the last digit. Update on a new release of the data."""

from __future__ import annotations

import pytest
from pricing_helpers import Call, ms, nanousd, sku

from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.cost import cost_nanousd

CATALOG = Catalog()

CASES = [
    ("sonnet-4-5", "anthropic", "claude-sonnet-4-5", "2026-02-03", None,
     Call(12, 30_000, 500, 1_500, 400), "0.025911"),
    ("gpt-5", "openai", "gpt-5", "2026-02-03", None, Call(400, 600, output=200), "0.002575"),
    ("gemini-2.5-pro", "gcp.gemini", "gemini-2.5-pro", "2026-02-03", None, Call(600, 400, output=400), "0.00480"),
    ("o4-mini", "openai", "o4-mini", "2026-02-03", None, Call(388, 512, output=300), "0.0018876"),
    ("haiku-4-5", "anthropic", "claude-haiku-4-5", "2026-02-03", None,
     Call(20_000, 75_000, 4_000, 1_000, 3_000), "0.0495"),
    ("opus-4-6", "anthropic", "claude-opus-4-6", "2026-05-05", None,
     Call(10, 90_000, 4_000, output=800), "0.09005"),
    ("gpt-5.4-above-272k", "openai", "gpt-5.4", "2026-05-05", None,
     Call(50_000, 250_000, output=2_000), "0.420"),
    ("sonnet-4-6-tiered-on-03-01", "anthropic", "claude-sonnet-4-6", "2026-03-01", None,
     Call(300_000, output=1_000), "1.8225"),
    ("sonnet-4-6-flat-from-03-13", "anthropic", "claude-sonnet-4-6", "2026-03-13", None,
     Call(300_000, output=1_000), "0.915"),
    ("o3-before-the-cut", "openai", "o3", "2025-06-01", None, Call(1_000, output=1_000), "0.050"),
    ("o3-after-the-cut", "openai", "o3", "2025-06-11", None, Call(1_000, output=1_000), "0.010"),
    ("deepseek-at-01:00", "deepseek", "deepseek-chat", "2026-02-03T01:00", None,
     Call(1_000, output=1_000), "0.00137"),
    ("deepseek-at-20:00", "deepseek", "deepseek-chat", "2026-02-03T20:00", None,
     Call(1_000, output=1_000), "0.000685"),
    ("haiku-batch-published", "anthropic", "claude-haiku-4-5", "2026-11-01", "batch",
     Call(1_000, output=1_000), "0.0030"),
    # Without the ratio rule the library says 0.0060 here: the full price.
    ("haiku-batch-by-ratio", "anthropic", "claude-haiku-4-5", "2026-02-03", "batch",
     Call(1_000, output=1_000), "0.0030"),
    ("gpt-5.2-flex", "openai", "gpt-5.2", "2026-11-01", "flex", Call(1_000, output=1_000), "0.007875"),
    ("gpt-5.2-priority", "openai", "gpt-5.2", "2026-11-01", "priority", Call(1_000, output=1_000), "0.0315"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_a_call_costs_what_the_price_list_of_its_day_says(case):
    _, provider, model, when, tier, call, usd = case
    rate = CATALOG.rate(sku(provider, model, tier), ms(when))

    assert nanousd(usd) == cost_nanousd(rate, *call)


def test_calls_are_priced_one_by_one_because_their_sum_would_reach_a_dearer_tier():
    """50 calls of 100,000 in, 200 out at 3 and 15 USD: 50 x 0.303 = 15.15. As one call: 5 x 6 + 0.01 x 22.5."""
    rate = CATALOG.rate(sku("anthropic", "claude-sonnet-4-5"), ms("2026-02-03"))

    assert nanousd("15.15") == sum(cost_nanousd(rate, *Call(100_000, output=200)) for _ in range(50))
    assert nanousd("30.225") == cost_nanousd(rate, *Call(5_000_000, output=10_000))


@pytest.mark.parametrize(
    ("call", "usd"),
    [
        # 3 USD a million at 200,000; one token more and all of them cost 6.
        (Call(200_000), "0.6"),
        (Call(200_001), "1.200006"),
        # The caches count towards the tier: 100,000 x 6 + 100,001 x 0.6 per million.
        (Call(100_000, 100_001), "0.6600006"),
        (Call(100_000, 0, 50_000, 50_001), "1.5750120"),
        # Output does not: 0.6 + 500,000 x 15.
        (Call(200_000, output=500_000), "8.1"),
    ],
    ids=["at-the-start", "one-above", "cache-reads-count", "cache-writes-count", "output-does-not"],
)
def test_above_the_start_of_a_tier_all_tokens_take_the_higher_price(call, usd):
    rate = CATALOG.rate(sku("anthropic", "claude-sonnet-4-5"), ms("2026-02-03"))

    assert nanousd(usd) == cost_nanousd(rate, *call)
