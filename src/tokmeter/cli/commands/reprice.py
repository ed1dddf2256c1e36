"""`tokmeter reprice`: list costs again, with the price data of today."""

from __future__ import annotations

import sys

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command, flag, text
from tokmeter.cli.output import price_data
from tokmeter.cli.reporting import rendered
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.query import Filter

DRY_RUN = flag("dry_run", "Say what would change; change nothing.", "-n")
SINCE = text("since", "DAY", "Only entries from this day on.")


@command("json", "common", own=(SINCE, DRY_RUN))
def reprice(switches: Switches, since: str | None, dry_run: bool) -> int:
    """Compute list costs again with today's price data and your price file. Counts never change."""
    from tokmeter.core.period import parse_instant  # noqa: PLC0415 - `--help` does without
    from tokmeter.ingest.repricing import reprice as compute  # noqa: PLC0415 - brings the price data
    from tokmeter.metrics.evidence import found, rates_used  # noqa: PLC0415 - `--help` does without
    from tokmeter.reports.done import Repriced, build_reprice  # noqa: PLC0415 - the same

    context = Context(switches)
    where = Filter(start_ms=parse_instant(since, context.now_ms, context.zone)) if since else Filter()
    ledger = context.open_ledger()
    result = compute(ledger, since_ms=max(where.start_ms, 0), prices=context.prices, dry_run=dry_run)
    done = Repriced(
        dry_run, result.rows, result.changed, result.unpriced, result.before_nanousd, result.after_nanousd
    )
    held = found(ledger.connection, where)
    used = {
        price_data(row.prices_source.partition(":")[0], row.prices_version): None
        for row in rates_used(ledger.connection, where)
        if row.prices_source not in ("none", "free")
    }
    caveats = integrity(ledger.connection, where, held.total, held.by_model)
    report = build_reprice(done, held, caveats, [] if dry_run else list(used), context.now_ms)
    sys.stdout.write(rendered(context, report, "json" if switches.json else "text"))
    return 0
