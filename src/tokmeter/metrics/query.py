"""Filter → rows: the SELECTs that reports, prompt and export share.

Reads the base tables, because the hot questions must use the index on time and must not pay for the
columns of the view. Superseded entries are never counted. Values are always parameters; only integers
of ours stand in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from sqlite3 import Connection
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tokmeter.core.spans import Slice

__all__ = ["EXPORT_FIELDS", "SEARCHES", "SESSION", "SUMS", "Cell", "Connection", "Filter", "cells", "entries"]

OUTPUT_PARTIAL = 1
FORK_GUESSED = 2
MODEL_GUESSED = 4
AGGREGATE = 8
INPUT_PARTIAL = 16
TOKENIZED, CALIBRATED, ESTIMATED = 1, 2, 3
# The bits and indices of core/usage.py, repeated because that module loads msgspec; a test holds them equal.


class Filter(NamedTuple):
    """What to count. Empty means everything; times in UTC milliseconds, end excluded.

    A project is a path (equal or inside) or a folder's own name; a model is a name or a glob, normalised
    or as logged. `without_projects` are paths whose inside is left out.
    """

    start_ms: int = -(2**62)
    end_ms: int = 2**62
    sources: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    without_projects: tuple[str, ...] = ()

    def between(self, start_ms: int, end_ms: int) -> Filter:
        """The same selection over another time."""
        return self._replace(start_ms=start_ms, end_ms=end_ms)


class Cell(NamedTuple):
    """The sums of all entries of one slice, origin, model and kind of evidence."""

    slice: int
    source: str
    session: str
    project: str
    provider: str
    model: str
    count_basis: int
    flags: int
    unpriced: int
    requests: int
    uncached_input_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    web_searches: int
    list_cost_nanousd: int
    first_ms: int
    last_ms: int


# A session is the conversation a person had: subagents belong to the one that started them.
SESSION = "CASE WHEN o.root_session_id <> '' THEN o.root_session_id ELSE o.session_id END"
SEARCHES = "CASE WHEN e.web_searches > 0 THEN e.web_searches ELSE e.linked_searches END"
SUMS = f"""count(*) AS requests,
    sum(e.uncached_input_tokens) AS uncached, sum(e.cache_read_input_tokens) AS cache_read,
    sum(e.cache_creation_5m_input_tokens) AS creation_5m,
    sum(e.cache_creation_1h_input_tokens) AS creation_1h,
    sum(e.output_tokens) AS output, sum(e.reasoning_output_tokens) AS reasoning,
    sum({SEARCHES}) AS searches, coalesce(sum(e.list_cost_nanousd), 0) AS cost,
    min(e.ts) AS first_ms, max(e.ts) AS last_ms"""


def cells_sql(where: Filter, parts: Sequence[Slice]) -> tuple[str, list[str]]:
    """The question `cells` asks, and its parameters; apart, so that a test can ask for its plan."""
    ranges = ", ".join(f"({n}, {part.start_ms:d}, {part.end_ms:d})" for n, part in enumerate(parts))
    chosen, values = selection(where)
    sql = f"""WITH slice (n, a, b) AS (VALUES {ranges})
SELECT g.n, o.source, {SESSION}, o.project, s.provider, s.model, g.count_basis, g.flags, g.unpriced,
    g.requests, g.uncached, g.cache_read, g.creation_5m, g.creation_1h, g.output, g.reasoning,
    g.searches, g.cost, g.first_ms, g.last_ms
