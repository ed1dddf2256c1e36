"""Bills held against the ledger: by provider, UTC day and model, with what explains the difference.

Calls are entries that are no sums of a statement themselves. Money is nano-USD; amounts in other currencies
are only told. The causes and their formulas are in `causes.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from tokmeter.metrics.balance import Row, Total, total_of
from tokmeter.metrics.billed_day import BilledDay, Call, ListPrices
from tokmeter.metrics.query import AGGREGATE, SEARCHES, Connection, Filter, selection
from tokmeter.metrics.statement_lines import BILLED, DAY_MS, Coverage, Line, lines, span


class Reconciled(NamedTuple):
    """What came of it. `others`: (currency, lines, amount in billionths), never added to USD.

    `too_long`: lines and billed nano-USD of buckets wider than a day. `days_without_usage`: billed days of a
    provider for which no usage export is there. `stored`: the time of all statements in the ledger.
    """

    rows: list[Row]
    total: Total
    others: list[tuple[str, int, int]]
    too_long: tuple[int, int]
    days_without_usage: int
    stored: tuple[int, int] | None

    @property
    def compared(self) -> int:
        """Rows with a bill."""
        return sum(row.billed is not None for row in self.rows)


def reconcile(
    connection: Connection, where: Filter, prices: ListPrices, files: Sequence[int] = ()
) -> Reconciled:
    """Every covered provider's day between `where.start_ms` and `where.end_ms`, which are UTC midnights.

    Sources and projects of `where` select calls, models select both sides. `files` (ids in the ledger): only
    the days that these cover, and their lines before others.
    """
    given = lines(connection, where.start_ms, where.end_ms)
    within = range(where.start_ms // DAY_MS, -(-where.end_ms // DAY_MS))
    coverage, every = Coverage(connection, files), Coverage(connection)
    days = {name: coverage.days(name, within) for name in coverage.providers}
    by_day: defaultdict[tuple[str, int], list[Line]] = defaultdict(list)
    for line in given:
        by_day[line.provider, line.day].append(line)
    calls = _calls(connection, where, {name: found for name, found in days.items() if found})
    rows: list[Row] = []
    without = 0
    for provider, found in days.items():
        billed = every.days(provider, within, bills=True)
        used = every.days(provider, within, bills=False)
        for day in sorted(found):
            one = BilledDay(
                provider, day, by_day[provider, day], files, prices, covered=(day in used, day in billed)
            )
            rows += one.rows(calls.get((provider, day), {}))
            without += day in billed and day not in used
    rows = [row for row in rows if _selected(row, where)]
    rows.sort(key=lambda row: (row.day, row.provider, row.model == "", row.model, row.kind))
    return Reconciled(
        rows, total_of(rows), _others(given, where), _too_long(given), without, span(connection)
    )


_CALLS = f"""
SELECT s.provider, s.model, s.model_raw, s.service_tier, s.speed, s.inference_geo, s.effort, e.ts,
    e.uncached_input_tokens, e.cache_read_input_tokens, e.cache_creation_5m_input_tokens,
    e.cache_creation_1h_input_tokens, e.output_tokens, e.reasoning_output_tokens, {SEARCHES},
    e.list_cost_nanousd
FROM entry e JOIN sku s ON s.id = e.sku_id
WHERE e.ts >= ? AND e.ts < ? AND e.superseded = 0 AND e.flags & {AGGREGATE} = 0"""


def _calls(
    connection: Connection, where: Filter, days: dict[str, set[int]]
) -> dict[tuple[str, int], dict[str, list[Call]]]:
    """The calls of these days, by provider and day, then by model."""
    found: dict[tuple[str, int], dict[str, list[Call]]] = {}
    if not days:
        return found
    first, last = min(map(min, days.values())), max(map(max, days.values()))
    chosen, values = selection(where)
    end = min((last + 1) * DAY_MS, where.end_ms)  # a moved clock ends within a day
    bounds: list[int | str] = [first * DAY_MS, end]
    for row in connection.execute(f"{_CALLS}{chosen}", [*bounds, *values]):
        day = row[7] // DAY_MS
        if day in days.get(row[0], ()):
            models = found.setdefault((row[0], day), {})
            models.setdefault(row[1], []).append((row[:7], row[7], row[8:13], row[13], row[14], row[15]))
    return found


def _selected(row: Row, where: Filter) -> bool:
    """Whether a row has something to say, and is of a model that was asked for."""
    if where.models:
        from fnmatch import fnmatchcase  # noqa: PLC0415 - only where a model was asked for

        return any(fnmatchcase(row.model, model.lower()) for model in where.models)
    return bool(row.requests or row.usage_tokens or row.billed)


def _others(given: Sequence[Line], where: Filter) -> list[tuple[str, int, int]]:
    """Billed amounts in other currencies."""
    sums: dict[str, tuple[int, int]] = {}
    for line in given:
        if (
            line.currency != "USD"
            and line.amount is not None
            and line.amount_kind == BILLED
            and line.start_ms >= where.start_ms
        ):
            count, amount = sums.get(line.currency, (0, 0))
            sums[line.currency] = count + 1, amount + line.amount
    return [(code, *sums[code]) for code in sorted(sums)]


def _too_long(given: Sequence[Line]) -> tuple[int, int]:
    found = [line for line in given if line.is_too_long and line.is_bill and line.amount_kind == BILLED]
    return len(found), sum(line.amount or 0 for line in found)
