"""Many texts for several models: counted once a tokenizer, the same in one process and in several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest

from tokmeter.core import workers
from tokmeter.tokenization._interface import Calibration
from tokmeter.tokenization.counting import Counter
from tokmeter.tokenization.tally import BATCH, Part, PartCounts, count_parts, gauge
from tokmeter.tokenization.tokenizers import UnknownTokenizerError

OWN = Calibration("lantern-1", "o200k_base", 1.5, 7.0, 3.0, 40, 0.03, 0.08, 0.0, 1)
TEXT = "def total(rows):\n    return sum(row.amount for row in rows)\n" * 30


def numbered(count: int, text: str = "one two\nthree") -> list[Part]:
    return [Part(number, text, 5) for number in range(count)]


@pytest.mark.parametrize(
    "model",
    ["gpt-5.5", "gpt-4", "claude-opus-4-8", "claude-opus-4-6", "lantern-1", "glm-5", "nobody-knows-1"],
)
def test_a_gauge_counts_what_the_counter_counts(model: str) -> None:
    """`Counter.count` is the definition; a gauge says the same for a count that is there already."""
    counter = Counter({"lantern-1": OWN})
    found = gauge(counter, model)
    (counts,) = count_parts([Part(0, TEXT, 0)], [found.tokenizer])

    assert counter.count(model, TEXT) == (found.tokens(counts.tokens[0]), found.basis, found.error)


def test_parts_are_counted_in_their_order_by_every_tokenizer() -> None:
    """`hello world` has two tokens for both of OpenAI's tokenizers, `1234` two (three digits, and one)."""
    parts = [Part(4, "hello world", 11), Part(4, "1234\n", 5), Part(9, "", 0)]

    assert [
        PartCounts(4, 11, 11, 0, (2, 2)),
        PartCounts(4, 5, 5, 1, (3, 3)),
        PartCounts(9, 0, 0, 0, (0, 0)),
    ] == list(count_parts(parts, ["o200k_base", "cl100k_base"]))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_more_processes_count_the_same(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "START_METHOD", method)
    parts = [Part(number, TEXT * (number % 40), number) for number in range(200)]

    alone = list(count_parts(parts, ["o200k_base"], workers=0))

    assert alone == list(count_parts(parts, ["o200k_base"], workers=2))
    assert list(range(200)) == [counts.owner for counts in alone]


def test_parts_are_read_as_they_are_needed() -> None:
    """Of ten thousand parts only the first batch was asked for when the first count is there."""
    read = []

    def reading() -> Iterator[Part]:
        for part in numbered(10_000, "x y " * 100):
            read.append(part.owner)
            yield part

    next(iter(count_parts(reading(), ["o200k_base"], workers=0)))

    assert len(read) <= BATCH // 400 + 1


def test_an_unknown_tokenizer_is_told_before_anything_is_read() -> None:
    def never() -> Iterator[Part]:
        raise AssertionError
        yield

    with pytest.raises(UnknownTokenizerError):
        count_parts(never(), ["nothing_base"])


def test_no_text_gives_no_counts() -> None:
    assert [] == list(count_parts([], ["o200k_base"]))
    assert [] == list(count_parts([], ["o200k_base"], workers=2))


def test_processes_that_die_cost_no_count() -> None:
    """Killed after the first count came back; the rest is counted here."""
    parts = numbered(400, TEXT * 40)
    found = count_parts(parts, ["o200k_base"], workers=2)
    first = next(iter(found))
    children = multiprocessing.active_children()
    for child in children:
        child.kill()
    rest = list(found)

    assert len(children) == 2
    assert list(range(400)) == [counts.owner for counts in (first, *rest)]
    assert {first.tokens} == {counts.tokens for counts in rest}
