"""Bringing the ledger up to date: discover, read what is new, post. Safe to run twice, or two at once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tokmeter.core.errors import LedgerError
from tokmeter.ingest.plan import Places, SourcePlan, plan_source
from tokmeter.ledger.places import remember_places
from tokmeter.ledger.store import Ledger
from tokmeter.sources._base import PlaceProblem, Root, Source

PARALLEL_BYTES = 100 * 1024 * 1024
"""From this many new bytes on, two reading processes pay for their start."""

REMEMBER_MS = 60_000
"""`last_sync_ms` is written when something changed, or when it is older than this."""


class Progress(Protocol):
    """Something that shows how far a long sync is."""

    def start(self, files: dict[str, int]) -> None:
        """Called once, before reading, with the number of logs to read by source."""

    def advance(self, slug: str, files: int) -> None:
        """Some logs were read and posted."""

    def finish(self) -> None:
        """Called at the end, also after an error."""


@dataclass(frozen=True, slots=True)
class PriceSettings:
    """Where the user's own prices are, if anywhere."""

    user_file: Path | None = None


@dataclass(slots=True)
class SyncResult:
    """What a sync did. `seconds` of wall time; bytes as found on disk, `bytes_left` where it was too much."""

    files_seen: int = 0
    files_read: int = 0
    bytes_read: int = 0
    bytes_left: int = 0
    entries_new: int = 0
    entries_changed: int = 0
    seconds: float = 0.0
    roots: list[tuple[str, Root]] = field(default_factory=list)
    problems: list[tuple[str, PlaceProblem]] = field(default_factory=list)


def sync(
    ledger: Ledger,
    sources: Iterable[Source],
    places: Places,
    *,
    now_ms: int,
    prices: PriceSettings,
    verify: bool = False,
    progress: Progress | None = None,
    workers: int | None = None,
    most_bytes: int | None = None,
) -> SyncResult:
    """Read every log of `sources` that has something new into `ledger`.

    `workers`: reading processes; None decides by the amount. `most_bytes`: if more is new, nothing is read,
    because somebody waits. Raises a `LedgerError` when the ledger cannot
    be written; what was posted before stays, and the next sync goes on from there.
    """
    started = time.perf_counter()
    result = SyncResult()
    plans = [plan_source(ledger.connection, source, places, verify=verify) for source in sources]
    for plan in plans:
        slug = plan.source.slug
        result.files_seen += len(plan.discovery.files)
        result.roots.extend((slug, root) for root in plan.roots)
        result.problems.extend((slug, problem) for problem in plan.discovery.problems)
    new_bytes = sum(plan.bytes_new for plan in plans)
    if most_bytes is not None and new_bytes > most_bytes:
        result.bytes_left = new_bytes
        return result
    if any(plan.todo for plan in plans):
        from tokmeter.ingest.reading import read_all  # noqa: PLC0415 - decoders load when there is work

        read_all(ledger, plans, result, now_ms=now_ms, prices=prices, progress=progress, workers=workers)
    _remember(ledger, plans, now_ms)
    result.seconds = time.perf_counter() - started
    return result


def _remember(ledger: Ledger, plans: list[SourcePlan], now_ms: int) -> None:
    """Note what could not be read and the time of this sync, without a write for every report."""
    for plan in plans:
        found = plan.discovery.problems
        unreadable = [(one.path, one.code, one.detail) for one in found if one.code != "root-missing"]
        logs = [file.path for file in plan.discovery.files]
        remember_places(ledger, plan.source.slug, unreadable, logs, now_ms)
    last = int(ledger.meta("last_sync_ms") or 0)
    if any(plan.todo for plan in plans):
        with ledger.transaction():
            ledger.set_meta("last_sync_ms", str(now_ms))
    elif abs(now_ms - last) >= REMEMBER_MS:
        with (
            suppress(LedgerError),
            ledger.transaction(wait_ms=0),
        ):  # a note is not worth waiting or failing for
            ledger.set_meta("last_sync_ms", str(now_ms))
