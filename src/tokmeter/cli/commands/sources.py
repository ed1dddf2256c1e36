"""`tokmeter sources`: whose logs are read, from where, and what the ledger holds of them."""

from __future__ import annotations

from pathlib import Path

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command
from tokmeter.cli.reporting import chosen_format, report_options, show


@command("json", "shape", "sync", "demo", "common")
def sources(switches: Switches) -> int:
    """The assistants whose logs are read, from where, and what the ledger holds of each."""
    from tokmeter.reports.sources import Place, build_sources  # noqa: PLC0415 - `--help` does without

    chosen = chosen_format(switches)
    context = Context(switches)
    connection = context.ledger.connection
    places = [
        Place(source.slug, str(root.path), root.reason, root.exists) for source, root in context.all_roots()
    ]
    options = report_options(context, None, "", details=False)._replace(home=str(Path.home()))
    report = build_sources(connection, places, context.now_ms, context.zone, options)
    return show(context, report, chosen)
