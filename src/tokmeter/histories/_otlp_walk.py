"""Spans, log records and metrics in their batches, or alone as SDKs dump them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from tokmeter.histories._otlp_values import first, plain, resource_of, text_of

Kind = Literal["span", "log", "metric"]


class Signal(NamedTuple):
    """One span, log record or metric, and the resource and scope it came from."""

    kind: Kind
    resource: dict[str, Any]
    scope: str
    item: dict[str, Any]


class _Layout(NamedTuple):
    kind: Kind
    batches: tuple[str, ...]
    scopes: tuple[str, ...]
    items: tuple[str, ...]


_LAYOUTS = (
    _Layout(
        "span",
        ("resourceSpans", "resource_spans"),
        ("scopeSpans", "scope_spans", "instrumentationLibrarySpans"),
        ("spans",),
    ),
    _Layout(
        "log",
        ("resourceLogs", "resource_logs"),
        ("scopeLogs", "scope_logs", "instrumentationLibraryLogs"),
        ("logRecords", "log_records", "logs"),
    ),
    _Layout(
        "metric",
        ("resourceMetrics", "resource_metrics"),
        ("scopeMetrics", "scope_metrics", "instrumentationLibraryMetrics"),
        ("metrics",),
    ),
)
_CONTEXTS = ("context", "_spanContext", "spanContext")
_STARTS = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "_startTime")
_CONVENTIONS = "gen_ai."
_EVENTS = ("eventName", "event_name", "_eventName", "name", "body", "_body")

_PREFIXES = {
    "claude_code": "claude-code",
    "codex": "codex",
    "gemini_cli": "gemini-cli",
    "qwen-code": "qwen-code",
    "qwen_code": "qwen-code",
}
_EVENT = re.compile(r"(claude_code|codex|gemini_cli|qwen[-_]code)\.([A-Za-z0-9_.-]{1,100})")
_SERVICES = (
    ("claude-code", "claude-code"),
    ("codex", "codex"),
    ("gemini-cli", "gemini-cli"),
    ("qwen-code", "qwen-code"),
)


def is_container(record: Mapping[str, Any]) -> bool:
    """Detector 2: a batch as OTLP spells it."""
    return any(isinstance(record.get(name), list) for layout in _LAYOUTS for name in layout.batches)


def walk(record: Mapping[str, Any]) -> Iterator[Signal]:
    """Everything that a record holds."""
    if not is_container(record):
        kind = flat_kind(record)
        if kind == "metric" and "scopeMetrics" not in record and "scope_metrics" not in record:
            yield Signal(kind, resource_of(record), _scope(record), dict(record))
        elif kind == "metric":
            yield from _scoped(record, _LAYOUTS[2])
        elif kind is not None:
            yield Signal(kind, resource_of(record), _scope(record), dict(record))
        return
    for layout in _LAYOUTS:
        for batch in _objects(record, layout.batches):
            yield from _scoped(batch, layout)


def _scoped(batch: Mapping[str, Any], layout: _Layout) -> Iterator[Signal]:
    resource = resource_of(batch)
    for scope in _objects(batch, layout.scopes):
        name = _scope(scope)
        for item in _objects(scope, layout.items):
            yield Signal(layout.kind, resource, name, item)


def _objects(holder: Mapping[str, Any], fields: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for field in fields:
        listed = holder.get(field)
        if isinstance(listed, list):
            yield from (item for item in listed if isinstance(item, dict))


def _scope(holder: Mapping[str, Any]) -> str:
    scope = first(holder, "scope", "instrumentationScope", "instrumentationLibrary", "instrumentation_scope")
    name = scope.get("name") if isinstance(scope, dict) else None
    return name if isinstance(name, str) else ""


def flat_kind(record: Mapping[str, Any]) -> Kind | None:
    """What a record is that stands alone, as an SDK dumps it; None if it is nothing of the kind."""
    if isinstance(first(record, "scopeMetrics", "scope_metrics"), list) and "resource" in record:
        return "metric"
    if isinstance(record.get("descriptor"), dict) and isinstance(record.get("dataPoints"), list):
        return "metric"
    if not isinstance(record.get("attributes"), dict | list):
        return None
    attributes = plain(record["attributes"])
    if "event.name" not in attributes and _is_span(record):
        return "span"
    client, event = event_of(record, attributes)
    if client is None and not event.startswith(_CONVENTIONS):
        client = (
            client_of(Signal("log", resource_of(record), _scope(record), dict(record))) if event else None
        )
        return "log" if client else None
    return "log"


def _is_span(record: Mapping[str, Any]) -> bool:
    """Whether a record has what only spans have: ids, a name, and a start or duration."""
    trace, span, _ = span_ids(record)
    is_timed = any(name in record for name in _STARTS) or {"timestamp", "duration"} <= record.keys()
    return bool(trace and span) and isinstance(record.get("name"), str) and is_timed


def span_ids(item: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """Ids of trace, span and parent as written."""
    context = next((item[name] for name in _CONTEXTS if isinstance(item.get(name), dict)), item)
    trace = first(context, "traceId", "trace_id") or first(item, "traceId", "trace_id")
    span = first(context, "spanId", "span_id") or first(item, "spanId", "span_id", "id")
    above = first(item, "parentSpanContext", "parent")
    parent = first(above, "spanId", "span_id") if isinstance(above, dict) else above
    return trace, span, parent or first(item, "parentSpanId", "parent_span_id", "parent_id", "parentId")


def event_of(item: Mapping[str, Any], attributes: Mapping[str, Any]) -> tuple[str | None, str]:
    """Whose event a log record is, if an assistant's, and its name without prefix; "" for no event."""
    told = attributes.get("event.name")
    for given in (told, *(text_of(item.get(field)) for field in _EVENTS)):
        match = _EVENT.fullmatch(given) if isinstance(given, str) else None
        if match is not None:
            return _PREFIXES[match[1]], match[2]
    return None, told if isinstance(told, str) and len(told) <= 100 else ""


def client_of(signal: Signal) -> str | None:
    """The assistant that a signal comes from, by its resource, scope or name."""
    for given in (signal.resource.get("service.name"), signal.scope):
        if isinstance(given, str):
            for start, client in _SERVICES:
                if given.lower().replace("_", "-").startswith(start):
                    return client
    descriptor = signal.item.get("descriptor")
    given = descriptor.get("name") if isinstance(descriptor, dict) else signal.item.get("name")
    match = _EVENT.fullmatch(given) if isinstance(given, str) else None
    return _PREFIXES[match[1]] if match else None


def flat_client(record: Mapping[str, Any]) -> str | None:
    """The assistant that dumped a record which stands alone; None for all others."""
    for signal in walk(record):
        client = client_of(signal)
        if client is None and signal.kind == "log":
            client = event_of(signal.item, plain(signal.item.get("attributes")))[0]
        if client is not None:
            return client
    return None
