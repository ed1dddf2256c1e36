"""Anthropic's `usage.iterations[]`: which sampling steps are calls of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tokmeter.histories._extract import clean, usage_tokens
from tokmeter.histories._record import Call, Tokens


def rows_of(call: Call, usage: Any) -> Iterator[Call]:
    """The call and its further steps (`resp:<id>#i<n>`, n the step's place in the list from 0).

    Steps of type `message` that make up the top level: the others come beside it. All steps together make it
    up: the steps are the rows, each with its own model. Anything else: the top level alone.
    """
    steps = usage.get("iterations") if type(usage) is dict else None
    found = list(_steps(steps)) if type(steps) is list else []
    others = [(n, step) for n, step in found if step.get("type") != "message"]
    if not others:
        yield call
        return
    counts = {n: _tokens(step) for n, step in found}
    if _sum(counts[n] for n, step in found if step.get("type") == "message") == _sum([call.tokens]):
        yield call
        chosen = others
    elif _sum(counts.values()) == _sum([call.tokens]):
        chosen = found
    else:
        yield call
        return
    for n, step in chosen:
        if not counts[n].is_empty:
            yield msgspec.structs.replace(
                call,
                key=f"{call.key}#i{n}",
                model=clean(step.get("model")) or call.model,
                tokens=counts[n],
                cost_nanousd=None,
                cost_kind=None,
            )


def _steps(steps: list[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for n, step in enumerate(steps[:1000]):
        if type(step) is dict:
            yield n, step


def _tokens(step: dict[str, Any]) -> Tokens:
    counted = usage_tokens(step, "anthropic", "anthropic")
    return counted[0] if counted is not None else Tokens()


def _sum(counts: Any) -> tuple[int, int, int, int]:
    """Input, cache reads, cache writes and output together."""
    totals = [0, 0, 0, 0]
    for tokens in counts:
        totals[0] += tokens.uncached_input
        totals[1] += tokens.cache_read
        totals[2] += tokens.creation_5m + tokens.creation_1h
        totals[3] += tokens.output
    return totals[0], totals[1], totals[2], totals[3]
