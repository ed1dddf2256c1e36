"""Histories read at every sync like an assistant's logs: what the config names, `llm`'s, the recorder's.

Importing this file must stay cheap: it is looked at by every report, the readers load when there is something
to read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.sources._base import Discovery, LineParser, LogFile, PlaceProblem, Root

if TYPE_CHECKING:
    from datetime import tzinfo

    from tokmeter.histories._counting import Counts, TextCounter

SLUG = "history"
RECORDED = "recorded"
LLM_FOLDER = "io.datasette.llm"
_GLOB = frozenset("*?[")


class History(NamedTuple):
    """One `[[history]]` of the config: a file, a folder or a pattern, and its format if that must be told."""

    path: str
    format: str | None = None


class Watched:
    """The source `history`. Its entries bear the id of their own format as source."""

    slug = SLUG
    title = "API histories"
    evidence = "each format names its own (docs/formats.md)"

    def __init__(
        self,
        histories: Sequence[History] = (),
        recorded: Path | None = None,
        counter: Callable[[], Counts] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        """`counter` makes what counts the texts of calls without counts; asked when the first one comes.

        `zone` is that of times without one, in formats that write their machine's.
        """
        self._histories = {history.path: history for history in histories}
        self._recorded = recorded
        self._make_counter = counter
        self._zone = zone
        self._counter: TextCounter | None = None
        self._told: dict[str, str] = {}
        """File → its format, where the config names one."""

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """The `llm` tool's folder, the recorder's, and every configured path (which may be a pattern)."""
        override = env.get("LLM_USER_PATH", "").strip()
        llm = Path(override) if override else _application_folder(env, home) / LLM_FOLDER
        found = [Root(llm, "LLM_USER_PATH" if override else "default", os.path.isdir(llm))]  # noqa: PTH112 - never raises
        if self._recorded is not None:
            found.append(Root(self._recorded, RECORDED, os.path.isdir(self._recorded)))  # noqa: PTH112 - the same
        found.extend(
            Root(Path(history.path), "configured", bool(_matches(history.path)))
            for history in self._histories.values()
        )
        return found

    def discover(self, roots: list[Root]) -> Discovery:
        """Files below the roots, each once, sorted by path."""
        discovery = Discovery()
        paths: set[str] = set()
        for root in roots:
            if root.reason == "configured":
                files = _files(_matches(str(root.path)), discovery.problems)
                paths.update(files)
                history = self._histories.get(str(root.path))
                if history is not None and history.format:
                    self._told.update(dict.fromkeys(files, history.format))
            elif root.reason == RECORDED:
                files = _files([str(root.path)], discovery.problems)
                paths.update(path for path in files if path.endswith(".jsonl"))
            else:
                paths.add(os.path.join(root.path, "logs.db"))  # noqa: PTH118 - a text is wanted
        for path in sorted(paths):
            file = _log_file(path, discovery.problems)
            if file is not None:
                discovery.files.append(file)
        return discovery

    def parser(self, file: LogFile, state: bytes | None, siblings: Mapping[str, LogFile]) -> LineParser:
        """A parser for one history."""
        del siblings  # histories do not refer to each other
        from tokmeter.histories._counting import TextCounter  # noqa: PLC0415 - only where something is new
        from tokmeter.histories._parser import HistoryParser  # noqa: PLC0415 - the same

        if self._counter is None:
            self._counter = TextCounter() if self._make_counter is None else TextCounter(self._make_counter)
        return HistoryParser(file, state, self._told.get(file.path), self._counter, self._zone)

    def sibling_id(self, file: LogFile) -> str | None:
        """Nothing: histories do not refer to each other."""
        del file
        return None


def _application_folder(env: Mapping[str, str], home: Path) -> Path:
    """Where click keeps an application's files, which is where `llm` looks."""
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    if sys.platform == "win32":
        return Path(env.get("APPDATA") or home)
    base = env.get("XDG_CONFIG_HOME", "")
    return Path(base) if base else home / ".config"


def _matches(pattern: str) -> list[str]:
    """The files and folders that a configured path means."""
    if os.path.lexists(pattern):  # also a name with brackets in it
        return [pattern]
    if not _GLOB.intersection(pattern):
        return []
    from glob import glob  # noqa: PLC0415 - only where a pattern is configured

    return sorted(glob(pattern, recursive=True))  # noqa: PTH207 - the pattern may be absolute


def _files(places: Sequence[str], problems: list[PlaceProblem]) -> list[str]:
    """Files themselves, and the files right inside folders; no pipes and devices, which would block."""
    found = []
    for place in places:
        if os.path.isdir(place):  # noqa: PTH112 - never raises
            try:
                found += [entry.path for entry in os.scandir(place) if not entry.name.startswith(".")]
            except OSError as error:
                problems.append(PlaceProblem("folder-unreadable", place, error.strerror or ""))
        else:
            found.append(place)
    return [path for path in found if os.path.isfile(path)]  # noqa: PTH113 - the same


def _log_file(path: str, problems: list[PlaceProblem]) -> LogFile | None:
    """The file as it is now. A database's write-ahead log is a part of it: it changes first."""
    try:
        status = os.stat(path)  # noqa: PTH116 - one Path less per file
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(PlaceProblem("file-unreadable", path, error.strerror or ""))
        return None
    size, changed = status.st_size, status.st_mtime_ns
    if path.endswith((".db", ".sqlite", ".sqlite3")):
        try:
            ahead = os.stat(f"{path}-wal")  # noqa: PTH116 - the same
        except OSError:
            pass
        else:
            size, changed = size + ahead.st_size, max(changed, ahead.st_mtime_ns)
    return LogFile(SLUG, path, path, status.st_dev, status.st_ino, size, changed)
