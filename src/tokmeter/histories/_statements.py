"""What statements of providers have in common: a line is the sum of many calls between two instants.

A line's key names its format, start, width and every dimension it is grouped by, so
that a later export of the same day takes its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

import msgspec

from tokmeter.histories._extract import clean, money_nano, when
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import RowFormat, RowReader
from tokmeter.histories._record import Bucket, CostKind, Item

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
NO_CURRENCY = "XXX"
"""ISO 4217's code for none: an amount whose currency the record does not name is not taken for USD."""

_SECRET = re.compile(r"(?:sk|pk|rk)-[A-Za-z0-9_-]{24,}")
_CLAUDE_CODE_KEY = re.compile(r"claude_code_key_(.+)_[^_]+")
_OLD_CLAUDE = re.compile(r"claude-(opus|sonnet|haiku)-(3(?:-\d+)?)")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_SIGNS = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP"}


def bucket_key(name: str, start_ms: int, end_ms: int, dimensions: Iterable[str | None]) -> str:
    """`b:<format>|<start>|<width>|<dimensions>`; a bar inside a name can't pass for one between two."""
    parts = ((part or "").replace("%", "%25").replace("|", "%7C") for part in dimensions)
    return "|".join((f"b:{name}|{start_ms}|{end_ms - start_ms}", *parts))


def span(start: object, end: object, width_ms: int = DAY_MS) -> tuple[int, int] | None:
    """Start and end in UTC milliseconds; without a sensible end `width_ms` later, None without a start."""
    first = when(start)
    if first is None:
        return None
    last = when(end)
    return first, last if last is not None and last > first else first + width_ms


def key_name(value: object) -> str | None:
    """The name or id of an API key; of a whole key only a hash."""
    name = clean(value)
    if name is not None and _SECRET.fullmatch(name):
        return f"h:{blake2b(name.encode(), digest_size=8).hexdigest()}"
    return name


def user_of_key(name: str | None) -> str | None:
    """The user of Claude Code for whom a key was made, as such keys are named."""
    match = _CLAUDE_CODE_KEY.fullmatch(name or "")
    return match[1] if match else None


def model_id(name: str | None) -> str | None:
    """A display name as an id: lower case, blanks and dots as hyphens; of Claude 3 the version comes first.

    >>> model_id("Claude Sonnet 4.5"), model_id("Claude Haiku 3.5")
    ('claude-sonnet-4-5', 'claude-3-5-haiku')
    """
    if name is None or " " not in name:
        return name
    hyphened = re.sub(r"[\s.]+", "-", name.lower())
    old = _OLD_CLAUDE.fullmatch(hyphened)
    return f"claude-{old[2]}-{old[1]}" if old else hyphened


def currency_of(value: object) -> str:
    """A currency's code in capitals; `XXX` where it is none."""
    text = (clean(value) or "").strip()
    return text.upper() if _CURRENCY.fullmatch(text) else _SIGNS.get(text, NO_CURRENCY)


def cents_nano(value: object) -> int | None:
    """An amount of cents, mostly decimal text, in billionths of the whole unit."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, int) and abs(value) > 10**15:  # str() refuses very long integers
        return None
    try:
        return money_nano(Decimal(str(value).strip()[:64]).scaleb(-2))
    except (InvalidOperation, ValueError):
        return None


def with_list_price(line: Bucket, list_nano: int | None) -> Iterator[Bucket]:
    """A charged line, and beside it the list price that the statement itself names."""
    yield line
    if list_nano is not None:
        kind: CostKind = "list"
        yield msgspec.structs.replace(line, key=f"{line.key}|list", amount_nano=list_nano, amount_kind=kind)


class Repeats:
    """Tells lines with equal keys apart by their number among their equals.

    An export may be grouped by what we do not know of: then none of its lines may take another's place.
    """

    def __init__(self) -> None:
        self._seen: Counter[bytes] = Counter()

    def numbered(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items; of equal keys the second ends in `#2`, the third in `#3`."""
        for item in items:
            if isinstance(item, Bucket):
                digest = blake2b(item.key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
                self._seen[digest] += 1
                number = self._seen[digest]
                yield msgspec.structs.replace(item, key=f"{item.key}#{number}") if number > 1 else item
            else:
                yield item


class _TableReader(RowReader):
    """Reads the rows of one export."""

    def __init__(self, place: Place, format_: RowFormat) -> None:
        super().__init__(place, format_.read)
        self._repeats = Repeats()

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """What this row gives."""
        yield from self._repeats.numbered(super().feed(record, line))


class StatementTable(RowFormat):
    """An export whose rows are lines of a statement."""

    def reader(self, place: Place, state: bytes = b"") -> RowReader:  # noqa: ARG002 - an export is read whole
        """A reader for one file."""
        return _TableReader(place, self)


def no_record(record: Mapping[str, Any]) -> bool:  # noqa: ARG001 - a format that is CSV only
    """No JSON."""
    return False
