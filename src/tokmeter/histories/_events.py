"""Stream events, stored as objects or as the text of a captured reply."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import msgspec

from tokmeter.histories._sse import sse_records

_ANTHROPIC = frozenset(
    (
        "message_start",
        "message_delta",
        "message_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
    )
)
_CONVERSE = ("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop")
_ENDS = {"response.completed", "response.incomplete", "response.failed"}
_PLACES = ("data", "event", "chunk", "message", "body", "response")
_PLACE_NAMES = frozenset(_PLACES)


def event_kind(event: Mapping[str, Any]) -> str | None:  # noqa: PLR0911 - one line a kind
    """Whose event this is: chat, responses, anthropic, converse, ollama, session (realtime); else None."""
    if event.get("object") == "chat.completion.chunk":
        return "chat"
    if (
        event.get("object") == "text_completion"
        and type(event.get("choices")) is list
        and "usage" not in event
    ):
        return "chat"
    typed = event.get("type")
    if type(typed) is str:
        if typed in _ANTHROPIC or (typed == "ping" and len(event) == 1):
            return "anthropic"
        if typed in _ENDS or (
            typed.startswith("response.") and typed != "response.done" and _is_of_response(event)
        ):
            return "responses"
        if typed in ("session.created", "session.updated") and type(event.get("session")) is dict:
            return "session"
    if (
        event.get("done") is False
        and type(event.get("model")) is str
        and ("response" in event or "message" in event)
    ):
        return "ollama"
    if _is_converse(event):
        return "converse"
    return None


def _is_of_response(event: Mapping[str, Any]) -> bool:
    return "sequence_number" in event or "item_id" in event or "output_index" in event or "response" in event


def _is_converse(event: Mapping[str, Any]) -> bool:
    """One field, which names the event; the counts come with `metadata`."""
    if len(event) > 2:
        return False
    for name in _CONVERSE:
        inner = event.get(name)
        if type(inner) is dict and inner.keys() & {"role", "delta", "contentBlockIndex", "stopReason"}:
            return True
    metadata = event.get("metadata")
    usage = metadata.get("usage") if type(metadata) is dict else None
    return type(usage) is dict and "inputTokens" in usage


def is_event(event: Mapping[str, Any]) -> bool:
    """Whether this is one event of a stream."""
    return event_kind(event) is not None


def event_of(record: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The stream event of a record, itself or one field down, and its kind; None if it is none."""
    kind = event_kind(record)
    if kind is not None:
        return kind, record
    if _PLACE_NAMES.isdisjoint(record):
        return None
    for name in _PLACES:
        inner = record.get(name)
        if type(inner) is str and inner[:1] == "{" and name in ("data", "event", "chunk"):
            try:
                inner = msgspec.json.decode(inner)
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue
        if type(inner) is dict:
            kind = event_kind(inner)
            if kind is not None:
                return kind, inner
    return None


def sse_events(text: str) -> list[dict[str, Any]]:
    """The events of a captured reply: every `data:` that is a JSON object; `[DONE]` and comments are none."""
    stream = BytesIO(text.encode("utf-8", "replace"))
    return [event for _, event in sse_records(stream) if type(event) is dict]
