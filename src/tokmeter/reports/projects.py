"""`tokmeter projects`: which folders the tokens and the cost went to."""

from __future__ import annotations

from datetime import tzinfo

from tokmeter.core.spans import Period
from tokmeter.metrics.mix import shares
from tokmeter.metrics.query import Connection, Filter
from tokmeter.reports.document import Column, Report, Table, Value
from tokmeter.reports.headline import spent
from tokmeter.reports.labels import project_names
from tokmeter.reports.mixes import Mix
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.records import record_table, sums_data

_COLUMNS = (
    Column("project", "Project", "text"),
    Column("list_cost", "Cost", "money"),
    Column("share", "Share", "share", drop=2),
    Column("total_tokens", "Tokens", "tokens", drop=1),
    Column("requests", "Requests", "count", drop=3),
    Column("bar", "", "bar", drop=4, narrow=True),
    Column("path", "Folder", "path", drop=9, wide=True),
)


def build_projects(
    connection: Connection,
    period: Period,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options = DEFAULTS,
) -> Report:
    """Every project, costliest first."""
    mix = Mix("projects", connection, period._replace(tz=tz), filters, now_ms, options)
    groups = mix.found.by_project
    names, percent = project_names(groups), shares(groups)
    total = mix.found.total
    rows: list[tuple[Value, ...]] = [
        (
            names[path],
            spent(sums),
            percent[path],
            sums.total_tokens,
            sums.requests,
            sums.cost_nanousd if total.cost_nanousd else sums.total_tokens,
            path,
        )
        for path, sums in groups.items()
    ]
    last: tuple[Value, ...] = (
        "Total", spent(total), sum(percent.values()), total.total_tokens, total.requests, None, None,
    )  # fmt: skip
    records = record_table(("project",), [((path,), sums) for path, sums in groups.items()])
    data = {
        "projects": [
            {"project": path or None, "name": names[path], "share_percent": percent[path], **sums_data(sums)}
            for path, sums in groups.items()
        ]
    }
    return mix.report("Projects", Table("projects", "", _COLUMNS, tuple(rows), last), records, data)
