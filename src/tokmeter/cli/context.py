"""What one invocation works with: settings, clock, zone, ledger. Each is built once, when first asked for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.cli import output
from tokmeter.cli.options import Switches
from tokmeter.config.load import load
from tokmeter.config.paths import Paths, find_paths
from tokmeter.config.settings import COLOR_CHOICES, Settings
from tokmeter.config.zone import find_zone
from tokmeter.core.errors import (
    LedgerBusyError,
    LedgerReadOnlyError,
    SettingsError,
    TokmeterError,
    UsageError,
)
from tokmeter.core.period import Period, parse_between, parse_instant, parse_period
from tokmeter.histories._watched import SLUG, History, Watched
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, SyncResult, sync
from tokmeter.ledger.store import Ledger
from tokmeter.metrics.query import Filter
from tokmeter.sources._discover import all_sources

if TYPE_CHECKING:
    from tokmeter.sources._base import Root, Source
    from tokmeter.tokenization.counting import Counter


def own_counter(ledger: str, files: Mapping[str, str]) -> Counter:
    """A counter with the user's own calibrations, as far as there is a ledger, and tokenizer files."""
    from tokmeter.ingest.calibrating import load_calibrations  # noqa: PLC0415 - only where a text is counted
    from tokmeter.ledger.glance import glance  # noqa: PLC0415 - the same
    from tokmeter.tokenization.counting import Counter  # noqa: PLC0415 - the same

    connection = glance(ledger)
    if connection is None:
        return Counter({}, files)
    try:
        return Counter(load_calibrations(connection), files)
    finally:
        connection.close()


