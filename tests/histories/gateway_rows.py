"""Reading records of one format in a test, without containers and detection."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from tokmeter.histories._format import Format, Place
from tokmeter.histories._record import Bucket, Call, Item, Remark

MTIME = 1_765_000_000_000
PLACE = Place("export.jsonl", MTIME)
TEN = 1_770_112_800_000
"""2026-02-03T10:00:00Z"""
DAY_START = 1_770_076_800_000
"""2026-02-03T00:00:00Z"""
DAY_MS = 86_400_000


def format_of(formats: Iterable[Format], name: str) -> Format:
    return next(format_ for format_ in formats if format_.id == name)


def read(format_: Format, *records: Any) -> list[Item]:
    """What the records give, numbered from 1; they must be the format's own."""
    reader = format_.reader(PLACE)
    found: list[Item] = []
    for line, record in enumerate(records, 1):
        found.extend(reader.feed(record, line))
    found.extend(reader.finish())
    return found


def calls(items: Iterable[Item]) -> list[Call]:
    return [item for item in items if isinstance(item, Call)]


def buckets(items: Iterable[Item]) -> list[Bucket]:
    return [item for item in items if isinstance(item, Bucket)]


def reasons(items: Iterable[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Remark)]


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV as a container hands them over: names in lower case."""
    table = list(csv.reader(io.StringIO(text)))
    names = [name.strip().lower() for name in table[0]]
    return [dict(zip(names, row, strict=True)) for row in table[1:]]
