"""OpenRouter's log, activity and generation objects; one test for each rule."""

from __future__ import annotations

from typing import Any

import pytest

from histories.gateway_rows import DAY_MS, DAY_START, TEN, buckets, calls, format_of, read, reasons, rows
from tokmeter.core.names import normalise_model
from tokmeter.histories import openrouter
from tokmeter.histories._record import Bucket, Call, Tokens

LOG = format_of(openrouter.FORMATS, "openrouter-log-csv")
DAYS = format_of(openrouter.FORMATS, "openrouter-activity")
DAYS_CSV = format_of(openrouter.FORMATS, "openrouter-activity-csv")
GENERATION = format_of(openrouter.FORMATS, "openrouter-gen")

S7 = """\
generation_id,created_at,cost_total,cost_cache,byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,cancelled,generation_time_ms,api_key_name,app_name
gen-1770112800-SampleEEEEEEEEEEEEEE,2026-02-03 10:00:00.000,0.0042,-0.001,0,1200,150,40,800,anthropic/claude-4.5-sonnet-20250929,Anthropic,false,2100,laptop,aider
"""


def log(**fields: str) -> dict[str, str]:
    """S7's row with other fields."""
    return rows(S7)[0] | fields


def generation(**fields: Any) -> dict[str, Any]:
    record = {
        "id": "gen-1770112800-abcdefghijkl",
        "created_at": "2026-02-03T10:00:00.000Z",
        "model": "anthropic/claude-sonnet-4.5",
        "provider_name": "Anthropic",
        "total_cost": 0.0042,
        "usage": 0.0042,
        "tokens_prompt": 1111,
        "tokens_completion": 99,
        "native_tokens_prompt": 1200,
        "native_tokens_completion": 150,
        "native_tokens_reasoning": 40,
        "native_tokens_cached": 800,
        "cancelled": False,
        "generation_time": 2100,
        "latency": 700,
        "is_byok": False,
    }
    return record | fields


def test_sample_s7_gives_its_row() -> None:
    expected = Call(
        key="resp:gen-1770112800-SampleEEEEEEEEEEEEEE",
        ts=TEN,
        format="openrouter-log-csv",
        evidence="gateway",
        model="anthropic/claude-4.5-sonnet-20250929",
        provider="openrouter",
        tokens=Tokens(uncached_input=400, cache_read=800, output=150, reasoning=40),
        provider_ref="gen-1770112800-SampleEEEEEEEEEEEEEE",
        project="aider",
        api_key="laptop",
        cost_nanousd=4_200_000,
        cost_kind="billed",
        latency_ms=2100,
        line=1,
    )

    assert LOG.claims_header(frozenset(rows(S7)[0]))
    assert [expected] == read(LOG, *rows(S7))


@pytest.mark.parametrize(
    "lacking",
    [set(), {"byok_usage_inference", "cost_cache", "app_name"}],
    ids=["whole", "of an older export"],
)
def test_the_header_of_the_log_is_not_that_of_the_activity(lacking: set[str]) -> None:
    """Both have `model_permaslug` and `byok_usage_inference`."""
    header = frozenset(rows(S7)[0]) - lacking

    assert [True, False] == [LOG.claims_header(header), DAYS_CSV.claims_header(header)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"byok_usage_inference": "0.01"}, 14_200_000),
        ({"byok_usage_inference": ""}, 4_200_000),
        ({"cost_cache": "-0.5"}, 4_200_000),
        ({"cost_total": "0", "byok_usage_inference": "0.01"}, 10_000_000),
        ({"cost_total": ""}, None),
    ],
    ids=["own key on top", "no own key", "a discount is inside", "own key alone", "not said"],
)
def test_what_was_billed_is_the_total_and_the_upstreams_charge(
    fields: dict[str, str], expected: int | None
) -> None:
    if expected is None:
        fields = fields | {"byok_usage_inference": ""}
    [call] = calls(read(LOG, log(**fields)))

    assert expected == call.cost_nanousd


