"""What a call history tells of a response beyond its entry, and the lines of provider statements.

Times in UTC milliseconds, money in nano-USD, counts in tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

# Whose counts win when one call stands in several histories, best first. Append only: the index is on disk.
EVIDENCE = ("response", "gateway", "transcript", "telemetry", "undated", "cut", "counted")
TRANSCRIPT = EVIDENCE.index("transcript")
TELEMETRY = EVIDENCE.index("telemetry")
CUT = EVIDENCE.index("cut")

# What a recorded cost is. Append only: the index is on disk.
COST_KINDS = ("billed", "estimated", "list")
BILLED = COST_KINDS.index("billed")


DIMENSIONS = (
    "service_tier",
    "speed",
    "inference_geo",
    "context_window",
    "project",
    "api_key",
    "user",
)
"""What an export may be grouped by, besides the model."""


class CallFact(NamedTuple):
    """One call of a history, beside its entry.

    `twin_key` is the key under which the same response stands in an assistant's transcript, or would stand
    in another history; None where nothing names the response. `count_error`: the p90 error, as a share, of
    counts that were made from text; None where all are reported.
    """

    key: str
    twin_key: str | None
    evidence: int
    cost_kind: int | None
    latency_ms: int | None
    api_key: str | None
    user: str | None
    count_error: float | None = None


class StatementLine(NamedTuple):
    """One bucket of a provider's statement, in the order of the table `statement`.

    `amount_nano` is charged money in `currency`; token columns are disjoint, as in an entry.
    """

    key: str
    format: str
    provider: str
    model: str
    model_raw: str
    start_ms: int
    end_ms: int
    uncached_input_tokens: int
    cache_read_input_tokens: int
    cache_creation_5m_input_tokens: int
    cache_creation_1h_input_tokens: int
    output_tokens: int
    reasoning_output_tokens: int
    web_searches: int
    requests: int | None
    amount_nano: int | None
    amount_kind: int | None
    currency: str
    kind: str
    service_tier: str
    speed: str
    inference_geo: str
    context_window: str
    project: str
    api_key: str
    user: str
    line: int


def finest_view(lines: Sequence[T], about: Callable[[T], tuple[int, str, Iterable[str]]]) -> list[T]:
    """Of one day's lines from exports that group the same usage differently, those that tell it once.

    `about` gives a line's file, its model ('' where none is named) and the names of the dimensions it fills.
    A file without any model is another view of files that name them. Of files that tell of the same model,
    those with the most dimensions are kept, all of the same ones: the pages of one export add up.
    """
    told = [(line, *about(line)) for line in lines]
    dimensions: dict[int, set[str]] = {}
    for _, file, model, filled in told:
        dimensions.setdefault(file, set()).update(filled, ("model",) if model else ())
    if any("model" in filled for filled in dimensions.values()):
        told = [one for one in told if "model" in dimensions[one[1]]]
    finest: dict[str, tuple[int, list[str]]] = {}
    for _, file, model, _ in told:
        finest[model] = max(finest.get(model, (-1, [])), _fineness(dimensions[file]))
    return [line for line, file, model, _ in told if _fineness(dimensions[file]) == finest[model]]


def _fineness(dimensions: set[str]) -> tuple[int, list[str]]:
    return len(dimensions), sorted(dimensions)
