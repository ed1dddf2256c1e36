"""A bar on stderr while logs are read, when a person is looking and it takes longer than a moment."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # rich takes longer to import than most syncs
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

PATIENCE = 0.3
"""Seconds of silence before a bar appears."""
REDRAW = 0.1
"""Seconds between two drawings."""
FIRST_RUN = "Reading logs for the first time (nothing leaves this computer)"


class SyncProgress:
    """Shows how far a sync is. Says nothing when it is short, or `quiet`; draws only on a terminal.

    `first_run` is the sentence for a first time, which stays with its bar; '' for any other.
    """

    def __init__(self, *, quiet: bool, first_run: str, terminal: bool, color: bool) -> None:
        self._quiet = quiet
        self._first_run = first_run
        self._terminal = terminal
        self._color = color
        self._began = self._drawn = time.monotonic()
        self._totals: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._bar: Bar | None = None
        self._tasks: dict[str, TaskID] = {}

    def start(self, files: dict[str, int]) -> None:
        """Called once it is known what there is to read: files per source."""
        self._totals = {slug: count for slug, count in files.items() if count}
        self._done = dict.fromkeys(self._totals, 0)
        if self._first_run and self._totals and not self._quiet:
            sys.stderr.write(f"{self._first_run}\n")
            sys.stderr.flush()

    def advance(self, slug: str, files: int) -> None:
        """Called when `files` more logs of a source were read."""
        self._done[slug] = self._done.get(slug, 0) + files
        now = time.monotonic()
        if self._quiet or not self._terminal or now - self._began < PATIENCE:
            return
        if self._bar is None:
            self._open()
        elif now - self._drawn < REDRAW:
            return
        self._drawn = now
        self._draw()

    def finish(self) -> None:
        """Take the bar away; on a first run it stays as the record of what was read."""
        if self._bar is not None:
            self._draw()
            self._bar.stop()
            self._bar = None

    def _open(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - see the imports above
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415 - same

        console = Console(file=sys.stderr, force_terminal=True, no_color=not self._color)
        # Drawn by advance() alone: a drawing thread and forked workers do not go together.
        self._bar = Progress(
            TextColumn("  {task.description}"),
            BarColumn(22),
            TaskProgressColumn(),
            console=console,
            auto_refresh=False,
            transient=not self._first_run,
        )
        self._bar.start()
        for slug, total in self._totals.items():
            self._tasks[slug] = self._bar.add_task(self._said(slug, total), total=max(total, 0) or None)

    def _draw(self) -> None:
        if self._bar is not None:
            for slug, task in self._tasks.items():
                total = self._totals[slug]
                done = self._done[slug] if total < 0 else min(self._done[slug], total)
                self._bar.update(task, completed=done, description=self._said(slug, total))
            self._bar.refresh()

    def _said(self, slug: str, total: int) -> str:
        """The words before a bar."""
        files = "1 file" if total == 1 else f"{total:,} files"
        return f"{slug} {files}"


UNKNOWN = -1
"""The size of a pipe."""


class CountProgress(SyncProgress):
    """The same for texts that are counted: one bar of megabytes. `advance` takes bytes."""

    def _said(self, slug: str, total: int) -> str:
        done = f"{self._done[slug] / 1_000_000:,.1f}"
        return f"{slug} {done} MB" if total < 0 else f"{slug} {done} of {total / 1_000_000:,.1f} MB"
