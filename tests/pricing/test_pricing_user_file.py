"""The user's own prices and aliases (docs/reference/prices.md)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pricing_helpers import Call, base_usd, ms, nanousd, sku

from tokmeter.core.errors import SettingsError
from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.cost import cost_nanousd
from tokmeter.pricing.user_prices import load_user_prices, parse_user_prices

FILE = """
[[price]]
provider = "local"
model = "qwen3-coder*"
input = 0
output = 0

[[price]]
provider = "openai"
model = "gpt-5.4-codex"
from = 2026-05-01
input = 2.5
cache_read = 0.25
output = 15
web_search = 10
tiers = [{ above = 272000, input = 5, cache_read = 0.5, output = 22.5 }]
batch = 0.5

[[price]]
provider = "openai"
model = "gpt-5.4-codex"
from = 2026-08-01
input = 2
cache_read = 0.2
output = 10

[[price]]
model = "in-house"
input = 1
cache_write = 1.25
cache_write_1h = 2
output = 4
reasoning = 6

[alias]
"my-deployment" = "openai/gpt-5-mini"
"short" = "claude-haiku-4-5"
"""


@pytest.fixture
def catalog():
    return Catalog(parse_user_prices(FILE.encode(), "prices.toml"))


def test_a_user_price_wins_over_the_catalogue():
    own = parse_user_prices(
        b'[[price]]\nmodel = "gpt-5"\ninput = 7\ncache_read = 7\noutput = 9', "prices.toml"
    )
    rate = Catalog(own).rate(sku("openai", "gpt-5"), ms("2026-06-01"))

    assert (Decimal(7), Decimal(9)) == (base_usd(rate)["input"], base_usd(rate)["output"])
    assert (rate.prices_source, rate.price_quality) == ("user", "exact")
    assert rate.prices_version.startswith("user ")


@pytest.mark.parametrize(
    ("when", "call", "usd"),
    [
        ("2026-04-30T23:59", Call(1_000), None),
        ("2026-05-01", Call(1_000, 1_000, output=1_000), "0.01775"),
        ("2026-05-01", Call(272_001, output=1_000), "1.382505"),
        ("2026-05-01", Call(0, web_searches=3), "0.03"),
        ("2026-08-01", Call(1_000, 1_000, output=1_000), "0.0122"),
    ],
    ids=["before-any-start", "base", "above-the-tier", "searches", "a-later-start-wins"],
)
def test_a_user_price_holds_from_its_date_until_a_later_one_starts(catalog, when, call, usd):
    rate = catalog.rate(sku("openai", "gpt-5.4-codex"), ms(when))

    assert (usd and nanousd(usd)) == cost_nanousd(rate, *call)


def test_the_spans_of_user_prices_end_at_their_dates(catalog):
    rate = catalog.rate(sku("openai", "gpt-5.4-codex"), ms("2026-06-01"))

    assert (ms("2026-05-01"), ms("2026-08-01")) == (rate.valid_from_ms, rate.valid_to_ms)


def test_what_a_user_price_omits_costs_what_its_parent_costs(catalog):
    rate = catalog.rate(sku("anywhere", "in-house"), ms("2026-06-01"))
    usd = base_usd(rate)

    assert [1, 1, Decimal("1.25"), 2, 4, 6] == list(usd.values())
    assert rate.price_quality == "no-cache-price"


@pytest.mark.parametrize(
    ("tier", "usd", "quality"),
    # 1,000 in and out at 2.5 and 15: 0.0175
    [("batch", "0.00875", "exact"), ("flex", "0.00875", "ratio"), ("priority", "0.0175", "tier-unknown")],
)
def test_a_user_price_may_give_a_multiplier_for_each_tier(catalog, tier, usd, quality):
    rate = catalog.rate(sku("openai", "gpt-5.4-codex", tier), ms("2026-06-01"))

    assert (nanousd(usd), quality) == (cost_nanousd(rate, *Call(1_000, output=1_000)), rate.price_quality)


def test_a_user_price_applies_to_its_provider_only(catalog):
    assert catalog.rate(sku("local", "qwen3-coder-30b"), 0).prices_source == "user"
    assert catalog.rate(sku("openrouter", "qwen/qwen3-coder"), 0).prices_source == "genai-prices"


def test_a_tier_takes_what_it_leaves_out_from_its_entry():
    """Above 100: input 2, cache reads still at 0.5, output still at 4: 101 x 2 + 10 x 0.5 + 4 = 211 per million."""
    text = b"""[[price]]
