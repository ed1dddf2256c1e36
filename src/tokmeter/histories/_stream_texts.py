"""The texts of streams, gathered from their events for replies that turn out to have no counts.

They live as long as the stream is read: a reading that goes on where another one ended does not know the
texts before it, so what it gathers then is of no use (`is_lost`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokmeter.histories._parts import Gathered, dicts
from tokmeter.histories._texts import Written

MOST_CHARACTERS = 32_000_000
"""Of one reply; a longer one is no reply of a model."""

_TEXT = "text"
_THINKING = "thinking"


class StreamTexts:
    """What one open reply has said so far."""

    def __init__(self, *, is_lost: bool = False) -> None:
        self.is_lost = is_lost
        self._pieces: dict[tuple[str, Any], list[str]] = {}
        self._names: dict[Any, str] = {}
        self._size = 0

    def written(self) -> Written | None:
        """All of it; None where its beginning is not known."""
        if self.is_lost:
            return None
        found = Gathered()
        for (kind, index), pieces in self._pieces.items():
            whole = "".join(pieces)
            if kind == _TEXT:
                found.text(whole)
            elif kind == _THINKING:
                found.thought(whole)
            else:
                found.call(self._names.get(index), whole)
        for index, name in self._names.items():
            if ("call", index) not in self._pieces:
                found.call(name, None)
        return Written(tuple(found.texts), tuple(found.thinking), tuple(found.calls))

    def chat(self, chunk: Mapping[str, Any]) -> None:
        """The deltas of a chat's chunk, of every choice."""
        for choice in dicts(chunk.get("choices")):
            index = choice.get("index") if type(choice.get("index")) is int else 0
            self._add(_TEXT, index, choice.get("text"))
            delta = choice.get("delta")
            if type(delta) is not dict:
                continue
            self._add(_TEXT, index, delta.get("content"))
            thinking = delta.get("reasoning_content")
            self._add(_THINKING, index, delta.get("reasoning") if thinking is None else thinking)
            for place, call in enumerate(dicts(delta.get("tool_calls"))):
                number = call.get("index") if type(call.get("index")) is int else place
                self._function((index, number), call.get("function"))
            self._function((index, -1), delta.get("function_call"))

    def anthropic(self, event: Mapping[str, Any]) -> None:
        """The deltas of a message's blocks."""
        index = event.get("index") if type(event.get("index")) is int else 0
        block = event.get("content_block")
        if type(block) is dict:
            self._add(_TEXT, index, block.get("text"))
            if type(block.get("name")) is str:
                self._names[index] = block["name"][:256]
        delta = event.get("delta")
        if type(delta) is dict:
            self._add(_TEXT, index, delta.get("text"))
            self._add(_THINKING, index, delta.get("thinking"))
            self._add("call", index, delta.get("partial_json"))

    def responses(self, event: Mapping[str, Any]) -> None:
        """The deltas of a response's items."""
        typed = event.get("type")
        index = event.get("output_index") if type(event.get("output_index")) is int else 0
        if typed in ("response.output_text.delta", "response.refusal.delta"):
            self._add(_TEXT, index, event.get("delta"))
        elif typed in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            self._add(_THINKING, index, event.get("delta"))
        elif typed in ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta"):
            self._add("call", index, event.get("delta"))
        elif typed == "response.output_item.added":
            item = event.get("item")
            if type(item) is dict and type(item.get("name")) is str:
                self._names[index] = item["name"][:256]

    def _function(self, index: Any, function: Any) -> None:
        if type(function) is dict:
            if type(function.get("name")) is str and function["name"]:
                self._names.setdefault(index, function["name"][:256])
            self._add("call", index, function.get("arguments"))

    def _add(self, kind: str, index: Any, text: Any) -> None:
        if type(text) is str and text and self._size < MOST_CHARACTERS:
            self._size += len(text)
            self._pieces.setdefault((kind, index), []).append(text)
