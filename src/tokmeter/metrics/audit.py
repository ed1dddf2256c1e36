"""Reported output against what its visible text explains: per model, week and response.

Every figure is in tokens. *Explained* is what a tokenizer (or a calibration) makes of the text and the calls
of a response; *logged* is the reported output without what the log itself calls reasoning.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from tokmeter.metrics.estimates import CUT_SUMS
from tokmeter.metrics.query import (
    ESTIMATED,
    OUTPUT_PARTIAL,
    TOKENIZED,
    Connection,
    Filter,
    selection,
)

SHORT = 0.3
"""A response with less than this part of what its text explains was cut short, whatever its stop reason."""
LEAST_EXCESS = 32
"""Tokens by which a response must exceed its text before that is called hidden thinking."""
WITHIN = 0.05

Predict = Callable[[str, int, int, "int | None"], tuple[int, int, float]]
"""Model, base tokens, tool calls, exact count if there is one → tokens, basis, p90 error as a share."""
Price = Callable[[int, int], "float | None"]
"""Rate and input tokens → nano-USD per output token, None where unpriced."""
Week = Callable[[int], str]
"""UTC milliseconds → the week they are in."""


class Response(NamedTuple):
    """One measured response."""

    ts: int
    model: str
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    flags: int
    rate_id: int | None
    base: int
    calls: int
    thinking_blocks: int
    final: int
    visible_tokens: int | None
    explained_tokens: int | None
    rewritten: int
    key: str
    path: str
    line: int

    @property
    def logged(self) -> int:
        """Reported output without reported reasoning."""
        return self.output_tokens - self.reasoning_tokens

    @property
    def exact(self) -> int | None:
        """What text, calls and shown thinking come to; where not all thinking is shown, text and calls."""
        return self.visible_tokens if self.explained_tokens is None else self.explained_tokens


class Checked(NamedTuple):
    """How the responses of one model agree with their text. `exact` is None where no exact count is here.

    `short`: responses logged far below their text, left out of both sums; `within`: those within 5 %.
    `error` is the p90 error that the method itself has (0: exact). `rewritten`: exact in the form that was
    billed, which the client changed for the log.
    """

    model: str
    responses: int
    checked: int
    basis: int
    error: float
    exact: int | None
    within: int
    short: int
    logged: int
    explained: int
    median_error: float
    rewritten: int


class Thinking(NamedTuple):
    """Output of one model and week that no visible text explains. `basis` 0: the log itself tells it.

    `error_tokens` is how much of `hidden` may be the method's own error; cost in nano-USD, None unpriced.
    """

    week: str
    model: str
    responses: int
    output_tokens: int
    hidden_tokens: int
    cost_nanousd: int | None
    basis: int
    error_tokens: int


class Outlier(NamedTuple):
    """A response whose count and text are far apart, with its place."""

    model: str
    ts: int
    logged: int
    explained: int
    key: str
    path: str
    line: int


class Cut(NamedTuple):
    """Responses of one model and client version without a final count, and the estimate beside them.

    `estimated` of the requests could be estimated, and `whole` of these miss nothing. `error` is the largest
    p90 error of the others; with `lower_bound` some of them thought without showing it.
    """

    model: str
    client_version: str
    requests: int
    logged_tokens: int
    estimated: int
    whole: int
    missing_tokens: int
    missing_nanousd: int
    unpriced: int
    error: float
    lower_bound: int


class Audit(NamedTuple):
    """Everything one audit found. `requests` whose counts a log reports, `measured` of these."""

    requests: int
    measured: int
    models: list[Checked]
    thinking: list[Thinking]
    outliers: list[Outlier]
    cut: list[Cut]


_RESPONSES = """SELECT e.ts, s.model, e.uncached_input_tokens + e.cache_read_input_tokens
        + e.cache_creation_5m_input_tokens + e.cache_creation_1h_input_tokens,
    e.output_tokens, e.reasoning_output_tokens, e.flags, e.rate_id, v.text_tokens + v.call_tokens, v.calls,
    v.thinking_blocks, v.final, v.visible_tokens, v.explained_tokens, v.rewritten, e.key, f.path, e.first_line
FROM entry e JOIN visible_output v ON v.entry_id = e.id AND v.file_id = e.file_id
JOIN sku s ON s.id = e.sku_id JOIN log_file f ON f.id = e.file_id
WHERE e.superseded = 0 AND e.count_basis = 0 AND e.ts >= ? AND e.ts < ?{chosen}
ORDER BY e.ts, e.key"""
_REQUESTS = """SELECT count(*) FROM entry e
WHERE e.superseded = 0 AND e.count_basis = 0 AND e.ts >= ? AND e.ts < ?{chosen}"""
_CUT = f"""SELECT s.model, o.client_version, count(*), sum(e.output_tokens), count(c.entry_id),
    {CUT_SUMS}
