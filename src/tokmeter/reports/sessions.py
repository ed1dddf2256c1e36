"""`tokmeter sessions`: the conversations of a period."""

from __future__ import annotations

from datetime import tzinfo

from tokmeter.core.spans import Period, iso, local
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.sessions import Session, sessions
from tokmeter.reports.dates import MONTHS
from tokmeter.reports.document import Column, Report, Table, Value
from tokmeter.reports.headline import spent
from tokmeter.reports.labels import project_names, short_ids, source_title
from tokmeter.reports.mixes import Mix
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.records import record_table, sums_data

_COLUMNS = (
    Column("started", "First request", "text", drop=2),
    Column("session", "Session", "text"),
    Column("project", "Project", "text", drop=3),
    Column("span", "Lasted", "duration", drop=5),
    Column("list_cost", "Cost", "money"),
    Column("total_tokens", "Tokens", "tokens", drop=1),
    Column("requests", "Reqs", "count", drop=4),
    Column("models", "Models", "text", drop=8, wide=True),
    Column("source", "Assistant", "text", drop=9, wide=True),
)
NO_SESSION = "(none)"


def build_sessions(
    connection: Connection,
    period: Period,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options = DEFAULTS,
) -> Report:
    """Every conversation with requests in the period, the latest first; wide pages say by which models."""
    mix = Mix("sessions", connection, period._replace(tz=tz), filters, now_ms, options)
    found = sessions(connection, mix.within.where, mix.within.whole())
    found.sort(key=lambda row: -row.last_ms)
    names = project_names(row.project for row in found)
    years = {local(ms, tz).year for ms in (now_ms, *(row.first_ms for row in found))}
    ids = short_ids([row.session for row in found])
    rows: list[tuple[Value, ...]] = [
        (
            _started(row.first_ms, tz, years),
            ids[row.session] or NO_SESSION,
            names[row.project],
            row.last_ms - row.first_ms,
            spent(row.sums),
            row.sums.total_tokens,
            row.sums.requests,
            ", ".join(row.models),
            source_title(row.source),
        )
        for row in found
    ]
    records = record_table(
        ("source", "session", "project", "first", "last"),
        [
            ((row.source, row.session, row.project, iso(row.first_ms), iso(row.last_ms)), row.sums)
            for row in found
        ],
    )
    data = {"sessions": [_session_data(row) for row in found]}
    return mix.report("Sessions", Table("sessions", "", _COLUMNS, tuple(rows)), records, data)


def _started(ms: int, tz: tzinfo, years: set[int]) -> str:
    """`21 Nov 15:31`, with the year where it does not go without saying."""
    at = local(ms, tz)
    return f"{at:%Y-%m-%d %H:%M}" if len(years) > 1 else f"{at.day:>2} {MONTHS[at.month - 1]} {at:%H:%M}"


def _session_data(row: Session) -> dict[str, object]:
    return {
        "session_id": row.session or None,
        "source": row.source,
        "project": row.project or None,
        "models": list(row.models),
        "first": iso(row.first_ms),
        "last": iso(row.last_ms),
        **sums_data(row.sums),
    }
