"""Telling text apart: its encoding, and whether it is lines of JSON."""

from __future__ import annotations

import codecs

from tokmeter.histories._json import decode
from tokmeter.histories._record import Remark

_BLANK = b" \t\r\n\x00\x1e"
_CODECS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_encoding(head: bytes) -> str | None:
    """The encoding that a byte order mark tells, None for UTF-8: shells of Windows write UTF-16."""
    return next((name for mark, name in _CODECS if head.startswith(mark)), None)


def looks_like_lines(head: bytes, whole: bool) -> bool:
    """Whether a beginning is JSONL: its first line is a value of its own, and so are most.

    A head that was torn off or a line of prose at the front is forgiven.
    `whole`: there is nothing behind this beginning.
    """
    lines = [line for line in head.split(b"\n") if line.strip(_BLANK)]
    if len(lines) == 1:  # of a document if that is all, else too long to be seen whole
        return not whole and lines[0].lstrip(_BLANK).startswith(b"{")
    seen = lines[:20] if whole or len(lines) > 20 else lines[:-1]
    good = [_is_value(line) for line in seen]
    opens = lines[0].lstrip(_BLANK)[:1] in {b"{", b"["}
    return (good[0] or not opens) and sum(good) * 2 > len(good)


def _is_value(line: bytes) -> bool:
    text = line.strip(_BLANK + b",")
    return text[:1] in {b"{", b"["} and not isinstance(decode(text, 0), Remark)
