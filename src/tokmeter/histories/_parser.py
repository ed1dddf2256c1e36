"""Reading a watched history: by line where each line is one JSON value, else whole whenever it changes."""

from __future__ import annotations

import sqlite3
from datetime import tzinfo
from pathlib import Path

from tokmeter.core.problem import Problem
from tokmeter.histories._books import Books
from tokmeter.histories._container import SNIFFED
from tokmeter.histories._counting import TextCounter
from tokmeter.histories._detect import read_history, read_on
from tokmeter.histories._format import Place
from tokmeter.histories._formats import all_formats, format_named
from tokmeter.histories._recognise import AsTold, Recogniser
from tokmeter.histories._text import looks_like_lines
from tokmeter.sources._base import LogFile, Parsed
from tokmeter.sources._jsonl import open_log

_DATABASE = b"db:"
"""What the state of a growing database begins with; behind it stand its inode and its greatest id."""


class HistoryParser:
    """The parser of one watched history; `format_id` where the config says what it is."""

    def __init__(
        self,
        file: LogFile,
        state: bytes | None,
        format_id: str | None,
        counter: TextCounter | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._file = file
        self._format_id = format_id
        self._zone = zone
        self._counter = TextCounter() if counter is None else counter
        self._books = Books(file.source, file.path, self._counter)
        self._formats = [format_named(format_id)] if format_id else all_formats()
        self._recogniser: Recogniser | AsTold
        if format_id:
            self._recogniser = AsTold(self._formats[0], self._place(), state or b"")
        else:
            self._recogniser = Recogniser(self._formats, self._place(), state or b"")
        self._fresh = state is None
        self._newest: bytes | None = None

    def whole(self, state: bytes) -> Parsed | None:
        """A table, an archive, a database or a document; None for JSON lines."""
        if _is_by_line(self._file):
            return None
        own = b"%s%d:" % (_DATABASE, self._file.ino)
        after = state.removeprefix(own).decode("utf-8", "replace") if state.startswith(own) else ""
        try:
            newest = read_on(Path(self._file.path), after, self._place(), self._formats, self._books.add)
        except (sqlite3.Error, ValueError):
            newest = None  # what is wrong with it is said below
        if newest is not None:
            self._newest = own + newest.encode("utf-8", "replace")
        else:
            self._newest = b""
            self._books = Books(self._file.source, self._file.path, self._counter)
            for _, item in read_history(Path(self._file.path), format=self._format_id, zone=self._zone):
                self._books.add(item)
        return self._parsed(fresh=not after)

    def feed(self, line: memoryview, number: int) -> None:
        """Take one line."""
        text = bytes(line).strip()
        if text:
            for _, item in self._recogniser.feed_line(text, number):
                self._books.add(item)

    def state(self) -> bytes:
        """Streams that are open, and whose lines these mostly are; of a database how far it was read."""
        return self._recogniser.state() if self._newest is None else self._newest

    def finish(self) -> Parsed:
        """Everything read by line."""
        for _, item in self._recogniser.finish():
            self._books.add(item)
        return self._parsed(fresh=self._fresh)

    def _parsed(self, *, fresh: bool) -> Parsed:
        """What was read; that a whole file told nothing is a problem, for somebody wants it read."""
        parsed = self._books.parsed
        nothing = not (parsed.entries or parsed.events or parsed.statements or parsed.problems)
        if fresh and nothing and self._books.remarks:
            parsed.problems.append(Problem("unmetered", self._file.source, self._file.path))
        return parsed

    def _place(self) -> Place:
        return Place(Path(self._file.path).name, self._file.mtime_ns // 1_000_000, self._zone)


def _is_by_line(file: LogFile) -> bool:
    """Whether the file is JSON lines, so that what is appended can be read alone.

    A file of one line may be a document; it is looked at again when it has more.
    """
    if file.path.endswith((".db", ".sqlite", ".sqlite3", ".gz", ".zip", ".csv", ".tsv")):
        return False
    with open_log(file.path) as stream:
        head = stream.read(SNIFFED)
    return bool(head.strip()) and looks_like_lines(head, whole=len(head) < SNIFFED)