FROM (
    SELECT slice.n AS n, e.origin_id AS origin_id, e.sku_id AS sku_id, e.count_basis AS count_basis,
        e.flags AS flags, e.list_cost_nanousd IS NULL AS unpriced, {SUMS}
    FROM slice CROSS JOIN entry e INDEXED BY entry_ts
    WHERE e.ts >= slice.a AND e.ts < slice.b AND e.superseded = 0{chosen}
    GROUP BY 1, 2, 3, 4, 5, 6
) g JOIN origin o ON o.id = g.origin_id JOIN sku s ON s.id = g.sku_id"""
    return sql, values


def cells(connection: Connection, where: Filter, parts: Sequence[Slice]) -> list[Cell]:
    """All sums of the slices in one pass over the entries between their ends (`where`'s times are unused)."""
    if not parts:
        return []
    return [Cell._make(row) for row in connection.execute(*cells_sql(where, parts))]


def selection(where: Filter) -> tuple[str, list[str]]:
    """Conditions on `e` beyond time, as ids of the two small tables, and their parameters."""
    clauses: list[str] = []
    values: list[str] = []
    if where.sources:
        clauses.append(f"SELECT id FROM origin WHERE source IN ({_marks(where.sources)})")
        values += where.sources
    if where.projects:
        conditions = []
        for project in where.projects:
            path = _as_path(project)
            if "/" in path:
                conditions.append(_INSIDE)
                values += (path, path, path)
            else:
                conditions.append(f"{_PROJECT} = ? OR substr({_PROJECT}, -length(?) - 1) = '/' || ?")
                values += (path, path, path)
        clauses.append(f"SELECT id FROM origin WHERE {' OR '.join(conditions)}")
    if where.without_projects:
        outside = " AND ".join([f"NOT ({_INSIDE})"] * len(where.without_projects))
        clauses.append(f"SELECT id FROM origin WHERE {outside}")
        values += [path for given in where.without_projects for path in [_as_path(given)] * 3]
    text = "".join(f"\n        AND +e.origin_id IN ({clause})" for clause in clauses)
    if where.models:
        condition = (
            "lower(model) = ? OR lower(model_raw) = ? OR lower(model) GLOB ? OR lower(model_raw) GLOB ?"
        )
        any_model = " OR ".join([condition] * len(where.models))
        text += f"\n        AND e.sku_id IN (SELECT id FROM sku WHERE {any_model})"
        values += [model.lower() for model in where.models for _ in range(4)]
    return text, values


_PROJECT = "rtrim(replace(project, '\\', '/'), '/')"
_INSIDE = f"{_PROJECT} = ? OR substr({_PROJECT}, 1, length(?) + 1) = ? || '/'"


def _as_path(text: str) -> str:
    return text.replace("\\", "/").rstrip("/") or text


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def first_ms(connection: Connection) -> int | None:
    """When the oldest entry was."""
    row = connection.execute("SELECT ts FROM entry WHERE superseded = 0 ORDER BY ts LIMIT 1").fetchone()
    return row[0] if row else None


def newest_ms(connection: Connection, where: Filter | None = None) -> int | None:
    """When the newest entry (of a selection) was, before `where.end_ms`."""
    where = where or Filter()
    chosen, values = selection(where)
    sql = f"SELECT e.ts FROM entry e WHERE e.superseded = 0 AND e.ts < ?{chosen} ORDER BY e.ts DESC LIMIT 1"
    row = connection.execute(sql, [where.end_ms, *values]).fetchone()
    return row[0] if row else None


def problem_counts(connection: Connection, sources: Sequence[str] = ()) -> dict[tuple[str, str], int]:
    """How many problems of each (source, code) the logs have, whenever they were met."""
    condition = f" WHERE source IN ({_marks(sources)})" if sources else ""
    sql = f"SELECT source, code, count(*) FROM problem{condition} GROUP BY 1, 2 ORDER BY 1, 2"
    return {(row[0], row[1]): row[2] for row in connection.execute(sql, tuple(sources))}


class ProblemRow(NamedTuple):
    """One stored problem with its place."""

    source: str
    path: str
    line: int
    code: str
    detail: str
    seen_at: int


def problems(connection: Connection, sources: Sequence[str] = (), limit: int = 1000) -> list[ProblemRow]:
    """Stored problems, in order of place."""
    condition = f" WHERE source IN ({_marks(sources)})" if sources else ""
    sql = f"SELECT source, path, line, code, detail, seen_at FROM problem{condition} ORDER BY 1, 2, 3 LIMIT ?"
    return [ProblemRow._make(row) for row in connection.execute(sql, [*sources, limit])]


class SourceRow(NamedTuple):
    """What the ledger holds of one source."""

    source: str
    entries: int
    files: int
    newest_ms: int | None
    bytes: int


def sources(connection: Connection) -> list[SourceRow]:
    """Files, entries and newest entry of each source that the ledger has seen."""
    counted = {
        row[0]: (row[1], row[2])
        for row in connection.execute(
            """SELECT o.source, sum(g.entries), max(g.newest) FROM (
                SELECT origin_id, count(*) AS entries, max(ts) AS newest FROM entry
                WHERE superseded = 0 GROUP BY origin_id
            ) g JOIN origin o ON o.id = g.origin_id GROUP BY 1"""
        )
    }
    files = {
        row[0]: (row[1], row[2])
        for row in connection.execute("SELECT source, count(*), sum(size) FROM log_file GROUP BY 1")
    }
    rows = []
    for source in sorted(counted.keys() | files.keys()):
        entries, newest = counted.get(source, (0, None))
        count, size = files.get(source, (0, 0))
        rows.append(SourceRow(source, entries, count, newest, size))
    return rows


EXPORT_FIELDS = (
    "key", "source", "ts", "session_id", "parent_session_id", "root_session_id", "agent_id", "project",
    "git_branch", "provider", "model", "model_raw", "uncached_input_tokens", "cache_read_input_tokens",
    "cache_creation_5m_input_tokens", "cache_creation_1h_input_tokens", "output_tokens",
    "reasoning_output_tokens", "web_searches", "service_tier", "speed", "inference_geo", "effort", "client",
    "client_version", "count_basis", "flags", "turn_id", "reported_cost_nanousd", "list_cost_nanousd",
    "prices_source", "prices_version", "price_quality", "input_tokens", "total_tokens",
)  # fmt: skip


def entries(connection: Connection, where: Filter) -> Iterator[tuple[object, ...]]:
    """Every entry of a selection in order of time and key, as `EXPORT_FIELDS`; one at a time."""
    chosen, values = selection(where)
    if chosen:
        ids = f"AND id IN (SELECT e.id FROM entry e WHERE e.ts >= ? AND e.ts < ?{chosen})"
        inner = [where.start_ms, where.end_ms, *values]
    else:
        ids = ""
        inner = []
    sql = f"SELECT {', '.join(EXPORT_FIELDS)} FROM entries WHERE ts >= ? AND ts < ? {ids} ORDER BY ts, key"
    yield from connection.execute(sql, [where.start_ms, where.end_ms, *inner])


def meta(connection: Connection, name: str) -> str | None:
    """One value the ledger remembers about itself."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None
