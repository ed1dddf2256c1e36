"""Reading a history: its pieces, whose they are, and what they hold."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tokmeter.histories._container import Piece, open_history
from tokmeter.histories._flow import Budget
from tokmeter.histories._format import Format, GrowingFormat, Place, SqliteFormat
from tokmeter.histories._formats import all_formats, format_named
from tokmeter.histories._recognise import SNIFFED_RECORDS, AsTold, Found, Recogniser, key_names, main_format
from tokmeter.histories._record import Item, Remark
from tokmeter.histories._sqlite import open_database
from tokmeter.histories.mapped_csv import MappedCsv

__all__ = ["Content", "read_contents", "read_history", "read_on"]


class Content(NamedTuple):
    """One logical file and what it gives, in order. Read it before asking for the next one."""

    place: Place
    kind: str
    found: Iterator[Found]


def read_history(
    source: Path | BinaryIO,
    *,
    format: str | None = None,  # noqa: A002 - the switch's name
    mapping: Mapping[str, str] | None = None,
    name: str = "-",
    mtime_ms: int = 0,
    formats: Sequence[Format] | None = None,
    budget: Budget | None = None,
    zone: tzinfo | None = None,
) -> Iterator[Found]:
    """Everything a file holds, each item with the format it was read as (None: of no format).

    `format` reads every record as that format's; `mapping` (`mapped_csv.parse_map`) describes a CSV. `name`
    and `mtime_ms` are those of a stream that is no file, `zone` that of times without one. Raises ValueError
    for a format that does not exist, and nothing for what is in the file.
    """
    contents = read_contents(
        source,
        format=format,
        mapping=mapping,
        name=name,
        mtime_ms=mtime_ms,
        formats=formats,
        budget=budget,
        zone=zone,
    )
    for content in contents:
        yield from content.found


def read_contents(
    source: Path | BinaryIO,
    *,
    format: str | None = None,  # noqa: A002 - the switch's name
    mapping: Mapping[str, str] | None = None,
    name: str = "-",
    mtime_ms: int = 0,
    formats: Sequence[Format] | None = None,
    budget: Budget | None = None,
    zone: tzinfo | None = None,
) -> Iterator[Content]:
    """The same by logical file: a ZIP has many."""
    known = all_formats() if formats is None else formats
    forced = format_named(format, known) if format else None
    mapped = MappedCsv(mapping) if mapping else None
    least = 1 if mapped else 4
    for piece in open_history(source, name=name, mtime_ms=mtime_ms, least_columns=least, budget=budget):
        piece = piece._replace(place=piece.place._replace(zone=zone))  # noqa: PLW2901 - the same, with its zone
        yield Content(piece.place, piece.kind, _read(piece, known, forced, mapped))


def read_on(
    path: Path, after: str, place: Place, formats: Sequence[Format], take: Callable[[Item], None]
) -> str | None:
    """Hand over what a growing database holds behind the id `after`; its greatest id, None where it is none.

    Raises sqlite3.Error, OSError or ValueError where it can't be read: what was taken is then worth nothing.
    """
    with path.open("rb") as stream:
        if stream.read(16) != b"SQLite format 3\0":
            return None
    with open_database(path) as (connection, tables):
        for format_ in formats:
            if isinstance(format_, GrowingFormat) and format_.claims_tables(tables):
                newest = format_.newest(connection)
                for item in format_.read_database(connection, place, after):
                    take(item)
                return newest
    return None


def _read(
    piece: Piece, formats: Sequence[Format], forced: Format | None, mapped: MappedCsv | None
) -> Iterator[Found]:
    if piece.kind == "sqlite":
        return _read_database(piece, formats, forced)
    if piece.kind == "csv":
        return _read_csv(piece, formats, forced, mapped)
    if piece.kind == "unsupported":
        return ((None, record) for _, record in piece.records)
    if forced is not None:
        return _read_as(forced, piece)
    if piece.kind == "sse":
        return _read_stream(piece, formats)
    return _read_each(piece, formats)


def _read_each(piece: Piece, formats: Sequence[Format]) -> Iterator[Found]:
    """Record by record, each as its own format's."""
    recogniser = Recogniser(formats, piece.place)
    for line, record in piece.records:
        if isinstance(record, bytes):
            yield from recogniser.feed_line(record, line)
        else:
            yield from recogniser.feed(record, line)
    yield from recogniser.finish()


def _read_as(format_: Format, piece: Piece) -> Iterator[Found]:
    """Every object as this format's, whether it claims it or not."""
    told = AsTold(format_, piece.place)
    for line, record in piece.records:
        if isinstance(record, bytes):
            yield from told.feed_line(record, line)
        else:
            yield from told.feed(record, line)
    yield from told.finish()


def _read_stream(piece: Piece, formats: Sequence[Format]) -> Iterator[Found]:
    """A captured stream: the format of its first events gets all, as an event means nothing by itself."""
    recogniser = Recogniser(formats, piece.place)
    first: list[tuple[int, Any]] = []
    counts: dict[str, int] = {}
    for line, record in piece.records:
        first.append((line, record))
        format_ = recogniser.format_of(record)
        name = format_.id if format_ else ""
        counts[name] = counts.get(name, 0) + 1
        if len(first) == SNIFFED_RECORDS:
            break
    rest = piece._replace(records=chain(first, piece.records))
    main = main_format(counts, formats)
    yield from _read_each(rest, formats) if main is None else _read_as(main, rest)


def _read_csv(
    piece: Piece, formats: Sequence[Format], forced: Format | None, mapped: MappedCsv | None
) -> Iterator[Found]:
    """Rows, all of one format: a header tells it."""
    format_: Format | None = forced or mapped
    if format_ is None:
        format_ = next((one for one in formats if one.claims_header(piece.names)), None)
    if format_ is None or (format_ is mapped and mapped and not mapped.claims_header(piece.names)):
        lacking = f"no column for {mapped.missing(piece.names)}" if mapped else key_names(sorted(piece.names))
        yield None, _unknown(lacking, 1)
        return
    yield from _read_as(format_, piece)


def _read_database(piece: Piece, formats: Sequence[Format], forced: Format | None) -> Iterator[Found]:
    """A database, by the names of its real tables."""
    if piece.database is None:
        return
    connection, tables = piece.database
    for format_ in formats if forced is None else [forced]:
        if isinstance(format_, SqliteFormat) and format_.claims_tables(tables):
            try:
                for item in format_.read_database(connection, piece.place):
                    yield format_, item
            except sqlite3.Error:
                yield (
                    format_,
                    Remark(reason="unreadable", detail="damaged SQLite database, or a query refused"),
                )
            return
    yield None, _unknown(key_names(sorted(tables)).replace("key", "table", 1), 0)


def _unknown(detail: str, line: int) -> Remark:
    return Remark(reason="unknown-record", detail=detail, line=line)
