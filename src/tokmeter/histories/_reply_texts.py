"""The output of an API object that has no counts: texts, visible thinking, tool calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokmeter.histories._parts import Gathered, dicts
from tokmeter.histories._texts import Written

Body = Mapping[str, Any]

_SILENT = ("embeddings", "media", "error")
"""Shapes whose output is no text."""
_CALLS = ("function_call", "custom_tool_call", "mcp_call")


def reply_texts(body: Body, shape: str) -> Written:
    """All that a reply generated and the record holds, of every choice."""
    found = Gathered()
    if shape == "chat":
        _chat(body, found)
    elif shape in ("responses", "realtime"):
        _items(body.get("output"), found)
    elif shape == "gemini":
        for candidate in dicts(body.get("candidates")):
            content = candidate.get("content")
            if type(content) is dict:
                found.content(content.get("parts"))
    elif shape == "converse":
        output = body.get("output")
        message = output.get("message") if type(output) is dict else None
        if type(message) is dict:
            found.content(message.get("content"))
    elif shape not in _SILENT:
        _plain(body, found)
    if not (found.texts or found.thinking or found.calls) and shape in ("chat", "responses"):
        _plain(body, found)
    return Written(tuple(found.texts), tuple(found.thinking), tuple(found.calls))


def _chat(body: Body, found: Gathered) -> None:
    for choice in dicts(body.get("choices")):
        message = choice.get("message")
        if type(message) is dict:
            found.message(message)
        else:
            found.text(choice.get("text"))


def _items(output: Any, found: Gathered) -> None:
    """The items of a Responses object."""
    for item in dicts(output):
        kind = item.get("type")
        if kind in _CALLS:
            found.call(item.get("name"), item.get("arguments", item.get("input")))
        elif kind == "reasoning":
            found.content([item])
        else:
            found.content(item.get("content"))


def _plain(body: Body, found: Gathered) -> None:
    """Output in one of the fields that most APIs keep it in: the first that holds any."""
    message = body.get("message")
    if type(message) is dict:
        found.message(message)
    for name in ("response", "completion", "text", "content", "output_text"):
        if found.texts or found.thinking or found.calls:
            return
        value = body.get(name)
        if type(value) in (str, list):
            found.content(value)
