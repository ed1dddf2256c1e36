"""The records that people wrap requests and responses in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from tokmeter.histories._events import is_event, sse_events
from tokmeter.histories._ids import clean, when
from tokmeter.histories._shapes import is_counted, is_error, is_request, shape_of
from tokmeter.sources._fields import as_dict, decode_tolerant

Record = Mapping[str, Any]

RESPONSES = (
    ("response",),
    ("response", "body"),
    ("response_body",),
    ("responseBody",),
    ("output",),
    ("completion",),
    ("result",),
    ("result", "message"),
    ("result", "response"),
    ("body",),
    ("resp",),
    ("data",),
    ("message",),
    ("response_json",),
    ("parsed_response",),
    ("responsePayload",),
    ("full_response",),
)
REQUESTS = (
    ("request", "body"),
    ("request",),
    ("request_body",),
    ("requestBody",),
    ("input",),
    ("kwargs",),
    ("params",),
    ("body",),
    ("requestPayload",),
    ("full_request",),
)
TIMES = (
    "ts",
    "timestamp",
    "time",
    "@timestamp",
    "datetime",
    "created_at",
    "createdAt",
    "start_time",
    "startTime",
    "request_time",
    "logged_at",
    "logging_time",
)
_LATENCIES = ("latency_ms", "duration_ms", "elapsed", "latency")
_URLS = ("url", "request_url", "api_base", "base_url", "uri", "endpoint", "path")
_URL_NAMES = frozenset(_URLS)
_LATENCY_NAMES = frozenset(_LATENCIES)
_STATUSES = ("status_code", "http_status", "response_status", "statusCode", "status")
_STATUS_NAMES = frozenset(_STATUSES)
_HEADERS = ("response_headers", "headers", "HTTPHeaders")
_HEADER_NAMES = frozenset((*_HEADERS, "ResponseMetadata"))
_FAILURES = (
    (),
    ("response",),
    ("response", "body"),
    ("response_body",),
    ("responseBody",),
    ("body",),
    ("result",),
)
_JSON_ERRORS = (msgspec.MsgspecError, ValueError, RecursionError)


class Found(NamedTuple):
    """The response of a record: the object and its shape, or the events of a stream (`shape` stream)."""

    body: Record
    shape: str
    path: tuple[str, ...]
    events: tuple[Record, ...] = ()


def find_response(record: Record) -> Found | None:
    """The first place of a record that holds something like a response, None if none does."""
    shape = shape_of(record)
    if shape is not None:
        return Found(record, shape, ())
    for path in RESPONSES:
        value = record.get(path[0])
        if value is None:
            continue
        if len(path) == 2:
            value = value.get(path[1]) if type(value) is dict else None
        found = _response_in(value, path)
        if found is not None:
            return found
    if is_counted(record) and type(record.get("model")) is str:
        return Found(record, "usage", ())
    return _failed(record)


def _response_in(value: Any, path: tuple[str, ...]) -> Found | None:
    if type(value) is str:
        value = _parsed(value)
    if type(value) is dict:
        shape = shape_of(value)
        if shape is None and is_counted(value):
            shape = "usage"
        return Found(value, shape, path) if shape is not None else None
    if type(value) is list and value and type(value[0]) is dict and (is_event(value[0]) or len(value) > 1):
        events = tuple(entry for entry in value if type(entry) is dict)
        if is_event(events[0]) or shape_of(events[-1]) == "gemini":
            return Found({}, "stream", path, events)
    return None


def _parsed(text: str) -> Any:
    """A string that holds JSON or a captured stream; None for any other text."""
    start = text[:64].lstrip()
    if start.startswith(("{", "[")):
        try:
            return msgspec.json.decode(text)
        except _JSON_ERRORS:
            try:
                return decode_tolerant(text.encode("utf-8", "replace"))
            except ValueError:
                return None
    if start.startswith(("data:", "event:", ": ")):
        return sse_events(text)
    return None


def _failed(record: Record) -> Found | None:
    """An error beside a request to a model, or one that only such an API gives."""
    asked = find_request(record) is not None
    for path in _FAILURES:
        value: Any = record
        for name in path:
            value = value.get(name) if type(value) is dict else None
        if type(value) is str:
            value = _parsed(value)
        if type(value) is dict and is_error(value, asked=asked):
            return Found(value, "error", path)
    return None


def find_request(record: Record) -> Record | None:
    """The request of a record: what asks a model; None where there is none."""
    for path in REQUESTS:
        value = record.get(path[0])
        if value is None:
            continue
        if len(path) == 2:
            value = value.get(path[1]) if type(value) is dict else None
        if type(value) is str and value[:1] == "{":
            value = _parsed(value)
        if is_request(value):
            return as_dict(value)
    return record if is_request(record) else None


def request_model(record: Record) -> str | None:
    """The model asked for, by a request however short, or by the record."""
    for path in REQUESTS:
        value = record.get(path[0])
        if len(path) == 2:
            value = value.get(path[1]) if type(value) is dict else None
        if type(value) is str and value[:1] == "{":
            value = _parsed(value)
        if type(value) is dict:
            model = clean(value.get("model")) or clean(value.get("modelId"))
            if model is not None:
                return model
    for name in ("model", "modelId", "model_id", "model_name"):
        model = clean(record.get(name))
        if model is not None:
            return model
    return None


def request_url(record: Record) -> str | None:
    """The address a request went to (its model and host are of use), or None."""
    for place in (record, record.get("request"), record.get("kwargs")):
        if type(place) is dict and not _URL_NAMES.isdisjoint(place):
            for value in map(place.get, _URLS):
                if type(value) is str and ("/" in value or "." in value):
                    return value[:1024]
    return None


def record_time(record: Record) -> int | None:
    """When a record says the call was, as UTC milliseconds."""
    for name in TIMES:
        value = record.get(name)
        if value is not None:
            ms = when(value)
            if ms is not None:
                return ms
    return None


def header(record: Record, *names: str) -> str | None:
    """A header of the response, by lower-case names; headers are looked at, never kept."""
    for place in (record, record.get("response"), record.get("ResponseMetadata")):
        if type(place) is not dict or _HEADER_NAMES.isdisjoint(place):
            continue
        for headers in map(place.get, _HEADERS):
            for name, value in headers.items() if type(headers) is dict else ():
                if type(name) is str and name.lower() in names:
                    first = value[0] if type(value) is list and value else value
                    return first if type(first) is str else None
    return None


def latency(record: Record) -> int | None:
    """How long the call took, in ms; `latency` and `elapsed` below 1000 and fractional are seconds."""
    if _LATENCY_NAMES.isdisjoint(record):
        return None
    for name in _LATENCIES:
        value = record.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
            continue
        seconds = not name.endswith("_ms") and value < 1000 and value != int(value)
        return round(value * 1000 if seconds else value)
    return None


def status_code(record: Record) -> int | None:
    """The HTTP status of the response where the record has it."""
    for place in (record, record.get("response")):
        if type(place) is dict and not _STATUS_NAMES.isdisjoint(place):
            for value in map(place.get, _STATUSES):
                if type(value) is int and 100 <= value < 600:
                    return value
    return None


def label(record: Record, *names: str) -> str | None:
    """The first of these fields (`metadata.project`: within a field) that is a name or has one first."""
    for name in names:
        first, _, second = name.partition(".")
        value = record.get(first)
        if second:
            value = value.get(second) if type(value) is dict else None
        if type(value) is list:
            value = value[0] if value else None
        text = clean(value)
        if text is not None:
            return text
    return None


def word(record: Record, *names: str) -> str | None:
    """Like `label`, but without blanks: a field of this name may be a person's words as well as an id."""
    text = label(record, *names)
    return text if text is not None and " " not in text else None
