"""The input of a call whose record has no counts: what the request sent, by the rules of its API.

| request | what is counted |
|---|---|
| chat | each message's content, name, tool calls and results; tools as compact JSON; 3 tokens a message |
| responses | instructions, input (a text or items), tools |
| Anthropic | system, the messages' texts, tool inputs and results, tools |
| Gemini | system instruction, the contents' texts, function calls and answers |

A chat takes 3 tokens more for the start of the reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokmeter.histories._envelope import find_request
from tokmeter.histories._parts import Gathered, compact, dicts
from tokmeter.histories._texts import Given, ToolCall

A_MESSAGE = 3
"""Tokens that a chat message takes beside its texts."""
THE_REPLY = 3
"""Tokens that the start of a chat's reply takes."""

_ASKS = ("messages", "contents", "input", "prompt", "inputs")
_SYSTEM = ("system", "instructions")
_EARLIER = ("previous_response_id", "conversation", "cachedContent", "cached_content")
"""Fields that name what the request goes on from, which is not in it."""


def request_of(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The request of a record; in a capture it may name its model in the address only."""
    found = find_request(record)
    if found is not None:
        return found
    inner = record.get("request")
    if type(inner) is dict and any(type(inner.get(name)) in (list, str) for name in _ASKS):
        return inner
    return None


def request_texts(request: Mapping[str, Any], shape: str) -> Given:
    """All that a request sends as text; `shape` is that of the reply."""
    found = Gathered()
    for name in _SYSTEM:
        found.content(request.get(name))
    for name in ("systemInstruction", "system_instruction"):
        instruction = request.get(name)
        found.content(instruction.get("parts") if type(instruction) is dict else instruction)
    messages = list(dicts(request.get("messages")))
    for message in messages:
        found.message(message)
        found.text(message.get("name"))
    for content in dicts(request.get("contents")):
        found.content(content.get("parts"))
    if type(request.get("contents")) is str:
        found.text(request["contents"])
    for name in ("prompt", "inputs", "inputText"):
        found.content(request.get(name))
    _input(request.get("input"), found)
    tools = request.get("tools")
    if tools and "contents" not in request:
        found.text(compact(tools))
    framing = A_MESSAGE * len(messages) + THE_REPLY if shape == "chat" and messages else 0
    texts = (*found.texts, *_spelt(found.calls))  # earlier thinking is not sent to the model again
    return Given(texts, framing, found.has_others or any(request.get(name) for name in _EARLIER))


def _input(value: Any, found: Gathered) -> None:
    """The input of a Responses request: a text, or items."""
    if type(value) is not list:
        found.content(value)
        return
    for item in value:
        if type(item) is str:
            found.text(item)
        elif type(item) is dict:
            kind = item.get("type")
            if kind in ("function_call", "custom_tool_call"):
                found.call(item.get("name"), item.get("arguments", item.get("input")))
            elif "output" in item and type(kind) is str and kind.endswith("_output"):
                found.content(item["output"])
            elif kind == "reasoning":
                found.content([item])
            elif "content" in item:
                found.content(item["content"])
            else:
                found.content([item])


def _spelt(calls: list[ToolCall]) -> list[str]:
    """Tool calls as input: name and arguments."""
    return [part for call in calls for part in (call.name, compact(call.arguments)) if part]
