"""What a log holds beside counts: the texts that entered a context, and the visible part of each response.

Read on request, after a sync, by `ingest/measuring.py`, which counts the texts and lets them go. A reader
takes a whole log from its first line, so it needs no saved state. It never raises for a line's fault, and
reports none: the sync did. Texts hold no lone surrogates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, runtime_checkable


class Piece(NamedTuple):
    """A text that entered a context, in the order of the log.

    `context`: '' for the conversation the log is about, else the agent (or 'sidechain') whose lines stand
    inside it. `kind` is one of `core.piece.PIECE_KINDS`; `tool` and `server` are names as logged ('' where
    there is none; `mcp__server__tool` is told apart); `path` the file it is about, absolute where the log
    says so, '' without. A `compaction` has no text. `texts` are counted apart and added up.
    """

    line: int
    ts: int
    context: str
    kind: str
    texts: tuple[str, ...] = ()
    tool: str = ""
    server: str = ""
    path: str = ""


class ToolCall(NamedTuple):
    """One call as the model wrote it: the decoded input (Claude), or the argument text (Codex)."""

    name: str
    arguments: dict[str, Any] | str


class Output(NamedTuple):
    """The visible output of one billed response, when all its lines have been read.

    `key` is the key of its entry where the reader knows it; None where the entry is found by file and
    `line` (the line that tells its usage). `messages` are its text blocks (Claude) or messages (Codex).
    `thinking`: the texts of its thinking blocks as far as logged; `thinking_blocks` how many there were,
    also without text. `final`: a reading of it named a stop reason (Codex: always).
    """

    line: int
    ts: int
    context: str
    key: str | None
    messages: tuple[str, ...]
    calls: tuple[ToolCall, ...]
    thinking: tuple[str, ...]
    thinking_blocks: int
    final: bool


Content = Piece | Output


class ContentReader(Protocol):
    """Reads one log from its first line to its last, yielding items in the order of the log.

    An `Output` comes where the response's first line stands: before the results of its own calls, after
    everything that was sent with its request. Its own texts and calls come as pieces right behind it. A
    reader may hold back items until it knows that a response has ended, as long as the order is kept.
    """

    def feed(self, line: memoryview, number: int) -> Iterable[Content]:
        """What this line completes. `number` counts from 1."""

    def finish(self) -> Iterable[Content]:
        """What is still open after the last line."""


@runtime_checkable
class WithContent(Protocol):
    """A source whose logs hold text beside counts."""

    def content_reader(self, path: str) -> ContentReader:
        """A reader for the log at `path`."""