FROM entry e JOIN sku s ON s.id = e.sku_id JOIN origin o ON o.id = e.origin_id
LEFT JOIN cut_output c ON c.entry_id = e.id
WHERE e.superseded = 0 AND e.flags & {OUTPUT_PARTIAL} AND e.ts >= ? AND e.ts < ?{{chosen}}
GROUP BY 1, 2 ORDER BY 7 DESC, 3 DESC, 1, 2"""
_TELLING = """SELECT DISTINCT s.model FROM sku s
WHERE EXISTS (SELECT 1 FROM entry e WHERE e.sku_id = s.id AND e.reasoning_output_tokens > 0)"""


def audit(
    connection: Connection,
    where: Filter,
    predict: Predict,
    price: Price,
    week: Week,
    outliers: int = 20,
) -> Audit:
    """The audit of a selection."""
    chosen, values = selection(where)
    times = [where.start_ms, where.end_ms]
    requests = connection.execute(_REQUESTS.format(chosen=chosen), [*times, *values]).fetchone()[0]
    rows = [
        Response._make(row) for row in connection.execute(_RESPONSES.format(chosen=chosen), [*times, *values])
    ]
    telling = {row[0] for row in connection.execute(_TELLING)}
    models: dict[str, _Model] = {}
    thinking: dict[tuple[str, str], _Hidden] = {}
    for row in rows:
        model = models.setdefault(row.model, _Model(tells_reasoning=row.model in telling))
        model.responses += 1
        hidden = model.take(row, *predict(row.model, row.base, row.calls, row.exact))
        thinking.setdefault((week(row.ts), row.model), _Hidden()).take(row, hidden, price)
    return Audit(
        requests,
        len(rows),
        [found.checked(name) for name, found in sorted(models.items(), key=lambda item: -item[1].responses)],
        [found.row(*key) for key, found in sorted(thinking.items(), reverse=True) if found.hidden],
        sorted(
            (one for found in models.values() for one in found.outliers),
            key=lambda one: (-abs(one.logged - one.explained), one.key),
        )[:outliers],
        [Cut._make(row) for row in connection.execute(_CUT.format(chosen=chosen), [*times, *values])],
    )


class _Excess(NamedTuple):
    """Output of a response that its text does not explain, and how it is known."""

    tokens: int
    basis: int
    error: int


class _Model:
    """The responses of one model, one by one. `tells_reasoning`: its logs report what thinking used."""

    def __init__(self, *, tells_reasoning: bool) -> None:
        self._tells_reasoning = tells_reasoning
        self.responses = self.logged = self.explained = self.within = self.exact = self.short = (
            self.rewritten
        ) = 0
        self.basis = 0
        self.error = 0.0
        self.errors: list[float] = []
        self.outliers: list[Outlier] = []

    def take(self, row: Response, explained: int, basis: int, error: float) -> _Excess | None:
        """Check one response; the output that its text leaves unexplained, if any."""
        if self._tells_reasoning:
            if basis == TOKENIZED:
                self._check(row, explained, basis, error)
            return _Excess(row.reasoning_tokens, 0, 0) if row.reasoning_tokens else None
        if not row.final or row.flags & OUTPUT_PARTIAL or basis == ESTIMATED:
            return None
        excess = row.logged - explained
        if row.thinking_blocks and row.explained_tokens is None:
            return _Excess(excess, basis, round(explained * error)) if excess > 0 else None
        self._check(row, explained, basis, error)
        if excess > max(LEAST_EXCESS, explained * max(2 * error, 2 * WITHIN)):
            return _Excess(excess, basis, round(explained * error))
        return None

    def _check(self, row: Response, explained: int, basis: int, error: float) -> None:
        difference = row.logged - explained
        self.basis = max(self.basis, basis)
        self.error = max(self.error, error)
        self.exact += difference == 0
        self.rewritten += row.rewritten
        self.within += abs(difference) <= WITHIN * row.logged
        self.errors.append(abs(difference) / max(row.logged, 1))
        is_short = row.logged < SHORT * explained
        self.short += is_short
        if not is_short:
            self.logged += row.logged
            self.explained += explained
        if is_short or abs(difference) > max(LEAST_EXCESS, explained * max(2 * error, 2 * WITHIN)):
            self.outliers.append(
                Outlier(row.model, row.ts, row.logged, explained, row.key, row.path, row.line)
            )

    def checked(self, name: str) -> Checked:
        return Checked(
            name,
            self.responses,
            len(self.errors),
            self.basis,
            self.error,
            self.exact if self.basis == TOKENIZED else None,
            self.within,
            self.short,
            self.logged,
            self.explained,
            median(self.errors) if self.errors else 0.0,
            self.rewritten,
        )


class _Hidden:
    """What one model thought in one week."""

    def __init__(self) -> None:
        self.responses = self.output = self.hidden = self.basis = self.error = 0
        self.cost: float | None = 0.0

    def take(self, row: Response, excess: _Excess | None, price: Price) -> None:
        self.output += row.output_tokens
        if excess is None:
            return
        self.responses += 1
        self.hidden += excess.tokens
        self.basis = max(self.basis, excess.basis)
        self.error += excess.error
        unit = None if row.rate_id is None else price(row.rate_id, row.input_tokens)
        self.cost = None if unit is None or self.cost is None else self.cost + unit * excess.tokens

    def row(self, week: str, model: str) -> Thinking:
        cost = None if self.cost is None else round(self.cost)
        return Thinking(week, model, self.responses, self.output, self.hidden, cost, self.basis, self.error)
