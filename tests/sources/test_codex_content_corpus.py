"""Laws of the content reader over every real rollout, against the raw lines read by json alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tokmeter.core.usage import Entry
from tokmeter.sources._base import LogFile
from tokmeter.sources._content import Content, Output, Piece
from tokmeter.sources._jsonl import read_log
from tokmeter.sources.codex import SOURCE
from tokmeter.tokenization.codex_output import visible_tokens
from tokmeter.tokenization.tokenizers import load

RESULTS = {"file_read", "command_output", "search_result", "tool_output"}
INPUTS = RESULTS | {"user_text", "injected", "summary"}


class Log(NamedTuple):
    """A rollout read both ways."""

    file: LogFile
    lines: list[bytes]
    content: list[Content]
    entries: list[Entry]


def _home_logs(home: Path) -> Iterator[Log]:
    files = SOURCE.discover(SOURCE.roots({"CODEX_HOME": str(home)}, home)).files
    siblings = {name: file for file in files if (name := SOURCE.sibling_id(file))}
    for file in files:
        lines = Path(file.path).read_bytes().split(b"\n")
        reader = SOURCE.content_reader(file.path)
        content: list[Content] = []
        for number, line in enumerate(lines, 1):
            if line:
                content += reader.feed(memoryview(line), number)
        content += reader.finish()
        entries = read_log(SOURCE, file, None, siblings).parsed.entries
        yield Log(file, lines, content, entries)


@pytest.fixture(scope="module")
def logs(corpus: Path) -> list[Log]:
    """All rollouts of the corpus: 37 of one home, 8 of the fork homes."""
    forks = sorted((corpus / "codex-forks" / "Issue2037").iterdir())
    homes = [corpus / "codex", *(folder / "codex-home" for folder in forks)]
    return [log for home in homes for log in _home_logs(home)]


def test_every_entry_has_one_output_on_its_line(logs: list[Log]) -> None:
    assert 45 == len(logs)
    for log in logs:
        outputs = Counter(one.line for one in log.content if isinstance(one, Output))
        missing = [entry.first_line for entry in log.entries if outputs[entry.first_line] != 1]

        assert ([], []) == (missing, [line for line, times in outputs.items() if times > 1])


def raw_chars(lines: list[bytes]) -> Counter[str]:
    """Characters by who wrote them, from the items alone."""
    chars: Counter[str] = Counter()
    heads = 0
    for text in lines:
        if not text:
            continue
        record = json.loads(text)
        payload = record["payload"]
        if record["type"] == "session_meta":
            chars["input"] += 0 if heads else len((payload.get("base_instructions") or {"text": ""})["text"])
            heads += 1
        if record["type"] == "compacted":
            kept = [part for item in payload["replacement_history"] for part in item.get("content") or []]
            chars["input"] += len(payload["message"]) + sum(len(part["text"]) for part in kept)
        if record["type"] == "response_item":
            chars.update(_item_chars(payload))
    return +chars


def _item_chars(item: dict[str, Any]) -> dict[str, int]:
    what = item["type"]
    if what == "message":
        length = sum(len(part.get("text", "")) for part in item["content"])
        return {"text" if item["role"] == "assistant" else "input": length}
    if what == "reasoning":
        return {"thinking": sum(len(part["text"]) for part in item["summary"])}
    if what in ("function_call", "custom_tool_call"):
        return {"tools": len(item.get("arguments", item.get("input")))}
    if what == "web_search_call" and "action" in item:
        return {"tools": len(json.dumps(item["action"], separators=(",", ":"), ensure_ascii=False))}
    if what.endswith("_output"):
        return {"tools": _output_length(item["output"])}
    return {}


def _output_length(output: str) -> int:
    """Of a result in JSON its parts count, as lines: exit code, time, and the output."""
    if not output.startswith('{"output":'):
        return len(output)
    found = json.loads(output)
    about = found["metadata"]
    head = f"Exit code: {about['exit_code']}\nWall time: {about['duration_seconds']:g} seconds\nOutput:\n"
    is_cut = found["output"].startswith("Total output lines: ")  # stands above, with one newline less
    return len(head) + len(found["output"]) - is_cut


GROUPS = {"assistant_text": "text", "thinking": "thinking", "user_text": "input", "injected": "input"}
GROUPS |= {"summary": "input", "compaction": "none"}


def test_no_character_is_lost_or_counted_twice(logs: list[Log]) -> None:
    for log in logs:
        found: Counter[str] = Counter()
        for one in log.content:
            if isinstance(one, Piece):
                found[GROUPS.get(one.kind, "tools")] += sum(map(len, one.texts))

        assert raw_chars(log.lines) == +found


def test_outputs_hold_the_text_and_calls_of_their_pieces(logs: list[Log]) -> None:
    """In logs of one reading each; what was interrupted has pieces and no output."""
    whole = 0
    for log in logs:
        outputs = [one for one in log.content if isinstance(one, Output)]
        said = sum(len(text) for one in outputs for text in one.messages)
        pieces = [one for one in log.content if isinstance(one, Piece)]
        written = sum(len(text) for one in pieces if one.kind == "assistant_text" for text in one.texts)

        assert said <= written
        whole += said == written
    assert 43 <= whole


def test_an_output_stands_behind_its_inputs_and_before_what_came_later(logs: list[Log]) -> None:
    for log in logs:
        for position, one in enumerate(log.content):
            if not isinstance(one, Output):
                continue
            own = _own_pieces(one, log.content[position + 1 :])
            if not own:
                continue
            began = own[0].line
            before = [piece.line for piece in _inputs(log.content[:position])]
            after = [piece.line for piece in _inputs(log.content[position:])]

            assert max(before, default=0) < began < min(after, default=began + 1)


def _own_pieces(output: Output, behind: list[Content]) -> list[Piece]:
    """The pieces right behind an output that are its own: their texts are its texts and arguments."""
    wanted = [*output.thinking, *output.messages, *(str(call.arguments) for call in output.calls)]
    left = sum(map(len, wanted))
    own: list[Piece] = []
    while left > 0:
        piece = behind[len(own)]
        assert isinstance(piece, Piece)
        assert piece.kind in {"assistant_text", "thinking", "tool_call", "edit"}
        own.append(piece)
        left -= sum(map(len, piece.texts))
    texts = Counter("".join(text for piece in own for text in piece.texts))

    assert Counter("".join(wanted)) == texts
    return own


def _inputs(content: list[Content]) -> list[Piece]:
    return [one for one in content if isinstance(one, Piece) and one.kind in INPUTS]


def test_results_stand_behind_their_calls(logs: list[Log]) -> None:
    seen = 0
    for log in logs:
        calls: dict[str, int] = {}
        results: dict[str, int] = {}
        for number, text in enumerate(log.lines, 1):
            payload = json.loads(text)["payload"] if text else {}
            if text and json.loads(text)["type"] == "response_item" and "call_id" in payload:
                (results if payload["type"].endswith("_output") else calls)[payload["call_id"]] = number
        places = {one.line: place for place, one in enumerate(log.content) if isinstance(one, Piece)}
        pairs = [(places[calls[name]], places[line]) for name, line in results.items() if line in places]
        seen += len(pairs)

        assert all(call < result for call, result in pairs)
    assert 2_145 == seen


def test_file_reads_name_a_file_below_a_folder_and_hold_its_lines(logs: list[Log]) -> None:
    reads = [one for log in logs for one in log.content if isinstance(one, Piece) and one.kind == "file_read"]

    assert 508 == len(reads)
    assert all(piece.path.startswith("/") and piece.tool in {"exec_command", "shell"} for piece in reads)


def _residuals(logs: list[Log], *, with_calls: bool) -> Counter[int | None]:
    """Logged visible output minus the formula's, of each response that this log's entries name."""
    count = load("o200k_base").count
    found: Counter[int | None] = Counter()
    for log in logs:
        entries = {entry.first_line: entry for entry in log.entries}
        for one in log.content:
            entry = entries.get(one.line) if isinstance(one, Output) else None
            if not isinstance(one, Output) or entry is None or bool(one.calls) is not with_calls:
                continue
            if not (one.messages or one.calls):
                continue
            logged = entry.output_tokens - entry.reasoning_output_tokens
            reasoning = entry.reasoning_output_tokens > 0 or one.thinking_blocks > 0
            texts = [count(text) for text in one.messages]
            model = entry.sku.model
            told = visible_tokens(texts, one.calls, reasoning=reasoning, count=count, model=model)
            found[None if told is None else logged - told] += 1
    return found


def test_responses_of_text_alone_are_exact(logs: list[Log]) -> None:
    """The visible output is the o200k tokens of the text and 4, or 6 with reasoning."""
    assert {0: 91} == _residuals(logs, with_calls=False)


def test_responses_with_calls_are_exact_but_for_two_and_open_for_two(logs: list[Log]) -> None:
    assert {0: 1_342, 1: 1, -64: 1, None: 2} == _residuals(logs, with_calls=True)
