"""What `tokmeter prices show` has to say."""

from __future__ import annotations

from decimal import Decimal

from pricing_helpers import ms

from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.show import PriceLine, price_sheet

CATALOG = Catalog()


def test_a_sheet_shows_tiers_variants_and_the_span_in_which_they_hold():
    """claude-sonnet-4-6 before 2026-03-13: 3 / 15, above 200,000 tokens 6 / 22.5; batch is half of each."""
    sheet = price_sheet(CATALOG, "anthropic", "claude-sonnet-4-6", ms("2026-03-01"))
    low = [Decimal(number) for number in ("3", "0.3", "3.75", "6", "15", "15")]
    high = [Decimal(number) for number in ("6", "0.6", "7.5", "12", "22.5", "22.5")]
    batch = next(variant for variant in sheet.variants if variant.name == "batch")

    assert (PriceLine(0, *low), PriceLine(200_000, *high)) == sheet.standard.lines
    assert Decimal(10) == sheet.standard.web_search_per_1000
    assert (sheet.priced_as, sheet.prices_source) == ("anthropic/claude-sonnet-4-6", "genai-prices")
    assert (None, ms("2026-03-13")) == (sheet.valid_from_ms, sheet.valid_to_ms)
    assert batch.quality == "ratio"
    assert [(line.above, line.input, line.output) for line in batch.lines] == [
        (0, Decimal("1.5"), Decimal("7.5")),
        (200_000, Decimal(3), Decimal("11.25")),
    ]


def test_a_sheet_of_an_unknown_model_has_no_lines():
    sheet = price_sheet(CATALOG, "", "no-such-model", ms("2026-03-01"))

    assert (sheet.standard.lines, sheet.variants, sheet.prices_source) == ((), (), "none")
