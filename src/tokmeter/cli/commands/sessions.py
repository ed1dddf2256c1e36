"""`tokmeter sessions`, `tokmeter session ID`: conversations."""

from __future__ import annotations

from pathlib import Path

from tokmeter.cli.context import Context
from tokmeter.cli.options import PERIOD, REPORT, Argument, Switches, command
from tokmeter.cli.reporting import chosen_format, report_options, show, show_period

ID = Argument("id", "ID", "The session's id, or the beginning of it.")


@command(*REPORT, arguments=(PERIOD,))
def sessions(switches: Switches, period: tuple[str, ...]) -> int:
    """The sessions of this week, or of another period, the latest first."""
    from tokmeter.reports.sessions import build_sessions  # noqa: PLC0415 - one of two

    return show_period(switches, period, "week", build_sessions)


@command("json", "shape", "sync", "demo", "common", arguments=(ID,))
def session(switches: Switches, id: str) -> int:  # noqa: A002 - the argument's name in the help
    """One session, subagents included: models, agents, tools, prompts, time of work, its logs."""
    from tokmeter.reports.session import build_session  # noqa: PLC0415 - one of two

    chosen = chosen_format(switches)
    context = Context(switches)
    connection = context.ledger.connection
    options = report_options(context, None, "", details=False)._replace(home=str(Path.home()))
    return show(context, build_session(connection, id, context.now_ms, context.zone, options), chosen)
