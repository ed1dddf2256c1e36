"""The texts in the content of messages, in the forms that the providers' requests and replies share.

Images, audio and files are never text, in whatever encoding they stand there: they are only noticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._texts import ToolCall

DEEPEST = 6
"""Contents within contents (a tool's result within a message) that are looked into."""
MOST_PARTS = 100_000

_TEXTS = ("text", "input_text", "output_text", "refusal", "summary_text", "reasoning_text", "content")
_THINKING = ("thinking", "reasoning_content", "reasoning")
_BASE64 = ";base64,"
_ERRORS = (msgspec.MsgspecError, ValueError, TypeError, RecursionError)


class Gathered:
    """The texts of one side of a call, in their order."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thinking: list[str] = []
        self.calls: list[ToolCall] = []
        self.has_others = False
        """Whether there were parts that are no text."""

    def text(self, value: object) -> None:
        """Take a text, unless it is a file written as one."""
        if type(value) is str and value:
            if is_file(value):
                self.has_others = True
            else:
                self.texts.append(value)

    def thought(self, value: object) -> None:
        """Take text of the model's thinking."""
        if type(value) is str and value:
            self.thinking.append(value)

    def call(self, name: object, arguments: object) -> None:
        """Take a tool call; arguments are an object or its JSON text."""
        told = name if type(name) is str else ""
        given = arguments if isinstance(arguments, dict | str) else compact(arguments)
        if told or given:
            self.calls.append(ToolCall(told, given))

    def content(self, value: Any, depth: int = 0) -> None:
        """Take a message's content: a text, or parts of any provider's kinds."""
        if type(value) is str:
            self.text(value)
        elif type(value) is dict:
            self._part(value, depth)
        elif type(value) is list and depth < DEEPEST:
            for part in value[:MOST_PARTS]:
                if type(part) is str:
                    self.text(part)
                elif type(part) is dict:
                    self._part(part, depth + 1)

    def _part(self, part: Mapping[str, Any], depth: int) -> None:
        """One part: its text, its thinking, the tool call or result that it is; else a file."""
        if depth > DEEPEST:
            return
        kind = part.get("type")
        if kind in ("tool_use", "server_tool_use", "mcp_tool_use"):
            self.call(part.get("name"), part.get("input"))
        elif kind in ("tool_call", "tool-call"):
            name = part.get("name", part.get("toolName"))
            self.call(name, part.get("arguments", part.get("args", part.get("input"))))
        elif kind in ("tool_call_response", "tool-result"):
            answer = (part.get(name) for name in ("response", "result", "output"))
            self.text(compact(next((one for one in answer if one is not None), None)))
        elif kind in ("thinking", "reasoning") or part.get("thought") is True:
            self._thinking(part)
        elif type(kind) is str and kind.endswith("tool_result"):
            self.content(part.get("content"), depth + 1)
        elif not self._wrapped(part, depth) and not self._plain(part):
            self.has_others = True

    def _thinking(self, part: Mapping[str, Any]) -> None:
        for name in ("thinking", "text", "reasoning", "content"):
            if type(part.get(name)) is str:
                self.thought(part[name])
                return
        for name in ("summary", "content"):
            for inner in dicts(part.get(name)):
                self.thought(inner.get("text"))

    def _wrapped(self, part: Mapping[str, Any], depth: int) -> bool:
        """Gemini's and Bedrock's parts, whose kind is the name of their only field."""
        for name in ("functionCall", "function_call", "toolUse"):
            call = part.get(name)
            if type(call) is dict:
                self.call(call.get("name"), call.get("args", call.get("input", call.get("arguments"))))
                return True
        for name in ("functionResponse", "function_response"):
            answer = part.get(name)
            if type(answer) is dict:
                self.text(compact(answer.get("response")))
                return True
        result = part.get("toolResult")
        if type(result) is dict:
            self.content(result.get("content"), depth + 1)
            return True
        reasoning = part.get("reasoningContent")
        if type(reasoning) is dict:
            inner = reasoning.get("reasoningText")
            self.thought(inner.get("text") if type(inner) is dict else None)
            return True
        if "json" in part and "type" not in part:
            self.text(compact(part["json"]))
            return True
        return False

    def _plain(self, part: Mapping[str, Any]) -> bool:
        for name in _TEXTS:
            if type(part.get(name)) is str:
                self.text(part[name])
                return True
        return False

    def message(self, message: Mapping[str, Any]) -> None:
        """Take a message of a chat: its content, thinking and tool calls."""
        self.content(message.get("content"))
        for name in _THINKING:
            if type(message.get(name)) is str:
                self.thought(message[name])
                break
        self.text(message.get("refusal"))
        for call in dicts(message.get("tool_calls")):
            function = call.get("function")
            inner = function if type(function) is dict else call
            self.call(inner.get("name"), inner.get("arguments", inner.get("input")))
        function = message.get("function_call")
        if type(function) is dict:
            self.call(function.get("name"), function.get("arguments"))
        if "images" in message or "audio" in message:
            self.has_others = True


def is_file(text: str) -> bool:
    """Whether a text is a file written as a `data:` address."""
    return text[:5] == "data:" and _BASE64 in text[:200]


def compact(value: object) -> str:
    """A value as JSON without blanks; a text as it is; "" where it can't be written."""
    if value is None:
        return ""
    if type(value) is str:
        return value
    try:
        return msgspec.json.encode(value).decode("utf-8", "replace")
    except _ERRORS:
        return ""


def decoded(arguments: dict[str, Any] | str) -> dict[str, Any] | str:
    """A tool's arguments as an object, where they are one; none at all are an empty one."""
    if isinstance(arguments, str):
        if not arguments.strip():
            return {}
        try:
            found = msgspec.json.decode(arguments)
        except _ERRORS:
            return arguments
        return found if type(found) is dict else arguments
    return arguments


def dicts(value: object) -> Iterator[dict[str, Any]]:
    """The objects in a list."""
    for entry in value[:MOST_PARTS] if isinstance(value, list) else ():
        if type(entry) is dict:
            yield entry
