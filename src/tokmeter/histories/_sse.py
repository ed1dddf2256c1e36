"""Server-sent events as they were captured from the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from tokmeter.histories._json import LONGEST_LINE, decode
from tokmeter.histories._record import Remark

BEGINNING = re.compile(rb"(?:event|data|id|retry):|:")
"""How a line of a stream begins."""


def sse_records(stream: BinaryIO) -> Iterator[tuple[int, Any]]:
    """The decoded data of every event, with the line it begins in; comments and `[DONE]` are left out.

    Data over several lines is one text, up to the next line that is no data. Data that is whole by itself is
    an event at once, so that captures without the blank lines between events are read too.
    """
    parts: list[bytes] = []
    begin = number = held = 0
    while text := stream.readline(LONGEST_LINE):
        number += 1
        is_data = text.startswith(b"data:")
        if parts and (not is_data or held > LONGEST_LINE):
            yield begin, decode(b"\n".join(parts), begin)
            parts, held = [], 0
        if not is_data:
            continue
        data = text[5:].strip()
        if not parts:
            if not data or data == b"[DONE]":
                continue
            value = decode(data, number)
            if not isinstance(value, Remark):
                yield number, value
                continue
            begin = number
        parts.append(data)
        held += len(data)
    if parts:
        yield begin, Remark(reason="unreadable", detail="cut off", line=begin)
