"""Assistants' own telemetry: the log records that tell of one call of a model.

The transcripts of these tools hold the same calls, so `conversation` is the session as the transcript names
it, and `request_ref` the provider's id of the request where a record has it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tokmeter.histories._gateway import Row, tier_of
from tokmeter.histories._ids import SHORTEST_REF, call_key
from tokmeter.histories._otlp_values import instant
from tokmeter.histories._record import Call, Status, Tokens
from tokmeter.histories._routes import route_of_model

_BILLERS = {"claude-code": "anthropic", "codex": "openai", "gemini-cli": "google"}
_RESPONSES = {
    ("claude-code", "api_request"),
    ("codex", "sse_event"),
    ("gemini-cli", "api_response"),
    ("qwen-code", "api_response"),
}
_ERRORS = {("claude-code", "api_error"), ("gemini-cli", "api_error"), ("qwen-code", "api_error")}
_FAILED = frozenset({"response.failed", "response.incomplete"})
_SPEEDS = {"fast": "fast", "normal": "standard", "standard": "standard"}
_REQUEST = re.compile(r"[A-Za-z0-9_-]{8,128}")


class Event(NamedTuple):
    """A log record: whose event, its attributes, its own time in UTC milliseconds, and where it stands."""

    client: str
    name: str
    row: Row
    ts: int | None
    mtime_ms: int
    line: int


def is_telling(client: str, name: str) -> bool:
    """Whether an event tells of a call; the others are prompts, tools and the like."""
    return (client, name) in _RESPONSES or (client, name) in _ERRORS


def event_call(event: Event) -> Call | None:
    """The call of an event that `is_telling`; None where it is none after all, or holds no counts."""
    row = event.row
    if (event.client, event.name) in _ERRORS:
        return _call(event, Tokens(), status="error")
    if event.client == "codex":
        kind = row.text("eventkind")
        if kind in _FAILED:
            return _call(event, _codex(row), status="error")
        tokens = _codex(row) if kind in (None, "response.completed") else Tokens()
    else:
        tokens = claude_tokens(row) if event.client == "claude-code" else _gemini(row)
    return None if tokens.is_empty else _call(event, tokens, status="ok")


def claude_tokens(row: Row) -> Tokens:
    """Claude Code: input without the cached; the lifetime of writes is not told."""
    return Tokens(
        uncached_input=row.count("inputtokens"),
        cache_read=row.count("cachereadtokens"),
        creation_5m=row.count("cachecreationtokens"),
        output=row.count("outputtokens"),
    )


def _codex(row: Row) -> Tokens:
    """Codex: input with the cached, output with reasoning; its tool count is the total, not to be added."""
    return row.inclusive(
        row.count("inputtokencount"),
        row.count("outputtokencount"),
        read=row.count("cachedtokencount"),
        five=row.count("cachewritetokencount"),
        reasoning=row.count("reasoningtokencount"),
    )


def _gemini(row: Row) -> Tokens:
    """Gemini CLI and Qwen Code: thoughts beside the output, prompts of tools beside the input.

    Models that speak OpenAI's protocol (Qwen) have both within; then the total says so.
    """
    given, output = row.count("inputtokencount"), row.count("outputtokencount")
    thoughts, tools = row.count("thoughtstokencount"), row.count("tooltokencount")
    total = row.count("totaltokencount")
    beside = ((thoughts, tools), (thoughts, 0), (0, tools), (0, 0))
    more, extra = next((pair for pair in beside if total == given + output + sum(pair)), beside[0])
    read = row.count("cachedcontenttokencount")
    return row.inclusive(given + extra, output + more, read=read, reasoning=thoughts)


def _call(event: Event, tokens: Tokens, *, status: Status) -> Call:
    row = event.row
    model = row.text("model", "slug", "genairesponsemodel", "genairequestmodel")
    told = instant(row.get("eventtimestamp"))
    ts = event.ts if told is None else told
    if ts is None:
        row.reasons.append("no-time")
    cost = row.money("costusd") if status == "ok" else None
    if status == "error" and not tokens.is_empty:
        status = "partial"
    ref = row.text("responseid") if event.client == "qwen-code" else None
    request = row.text("requestid")
    session = row.text("sessionid", "conversationid")
    own = _own_key(event, session, request, ts)
    return Call(
        key=call_key(ref, gateway=own, ts=ts or 0, model=model or "", tokens=tokens),
        ts=event.mtime_ms if ts is None else ts,
        ts_quality="file" if ts is None else "exact",
        format="cli-telemetry",
        evidence="telemetry",
        model=row.named(model),
        provider=route_of_model(model) or _BILLERS.get(event.client),
        tokens=tokens,
        status=status,
        provider_ref=ref,
        request_ref=request,
        conversation=session,
        client=event.client,
        user=row.text("userid"),
        tier=tier_of(row.get("servicetier")),
        speed=_SPEEDS.get((row.text("speed") or "").lower()),
        cost_nanousd=cost,
        cost_kind=None if cost is None else "estimated",
        latency_ms=row.span("durationms"),
        line=event.line,
    )


def _own_key(event: Event, session: str | None, request: str | None, ts: int | None) -> str | None:
    """The assistant's own identity of a call (10.4); None where its record lacks what that is made of."""
    row = event.row
    if event.client == "claude-code":
        # One request is tried again after an error, under ids of its own.
        if request is not None and _REQUEST.fullmatch(request) and len(request) >= SHORTEST_REF // 2:
            return f"cc-otel:{request}"
        sequence = row.text("eventsequence")
        return f"cc-otel:{session}/{sequence}" if session and sequence else None
    at = row.text("eventtimestamp") or (None if ts is None else str(ts))
    if session is None or at is None:
        return None
    if event.client == "codex":
        return f"codex-otel:{session}/{at}"
    start = "gemini-otel" if event.client == "gemini-cli" else "qwen-otel"
    return f"{start}:{session}/{row.text('promptid') or ''}/{at}"
