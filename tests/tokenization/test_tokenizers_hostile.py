"""No text ends a count, whatever is in it, and none is handed to a tokenizer in a piece that could."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.any_texts import LETTERS, any_texts
from tokmeter.tokenization import _harden
from tokmeter.tokenization._harden import SLICE, Bounded, slices, sound
from tokmeter.tokenization.tokenizers import is_here, load

OPENAI = ["o200k_base", "cl100k_base"]
OPEN = ["llama3", "qwen3", "deepseek_v3", "glm4", "kimi_k2", "mistral"]


def base64_like(length: int) -> str:
    return "".join(random.Random(3).choices(LETTERS, k=length))  # noqa: S311 - the same at every run


# Text → the fewest and the most tokens it can have, by hand: the longest token of either table that is one
# character repeated has 128 of them, and no character has more than four bytes, so tokens.
LONG = {
    "a million blanks": " " * 1_000_000,
    "a million blanks in the middle": "a" + " " * 1_000_000 + "b",
    "tabs": "\t" * 300_000 + "x",
    "no-break spaces": "\xa0" * 1_000_000 + "x",
    "ideographic spaces": "\u3000" * 300_000 + "x",
    "line ends": "\n" * 300_000,
    "line ends of Windows": "\r\n" * 150_000,
    "blanks of every kind": " \t\u3000\xa0\u2028\x0b" * 50_000 + "x",
    "one letter": "a" * 300_000,
    "one capital": "A" * 300_000,
    "digits": "7" * 300_000,
    "dashes": "-" * 300_000,
    "brackets": "(){};" * 60_000,
    "NUL": "\0" * 300_000,
    "combining marks": "e" + "\u0301\u0316" * 150_000,
    "Chinese": "中文" * 150_000,
    "emoji": "👩\u200d👧" * 100_000,
    "lone surrogates": "\ud83d" * 300_000,
}


@pytest.mark.parametrize("name", OPENAI)
@pytest.mark.parametrize("kind", LONG)
def test_a_long_run_is_counted(name: str, kind: str) -> None:
    text = LONG[kind]
    tokens = load(name).count(text)

    assert len(text) // 128 <= tokens <= 4 * len(text)


def test_ten_megabytes_without_a_blank_are_counted() -> None:
    """Every token of such a text has at least one character; cuts add at most one each."""
    whole = base64_like(1_000_000) * 10
    tokens = load("o200k_base").count(whole)

    assert len(whole) // 4 < tokens < len(whole)


@pytest.mark.parametrize("name", ["qwen3", "deepseek_v3"])
@pytest.mark.parametrize("kind", LONG)
def test_a_long_run_is_counted_by_open_vocabularies(name: str, kind: str) -> None:
    if not is_here(name):
        pytest.skip("splintr-rs is not installed")
    text = LONG[kind]

    assert 0 < load(name).count(text) <= 4 * len(text)


@pytest.mark.parametrize("name", [*OPENAI, *OPEN])
def test_any_text_is_counted(name: str) -> None:
    if not is_here(name):
        pytest.skip("splintr-rs is not installed")
    counter = load(name)

    wrong = [text for text in any_texts(500, seed=4) if not 1 <= counter.count(text) <= 4 * len(text)]
    assert [] == wrong
    assert 0 == counter.count("")


@pytest.mark.parametrize("kind", LONG)
def test_slices_are_the_text_in_bounded_parts(kind: str) -> None:
    """So time and memory grow with the length alone: each part is bounded, and so is their number."""
    text = LONG[kind]
    parts = list(slices(text))

    assert text == "".join(parts)
    assert max(map(len, parts)) <= SLICE
    assert len(parts) <= 1 + len(text) // (SLICE - _harden.WINDOW)


def test_a_tokenizer_is_asked_for_twice_as_much_where_a_text_is_twice_as_long() -> None:
    asked: list[int] = []

    def encode(text: str) -> str:
        asked.append(len(text))
        return text

    counter = Bounded("characters", encode)
    for size in (1_000_000, 2_000_000, 4_000_000):
        asked.clear()
        assert size == counter.count("x" * size)
        assert [SLICE] * (size // SLICE) == asked


@given(
    st.lists(
        st.sampled_from(["word", "X9", " ", "  ", "\n", "\t", ".", "/", "()", "中", "\ud83d"]), max_size=60
    )
)
def test_short_slices_are_cut_at_free_places_alone(parts: list[str]) -> None:
    """At the cut stands a letter or digit before a blank, or something visible before a space."""
    text = "".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_harden, "SLICE", 20)
        patch.setattr(_harden, "WINDOW", 10)
        found = list(slices(text))

    assert text == "".join(found)
    for left, right in pairwise(found):
        free = re.search(r"[0-9A-Za-z]\Z", left) and right[0] in " \t\r\n"
        free = free or (re.search(r"[!-~]\Z", left) and right[0] == " ")
        assert free or len(left) == 20


@pytest.mark.parametrize("name", [*OPENAI, *OPEN])
def test_a_cut_at_a_free_place_changes_no_count(name: str) -> None:
    if not is_here(name):
        pytest.skip("splintr-rs is not installed")
    counter = load(name)
    free = re.compile(r"(?<=[0-9A-Za-z])(?=[ \t\r\n])|(?<=[!-~])(?= )")
    changed = []
    for text in any_texts(400, seed=5):
        cut = [place.start() for place in free.finditer(text)]
        bounds = [0, *cut, len(text)]
        parts = [text[start:end] for start, end in pairwise(bounds)]
        if counter.count(text) != sum(map(counter.count, parts)):
            changed.append(text)

    assert [] == changed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="ASCII"),
        pytest.param("né", "né", id="beyond ASCII"),
        pytest.param("\ud83d\ude00!", "😀!", id="two that make a character"),
        pytest.param("a\ud83d", "a\ufffd", id="the first alone"),
        pytest.param("\ude00\ud83d", "\ufffd\ufffd", id="in the wrong order"),
        pytest.param("\ufeff\ud800", "\ufeff\ufffd", id="behind a byte order mark"),
    ],
)
def test_surrogates_become_what_they_stand_for(text: str, expected: str) -> None:
    assert expected == sound(text)


@pytest.mark.parametrize("name", [*OPENAI, *OPEN])
def test_escaped_halves_of_a_character_count_as_the_character(name: str) -> None:
    if not is_here(name):
        pytest.skip("splintr-rs is not installed")
    counter = load(name)

    assert counter.count("so 😀!") == counter.count("so \ud83d\ude00!")
    assert counter.count("so \ufffd!") == counter.count("so \ud83d!")
