"""The texts that instrumentation kept on a span without counts.

Messages stand as JSON in one attribute, or message by message in attributes with a number in their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._otlp_values import plain
from tokmeter.histories._parts import Gathered, compact, dicts
from tokmeter.histories._texts import Given, Texts, Written, texts_of

LARGEST_JSON = 64_000_000
"""Characters of one attribute that is decoded."""

_INPUT = ("gen_ai.input.messages", "ai.prompt.messages", "gen_ai.prompt", "ai.prompt")
_SYSTEM = ("gen_ai.system_instructions",)
_OUTPUT = ("gen_ai.output.messages", "gen_ai.completion", "ai.response.text")
_TOOLS = ("ai.response.toolCalls",)
_NUMBERED = re.compile(
    r"(gen_ai\.prompt|gen_ai\.completion|llm\.input_messages|llm\.output_messages)\.(\d{1,6})\.(?:message\.)?"
    r"(content|contents\.\d{1,6}\.message_content\.text"
    r"|tool_calls\.(\d{1,6})\.(?:tool_call\.)?(?:function\.)?(name|arguments))"
)
_GIVEN = ("gen_ai.prompt", "llm.input_messages")


def span_texts(item: Mapping[str, Any]) -> Texts | None:
    """What a span holds of its call's texts; None without any output."""
    attributes = plain(item.get("attributes"))
    given, written = Gathered(), Gathered()
    for name in _SYSTEM:
        _take(attributes.get(name), given)
    _first(attributes, _INPUT, given)
    _first(attributes, _OUTPUT, written)
    for name in _TOOLS:
        for call in dicts(_json(attributes.get(name))):
            written.call(call.get("toolName", call.get("name")), call.get("args", call.get("input")))
    _numbered(attributes, given, written)
    output = Written(tuple(written.texts), tuple(written.thinking), tuple(written.calls))
    sent = (*given.texts, *(part for call in given.calls for part in (call.name, compact(call.arguments))))
    if output.is_empty and not sent:
        return None
    return texts_of(Given(sent, 0, given.has_others) if sent else None, output)


def _first(attributes: Mapping[str, Any], names: tuple[str, ...], found: Gathered) -> None:
    """Take the first of these attributes that holds anything: some writers repeat one in another."""
    for name in names:
        _take(attributes.get(name), found)
        if found.texts or found.calls or found.thinking:
            return


def _take(value: Any, found: Gathered) -> None:
    """Messages or parts as JSON; any other text as it is."""
    told = _json(value)
    if told is None:
        found.text(value)
        return
    if type(told) is dict:
        found.content(told.get("prompt"))
        found.content(told.get("system"))
        told = told.get("messages", [told])
    for message in dicts(told):
        if "role" in message:
            found.message(message)
            found.content(message.get("parts"))
        else:
            found.content([message])


def _json(value: Any) -> Any:
    """The object or list that a text is; None for any other text."""
    if type(value) is not str or len(value) > LARGEST_JSON or value.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        return msgspec.json.decode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _numbered(attributes: Mapping[str, Any], given: Gathered, written: Gathered) -> None:
    """Messages in numbered attributes, in the order of their numbers."""
    calls: dict[tuple[str, int, int], dict[str, Any]] = {}
    for series, number, match, value in sorted(_series(attributes), key=lambda one: one[:2]):
        side = given if series in _GIVEN else written
        if match[5] is None:
            side.text(value)
        else:
            calls.setdefault((series, number, int(match[4])), {})[match[5]] = value
    for (series, _, _), call in calls.items():
        (given if series in _GIVEN else written).call(call.get("name"), call.get("arguments"))


def _series(attributes: Mapping[str, Any]) -> Iterator[tuple[str, int, re.Match[str], Any]]:
    for name, value in attributes.items():
        match = _NUMBERED.fullmatch(name) if len(name) < 200 else None
        if match is not None:
            yield match[1], int(match[2]), match, value
