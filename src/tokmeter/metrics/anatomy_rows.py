"""The SELECTs behind `anatomy`: which requests were asked for, and what was measured of their logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tokmeter.metrics.query import OUTPUT_PARTIAL, SESSION, SUMS, Cell, Connection, Filter, selection


class Chosen(NamedTuple):
    """What to dissect: a selection, or within it one conversation as (source, session id)."""

    where: Filter = Filter()
    session: tuple[str, str] | None = None


class OutputRow(NamedTuple):
    """A response in a log. `own`: billed for this log's requests. `chosen`: asked for.

    `thought`: tokens of the model's thinking, as reported, else what the output has beyond its visible part;
    0 where neither is known. `thinking_tokens`: by o200k, of the thinking that was logged.
    """

    file_id: int
    position: int
    context: str
    entry_id: int
    own: int
    chosen: int
    model: str
    rate_id: int | None
    input_tokens: int
    list_cost_nanousd: int | None
    thought: int
    thinking_tokens: int


class PieceRow(NamedTuple):
    """A text that entered a context; `tokens` by o200k."""

    file_id: int
    position: int
    context: str
    kind: int
    tool_id: int | None
    path_id: int | None
    tokens: int


class RateTexts(NamedTuple):
    """Unit prices as the ledger keeps them; only the pricing room can read `unit_prices`."""

    valid_from: int
    valid_to: int
    prices_source: str
    prices_version: str
    price_quality: str
    unit_prices: str


class Coverage(NamedTuple):
    """Requests that were asked for, and those among them whose log was never measured."""

    requests: int
    unmeasured: int


_INPUT = """e.uncached_input_tokens + e.cache_read_input_tokens + e.cache_creation_5m_input_tokens
        + e.cache_creation_1h_input_tokens"""
_THOUGHT = f"""CASE WHEN e.id IS NULL OR e.flags & {OUTPUT_PARTIAL} THEN 0
        WHEN e.reasoning_output_tokens > 0 THEN e.reasoning_output_tokens
        WHEN v.thinking_blocks > 0 AND v.final AND v.visible_tokens IS NOT NULL
            THEN max(0, e.output_tokens - v.visible_tokens)
        ELSE 0 END"""
_IN_SESSION = f"SELECT o.id FROM origin o WHERE o.source = ? AND {SESSION} = ?"


def condition(chosen: Chosen, *, search: bool = False) -> tuple[str, list[str | int]]:
    """What makes an entry `e` one that was asked for, and its parameters.

    `search`: the session's origins are to be looked up in an index, not only compared.
    """
    where = chosen.where
    more, values = selection(where)
    text = f"e.ts >= ? AND e.ts < ? AND e.superseded = 0{more}"
    found: list[str | int] = [where.start_ms, where.end_ms, *values]
    if chosen.session is not None:
        text += f"\n        AND {'' if search else '+'}e.origin_id IN ({_IN_SESSION})"
        found += chosen.session
    return text, found


def _entries(chosen: Chosen) -> tuple[str, list[str | int]]:
    """FROM and WHERE of the entries asked for: by the session's origins, else by the index on time."""
    text, values = condition(chosen, search=True)
    index = "entry_ts" if chosen.session is None else "entry_origin"
    return f"FROM entry e INDEXED BY {index} WHERE {text}", values


def outputs_sql(chosen: Chosen) -> tuple[str, list[str | int]]:
    """Every response in the logs that hold a request asked for."""
    asked, asked_values = condition(chosen)
    entries, values = _entries(chosen)
    sql = f"""SELECT v.file_id, v.position, v.context, v.entry_id,
    e.id IS NOT NULL AND e.superseded = 0 AND e.file_id = v.file_id,
    coalesce({asked}, 0), coalesce(s.model, ''), e.rate_id, coalesce({_INPUT}, 0), e.list_cost_nanousd,
    {_THOUGHT}, v.thinking_tokens
FROM visible_output v LEFT JOIN entry e ON e.id = v.entry_id LEFT JOIN sku s ON s.id = e.sku_id
WHERE v.file_id IN (SELECT e.file_id {entries})
ORDER BY v.file_id, v.position"""
    return sql, [*asked_values, *values]


