"""The texts of small invented rollouts, piece by piece: what entered the context, and each step's output."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.rollouts import OTHER, OWN, Record, count, line, meta, record, started, turn, usage
from tokmeter.core.piece import PIECE_KINDS
from tokmeter.sources._content import Content, ContentReader, Output, Piece, ToolCall, WithContent
from tokmeter.sources.codex import SOURCE

CWD = "/home/ana/shop"


def read(records: Iterable[Record | bytes]) -> list[Content]:
    """Everything the reader says about a rollout of these records."""
    reader = reader_of()
    found: list[Content] = []
    for number, one in enumerate(records, 1):
        text = one if isinstance(one, bytes) else json.dumps(one).encode()
        found += reader.feed(memoryview(text), number)
    return [*found, *reader.finish()]


def reader_of() -> ContentReader:
    """The reader, as the ledger asks for one."""
    assert isinstance(SOURCE, WithContent)
    return SOURCE.content_reader("/logs/rollout.jsonl")


def short(found: Iterable[Content]) -> list[str]:
    """Pieces as `kind texts [server/tool] [@path]`, outputs as `OUT line: messages; calls`, in their order."""
    said = []
    for one in found:
        if isinstance(one, Piece):
            name = f" {one.server}/{one.tool}" if one.server else f" {one.tool}" if one.tool else ""
            said.append(f"{one.kind} {'|'.join(one.texts)}{name}{f' @{one.path}' if one.path else ''}")
        else:
            calls = " ".join(f"{call.name}({call.arguments})" for call in one.calls)
            said.append(f"OUT {one.line}: {'|'.join(one.messages)}; {calls}")
    return said


def item(what: str, **fields: Any) -> Record:
    """A `response_item`."""
    return line(1, "response_item", {"type": what, **fields})


def message(role: str, *texts: str) -> Record:
    """A message of one of the three roles."""
    kind = "output_text" if role == "assistant" else "input_text"
    return item("message", role=role, content=[{"type": kind, "text": text} for text in texts])


def call(name: str, arguments: str, call_id: str = "c1", **more: Any) -> Record:
    """A function call."""
    return item("function_call", name=name, arguments=arguments, call_id=call_id, **more)


def result(output: Any, call_id: str = "c1") -> Record:
    """The result of a call."""
    return item("function_call_output", call_id=call_id, output=output)


def event(what: str, **fields: Any) -> Record:
    """An event."""
    return line(1, "event_msg", {"type": what, **fields})


def billed(step: int) -> Record:
    """The token count behind the n-th response: 100 tokens in and 10 out each."""
    return count(step, usage(100 * step, 10 * step), usage(100, 10))


BASE = {"text": "you are an agent"}
HI = message("assistant", "hi")
HEAD = [meta(base_instructions=BASE), turn(0.5, cwd=CWD)]

ITEMS: dict[str, tuple[list[Record], list[str]]] = {
    "typed text": ([message("user", "add a cart")], ["user_text add a cart"]),
    "content as text": ([item("message", role="user", content="add")], ["user_text add"]),
    "environment": (
        [message("user", "<environment_context>x")],
        ["injected <environment_context>x"],
    ),
    "both in one message": (
        [message("user", "# AGENTS.md instructions for x", "add a cart")],
        ["injected # AGENTS.md instructions for x", "user_text add a cart"],
    ),
    "developer": ([message("developer", "<permissions>", "more")], ["injected <permissions>|more"]),
    "another agent": (
        [item("agent_message", author="a", content=[{"type": "input_text", "text": "done"}])],
        ["injected done"],
    ),
    "an image beside text": (
        [
            item(
                "message",
                role="user",
                content=[{"type": "input_image", "image_url": "data:"}, {"text": "see"}],
            )
        ],
        ["user_text see"],
    ),
    "assistant": ([HI], ["assistant_text hi"]),
    "encrypted reasoning": ([item("reasoning", summary=[], encrypted_content="gAAA")], []),
    "reasoning by summary": (
        [item("reasoning", summary=[{"type": "summary_text", "text": "hm"}], content=None)],
        ["thinking hm"],
    ),
    "reasoning in full": (
        [item("reasoning", summary=[{"text": "hm"}], content=[{"type": "reasoning_text", "text": "well"}])],
        ["thinking well"],
    ),
    "command": (
        [call("exec_command", '{"cmd":"ls"}'), result("a.py")],
        ['tool_call {"cmd":"ls"} exec_command', "command_output a.py exec_command"],
    ),
    "reading in the working folder": (
        [call("shell", '{"command":["bash","-lc","cat a.py"]}'), result("x = 1")],
        [
            'tool_call {"command":["bash","-lc","cat a.py"]} shell @/home/ana/shop/a.py',
            "file_read x = 1 shell @/home/ana/shop/a.py",
        ],
    ),
    "reading in the call's folder": (
        [call("exec_command", '{"cmd":"cat a.py","workdir":"/srv"}'), result("x")],
        [
            'tool_call {"cmd":"cat a.py","workdir":"/srv"} exec_command @/srv/a.py',
            "file_read x exec_command @/srv/a.py",
        ],
    ),
    "input to a running command": (
        [call("write_stdin", '{"session_id":1}'), result("ok")],
        ['tool_call {"session_id":1} write_stdin', "command_output ok write_stdin"],
    ),
    "a result in JSON": (
        [
            call("shell", '{"command":["ls"]}'),
            result('{"output":"a\\nb","metadata":{"exit_code":0,"duration_seconds":0.5}}'),
        ],
        [
            'tool_call {"command":["ls"]} shell',
            "command_output Exit code: 0\nWall time: 0.5 seconds\nOutput:\na\nb shell",
        ],
    ),
    "a cut result in JSON": (
        [
            call("shell", "{}"),
            result(
                '{"output":"Total output lines: 9\\n\\na","metadata":{"exit_code":1,"duration_seconds":2.0}}'
            ),
        ],
        [
            "tool_call {} shell",
            "command_output Exit code: 1\nWall time: 2 seconds\nTotal output lines: 9\nOutput:\na shell",
        ],
    ),
    "a result in other JSON": (
        [call("shell", "{}"), result('{"output":"a"}')],
        ["tool_call {} shell", 'command_output {"output":"a"} shell'],
    ),
    "local shell": (
        [
            item("local_shell_call", call_id="c1", action={"type": "exec", "command": ["cat", "b"]}),
            item("local_shell_call_output", call_id="c1", output="y"),
        ],
        [
            'tool_call {"type":"exec","command":["cat","b"]} local_shell @/home/ana/shop/b',
            "file_read y local_shell @/home/ana/shop/b",
        ],
    ),
    "patch of two files": (
        [
            item(
                "custom_tool_call",
                name="apply_patch",
                call_id="c1",
                input="*** Begin Patch\n*** Update File: a\n+x\n*** Add File: b\n+y\n*** End Patch",
            ),
            item("custom_tool_call_output", call_id="c1", output="Success"),
        ],
        [
            "edit *** Begin Patch\n*** Update File: a\n+x\n apply_patch @/home/ana/shop/a",
            "edit *** Add File: b\n+y\n*** End Patch apply_patch @/home/ana/shop/b",
            "edit Success apply_patch",
        ],
    ),
    "MCP": (
        [call("mcp__github__search", "{}"), result([{"type": "text", "text": "3 hits"}])],
        ["tool_call {} github/search", "tool_output 3 hits github/search"],
    ),
    "MCP by namespace": (
        [call("search", "{}", namespace="mcp__github"), result({"content": "3 hits", "success": True})],
        ["tool_call {} github/search", "tool_output 3 hits github/search"],
    ),
    "plan": (
        [call("update_plan", '{"plan":[]}'), result("Plan updated")],
        ['tool_call {"plan":[]} update_plan', "tool_output Plan updated update_plan"],
    ),
    "web search by the provider": (
        [item("web_search_call", status="completed", action={"type": "search", "query": "q"})],
        ['tool_call {"type":"search","query":"q"} web_search'],
    ),
    "web search by a tool": (
        [call("web_search", '{"q":1}'), result("hits")],
        ['tool_call {"q":1} web_search', "search_result hits web_search"],
    ),
    "result of an unknown call": ([result("x", "c9")], ["tool_output x"]),
    "an unknown call": (
        [item("new_call", name="do", input="it", id="c1"), item("new_call_output", call_id="c1", output="y")],
        ["tool_call it do", "tool_output y do"],
    ),
    "a name that is a sentence": ([call("what a name", "{}")], ["tool_call {}"]),
    "half a pair": ([message("user", "a\ud800b")], ["user_text a\ufffdb"]),
    "events that repeat items": (
        [
            event("user_message", message="hi"),
            event("agent_reasoning", text="hm"),
            event("agent_message", message="hi"),
            event("exec_command_end", call_id="c1", aggregated_output="x"),
            event("item_completed", item={"type": "UserMessage", "content": [{"text": "hi"}]}),
        ],
        [],
    ),
    "what says nothing": (
        [item("ghost_snapshot"), line(1, "world_state", {"text": "x"}), event("warning")],
        [],
    ),
}


@pytest.mark.parametrize(("records", "expected"), ITEMS.values(), ids=ITEMS)
def test_an_item_becomes_its_pieces(records: list[Record], expected: list[str]) -> None:
    assert ["injected you are an agent", *expected] == short(read([*HEAD, *records]))


THOUGHT = item("reasoning", summary=[{"text": "hm"}])
RUN = call("exec_command", '{"cmd":"make"}')
RAN = result("done")
RUN_SAID = ['tool_call {"cmd":"make"} exec_command']
RAN_SAID = ["command_output done exec_command"]
ASK = message("user", "go")
SAY = event("agent_message", message="hi")
ABORT = event("turn_aborted", reason="interrupted")
LIMITS = event("token_count", info=None, rate_limits={})
ESTIMATE = count(3, usage(100, 10), {"total_tokens": 700})

STEPS: dict[str, tuple[list[Record], list[str]]] = {
    "usage behind the items": (
        [ASK, SAY, HI, RUN, billed(1), RAN, SAY, HI, billed(2)],
        [
            "user_text go",
            'OUT 5: hi; exec_command({"cmd":"make"})',
            "assistant_text hi",
            *RUN_SAID,
            *RAN_SAID,
            "OUT 9: hi; ",
            "assistant_text hi",
        ],
    ),
    "results before the usage": (
        [ASK, RUN, RAN, billed(1), HI, billed(2)],
        [
            "user_text go",
            'OUT 4: ; exec_command({"cmd":"make"})',
            *RUN_SAID,
            *RAN_SAID,
            "OUT 6: hi; ",
            "assistant_text hi",
        ],
    ),
    "usage before the items": (
        [ASK, LIMITS, billed(1), RUN, RAN, turn(3), billed(1), SAY, billed(2), HI],
        [
            "user_text go",
            'OUT 3: ; exec_command({"cmd":"make"})',
            *RUN_SAID,
            *RAN_SAID,
            "OUT 9: hi; ",
            "assistant_text hi",
        ],
    ),
    "usage before the items, without repetition": (
        [ASK, SAY, billed(1), HI, ASK, SAY, billed(2), HI],
        [
            "user_text go",
            "OUT 3: hi; ",
            "assistant_text hi",
            "user_text go",
            "OUT 7: hi; ",
            "assistant_text hi",
        ],
    ),
    "usage before the items, then a newer build": (
        [SAY, billed(1), HI, ASK, SAY, HI, billed(2), RUN, RAN, billed(3)],
        [
            "OUT 2: hi; ",
            "assistant_text hi",
            "user_text go",
            "OUT 7: hi; ",
            "assistant_text hi",
            'OUT 10: ; exec_command({"cmd":"make"})',
            *RUN_SAID,
            *RAN_SAID,
        ],
    ),
    "repeated and empty counts in the middle of a step": (
        [HI, billed(1), RUN, billed(1), LIMITS, ESTIMATE, RAN, billed(2)],
        [
            "OUT 2: hi; ",
            "assistant_text hi",
            'OUT 8: ; exec_command({"cmd":"make"})',
            *RUN_SAID,
            *RAN_SAID,
        ],
    ),
    "several messages in one response": (
        [THOUGHT, HI, message("assistant", "a", "b"), billed(1)],
        ["OUT 4: hi|ab; ", "thinking hm", "assistant_text hi", "assistant_text a|b"],
    ),
    "a response without items": (
        [HI, billed(1), billed(2), HI, billed(3)],
        ["OUT 2: hi; ", "assistant_text hi", "OUT 3: ; ", "OUT 5: hi; ", "assistant_text hi"],
    ),
    "counts alone": ([billed(1), billed(2)], ["OUT 1: ; ", "OUT 2: ; "]),
    "items without usage at the end": (
        [HI, billed(1), RUN, RAN],
        ["OUT 2: hi; ", "assistant_text hi", *RUN_SAID, *RAN_SAID],
    ),
    "an interrupted step": (
        [RUN, message("user", "<turn_aborted>"), ABORT, ASK, HI, billed(1)],
        [*RUN_SAID, "injected <turn_aborted>", "user_text go", "OUT 6: hi; ", "assistant_text hi"],
    ),
    "a turn that starts in the middle of a step": (
        [RUN, started(3), HI, billed(1)],
        [*RUN_SAID, "OUT 4: hi; ", "assistant_text hi"],
    ),
    "typed text in the middle of a step": (
        [RUN, ASK, HI, billed(1)],
        [*RUN_SAID, "user_text go", "OUT 4: hi; ", "assistant_text hi"],
    ),
    "a note in the middle of a step": (
        [HI, message("user", "<subagent_notification>"), billed(1)],
        ["OUT 3: hi; ", "assistant_text hi", "injected <subagent_notification>"],
    ),
    "a record and a count of one response": (
        [HI, record(1, usage(100, 10)), billed(1), ASK, HI, record(2, usage(100, 10)), billed(2)],
        [
            "OUT 2: hi; ",
            "assistant_text hi",
            "OUT 3: hi; ",
            "user_text go",
            "OUT 6: hi; ",
            "assistant_text hi",
            "OUT 7: hi; ",
        ],
    ),
    "a count before its record": (
        [HI, billed(1), record(1, usage(100, 10))],
        ["OUT 2: hi; ", "assistant_text hi", "OUT 3: hi; "],
    ),
    "a record told twice": (
        [HI, record(1, usage(100, 10)), record(1, usage(100, 10))],
        ["OUT 2: hi; ", "assistant_text hi"],
    ),
    "records with short names": (
        [HI, record(1, usage(9, 1), response_id="r"), HI, record(2, usage(9, 2), response_id="r")],
        ["OUT 2: hi; ", "assistant_text hi", "OUT 4: hi; ", "assistant_text hi"],
    ),
    "records of nothing": ([HI, record(1, usage(0)), record(2, {})], ["assistant_text hi"]),
    "a window fill": (
        [HI, count(1, {"total_tokens": 9}, {"total_tokens": 9}), billed(1)],
        ["OUT 3: hi; ", "assistant_text hi"],
    ),
    "totals alone": (
        [HI, count(1, usage(100, 10), None), HI, count(2, usage(300, 20), None)],
        ["OUT 2: hi; ", "assistant_text hi", "OUT 4: hi; ", "assistant_text hi"],
    ),
    "a copied head": (
        [meta(OWN), meta(OTHER, base_instructions=BASE), ASK, HI, billed(1)],
        ["user_text go", "OUT 5: hi; ", "assistant_text hi"],
    ),
    "a compaction that tells what stays": (
        [
            HI,
            billed(1),
            line(1, "compacted", {"message": "", "replacement_history": [ASK["payload"]]}),
            HI,
            billed(2),
        ],
        ["OUT 2: hi; ", "assistant_text hi", "compaction ", "summary go", "OUT 5: hi; ", "assistant_text hi"],
    ),
    "a compaction that tells its summary": (
        [line(1, "compacted", {"message": "in short", "latest_token_usage_record": {"usage": usage(1)}})],
        ["compaction ", "summary in short"],
    ),
    "a compaction told twice": (
        [item("compaction", encrypted_content="x"), line(1, "compacted", {"message": "in short"})],
        ["compaction ", "summary in short"],
    ),
}


@pytest.mark.parametrize(("records", "expected"), STEPS.values(), ids=STEPS)
def test_a_step_stands_where_its_request_was_sent(records: list[Record], expected: list[str]) -> None:
    assert expected == short(read(records))


def test_an_output_tells_all_it_knows() -> None:
    found = [one for one in read([*HEAD, THOUGHT, HI, RUN, billed(7)]) if isinstance(one, Output)]
    at_nine = 1772355600_000 + 7_000
    calls = (ToolCall("exec_command", '{"cmd":"make"}'),)

    assert [Output(6, at_nine, "", None, ("hi",), calls, ("hm",), 1, True)] == found


def test_the_format_before_envelopes_has_pieces_and_no_outputs() -> None:
    bare: list[Record] = [
        {"id": OWN, "timestamp": "2025-06-01T10:00:00.000Z", "instructions": "x", "git": {}},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "go"}]},
        {"record_type": "state"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]},
    ]

    assert ["user_text go", "assistant_text hi"] == short(read(bare))


@pytest.mark.parametrize(
    "lines",
    [
        [b"", b"\x00\x00", b"{", b"[]", b"null", b"7", b'"text"', b"[" * 100_000],
        [b'{"type":"response_item","payload":[]}', b'{"type":[],"payload":{}}', b'{"payload":{"type":{}}}'],
        [b'{"type":"event_msg","payload":{"type":"token_count","info":7}}'],
        [b'{"type":"token_usage_record","payload":{"usage":[1]}}'],
        [b'{"type":"compacted","payload":{"message":{},"replacement_history":[7,{"content":9}]}}'],
    ],
    ids=["no objects", "odd payloads", "odd info", "odd usage", "odd compaction"],
)
def test_a_line_that_holds_nothing_gives_nothing(lines: list[bytes]) -> None:
    assert [] == [one for one in short(read(lines)) if one != "compaction "]


def test_bad_bytes_and_odd_counts_cost_no_step() -> None:
    said = json.dumps(HI).encode().replace(b'"hi"', b'"h\xff"')
    counted = json.dumps(billed(1)).encode().replace(b'"output_tokens": 10', b'"output_tokens": "10"')

    assert ["OUT 2: h\ufffd; ", "assistant_text h\ufffd"] == short(read([said, counted]))


FIELDS = [
    "content",
    "arguments",
    "input",
    "output",
    "action",
    "summary",
    "name",
    "namespace",
    "call_id",
    "role",
]
FIELDS += ["info", "usage", "message", "replacement_history", "base_instructions", "cwd", "tools", "turn_id"]
WHAT = [
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "custom_tool_call",
    "local_shell_call",
]
WHAT += [
    "web_search_call",
    "compaction",
    "token_count",
    "turn_aborted",
    "agent_message",
    "tool_search_output",
]
KINDS = ["response_item", "event_msg", "turn_context", "session_meta", "compacted", "token_usage_record"]
texts = st.text(max_size=8) | st.sampled_from(
    ["*** Update File: \ud800", '{"cmd":["cat"]}', "apply_patch", "assistant"]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "content"]), inner),
    max_leaves=6,
)
payloads = st.fixed_dictionaries(
    {"type": st.sampled_from(WHAT) | scalars}, optional=dict.fromkeys(FIELDS, values)
)
odd_lines = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS) | scalars, "payload": payloads | values}, optional={"timestamp": scalars}
)
usual = st.sampled_from([HI, ASK, RUN, RAN, THOUGHT, billed(1), billed(2), record(1, usage(9, 1)), LIMITS])


@settings(max_examples=150, deadline=None)
@given(st.lists(odd_lines | usual, max_size=12))
def test_no_shape_is_too_odd(records: list[Record]) -> None:
    found = read(records)
    lines = [one.line for one in found if isinstance(one, Output)]

    assert len(lines) == len(set(lines))
    for one in found:
        if isinstance(one, Piece):
            assert one.kind in PIECE_KINDS
            assert all(one.texts)
            assert bool(one.texts) is (one.kind != "compaction")
            said = [*one.texts, one.path, one.tool, one.server]
        else:
            said = [*one.messages, *one.thinking, *(f"{call.name}{call.arguments}" for call in one.calls)]
        "".join(said).encode()  # no halves of pairs
