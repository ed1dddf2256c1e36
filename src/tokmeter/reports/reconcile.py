"""`tokmeter reconcile`: the bill beside the list cost, and what explains the difference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from tokmeter.core.money import as_json, exact
from tokmeter.core.spans import ALL, Period
from tokmeter.metrics.balance import Row, Total
from tokmeter.metrics.causes import CAUSES
from tokmeter.metrics.query import Filter
from tokmeter.metrics.reconcile import Reconciled
from tokmeter.metrics.statement_lines import DAY_MS
from tokmeter.reports.dates import between
from tokmeter.reports.document import Column, Line, Money, Note, Piece, Report, Table, Value, line, words
from tokmeter.reports.numbers import NONE, plural

EPOCH_DAY = date(1970, 1, 1).toordinal()
NAMES = {
    "missing_calls": "missing calls",
    "tier": "tier or batch",
    "cache_lifetime": "cache lifetime",
    "web_search": "web search",
    "price_date": "price date",
    "discount": "discount",
    "unexplained": "unexplained",
}
"""What the causes and the rest are called."""
MEANINGS = {
    "missing_calls": "the statement has tokens that no call in the ledger has",
    "tier": "calls were served at another tier, or in a longer context, than the ledger knows",
    "cache_lifetime": "cache writes of another lifetime than the ledger knows",
    "web_search": "searches that the ledger counts otherwise, or that cost another price",
    "price_date": "calls priced with other price data than today's; tokmeter reprice",
    "discount": "the statement names its own list prices, and charges others",
    "unexplained": "what none of these explains",
}


class Check(NamedTuple):
    """Whether bill and list cost were to agree, and within which part of the bill."""

    asked: bool
    tolerance: Fraction

    def holds(self, total: Total, compared: int) -> bool:
        """Whether they do. What was compared with nothing does not: nobody has seen that it balances."""
        if not compared:
            return False
        return abs(total.difference) <= self.tolerance * abs(total.billed)


_COLUMNS = (
    Column("day", "Day", "text"),
    Column("provider", "Provider", "text", drop=2),
    Column("model", "Model", "text"),
    Column("requests", "Reqs", "count", drop=4),
    Column("list_cost", "List cost", "money"),
    Column("billed", "Billed", "money"),
    Column("difference", "Difference", "money"),
    Column("mainly", "Mainly", "text", drop=1),
    Column("tokens", "Counted", "tokens", drop=7, wide=True),
    Column("usage_tokens", "Stated", "tokens", drop=6, wide=True),
)
_CAUSES = (
    Column("cause", "Cause", "text"),
    Column("amount", "Amount", "money"),
    Column("meaning", "", "remark"),
)
_RECORDS = (
    "day", "provider", "model", "kind", "requests", "total_tokens", "statement_tokens", "unpriced_tokens",
    "surplus_tokens", "list_cost_nanousd", "billed_nanousd", "difference_nanousd",
    *(f"{name}_nanousd" for name in CAUSES), "unexplained_nanousd", "usage_format", "cost_format",
)  # fmt: skip


def build_reconcile(found: Reconciled, period: Period, where: Filter, check: Check, now_ms: int) -> Report:
    """The sums and their causes, then every day and model, the causes in the order of the rule."""
    filters = {"source": where.sources, "project": where.projects, "model": where.models}
    chosen = {name: values for name, values in filters.items() if values}
    tables: tuple[Table, ...] = ()
    if found.compared:
        tables = (Table("causes", "What explains the difference", _CAUSES, _cause_rows(found.total)),)
    if found.rows:
        tables += (Table("rows", "By UTC day", _COLUMNS, tuple(_table_row(row) for row in found.rows)),)
    records = Table(
        "records", "", tuple(Column(n, n, "text") for n in _RECORDS), tuple(map(_record, found.rows))
    )
    return Report(
        "tokmeter.reconcile/1",
        line(words("Reconcile", "strong"), words(_heading(found, period))),
        "UTC days",
        "UTC days",
        period,
        chosen,
        now_ms,
        (*_selection(chosen), *_headline(found, check)),
        tables,
        (),
        tuple(_notes(found)),
        records,
        _data(found, check),
    )  # fmt: skip


def _heading(found: Reconciled, period: Period) -> str:
    if period.kind != ALL:
        return between(period.first_day, period.last_day)
    if not found.rows:
        return "everything"
    return between(_date(found.rows[0].day), _date(found.rows[-1].day))


def _date(day: int) -> date:
    return date.fromordinal(EPOCH_DAY + day)


def _selection(chosen: Mapping[str, tuple[str, ...]]) -> tuple[Line, ...]:
    """What was selected, so that a part is never taken for the whole."""
    said = ", ".join(f"{name} {', '.join(values)}" for name, values in chosen.items())
    return (line(words(f"Only {said}", "dim")),) if said else ()


def _headline(found: Reconciled, check: Check) -> tuple[Line, ...]:
    """Billed, list cost, difference, verdict."""
    total = found.total
    if not found.compared:
        lines = [line(words("Nothing to compare: no bill in the ledger covers a day of this period."))]
    else:
        sums = (
            (Piece(Money(total.billed), "money", "strong"), words(" billed")),
            (Piece(Money(total.list_cost, total.unpriced_tokens), "money", "strong"), words(" list cost")),
            (Piece(total.requests, "count"), words(plural(total.requests, " request"))),
        )
        told = (Piece(Money(total.difference), "money", "strong"), words(f" difference ({_share(total)})"))
        rest = (Piece(Money(total.rest), "money"), words(" of it unexplained"))
        lines = [Line(sums), Line((told, rest))]
    if check.asked:
        lines.append(_verdict(found, check))
    return tuple(lines)


def _share(total: Total) -> str:
    """The difference as a part of the bill, to two decimals."""
    if not total.billed:
        return "of no bill"
    share = Fraction(abs(total.difference) * 10_000, abs(total.billed))
    return f"{round(share) / 100:.2f}% of the bill"


def _verdict(found: Reconciled, check: Check) -> Line:
    within = f"{float(100 * check.tolerance):g}%"
    if check.holds(found.total, found.compared):
        return line(words(f"Balances within {within} of the bill.", "good"))
    if not found.compared:
        return line(words("Not shown to balance.", "bad"))
    return line(words(f"Does not balance within {within} of the bill.", "bad"))


def _cause_rows(total: Total) -> tuple[tuple[Value, ...], ...]:
    """Causes that matter, in their order, and always the rest."""
    amounts = {**total.causes._asdict(), "unexplained": total.rest}
    return tuple(
        (NAMES[name], Money(nano), MEANINGS[name])
        for name, nano in amounts.items()
        if nano or name == "unexplained"
    )


def _table_row(row: Row) -> tuple[Value, ...]:
    return (
        _date(row.day).isoformat(),
        row.provider,
        _name(row),
        row.requests,
        Money(None if 0 < row.tokens == row.unpriced_tokens else row.list_cost, row.unpriced_tokens),
        Money(row.billed),
        Money(row.difference),
        _mainly(row),
        row.tokens,
        row.usage_tokens,
    )


def _name(row: Row) -> str:
    """The model, or what else was billed."""
    return row.model or f"({row.kind.replace('_', ' ') or 'all models'})"


def _mainly(row: Row) -> str:
    """The cause with the largest part in a difference."""
    if not row.difference or row.rest is None:
        return NONE
    amounts = {**row.causes._asdict(), "unexplained": row.rest}
    return NAMES[max(amounts, key=lambda name: abs(amounts[name]))]


def _record(row: Row) -> tuple[Value, ...]:
    return (
        _date(row.day).isoformat(), row.provider, row.model, row.kind, row.requests, row.tokens,
        row.usage_tokens, row.unpriced_tokens, row.surplus_tokens, row.list_cost, row.billed, row.difference,
        *row.causes, row.rest, row.usage_format, row.bill_format,
    )  # fmt: skip


def _notes(found: Reconciled) -> list[Note]:
    """What the comparison leaves out, and what it could not tell."""
    notes: list[Note] = []

    def add(code: str, severity: str, text: str, command: str, number: int) -> None:
        notes.append(Note(code, severity, (words(text),), command, number))

    if not found.compared:
        add("nothing-compared", "info", _where_statements_are(found), _next_step(found), 0)
    for currency, count, amount in found.others:
        text = f"{exact(amount)} {currency} in {count:,} {plural(count, 'line')} left out: another currency"
        add("other-currency", "warning", text, "", count)
    if found.too_long[0]:
        count, nano = found.too_long
        text = f"${exact(nano)} in {count:,} {plural(count, 'line')} of more than a day each left out"
        add("wide-buckets", "warning", text, "", count)
    if found.days_without_usage:
        count = found.days_without_usage
        text = f"{count:,} billed {plural(count, 'day')} without a usage export: missing calls can't be told"
        add("usage-missing", "info", text, "tokmeter import --help", count)
    if found.total.surplus_tokens:
        count = found.total.surplus_tokens
        text = f"{count:,} tokens of the calls are not in the statement: another account's, or counted twice"
        add("calls-surplus", "warning", text, "tokmeter sources", count)
    if found.total.unpriced_tokens:
        count = found.total.unpriced_tokens
        add("unpriced", "warning", f"{count:,} tokens without a price", "tokmeter explain unpriced", count)
    return notes


def _where_statements_are(found: Reconciled) -> str:
    if found.stored is None:
        return "no statement in the ledger: import a provider's cost export"
    first, last = (_date(ms // DAY_MS) for ms in (found.stored[0], found.stored[1] - 1))
    return f"statements in the ledger: {between(first, last)}"


def _next_step(found: Reconciled) -> str:
    return "tokmeter import --help" if found.stored is None else "tokmeter reconcile all"


def _data(found: Reconciled, check: Check) -> dict[str, object]:
    total = found.total
    share = round(abs(total.difference) / abs(total.billed), 6) if total.billed else None
    return {
        "totals": {
            "requests": total.requests,
            "list_cost": as_json(total.list_cost),
            "billed": as_json(total.billed) if found.compared else None,
            "difference": as_json(total.difference) if found.compared else None,
            "causes": {name: as_json(nano) for name, nano in total.causes._asdict().items()},
            "unexplained": as_json(total.rest) if found.compared else None,
            "unpriced_tokens": total.unpriced_tokens,
            "surplus_tokens": total.surplus_tokens,
        },
        "check": {
            "asked": check.asked,
            "tolerance": round(float(check.tolerance), 6),
            "share": share,
            "balances": check.holds(total, found.compared),
        },
        "rows": [_row_data(row) for row in found.rows],
        "other_currencies": [
            {"lines": count, "amount": {"amount": exact(amount), "currency": currency}}
            for currency, count, amount in found.others
        ],
        "wide_buckets": {"lines": found.too_long[0], "billed": as_json(found.too_long[1])},
        "days_without_usage": found.days_without_usage,
    }


def _row_data(row: Row) -> dict[str, object]:
    return {
        "day": _date(row.day).isoformat(),
        "provider": row.provider,
        "model": row.model or None,
        "kind": row.kind or None,
        "requests": row.requests,
        "total_tokens": row.tokens,
        "statement_tokens": row.usage_tokens,
        "unpriced_tokens": row.unpriced_tokens,
        "surplus_tokens": row.surplus_tokens,
        "list_cost": as_json(row.list_cost),
        "billed": as_json(row.billed),
        "difference": as_json(row.difference),
        "causes": {name: as_json(nano) for name, nano in row.causes._asdict().items()},
        "unexplained": as_json(row.rest),
        "usage_format": row.usage_format or None,
        "cost_format": row.bill_format or None,
    }
