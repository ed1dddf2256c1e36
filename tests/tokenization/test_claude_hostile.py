"""No text takes a count of Claude's tokens out of bounds: runs without an end are counted in part."""

from __future__ import annotations

import base64
import random

import pytest

from tokmeter.tokenization._ctok import frameless_count, is_installed
from tokmeter.tokenization._runs import MARKS, UNBROKEN, shorten

needs_ctok = pytest.mark.skipif(not is_installed(), reason="ctok is not installed")
DRAW = random.Random(11)  # noqa: S311 - the same at every run
BASE64 = base64.b64encode(DRAW.randbytes(300_000)).decode()
HEX = DRAW.randbytes(200_000).hex()
IDEOGRAPHS = "".join(chr(DRAW.randrange(0x4E00, 0x9FFF)) for _ in range(200_000))


@needs_ctok
@pytest.mark.parametrize("family", ["v3", "v4.8"])
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param(" " * 1_000_000, 62_500, id="blanks: sixteen are the longest piece"),
        pytest.param("a" + " " * 1_000_000 + "b", 62_502, id="blanks inside"),
        pytest.param("\x00" * 1_000_000, 62_500, id="NUL is a blank"),
        pytest.param("\x07" * 1_000_000, 0, id="bells are left out"),
        pytest.param("7" * 999_999, 333_333, id="three digits a token"),
    ],
)
def test_a_run_of_one_character_counts_by_its_longest_piece(text: str, tokens: int, family: str) -> None:
    framed = 1 if family == "v3" and text[0] in "\x077" else 0  # the boundary of the frame is left over

    assert tokens + framed == pytest.approx(
        frameless_count(text, family), rel=0.001, abs=1 if len(text) else 0
    )


@needs_ctok
@pytest.mark.parametrize("family", ["v3", "v4.8"])
@pytest.mark.parametrize("text", [BASE64, HEX, IDEOGRAPHS], ids=["base64", "hex", "ideographs"])
def test_a_run_counted_in_part_is_half_a_per_cent_off_at_most(text: str, family: str) -> None:
    parts = [text[start : start + UNBROKEN] for start in range(0, len(text), UNBROKEN)]
    exact = sum(frameless_count(part, family) for part in parts)

    assert exact == pytest.approx(frameless_count(text, family), rel=0.005)


@needs_ctok
@pytest.mark.parametrize("family", ["v3", "v4.8"])
@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0301\u0327" * 500_000,
        "\ud800" * 200_000,
        "\ufdd0\ufdd1\ufdd3" * 20_000,
        "A" * 1_000_000,
        "'" * 300_000,
        "'a" * 100_000,
        "<|endoftext|>" * 10_000,
        " \n" * 50_000,
        "\n" * 1_000_000,
        "👩\u200d👩\u200d👧" * 20_000,
        BASE64 * 25,
    ],
    ids=[
        "marks",
        "surrogates",
        "ctok's own markers",
        "A",
        "quotes",
        "'a",
        "special",
        "lines",
        "ends",
        "emoji",
        "10 MB",
    ],
)
def test_no_text_ends_a_count(text: str, family: str) -> None:
    # No character has more than four bytes, so tokens of its own, and no marker but a word's two.
    assert 0 < frameless_count(text, family) <= 6 * len(text)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("x" * UNBROKEN, UNBROKEN),
        ("x" * 5_000_000, UNBROKEN),
        (("x" * UNBROKEN + " ") * 3, 3 * (UNBROKEN + 1)),
        ("e" + "\u0301" * 50_000, 1 + MARKS),
        ("e" + "\u0301" * MARKS, 1 + MARKS),
    ],
    ids=["as long as may be", "longer", "with blanks", "marks", "few marks"],
)
def test_a_run_is_cut_to_what_is_counted_one_by_one(text: str, left: int) -> None:
    short, missing = shorten(text)

    assert (left, len(text)) == (len(short), len(short) + sum(count for _sample, count in missing))
