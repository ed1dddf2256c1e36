"""`tokmeter import`: what was recognised in each file, what came of it, and whether the costs agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.money import as_json
from tokmeter.core.spans import iso
from tokmeter.reports.dates import moment
from tokmeter.reports.document import Column, Line, Money, Note, Report, Table, Value, line, words
from tokmeter.reports.labels import place
from tokmeter.reports.numbers import plural

MOST_FILES = 20
"""Rows of single files on a page; of more, each format has one row. JSON always tells of every file."""
MOST_UNKNOWN = 5
"""Files in which nothing was recognised that are named one by one."""
RATIO_LOW, RATIO_HIGH = 80, 125
"""Per cent of the computed cost within which a recorded one is plausible."""


class ImportedFormat(NamedTuple):
    """What one format gave in one file; times in UTC milliseconds.

    `tokenized`, `calibrated`, `estimated`: calls whose log lacks counts, by how their text was counted;
    `counted_tokens`: all tokens of these.
    """

    format: str
    title: str
    rare: bool
    calls: int
    new: int
    known: int
    buckets: int
    errors: int
    cached: int
    tokenized: int
    calibrated: int
    estimated: int
    needs_text: int
    first_ms: int | None
    last_ms: int | None
    input_tokens: int
    output_tokens: int
    counted_tokens: int
    amount_nano: int

    @property
    def counted(self) -> int:
        """Calls whose counts were taken of their text, in whichever way."""
        return self.tokenized + self.calibrated + self.estimated


class ImportedFile(NamedTuple):
    """One file, or one member of an archive. `skipped`: (reason, sentence, detail, records)."""

    path: str
    formats: Sequence[ImportedFormat]
    skipped: Sequence[tuple[str, str, str, int]]


class Imported(NamedTuple):
    """The whole import. `ratios`: (model, calls, recorded, computed nano-USD)."""

    dry_run: bool
    files: Sequence[ImportedFile]
    merged: int
    replaced: int
    ratios: Sequence[tuple[str, int, int, int]]
    seconds: float


_COLUMNS = (
    Column("path", "File", "place"),
    Column("format", "Recognised as", "text"),
    Column("calls", "Calls", "count"),
    Column("new", "New", "count"),
    Column("known", "Known", "count", drop=2),
    Column("buckets", "Statement lines", "count", drop=3),
    Column("tokens", "Tokens", "tokens", drop=1),
)
_BY_FORMAT = (_COLUMNS[1], Column("files", "Files", "count"), *_COLUMNS[2:])
_RATIOS = (
    Column("model", "Model", "text"),
    Column("calls", "Calls", "count"),
    Column("recorded", "Recorded", "money"),
    Column("computed", "List cost", "money"),
)
_RECORDS = (
    "path", "format", "calls", "new", "known", "buckets", "errors", "cached", "needs_tokenizing", "first_ms",
    "last_ms", "input_tokens", "output_tokens", "amount_nanousd", "tokenized", "calibrated", "estimated",
    "counted_tokens",
)  # fmt: skip


def build_import(done: Imported, now_ms: int, tz: tzinfo, home: str = "") -> Report:
    """Per file and format: records read, new, known; what was skipped and why; recorded against list cost."""
    rows = [(file, one) for file in done.files for one in file.formats]
    new = sum(one.new for _, one in rows)
    lines = sum(one.buckets for _, one in rows)
    would = "would be " if done.dry_run else ""
    groups = [words(f"{new:,} new {plural(new, 'call')}", "strong")]
    known = sum(one.known for _, one in rows)
    if known:
        groups.append(words(f"{known:,} known already"))
    if done.merged:
        groups.append(words(f"{done.merged:,} {would}merged with other histories"))
    if lines:
        kept = f"{lines:,} statement {plural(lines, 'line')}"
        groups.append(words(f"{kept} ({done.replaced:,} {would}replaced)" if done.replaced else kept))
    headline = [line(*groups), *_span(rows, tz)]
    if done.dry_run:
        headline.append(line(words("A trial: nothing was kept. To do it, leave out --dry-run.", "dim")))
    ratios: tuple[tuple[Value, ...], ...] = tuple(
        (model, calls, Money(recorded), Money(computed)) for model, calls, recorded, computed in done.ratios
    )
    tables: tuple[Table, ...] = (_table(rows, home),) if rows else ()
    if ratios:
        tables += (Table("costs", "Recorded costs beside list cost", _RATIOS, ratios),)
    records = Table("records", "", tuple(Column(n, n, "text") for n in _RECORDS), _records(rows))
    title = "Import, as a trial" if done.dry_run else "Import"
    return Report(
        "tokmeter.import/1", line(words(title, "strong")), f"{done.seconds:.1f} s", "", None, {}, now_ms,
        tuple(headline), tables, (), tuple(_notes(done, home)), records, _data(done),
    )  # fmt: skip


def _table(rows: Sequence[tuple[ImportedFile, ImportedFormat]], home: str) -> Table:
    """A row for each file and format, or, of many files, for each format."""
    if len(rows) <= MOST_FILES:
        table = tuple((place(file.path, home=home), one.title, *_counts([one])) for file, one in rows)
        return Table("files", "", _COLUMNS, table)
    titles = dict.fromkeys(one.title for _, one in rows)
    groups = [(title, [one for _, one in rows if one.title == title]) for title in titles]
    return Table(
        "formats", "", _BY_FORMAT, tuple((title, len(ones), *_counts(ones)) for title, ones in groups)
    )


def _counts(ones: Sequence[ImportedFormat]) -> tuple[Value, ...]:
    """Calls, new and known ones, statement lines and tokens together."""
    return (
        sum(one.calls for one in ones), sum(one.new for one in ones), sum(one.known for one in ones),
        sum(one.buckets for one in ones), sum(one.input_tokens + one.output_tokens for one in ones),
    )  # fmt: skip


def _span(rows: Sequence[tuple[ImportedFile, ImportedFormat]], tz: tzinfo) -> list[Line]:
    """From when to when the records are."""
    firsts = [one.first_ms for _, one in rows if one.first_ms is not None]
    lasts = [one.last_ms for _, one in rows if one.last_ms is not None]
    if not firsts:
        return []
    return [line(words(f"{moment(min(firsts), tz)} to {moment(max(lasts), tz)}"))]


def _records(rows: Sequence[tuple[ImportedFile, ImportedFormat]]) -> tuple[tuple[Value, ...], ...]:
    return tuple(
        (
            file.path, one.format, one.calls, one.new, one.known, one.buckets, one.errors, one.cached,
            one.needs_text, one.first_ms, one.last_ms, one.input_tokens, one.output_tokens, one.amount_nano,
            one.tokenized, one.calibrated, one.estimated, one.counted_tokens,
        )
        for file, one in rows
    )  # fmt: skip


def _notes(done: Imported, home: str) -> list[Note]:
    """What was left out and why, formats seen rarely, and costs that do not fit."""
    unknown = [file for file in done.files if not file.formats]
    notes = [
        Note("nothing-recognised", "warning", (words(_nothing(file, home)),), "tokmeter import --help", 1)
        for file in unknown[:MOST_UNKNOWN]
    ]
    if more := len(unknown[MOST_UNKNOWN:]):
        told = f"{more:,} more {plural(more, 'file')}: nothing recognised"
        notes.append(Note("nothing-recognised", "warning", (words(told),), "tokmeter import --json", more))
    notes += _skipped([file for file in done.files if file.formats])
    notes += _counted([one for file in done.files for one in file.formats])
    waiting = sum(one.needs_text for file in done.files for one in file.formats)
    if waiting:
        told = f"{waiting:,} {plural(waiting, 'call')} without counts, and without the text to be counted"
        notes.append(Note("needs-tokenizing", "info", (words(told),), "", waiting))
    rare = sorted({one.title for file in done.files for one in file.formats if one.rare})
    notes += [
        Note("rare-format", "info", (words(f"{title}: a format seen rarely; check the totals"),), "", 1)
        for title in rare
    ]
    notes += [
        Note(
            "cost-ratio",
            "warning",
            (words(_unlike(model, recorded, computed)),),
            "tokmeter explain " + model,
            calls,
        )
        for model, calls, recorded, computed in done.ratios
        if computed and not RATIO_LOW <= 100 * recorded // computed <= RATIO_HIGH
    ]
    return notes


def _counted(ones: Sequence[ImportedFormat]) -> list[Note]:
    """By format: how many calls have counts of their text, how these were got, and how many tokens."""
    notes = []
    for title in dict.fromkeys(one.title for one in ones if one.counted):
        same = [one for one in ones if one.title == title]
        calls = sum(one.counted for one in same)
        ways = (
            (sum(one.tokenized for one in same), "tokenized"),
            (sum(one.calibrated for one in same), "calibrated"),
            (sum(one.estimated for one in same), "estimated"),
        )
        told = ", ".join(f"{count:,} {way}" for count, way in ways if count)
        tokens = sum(one.counted_tokens for one in same)
        recorded = sum(one.input_tokens + one.output_tokens for one in same) - tokens
        sentence = (
            f"{title}: {calls:,} {plural(calls, 'call')} without counts, counted by their text ({told}): "
            f"{tokens:,} {plural(tokens, 'token')}, beside {recorded:,} recorded"
        )
        notes.append(Note("tokenized", "info", (words(sentence),), "", calls))
    return notes


def _nothing(file: ImportedFile, home: str) -> str:
    reasons = "; ".join(dict.fromkeys(_said(one) for one in file.skipped)) or "it is empty"
    return f"{place(file.path, home=home)}: nothing recognised: {reasons}"


def _skipped(files: Sequence[ImportedFile]) -> list[Note]:
    """Records left out of files that were recognised, by reason over all files."""
    sums: dict[str, tuple[str, int]] = {}
    for file in files:
        for reason, sentence, _, records in file.skipped:
            _, before = sums.get(reason, (sentence, 0))
            sums[reason] = (sentence, before + records)
    return [
        Note(
            reason,
            "info",
            (words(f"{records:,} {plural(records, 'record')} skipped: {sentence}"),),
            "",
            records,
        )
        for reason, (sentence, records) in sums.items()
    ]


def _said(skipped: tuple[str, str, str, int]) -> str:
    _, sentence, detail, _ = skipped
    return f"{sentence} ({detail})" if detail else sentence


def _unlike(model: str, recorded: int, computed: int) -> str:
    return (
        f"{model}: recorded costs are {100 * recorded // computed}% of list cost; discount, or counts misread"
    )


def _data(done: Imported) -> Mapping[str, object]:
    return {
        "dry_run": done.dry_run,
        "merged": done.merged,
        "replaced": done.replaced,
        "seconds": round(done.seconds, 3),
        "files": [
            {
                "path": file.path,
                "formats": [
                    {
                        **{
                            key: value
                            for key, value in one._asdict().items()
                            if key not in {"first_ms", "last_ms", "amount_nano", "needs_text"}
                        },
                        "needs_tokenizing": one.needs_text,
                        "first": None if one.first_ms is None else iso(one.first_ms),
                        "last": None if one.last_ms is None else iso(one.last_ms),
                        "amount": as_json(one.amount_nano),
                    }
                    for one in file.formats
                ],
                "skipped": [
                    {"reason": reason, "detail": detail, "records": records}
                    for reason, _, detail, records in file.skipped
                ],
            }
            for file in done.files
        ],
        "costs": [
            {"model": model, "calls": calls, "recorded": as_json(recorded), "computed": as_json(computed)}
            for model, calls, recorded, computed in done.ratios
        ],
    }