@pytest.mark.parametrize(
    ("variant", "model", "tier"),
    [
        ("", "x-ai/grok-4-07-09", None),
        ("standard", "x-ai/grok-4-07-09", None),
        ("free", "x-ai/grok-4-07-09:free", None),
        ("nitro", "x-ai/grok-4-07-09:nitro", None),
        ("batch", "x-ai/grok-4-07-09", "batch"),
        ("something new", "x-ai/grok-4-07-09", None),
    ],
)
def test_the_variant_stands_behind_the_name_and_batch_is_a_tier(
    variant: str, model: str, tier: str | None
) -> None:
    [call] = calls(read(LOG, log(variant=variant, model_permaslug="x-ai/grok-4-07-09")))

    assert (model, tier) == (call.model, call.tier)
    assert "grok-4-07-09" == normalise_model(call.model)


def test_a_cancelled_generation_is_partial_and_billed() -> None:
    [call] = calls(read(LOG, log(cancelled="true")))

    assert ("partial", 4_200_000) == (call.status, call.cost_nanousd)


def test_a_failed_generation_is_kept_and_an_empty_row_is_no_call() -> None:
    empty = {"tokens_prompt": "0", "tokens_completion": "0", "tokens_cached": "0", "tokens_reasoning": "0"}
    empty |= {"cost_total": "0"}
    [failed] = calls(read(LOG, log(**empty, finish_reason_normalized="error")))

    assert ("error", Tokens(), None) == (failed.status, failed.tokens, failed.cost_nanousd)
    assert ["no-usage"] == reasons(read(LOG, log(**empty)))


def test_a_replay_of_its_cache_counts_more_cached_than_prompt_tokens() -> None:
    items = read(LOG, log(tokens_prompt="10", tokens_cached="800"))
    [call] = calls(items)

    assert Tokens(uncached_input=10, cache_read=800, output=150, reasoning=40) == call.tokens
    assert ["not-exclusive"] == reasons(items)


def test_without_a_time_the_id_tells_its_second() -> None:
    [call] = calls(read(LOG, log(created_at="")))

    assert (TEN, "exact") == (call.ts, call.ts_quality)


def test_a_short_id_is_not_unique_and_gives_a_hash() -> None:
    [call] = calls(read(LOG, log(generation_id="gen-abc-1")))

    assert call.key.startswith("h:")
    assert "gen-abc-1" == call.provider_ref


@pytest.mark.parametrize("wrapped", [False, True], ids=["alone", "below data"])
def test_a_generation_is_counted_by_its_native_tokens(wrapped: bool) -> None:
    record = {"data": generation()} if wrapped else generation()
    expected = Call(
        key="resp:gen-1770112800-abcdefghijkl",
        ts=TEN,
        format="openrouter-gen",
        evidence="gateway",
        model="anthropic/claude-sonnet-4.5",
        provider="openrouter",
        tokens=Tokens(uncached_input=400, cache_read=800, output=150, reasoning=40),
        provider_ref="gen-1770112800-abcdefghijkl",
        cost_nanousd=4_200_000,
        cost_kind="billed",
        latency_ms=2100,
        line=1,
    )

    assert GENERATION.claims(record)
    assert [expected] == read(GENERATION, record)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"is_byok": True, "upstream_inference_cost": 0.05}, 54_200_000),
        ({"is_byok": False, "upstream_inference_cost": 0.05}, 4_200_000),
        ({"is_byok": True, "upstream_inference_cost": None}, 4_200_000),
    ],
    ids=["own key", "OpenRouter's key", "not said"],
)
def test_with_a_key_of_ones_own_the_upstreams_cost_comes_on_top(
    fields: dict[str, Any], expected: int
) -> None:
    [call] = calls(read(GENERATION, generation(**fields)))

    assert expected == call.cost_nanousd


