"""`tokmeter reprice`: list costs again, with the price data of today."""

from __future__ import annotations

import sys

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command, flag, text
from tokmeter.cli.output import arrow, print_json
from tokmeter.core.money import as_json, usd

DRY_RUN = flag("dry_run", "Say what would change; change nothing.", "-n")
SINCE = text("since", "DAY", "Only entries from this day on.")


@command("json", "common", own=(SINCE, DRY_RUN))
def reprice(switches: Switches, since: str | None, dry_run: bool) -> int:
    """Compute list costs again with today's price data and your price file. Counts never change."""
    from tokmeter.core.period import parse_instant  # noqa: PLC0415 - `--help` does without
    from tokmeter.ingest.repricing import reprice as compute  # noqa: PLC0415 - brings the price data

    context = Context(switches)
    since_ms = parse_instant(since, context.now_ms, context.zone) if since else 0
    result = compute(context.open_ledger(), since_ms=since_ms, prices=context.prices, dry_run=dry_run)
    if switches.json:
        data = {
            "dry_run": dry_run,
            "entries": result.rows,
            "changed": result.changed,
            "unpriced": result.unpriced,
            "before": as_json(result.before_nanousd),
            "after": as_json(result.after_nanousd),
        }
        print_json("tokmeter.reprice/1", context.now_ms, data)
        return 0
    verb = "would change" if dry_run else "changed"
    sums = f"${usd(result.before_nanousd)} {arrow(sys.stdout)} ${usd(result.after_nanousd)} list cost"
    sys.stdout.write(f"{result.changed:,} of {result.rows:,} entries {verb}: {sums}\n")
    return 0
