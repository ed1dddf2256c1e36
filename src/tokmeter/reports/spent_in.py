"""The report of a period: what was burnt, when, by which models, for which projects."""

from __future__ import annotations

from datetime import date, tzinfo

from tokmeter.core.money import as_json
from tokmeter.core.spans import Period, containing, hours, iso, local
from tokmeter.metrics.compare import compare
from tokmeter.metrics.mix import shares
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.totals import Totals, totals
from tokmeter.reports.closing import closing, emptiness
from tokmeter.reports.dates import MONTHS, short
from tokmeter.reports.document import Line, Piece, Report, Table, line, words
from tokmeter.reports.frame import Frame, cut_by, frame
from tokmeter.reports.headline import Budget, headline, headline_data, spent
from tokmeter.reports.labels import short_ids, source_title
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.records import record_table, sums_data
from tokmeter.reports.tables import is_future, model_table, project_table, slice_table, source_table

_LENGTHS = {"day": 0, "week": 1, "month": 2, "year": 3}


def build_spent(
    name: str,
    connection: Connection,
    period: Period,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options = DEFAULTS,
) -> Report:
    """The report `name` (day, week, month, year) over a period, cut into fitting rows.

    A shorter calendar period grows to the one that the report is of.
    """
    period = period._replace(tz=tz)
    if _LENGTHS.get(period.kind, 9) < _LENGTHS[name]:
        period = containing(name, period.first_day, period.tz, options.week_start)
    within = frame(name, connection, period, filters, now_ms, options)
    kind, slices = cut_by(within.shown, options.week_start)
    found = totals(connection, within.where, within.cut(slices))
    found = found._replace(slices=slices)
    change = compare(connection, within.where, within.period, now_ms, found, within.newest_ms)
    budget = None
    if options.budget_nanousd is not None:
        budget = Budget(options.budget_nanousd, found.total.cost_nanousd)
    figures = (within.shown, now_ms, found.total, len(found.sessions), change, budget)
    notes = closing(within.integrity(found), within.past_label)
    tables: tuple[Table, ...] = ()
    if found.total.requests:
        before = change.before_by_model if change else None
        tables = (
            slice_table(within, kind, found),
            model_table(within, kind, found, before),
            source_table(found),
            project_table(found),
        )
    else:
        notes = (*emptiness(within), *notes)
    said = headline(*figures) if found.total.requests else (line(words("No requests in this period.")),)
    return Report(
        f"tokmeter.{name}/1",
        within.title(),
        within.aside(),
        within.wide_aside(),
        period,
        within.filters,
        now_ms,
        (*within.selection(), *said),
        tables,
        _facts(within) if options.details and found.total.requests else (),
        notes,
        _records(within, kind, found),
        {**headline_data(*figures), **_data(within, kind, found)},
    )


def _data(within: Frame, kind: str, found: Totals) -> dict[str, object]:
    percent = shares(found.by_model)
    return {
        "slice_kind": kind,
        "slices": [
            {
                "start": iso(part.start_ms),
                "end": iso(part.end_ms),
                "first_day": part.day.isoformat(),
                "future": is_future(part, within.now_ms),
                **sums_data(sums),
            }
            for part, sums in zip(found.slices, found.by_slice, strict=True)
        ],
        "models": [
            {
                "model": model,
                "providers": sorted(found.providers[model]),
                "share_percent": percent[model],
                **sums_data(sums),
                "list_cost_by_slice": _cost_by_slice(found, model),
            }
            for model, sums in found.by_model.items()
        ],
        "projects": [
            {"project": project or None, **sums_data(sums)} for project, sums in found.by_project.items()
        ],
        "sources": [
            {"source": source, "title": source_title(source), **sums_data(sums)}
            for source, sums in found.by_source.items()
        ],
    }


def _cost_by_slice(found: Totals, model: str) -> list[object]:
    costs: list[object] = []
    for n in range(len(found.slices)):
        sums = found.by_model_slice.get((model, n))
        costs.append(as_json(sums.list_cost_nanousd if sums else 0))
    return costs


def _records(within: Frame, kind: str, found: Totals) -> Table:
    """One row for each slice, assistant, model and project with requests."""
    tz = within.period.tz

    def start(n: int) -> str:
        part = found.slices[n]
        return f"{local(part.start_ms, tz):%Y-%m-%dT%H:%M}" if kind == "hour" else part.day.isoformat()

    rows = [
        ((start(n), source, model, project), sums)
        for (n, model, project, source), sums in sorted(found.by_all.items())
    ]
    return record_table((kind, "source", "model", "project"), rows)


def _facts(within: Frame) -> tuple[Line, ...]:
    """Busiest hour and priciest session."""
    from tokmeter.metrics.sessions import sessions  # noqa: PLC0415 - the usual page does without

    parts = within.cut(hours(within.shown)) if within.shown.end_ms - within.shown.start_ms < 10**10 else []
    found = totals(within.connection, within.where, parts)
    groups: list[tuple[Piece, ...]] = []
    if found.total.cost_nanousd:
        n = max(range(len(parts)), key=lambda n: (found.by_slice[n].cost_nanousd, -n))
        at = local(parts[n].start_ms, within.period.tz)
        label = f"Busiest hour {_day(at.date(), within)} {at:%H}:00 "
        groups.append((words(label), Piece(spent(found.by_slice[n]), "money")))
    named = [row for row in sessions(within.connection, within.where, within.whole()) if row.session]
    if named and named[0].sums.cost_nanousd:
        at = local(named[0].first_ms, within.period.tz)
        label = f"Priciest session {_day(at.date(), within)} {at:%H:%M} "
        command = words(
            f" tokmeter session {short_ids([row.session for row in named])[named[0].session]}", "dim"
        )
        groups.append((words(label), Piece(spent(named[0].sums), "money"), command))
    return (Line(tuple(groups)),) if groups else ()


def _day(day: date, within: Frame) -> str:
    """`Thu 19`, or `19 Nov` where a period has more than one such day, with the year where it has several."""
    first, last = within.shown.first_day, within.shown.last_day
    if (last - first).days < 28:
        return short(day)
    return f"{day.day} {MONTHS[day.month - 1]}" + (f" {day.year}" if first.year != last.year else "")
