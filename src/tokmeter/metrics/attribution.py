"""Which entries were used while making which commit, and how much that was (docs/reference/git.md).

The rule: an entry belongs to the first commit made in its worktree at or after the entry's time. Nothing of
this is stored. Here it is pure: who made what and when comes from git (integrations/git/works.py), the sums
from `metrics.query`, as for every other report.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import NamedTuple

from tokmeter.core.spans import Slice, local
from tokmeter.metrics.query import Cell, Connection, Filter, cells
from tokmeter.metrics.totals import NOTHING, Sums, by_cost, collect, sum_all, sums_of
from tokmeter.metrics.window import active_ms, moments

BEGINNING = -(2**62)
END = 2**62
PENDING = ""
"""The work of entries after the last commit: not committed yet."""


class Making(NamedTuple):
    """One time that a piece of work was committed or amended.

    `until_ms` is the last millisecond that belongs to it. `worktree` is where; None where no reflog tells, so
    that it counts in every worktree whose own reflog does not reach back that far. `order` tells makings of
    one second apart.
    """

    work: str
    until_ms: int
    worktree: str | None
    order: int = 0


class Worktree(NamedTuple):
    """A worktree: its folder's spellings, the repositories inside it, since when its reflog tells."""

    root: str
    folders: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    reflog_since_ms: int = END


class Window(NamedTuple):
    """A time in one worktree that belongs to one piece of work; the end is excluded."""

    work: str
    start_ms: int
    end_ms: int


def windows(makings: Iterable[Making], worktrees: Sequence[Worktree]) -> dict[str, list[Window]]:
    """Worktree → its whole time, cut into windows without gap; the last one is pending.

    The order of `makings` does not matter. Neighbouring windows of one work are one.
    """
    ordered = sorted(makings, key=lambda making: (making.until_ms, making.order, making.work))
    found = {}
    for tree in worktrees:
        cut: list[Window] = []
        start = BEGINNING
        for making in ordered:
            own = making.worktree == tree.root
            if own or (making.worktree is None and making.until_ms < tree.reflog_since_ms):
                _append(cut, Window(making.work, start, max(start, making.until_ms + 1)))
                start = cut[-1].end_ms if cut else start
        _append(cut, Window(PENDING, start, END))
        found[tree.root] = cut
    return found


def counted(makings: Iterable[Making], worktrees: Sequence[Worktree]) -> set[str]:
    """The works that take entries in some worktree, if there are any in their time."""
    since = {tree.root: tree.reflog_since_ms for tree in worktrees}
    latest = max(since.values(), default=BEGINNING)
    return {
        making.work
        for making in makings
        if (making.until_ms < latest if making.worktree is None else making.worktree in since)
    }


def _append(cut: list[Window], window: Window) -> None:
    """Add a window unless it is empty; what goes on with the same work is one window."""
    if window.end_ms <= window.start_ms:
        return
    if cut and cut[-1].work == window.work:
        cut[-1] = cut[-1]._replace(end_ms=window.end_ms)
    else:
        cut.append(window)


def clipped(cut: Sequence[Window], start_ms: int, end_ms: int) -> list[Window]:
    """The windows within a time."""
    return [
        Window(window.work, max(window.start_ms, start_ms), min(window.end_ms, end_ms))
        for window in cut
        if max(window.start_ms, start_ms) < min(window.end_ms, end_ms)
    ]


class Use(NamedTuple):
    """What one row used. Times in ms; `active_ms` leaves out silences of more than ten minutes.

    The time of work is counted from response or prompt to the next one of the same window, so that what lies
    between two commits is told apart; worktrees in which somebody worked side by side add up.
    """

    sums: Sums = NOTHING
    by_model: Mapping[str, Sums] = {}
    by_source: Mapping[str, Sums] = {}
    sessions: frozenset[tuple[str, str]] = frozenset()
    active_ms: int = 0
    prompts: int = 0
    first_ms: int | None = None
    last_ms: int | None = None


NO_USE = Use()


def measure(
    connection: Connection,
    worktrees: Sequence[Worktree],
    cut: Mapping[str, Sequence[Window]],
    where: Filter,
    rows: Mapping[str, str],
    other: str,
) -> dict[str, Use]:
    """Row → what it used, for the windows of `cut`.

    `rows` says which row a work belongs to; all works that it does not name make the row `other`.
    """
    rest: dict[str, list[Cell]] = {}
    active: dict[str, int] = {}
    prompts: dict[str, int] = {}
    for tree in worktrees:
        joined: list[Window] = []
        for window in cut[tree.root]:
            _append(joined, window._replace(work=rows.get(window.work, other)))
        if not joined or not tree.folders:
            continue
        slices = [
            Slice(local(window.start_ms, UTC).date(), window.start_ms, window.end_ms) for window in joined
        ]
        within = where._replace(projects=tree.folders, without_projects=tree.without)
        for cell in cells(connection, within, slices):
            rest.setdefault(joined[cell.slice].work, []).append(cell)
        whole = (joined[0].start_ms, joined[-1].end_ms)
        happened = moments(connection, tree.folders, *whole, tree.without, where.sources)
        for window, times in zip(joined, _dealt(joined, happened), strict=True):
            active[window.work] = active.get(window.work, 0) + active_ms([time for time, _ in times])
            prompts[window.work] = prompts.get(window.work, 0) + sum(prompt for _, prompt in times)
    names = dict.fromkeys([*rest, *prompts])
    return {name: _use(rest.get(name, ()), active.get(name, 0), prompts.get(name, 0)) for name in names}


def _dealt(joined: Sequence[Window], happened: Sequence[tuple[int, int]]) -> list[Sequence[tuple[int, int]]]:
    """What happened in each window."""
    found = []
    for window in joined:
        first = bisect_left(happened, (window.start_ms, -1))
        found.append(happened[first : bisect_left(happened, (window.end_ms, -1))])
    return found


def _use(found: Sequence[Cell], active: int, prompts: int) -> Use:
    by_model = by_cost(collect((cell.model, sums_of(cell)) for cell in found))
    return Use(
        sum_all(by_model.values()),
        by_model,
        by_cost(collect((cell.source, sums_of(cell)) for cell in found)),
        frozenset((cell.source, cell.session) for cell in found if cell.session),
        active,
        prompts,
        min((cell.first_ms for cell in found), default=None),
        max((cell.last_ms for cell in found), default=None),
    )


def together(uses: Iterable[Use]) -> Use:
    """Several rows as one; a session that has a part in two of them counts once."""
    parts = list(uses)
    firsts = [use.first_ms for use in parts if use.first_ms is not None]
    lasts = [use.last_ms for use in parts if use.last_ms is not None]
    by_model = by_cost(collect(pair for use in parts for pair in use.by_model.items()))
    return Use(
        sum_all(use.sums for use in parts),
        by_model,
        by_cost(collect(pair for use in parts for pair in use.by_source.items())),
        frozenset().union(*(use.sessions for use in parts)),
        sum(use.active_ms for use in parts),
        sum(use.prompts for use in parts),
        min(firsts, default=None),
        max(lasts, default=None),
    )
