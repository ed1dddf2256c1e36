"""How a model's tokens follow from those of another tokenizer, fitted on messages whose count was logged.

`tokens = slope * base + per_call * calls + constant`, by the least sum of relative errors, found by
iteratively reweighted least squares. Three things make it hold on real logs:

- Some logged counts are partial (31 for a call of 5,000). One such row has a relative error of 160 and
  drags any fit to zero, so rows whose logged count is under 0.3 or over 3 times what it should be are put
  aside: first by the median of logged / base (of those with 0.3 tokens at least for each of the base), then
  by the fit itself until that settles.
- The least relative error lies a little below the truth. Estimates are mostly added up, so the fit is
  scaled until its sum is the logged one, as far as that takes a few per cent. More is no matter of the
  fit: then the counts hold something that the text does not (thinking without a trace in the log).
- The error stated is that of messages the fit has not seen: they are dealt into five parts, and each part
  is estimated by a fit on the other four. Sessions stay whole where there are enough of them.

The result does not depend on the order of the samples, but for which are the newest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from math import ceil
from typing import NamedTuple

from tokmeter.core.usage import MAX_TOKENS
from tokmeter.tokenization._interface import Calibration

NEEDED = 20
"""Usable messages below which nothing is fitted. Five give errors a quarter larger; over 80 gain nothing."""
MOST = 2_000
"""The newest samples that are looked at."""
LEAST_RATIO, MOST_RATIO = 0.3, 3.0
"""Logged / estimated, outside of which a row is put aside."""
LEAST_SLOPE, MOST_SLOPE = 0.5, 3.0
"""Beyond these it is no tokenizer that makes the difference: known ones lie between 0.96 and 1.69."""

_FOLDS = 5
_SESSIONS = 6
"""With fewer sessions, messages are dealt one by one."""
_TELLING = 5
"""Messages that must differ from the rest in their number of calls for a call's own price to be fitted."""
_ROUNDS = 40
_SETTLED = 1e-6
_KNEE = 0.05
"""Relative errors below this count by their square: about what one message scatters. Without it a fit on few
messages runs exactly through three of them, and wanders with each one that is left out."""
_MOST_SCALE = 0.05
_SINGULAR = 1e-9

_SLOPE, _PER_CALL, _CONSTANT = range(3)
_Parameters = tuple[float, float, float]


class Sample(NamedTuple):
    """A message whose logged count can be trusted as far as the log tells: final, and without thinking.

    `base` is its visible text and calls by the base tokenizer, `calls` the number of its tool calls; `base`
    and `logged` in tokens. Messages of one `session` resemble each other.
    """

    session: str
    base: int
    calls: int
    logged: int


def fit(family: str, base: str, samples: Sequence[Sample], now_ms: int) -> Calibration | None:
    """The calibration of `family` over the tokenizer `base`; None where too few messages can be used.

    `samples` oldest first; the newest MOST are looked at. None below NEEDED usable messages, and where more
    are put aside than kept, or the slope is none: then the counts are not of what the logs hold. `now_ms` is
    only noted.
    """
    sound = sorted(sample for sample in samples[-MOST:] if _is_sound(sample))
    usable = _usable(sound)
    if len(usable) < NEEDED or 2 * len(usable) < len(sound):
        return None
    slope, per_call, constant = _solve(usable)
    if not LEAST_SLOPE <= slope <= MOST_SLOPE:
        return None
    median_error, p90_error, bias = _held_out(usable)
    return Calibration(
        family, base, slope, per_call, constant, len(usable), median_error, p90_error, bias, now_ms
    )


def _is_sound(sample: Sample) -> bool:
    """Whether it says anything: both counts are there, and are counts that a response can have."""
    return (
        1 <= sample.base <= MAX_TOKENS
        and 1 <= sample.logged <= MAX_TOKENS
        and 0 <= sample.calls <= MAX_TOKENS
    )


def _usable(sound: Sequence[Sample]) -> list[Sample]:
    """Those whose logged count is about what it should be, found without trusting any single one."""
    ratios = [sample.logged / sample.base for sample in sound]
    likely = [ratio for ratio in ratios if ratio >= LEAST_RATIO]
    if not likely:
        return []
    ratio = quantile(likely, 0.5)
    kept = _near(sound, (ratio, 0.0, 0.0))
    for _ in range(_FOLDS):
        if len(kept) < NEEDED:
            break
        again = _near(sound, _solve(kept))
        if again == kept:
            break
        kept = again
    return kept


def _near(samples: Sequence[Sample], parameters: _Parameters) -> list[Sample]:
    return [
        sample
        for sample in samples
        if LEAST_RATIO <= sample.logged / max(1.0, _estimate(parameters, sample)) <= MOST_RATIO
    ]


def _held_out(usable: Sequence[Sample]) -> tuple[float, float, float]:
    """Median and 90th percentile of single errors, and the error of the sum (signed), as shares."""
    pairs: list[tuple[int, int]] = []
    parts = _dealt(usable)
    for part in parts:
        parameters = _solve([sample for other in parts if other is not part for sample in other])
        pairs += [(max(0, round(_estimate(parameters, sample))), sample.logged) for sample in part]
    errors = [abs(estimate / logged - 1) for estimate, logged in pairs]
    bias = sum(estimate for estimate, _ in pairs) / sum(logged for _, logged in pairs) - 1
    return quantile(errors, 0.5), quantile(errors, 0.9), bias


