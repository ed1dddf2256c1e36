"""Forgetting what was guessed from a log, before it is read again with better evidence."""

from __future__ import annotations

import sqlite3

from tokmeter.ledger.measures import forget_measures


def forget_file(connection: sqlite3.Connection, file_id: int) -> None:
    """Remove what was read from one log; what other logs hold as well stays, as theirs."""
    connection.execute("DELETE FROM evidence WHERE file_id = ?", (file_id,))
    connection.execute(
        "UPDATE entry SET (file_id, first_line, last_line) = (SELECT v.file_id, v.first_line, v.last_line "
        "FROM evidence v WHERE v.entry_id = entry.id ORDER BY v.file_id LIMIT 1) "
        "WHERE file_id = ? AND id IN (SELECT entry_id FROM evidence)",
        (file_id,),
    )
    connection.execute(
        "DELETE FROM evidence WHERE EXISTS "
        "(SELECT 1 FROM entry e WHERE e.id = evidence.entry_id AND e.file_id = evidence.file_id)"
    )
    forget_measures(connection, file_id)
    connection.execute(
        "DELETE FROM cut_output WHERE entry_id IN (SELECT id FROM entry WHERE file_id = ?)", (file_id,)
    )
    connection.execute(
        "DELETE FROM visible_output WHERE entry_id IN (SELECT id FROM entry WHERE file_id = ?)", (file_id,)
    )
    connection.execute(
        "DELETE FROM call WHERE entry_id IN (SELECT id FROM entry WHERE file_id = ?)", (file_id,)
    )
    connection.execute("DELETE FROM entry WHERE file_id = ?", (file_id,))
    connection.execute("DELETE FROM event WHERE file_id = ?", (file_id,))
