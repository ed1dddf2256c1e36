"""Counting by letters, so that a count can be derived by hand; and what books make of records with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tokmeter.core.usage import Entry
from tokmeter.histories._books import Books
from tokmeter.histories._counting import TextCounter
from tokmeter.histories._record import Call, Item
from tokmeter.histories._texts import ToolCall
from tokmeter.tokenization._interface import Counted

BASES = {"exact": 1, "fitted": 2, "rough": 3}
"""Models by how their counts are got; any other one is exact."""


class Letters:
    """A token for each letter; of a tool call its name and its arguments as they stand."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def count(self, model: str, text: str) -> Counted:
        self.asked.append(text)
        return Counted(len(text), BASES.get(model, 1), 0.0)

    def count_output(self, model: str, texts: Sequence[str], calls: Sequence[ToolCall] = ()) -> Counted:
        self.asked += texts
        total = sum(map(len, texts)) + sum(len(f"{call.name}{call.arguments}") for call in calls)
        return Counted(total, BASES.get(model, 1), 0.0)


def booked(items: Iterable[Item], letters: Letters | None = None) -> Books:
    """The books over these items."""
    counts = Letters() if letters is None else letters
    books = Books("history", "/x", TextCounter(lambda: counts))
    for item in items:
        books.add(item)
    return books


def entries(items: Iterable[Item]) -> list[Entry]:
    return booked(items).parsed.entries


def counts(items: Iterable[Item]) -> list[tuple[int, int, int]]:
    """Input, output and how they were counted, of every entry."""
    return [(entry.uncached_input_tokens, entry.output_tokens, entry.count_basis) for entry in entries(items)]


def texts_of(call: Call) -> tuple[object, ...]:
    """What there is to count of a call: input, framing, output, thinking, tool calls."""
    assert call.texts is not None
    one = call.texts
    return one.given, one.framing, one.written, one.thinking, [tuple(tool) for tool in one.calls]
