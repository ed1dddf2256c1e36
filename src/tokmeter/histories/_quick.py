"""Common lines of request/response logs, decoded only where they count (docs/decisions/usage-extraction.md).

A typed decoder skips texts at full speed. It takes plain OpenAI, Anthropic and Gemini responses, alone or
below `response`, and refuses every record with a field that it does not know the meaning of: such a line is
decoded whole and read by `_response.py`, which gives the same for lines taken here (a test holds that).
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec

from tokmeter.histories._ids import SHORTEST_REF, clean, when
from tokmeter.histories._provider import named_provider, provider_of
from tokmeter.histories._record import Call, Tokens
from tokmeter.histories._response import plain_tier
from tokmeter.histories._usage import counts_of
from tokmeter.sources._fields import EARLIEST_MS, LATEST_MS, Clock

Skipped: TypeAlias = msgspec.Raw
"""A field without meaning for a call: its bytes are passed over."""
_NOTHING_READ = msgspec.Raw()
Absent: TypeAlias = None
"""A field that would change the meaning: the line is refused unless it is missing or null."""
Time = str | int | float | None
Id = Annotated[str, msgspec.Meta(min_length=SHORTEST_REF, max_length=256)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=256)] | None
_REFUSED = (msgspec.MsgspecError, ValueError, RecursionError)
_REFUSALS = 64
"""A log of which this many lines in a row were refused is not tried any more."""


class _Kind(msgspec.Struct, gc=False):
    """An entry of a response's output."""

    type: str = ""


