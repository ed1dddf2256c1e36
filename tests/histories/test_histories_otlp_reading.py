"""Reading OpenTelemetry records: as SDKs dump them, in parts, without ids, and none but their own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from histories.gateway_rows import PLACE, TEN, calls, format_of, read, reasons
from histories.otel_records import CHAT, S9, TRACE, listed, log, logs, span, span_id, traces
from tokmeter.histories import otlp
from tokmeter.histories._formats import all_formats
from tokmeter.histories._record import Call, Remark, Tokens

[OTLP] = otlp.FORMATS


def one(*records: dict[str, Any]) -> Call:
    [call] = calls(read(OTLP, *records))
    return call


PYTHON = {
    "name": "chat gpt-5",
    "context": {"trace_id": f"0x{TRACE}", "span_id": "0xb7ad6b7169203331", "trace_state": "[]"},
    "kind": "SpanKind.CLIENT",
    "parent_id": None,
    "start_time": "2026-02-03T10:00:00.000000Z",
    "end_time": "2026-02-03T10:00:01.500000Z",
    "status": {"status_code": "UNSET"},
    "attributes": CHAT,
    "events": [],
    "resource": {"attributes": {"service.name": "shop"}, "schema_url": ""},
}
JAVASCRIPT = {
    "name": "chat gpt-5",
    "_spanContext": {"traceId": TRACE, "spanId": "b7ad6b7169203331", "traceFlags": 1},
    "startTime": [1770112800, 0],
    "endTime": [1770112801, 500000000],
    "status": {"code": 0},
    "attributes": CHAT,
    "resource": {"_rawAttributes": [["service.name", "shop"]]},
    "instrumentationScope": {"name": "openai"},
}
NESTED = PYTHON | {
    "attributes": {"gen_ai": {"operation": {"name": "chat"}, "usage": {"input_tokens": 1000}}} | CHAT
}


@pytest.mark.parametrize("record", [PYTHON, JAVASCRIPT, NESTED], ids=["Python", "JavaScript", "nested maps"])
def test_spans_as_sdks_dump_them_are_the_same_calls(record: dict[str, Any]) -> None:
    call = one(record)

    assert OTLP.claims(record)
    assert (f"otel:{TRACE}/b7ad6b7169203331", TEN, 1500, "shop") == (
        call.key,
        call.ts,
        call.latency_ms,
        call.project,
    )
    assert Tokens(uncached_input=400, cache_read=600, output=200) == call.tokens


def test_the_conventions_event_repeats_its_span_and_counts_without_it() -> None:
    details = log("", CHAT | {"event.name": "gen_ai.client.inference.operation.details"})
    details |= {"traceId": TRACE, "spanId": span_id("a")}

    assert one(logs(details)).tokens == one(logs(details), traces(span("a", CHAT))).tokens
    assert one(logs(details)).key == one(traces(span("a", CHAT)), logs(details)).key


def test_records_that_tell_of_no_call_are_one_remark_each() -> None:
    http = traces(span("GET", {"http.request.method": "GET"}), span("db", {"db.system": "sqlite"}))
    items = read(OTLP, http, logs({"body": {"stringValue": "started"}}), {"resourceSpans": []})

    assert ["no-usage"] * 3 == reasons(items)
    assert [] == calls(items)


def test_a_span_without_ids_or_time_still_counts() -> None:
    bare = {"attributes": listed(CHAT)}
    items = read(OTLP, traces(bare, bare | {"name": "other"}))
    [first, second] = calls(items)

    assert (PLACE.mtime_ms, "file") == (first.ts, first.ts_quality)
    assert first.key.startswith("h:")
    assert first.key == second.key
    assert "no-time" in reasons(items)


def test_too_many_waiting_spans_let_the_oldest_traces_go() -> None:
    reader = OTLP.reader(PLACE)
    items = []
    for number in range(3):
        spans = [span(f"{n:08}", CHAT if n == 0 else {}, traceId=f"{number + 1:032x}") for n in range(9_000)]
        items += list(reader.feed(traces(*spans), number + 1))

    assert [f"otel:{1:032x}/{span_id('00000000')}"] == [call.key for call in calls(items)]
    assert 2 == len(calls(reader.finish()))


def test_a_growing_file_is_read_on_where_it_ended() -> None:
    agent = traces(
        span("agent", {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1000})
    )
    first = OTLP.reader(PLACE)
    list(first.feed(traces(span("call", CHAT, parent="agent")), 1))
    second = OTLP.reader(PLACE, first.state())
    items = [*second.feed(agent, 2), *second.finish()]

    assert [600] == [call.tokens.cache_read for call in calls(items)]
    assert ["roll-up"] == reasons(items)


@pytest.mark.parametrize("state", [b"nonsense", b"{}", b'{"traces":3}'])
def test_a_state_that_makes_no_sense_is_a_fresh_start(state: bytes) -> None:
    reader = OTLP.reader(PLACE, state)
    items = [*reader.feed(json.loads(S9), 1), *reader.finish()]

    assert 1 == len(calls(items))


@pytest.mark.parametrize(
    "record",
    [
        {"name": "package", "version": "1.0.0", "attributes": {"a": 1}},
        {"name": "x", "traceId": "t", "id": "o", "startTime": "2026-02-03T10:00:00Z", "type": "GENERATION"},
        {"attributes": {"event.name": "user.login"}, "body": "x", "timestamp": "2026-02-03T10:00:00Z"},
        {"resource": {}, "attributes": []},
        {"resourceSpans": "none"},
        {"dataPoints": []},
    ],
    ids=["package", "Langfuse", "another log", "resource", "no list", "no metric"],
)
def test_other_json_is_not_claimed(record: dict[str, Any]) -> None:
    assert not OTLP.claims(record)
    assert not format_of(all_formats(), "cli-telemetry").claims(record)


def test_nothing_but_ids_and_names_leaves_a_span() -> None:
    attributes = CHAT | {
        "gen_ai.input.messages": '[{"content":"my secret"}]',
        "gen_ai.conversation.id": "c" * 5_000 + "\x1b[31m",
        "authorization": "Bearer sk-secret",
    }
    items = read(OTLP, traces(span("a", attributes) | {"name": "secret name"}))

    assert "secret" not in repr(items)
    assert 256 == len(calls(items)[0].conversation or "")
    assert not any(isinstance(item, Remark) for item in items)
