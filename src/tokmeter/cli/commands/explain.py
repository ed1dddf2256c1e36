"""`tokmeter explain`: from a figure back to the lines of the logs it was counted from."""

from __future__ import annotations

import sys
from datetime import date

from tokmeter.cli.context import Context
from tokmeter.cli.options import Argument, Switches, command
from tokmeter.cli.reporting import chosen_format, rendered
from tokmeter.core.errors import UsageError
from tokmeter.core.spans import Slice
from tokmeter.metrics import evidence, query

SUBJECT = Argument(
    "subject",
    "KEY|MODEL|PERIOD|WORD",
    f"An entry's key or its beginning, a model, a period, or one of: {', '.join(evidence.CONDITIONS)}.",
    many=True,
)
LISTED = 20
"""Entries that are listed; `--verbose` lists LISTED_MORE."""
LISTED_MORE = 1_000


@command("period", "filter", "json", "shape", "sync", "demo", "common", arguments=(SUBJECT,))
def explain(switches: Switches, subject: tuple[str, ...]) -> int:
    """From a figure back to file and line. Several entries are listed, one is shown whole."""
    from tokmeter.reports.explain import build_explain  # noqa: PLC0415 - `--help` does without

    chosen = chosen_format(switches)
    context = Context(switches)
    text = " ".join(subject)
    connection = context.ledger.connection
    limit = LISTED_MORE if switches.verbose else LISTED
    rows, matched = _found(context, text, limit)
    further = {row.id: evidence.further_evidence(connection, row.id) for row in rows}
    report = build_explain(text, rows, context.now_ms, context.zone, further=further, matched=matched)
    sys.stdout.write(rendered(context, report, chosen))
    return 0


def _found(context: Context, text: str, limit: int) -> tuple[list[evidence.EvidenceRow], int]:
    """The entries that `text` names, the costliest first, and how many there are in all."""
    connection = context.ledger.connection
    within = context.filter()
    if text in evidence.CONDITIONS:
        return _counted(connection, within, text, limit)
    by_key = evidence.evidence_by_key(connection, text, limit)
    if by_key:
        return by_key, len(by_key)
    try:
        period = context.period(text.split(), "day") if within == query.Filter() else None
    except UsageError:
        period = None
    if period is not None:
        return _counted(connection, context.filter(period), "", limit)
    found = _counted(connection, within._replace(models=(*within.models, text)), "", limit)
    if not found[1]:
        raise UsageError(
            f"Nothing in the ledger is called {text!r}: no entry's key, no model, no period.",
            "The models there are: tokmeter models all",
        )
    return found


def _counted(
    connection: query.Connection, where: query.Filter, condition: str, limit: int
) -> tuple[list[evidence.EvidenceRow], int]:
    """The first `limit` entries of a selection that meet the condition, and how many meet it."""
    rows = evidence.evidence(connection, where, condition=condition, limit=limit)
    if len(rows) < limit:
        return rows, len(rows)
    whole = Slice(date.min, where.start_ms, where.end_ms)
    cells = query.cells(connection, where, [whole])
    return rows, sum(cell.requests for cell in cells if _meets(cell, condition))


def _meets(cell: query.Cell, condition: str) -> bool:
    """Whether the entries of a cell meet a key of `evidence.CONDITIONS`."""
    return {
        "": True,
        "estimates": cell.count_basis > 0,
        "partial": bool(cell.flags & query.OUTPUT_PARTIAL),
        "unpriced": bool(cell.unpriced),
        "forks": bool(cell.flags & query.FORK_GUESSED),
    }[condition]
