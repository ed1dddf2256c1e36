"""How much was used: sums over a selection, by slice of time, model, project, assistant and session.

A request is one entry. A session is one conversation; its subagents belong to it. Costs are nano-USD at
list price; entries without a price add to `unpriced_requests` and `unpriced_tokens`, never to the cost.
`estimated_requests` are those whose counts no log reports; tokenized and calibrated ones are parts of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import add
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tokmeter.metrics.query import (
    AGGREGATE,
    CALIBRATED,
    FORK_GUESSED,
    INPUT_PARTIAL,
    MODEL_GUESSED,
    OUTPUT_PARTIAL,
    TOKENIZED,
    Cell,
    Connection,
    Filter,
    cells,
)

if TYPE_CHECKING:
    from tokmeter.core.spans import Slice

K = TypeVar("K")


class Sums(NamedTuple):
    """Sums of entries; the five token columns are disjoint, reasoning is a part of output."""

    requests: int = 0
    uncached_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_5m_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0
    web_searches: int = 0
    cost_nanousd: int = 0
    unpriced_requests: int = 0
    unpriced_tokens: int = 0
    estimated_requests: int = 0
    estimated_nanousd: int = 0
    partial_requests: int = 0
    fork_guessed_requests: int = 0
    model_guessed_requests: int = 0
    aggregate_requests: int = 0
    tokenized_requests: int = 0
    calibrated_requests: int = 0
    input_partial_requests: int = 0

    @property
    def cache_creation_input_tokens(self) -> int:
        """Input written to a cache of either lifetime."""
        return self.cache_creation_5m_input_tokens + self.cache_creation_1h_input_tokens

    @property
    def input_tokens(self) -> int:
        """All input, cached or not (the OpenTelemetry meaning)."""
        return self.uncached_input_tokens + self.cache_read_input_tokens + self.cache_creation_input_tokens

    @property
    def total_tokens(self) -> int:
        """Everything read, written and generated, each token once."""
        return self.input_tokens + self.output_tokens

    @property
    def list_cost_nanousd(self) -> int | None:
        """The cost at list price; None when there were requests and none of them has a price."""
        return None if self.requests and self.unpriced_requests == self.requests else self.cost_nanousd


NOTHING = Sums()


class Totals(NamedTuple):
    """The answers of one pass.

    Keys of `by_all` are (slice number, model, project, source), of `by_model_slice` (model, slice number).
    """

    slices: Sequence[Slice]
    total: Sums
    by_slice: list[Sums]
    by_all: dict[tuple[int, str, str, str], Sums]
    by_model: dict[str, Sums]
    by_model_slice: dict[tuple[str, int], Sums]
    by_project: dict[str, Sums]
    by_source: dict[str, Sums]
    providers: dict[str, set[str]]
    sessions: set[tuple[str, str]]


def sums_of(cell: Cell) -> Sums:
    """A cell's sums with its kind of evidence spelled out as counts of requests."""
    requests = cell.requests
    flags = cell.flags
    tokens = (
        cell.uncached_input_tokens
        + cell.cache_read_input_tokens
        + cell.cache_creation_5m_input_tokens
        + cell.cache_creation_1h_input_tokens
        + cell.output_tokens
    )
    estimated = cell.count_basis > 0
    return Sums(
        requests,
        cell.uncached_input_tokens,
        cell.cache_read_input_tokens,
        cell.cache_creation_5m_input_tokens,
        cell.cache_creation_1h_input_tokens,
        cell.output_tokens,
        cell.reasoning_output_tokens,
        cell.web_searches,
        cell.list_cost_nanousd,
        requests if cell.unpriced else 0,
        tokens if cell.unpriced else 0,
        requests if estimated else 0,
        cell.list_cost_nanousd if estimated else 0,
        requests if flags & OUTPUT_PARTIAL else 0,
        requests if flags & FORK_GUESSED else 0,
        requests if flags & MODEL_GUESSED else 0,
        requests if flags & AGGREGATE else 0,
        requests if cell.count_basis == TOKENIZED else 0,
        requests if cell.count_basis == CALIBRATED else 0,
        requests if flags & INPUT_PARTIAL else 0,
    )


def collect(pairs: Iterable[tuple[K, Sums]]) -> dict[K, Sums]:
    """The sums of each key, in order of first sight."""
    found: dict[K, Sums] = {}
    for key, sums in pairs:
        before = found.get(key)
        found[key] = sums if before is None else Sums._make(map(add, before, sums))
    return found


def totals(connection: Connection, where: Filter, slices: Sequence[Slice]) -> Totals:
    """Everything a period report tells, from one query. Time comes from `slices`."""
    rows = cells(connection, where, slices)
    coarse = collect(((row.slice, row.model, row.project, row.source), sums_of(row)) for row in rows)
    by_model_slice = collect(((model, n), sums) for (n, model, _, _), sums in coarse.items())
    by_slice = collect((n, sums) for (_, n), sums in by_model_slice.items())
    providers: dict[str, set[str]] = {}
    for row in rows:
        providers.setdefault(row.model, set()).add(row.provider)
    return Totals(
        slices,
        sum_all(by_slice.values()),
        [by_slice.get(n, NOTHING) for n in range(len(slices))],
        coarse,
        by_cost(collect((model, sums) for (model, _), sums in by_model_slice.items())),
        by_model_slice,
        by_cost(collect((project, sums) for (_, _, project, _), sums in coarse.items())),
        by_cost(collect((source, sums) for (_, _, _, source), sums in coarse.items())),
        providers,
        {(row.source, row.session) for row in rows if row.session},
    )


def sum_all(parts: Iterable[Sums]) -> Sums:
    """All parts together."""
    found = NOTHING
    for part in parts:
        found = Sums._make(map(add, found, part))
    return found


def by_cost(groups: dict[str, Sums]) -> dict[str, Sums]:
    """The groups, costliest first; without prices the largest first; then by name."""
    order = sorted(groups.items(), key=lambda item: (-item[1].cost_nanousd, -item[1].total_tokens, item[0]))
    return dict(order)
