"""Data exports of ChatGPT and Claude.ai: text without counts, listed until a tokenizer counts it (13).

All branches of a conversation were generated, so every node is walked, not only the path that was kept. No
text leaves a record; whether there is any is all that is asked of it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._extract import call_key, clean, when
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import UNKNOWN, RowFormat
from tokmeter.histories._record import Call, Item, Remark, TsQuality
from tokmeter.sources._fields import as_dict

CLAUDE_UNKNOWN = "claude (unknown)"
"""Exports of Claude.ai mostly name no model."""

_NO_REPLIES = ("reasoning_recap", "user_editable_context", "model_editable_context")
"""Content types that are no text of a reply: titles of what is shown elsewhere, and settings."""


def is_chatgpt(record: Mapping[str, Any]) -> bool:
    """Detector 17."""
    return isinstance(record.get("mapping"), dict) and (
        "current_node" in record or "conversation_id" in record
    )


def is_claude(record: Mapping[str, Any]) -> bool:
    """Detector 16."""
    return isinstance(record.get("chat_messages"), list) and "uuid" in record


def _read_chatgpt(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    """Every reply of a conversation, on whichever branch."""
    nodes = as_dict(record.get("mapping"))
    conversation = clean(record.get("conversation_id")) or clean(record.get("id"))
    for name, node in nodes.items():
        message = as_dict(as_dict(node).get("message"))
        if as_dict(message.get("author")).get("role") != "assistant" or not _has_text(message):
            continue
        meta = as_dict(message.get("metadata"))
        model = clean(meta.get("model_slug")) or clean(record.get("default_model_slug"))
        ts, quality = _or_file(_time(nodes, name) or when(record.get("create_time")), place)
        identity = clean(message.get("id")) or clean(name)
        yield Call(
            key=_key("chatgpt", f"{conversation}/" if conversation else None, identity, ts, model),
            ts=ts,
            ts_quality=quality,
            format="chatgpt-export",
            evidence="transcript",
            model=model or UNKNOWN,
            provider="chatgpt",
            request_ref=clean(meta.get("request_id")),
            conversation=conversation,
            project=clean(record.get("gizmo_id")),
            needs_text=True,
            line=line,
        )
        if quality == "file":
            yield Remark(reason="no-time", line=line)


def _key(kind: str, place: str | None, identity: str | None, ts: int, model: str | None) -> str:
    """`chatgpt:<conversation>/<message>`; a hash where the record names neither."""
    named = f"{kind}:{place}{identity}" if identity and place is not None else None
    return call_key(None, gateway=named, ts=ts, model=model or "", text=identity or "")


def _time(nodes: Mapping[str, Any], name: str) -> int | None:
    """When a message was written; where it does not say, the nearest one above it that does."""
    seen: set[str] = set()
    while name not in seen and len(seen) <= len(nodes):
        seen.add(name)
        node = as_dict(nodes.get(name))
        ms = when(as_dict(node.get("message")).get("create_time"))
        if ms is not None:
            return ms
        parent = node.get("parent")
        if not isinstance(parent, str):
            return None
        name = parent
    return None


def _or_file(ms: int | None, place: Place) -> tuple[int, TsQuality]:
    return (place.mtime_ms, "file") if ms is None else (ms, "exact")


def _has_text(message: Mapping[str, Any]) -> bool:
    """Whether a reply holds text of its own, by the rules for its content type."""
    content = as_dict(message.get("content"))
    kind = content.get("content_type")
    if kind in _NO_REPLIES:
        return False
    if kind == "thoughts":
        found = content.get("thoughts")
        return isinstance(found, list) and any(_says(as_dict(one).get("content")) for one in found)
    if kind in ("code", "execution_output"):
        return _says(content.get("text"))
    parts = content.get("parts")
    return isinstance(parts, list) and any(_says(part) for part in parts)


def _says(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not value.isspace()


def _read_claude(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    """Every reply of a conversation."""
    conversation = clean(record.get("uuid"))
    model = clean(record.get("model"))
    messages = record.get("chat_messages")
    for message in messages if isinstance(messages, list) else ():
        if not isinstance(message, dict) or message.get("sender") != "assistant" or not _replies(message):
            continue
        told = when(message.get("created_at")) or _started(message) or when(record.get("created_at"))
        ts, quality = _or_file(told, place)
        yield Call(
            key=_key("claude-ai", "", clean(message.get("uuid")), ts, model),
            ts=ts,
            ts_quality=quality,
            format="claude-export",
            evidence="transcript",
            model=clean(message.get("model")) or model or CLAUDE_UNKNOWN,
            provider="claude.ai",
            conversation=conversation,
            project=clean(record.get("project_uuid")),
            needs_text=True,
            line=line,
        )
        if quality == "file":
            yield Remark(reason="no-time", line=line)


def _replies(message: Mapping[str, Any]) -> bool:
    """Whether a message holds anything generated: text, thinking, or what a tool was called with."""
    content = message.get("content")
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    if any(_says(part.get("text")) or _says(part.get("thinking")) or part.get("input") for part in parts):
        return True
    return _says(message.get("text"))


def _started(message: Mapping[str, Any]) -> int | None:
    content = message.get("content")
    times = (as_dict(part).get("start_timestamp") for part in content) if isinstance(content, list) else ()
    return next((ms for ms in map(when, times) if ms is not None), None)


_EVIDENCE = "conversations.json as public readers of it know it, checked 2026-11"

FORMATS = (
    RowFormat(
        id="chatgpt-export",
        title="ChatGPT data export",
        evidence=_EVIDENCE,
        is_own=is_chatgpt,
        read=_read_chatgpt,
    ),
    RowFormat(
        id="claude-export",
        title="Claude.ai data export",
        evidence=_EVIDENCE,
        is_own=is_claude,
        read=_read_claude,
    ),
)
