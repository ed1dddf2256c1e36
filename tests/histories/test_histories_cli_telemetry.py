"""Assistants' own telemetry; one test for each rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from histories.gateway_rows import TEN, calls, read, reasons
from histories.otel_records import TRACE, log, logs, metric, metrics, point, span, traces
from tokmeter.histories import otlp, telemetry
from tokmeter.histories._detect import read_history
from tokmeter.histories._record import Call, Tokens

[OTLP] = otlp.FORMATS
[CLI] = telemetry.FORMATS

S8 = '{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"claude-code"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1777975200000000000","body":{"stringValue":"claude_code.api_request"},"attributes":[{"key":"event.name","value":{"stringValue":"api_request"}},{"key":"session.id","value":{"stringValue":"s-1"}},{"key":"event.sequence","value":{"intValue":"3"}},{"key":"model","value":{"stringValue":"claude-opus-4-6"}},{"key":"input_tokens","value":{"stringValue":"10"}},{"key":"cache_read_tokens","value":{"stringValue":"90000"}},{"key":"cache_creation_tokens","value":{"stringValue":"4000"}},{"key":"output_tokens","value":{"stringValue":"800"}},{"key":"cost_usd","value":{"stringValue":"0.09005"}},{"key":"duration_ms","value":{"stringValue":"5200"}}]}]}]}]}'
S8_MS = 1_777_975_200_000
"""2026-05-05T10:00:00Z"""

REQUEST = {
    "session.id": "s-1",
    "event.sequence": 3,
    "model": "claude-opus-4-6",
    "input_tokens": 10,
    "cache_read_tokens": 90000,
    "cache_creation_tokens": 4000,
    "output_tokens": 800,
    "duration_ms": 5200,
}
CODEX = {
    "event.kind": "response.completed",
    "event.timestamp": "2026-02-03T10:00:00.123Z",
    "conversation.id": "019a-1",
    "model": "gpt-5-codex",
    "input_token_count": 1000,
    "cached_token_count": 600,
    "output_token_count": 200,
    "reasoning_token_count": 150,
    "tool_token_count": 1200,
}
GEMINI = {
    "event.timestamp": "2026-02-03T10:00:00.123Z",
    "session.id": "g-1",
    "prompt_id": "g-1########4",
    "model": "gemini-3-pro",
    "input_token_count": 1000,
    "output_token_count": 50,
    "cached_content_token_count": 600,
    "thoughts_token_count": 30,
    "tool_token_count": 5,
    "total_token_count": 1085,
    "duration_ms": 2100,
    "status_code": 200,
    "auth_type": "oauth-personal",
}


def raw(event: str, attributes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A log record as Gemini CLI's file exporter writes it."""
    return {
        "hrTime": [1770112800, 123000000],
        "hrTimeObserved": [1770112800, 123000000],
        "_body": "API response from gemini-3-pro. Status: 200. Duration: 2100ms.",
        "resource": {"_rawAttributes": [["service.name", "gemini-cli"]]},
        "instrumentationScope": {"name": "gemini-cli"},
        "attributes": {"event.name": event, **attributes},
    } | fields


def one(record: dict[str, Any]) -> Call:
    format_ = OTLP if OTLP.claims(record) else CLI
    assert format_.claims(record)
    [call] = calls(read(format_, record))
    return call


def test_sample_s8_gives_its_row() -> None:
    expected = Call(
        key="cc-otel:s-1/3",
        ts=S8_MS,
        format="cli-telemetry",
        evidence="telemetry",
        model="claude-opus-4-6",
        provider="anthropic",
        tokens=Tokens(uncached_input=10, cache_read=90_000, creation_5m=4_000, output=800),
        conversation="s-1",
        client="claude-code",
        cost_nanousd=90_050_000,
        cost_kind="estimated",
        latency_ms=5200,
        line=1,
    )
    record = json.loads(S8)

    assert OTLP.claims(record)
    assert not CLI.claims(record)
    assert [expected] == read(OTLP, record)


