"""What `doctor` asks of the ledger: prices in use, models without one, whether it is empty."""

from __future__ import annotations

import re
from typing import NamedTuple

from tokmeter.metrics.query import Connection


class UnpricedModel(NamedTuple):
    """A model with usage that has no price; `tokens` is all of that usage."""

    provider: str
    model: str
    entries: int
    tokens: int


def has_entries(connection: Connection) -> bool:
    """Whether there is any entry at all, without counting them."""
    return connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone() is not None


def unpriced_models(connection: Connection) -> list[UnpricedModel]:
    """Models with usage that has no price, the most used first."""
    rows = connection.execute(
        "SELECT provider, model, count(*), sum(total_tokens) FROM entries WHERE list_cost_nanousd IS NULL "
        "GROUP BY provider, model ORDER BY 4 DESC, 1, 2"
    )
    return [UnpricedModel._make(row) for row in rows]


def price_versions(connection: Connection) -> list[tuple[str, str]]:
    """(source, version) of the price data that entries are priced with, the newest version first."""
    rows = connection.execute(
        f"""SELECT DISTINCT prices_source, prices_version FROM rate WHERE {_PRICED}
            AND id IN (SELECT rate_id FROM entry WHERE superseded = 0) ORDER BY 1"""
    )
    return sorted(((str(row[0]), str(row[1])) for row in rows), key=_by_number, reverse=True)


def newest_prices(connection: Connection, start_ms: int, end_ms: int) -> tuple[str, str] | None:
    """(source, version) of the price data behind the newest priced entry of a time: one step on its index."""
    row = connection.execute(
        f"""SELECT r.prices_source, r.prices_version FROM entry e INDEXED BY entry_ts
            CROSS JOIN rate r ON r.id = e.rate_id
            WHERE e.ts >= ? AND e.ts < ? AND e.superseded = 0 AND {_PRICED} ORDER BY e.ts DESC LIMIT 1""",
        (start_ms, end_ms),
    ).fetchone()
    return (str(row[0]), str(row[1])) if row else None


_PRICED = "prices_source NOT IN ('none', 'free')"


def _by_number(named: tuple[str, str]) -> tuple[list[str | int], str]:
    """The version with its numbers as numbers: 0.10 is newer than 0.9."""
    parts = re.split(r"(\d+)", named[1])
    return [int(part) if n % 2 else part for n, part in enumerate(parts)], named[0]
