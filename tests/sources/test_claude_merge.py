"""Snapshots of a response merge inside a file exactly as entries merge in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tokmeter.core.usage import Entry, merge
from tokmeter.sources._base import LogFile
from tokmeter.sources.claude_code.parser import Parser

SESSION = "aaaaaaaa-0000-4000-8000-000000000001"
FILE = LogFile("claude-code", "x", f"/logs/projects/-p/{SESSION}.jsonl", 0, 0, 0, 0)
SMALL = st.integers(0, 3)


@st.composite
def snapshots(draw: st.DrawFn) -> dict[str, Any]:
    """One line of the one response; few values, so that ties are common."""
    usage = {
        "input_tokens": draw(SMALL),
        "cache_read_input_tokens": draw(SMALL),
        "cache_creation_input_tokens": draw(SMALL),
        "cache_creation": {"ephemeral_1h_input_tokens": draw(SMALL)},
        "output_tokens": draw(SMALL),
        "server_tool_use": {"web_search_requests": draw(SMALL)},
        "speed": draw(st.sampled_from([None, "fast"])),
        "service_tier": draw(st.sampled_from([None, "standard"])),
    }
    message = {
        "id": "msg_01EEEEEEEEEEEEEEEEEEEEEE",
        "model": draw(st.sampled_from(["claude-opus-4-8", "claude-sonnet-4-6"])),
        "stop_reason": draw(st.sampled_from([None, "end_turn"])),
        "usage": usage,
    }
    return {
        "type": "assistant",
        "timestamp": f"2026-03-02T09:00:0{draw(SMALL)}.000Z",
        "sessionId": draw(st.sampled_from([SESSION, "other"])),
        "isSidechain": draw(st.booleans()),
        "cwd": draw(st.sampled_from(["/a", "/b"])),
        "message": message,
    }


def read(lines: Iterable[tuple[int, dict[str, Any]]]) -> list[Entry]:
    parser = Parser(FILE, None)
    for number, line in lines:
        parser.feed(memoryview(json.dumps(line).encode()), number)
    return parser.finish().entries


@settings(max_examples=400, deadline=None)
@given(st.lists(snapshots(), min_size=1, max_size=6))
def test_lines_of_one_file_merge_like_entries_of_many(lines: list[dict[str, Any]]) -> None:
    numbered = list(enumerate(lines, 1))
    apart = [entry for one in numbered for entry in read([one])]
    together = read(numbered)
    expected: list[Entry] = apart[:1]
    for entry in apart[1:]:
        merge(expected[0], entry)

    assert [used(entry) for entry in expected] == [used(entry) for entry in together]


def used(entry: Entry) -> tuple[object, ...]:
    return tuple(getattr(entry, name) for name in entry.__struct_fields__)
