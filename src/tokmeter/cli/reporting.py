"""What every command that prints a report does: period, filter, ledger, document, renderer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tokmeter.cli import output
from tokmeter.cli.context import Context
from tokmeter.cli.options import FORMATS, Switches
from tokmeter.core.errors import UsageError
from tokmeter.core.spans import Period
from tokmeter.metrics import listing, query
from tokmeter.reports.document import Note, Report, words
from tokmeter.reports.options import Options

Builder: TypeAlias = Callable[..., Report]
"""build_models and its like: (connection, period, filters, now_ms, tz, options) → Report."""


def show_period(
    switches: Switches, periods: Sequence[str] | None, kind: str, build: Builder, *, budget: str = ""
) -> int:
    """Print the report that `build` makes of a period; `budget` names the one it is held against."""
    chosen = chosen_format(switches)
    context = Context(switches)
    period = context.period(periods, kind)
    filters = context.filter(period)
    connection = context.ledger.connection
    options = report_options(context, period, budget, details=chosen == "text" and is_wide(context))
    report = build(connection, period, filters, context.now_ms, context.zone, options)
    return show(context, report, chosen)


def show(context: Context, report: Report, chosen: str) -> int:
    """Print a report; where there is nothing at all to report on, say where logs were looked for."""
    report = _without_quiet_notes(context, report)
    if _is_first_contact(context):
        if chosen == "text":
            sys.stdout.write(output.for_stream(context.where_looked(), sys.stdout))
            return 0
        report = _with_places(context, report)
        context.say(context.where_looked().rstrip())
    sys.stdout.write(rendered(context, report, chosen))
    return 0


def chosen_format(switches: Switches) -> str:
    """The format that the switches name. Raises UsageError where they name two, or none there is."""
    if switches.format is not None and switches.format not in FORMATS:
        raise UsageError(
            f"--format takes {', '.join(FORMATS)}, not {switches.format!r}.",
            "For example: tokmeter week --format csv",
        )
    named = {switches.format, "json" if switches.json else None, "plain" if switches.plain else None} - {None}
    if len(named) > 1:
        raise UsageError(
            f"Two formats at once: {' and '.join(sorted(map(str, named)))}.",
            "For example: tokmeter week --json",
        )
    return str(named.pop()) if named else "text"


def rendered(context: Context, report: Report, chosen: str) -> str:
    """The report in the format. Each renderer is imported only when it is asked for."""
    exact = context.switches.exact
    if chosen == "json":
        from tokmeter.reports.render.json import render as to_json  # noqa: PLC0415 - one of five

        return to_json(report)
    if chosen == "csv":
        from tokmeter.reports.render.csv import render as to_csv  # noqa: PLC0415 - one of five

        return to_csv(report)
    if chosen == "plain":
        from tokmeter.reports.render.plain import render as to_plain  # noqa: PLC0415 - one of five

        return to_plain(report)
    if chosen == "md":
        from tokmeter.reports.render.markdown import render as to_markdown  # noqa: PLC0415 - one of five

        return to_markdown(report, exact=exact)
    from tokmeter.reports.render.text import render as to_text  # noqa: PLC0415 - one of five

    return to_text(
        report,
        width=output.terminal_width(sys.stdout, context.env),
        color=output.color_ok(context.settings.color, sys.stdout, context.env),
        utf8=output.unicode_ok(sys.stdout, context.env),
        wide=is_wide(context),
        exact=exact,
    )


def is_wide(context: Context) -> bool:
    """Whether to show the wide columns: asked for, or room for them."""
    return context.switches.wide or output.terminal_width(sys.stdout, context.env) >= output.WIDE_FROM


def report_options(context: Context, period: Period | None, budget: str, *, details: bool) -> Options:
    """What reports need to know of settings and ledger."""
    connection = context.ledger.connection
    last = query.meta(connection, "last_sync_ms")
    amount = context.settings.budgets.get(budget) if period is not None and period.kind == budget else None
    prices = None
    if details and period is not None:
        end_ms = min(period.end_ms, context.now_ms + 1)
        prices = listing.newest_prices(connection, period.start_ms, end_ms)
    return Options(
        # As long before the report's clock as it really is ago.
        last_sync_ms=None if last is None else int(last) + context.now_ms - context.present_ms,
        budget_nanousd=amount,
        week_start=context.settings.week_start,
        look_back=context.switches.as_of is not None,
        details=details,
        prices_version=prices[1] if prices else "",
    )


def _without_quiet_notes(context: Context, report: Report) -> Report:
    quiet = set(context.settings.quiet_notes)
    if not quiet:
        return report
    return report._replace(notes=tuple(note for note in report.notes if note.code not in quiet))


def _is_first_contact(context: Context) -> bool:
    """Whether there is no log to be seen and none was ever read."""
    if context.synced is not None and context.synced.files_seen:
        return False
    return not listing.has_entries(context.ledger.connection)


def _with_places(context: Context, report: Report) -> Report:
    """The empty report with the places that were looked in, for scripts."""
    looked = [
        {"source": source.slug, "path": str(root.path), "reason": root.reason, "exists": root.exists}
        for source, root in context.all_roots()
    ]
    note = Note("no-logs", "info", (words("no logs of any assistant found"),), "tokmeter week --demo")
    notes = [kept for kept in report.notes if kept.code != "ledger-empty"]
    return report._replace(notes=(note, *notes), data={**report.data, "looked_in": looked})
