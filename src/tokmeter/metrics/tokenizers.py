"""Which models were seen, and how exact counts of their logged text have been."""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import NamedTuple

from tokmeter.ledger.calibrations import calibration_samples
from tokmeter.metrics.query import Connection


class ModelSeen(NamedTuple):
    """A model in the ledger, over all time; `tokens` is everything it read and wrote."""

    model: str
    requests: int
    tokens: int


class ExactCheck(NamedTuple):
    """Logged output against the exact count of its visible text. `exact` of `messages` agree to the token.

    `median_error` and `p90_error` are those of single messages, as shares of what was logged.
    """

    messages: int
    exact: int
    median_error: float
    p90_error: float


_SEEN = """SELECT s.model, sum(g.requests), sum(g.tokens) FROM (
    SELECT sku_id, count(*) AS requests, sum(uncached_input_tokens + cache_read_input_tokens
        + cache_creation_5m_input_tokens + cache_creation_1h_input_tokens + output_tokens) AS tokens
    FROM entry WHERE superseded = 0 GROUP BY sku_id
) g JOIN sku s ON s.id = g.sku_id GROUP BY 1 ORDER BY 3 DESC, 1"""

# The responses that the audit holds against their text (metrics/audit.py); a test holds both equal.
_CHECKED = """SELECT s.model, v.explained_tokens, e.output_tokens - e.reasoning_output_tokens
FROM visible_output v JOIN entry e ON e.id = v.entry_id AND e.file_id = v.file_id
JOIN sku s ON s.id = e.sku_id
WHERE v.explained_tokens IS NOT NULL AND e.superseded = 0 AND e.count_basis = 0
    AND v.final = 1 AND e.flags & 1 = 0"""


def models_seen(connection: Connection) -> list[ModelSeen]:
    """Every model with a request in the ledger, the most used first."""
    return [ModelSeen._make(row) for row in connection.execute(_SEEN)]


def fit_samples(connection: Connection) -> dict[str, int]:
    """By model, how many measured responses a fit could be made on."""
    return dict(Counter(row[0] for row in calibration_samples(connection)))


def exact_checks(connection: Connection) -> dict[str, ExactCheck]:
    """By model, how exact counts agree with what was logged; only of logs whose text was measured."""
    errors: dict[str, list[float]] = {}
    for model, counted, logged in connection.execute(_CHECKED):
        errors.setdefault(model, []).append(abs(counted - logged) / max(logged, 1))
    return {model: _check(sorted(found)) for model, found in errors.items()}


def _check(errors: list[float]) -> ExactCheck:
    half, most = (errors[ceil(share * len(errors)) - 1] for share in (0.5, 0.9))
    return ExactCheck(len(errors), sum(error == 0 for error in errors), half, most)
