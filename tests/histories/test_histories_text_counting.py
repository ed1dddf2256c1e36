"""Calls without counts: only what a log leaves out is counted, how is said, and no text stays."""

from __future__ import annotations

import pytest

from histories.letters import Letters, booked, entries
from tokmeter.core.call import EVIDENCE
from tokmeter.core.usage import Entry, Origin, Sku, flag_names, merge
from tokmeter.histories._counting import TextCounter, default_counts
from tokmeter.histories._record import Call, Tokens
from tokmeter.histories._texts import Texts, ToolCall

REF = "chatcmpl-0123456789abcdef"


def call(
    texts: Texts | None, *, model: str = "exact", tokens: Tokens | None = None, **fields: object
) -> Call:
    return Call(
        key=f"resp:{REF}", ts=1_000, format="api-object", model=model, tokens=tokens or Tokens(),
        needs_text=True, texts=texts, **fields,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "tokens", "expected"),
    [
        (Texts(given=("abc", "de"), written=("xyz",)), Tokens(), (5, 3, 0)),
        (Texts(given=("abc",), framing=6, written=("x",)), Tokens(), (9, 1, 0)),
        (Texts(given=(), written=("xyz",)), Tokens(), (0, 3, 0)),
        (Texts(given=None, written=("xyz",)), Tokens(uncached_input=7), (7, 3, 0)),
        (Texts(given=("abc",), written=None), Tokens(output=9), (3, 9, 0)),
        (Texts(given=("a",), written=("yz",), thinking=("hmm",)), Tokens(), (1, 5, 3)),
        (Texts(given=("a",), written=(), calls=(ToolCall("ls", '{"a":1}'),)), Tokens(), (1, 9, 0)),
    ],
    ids=["both", "framing", "no input", "only output", "only input", "thinking", "a tool call"],
)
def test_what_the_log_leaves_out_is_counted_and_what_it_tells_stays(
    texts: Texts, tokens: Tokens, expected: tuple[int, int, int]
) -> None:
    [entry] = entries([call(texts, tokens=tokens)])

    assert expected == (entry.uncached_input_tokens, entry.output_tokens, entry.reasoning_output_tokens)
    assert 1 == entry.count_basis


def test_logged_counts_win_over_texts_that_came_along() -> None:
    [entry] = entries(
        [call(Texts(given=("abc",), written=("x",)), tokens=Tokens(uncached_input=70, output=9))]
    )

    assert (70, 9, 0) == (entry.uncached_input_tokens, entry.output_tokens, entry.count_basis)


@pytest.mark.parametrize(("model", "basis"), [("exact", 1), ("fitted", 2), ("rough", 3)])
def test_how_it_was_counted_stands_beside_the_count(model: str, basis: int) -> None:
    [entry] = entries([call(Texts(given=("abc",), written=("x",)), model=model)])

    assert basis == entry.count_basis


def test_a_call_without_text_stays_a_problem_and_no_entry() -> None:
    books = booked([call(None)])

    assert [] == books.parsed.entries
    assert ["needs-tokenizing"] == [problem.code for problem in books.parsed.problems]


@pytest.mark.parametrize("status", ["error", "cached"])
def test_nothing_is_counted_of_what_was_not_billed(status: str) -> None:
    letters = Letters()
    books = booked([call(Texts(given=("abc",), written=("x",)), status=status)], letters)

    assert ([], []) == (books.parsed.entries, letters.asked)


def test_no_text_outlives_the_counting() -> None:
    one = call(Texts(given=("a secret",), written=("another secret",), thinking=("a secret thought",)))
    before = repr(one)
    booked([one])

    assert "secret" not in before
    assert one.texts is None


def test_a_text_that_is_sent_again_is_counted_once() -> None:
    """Every call of a conversation sends all of it."""
    letters = Letters()
    long = "what a long prompt this is"
    found = booked([call(Texts(given=(long,), written=("x",))) for _ in range(3)], letters)

    assert 1 == letters.asked.count(long)
    assert [len(long)] * 3 == [entry.uncached_input_tokens for entry in found.parsed.entries]


def test_nothing_is_loaded_before_a_call_has_to_be_counted() -> None:
    made = []
    counter = TextCounter(lambda: made.append(1) or default_counts())
    counter.count(Call(key="k", ts=1, format="f", model="m", tokens=Tokens(output=1)))

    assert [] == made


def test_counts_of_text_stand_behind_any_that_a_log_reports() -> None:
    """Telemetry is the weakest full report; a stream that was cut has at least its real input."""
    texts = Texts(given=("abc",), written=("x",))
    logged = Tokens(uncached_input=5, output=5)
    order = [
        entries([call(None, tokens=logged, evidence="telemetry")])[0],
        entries([call(None, tokens=logged, evidence="cut")])[0],
        entries([call(texts)])[0],
        entries([call(texts, model="fitted")])[0],
        entries([call(texts, model="rough")])[0],
    ]

    ranks = [entry.evidence_rank for entry in order]
    assert sorted(set(ranks)) == ranks
    assert EVIDENCE.index("counted") == booked([call(texts)]).parsed.calls[0].evidence


def entry(tokens: int, basis: int, rank: int, flags: int = 0) -> Entry:
    return Entry(
        key="k", ts=1, origin=Origin("api-object"), sku=Sku("openai", "m", "m"), uncached_input_tokens=tokens,
        count_basis=basis, evidence_rank=rank, flags=flags,
    )  # fmt: skip


@pytest.mark.parametrize("swapped", [False, True])
def test_of_a_reported_and_a_counted_reading_the_reported_one_stays_whole(swapped: bool) -> None:
    """Its count, that it is reported, and that its input is all of it."""
    readings = [entry(70, 0, 1), entry(90, 1, 101, flags=16)]
    into, other = reversed(readings) if swapped else readings
    merge(into, other)

    assert (70, 0, 1, []) == (
        into.uncached_input_tokens, into.count_basis, into.evidence_rank, flag_names(into.flags),
    )  # fmt: skip


def test_input_of_which_a_part_only_is_known_bears_a_flag() -> None:
    whole, part = entries([
        call(Texts(given=("abc",), written=("x",), is_partial=is_partial)) for is_partial in (False, True)
    ])  # fmt: skip

    assert ([], ["input_partial"]) == (flag_names(whole.flags), flag_names(part.flags))


@pytest.mark.parametrize(
    ("model", "expected"),
    [("claude-opus-4-8", {"a": 1}), ("gpt-5", '{"a":1}')],
)
def test_a_tool_call_is_counted_as_the_model_wrote_it(model: str, expected: object) -> None:
    """Claude writes parameter by parameter, others JSON; in logs there are both for each."""
    seen: list[object] = []

    class Listening(Letters):
        def count_output(self, model: str, texts: object, calls: object = ()) -> object:
            seen.extend(one.arguments for one in calls)
            return super().count_output(model, texts, calls)

    for arguments in ({"a": 1}, '{"a":1}'):
        booked([call(Texts(written=(), calls=(ToolCall("ls", arguments),)), model=model)], Listening())

    assert [expected, expected] == seen