class _Nothing(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An empty object."""


class _Body(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A response of OpenAI (chat, Responses), Anthropic or Gemini with nothing unusual in it."""

    id: Id | None = None
    object: str | None = None
    type: str | None = None
    model: Name | None = None
    modelVersion: Name | None = None  # noqa: N815 - as logged, as all of these
    responseId: Id | None = None  # noqa: N815
    created: Time = None
    created_at: Time = None
    createTime: Time = None  # noqa: N815
    usage: dict[str, Any] | None = None
    usageMetadata: dict[str, Any] | None = None  # noqa: N815
    output: list[_Kind] | None = None
    service_tier: str | None = None
    status: str | None = None
    error: Absent = None
    user: Absent = None
    metadata: _Nothing | None = None
    conversation: Absent = None
    choices: Skipped = _NOTHING_READ
    candidates: Skipped = _NOTHING_READ
    content: Skipped = _NOTHING_READ
    role: Skipped = _NOTHING_READ
    stop_reason: Skipped = _NOTHING_READ
    stop_sequence: Skipped = _NOTHING_READ
    stop_details: Skipped = _NOTHING_READ
    container: Skipped = _NOTHING_READ
    context_management: Skipped = _NOTHING_READ
    system_fingerprint: Skipped = _NOTHING_READ
    instructions: Skipped = _NOTHING_READ
    incomplete_details: Skipped = _NOTHING_READ
    max_output_tokens: Skipped = _NOTHING_READ
    max_tool_calls: Skipped = _NOTHING_READ
    parallel_tool_calls: Skipped = _NOTHING_READ
    previous_response_id: Skipped = _NOTHING_READ
    prompt: Skipped = _NOTHING_READ
    prompt_cache_key: Skipped = _NOTHING_READ
    prompt_cache_retention: Skipped = _NOTHING_READ
    reasoning: Skipped = _NOTHING_READ
    safety_identifier: Skipped = _NOTHING_READ
    store: Skipped = _NOTHING_READ
    background: Skipped = _NOTHING_READ
    billing: Skipped = _NOTHING_READ
    temperature: Skipped = _NOTHING_READ
    text: Skipped = _NOTHING_READ
    tool_choice: Skipped = _NOTHING_READ
    tools: Skipped = _NOTHING_READ
    top_logprobs: Skipped = _NOTHING_READ
    top_p: Skipped = _NOTHING_READ
    truncation: Skipped = _NOTHING_READ
    completed_at: Skipped = _NOTHING_READ
    promptFeedback: Skipped = _NOTHING_READ  # noqa: N815


class _Request(msgspec.Struct, gc=False):
    """A request: its address would tell who bills."""

    url: Absent = None
    request_url: Absent = None
    api_base: Absent = None
    base_url: Absent = None
    uri: Absent = None
    endpoint: Absent = None
    path: Absent = None


class _Line(_Body, gc=False, forbid_unknown_fields=True):
    """A response alone, or below `response` with what is usual beside it."""

    response: _Body | None = None
    request: _Request | None = None
    ts: Time = None
    timestamp: Time = None
    time: Time = None
    project: Label = None
    session_id: Label = None
    conversation_id: Label = None
    latency_ms: int | None = None
    duration_ms: int | None = None
    provider: Name | None = None


_decode = msgspec.json.Decoder(_Line).decode
_BY_OBJECT = {"chat.completion": "chat", "response": "responses"}


class Quick:
    """Reads the lines of one log."""

    def __init__(self, format_id: str) -> None:
        self._format = format_id
        self._clock = Clock()
        self._refused = 0

    def call(self, text: bytes, number: int) -> Call | None:
        """The call of a line, None where it is to be decoded whole."""
        if self._refused >= _REFUSALS:
            return None
        try:
            line = _decode(text)
        except _REFUSED:
            self._refused += 1
            return None
        call = self._call(line, number)
        self._refused = 0 if call is not None else self._refused + 1
        return call

    def _call(self, line: _Line, number: int) -> Call | None:
        body: _Body = line if line.response is None else line.response
        shape, ref, model = _shape(body)
        usage = body.usageMetadata if shape == "gemini" else body.usage
        ts = self._time(line, body)
        if shape is None or ref is None or model is None or usage is None or ts is None:
            return None
        if line is body and (line.provider is not None or line.request is not None or shape == "gemini"):
            return None
        if line is not body and _has_own_shape(line):
            return None
        if not usage.keys().isdisjoint(_UNUSUAL) or body.status not in (None, "completed"):
            return None
        known = provider_of({"id": ref, "usage": usage}, shape, model)
        provider = named_provider(line.provider) or known if line.provider is not None else known
        counted = counts_of(usage, shape, provider)
        if (
            counted is None
            or counted[1]
            or not _is_whole(counted[0])
            or clean(model) != model
            or clean(ref) != ref
        ):
            return None
        tokens = counted[0]
        if shape == "responses" and body.output:
            searches = sum(1 for item in body.output if item.type == "web_search_call")
            tokens.web_searches = tokens.web_searches or searches
        conversation = line.conversation_id or line.session_id
        return Call(
            key=f"resp:{ref}",
            ts=ts,
            format=self._format,
            model=model,
            provider=provider,
            tokens=tokens,
            provider_ref=ref,
            conversation=None if conversation is None or " " in conversation else clean(conversation),
            project=clean(line.project),
            tier=plain_tier(body.service_tier, usage),
            latency_ms=_milliseconds(line),
            line=number,
        )

    def _time(self, line: _Line, body: _Body) -> int | None:
        """The first time there is; None where it can't be read, which is then no matter of speed."""
        told: Time = None
        if line is not body:
            told = line.ts or line.timestamp or line.time or line.created_at
        told = told or body.created or body.created_at or body.createTime
        if told is None or isinstance(told, bool):
            return None
        ms = self._clock.millis(told) if type(told) is str else when(told)
        return ms if ms is not None and EARLIEST_MS <= ms < LATEST_MS else None


_UNUSUAL = frozenset(
    (
        "iterations",
        "cost",
        "cost_details",
        "is_byok",
        "speed",
        "inference_geo",
        "citation_tokens",
        "num_search_queries",
        "prompt_cache_hit_tokens",
        "prompt_cache_miss_tokens",
    )
)
"""Fields of a usage that more depends on than counts."""


def _is_whole(tokens: Tokens) -> bool:
    """Whether both sides were counted: one that was not may have to be counted by its text."""
    return tokens.input > 0 and tokens.output > 0


def _shape(body: _Body) -> tuple[str | None, str | None, str | None]:
    """Shape, id and model; no shape where it is not certain."""
    if body.usageMetadata is not None:
        plain = body.object is None and body.type is None and body.usage is None
        return ("gemini" if plain else None), body.responseId, body.modelVersion
    if body.object is not None:
        return _BY_OBJECT.get(body.object), body.id, body.model
    return ("anthropic" if body.type == "message" else None), body.id, body.model


def _has_own_shape(line: _Line) -> bool:
    """Whether the record around a response may be a response itself."""
    own = (line.object, line.type, line.id, line.usage, line.usageMetadata, line.output)
    return any(field is not None for field in own)


def _milliseconds(line: _Line) -> int | None:
    ms = line.duration_ms if line.latency_ms is None else line.latency_ms
    return ms if ms is not None and 0 <= ms < 1_000_000_000 else None
