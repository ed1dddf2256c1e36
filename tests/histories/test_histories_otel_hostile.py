"""No OpenTelemetry record raises, whatever its fields hold."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories.gateway_rows import PLACE, TEN
from histories.otel_records import CHAT, log, logs, metric, metrics, point, span, traces
from tokmeter.histories import otlp, telemetry
from tokmeter.histories._record import Bucket, Call, Remark, Tokens

[OTLP] = otlp.FORMATS
[CLI] = telemetry.FORMATS

ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["", "0", "-1", "1e400", "NaN", "\x1b[31m", "2026-02-03T10:00:00Z", 10**30, [], {}, [[1, 2]]]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)
GEMINI = {
    "event.name": "gemini_cli.api_response",
    "session.id": "g",
    "prompt_id": "p",
    "input_token_count": 5,
}
SOUND = [
    traces(span("a", CHAT), span("b", CHAT | {"gen_ai.response.id": "x" * 30}, parent="a")),
    logs(log("claude_code.api_request", {"session.id": "s", "input_tokens": 5}), service="claude-code"),
    logs(log("codex.sse_event", {"event.kind": "response.completed", "input_token_count": 5})),
    logs(log("", {"event.name": "gen_ai.client.inference.operation.details"} | CHAT)),
    metrics(metric("claude_code.token.usage", point(5, {"type": "input"})), service="claude-code"),
    metrics(
        metric(
            "gen_ai.client.token.usage", point({"sum": 5.0}, {"gen_ai.token.type": "input"}), temporality=2
        )
    ),
    {
        "hrTime": [TEN // 1000, 0],
        "attributes": GEMINI,
        "resource": {"_rawAttributes": [["service.name", "gemini-cli"]]},
    },
    {
        "name": "x",
        "context": {"trace_id": "1" * 32, "span_id": "2" * 16},
        "start_time": "2026",
        "attributes": CHAT,
    },
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value within."""
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        found += places(part, (*path, name))
    return found


def with_value(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(record))
    target = changed
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    return changed


def read_all(*records: Any) -> None:
    """Every claim and every reader takes them, in two readings."""
    for format_ in (OTLP, CLI):
        reader = format_.reader(PLACE)
        items = []
        for line, record in enumerate(records, 1):
            if isinstance(record, dict):
                format_.claims(record)
            items += list(reader.feed(record, line))
        items += list(format_.reader(PLACE, reader.state()).finish())
        items += list(reader.finish())
        assert all(isinstance(item, Call | Bucket | Remark) for item in items)
        for item in items:
            if isinstance(item, Call | Bucket):
                assert all(count >= 0 for count in counts(item.tokens))


def counts(tokens: Tokens) -> list[int]:
    return [tokens.uncached_input, tokens.cache_read, tokens.creation_5m, tokens.output, tokens.reasoning]


@pytest.mark.parametrize("number", range(len(SOUND)))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_odd_value_anywhere_raises(number: int, data: st.DataObject) -> None:
    record = SOUND[number]
    for _ in range(data.draw(st.integers(1, 3))):
        record = with_value(
            record, data.draw(st.sampled_from(places(record))), data.draw(ODD.filter(is_json))
        )
    read_all(record, record)


def is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except ValueError:
        return False
    return True


@settings(max_examples=200, deadline=None)
@given(record=ODD)
def test_no_odd_record_raises(record: Any) -> None:
    read_all(record)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_the_order_of_batches_does_not_matter(seed: int) -> None:
    outer = span("outer", CHAT)
    spans = [outer, *(span(f"in{n}", CHAT, parent="outer") for n in range(4)), span("alone", CHAT)]
    spans += [span("deep", CHAT, parent="in1"), span("http", {}, parent="alone")]
    order = random.Random(seed)  # noqa: S311 - an order, no secret
    order.shuffle(spans)
    reader = OTLP.reader(PLACE)
    for line, one in enumerate(spans, 1):
        list(reader.feed(traces(one), line))
    found = {item.key.rpartition("/")[2] for item in reader.finish() if isinstance(item, Call)}

    assert {one["spanId"] for one in spans if one["name"] in {"in0", "in2", "in3", "deep", "alone"}} == found


def test_spans_that_hold_each_other_in_a_circle_end() -> None:
    spans = [span("a", CHAT, parent="b"), span("b", CHAT, parent="a"), span("c", CHAT, parent="c")]
    read_all(traces(*spans))


def test_a_long_chain_of_spans_is_walked_once() -> None:
    chain = [span(f"{n:08}", CHAT if n % 2 else {}, parent=f"{n - 1:08}" if n else "") for n in range(6_000)]
    text = {"gen_ai.operation.name": "chat", "gen_ai.output.messages": "[]"}
    chain += [span(f"t{n:07}", text, parent=f"{n:08}") for n in range(3_000)]
    read_all(traces(*chain))


def test_deeply_nested_attributes_are_left() -> None:
    nested: Any = 1
    for _ in range(500):
        nested = {"kvlistValue": {"values": [{"key": "a", "value": nested}]}}
    record = traces(span("a", CHAT))
    record["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"].append(
        {"key": "deep", "value": nested}
    )
    read_all(record)
