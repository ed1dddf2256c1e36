"""The contract of a source adapter: where its logs are, which files are logs, what their lines mean.

An adapter is pure: it reads what it is given and yields values. No ledger, no prices, no printing,
no network, no clock, no environment besides the mapping it is handed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from errno import ELOOP
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:  # msgspec is not imported on the path that finds nothing new
    from tokmeter.core.call import CallFact, StatementLine
    from tokmeter.core.event import Event, LimitSnapshot
    from tokmeter.core.problem import Problem
    from tokmeter.core.usage import Entry


class LogFile(NamedTuple):
    """One log on disk, as found. `identity` stays when the assistant moves or compresses the file."""

    source: str
    identity: str
    path: str
    dev: int
    ino: int
    size: int
    mtime_ns: int


class Root(NamedTuple):
    """A folder to look in, why, and whether it is there."""

    path: Path
    reason: str
    exists: bool

    @property
    def is_asked_for(self) -> bool:
        """Whether somebody named this place (a variable, the config file), so that its absence is news."""
        return self.reason == "configured" or self.reason.isupper()


class PlaceProblem(NamedTuple):
    """A place that could not be read: a `Problem` before any log line is known."""

    code: str
    path: str
    detail: str


@dataclass(slots=True)
class Discovery:
    """What one look at the disk found."""

    files: list[LogFile] = field(default_factory=list)
    problems: list[PlaceProblem] = field(default_factory=list)


@dataclass(slots=True)
class Parsed:
    """What was read from (a part of) one log: readings merged by key, in first-seen order."""

    entries: list[Entry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    limits: list[LimitSnapshot] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)
    retracted: list[tuple[str, str]] = field(default_factory=list)
    """(kind, key) of events an earlier reading of this log gave that turned out to be second evidence."""
    calls: list[CallFact] = field(default_factory=list)
    """What a call history knows of its entries beyond them; each names an entry's key."""
    statements: list[StatementLine] = field(default_factory=list)
    """Buckets of a provider's statement."""
    waiting_for: str | None = None
    """Identity of another log that would settle a guess: when it appears, this one is read again."""


class StaleStateError(Exception):
    """A saved parser state cannot be used: read the file from its start."""


class LineParser(Protocol):
    """Reads one log, line by line. Never raises for a line's fault."""

    def feed(self, line: memoryview, number: int) -> None:
        """Take one line without its newline; `number` counts from 1 over the whole file."""

    def state(self) -> bytes:
        """What must be known to continue after the lines fed so far."""

    def finish(self) -> Parsed:
        """Everything read so far. Called once, after the last line."""


@runtime_checkable
class WholeParser(LineParser, Protocol):
    """A parser of files that may be no lines: these it opens itself, and reads whole when they changed."""

    def whole(self, state: bytes) -> Parsed | None:
        """All that the file holds, or what is new behind `state`; None where it is lines, to be fed."""


class Source(Protocol):
    """One assistant or API log."""

    slug: str
    title: str
    evidence: str

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        """Folders to look in, most specific first; honours the assistant's own overrides in `env`."""

    def discover(self, roots: list[Root]) -> Discovery:
        """Logs below the roots, sorted by path, each once."""

    def parser(self, file: LogFile, state: bytes | None, siblings: Mapping[str, LogFile]) -> LineParser:
        """A parser for `file`, continuing from `state` if given.

        `siblings` maps what `sibling_id` gives to every log of this source known now.
        """

    def sibling_id(self, file: LogFile) -> str | None:
        """How other logs of this source refer to `file` (a thread id), or None."""


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether there is a folder at `path`; where that cannot be told (closed, too long), there is none."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises there


def walk(root: str, suffixes: tuple[str, ...], problems: list[PlaceProblem]) -> Iterator[os.DirEntry[str]]:
    """Files below `root` whose name ends in one of `suffixes`; links to folders are not followed.

    A link to a folder inside the root would lead to logs that are found anyway, one to a folder outside
    leaves the root. A link to a file is followed; one that leads in a circle is no file. What can't be read
    becomes a problem, the rest goes on.
    """
    stack = [root]
    while stack:
        folder = stack.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(suffixes) and _is_file(entry, problems):
                        yield entry
                    elif entry.is_dir(follow_symlinks=False):
                        stack.append(entry.path)
        except OSError as error:
            problems.append(PlaceProblem("folder-unreadable", folder, error.strerror or ""))


def _is_file(entry: os.DirEntry[str], problems: list[PlaceProblem]) -> bool:
    """Whether it is a file or leads to one; where that cannot be told, a problem."""
    try:
        return entry.is_file()
    except OSError as error:
        if error.errno != ELOOP:
            problems.append(PlaceProblem("file-unreadable", entry.path, error.strerror or ""))
        return False
