"""What a token count adds to what was counted before (docs/formats.md, Codex)."""

from __future__ import annotations

from tokmeter.sources.codex.lines import Vector

Counts = tuple[int, int, int, int, int]
"""Disjoint: uncached input, cache read, cache write, output; then reasoning, a part of output."""


def disjoint(usage: Vector) -> Counts:
    """Codex's nested counts made disjoint: cached and cache-write tokens are inside input."""
    fresh, cached, written, output, reasoning, _ = usage
    cached = min(cached, fresh)
    written = min(written, fresh - cached)
    return fresh - cached - written, cached, written, output, min(reasoning, output)


def added(total: Vector | None, last: Vector | None, previous: Vector | None) -> Vector | None:
    """The usage of the response a new token count reports, or None if it reports none.

    `last` is that usage, unless only its `total_tokens` is set: then it re-estimates the context. Without
    `last`, it is what the running total gained; a total that fell has restarted from zero.
    """
    if last is not None:
        return last if last[0] or last[3] else None
    if total is None:
        return None
    gain = total
    if previous is not None:
        difference = _minus(total, previous)
        if min(difference) >= 0:
            gain = difference
    return gain if gain[0] or gain[3] else None


def has_gap(total: Vector | None, last: Vector | None, previous: Vector | None, seen: set[Vector]) -> bool:
    """Whether the running total gained more than the latest response used: lines were lost in between.

    Not if this response continues an older total: then two processes write to one thread in turn.
    """
    if total is None or last is None or previous is None:
        return False
    if total[0] - previous[0] <= last[0] and total[3] - previous[3] <= last[3]:
        return False
    if min(_minus(total, previous)[:5]) < 0:
        return False
    return _minus(total, last) not in seen


def _minus(one: Vector, other: Vector) -> Vector:
    return (
        one[0] - other[0],
        one[1] - other[1],
        one[2] - other[2],
        one[3] - other[3],
        one[4] - other[4],
        one[5] - other[5],
    )


def dotted(usage: Vector) -> str:
    """A vector as it stands in keys: input, cached, cache write, output, reasoning, total, joined by dots."""
    fresh, cached, written, output, reasoning, total = usage
    return f"{fresh}.{cached}.{written}.{output}.{reasoning}.{total}"
