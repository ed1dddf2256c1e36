"""`tokmeter audit`: reported counts against the text they stand beside."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tokmeter.cli.context import Context
from tokmeter.cli.measured import measured, output_price, predictor
from tokmeter.cli.options import PERIOD, REPORT, Switches, command
from tokmeter.cli.reporting import chosen_format, is_wide, report_options, show
from tokmeter.core.spans import local


@command(*REPORT, arguments=(PERIOD,))
def audit(switches: Switches, period: tuple[str, ...]) -> int:
    """Hold the reported output against the logged text: agreement, hidden thinking, output cut short.

    Without PERIOD: everything there is. The first time, the text of the logs is counted, which takes a while.
    """
    from tokmeter.metrics.audit import audit as check  # noqa: PLC0415 - `--help` does without
    from tokmeter.reports.audit import build_audit  # noqa: PLC0415 - the same
    from tokmeter.reports.frame import frame  # noqa: PLC0415 - the same

    chosen = chosen_format(switches)
    context = Context(switches)
    named = period or switches.since or switches.until
    asked = context.period(period if named else ("all",), "month")
    where = context.until_now(context.filter(asked))
    ledger = measured(context, between=(where.start_ms, where.end_ms))
    found = check(
        ledger.connection,
        where,
        predictor(ledger).output,
        output_price(ledger),
        lambda ms: _week(context, ms),
    )
    options = report_options(context, asked, "", details=False)
    of = frame("audit", ledger.connection, asked, where, context.now_ms, options)
    return show(
        context,
        build_audit(
            found, of, str(Path.home()), details=is_wide(context), counted=not context.switches.no_sync
        ),
        chosen,
    )


def _week(context: Context, ms: int) -> str:
    """The ISO week of an instant, or the first day of a week that begins otherwise."""
    day = local(ms, context.zone).date()
    start = context.settings.week_start
    if start == 0:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return (day - timedelta(days=(day.weekday() - start) % 7)).isoformat()
