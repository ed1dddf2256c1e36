"""From a file, however it is packed and laid out, to its records.

Nothing of a file is trusted: not its name, its size, its depth, its encoding. What can't be read becomes a
`Remark`, and what could be read before counts.
"""

from __future__ import annotations

import io
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from tokmeter.histories._aider_lines import BEGINNING as AIDER_BEGINNING
from tokmeter.histories._aider_lines import aider_records
from tokmeter.histories._archive import base_name, members, spooled, unpacked, unpacked_name
from tokmeter.histories._csv import csv_names, csv_rows, first_line
from tokmeter.histories._flow import BUFFER, Budget, Faults, TooLargeError, arriving, flow, recoded, within
from tokmeter.histories._format import Place
from tokmeter.histories._json import json_lines, json_values
from tokmeter.histories._record import Remark
from tokmeter.histories._sqlite import Database, open_database, open_stream
from tokmeter.histories._sse import BEGINNING, sse_records
from tokmeter.histories._text import looks_like_lines, text_encoding

SNIFFED = 64 << 10
"""Bytes looked at to tell what a file is."""
DEEPEST = 3
"""How many times packing is taken off."""
CONVERT_MITMPROXY = "a mitmproxy flow; convert it: mitmdump -nr FILE --set hardump=OUT.har"