def pieces_sql(chosen: Chosen) -> tuple[str, list[str | int]]:
    """Every text in those logs."""
    entries, values = _entries(chosen)
    sql = f"""SELECT p.file_id, p.position, p.context, p.kind, p.tool_id, p.path_id, p.tokens
FROM context_piece p WHERE p.file_id IN (SELECT e.file_id {entries})
ORDER BY p.file_id, p.position"""
    return sql, values


def outputs(connection: Connection, chosen: Chosen) -> Iterator[OutputRow]:
    """The responses, log by log in the order of the log."""
    return map(OutputRow._make, connection.execute(*outputs_sql(chosen)))


def pieces(
    connection: Connection, chosen: Chosen
) -> Iterator[tuple[int, int, str, int, int | None, int | None, int]]:
    """The texts, log by log in the order of the log, as the fields of `PieceRow`: there may be millions."""
    yield from connection.execute(*pieces_sql(chosen))


def models(connection: Connection) -> list[str]:
    """Every model that the ledger knows."""
    return [row[0] for row in connection.execute("SELECT DISTINCT model FROM sku ORDER BY 1")]


def rates(connection: Connection) -> dict[int, RateTexts]:
    """All unit prices that were ever used; there are as many as models and price changes."""
    rows = connection.execute(
        "SELECT id, valid_from, valid_to, prices_source, prices_version, price_quality, unit_prices FROM rate"
    )
    return {row[0]: RateTexts._make(row[1:]) for row in rows}


def tools(connection: Connection) -> dict[int, tuple[str, str]]:
    """Id → (name, MCP server or '')."""
    return {row[0]: (row[1], row[2]) for row in connection.execute("SELECT id, name, server FROM tool")}


def paths(connection: Connection, ids: set[int]) -> dict[int, str]:
    """Id → path, of those asked for."""
    found: dict[int, str] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), 500):
        some = ordered[start : start + 500]
        marks = ", ".join("?" for _ in some)
        found.update(connection.execute(f"SELECT id, path FROM file_path WHERE id IN ({marks})", some))
    return found


def coverage(connection: Connection, chosen: Chosen) -> Coverage:
    """How many requests were asked for, and of how many the log was never measured."""
    entries, values = _entries(chosen)
    sql = f"""SELECT coalesce(sum(g.requests), 0),
    coalesce(sum(CASE WHEN m.file_id IS NULL THEN g.requests ELSE 0 END), 0)
FROM (SELECT e.file_id AS file_id, count(*) AS requests {entries} GROUP BY 1) g
LEFT JOIN measured m ON m.file_id = g.file_id"""
    return Coverage._make(connection.execute(sql, values).fetchone())


def chosen_cells(connection: Connection, chosen: Chosen) -> list[Cell]:
    """The sums of the requests asked for, by model and kind of evidence."""
    entries, values = _entries(chosen)
    sql = f"""SELECT 0, '', '', '', s.provider, s.model, g.count_basis, g.flags, g.unpriced, g.requests,
    g.uncached, g.cache_read, g.creation_5m, g.creation_1h, g.output, g.reasoning, g.searches, g.cost,
    g.first_ms, g.last_ms
FROM (
    SELECT e.sku_id AS sku_id, e.count_basis AS count_basis, e.flags AS flags,
        e.list_cost_nanousd IS NULL AS unpriced, {SUMS}
    {entries} GROUP BY 1, 2, 3, 4
) g JOIN sku s ON s.id = g.sku_id"""
    return [Cell._make(row) for row in connection.execute(sql, values)]


VISIBLE = """SELECT s.model, v.visible_tokens, v.text_tokens + v.call_tokens, v.calls
FROM visible_output v CROSS JOIN entry e ON e.id = v.entry_id JOIN sku s ON s.id = e.sku_id
WHERE v.visible_tokens IS NOT NULL AND v.thinking_blocks = 0 AND v.text_tokens + v.call_tokens > 0
    AND e.file_id = v.file_id"""


def visible(connection: Connection) -> Iterator[tuple[str, int, int, int]]:
    """(model, tokens by its own tokenizer, by o200k, calls) of each response that was counted both ways.

    Without those that had thinking: that part of them cannot be counted.
    """
    yield from connection.execute(VISIBLE)
