"""Laws of the content reader, over odd lines, over all fixtures and over all real logs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.transcripts import MAIN, ONE, SESSION, TWO, read, stamp
from tokmeter.core.piece import PIECE_KINDS
from tokmeter.sources._base import LogFile
from tokmeter.sources._content import Content, Output, Piece
from tokmeter.sources._fields import decode_tolerant
from tokmeter.sources.claude_code.parser import Parser

HERE = Path(__file__).parent
FIXTURES = sorted((HERE / "claude_code").glob("*/input/**/*.jsonl"))


def entries(lines: list[bytes], path: str) -> set[str | int]:
    """Responses as the ledger gets them: by message id, else by their first line."""
    parser = Parser(LogFile("claude-code", path, path, 0, 0, 0, 0), None)
    for number, line in enumerate(lines, 1):
        parser.feed(memoryview(line), number)
    found = [entry for entry in parser.finish().entries if "#" not in entry.key]
    return {entry.key if entry.key.startswith("m:") else entry.first_line for entry in found}


def hold(lines: list[bytes], path: str) -> None:
    """All laws over one log."""
    found = read(lines, path)
    told: list[str | int] = [one.key or one.line for one in found if isinstance(one, Output)]

    assert sorted(map(str, entries(lines, path))) == sorted(map(str, told))
    for one in found:
        assert 1 <= one.line <= len(lines)
        if isinstance(one, Piece):
            assert one.kind in PIECE_KINDS
            assert all(isinstance(text, str) and text for text in one.texts)
            assert one.path.isprintable() or not any(ord(letter) < 32 for letter in one.path)
            assert len(one.path) <= 1024
            json.dumps(one, ensure_ascii=False).encode()
    keep_order(found)


def keep_order(found: list[Content]) -> None:
    """Outputs, then their own pieces; all else in the order of the log's lines."""
    last = 0
    at = 0
    while at < len(found):
        one = found[at]
        at += 1
        if not isinstance(one, Output):
            assert last <= one.line
            last = one.line
            continue
        assert last <= one.line or one.key is None
        last = max(last, one.line) if one.key else last
        own = len(one.messages) + len(one.calls) + len(one.thinking)
        kinds = Counter(piece.kind for piece in found[at : at + own] if isinstance(piece, Piece))

        assert len(one.messages) == kinds["assistant_text"]
        assert len(one.thinking) == kinds["thinking"]
        assert len(one.calls) == kinds["tool_call"] + kinds["edit"]
        at += own


# Odd lines ------------------------------------------------------------------------------------------------

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(["\ud83d", "<system-reminder>", "</system-reminder>", "Read", "mcp__a__b", stamp(1)]),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def or_odd(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what belongs there, sometimes anything."""
    return st.integers(0, 7).flatmap(lambda dice: ANYTHING if dice == 0 else right)


def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of the fields."""
    return st.fixed_dictionaries({}, optional={name: or_odd(value) for name, value in fields.items()})


WORDS = st.sampled_from(["a", "ab", "abc", "", "<system-reminder>x</system-reminder>"])
IDS = st.sampled_from([ONE, TWO, "msg_1", "toolu_01AAAAAAAAAAAAAAAA", "call_0"])
INPUTS = record(command=st.sampled_from(["cat /a", "ls"]), file_path=WORDS, server=WORDS, other=ANYTHING)
PARTS = st.lists(record(type=st.sampled_from(["text", "image"]), text=WORDS), max_size=2)
BLOCKS = record(
    type=st.sampled_from(["text", "thinking", "redacted_thinking", "tool_use", "tool_result", "image"]),
    text=WORDS,
    thinking=WORDS,
    signature=WORDS,
    data=WORDS,
    id=IDS,
    tool_use_id=IDS,
    name=st.sampled_from(["Read", "Bash", "Edit", "mcp__docs__get", "no word"]),
    input=INPUTS,
    content=st.one_of(WORDS, PARTS),
)
MESSAGES = record(
    id=IDS,
    model=st.sampled_from(["claude-opus-4-8", "<synthetic>"]),
    content=st.one_of(WORDS, st.lists(BLOCKS, max_size=3)),
    stop_reason=st.sampled_from([None, "end_turn"]),
    usage=record(input_tokens=st.integers(0, 2), output_tokens=st.integers(0, 2)),
)
ATTACHMENTS = record(
    type=st.sampled_from(["skill_listing", "file", "queued_command", "hook_success", "directory"]),
    content=st.one_of(WORDS, record(file=record(content=WORDS, filePath=WORDS))),
    prompt=st.one_of(WORDS, PARTS),
    filename=WORDS,
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "timestamp": st.integers(0, 3).map(stamp),
    "sessionId": st.just(SESSION),
    "uuid": st.sampled_from(["u1", "u2", "u3", None]),
    "requestId": st.sampled_from(["r1", "r2", None]),
    "message": MESSAGES,
}
LINES = record(
    type=st.sampled_from(["assistant", "user", "progress", "attachment", "system", "queue-operation"]),
    **COMMON,
    isSidechain=st.booleans(),
    agentId=WORDS,
    isMeta=st.booleans(),
    isCompactSummary=st.booleans(),
    subtype=st.sampled_from(["compact_boundary", "local_command"]),
    operation=st.sampled_from(["enqueue", "dequeue", "remove", "popAll"]),
    content=WORDS,
    attachment=ATTACHMENTS,
    data=record(agentId=WORDS, message=record(type=st.sampled_from(["assistant", "user"]), **COMMON)),
)


@settings(max_examples=250, deadline=None)
@given(st.lists(LINES, max_size=8))
def test_odd_lines_break_no_law(lines: list[dict[str, Any]]) -> None:
    hold([json.dumps(line).encode() for line in lines], MAIN)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(ANYTHING.map(json.dumps), st.text(max_size=20)), max_size=4))
