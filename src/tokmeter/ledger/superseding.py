"""Better evidence hides worse: kept for `explain`, never summed. The rule is core/supersede.py."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from tokmeter.core.supersede import superseded
from tokmeter.ledger.batch import Batch

# Bits of `superseded`: why an entry is hidden.
BY_TURN = 1
BY_TWIN = 2

# Every entry of a session that names its turn, with what decides between rivals.
_RIVALS = """
SELECT e.id, o.session_id, e.turn_id, e.evidence_rank, e.superseded, e.file_id,
    e.uncached_input_tokens + e.cache_read_input_tokens + e.cache_creation_5m_input_tokens
        + e.cache_creation_1h_input_tokens + e.output_tokens
FROM origin o JOIN entry e ON e.origin_id = o.id
WHERE o.source = ? AND o.session_id = ? AND e.turn_id IS NOT NULL
"""
_HIDE = f"UPDATE entry SET superseded = (superseded & ~{BY_TURN}) | ? WHERE id = ?"
_BETTER = """
SELECT 1 FROM origin o JOIN entry e ON e.origin_id = o.id
WHERE o.source = ? AND o.session_id = ? AND e.turn_id IS NOT NULL AND e.evidence_rank = 0 LIMIT 1
"""
_FORGET_GAPS = """
DELETE FROM problem WHERE code = 'usage-record-gap'
    AND (source, path) = (SELECT source, path FROM log_file WHERE id = ?)
"""
_NOTE_GAP = """
INSERT OR IGNORE INTO problem SELECT source, path, 0, 'usage-record-gap', ?, ? FROM log_file WHERE id = ?
"""


def supersede_entries(connection: sqlite3.Connection, batch: Batch, now_ms: int) -> None:
    """Hide every worse-ranked entry of a turn that has a better-ranked one, whichever came first."""
    sessions = {
        (batch.origins[row[3]][0], batch.origins[row[3]][1]) for row in batch.entries if row[16] is not None
    }
    for session in sorted(sessions):
        if connection.execute(_BETTER, session).fetchone():
            _supersede_session(connection, session, now_ms)


def _supersede_session(connection: sqlite3.Connection, session: tuple[str, str], now_ms: int) -> None:
    rows = connection.execute(_RIVALS, session).fetchall()
    hidden = superseded(row[:4] for row in rows)
    changed = [(row[0] in hidden, row[0]) for row in rows if bool(row[4] & BY_TURN) != (row[0] in hidden)]
    connection.executemany(_HIDE, changed)
    balance: defaultdict[str, int] = defaultdict(int)
    files: dict[str, int] = {}
    for row in rows:
        balance[row[2]] += -row[6] if row[0] in hidden else row[6]
        if row[0] in hidden:
            files[row[2]] = row[5]
    for file_id in sorted(set(files.values())):  # a turn that was short before may be complete now
        connection.execute(_FORGET_GAPS, (file_id,))
    for turn, file_id in sorted(files.items()):
        if balance[turn] < 0:
            connection.execute(_NOTE_GAP, (f"{-balance[turn]} tokens in one turn", now_ms, file_id))
