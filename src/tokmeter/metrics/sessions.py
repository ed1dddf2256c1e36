"""Which conversations used how much. Subagents belong to the conversation that started them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.metrics.conversation import (
    EventRow,
    session_cells,
    session_events,
    session_files,
    session_times,
)
from tokmeter.metrics.query import Cell, Connection, Filter, cells
from tokmeter.metrics.totals import NOTHING, Sums, by_cost, collect, sum_all, sums_of
from tokmeter.metrics.window import active_ms

if TYPE_CHECKING:
    from tokmeter.core.spans import Slice


class Session(NamedTuple):
    """One conversation within a period; times of its first and last response there."""

    source: str
    session: str
    project: str
    models: tuple[str, ...]
    sums: Sums
    first_ms: int
    last_ms: int


def sessions(connection: Connection, where: Filter, slices: Sequence[Slice]) -> list[Session]:
    """The conversations of a selection, costliest first.

    Entries without a session make one row for each source.
    """
    grouped: dict[tuple[str, str], list[Cell]] = {}
    for row in cells(connection, where, slices):
        grouped.setdefault((row.source, row.session), []).append(row)
    found = [_session(source, session, rows) for (source, session), rows in grouped.items()]
    found.sort(key=lambda row: (-row.sums.cost_nanousd, -row.sums.total_tokens, row.source, row.session))
    return found


def _session(source: str, session: str, rows: list[Cell]) -> Session:
    by_project = by_cost(collect((row.project, sums_of(row)) for row in rows))
    by_model = by_cost(collect((row.model, sums_of(row)) for row in rows))
    return Session(
        source,
        session,
        next(iter(by_project), ""),
        tuple(by_model),
        sum_all(by_model.values()),
        min(row.first_ms for row in rows),
        max(row.last_ms for row in rows),
    )


class SessionDetail(NamedTuple):
    """Everything the ledger knows of one conversation."""

    source: str
    session: str
    projects: tuple[str, ...]
    total: Sums
    by_model: dict[str, Sums]
    by_agent: dict[str, Sums]
    first_ms: int
    last_ms: int
    active_ms: int
    events: list[EventRow]
    files: list[tuple[str, int]]

    def events_of(self, kind: str) -> int:
        """How often one kind of thing happened."""
        return sum(row.times for row in self.events if row.kind == kind)


def session(connection: Connection, source: str, session_id: str) -> SessionDetail:
    """One conversation in all; the empty agent is the conversation itself."""
    rows = session_cells(connection, source, session_id)
    times = session_times(connection, source, session_id)
    by_model = by_cost(collect((row.model, sums_of(row)) for row in rows))
    return SessionDetail(
        source,
        session_id,
        tuple(by_cost(collect((row.project, sums_of(row)) for row in rows))),
        sum_all(by_model.values()) if by_model else NOTHING,
        by_model,
        by_cost(collect((row.session, sums_of(row)) for row in rows)),
        times[0] if times else 0,
        times[-1] if times else 0,
        active_ms(times),
        session_events(connection, source, session_id),
        session_files(connection, source, session_id),
    )
