"""Which characters make words, which never do, and which need `ctok`'s own reading of the whole line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

# Ranges that hold letters of words: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic, Georgian, kana.
_LETTERS = (
    (0x41, 0x5A),
    (0x61, 0x7A),
    (0xC0, 0x24F),
    (0x370, 0x52F),
    (0x531, 0x587),
    (0x5D0, 0x5EA),
    (0x620, 0x64A),
    (0x10D0, 0x10FA),
    (0x1E00, 0x1FFF),
    (0x3041, 0x30FF),
)
# Ranges that hold signs, digits, blanks, ideographs and syllables, each of which ends a word.
_OTHERS = (
    (0x09, 0x0A),
    (0x20, 0x40),
    (0x5B, 0x60),
    (0x7B, 0x7E),
    (0xA1, 0xBF),
    (0xD7, 0xD7),
    (0xF7, 0xF7),
    (0x2010, 0x2BFF),
    (0x3000, 0x303F),
    (0xFE00, 0xFE0F),
    (0xFF00, 0xFFFD),
    (0x1F000, 0x1FAFF),
)
# The same, too many to look at each: `ctok` names them as ranges itself, so samples are looked at.
_IDEOGRAPHS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))


def alphabets(
    classify: Callable[[str], str], is_normal: Callable[[str], bool]
) -> tuple[str, Callable[[str], object]]:
    """The letters as a part of a regular expression, and a function that finds a strange character in a text.

    `classify` is `ctok`'s own: a letter has the class of "a" and is no combining mark (one opens a word of
    its own or continues another, by what stands before it). Strange is what is neither a letter nor surely
    none, and what is not `is_normal`, so that a text without strange characters stays as it is.
    """
    wordy = classify("a")

    def is_letter(code: int) -> bool:
        char = chr(code)
        return unicodedata.category(char)[0] == "L" and classify(char) == wordy and is_normal(char)

    def is_other(code: int) -> bool:
        char = chr(code)
        # A variation selector is a mark by its category, but has no part in words.
        is_mark = unicodedata.category(char)[0] == "M" and not 0xFE00 <= code <= 0xFE0F
        return not is_mark and classify(char) != wordy and is_normal(char)

    letters = _span(code for low, high in _LETTERS for code in range(low, high + 1) if is_letter(code))
    others = _span(code for low, high in _OTHERS for code in range(low, high + 1) if is_other(code))
    for low, high in _IDEOGRAPHS:
        if all(map(is_other, {*range(low, high + 1, 97), high})):
            others += _span(range(low, high + 1))
    return letters, re.compile(f"[^{letters}{others}]").search


def _span(codes: Iterable[int]) -> str:
    """Characters, in ascending order, as ranges of a character class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)
