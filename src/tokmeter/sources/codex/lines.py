"""The lines of a rollout as typed structs: only the fields that are used.

Decoding into these skips everything else at the speed of memory. Fields that only name or describe are
`object`, so that an odd type elsewhere never costs a line its counts; counts and limits are typed, and a
line that does not fit goes through `from_json`, which gives the same structs from any JSON value.
"""

from __future__ import annotations

import math
from typing import ClassVar

import msgspec

from tokmeter.core.usage import MAX_TOKENS
from tokmeter.sources._fields import as_count, as_dict, as_text

Vector = tuple[int, int, int, int, int, int]
"""input (all of it), cached, cache write, output (all of it), reasoning, total."""

MAX_TOTAL = 1000 * MAX_TOKENS
"""More than any thread's running total."""


class Usage(msgspec.Struct, gc=False):
    """Counts as logged, with the names third-party writers use; None where absent."""

    input_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_output_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    completion_tokens: int | None = None
    reasoning_tokens: int | None = None


class Info(msgspec.Struct, gc=False):
    """`token_count.info`: running totals of the thread and the latest response."""

    total_token_usage: Usage | None = None
    last_token_usage: Usage | None = None
    model: object = None
    model_name: object = None


class Window(msgspec.Struct, gc=False):
    """One rate-limit window."""

    used_percent: float | None = None
    window_minutes: float | None = None
    resets_at: float | None = None
    resets_in_seconds: float | None = None


class Limits(msgspec.Struct, gc=False):
    """`token_count.rate_limits`."""

    limit_id: object = None
    primary: Window | None = None
    secondary: Window | None = None
    plan_type: object = None
    rate_limit_reached_type: object = None


class Payload(msgspec.Struct, gc=False):
    """The fields of all payload kinds together; a kind uses its own few."""

    type: object = None
    # token counts
    info: Info | None = None
    rate_limits: Limits | None = None
    # what the model read and wrote
    role: object = None
    name: object = None
    arguments: object = None
    call_id: object = None
    output: object = None
    input: object = None
    content: object = None
    namespace: object = None
    # turns
    turn_id: object = None
    cwd: object = None
    model: object = None
    effort: object = None
    collaboration_mode: object = None
    started_at: object = None
    duration_ms: object = None
    thread_settings: object = None
    # token_usage_record
    thread_id: object = None
    session_id: object = None
    response_id: object = None
    usage: Usage | None = None
    thread_token_usage: Usage | None = None
    # other events
    message: object = None
    reason: object = None
    num_turns: object = None
    item: object = None
    exit_code: object = None
    success: object = None
    invocation: object = None
    new_thread_id: object = None
    agent_thread_id: object = None
    kind: object = None
    codex_error_info: object = None
    trigger_turn: object = None
    # session_meta
    id: object = None
    timestamp: object = None
    originator: object = None
    cli_version: object = None
    source: object = None
    thread_source: object = None
    forked_from_id: object = None
    parent_thread_id: object = None
    model_provider: object = None
    git: object = None
    history_base: object = None
    subagent_history_start_ordinal: object = None


class Line(msgspec.Struct, gc=False):
    """The envelope of a line."""

    timestamp: object = None
    type: object = None
    payload: Payload | None = None
    ordinal: object = None


class TokenCount(msgspec.Struct, gc=False, tag_field="type", tag="token_count"):
    """The commonest payloads have structs of their own, with only what they use: see `HotLine`."""

    info: Info | None = None
    rate_limits: Limits | None = None
    model: object = None


class FunctionCall(msgspec.Struct, gc=False, tag_field="type", tag="function_call"):
    """A tool call."""

    type: ClassVar[str] = "function_call"
    id: object = None
    name: object = None
    arguments: object = None
    call_id: object = None
    namespace: object = None
    input: object = None


class CustomToolCall(FunctionCall, gc=False, tag="custom_tool_call"):
    """A tool call with free text as its input."""

    type: ClassVar[str] = "custom_tool_call"


class FunctionCallOutput(msgspec.Struct, gc=False, tag_field="type", tag="function_call_output"):
    """The result of a tool call."""

    call_id: object = None
    output: object = None


class CustomToolCallOutput(FunctionCallOutput, gc=False, tag="custom_tool_call_output"):
    """The result of a tool call with free text as its input."""


