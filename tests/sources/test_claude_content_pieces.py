"""What enters a context beside responses: prompts, results, what the assistant put in, compactions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sources.transcripts import (
    SESSION,
    assistant,
    attachment,
    call,
    nested,
    pieces,
    result,
    stamp,
    told,
    user,
)

REMINDER = "<system-reminder>\nbe careful\n</system-reminder>"

TYPED: dict[str, tuple[dict[str, Any], list[tuple[str, ...]]]] = {
    "a prompt": (user("add it"), [("user_text", "add it")]),
    "text blocks": (user([{"type": "text", "text": "add it"}]), [("user_text", "add it")]),
    "a meta line": (user("Caveat: ...", isMeta=True), [("injected", "Caveat: ...")]),
    "a line of the system": (user("go on", promptSource="system"), [("injected", "go on")]),
    "an agent's task": (user("look for it", isSidechain=True), [("injected", "look for it")]),
    "a notification": (
        user("<task-notification>\n<x>1</x>"),
        [("injected", "<task-notification>\n<x>1</x>")],
    ),
    "an interruption": (
        user("[Request interrupted by user]"),
        [("injected", "[Request interrupted by user]")],
    ),
    "a command": (
        user("<command-name>/clear</command-name>\n<command-args></command-args>"),
        [("injected", "<command-name>/clear</command-name>\n<command-args></command-args>")],
    ),
    "a command with words behind it": (
        user("<command-name>/review</command-name>\n<command-args>the cart</command-args>"),
        [("user_text", "<command-name>/review</command-name>\n<command-args>the cart</command-args>")],
    ),
    "a shell command of the person": (
        user("<bash-input>ls</bash-input>"),
        [("user_text", "<bash-input>ls</bash-input>")],
    ),
    "what it printed": (
        user("<bash-stdout>a</bash-stdout>"),
        [("command_output", "<bash-stdout>a</bash-stdout>")],
    ),
    "a local command's output": (
        user("<local-command-stdout>Bye!</local-command-stdout>"),
        [("injected", "<local-command-stdout>Bye!</local-command-stdout>")],
    ),
    "a reminder before a prompt": (
        user(f"{REMINDER}\nadd it"),
        [("user_text", "add it"), ("injected", f"{REMINDER}\n")],
    ),
    "a reminder behind a prompt": (
        user(f"add it{REMINDER}"),
        [("user_text", "add it"), ("injected", REMINDER)],
    ),
    "a reminder alone": (user(REMINDER), [("injected", REMINDER)]),
    "two reminders alone": (user(f"{REMINDER}\n{REMINDER}"), [("injected", f"{REMINDER}\n{REMINDER}")]),
    "a picture": (user([{"type": "image", "source": {"data": "iVBO"}}]), [("user_text",)]),
    "seen by the person alone": (user("x", isVisibleInTranscriptOnly=True), []),
    "an empty prompt": (user(""), []),
    "no content": (user(None), []),
    "queued meanwhile": (
        attachment("queued_command", prompt="and that", commandMode="prompt"),
        [("user_text", "and that")],
    ),
    "queued meanwhile, in parts": (
        attachment("queued_command", prompt=[{"type": "text", "text": "and that"}]),
        [("user_text", "and that")],
    ),
    "queued by a task": (
        attachment("queued_command", prompt="it ended", commandMode="task-notification"),
        [("injected", "it ended")],
    ),
}


@pytest.mark.parametrize(("line", "expected"), TYPED.values(), ids=TYPED)
def test_a_text_is_told_by_who_wrote_it(line: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    assert [(1, *piece) for piece in expected] == told([line])


RESULTS: dict[str, tuple[Any, list[tuple[str, ...]]]] = {
    "a text": ("x", [("file_read", "x")]),
    "parts": ([{"type": "text", "text": "x"}, {"type": "text", "text": "y"}], [("file_read", "x", "y")]),
    "a picture": ([{"type": "image", "source": {}}], [("file_read",)]),
    "definitions of tools": ([{"type": "tool_reference", "tool_name": "A"}], [("file_read",)]),
    "nothing": (None, [("file_read",)]),
    "a reminder behind it": (f"x\n{REMINDER}\n", [("file_read", "x\n"), ("injected", f"{REMINDER}\n")]),
    "a reminder alone": (REMINDER, [("file_read",), ("injected", REMINDER)]),
    "a reminder inside": (f"x {REMINDER} y", [("file_read", f"x {REMINDER} y")]),
    "one reminder inside and one behind it": (
        f"{REMINDER} x {REMINDER}",
        [("file_read", f"{REMINDER} x "), ("injected", REMINDER)],
    ),
    "an end without beginning": ("x</system-reminder>", [("file_read", "x</system-reminder>")]),
}


@pytest.mark.parametrize(("content", "expected"), RESULTS.values(), ids=RESULTS)
def test_a_result_is_its_texts(content: Any, expected: list[tuple[str, ...]]) -> None:
    found = told([assistant(call("Read")), user([result(content)])])

    assert [(2, *piece) for piece in expected] == found[2:]


def test_a_result_whose_call_is_not_in_the_log_is_some_tools() -> None:
    (piece,) = pieces([user([result("x")])])

    assert ("tool_output", "", "") == (piece.kind, piece.tool, piece.path)


ATTACHED: dict[str, tuple[dict[str, Any], list[tuple[str, ...]]]] = {
    "skills": (attachment("skill_listing", content="- a: b"), [("injected", "- a: b")]),
    "tools to load": (attachment("deferred_tools_delta", addedLines=["A", "B"]), [("injected", "A", "B")]),
    "agents": (attachment("agent_listing_delta", addedLines=["A"]), [("injected", "A")]),
    "servers": (attachment("mcp_instructions_delta", addedBlocks=["## x"]), [("injected", "## x")]),
    "a hook's context": (attachment("hook_additional_context", content=["x", "y"]), [("injected", "x", "y")]),
    "a hook at the start": (
        attachment("hook_success", hookEvent="SessionStart", content="x", stdout="x"),
        [("injected", "x")],
    ),
    "a hook around a tool": (attachment("hook_success", hookEvent="PostToolUse", content="x"), []),
    "a hook without words": (
        attachment("hook_success", hookEvent="SessionStart", content="", stdout="{}"),
        [],
    ),
    "a hook's word to the person": (attachment("hook_system_message", content="linked"), []),
    "a file": (
        attachment(
            "file", filename="/a", content={"type": "text", "file": {"filePath": "/a", "content": "x"}}
        ),
        [("file_read", "x")],
    ),
    "a folder": (attachment("directory", path="/d", content="a\nb"), [("search_result", "a\nb")]),
    "a changed file": (attachment("edited_text_file", filename="/a", snippet="1 x"), [("injected", "1 x")]),
    "instructions of a folder": (
        attachment("nested_memory", path="/d/CLAUDE.local.txt", content={"content": "x"}),
        [("injected", "x")],
    ),
    "tasks": (
        attachment("task_reminder", content=[{"subject": "x"}, {"subject": "y"}]),
        [("injected", "x", "y")],
    ),
    "no tasks": (attachment("task_reminder", content=[], itemCount=0), []),
    "permissions": (attachment("command_permissions", allowedTools=["Bash"]), []),
    "a resource": (
        attachment("mcp_resource", server="docs", content={"contents": [{"text": "x"}]}),
        [("tool_output", "x")],
    ),
    "a kind to come": (attachment("x_future", content="x"), []),
}


@pytest.mark.parametrize(("line", "expected"), ATTACHED.values(), ids=ATTACHED)
def test_an_attachment_is_what_the_model_is_shown(
    line: dict[str, Any], expected: list[tuple[str, ...]]
) -> None:
    assert [(1, *piece) for piece in expected] == told([line])


def test_an_attached_file_has_its_path_and_a_resource_its_server() -> None:
    lines = [line for line, _ in (ATTACHED[name] for name in ("a file", "a changed file", "a resource"))]

    assert [("/a", ""), ("/a", ""), ("", "docs")] == [(piece.path, piece.server) for piece in pieces(lines)]


BOUNDARY = {
    "type": "system",
    "subtype": "compact_boundary",
    "timestamp": stamp(1),
    "content": "Conversation compacted",
}
SUMMARY = user("What was done", at=2, isCompactSummary=True, isVisibleInTranscriptOnly=True)
COMPACTED: dict[str, tuple[list[dict[str, Any]], list[tuple[Any, ...]]]] = {
    "boundary and summary": ([BOUNDARY, SUMMARY], [(1, "compaction"), (2, "summary", "What was done")]),
    "a summary alone": ([SUMMARY], [(1, "compaction"), (1, "summary", "What was done")]),
    "a boundary alone": ([BOUNDARY, user("go on")], [(1, "compaction"), (2, "user_text", "go on")]),
    "both repeated": ([BOUNDARY, SUMMARY] * 2, [(1, "compaction"), (2, "summary", "What was done")]),
    "an agent's does not empty its parent": (
        [BOUNDARY, {**SUMMARY, "isSidechain": True}],
        [(1, "compaction"), (2, "compaction"), (2, "summary", "What was done")],
    ),
}


@pytest.mark.parametrize(("lines", "expected"), COMPACTED.values(), ids=COMPACTED)
def test_a_compaction_is_told_once_and_before_its_summary(
    lines: list[dict[str, Any]], expected: list[tuple[Any, ...]]
) -> None:
    assert expected == told(lines)


def test_a_summary_after_another_response_tells_a_compaction_of_its_own() -> None:
    found = told([BOUNDARY, assistant({"type": "text", "text": "Yes."}), SUMMARY])

    assert ["compaction", "output", "assistant_text", "compaction", "summary"] == [
        kind for _, kind, *_ in found
    ]


AGAIN = {
    "the same line id": [user("add it", uuid="u1"), user("add it", at=5, uuid="u1")],
    "another line id, the same time": [user("add it", uuid="u1"), user("add it", uuid="u2")],
    "blocks on lines of their own": [
        user([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
        user([{"type": "text", "text": "a"}]),
        user([{"type": "text", "text": "b"}]),
    ],
    "a result by its call": [user([result("x")]), user([result("x")], at=9)],
    "an attachment by its line id": [{**attachment("skill_listing", content="x"), "uuid": "u1"}] * 2,
}


@pytest.mark.parametrize("lines", AGAIN.values(), ids=AGAIN)
def test_what_a_resumed_session_repeats_counts_once(lines: list[dict[str, Any]]) -> None:
    assert told(lines[:1]) == told(lines)


NOT_AGAIN = {
    "the same words later": [user("yes"), user("yes", at=5)],
    "calls with constant ids": [user([result("x", "call_0")]), user([result("x", "call_0")], at=5)],
    "two results of one moment": [user([result("x", "call_0")]), user([result("y", "call_0")])],
    "no times": [{**user("yes"), "timestamp": None}] * 2,
}


@pytest.mark.parametrize("lines", NOT_AGAIN.values(), ids=NOT_AGAIN)
def test_what_was_said_twice_counts_twice(lines: list[dict[str, Any]]) -> None:
    assert 2 == len(told(lines))


def queue(operation: str, content: str | None = None) -> dict[str, Any]:
    return {"type": "queue-operation", "operation": operation, "timestamp": stamp(3), "content": content}


QUEUED: dict[str, tuple[list[dict[str, Any]], list[tuple[Any, ...]]]] = {
    "handed to the model": ([queue("enqueue", "and that"), queue("remove")], [(2, "user_text", "and that")]),
    "sent as a prompt": (
        [queue("enqueue", "and that"), queue("dequeue"), user("and that")],
        [(3, "user_text", "and that")],
    ),
    "taken back": ([queue("enqueue", "and that"), queue("popAll"), queue("remove")], []),
    "in a log with attachments": (
        [attachment("command_permissions"), queue("enqueue", "and that"), queue("remove")],
        [],
    ),
    "a notification": (
        [queue("enqueue", "<task-notification>x"), queue("remove")],
        [(2, "injected", "<task-notification>x")],
    ),
    "the first of two": (
        [queue("enqueue", "a"), queue("enqueue", "b"), queue("remove")],
        [(3, "user_text", "a")],
    ),
    "without a prompt": ([queue("remove"), queue("dequeue")], []),
}


@pytest.mark.parametrize(("lines", "expected"), QUEUED.values(), ids=QUEUED)
def test_a_queued_prompt_is_told_where_the_model_got_it(
    lines: list[dict[str, Any]], expected: list[tuple[Any, ...]]
) -> None:
    assert expected == told(lines)


SILENT: dict[str, dict[str, Any]] = {
    "a title": {"type": "summary", "summary": "Cart", "leafUuid": "x"},
    "progress of a hook": {"type": "progress", "data": {"type": "hook_progress", "message": "x"}},
    "an agent's line of another type": nested({"type": "system", "content": "x"}),
    "a turn's time": {"type": "system", "subtype": "turn_duration", "content": "x"},
    "a type to come": {"type": "x_future", "message": {"content": "x"}},
    "no type": {"message": {"content": "x"}},
}


@pytest.mark.parametrize("line", SILENT.values(), ids=SILENT)
def test_other_lines_put_nothing_into_a_context(line: dict[str, Any]) -> None:
    assert [] == told([line])


def test_lone_surrogates_never_get_out() -> None:
    half = "\ud83d"
    lines = [
        user(f"typed {half}"),
        assistant({"type": "text", "text": f"said {half}"}, call("Bash", command=f"echo {half}")),
        attachment("skill_listing", content=f"skill {half}"),
    ]
    texts = [text for piece in pieces(lines) for text in piece.texts]

    assert [
        "typed ?",
        "said ?",
        '<invoke name="Bash">\n<parameter name="command">echo ?</parameter>\n</invoke>',
    ] == texts[:3]
    assert ["skill ?"] == texts[3:]


def test_broken_lines_are_passed_over() -> None:
    good = json.dumps(user("add it")).encode()
    lines = [b"{", b'"text"', b"[1]", b"null", b"\x00\x00", b"\xff\xfe", b"[" * 5000, b"\x00\x00" + good]

    assert [(8, "user_text", "add it")] == told(lines)


def test_a_line_of_ten_megabytes_is_one_text() -> None:
    (piece,) = pieces([user("x" * 10_000_000)])

    assert [10_000_000] == [len(text) for text in piece.texts]


def test_many_reminders_take_no_more_than_their_length() -> None:
    found = pieces([user([result(REMINDER * 20_000, "toolu_01")])])

    assert ["tool_output", "injected"] == [piece.kind for piece in found]


def test_the_session_is_not_what_tells_lines_apart() -> None:
    assert 1 == len(told([user("a", sessionId=SESSION), user("a", sessionId="other")]))
