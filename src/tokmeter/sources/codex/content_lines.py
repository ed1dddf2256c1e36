"""The lines of a rollout with the texts they hold: what `lines.py` skips, and of its fields a few.

Decoding goes the same two ways as there: typed structs, and what they refuse through plain JSON values.
"""

from __future__ import annotations

import re

import msgspec

from tokmeter.sources._fields import as_dict, decode_tolerant, is_noise
from tokmeter.sources.codex.lines import Info, Usage, Vector, from_json, repaired, vector

_SURROGATE = re.compile("[\ud800-\udfff]")
NESTED = ("info", "usage", "thread_token_usage")


class TextPayload(msgspec.Struct, gc=False):
    """The fields of all payload kinds that hold text, usage, or the place things happen in."""

    type: object = None
    # messages, calls, results, reasoning
    role: object = None
    content: object = None
    name: object = None
    namespace: object = None
    arguments: object = None
    input: object = None
    action: object = None
    call_id: object = None
    id: object = None
    output: object = None
    result: object = None
    tools: object = None
    summary: object = None
    revised_prompt: object = None
    # compaction
    message: object = None
    replacement_history: object = None
    # usage
    info: Info | None = None
    usage: Usage | None = None
    thread_token_usage: Usage | None = None
    thread_id: object = None
    turn_id: object = None
    response_id: object = None
    # session_meta, turn_context, thread_settings_applied
    cwd: object = None
    base_instructions: object = None
    thread_settings: object = None


class TextLine(msgspec.Struct, gc=False):
    """The envelope of a line."""

    timestamp: object = None
    type: object = None
    payload: TextPayload | None = None


PLAIN = tuple(name for name in TextPayload.__struct_fields__ if name not in NESTED)
_decode = msgspec.json.Decoder(TextLine).decode
_REFUSED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decoded(line: memoryview) -> TextLine | None:
    """The line, by the slow path where the typed one refuses it; None if there is nothing to take."""
    try:
        return _decode(line)
    except _REFUSED:
        value = tolerant(line)
    counts = from_json(value) if value else None
    if counts is None:
        return None
    record = TextLine(value.get("timestamp"), value.get("type"))
    if counts.payload is not None:
        record.payload = payload_of(as_dict(value["payload"]))
        for name in NESTED:
            setattr(record.payload, name, getattr(counts.payload, name))
    return record


def tolerant(line: memoryview) -> dict[str, object]:
    """The object that stands in the line as plain JSON, an empty one if none does."""
    text = bytes(line)
    if is_noise(text):
        return {}
    try:
        return as_dict(decode_tolerant(text))
    except ValueError:
        return {}


def payload_of(item: dict[str, object]) -> TextPayload:
    """A payload without its usage, from a decoded object."""
    payload = TextPayload()
    for name in PLAIN:
        setattr(payload, name, item.get(name))
    return payload


def counts_of(usage: Usage | None, most: int) -> Vector | None:
    """The counts of a usage object as the ledger's reading takes them: what cannot be true is 0."""
    if usage is None:
        return None
    found = vector(usage)
    if not fits(found, most):
        repaired(usage, most)
        found = vector(usage)
    return found


def fits(found: Vector, most: int) -> bool:
    """Whether every count can be true."""
    return min(found) >= 0 and max(found) <= most


def clean(text: str) -> str:
    """The text without halves of pairs, which are no characters and which no tokenizer takes."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def texts_of(content: object) -> tuple[str, ...]:
    """The texts in a message's content, a tool's output or a reasoning's summary; images have none.

    It is a string, a list of parts with `text`, or an object with `content` (a result beside its success).
    """
    if type(content) is str:
        return (clean(content),) if content else ()
    if isinstance(content, dict):
        inner = content.get("content")
        return texts_of(inner) if isinstance(inner, str | list) else part_text(content)
    if not isinstance(content, list):
        return ()
    found: list[str] = []
    for part in content:
        if isinstance(part, str):
            found.append(clean(part))
        elif isinstance(part, dict):
            found.extend(part_text(part))
    return tuple(text for text in found if text)


def part_text(part: dict[str, object]) -> tuple[str, ...]:
    """The text of one part."""
    text = part.get("text")
    return (clean(text),) if isinstance(text, str) and text else ()


def as_json(value: object) -> str:
    """An object as text, the way it is sent; '' for nothing, and for what cannot be written."""
    if value is None:
        return ""
    if isinstance(value, str):
        return clean(value)
    try:
        return msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError, UnicodeError):
        return ""
