"""What is read of a line for its texts: `lines.py` skips them, this declares them and little else."""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec
from msgspec import Struct, inspect

from tokmeter.sources._fields import as_dict, decode_tolerant
from tokmeter.sources.claude_code import slow
from tokmeter.sources.claude_code.lines import Text, Usage

_REFUSED = (msgspec.MsgspecError, ValueError, RecursionError)


class Block(Struct, gc=False):
    """One content block: text, thinking, a call or its result."""

    tool_use_id: str | None = None
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    content: str | list[Text] | None = None
    id: str | None = None
    name: str | None = None
    server_name: str | None = None
    input: msgspec.Raw = msgspec.Raw(b"")


class Message(Struct, gc=False):
    """`message`: a response, a prompt or tool results."""

    model: str | None = None
    id: str | None = None
    content: str | list[Block] | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


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


class Line(Struct, gc=False, rename="camel"):
    """One physical line. `content` belongs to queue operations and system lines."""

    is_sidechain: bool | None = None
    cwd: str | None = None
    session_id: str | None = None
    agent_id: str | None = None
    message: Message | None = None
    request_id: str | None = None
    type: str | None = None
    uuid: str | None = None
    timestamp: str | None = None
    subtype: str | None = None
    operation: str | None = None
    content: str | None = None
    prompt_source: str | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    is_api_error_message: bool | None = None
    data: Data | None = None
    attachment: msgspec.Raw = msgspec.Raw(b"")


_decode_line = msgspec.json.Decoder(Line).decode
_decode_any = msgspec.json.Decoder().decode
_LINE = cast("inspect.StructType", inspect.type_info(Line))


def read_line(line: memoryview) -> Line | None:
    """The line, fields of a wrong type being absent; None where it is no object."""
    try:
        return _decode_line(line)
    except _REFUSED:
        text = bytes(line)
    try:
        record: Line | None = slow.read_as(_LINE, text, [])
    except _REFUSED:
        return None
    return record


def object_of(raw: msgspec.Raw) -> dict[str, Any]:
    """The object that stands in the log as `raw`, without lone surrogates; an empty one for anything else.

    To be called while the line is at hand: `raw` is a view of it.
    """
    try:
        return as_dict(_decode_any(raw))
    except _REFUSED:
        pass
    try:
        text = json.dumps(decode_tolerant(bytes(raw)), ensure_ascii=False)
        return as_dict(json.loads(slow.clean(text)))
    except _REFUSED:
        return {}
