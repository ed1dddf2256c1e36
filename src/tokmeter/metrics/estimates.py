"""How sure the counts are that no log reports, and what stands beside the totals for output cut short."""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.metrics.query import OUTPUT_PARTIAL, Connection, Filter, selection


class CutOutput(NamedTuple):
    """The missing output of a selection's requests without a final count, as far as it could be estimated.

    `whole` of the `requests` turned out to miss nothing. `error` is the largest p90 error among the others,
    as a share; with `lower_bound` some of them thought without showing it. Cost in nano-USD, of the priced.
    """

    requests: int = 0
    whole: int = 0
    missing_tokens: int = 0
    missing_nanousd: int = 0
    unpriced: int = 0
    error: float = 0.0
    lower_bound: int = 0


CUT_SUMS = """coalesce(sum(c.missing_tokens = 0), 0), coalesce(sum(c.missing_tokens), 0),
    coalesce(sum(c.missing_nanousd), 0), coalesce(sum(c.missing_tokens > 0 AND c.missing_nanousd IS NULL), 0),
    coalesce(max(CASE WHEN c.missing_tokens > 0 THEN c.error END), 0.0),
    coalesce(max(c.missing_tokens > 0 AND c.lower_bound), 0)"""
"""Of rows of `cut_output` as c: `CutOutput` from `whole` on."""

_CUT = f"""SELECT count(*), {CUT_SUMS}
FROM cut_output c JOIN entry e ON e.id = c.entry_id
WHERE e.superseded = 0 AND e.flags & {OUTPUT_PARTIAL} AND e.ts >= ? AND e.ts < ?{{chosen}}"""


def cut_output(connection: Connection, where: Filter) -> CutOutput:
    """The estimate for a selection; nothing where the text of its logs was not counted yet."""
    chosen, values = selection(where)
    sql = _CUT.format(chosen=chosen)
    return CutOutput._make(connection.execute(sql, [where.start_ms, where.end_ms, *values]).fetchone())


_WORST = """SELECT coalesce(max(c.count_error), 0.0) FROM call c JOIN entry e ON e.id = c.entry_id
WHERE e.superseded = 0 AND e.count_basis > 1 AND e.ts >= ? AND e.ts < ?{chosen}"""


def worst_error(connection: Connection, where: Filter) -> float:
    """The largest p90 error, as a share, among the counts of a selection that were made from text."""
    chosen, values = selection(where)
    row = connection.execute(_WORST.format(chosen=chosen), [where.start_ms, where.end_ms, *values]).fetchone()
    return float(row[0])