class Reasoning(msgspec.Struct, gc=False, tag_field="type", tag="reasoning"):
    """What the model thought: nothing of it is used."""


class Message(msgspec.Struct, gc=False, tag_field="type", tag="message"):
    """A message as the model reads it; its content is used only if a user's, and then read as `Line`."""

    role: object = None


class AgentMessage(msgspec.Struct, gc=False, tag_field="type", tag="agent_message"):
    """What the model said: nothing of it is used."""


class HotLine(msgspec.Struct, gc=False):
    """A line with one of the commonest payloads; any other is refused at its type and read as `Line`.

    The decoder compares a name with all names it could be: with the 50 of `Payload` that takes as long as
    all the rest.
    """

    payload: (
        TokenCount
        | FunctionCall
        | FunctionCallOutput
        | CustomToolCall
        | CustomToolCallOutput
        | Reasoning
        | Message
        | AgentMessage
    )
    timestamp: object = None
    type: object = None


AnyLine = Line | HotLine

NESTED = ("info", "rate_limits", "usage", "thread_token_usage")
PLAIN = tuple(name for name in Payload.__struct_fields__ if name not in NESTED)
INVALID = -1
"""Stands for a count that is no number at all; `repaired` reports it."""


def from_json(value: dict[str, object]) -> Line | None:
    """The line that a decoded JSON object says; None if its payload is no object."""
    payload = value.get("payload")
    if payload is not None and not isinstance(payload, dict):
        return None
    line = Line(value.get("timestamp"), value.get("type"), None, value.get("ordinal"))
    if payload is not None:
        line.payload = Payload(
            **{name: payload.get(name) for name in PLAIN},
            info=_info(payload.get("info")),
            rate_limits=_limits(payload.get("rate_limits")),
            usage=_usage(payload.get("usage")),
            thread_token_usage=_usage(payload.get("thread_token_usage")),
        )
    return line


def _info(value: object) -> Info | None:
    if not isinstance(value, dict):
        return None
    total, last = _usage(value.get("total_token_usage")), _usage(value.get("last_token_usage"))
    return Info(total, last, value.get("model"), value.get("model_name"))


def _usage(value: object) -> Usage | None:
    if not isinstance(value, dict):
        return None
    return Usage(*(_count(value.get(name)) for name in Usage.__struct_fields__))


def _count(value: object) -> int | None:
    """A count that is an integer in some spelling stays for `repaired` to judge; other things are invalid."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    count = as_count(value)
    return INVALID if count is None else count


def _limits(value: object) -> Limits | None:
    if not isinstance(value, dict):
        return None
    return Limits(
        value.get("limit_id"),
        _window(value.get("primary")),
        _window(value.get("secondary")),
        value.get("plan_type"),
        value.get("rate_limit_reached_type"),
    )


def _window(value: object) -> Window | None:
    if not isinstance(value, dict):
        return None
    return Window(*(_number(value.get(name)) for name in Window.__struct_fields__))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf  # no number of a limit; its reader says so


def repaired(usage: Usage, most: int) -> list[str]:
    """Set counts that are negative or larger than `most` to 0; the names of those fields."""
    wrong = []
    for name in Usage.__struct_fields__:
        value = getattr(usage, name)
        if value is not None and not 0 <= value <= most:
            setattr(usage, name, 0)
            wrong.append(name)
    return wrong


def vector(usage: Usage) -> Vector:
    """The six counts of a usage object; an absent total is input + output, reasoning being inside output."""
    fresh = usage.input_tokens
    cached = usage.cached_input_tokens
    output = usage.output_tokens
    reasoning = usage.reasoning_output_tokens
    total = usage.total_tokens
    if fresh is None:
        fresh = usage.prompt_tokens or 0
    if cached is None:
        cached = usage.cache_read_input_tokens or 0
    if output is None:
        output = usage.completion_tokens or 0
    if reasoning is None:
        reasoning = usage.reasoning_tokens or 0
    if total is None:
        total = fresh + output
    return (fresh, cached, usage.cache_write_input_tokens or 0, output, reasoning, total)


def whole(value: object) -> int | None:
    """An integer, also one written as text or as a float without fraction; None otherwise."""
    return None if value is None else as_count(value)


def text_of(value: object, *path: str) -> str | None:
    """The non-empty string at `path` inside nested objects, or None."""
    for name in path:
        value = as_dict(value).get(name)
    return as_text(value)
