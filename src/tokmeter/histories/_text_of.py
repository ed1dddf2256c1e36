"""The start of a response's visible output, for the key of a call without an id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Body = Mapping[str, Any]


def text_of(body: Body, shape: str) -> str:
    """The first text of the output, at most 200 characters; empty where none is visible."""
    if shape == "chat":
        return _choices_text(body) or _plain_text(body)
    if shape == "responses":
        texts = (_parts_text(item.get("content")) for item in _dicts(body.get("output")))
        return next(filter(None, texts), "") or _plain_text(body)
    if shape == "gemini":
        contents = (candidate.get("content") for candidate in _dicts(body.get("candidates")))
        return next(filter(None, (_parts_text(c.get("parts")) for c in _only_dicts(contents))), "")
    if shape == "converse":
        output = body.get("output")
        message = output.get("message") if type(output) is dict else None
        return _parts_text(message.get("content")) if type(message) is dict else ""
    return _plain_text(body)


def _choices_text(body: Body) -> str:
    for choice in _dicts(body.get("choices")):
        message = choice.get("message")
        text = message.get("content") if type(message) is dict else choice.get("text")
        if type(text) is str and text:
            return text[:200]
        if type(message) is dict and message.get("tool_calls"):
            return "(tools)"
    return ""


def _plain_text(body: Body) -> str:
    """Output in one of the fields that most APIs keep it in."""
    message = body.get("message")
    for text in (
        body.get("response"),
        body.get("completion"),
        body.get("text"),
        message.get("content") if type(message) is dict else None,
        _parts_text(message.get("content")) if type(message) is dict else None,
        _parts_text(body.get("content")),
        body.get("content"),
    ):
        if type(text) is str and text:
            return text[:200]
    return ""


def _parts_text(parts: Any) -> str:
    for part in _dicts(parts):
        text = part.get("text")
        if type(text) is str and text:
            return text[:200]
    return ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return _only_dicts(value) if type(value) is list else []


def _only_dicts(values: Iterable[Any]) -> list[dict[str, Any]]:
    return [value for value in values if type(value) is dict]
