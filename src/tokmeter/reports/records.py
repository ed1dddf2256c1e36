"""Answers as JSON values and as flat records. Token counts are integers, money is exact."""

from __future__ import annotations

from collections.abc import Iterable

from tokmeter.core.money import as_json
from tokmeter.core.spans import ALL, FIRST_YEAR, Period, iso
from tokmeter.metrics.cache import hit_rate
from tokmeter.metrics.totals import Sums
from tokmeter.reports.document import Column, Table, Value

TOKEN_KEYS = (
    "input_tokens",
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "total_tokens",
)


def sums_data(sums: Sums) -> dict[str, object]:
    """Sums in JSON; every report uses the same keys."""
    rate = hit_rate(sums)
    data: dict[str, object] = {"requests": sums.requests}
    data.update((key, getattr(sums, key)) for key in TOKEN_KEYS)
    data["web_searches"] = sums.web_searches
    data["cache_hit_rate"] = round(rate[0] / rate[1], 6) if rate else None
    data["list_cost"] = as_json(sums.list_cost_nanousd)
    data["unpriced_requests"] = sums.unpriced_requests
    data["unpriced_tokens"] = sums.unpriced_tokens
    data["estimated_requests"] = sums.estimated_requests
    data["tokenized_requests"] = sums.tokenized_requests
    data["calibrated_requests"] = sums.calibrated_requests
    data["estimated_list_cost"] = as_json(sums.estimated_nanousd)
    data["output_partial_requests"] = sums.partial_requests
    return data


def period_data(period: Period | None) -> dict[str, object] | None:
    """A period in JSON: `end` is excluded, `last_day` included; None at an end that is open."""
    if period is None:
        return None
    ended = period.kind != ALL
    begun = ended and period.first_day.year >= FIRST_YEAR
    return {
        "kind": period.kind,
        "label": period.label,
        "start": iso(period.start_ms) if begun else None,
        "end": iso(period.end_ms) if ended else None,
        "first_day": period.first_day.isoformat() if begun else None,
        "last_day": period.last_day.isoformat() if ended else None,
        "time_zone": zone_name(period),
    }


def zone_name(period: Period) -> str:
    """The name of the zone that days are cut in."""
    return str(getattr(period.tz, "key", None) or period.tz)


RECORD_COLUMNS = (
    Column("requests", "requests", "count"),
    *(Column(key, key, "count") for key in TOKEN_KEYS),
    Column("web_searches", "web_searches", "count"),
    Column("list_cost_nanousd", "list_cost_nanousd", "count"),
    Column("unpriced_requests", "unpriced_requests", "count"),
    Column("unpriced_tokens", "unpriced_tokens", "count"),
    Column("estimated_requests", "estimated_requests", "count"),
)


def record_table(keys: Iterable[str], rows: Iterable[tuple[tuple[str, ...], Sums]]) -> Table:
    """One flat row for each group: what names it, then its sums; an unknown cost stays empty."""
    columns = (*(Column(key, key, "text") for key in keys), *RECORD_COLUMNS)
    filled: list[tuple[Value, ...]] = []
    for names, sums in rows:
        figures = [getattr(sums, column.key) for column in RECORD_COLUMNS]
        filled.append((*names, *figures))
    return Table("records", "", columns, tuple(filled))