def test_lines_that_are_no_lines_give_nothing(lines: list[str]) -> None:
    assert [] == read([line.encode("utf-8", "surrogatepass") for line in lines])


# Fixtures and real logs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.relative_to(HERE / "claude_code").parts[0])
def test_each_entry_of_a_fixture_has_one_output(path: Path) -> None:
    hold(path.read_bytes().split(b"\n"), str(path))


def logs(corpus: Path) -> Iterator[tuple[str, list[bytes]]]:
    for path in sorted((corpus / "claude" / "projects").rglob("*.jsonl")):
        yield str(path), path.read_bytes().split(b"\n")


def test_real_logs_break_no_law(corpus: Path) -> None:
    for path, lines in logs(corpus):
        hold(lines, path)


def messages(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    """The messages of a log's lines, nested ones among them, in a simple way."""
    for line in lines:
        try:
            value = decode_tolerant(line)
        except ValueError:
            continue
        if value.get("type") == "progress":
            value = value["data"].get("message") or {}
            value = value if isinstance(value, dict) else {}
        if value.get("type") in ("assistant", "user") and not value.get("isApiErrorMessage"):
            yield value["message"]


def test_every_text_block_of_the_real_logs_is_told_once(corpus: Path) -> None:
    for path, lines in logs(corpus):
        written = {
            (message["id"], block["type"], block[block["type"]], block.get("signature"))
            for message in messages(lines)
            if message["role"] == "assistant" and message["model"] != "<synthetic>"
            for block in message["content"]
            if block["type"] in ("text", "thinking")
        }
        outputs = [one for one in read(lines, path) if isinstance(one, Output)]
        sizes = {
            "text": sum(len(text) for _, kind, text, _ in written if kind == "text"),
            "thinking": sum(len(text) for _, kind, text, _ in written if kind == "thinking"),
            "blocks": sum(kind == "thinking" for _, kind, *_ in written),
        }

        assert sizes == {
            "text": sum(len(text) for one in outputs for text in one.messages),
            "thinking": sum(len(text) for one in outputs for text in one.thinking),
            "blocks": sum(one.thinking_blocks for one in outputs),
        }


def test_every_call_and_result_of_the_real_logs_is_told_once(corpus: Path) -> None:
    for path, lines in logs(corpus):
        called = set()
        answered = {}
        for message in messages(lines):
            for block in message["content"] if isinstance(message["content"], list) else []:
                if block["type"] == "tool_use":
                    called.add(block["id"])
                elif block["type"] == "tool_result":
                    answered.setdefault(block["tool_use_id"], size(block.get("content")))
        found = read(lines, path)
        results = list(results_of(found))

        assert len(called) == sum(len(one.calls) for one in found if isinstance(one, Output))
        assert len(answered) == sum(piece.tool != "" or piece.kind == "tool_output" for piece in results)
        assert sum(answered.values()) == sum(size(list(piece.texts)) for piece in results)


def results_of(found: list[Content]) -> Iterator[Piece]:
    """Pieces that are results, and the reminders behind them."""
    own = 0
    result_line = 0
    for one in found:
        if isinstance(one, Output):
            own = len(one.messages) + len(one.calls) + len(one.thinking)
        elif own:
            own -= 1
        elif one.kind in ("file_read", "command_output", "search_result", "edit", "tool_output"):
            if one.tool or one.kind == "tool_output":
                result_line = one.line
                yield one
        elif one.kind == "injected" and one.line == result_line:
            yield one


def size(content: Any) -> int:
    """Characters of a result's texts."""
    if isinstance(content, str):
        return len(content)
    parts = content if isinstance(content, list) else []
    return sum(len(part if isinstance(part, str) else part.get("text") or "") for part in parts)
