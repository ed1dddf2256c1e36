"""`tokmeter week`, `day`, `month`, `year`: what a period cost, when, by which models, for which projects."""

from __future__ import annotations

from tokmeter.cli.options import PERIOD, REPORT, Switches, command
from tokmeter.cli.reporting import show_period


@command(*REPORT, arguments=(PERIOD,))
def week(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of this week, or of another period."""
    from tokmeter.reports.week import build_week  # noqa: PLC0415 - one of four

    return show_period(switches, period, "week", build_week, budget="week")


@command(*REPORT, arguments=(PERIOD,))
def day(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of today, hour by hour; or of another period."""
    from tokmeter.reports.day import build_day  # noqa: PLC0415 - one of four

    return show_period(switches, period, "day", build_day, budget="day")


@command(*REPORT, arguments=(PERIOD,))
def month(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of this month, week by week; or of another period."""
    from tokmeter.reports.month import build_month  # noqa: PLC0415 - one of four

    return show_period(switches, period, "month", build_month, budget="month")


@command(*REPORT, arguments=(PERIOD,))
def year(switches: Switches, period: tuple[str, ...]) -> int:
    """Show the burn, cost and model mix of this year, month by month; or of another period."""
    from tokmeter.reports.year import build_year  # noqa: PLC0415 - one of four

    return show_period(switches, period, "year", build_year, budget="year")
