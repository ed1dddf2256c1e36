"""`tokmeter sync` and `tokmeter reprice`: what was done, as a report like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.money import as_json
from tokmeter.core.spans import containing, iso, local
from tokmeter.metrics.evidence import Found
from tokmeter.metrics.integrity import Integrity
from tokmeter.reports.closing import closing
from tokmeter.reports.dates import moment
from tokmeter.reports.document import Column, Line, Money, Note, Piece, Report, Table, Value, line, words
from tokmeter.reports.labels import place, source_title
from tokmeter.reports.numbers import plural


class Fault(NamedTuple):
    """A place that could not be read, with the sentence of its code."""

    code: str
    severity: str
    source: str
    path: str
    detail: str
    sentence: str
    hint: str


class Synced(NamedTuple):
    """What a sync did; `entries` and `newest_ms` of the whole ledger afterwards."""

    files_seen: int
    files_read: int
    bytes_read: int
    entries_new: int
    entries_changed: int
    seconds: float
    entries: int
    newest_ms: int | None
    faults: Sequence[Fault] = ()


class Repriced(NamedTuple):
    """What a repricing did, or would do. Sums leave out what has no price."""

    dry_run: bool
    entries: int
    changed: int
    unpriced: int
    before_nanousd: int
    after_nanousd: int


def build_sync(done: Synced, caveats: Integrity, now_ms: int, tz: tzinfo) -> Report:
    """How much was new, what the ledger holds now, what could not be read."""
    logs = f"{done.files_seen:,} {plural(done.files_seen, 'log')}"
    if done.files_read:
        updated = f", {done.entries_changed:,} completed" if done.entries_changed else ""
        new = f"{done.entries_new:,} new {plural(done.entries_new, 'request')}{updated}"
        first = line(
            words(new, "strong"), words(f"{done.files_read:,} of {logs} read"), words(f"{done.seconds:.1f} s")
        )
    else:
        first = line(words("Nothing new", "strong"), words(logs), words(f"{done.seconds:.1f} s"))
    lines: list[Line] = [first]
    held = words(f"{done.entries:,} {plural(done.entries, 'request')} in the ledger")
    if done.newest_ms is not None:
        week = containing("week", local(done.newest_ms, tz).date(), tz, 0)
        command = "tokmeter week" if week.start_ms <= now_ms < week.end_ms else f"tokmeter week {week.label}"
        lines.append(line(held, words(f"newest {moment(done.newest_ms, tz)}"), words(command, "dim")))
    faults = tuple(
        Note(
            fault.code,
            fault.severity,
            (words(f"{source_title(fault.source)}: {fault.sentence}: {place(fault.path)}"
                   + (f" ({fault.detail})" if fault.detail else "")),),
            fault.hint,
            1,
        )
        for fault in done.faults
    )  # fmt: skip
    if not done.files_seen:
        faults += (
            Note("no-logs", "info", (words("no logs of any assistant found"),), "tokmeter week --demo"),
        )
    data: dict[str, object] = {
        "files_seen": done.files_seen,
        "files_read": done.files_read,
        "bytes_read": done.bytes_read,
        "entries_new": done.entries_new,
        "entries_changed": done.entries_changed,
        "seconds": round(done.seconds, 3),
        "entries": done.entries,
        "newest": None if done.newest_ms is None else iso(done.newest_ms),
        "faults": [
            {"code": fault.code, "source": fault.source, "path": fault.path, "detail": fault.detail}
            for fault in done.faults
        ],
    }  # fmt: skip
    # The places that could not be read stand there by name already.
    known = [note for note in closing(caveats) if not (done.faults and note.code == "unreadable-places")]
    return _report("sync", "Sync", now_ms, tuple(lines), (*faults, *known), data)


def build_reprice(
    done: Repriced, found: Found, caveats: Integrity, versions: Sequence[str], now_ms: int
) -> Report:
    """How much the sums changed, by which prices, and what still has none."""
    would = " would change" if done.dry_run else " changed"
    counted = f"{done.entries:,} {plural(done.entries, 'request')}"
    if done.changed:
        first = words(f"{done.changed:,} of {counted}{would}", "strong")
    else:
        first = words(f"Nothing{would}", "strong")
    missing = found.total.unpriced_tokens
    sums: tuple[Piece, ...] = (Piece(Money(done.after_nanousd, missing), "money"), words(" list cost"))
    if done.before_nanousd != done.after_nanousd:
        sums = (Piece(Money(done.before_nanousd, missing), "money"), words(" → "), *sums)
    lines = [line(first, sums if done.changed else (*sums, words(f" of {counted}")))]
    if versions:
        lines.append(line(words(f"Prices: {', '.join(versions)}")))
    if done.dry_run:
        lines.append(line(words("Nothing was written. To do it: tokmeter reprice", "dim")))
    data = {
        "dry_run": done.dry_run,
        "entries": done.entries,
        "changed": done.changed,
        "unpriced": done.unpriced,
        "before": as_json(done.before_nanousd),
        "after": as_json(done.after_nanousd),
        "prices_versions": list(versions),
    }
    title = "Reprice, as a trial" if done.dry_run else "Reprice"
    notes = closing(caveats) if found.total.requests else (
        Note("ledger-empty", "hint", (words("the ledger is empty"),), "tokmeter sync"),
    )  # fmt: skip
    return _report("reprice", title, now_ms, tuple(lines), notes, data)


def _report(
    name: str,
    title: str,
    now_ms: int,
    lines: tuple[Line, ...],
    notes: tuple[Note, ...],
    data: Mapping[str, object],
) -> Report:
    flat = {key: value for key, value in data.items() if isinstance(value, int | str) or value is None}
    columns = tuple(Column(key, key, "text") for key in flat)
    row: tuple[Value, ...] = tuple(int(v) if isinstance(v, bool) else v for v in flat.values())
    records = Table("records", "", columns, (row,))
    heading = line(words(title, "strong"))
    return Report(
        f"tokmeter.{name}/1", heading, "", "", None, {}, now_ms, lines, (), (), notes, records, data
    )
