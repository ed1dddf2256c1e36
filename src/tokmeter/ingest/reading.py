"""Reading the planned logs, in this process or in two more, and posting what they bring.

Two readers beside the writer use two cores: decoding is the larger part of a first sync. Batches come back
as one flat byte string (marshal, between processes of one interpreter), the cheapest form there is.
"""

from __future__ import annotations

import gc
import marshal
import os
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tokmeter.core.workers import pool as workers_pool
from tokmeter.histories._watched import SLUG as HISTORIES
from tokmeter.ingest.pack import Packer
from tokmeter.ingest.plan import SourcePlan, Todo
from tokmeter.ingest.rate_book import RateBook
from tokmeter.ingest.sync import PARALLEL_BYTES, PriceSettings, Progress, SyncResult
from tokmeter.ledger.batch import Batch
from tokmeter.ledger.cursors import saved_cursor
from tokmeter.ledger.posting import Poster
from tokmeter.ledger.store import Ledger
from tokmeter.sources._base import LogFile, PlaceProblem, Source
from tokmeter.sources._jsonl import Cursor, read_log

if TYPE_CHECKING:
    from concurrent.futures import Future

CHUNK_BYTES = 8 * 1024 * 1024
"""Logs are read and posted in portions of about this size."""

PIECE_BYTES = 8 * 1024 * 1024
"""A history may be one file of gigabytes: it is read and posted in pieces of this size, to bound memory."""

AHEAD = 12
"""Portions being read or waiting to be posted: few enough (some 0.2 MB each) to bound memory when posting
is the slower part, and enough that readers do not wait for it."""


@dataclass(frozen=True, slots=True)
class Job:
    """One log to read, with everything a reading process needs."""

    slug: str
    file: LogFile
    cursor: Cursor | None
    rebuild: bool
    rest: bool = False
    """Of a log whose first piece was read before."""


def read_all(
    ledger: Ledger,
    plans: list[SourcePlan],
    result: SyncResult,
    *,
    now_ms: int,
    prices: PriceSettings,
    progress: Progress | None,
    workers: int | None,
) -> None:
    """Read every planned log and post it; counts go into `result`."""
    jobs = [
        Job(plan.source.slug, todo.file, _cursor(ledger, todo), todo.rebuild)
        for plan in plans
        for todo in plan.todo
    ]
    total = sum(plan.bytes_new for plan in plans)
    if progress is not None:
        progress.start({plan.source.slug: len(plan.todo) for plan in plans if plan.todo})
    if workers is None:
        workers = 2 if total >= PARALLEL_BYTES and (os.cpu_count() or 1) > 1 else 0
    collecting = gc.isenabled()
    gc.disable()  # rows pile up and hold no cycles: a quarter of the time would go into looking for them
    try:
        context = ReadingContext(plans)
        chunks = list(_chunks(jobs))
        batches = context.batches(chunks) if workers == 0 else _parallel(context, chunks, workers)
        with closing(batches), Poster(ledger, RateBook(ledger.connection, prices), now_ms) as poster:
            for jobs_done, batch in batches:
                posted = poster.post(batch)
                result.entries_new += posted.new
                result.entries_changed += posted.changed
                result.problems.extend(_unread(batch))
                _count(jobs_done, result, progress)
    finally:
        if progress is not None:
            progress.finish()
        if collecting:
            gc.enable()


def _unread(batch: Batch) -> Iterator[tuple[str, PlaceProblem]]:
    """Logs that could not be read at all."""
    for source, path, _, code, detail in batch.problems:
        if code in {"file-unreadable", "zstd-missing"}:
            yield source, PlaceProblem(code, path, detail)


def _count(jobs: list[Job], result: SyncResult, progress: Progress | None) -> None:
    """Note that these logs were read; of one in pieces, with the first."""
    jobs = [job for job in jobs if not job.rest]
    result.files_read += len(jobs)
    for job in jobs:
        size = max(0, job.file.size - (job.cursor.offset if job.cursor else 0))
        result.bytes_read += size
        if progress is not None:
            progress.advance(job.slug, 1)