class Context:
    """One invocation of one command."""

    def __init__(self, switches: Switches, env: Mapping[str, str] | None = None) -> None:
        self.switches = switches
        self.env = os.environ if env is None else env
        self.color = switches.color or "auto"
        if self.color not in COLOR_CHOICES:
            raise UsageError(
                f"--color takes {', '.join(COLOR_CHOICES)}, not {self.color!r}.",
                "For example: tokmeter week --color never",
            )
        self.synced: SyncResult | None = None
        self.sync_failure: TokmeterError | None = None
        self._temporary: object = None

    # -- what the user set

    @cached_property
    def paths(self) -> Paths:
        """Where our files are."""
        return find_paths(self.env)

    @cached_property
    def settings(self) -> Settings:
        """The settings in force; what the config file has too much is said on stderr."""
        loaded = load(self.paths.config, self.env, tz=self.switches.tz, color=self.switches.color)
        for warning in loaded.warnings:
            self.warn(warning)
        return loaded.settings

    @cached_property
    def zone(self) -> tzinfo:
        """The zone in which days are cut."""
        return find_zone(self.settings.tz, self.env)

    @cached_property
    def present_ms(self) -> int:
        """The system's clock. Logs are read by it, also under `--as-of`: looking back alters no books."""
        return time.time_ns() // 1_000_000

    @cached_property
    def now_ms(self) -> int:
        """The clock of reports: `--as-of`, else the system's. A day means its last instant."""
        text = self.switches.as_of
        if text is None:
            return self.present_ms
        start = parse_instant(text, self.present_ms, self.zone)
        end = parse_instant(text, self.present_ms, self.zone, end=True)
        return start if start == end else end - 1

    @cached_property
    def prices(self) -> PriceSettings:
        """The user's own price file: as configured, else `prices.toml` beside the config if it is there."""
        chosen = self.settings.prices_file
        if chosen is None and os.path.exists(self.paths.prices):  # noqa: PTH110 - never raises
            chosen = self.paths.prices
        return PriceSettings(chosen)

    # -- where logs are

    @cached_property
    def sources(self) -> list[Source]:
        """Every adapter, and the histories that are watched; `--home` leaves out what points elsewhere."""
        if self.switches.demo:
            return all_sources()
        if self.switches.home is not None:
            return [*all_sources(), Watched(counter=self.text_counter, zone=self.zone)]
        histories = [History(path, told) for path, told in self.settings.histories]
        for history in histories:
            self._check_format(history.format)
        recorded = self.paths.recorded
        return [*all_sources(), Watched(histories, recorded, self.text_counter, self.zone)]

    @cached_property
    def text_counter(self) -> Callable[[], Counter]:
        """What counts texts without counts, made when the first one comes; also sent to reading processes."""
        return partial(own_counter, str(self.paths.ledger), dict(self.settings.tokenizers))

    def _check_format(self, told: str | None) -> None:
        """A format that the config names must exist: a history of none would be a log that can't be read."""
        if told is None:
            return
        from tokmeter.histories._formats import format_named  # noqa: PLC0415 - seldom told

        try:
            format_named(told)
        except ValueError as error:
            raise SettingsError(
                f"The config file {self.paths.config}: history.format: {error}",
                "Leave the format out where it is recognised without.",
            ) from error

    @cached_property
    def places(self) -> Places:
        """Where to look for logs. `--home` replaces the user's home and everything that points elsewhere."""
        if self.switches.demo:
            return Places(self._demo_home(), {}, {})
        if self.switches.home is not None:
            home = Path(os.path.expanduser(self.switches.home)).absolute()  # noqa: PTH111 - never raises
            if not os.path.isdir(home):  # noqa: PTH112 - the same
                raise UsageError(f"--home: there is no folder {home}.", "tokmeter week --home ~")
            return Places(home, {}, {})
        extra = {slug: list(folders) for slug, folders in self.settings.extra_roots.items()}
        self._check_slugs(extra)
        return Places(Path.home(), self.env, extra)

    def _check_slugs(self, extra: Mapping[str, object]) -> None:
        known = {source.slug for source in self.sources}
        for slug in extra:
            if slug not in known:
                names = ", ".join(sorted(known))
                self.warn(f"{self.paths.config}: roots.{slug} names no assistant (known: {names})")

    def extra_roots(self, slug: str) -> list[Root]:
        """The further places that the config file names for a source."""
        from tokmeter.sources._base import Root as Place  # noqa: PLC0415 - here it is made, not only named

        return [
            Place(path, "configured", os.path.isdir(path))  # noqa: PTH112 - never raises
            for path in self.places.extra_roots.get(slug, [])
        ]

    # -- what is asked

    def period(self, words: Sequence[str] | None, kind: str) -> Period:
        """The period of a report: its words, or `--since` and `--until`, else the current one of `kind`."""
        since, until = self.switches.since, self.switches.until
        start = self.settings.week_start
        if since is None and until is None:
            return parse_period(" ".join(words or ()), kind, self.now_ms, self.zone, start)
        if words:
            raise UsageError(
                f"{' '.join(words)!r} and --since/--until name two periods.",
                "Give one of them: tokmeter week --since 2026-11-01",
            )
        return parse_between(since, until, self.now_ms, self.zone, start)

    def filter(self, period: Period | None = None) -> Filter:
        """What to count, of `period` (else of `--since` to `--until`, else of all time)."""
        selection = Filter(
            sources=self._asked_sources(), projects=self.switches.project, models=self.switches.model
        )
        if period is None and (self.switches.since or self.switches.until):
            period = self.period(None, "day")
        return selection if period is None else selection.between(period.start_ms, period.end_ms)

    def until_now(self, where: Filter) -> Filter:
        """`where` without what a moved clock (`--as-of`) leaves out: everything after it."""
        if self.switches.as_of is None:
            return where
        return where._replace(end_ms=min(where.end_ms, self.now_ms + 1))

    def _asked_sources(self) -> tuple[str, ...]:
        """`--source`, checked: a mistyped name would be an empty report."""
        known = [source.slug for source in self.sources]
        for slug in self.switches.source:
            if slug not in known and slug not in self._history_formats():
                from difflib import get_close_matches  # noqa: PLC0415 - only for a message

                near = get_close_matches(slug, known, 1, 0.4) or known[:1]
                raise UsageError(
                    f"--source: there is no assistant {slug!r} (known: {', '.join(known)}).",
                    f"tokmeter week --source {near[0]}",
                )
        if SLUG in self.switches.source:
            return (*self.switches.source, *self._history_formats())
        return self.switches.source

    def _history_formats(self) -> list[str]:
        """The formats of histories, whose entries bear them as source."""
        from tokmeter.histories._formats import all_formats  # noqa: PLC0415 - only for what is no assistant
        from tokmeter.histories.mapped_csv import MappedCsv  # noqa: PLC0415 - the same

        return [*(one.id for one in all_formats()), MappedCsv.id]

    # -- the ledger

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, brought up to date unless `--no-sync`."""
        if self.switches.demo:
            ledger = Ledger.in_memory()
            self._sync_into(ledger)
            return ledger
        ledger = self.open_ledger()
        if self.switches.no_sync:
            return ledger
        try:
            self._sync_into(ledger)
        except LedgerBusyError as error:
            self.sync_failure = error
            self.warn(f"{error.sentence} The figures are from the last sync.", error.hint)
        except LedgerReadOnlyError as error:
            self.sync_failure = error
            self.warn(f"{error.sentence} The figures are complete, but nothing was saved.", error.hint)
            copy = ledger.copy_in_memory()
            ledger.close()
            self._sync_into(copy)
            return copy
        return ledger

    def open_ledger(self) -> Ledger:
        """The ledger as it is on disk; where none can be made, an empty one in memory."""
        try:
            return Ledger.open(self.paths.ledger)
        except LedgerReadOnlyError as error:
            self.sync_failure = error
            self.warn(f"{error.sentence} The figures are complete, but nothing was saved.", error.hint)
            return Ledger.read_into_memory(self.paths.ledger)

    def _sync_into(
        self,
        ledger: Ledger,
        *,
        verify: bool = False,
        background: bool = False,
        most_bytes: int | None = None,
    ) -> SyncResult:
        from tokmeter.cli.progress import FIRST_RUN, SyncProgress  # noqa: PLC0415 - reports with --no-sync do without
        from tokmeter.cli.prompt_state import after_sync  # noqa: PLC0415 - the same

        progress = SyncProgress(
            quiet=self.switches.quiet or self.switches.demo,
            first_run=FIRST_RUN if ledger.meta("last_sync_ms") is None else "",
            terminal=sys.stderr.isatty(),
            color=output.color_ok(self.settings.color, sys.stderr, self.env),
        )
        self.synced = sync(
            ledger,
            self.sources,
            self.places,
            now_ms=self.present_ms,
            prices=self.prices,
            verify=verify,
            progress=progress,
            most_bytes=most_bytes,
        )
        self._warn_missing_roots()
        after_sync(self, ledger, always=background)
        return self.synced

    def sync(
        self, *, verify: bool = False, background: bool = False, most_bytes: int | None = None
    ) -> SyncResult:
        """Bring the ledger on disk up to date; a failure is raised, not worked around.

        `background`: a prompt asked for it, so its line is written anew in any case. `most_bytes`: where more
        is new, nothing is read.
        """
        return self._sync_into(
            Ledger.open(self.paths.ledger), verify=verify, background=background, most_bytes=most_bytes
        )

    def _warn_missing_roots(self) -> None:
        """An assistant's variable that points nowhere is the user's to know, not an empty report."""
        titles = {source.slug: source.title for source in self.sources}
        for slug, problem in self.synced.problems if self.synced else ():
            if problem.code == "root-missing":
                self.warn(f"{titles[slug]}: {problem.path} ({problem.detail}) does not exist.")

    def _demo_home(self) -> Path:
        """A folder with the invented history, gone when the process ends."""
        from tempfile import TemporaryDirectory  # noqa: PLC0415 - only for a demo

        from tokmeter.demo.history import write_history  # noqa: PLC0415 - the same

        self._temporary = folder = TemporaryDirectory(prefix="tokmeter-demo-")
        home = Path(folder.name)
        write_history(home, self.now_ms)
        self.say("An invented history, to show what reports look like. Yours: tokmeter week")
        return home

    # -- words to the user

    def say(self, sentence: str) -> None:
        """A remark on stderr."""
        if not self.switches.quiet:
            sys.stderr.write(f"{sentence}\n")

    def warn(self, sentence: str, hint: str = "") -> None:
        """A warning on stderr, with the next step."""
        if not self.switches.quiet:
            step = f"\n  {output.arrow(sys.stderr)} {hint}" if hint else ""
            sys.stderr.write(f"tokmeter: warning: {sentence}{step}\n")

    def where_looked(self) -> str:
        """What to say where there is nothing to report on at all: where was looked, and what to do."""
        lines = ["No logs of any assistant found. Looked in:"]
        for source, root in self.all_roots():
            state = "no logs in it" if root.exists else "not there"
            lines.append(f"  {source.title:<12} {root.path}  ({root.reason}; {state})")
        return "\n".join(
            [
                *lines,
                "Logs elsewhere? tokmeter week --home DIR",
                "A look at it without logs: tokmeter week --demo",
                "",
            ]
        )

    def all_roots(self) -> list[tuple[Source, Root]]:
        """Every place where logs are looked for, by source."""
        places = self.places
        return [
            (source, root)
            for source in self.sources
            for root in [*source.roots(places.env, places.home), *self.extra_roots(source.slug)]
        ]
