"""`tokmeter sources`: whose logs are read, from where, and what the ledger holds of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.spans import iso
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.query import Connection, Filter, SourceRow, problem_counts, sources
from tokmeter.metrics.totals import NOTHING
from tokmeter.reports.closing import closing
from tokmeter.reports.document import Column, Report, Table, Value, line, words
from tokmeter.reports.labels import place as shown
from tokmeter.reports.labels import source_title
from tokmeter.reports.numbers import ago
from tokmeter.reports.options import DEFAULTS, Options


class Place(NamedTuple):
    """A folder that was looked in, told by the caller."""

    source: str
    path: str
    reason: str
    exists: bool


_COLUMNS = (
    Column("source", "Assistant", "text"),
    Column("files", "Files", "count"),
    Column("bytes", "Size", "count", drop=3),
    Column("entries", "Requests", "count"),
    Column("newest", "Newest", "text", drop=1),
    Column("problems", "Problems", "count", drop=2),
)
_PLACES = (
    Column("source", "Assistant", "text", drop=2),
    Column("found", "Logs", "text"),
    Column("reason", "Because of", "text", drop=1),
    Column("path", "Place", "place"),
)
HISTORIES = "history"
"""Whose files hold requests of many formats; each of these has a row of its own, without files."""
_RECORDS = ("source", "files", "bytes", "entries", "newest_ms", "problems")


def build_sources(
    connection: Connection, places: Sequence[Place], now_ms: int, tz: tzinfo, options: Options = DEFAULTS
) -> Report:
    """Files, requests, newest request and problems of each assistant; `tz` is unused, as yet."""
    _ = tz
    known = {row.source: row for row in sources(connection)}
    slugs = list(dict.fromkeys([*(place.source for place in places), *known]))
    rows = [known.get(slug, SourceRow(slug, 0, 0, None, 0)) for slug in slugs]
    counts: dict[str, int] = dict.fromkeys(slugs, 0)
    for (slug, _code), count in problem_counts(connection).items():
        counts[slug] = counts.get(slug, 0) + count
    formats = {row.source for row in rows if row.entries and not row.files and HISTORIES in known}
    table: tuple[tuple[Value, ...], ...] = tuple(
        (
            source_title(row.source),
            None if row.source in formats else row.files,
            None if row.source in formats else _size(row.bytes),
            None if row.source == HISTORIES and formats else row.entries,
            None if row.newest_ms is None else ago(now_ms - row.newest_ms),
            counts[row.source],
        )
        for row in rows
    )
    looked: tuple[tuple[Value, ...], ...] = tuple(
        (
            source_title(place.source),
            "found" if place.exists else "not there",
            place.reason,
            shown(place.path, home=options.home),
        )
        for place in places
    )
    synced = "" if options.last_sync_ms is None else f"synced {ago(now_ms - options.last_sync_ms)}"
    return Report(
        "tokmeter.sources/1",
        line(words("Sources", "strong")),
        synced,
        synced,
        None,
        {},
        now_ms,
        (),
        (Table("sources", "", _COLUMNS, table), *([Table("places", "", _PLACES, looked)] if looked else [])),
        (),
        closing(integrity(connection, Filter(), NOTHING, {})),
        Table(
            "records",
            "",
            tuple(Column(key, key, "count") for key in _RECORDS),
            tuple((r.source, r.files, r.bytes, r.entries, r.newest_ms, counts[r.source]) for r in rows),
        ),
        {
            "sources": [
                {
                    "source": row.source,
                    "title": source_title(row.source),
                    "files": row.files,
                    "bytes": row.bytes,
                    "entries": row.entries,
                    "newest": None if row.newest_ms is None else iso(row.newest_ms),
                    "problems": counts[row.source],
                    "places": [
                        {"path": place.path, "reason": place.reason, "exists": place.exists}
                        for place in places
                        if place.source == row.source
                    ],
                }
                for row in rows
            ]
        },
    )


def _size(count: int) -> str:
    """`1.2 MB`."""
    return f"{count / 1_000_000:,.1f} MB" if count >= 50_000 else f"{count / 1_000:,.1f} kB"
