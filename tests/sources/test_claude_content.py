"""What a Claude Code transcript says beside its counts: responses merged, in order, each thing once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sources.transcripts import (
    AGENT,
    MAIN,
    ONE,
    THREE,
    TS,
    TWO,
    assistant,
    call,
    nested,
    outputs,
    pieces,
    read,
    result,
    text,
    thinking,
    told,
    user,
)
from tokmeter.sources._content import Output, Piece, ToolCall, WithContent
from tokmeter.sources.claude_code import SOURCE

BASH = '<invoke name="Bash">\n<parameter name="command">ls</parameter>\n</invoke>'


def test_the_source_says_that_its_logs_hold_texts() -> None:
    assert isinstance(SOURCE, WithContent)


def test_blocks_on_several_lines_are_one_output_and_a_piece_each() -> None:
    lines = [
        user("list it"),
        assistant(thinking("hm", "sig"), at=1),
        assistant(text("I look."), at=2),
        assistant(call("Bash", "toolu_01", command="ls"), at=3, stop="tool_use"),
    ]

    assert [
        Piece(1, TS, "", "user_text", ("list it",)),
        Output(
            line=2,
            ts=TS + 1000,
            context="",
            key="m:" + ONE,
            messages=("I look.",),
            calls=(ToolCall("Bash", {"command": "ls"}),),
            thinking=("hm",),
            thinking_blocks=1,
            final=True,
        ),
        Piece(2, TS + 1000, "", "thinking", ("hm",)),
        Piece(3, TS + 2000, "", "assistant_text", ("I look.",)),
        Piece(4, TS + 3000, "", "tool_call", (BASH,), "Bash"),
    ] == read(lines)


GREW: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "a text that grows": (
        [assistant(text("I")), assistant(text("I add")), assistant(text("I added it."))],
        {"messages": ("I added it.",)},
    ),
    "all blocks so far on each line": (
        [
            assistant(text("I")),
            assistant(text("I look."), call("Bash")),
            assistant(text("I look."), call("Bash")),
        ],
        {"messages": ("I look.",), "calls": (ToolCall("Bash", {}),)},
    ),
    "a block that grows before another": (
        [assistant(text("I"), call("Bash")), assistant(text("I look."), call("Bash"))],
        {"messages": ("I look.",), "calls": (ToolCall("Bash", {}),)},
    ),
    "an input that comes with a later snapshot": (
        [assistant(call("Bash")), assistant(call("Bash", command="ls"))],
        {"calls": (ToolCall("Bash", {"command": "ls"}),)},
    ),
    "snapshots out of order": (
        [assistant(text("I added it.")), assistant(text("I")), assistant(text("I added"))],
        {"messages": ("I added it.",)},
    ),
    "a copy with other line ids": (
        [
            assistant(thinking("hm")),
            assistant(text("I look.")),
            assistant(thinking("hm")),
            assistant(text("I look.")),
        ],
        {"messages": ("I look.",), "thinking": ("hm",), "thinking_blocks": 1},
    ),
    "two texts around a thought are two": (
        [assistant(text("I")), assistant(thinking("hm")), assistant(text("I add"))],
        {"messages": ("I", "I add"), "thinking": ("hm",), "thinking_blocks": 1},
    ),
    "equal texts of one line are two": (
        [assistant(text("Yes."), text("Yes."))],
        {"messages": ("Yes.", "Yes.")},
    ),
    "thoughts without text are told apart by signature": (
        [assistant(thinking("", "one")), assistant(thinking("", "two")), assistant(thinking("", "two"))],
        {"thinking_blocks": 2},
    ),
    "a thought that is not readable": (
        [assistant({"type": "redacted_thinking", "data": "x"}), assistant(thinking("hm"))],
        {"thinking": ("hm",), "thinking_blocks": 2},
    ),
    "an empty text is none": ([assistant(text(""), text("Yes."))], {"messages": ("Yes.",)}),
}


@pytest.mark.parametrize(("lines", "expected"), GREW.values(), ids=GREW)
def test_readings_of_one_block_are_one_block(lines: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    nothing = {"messages": (), "calls": (), "thinking": (), "thinking_blocks": 0}
    (output,) = outputs(lines)

    assert {**nothing, **expected} == {name: getattr(output, name) for name in nothing}


def test_content_that_is_a_text_is_one_block() -> None:
    line = assistant()
    line["message"]["content"] = "Yes."

    assert [(1, "output", "A"), (1, "assistant_text", "Yes.")] == told([line])


def test_results_between_the_lines_of_a_response_come_behind_its_own_pieces() -> None:
    lines = [
        assistant(call("Bash", "toolu_01", command="ls")),
        user([result("a", "toolu_01")]),
        assistant(call("Read", "toolu_02", file_path="/a")),
        user([result("b", "toolu_02")]),
        assistant(text("Done."), of=TWO),
    ]

    assert [
        (1, "output", "A"),
        (1, "tool_call", BASH),
        (3, "tool_call", '<invoke name="Read">\n<parameter name="file_path">/a</parameter>\n</invoke>'),
        (2, "command_output", "a"),
        (4, "file_read", "b"),
        (5, "output", "B"),
        (5, "assistant_text", "Done."),
    ] == told(lines)


def test_responses_of_two_agents_whose_lines_alternate_keep_the_order_of_their_first_lines() -> None:
    def say(said: str, of: str) -> dict[str, Any]:
        return assistant(text(said), of=of, isSidechain=True)

    lines = [say("a", ONE), say("b", TWO), say("c", THREE), say("b, grown", TWO), say("a, grown", ONE)]

    assert [
        (1, "output", "A"),
        (1, "assistant_text", "a, grown"),
        (2, "output", "B"),
        (2, "assistant_text", "b, grown"),
        (3, "output", "C"),
        (3, "assistant_text", "c"),
    ] == told(lines)


def test_a_copy_far_behind_its_response_counts_nothing() -> None:
    many = [assistant(text("Yes."), of=f"msg_01{number:022d}") for number in range(40)]
    once = told(many)

    assert 80 == len(once)
    assert once == told([*many, *many])


def test_a_long_wait_ends_a_response_so_that_little_is_held() -> None:
    reader = SOURCE.content_reader(MAIN)
    lines = [
        assistant(text("Yes.")),
        *[user(f"{number}. go on") for number in range(2000)],
    ]
    held = most = 0
    for number, line in enumerate(lines, 1):
        given = len(list(reader.feed(memoryview(json.dumps(line).encode()), number)))
        held += 1 + (number == 1) - given
        most = max(most, held)

    assert most < 600


CONTEXTS = {
    "main": (user("x"), MAIN, ""),
    "a side chain that names its agent": (user("x", isSidechain=True, agentId="beef"), MAIN, "beef"),
    "a side chain that does not": (user("x", isSidechain=True), MAIN, "sidechain"),
    "an agent's name that is no word": (user("x", isSidechain=True, agentId="my agent"), MAIN, "sidechain"),
    "an agent's own file": (user("x", isSidechain=True, agentId="f00d"), AGENT, ""),
    "an agent's own file without names": (user("x", isSidechain=True), AGENT, ""),
    "another agent in an agent's file": (user("x", isSidechain=True, agentId="beef"), AGENT, "beef"),
    "progress of an agent": (nested(user("x")), MAIN, "beef"),
    "progress of an agent in an agent's file": (nested(user("x")), AGENT, "beef"),
}


@pytest.mark.parametrize(("line", "path", "context"), CONTEXTS.values(), ids=CONTEXTS)
def test_a_context_is_the_conversation_or_the_agent_inside_it(
    line: dict[str, Any], path: str, context: str
) -> None:
    assert [context] == [piece.context for piece in pieces([line], path)]


def test_an_agents_response_inside_its_parents_log_keeps_its_own_time() -> None:
    (output,) = outputs([nested(assistant(text("Found."), at=7))])

    assert ("beef", TS + 7000, "m:" + ONE) == (output.context, output.ts, output.key)


def test_results_of_an_agents_calls_know_what_was_called() -> None:
    lines = [nested(assistant(call("Read", file_path="/a"))), nested(user([result("x")]))]

    assert ["tool_call", "file_read"] == [piece.kind for piece in pieces(lines)]


NO_OUTPUT = {
    "a notice of the client": {"message": {"model": "<synthetic>", "id": ONE, "content": [text("Limit")]}},
    "an error": {**assistant(text("API Error")), "isApiErrorMessage": True},
}


@pytest.mark.parametrize("line", NO_OUTPUT.values(), ids=NO_OUTPUT)
def test_what_the_client_says_in_the_shape_of_a_response_is_nothing(line: dict[str, Any]) -> None:
    assert [] == told([{"type": "assistant", **line}])


UNUSED: dict[str, Any] = {"none": None, "all zero": {"input_tokens": 0, "output_tokens": 0}}


@pytest.mark.parametrize("usage", UNUSED.values(), ids=UNUSED)
def test_a_response_that_used_nothing_has_no_entry_and_no_output(usage: Any) -> None:
    line = assistant(text("Yes."))
    line["message"]["usage"] = usage

    assert [(1, "assistant_text", "Yes.")] == told([line])


def with_id(message_id: str | None, request: str | None = None, **more: Any) -> dict[str, Any]:
    line = assistant(text("Yes."), **more)
    line["message"]["id"] = message_id
    return {**line, "requestId": request}


WITHOUT_KEY = {
    "a constant id, requests differ": ([with_id("msg_1", "r1"), with_id("msg_1", "r2")], [1, 2]),
    "a constant id, one request": ([with_id("msg_1", "r1"), with_id("msg_1", "r1")], [1]),
    "a constant id, a prompt between": ([with_id("msg_1"), user("go on"), with_id("msg_1")], [1, 3]),
    "a constant id, nothing between": ([with_id("msg_1"), with_id("msg_1")], [1]),
    "a request alone": ([with_id(None, "r1"), with_id(None, "r1"), with_id(None, "r2")], [1, 3]),
    "a line id alone": ([with_id(None, uuid="u1"), with_id(None, uuid="u2")], [1, 2]),
    "nothing, the same twice": ([with_id(None), with_id(None), with_id(None, at=9)], [1, 3]),
}


@pytest.mark.parametrize(("lines", "numbers"), WITHOUT_KEY.values(), ids=WITHOUT_KEY)
def test_a_response_without_an_id_of_its_own_is_known_by_its_line(
    lines: list[dict[str, Any]], numbers: list[int]
) -> None:
    assert [(None, number) for number in numbers] == [(found.key, found.line) for found in outputs(lines)]


def test_without_an_id_the_line_is_the_first_that_tells_usage() -> None:
    empty = with_id("chatcmpl-1", "r1")
    empty["message"]["usage"] = {"input_tokens": 0, "output_tokens": 0}

    assert [2] == [output.line for output in outputs([empty, with_id("chatcmpl-1", "r1")])]


def test_final_is_what_any_line_says() -> None:
    lines = [
        assistant(text("a"), stop="end_turn"),
        assistant(text("a")),
        assistant(text("b"), of=TWO),
    ]

    assert [True, False] == [output.final for output in outputs(lines)]
