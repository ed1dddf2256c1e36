"""Folders and logs that could not be read: remembered as long as that is so."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tokmeter.ledger.batch import clean
from tokmeter.ledger.store import Ledger, translated

_KNOWN = """
SELECT path, code, detail FROM problem
WHERE source = ? AND line = 0 AND code IN ('folder-unreadable', 'file-unreadable', 'zstd-missing')
"""


def remember_places(
    ledger: Ledger, source: str, found: Iterable[tuple[str, str, str]], logs: Collection[str], now_ms: int
) -> None:
    """Make the ledger's unreadable places of `source` those that were found: (path, code, detail).

    `logs` are the paths of logs that are there: whether these can be read, reading them tells. Writes only
    if something changed.
    """
    now = {(clean(path), code, clean(detail)) for path, code, detail in found}
    with translated(ledger.path):
        known = set(ledger.connection.execute(_KNOWN, (source,)))
    if now == known:
        return
    there = {clean(path) for path in logs}
    gone = {row for row in known - now if row[1] == "folder-unreadable" or row[0] not in there}
    if not gone and now <= known:
        return
    with ledger.transaction() as connection:
        connection.executemany(
            "DELETE FROM problem WHERE source = ? AND line = 0 AND path = ? AND code = ? AND detail = ?",
            ((source, *row) for row in gone),
        )
        connection.executemany(
            "INSERT OR IGNORE INTO problem VALUES (?, ?, 0, ?, ?, ?)",
            ((source, *row, now_ms) for row in now - known),
        )
