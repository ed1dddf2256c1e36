"""The questions behind `explain`: from a figure to the entries and prices it is made of, by file and line."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tokmeter.core.spans import Slice
from tokmeter.metrics.query import (
    AGGREGATE,
    FORK_GUESSED,
    MODEL_GUESSED,
    OUTPUT_PARTIAL,
    SEARCHES,
    SESSION,
    Cell,
    Connection,
    Filter,
    cells,
    selection,
)
from tokmeter.metrics.totals import Sums, by_cost, collect, sum_all, sums_of


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
    rate_from_ms: int | None
    rate_to_ms: int | None
    context_window: str | None
    """Of a line of a provider's statement: whose calls these are by the length of their input; else None."""
    count_error: float | None = None
    """The p90 error, as a share, of counts that were made from text."""

    @property
    def counts(self) -> tuple[int, int, int, int, int, int, int]:
        """The counts that a price is made of, in the order in which pricing takes them."""
        return self[10:17]

    @property
    def total_tokens(self) -> int:
        """Everything read, written and generated, each token once."""
        return sum(self[10:15])


_EVIDENCE = f"""SELECT e.key, e.ts, o.source, {SESSION}, o.project, s.provider, s.model, s.model_raw,
    s.service_tier, s.speed, e.uncached_input_tokens, e.cache_read_input_tokens,
    e.cache_creation_5m_input_tokens, e.cache_creation_1h_input_tokens, e.output_tokens,
    e.reasoning_output_tokens, {SEARCHES}, e.count_basis, e.flags, e.list_cost_nanousd,
    e.reported_cost_nanousd, r.unit_prices, r.prices_source, r.prices_version, r.price_quality, f.path,
    e.first_line, e.last_line, e.superseded, e.id, r.valid_from, r.valid_to,
    (SELECT context_window FROM statement t WHERE t.hash = e.hash AND e.flags & {AGGREGATE}),
    (SELECT count_error FROM call c WHERE c.entry_id = e.id AND e.count_basis > 0)
FROM entry e JOIN origin o ON o.id = e.origin_id JOIN sku s ON s.id = e.sku_id
LEFT JOIN log_file f ON f.id = e.file_id LEFT JOIN rate r ON r.id = e.rate_id
"""


def evidence_by_key(connection: Connection, key: str, limit: int = 50) -> list[EvidenceRow]:
    """Entries whose key begins with `key`, superseded ones included."""
    sql = f"{_EVIDENCE} WHERE substr(e.key, 1, length(?)) = ? ORDER BY e.ts, e.key LIMIT ?"
    return [EvidenceRow._make(row) for row in connection.execute(sql, (key, key, limit))]


def evidence_at(connection: Connection, path: str, line: int, limit: int = 50) -> list[EvidenceRow]:
    """Entries that were read from a line of a file, superseded ones included."""
    sql = f"""{_EVIDENCE} WHERE f.path = ? AND ? BETWEEN e.first_line AND e.last_line
ORDER BY e.first_line, e.key LIMIT ?"""
    return [EvidenceRow._make(row) for row in connection.execute(sql, (path, line, limit))]


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
    "nameless": f"(e.flags & {MODEL_GUESSED}) <> 0",
}


class Found(NamedTuple):
    """The sums of all entries of a selection that meet a condition, however many of them are listed."""

    total: Sums
    by_model: dict[str, Sums]
    sessions: int
    first_ms: int
    last_ms: int


def found(connection: Connection, where: Filter, condition: str = "") -> Found:
    """What `evidence` of the same arguments picks from, added up; times are 0 where there is nothing."""
    whole = Slice(date.min, where.start_ms, where.end_ms)
    rows = [row for row in cells(connection, where, [whole]) if _meets(row, condition)]
    by_model = by_cost(collect((row.model, sums_of(row)) for row in rows))
    return Found(
        sum_all(by_model.values()),
        by_model,
        len({(row.source, row.session) for row in rows if row.session}),
        min((row.first_ms for row in rows), default=0),
        max((row.last_ms for row in rows), default=0),
    )


def _meets(cell: Cell, condition: str) -> bool:
    """Whether the entries of a cell meet a key of `CONDITIONS`."""
    return {
        "": True,
        "estimates": cell.count_basis > 0,
        "partial": bool(cell.flags & OUTPUT_PARTIAL),
        "unpriced": bool(cell.unpriced),
        "forks": bool(cell.flags & FORK_GUESSED),
        "nameless": bool(cell.flags & MODEL_GUESSED),
    }[condition]


class RateRow(NamedTuple):
    """A rate that entries of a selection were priced with (or found unpriced by), and how many."""

    provider: str
    model: str
    model_raw: str
    service_tier: str
    speed: str
    valid_from_ms: int
    valid_to_ms: int
    prices_source: str
    prices_version: str
    price_quality: str
    unit_prices: str
    requests: int


def rates_used(connection: Connection, where: Filter, condition: str = "") -> list[RateRow]:
    """Every rate behind a selection, by model and time."""
    chosen, values = selection(where)
    more = f" AND {CONDITIONS[condition]}" if condition else ""
    sql = f"""SELECT s.provider, s.model, s.model_raw, s.service_tier, s.speed, r.valid_from, r.valid_to,
    r.prices_source, r.prices_version, r.price_quality, r.unit_prices, count(*)
FROM entry e JOIN sku s ON s.id = e.sku_id JOIN rate r ON r.id = e.rate_id
WHERE e.superseded = 0 AND e.ts >= ? AND e.ts < ?{chosen}{more}
GROUP BY s.id, r.id ORDER BY s.model, s.provider, r.valid_from, s.model_raw, s.service_tier, s.speed, r.id"""
    return [RateRow._make(row) for row in connection.execute(sql, [where.start_ms, where.end_ms, *values])]


def copies(connection: Connection, entry_id: int) -> list[tuple[str, str, int, int, int]]:
    """(key, path, first line, last line, superseded) of the same call elsewhere, the shown one first."""
    rows = connection.execute(_COPIES, (entry_id,))
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


# A transcript's entry has no row in `call`: its own hash is what the others name.
_COPIES = """SELECT e.key, ifnull(f.path, ''), e.first_line, e.last_line, e.superseded FROM entry e
LEFT JOIN log_file f ON f.id = e.file_id WHERE e.id <> ?1 AND e.id IN (
    SELECT other.entry_id FROM call own JOIN call other ON other.twin = own.twin WHERE own.entry_id = ?1
    UNION SELECT t.id FROM call own JOIN entry t ON t.hash = own.twin WHERE own.entry_id = ?1
    UNION SELECT other.entry_id FROM entry own JOIN call other ON other.twin = own.hash WHERE own.id = ?1)
ORDER BY e.superseded, e.key"""


def further_evidence(connection: Connection, entry_id: int) -> list[tuple[str, int, int]]:
    """(path, first line, last line) of the other files that hold readings of an entry."""
    sql = """SELECT f.path, v.first_line, v.last_line FROM evidence v JOIN log_file f ON f.id = v.file_id
WHERE v.entry_id = ? ORDER BY 1"""
    return [(row[0], row[1], row[2]) for row in connection.execute(sql, (entry_id,))]
