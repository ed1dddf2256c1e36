"""How far the figures can be trusted: what was estimated, unpriced, cut short, guessed or unreadable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokmeter.metrics.query import Connection, Filter, problem_counts
from tokmeter.metrics.totals import Sums

if TYPE_CHECKING:
    from tokmeter.metrics.estimates import CutOutput

UNREADABLE_LINES = ("line-unreadable", "line-shape")
UNREADABLE_PLACES = ("file-unreadable", "folder-unreadable", "zstd-missing")
DOUBTFUL_RECORDS = ("count-invalid", "timestamp-missing", "timestamp-implausible", "key-collision")


class Unpriced(NamedTuple):
    """A model with requests that no price was found for."""

    model: str
    requests: int
    tokens: int


class Integrity(NamedTuple):
    """Caveats of one report. Requests are of its period; problems are of all logs, whatever the period."""

    requests: int
    estimated_requests: int
    estimated_nanousd: int
    partial_requests: int
    fork_guessed_requests: int
    model_guessed_requests: int
    unpriced: tuple[Unpriced, ...]
    problems: dict[str, int]
    later_requests: int = 0
    tokenized_requests: int = 0
    calibrated_requests: int = 0
    input_partial_requests: int = 0
    worst_error: float = 0.0
    cut: CutOutput | None = None

    @property
    def unreadable_lines(self) -> int:
        """Lines of logs that are no record."""
        return sum(self.problems.get(code, 0) for code in UNREADABLE_LINES)

    @property
    def unreadable_places(self) -> int:
        """Files and folders that could not be read."""
        return sum(self.problems.get(code, 0) for code in UNREADABLE_PLACES)

    @property
    def doubtful_records(self) -> int:
        """Records with a count or a time that cannot be true."""
        return sum(self.problems.get(code, 0) for code in DOUBTFUL_RECORDS)

    @property
    def waiting_records(self) -> int:
        """Records with text and no counts, which a tokenizer may count one day."""
        return self.problems.get("needs-tokenizing", 0)


def integrity(
    connection: Connection,
    where: Filter,
    total: Sums,
    by_model: dict[str, Sums],
    later_requests: int = 0,
    *,
    whole: bool = False,
) -> Integrity:
    """The caveats of sums that were already made; asks the ledger for the problems.

    `whole`: the sums are those of all that `where` selects, so that it can be asked how sure they are.
    """
    problems: dict[str, int] = {}
    for (_, code), count in problem_counts(connection, where.sources).items():
        problems[code] = problems.get(code, 0) + count
    unpriced = sorted(
        (
            Unpriced(model, sums.unpriced_requests, sums.unpriced_tokens)
            for model, sums in by_model.items()
            if sums.unpriced_requests
        ),
        key=lambda row: (-row.tokens, row.model),
    )
    return Integrity(
        total.requests,
        total.estimated_requests,
        total.estimated_nanousd,
        total.partial_requests,
        total.fork_guessed_requests,
        total.model_guessed_requests,
        tuple(unpriced),
        problems,
        later_requests,
        total.tokenized_requests,
        total.calibrated_requests,
        total.input_partial_requests,
        *(_estimates(connection, where, total) if whole else (0.0, None)),
    )


def _estimates(connection: Connection, where: Filter, total: Sums) -> tuple[float, CutOutput | None]:
    """The worst error of counts made from text, and the estimate of output cut short."""
    if not (total.partial_requests or total.estimated_requests > total.tokenized_requests):
        return 0.0, None
    from tokmeter.metrics.estimates import cut_output, worst_error  # noqa: PLC0415 - most reports have none

    return worst_error(connection, where), cut_output(connection, where)
