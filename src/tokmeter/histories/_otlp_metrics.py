"""Token counters and histograms as buckets: one for each interval of each attribute set.

A delta is added; of a cumulative series the point before it is subtracted, and a smaller one is a restart.
Points of one interval that differ only in the type of token are one bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._gateway import Row
from tokmeter.histories._ids import money_nano
from tokmeter.histories._otlp_values import digest, first, first_instant, plain, resource_name
from tokmeter.histories._otlp_walk import Signal, client_of
from tokmeter.histories._record import Bucket, Item, Remark, Tokens
from tokmeter.histories._routes import route_of_model
from tokmeter.histories._spans import biller
from tokmeter.sources._fields import as_count

HOUR_MS = 3_600_000
MOST_POINTS = 50_000
"""Series and open buckets that are held; more are no telemetry of one person."""

_GENERAL = {"input": "given", "output": "out", "completion": "out", "prompt": "given"}
_GEMINI = {"input": "given", "output": "out", "thought": "beside", "cache": "read", "tool": "tool"}
_TYPES: dict[str, dict[str, str]] = {
    "gen_ai.client.token.usage": _GENERAL,
    "claude_code.token.usage": {
        "input": "fresh",
        "output": "out",
        "cacheRead": "read",
        "cacheCreation": "written",
    },
    "gemini_cli.token.usage": _GEMINI,
    "qwen-code.token.usage": _GEMINI,
}
"""Metric → type of token → what it adds to."""
_COSTS = frozenset({"claude_code.cost.usage"})
_TYPE_NAMES = ("gen_ai.token.type", "type")
_BILLERS = {"claude-code": "anthropic", "codex": "openai", "gemini-cli": "google"}
_DATA = ("sum", "histogram", "exponentialHistogram", "exponential_histogram", "gauge", "data")


class Point(msgspec.Struct, gc=False):
    """The last point of a cumulative series: its time, and its value (tokens or nano-USD)."""

    ts: int
    value: int


class Sums(msgspec.Struct):
    """A bucket in the making. `family` is who names the metric: an assistant, or "" for the conventions."""

    resource: str
    family: str
    start: int
    end: int
    model: str | None
    provider: str
    name: str
    parts: dict[str, int] = msgspec.field(default_factory=dict)
    requests: int = 0
    cost: int | None = None
    line: int = 0


class Metrics:
    """The series and buckets of one file."""

    def __init__(self, points: dict[str, Point] | None = None) -> None:
        self.points = points or {}
        self._open: dict[str, Sums] = {}

    def add(self, signal: Signal, line: int) -> list[str] | None:
        """Take a metric in; reasons for remarks, or None where it is no metric of tokens or cost."""
        metric = signal.item
        name = _name(metric)
        if name not in _TYPES and name not in _COSTS:
            return None
        reasons: list[str] = []
        delta = _is_delta(metric)
        for point in _points(metric):
            self._point(signal, name, point, delta=delta, line=line, reasons=reasons)
        return reasons

    def finish(self, hours: Iterable[tuple[str, int]], format_id: str) -> Iterator[Item]:
        """The buckets; those of a resource and hour that has calls repeat them."""
        called = set(hours)
        own = {sums.resource for sums in self._open.values() if sums.family}
        for key, sums in self._open.items():
            first_hour, last_hour = sums.start // HOUR_MS, max(sums.start, sums.end - 1) // HOUR_MS
            if any((sums.resource, hour) in called for hour in _span(first_hour, last_hour, called)):
                yield Remark(reason="roll-up", detail="metric beside calls", line=sums.line)
            elif not sums.family and sums.resource in own:
                yield Remark(reason="roll-up", detail="metric beside the assistant's own", line=sums.line)
            else:
                yield _bucket(key, sums, format_id)
        self._open = {}

    def _point(
        self,
        signal: Signal,
        name: str,
        point: Mapping[str, Any],
        *,
        delta: bool,
        line: int,
        reasons: list[str],
    ) -> None:
        attributes = plain(point.get("attributes"))
        start = first_instant(point, "startTimeUnixNano", "start_time_unix_nano", "startTime")
        end = first_instant(point, "timeUnixNano", "time_unix_nano", "endTime")
        if end is None:
            reasons.append("no-time")
            return
        part = self._part(name, attributes)
        value = _value(point, money=name in _COSTS)
        if part is None or value is None:
            reasons.append("count-invalid value" if part else "unknown-record token.type")
            return
        resource = resource_name(signal.resource)
        begin = end if start is None or start > end else start
        if not delta:
            series = digest(resource, signal.scope, name, _sorted(attributes), start)
            begin, value = self._since(series, begin, end, value)
        if value:
            sums = self._sums(signal, attributes, resource, begin, end, line)
            if name in _COSTS:
                sums.cost = max(sums.cost or 0, value)
            else:  # the same point again is an export tried twice
                sums.parts[part] = max(sums.parts.get(part, 0), value)
                sums.requests = max(sums.requests, as_count(point.get("count")) or 0)

    @staticmethod
    def _part(name: str, attributes: dict[str, Any]) -> str | None:
        """What a point adds to, by its type of token; None for an unknown one."""
        if name in _COSTS:
            return "cost"
        for key in _TYPE_NAMES:
            word = attributes.get(key)
            if isinstance(word, str) and word in _TYPES[name]:
                return _TYPES[name][word]
        return None

    def _since(self, series: str, begin: int, end: int, value: int) -> tuple[int, int]:
        """What a cumulative point adds to the one before it, and since when."""
        known = self.points.get(series)
        if known is None:
            if len(self.points) >= MOST_POINTS:
                self.points.pop(next(iter(self.points)))
            self.points[series] = Point(end, value)
            return begin, value
        if end <= known.ts:  # out of order: what it tells is within the later one already
            return begin, 0
        before = known.value if value >= known.value else 0
        begin = known.ts
        self.points[series] = Point(end, value)
        return begin, value - before

    def _sums(
        self, signal: Signal, attributes: dict[str, Any], resource: str, begin: int, end: int, line: int
    ) -> Sums:
        rest = _sorted({key: value for key, value in attributes.items() if key not in _TYPE_NAMES})
        row = Row(attributes)
        model = row.text("model", "genairesponsemodel", "genairequestmodel")
        client = client_of(signal)
        family = "" if _name(signal.item).startswith("gen_ai.") else client or "assistant"
        name = digest(resource, signal.scope, family, rest)
        key = f"{begin}|{end - begin}|{model or ''}|{name}"
        known = self._open.get(key)
        if known is None:
            provider = biller(row.text("genaiprovidername", "genaisystem")) or route_of_model(model)
            project = None if client else Row(signal.resource).text("servicename")
            known = Sums(
                resource=resource,
                family=family,
                start=begin,
                end=end,
                model=model,
                provider=provider or _BILLERS.get(client or "") or "unknown",
                name=project or "",
                line=line,
            )
            if len(self._open) < MOST_POINTS:
                self._open[key] = known
        return known


def _sorted(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    return sorted((key, str(value)[:256]) for key, value in attributes.items())


def _name(metric: Mapping[str, Any]) -> str:
    """A metric's name; SDKs have it in a descriptor."""
    descriptor = metric.get("descriptor")
    name = descriptor.get("name") if isinstance(descriptor, dict) else metric.get("name")
    return name if isinstance(name, str) else ""


