"""Amazon Bedrock's model invocation log, as S3 and CloudWatch keep it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._extract import call_key, clean, remark, usage_tokens, when
from tokmeter.histories._format import Place
from tokmeter.histories._record import Call, Item, Remark, Tokens
from tokmeter.histories._response import UNKNOWN
from tokmeter.sources._fields import as_dict

ID = "bedrock-log"
_MARK = "ModelInvocationLog"
_WRAPPED = ("message", "@message")
_PROJECTS = ("project", "Project", "app", "application")


class BedrockLog:
    """One record a call; counts are exclusive, and there are no costs."""

    id = ID
    title = "Amazon Bedrock invocation log"
    evidence = "AWS's user guide, checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """The log's own type, also inside CloudWatch's record or with flattened names."""
        return invocation_of(record) is not None

    def claims_header(self, names: frozenset[str]) -> bool:
        """A CSV of the log's flattened fields."""
        return names >= {"modelid", "requestid", "input.inputtokencount", "output.outputtokencount"}

    def reader(self, place: Place, state: bytes = b"") -> _Reader:  # noqa: ARG002 - no record needs another
        """A reader for one file."""
        return _Reader(place)


def invocation_of(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The log's record in what shippers make of it; None if it is none."""
    if record.get("schemaType") == _MARK:
        return (
            record
            if type(record.get("input")) is dict or "input.inputTokenCount" not in record
            else _nested(record)
        )
    if "input.inputTokenCount" in record and ("modelId" in record or "requestId" in record):
        return _nested(record)
    for name in _WRAPPED:
        text = record.get(name)
        if type(text) is str and _MARK in text[:4096]:
            try:
                text = msgspec.json.decode(text)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue
        if type(text) is dict and text.get("schemaType") == _MARK:
            return text
    return None


def _nested(record: Mapping[Any, Any]) -> dict[str, Any]:
    """A record with dotted names as the objects they came from, two levels deep."""
    nested: dict[str, Any] = {}
    for name, value in record.items():
        first, dot, rest = name.partition(".")
        if not dot:
            nested.setdefault(first, value)
        elif type(inner := nested.setdefault(first, {})) is dict:
            inner[rest] = value
    return nested


class _Reader:
    """Reads the records of one log."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """The call of one record."""
        log = invocation_of(record) if isinstance(record, Mapping) else None
        if log is None and isinstance(record, Mapping) and "input.inputtokencount" in record:
            log = _nested({_CAMEL.get(name, name): value for name, value in record.items()})
        if log is None:
            yield Remark(reason="unknown-record", line=line)
        elif log.get("operation") == "CountTokens":
            yield Remark(reason="not-billed", line=line)
        else:
            yield from self._call(log, line)

    def finish(self) -> Iterator[Item]:
        """Nothing stays open."""
        return iter(())

    def state(self) -> bytes:
        """Nothing."""
        return b""

    def _call(self, log: Mapping[str, Any], line: int) -> Iterator[Item]:
        output = as_dict(log.get("output"))
        reply, usage = reply_of(output.get("outputBodyJson"))
        failed = bool(log.get("errorCode"))
        tokens, reasons = (Tokens(), []) if failed else _tokens(as_dict(log.get("input")), output, usage)
        ts = when(log.get("timestamp"))
        if ts is None:
            reasons.append("no-time")
        request = clean(log.get("requestId"))
        model = _model(log, reply)
        yield Call(
            key=call_key(request, ts=ts or 0, model=model, tokens=tokens),
            ts=self._place.mtime_ms if ts is None else ts,
            ts_quality="file" if ts is None else "exact",
            format=ID,
            model=model,
            provider="aws",
            tokens=tokens,
            status="error" if failed else "ok",
            provider_ref=clean(reply.get("id")) or request,
            request_ref=request,
            project=_project(log.get("requestMetadata")),
            user=clean(as_dict(log.get("identity")).get("arn")),
            tier=_tier(log, reply, usage),
            latency_ms=_latency(reply),
            line=line,
        )
        for reason in reasons:
            yield remark(reason, line)


_CAMEL = {
    name.lower(): name
    for name in (
        "requestId",
        "modelId",
        "errorCode",
        "input.inputTokenCount",
        "input.cacheReadInputTokenCount",
        "input.cacheWriteInputTokenCount",
        "output.outputTokenCount",
    )
}
"""Columns of a CSV are read in lower case."""


def reply_of(body: Any) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """What a logged output body tells: ids and model, and its usage; of a stream all events together."""
    if type(body) is dict:
        return body, dict(as_dict(body.get("usage")))
    reply: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    for event in body if type(body) is list else ():
        if type(event) is dict:
            message = as_dict(event.get("message"))
            metadata = as_dict(event.get("metadata"))
            reply |= {name: message[name] for name in ("id", "model") if name in message}
            reply |= {name: metadata[name] for name in ("metrics", "serviceTier") if name in metadata}
            for source in (message, event, metadata):
                usage |= as_dict(source.get("usage"))
    return reply, usage


def _tokens(
    given: Mapping[str, Any], output: Mapping[str, Any], usage: dict[str, Any]
) -> tuple[Tokens, list[str]]:
    """The log's counts; the lifetimes of cache writes, and what it leaves out, from the reply's usage."""
    own = usage_tokens({**given, **output}, "converse", "aws")
    body = usage_tokens(usage, None, "anthropic" if "input_tokens" in usage else "aws") if usage else None
    if own is None:
        return body if body is not None else (Tokens(), ["no-usage"])
    tokens, reasons = own
    if body is None:
        return own
    theirs = body[0]
    written = tokens.creation_5m + tokens.creation_1h
    tokens.cache_read = tokens.cache_read or theirs.cache_read
    if written == 0 or written == theirs.creation_5m + theirs.creation_1h:
        tokens.creation_5m, tokens.creation_1h = theirs.creation_5m, theirs.creation_1h
    tokens.reasoning = min(theirs.reasoning, tokens.output)
    tokens.web_searches = theirs.web_searches
    return tokens, reasons


def _model(log: Mapping[str, Any], reply: Mapping[str, Any]) -> str:
    """The model's id; of an ARN the last part; behind an application's profile what the reply says."""
    name = clean(log.get("modelId")) or UNKNOWN
    if "application-inference-profile/" in name:
        return clean(reply.get("model")) or name.rsplit("/", 1)[1]
    return name.rsplit("/", 1)[1] if name.startswith("arn:") and "/" in name else name


def _project(metadata: Any) -> str | None:
    for name in _PROJECTS:
        project = clean(as_dict(metadata).get(name))
        if project is not None:
            return project
    return None


def _tier(log: Mapping[str, Any], reply: Mapping[str, Any], usage: Mapping[str, Any]) -> str | None:
    for value in (
        log.get("serviceTier"),
        reply.get("serviceTier"),
        usage.get("service_tier"),
        reply.get("service_tier"),
    ):
        word = value.get("type") if type(value) is dict else value
        if word in ("default", "standard"):
            return "standard"
        if word in ("flex", "priority", "batch"):
            return str(word)
    return None


def _latency(reply: Mapping[str, Any]) -> int | None:
    told = as_dict(reply.get("metrics")).get("latencyMs")
    return told if type(told) is int and 0 <= told < 10**9 else None


FORMATS = (BedrockLog(),)
