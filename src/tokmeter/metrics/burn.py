"""Where the period is heading: the projection of its cost."""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.core.spans import KINDS, Period

TOO_EARLY = 10
"""No projection before one part in this many of the period has passed: it would only be noise."""


class Pace(NamedTuple):
    """Cost so far, and at the end of the period if it goes on as it did: so far / elapsed share."""

    spent_nanousd: int
    projected_nanousd: int
    elapsed_ms: int
    length_ms: int


def pace(period: Period, spent_nanousd: int | None, now_ms: int) -> Pace | None:
    """The pace of a running day, week, month or year; None when over, not begun, too young or unpriced."""
    elapsed, length = now_ms - period.start_ms, period.end_ms - period.start_ms
    if period.kind not in KINDS or spent_nanousd is None:
        return None
    if elapsed >= length or elapsed * TOO_EARLY < length:
        return None
    projected = (spent_nanousd * length + elapsed // 2) // elapsed
    return Pace(spent_nanousd, projected, elapsed, length)
