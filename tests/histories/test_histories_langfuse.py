"""Langfuse's exports: counts of every spelling, and roll-ups counted once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from histories.gateway_rows import MTIME, PLACE, TEN, calls, read, reasons, rows
from tokmeter.histories import langfuse
from tokmeter.histories._record import Call, Tokens

[LANGFUSE] = langfuse.FORMATS


def observation(**fields: Any) -> dict[str, Any]:
    """A generation as the API gives it: 400 in, 600 cached, 100 out."""
    record = {
        "id": "obs-1",
        "traceId": "trace-1",
        "type": "GENERATION",
        "startTime": "2026-02-03T10:00:00.000Z",
        "endTime": "2026-02-03T10:00:02.500Z",
        "model": "gpt-5",
        "usageDetails": {"input": 400, "input_cached_tokens": 600, "output": 100, "total": 1100},
        "costDetails": {"input": 0.001, "total": 0.0042},
        "userId": "ana",
        "sessionId": "s-1",
        "projectId": "p-1",
        "level": "DEFAULT",
        "latency": 2.5,
    }
    return record | fields


def test_an_observation_of_the_api_gives_a_call() -> None:
    expected = Call(
        key="langfuse:obs-1",
        ts=TEN,
        format="langfuse",
        evidence="telemetry",
        model="gpt-5",
        provider="openai",
        tokens=Tokens(uncached_input=400, cache_read=600, output=100),
        conversation="s-1",
        project="p-1",
        user="ana",
        cost_nanousd=4_200_000,
        cost_kind="estimated",
        latency_ms=2500,
        line=1,
    )

    assert LANGFUSE.claims(observation())
    assert [expected] == read(LANGFUSE, observation())


def test_the_blob_export_and_a_csv_give_the_same_call() -> None:
    blob = {
        "id": "obs-1",
        "trace_id": "trace-1",
        "type": "GENERATION",
        "start_time": "2026-02-03 10:00:00.000",
        "end_time": "2026-02-03 10:00:02.500",
        "provided_model_name": "gpt-5",
        "usage_details": observation()["usageDetails"],
        "cost_details": {"total": 0.0042},
        "user_id": "ana",
        "session_id": "s-1",
        "project_id": "p-1",
    }
    texts = {
        name.lower(): json.dumps(value) if isinstance(value, dict) else value for name, value in blob.items()
    }
    expected = read(LANGFUSE, observation())

    assert LANGFUSE.claims(blob)
    assert LANGFUSE.claims_header(frozenset(texts))
    assert expected == read(LANGFUSE, blob) == read(LANGFUSE, texts)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"traceid", "usagedetails"}, True),
        ({"trace_id", "usage_details", "id"}, True),
        ({"traceid", "totalusage"}, True),
        ({"traceid", "duration"}, False),
        ({"usagedetails"}, False),
    ],
    ids=["camel case", "snake case", "older", "another tracer", "no trace"],
)
def test_a_table_needs_traces_and_counts(names: set[str], expected: bool) -> None:
    assert expected == LANGFUSE.claims_header(frozenset(names))


BAGS: dict[str, tuple[dict[str, Any], Tokens]] = {
    "no cache": ({"input": 10, "output": 5, "total": 15}, Tokens(uncached_input=10, output=5)),
    "disjoint": (
        {"input": 10, "input_cache_read": 20, "input_cache_creation": 30, "output": 5, "total": 65},
        Tokens(uncached_input=10, cache_read=20, creation_5m=30, output=5),
    ),
    "Anthropic's names": (
        {"input": 10, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 30, "output": 5},
        Tokens(uncached_input=10, cache_read=20, creation_5m=30, output=5),
    ),
    "by lifetime": (
        {"input": 10, "input_cache_write_5m": 20, "input_cache_write_1h": 30, "output": 5, "total": 65},
        Tokens(uncached_input=10, creation_5m=20, creation_1h=30, output=5),
    ),
    "all writes and their parts": (
        {
            "input": 10,
            "cache_creation_input_tokens": 50,
            "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30},
            "output": 5,
            "total": 65,
        },
        Tokens(uncached_input=10, creation_5m=20, creation_1h=30, output=5),
    ),
    "cached within the input": (
        {"input": 30, "input_cached_tokens": 20, "output": 5, "total": 35},
        Tokens(uncached_input=10, cache_read=20, output=5),
    ),
    "reasoning beside the output": (
        {"input": 10, "output": 5, "output_reasoning_tokens": 7, "total": 22},
        Tokens(uncached_input=10, output=12, reasoning=7),
    ),
    "reasoning within the output": (
        {"input": 10, "output": 12, "output_reasoning_tokens": 7, "total": 22},
        Tokens(uncached_input=10, output=12, reasoning=7),
    ),
    "cached beside, reasoning within": (
        {"input": 10, "input_cached_tokens": 20, "output": 12, "output_reasoning": 7, "total": 42},
        Tokens(uncached_input=10, cache_read=20, output=12, reasoning=7),
    ),
    "cached within, reasoning beside": (
        {"input": 30, "input_cached_tokens": 20, "output": 5, "output_reasoning": 7, "total": 42},
        Tokens(uncached_input=10, cache_read=20, output=12, reasoning=7),
    ),
    "other parts of both sides": (
        {"input": 10, "input_audio": 4, "output": 5, "output_audio": 3, "total": 22},
        Tokens(uncached_input=14, output=8),
    ),
    "without a total the parts are disjoint": (
        {"input": 10, "input_cached_tokens": 20, "output": 5, "output_reasoning_tokens": 7},
        Tokens(uncached_input=10, cache_read=20, output=12, reasoning=7),
    ),
    "details are within, without a total": (
        {
            "input": 30,
            "prompt_details.cache_read": 20,
            "output": 12,
            "completion_details.reasoning": 7,
        },
        Tokens(uncached_input=10, cache_read=20, output=12, reasoning=7),
    ),
    "as OpenAI says it": (
        {
            "prompt_tokens": 30,
            "completion_tokens": 12,
            "total_tokens": 42,
            "prompt_tokens_details": {"cached_tokens": 20},
        },
        Tokens(uncached_input=10, cache_read=20, output=12),
    ),
    "as Gemini says it": (
        {
            "prompt_token_count": 30,
            "cached_content_token_count": 20,
            "candidates_token_count": 5,
            "thoughts_token_count": 7,
            "total_token_count": 42,
        },
        Tokens(uncached_input=10, cache_read=20, output=12, reasoning=7),
    ),
    "searches are no tokens": (
        {"input": 10, "output": 5, "total": 15, "web_search_requests": 2},
        Tokens(uncached_input=10, output=5, web_searches=2),
    ),
    "costs are no tokens": (
        {"input": 10, "output": 5, "total": 15, "input_cost": 3},
        Tokens(uncached_input=10, output=5),
    ),
    "an embedding": ({"input": 10, "total": 10}, Tokens(uncached_input=10)),
}


@pytest.mark.parametrize(("bag", "expected"), BAGS.values(), ids=BAGS)
def test_a_bag_of_counts_is_read_so_that_it_adds_up(bag: dict[str, Any], expected: Tokens) -> None:
    [call] = calls(read(LANGFUSE, observation(usageDetails=bag)))

    assert expected == call.tokens


@pytest.mark.parametrize("name", BAGS)
def test_the_order_of_a_bag_does_not_matter(name: str) -> None:
    bag, expected = BAGS[name]
    [call] = calls(read(LANGFUSE, observation(usageDetails=dict(reversed(bag.items())))))

    assert expected == call.tokens


OLD = {"usageDetails": None, "costDetails": None}


@pytest.mark.parametrize(
    "fields",
    [
        OLD | {"usage": {"input": 10, "output": 5, "total": 15, "unit": "TOKENS"}},
        OLD | {"usage": {"input": 10, "output": 5, "total": 15, "unit": None}},
        OLD | {"usage": {"promptTokens": 10, "completionTokens": 5, "totalTokens": 15}},
        OLD | {"promptTokens": 10, "completionTokens": 5, "totalTokens": 15, "usage": {}},
        {"usageDetails": {}, "inputUsage": 10, "outputUsage": 5, "totalUsage": 15},
    ],
    ids=["usage", "no unit", "older usage", "columns of tokens", "columns of usage"],
)
def test_older_rows_keep_their_counts_elsewhere(fields: dict[str, Any]) -> None:
    record = observation(**fields)
    [call] = calls(read(LANGFUSE, record))

    assert LANGFUSE.claims(record)
    assert Tokens(uncached_input=10, output=5) == call.tokens


def test_units_that_are_no_tokens_are_not_counted() -> None:
    record = observation(usageDetails=None, usage={"input": 900, "output": 0, "unit": "CHARACTERS"})

    assert ["no-usage"] == reasons(read(LANGFUSE, record))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"providedCostDetails": {"total": 0.5}}, 500_000_000),
        ({"costDetails": {}, "totalCost": 0.25}, 250_000_000),
        ({"costDetails": None, "calculatedTotalCost": "0.25"}, 250_000_000),
        ({"costDetails": {}, "totalCost": 0}, None),
        ({"costDetails": {"total": 0}, "totalCost": 0}, 0),
    ],
    ids=["as the app sent it", "total", "older total", "0 is no price", "0 by its table"],
)
def test_the_cost_is_the_apps_else_the_servers(fields: dict[str, Any], expected: int | None) -> None:
    [call] = calls(read(LANGFUSE, observation(**fields)))

    assert (expected, None if expected is None else "estimated") == (call.cost_nanousd, call.cost_kind)


def test_a_failed_generation_is_kept_without_tokens() -> None:
    [call] = calls(read(LANGFUSE, observation(level="ERROR")))

    assert ("error", Tokens(), None) == (call.status, call.tokens, call.cost_nanousd)


def test_the_attributes_of_a_span_name_response_and_provider() -> None:
    attributes = {
        "gen_ai.response.id": "resp_0123456789abcdefghij",
        "gen_ai.provider.name": "azure.ai.openai",
    }
    metadata = json.dumps({"attributes": attributes, "scope": {"name": "agent"}})
    [call] = calls(read(LANGFUSE, observation(metadata=metadata)))

    assert ("resp:resp_0123456789abcdefghij", "resp_0123456789abcdefghij", "azure") == (
        call.key,
        call.provider_ref,
        call.provider,
    )


def test_a_framework_that_names_itself_bills_nothing() -> None:
    metadata = {"attributes": {"gen_ai.system": "microsoft.agent_framework"}}
    [call] = calls(read(LANGFUSE, observation(metadata=metadata)))

    assert "openai" == call.provider


@pytest.mark.parametrize("kind", ["SPAN", "TRACE", "AGENT", "CHAIN", "TOOL"])
def test_what_is_no_generation_repeats_the_sums_of_those_below(kind: str) -> None:
    items = read(LANGFUSE, observation(type=kind))

    assert (["roll-up"], []) == (reasons(items), calls(items))


@pytest.mark.parametrize("upside_down", [False, True], ids=["outer first", "inner first"])
def test_a_generation_around_another_is_counted_once_in_any_order(upside_down: bool) -> None:
    """As tables are exported: rows of one trace apart, and a span between the two."""
    outer = observation(id="outer", usageDetails={"input": 999, "output": 999})
    between = observation(id="span", type="SPAN", parentObservationId="outer", usageDetails={})
    inner = observation(id="inner", parentObservationId="span")
    other = observation(id="other", traceId="trace-2", parentObservationId="outer")
    records = [outer, other, between, inner]
    items = read(LANGFUSE, *(reversed(records) if upside_down else records))

    assert {"langfuse:inner", "langfuse:other"} == {call.key for call in calls(items)}
    assert ["no-usage", "roll-up"] == sorted(reasons(items))


def test_a_generation_around_one_without_counts_is_the_call() -> None:
    outer = observation(id="outer")
    inner = observation(id="inner", parentObservationId="outer", usageDetails={})
    items = read(LANGFUSE, outer, inner)

    assert ["langfuse:outer"] == [call.key for call in calls(items)]


def test_generations_that_are_each_others_parents_end_the_walk() -> None:
    items = read(
        LANGFUSE, observation(id="a", parentObservationId="b"), observation(id="b", parentObservationId="a")
    )

    assert ["roll-up", "roll-up"] == reasons(items)


def test_a_reading_that_was_interrupted_goes_on_with_what_waits() -> None:
    outer, inner = observation(id="outer"), observation(id="inner", parentObservationId="outer")
    first = LANGFUSE.reader(PLACE)
    before = list(first.feed(outer, 1))
    second = LANGFUSE.reader(PLACE, first.state())
    after = [*second.feed(inner, 2), *second.finish()]

    assert [] == before
    assert ["langfuse:inner"] == [call.key for call in calls(after)]
    assert b"" == second.state()


def test_a_page_of_observations_waits_for_the_next_page() -> None:
    pages = [
        {"data": [observation(id="outer")], "meta": {"page": 1}},
        {"data": [observation(id="inner", parentObservationId="outer")], "meta": {"page": 2}},
    ]

    assert all(LANGFUSE.claims(page) for page in pages)
    assert ["langfuse:inner"] == [call.key for call in calls(read(LANGFUSE, *pages))]


def test_a_trace_tells_its_observations_whose_they_are() -> None:
    bare = {
        name: value
        for name, value in observation().items()
        if name not in ("userId", "sessionId", "projectId")
    }
    document = {
        "id": "trace-1",
        "userId": "eve",
        "sessionId": "s-9",
        "projectId": "p-9",
        "observations": [bare],
    }
    [call] = calls(read(LANGFUSE, document))

    assert LANGFUSE.claims(document)
    assert ("eve", "s-9", "p-9") == (call.user, call.conversation, call.project)


def test_without_a_time_the_file_tells_it() -> None:
    items = read(LANGFUSE, observation(startTime=None))
    [call] = calls(items)

    assert (MTIME, "file", ["no-time"]) == (call.ts, call.ts_quality, reasons(items))


def test_rows_of_a_csv_give_calls_too() -> None:
    text = (
        "id,traceId,type,startTime,endTime,providedModelName,usageDetails,totalCost\n"
        'o1,t1,GENERATION,2026-02-03T10:00:00Z,2026-02-03T10:00:01Z,gpt-5,"{""input"":10,""output"":5,""total"":15}",0.25\n'
    )
    [call] = calls(read(LANGFUSE, *rows(text)))

    assert (TEN, Tokens(uncached_input=10, output=5), 250_000_000, 1000) == (
        call.ts,
        call.tokens,
        call.cost_nanousd,
        call.latency_ms,
    )
