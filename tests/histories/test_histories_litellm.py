"""LiteLLM's payloads and spend log; one test for each rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from histories.gateway_rows import (
    MTIME,
    TEN,
    calls,
    format_of,
    read,
    reasons,
    rows,
)
from tokmeter.histories import litellm
from tokmeter.histories._record import Call, Tokens

SLP = format_of(litellm.FORMATS, "litellm-slp")
SPEND = format_of(litellm.FORMATS, "litellm-spend")
DAILY = format_of(litellm.FORMATS, "litellm-daily")

S6 = (
    r'{"request_id":"chatcmpl-SampleDDDDDDDDDDDDDD","call_type":"acompletion","api_key":"88dc…","spend":0.0123,'
    r'"prompt_tokens":5000,"completion_tokens":300,"total_tokens":5300,"startTime":"2026-02-03T10:00:00.000Z",'
    r'"endTime":"2026-02-03T10:00:02.500Z","model":"claude-sonnet-4-5","custom_llm_provider":"anthropic",'
    r'"user":"ana","metadata":"{\"user_api_key_alias\":\"ci\",\"additional_usage_values\":'
    r'{\"cache_read_input_tokens\":4000,\"cache_creation_input_tokens\":0}}","cache_hit":"False",'
    r'"status":"success"}'
)


def spend(**fields: Any) -> dict[str, Any]:
    """A row of the spend log: 1,000 in, 100 out, one dollar cent."""
    row = {
        "request_id": "chatcmpl-0123456789abcdef",
        "call_type": "acompletion",
        "spend": 0.01,
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "startTime": "2026-02-03T10:00:00Z",
        "endTime": "2026-02-03T10:00:01Z",
        "model": "gpt-5",
        "custom_llm_provider": "openai",
        "status": "success",
        "metadata": "{}",
    }
    return row | fields


def payload(**fields: Any) -> dict[str, Any]:
    """A standard logging payload of the same call."""
    row = {
        "id": "chatcmpl-0123456789abcdef",
        "call_type": "acompletion",
        "response_cost": 0.01,
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_tokens": 1100,
        "startTime": 1770112800.0,
        "endTime": 1770112801.0,
        "model": "gpt-5",
        "custom_llm_provider": "openai",
        "status": "success",
        "metadata": {},
    }
    return row | fields


def test_sample_s6_gives_its_row() -> None:
    expected = Call(
        key="resp:chatcmpl-SampleDDDDDDDDDDDDDD",
        ts=TEN,
        format="litellm-spend",
        evidence="gateway",
        model="claude-sonnet-4-5",
        provider="anthropic",
        tokens=Tokens(uncached_input=1000, cache_read=4000, output=300),
        provider_ref="chatcmpl-SampleDDDDDDDDDDDDDD",
        api_key="ci",
        user="ana",
        cost_nanousd=12_300_000,
        cost_kind="estimated",
        latency_ms=2500,
        line=1,
    )

    assert [expected] == read(SPEND, json.loads(S6))


def test_sample_s6_is_claimed_as_the_spend_log_alone() -> None:
    record = json.loads(S6)

    assert [False, True, False] == [SLP.claims(record), SPEND.claims(record), DAILY.claims(record)]


def test_a_csv_of_the_table_gives_the_same_call_as_its_json() -> None:
    columns = (
        "request_id",
        "call_type",
        "spend",
        "prompt_tokens",
        "completion_tokens",
        "startTime",
        "endTime",
    )
    record = {**{name: spend()[name] for name in columns}, "model": "gpt-5", "cache_hit": "False"}
    text = ",".join(record) + "\n" + ",".join(str(value) for value in record.values())

    assert SPEND.claims_header(frozenset(rows(text)[0]))
    assert calls(read(SPEND, record)) == calls(read(SPEND, *rows(text)))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda slp: slp,
        lambda slp: {"standard_logging_object": slp},
        lambda slp: {"kwargs": {"standard_logging_object": slp}, "response_obj": None},
    ],
    ids=["alone", "wrapped", "in kwargs"],
)
def test_a_payload_is_read_alone_and_in_its_envelopes(wrap: Any) -> None:
    record = wrap(payload())
    expected = Call(
        key="resp:chatcmpl-0123456789abcdef",
        ts=TEN,
        format="litellm-slp",
        evidence="gateway",
        model="gpt-5",
        provider="openai",
        tokens=Tokens(uncached_input=1000, output=100),
        provider_ref="chatcmpl-0123456789abcdef",
        cost_nanousd=10_000_000,
        cost_kind="estimated",
        latency_ms=1000,
        line=1,
    )

    assert SLP.claims(record)
    assert [expected] == read(SLP, record)


def test_the_same_call_in_both_logs_has_one_key() -> None:
    [one] = calls(read(SLP, payload()))
    [other] = calls(read(SPEND, spend()))

    assert (one.key, one.ts, one.tokens) == (other.key, other.ts, other.tokens)


CACHE = {
    "prompt_tokens": 1000,
    "prompt_tokens_details": {
        "cached_tokens": 600,
        "cache_creation_tokens": 300,
        "cache_creation_token_details": {
            "ephemeral_5m_input_tokens": 100,
            "ephemeral_1h_input_tokens": 200,
        },
    },
    "completion_tokens_details": {"reasoning_tokens": 40},
}
SPLIT = Tokens(uncached_input=100, cache_read=600, creation_5m=100, creation_1h=200, output=100, reasoning=40)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"metadata": {"usage_object": CACHE}}, SPLIT),
        ({"hidden_params": {"usage_object": CACHE}}, SPLIT),
        ({"response": {"usage": CACHE}}, SPLIT),
        (
            {
                "metadata": {
                    "usage_object": {
                        "prompt_tokens_details": {},
                        "input_tokens_details": {"cached_tokens": 600},
                        "output_tokens_details": {"reasoning_tokens": 40},
                    }
                }
            },
            Tokens(uncached_input=400, cache_read=600, output=100, reasoning=40),
        ),
        (
            {
                "metadata": {
                    "usage_object": {"cache_read_input_tokens": 600, "cache_creation_input_tokens": 300}
                }
            },
            Tokens(uncached_input=100, cache_read=600, creation_5m=300, output=100),
        ),
        (
            {"metadata": {"usage_object": {"prompt_tokens_details": None}}, "response": {"usage": CACHE}},
            SPLIT,
        ),
        (
            {"metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": None}}}},
            Tokens(uncached_input=1000, output=100),
        ),
        (
            {
                "prompt_tokens": None,
                "completion_tokens": None,
                "response": {"usage": CACHE | {"completion_tokens": 100}},
            },
            SPLIT,
        ),
    ],
    ids=[
        "metadata",
        "hidden params",
        "response",
        "as /responses names them",
        "flat",
        "first that knows",
        "nulls",
        "no sums of its own",
    ],
)
def test_prompt_tokens_contain_what_was_read_from_and_written_to_a_cache(
    fields: dict[str, Any], expected: Tokens
) -> None:
    [call] = calls(read(SLP, payload(**fields)))

    assert expected == call.tokens


def test_more_cached_than_prompt_tokens_proves_that_the_prompt_is_without_them() -> None:
    items = read(SPEND, spend(prompt_tokens=10, metadata={"usage_object": {"cache_read_input_tokens": 90}}))
    [call] = calls(items)

    assert Tokens(uncached_input=10, cache_read=90, output=100) == call.tokens
    assert ["not-exclusive"] == reasons(items)


def test_an_answer_from_its_cache_keeps_tokens_costs_nothing_and_never_becomes_the_call_it_repeats() -> None:
    """LiteLLM adds `_cache_hit` and the time to the id, as ids of its table are unique."""
    first = spend()
    again = spend(
        request_id="chatcmpl-0123456789abcdef_cache_hit1770112900.5",
        cache_hit="True",
        spend=0.0,
        startTime="2026-02-03T10:01:40Z",
        endTime="2026-02-03T10:01:40Z",
    )
    billed, cached = calls(read(SPEND, first, again))
    in_payload = payload(id="chatcmpl-0123456789abcdef", cache_hit=True, startTime=1770112900.0)
    [same] = calls(read(SLP, in_payload))

    assert ("cached", 0, billed.tokens, None) == (
        cached.status,
        cached.cost_nanousd,
        cached.tokens,
        cached.provider_ref,
    )
    assert f"litellm:chatcmpl-0123456789abcdef/cached/{TEN + 100_000}" == cached.key
    assert same.key == cached.key != billed.key


def test_retries_share_a_trace_and_count_each() -> None:
    attempts = [payload(id=f"chatcmpl-attempt-00000000{n}", trace_id="t-1") for n in (1, 2)]

    assert 2 == len({call.key for call in calls(read(SLP, *attempts))})


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "failure"},
        {"status": "failure", "error_information": {"error_code": "429"}},
        {"status": None, "error_information": {"error_code": "500"}},
        {"status": None, "metadata": {"status": "failure"}},
    ],
    ids=["status", "with a code", "a code alone", "in the metadata"],
)
def test_a_failure_is_kept_without_tokens_and_cost(fields: dict[str, Any]) -> None:
    [call] = calls(read(SLP, payload(**fields)))

    assert ("error", Tokens(), None, None) == (call.status, call.tokens, call.cost_nanousd, call.cost_kind)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"call_type": "call_mcp_tool", "mcp_namespaced_tool_name": "github/list"}, "not-billed"),
        ({"call_type": "ahealth_check"}, "not-billed"),
        ({"call_type": "aresponses"}, "no-usage"),
    ],
    ids=["a tool", "a health check", "nothing counted"],
)
def test_a_row_without_tokens_and_cost_is_no_call(fields: dict[str, Any], expected: str) -> None:
    empty = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "spend": 0.0}

    assert [expected] == reasons(read(SPEND, spend(**(empty | fields))))


def test_a_picture_has_a_cost_and_no_tokens() -> None:
    [call] = calls(
        read(SPEND, spend(call_type="aimage_generation", prompt_tokens=0, completion_tokens=0, spend=0.04))
    )

    assert (Tokens(), 40_000_000) == (call.tokens, call.cost_nanousd)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"request_id": "chatcmpl-0123456789abcdef"},
            ("resp:chatcmpl-0123456789abcdef", "chatcmpl-0123456789abcdef"),
        ),
        ({"request_id": "chatcmpl-417"}, ("litellm:chatcmpl-417", "chatcmpl-417")),
        (
            {"request_id": "6f1d1c8e-1111-4222-8333-444455556666"},
            ("litellm:6f1d1c8e-1111-4222-8333-444455556666", None),
        ),
        (
            {"request_id": "req-of-litellm-itself-1", "litellm_call_id": "req-of-litellm-itself-1"},
            ("litellm:req-of-litellm-itself-1", None),
        ),
    ],
    ids=["a response's id", "a short id", "a UUID of LiteLLM", "its own call id"],
)
def test_the_key_is_the_response_where_the_id_is_one(
    fields: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    [call] = calls(read(SPEND, spend(**fields)))

    assert expected == (call.key, call.provider_ref)


def test_who_asked_stands_in_the_metadata() -> None:
    metadata = {
        "user_api_key_alias": "ci",
        "user_api_key_hash": "88dc",
        "user_api_key_project_alias": "shop",
        "user_api_key_team_alias": "web",
        "user_api_key_user_id": "ana",
    }
    tags = ["User-Agent: claude-cli", "User-Agent: claude-cli/2.0.1 (external)", "nightly"]
    [call] = calls(read(SLP, payload(metadata=metadata, end_user="eve", request_tags=tags, session_id="s-1")))

    assert ("ci", "shop", "ana", "claude-cli", "s-1") == (
        call.api_key,
        call.project,
        call.user,
        call.client,
        call.conversation,
    )


def test_a_key_that_stands_in_clear_is_hashed() -> None:
    [call] = calls(read(SPEND, spend(api_key="sk-1234567890")))

    assert call.api_key is not None
    assert "1234567890" not in call.api_key
    assert call.api_key.startswith("sha256:")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cost_breakdown": {"service_tier": "flex"}}, "flex"),
        ({"metadata": {"usage_object": {"service_tier": "default"}}}, "standard"),
        ({}, None),
    ],
    ids=["as priced", "as used", "not said"],
)
def test_the_tier_is_the_one_that_was_priced(fields: dict[str, Any], expected: str | None) -> None:
    [call] = calls(read(SLP, payload(**fields)))

    assert expected == call.tier


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"custom_llm_provider": "vertex_ai-anthropic_models"}, "google"),
        ({"custom_llm_provider": "bedrock"}, "aws"),
        ({"custom_llm_provider": "azure"}, "azure"),
        ({"custom_llm_provider": "hosted_vllm"}, "local"),
        ({"custom_llm_provider": None, "model": "openrouter/openai/gpt-5"}, "openrouter"),
        ({"custom_llm_provider": "litellm_proxy", "model": "my-alias"}, None),
    ],
    ids=["vertex", "bedrock", "azure", "own server", "by the model's route", "nobody known"],
)
def test_the_provider_is_who_bills(fields: dict[str, Any], expected: str | None) -> None:
    [call] = calls(read(SLP, payload(**fields)))

    assert expected == call.provider


@pytest.mark.parametrize(
    ("fields", "ts", "quality", "latency"),
    [
        ({"startTime": None}, TEN + 1000, "exact", None),
        ({"startTime": None, "endTime": None}, MTIME, "file", None),
        (
            {"startTime": "2026-02-03 10:00:00.250000", "endTime": None, "response_time": 2.5},
            TEN + 250,
            "exact",
            2500,
        ),
    ],
    ids=["end only", "none", "no zone, seconds told"],
)
def test_the_time_is_the_start_else_the_end_else_the_files(
    fields: dict[str, Any], ts: int, quality: str, latency: int | None
) -> None:
    items = read(SLP, payload(**fields))
    [call] = calls(items)

    assert (ts, quality, latency) == (call.ts, call.ts_quality, call.latency_ms)
    assert (["no-time"] if quality == "file" else []) == reasons(items)
