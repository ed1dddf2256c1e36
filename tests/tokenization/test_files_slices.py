"""Texts are read in slices of bounded size, cut where it changes no count."""

from __future__ import annotations

import io
import random
import tracemalloc
from pathlib import Path

import pytest

from tokmeter.tokenization.files import LOOK_BYTES, SLICE, cut_at, is_binary, slices
from tokmeter.tokenization.tokenizers import load

CODE = Path(__file__).read_text(encoding="utf-8")


def read(data: bytes, size: int = SLICE) -> list[tuple[str, int]]:
    found = slices(io.BytesIO(data), size)
    assert found is not None
    return [tuple(one) for one in found]


TEXTS = {
    "nothing": b"",
    "one letter": b"a",
    "code": CODE.encode(),
    "no line end": b"a b" * 20_000,
    "one word": b"a" * 50_000,
    "no UTF-8": b"caf\xe9 \xff\xfe" * 9_000,
    "a character across a border": "\N{EURO SIGN}".encode() * 9_000,
    "line ends of old": b"a\r\nb\r" * 9_000,
    "line ends alone": b"\n" * 50_000,
}


@pytest.mark.parametrize("size", [1, 7, 100, 8_192, 10_000, SLICE])
@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_the_slices_together_are_the_text(data: bytes, size: int) -> None:
    found = read(data, size)

    assert data.decode("utf-8", "replace") == "".join(text for text, _ in found)
    assert len(data) == sum(count for _, count in found)


def test_no_slice_is_much_longer_than_its_size() -> None:
    found = read(TEXTS["one word"] * 4, 10_000)

    assert 20 <= len(found)
    assert 10_000 >= max(len(text) for text, _ in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a\nb\nc d", "a\nb\n", id="before the last line that begins with a letter"),
        pytest.param("a\nb\n\nc\n  d\n/e", "a\nb\n\n", id="not before blanks or slashes"),
        pytest.param("a\n/b\n/c", "a\n/b\n", id="before a line at least"),
        pytest.param("word word", "word", id="before a blank"),
        pytest.param("abc", "abc", id="anywhere, where there is no place"),
        pytest.param("\n\n\n", "\n\n\n", id="behind blanks"),
    ],
)
def test_a_cut_is_as_late_as_is_good(text: str, expected: str) -> None:
    assert expected == text[: cut_at(text)]


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_slices_have_the_tokens_of_the_whole(name: str) -> None:
    """Forty cuts in shuffled lines of code."""
    chance = random.Random(7)  # noqa: S311 - the same text each time
    lines = (CODE * 20).splitlines(keepends=True)
    chance.shuffle(lines)
    text = "".join(lines)
    count = load(name).count
    parts = read(text.encode(), len(text) // 40)

    assert 35 < len(parts)
    assert count(text) == sum(count(part) for part, _ in parts)


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        pytest.param(b"", False, id="nothing"),
        pytest.param(b"text", False, id="text"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", True, id="a picture"),
        pytest.param("text".encode("utf-16"), True, id="UTF-16"),
        pytest.param(b"a" * (LOOK_BYTES - 1) + b"\0", True, id="the last byte that is looked at"),
        pytest.param(b"a" * LOOK_BYTES + b"\0", False, id="the first that is not"),
    ],
)
def test_a_nul_near_the_beginning_makes_a_file_binary(beginning: bytes, expected: bool) -> None:
    assert expected is is_binary(beginning)
    assert expected is (slices(io.BytesIO(beginning)) is None)


class Endless(io.RawIOBase):
    """A stream of one line without end, as long as it is said to be; a pipe that gives little at a time."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        size = min(size, 60_000, self.left)
        self.left -= size
        return b"x" * size


def test_memory_does_not_grow_with_a_line() -> None:
    tracemalloc.start()
    try:
        found = slices(Endless(30_000_000))
        assert found is not None
        length = sum(len(text) for text, _ in found)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert 30_000_000 == length
    assert peak < 5_000_000
