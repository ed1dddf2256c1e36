"""One log's texts → numbers: tokens and bytes of each piece, tokens of each response's visible output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tokmeter.core.identity import entry_hash
from tokmeter.core.piece import PIECE_KINDS
from tokmeter.ingest.measuring import Measures
from tokmeter.ledger.measures import KnownEntry, OutputRow, PieceRow, Unmeasured
from tokmeter.sources._content import Content, ContentReader, Output, Piece
from tokmeter.sources._jsonl import is_damage, open_log
from tokmeter.tokenization import _ctok
from tokmeter.tokenization.claude_output import possible_tokens, visible_tokens
from tokmeter.tokenization.codex_output import visible_tokens as codex_visible_tokens
from tokmeter.tokenization.counting import call_tokens
from tokmeter.tokenization.models import choose, claude_family
from tokmeter.tokenization.tokenizers import load

_KINDS = {kind: index for index, kind in enumerate(PIECE_KINDS)}
BLOCK = 1 << 20
LONGEST_PATH = 1024
LONGEST_NAME = 255
"""Bytes of the longest name of a file or folder that a disk takes: longer, it is some other text."""


class Exact(NamedTuple):
    """The last columns of an `OutputRow`."""

    visible_tokens: int | None
    explained_tokens: int | None
    rewritten: bool


UNKNOWN = Exact(None, None, rewritten=False)


def measure_log(reader: ContentReader, log: Unmeasured, known: list[KnownEntry]) -> Measures | None:
    """What a log measures as far as the ledger has read it; None if it cannot be read."""
    try:
        return _Log(known).measure(_contents(reader, log))
    except (OSError, EOFError, ImportError):
        return None  # the sync said so
    except Exception as error:
        if not is_damage(error):
            raise
        return None


def _contents(reader: ContentReader, log: Unmeasured) -> Iterator[Content]:
    """The items of a log: its lines, and a last one without newline, which was read but not passed."""
    with open_log(log.path) as stream:
        number, rest = 0, b""
        while number <= log.lines and (block := stream.read(BLOCK)):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                number += 1
                if number > log.lines + 1:
                    break
                yield from reader.feed(memoryview(line), number)
        if rest and number <= log.lines:
            yield from reader.feed(memoryview(rest), number + 1)
    yield from reader.finish()


class _Log:
    """Collects the rows of one log."""

    def __init__(self, known: list[KnownEntry]) -> None:
        self._by_hash = {entry.hash: entry for entry in known}
        self._by_line = {entry.first_line: entry for entry in known}
        self._count = load("o200k_base").count
        self._has_ctok = _ctok.is_installed()

    def measure(self, items: Iterator[Content]) -> Measures:
        found = Measures([], [])
        for position, item in enumerate(items):
            if isinstance(item, Piece):
                found.pieces.append(self._piece(position, item))
            else:
                row = self._output(position, item)
                if row is not None:
                    found.outputs.append(row)
        return found

    def _piece(self, position: int, piece: Piece) -> PieceRow:
        tokens = sum(map(self._count, piece.texts))
        size = sum(len(text.encode("utf-8", "replace")) for text in piece.texts)
        return PieceRow(
            position,
            piece.line,
            piece.ts,
            piece.context,
            _KINDS[piece.kind],
            (piece.tool, piece.server),
            _path(piece.path),
            tokens,
            size,
        )

    def _output(self, position: int, output: Output) -> OutputRow | None:
        """The row of a response; None for one that the ledger does not hold, as it used nothing."""
        if output.key is not None:
            entry = self._by_hash.get(entry_hash(output.key))
            if entry is None:
                return None
        else:
            entry = self._by_line.get(output.line)
        texts = [self._count(text) for text in output.messages]
        return OutputRow(
            position,
            output.line,
            output.context,
            entry.entry_id if entry is not None else 0,
            sum(texts),
            call_tokens(self._count, output.calls),
            sum(map(self._count, output.thinking)),
            len(texts),
            len(output.calls),
            output.thinking_blocks,
            int(output.final),
            *self._exact(output, entry, texts),
        )

    def _exact(self, output: Output, entry: KnownEntry | None, texts: list[int]) -> Exact:
        """The visible output by the model's own tokenizer, where that is known to the token."""
        if entry is None:
            return UNKNOWN
        family = claude_family(entry.model)
        if family is not None:
            return _claude(output, entry, family) if self._has_ctok else UNKNOWN
        choice = choose(entry.model)
        if not choice.exact or choice.tokenizer != "o200k_base" or output.key is not None:
            return UNKNOWN
        # A count of reasoning in steps of 64 may be 0 where there was some; its item stands in the log.
        reasoning = entry.reasoning_tokens > 0 or output.thinking_blocks > 0
        tokens = codex_visible_tokens(
            texts, output.calls, reasoning=reasoning, count=self._count, model=entry.model
        )
        return Exact(tokens, tokens, rewritten=False)


def _claude(output: Output, entry: KnownEntry, family: str) -> Exact:
    """The formula's counts; where the client changed a call for the log, those of the form that was billed.

    From 4.7 on a log that shows thinking shows a summary of it, so only older models are explained with it.
    """
    thinking = [text for text in output.thinking if text]
    visible = visible_tokens(output.messages, output.calls, family)
    if output.thinking_blocks and (family != "v3" or len(thinking) < output.thinking_blocks):
        return Exact(visible, None, rewritten=False)
    explained = visible_tokens(output.messages, output.calls, family, thinking) if thinking else visible
    logged = entry.output_tokens
    if logged != explained and logged in possible_tokens(
        output.messages, output.calls, family, entry.project, thinking
    ):
        return Exact(visible + logged - explained, logged, rewritten=True)
    return Exact(visible, explained, rewritten=False)


def _path(path: str) -> str:
    """The path of a piece if it can be one, else ''."""
    names = path.replace("\\", "/").split("/")
    if len(path) > LONGEST_PATH or any(len(name.encode("utf-8", "replace")) > LONGEST_NAME for name in names):
        return ""
    return path if path.isprintable() else ""
