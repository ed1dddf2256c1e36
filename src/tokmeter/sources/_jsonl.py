"""Incremental reading of JSONL: from where it ended, a rewritten file from its start, a torn line next time.

Files are read in blocks as bytes and split on newline only (U+2028 and form feeds stand inside strings).
Memory is bounded by the block size and the longest line, not by the file.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from tokmeter.core.problem import Problem
from tokmeter.sources._base import LineParser, LogFile, Parsed, Source, StaleStateError, WholeParser
from tokmeter.sources._fields import decode_tolerant

BLOCK = 1 << 20
CHECKED = 4096
"""Bytes hashed at the head of a file and before the saved offset, to notice a rewrite."""


@dataclass(slots=True, frozen=True)
class Cursor:
    """How far a log was read: all that is needed to continue, or to see that it must be read anew."""

    offset: int = 0
    lines: int = 0
    head_hash: bytes = b""
    tail_hash: bytes = b""
    state: bytes = b""


@dataclass(slots=True)
class Reading:
    """What one pass over a log brought."""

    file: LogFile
    cursor: Cursor
    parsed: Parsed = field(default_factory=Parsed)
    fresh: bool = True
    """Read from the start, not continued."""
    failed: bool = False
    """Nothing could be read; the cursor is the old one."""
    more: bool = False
    """Ended at a limit, before the log's end."""


def read_log(
    source: Source,
    file: LogFile,
    cursor: Cursor | None,
    siblings: Mapping[str, LogFile],
    limit: int | None = None,
) -> Reading:
    """Read what is new in `file` since `cursor`; everything if it was rewritten or never read.

    With `limit`, only so many bytes (and up to a block more); then `more` says that there is a rest.

    A last line without newline is read if it is a whole object (no beginning of an object is one), but not
    passed: once its newline has come it is read again, which changes nothing. A file that can't be read
    becomes a problem; so does one with a number that a parser failed to bound, named as what it is.
    """
    try:
        if cursor is not None and cursor.offset:
            with open_log(file.path) as stream:
                if _continues(stream, file, cursor):
                    try:
                        parser = source.parser(file, cursor.state, siblings)
                        return _read(parser, stream, file, cursor, limit, fresh=False)
                    except StaleStateError:
                        pass  # written by another version of the parser
        parser = source.parser(file, None, siblings)
        whole = _read_whole(parser, file, cursor)
        if whole is not None:
            return whole
        with open_log(file.path) as stream:
            return _read(parser, stream, file, Cursor(), limit, fresh=True)
    except ModuleNotFoundError as error:
        if error.name != "zstandard":
            raise
        problem = Problem("zstd-missing", source.slug, file.path)
    except (OSError, EOFError, ValueError, ArithmeticError) as error:
        detail = getattr(error, "strerror", None) or type(error).__name__
        problem = Problem("file-unreadable", source.slug, file.path, 0, detail)
    except Exception as error:
        if not is_damage(error):
            raise
        problem = Problem("file-unreadable", source.slug, file.path, 0, "damaged compressed file")
    return Reading(file, cursor or Cursor(), Parsed(problems=[problem]), fresh=False, failed=True)


def _read_whole(parser: LineParser, file: LogFile, cursor: Cursor | None) -> Reading | None:
    """The reading of a file that its parser opens itself, on from its last state; None for lines."""
    if not isinstance(parser, WholeParser):
        return None
    before = cursor.state if cursor is not None and not cursor.offset else b""
    parsed = parser.whole(before)
    return None if parsed is None else Reading(file, Cursor(state=parser.state()), parsed, fresh=not before)


def is_damage(error: Exception) -> bool:
    """Whether a decompressor says that its data is damaged: each of the three has an error of its own."""
    return type(error).__module__.split(".")[0] in {"zstandard", "compression", "_zstd"}


def open_log(path: str) -> BinaryIO:
    """The bytes of a log, decompressed if its name ends in `.zst`."""
    if not path.endswith(".zst"):
        return Path(path).open("rb", buffering=0)
    try:
        # Not found before Python 3.14, and then the ignore is unused; imported only where a log needs it.
        from compression import zstd  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
    except ImportError:
        import zstandard  # noqa: PLC0415 - an optional dependency, missing here is a problem of one log

        raw = Path(path).open("rb")  # noqa: SIM115 - the reader made of it closes it
        reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True, closefd=True)
        return io.BufferedReader(reader)
    else:
        opened: BinaryIO = zstd.open(path, "rb")
        return opened


def _continues(stream: BinaryIO, file: LogFile, cursor: Cursor) -> bool:
    """Whether the bytes read before still stand at the beginning of the file; leaves it at the offset."""
    if not file.path.endswith(".zst") and file.size < cursor.offset:
        return False
    head = _read_exactly(stream, min(CHECKED, cursor.offset))
    if _digest(head) != cursor.head_hash:
        return False
    tail = _bytes_before(stream, len(head), cursor.offset) if cursor.offset > CHECKED else head
    return _digest(tail) == cursor.tail_hash


