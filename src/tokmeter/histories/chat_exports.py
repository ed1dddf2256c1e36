"""Data exports of ChatGPT and Claude.ai: text without counts, so its tokens are counted.

All branches of a conversation were generated, so every node is walked, not only the path that was kept. The
input of a reply is what came since the reply before it on its branch: what else was sent (the conversation so
far, hidden instructions, memories, retrieved files) is not told, so it is no part of the count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._extract import call_key, clean, when
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import UNKNOWN, RowFormat
from tokmeter.histories._parts import Gathered, dicts
from tokmeter.histories._record import Call, Item, Remark, TsQuality
from tokmeter.histories._texts import Texts
from tokmeter.sources._fields import as_dict

CLAUDE_UNKNOWN = "claude (unknown)"
"""Exports of Claude.ai mostly name no model."""

_NO_REPLIES = ("reasoning_recap", "user_editable_context", "model_editable_context")
"""Content types that are no text of a reply: titles of what is shown elsewhere, and settings."""

MOST_ABOVE = 1_000
"""Messages above a reply that are looked through for what it answers."""


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
            texts=_chatgpt_texts(nodes, name),
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
    """Whether a reply holds text of its own."""
    return any(_says(text) for text in _message_texts(message))


def _message_texts(message: Mapping[str, Any]) -> list[str]:
    """The texts of a message, by the rules for its content type."""
    content = as_dict(message.get("content"))
    kind = content.get("content_type")
    if kind in _NO_REPLIES:
        return []
    if kind == "thoughts":
        found: list[Any] = [one.get("content") for one in dicts(content.get("thoughts"))]
    elif kind in ("code", "execution_output"):
        found = [content.get("text")]
    else:
        parts = content.get("parts")
        found = parts if isinstance(parts, list) else []
    return [text for text in found if isinstance(text, str) and text]


def _chatgpt_texts(nodes: Mapping[str, Any], name: str) -> Texts:
    """What a reply says, and what was written to it since the reply before."""
    message = as_dict(as_dict(nodes[name]).get("message"))
    said = tuple(_message_texts(message))
    thinks = as_dict(message.get("content")).get("content_type") == "thoughts"
    return Texts(
        given=_asked(nodes, name),
        written=() if thinks else ("".join(said),),
        thinking=said if thinks else (),
        is_partial=True,
    )


def _asked(nodes: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The texts of users and tools between the reply before this one on its branch and this one."""
    found: list[str] = []
    seen = {name}
    parent = as_dict(nodes.get(name)).get("parent")
    while isinstance(parent, str) and parent not in seen and len(seen) <= MOST_ABOVE:
        seen.add(parent)
        node = as_dict(nodes.get(parent))
        message = as_dict(node.get("message"))
        role = as_dict(message.get("author")).get("role")
        if role == "assistant" and _has_text(message):
            break
        if role in ("user", "tool"):
            found.append("".join(_message_texts(message)))
        parent = node.get("parent")
    return tuple(reversed(found))


def _says(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not value.isspace()


def _read_claude(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    """Every reply of a conversation."""
    conversation = clean(record.get("uuid"))
    model = clean(record.get("model"))
    messages = list(dicts(record.get("chat_messages")))
    branches = _Branches(messages)
    for at, message in enumerate(messages):
        texts = _claude_texts(message)
        if message.get("sender") != "assistant" or texts is None:
            branches.add(at, is_reply=False)
            continue
        texts.given = (*branches.asked(at), *_tool_results(message))
        branches.add(at, is_reply=True)
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
            texts=texts,
            line=line,
        )
        if quality == "file":
            yield Remark(reason="no-time", line=line)


class _Branches:
    """What was written since the reply before, by `parent_message_uuid`, or in order where there is none."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self._messages = messages
        self._places: dict[str, int] = {}
        self._is_reply: list[bool] = []

    def add(self, at: int, *, is_reply: bool) -> None:
        """Note the message at this place."""
        self._is_reply.append(is_reply)
        name = self._messages[at].get("uuid")
        if isinstance(name, str):
            self._places.setdefault(name, at)

    def asked(self, at: int) -> list[str]:
        """The texts of people above the message at this place, up to the reply above it."""
        found: list[str] = []
        above = self._above(at)
        for _ in range(MOST_ABOVE):
            if above is None or self._is_reply[above]:
                break
            found.append(_human_text(self._messages[above]))
            above = self._above(above)
        return found[::-1]

    def _above(self, at: int) -> int | None:
        """The message that this one follows; a parent that comes later, or is not there, is none."""
        parent = self._messages[at].get("parent_message_uuid")
        if isinstance(parent, str):
            place = self._places.get(parent)
            return place if place is not None and place < at else None
        return at - 1 if at else None


def _human_text(message: Mapping[str, Any]) -> str:
    """What a person wrote, and the texts taken out of what was attached."""
    if message.get("sender") == "assistant":
        return ""
    parts = [part["text"] for part in dicts(message.get("content")) if _says(part.get("text"))]
    if not parts and _says(message.get("text")):
        parts = [message["text"]]
    attached: list[Any] = [one.get("extracted_content") for one in dicts(message.get("attachments"))]
    return "\n".join([*parts, *(text for text in attached if _says(text))])


def _claude_texts(message: Mapping[str, Any]) -> Texts | None:
    """What a reply generated: text, thinking, and what tools were called with; None if nothing.

    Its text stands in its parts, or beside them as a whole: never both are counted.
    """
    found = Gathered()
    for part in dicts(message.get("content")):
        kind = part.get("type")
        if kind == "tool_use" or (part.get("input") and kind != "tool_result"):
            found.call(part.get("name"), part.get("input"))
        elif kind != "tool_result":
            found.thought(part.get("thinking"))
            found.text(part.get("text"))
    if not any(map(_says, found.texts)) and _says(message.get("text")):
        found.texts = [message["text"]]
    thoughts = [text for text in found.thinking if _says(text)]
    calls = [call for call in found.calls if call.arguments]
    if not (any(map(_says, found.texts)) or thoughts or calls):
        return None
    written = ("".join(found.texts),) if found.texts else ()
    return Texts(given=(), written=written, thinking=tuple(thoughts), calls=tuple(calls), is_partial=True)


def _tool_results(message: Mapping[str, Any]) -> tuple[str, ...]:
    """What the tools of a reply answered: input of its further steps, which no export tells apart."""
    found = Gathered()
    for part in dicts(message.get("content")):
        if part.get("type") == "tool_result":
            found.content(part.get("content"))
    return tuple(found.texts)


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
