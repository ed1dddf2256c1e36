"""`tokmeter explain`: from a figure back to the lines of the logs it was counted from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.cli.context import Context
from tokmeter.cli.options import Argument, Switches, command
from tokmeter.cli.reporting import chosen_format, report_options, show
from tokmeter.core.errors import UsageError
from tokmeter.metrics import evidence, query
from tokmeter.metrics.conversation import session_ids
from tokmeter.metrics.integrity import integrity

if TYPE_CHECKING:
    from tokmeter.core.spans import Period
    from tokmeter.reports.explain import Explained
    from tokmeter.reports.prices import Charged, PriceInUse, Unpriced

SUBJECT = Argument(
    "subject",
    "KEY|MODEL|PERIOD|FILE:LINE|WORD",
    f"An entry's key or its beginning, a model, a period, a line of a log, or one of: "
    f"{', '.join(evidence.CONDITIONS)}.",
    many=True,
)
LISTED = 10
"""Entries that are listed; `--verbose` lists LISTED_MORE."""
LISTED_MORE = 1_000
MEANINGS = {
    "estimates": "Requests whose tokens no log reports: they were counted or estimated from the logged text.",
    "partial": "Requests whose log was cut short before the final count: their output is a lower bound.",
    "unpriced": "Requests without a price: their tokens are counted, their cost is missing from all sums.",
    "forks": "Requests of forked sessions, told from the history that was copied into them by time.",
    "nameless": "Requests for which the log names no model: the one used before or after is taken.",
}
STANDARD = {"", "standard", "default", "auto", "standard_only", "on_demand", "not_available"}


@command("period", "filter", "json", "shape", "sync", "demo", "common", arguments=(SUBJECT,))
def explain(switches: Switches, subject: tuple[str, ...]) -> int:
    """From a figure back to file and line. Several entries are listed, one is shown whole."""
    from tokmeter.reports.explain import build_explain  # noqa: PLC0415 - `--help` does without

    chosen = chosen_format(switches)
    context = Context(switches)
    found = _explained(context, " ".join(subject))
    options = report_options(context, None, "", details=False)._replace(home=str(Path.home()))
    return show(context, build_explain(found, context.now_ms, context.zone, options), chosen)


def _explained(context: Context, text: str) -> Explained:
    """What `text` names: a word, a line of a log, a key, a period or a model, in this order.

    A word or a model may have a period behind it: `unpriced last week`.
    """
    connection = context.ledger.connection
    limit = LISTED_MORE if context.switches.verbose else LISTED
    if text in evidence.CONDITIONS:
        asked = context.period(None, "day") if _bounded(context) else None
        return _several(context, text, context.filter(), text, asked)
    first, _, rest = text.partition(" ")
    within = _period(context, rest) if rest else None
    if within is not None and first in evidence.CONDITIONS:
        return _several(context, text, context.filter(within), first, within)
    # A response's id as its log has it is the end of its key.
    keys = (text, f"m:{text}") if text.startswith("msg_") else (text,)
    rows = _at_place(connection, text)
    for key in keys:
        rows = rows or evidence.evidence_by_key(connection, key, limit)
    if rows:
        return _named(context, text, rows)
    period = _period(context, text)
    if period is not None:
        return _several(context, text, context.filter(period), "", period)
    if within is not None:
        where, model = context.filter(within), first
    else:
        where, model = context.filter(), text
    found = _several(context, text, where._replace(models=(model,)), "", within)
    if not found.matched and not _is_empty(context):
        raise _nothing(context, text)
    return found


def _bounded(context: Context) -> bool:
    return bool(context.switches.since or context.switches.until)


def _period(context: Context, text: str) -> Period | None:
    try:
        return None if _bounded(context) else context.period(text.split(), "day")
    except UsageError:
        return None


def _is_empty(context: Context) -> bool:
    return query.newest_ms(context.ledger.connection) is None


def _nothing(context: Context, text: str) -> UsageError:
    """What to say where nothing has that name; a session has a command of its own."""
    sessions = session_ids(context.ledger.connection, text, 2)
    if len(sessions) == 1:
        return UsageError(f"{text!r} is a session.", f"tokmeter session {sessions[0][1]}")
    return UsageError(
        f"Nothing in the ledger is called {text!r}: no entry's key, no line of a log, no model, no period.",
        "The models there are: tokmeter models all",
    )


def _at_place(connection: query.Connection, text: str) -> list[evidence.EvidenceRow]:
    """The entries read from FILE:LINE, or from FILE:FIRST-LAST as it is printed."""
    path, _, line = text.rpartition(":")
    first = line.partition("-")[0]
    if not path or not first.isdecimal():
        return []
    return evidence.evidence_at(connection, str(Path(path).expanduser().absolute()), int(first))


def _named(context: Context, text: str, rows: list[evidence.EvidenceRow]) -> Explained:
    """Entries that were named one by one."""
    from tokmeter.reports.explain import Explained  # noqa: PLC0415 - `--help` does without

    return Explained(
        text,
        rows,
        charged=_charged(rows),
        further={row.id: evidence.further_evidence(context.ledger.connection, row.id) for row in rows},
        copies={row.id: evidence.copies(context.ledger.connection, row.id) for row in rows},
        unpriced=_unpriced(context, rows) if len(rows) == 1 else (),
    )


def _several(
    context: Context, text: str, where: query.Filter, condition: str, period: Period | None
) -> Explained:
    """The entries of a selection that meet a condition: their sums, their prices, the costliest of them."""
    from tokmeter.reports.explain import Explained  # noqa: PLC0415 - `--help` does without

    connection = context.ledger.connection
    where = context.until_now(where)
    limit = LISTED_MORE if context.switches.verbose else LISTED
    rows = evidence.evidence(connection, where, condition=condition, limit=limit)
    found = evidence.found(connection, where, condition)
    used = evidence.rates_used(connection, where, condition)
    chosen = {"source": where.sources, "project": where.projects, "model": context.switches.model}
    return Explained(
        text,
        rows,
        found,
        integrity(connection, where, found.total, found.by_model, whole=True),
        _prices(used),
        _unpriced(context, [row for row in used if row.price_quality == "unpriced"]),
        _charged(rows),
        {row.id: evidence.further_evidence(connection, row.id) for row in rows},
        {row.id: evidence.copies(connection, row.id) for row in rows} if len(rows) == 1 else {},
        MEANINGS.get(condition, ""),
        period,
        {name: values for name, values in chosen.items() if values},
    )


# Prices as plain values: reports know no price list


def _charged(rows: list[evidence.EvidenceRow]) -> dict[int, Charged]:
    """The factors of each entry's cost, by its id."""
    from tokmeter.ledger.statements import is_long  # noqa: PLC0415 - `--help` does without
    from tokmeter.pricing.charges import charges  # noqa: PLC0415 - `--help` does without
    from tokmeter.pricing.rates import bulk, rate_from_row  # noqa: PLC0415 - the same
    from tokmeter.reports.prices import Charge, Charged  # noqa: PLC0415 - the same

    found: dict[int, Charged] = {}
    for row in rows:
        if row.unit_prices is None:
            continue
        rate = rate_from_row(
            row.rate_from_ms or 0, row.rate_to_ms or 0, row.prices_source or "", row.prices_version or "",
            row.price_quality or "", row.unit_prices,
        )  # fmt: skip
        if row.context_window is not None:
            rate = bulk(rate, long=is_long(row.context_window))
        made = charges(rate, *row.counts)
        if made is not None:
            parts = tuple(
                Charge(part.kind, part.quantity, part.per, f"{part.unit_price:f}", part.cost_nanousd)
                for part in made.rows
            )
            found[row.id] = Charged(parts, made.above, rate.priced_as)
    return found