def _bytes_before(stream: BinaryIO, at: int, target: int) -> bytes:
    """The CHECKED bytes before `target`; the stream stands `at` and ends at `target`."""
    if isinstance(stream, io.FileIO):
        stream.seek(target - CHECKED)
        return _read_exactly(stream, CHECKED)
    kept = b""  # a decompressing reader goes forwards only
    while at < target:
        part = _read_exactly(stream, min(BLOCK, target - at))
        if not part:
            break
        at += len(part)
        kept = (kept + part)[-CHECKED:]
    return kept


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes, or what there is."""
    parts = []
    while size > 0:
        part = stream.read(size)
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=8).digest()


def _read(
    parser: LineParser, stream: BinaryIO, file: LogFile, cursor: Cursor, limit: int | None, *, fresh: bool
) -> Reading:
    """Feed every line behind the cursor, or the first `limit` bytes of them."""
    number = cursor.lines
    consumed = cursor.offset
    head = b""
    before = b""  # the last bytes that were consumed, for the tail hash
    feed = parser.feed
    size = _buffer_size(file, consumed)
    buffer = bytearray(size)
    filled = 0
    last = cursor.offset + (limit or 1 << 62)
    while not (more := consumed >= last):
        # Every stream that `open_log` gives has readinto; the type BinaryIO does not declare it.
        got = stream.readinto(memoryview(buffer)[filled:])  # type: ignore[attr-defined]
        if not got:
            break
        filled += got
        if fresh and len(head) < CHECKED and consumed == 0:
            head = bytes(buffer[: min(filled, CHECKED)])
        view = memoryview(buffer)
        start = 0
        find = buffer.find
        while (end := find(b"\n", start, filled)) >= 0:
            number += 1
            if end > start:
                feed(view[start:end], number)
            start = end + 1
        if start:
            consumed += start
            if start >= CHECKED:
                before = bytes(view[start - CHECKED : start])
            else:
                before = (before + bytes(view[:start]))[-CHECKED:]
        rest = filled - start
        if start == 0 and filled == len(buffer):  # one line longer than the buffer: make room, up to the line
            view.release()
            buffer.extend(bytes(len(buffer)))
        else:
            if len(buffer) > size and rest < size:  # the long line is behind us
                kept = bytes(view[start:filled])
                view.release()
                buffer = bytearray(size)
                buffer[: len(kept)] = kept
            else:
                view[:rest] = bytes(view[start:filled])
                view.release()
            filled = rest
    tail = b"" if more else bytes(buffer[:filled])
    reading = _close(parser, file, cursor, _Tally(number, consumed, head, before, tail), fresh)
    reading.more = more
    return reading


def _buffer_size(file: LogFile, consumed: int) -> int:
    """A block, or what a smaller log needs: clearing a whole block takes longer than reading most logs."""
    if file.path.endswith(".zst"):
        return BLOCK
    return min(BLOCK, max(CHECKED, file.size - consumed + 1))


@dataclass(slots=True, frozen=True)
class _Tally:
    lines: int
    offset: int
    head: bytes
    before: bytes
    tail: bytes


def _close(parser: LineParser, file: LogFile, cursor: Cursor, tally: _Tally, fresh: bool) -> Reading:
    """The cursor after the last newline; a last line without one is read if it is whole, but not passed."""
    if fresh:
        head_hash = _digest(tally.head[: min(CHECKED, tally.offset)])
    elif cursor.offset < CHECKED and tally.offset > cursor.offset:
        with open_log(file.path) as again:
            head_hash = _digest(_read_exactly(again, min(CHECKED, tally.offset)))
    else:
        head_hash = cursor.head_hash
    if tally.offset == cursor.offset:
        tail_hash = cursor.tail_hash if not fresh else _digest(b"")
    elif len(tally.before) >= min(CHECKED, tally.offset):
        tail_hash = _digest(tally.before)
    else:
        with open_log(file.path) as again:
            small = tally.offset <= CHECKED
            tail_hash = _digest(
                _read_exactly(again, tally.offset) if small else _bytes_before(again, 0, tally.offset)
            )
    state = parser.state()
    if tally.tail and _is_object(tally.tail):
        parser.feed(memoryview(tally.tail), tally.lines + 1)
    end = Cursor(tally.offset, tally.lines, head_hash, tail_hash, state)
    return Reading(file, end, parser.finish(), fresh)


def _is_object(line: bytes) -> bool:
    """Whether a line without newline is whole all the same."""
    try:
        return isinstance(decode_tolerant(line), dict)
    except ValueError:
        return False
