"""Calls as entries: which counts of one call win, and what is only a lower bound."""

from __future__ import annotations

from copy import copy
from itertools import permutations

import pytest

from tokmeter.core.call import EVIDENCE
from tokmeter.core.usage import OUTPUT_PARTIAL, Entry, merge
from tokmeter.histories._books import Books
from tokmeter.histories._format import Place
from tokmeter.histories._record import Call, Evidence, Status, Tokens
from tokmeter.histories.api_object import FORMATS

TS = 1_770_112_800_000  # 2026-02-03T10:00:00Z
(API_OBJECT,) = FORMATS
INCOMPLETE = {
    "id": "resp_68sample0000000000000000", "object": "response", "created_at": TS // 1000, "model": "gpt-5",
    "status": "incomplete", "output": [], "usage": {"input_tokens": 10, "output_tokens": 4096},
}  # fmt: skip
CUT_STREAM = {
    "type": "message_start",
    "message": {
        "id": "msg_01SampleAAAAAAAAAAAAAAAA", "type": "message", "model": "claude-opus-4-6",
        "usage": {"input_tokens": 10, "output_tokens": 1},
    },
}  # fmt: skip


def entry_of(tokens: Tokens, evidence: Evidence = "gateway", status: Status = "ok") -> Entry:
    books = Books("litellm-spend", "spend.csv")
    books.add(
        Call(
            key="resp:chatcmpl-SampleDDDDDDDDDDDDDD", ts=TS, format="litellm-spend", model="claude-sonnet-4-5",
            tokens=tokens, evidence=evidence, status=status,
        )
    )  # fmt: skip
    (entry,) = books.parsed.entries
    return entry


BLIND = Tokens(uncached_input=5000, output=300)
TOLD = Tokens(uncached_input=1000, cache_read=4000, output=300)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([(BLIND, "gateway"), (TOLD, "gateway")], (1000, 4000, 300)),
        ([(BLIND, "telemetry"), (TOLD, "telemetry"), (TOLD, "telemetry")], (1000, 4000, 300)),
        ([(BLIND, "gateway"), (Tokens(uncached_input=1000, cache_read=4000, output=1), "cut")], (5000, 0, 300)),
    ],
    ids=["one gateway's two logs", "telemetry in two conventions", "a gateway's log and a cut stream"],
)  # fmt: skip
def test_cached_input_counts_once_where_logs_of_one_kind_tell_it_apart_and_not(
    readings: list[tuple[Tokens, Evidence]], expected: tuple[int, int, int]
) -> None:
    for order in permutations(readings):
        first, *rest = [entry_of(tokens, evidence) for tokens, evidence in order]
        for other in rest:
            merge(first, other)

        assert expected == (first.uncached_input_tokens, first.cache_read_input_tokens, first.output_tokens)


@pytest.mark.parametrize(
    ("record", "flags"),
    [(INCOMPLETE, 0), (CUT_STREAM, OUTPUT_PARTIAL)],
    ids=["a reply that ended at its limit is counted whole", "a cut stream is a lower bound"],
)
def test_only_a_stream_without_its_end_has_partial_output(record: dict[str, object], flags: int) -> None:
    books = Books("api-object", "calls.jsonl")
    reader = API_OBJECT.reader(Place("calls.jsonl", TS))
    for item in (*reader.feed(record, 1), *reader.finish()):
        books.add(item)

    assert [flags] == [entry.flags for entry in books.parsed.entries]


@pytest.mark.parametrize("days", [-30, 30], ids=["a file older than the call", "a newer file"])
def test_a_recorded_time_goes_before_that_of_a_file(days: int) -> None:
    """The same response stands in a file without times and in one with them."""
    body = {"id": "msg_01SampleAAAAAAAAAAAAAAAA", "type": "message", "model": "claude-opus-4-6",
            "content": [], "usage": {"input_tokens": 10, "output_tokens": 5}}  # fmt: skip
    readings = []
    for record in (body, {"ts": "2026-02-03T10:00:00Z", "response": body}):
        books = Books("api-object", "calls.jsonl")
        for item in API_OBJECT.reader(Place("calls.jsonl", TS + days * 86_400_000)).feed(record, 1):
            books.add(item)
        readings.append((*books.parsed.entries, *(call.evidence for call in books.parsed.calls)))

    assert [EVIDENCE.index("undated"), EVIDENCE.index("response")] == [evidence for _, evidence in readings]
    for (first, _), (other, _) in permutations(readings):
        merged = copy(first)
        merge(merged, other)

        assert TS == merged.ts
