"""The SELECTs behind `explain`: from a figure to the entries it is made of, with file and line."""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.metrics.query import (
    FORK_GUESSED,
    OUTPUT_PARTIAL,
    SEARCHES,
    SESSION,
    Connection,
    Filter,
    selection,
)


class EvidenceRow(NamedTuple):
    """One entry with the file and lines it was read from, for `explain`."""

    key: str
    ts: int
    source: str
    session: str
    project: str
    provider: str
    model: str
    model_raw: str
    service_tier: str
    speed: str
    uncached_input_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    web_searches: int
    count_basis: int
    flags: int
    list_cost_nanousd: int | None
    reported_cost_nanousd: int | None
    unit_prices: str | None
    prices_source: str | None
    prices_version: str | None
    price_quality: str | None
    path: str
    first_line: int
    last_line: int
    superseded: int
    id: int


_EVIDENCE = f"""SELECT e.key, e.ts, o.source, {SESSION}, o.project, s.provider, s.model, s.model_raw,
    s.service_tier, s.speed, e.uncached_input_tokens, e.cache_read_input_tokens,
    e.cache_creation_5m_input_tokens, e.cache_creation_1h_input_tokens, e.output_tokens,
    e.reasoning_output_tokens, {SEARCHES}, e.count_basis, e.flags, e.list_cost_nanousd,
    e.reported_cost_nanousd, r.unit_prices, r.prices_source, r.prices_version, r.price_quality, f.path,
    e.first_line, e.last_line, e.superseded, e.id
FROM entry e JOIN origin o ON o.id = e.origin_id JOIN sku s ON s.id = e.sku_id
LEFT JOIN log_file f ON f.id = e.file_id LEFT JOIN rate r ON r.id = e.rate_id
"""


def evidence_by_key(connection: Connection, key: str, limit: int = 50) -> list[EvidenceRow]:
    """Entries whose key begins with `key`, superseded ones included."""
    sql = f"{_EVIDENCE} WHERE substr(e.key, 1, length(?)) = ? ORDER BY e.ts, e.key LIMIT ?"
    return [EvidenceRow._make(row) for row in connection.execute(sql, (key, key, limit))]


def evidence(
    connection: Connection, where: Filter, *, condition: str = "", limit: int = 50
) -> list[EvidenceRow]:
    """The costliest entries of a selection; `condition` is a key of `CONDITIONS`."""
    chosen, values = selection(where)
    more = f" AND {CONDITIONS[condition]}" if condition else ""
    sql = f"""{_EVIDENCE} WHERE e.superseded = 0 AND e.ts >= ? AND e.ts < ?{chosen}{more}
ORDER BY e.list_cost_nanousd IS NULL DESC, e.list_cost_nanousd DESC, e.ts, e.key LIMIT ?"""
    rows = connection.execute(sql, [where.start_ms, where.end_ms, *values, limit])
    return [EvidenceRow._make(row) for row in rows]


CONDITIONS = {
    "estimates": "e.count_basis > 0",
    "partial": f"(e.flags & {OUTPUT_PARTIAL}) <> 0",
    "unpriced": "e.list_cost_nanousd IS NULL",
    "forks": f"(e.flags & {FORK_GUESSED}) <> 0",
}


def further_evidence(connection: Connection, entry_id: int) -> list[tuple[str, int, int]]:
    """(path, first line, last line) of the other files that hold readings of an entry."""
    sql = """SELECT f.path, v.first_line, v.last_line FROM evidence v JOIN log_file f ON f.id = v.file_id
WHERE v.entry_id = ? ORDER BY 1"""
    return [(row[0], row[1], row[2]) for row in connection.execute(sql, (entry_id,))]
