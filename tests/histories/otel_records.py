"""OpenTelemetry records for tests, in the spellings of their writers."""

from __future__ import annotations

from typing import Any

from histories.gateway_rows import TEN

TRACE = "0af7651916cd43dd8448eb211c80319c"
NANO = 1_000_000


def listed(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP JSON has them: whole numbers are texts."""
    return [{"key": name, "value": _enveloped(value)} for name, value in attributes.items()]


def _enveloped(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": value}


def span(
    name: str, attributes: dict[str, Any], *, parent: str = "", start: int = TEN, **fields: Any
) -> dict[str, Any]:
    """A span of 1.5 s; its id is made of the name, so that others can hang below it."""
    return {
        "traceId": TRACE,
        "spanId": span_id(name),
        "parentSpanId": span_id(parent) if parent else "",
        "name": name,
        "startTimeUnixNano": str(start * NANO),
        "endTimeUnixNano": str((start + 1500) * NANO),
        "attributes": listed(attributes),
    } | fields


def span_id(name: str) -> str:
    return name.encode().hex()[:16].ljust(16, "0")


def traces(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any]:
    batch = {
        "resource": {"attributes": listed(resource or {})},
        "scopeSpans": [{"scope": {}, "spans": list(spans)}],
    }
    return {"resourceSpans": [batch]}


def logs(*records: dict[str, Any], service: str = "") -> dict[str, Any]:
    resource = {"service.name": service} if service else {}
    scopes = [{"logRecords": list(records)}]
    return {"resourceLogs": [{"resource": {"attributes": listed(resource)}, "scopeLogs": scopes}]}


def log(body: str, attributes: dict[str, Any], ts: int = TEN) -> dict[str, Any]:
    return {
        "timeUnixNano": str(ts * NANO),
        "body": {"stringValue": body},
        "attributes": listed({"event.name": body.partition(".")[2]} | attributes),
    }


def metrics(*found: dict[str, Any], service: str = "") -> dict[str, Any]:
    resource = {"service.name": service} if service else {}
    scopes = [{"scope": {"name": "meter"}, "metrics": list(found)}]
    return {"resourceMetrics": [{"resource": {"attributes": listed(resource)}, "scopeMetrics": scopes}]}


def metric(name: str, *points: dict[str, Any], kind: str = "sum", temporality: Any = 1) -> dict[str, Any]:
    return {"name": name, kind: {"aggregationTemporality": temporality, "dataPoints": list(points)}}


def point(
    value: Any, attributes: dict[str, Any], *, start: int = TEN, end: int = TEN + 60_000
) -> dict[str, Any]:
    sums = (
        value
        if isinstance(value, dict)
        else {"asInt": str(value)}
        if isinstance(value, int)
        else {"asDouble": value}
    )
    times = {"startTimeUnixNano": str(start * NANO), "timeUnixNano": str(end * NANO)}
    return {"attributes": listed(attributes), **times, **sums}


CHAT = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.response.model": "gpt-5",
    "gen_ai.usage.input_tokens": 1000,
    "gen_ai.usage.cache_read.input_tokens": 600,
    "gen_ai.usage.output_tokens": 200,
}
"""A call by the conventions: 400 fresh, 600 cached, 200 out."""

S9 = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","name":"chat gpt-5","startTimeUnixNano":"1770112800000000000","endTimeUnixNano":"1770112801500000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},{"key":"gen_ai.response.model","value":{"stringValue":"gpt-5-2025-08-07"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"1000"}},{"key":"gen_ai.usage.cache_read.input_tokens","value":{"intValue":"600"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"200"}}]}]}]}]}'
"""The document's sample of a span, as it stands there."""
