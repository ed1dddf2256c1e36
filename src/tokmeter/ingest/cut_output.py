"""Output that a log cut short: what its visible text says it was, and what the missing part would cost.

Beside the totals, never inside them: a logged count is a fact. Derived from what was measured, so it is
made anew after each measuring, calibration and repricing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from tokmeter.ledger.cut_output import CutRow, Estimate, cut_responses, keep_cut_output
from tokmeter.ledger.rates import RATE_BY_ID
from tokmeter.pricing.cost import pricer
from tokmeter.pricing.rates import rate_from_row
from tokmeter.tokenization.prediction import Predictor

Price = Callable[..., "int | None"]


def refresh_cut_output(connection: sqlite3.Connection, predictor: Predictor) -> int:
    """Estimate anew every response without a final count; how many there are. Call inside a transaction."""
    prices: dict[int | None, Price] = {}
    found: list[Estimate] = []
    for row in cut_responses(connection):
        tokens, basis, error, is_least = _whole_output(row, predictor)
        # What is missing by less than the method's own error may be there.
        missing = 0 if row.output_tokens >= (1 - error) * tokens else tokens - row.output_tokens
        if row.rate_id not in prices:
            prices[row.rate_id] = _price(connection, row)
        cost = _missing_cost(prices[row.rate_id], row, missing)
        found.append((row.entry_id, tokens, missing, cost, basis, error, is_least))
    keep_cut_output(connection, found)
    return len(found)


def _whole_output(row: CutRow, predictor: Predictor) -> tuple[int, int, float, bool]:
    """What the output came to: tokens, basis, p90 error; and whether thinking is missing in them."""
    exact = row.visible_tokens if row.explained_tokens is None else row.explained_tokens
    counted = predictor.output(row.model, row.base, row.calls, exact)
    if row.explained_tokens is not None or not row.thinking_blocks:
        return *counted, False
    shown = predictor.text(row.model, row.thinking_tokens)
    return (
        counted.tokens + shown.tokens,
        max(counted.basis, shown.basis),
        max(counted.error, shown.error),
        True,
    )


def _price(connection: sqlite3.Connection, row: CutRow) -> Price:
    found = connection.execute(RATE_BY_ID, (row.rate_id,)).fetchone()
    return (lambda *_: None) if found is None else pricer(rate_from_row(*found))


def _missing_cost(price: Price, row: CutRow, missing: int) -> int | None:
    """What the missing tokens add to the cost of this very request: its tier is decided by its input."""
    logged = price(*row.input_counts, row.output_tokens, row.reasoning_tokens, 0)
    whole = price(*row.input_counts, row.output_tokens + missing, row.reasoning_tokens, 0)
    return None if logged is None or whole is None else whole - logged
