"""`tokmeter sync`: bring the ledger up to date, and say what that brought."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command, flag
from tokmeter.cli.output import for_stream
from tokmeter.cli.reporting import rendered
from tokmeter.config.quick_paths import state_folder
from tokmeter.metrics import query
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.totals import NOTHING

if TYPE_CHECKING:
    from tokmeter.ingest.sync import SyncResult
    from tokmeter.reports.done import Fault

VERIFY = flag("verify", "Look into every log, also those that seem unchanged.")
BACKGROUND = flag("background", "As prompts start it: without a word, and always with exit status 0.")


@command("json", "common", own=(VERIFY, BACKGROUND))
def sync(switches: Switches, verify: bool, background: bool) -> int:
    """Bring the ledger up to date. Safe to run twice, or two at once; logs are only read."""
    if background:
        return _in_background(switches, verify=verify)
    from tokmeter.reports.done import Synced, build_sync  # noqa: PLC0415 - `--help` does without

    context = Context(switches)
    result = context.sync(verify=verify)
    if not result.files_seen and not switches.json:
        sys.stdout.write(for_stream(context.where_looked(), sys.stdout))
        return 0
    connection = context.open_ledger().connection
    done = Synced(
        result.files_seen,
        result.files_read,
        result.bytes_read,
        result.entries_new,
        result.entries_changed,
        result.seconds,
        sum(row.entries for row in query.sources(connection)),
        query.newest_ms(connection),
        _faults(result),
    )
    report = build_sync(
        done, integrity(connection, query.Filter(), NOTHING, {}), context.now_ms, context.zone
    )
    if not switches.quiet or switches.json:
        sys.stdout.write(rendered(context, report, "json" if switches.json else "text"))
    return 0


def _in_background(switches: Switches, *, verify: bool) -> int:
    """Sync for a prompt, which took the lock; a failure leaves the lock, so that the next try is not soon."""
    from tokmeter.cli.measured import measure_settled  # noqa: PLC0415 - only here
    from tokmeter.integrations.background import (  # noqa: PLC0415 - only here
        forget_claims,
        forget_mark,
        release_lock,
    )

    state = ""
    try:
        state = state_folder(os.environ)
        context = Context(switches._replace(quiet=True))
        forget_mark(state)
        context.sync(verify=verify, background=True)
        try:
            measure_settled(context)  # the prompt's line is written, so nobody waits for this
        finally:
            release_lock(state)
    except Exception:  # noqa: BLE001 - nobody listens; the same fault is told by the next report
        if state:
            forget_claims(state)
    return 0


def _faults(result: SyncResult) -> list[Fault]:
    """The places that could not be read; a missing one was said already, but scripts learn it here."""
    if not result.problems:
        return []
    from tokmeter.core.problem import CATALOGUE  # noqa: PLC0415 - brings msgspec
    from tokmeter.reports.done import Fault  # noqa: PLC0415 - `--help` does without

    faults = []
    for slug, problem in result.problems:
        severity, sentence, hint = CATALOGUE.get(
            problem.code, ("warning", problem.code, "tokmeter doctor -v")
        )
        faults.append(Fault(problem.code, severity, slug, problem.path, problem.detail, sentence, hint))
    return faults
