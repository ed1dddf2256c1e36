"""What calibrations are fitted on, and keeping them. Plain rows: the ledger knows nothing of tokenizers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import TypeAlias

CalibrationRow: TypeAlias = tuple[str, str, float, float, float, int, float, float, float, int]
"""family, base, slope, per_call, constant, messages, median_error, p90_error, bias, fitted_ms"""
SampleRow: TypeAlias = tuple[str, str, int, int, int]
"""model, session, base tokens (o200k_base) of the visible text and calls, calls, logged output tokens"""

# Responses that the log shows whole: a final count that was reported, no thinking and no reported reasoning,
# neither cut short (flag 1) nor many calls in one row (flag 8). Of copies of a response only the one in its
# own log.
_SAMPLES = """
SELECT s.model, CASE o.session_id WHEN '' THEN 'log ' || e.file_id ELSE o.session_id END,
    max(v.text_tokens + v.call_tokens), v.calls, e.output_tokens
FROM visible_output v JOIN entry e ON e.id = v.entry_id AND e.file_id = v.file_id
JOIN sku s ON s.id = e.sku_id JOIN origin o ON o.id = e.origin_id
WHERE v.final = 1 AND v.thinking_blocks = 0 AND e.superseded = 0 AND e.count_basis = 0
    AND e.reasoning_output_tokens = 0 AND e.flags & 9 = 0
GROUP BY e.id ORDER BY e.ts, e.hash
"""


def calibration_samples(connection: sqlite3.Connection) -> list[SampleRow]:
    """Every measured response that a calibration may be fitted on, oldest first."""
    return connection.execute(_SAMPLES).fetchall()


def keep_calibrations(connection: sqlite3.Connection, rows: Iterable[CalibrationRow]) -> None:
    """Replace all calibrations. Call inside a transaction."""
    connection.execute("DELETE FROM calibration")
    connection.executemany("INSERT INTO calibration VALUES (?,?,?,?,?,?,?,?,?,?)", rows)


def calibration_rows(connection: sqlite3.Connection) -> list[CalibrationRow]:
    """Every calibration that is kept, by model."""
    return connection.execute(
        "SELECT family, base, slope, per_call, constant, messages, median_error, p90_error, bias, fitted_ms "
        "FROM calibration ORDER BY family"
    ).fetchall()
