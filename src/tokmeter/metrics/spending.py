"""How much was used in several periods that overlap: today, this week, this month, in one pass.

What a prompt needs and no more: no models, no sessions, so a tenth of a report's question.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from tokmeter.core.spans import Period
from tokmeter.metrics.query import Connection


class Spent(NamedTuple):
    """Sums of a period. Entries without a price add to `unpriced_requests`, never to the cost."""

    requests: int = 0
    tokens: int = 0
    cost_nanousd: int = 0
    unpriced_requests: int = 0

    @property
    def list_cost_nanousd(self) -> int | None:
        """The cost at list price; None when there were requests and none of them has a price."""
        return None if self.requests and self.unpriced_requests == self.requests else self.cost_nanousd


def spending(connection: Connection, periods: Mapping[str, Period]) -> dict[str, Spent]:
    """What was spent in each of the periods, by their names; every entry is read once."""
    edges = sorted({edge for period in periods.values() for edge in (period.start_ms, period.end_ms)})
    parts = list(pairwise(edges))
    if not parts:
        return {}
    found = {row[0]: Spent(*row[1:]) for row in connection.execute(spending_sql(parts))}
    answer = {}
    for name, period in periods.items():
        inside = [
            found.get(n, Spent())
            for n, (start, end) in enumerate(parts)
            if period.start_ms <= start and end <= period.end_ms
        ]
        answer[name] = Spent._make(map(sum, zip(*inside, strict=True))) if inside else Spent()
    return answer


def spending_sql(parts: list[tuple[int, int]]) -> str:
    """The question `spending` asks; apart, so that a test can ask for its plan."""
    ranges = ", ".join(f"({n}, {start:d}, {end:d})" for n, (start, end) in enumerate(parts))
    return f"""WITH slice (n, a, b) AS (VALUES {ranges})
SELECT slice.n, count(*),
    sum(e.uncached_input_tokens + e.cache_read_input_tokens + e.cache_creation_5m_input_tokens
        + e.cache_creation_1h_input_tokens + e.output_tokens),
    coalesce(sum(e.list_cost_nanousd), 0), sum(e.list_cost_nanousd IS NULL)
FROM slice CROSS JOIN entry e INDEXED BY entry_ts
WHERE e.ts >= slice.a AND e.ts < slice.b AND e.superseded = 0
GROUP BY 1"""
