"""The ledger with the texts of its logs counted, for commands that need that; how counts are predicted."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from tokmeter.cli import output
from tokmeter.cli.context import Context
from tokmeter.core.errors import LedgerBusyError, LedgerReadOnlyError
from tokmeter.ledger.store import Ledger

if TYPE_CHECKING:
    from tokmeter.cli.progress import SyncProgress
    from tokmeter.tokenization.prediction import Predictor

FIRST_RUN = "Counting the text of your logs for the first time (none of it is kept, or leaves this computer)"
SETTLED_MS = 3_600_000
"""A log that has not changed for so long is counted in the background: its session is over."""
MOST_BYTES = 16 * 1024 * 1024
"""Of logs that one sync in the background counts: a second or two of a core that nobody waits for."""


def measured(context: Context, *, between: tuple[int, int] | None = None) -> Ledger:
    """The ledger, synced and measured; `between` (UTC ms) limits the logs to those with entries in it.

    `--no-sync` measures nothing either. Where the ledger cannot be written, a copy in memory is measured.
    """
    from tokmeter.ingest.measuring import measure  # noqa: PLC0415 - brings tokenizers

    ledger = context.ledger
    if context.switches.no_sync:
        return ledger
    try:
        measure(
            ledger,
            context.sources,
            now_ms=context.present_ms,
            between=between,
            progress=_progress(context, ledger),
        )
        _refresh_if_stale(ledger)
    except LedgerBusyError as error:
        context.warn(f"{error.sentence} What was counted before is used.", error.hint)
    except LedgerReadOnlyError as error:
        context.warn(f"{error.sentence} Nothing new was counted.", error.hint)
    return ledger


def measure_settled(context: Context) -> None:
    """Count some logs of finished sessions, so that what they tell outlives them: assistants delete logs."""
    from tokmeter.ingest.measuring import measure  # noqa: PLC0415 - brings tokenizers

    ledger = context.open_ledger()
    now_ms = context.present_ms
    measure(
        ledger,
        context.sources,
        now_ms=now_ms,
        workers=0,
        most_bytes=MOST_BYTES,
        settled_ms=now_ms - SETTLED_MS,
    )
    _refresh_if_stale(ledger)


def _refresh_if_stale(ledger: Ledger) -> None:
    """Make the estimates of output cut short anew, also after a run that was ended before it did."""
    from tokmeter.ledger.cut_output import is_stale  # noqa: PLC0415 - only where texts are counted

    if not is_stale(ledger.connection):
        return
    from tokmeter.ingest.cut_output import refresh_cut_output  # noqa: PLC0415 - brings tokenizers

    with ledger.transaction() as connection:
        refresh_cut_output(connection, predictor(ledger))


def _progress(context: Context, ledger: Ledger) -> SyncProgress:
    from tokmeter.cli.progress import SyncProgress  # noqa: PLC0415 - only where something is counted

    first = ledger.connection.execute("SELECT 1 FROM measured LIMIT 1").fetchone() is None
    return SyncProgress(
        quiet=context.switches.quiet or context.switches.demo,
        first_run=FIRST_RUN if first else "",
        terminal=sys.stderr.isatty(),
        color=output.color_ok(context.settings.color, sys.stderr, context.env),
    )


def predictor(ledger: Ledger) -> Predictor:
    """How outputs are predicted: by the user's calibrations, else by those that are shipped."""
    from tokmeter.ingest.calibrating import load_calibrations  # noqa: PLC0415 - brings tokenizers
    from tokmeter.tokenization.prediction import Predictor  # noqa: PLC0415 - the same

    return Predictor(load_calibrations(ledger.connection))


def output_price(ledger: Ledger) -> Callable[[int, int], float | None]:
    """Nano-USD of one output token by a rate of the ledger, for a request of so many input tokens."""
    from tokmeter.ledger.rates import RATE_BY_ID  # noqa: PLC0415 - only reports of costs
    from tokmeter.pricing.rates import Rate, rate_from_row  # noqa: PLC0415 - the same

    known: dict[int, Rate | None] = {}

    def price(rate_id: int, input_tokens: int) -> float | None:
        if rate_id not in known:
            row = ledger.connection.execute(RATE_BY_ID, (rate_id,)).fetchone()
            known[rate_id] = None if row is None else rate_from_row(*row)
        rate = known[rate_id]
        if rate is None or not rate.tiers:
            return None
        tier = max(
            (tier for tier in rate.tiers if tier.above < max(input_tokens, 1)), key=lambda tier: tier.above
        )
        return tier.output / rate.per_nanousd

    return price
