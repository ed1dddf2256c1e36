"""Anthropic's usage and costs, from the Admin API and the Console; one test for each rule."""

from __future__ import annotations

from typing import Any

import pytest

from histories.gateway_rows import DAY_MS, buckets, format_of, read, reasons, rows
from tokmeter.histories import anthropic_usage
from tokmeter.histories._record import Bucket, Remark, Tokens

USAGE = format_of(anthropic_usage.FORMATS, "anthropic-usage")
COSTS = format_of(anthropic_usage.FORMATS, "anthropic-cost")
USAGE_CSV = format_of(anthropic_usage.FORMATS, "anthropic-usage-csv")
COSTS_CSV = format_of(anthropic_usage.FORMATS, "anthropic-cost-csv")

HOUR_MS = 3_600_000
START = 1_774_915_200_000
"""2026-03-31T00:00:00Z"""

S11 = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed
2026-03-31 02:00,claude-haiku-4-5-20251001,ci,Default,standard,≤ 200k,20000,4000,1000,75000,3000,0,not_available,
"""
OLDER = """\
usage_date_utc,model_version,api_key,workspace,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write,usage_input_tokens_cache_read,usage_output_tokens,web_search_count
2026-03-31,claude-haiku-4-5-20251001,ci,Default,batch,10,20,30,40,2
"""
COST_TABLE = """\
usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type
2026-03-31,Claude Haiku 4.5,Default,ci,standard,≤ 200k,input_no_cache,0.018,0.02,tokens
2026-03-31,,Default,ci,standard,,,0.05,0.05,web_search
"""


def page(*results: dict[str, Any]) -> dict[str, Any]:
    bucket = {
        "starting_at": "2026-03-31T00:00:00Z",
        "ending_at": "2026-04-01T00:00:00Z",
        "results": list(results),
    }
    return {"data": [bucket], "has_more": False, "next_page": None}


def usage(**fields: Any) -> dict[str, Any]:
    return {
        "uncached_input_tokens": 20_000,
        "cache_read_input_tokens": 75_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 4_000, "ephemeral_1h_input_tokens": 1_000},
        "output_tokens": 3_000,
        "server_tool_use": {"web_search_requests": 2},
        "model": "claude-haiku-4-5-20251001",
        "workspace_id": None,
        "api_key_id": "apikey_1",
        "service_tier": "batch",
        "context_window": "200k-1M",
        "inference_geo": "us",
        "speed": "fast",
        **fields,
    }


def row(text: str = S11, **fields: str) -> dict[str, str]:
    return rows(text)[0] | fields


def test_sample_s11_gives_its_row() -> None:
    start = START + 2 * HOUR_MS
    expected = Bucket(
        key=f"b:anthropic-usage-csv|{start}|{HOUR_MS}|claude-haiku-4-5-20251001|ci|Default|standard|≤ 200k"
        "|not_available||",
        format="anthropic-usage-csv",
        provider="anthropic",
        start_ms=start,
        end_ms=start + HOUR_MS,
        model="claude-haiku-4-5-20251001",
        tokens=Tokens(
            uncached_input=20_000, cache_read=75_000, creation_5m=4_000, creation_1h=1_000, output=3_000
        ),
        tier="standard",
        context_window="≤ 200k",
        project="Default",
        api_key="ci",
        line=1,
    )

    assert USAGE_CSV.claims_header(frozenset(rows(S11)[0]))
    assert [expected] == read(USAGE_CSV, *rows(S11))


@pytest.mark.parametrize(
    ("times", "width"),
    [
        (["2026-03-31", "2026-04-01"], DAY_MS),
        (["2026-03-31 02:00", "2026-03-31 05:00"], HOUR_MS),
        (["2026-03-31 02:00", "2026-03-31 02:07"], 60_000),
        (["2026-03-31T00:00:00Z", "2026-04-01T00:00:00Z"], DAY_MS),
        (["2026-03-31T00:00:00Z", "2026-03-31T01:00:00Z"], HOUR_MS),
    ],
    ids=["days", "hours", "minutes", "days as ISO", "hours as ISO"],
)
def test_the_width_of_a_bucket_follows_from_all_times_of_the_export(times: list[str], width: int) -> None:
    found = buckets(read(USAGE_CSV, *(row(usage_date_utc=time) for time in times)))

    assert [width, width] == [line.end_ms - line.start_ms for line in found]


def test_the_width_is_settled_before_a_huge_export_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anthropic_usage, "MOST_WAITING", 2)
    reader = USAGE_CSV.reader(None)  # type: ignore[arg-type] # it has no use for a place
    given = [list(reader.feed(row(usage_date_utc=f"2026-03-31 0{n}:00"), n)) for n in range(4)]

    assert [0, 2, 1, 1] == [len(items) for items in given]
    assert [] == list(reader.finish())


def test_an_older_export_has_one_kind_of_cache_write() -> None:
    [line] = buckets(read(USAGE_CSV, row(OLDER)))
    expected = Tokens(uncached_input=10, cache_read=30, creation_5m=20, output=40, web_searches=2)

    assert (expected, "batch", None) == (line.tokens, line.tier, line.context_window)


def test_a_key_made_for_claude_code_names_its_user() -> None:
    [line] = buckets(read(USAGE_CSV, row(api_key="claude_code_key_ana.lopez_x7yz")))

    assert ("ana.lopez", "claude_code_key_ana.lopez_x7yz") == (line.user, line.api_key)


def test_a_row_without_use_gives_nothing() -> None:
    zero = dict.fromkeys((name for name in row() if name.startswith("usage_") and "tokens" in name), "0")

    assert [] == read(USAGE_CSV, row(**zero))


def test_rows_that_differ_in_what_we_do_not_know_of_do_not_replace_each_other() -> None:
    found = buckets(read(USAGE_CSV, row(department="a"), row(department="b")))

    assert found[0].key + "#2" == found[1].key


def test_the_usage_api_leaves_cached_tokens_out_of_its_input() -> None:
    expected = Bucket(
        key=f"b:anthropic-usage|{START}|{DAY_MS}|claude-haiku-4-5-20251001||apikey_1|batch|200k-1M|us|fast|",
        format="anthropic-usage",
        provider="anthropic",
        start_ms=START,
        end_ms=START + DAY_MS,
        model="claude-haiku-4-5-20251001",
        tokens=Tokens(
            uncached_input=20_000,
            cache_read=75_000,
            creation_5m=4_000,
            creation_1h=1_000,
            output=3_000,
            web_searches=2,
        ),
        tier="batch",
        speed="fast",
        inference_geo="us",
        context_window="200k-1M",
        api_key="apikey_1",
        line=1,
    )

    assert (True, False) == (USAGE.claims(page(usage())), COSTS.claims(page(usage())))
    assert [expected] == read(USAGE, page(usage()))


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        (
            {
                "cache_creation": None,
                "cache_creation_5m_input_tokens": 5,
                "cache_creation_1h_input_tokens": 6,
            },
            (5, 6),
        ),
        ({"cache_creation": None, "cache_creation_input_tokens": 7}, (7, 0)),
    ],
    ids=["flat names", "one for both"],
)
def test_cache_writes_are_spelt_in_several_ways(fields: dict[str, Any], written: tuple[int, int]) -> None:
    [line] = buckets(read(USAGE, page(usage(**fields))))

    assert written == (line.tokens.creation_5m, line.tokens.creation_1h)


def test_a_page_not_grouped_by_model_says_how_to_export() -> None:
    found = read(USAGE, page(usage(model=None)))

    assert [103_000] == [line.tokens.input + line.tokens.output for line in buckets(found)]
    assert Remark(reason="no-model", detail="group_by=model", line=1) in found


def test_a_page_of_days_without_use_is_recognised_and_gives_nothing() -> None:
    assert (True, False) == (USAGE.claims(page()), COSTS.claims(page()))
    assert [] == read(USAGE, page())


@pytest.mark.parametrize(
    ("amount", "nano"),
    [("123.45", 1_234_500_000), ("0.0000001", 1), ("-5", -50_000_000), (250, 2_500_000_000)],
)
def test_costs_are_cents_as_decimal_text(amount: object, nano: int) -> None:
    """123.45 cents are 1.2345 USD."""
    given = page({"amount": amount, "currency": "USD", "cost_type": "tokens", "token_type": "output_tokens",
                  "model": "claude-haiku-4-5-20251001", "service_tier": "standard"})  # fmt: skip
    [line] = buckets(read(COSTS, given))

    assert COSTS.claims(given)
    assert (nano, "billed", "output_tokens") == (line.amount_nano, line.amount_kind, line.kind)


def test_what_is_no_amount_is_said() -> None:
    assert ["count-invalid"] == reasons(read(COSTS, page({"amount": "a lot", "currency": "USD"})))


def test_costs_besides_tokens_go_by_their_type() -> None:
    [line] = buckets(
        read(COSTS, page({"amount": "5", "currency": "USD", "cost_type": "web_search", "model": None}))
    )

    assert (None, "web_search") == (line.model, line.kind)


def test_the_console_names_models_as_displayed_and_list_prices_beside_charges() -> None:
    found = buckets(read(COSTS_CSV, *rows(COST_TABLE)))

    assert COSTS_CSV.claims_header(frozenset(rows(COST_TABLE)[0]))
    assert [
        ("claude-haiku-4-5", "input_no_cache", 18_000_000, "billed"),
        ("claude-haiku-4-5", "input_no_cache", 20_000_000, "list"),
        (None, "web_search", 50_000_000, "billed"),
        (None, "web_search", 50_000_000, "list"),
    ] == [(line.model, line.kind, line.amount_nano, line.amount_kind) for line in found]
    assert 4 == len({line.key for line in found})


@pytest.mark.parametrize(
    ("shown", "model"),
    [
        ("Claude Sonnet 4.5", "claude-sonnet-4-5"),
        ("Claude Opus 4.1", "claude-opus-4-1"),
        ("Claude Sonnet 4", "claude-sonnet-4"),
        ("Claude Haiku 3.5", "claude-3-5-haiku"),
        ("claude-opus-4-5-20251101", "claude-opus-4-5-20251101"),
    ],
)
def test_a_display_name_becomes_the_id_that_calls_have(shown: str, model: str) -> None:
    [line, _] = buckets(read(COSTS_CSV, rows(COST_TABLE)[0] | {"model": shown}))

    assert model == line.model
