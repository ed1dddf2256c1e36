"""OpenAI's usage and costs, from the API and the dashboard; one test for each rule."""

from __future__ import annotations

from typing import Any

import pytest

from histories.gateway_rows import DAY_MS, buckets, format_of, read, reasons, rows
from tokmeter.core.names import normalise_model
from tokmeter.histories import openai_usage
from tokmeter.histories._record import Bucket, Remark, Tokens

USAGE = format_of(openai_usage.FORMATS, "openai-usage")
COSTS = format_of(openai_usage.FORMATS, "openai-cost")
USAGE_CSV = format_of(openai_usage.FORMATS, "openai-usage-csv")
COSTS_CSV = format_of(openai_usage.FORMATS, "openai-cost-csv")

START = 1_773_446_400_000
"""2026-03-14T00:00:00Z"""

S10 = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens
1773446400,1773532800,2026-03-14T00:00:00+00:00,2026-03-15T00:00:00+00:00,proj_x,20,key_y,gpt-5-mini-2025-08-07,False,default,50000,4000,20000
1773532800,1773619200,2026-03-15T00:00:00+00:00,2026-03-16T00:00:00+00:00,,,,,,,,,
"""
COST_TABLE = """\
start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id,organization_name
1773446400,1773532800,2026-03-14T00:00:00+00:00,2026-03-15T00:00:00+00:00,0.016,usd,"gpt-5-mini-2025-08-07, input",proj_x,org-1,Acme
1773532800,1773619200,2026-03-15T00:00:00+00:00,2026-03-16T00:00:00+00:00,,,,,,
"""


def page(*results: dict[str, Any], kind: str = "completions", **bucket: Any) -> dict[str, Any]:
    """A page of the API with one bucket."""
    name = "organization.costs.result" if kind == "costs" else f"organization.usage.{kind}.result"
    given = [{"object": name, **result} for result in results]
    whole = {
        "object": "bucket",
        "start_time": START // 1000,
        "end_time": START // 1000 + 86_400,
        "results": given,
    }
    return {"object": "page", "data": [whole | bucket], "has_more": False, "next_page": None}


def usage(**fields: Any) -> dict[str, Any]:
    counts = {"input_tokens": 50_000, "input_cached_tokens": 20_000, "output_tokens": 4_000}
    return {**counts, "num_model_requests": 20, "model": "gpt-5-mini-2025-08-07", **fields}


def test_sample_s10_gives_its_row_and_the_day_without_use_nothing() -> None:
    """50,000 of input, of which 20,000 were cached."""
    expected = Bucket(
        key=f"b:openai-usage-csv|{START}|{DAY_MS}||proj_x||key_y|gpt-5-mini-2025-08-07|False|default",
        format="openai-usage-csv",
        provider="openai",
        start_ms=START,
        end_ms=START + DAY_MS,
        model="gpt-5-mini-2025-08-07",
        tokens=Tokens(uncached_input=30_000, cache_read=20_000, output=4_000),
        requests=20,
        tier="standard",
        project="proj_x",
        api_key="key_y",
        line=1,
    )

    assert USAGE_CSV.claims_header(frozenset(rows(S10)[0]))
    assert [expected] == read(USAGE_CSV, *rows(S10))
    assert "gpt-5-mini" == normalise_model(expected.model or "")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Tokens(uncached_input=30_000, cache_read=20_000, output=4_000)),
        (
            {"input_cache_write_tokens": 10_000},
            Tokens(uncached_input=20_000, cache_read=20_000, creation_5m=10_000, output=4_000),
        ),
        (
            {"input_tokens": None, "input_uncached_tokens": 30_000},
            Tokens(uncached_input=30_000, cache_read=20_000, output=4_000),
        ),
        (
            {"input_audio_tokens": 9, "output_audio_tokens": 9},
            Tokens(uncached_input=30_000, cache_read=20_000, output=4_000),
        ),
    ],
    ids=["cached is inside", "cache writes are inside", "only the uncached part is told", "audio is a part"],
)
def test_the_input_of_a_page_holds_what_was_cached(fields: dict[str, Any], expected: Tokens) -> None:
    [line] = buckets(read(USAGE, page(usage(**fields))))

    assert expected == line.tokens


@pytest.mark.parametrize(
    ("fields", "tier"),
    [
        ({"batch": True}, "batch"),
        ({"batch": True, "service_tier": "default"}, "batch"),
        ({"batch": False, "service_tier": "priority"}, "priority"),
        ({"batch": None, "service_tier": None}, None),
        ({"service_tier": "default"}, "standard"),
    ],
)
def test_batch_is_a_tier_and_default_is_standard(fields: dict[str, Any], tier: str | None) -> None:
    [line] = buckets(read(USAGE, page(usage(**fields))))

    assert tier == line.tier


def test_a_page_not_grouped_by_model_keeps_its_tokens_and_says_how_to_export() -> None:
    found = read(USAGE, page(usage(model=None)))

    assert [(None, 54_000)] == [
        (line.model, line.tokens.input + line.tokens.output) for line in buckets(found)
    ]
    assert Remark(reason="no-model", detail="group_by=model", line=1) in found


def test_embeddings_beside_completions_are_lines_of_their_own() -> None:
    """Both of one model and day: their kind is in the key."""
    found = buckets(
        read(
            USAGE,
            page(usage()),
            page({"input_tokens": 7, "model": "gpt-5-mini-2025-08-07"}, kind="embeddings"),
        )
    )

    assert [("completions", 54_000), ("embeddings", 7)] == [
        (line.kind, line.tokens.input + line.tokens.output) for line in found
    ]
    assert 2 == len({line.key for line in found})


def test_what_is_not_sold_by_token_is_said() -> None:
    found = read(USAGE, page({"images": 3, "num_model_requests": 3, "model": "gpt-image-1"}, kind="images"))

    assert [Remark(reason="no-usage", detail="images", line=1)] == found


def test_a_page_fetched_twice_has_the_same_keys_but_equal_groups_do_not() -> None:
    """A later page takes the place of the earlier; groups of one bucket never do."""
    twice = buckets(read(USAGE, page(usage()), page(usage(input_tokens=60_000))))
    grouped = buckets(read(USAGE, page(usage(), usage())))

    assert 1 == len({line.key for line in twice})
    assert grouped[0].key + "#2" == grouped[1].key


def test_buckets_taken_out_of_their_page_and_of_an_hour() -> None:
    [bucket] = page(usage(), end_time=START // 1000 + 3600)["data"]
    [line] = buckets(read(USAGE, bucket))

    assert USAGE.claims(bucket)
    assert (START, START + 3_600_000) == (line.start_ms, line.end_ms)


@pytest.mark.parametrize(
    ("item", "model", "kind"),
    [
        ("gpt-5-2025-08-07, input", "gpt-5-2025-08-07", "input"),
        ("gpt-4o-2024-08-06, cached input", "gpt-4o-2024-08-06", "cached input"),
        ("ft:gpt-4o-mini-2024-07-18:acme::9x, output", "ft:gpt-4o-mini-2024-07-18:acme::9x", "output"),
        ("gpt-4o", "gpt-4o", None),
        ("web search tool calls, gpt 4o", None, "web search tool calls, gpt 4o"),
        ("assistants api | file search", None, "assistants api | file search"),
        (None, None, None),
    ],
)
def test_a_line_item_is_divided_at_its_last_comma(
    item: str | None, model: str | None, kind: str | None
) -> None:
    [line] = buckets(
        read(COSTS, page({"amount": {"value": 0.06, "currency": "usd"}, "line_item": item}, kind="costs"))
    )

    assert (model, kind) == (line.model, line.kind)


def test_costs_are_charged_money_without_tokens() -> None:
    given = page(
        {"amount": {"value": 0.06, "currency": "usd"}, "line_item": "gpt-5, input", "project_id": "p"},
        kind="costs",
    )
    expected = Bucket(
        key=f"b:openai-cost|{START}|{DAY_MS}|gpt-5, input|p||",
        format="openai-cost",
        provider="openai",
        start_ms=START,
        end_ms=START + DAY_MS,
        model="gpt-5",
        amount_nano=60_000_000,
        amount_kind="billed",
        kind="input",
        project="p",
        line=1,
    )

    assert (True, False) == (COSTS.claims(given), USAGE.claims(given))
    assert [expected] == read(COSTS, given)


def test_the_cost_table_gives_the_same_money() -> None:
    [line] = read(COSTS_CSV, *rows(COST_TABLE))

    assert isinstance(line, Bucket)
    assert (16_000_000, "billed", "USD", "gpt-5-mini-2025-08-07", "input") == (
        line.amount_nano, line.amount_kind, line.currency, line.model, line.kind,
    )  # fmt: skip


def test_another_currency_is_kept_apart() -> None:
    found = read(
        COSTS, page({"amount": {"value": 1, "currency": "eur"}, "line_item": "gpt-5, input"}, kind="costs")
    )

    assert [("EUR", 10**9)] == [(line.currency, line.amount_nano) for line in buckets(found)]
    assert ["other-currency"] == reasons(found)


def test_a_whole_secret_where_a_keys_id_should_be_is_never_kept() -> None:
    secret = "sk-" + "proj" + "A1b2" * 10
    [line] = buckets(read(USAGE, page(usage(api_key_id=secret))))

    assert secret not in line.key
    assert "h:" == (line.api_key or "")[:2]