def _data(metric: Mapping[str, Any]) -> Mapping[str, Any]:
    found = first(metric, *_DATA)
    return found if isinstance(found, dict) else metric


def _points(metric: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = first(_data(metric), "dataPoints", "data_points")
    return [point for point in listed if isinstance(point, dict)] if isinstance(listed, list) else []


def _is_delta(metric: Mapping[str, Any]) -> bool:
    """Whether points are deltas; where nothing tells, they are taken as sums since the start.

    OTLP numbers delta 1 and cumulative 2, the JavaScript SDK 0 and 1.
    """
    told = first(_data(metric), "aggregationTemporality", "aggregation_temporality")
    if isinstance(told, str):
        return told.upper().endswith("DELTA") or told == "1"
    return told is not None and not isinstance(told, bool) and told == (0 if "descriptor" in metric else 1)


def _value(point: Mapping[str, Any], *, money: bool) -> int | None:
    """A point's sum, as tokens or nano-USD; None where it is none."""
    value = first(point, "asInt", "asDouble", "as_int", "as_double", "sum", "value")
    if isinstance(value, dict):
        value = value.get("sum")
    if money:
        nano = money_nano(value)
        return None if nano is None or nano < 0 else nano
    if isinstance(value, str):
        value = value.removesuffix(".0")
    return None if value is None or isinstance(value, dict | list) else as_count(value)


def _span(first_hour: int, last_hour: int, called: set[tuple[str, int]]) -> Iterable[int]:
    """The hours of a bucket; a long one is compared with the hours that have calls."""
    if last_hour - first_hour < len(called):
        return range(first_hour, last_hour + 1)
    return [hour for _, hour in called if first_hour <= hour <= last_hour]


def _bucket(key: str, sums: Sums, format_id: str) -> Bucket:
    parts = sums.parts
    read, written = parts.get("read", 0), parts.get("written", 0)
    fresh = parts.get("fresh", 0)
    if "given" in parts:
        fresh += max(0, parts["given"] - read - written)
    tokens = Tokens(
        uncached_input=fresh + parts.get("tool", 0),
        cache_read=read,
        creation_5m=written,
        output=parts.get("out", 0) + parts.get("beside", 0),
        reasoning=parts.get("beside", 0),
    )
    return Bucket(
        key=f"b:{format_id}|{key}",
        format=format_id,
        provider=sums.provider,
        start_ms=sums.start,
        end_ms=sums.end,
        model=sums.model,
        tokens=tokens,
        requests=sums.requests or None,
        amount_nano=sums.cost,
        amount_kind=None if sums.cost is None else "estimated",
        project=sums.name or None,
        line=sums.line,
    )
