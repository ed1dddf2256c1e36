"""`tokmeter log`: what was used while making each commit, and what belongs to none of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.spans import Period, iso, local
from tokmeter.metrics.attribution import NO_USE, Use, together
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.query import Connection, Filter
from tokmeter.reports.closing import closing
from tokmeter.reports.dates import MONTHS
from tokmeter.reports.document import Column, Line, Money, Note, Piece, Report, Table, Value, line, words
from tokmeter.reports.headline import spent, totals_line
from tokmeter.reports.labels import project_names
from tokmeter.reports.numbers import ago, plural
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.records import RECORD_COLUMNS, sums_data

OWN, COPY, ELSEWHERE, OTHERS = "own", "copy", "elsewhere", "others"
"""What a commit is to the ledger: made here by the user; a copy of one that is listed and counted; made by
the user, but where no worktree of this repository saw it; made by somebody else."""

REST = {
    "pending": "not committed",
    "other": "other commits",
    "gone": "commits now gone",
}
"""The rows behind the commits. Other commits are on other branches or outside the range."""

SHORT_SHA = 7
SUBJECT = 48

_COLUMNS = (
    Column("commit", "Commit", "text"),
    Column("subject", "Subject", "text"),
    Column("authored", "Made", "text", drop=4),
    Column("list_cost", "Cost", "money"),
    Column("total_tokens", "Tokens", "tokens", drop=1),
    Column("requests", "Reqs", "count", drop=2),
    Column("active", "Work", "duration", drop=3),
    Column("prompts", "Prompts", "count", drop=8, wide=True),
    Column("models", "Models", "text", drop=9, wide=True),
)
_KEYS = ("commit", "authored", "state", "copy_of", "subject")


class CommitRow(NamedTuple):
    """One commit of the list. `copy_of` is the commit whose row holds what this one used."""

    sha: str
    subject: str
    authored_ms: int
    state: str
    copy_of: str = ""
    use: Use = NO_USE


class Log(NamedTuple):
    """The answer: commits as git orders them, then the rest by kind. `asked` names the range in words."""

    root: str
    branch: str
    asked: str
    rows: tuple[CommitRow, ...]
    rest: Mapping[str, Use]


def build_log(
    connection: Connection,
    found: Log,
    period: Period,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options = DEFAULTS,
) -> Report:
    """A row for each commit, rows for what belongs to none of them, and their sum."""
    whole = together([*(row.use for row in found.rows), *found.rest.values()])
    caveats = integrity(connection, filters, whole.sums, dict(whole.by_model))
    aside = "" if options.last_sync_ms is None else f"synced {ago(now_ms - options.last_sync_ms)}"
    chosen = {"source": filters.sources} if filters.sources else {}
    return Report(
        "tokmeter.log/1",
        _title(found),
        aside,
        aside,
        period._replace(tz=tz),
        chosen,
        now_ms,
        (*_selection(chosen), totals_line(whole.sums, len(whole.sessions)), _work_line(found, whole)),
        (_table(found, whole, now_ms, tz),) if found.rows or whole.sums.requests else (),
        (),
        (*_notes(found), *closing(caveats)),
        _records(found),
        _data(found, whole),
    )


def short(sha: str) -> str:
    """A commit's id as people write it."""
    return sha[:SHORT_SHA]


def _title(found: Log) -> Line:
    name = next(iter(project_names([found.root]).values()))
    parts = [words(part) for part in (found.branch, found.asked) if part]
    return line((words("Commits of ", "strong"), words(name, "strong")), *parts)


def _selection(chosen: Mapping[str, tuple[str, ...]]) -> tuple[Line, ...]:
    return tuple(line(words(f"Only {name} {', '.join(values)}", "dim")) for name, values in chosen.items())


def _work_line(found: Log, whole: Use) -> Line:
    """`12 commits · 3 h 05 min of work · 41 prompts`."""
    count = len(found.rows)
    return Line(
        (
            (Piece(count, "count"), words(plural(count, " commit"))),
            (Piece(whole.active_ms, "duration"), words(" of work")),
            (Piece(whole.prompts, "count"), words(plural(whole.prompts, " prompt"))),
        )
    )


