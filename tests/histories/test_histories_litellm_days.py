"""LiteLLM's sums by day; one test for each rule."""

from __future__ import annotations

import pytest

from histories.gateway_rows import DAY_MS, DAY_START, buckets, format_of, read, reasons
from tokmeter.histories import litellm
from tokmeter.histories._record import Bucket, Remark, Tokens

SPEND = format_of(litellm.FORMATS, "litellm-spend")
DAILY = format_of(litellm.FORMATS, "litellm-daily")


def test_a_row_of_the_daily_table_is_a_bucket_of_one_day() -> None:
    record = {
        "id": "7b3c",
        "date": "2026-02-03",
        "user_id": "ana",
        "api_key": "88dc",
        "model": "claude-sonnet-4-5",
        "custom_llm_provider": "anthropic",
        "prompt_tokens": 9000,
        "completion_tokens": 700,
        "cache_read_input_tokens": 5000,
        "cache_creation_input_tokens": 1000,
        "spend": 0.5,
        "api_requests": 12,
        "successful_requests": 11,
        "failed_requests": 1,
    }
    expected = Bucket(
        key=f"b:litellm-daily|{DAY_START}|{DAY_MS}|ana|88dc|claude-sonnet-4-5|anthropic||",
        format="litellm-daily",
        provider="anthropic",
        start_ms=DAY_START,
        end_ms=DAY_START + DAY_MS,
        model="claude-sonnet-4-5",
        tokens=Tokens(uncached_input=3000, cache_read=5000, creation_5m=1000, output=700),
        requests=12,
        amount_nano=500_000_000,
        amount_kind="estimated",
        api_key="88dc",
        user="ana",
        line=1,
    )

    assert DAILY.claims(record)
    assert not SPEND.claims(record)
    assert [expected] == read(DAILY, record)


@pytest.mark.parametrize("column", ["team_id", "tag", "organization_id", "end_user_id", "agent_id"])
def test_the_other_daily_tables_sum_the_same_calls_again(column: str) -> None:
    record = {"date": "2026-02-03", "spend": 1.0, "api_requests": 3, "model": "gpt-5", column: "x"}

    assert DAILY.claims(record)
    assert [Remark(reason="roll-up", detail="not the table by user", line=1)] == read(DAILY, record)


def test_the_summary_by_day_gives_costs_alone() -> None:
    record = {
        "startTime": "2026-02-03",
        "spend": 0.3,
        "models": {"gpt-5": 0.1, "claude-sonnet-4-5": 0.15},
        "users": {"88dc": 0.3},
    }
    found = [
        (bucket.model, bucket.provider, bucket.amount_nano, bucket.tokens.is_empty)
        for bucket in buckets(read(DAILY, record))
    ]
    expected = [
        ("gpt-5", "openai", 100_000_000, True),
        ("claude-sonnet-4-5", "anthropic", 150_000_000, True),
        (None, "litellm", 50_000_000, True),
    ]

    assert DAILY.claims(record)
    assert expected == found


def test_the_activity_of_a_day_gives_a_bucket_a_model() -> None:
    metrics = {"spend": 0.1, "prompt_tokens": 1000, "completion_tokens": 50, "api_requests": 2}
    day = {"date": "2026-02-03", "metrics": metrics, "breakdown": {"models": {"gpt-5": {"metrics": metrics}}}}
    record = {"results": [day], "metadata": {"total_spend": 0.1}}
    [bucket] = buckets(read(DAILY, record))

    assert DAILY.claims(record)
    assert ("gpt-5", "openai", 1000, 50, 2, 100_000_000) == (
        bucket.model,
        bucket.provider,
        bucket.tokens.uncached_input,
        bucket.tokens.output,
        bucket.requests,
        bucket.amount_nano,
    )


@pytest.mark.parametrize(
    "record",
    [
        {"date": "tomorrow", "spend": 1.0, "api_requests": 3},
        {"startTime": None, "spend": 0.3, "models": {}, "users": {}},
        {"results": [{"date": None, "metrics": {"spend": 1.0}}]},
    ],
    ids=["a row", "a summary", "an activity"],
)
def test_a_day_that_is_none_is_said(record: dict[str, object]) -> None:
    items = read(DAILY, record)

    assert DAILY.claims(record)
    assert (["unreadable"], []) == (reasons(items), buckets(items))
