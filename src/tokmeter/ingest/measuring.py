"""Counting the texts in the logs: what entered each context, and the visible part of each response.

Not a part of a sync: a sync reads gigabytes in seconds, a tokenizer some ten megabytes a second. It is done
when a report first needs it, log by log, and again for a log that has grown. Texts are counted and let go.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.core.workers import pool as workers_pool
from tokmeter.ingest.sync import Progress
from tokmeter.ledger.measures import (
    KnownEntry,
    OutputRow,
    PieceRow,
    Unmeasured,
    entries_by_file,
    keep_measures,
    note_measured,
    unmeasured,
)
from tokmeter.ledger.store import Ledger
from tokmeter.sources._base import Source
from tokmeter.sources._content import WithContent

if TYPE_CHECKING:
    from concurrent.futures import Future

RULES = 1
"""Raised whenever measuring changes, so that every log is measured anew."""
PARALLEL_BYTES = 4 * 1024 * 1024
"""From this many bytes on, two counting processes pay for their start."""
AHEAD = 4
"""Logs being counted or waiting to be posted, for each process."""


class Measures(NamedTuple):
    """What one log measures; None for a log that could not be read."""

    pieces: list[PieceRow]
    outputs: list[OutputRow]


@dataclass(slots=True)
class MeasureResult:
    """How many logs were counted, and their bytes."""

    logs: int = 0
    bytes: int = 0


class Job(NamedTuple):
    """One log to count, with everything a counting process needs."""

    log: Unmeasured
    known: list[KnownEntry]


def version() -> int:
    """The version of the measures: they gain exact counts when a tokenizer for Claude is installed."""
    from tokmeter.tokenization._ctok import is_installed  # noqa: PLC0415 - only where something is measured

    return 2 * RULES + is_installed()


def measure(
    ledger: Ledger,
    sources: Iterable[Source],
    *,
    now_ms: int,
    between: tuple[int, int] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    most_bytes: int | None = None,
    settled_ms: int | None = None,
) -> MeasureResult:
    """Count the texts of every log that was not measured since it last changed.

    `between` (UTC ms): only logs with entries in that time. `settled_ms`: only logs that have not changed
    since then. `most_bytes`: the smallest logs that together are no more than that, but at least one. Logs
    that are gone keep what was measured of them. Each log is a transaction, so an interrupted run goes on
    where it stopped. Raises a `LedgerError` when the ledger cannot be written.
    """
    readers = {source.slug: source for source in sources if isinstance(source, WithContent)}
    now_version = version()
    found = unmeasured(ledger.connection, readers, now_version, between)
    logs = [log for log in found if os.path.isfile(log.path)]  # noqa: PTH113 - never raises
    if settled_ms is not None:
        logs = [log for log in logs if log.mtime_ns < settled_ms * 1_000_000]
    result = MeasureResult()
    if most_bytes is not None:
        logs = _affordable(logs, most_bytes)
    if not logs:
        return result
    known = entries_by_file(ledger.connection, [log.file_id for log in logs])
    jobs = [Job(log, known.get(log.file_id, [])) for log in logs]
    total = sum(log.size for log in logs)
    if workers is None:
        workers = min(2, os.cpu_count() or 1) if total >= PARALLEL_BYTES and len(logs) > 1 else 0
    if progress is not None:
        progress.start(Counter(log.source for log in logs))
    count = Counting(readers)
    measured = _here(count, jobs) if workers < 2 else _parallel(count, jobs, workers)
    try:
        with closing(measured):
            for log, rows in measured:
                with ledger.transaction() as connection:
                    if rows is None:  # what was measured of it before stays
                        note_measured(connection, log, now_version, now_ms)
                    else:
                        keep_measures(connection, log, now_version, *rows, now_ms)
                result.logs += rows is not None
                result.bytes += log.size
                if progress is not None:
                    progress.advance(log.source, 1)
    finally:
        if progress is not None:
            progress.finish()
    return result


def _affordable(logs: list[Unmeasured], most_bytes: int) -> list[Unmeasured]:
    """The smallest logs that together are no more than that, but at least one."""
    chosen: list[Unmeasured] = []
    left = most_bytes
    for log in reversed(logs):
        left -= log.size
        if left < 0 and chosen:
            break
        chosen.append(log)
    return chosen[::-1]


class Counting:
    """Counts one log after another; made once, and copied into each counting process."""

    def __init__(self, readers: Mapping[str, Source]) -> None:
        self._readers = readers

    def warm(self) -> None:
        """Load what every log needs, before processes are forked."""
        from tokmeter.tokenization.tokenizers import load  # noqa: PLC0415 - only where something is measured

        load("o200k_base")

    def count(self, job: Job) -> Measures | None:
        """What one log measures; None if it cannot be read."""
        from tokmeter.ingest.measured_log import measure_log  # noqa: PLC0415 - brings decoders and tokenizers

        source = self._readers[job.log.source]
        assert isinstance(source, WithContent)  # noqa: S101 - chosen by that
        return measure_log(source.content_reader(job.log.path), job.log, job.known)


def _here(counting: Counting, jobs: list[Job]) -> Generator[tuple[Unmeasured, Measures | None]]:
    for job in jobs:
        yield job.log, counting.count(job)


_counting: Counting | None = None
"""Set once in each counting process."""


def _begin(counting: Counting) -> None:
    global _counting  # noqa: PLW0603 - the only state of a counting process
    _counting = counting


def _count_in_process(job: Job) -> Measures | None:
    assert _counting is not None  # noqa: S101 - set by the initializer of the process
    return _counting.count(job)


def _parallel(
    counting: Counting, jobs: list[Job], workers: int
) -> Generator[tuple[Unmeasured, Measures | None]]:
    """Count the logs in `workers` processes; if one dies, what is left is counted here."""
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only for much to count

    counting.warm()
    left = list(reversed(jobs))
    pending: list[tuple[Job, Future[Measures | None]]] = []
    pool = workers_pool(workers, _begin, counting)
    try:
        while left or pending:
            while left and len(pending) < AHEAD * workers:
                job = left.pop()
                pending.append((job, pool.submit(_count_in_process, job)))
            job, future = pending[0]
            found = future.result()
            pending.pop(0)
            yield job.log, found
    except (BrokenProcessPool, OSError):
        yield from _here(counting, [job for job, _ in pending] + list(reversed(left)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
