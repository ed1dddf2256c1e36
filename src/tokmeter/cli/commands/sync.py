"""`tokmeter sync`: bring the ledger up to date, and say what that brought."""

from __future__ import annotations

import sys

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command, flag
from tokmeter.cli.output import print_json

VERIFY = flag("verify", "Look into every log, also those that seem unchanged.")


@command("json", "common", own=(VERIFY,))
def sync(switches: Switches, verify: bool) -> int:
    """Bring the ledger up to date. Safe to run twice, or two at once; logs are only read."""
    context = Context(switches)
    result = context.sync(verify=verify)
    if switches.json:
        data = {
            "files_seen": result.files_seen,
            "files_read": result.files_read,
            "bytes_read": result.bytes_read,
            "entries_new": result.entries_new,
            "seconds": round(result.seconds, 3),
        }
        problems = [
            {"code": problem.code, "source": slug, "path": problem.path, "detail": problem.detail}
            for slug, problem in result.problems
        ]
        print_json("tokmeter.sync/1", context.now_ms, data, problems=problems)
        return 0
    for slug, problem in result.problems:
        if problem.code != "root-missing":  # said already
            context.warn(f"{slug}: {problem.path} could not be read: {problem.detail or problem.code}")
    if not result.files_seen:
        sys.stdout.write(context.where_looked())
    elif not switches.quiet:
        files = f"{result.files_read:,} of {result.files_seen:,} logs had something new"
        sys.stdout.write(f"{files}: {result.entries_new:,} new entries in {result.seconds:.1f} s\n")
    return 0