model = "m"
input = 1
cache_read = 0.5
output = 4
tiers = [{ above = 100, input = 2 }]"""
    rate = Catalog(parse_user_prices(text, "prices.toml")).rate(sku("x", "m"), 0)

    assert nanousd("0.000211") == cost_nanousd(rate, *Call(101, 10, output=1))


@pytest.mark.parametrize(
    ("provider", "model", "entry"),
    [
        ("azure", "my-deployment", "openai/gpt-5-mini"),
        ("", "My-Deployment", "openai/gpt-5-mini"),
        ("anthropic", "short", "anthropic/claude-haiku-4-5"),
    ],
)
def test_an_alias_is_priced_as_what_it_stands_for(catalog, provider, model, entry):
    rate = catalog.rate(sku(provider, model), ms("2026-06-01"))

    assert (entry, "exact") == (rate.priced_as, rate.price_quality)


FAULTS = [
    ("not-toml", "[[price]\n", "not valid TOML"),
    ("not-utf-8", b"\xff", "not valid TOML"),
    ("single-brackets", '[price]\nmodel = "x"', "two brackets"),
    ("unknown-table", "[prices]\n", "unknown key 'prices'"),
    ("unknown-key", '[[price]]\nmodel = "x"\ninput = 1\noutput = 1\ncached = 1', "unknown key 'cached'"),
    ("placeholder", '[[price]]\nmodel = "x"\ninput = ?', "line 3: input is still ?"),
    ("placeholder-below", '[[price]]\nmodel = "x = ?"\ninput = 1\noutput=? # ?', "line 4: output is still ?"),
    ("no-model", "[[price]]\ninput = 1\noutput = 1", "model is missing"),
    ("no-input", '[[price]]\nmodel = "x"\noutput = 1', "input is missing"),
    ("no-output", '[[price]]\nmodel = "x"\ninput = 1', "output is missing"),
    ("text-price", '[[price]]\nmodel = "x"\ninput = "1"\noutput = 1', "without quotes"),
    ("bool-price", '[[price]]\nmodel = "x"\ninput = true\noutput = 1', "must be a number"),
    ("negative-price", '[[price]]\nmodel = "x"\ninput = -1\noutput = 1', "can't be negative"),
    ("infinite-price", '[[price]]\nmodel = "x"\ninput = inf\noutput = 1', "must be a finite number"),
    ("nan-price", '[[price]]\nmodel = "x"\ninput = nan\noutput = 1', "must be a finite number"),
    ("text-date", '[[price]]\nmodel = "x"\ninput = 1\noutput = 1\nfrom = "May"', "must be a date"),
    ("model-no-text", "[[price]]\nmodel = 5\ninput = 1\noutput = 1", "must be text"),
    (
        "tier-no-start",
        '[[price]]\nmodel = "x"\ninput = 1\noutput = 1\ntiers = [{ input = 2 }]',
        "whole number",
    ),
    ("tiers-no-list", '[[price]]\nmodel = "x"\ninput = 1\noutput = 1\ntiers = 5', "list of tables"),
    ("tier-no-table", '[[price]]\nmodel = "x"\ninput = 1\noutput = 1\ntiers = [5]', "table is expected"),
    ("alias-no-text", '[alias]\n"x" = 5', "must be text"),
    ("alias-no-table", "alias = 5", "table is expected"),
]


@pytest.mark.parametrize(("text", "complaint"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_faulty_file_is_named_with_the_fault_and_the_next_step(tmp_path, text, complaint):
    path = tmp_path / "prices.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(SettingsError) as caught:
        load_user_prices(path)

    assert str(path) in caught.value.sentence
    assert complaint in caught.value.sentence
    assert caught.value.hint


def test_the_faulty_entry_is_counted(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text('[[price]]\nmodel = "a"\ninput = 1\noutput = 1\n[[price]]\nmodel = "b"\noutput = 1')

    with pytest.raises(SettingsError, match=r"\[\[price\]\] number 2: input is missing"):
        load_user_prices(path)


def test_a_folder_in_place_of_the_file_is_a_settings_error(tmp_path):
    with pytest.raises(SettingsError, match="can't be read"):
        load_user_prices(tmp_path)


def test_no_file_means_no_user_prices(tmp_path):
    assert load_user_prices(None) is None
    assert load_user_prices(tmp_path / "prices.toml") is None


def test_an_empty_file_is_valid():
    assert parse_user_prices(b"", "prices.toml").prices == ()
