"""`tokmeter anatomy`: where the context went."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.cli.context import Context
from tokmeter.cli.measured import measured
from tokmeter.cli.options import REPORT, Argument, Switches, command
from tokmeter.cli.reporting import chosen_format, is_wide, report_options, show
from tokmeter.core.errors import UsageError
from tokmeter.core.period import parse_period

if TYPE_CHECKING:
    from tokmeter.core.spans import Period
    from tokmeter.metrics.anatomy_rows import RateTexts
    from tokmeter.metrics.query import Connection
    from tokmeter.metrics.scaling import Scale
    from tokmeter.reports.document import Report

SUBJECT = Argument(
    "period",
    "[PERIOD|SESSION]",
    "A period (last week, 2026-11, 7d, all …), or a session's id or its beginning. Else: this week.",
    many=True,
    required=False,
)
BASE = "o200k_base"
"""The tokenizer that all pieces of contexts are counted by."""
SAME = (BASE, "o200k_harmony")
"""Tokenizers that count ordinary text alike."""


@command(*REPORT, arguments=(SUBJECT,))
def anatomy(switches: Switches, period: tuple[str, ...]) -> int:
    """What the context was made of: by kind, tool, MCP server and file; how often each text was sent again.

    The texts of logs that changed are counted first, which takes a while the first time. None is kept.
    """
    chosen = chosen_format(switches)
    context = Context(switches)
    named = _period(context, period)
    wide = chosen == "text" and is_wide(context)
    report = (
        _of_session(context, " ".join(period), wide=wide)
        if named is None
        else _of_period(context, named, wide=wide)
    )
    return show(context, report, chosen)


def _period(context: Context, subject: tuple[str, ...]) -> Period | None:
    """The period that the words name, or `--since` and `--until`; None if the words are to name a session."""
    if subject:
        try:
            parse_period(" ".join(subject), "week", context.now_ms, context.zone, context.settings.week_start)
        except UsageError:
            return None
    return context.period(subject, "week")  # Words that are a period do not go with --since and --until.


def _of_period(context: Context, period: Period, *, wide: bool) -> Report:
    from tokmeter.reports.anatomy import Means, build_anatomy  # noqa: PLC0415 - `--help` does without

    filters = context.filter(period)
    # Texts of logs that are new or have changed are counted here, after the sync.
    connection = measured(context, between=(period.start_ms, period.end_ms)).connection
    options = report_options(context, None, "", details=False)._replace(home=str(Path.home()))
    means = Means(cache_read_prices, _scales(connection), counted=not context.switches.no_sync)
    return build_anatomy(connection, period, filters, context.now_ms, context.zone, options, means, wide=wide)


def _of_session(context: Context, text: str, *, wide: bool) -> Report:
    from tokmeter.metrics.conversation import session_ids  # noqa: PLC0415 - `--help` does without
    from tokmeter.reports.anatomy import Means, build_session_anatomy, session_period  # noqa: PLC0415 - same
    from tokmeter.reports.session import find_session  # noqa: PLC0415 - the same

    connection = context.ledger.connection
    if not session_ids(connection, text, 1):
        raise UsageError(
            f"{text!r} is neither a period nor the beginning of a session's id.",
            "All sessions: tokmeter sessions all",
        )
    session = find_session(connection, text)
    whole = session_period(connection, session, context.zone)
    connection = measured(context, between=(whole.start_ms, whole.end_ms)).connection
    options = report_options(context, None, "", details=False)._replace(home=str(Path.home()))
    means = Means(cache_read_prices, _scales(connection), counted=not context.switches.no_sync)
    where = context.until_now(context.filter())
    return build_session_anatomy(
        connection, session, where, context.now_ms, context.zone, options, means, wide=wide
    )


# What lives in layers that metrics and reports do not know


def cache_read_prices(row: RateTexts) -> tuple[tuple[int, Fraction], ...]:
    """The price of a token read from the cache, in nano-USD, above so many tokens of input."""
    from tokmeter.pricing.rates import rate_from_row  # noqa: PLC0415 - `--help` does without

    rate = rate_from_row(*row)
    return tuple((tier.above, Fraction(tier.cache_read, rate.per_nanousd)) for tier in rate.tiers)


def _scales(connection: Connection) -> dict[str, Scale]:
    """What is known of each model's tokens for one of o200k, beside what the ledger measured."""
    from tokmeter.ingest.calibrating import load_calibrations  # noqa: PLC0415 - `--help` does without
    from tokmeter.metrics.anatomy_rows import models  # noqa: PLC0415 - the same
    from tokmeter.metrics.scaling import Scale  # noqa: PLC0415 - the same
    from tokmeter.tokenization.models import choose  # noqa: PLC0415 - the same
    from tokmeter.tokenization.priors import prior_for  # noqa: PLC0415 - the same

    fitted = load_calibrations(connection)
    found = {}
    for model in models(connection):
        choice = choose(model)
        if choice.exact and choice.tokenizer in SAME:
            found[model] = Scale(1.0, "exact", 0.0)
            continue
        for fit in (fitted.get(model), prior_for(model)):
            if fit is not None and fit.base == BASE:
                found[model] = Scale(fit.slope, "given", fit.p90_error, fit.messages if fit.fitted_ms else 0)
                break
    return found
