"""`tokmeter doctor`: whether everything is in order. The output can be pasted into a bug report."""

from __future__ import annotations

import os
import platform
import sys

from tokmeter import __version__
from tokmeter.cli import checks
from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command
from tokmeter.cli.output import arrow, for_stream, print_json, problem, unicode_ok
from tokmeter.config.zone import zone_name
from tokmeter.core.names import printable
from tokmeter.metrics import query

SEVERITIES = {checks.WARN: "warning", checks.FAIL: "error"}
LISTED = 500
"""Faults that `-v` lists; a log in ruins would scroll everything else away."""


@command("json", "sync", "common")
def doctor(switches: Switches) -> int:
    """Check that everything is in order; -v lists faults with file and line. Exit 1 only for a failure."""
    context = Context(switches)
    ledger = context.ledger
    found = checks.all_checks(context, ledger)
    faults = query.problems(ledger.connection, limit=LISTED) if switches.verbose else []
    failed = sum(check.status == checks.FAIL for check in found)
    if switches.json:
        data: dict[str, object] = {
            "version": __version__,
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "timezone": zone_name(context.zone),
            "checks": [
                {"id": check.id, "status": check.status, "detail": check.detail, "hint": check.hint}
                for check in found
            ],
        }
        data["faults"] = [
            {"code": row.code, "source": row.source, "path": row.path, "line": row.line, "detail": row.detail}
            for row in faults
        ]
        problems = [
            problem(check.id, SEVERITIES[check.status], check.detail, check.hint)
            for check in found
            if check.status in SEVERITIES
        ]
        print_json("tokmeter.doctor/1", context.now_ms, data, problems=problems)
    else:
        sys.stdout.write(for_stream(_text(context, found, faults), sys.stdout))
    return 1 if failed else 0


def _text(context: Context, found: list[checks.Check], faults: list[query.ProblemRow]) -> str:
    """The findings for people, group by group."""
    encoding = "UTF-8" if unicode_ok(sys.stdout, os.environ) else "ASCII"
    system = f"{platform.system()} {platform.machine()}"
    python = platform.python_version()
    lines = [f"tokmeter {__version__} · Python {python} · {system} · {encoding} · {zone_name(context.zone)}"]
    width = max(len(check.name) for check in found)
    group = ""
    for check in found:
        if check.group != group:
            group = check.group
            lines += ["", group]
        lines.append(f"  {check.status:<5} {check.name:<{width}}  {check.detail}".rstrip())
        if check.hint and check.status in {checks.WARN, checks.FAIL}:
            lines.append(f"        {arrow(sys.stdout)} {check.hint}")
    if faults:
        lines += ["", "Faults in logs"]
        for row in faults:
            place = f"{row.path}:{row.line}" if row.line else row.path
            lines.append(f"  {printable(place)}  {row.code}  {printable(row.detail)}".rstrip())
        if len(faults) == LISTED:
            lines.append(f"  … the first {LISTED} are listed; repair those, then ask again")
    return "\n".join([*lines, "", _verdict(found), ""])


def _verdict(found: list[checks.Check]) -> str:
    """One closing sentence."""
    failed = sum(check.status == checks.FAIL for check in found)
    warned = sum(check.status == checks.WARN for check in found)
    if not failed and not warned:
        return "Everything is fine."
    parts = [f"{failed} {'failure' if failed == 1 else 'failures'}"] if failed else []
    parts += [f"{warned} {'warning' if warned == 1 else 'warnings'}"] if warned else []
    return f"{', '.join(parts)}. Everything else is fine."
