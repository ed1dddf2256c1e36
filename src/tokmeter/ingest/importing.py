"""`tokmeter import`: files that somebody kept, read once into the ledger. Importing twice adds nothing."""

from __future__ import annotations

import gc
import os
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tokmeter.core.usage import CALIBRATED, ESTIMATED, TOKENIZED
from tokmeter.histories._archive import base_name, unpacked_name
from tokmeter.histories._books import Books
from tokmeter.histories._counting import Counts, TextCounter, default_counts
from tokmeter.histories._detect import Content, read_contents
from tokmeter.histories._formats import all_formats
from tokmeter.histories._record import Bucket, Call, Item, Remark
from tokmeter.ingest.pack import Packer
from tokmeter.ingest.rate_book import RateBook
from tokmeter.ingest.sync import PriceSettings
from tokmeter.ledger.posting import Poster
from tokmeter.ledger.store import Ledger
from tokmeter.sources._base import LogFile
from tokmeter.sources._jsonl import Cursor, Reading

if TYPE_CHECKING:
    from tokmeter.histories._format import Format

PORTION = 20_000
"""Items after which what was read is posted, so that memory stays bounded."""

AT_ONCE = 50_000
"""Calls whose outcome is asked for in one question."""

SOURCE = "history"


@dataclass(slots=True)
class FormatTally:
    """What one format gave. Counts of records; times in UTC milliseconds; money in nano-USD."""

    format: str
    title: str
    rare: bool
    calls: int = 0
    new: int = 0
    known: int = 0
    """Calls that were in the ledger already, in this or another history."""
    buckets: int = 0
    errors: int = 0
    cached: int = 0
    tokenized: int = 0
    """Calls whose counts are of their text: exactly, by a calibrated tokenizer, by a rough one."""
    calibrated: int = 0
    estimated: int = 0
    needs_text: int = 0
    first_ms: int | None = None
    last_ms: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    counted_tokens: int = 0
    """Tokens of the calls that were counted by their text, reported sides included."""
    amount_nano: int = 0
    """Charged money of statement lines, USD only."""

    def see(self, start_ms: int, end_ms: int) -> None:
        """Widen the span of time."""
        self.first_ms = start_ms if self.first_ms is None else min(self.first_ms, start_ms)
        self.last_ms = end_ms if self.last_ms is None else max(self.last_ms, end_ms)


@dataclass(slots=True)
class FileTally:
    """What one file (or one member of an archive) gave. `skipped`: (reason, detail) → records."""

    path: str
    kind: str
    formats: dict[str, FormatTally] = field(default_factory=dict)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class CostRatio:
    """Recorded against computed cost of the imported calls of one model: a check on the conventions."""

    model: str
    calls: int
    recorded_nano: int
    computed_nano: int


@dataclass(slots=True)
class ImportResult:
    """What an import did, or with a dry run would do."""

    files: list[FileTally] = field(default_factory=list)
    merged: int = 0
    """Calls that another history or a transcript holds as well, counted there or here, once."""
    replaced: int = 0
    """Statement lines that stood in the ledger before."""
    ratios: list[CostRatio] = field(default_factory=list)
    seconds: float = 0.0


def import_paths(
    ledger: Ledger,
    paths: Sequence[Path | BinaryIO],
    *,
    now_ms: int,
    prices: PriceSettings,
    format: str | None = None,  # noqa: A002 - the switch's name
    mapping: Mapping[str, str] | None = None,
    counter: Callable[[], Counts] = default_counts,
    zone: tzinfo | None = None,
) -> ImportResult:
    """Read every file into `ledger` (a copy in memory for a dry run).

    `counter` makes what counts the texts of calls without counts; asked when the first one comes.
    `zone` is that of times without one, in formats that write their machine's (UTC if not given).

    Raises ValueError for a format that does not exist and a `LedgerError` when the ledger cannot be written;
    what was posted before stays.
    """
    started = time.perf_counter()
    result = ImportResult()
    hashes = array("q")
    texts = TextCounter(counter)
    with _uncollected(), Poster(ledger, RateBook(ledger.connection, prices), now_ms) as poster:
        for path in paths:
            files = len(result.files)
            contents = read_contents(path, format=format, mapping=mapping, mtime_ms=now_ms, zone=zone)
            for content in contents:
                _Importer(poster, result, _name(path, content), hashes, texts).read(content)
            if len(result.files) == files:
                result.files.append(FileTally(_whole_name(path), "empty"))
    _compare(ledger, hashes, result)
    result.seconds = time.perf_counter() - started
    return result


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for garbage in cycles: rows hold none, and the search takes a fifth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Importer:
    """Posts one logical file in portions."""

    def __init__(
        self, poster: Poster, result: ImportResult, path: str, hashes: array[int], counter: TextCounter
    ) -> None:
        self._poster = poster
        self._counter = counter
        self._result = result
        self._path = path
        self._hashes = hashes
        self._fresh = True

    def read(self, content: Content) -> None:
        tally = FileTally(self._path, content.kind)
        self._result.files.append(tally)
        books = Books(SOURCE, self._path, self._counter)
        pending = 0
        for format_, item in content.found:
            books.add(item)
            _count(tally, format_, item)
            pending += 1
            if pending == PORTION:
                self._post(books, tally)
                books, pending = Books(SOURCE, self._path, self._counter), 0
        self._post(books, tally)

    def _post(self, books: Books, tally: FileTally) -> None:
        parsed = books.parsed
        if not (parsed.entries or parsed.events or parsed.statements or parsed.problems):
            return
        packer = Packer()
        file = LogFile(SOURCE, f"import:{self._path}", self._path, 0, 0, _size(self._path), 0)
        packer.add(Reading(file, Cursor(), parsed, fresh=self._fresh))
        self._fresh = False
        batch = packer.take()
        known = self._poster.known(row[0] for row in batch.entries)
        self._result.replaced += self._poster.known_statements(row[0] for row in batch.statements)
        self._poster.post(batch)
        for row in batch.entries:
            one = tally.formats.get(batch.origins[row[3]][0])
            if one is not None:
                one.known += row[0] in known
                one.new += row[0] not in known
            known.add(row[0])
        self._hashes.extend(row[0] for row in batch.entries)


