"""Aider's chat history as records: one for each answer.

The file is Markdown that grows. A session begins with `# aider chat started at <local time>`; `#### ` is what
the person wrote, `> ` what the program said, anything else the model's answer. After an answer it says
`> Tokens: 4.2k sent, 1.1k cache write, 12k cache hit, 310 received. Cost: $0.02 message, $0.05 session.`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, BinaryIO

STARTED = "# aider chat started at "
BEGINNING = re.compile(rb"(?:\A|\n)# aider chat started at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
MARK = "aider_started"
"""The field that only such a record has."""

LONGEST_LINE = 1 << 20
MOST_CHARACTERS = 32_000_000
"""Of one answer or request; what is longer was no request to a model."""

_HEADER = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_MODEL = re.compile(r"> (?:Main model|Models?): ([\w.@/:+-]+)[^\w.@/:+-]", re.ASCII)
_USAGE = re.compile(r"> Tokens: (\d[^\n]* sent\b[^\n]* received\b[^\n]*)")
_COST = re.compile(r"(?:> )?(Cost: \$[0-9.]+ (?:message|request), [^\n]*)")
_ASKING = ("/ask ", "/code ", "/architect ")
"""Commands whose rest is sent to a model; that of any other is not."""


def aider_records(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    """The answers, each with the line it was told of or began in."""
    session = _Session("")
    number = 0
    while raw := stream.readline(LONGEST_LINE):
        number += raw[-1:] == b"\n" or len(raw) < LONGEST_LINE
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        header = _HEADER.match(line)
        if header is not None:
            yield from session.end()
            session = _Session(header[1])
        else:
            yield from session.take(line, number)
    yield from session.end()


class _Session:
    """One run of the program."""

    def __init__(self, started: str) -> None:
        self._started = started
        self._model = ""
        self._asked: list[str] = []
        self._said: list[str] = []
        self._size = 0
        self._line = 0
        self._usage: dict[str, Any] | None = None
        self._uncounted: list[tuple[int, dict[str, Any]]] = []
        self._count = 0
        self._first = ""
        self._has_usage = False

    def take(self, line: str, number: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Take a line; gives the answers that are complete with it."""
        if self._usage is not None:
            cost = _COST.match(line)
            if cost is not None and "Cost:" not in self._usage["usage"]:
                self._usage["usage"] += " " + cost[1]
            yield from self._told()
            if cost is not None:
                return
        if line.startswith("> "):
            self._note(line, number)
        elif line.startswith("####"):
            if self._said:
                self._uncounted += self._answer()
            self._ask(line[4:].strip())
        elif line.strip() or self._said:
            self._say(line, number)

    def end(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """What is open at the end; answers of a session that never told tokens are there by their text."""
        yield from self._told()
        if not self._has_usage:
            yield from self._uncounted
            yield from self._answer()
        self._uncounted, self._asked, self._said = [], [], []

    def _note(self, line: str, number: int) -> None:
        """A line of the program's own."""
        model = _MODEL.match(line)
        usage = _USAGE.match(line)
        if model is not None:
            self._model = model[1]
        elif usage is not None and self._started:
            self._line = number
            self._usage = self._record() | {"usage": usage[1].strip()}

    def _told(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The answer whose counts were told."""
        if self._usage is not None:
            if not self._has_usage:  # what came before in this session was answered under these keys
                self._uncounted = []
            self._has_usage = True
            yield self._line, self._usage
            self._usage, self._asked, self._said, self._size = None, [], [], 0
            self._count += 1

    def _ask(self, text: str) -> None:
        self._first = self._first or text[:500]
        if self._said:
            self._said, self._asked = [], []
        if text.startswith("/") and not text.startswith(_ASKING):
            return
        for command in _ASKING:
            text = text.removeprefix(command)
        self._keep(self._asked, text)

    def _say(self, line: str, number: int) -> None:
        if not self._said:
            self._line = number
        self._keep(self._said, line)

    def _keep(self, texts: list[str], text: str) -> None:
        if not self._has_usage and self._size < MOST_CHARACTERS:
            self._size += len(text)
            texts.append(text)

    def _answer(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The answer that was said, as its text; nothing where nobody asked or nothing was said."""
        said = "\n".join(self._said).strip()
        if said and any(self._asked) and self._started and not self._has_usage:
            yield self._line, self._record() | {"asked": "\n".join(self._asked), "said": said}
            self._count += 1
        self._said, self._asked, self._size = [], [], 0

    def _record(self) -> dict[str, Any]:
        """What is known of the answer at hand."""
        first = blake2b(self._first.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        return {MARK: self._started, "model": self._model, "number": self._count, "first": first}