def _dealt(usable: Sequence[Sample]) -> list[list[Sample]]:
    """The messages in five parts, always the same ones.

    By session, the largest first into the smallest part, where there are enough and none holds most of the
    messages: a fit that lacks most of the messages says little about the one that has them all.
    """
    sessions: dict[str, list[Sample]] = defaultdict(list)
    for sample in usable:
        sessions[sample.session].append(sample)
    if len(sessions) < _SESSIONS or 2 * max(map(len, sessions.values())) > len(usable):
        shuffled = sorted(usable, key=lambda sample: (_shuffle(ascii(tuple(sample))), sample))
        return [shuffled[start::_FOLDS] for start in range(_FOLDS)]
    parts: list[list[Sample]] = [[] for _ in range(_FOLDS)]
    for name in sorted(sessions, key=lambda name: (-len(sessions[name]), _shuffle(ascii(name)), name)):
        min(parts, key=len).extend(sessions[name])
    return parts


def _shuffle(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()


def _solve(samples: Sequence[Sample]) -> _Parameters:
    """The parameters of the least relative error. `samples` are sound, and there is one at least."""
    ratio = quantile((sample.logged / sample.base for sample in samples), 0.5)
    for columns in _columns(samples):
        found = _reweighted(samples, columns, ratio)
        if found is not None and found[_SLOPE] > 0:
            return _scaled(found, samples)
    return _scaled((ratio, 0.0, 0.0), samples)


def _columns(samples: Sequence[Sample]) -> list[tuple[int, ...]]:
    """Which parameters the messages can tell apart, the most first; what cannot be solved falls to the next.

    A call's price and the constant are told apart by messages with different numbers of calls. Where all
    but a few have the same, the price stands for both if these hold calls, else the constant. Where all have
    the same base, or grow with their calls, the slope alone is left.
    """
    (usual, count), *_ = Counter(sample.calls for sample in samples).most_common(1)
    fewer = (_SLOPE, _PER_CALL) if usual else (_SLOPE, _CONSTANT)
    if len(samples) - count < _TELLING:
        return [fewer, (_SLOPE,)]
    return [(_SLOPE, _PER_CALL, _CONSTANT), fewer, (_SLOPE,)]


def _reweighted(samples: Sequence[Sample], columns: Sequence[int], ratio: float) -> _Parameters | None:
    """The robust fit of these columns: least squares, weighted by the last errors; None if singular."""
    parameters: _Parameters = (ratio, 0.0, 0.0)
    for _ in range(_ROUNDS):
        solved = _weighted(samples, columns, parameters)
        if solved is None:
            return None
        moved = max(abs(new - old) / (1 + abs(new)) for new, old in zip(solved, parameters, strict=True))
        parameters = solved
        if moved < _SETTLED:
            break
    return parameters


def _weighted(
    samples: Sequence[Sample], columns: Sequence[int], parameters: _Parameters
) -> _Parameters | None:
    """One round: the normal equations of all three columns, of which `columns` are solved."""
    slope, per_call, constant = parameters
    bb = bc = b1 = cc = c1 = one = by = cy = y = 0.0
    for _, base, calls, logged in samples:
        error = abs(slope * base + per_call * calls + constant - logged)
        weight = 1 / (logged * max(error, _KNEE * logged))
        wb, wc = weight * base, weight * calls
        bb += wb * base
        bc += wb * calls
        b1 += wb
        cc += wc * calls
        c1 += wc
        one += weight
        by += wb * logged
        cy += wc * logged
        y += weight * logged
    matrix = ((bb, bc, b1), (bc, cc, c1), (b1, c1, one))
    right = (by, cy, y)
    solved = _gauss([[matrix[i][j] for j in columns] for i in columns], [right[i] for i in columns])
    if solved is None:
        return None
    found = dict(zip(columns, solved, strict=True))
    return found[_SLOPE], found.get(_PER_CALL, 0.0), found.get(_CONSTANT, 0.0)


def _gauss(matrix: list[list[float]], right: list[float]) -> list[float] | None:
    """The solution of a small symmetric system; None where its columns depend on each other.

    Scaled to ones on the diagonal first, so that columns of tokens and of calls are alike.
    """
    size = len(right)
    if any(matrix[i][i] <= 0 for i in range(size)):
        return None
    scale = [matrix[i][i] ** -0.5 for i in range(size)]
    rows = [
        [matrix[i][j] * scale[i] * scale[j] for j in range(size)] + [right[i] * scale[i]] for i in range(size)
    ]
    for i in range(size):
        pivot = max(range(i, size), key=lambda row, i=i: abs(rows[row][i]))  # type: ignore[misc]
        rows[i], rows[pivot] = rows[pivot], rows[i]
        if abs(rows[i][i]) < _SINGULAR:
            return None
        for j in range(size):
            if j != i:
                factor = rows[j][i] / rows[i][i]
                rows[j] = [value - factor * above for value, above in zip(rows[j], rows[i], strict=True)]
    return [rows[i][size] / rows[i][i] * scale[i] for i in range(size)]


def _scaled(parameters: _Parameters, samples: Sequence[Sample]) -> _Parameters:
    """The parameters, times what makes the sum of the estimates the logged one, within a few per cent."""
    estimated = sum(max(0.0, _estimate(parameters, sample)) for sample in samples)
    if estimated <= 0:
        return parameters
    factor = sum(sample.logged for sample in samples) / estimated
    factor = min(1 + _MOST_SCALE, max(1 - _MOST_SCALE, factor))
    slope, per_call, constant = parameters
    return slope * factor, per_call * factor, constant * factor


def _estimate(parameters: _Parameters, sample: Sample) -> float:
    slope, per_call, constant = parameters
    return slope * sample.base + per_call * sample.calls + constant


def quantile(values: Iterable[float], share: float) -> float:
    """The least of the values that at least `share` of them do not exceed; there is one at least."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