_MITMPROXY = re.compile(rb"\d{1,10}:\d{1,10}:[a-z_]+;")
_SSE = re.compile(rb"(?m)^data:\s*(?:[\[{]|\Z)")
_PACKED = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_FOREIGN = (
    (b"BZh", "bzip2; unpack it first"),
    (b"\xfd7zXZ\x00", "xz; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "7z; unpack it first"),
    (b"Rar!", "rar; unpack it first"),
    (b"PAR1", "Parquet; export it as CSV or JSON"),
    (b"Obj\x01", "Avro; export it as JSON"),
    (b"%PDF", "PDF"),
)

Kind = Literal["json-lines", "json-records", "csv", "sse", "sqlite", "aider", "unsupported"]


class Piece(NamedTuple):
    """One logical file: the file itself or one member of an archive. Read it before asking for the next one.

    `records` gives, with the line it begins in: of `json-lines` and `json-records` the bytes of a value still
    to be decoded (`_json.decode`), of `sse` and `aider` a decoded event or answer, of `csv` a dict of texts
    by column name; and instead of each a `Remark` where something can't be read. A `sqlite` piece has its
    database.
    """

    place: Place
    kind: Kind
    records: Iterator[tuple[int, Any]] = iter(())
    names: frozenset[str] = frozenset()
    """Of a CSV: its columns, lower case."""
    database: Database | None = None


class _Layer(NamedTuple):
    """What is being looked at: a stream, whose it is, how deep inside, and where its faults are kept."""

    stream: io.BufferedReader
    place: Place
    depth: int
    budget: Budget
    faults: Faults
    path: Path | None
    least_columns: int


def open_history(
    source: Path | BinaryIO,
    *,
    name: str = "-",
    mtime_ms: int = 0,
    least_columns: int = 4,
    budget: Budget | None = None,
) -> Iterator[Piece]:
    """The pieces of a file, or of a stream that has a `name` and a time. Never raises for their faults.

    `least_columns`: how many columns make a CSV; a described one may have less than those that are guessed.
    """
    budget = budget or Budget()
    if not isinstance(source, Path):
        place = Place(base_name(name), mtime_ms)
        stream = flow(arriving(source, budget))
        yield from _pieces(_Layer(stream, place, 0, budget, Faults(), None, least_columns))
        return
    label = base_name(source.name)
    try:
        opened = _open_regular(source)
    except OSError as error:
        yield _unreadable(Place(label, mtime_ms), "unreadable", error.strerror or "no such file")
        return
    if opened is None:
        yield _unreadable(Place(label, mtime_ms), "not-a-file", "")
        return
    with opened as stream:
        status = os.fstat(stream.fileno())
        budget.packed = status.st_size
        place = Place(label, status.st_mtime_ns // 1_000_000)
        yield from _pieces(_Layer(stream, place, 0, budget, Faults(), source, least_columns))


def _open_regular(path: Path) -> io.BufferedReader | None:
    """The file, or None if it is none (a pipe, a device, a folder); looked at again when it is open."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    )
    if not stat.S_ISREG(path.stat().st_mode):  # opening a device can have effects
        return None
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return io.BufferedReader(io.FileIO(descriptor, "rb"), BUFFER)


def _unreadable(place: Place, reason: str, detail: str) -> Piece:
    return Piece(place, "unsupported", iter([(0, Remark(reason=reason, detail=detail))]))


def _pieces(layer: _Layer) -> Iterator[Piece]:
    """What a stream is by its first bytes; packing is taken off and what is inside looked at again."""
    head = layer.stream.peek(SNIFFED)[:SNIFFED]
    packing = next((kind for magic, kind in _PACKED if head.startswith(magic)), None)
    is_zip = head.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    if (packing or is_zip) and layer.depth >= DEEPEST:
        yield _unreadable(layer.place, "too-large", f"packed more than {DEEPEST} times")
    elif packing:
        yield from _unpack(layer, packing)
    elif is_zip:
        yield from _unzip(layer)
    elif head.startswith(b"SQLite format 3\0"):
        yield from _database(layer)
    else:
        yield from _text(layer)
    for reason, detail in layer.faults.drain():
        yield _unreadable(layer.place, reason, detail)


def _unpack(layer: _Layer, kind: str) -> Iterator[Piece]:
    place = layer.place._replace(name=unpacked_name(layer.place.name))
    try:
        with flow(within(unpacked(layer.stream, kind), kind, layer.budget, layer.faults)) as stream:
            yield from _pieces(layer._replace(stream=stream, place=place, depth=layer.depth + 1, path=None))
    except ModuleNotFoundError as error:
        if error.name != "zstandard":
            raise
        yield _unreadable(place, "unsupported", "zstd; pip install zstandard")


def _unzip(layer: _Layer) -> Iterator[Piece]:
    try:
        archive = layer.stream if layer.path else spooled(layer.stream, layer.budget)
    except TooLargeError as error:
        yield _unreadable(layer.place, "too-large", str(error))
        return
    with archive:
        for member in members(archive, layer.budget, layer.faults):
            mtime_ms = member.mtime_ms or layer.place.mtime_ms
            place = Place(member.name, mtime_ms)
            if member.stream is None:
                yield _unreadable(place, member.fault, "ZIP member")
            else:
                inner = layer._replace(stream=member.stream, place=place, depth=layer.depth + 1, path=None)
                yield from _pieces(inner)


def _database(layer: _Layer) -> Iterator[Piece]:
    """A database in place, or from a private copy if it was packed or came through a pipe."""
    with ExitStack() as stack:
        opening = open_database(layer.path) if layer.path else open_stream(layer.stream)
        try:
            database = stack.enter_context(opening)
        except (sqlite3.Error, OSError, ValueError):
            piece = _unreadable(layer.place, "unreadable", "damaged SQLite database")
        else:
            piece = Piece(layer.place, "sqlite", database=database)
        yield piece


def _text(layer: _Layer) -> Iterator[Piece]:
    """What a text is by its beginning, whatever its encoding."""
    stream = layer.stream
    encoding = text_encoding(stream.peek(4)[:4])
    if encoding:
        stream = flow(recoded(stream, encoding))
    if stream.peek(3)[:3] == b"\xef\xbb\xbf":
        stream.read(3)
    head = stream.peek(SNIFFED)[:SNIFFED]
    if not head.strip(b"\0 \t\r\n"):
        return
    piece = _text_piece(layer._replace(stream=stream), head)
    yield piece._replace(records=_and_faults(piece.records, layer.faults))


def _and_faults(records: Iterator[tuple[int, Any]], faults: Faults) -> Iterator[tuple[int, Any]]:
    """Records, and then what stopped them before the file's end."""
    yield from records
    for reason, detail in faults.drain():
        yield 0, Remark(reason=reason, detail=detail)


def _text_piece(layer: _Layer, head: bytes) -> Piece:
    """The piece that a text is, by its first bytes."""
    stream, place = layer.stream, layer.place
    text = head.lstrip(b"\0 \t\r\n\x1e")
    is_json = text[:1] in {b"{", b"["}
    is_lines = looks_like_lines(text, len(head) < SNIFFED)
    if is_json and not is_lines:
        return Piece(place, "json-records", json_values(stream))
    foreign = "" if is_json else _foreign(head, text)
    if foreign:
        return _unreadable(place, "unsupported", foreign)
    known = _known_text(layer, head, text)
    if known is not None:
        return known
    if is_lines:
        return Piece(place, "json-lines", json_lines(stream))
    names = csv_names(first_line(head), layer.least_columns)
    if names is None:
        return _unreadable(place, "unsupported", "text")
    return Piece(place, "csv", csv_rows(stream, layer.least_columns), names)


def _known_text(layer: _Layer, head: bytes, text: bytes) -> Piece | None:
    """A captured stream or an assistant's own form of text; None for any other."""
    if _SSE.search(text) and BEGINNING.match(text):
        return Piece(layer.place, "sse", sse_records(layer.stream))
    if AIDER_BEGINNING.search(head):
        return Piece(layer.place, "aider", aider_records(layer.stream))
    return None


def _foreign(head: bytes, text: bytes) -> str:
    """What a file is that an import does not read, and what to do about it; "" if it may be text."""
    if _MITMPROXY.match(text):
        return CONVERT_MITMPROXY
    if head[257:262] == b"ustar":
        return "tar; unpack it first"
    foreign = next((what for magic, what in _FOREIGN if head.startswith(magic)), "")
    return foreign or ("binary data" if head.count(b"\0") * 10 > len(head) else "")
