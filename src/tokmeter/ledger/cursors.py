"""How far each log was read: the ledger's memory of files."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple


class KnownFile(NamedTuple):
    """What decides, without opening it, whether a log has anything new."""

    id: int
    path: str
    dev: int
    ino: int
    size: int
    mtime_ns: int
    waiting_for: str | None


class SavedCursor(NamedTuple):
    """Where a log's reading ended, as stored."""

    offset: int
    lines: int
    head_hash: bytes
    tail_hash: bytes
    state: bytes


def known_files(connection: sqlite3.Connection, source: str) -> dict[str, KnownFile]:
    """Every log of `source` read so far, by identity."""
    rows = connection.execute(
        "SELECT identity, id, path, dev, ino, size, mtime_ns, waiting_for FROM log_file WHERE source = ?",
        (source,),
    )
    return {row[0]: KnownFile._make(row[1:]) for row in rows}


def saved_cursor(connection: sqlite3.Connection, file_id: int) -> SavedCursor | None:
    """Where the reading of this log ended."""
    row = connection.execute(
        "SELECT offset, lines, head_hash, tail_hash, state FROM log_file WHERE id = ?",
        (file_id,),
    ).fetchone()
    return None if row is None else SavedCursor._make(row)