def _table(found: Log, whole: Use, now_ms: int, tz: tzinfo) -> Table:
    years = {local(ms, tz).year for ms in (now_ms, *(row.authored_ms for row in found.rows))}
    rows: list[tuple[Value, ...]] = []
    for row in found.rows:
        subject = f"({_state_words(row)}) {row.subject}" if row.state == COPY else row.subject
        figures = _figures(row.use) if row.state == OWN else (Money(None), *[None] * 4, "")
        rows.append((short(row.sha), _cut(subject), _made(row.authored_ms, tz, years), *figures))
    rows += [("", REST[kind], "", *_figures(use)) for kind, use in found.rest.items() if use.sums.requests]
    total = ("Total", None, None, *_figures(whole)[:-1], None)
    return Table("commits", "", _COLUMNS, tuple(rows), total)


def _cut(subject: str) -> str:
    """Subjects may be long; the page shows their beginning."""
    return subject if len(subject) <= SUBJECT else subject[: SUBJECT - 1].rstrip() + "…"


def _state_words(row: CommitRow) -> str:
    return f"copy of {short(row.copy_of)}"


def _figures(use: Use) -> tuple[Value, ...]:
    sums = use.sums
    return (
        spent(sums),
        sums.total_tokens,
        sums.requests,
        use.active_ms or None,
        use.prompts,
        ", ".join(use.by_model),
    )


def _made(ms: int, tz: tzinfo, years: set[int]) -> str:
    """`21 Nov 15:31`, with the year in place of the time where it does not go without saying."""
    at = local(ms, tz)
    return f"{at:%Y-%m-%d}" if len(years) > 1 else f"{at.day:>2} {MONTHS[at.month - 1]} {at:%H:%M}"


def _notes(found: Log) -> list[Note]:
    notes = []
    for state, text in (
        (OTHERS, "of other people, not counted"),
        (ELSEWHERE, "made in another clone, not counted"),
    ):
        count = sum(row.state == state for row in found.rows)
        if count:
            pieces = (Piece(count, "count"), words(f"{plural(count, ' commit')} {text}"))
            notes.append(Note(f"commits-{state}", "info", pieces, "", count))
    return notes


def _records(found: Log) -> Table:
    """One flat row for each commit, then one for each kind of rest."""
    columns = (
        *(Column(key, key, "text") for key in _KEYS),
        *RECORD_COLUMNS,
        Column("active_ms", "active_ms", "count"),
        Column("prompts", "prompts", "count"),
    )
    named: list[tuple[tuple[str, ...], Use]] = [
        ((row.sha, iso(row.authored_ms), row.state, row.copy_of, row.subject), row.use) for row in found.rows
    ]
    named += [(("", "", kind, "", ""), use) for kind, use in found.rest.items()]
    rows: list[tuple[Value, ...]] = [
        (*names, *(getattr(use.sums, column.key) for column in RECORD_COLUMNS), use.active_ms, use.prompts)
        for names, use in named
    ]
    return Table("records", "", columns, tuple(rows))


def use_data(use: Use) -> dict[str, object]:
    """What was used, in JSON: when, how long, by how many prompts, sessions and models, and the sums."""
    return {
        "first": None if use.first_ms is None else iso(use.first_ms),
        "last": None if use.last_ms is None else iso(use.last_ms),
        "active_ms": use.active_ms,
        "prompts": use.prompts,
        "sessions": len(use.sessions),
        **sums_data(use.sums),
    }


def _data(found: Log, whole: Use) -> dict[str, object]:
    return {
        "repository": found.root,
        "branch": found.branch or None,
        "totals": use_data(whole),
        "commits": [
            {
                "commit": row.sha,
                "subject": row.subject,
                "authored": iso(row.authored_ms),
                "state": row.state,
                "copy_of": row.copy_of or None,
                "models": list(row.use.by_model),
                **use_data(row.use),
            }
            for row in found.rows
        ],
        "rest": [
            {"kind": kind, "models": list(use.by_model), **use_data(use)} for kind, use in found.rest.items()
        ],
    }