@pytest.mark.parametrize(
    ("fields", "key", "speed", "provider"),
    [
        ({"request_id": "req_011CSxyz123"}, "cc-otel:req_011CSxyz123", None, "anthropic"),
        ({"speed": "fast"}, "cc-otel:s-1/3", "fast", "anthropic"),
        ({"model": "us.anthropic.claude-opus-4-6-v1:0"}, "cc-otel:s-1/3", None, "aws"),
        ({"event.sequence": "3"}, "cc-otel:s-1/3", None, "anthropic"),
    ],
    ids=["the request's id", "fast", "Bedrock", "a number as text"],
)
def test_claude_codes_request_is_named_by_its_id_or_place(
    fields: dict[str, Any], key: str, speed: str | None, provider: str
) -> None:
    call = one(logs(log("claude_code.api_request", REQUEST | fields), service="claude-code"))

    assert (key, speed, provider) == (call.key, call.speed, call.provider)
    assert fields.get("request_id") == call.request_ref
    assert call.provider_ref is None


@pytest.mark.parametrize("name", ["eventName", "name", "event.name"])
def test_the_events_name_may_stand_in_other_places(name: str) -> None:
    record = log("x", REQUEST)
    record["attributes"] = [entry for entry in record["attributes"] if entry["key"] != "event.name"]
    if name == "event.name":
        record["attributes"].append({"key": name, "value": {"stringValue": "claude_code.api_request"}})
    else:
        record[name] = "claude_code.api_request"

    assert "cc-otel:s-1/3" == one(logs(record)).key


def test_an_error_of_an_assistant_is_kept_without_tokens() -> None:
    fields = {
        "session.id": "s-1",
        "event.sequence": 4,
        "model": "claude-opus-4-6",
        "status_code": 529,
        "attempt": 2,
    }
    call = one(logs(log("claude_code.api_error", fields), service="claude-code"))

    assert ("error", True, "cc-otel:s-1/4") == (call.status, call.tokens.is_empty, call.key)


def test_codex_contains_the_cached_and_its_tool_count_is_not_added() -> None:
    call = one(logs(log("codex.sse_event", CODEX), service="codex_cli_rs"))

    assert Tokens(uncached_input=400, cache_read=600, output=200, reasoning=150) == call.tokens
    assert ("codex-otel:019a-1/2026-02-03T10:00:00.123Z", "019a-1") == (call.key, call.conversation)
    assert (TEN + 123, "codex", "openai", None) == (call.ts, call.client, call.provider, call.project)


@pytest.mark.parametrize("kind", ["response.output_item.done", "response.created"])
def test_other_events_of_codex_stream_are_no_calls(kind: str) -> None:
    items = read(OTLP, logs(log("codex.sse_event", CODEX | {"event.kind": kind}), service="codex_cli_rs"))

    assert ([], ["no-usage"]) == (calls(items), reasons(items))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Tokens(uncached_input=405, cache_read=600, output=80, reasoning=30)),
        ({"total_token_count": None}, Tokens(uncached_input=405, cache_read=600, output=80, reasoning=30)),
        (
            {"total_token_count": 1080, "tool_token_count": 0},
            Tokens(uncached_input=400, cache_read=600, output=80, reasoning=30),
        ),
        (
            {"total_token_count": 1050, "tool_token_count": 0},
            Tokens(uncached_input=400, cache_read=600, output=50, reasoning=30),
        ),
        ({"total_token_count": 1080}, Tokens(uncached_input=400, cache_read=600, output=80, reasoning=30)),
    ],
    ids=["beside", "no total", "no tools", "thoughts within", "tools within"],
)
def test_gemini_adds_thoughts_and_tool_prompts_unless_the_total_holds_them(
    fields: dict[str, Any], expected: Tokens
) -> None:
    assert expected == one(raw("gemini_cli.api_response", GEMINI | fields)).tokens


def test_geminis_key_is_made_of_session_prompt_and_time() -> None:
    call = one(raw("gemini_cli.api_response", GEMINI))

    assert "gemini-otel:g-1/g-1########4/2026-02-03T10:00:00.123Z" == call.key
    assert ("g-1", "gemini-cli", "google", 2100) == (
        call.conversation,
        call.client,
        call.provider,
        call.latency_ms,
    )
    assert (TEN + 123, "cli-telemetry") == (call.ts, call.format)


def test_the_same_event_in_a_batch_and_alone_is_one_call() -> None:
    batch = one(logs(log("", GEMINI | {"event.name": "gemini_cli.api_response"}), service="gemini-cli"))
    alone = one(raw("gemini_cli.api_response", GEMINI))

    assert batch == alone