def _cursor(ledger: Ledger, todo: Todo) -> Cursor | None:
    """Where to go on; None reads from the start."""
    if todo.known_id is None or todo.rebuild:
        return None
    saved = saved_cursor(ledger.connection, todo.known_id)
    return None if saved is None else Cursor(*saved)


def _chunks(jobs: list[Job]) -> Iterator[list[Job]]:
    """Portions of about CHUNK_BYTES, the largest logs first, so that no core ends alone with a big one."""
    chunk: list[Job] = []
    size = 0
    for job in sorted(jobs, key=lambda job: -job.file.size):
        chunk.append(job)
        size += job.file.size
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


class ReadingContext:
    """What every reader needs besides its jobs."""

    def __init__(self, plans: list[SourcePlan]) -> None:
        self._sources: dict[str, Source] = {plan.source.slug: plan.source for plan in plans}
        self._siblings = {plan.source.slug: plan.siblings for plan in plans}

    def read(self, jobs: list[Job]) -> tuple[Batch, list[Job]]:
        """One batch with what is new in these logs, and what is left to read of large ones."""
        packer = Packer()
        left = []
        for job in jobs:
            siblings = self._siblings[job.slug]
            limit = PIECE_BYTES if job.slug == HISTORIES else None
            reading = read_log(self._sources[job.slug], job.file, job.cursor, siblings, limit)
            if reading.more:
                left.append(replace(job, cursor=reading.cursor, rebuild=False, rest=True))
                # As if it ended here: should the rest never be posted, the next sync sees that it has grown.
                reading.file = job.file._replace(size=reading.cursor.offset)
            packer.add(reading, rebuild=job.rebuild)
        return packer.take(), left

    def batches(self, chunks: list[list[Job]]) -> Generator[tuple[list[Job], Batch]]:
        """Read the portions one after the other in this process."""
        for chunk in chunks:
            jobs = chunk
            while jobs:
                batch, left = self.read(jobs)
                yield jobs, batch
                jobs = left


_context: ReadingContext | None = None
"""Set once in each reading process."""


def _begin_reader(context: ReadingContext) -> None:
    global _context  # noqa: PLW0603 - the only state of a reading process
    _context = context
    gc.disable()


def _read_in_reader(jobs: list[Job]) -> tuple[bytes, list[Job]]:
    assert _context is not None  # noqa: S101 - set by the initializer of the process
    batch, left = _context.read(jobs)
    return marshal.dumps(tuple(batch), 2), left  # version 2 looks for no shared objects


def _parallel(
    context: ReadingContext, chunks: list[list[Job]], workers: int
) -> Generator[tuple[list[Job], Batch]]:
    """Read the portions in `workers` processes; if one dies, what is left is read here."""
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415 - only large syncs need it

    left = list(reversed(chunks))
    pending: list[tuple[list[Job], Future[tuple[bytes, list[Job]]]]] = []
    pool = workers_pool(workers, _begin_reader, context)
    try:
        while left or pending:
            while left and len(pending) < AHEAD:
                jobs = left.pop()
                pending.append((jobs, pool.submit(_read_in_reader, jobs)))
            jobs, future = pending[0]
            packed, rest = future.result()
            batch = Batch._make(marshal.loads(packed))  # noqa: S302 - from our own child
            pending.pop(0)
            if rest:
                left.append(rest)
            yield jobs, batch
    except (BrokenProcessPool, OSError):
        remaining = [jobs for jobs, _ in pending] + list(reversed(left))
        yield from context.batches(remaining)
    finally:
        # Waits for the portions in hand: an executor that is left to itself trips over its own closed pipe
        # when the interpreter ends.
        pool.shutdown(wait=True, cancel_futures=True)
