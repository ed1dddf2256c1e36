"""`tokmeter explain`: from a figure back to file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.money import as_json, exact
from tokmeter.core.spans import Period, iso, local
from tokmeter.metrics.evidence import EvidenceRow, Found
from tokmeter.metrics.integrity import Integrity
from tokmeter.reports.closing import argument, closing
from tokmeter.reports.dates import TO, moment
from tokmeter.reports.document import Column, Line, Money, Note, Piece, Report, Table, Value, line, words
from tokmeter.reports.headline import totals_line
from tokmeter.reports.labels import place, source_title
from tokmeter.reports.numbers import ago, plural
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.prices import (
    QUALITIES,
    Charged,
    PriceInUse,
    Unpriced,
    charge_table,
    charged_data,
    count_table,
    price_data,
    price_table,
    source_words,
    unpriced_lines,
)
from tokmeter.reports.records import sums_data
from tokmeter.reports.tables import models_in_full

COUNT_BASES = ("reported", "tokenized", "calibrated", "estimated")
FLAGS = ("output_partial", "fork_guessed", "model_guessed", "aggregate", "input_partial")
# As in core/usage.py, which loads msgspec; a test holds them equal.
BY_TWIN = 2
# The bit of `superseded` for a call that another history tells of as well (ledger/superseding.py).

_BASES = {
    "reported": "counted by the provider, as the log reports",
    "tokenized": "counted from the logged text with the model's own tokenizer",
    "calibrated": "estimated from the logged text, corrected by what other requests reported",
    "estimated": "estimated from the logged text",
}
_FLAGS = {
    "output_partial": "the log was cut short, so the output is a lower bound",
    "fork_guessed": "of a fork, told from its copied history by time",
    "model_guessed": "the log names no model",
    "aggregate": "one row of the log for many calls",
    "input_partial": "the log holds a part of the input, which was counted from its text: a lower bound",
}
_LIST = (
    Column("ts", "Time", "text"),
    Column("model", "Model", "text", drop=3),
    Column("list_cost", "Cost", "money"),
    Column("total_tokens", "Tokens", "tokens", drop=1),
    Column("key", "Key", "text", drop=9, wide=True),
    Column("place", "File and line", "place"),
)

_HINT = "One of them with its multiplication: tokmeter explain FILE:LINE"


class Explained(NamedTuple):
    """What was found of a subject.

    `rows` are all entries, or the costliest; `found` adds all of them up (None: one entry was named).
    By an entry's id: `charged`, the factors of its cost; `further`, the other places it stands in; `copies`,
    the same call in other histories (key, path, first line, last line, superseded).
    `said` is a sentence on what the subject means.
    """

    subject: str
    rows: Sequence[EvidenceRow]
    found: Found | None = None
    caveats: Integrity | None = None
    prices: Sequence[PriceInUse] = ()
    unpriced: Sequence[Unpriced] = ()
    charged: Mapping[int, Charged] = {}
    further: Mapping[int, Sequence[tuple[str, int, int]]] = {}
    copies: Mapping[int, Sequence[tuple[str, str, int, int, int]]] = {}
    said: str = ""
    period: Period | None = None
    filters: Mapping[str, tuple[str, ...]] = {}

    @property
    def matched(self) -> int:
        """How many entries there are, listed or not."""
        return len(self.rows) if self.found is None else self.found.total.requests


def build_explain(of: Explained, now_ms: int, tz: tzinfo, options: Options = DEFAULTS) -> Report:
    """What stands behind a figure: all about one entry, or the sums, prices and entries of several."""
    alone = of.rows[0] if len(of.rows) == 1 and of.matched == 1 else None
    synced = "" if options.last_sync_ms is None else f"synced {ago(now_ms - options.last_sync_ms)}"
    headline = [line(words(of.said))] if of.said else []
    if alone is not None:
        headline += _about(alone, of.copies.get(alone.id, ()), tz, options.home)
        charged = of.charged.get(alone.id)
        counts = charge_table(charged, alone.counts[5]) if charged else count_table(alone.counts)
        tables = [counts, _place_table(alone, of, options.home)]
        facts = _basis(alone, charged)
    else:
        headline += _sums(of, tz)
        tables = _tables(of, tz, options.home)
        facts = [line(words(_HINT, "dim"))] if of.rows else []
    if of.unpriced:
        headline += [line(words("")), *unpriced_lines(of.unpriced)]
    return Report(
        "tokmeter.explain/1",
        line(words(f"Explain {of.subject}", "strong")),
        synced,
        synced,
        of.period,
        of.filters,
        now_ms,
        tuple(headline),
        tuple(tables),
        tuple(facts),
        _notes(of),
        _records(of.rows),
        _data(of),
    )


def flag_names(flags: int) -> list[str]:
    """The names of the bits set."""
    return [name for n, name in enumerate(FLAGS) if flags & (1 << n)]


# Several


def _sums(of: Explained, tz: tzinfo) -> list[Line]:
    if not of.matched:
        return [line(words("No such requests."))]
    if of.found is None:
        return [line(words(f"{of.matched:,} requests begin with this key."))]
    span = _span(of.found.first_ms, of.found.last_ms, tz)
    return [totals_line(of.found.total, of.found.sessions), line(words(span, "dim"))]


def _span(first_ms: int, last_ms: int, tz: tzinfo) -> str:
    """`Wed 18 Nov 2026 10:00 - 10:05`, or with two days where it takes two."""
    first, last = moment(first_ms, tz), moment(last_ms, tz)
    if first == last:
        return first
    same_day = local(first_ms, tz).date() == local(last_ms, tz).date()
    return f"{first}{TO}{f'{local(last_ms, tz):%H:%M}' if same_day else last}"


def _tables(of: Explained, tz: tzinfo, home: str) -> list[Table]:
    tables = []
    if of.found is not None and of.matched:
        total = of.found.total
        counts = [getattr(total, name) for name in EvidenceRow._fields[10:17]]
        tables.append(count_table(counts, total=True))
        if len(of.found.by_model) > 1:
            tables.append(models_in_full(of.found.by_model))
    priced = [price for price in of.prices if price.tiers]
    if priced:
        tables.append(price_table(priced, tz))
    if of.rows:
        count = len(of.rows)
        some = f"The {count} costliest of them" if count < of.matched else "All of them"
        rows = tuple(_list_row(row, tz, home) for row in of.rows)
        tables.append(Table("entries", some, _LIST, rows))
    return tables


def _list_row(row: EvidenceRow, tz: tzinfo, home: str) -> tuple[Value, ...]:
    where = place(row.path, row.first_line, row.last_line, home)
    when = f"{local(row.ts, tz):%Y-%m-%d %H:%M}"
    return (when, row.model, _cost(row), row.total_tokens, row.key, where)


def _cost(row: EvidenceRow) -> Money:
    return Money(row.list_cost_nanousd, 0 if row.list_cost_nanousd is not None else row.total_tokens)


# One


def _about(
    row: EvidenceRow, copies: Sequence[tuple[str, str, int, int, int]], tz: tzinfo, home: str
) -> list[Line]:
    """When, where and what."""
    cost: tuple[Piece, ...] = (words("no list price", "strong"),)
    if row.list_cost_nanousd is not None:
        cost = (Piece(_cost(row), "money", "strong"), words(" list cost"))
    logged = "" if row.model_raw == row.model else f", logged as {row.model_raw}"
    served = [text for text in (row.service_tier, row.speed) if text not in ("", "standard", "default")]
    named = [row.model + logged, f"billed by {row.provider}" if row.provider else "", *served]
    lines = [
        line(cost, words(f"{row.total_tokens:,} tokens"), words(moment(row.ts, tz))),
        line(*(words(text) for text in named if text)),
        line(words(source_title(row.source)), words(place(row.project, home=home) or "no project")),
    ]
    if row.session:
        lines.append(line(words(f"tokmeter session {argument(row.session)}", "dim")))
    basis = _BASES[COUNT_BASES[row.count_basis]]
    if row.count_error:
        basis += f", nine of ten within {row.count_error:.0%}"
    said = [basis, *(_FLAGS[flag] for flag in flag_names(row.flags))]
    lines.append(line(words(f"Tokens: {'; '.join(said)}.")))
    shown = [copy[0] for copy in copies if not copy[4]]
    if row.superseded & BY_TWIN and shown:
        lines.append(line(words(f"Not counted: the same call stands in {shown[0]}.")))
        lines.append(line(words(f"tokmeter explain {argument(shown[0])}", "dim")))
    elif row.superseded:
        lines.append(line(words("Not counted: better evidence of the same tokens stands in another entry.")))
    return lines


def _place_table(row: EvidenceRow, of: Explained, home: str) -> Table:
    """Where its readings stand, each in one piece."""
    places = [(row.path, row.first_line, row.last_line), *of.further.get(row.id, ())]
    places += [copy[1:4] for copy in of.copies.get(row.id, ()) if not row.superseded]
    shown = dict.fromkeys(place(*where, home=home) for where in places)
    rows: tuple[tuple[Value, ...], ...] = tuple((text,) for text in shown)
    return Table("places", "Read from", (Column("place", "", "place"),), rows)


def _basis(row: EvidenceRow, charged: Charged | None) -> list[Line]:
    """Whose prices, which tier, and what the log itself claims."""
    lines: list[Line] = []
    if charged is not None:
        if row.context_window is not None:
            lines.append(line(words("A line of a provider's statement, for a day without calls of its own.")))
        if charged.above:
            tier = f"Long-context tier: more than {charged.above:,} tokens of input in one request."
            lines.append(line(words(tier)))
        source = source_words(row.prices_source or "", row.prices_version or "", charged.priced_as)
        quality = QUALITIES.get(row.price_quality or "", row.price_quality or "")
        lines.append(line(words(f"Prices: {source}; {quality}.")))
    if row.reported_cost_nanousd is not None:
        text = f"The log itself claims {exact(row.reported_cost_nanousd)} USD"
        if row.list_cost_nanousd is not None:
            difference = row.reported_cost_nanousd - row.list_cost_nanousd
            text += (
                f", {exact(abs(difference))} {'more' if difference > 0 else 'less'}"
                if difference
                else ", the same"
            )
        lines.append(line(words(f"{text}.")))
    return lines


def _notes(of: Explained) -> tuple[Note, ...]:
    """The caveats of what was found; a command that only leads here again is left out."""
    here = f"tokmeter explain {argument(of.subject)}"
    if of.caveats is None:
        text = f"{of.matched:,} {plural(of.matched, 'request')} found in the ledger"
        notes: tuple[Note, ...] = (Note("integrity", "ok", (words(text),)),)
    else:
        notes = closing(of.caveats)
    return tuple(note._replace(command="") if note.command == here else note for note in notes)


# For programs


def _data(of: Explained) -> dict[str, object]:
    return {
        "subject": of.subject,
        "matched": of.matched,
        "totals": None if of.found is None else {**sums_data(of.found.total), "sessions": of.found.sessions},
        "prices": [price_data(price) for price in of.prices],
        "unpriced": [
            {"model": one.model, "provider": one.provider, "names_tried": list(one.names)}
            for one in of.unpriced
        ],
        "entries": [_entry_data(row, of) for row in of.rows],
    }


def _entry_data(row: EvidenceRow, of: Explained) -> dict[str, object]:
    data: dict[str, object] = row._asdict()
    for name in (
        "id",
        "unit_prices",
        "rate_from_ms",
        "rate_to_ms",
        "list_cost_nanousd",
        "reported_cost_nanousd",
        "context_window",
    ):
        del data[name]
    data.update(
        ts=iso(row.ts),
        total_tokens=row.total_tokens,
        count_basis=COUNT_BASES[row.count_basis],
        flags=flag_names(row.flags),
        superseded=bool(row.superseded),
        list_cost=as_json(row.list_cost_nanousd),
        reported_cost=as_json(row.reported_cost_nanousd),
        **charged_data(of.charged.get(row.id)),
        further=[
            {"path": path, "first_line": first, "last_line": last}
            for path, first, last in of.further.get(row.id, ())
        ],
        copies=[
            {"key": key, "path": path, "first_line": first, "last_line": last, "superseded": bool(hidden)}
            for key, path, first, last, hidden in of.copies.get(row.id, ())
        ],
    )
    return data


_LEFT_OUT = ("id", "unit_prices", "rate_from_ms", "rate_to_ms", "context_window")


def _records(rows: Sequence[EvidenceRow]) -> Table:
    names = [name for name in EvidenceRow._fields if name not in _LEFT_OUT]
    columns = tuple(Column(name, name, "text") for name in names)
    return Table("records", "", columns, tuple(_record(row, names) for row in rows))


def _record(row: EvidenceRow, names: Sequence[str]) -> tuple[Value, ...]:
    shown = row._asdict() | {
        "ts": iso(row.ts),
        "count_basis": COUNT_BASES[row.count_basis],
        "flags": " ".join(flag_names(row.flags)),
    }
    return tuple(shown[name] for name in names)
