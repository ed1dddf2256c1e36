"""`tokmeter week`, `day`, `month`, `year`: what a period cost, when, by which models, for which projects."""

from __future__ import annotations

from functools import partial

from tokmeter.cli.options import PERIOD, REPORT, Switches, command
from tokmeter.cli.reporting import show_period


@command(*REPORT, arguments=(PERIOD,))
def week(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of this week, or of another period."""
    return _show("week", switches, period)


@command(*REPORT, arguments=(PERIOD,))
def day(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of today, hour by hour; or of another period."""
    return _show("day", switches, period)


@command(*REPORT, arguments=(PERIOD,))
def month(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of this month, week by week; or of another period."""
    return _show("month", switches, period)


@command(*REPORT, arguments=(PERIOD,))
def year(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of this year, month by month; or of another period."""
    return _show("year", switches, period)


def _show(kind: str, switches: Switches, period: tuple[str, ...]) -> int:
    from tokmeter.reports.spent_in import build_spent  # noqa: PLC0415 - `--help` does without

    return show_period(switches, period, kind, partial(build_spent, kind), budget=kind)
