"""What `doctor` asks of the ledger: prices in use, models without one, whether it is empty."""

from __future__ import annotations

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
    """(source, version) of the price data in use, the newest version first."""
    rows = connection.execute(
        "SELECT DISTINCT prices_source, prices_version FROM rate ORDER BY prices_version DESC, prices_source"
    )
    return [(str(row[0]), str(row[1])) for row in rows]