def _count(tally: FileTally, format_: Format | None, item: Item) -> None:
    """Add one item to what is told after the import."""
    if isinstance(item, Remark) or format_ is None:
        if isinstance(item, Remark):
            tally.skipped[item.reason, item.detail] += 1
        return
    one = tally.formats.get(item.format)
    if one is None:
        told = _format_of(item.format, format_)
        one = tally.formats[item.format] = FormatTally(item.format, told.title, told.rare)
    if isinstance(item, Bucket):
        one.buckets += 1
        one.see(item.start_ms, item.end_ms)
        if item.currency == "USD" and item.amount_kind != "list":
            one.amount_nano += item.amount_nano or 0
    else:
        _count_call(one, item)
    one.input_tokens += item.tokens.input
    one.output_tokens += item.tokens.output


def _format_of(name: str, reading: Format) -> Format:
    """The format that an item bears: telemetry of an assistant may stand in an OpenTelemetry file."""
    return next((one for one in all_formats() if one.id == name), reading)


def _count_call(one: FormatTally, call: Call) -> None:
    one.see(call.ts, call.ts)
    one.calls += 1
    one.errors += call.status == "error"
    one.cached += call.status == "cached"
    if call.count_basis:
        one.counted_tokens += call.tokens.input + call.tokens.output
    one.tokenized += call.count_basis == TOKENIZED
    one.calibrated += call.count_basis == CALIBRATED
    one.estimated += call.count_basis == ESTIMATED
    waits = call.needs_text and call.tokens.is_empty and not call.count_basis
    one.needs_text += waits and call.status not in ("error", "cached")


_RATIOS = """
SELECT s.model, count(*), sum(c.cost_nanousd), sum(e.list_cost_nanousd)
FROM call c JOIN entry e ON e.id = c.entry_id JOIN sku s ON s.id = e.sku_id
WHERE e.hash IN (SELECT value FROM json_each(?)) AND c.cost_nanousd IS NOT NULL
    AND e.list_cost_nanousd IS NOT NULL
GROUP BY 1
"""
_MERGED = """
SELECT count(*) FROM entry e JOIN call c ON c.entry_id = e.id
WHERE e.hash IN (SELECT value FROM json_each(?1)) AND c.twin IS NOT NULL AND (
    EXISTS (SELECT 1 FROM call d WHERE d.twin = c.twin AND d.entry_id <> c.entry_id)
    OR EXISTS (SELECT 1 FROM entry t WHERE t.hash = c.twin AND t.id <> e.id))
"""


def _compare(ledger: Ledger, hashes: array[int], result: ImportResult) -> None:
    """What the ledger made of the imported calls, each once."""
    ratios: dict[str, CostRatio] = {}
    before: int | None = None
    distinct = array("q")
    for one in sorted(hashes):
        if one != before:
            distinct.append(one)
        before = one
    for start in range(0, len(distinct), AT_ONCE):
        listed = "[" + ",".join(map(str, distinct[start : start + AT_ONCE])) + "]"
        result.merged += ledger.connection.execute(_MERGED, (listed,)).fetchone()[0]
        for model, calls, recorded, computed in ledger.connection.execute(_RATIOS, (listed,)):
            ratio = ratios.setdefault(model, CostRatio(model, 0, 0, 0))
            ratio.calls += calls
            ratio.recorded_nano += recorded
            ratio.computed_nano += computed
    result.ratios = sorted(ratios.values(), key=lambda ratio: (-ratio.computed_nano, ratio.model))


def _name(path: Path | BinaryIO, content: Content) -> str:
    """What to call a logical file: its path; for a member of an archive both names."""
    whole = _whole_name(path)
    label = base_name(path.name) if isinstance(path, Path) else "-"
    alone = {label, unpacked_name(label)}
    return whole if content.place.name in alone else f"{whole}:{content.place.name}"


def _whole_name(path: Path | BinaryIO) -> str:
    """The absolute path, or `-`."""
    if not isinstance(path, Path):
        return "-"
    return os.path.abspath(path)  # noqa: PTH100 - links stay as they were written


def _size(path: str) -> int:
    """Bytes of a file; of what is no file by itself (a member of an archive, a stream) none."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - a text is at hand
    except (OSError, ValueError):
        return 0
