"""JSON of any layout as a sequence of values: lines, arrays, objects one after another.

Memory is bounded by the longest value, never by the file. A value that can't be read is a `Remark` in its
place, and the rest goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from tokmeter.histories._record import Remark
from tokmeter.sources._fields import decode_tolerant, is_noise

BLOCK = 1 << 20
LONGEST_LINE = 64 << 20
LONGEST_VALUE = 256 << 20
"""Bytes of one value of a document that is no JSONL: a HAR of a long browser session is one object."""
LARGEST_AT_ONCE = 32 << 20
"""Bytes of an array that is taken apart in one go, which is quicker than bracket by bracket."""
MOST_PARTS = 6_000_000
"""Members of one value. Each takes up to some 200 bytes once decoded, however few it had in the file."""

_BLANK = b" \t\r\n\x00\x1e"
_BETWEEN = re.compile(rb"[\s,\x00\x1e]*+")
_PLAIN = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]{0,80}+")*+')
"""Up to the next bracket or the next text that is long or has escapes: those are left to `bytes.find`."""
_SCALAR = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,{}\[\]"]++|[}"]', re.DOTALL)

_decode = msgspec.json.Decoder().decode
_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def decode(text: bytes, line: int) -> Any:
    """The value of a JSON text, or the `Remark` that says why there is none."""
    if len(text) > BLOCK and text.count(b",") + text.count(b"{") + text.count(b"[") > MOST_PARTS:
        return Remark(reason="too-large", detail=f"a value of more than {MOST_PARTS} parts", line=line)
    try:
        return _decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        pass
    try:
        return decode_tolerant(text.strip(_BLANK + b","))
    except (ValueError, RecursionError):
        return Remark(reason="unreadable", detail="no JSON", line=line)


def json_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | Remark]]:
    """Every line with its number, not decoded; blank ones and NUL runs are left out."""
    number = 0
    while text := stream.readline(LONGEST_LINE):
        number += 1
        if text[-1:] != b"\n" and len(text) >= LONGEST_LINE:
            _skip_line(stream)
            yield (
                number,
                Remark(reason="too-large", detail=f"a line above {LONGEST_LINE >> 20} MB", line=number),
            )
        elif len(text) > 1 and not (text[0] in b" \t\r\n\x00\xef" and is_noise(text)):
            yield number, text


def _skip_line(stream: BinaryIO) -> None:
    while (part := stream.readline(BLOCK)) and part[-1:] != b"\n":
        pass


def json_values(stream: BinaryIO) -> Iterator[tuple[int, bytes | Remark]]:
    """Every value with the line it begins in, not decoded: the elements of arrays, objects one after another.

    Blanks and commas between values are skipped. Numbers and words in a row give one remark together.
    """
    head = stream.read(LARGEST_AT_ONCE)
    in_a_row = False
    for line, text in _elements(head) or _Splitter(head, stream).values():
        is_scalar = not isinstance(text, Remark) and text[:1] not in {b"{", b"["}
        if not is_scalar:
            yield line, text
        elif not in_a_row:
            yield line, Remark(reason="unknown-record", detail="no object", line=line)
        in_a_row = is_scalar


def _elements(text: bytes) -> list[tuple[int, bytes | Remark]]:
    """The elements of a text that is one array and nothing else, with their lines; else nothing."""
    if (
        len(text) >= LARGEST_AT_ONCE
        or not text.lstrip(_BLANK).startswith(b"[")
        or text.count(b",") > MOST_PARTS
    ):
        return []
    try:
        raws = _split(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return []
    found: list[tuple[int, bytes | Remark]] = []
    at, line = 0, 1
    for raw in raws:
        element = bytes(raw)
        start = text.find(element, at)
        line += text.count(b"\n", at, start)
        found.append((line, element))
        at = start
    return found


class _Splitter:
    """Where values begin and end, by counting brackets outside of texts: no depth is too deep for it."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = memoryview(head)
        self._stream = stream
        self._buffer = b""
        self._line = 1
        self._ended = False

    def values(self) -> Iterator[tuple[int, bytes | Remark]]:
        """The bytes of every value that is no top-level array, and of every element of one."""
        at = 0
        inside = False  # an array
        while True:
            at = self._next(at)
            if at < 0:
                break
            first = self._buffer[at]
            if first == 0x5B and not inside:  # [
                inside = True
                at += 1
                continue
            if first == 0x5D:  # ]
                inside = False
                at += 1
                continue
            start, end = self._end(at)
            if end < 0:
                yield self._line, Remark(reason="unreadable", detail="cut off", line=self._line)
                return
            if end == 0:
                yield (
                    self._line,
                    Remark(
                        reason="too-large", detail=f"a value above {LONGEST_VALUE >> 20} MB", line=self._line
                    ),
                )
                return
            text = self._buffer[start:end]
            yield self._line, text
            self._line += text.count(b"\n")
            at = end
        if inside:
            yield self._line, Remark(reason="unreadable", detail="cut off", line=self._line)

    def _next(self, at: int) -> int:
        """Where the next value or bracket of a top-level array stands; -1 at the end."""
        while True:
            found = _BETWEEN.match(self._buffer, at)
            end = found.end() if found else at
            self._line += self._buffer.count(b"\n", at, end)
            if end < len(self._buffer):
                return end
            self._buffer = b""
            at = 0
            if not self._more():
                return -1

    def _more(self) -> bool:
        """Read on: as much again as is held, so that a long value is not gone through too often."""
        if self._ended:
            return False
        size = max(BLOCK, len(self._buffer))
        part = bytes(self._head[:size]) or self._stream.read(size)
        self._head = self._head[size:]
        self._ended = not part
        self._buffer += part
        return bool(part)

    def _end(self, start: int) -> tuple[int, int]:
        """Begin and end of the value that begins at `start`; end -1 if it is cut off, 0 if it is too long."""
        self._buffer = self._buffer[start:] if start > BLOCK else self._buffer
        start = start if start <= BLOCK else 0
        if self._buffer[start] not in b"{[":
            return start, self._scalar_end(start)
        depth = 0
        at = start
        while True:
            found = _PLAIN.match(self._buffer, at)
            at = found.end() if found else at
            is_text = self._buffer[at : at + 1] == b'"'
            end = self._text_end(at) if is_text else at
            if end < 0 or end >= len(self._buffer):
                if len(self._buffer) - start > LONGEST_VALUE:
                    return start, 0
                if not self._more():
                    return start, -1
            elif is_text:
                at = end
            else:
                depth += 1 if self._buffer[at] in b"{[" else -1
                at += 1
                if depth <= 0:
                    return start, at

    def _text_end(self, start: int) -> int:
        """Behind the quote that ends the text beginning at `start`; -1 if it is not held yet."""
        at = start
        while (at := self._buffer.find(b'"', at + 1)) >= 0:
            slash = at - 1
            while self._buffer[slash] == 0x5C:
                slash -= 1
            if (at - slash) % 2:  # an even number of backslashes stands before it
                return at + 1
        return -1

    def _scalar_end(self, start: int) -> int:
        """The end of a text, number or word that stands where an object should."""
        while True:
            found = _SCALAR.match(self._buffer, start)
            whole = found is not None and found.group() != b'"' and found.end() < len(self._buffer)
            if whole or len(self._buffer) - start > LONGEST_LINE or not self._more():
                return found.end() if found else len(self._buffer)
