"""Spans in OTLP JSON and as SDKs dump them; the rules of 10.2, one named test each."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from histories.gateway_rows import TEN, calls, read, reasons
from histories.otel_records import CHAT, S9, TRACE, span, span_id, traces
from tokmeter.histories import otlp
from tokmeter.histories._record import Call, Tokens

[OTLP] = otlp.FORMATS


def one(*records: dict[str, Any]) -> Call:
    [call] = calls(read(OTLP, *records))
    return call


def shuffled(value: Any, order: random.Random) -> Any:
    """The same JSON with its names, and lists of attributes, in another order."""
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    if isinstance(value, list):
        items = [shuffled(item, order) for item in value]
        if all(isinstance(item, dict) and "key" in item for item in items):
            order.shuffle(items)
        return items
    return value


def test_sample_s9_gives_its_row() -> None:
    expected = Call(
        key="otel:0af7651916cd43dd8448eb211c80319c/b7ad6b7169203331",
        ts=TEN,
        format="otlp",
        evidence="telemetry",
        model="gpt-5-2025-08-07",
        provider="openai",
        tokens=Tokens(uncached_input=400, cache_read=600, output=200),
        latency_ms=1500,
        line=1,
    )
    record = json.loads(S9)

    assert OTLP.claims(record)
    assert [expected] == read(OTLP, record)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_names_means_nothing(seed: int) -> None:
    expected = read(OTLP, json.loads(S9))
    record = shuffled(json.loads(S9), random.Random(seed))  # noqa: S311 - an order, no secret

    assert expected == read(OTLP, record)


def test_numbers_may_be_texts_or_numbers_and_ids_base64() -> None:
    texts = span("a", CHAT)
    numbers = json.loads(json.dumps(texts))
    numbers["traceId"] = base64.b64encode(bytes.fromhex(texts["traceId"])).decode()
    numbers["spanId"] = base64.b64encode(bytes.fromhex(texts["spanId"])).decode()
    numbers["startTimeUnixNano"], numbers["endTimeUnixNano"] = TEN * 1_000_000, (TEN + 1500) * 1_000_000
    for entry in numbers["attributes"]:
        if "intValue" in entry["value"]:
            entry["value"] = {"intValue": int(entry["value"]["intValue"])}

    assert one(traces(texts)) == one(traces(numbers))


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (
            {
                "gen_ai.usage.prompt_tokens": 10,
                "gen_ai.usage.completion_tokens": 5,
                "gen_ai.system": "openai",
            },
            Tokens(uncached_input=10, output=5),
        ),
        (
            {
                "llm.request.type": "chat",
                "gen_ai.usage.prompt_tokens": 100,
                "gen_ai.usage.cache_read_input_tokens": 60,
                "gen_ai.usage.cache_creation_input_tokens": 30,
                "gen_ai.usage.completion_tokens": 5,
                "llm.usage.total_tokens": 105,
            },
            Tokens(uncached_input=10, cache_read=60, creation_5m=30, output=5),
        ),
        (
            {
                "openinference.span.kind": "LLM",
                "llm.token_count.prompt": 100,
                "llm.token_count.prompt_details.cache_read": 60,
                "llm.token_count.prompt_details.cache_write": 30,
                "llm.token_count.completion": 50,
                "llm.token_count.completion_details.reasoning": 20,
            },
            Tokens(uncached_input=10, cache_read=60, creation_5m=30, output=50, reasoning=20),
        ),
        (
            {
                "ai.operationId": "ai.streamText.doStream",
                "ai.usage.inputTokens": 100,
                "ai.usage.cachedInputTokens": 60,
                "ai.usage.outputTokens": 50,
                "ai.usage.reasoningTokens": 20,
            },
            Tokens(uncached_input=40, cache_read=60, output=50, reasoning=20),
        ),
        (
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.usage.input_tokens": 10,
                "gen_ai.usage.cache_read.input_tokens": 60,
                "gen_ai.usage.output_tokens": 5,
            },
            Tokens(uncached_input=10, cache_read=60, output=5),
        ),
        (
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.usage.input_tokens": 100,
                "gen_ai.usage.cache_read.input_tokens": 60,
                "gen_ai.usage.output_tokens": 5,
                "gen_ai.usage.total_tokens": 165,
            },
            Tokens(uncached_input=100, cache_read=60, output=5),
        ),
        (
            {
                "gen_ai.operation.name": "generate_content",
                "gen_ai.usage.input_tokens": 100,
                "gen_ai.usage.output_tokens": 5,
                "gen_ai.usage.reasoning_tokens": 20,
                "gen_ai.usage.total_tokens": 125,
            },
            Tokens(uncached_input=100, output=25, reasoning=20),
        ),
        ({"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 7}, Tokens(uncached_input=7)),
        ({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 7.0}, Tokens(uncached_input=7)),
        (
            {
                "gen_ai.usage.input_tokens": 3,
                "gen_ai.usage.prompt_tokens": 9,
                "gen_ai.usage.output_tokens": 1,
            },
            Tokens(uncached_input=3, output=1),
        ),
    ],
    ids=[
        "old gen_ai",
        "OpenLLMetry",
        "OpenInference",
        "Vercel",
        "cached beyond the input",
        "exclusive by its total",
        "reasoning beside the output by its total",
        "embeddings",
        "a whole double",
        "the newest name wins",
    ],
)
def test_conventions_give_disjoint_counts(attributes: dict[str, Any], expected: Tokens) -> None:
    assert expected == one(traces(span("a", attributes))).tokens


def test_identity_cost_and_place_of_a_span() -> None:
    attributes = CHAT | {
        "gen_ai.response.id": "chatcmpl-0123456789abcdef",
        "gen_ai.conversation.id": "c-1",
        "enduser.id": "ana",
        "gen_ai.usage.cost": 0.0042,
        "openai.response.service_tier": "default",
    }
    call = one(traces(span("a", attributes), resource={"service.name": "shop"}))
    told = (call.key, call.provider_ref, call.conversation, call.user, call.project, call.tier)

    assert (
        "resp:chatcmpl-0123456789abcdef",
        "chatcmpl-0123456789abcdef",
        "c-1",
        "ana",
        "shop",
        "standard",
    ) == told
    assert (4_200_000, "estimated", "telemetry") == (call.cost_nanousd, call.cost_kind, call.evidence)


@pytest.mark.parametrize("ref", ["req_0123456789abcdefghij", "2d56faa7-9827-4962-a2c5-0d8d65c29136"])
def test_the_id_of_a_request_is_not_taken_for_the_responses(ref: str) -> None:
    call = one(traces(span("a", CHAT | {"gen_ai.provider.name": "github", "gen_ai.response.id": ref})))

    assert (f"otel:{TRACE}/{span_id('a')}", None, ref) == (call.key, call.provider_ref, call.request_ref)


@pytest.mark.parametrize(
    ("system", "model", "expected"),
    [
        ("aws.bedrock", "anthropic.claude-sonnet-4", "aws"),
        ("azure.ai.openai", "gpt-5", "azure"),
        ("gcp.vertex_ai", "gemini-2.5-pro", "google"),
        ("openai.responses", "gpt-5", "openai"),
        ("Langchain", "claude-sonnet-4-5", "anthropic"),
        ("github", "gpt-4.1", "github-copilot"),
        ("", "gpt-5", "openai"),
    ],
)
def test_the_provider_is_who_bills(system: str, model: str, expected: str) -> None:
    attributes = CHAT | {"gen_ai.provider.name": "", "gen_ai.system": system, "gen_ai.response.model": model}

    assert expected == one(traces(span("a", attributes))).provider


@pytest.mark.parametrize(
    "outer",
    [
        {"gen_ai.operation.name": "invoke_agent"},
        {"gen_ai.operation.name": "invoke_workflow"},
        {"openinference.span.kind": "CHAIN"},
        {"openinference.span.kind": "AGENT"},
        {"ai.operationId": "ai.generateText"},
        {"gen_ai.operation.name": "chat"},
        {"agent_name": "joker"},
        {},
    ],
    ids=[
        "agent",
        "workflow",
        "chain",
        "OpenInference agent",
        "Vercel",
        "chat in a chat",
        "named agent",
        "unknown",
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_span_that_holds_a_call_is_a_roll_up_whatever_comes_first(
    outer: dict[str, Any], is_first: bool
) -> None:
    sums = {"gen_ai.usage.input_tokens": 5000, "gen_ai.usage.output_tokens": 900}
    above = traces(span("outer", outer | sums))
    between = traces(span("http", {"http.request.method": "POST"}, parent="outer"))
    below = traces(span("inner", CHAT, parent="http"))
    records = [above, between, below] if is_first else [below, between, above]
    items = read(OTLP, *records)

    assert [Tokens(uncached_input=400, cache_read=600, output=200)] == [call.tokens for call in calls(items)]
    assert "roll-up" in reasons(items)


def test_roll_ups_do_not_count_beside_calls_that_hang_elsewhere() -> None:
    sums = {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1000}
    items = read(OTLP, traces(span("agent", sums), span("call", CHAT)))

    assert (1, ["roll-up"]) == (len(calls(items)), reasons(items))


def test_a_trace_of_roll_ups_alone_gives_the_leaf_most() -> None:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "gpt-5"}
    spans = [
        span("flow", agent | {"gen_ai.usage.input_tokens": 30}),
        span("left", agent | {"gen_ai.usage.input_tokens": 10}, parent="flow"),
        span("right", agent | {"gen_ai.usage.input_tokens": 20}, parent="flow"),
    ]
    items = read(OTLP, traces(*spans))

    assert [10, 20] == [call.tokens.input for call in calls(items)]
    assert ["roll-up"] == reasons(items)


def test_a_call_made_by_a_tool_is_not_part_of_the_call_that_asked_for_it() -> None:
    tool = {"gen_ai.operation.name": "execute_tool"}
    spans = [span("outer", CHAT), span("tool", tool, parent="outer"), span("inner", CHAT, parent="tool")]

    assert 2 == len(calls(read(OTLP, traces(*spans))))


def test_a_span_exported_twice_counts_once() -> None:
    assert 1 == len(calls(read(OTLP, traces(span("a", CHAT)), traces(span("a", CHAT)))))


@pytest.mark.parametrize(
    ("attributes", "fields", "status", "output"),
    [
        ({"gen_ai.operation.name": "chat"}, {"status": {"code": 2}}, "error", 0),
        ({"gen_ai.operation.name": "chat", "error.type": "429"}, {}, "error", 0),
        (CHAT, {"status": {"code": "STATUS_CODE_ERROR"}}, "partial", 200),
        (CHAT, {"status": {"code": 1}}, "ok", 200),
    ],
    ids=["error", "error type", "an error after tokens", "ok"],
)
def test_a_failed_call_is_kept_and_what_it_counted_stays(
    attributes: dict[str, Any], fields: dict[str, Any], status: str, output: int
) -> None:
    call = one(traces(span("a", attributes, **fields)))

    assert (status, output) == (call.status, call.tokens.output)


def test_text_without_counts_waits_for_a_tokenizer_unless_a_layer_of_the_call_counts() -> None:
    text = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.output.messages": "[secret]",
    }
    alone = one(traces(span("a", text)))
    layered = read(OTLP, traces(span("a", text), span("b", CHAT, parent="a"), span("c", text, parent="b")))
    twice = read(OTLP, traces(span("a", text), span("b", text, parent="a")))

    assert (True, True) == (alone.needs_text, alone.tokens.is_empty)
    assert [False] == [call.needs_text for call in calls(layered)]
    assert 1 == len(calls(twice))
    assert "secret" not in repr([alone, *layered, *twice])
