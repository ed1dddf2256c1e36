"""What bounds the time of a count: of runs without an end a part is counted, the rest by the rate of that.

`ctok` is linear, but written in Python: 10 MB of base64 would take a minute. And combining marks are put in
order in quadratic time. No text that people write has such runs.
"""

from __future__ import annotations

import re
import unicodedata

UNBROKEN = 100_000
"""Characters without a blank that are still counted one by one. Source code and minified files stay below."""
WINDOWS = 25
"""Parts, spread evenly over a longer run, that stand for it; together they are UNBROKEN long.

Measured on runs of 400,000 to 800,000 characters: base64, hexadecimal digits and random Chinese are 0.1 %
off, texts of logs with their blanks taken out 0.3 %.
"""
MARKS = 1_000
"""Combining marks in a row: Unicode's own stream-safe text has at most 30."""

# A run is looked for at its start alone: from every place in it, the search would be quadratic.
_UNBROKEN = re.compile(rf"(?<![^ \t\n\u3000])[^ \t\n\u3000]{{{UNBROKEN + 1},}}+")


def shorten(text: str) -> tuple[str, list[tuple[str, int]]]:
    """`text` with its over-long runs made shorter; for each a sample, and how many characters it lacks."""
    left_out: list[tuple[str, int]] = []
    if len(text) <= MARKS:
        return text, left_out

    def of_marks(found: re.Match[str]) -> str:
        run = found[0]
        left_out.append((run[:MARKS], len(run) - MARKS))
        return run[:MARKS]

    def of_any(found: re.Match[str]) -> str:
        run = found[0]
        width = UNBROKEN // WINDOWS
        step = (len(run) - width) / (WINDOWS - 1)
        sample = "".join(run[round(i * step) : round(i * step) + width] for i in range(WINDOWS))
        left_out.append((sample, len(run) - len(sample)))
        return sample

    if not text.isascii():
        marks = "".join(sorted(c for c in set(text) if unicodedata.combining(c)))
        if marks:
            mark = f"[{re.escape(marks)}]"
            text = re.sub(f"(?<!{mark}){mark}{{{MARKS + 1},}}+", of_marks, text)
    if len(text) > UNBROKEN:
        text = _UNBROKEN.sub(of_any, text)
    return text, left_out
