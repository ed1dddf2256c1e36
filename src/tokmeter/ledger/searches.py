"""Web searches that only a tool's result tells of: they belong to the response that called the tool, once."""

from __future__ import annotations

import sqlite3

from tokmeter.core.event import EVENT_KINDS
from tokmeter.ledger.batch import Batch
from tokmeter.ledger.prices import PriceBook

_TOOL_CALL = EVENT_KINDS.index("tool_call")
# The condition of the index event_searches, word for word: with a parameter SQLite would not use it.
_SEARCHES = f"kind = {_TOOL_CALL} AND count > 0"
_SEARCHING = f"SELECT hash FROM event WHERE {_SEARCHES}"
_LINK = f"""
UPDATE entry SET linked_searches =
    (SELECT sum(count) FROM event WHERE entry_hash = entry.hash AND {_SEARCHES})
WHERE hash = (SELECT entry_hash FROM event WHERE hash = ?)
"""
_CALLER = """
SELECT e.id, e.sku_id, e.ts, e.uncached_input_tokens, e.cache_read_input_tokens,
    e.cache_creation_5m_input_tokens, e.cache_creation_1h_input_tokens, e.output_tokens,
    e.reasoning_output_tokens, CASE WHEN e.web_searches > 0 THEN e.web_searches ELSE e.linked_searches END,
    s.provider, s.model, s.model_raw, s.service_tier, s.speed, s.inference_geo, s.effort
FROM entry e JOIN event v ON v.entry_hash = e.hash JOIN sku s ON s.id = e.sku_id WHERE v.hash = ?
"""


def link_searches(connection: sqlite3.Connection, batch: Batch, prices: PriceBook) -> None:
    """Add the searches of the batch's tool calls to their callers, and price these again.

    Asked of the joined events: the batch may hold the call, and an earlier one its result.
    """
    touched = {row[0] for row in batch.events if row[1] == _TOOL_CALL}
    for event in sorted(touched.intersection(row[0] for row in connection.execute(_SEARCHING))):
        connection.execute(_LINK, (event,))
        caller = connection.execute(_CALLER, (event,)).fetchone()
        if caller is not None:
            _, _, rate_id, price = prices.rate(caller[1], caller[10:], caller[2])
            connection.execute(
                "UPDATE entry SET list_cost_nanousd = ?, rate_id = ? WHERE id = ?",
                (price(*caller[3:10]), rate_id, caller[0]),
            )
