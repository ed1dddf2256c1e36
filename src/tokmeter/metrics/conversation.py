"""The SELECTs behind one conversation (apart from `query`, because the warm week needs none of them)."""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.metrics.query import SESSION, SUMS, Cell, Connection

EVENT_KINDS = (
    "prompt", "tool_call", "interrupt", "api_error", "limit_hit", "compaction", "turn", "subagent_start",
    "rollback", "gateway_cache_hit",
)  # fmt: skip
# The kinds of core/event.py, for the same reason and under the same test.


def session_ids(connection: Connection, text: str, limit: int = 20) -> list[tuple[str, str]]:
    """(source, session) of the conversations whose id, or whose part's id, begins with `text`."""
    sql = f"""SELECT DISTINCT o.source, {SESSION} FROM origin o
WHERE {SESSION} <> '' AND (substr(o.session_id, 1, length(?)) = ? OR substr({SESSION}, 1, length(?)) = ?
    OR substr(o.agent_id, 1, length(?)) = ?)
ORDER BY 1, 2 LIMIT ?"""
    return [(row[0], row[1]) for row in connection.execute(sql, [*[text] * 6, limit])]


class EventRow(NamedTuple):
    """How often one kind of thing happened; bytes of tool input and result, summed milliseconds."""

    kind: str
    name: str
    status: str
    times: int
    input_bytes: int
    result_bytes: int
    duration_ms: int


def session_events(connection: Connection, source: str, session: str) -> list[EventRow]:
    """What happened in one conversation."""
    sql = f"""SELECT v.kind, coalesce(v.name, ''), coalesce(v.status, ''), count(*), sum(v.input_bytes),
    sum(v.result_bytes), sum(v.duration_ms)
FROM event v JOIN origin o ON o.id = v.origin_id
WHERE o.source = ? AND {SESSION} = ?
GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3"""
    return [
        EventRow(EVENT_KINDS[row[0]] if row[0] < len(EVENT_KINDS) else "other", *row[1:])
        for row in connection.execute(sql, (source, session))
    ]


def session_cells(connection: Connection, source: str, session: str) -> list[Cell]:
    """The sums of one conversation by model, agent and kind of evidence; `session` holds the agent's id."""
    sql = f"""SELECT 0, o.source, o.agent_id, o.project, s.provider, s.model, e.count_basis, e.flags,
    e.list_cost_nanousd IS NULL, {SUMS}
FROM origin o JOIN entry e INDEXED BY entry_origin ON e.origin_id = o.id JOIN sku s ON s.id = e.sku_id
WHERE o.source = ? AND {SESSION} = ? AND e.superseded = 0
GROUP BY o.agent_id, o.project, s.provider, s.model, e.count_basis, e.flags, e.list_cost_nanousd IS NULL"""
    return [Cell._make(row) for row in connection.execute(sql, (source, session))]


def session_times(connection: Connection, source: str, session: str) -> list[int]:
    """The instants of a conversation's responses and prompts, in order."""
    sql = f"""SELECT ts FROM (
    SELECT e.ts FROM origin o JOIN entry e INDEXED BY entry_origin ON e.origin_id = o.id
    WHERE o.source = ?1 AND {SESSION} = ?2 AND e.superseded = 0
    UNION ALL
    SELECT v.ts FROM event v JOIN origin o ON o.id = v.origin_id
    WHERE o.source = ?1 AND {SESSION} = ?2 AND v.kind = 0
) ORDER BY ts"""
    return [row[0] for row in connection.execute(sql, (source, session))]


def session_files(connection: Connection, source: str, session: str) -> list[tuple[str, int]]:
    """(path, requests) of the logs that a conversation's responses were read from, most requests first."""
    sql = f"""SELECT f.path, count(*)
FROM origin o JOIN entry e INDEXED BY entry_origin ON e.origin_id = o.id JOIN log_file f ON f.id = e.file_id
WHERE o.source = ? AND {SESSION} = ? AND e.superseded = 0
GROUP BY 1 ORDER BY 2 DESC, 1"""
    return [(row[0], row[1]) for row in connection.execute(sql, (source, session))]
