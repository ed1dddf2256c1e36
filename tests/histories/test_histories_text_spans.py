"""Spans without counts: the messages that instrumentation kept are counted, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from histories.gateway_rows import PLACE, calls, format_of, read
from histories.letters import counts, texts_of
from histories.otel_records import span, traces
from tokmeter.histories import otlp

OTLP = format_of(otlp.FORMATS, "otlp")
BASE = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"}


def messages(*parts: tuple[str, dict[str, Any]]) -> str:
    return json.dumps([{"role": role, "parts": [part]} for role, part in parts])


FORMS: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "messages as JSON": (
        {
            "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "Be kind."}]),
            "gen_ai.input.messages": messages(
                ("user", {"type": "text", "content": "Hello"}),
                ("tool", {"type": "tool_call_response", "id": "c", "response": "found"}),
            ),
            "gen_ai.output.messages": messages(
                ("assistant", {"type": "reasoning", "content": "hm"}),
                ("assistant", {"type": "text", "content": "Hi"}),
                ("assistant", {"type": "tool_call", "name": "ls", "arguments": {"a": 1}}),
            ),
        },
        (("Be kind.", "Hello", "found"), 0, ("Hi",), ("hm",), [("ls", {"a": 1})]),
    ),
    "numbered, eleven of them": (
        {f"gen_ai.prompt.{n}.content": str(n) for n in range(11)}
        | {"gen_ai.completion.0.content": "Hi", "gen_ai.completion.0.tool_calls.0.name": "ls",
           "gen_ai.completion.0.tool_calls.0.arguments": "{}"},
        (tuple(str(n) for n in range(11)), 0, ("Hi",), (), [("ls", "{}")]),
    ),
    "OpenInference": (
        {"llm.input_messages.0.message.content": "Hello",
         "llm.output_messages.0.message.contents.0.message_content.text": "Hi",
         "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "ls",
         "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{}"},
        (("Hello",), 0, ("Hi",), (), [("ls", "{}")]),
    ),
    "Vercel": (
        {"ai.prompt.messages": json.dumps([{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]),
         "ai.response.text": "Hi", "ai.response.toolCalls": json.dumps([{"toolName": "ls", "args": "{}"}])},
        (("Hello",), 0, ("Hi",), (), [("ls", "{}")]),
    ),
    "no input": ({"gen_ai.completion": "Hi"}, (None, 0, ("Hi",), (), [])),
}  # fmt: skip


@pytest.mark.parametrize(("attributes", "expected"), FORMS.values(), ids=FORMS)
def test_the_messages_of_a_span(attributes: dict[str, Any], expected: tuple[Any, ...]) -> None:
    [call] = calls(read(OTLP, traces(span("a", BASE | attributes))))

    assert expected == texts_of(call)


def test_text_that_can_not_be_read_is_no_entry() -> None:
    [call] = calls(read(OTLP, traces(span("a", BASE | {"gen_ai.output.messages": "[{"}))))

    assert [(0, 2, 1)] == counts([call])  # taken as a text of two letters


def test_a_trace_that_is_read_on_is_counted_once_and_leaves_no_text_behind() -> None:
    """The state between two readings holds the trace, as it may grow."""
    text = BASE | {"gen_ai.output.messages": messages(("assistant", {"type": "text", "content": "a secret"}))}
    first = OTLP.reader(PLACE)
    list(first.feed(traces(span("a", text)), 1))
    state = first.state()
    before = counts(first.finish())
    second = OTLP.reader(PLACE, state)
    later = counts(second.finish())

    assert b"secret" not in state
    assert ([(0, 8, 1)], []) == (before, later)


@pytest.mark.parametrize("value", ["[]", "{}", "[1]", '{"messages":7}', '[{"role":1,"parts":2}]', "[" * 2000])
@pytest.mark.parametrize("name", ["gen_ai.input.messages", "gen_ai.output.messages", "ai.response.toolCalls"])
def test_nothing_in_a_span_can_break_the_reading(name: str, value: str) -> None:
    attributes = BASE | {"gen_ai.completion": "Hi", name: value}

    assert 1 == len(calls(read(OTLP, traces(span("a", attributes)))))