def test_qwens_response_has_the_providers_id() -> None:
    fields = GEMINI | {"response_id": "chatcmpl-0123456789abcdef", "model": "qwen3-coder-plus"}
    call = one(raw("qwen-code.api_response", fields, resource={"attributes": {"service.name": "qwen-code"}}))

    assert ("resp:chatcmpl-0123456789abcdef", "chatcmpl-0123456789abcdef") == (call.key, call.provider_ref)
    assert ("qwen-code", None) == (call.client, call.provider)


def test_geminis_second_event_of_a_response_is_a_roll_up() -> None:
    details = {
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.response.id": "x" * 24,
    }
    second = raw("gen_ai.client.inference.operation.details", details | {"session.id": "g-1"})
    items = read(CLI, raw("gemini_cli.api_response", GEMINI), second)

    assert CLI.claims(second)
    assert (1, ["roll-up"]) == (len(calls(items)), reasons(items))


def test_an_assistants_spans_repeat_its_events() -> None:
    usage = {
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.conversation.id": "g-1",
    }
    found = {
        "name": "llm_call",
        "_spanContext": {"traceId": TRACE, "spanId": "b7ad6b7169203331"},
        "startTime": [1770112800, 0],
        "attributes": usage | {"gen_ai.operation.name": "chat"},
        "resource": {"_rawAttributes": [["service.name", "gemini-cli"]]},
    }
    event = raw("gemini_cli.api_response", GEMINI)
    both = read(CLI, found, event)

    assert ["gemini-otel:g-1/g-1########4/2026-02-03T10:00:00.123Z"] == [call.key for call in calls(both)]
    assert ["roll-up"] == reasons(both)
    assert 1 == len(calls(read(CLI, found)))


def test_claude_codes_span_and_event_of_one_request_have_one_key() -> None:
    fields = {name: value for name, value in REQUEST.items() if name != "event.sequence"}
    request = fields | {
        "request_id": "req_011CSxyz123",
        "gen_ai.system": "anthropic",
        "gen_ai.response.id": "req_011CSxyz123",
    }
    service = {"service.name": "claude-code"}
    [found] = calls(read(OTLP, traces(span("claude_code.llm_request", request), resource=service)))
    event = one(logs(log("claude_code.api_request", request), service="claude-code"))
    [unnamed] = calls(read(OTLP, traces(span("claude_code.llm_request", fields), resource=service)))

    assert (event.key, event.tokens, event.conversation) == (found.key, found.tokens, found.conversation)
    assert Tokens(uncached_input=10, cache_read=90_000, creation_5m=4_000, output=800) == unnamed.tokens
    assert ("claude-opus-4-6", "s-1") == (unnamed.model, unnamed.conversation)


def test_an_outfile_of_objects_one_after_another_is_read_whole(tmp_path: Any) -> None:
    cumulative = {
        "resource": {"_rawAttributes": [["service.name", "gemini-cli"]]},
        "scopeMetrics": [
            {
                "scope": {"name": "gemini-cli"},
                "metrics": [
                    {
                        "descriptor": {"name": "gemini_cli.token.usage", "type": "COUNTER"},
                        "aggregationTemporality": 1,
                        "dataPointType": 3,
                        "dataPoints": [
                            {
                                "attributes": {"model": "gemini-3-pro", "type": "input"},
                                "startTime": [1770112740, 0],
                                "endTime": [1770112860, 0],
                                "value": 1000,
                            }
                        ],
                    }
                ],
            }
        ],
    }
    first, second = (
        raw("gemini_cli.api_response", GEMINI),
        raw("gemini_cli.user_prompt", {"prompt": "my secret"}),
    )
    path = tmp_path / "telemetry.log"
    path.write_text("".join(json.dumps(record, indent=2) + "\n" for record in (first, second, cumulative)))
    found = list(read_history(path))

    assert {"cli-telemetry"} == {format_.id for format_, _ in found if format_}
    assert [1085] == [item.tokens.input + item.tokens.output for _, item in found if isinstance(item, Call)]
    assert ["no-usage", "roll-up"] == reasons([item for _, item in found])
    assert "secret" not in repr(found)


def test_a_metric_of_the_same_process_and_hour_repeats_the_events() -> None:
    tokens = point(10, {"type": "input", "model": "claude-opus-4-6", "session.id": "s-1"})
    records = [
        metrics(metric("claude_code.token.usage", tokens), service="claude-code"),
        logs(log("claude_code.api_request", REQUEST), service="claude-code"),
    ]
    items = read(OTLP, *records)

    assert (1, ["roll-up"]) == (len(items) - 1, reasons(items))
