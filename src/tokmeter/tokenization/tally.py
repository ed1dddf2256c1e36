"""Many texts counted for several models at once: each text once a tokenizer, on two cores where that pays."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.core.usage import CALIBRATED, ESTIMATED, TOKENIZED
from tokmeter.core.workers import pool as workers_pool
from tokmeter.tokenization._interface import Calibration
from tokmeter.tokenization.counting import Counter

if TYPE_CHECKING:
    from concurrent.futures import Future

BATCH = 256 * 1024
"""Characters that are counted in one go: small files are taken together."""
PARALLEL = 2 * 1024 * 1024
"""From so many characters on two more processes count. They start in about 0.1 s, the time of 1 MB."""
AHEAD = 6
"""Batches being counted or waiting, which bounds memory; enough that no process waits for the reader."""


class Gauge(NamedTuple):
    """How one model's tokens follow from a tokenizer's: `slope` of its own for each of them.

    `basis` indexes COUNT_BASES of core/usage.py; `error` is a share (0: exact). `source` says where the
    tokenizer's data came from; `wanted` names the exact one where this is another.
    """

    model: str
    tokenizer: str
    basis: int
    error: float = 0.0
    fit: Calibration | None = None
    source: str = ""
    wanted: str = ""

    def tokens(self, base: int) -> int:
        """The model's tokens of a text that has `base` by the tokenizer."""
        return base if self.fit is None else round(self.fit.slope * base)


def gauge(counter: Counter, model: str) -> Gauge:
    """How `counter` counts a plain text for `model`; equal to `counter.count`, which counts one text."""
    from tokmeter.tokenization.tokenizers import source_of  # noqa: PLC0415 - brings the tokenizers

    choice = counter.how(model)
    if choice.exact:
        return Gauge(model, choice.tokenizer, TOKENIZED, 0.0, None, choice.source)
    fit = counter.fit_of(model)
    if fit is not None:
        error = counter.error_of(model)
        return Gauge(model, fit.base, CALIBRATED, error, fit, source_of(fit.base), choice.wanted)
    return Gauge(
        model, choice.tokenizer, ESTIMATED, counter.error_of(model), None, choice.source, choice.wanted
    )


def file_gauge(name: str, tokenizer: str) -> Gauge:
    """A column of its own for a tokenizer, such as `file:/models/tokenizer.json`."""
    from tokmeter.tokenization.tokenizers import source_of  # noqa: PLC0415 - brings the tokenizers

    return Gauge(name, tokenizer, TOKENIZED, 0.0, None, source_of(tokenizer))


class Part(NamedTuple):
    """A piece of a text: whose (a number that the caller gives), and how many bytes it was."""

    owner: int
    text: str
    bytes: int


class PartCounts(NamedTuple):
    """The same, counted: `tokens` by each of the tokenizers, in their order."""

    owner: int
    bytes: int
    characters: int
    lines: int
    tokens: tuple[int, ...]


def count_parts(
    parts: Iterable[Part], tokenizers: Sequence[str], *, workers: int | None = None
) -> Iterator[PartCounts]:
    """Count every part by every tokenizer; parts come back in their order, and are read as they are needed.

    `workers` processes beside this one count, 0: none; else as many as the amount of text is worth. Raises
    UnknownTokenizerError before the first part is read.
    """
    from tokmeter.tokenization.tokenizers import load  # noqa: PLC0415 - brings the tokenizers

    for name in tokenizers:
        load(name)
    batches = _batches(parts)
    if workers is None:
        # Only reading on tells how much there is: standard input does not say.
        first = _first(batches)
        many = sum(len(part.text) for batch in first for part in batch) >= PARALLEL
        workers = 2 if many and (os.cpu_count() or 1) > 1 else 0
        batches = chain(first, batches)
    if workers == 0:
        return (counts for batch in batches for counts in _counted(batch, tokenizers))
    return _parallel(batches, tokenizers, workers)


def _batches(parts: Iterable[Part]) -> Iterator[list[Part]]:
    batch: list[Part] = []
    size = 0
    for part in parts:
        batch.append(part)
        size += len(part.text)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _first(batches: Iterator[list[Part]]) -> list[list[Part]]:
    """The first batches, until it is known whether the texts are worth more processes."""
    first: list[list[Part]] = []
    size = 0
    while size < PARALLEL and (batch := next(batches, None)) is not None:
        first.append(batch)
        size += sum(len(part.text) for part in batch)
    return first


def _counted(batch: Iterable[Part], tokenizers: Sequence[str]) -> list[PartCounts]:
    from tokmeter.tokenization.tokenizers import load  # noqa: PLC0415 - cached after the first call

    counters = [load(name) for name in tokenizers]
    return [
        PartCounts(
            part.owner,
            part.bytes,
            len(part.text),
            part.text.count("\n"),
            tuple(counter.count(part.text) for counter in counters),
        )
        for part in batch
    ]


def _begin_counting(tokenizers: Sequence[str]) -> None:
    _counted((), tokenizers)


def _parallel(
    batches: Iterator[list[Part]], tokenizers: Sequence[str], workers: int
) -> Generator[PartCounts]:
    """Count in `workers` processes; if one dies, what is left is counted here."""
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only for large texts

    pending: deque[tuple[list[Part], Future[list[PartCounts]]]] = deque()
    pool = workers_pool(workers, _begin_counting, tokenizers)
    left = batches
    try:
        for batch in batches:
            left = chain([batch], batches)
            pending.append((batch, pool.submit(_counted, batch, tokenizers)))
            left = batches
            if len(pending) >= AHEAD:
                counts = pending[0][1].result()
                pending.popleft()
                yield from counts
        while pending:
            counts = pending[0][1].result()
            pending.popleft()
            yield from counts
    except BrokenProcessPool:
        for batch in chain([batch for batch, _ in pending], left):
            yield from _counted(batch, tokenizers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
