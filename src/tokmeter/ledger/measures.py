"""What the texts in the logs measure: which logs are still to be measured, and keeping what was counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from tokmeter.ledger.batch import clean
from tokmeter.ledger.cut_output import mark_stale


class Unmeasured(NamedTuple):
    """A log whose texts were not counted since it last changed. `lines`: how far the ledger has read it."""

    file_id: int
    source: str
    path: str
    size: int
    mtime_ns: int
    lines: int


class KnownEntry(NamedTuple):
    """What measuring needs of an entry whose readings stand in a log."""

    entry_id: int
    hash: int
    first_line: int
    model: str
    project: str
    output_tokens: int
    reasoning_tokens: int


class PieceRow(NamedTuple):
    """A row of `context_piece` without its file; `tool` is (name, server), ('', '') without one."""

    position: int
    line: int
    ts: int
    context: str
    kind: int
    tool: tuple[str, str]
    path: str
    tokens: int
    bytes: int


class OutputRow(NamedTuple):
    """A row of `visible_output` without its file; `entry_id` 0: billed elsewhere, or not at all."""

    position: int
    line: int
    context: str
    entry_id: int
    text_tokens: int
    call_tokens: int
    thinking_tokens: int
    messages: int
    calls: int
    thinking_blocks: int
    final: int
    visible_tokens: int | None
    explained_tokens: int | None = None
    rewritten: int = 0


_UNMEASURED = """
SELECT f.id, f.source, f.path, f.size, f.mtime_ns, f.lines FROM log_file f
LEFT JOIN measured m ON m.file_id = f.id AND m.version = ? AND m.size = f.size AND m.mtime_ns = f.mtime_ns
WHERE m.file_id IS NULL AND f.source IN (SELECT value FROM json_each(?))
"""
_TOUCHED = """AND f.id IN (
    SELECT file_id FROM entry WHERE ts >= ? AND ts < ?
    UNION SELECT v.file_id FROM evidence v JOIN entry e ON e.id = v.entry_id WHERE e.ts >= ? AND e.ts < ?)
"""
_KNOWN = """
SELECT {file}, e.id, e.hash, {line}, s.model, o.project, e.output_tokens, e.reasoning_output_tokens
FROM {table} JOIN sku s ON s.id = e.sku_id JOIN origin o ON o.id = e.origin_id
WHERE {file} IN (SELECT value FROM json_each(?))
"""
_OWN = _KNOWN.format(file="e.file_id", line="e.first_line", table="entry e")
_FURTHER = _KNOWN.format(
    file="v.file_id", line="v.first_line", table="evidence v JOIN entry e ON e.id = v.entry_id"
)


def unmeasured(
    connection: sqlite3.Connection,
    sources: Iterable[str],
    version: int,
    between: tuple[int, int] | None = None,
) -> list[Unmeasured]:
    """Logs of `sources` to measure, the largest first; with `between` (UTC ms), those with entries in it."""
    listed = "[" + ",".join(f'"{source}"' for source in sources) + "]"
    sql, values = _UNMEASURED, [version, listed]
    rows = connection.execute(
        f"{sql} {_TOUCHED if between else ''} ORDER BY f.size DESC, f.id",
        (*values, *(between or ()), *(between or ())),
    )
    return [Unmeasured._make(row) for row in rows]


def entries_by_file(connection: sqlite3.Connection, file_ids: Iterable[int]) -> dict[int, list[KnownEntry]]:
    """The entries whose readings stand in these logs, also those that belong to another one."""
    listed = "[" + ",".join(map(str, file_ids)) + "]"
    found: dict[int, list[KnownEntry]] = {}
    for sql in (_OWN, _FURTHER):
        for file_id, *rest in connection.execute(sql, (listed,)):
            found.setdefault(file_id, []).append(KnownEntry._make(rest))
    return found


def keep_measures(
    connection: sqlite3.Connection,
    log: Unmeasured,
    version: int,
    pieces: Iterable[PieceRow],
    outputs: Iterable[OutputRow],
    now_ms: int,
) -> None:
    """Replace what is known of one log. Call inside a transaction."""
    forget_measures(connection, log.file_id)
    tools: dict[tuple[str, str], int | None] = {("", ""): None}
    paths: dict[str, int | None] = {"": None}
    rows = []
    for row in pieces:
        if row.tool not in tools:
            tools[row.tool] = _tool_id(connection, row.tool)
        if row.path not in paths:
            paths[row.path] = _path_id(connection, clean(row.path))
        rows.append(
            (log.file_id, *row[:5], tools[row.tool], paths[row.path], row.tokens, row.bytes),
        )
    connection.executemany("INSERT INTO context_piece VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
    connection.executemany(
        "INSERT INTO visible_output VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        ((log.file_id, *row) for row in outputs),
    )
    mark_stale(connection)
    note_measured(connection, log, version, now_ms)


def note_measured(connection: sqlite3.Connection, log: Unmeasured, version: int, now_ms: int) -> None:
    """Remember that a log was measured as it is now; by itself for one that could not be read."""
    connection.execute(
        "INSERT OR REPLACE INTO measured VALUES (?,?,?,?,?)",
        (log.file_id, version, log.size, log.mtime_ns, now_ms),
    )


def forget_measures(connection: sqlite3.Connection, file_id: int) -> None:
    """Remove what was measured of one log, so that it is measured anew."""
    for table in ("context_piece", "visible_output", "measured"):
        connection.execute(f"DELETE FROM {table} WHERE file_id = ?", (file_id,))


def _tool_id(connection: sqlite3.Connection, tool: tuple[str, str]) -> int:
    connection.execute("INSERT OR IGNORE INTO tool (name, server) VALUES (?, ?)", tool)
    found: int = connection.execute("SELECT id FROM tool WHERE name = ? AND server = ?", tool).fetchone()[0]
    return found


def _path_id(connection: sqlite3.Connection, path: str) -> int:
    connection.execute("INSERT OR IGNORE INTO file_path (path) VALUES (?)", (path,))
    found: int = connection.execute("SELECT id FROM file_path WHERE path = ?", (path,)).fetchone()[0]
    return found
