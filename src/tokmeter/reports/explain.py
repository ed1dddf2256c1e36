"""`tokmeter explain`: from a figure back to file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from tokmeter.core.money import as_json
from tokmeter.core.spans import iso, local
from tokmeter.metrics.evidence import EvidenceRow
from tokmeter.reports.dates import moment
from tokmeter.reports.document import Column, Line, Money, Note, Report, Table, Value, line, words
from tokmeter.reports.labels import source_title
from tokmeter.reports.numbers import plural

COUNT_BASES = ("reported", "tokenized", "calibrated", "estimated")
FLAGS = ("output_partial", "fork_guessed", "model_guessed", "aggregate")
# As in core/usage.py, which loads msgspec; a test holds them equal.

_TOKENS = (
    ("uncached_input_tokens", "input, not cached"),
    ("cache_read_input_tokens", "input, read from a cache"),
    ("cache_creation_5m_input_tokens", "input, written to a 5-minute cache"),
    ("cache_creation_1h_input_tokens", "input, written to a 1-hour cache"),
    ("output_tokens", "output"),
    ("reasoning_output_tokens", "of which reasoning"),
    ("web_searches", "web searches"),
)
_LIST = (
    Column("ts", "Time", "text"),
    Column("model", "Model", "text", drop=3),
    Column("list_cost", "Cost", "money"),
    Column("total_tokens", "Tokens", "tokens", drop=1),
    Column("place", "File and line", "path"),
    Column("key", "Key", "text", drop=9, wide=True),
)
_DETAIL = (Column("what", "", "text"), Column("count", "", "count"))
Places = Mapping[int, Sequence[tuple[str, int, int]]]


def build_explain(
    subject: str,
    rows: Sequence[EvidenceRow],
    now_ms: int,
    tz: tzinfo,
    *,
    further: Places | None = None,
    said: str = "",
    matched: int | None = None,
) -> Report:
    """What stands behind `subject`: all about one entry, or a list of several.

    `further` maps an entry's id to the other places its readings stand in; `said` is a sentence of the
    caller on what the subject is; `matched` how many there are when `rows` are only the first of them.
    """
    count = len(rows) if matched is None else matched
    alone = len(rows) == 1
    sentences: list[Line] = [line(words(said))] if said else []
    if alone:
        sentences += _about(rows[0], tz, (further or {}).get(rows[0].id, ()))
    else:
        some = "" if count == len(rows) else f", the {len(rows)} costliest of them"
        found = f"{count:,} {plural(count, 'request')}{some}:" if count else "No such requests."
        sentences.append(line(words(found)))
    table = _detail_table(rows[0]) if alone else _list_table(rows, tz)
    return Report(
        "tokmeter.explain/1",
        line(words(f"Explain {subject}", "strong")),
        "",
        "",
        None,
        {},
        now_ms,
        tuple(sentences),
        (table,) if rows else (),
        (),
        (Note("integrity", "ok", (words(f"{count:,} {plural(count, 'request')} found in the ledger"),)),),
        _records(rows),
        {"subject": subject, "matched": count, "entries": [_data(row, further or {}) for row in rows]},
    )


def flag_names(flags: int) -> list[str]:
    """The names of the bits set."""
    return [name for n, name in enumerate(FLAGS) if flags & (1 << n)]


def _total(row: EvidenceRow) -> int:
    return (
        row.uncached_input_tokens
        + row.cache_read_input_tokens
        + row.cache_creation_5m_input_tokens
        + row.cache_creation_1h_input_tokens
        + row.output_tokens
    )


def _place(path: str, first: int, last: int) -> str:
    return f"{path}:{first}" if first == last else f"{path}:{first}-{last}"


def _list_table(rows: Sequence[EvidenceRow], tz: tzinfo) -> Table:
    return Table("entries", "", _LIST, tuple(_list_row(row, tz) for row in rows))


def _list_row(row: EvidenceRow, tz: tzinfo) -> tuple[Value, ...]:
    cost = Money(row.list_cost_nanousd, 0 if row.list_cost_nanousd is not None else _total(row))
    place = _place(row.path, row.first_line, row.last_line)
    return (f"{local(row.ts, tz):%Y-%m-%d %H:%M}", row.model, cost, _total(row), place, row.key)


def _about(row: EvidenceRow, tz: tzinfo, further: Sequence[tuple[str, int, int]]) -> list[Line]:
    lines = [
        line(words(moment(row.ts, tz)), words(source_title(row.source)), words(row.project or "no project")),
        line(words(f"model {row.model}, logged as {row.model_raw}"), words(f"billed by {row.provider}")),
        line(words(f"read from {_place(row.path, row.first_line, row.last_line)}")),
    ]
    lines += [line(words(f"also in {_place(*place)}")) for place in further]
    basis = [COUNT_BASES[row.count_basis], *flag_names(row.flags)]
    lines.append(line(words(f"counts: {', '.join(basis)}")))
    if row.superseded:
        lines.append(line(words("not counted: better evidence of the same tokens stands in another entry")))
    if row.list_cost_nanousd is None:
        lines.append(line(words("unpriced: no price was found for this model and time", "warn")))
    else:
        exact = as_json(row.list_cost_nanousd) or {}
        source = " ".join(filter(None, (row.prices_source, row.prices_version, row.price_quality)))
        lines.append(line(words(f"list cost {exact['amount']} USD"), words(f"prices: {source or 'unknown'}")))
        if row.unit_prices:
            lines.append(line(words(f"unit prices: {row.unit_prices}")))
    return lines


def _detail_table(row: EvidenceRow) -> Table:
    rows: list[tuple[Value, ...]] = [(label, getattr(row, key)) for key, label in _TOKENS]
    return Table("counts", "", _DETAIL, tuple(rows))


def _data(row: EvidenceRow, further: Places) -> dict[str, object]:
    data: dict[str, object] = row._asdict()
    del data["id"]
    data.update(
        ts=iso(row.ts),
        total_tokens=_total(row),
        count_basis=COUNT_BASES[row.count_basis],
        flags=flag_names(row.flags),
        superseded=bool(row.superseded),
        list_cost=as_json(row.list_cost_nanousd),
        reported_cost=as_json(row.reported_cost_nanousd),
        further=[
            {"path": path, "first_line": first, "last_line": last}
            for path, first, last in further.get(row.id, ())
        ],
    )
    del data["list_cost_nanousd"], data["reported_cost_nanousd"]
    return data


def _records(rows: Sequence[EvidenceRow]) -> Table:
    names = [name for name in EvidenceRow._fields if name not in ("id", "unit_prices")]
    columns = tuple(Column(name, name, "text") for name in names)
    return Table("records", "", columns, tuple(tuple(getattr(row, name) for name in names) for row in rows))
