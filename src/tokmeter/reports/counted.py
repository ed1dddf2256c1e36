"""`tokmeter count`: the tokens of texts for several models side by side, and what they cost as input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.money import as_json
from tokmeter.core.spans import local
from tokmeter.reports.closing import argument
from tokmeter.reports.counted_rows import CountedFile, Named, Row, rows_of, size, together
from tokmeter.reports.document import Column, Line, Money, Note, Report, Table, Value, line, words
from tokmeter.reports.labels import place
from tokmeter.reports.numbers import plural
from tokmeter.reports.prices import dollars

MOST_ROWS = 20
"""Rows of files on a page; the others are one row. `--plain`, CSV and JSON tell of every file."""
MOST_NAMED = 3
"""Files left out that are named one by one."""


class CountedModel(NamedTuple):
    """How one column was counted and priced.

    `basis` is one of COUNT_BASES (core/usage.py), `error` a share; `fit` says in words what calibrated it.
    `price` is USD per million tokens of fresh input, exact, or None: unpriced. A column that is no
    model, only a tokenizer, has no `price_quality`.
    """

    model: str
    provider: str
    tokenizer: str
    source: str
    wanted: str
    basis: str
    error: float
    fit: str = ""
    price: str | None = None
    price_quality: str = "unpriced"
    prices_source: str = ""
    prices_version: str = ""
    priced_as: str = ""


class LeftOut(NamedTuple):
    """What was not counted, and why: `binary`, `unreadable`, `ignored`, `link`, `special`."""

    path: str
    reason: str
    detail: str


class Count(NamedTuple):
    """The whole answer; each file has a count and a cost for each of the models."""

    models: Sequence[CountedModel]
    named: Sequence[Named]
    files: Sequence[CountedFile]
    left_out: Sequence[LeftOut]


_RECORDS = (
    "path", "model", "tokens", "count_basis", "error", "list_cost_nanousd", "bytes", "characters", "lines",
)  # fmt: skip


def build_count(count: Count, now_ms: int, tz: tzinfo, *, every_file: bool = False) -> Report:
    """A row for each file or folder; below it each model with its tokens, their method and cost."""
    total = together([file.row for file in count.files], len(count.models), "Total")
    rows = rows_of(count.named, count.files, len(count.models), each=every_file)
    tables = [_files_table(count, rows, total)] if len(rows) > 1 else []
    if count.files:
        tables.append(_models_table(count, total))
    title = [words("Count", "strong")]
    if len(count.named) == 1 and count.named[0].path != "-":
        title.append(words(place(count.named[0].path)))
    return Report(
        "tokmeter.count/1", line(*title), "", "", None, {}, now_ms, (_headline(count, total),),
        tuple(tables), _facts(count, f"{local(now_ms, tz):%Y-%m-%d}"), tuple(_notes(count)),
        Table("records", "", tuple(Column(key, key, "text") for key in _RECORDS), _records(count)),
        _data(count, total),
    )  # fmt: skip


# The page


def _headline(count: Count, total: Row) -> Line:
    """`12 files · 345 lines · 12,345 characters · 12.4 kB`."""
    if not count.files:
        return line(words("No text to count."))
    groups = [words(f"{total.files:,} files")] if total.files != 1 else []
    lines = f"{total.lines:,} {plural(total.lines, 'line')}"
    characters = f"{total.characters:,} {plural(total.characters, 'character')}"
    return line(*groups, words(lines), words(characters), words(size(total.bytes)))


def _files_table(count: Count, rows: Sequence[Row], total: Row) -> Table:
    """A row for each file or folder; of many the largest, and one for the others."""
    shown = list(rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        rest = rows[MOST_ROWS - 1 :]
        shown[MOST_ROWS - 1 :] = [together(rest, len(count.models), f"{len(rest):,} more")]
    columns = [Column("path", "", "path")]
    folders = any(row.files != 1 for row in shown)
    if folders:
        columns.append(Column("files", "Files", "count", drop=8))
    columns.append(Column("bytes", "Size", "count", drop=9))
    for n, model in enumerate(count.models):
        columns.append(Column("tokens", model.model, "count", drop=n))
        columns.append(Column("cost", "List cost", "money", drop=n + 4, wide=True))
    return Table(
        "files", "", tuple(columns),
        tuple(_cells(count, row, folders=folders) for row in shown), _cells(count, total, folders=folders),
    )  # fmt: skip


def _cells(count: Count, row: Row, *, folders: bool) -> tuple[Value, ...]:
    cells: list[Value] = [place(row.label)]
    if folders:
        cells.append(row.files)
    cells.append(size(row.bytes))
    for model, tokens, cost in zip(count.models, row.tokens, row.costs, strict=True):
        cells += [_tokens(model, tokens), _money(cost)]
    return tuple(cells)


def _models_table(count: Count, total: Row) -> Table:
    """Each model: all its tokens, what they cost, how they were counted and by what."""
    columns = (
        Column("model", "Model", "text"),
        Column("tokens", "Tokens", "count"),
        Column("cost", "List cost", "money"),
        Column("price", "USD per 1M", "count", wide=True),
        Column("method", "Counted", "text", drop=1),
        Column("tokenizer", "By", "remark"),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            model.model, _tokens(model, tokens), _money(cost),
            None if model.price is None else f"${dollars(model.price)}", method(model), _tokenizer(model),
        )
        for model, tokens, cost in zip(count.models, total.tokens, total.costs, strict=True)
    )  # fmt: skip
    return Table("models", "", columns, rows)


def method(model: CountedModel) -> str:
    """How far a count can be trusted: `exact`, `±12%` (nine in ten), `rough, ±40%`."""
    if model.basis == "tokenized":
        return "exact"
    error = f"±{round(100 * model.error)}%" if model.error else ""
    if model.basis == "calibrated":
        return error or "calibrated"
    return f"rough, {error}" if error else "rough"


def _tokenizer(model: CountedModel) -> str:
    """`o200k_base (tiktoken ranks, packaged)`, and what it stands in for."""
    name = model.tokenizer if model.tokenizer != f"file:{model.source}" else model.source
    text = f"{model.fit} {name}".strip()
    if model.source and model.source != name:
        text += f" ({model.source})"
    return f"{text}; exact would be {model.wanted}" if model.wanted else text


def _tokens(model: CountedModel, tokens: int) -> str:
    """A count; what is no exact one has a mark in front."""
    return f"{tokens:,}" if model.basis == "tokenized" else f"~{tokens:,}"


def _money(cost: int | None) -> Money:
    return Money(cost, 1 if cost is None else 0)


def _facts(count: Count, day: str) -> tuple[Line, ...]:
    """What the costs are of, and what was passed over as it should be."""
    facts = []
    if count.files and any(model.price is not None for model in count.models):
        facts.append(line(words(f"List cost: once as fresh input, at the prices of {day}.", "dim")))
    passed = [
        f"{number:,} {text if number != 1 else one}"
        for reason, one, text in (
            ("ignored", "file or folder that git ignores", "files and folders that git ignores"),
            ("link", "link", "links"),
            ("special", "special file", "special files"),
        )
        if (number := sum(left.reason == reason for left in count.left_out))
    ]
    if passed:
        facts.append(line(words(f"Left out: {', '.join(passed)}.", "dim")))
    return tuple(facts)


def _notes(count: Count) -> list[Note]:
    notes = []
    binary = [left for left in count.left_out if left.reason == "binary"]
    if binary:
        told = f"{len(binary):,} binary {plural(len(binary), 'file')} left out: {_names(binary)}"
        notes.append(Note("file-binary", "info", (words(told),), "", len(binary)))
    closed = [left for left in count.left_out if left.reason == "unreadable"]
    if closed:
        missing = plural(len(closed), "is", "are")
        told = f"{len(closed):,} could not be read and {missing} missing: {_names(closed)}"
        notes.append(Note("file-unreadable", "warning", (words(told),), "", len(closed)))
    unpriced = [model for model in count.models if model.price is None and model.price_quality]
    notes += [
        Note("unpriced", "info", (words(f"{model.model}: nobody publishes a price"),),
             f"tokmeter prices show {argument(model.model)}", 1)
        for model in unpriced
    ]  # fmt: skip
    return notes


def _names(left: Sequence[LeftOut]) -> str:
    names = ", ".join(place(one.path) for one in left[:MOST_NAMED])
    return f"{names} and {len(left) - MOST_NAMED:,} more" if len(left) > MOST_NAMED else names


# For programs


def _records(count: Count) -> tuple[tuple[Value, ...], ...]:
    return tuple(
        (
            file.path, model.model, tokens, model.basis, f"{model.error:.4f}", cost,
            file.row.bytes, file.row.characters, file.row.lines,
        )
        for file in count.files
        for model, tokens, cost in zip(count.models, file.row.tokens, file.row.costs, strict=True)
    )  # fmt: skip


def _data(count: Count, total: Row) -> Mapping[str, object]:
    models = [
        {
            "model": model.model,
            "provider": model.provider or None,
            "tokens": tokens,
            "list_cost": as_json(cost),
            "count_basis": model.basis,
            "error": round(model.error, 6),
            "tokenizer": model.tokenizer,
            "tokenizer_source": model.source,
            "tokenizer_wanted": model.wanted or None,
            "price_per_million": None
            if model.price is None
            else {"amount": dollars(model.price), "currency": "USD"},
            "price_quality": model.price_quality or None,
            "prices_source": model.prices_source or None,
            "prices_version": model.prices_version or None,
            "priced_as": model.priced_as or None,
        }
        for model, tokens, cost in zip(count.models, total.tokens, total.costs, strict=True)
    ]
    sizes = ("bytes", "characters", "lines")
    return {
        "totals": {"files": total.files, **{key: getattr(total, key) for key in sizes}},
        "models": models,
        "files": [
            {
                "path": file.path,
                **{key: getattr(file.row, key) for key in sizes},
                "counts": [
                    {
                        "model": model.model,
                        "tokens": tokens,
                        "list_cost": as_json(cost),
                        "count_basis": model.basis,
                        "error": round(model.error, 6),
                    }
                    for model, tokens, cost in zip(count.models, file.row.tokens, file.row.costs, strict=True)
                ],
            }
            for file in count.files
        ],
        "left_out": [left._asdict() for left in count.left_out],
    }
