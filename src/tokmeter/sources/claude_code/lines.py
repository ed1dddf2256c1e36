"""What is read of a line, and no more: msgspec skips everything that is not declared here.

Hot structs name their fields in the order in which logs hold them: the decoder looks for each name behind
the one found before, and finds it at once.

A line that does not fit (a count below zero, a text where an object belongs) is refused by the decoder
and goes through `slow.py`, which makes the same structs from whatever is usable.
"""

from __future__ import annotations

import json
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tokmeter.core.usage import MAX_TOKENS
from tokmeter.sources._fields import decode_tolerant

Count = Annotated[int, Meta(ge=0, le=MAX_TOKENS)] | None


class CacheCreation(Struct, gc=False):
    """Cache writes by lifetime."""

    ephemeral_5m_input_tokens: Count = None
    ephemeral_1h_input_tokens: Count = None


class ServerToolUse(Struct, gc=False):
    """What the provider did on its side and charges for each time."""

    web_search_requests: Count = None


class Counts(Struct, gc=False):
    """Token counts as they stand in a usage object and in each of its iterations."""

    input_tokens: Count = None
    cache_creation_input_tokens: Count = None
    cache_read_input_tokens: Count = None
    cache_creation: CacheCreation | None = None
    output_tokens: Count = None
    server_tool_use: ServerToolUse | None = None
    speed: str | None = None


class Iteration(Counts, gc=False):
    """One inference inside a response."""

    type: str | None = None
    model: str | None = None


class Usage(Counts, gc=False):
    """`message.usage`."""

    service_tier: str | None = None
    inference_geo: str | None = None
    iterations: list[Iteration] | None = None


class Block(Struct, gc=False):
    """One content block. `content` belongs to tool results; texts stay unread."""

    tool_use_id: str | None = None
    type: str | None = None
    content: str | list[Text] | None = None
    is_error: bool | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = msgspec.Raw(b"")


class Text(Struct, gc=False):
    """A block of which the text is wanted: in prompts, tool results and error notices."""

    type: str | None = None
    text: str | None = None


class Message(Struct, gc=False):
    """`message`: a response, a prompt or tool results."""

    model: str | None = None
    id: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class ToolUseResult(Struct, gc=False, rename="camel"):
    """The structured result beside a tool result. Its usage and totals are copies and never read."""

    search_count: Count = None


class Nested(Struct, gc=False, rename="camel"):
    """`data.message` of a progress line: a whole line of a subagent."""

    type: str | None = None
    timestamp: str | None = None
    request_id: str | None = None
    uuid: str | None = None
    message: Message | None = None


class Data(Struct, gc=False, rename="camel"):
    """`data` of a progress line."""

    agent_id: str | None = None
    message: Nested | None = None


class CompactMetadata(Struct, gc=False, rename="camel"):
    """What a compaction did."""

    trigger: str | None = None
    pre_tokens: Count = None
    post_tokens: Count = None
    duration_ms: float | None = None


class Attachment(Struct, gc=False, rename={"command_mode": "commandMode"}):
    """What was put into the conversation besides prompts; `queued_command` is a prompt typed meanwhile."""

    type: str | None = None
    prompt: str | list[Text] | None = None
    command_mode: str | None = None
    source_uuid: str | None = None


class Line(Struct, gc=False, rename="camel"):
    """One physical line."""

    is_sidechain: bool | None = None
    cwd: str | None = None
    session_id: str | None = None
    version: str | None = None
    git_branch: str | None = None
    agent_id: str | None = None
    message: Message | None = None
    request_id: str | None = None
    type: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    tool_use_result: str | ToolUseResult | list[msgspec.Raw] | None = None
    entrypoint: str | None = None
    session_kind: str | None = None
    subtype: str | None = None
    prompt_source: str | None = None
    advisor_model: str | None = None
    error: str | dict[str, msgspec.Raw] | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    cost_usd: float | None = msgspec.field(default=None, name="costUSD")
    duration_ms: float | None = None
    retry_attempt: Count = None
    compact_metadata: CompactMetadata | None = None
    data: Data | None = None
    attachment: Attachment | None = None


class TextMessage(Struct, gc=False):
    """A message of which the texts are wanted."""

    content: str | list[Text] | None = None


class TextLine(Struct, gc=False):
    """A line read a second time, for its texts."""

    message: TextMessage | None = None


decode_line = msgspec.json.Decoder(Line).decode
decode_texts = msgspec.json.Decoder(TextLine).decode
_decode_any = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def input_size(raw: msgspec.Raw) -> int:
    """Bytes of a tool call's input as compact JSON, however the log spells it."""
    try:
        return len(_encode(_decode_any(raw)))
    except (ValueError, RecursionError):
        return _odd_size(bytes(raw))


def _odd_size(raw: bytes) -> int:
    """The same for JSON that strict decoding refuses, such as half an emoji; 0 where there is none."""
    try:
        value = decode_tolerant(raw)
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, RecursionError):
        return 0
    return len(text.encode("utf-8", "replace"))


def text_size(content: str | list[Text] | None) -> int:
    """Bytes of UTF-8 of a tool result's text parts."""
    if isinstance(content, str):
        return len(content) if content.isascii() else len(content.encode("utf-8", "replace"))
    if content is None:
        return 0
    return sum(text_size(part.text) for part in content if part.text)
