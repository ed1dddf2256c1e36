"""Joining a new reading with the entry that is in the ledger: the same merge as inside one file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from tokmeter.ledger.batch import EntryRow

if TYPE_CHECKING:
    from tokmeter.core.usage import Entry
    from tokmeter.ledger.prices import PriceBook

DimensionId = Callable[[sqlite3.Connection, tuple[str, ...]], int]
Outcome = Literal["same", "changed", "collision"]

_SELECT = """
SELECT e.hash, e.key, e.ts, 0, 0, e.uncached_input_tokens, e.cache_read_input_tokens,
    e.cache_creation_5m_input_tokens, e.cache_creation_1h_input_tokens, e.output_tokens,
    e.reasoning_output_tokens, e.web_searches, e.count_basis, e.flags, e.owner_rank, e.sku_ts, e.turn_id,
    e.evidence_rank, e.reported_cost_nanousd, e.file_id, e.first_line, e.last_line, e.linked_searches, e.id,
    o.source, o.session_id, o.parent_session_id, o.root_session_id, o.agent_id, o.project, o.git_branch,
    o.client, o.client_version,
    s.provider, s.model, s.model_raw, s.service_tier, s.speed, s.inference_geo, s.effort
FROM entry e JOIN origin o ON o.id = e.origin_id JOIN sku s ON s.id = e.sku_id WHERE e.hash = ?
"""

_UPDATE = """
UPDATE entry SET ts = ?, origin_id = ?, sku_id = ?, uncached_input_tokens = ?, cache_read_input_tokens = ?,
    cache_creation_5m_input_tokens = ?, cache_creation_1h_input_tokens = ?, output_tokens = ?,
    reasoning_output_tokens = ?, web_searches = ?, count_basis = ?, evidence_rank = ?, flags = ?,
    owner_rank = ?, sku_ts = ?, turn_id = ?, reported_cost_nanousd = ?, file_id = ?, first_line = ?,
    last_line = ?, list_cost_nanousd = ?, rate_id = ?
WHERE id = ?
"""

_EVIDENCE = """
INSERT INTO evidence VALUES (?,?,?,?) ON CONFLICT (entry_id, file_id) DO UPDATE SET
    first_line = min(first_line, excluded.first_line), last_line = max(last_line, excluded.last_line)
"""


class Joiner:
    """Joins readings one by one, inside the transaction of their batch."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        origin_id: DimensionId,
        sku_id: DimensionId,
        prices: PriceBook,
    ) -> None:
        self._connection = connection
        self._origin_id = origin_id
        self._sku_id = sku_id
        self._prices = prices

    def join(self, row: EntryRow, origin: tuple[str, ...], sku: tuple[str, ...], file_id: int) -> Outcome:
        """Join one reading with the stored entry of the same hash."""
        from tokmeter.core.usage import merge, owner_order  # noqa: PLC0415 - only where something is joined

        stored = self._connection.execute(_SELECT, (row.hash,)).fetchone()
        if stored[1] != row.key:
            return "collision"
        old = entry_of(EntryRow._make(stored[:22]), stored[24:33], stored[33:40])
        joined = entry_of(EntryRow._make(stored[:22]), stored[24:33], stored[33:40])
        new = entry_of(row, origin, sku)
        merge(joined, new)
        place = self._place(stored, new, file_id, moved=owner_order(new) < owner_order(old))
        joined.first_line, joined.last_line = place[1:]
        if joined == old and place[0] == stored[19]:
            return "same"
        self._save(stored[23], joined, stored[22], place)
        return "changed"

    def _place(
        self, stored: tuple[Any, ...], new: Entry, file_id: int, *, moved: bool
    ) -> tuple[int, int, int]:
        """Where the owner's reading stands; readings in other files become evidence."""
        old_file, old_first, old_last = stored[19], stored[20], stored[21]
        if file_id == old_file:
            return file_id, min(old_first, new.first_line), max(old_last, new.last_line)
        if moved:
            self._connection.execute(_EVIDENCE, (stored[23], old_file, old_first, old_last))
            return file_id, new.first_line, new.last_line
        self._connection.execute(_EVIDENCE, (stored[23], file_id, new.first_line, new.last_line))
        return old_file, old_first, old_last

    def _save(self, entry_id: int, e: Entry, linked: int, place: tuple[int, int, int]) -> None:
        origin, sku = texts(e.origin), texts(e.sku)
        sku_id = self._sku_id(self._connection, sku)
        _, _, rate_id, price = self._prices.rate(sku_id, sku, e.ts)
        counts = (
            e.uncached_input_tokens, e.cache_read_input_tokens, e.cache_creation_5m_input_tokens,
            e.cache_creation_1h_input_tokens, e.output_tokens, e.reasoning_output_tokens,
        )  # fmt: skip
        cost = price(*counts, e.web_searches or linked)
        self._connection.execute(
            _UPDATE,
            (
                e.ts,
                self._origin_id(self._connection, origin),
                sku_id,
                *counts,
                e.web_searches,
                e.count_basis,
                e.evidence_rank,
                e.flags,
                e.owner_rank,
                e.sku_ts,
                e.turn_id,
                e.reported_cost_nanousd,
                *place,
                cost,
                rate_id,
                entry_id,
            ),
        )


def texts(record: object) -> tuple[str, ...]:
    """The fields of an origin or sku as its table holds them: '' for unknown."""
    from msgspec.structs import astuple  # noqa: PLC0415 - only where something is joined

    return tuple(value or "" for value in astuple(record))  # type: ignore[arg-type]


def entry_of(row: EntryRow, origin: tuple[str, ...], sku: tuple[str, ...]) -> Entry:
    """The entry that a row of a batch or of the table stands for."""
    from tokmeter.core.usage import Entry, Origin, Sku  # noqa: PLC0415 - only where something is joined

    return Entry(
        key=row.key, ts=row.ts, origin=Origin(origin[0], *(v or None for v in origin[1:])),
        sku=Sku(*sku[:3], *(v or None for v in sku[3:])),
        uncached_input_tokens=row.uncached, cache_read_input_tokens=row.cache_read,
        cache_creation_input_tokens=row.creation_5m + row.creation_1h,
        cache_creation_1h_input_tokens=row.creation_1h, output_tokens=row.output,
        reasoning_output_tokens=row.reasoning, web_searches=row.web_searches, count_basis=row.count_basis,
        flags=row.flags, owner_rank=row.owner_rank, sku_ts=row.sku_ts, turn_id=row.turn_id,
        evidence_rank=row.evidence_rank, reported_cost_nanousd=row.reported_cost, first_line=row.first_line,
        last_line=row.last_line,
    )  # fmt: skip
