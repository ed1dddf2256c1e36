"""Which models a person uses most: one small SELECT."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection


class UsedModel(NamedTuple):
    """A model, the provider of most of it, and all its tokens together."""

    provider: str
    model: str
    total_tokens: int


_MOST_USED = """
SELECT s.provider, s.model, sum(g.tokens) FROM (
    SELECT e.sku_id AS sku_id, sum(e.uncached_input_tokens + e.cache_read_input_tokens
        + e.cache_creation_5m_input_tokens + e.cache_creation_1h_input_tokens + e.output_tokens) AS tokens
    FROM entry e INDEXED BY entry_ts WHERE e.ts >= ? AND e.ts < ? AND e.superseded = 0 GROUP BY 1
) g JOIN sku s ON s.id = g.sku_id
WHERE s.model NOT IN ('', 'unknown') AND s.model NOT GLOB '<*'
GROUP BY 1, 2 ORDER BY 3 DESC, 2, 1
"""


def most_used(connection: Connection, start_ms: int, end_ms: int, limit: int) -> list[UsedModel]:
    """At most `limit` models by their tokens (input, cached or not, and output) from start to before end."""
    found: dict[str, UsedModel] = {}
    for provider, model, tokens in connection.execute(_MOST_USED, (start_ms, end_ms)):
        known = found.get(model)
        found[model] = UsedModel(
            known.provider if known else provider, model, tokens + (known.total_tokens if known else 0)
        )
    return sorted(found.values(), key=lambda used: (-used.total_tokens, used.model))[:limit]
