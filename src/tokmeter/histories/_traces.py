"""Traces, whose spans are held until all are there: only the leaf-most counts are calls.

An agent's or chain's span repeats the sum of what is below it; two layers of instrumentation write a call
within a call. Spans come in any order, so a trace waits for the end of the file, or until too many wait.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

from tokmeter.core.usage import TOKENIZED
from tokmeter.histories._record import Call, Item, Remark

MOST_WAITING = 20_000
"""Spans that wait, under 1 kB each; then the oldest traces are let go."""
KEPT_MS = 3_600_000
"""A trace that ended this long before the newest one is not kept for the next reading of a growing file."""

DEEPEST = 100
"""Spans of one trace within each other that are looked through."""

Role = Literal["call", "rollup", "tool", "other"]


class Seen(msgspec.Struct, gc=False):
    """A span: where it hangs, what it is, and the call it tells of. `told` names an assistant's session."""

    parent: str | None
    line: int
    ts: int
    role: Role = "other"
    call: Call | None = None
    remarks: tuple[Remark, ...] = ()
    told: str = ""

    @property
    def counts(self) -> bool:
        """Whether it holds tokens."""
        return self.call is not None and not self.call.tokens.is_empty


Held = dict[str, dict[str, Seen]]


class Traces:
    """The traces that wait."""

    def __init__(self, held: Held | None = None) -> None:
        self._held: Held = held or {}
        self._waiting = sum(map(len, self._held.values()))

    def add(self, trace: str, span: str | None, seen: Seen) -> None:
        """Take a span in; one exported twice counts once, and the reading that has counts stays."""
        spans = self._held.setdefault(trace, {})
        name = span or f"#{seen.line}.{self._waiting}"
        known = spans.get(name)
        if known is None:
            self._waiting += 1
            spans[name] = seen
        elif not known.counts and seen.counts:
            seen.parent = seen.parent or known.parent
            spans[name] = seen
        else:
            known.parent = known.parent or seen.parent

    def overflow(self, told: Collection[str]) -> Iterator[Item]:
        """What the oldest traces give, as long as too many spans wait."""
        while self._waiting > MOST_WAITING:
            yield from self.let_go(next(iter(self._held)), told)

    def finish(self, told: Collection[str]) -> Iterator[Item]:
        """What all traces give."""
        for trace in list(self._held):
            yield from self.let_go(trace, told)

    def recent(self) -> Held:
        """The traces that may still grow, without any text."""
        newest = max((seen.ts for spans in self._held.values() for seen in spans.values()), default=0)
        return {
            trace: {name: _without_texts(seen) for name, seen in spans.items()}
            for trace, spans in self._held.items()
            if any(newest - seen.ts < KEPT_MS for seen in spans.values())
        }

    def let_go(self, trace: str, told: Collection[str]) -> Iterator[Item]:
        """The calls of a trace, in the order they were read; `told`: sessions whose events tell of them."""
        spans = self._held.pop(trace, {})
        self._waiting -= len(spans)
        known = {name for name, seen in spans.items() if seen.told in told and seen.told}
        counted = _leaves(spans, known)
        texts = {name for name, seen in spans.items() if seen.call is not None and seen.call.needs_text}
        holding = _above(spans, counted | texts)
        for name, seen in spans.items():
            if seen.call is None:
                yield from seen.remarks
            elif name in known:
                yield Remark(reason="roll-up", detail="span beside an event", line=seen.line)
            elif name in counted:
                yield seen.call
                yield from seen.remarks
            elif seen.counts:
                yield Remark(reason="roll-up", detail="span", line=seen.line)
            elif seen.role == "call" and (
                seen.call.status == "error" or not (name in holding or _is_within(spans, name, counted))
            ):  # without counts: a failed try, or text to tokenize unless it is a layer of a counted call
                yield seen.call


def _without_texts(seen: Seen) -> Seen:
    """A span as it may be stored: its call is counted at this reading's end, and not again at the next."""
    if seen.call is None or seen.call.texts is None:
        return seen
    call = msgspec.structs.replace(seen.call, texts=None, count_basis=TOKENIZED)
    return msgspec.structs.replace(seen, call=call)


def _leaves(spans: dict[str, Seen], known: Collection[str]) -> set[str]:
    """The spans with counts that no other one with counts is below of; roll-ups only where there is no call.

    A call made by a tool that a call asked for is no part of it.
    """
    told = [name for name, seen in spans.items() if seen.counts and name not in known]
    calls = [name for name in told if spans[name].role == "call"]
    above: set[str] = set()
    for name in calls or told:
        parent = spans[name].parent
        while parent is not None and parent in spans and parent not in above:
            if calls and spans[parent].role == "tool":
                break
            above.add(parent)
            parent = spans[parent].parent
    return {name for name in calls or told if name not in above}


def _above(spans: dict[str, Seen], below: Collection[str]) -> set[str]:
    """The spans that hold one of these."""
    found: set[str] = set()
    for name in below:
        parent = spans[name].parent
        while parent is not None and parent in spans and parent not in found:
            found.add(parent)
            parent = spans[parent].parent
    return found


def _is_within(spans: dict[str, Seen], name: str, outer: Collection[str]) -> bool:
    """Whether one of these spans holds this one."""
    parent = spans[name].parent
    for _ in range(DEEPEST):
        if parent is None or parent not in spans:
            return False
        if parent in outer:
            return True
        parent = spans[parent].parent
    return False
