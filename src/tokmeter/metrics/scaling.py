"""How many tokens of its own a model makes of a text that is a token by o200k.

Pieces of a context are counted by o200k, whatever the model. What a response said is counted both ways,
where the model's own tokenizer is at hand: that gives the factor for everything else it was sent.

A response also has tokens that are no text: some for itself and some for each call. They are told apart
(own = factor * base + per call * calls + constant, least squares weighted by 1 / base), because a plain ratio
of the sums takes them for text: over real logs of five Claude models it was 1 to 20 % above what logged
input grew by from one request to the next, the slope 1 to 4 % below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

LEAST_RESPONSES = 20
LEAST_TOKENS = 2_000
"""Fewer responses, or responses of fewer tokens by o200k all together, are no measurement."""
LEAST_FACTOR, MOST_FACTOR = 0.5, 3.0
"""A factor beyond these is no tokenizer's but a fault of the data."""

Counted = tuple[str, int, int, int]
"""A response: model, tokens by its own tokenizer, by o200k, number of calls."""


class Scale(NamedTuple):
    """A model's tokens for one of o200k, and how that is known.

    Bases: `exact` (o200k is its tokenizer), `measured` (on `responses` in the ledger), `given` (by the
    caller: a calibration, or what is shipped), `unscaled` (nothing is known: the factor is 1). `error`: nine
    of ten responses are off by no more than this share; None where nobody knows.
    """

    factor: float
    basis: str
    error: float | None = None
    responses: int = 0


UNSCALED = Scale(1.0, "unscaled")


def scales(models: Iterable[str], rows: Iterable[Counted], given: Mapping[str, Scale]) -> dict[str, Scale]:
    """The scale of each model: exact where that is given, else measured, else given, else none."""
    own = measured(rows)
    found = {}
    for model in models:
        told = given.get(model)
        if told is not None and not _is_plausible(told.factor):
            told = None
        if told is not None and told.basis == "exact":
            found[model] = told
        else:
            found[model] = own.get(model) or told or UNSCALED
    return found


def measured(rows: Iterable[Counted]) -> dict[str, Scale]:
    """The factors that responses give, by model."""
    counted: dict[str, list[tuple[int, int, int]]] = {}
    for model, own, base, calls in rows:
        if own > 0 and base > 0:
            counted.setdefault(model, []).append((own, base, calls))
    found = {}
    for model, responses in counted.items():
        if len(responses) < LEAST_RESPONSES or sum(base for _, base, _ in responses) < LEAST_TOKENS:
            continue
        factor, per_call, constant = _fitted(responses)
        if _is_plausible(factor):
            errors = sorted(
                abs(factor * base + per_call * calls + constant - own) / own for own, base, calls in responses
            )
            error = errors[(len(errors) * 9 - 1) // 10]
            found[model] = Scale(factor, "measured", error, len(responses))
    return found


def _is_plausible(factor: float) -> bool:
    return LEAST_FACTOR <= factor <= MOST_FACTOR


def _fitted(responses: Sequence[tuple[int, int, int]]) -> tuple[float, float, float]:
    """Factor, tokens per call, constant. With too little variety for them: the ratio of the sums alone."""
    for columns in ((0, 1, 2), (0, 2)):
        solved = _solved(responses, columns)
        if solved is not None and _is_plausible(solved[0]):
            return solved[0], solved[1] if len(solved) > 2 else 0.0, solved[-1]
    return sum(own for own, _, _ in responses) / sum(base for _, base, _ in responses), 0.0, 0.0


def _solved(responses: Sequence[tuple[int, int, int]], columns: Sequence[int]) -> list[float] | None:
    """Least squares over some of (base, calls, 1); None where they cannot be told apart."""
    size = len(columns)
    matrix = [[0.0] * (size + 1) for _ in columns]
    for own, base, calls in responses:
        values = [(base, calls, 1)[column] for column in columns]
        for left, row in zip(values, matrix, strict=True):
            for n, right in enumerate((*values, own)):
                row[n] += left * right / base
    return _eliminated(matrix)


def _eliminated(matrix: list[list[float]]) -> list[float] | None:
    """The solution of a small system of equations; None where it has none of its own."""
    size = len(matrix)
    for n in range(size):
        pivot = max(range(n, size), key=lambda row: abs(matrix[row][n]))
        matrix[n], matrix[pivot] = matrix[pivot], matrix[n]
        largest = max(map(abs, matrix[n]), default=0.0)
        if abs(matrix[n][n]) <= 1e-9 * largest:
            return None
        for row in range(size):
            if row != n:
                part = matrix[row][n] / matrix[n][n]
                matrix[row] = [a - part * b for a, b in zip(matrix[row], matrix[n], strict=True)]
    return [matrix[n][size] / matrix[n][n] for n in range(size)]
