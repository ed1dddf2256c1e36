"""Rows of a CSV or TSV as dicts of texts; a cell is never more than a text."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO

from tokmeter.histories._json import BLOCK
from tokmeter.histories._record import Remark

LONGEST_CELL = 16 << 20
LONGEST_ROW = 64 << 20
MOST_COLUMNS = 2_000
SEPARATORS = ",;\t"


class _TooLongError(ValueError):
    """A row that does not end: a quote that was never closed, or no table at all."""


def header(line: str, least: int = 4) -> tuple[list[str], str] | None:
    """Column names (lower case, stripped) and separator, if the line splits into `least` names or more.

    Names are short, not empty at the front and no numbers, which keeps prose and data without a header out.
    """
    found: tuple[list[str], str] | None = None
    for separator in SEPARATORS:
        if line.count(separator) + 1 < least or line.count(separator) > MOST_COLUMNS:
            continue
        try:
            cells = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
        except csv.Error:
            continue
        names = [cell.strip().lower() for cell in cells]
        if len(names) < least or not all(_is_name(name) for name in names if name) or not names[0]:
            continue
        if found is None or len(names) > len(found[0]):
            found = names, separator
    return found


def _is_name(text: str) -> bool:
    return len(text) <= 100 and text[0] not in "{[<" and not text.replace(".", "").replace("-", "").isdigit()


class _Lines:
    """Lines of a stream as texts, newline included, as the csv module wants them; counts lines and bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.number = 0
        self.row_bytes = 0

    def __iter__(self) -> Iterator[str]:
        while text := self._stream.readline(LONGEST_ROW):
            self.number += 1
            self.row_bytes += len(text)
            if self.row_bytes >= LONGEST_ROW:
                raise _TooLongError
            yield text.decode("utf-8-sig" if self.number == 1 else "utf-8", "replace")


def csv_names(line: str, least: int = 4) -> frozenset[str] | None:
    """The names that a first line holds, or None if it is no header."""
    found = header(line, least)
    return None if found is None else frozenset(found[0])


def csv_rows(stream: BinaryIO, least: int = 4) -> Iterator[tuple[int, dict[str, str] | Remark]]:
    """Every row with the line it begins in, by column name. Empty rows are left out; extra cells too.

    A file may begin with Excel's `sep=;`. Of columns with the same name the first counts.
    """
    csv.field_size_limit(LONGEST_CELL)
    lines = _Lines(stream)
    texts = iter(lines)
    first = next(texts, "")
    if first[:4].lower() == "sep=":
        first = next(texts, "")
    found = header(first, least)
    if found is None:
        return
    names, separator = found
    columns = {name: names.index(name) for name in names if name}
    reader = csv.reader(texts, delimiter=separator)
    while True:
        start = lines.number + 1
        lines.row_bytes = 0
        try:
            cells = next(reader, None)
        except _TooLongError:
            yield start, Remark(reason="too-large", detail=f"a row above {LONGEST_ROW >> 20} MB", line=start)
            return
        except csv.Error:
            yield start, Remark(reason="unreadable", detail="a cell that does not end", line=start)
            return
        if cells is None:
            return
        if any(cells):
            yield start, {name: cells[index] for name, index in columns.items() if index < len(cells)}


def first_line(head: bytes) -> str:
    """The first line of a beginning; of `sep=;` the one behind it."""
    lines = head[:BLOCK].decode("utf-8-sig", "replace").lstrip("\r\n").splitlines()
    if lines and lines[0][:4].lower() == "sep=":
        lines = lines[1:]
    return lines[0] if lines else ""
