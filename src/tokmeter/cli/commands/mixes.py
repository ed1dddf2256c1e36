"""`tokmeter models`, `tokmeter projects`: where a period's tokens and cost went."""

from __future__ import annotations

from tokmeter.cli.options import PERIOD, REPORT, Switches, command
from tokmeter.cli.reporting import show_period


@command(*REPORT, arguments=(PERIOD,))
def models(switches: Switches, period: tuple[str, ...]) -> int:
    """Every model of this week, or of another period, with its share."""
    from tokmeter.reports.models import build_models  # noqa: PLC0415 - one of two

    return show_period(switches, period, "week", build_models)


@command(*REPORT, arguments=(PERIOD,))
def projects(switches: Switches, period: tuple[str, ...]) -> int:
    """Every project of this week, or of another period, with its share."""
    from tokmeter.reports.projects import build_projects  # noqa: PLC0415 - one of two

    return show_period(switches, period, "week", build_projects)
