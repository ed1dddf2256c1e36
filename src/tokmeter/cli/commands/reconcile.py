"""`tokmeter reconcile`: a provider's bill against the ledger."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.cli.context import Context
from tokmeter.cli.options import PERIOD, Option, Switches, command, flag, text
from tokmeter.cli.output import for_stream
from tokmeter.cli.reporting import chosen_format, rendered
from tokmeter.core.errors import UsageError
from tokmeter.core.spans import Period, of_days

if TYPE_CHECKING:
    from tokmeter.ledger.store import Ledger

UNBALANCED = 3
"""Exit status of a check that does not hold, or that nothing was there to hold against."""

STATEMENT = Option(
    "statement", "path", ("--statement",), "FILE", "Also this statement, without keeping it in the ledger."
)
CHECK = flag("check", "Exit with 3 unless bill and list cost agree within the tolerance.")
TOLERANCE = text("tolerance", "SHARE", "The part of the bill by which they may differ.", "2%")

_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*(%?)")


@command(
    "period", "filter", "json", "shape", "sync", "common",
    arguments=(PERIOD,), own=(STATEMENT, CHECK, TOLERANCE),
)  # fmt: skip
def reconcile(
    switches: Switches, period: tuple[str, ...], statement: Path | None, check: bool, tolerance: str
) -> int:
    """Billed amounts beside list cost by UTC day and model, and what explains the difference.

    Without PERIOD: this month; with --statement all that it covers.
    """
    from tokmeter.ingest.list_prices import ListPrices  # noqa: PLC0415 - `--help` does without
    from tokmeter.metrics.reconcile import reconcile as compare  # noqa: PLC0415 - the same
    from tokmeter.reports.reconcile import Check, build_reconcile  # noqa: PLC0415 - the same

    chosen = chosen_format(switches)
    asked = Check(check, tolerance_of(tolerance))
    context = Context(switches)
    days = _utc_days(context, period, statement)
    ledger, files = context.ledger, []
    if statement is not None:
        ledger = ledger.copy_in_memory()
        files = _read_into(context, ledger, statement)
    where = context.until_now(context.filter(days))
    found = compare(ledger.connection, where, ListPrices(context.prices), files)
    report = build_reconcile(found, days, where, asked, context.now_ms)
    sys.stdout.write(for_stream(rendered(context, report, chosen), sys.stdout))
    return UNBALANCED if check and not asked.holds(found.total, found.compared) else 0


def tolerance_of(words: str) -> Fraction:
    """`2%` or `0.02` as a share; a bare 2 could mean either and is refused."""
    match = _SHARE.fullmatch(words.strip())
    share = None if match is None else Fraction(match[1]) / (100 if match[2] else 1)
    if share is None or (share > 1 and not (match and match[2])):
        raise UsageError(
            f"--tolerance takes a share like 2% or 0.02, not {words!r}.", "tokmeter reconcile --check"
        )
    return share


def _utc_days(context: Context, words: tuple[str, ...], statement: Path | None) -> Period:
    """The days that were asked for, cut in UTC as providers cut them."""
    named = words or context.switches.since or context.switches.until
    period = context.period(words if named or statement is None else ("all",), "month")
    return of_days(period.kind, period.first_day, period.last_day, period.label, UTC)


def _read_into(context: Context, copy: Ledger, statement: Path) -> list[int]:
    """Import the file into the copy; the ids of what was read."""
    from tokmeter.ingest.importing import import_paths  # noqa: PLC0415 - only with a file
    from tokmeter.metrics.statement_lines import files_at, has_lines  # noqa: PLC0415 - the same

    path = statement.expanduser()
    try:
        path.stat()
    except OSError as error:
        raise UsageError(
            f"{statement} cannot be read: {error.strerror}.", "tokmeter reconcile --help"
        ) from error
    import_paths(copy, [path], now_ms=context.present_ms, prices=context.prices)
    files = files_at(copy.connection, os.path.abspath(path))  # noqa: PTH100 - as an import names it
    if not has_lines(copy.connection, files):
        raise UsageError(
            f"{statement} holds no statement of a provider.", "What is in it: tokmeter import --dry-run FILE"
        )
    return files
