"""Aider's chat history in a repository: the counts that it prints, else the texts.

The printed counts are rounded: exact below 1,000 (in some versions below any), to a tenth of a thousand below
10,000, to a thousand above. They tell the time of a session's start only, on the clock of that machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tokmeter.histories._aider_lines import MARK
from tokmeter.histories._extract import clean, money_nano
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import UNKNOWN, RowFormat
from tokmeter.histories._record import Call, Item, Remark, Tokens
from tokmeter.histories._routes import route_of_model
from tokmeter.histories._texts import Texts
from tokmeter.sources._fields import as_text

ID = "aider-chat"
_PART = re.compile(r"(\d[\d,]*(?:\.\d+)?)(k?) (sent|cache write|cache hit|cached|received)\b")
_SPENT = re.compile(r"Cost: \$(\d+(?:\.\d+)?) (?:message|request)\b")
_LONGEST = 400
"""Characters of a line that tells counts."""


def is_aider(record: Mapping[str, Any]) -> bool:
    """A record that was made of such a file."""
    return isinstance(record.get(MARK), str) and "number" in record and "first" in record


def _read(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    """One answer."""
    started = as_text(record.get(MARK)) or ""
    ms = _instant(started, place)
    model = clean(record.get("model"))
    told = as_text(record.get("usage"))
    tokens = None if told is None else counts_of(told[:_LONGEST])
    asked, said = as_text(record.get("asked")), as_text(record.get("said"))
    if tokens is None and not (asked and said):
        yield Remark(reason="no-usage", line=line)
        return
    texts = None
    if tokens is None:
        texts = Texts(given=(asked or "",), written=(said or "",), is_partial=True)
    cost = _SPENT.search(told[:_LONGEST]) if told else None
    yield Call(
        key=f"aider:{started.replace(' ', 'T')}/{clean(record.get('first'))}/{record.get('number')}",
        ts=place.mtime_ms if ms is None else ms,
        ts_quality="file" if ms is None else "exact",
        format=ID,
        evidence="transcript",
        model=model or UNKNOWN,
        provider=route_of_model(model),
        tokens=tokens or Tokens(),
        client="aider",
        conversation=started or None,
        cost_nanousd=None if cost is None else money_nano(cost[1]),
        cost_kind=None if cost is None else "estimated",
        needs_text=tokens is None,
        texts=texts,
        line=line,
    )
    if model is None:
        yield Remark(reason="no-model", line=line)


def counts_of(told: str) -> Tokens | None:
    """The counts of `4.2k sent, 1.1k cache write, 12k cache hit, 310 received.`; None without both ends.

    What was sent contains the cached parts, but of a writer that tells more of these than was sent.
    """
    parts = {name: _number(number, scale) for number, scale, name in _PART.findall(told)}
    if "sent" not in parts or "received" not in parts:
        return None
    read, written = parts.get("cache hit", parts.get("cached", 0)), parts.get("cache write", 0)
    fresh = parts["sent"] - read - written
    return Tokens(
        uncached_input=parts["sent"] if fresh < 0 else fresh,
        cache_read=read,
        creation_5m=written,
        output=parts["received"],
    )


def _number(number: str, scale: str) -> int:
    """`21,523`, `4.2k`, `12k`; what is no count of a call is none."""
    value = float(number.replace(",", "")[:16]) * (1_000 if scale else 1)
    return round(value) if value <= 1e9 else 0


def _instant(started: str, place: Place) -> int | None:
    """A time without a zone, in the zone of whoever reads it."""
    try:
        naive = datetime.strptime(started, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the file tells no zone
        ms = int(naive.replace(tzinfo=place.zone or UTC).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None
    return ms if ms > 0 else None


FORMATS = (
    RowFormat(
        id=ID,
        title="Aider chat history",
        evidence="a real history of 1,133 sessions (versions 0.47 to 0.86), checked 2026-11",
        is_own=is_aider,
        read=_read,
    ),
)
