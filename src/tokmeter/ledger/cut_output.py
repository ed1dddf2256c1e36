"""Responses whose final output count was never written, and the estimates beside them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

NAME = "cut_output"
"""The meta value that says `stale`."""


class CutRow(NamedTuple):
    """A response without a final count, and what its visible output measures (*_tokens by o200k_base)."""

    entry_id: int
    model: str
    base: int
    calls: int
    thinking_tokens: int
    thinking_blocks: int
    visible_tokens: int | None
    explained_tokens: int | None
    uncached_input_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    rate_id: int | None

    @property
    def input_counts(self) -> tuple[int, int, int, int]:
        """The four disjoint input counts, in the order in which prices take them."""
        return self[8:12]


# The fullest of several copies of a response tells most; 1 is the flag `output_partial`.
_CUT = """
SELECT e.id, s.model, v.text_tokens + v.call_tokens, v.calls, v.thinking_tokens, v.thinking_blocks,
    v.visible_tokens, v.explained_tokens,
    e.uncached_input_tokens, e.cache_read_input_tokens, e.cache_creation_5m_input_tokens,
    e.cache_creation_1h_input_tokens, e.output_tokens, e.reasoning_output_tokens, e.rate_id
FROM visible_output v JOIN entry e ON e.id = v.entry_id JOIN sku s ON s.id = e.sku_id
WHERE v.final = 0 AND e.flags & 1 AND e.superseded = 0
ORDER BY e.id, v.text_tokens + v.call_tokens
"""


def cut_responses(connection: sqlite3.Connection) -> list[CutRow]:
    """Every measured response without a final count, each once."""
    rows = {row[0]: CutRow._make(row) for row in connection.execute(_CUT)}
    return list(rows.values())


Estimate = tuple[int, int, int, "int | None", int, float, bool]
"""A row of the table: entry, output tokens, missing, nano-USD of these, basis, p90 error, lower bound."""


def keep_cut_output(connection: sqlite3.Connection, rows: Iterable[Estimate]) -> None:
    """Replace all estimates; they are fresh then."""
    connection.execute("DELETE FROM cut_output")
    connection.executemany("INSERT INTO cut_output VALUES (?,?,?,?,?,?,?)", rows)
    connection.execute("DELETE FROM meta WHERE name = ?", (NAME,))


def mark_stale(connection: sqlite3.Connection) -> None:
    """Note, with whatever changes what they stand on, that the estimates are to be made anew."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, 'stale')", (NAME,))


def is_stale(connection: sqlite3.Connection) -> bool:
    """Whether something changed since the estimates were made."""
    return connection.execute("SELECT 1 FROM meta WHERE name = ?", (NAME,)).fetchone() is not None
