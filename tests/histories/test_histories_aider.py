"""Aider's chat history: the counts it prints, and the texts of sessions that printed none."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from histories.gateway_rows import calls
from histories.letters import booked, counts, texts_of
from tokmeter.histories._detect import read_history
from tokmeter.histories._record import Call, Item, Tokens
from tokmeter.histories.aider import counts_of

NAME = ".aider.chat.history" + ".md"
SAMPLE = """# aider chat started at 2026-11-20 14:03:22

> Main model: gpt-5.5 with diff edit format
#### add a test
Done.
> Tokens: 4.2k sent, 1.0k cache hit, 310 received. Cost: $0.02 message, $0.02 session.
"""
EARLY = 1_795_183_402_000
"""2026-11-20T14:03:22Z: 20,777 days and 50,602 s after the epoch."""
SILENT = """# aider chat started at 2026-11-20 14:03:22

> Model: gpt-4o with whole edit format
#### /add a.py
#### Hello there
####
Hi!
How can I help?

> Applied edit to a.py
#### /ask and now
Nothing.
"""


def read(text: str, *, hours: int = 0) -> list[Item]:
    zone = timezone(timedelta(hours=hours))
    found = read_history(io.BytesIO(text.encode()), name=NAME, zone=zone)
    return [item for _, item in found]


def test_a_line_of_tokens_gives_a_row() -> None:
    """3,200 and 1,000 of the cache were sent; 14:03 an hour east of UTC is 13:03."""
    [call] = calls(read(SAMPLE, hours=1))

    assert (EARLY - 3_600_000, "gpt-5.5", "openai", "aider") == (
        call.ts, call.model, call.provider, call.client,
    )  # fmt: skip
    assert Tokens(uncached_input=3_200, cache_read=1_000, output=310) == call.tokens
    assert (20_000_000, "estimated") == (call.cost_nanousd, call.cost_kind)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("5,244 sent, 604 received.", Tokens(uncached_input=5_244, output=604)),
        ("12k sent, 310 received. Cost: $0.04 request", Tokens(uncached_input=12_000, output=310)),
        (
            "15k sent, 13k cache write, 1.6k cache hit, 133 received.",
            Tokens(uncached_input=400, cache_read=1_600, creation_5m=13_000, output=133),
        ),
        ("100 sent, 60 cached, 7 received.", Tokens(uncached_input=40, cache_read=60, output=7)),
        ("194 sent, 9,474 cache hit, 7 received.", Tokens(uncached_input=194, cache_read=9_474, output=7)),
        ("0 sent, 551 received.", Tokens(output=551)),
        ("551 received.", None),
        ("99999999999999999k sent, 1 received.", Tokens(output=1)),
    ],
)
def test_the_forms_of_that_line(told: str, expected: Tokens | None) -> None:
    """In a session that hits more than it sent the hits are beside."""
    assert expected == counts_of(told)


@pytest.mark.parametrize(
    "cost", ["Cost: $0.05 message, $0.05 session.", "> Cost: $0.05 message, $0.05 session."]
)
def test_the_cost_may_stand_on_the_next_line(cost: str) -> None:
    told = "> Tokens: 15k sent, 13k cache write, 1.6k cache hit, 133 received.\n"
    found = calls(read(SAMPLE.replace(SAMPLE.splitlines()[-1], told + cost) + "#### more\nNo.\n"))

    assert [50_000_000] == [call.cost_nanousd for call in found]


def test_a_session_that_told_tokens_is_not_counted_by_its_text_as_well() -> None:
    """The last answer was cut off before its line."""
    assert 1 == len(calls(read(SAMPLE + "#### more\nCertainly! I\n")))


def test_a_session_that_told_none_is_counted_by_its_text() -> None:
    """A command of Aider's own is not sent; /ask is, without the word."""
    first, second = calls(read(SILENT))

    assert (("Hello there\n",), 0, ("Hi!\nHow can I help?",), (), []) == texts_of(first)
    assert (("and now",), 0, ("Nothing.",), (), []) == texts_of(second)


def test_an_answer_read_half_and_then_with_its_line_is_one_call() -> None:
    """Written in this order: the answer, then its tokens."""
    half = calls(read("".join(SAMPLE.splitlines(keepends=True)[:-1])))
    whole = calls(read(SAMPLE))
    books = booked([*half, *whole])

    assert ["gpt-5.5"] * 2 == [call.model for call in (*half, *whole)]
    assert 1 == len({entry.key for entry in books.parsed.entries})


def test_the_model_may_change_and_its_name_may_bear_ornaments() -> None:
    text = SAMPLE + (
        "> Models: claude-3-5-sonnet-20240620 with \u267e\ufe0f diff edit format, weak model x\n#### a\nb\n"
        "> Tokens: 10 sent, 2 received.\n> Main model: claude-3-haiku\u26a1 with diff edit format\n#### a\nb\n"
        "> Tokens: 10 sent, 2 received.\n"
    )

    assert ["gpt-5.5", "claude-3-5-sonnet-20240620", "claude-3-haiku"] == [
        call.model for call in calls(read(text))
    ]


def test_keys_name_the_session_and_grow_with_it() -> None:
    more = SAMPLE + "#### more\nNo.\n> Tokens: 10 sent, 2 received.\n"
    other = more.replace("14:03:22", "15:00:00")
    keys = [call.key for call in calls(read(more + other))]

    assert calls(read(SAMPLE))[0].key == keys[0]
    assert 4 == len(set(keys))


@pytest.mark.parametrize(
    "text",
    [
        "# aider chat started at 2026-13-45 99:99:99\n> Tokens: 10 sent, 2 received.\n",
        "> Tokens: 10 sent, 2 received.\n" + SAMPLE,
        SAMPLE.replace("4.2k", "4.2.2,k"),
        SAMPLE + "\x00\xff\u2028" * 9,
        "# aider chat started at 2026-11-20 14:03:22",
        SILENT + "x" * 3_000_000,
    ],
    ids=["no time", "before any session", "no number", "noise", "only a start", "a long line"],
)
def test_a_damaged_history_is_read_as_far_as_it_goes(text: str) -> None:
    assert all(isinstance(call, Call) for call in calls(read(text)))


def real(corpus: Path) -> Iterator[tuple[str, list[Item]]]:
    for path in sorted((corpus / "aider").glob(f"*/{NAME}")):
        yield path.read_text("utf-8", "replace"), [item for _, item in read_history(path)]


def test_in_real_histories_every_line_of_tokens_counts_once(corpus: Path) -> None:
    """Counted anew by a pattern over the text; in one of the two nobody was answered."""
    received = re.compile(r"^> Tokens: .*?([\d,.]+)(k?) received", re.MULTILINE)
    for text, items in real(corpus):
        told = [
            round(float(number.replace(",", "")) * (1_000 if scale else 1))
            for number, scale in received.findall(text)
        ]
        logged = [call for call in calls(items) if not call.needs_text]

        assert len(told) == len(logged)
        assert sum(told) == sum(call.tokens.output for call in logged)
        assert len(logged) == len({call.key for call in logged})


def test_in_a_real_history_without_answers_nothing_is_counted(corpus: Path) -> None:
    path = corpus / "aider" / "zen-mcp-server" / NAME

    assert [] == counts(item for _, item in read_history(path))
