"""Reads OpenTelemetry records of one file: spans by trace, events at once, metrics at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._assistant_events import Event, claude_tokens, event_call, is_telling
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row
from tokmeter.histories._otlp_metrics import HOUR_MS, Metrics, Point
from tokmeter.histories._otlp_values import first_instant, plain, resource_name
from tokmeter.histories._otlp_walk import Signal, client_of, event_of, walk
from tokmeter.histories._record import Call, Item, Remark
from tokmeter.histories._spans import Span, read_span, span_call, span_remarks
from tokmeter.histories._traces import Held, Seen, Traces

MOST_HOURS = 200_000
KEPT_HOURS = 24
_LOG_TIMES = (
    "timeUnixNano", "time_unix_nano", "hrTime", "timestamp", "observedTimeUnixNano",
    "observed_time_unix_nano", "hrTimeObserved", "observed_timestamp",
)  # fmt: skip
_DETAILS = "gen_ai.client.inference.operation.details"
_CLAUDE_CALL = "claude_code.llm_request"


class _State(msgspec.Struct):
    traces: Held
    points: dict[str, Point]
    hours: list[tuple[str, int]]
    told: list[str]


class OtelReader:
    """A reader of one file. `format_id` names the buckets, which come of metrics."""

    def __init__(self, format_id: str, place: Place, state: bytes = b"") -> None:
        self._format_id = format_id
        self._place = place
        known = _restored(state)
        self._traces = Traces(known.traces)
        self._metrics = Metrics(known.points)
        self._hours = dict.fromkeys(known.hours)
        """Resource and hour of every call."""
        self._told = dict.fromkeys(known.told)
        """Sessions of assistants whose events tell of their calls, so that spans repeat them."""

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """What a batch or a record that stands alone gives now; spans and metrics wait."""
        if not isinstance(record, Mapping):
            yield Remark(reason="unknown-record", line=line)
            return
        found = held = False
        for signal in walk(record):
            if signal.kind == "log":
                for item in self._log(signal, line):
                    found = True
                    yield item
            elif signal.kind == "span":
                held |= self._span(signal, line)
            else:
                reasons = self._metrics.add(signal, line)
                held |= reasons is not None
                for reason in dict.fromkeys(reasons or ()):
                    code, _, detail = reason.partition(" ")
                    yield Remark(reason=code, detail=detail, line=line)
        if not (found or held):
            yield Remark(reason="no-usage", line=line)
        yield from self._traces.overflow(self._told)

    def finish(self) -> Iterator[Item]:
        """All that still waits."""
        yield from self._traces.finish(self._told)
        yield from self._metrics.finish(self._hours, self._format_id)

    def state(self) -> bytes:
        """What still grows, and what later metrics and spans must be judged by."""
        newest = max((hour for _, hour in self._hours), default=0)
        hours = [entry for entry in self._hours if newest - entry[1] < KEPT_HOURS]
        state = _State(self._traces.recent(), self._metrics.points, hours, list(self._told)[-1_000:])
        if not (state.traces or state.points or hours or state.told):
            return b""
        return msgspec.json.encode(state)

    def _log(self, signal: Signal, line: int) -> Iterator[Item]:
        """The call of a log record, if it tells of one."""
        attributes = plain(signal.item.get("attributes"))
        client, name = event_of(signal.item, attributes)
        client = client or client_of(signal)
        row = Row(attributes)
        ts = first_instant(signal.item, *_LOG_TIMES)
        if client is not None and is_telling(client, name):
            call = event_call(Event(client, name, row, ts, self._place.mtime_ms, line))
            if call is not None:
                if not call.tokens.is_empty:
                    self._note(signal, call)
                    self._told[_session(client, call.conversation)] = None
                yield call
                yield from row.remarks(line)
        elif name == _DETAILS:
            yield from self._details(signal, client, ts, line)

    def _details(self, signal: Signal, client: str | None, ts: int | None, line: int) -> Iterator[Item]:
        """The conventions' event of a call: it repeats the span of its id, or an assistant's own event."""
        if client in ("gemini-cli", "qwen-code"):
            yield Remark(reason="roll-up", detail="event beside the assistant's own", line=line)
            return
        span = Span(signal, line)
        span.start = span.start or ts
        self._take(signal, span, read_span(span, self._place.mtime_ms))

    def _span(self, signal: Signal, line: int) -> bool:
        """Hold a span; whether it tells of a call."""
        span = Span(signal, line)
        if span.name == _CLAUDE_CALL and span.client == "claude-code":
            seen = _claude_span(span, self._place.mtime_ms)
        else:
            seen = read_span(span, self._place.mtime_ms)
        self._take(signal, span, seen)
        return seen.call is not None or bool(seen.remarks)

    def _take(self, signal: Signal, span: Span, seen: Seen) -> None:
        if span.client is not None:
            conversation = seen.call.conversation if seen.call else span.row.text("sessionid")
            seen.told = _session(span.client, conversation)
        if seen.counts and seen.call is not None:
            self._note(signal, seen.call)
        self._traces.add(span.trace or "", span.span, seen)

    def _note(self, signal: Signal, call: Call) -> None:
        """Remember that this resource had a call in this hour."""
        if len(self._hours) < MOST_HOURS:
            self._hours[resource_name(signal.resource), call.ts // HOUR_MS] = None


def _claude_span(span: Span, mtime_ms: int) -> Seen:
    """Claude Code's span of a request, as its event tells it, under the same key if it names the request."""
    tokens = claude_tokens(span.row)
    seen = Seen(span.parent, span.line, span.start or mtime_ms, "call")
    if tokens.is_empty:
        return seen
    told = event_call(Event("claude-code", "api_request", span.row, span.start, mtime_ms, span.line))
    if told is not None and told.request_ref is not None:
        seen.call = told
    else:
        seen.call = span_call(span, tokens, mtime_ms)
        seen.call.model = span.row.text("model") or seen.call.model
    seen.remarks = span_remarks(span)
    return seen


def _session(client: str, conversation: str | None) -> str:
    return f"{client}/{conversation or ''}"


def _restored(state: bytes) -> _State:
    """What an earlier reading left; a state that makes no sense is a fresh start."""
    if state:
        try:
            return msgspec.json.decode(state, type=_State)
        except (msgspec.MsgspecError, ValueError):
            pass
    return _State({}, {}, [], [])