def _prices(used: list[evidence.RateRow]) -> list[PriceInUse]:
    """The distinct unit prices of a selection; spellings of one model that cost the same are one."""
    from tokmeter.pricing.rates import BEGINNING_MS, END_MS, rate_from_row  # noqa: PLC0415 - `--help` does without
    from tokmeter.pricing.show import price_lines  # noqa: PLC0415 - the same
    from tokmeter.reports.prices import PriceInUse, Tier  # noqa: PLC0415 - the same

    counted: dict[PriceInUse, int] = {}
    for row in used:
        rate = rate_from_row(*row[5:11])
        variant = next((text for text in (row.service_tier, row.speed) if text.lower() not in STANDARD), "")
        price = PriceInUse(
            row.model,
            variant,
            0,
            None if row.valid_from_ms <= BEGINNING_MS else row.valid_from_ms,
            None if row.valid_to_ms >= END_MS else row.valid_to_ms,
            row.prices_source,
            row.prices_version,
            row.price_quality,
            rate.priced_as,
            tuple(
                Tier(tier.above, *(f"{amount:f}" for amount in (
                    tier.input, tier.cache_read, tier.cache_write_5m, tier.cache_write_1h, tier.output,
                )))
                for tier in price_lines(rate)
            ),
        )  # fmt: skip
        counted[price] = counted.get(price, 0) + row.requests
    return [price._replace(requests=requests) for price, requests in counted.items()]


def _unpriced(context: Context, rows: list[evidence.RateRow] | list[evidence.EvidenceRow]) -> list[Unpriced]:
    """The models among `rows` that nobody publishes a price for, with the names that were looked up."""
    from tokmeter.pricing.lookup import spellings  # noqa: PLC0415 - `--help` does without
    from tokmeter.reports.prices import Unpriced  # noqa: PLC0415 - the same

    own = context.prices.user_file or context.paths.prices
    models: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        if row.price_quality == "unpriced":
            names = models.setdefault((row.model, row.provider), {})
            names.update(dict.fromkeys(spellings(row.model_raw, row.model)))
    return [Unpriced(model, provider, tuple(names), str(own)) for (model, provider), names in models.items()]
