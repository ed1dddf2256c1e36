"""How much was used in some folders during some time, by model: one SELECT, for hooks that have little time.

The same numbers as `metrics.totals` gives (a test holds them equal), without its imports. What is defined
here is defined here alone: `active_ms` also counts for sessions.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection


class ModelUse:
    """The sums of one model as one assistant used it; cost in nano-USD of what has a price, times in ms."""

    __slots__ = (
        "cost_nanousd", "first_ms", "input_tokens", "last_ms", "model", "output_tokens", "provider",
        "requests", "source", "total_tokens", "unpriced_requests",
    )  # fmt: skip

    def __init__(self, row: tuple[str, str, str, int, int, int, int, int, int, int]) -> None:
        self.source, self.provider, self.model = row[:3]
        self.requests, self.input_tokens, self.output_tokens = row[3:6]
        self.cost_nanousd, self.unpriced_requests = row[6:8]
        self.first_ms, self.last_ms = row[8:10]
        self.total_tokens = self.input_tokens + self.output_tokens


IDLE_MS = 10 * 60_000
"""A longer silence between two responses or prompts is a break and no time of work."""


def active_ms(times: Sequence[int]) -> int:
    """The time of work between instants in order: the sum of the gaps that are no break."""
    found, before = 0, None
    for time in times:
        if before is not None and time - before <= IDLE_MS:
            found += time - before
        before = time
    return found


_PROJECT = "rtrim(replace(project, '\\', '/'), '/')"
_INSIDE = f"({_PROJECT} = ? OR substr({_PROJECT}, 1, length(?) + 1) = ? || '/')"


def used(
    connection: Connection,
    roots: Sequence[str],
    start_ms: int,
    end_ms: int,
    exclude_roots: Sequence[str] = (),
) -> list[ModelUse]:
    """What was used inside `roots` but not inside `exclude_roots`, from start to before end; costliest first.

    Folders are compared as text: give every spelling of them.
    """
    chosen, paths = _places(roots, exclude_roots)
    rows = connection.execute(
        f"""SELECT o.source, s.provider, s.model, sum(g.requests), sum(g.input), sum(g.output), sum(g.cost),
    sum(g.unpriced), min(g.first_ms), max(g.last_ms)
FROM (
    SELECT e.origin_id AS origin_id, e.sku_id AS sku_id, count(*) AS requests,
        sum(e.uncached_input_tokens + e.cache_read_input_tokens + e.cache_creation_5m_input_tokens
            + e.cache_creation_1h_input_tokens) AS input,
        sum(e.output_tokens) AS output, coalesce(sum(e.list_cost_nanousd), 0) AS cost,
        sum(e.list_cost_nanousd IS NULL) AS unpriced, min(e.ts) AS first_ms, max(e.ts) AS last_ms
    FROM entry e INDEXED BY entry_ts
    WHERE e.ts >= ? AND e.ts < ? AND e.superseded = 0
        AND +e.origin_id IN ({chosen})
    GROUP BY 1, 2
) g JOIN origin o ON o.id = g.origin_id JOIN sku s ON s.id = g.sku_id
GROUP BY 1, 2, 3
ORDER BY 7 DESC, sum(g.input + g.output) DESC, 3, 1""",
        [start_ms, end_ms, *paths],
    )
    return [ModelUse(row) for row in rows]


def moments(
    connection: Connection,
    roots: Sequence[str],
    start_ms: int,
    end_ms: int,
    exclude_roots: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> list[tuple[int, int]]:
    """(instant, 1 for a prompt and 0 for a response) of everything in the same places and time, in order."""
    chosen, paths = _places(roots, exclude_roots)
    if sources:
        chosen += f" AND source IN ({', '.join('?' for _ in sources)})"
    values = [start_ms, end_ms, *paths, *sources]
    return connection.execute(
        f"""SELECT e.ts, 0 FROM entry e INDEXED BY entry_ts
WHERE e.ts >= ? AND e.ts < ? AND e.superseded = 0 AND +e.origin_id IN ({chosen})
UNION ALL
SELECT v.ts, 1 FROM event v INDEXED BY event_ts
WHERE v.ts >= ? AND v.ts < ? AND v.kind = 0 AND +v.origin_id IN ({chosen})
ORDER BY 1, 2""",
        [*values, *values],
    ).fetchall()


def folders(connection: Connection) -> list[str]:
    """Every folder that an assistant worked in, as logged, with slashes."""
    rows = connection.execute(f"SELECT DISTINCT {_PROJECT} FROM origin WHERE project <> '' ORDER BY 1")
    return [row[0] for row in rows]


def _places(roots: Sequence[str], exclude_roots: Sequence[str]) -> tuple[str, list[str]]:
    """The SELECT of the origins inside `roots` and outside `exclude_roots`, and its parameters."""
    inside = " OR ".join([_INSIDE] * len(roots)) or "0"
    outside = "".join([f" AND NOT {_INSIDE}"] * len(exclude_roots))
    paths = [path.replace("\\", "/").rstrip("/") or path for path in (*roots, *exclude_roots)]
    sql = f"SELECT id FROM origin WHERE ({inside}){outside}"
    return sql, [path for path in paths for _ in range(3)]