def test_a_generation_names_its_upstream_tier_and_user() -> None:
    record = generation(
        upstream_id="chatcmpl-791bcf62", service_tier="flex", external_user="eve", cancelled=True
    )
    [call] = calls(read(GENERATION, record))

    assert ("chatcmpl-791bcf62", "flex", "eve", "partial") == (
        call.request_ref,
        call.tier,
        call.user,
        call.status,
    )


def test_the_same_generation_in_log_and_object_has_one_key() -> None:
    [one] = calls(read(LOG, log()))
    [other] = calls(read(GENERATION, generation(id="gen-1770112800-SampleEEEEEEEEEEEEEE")))

    assert (one.key, one.tokens, one.cost_nanousd) == (other.key, other.tokens, other.cost_nanousd)


ACTIVITY = """\
Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens
"2026-02-03 00:00:00","anthropic/claude-opus-4.7","430.07","0.5","4115","70965665","3009973","12"
"""


def test_a_row_of_the_activity_csv_is_a_bucket_of_one_utc_day() -> None:
    expected = Bucket(
        key=f"b:openrouter-activity-csv|{DAY_START}|{DAY_MS}|anthropic/claude-opus-4.7||||",
        format="openrouter-activity-csv",
        provider="openrouter",
        start_ms=DAY_START,
        end_ms=DAY_START + DAY_MS,
        model="anthropic/claude-opus-4.7",
        tokens=Tokens(uncached_input=70_965_665, output=3_009_973, reasoning=12),
        requests=4115,
        amount_nano=430_570_000_000,
        amount_kind="billed",
        line=1,
    )

    assert DAYS_CSV.claims_header(frozenset(rows(ACTIVITY)[0]))
    assert [expected] == read(DAYS_CSV, *rows(ACTIVITY))


ITEM = {
    "date": "2026-02-03",
    "model": "openai/gpt-4.1",
    "model_permaslug": "openai/gpt-4.1-2025-04-14",
    "endpoint_id": "550e8400",
    "provider_name": "OpenAI",
    "usage": 0.015,
    "byok_usage_inference": 0.012,
    "requests": 5,
    "prompt_tokens": 50,
    "completion_tokens": 125,
    "reasoning_tokens": 25,
    "cached_tokens": 20,
    "workspace_id": "w1",
}


@pytest.mark.parametrize(
    "record",
    [
        ITEM,
        {"data": [ITEM]},
        {
            **{k: v for k, v in ITEM.items() if "_" not in k},
            "modelPermaslug": "openai/gpt-4.1-2025-04-14",
            "endpointId": "550e8400",
            "providerName": "OpenAI",
            "byokUsageInference": 0.012,
            "promptTokens": 50,
            "completionTokens": 125,
            "reasoningTokens": 25,
            "cachedTokens": 20,
            "workspaceId": "w1",
        },
    ],
    ids=["a row", "the API's page", "as its SDK spells it"],
)
def test_the_activity_of_the_api_is_a_bucket_by_endpoint(record: dict[str, Any]) -> None:
    expected = Bucket(
        key=f"b:openrouter-activity|{DAY_START}|{DAY_MS}|openai/gpt-4.1-2025-04-14|550e8400|OpenAI|w1|",
        format="openrouter-activity",
        provider="openrouter",
        start_ms=DAY_START,
        end_ms=DAY_START + DAY_MS,
        model="openai/gpt-4.1-2025-04-14",
        tokens=Tokens(uncached_input=30, cache_read=20, output=125, reasoning=25),
        requests=5,
        amount_nano=27_000_000,
        amount_kind="billed",
        project="w1",
        line=1,
    )

    assert DAYS.claims(record)
    assert [expected] == read(DAYS, record)


def test_a_day_that_is_none_is_said() -> None:
    items = read(DAYS, ITEM | {"date": "yesterday"})

    assert (["unreadable"], []) == (reasons(items), buckets(items))
