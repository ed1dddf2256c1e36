"""What records of gateways and observability tools have in common: one flat row a call, spelt many ways.

The same column is `usageDetails` in an API, `usage_details` in a table and `usagedetails` in a CSV of it, so
a `Row` is asked by names without case, blanks and underscores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from tokmeter.histories._extract import clean, money_nano, remark, when
from tokmeter.histories._format import Place
from tokmeter.histories._record import Item, Remark, Tokens, TsQuality
from tokmeter.sources._fields import as_count

UNKNOWN = "unknown"
"""The model of a call whose record names none."""

_LONGEST_COLUMN = 100
_LARGEST_JSON = 16_000_000
_LONGEST_MS = 7 * 86_400_000
_TRUE = frozenset({"true", "1", "yes", "t"})
_FALSE = frozenset({"false", "0", "no", "f"})
_SQUEEZED = str.maketrans("", "", "_ -.")


@lru_cache(maxsize=2048)
def squeeze(name: str) -> str:
    """A column's name without case and separators: `BYOK Usage` and `byok_usage` are `byokusage`."""
    return name.lower().translate(_SQUEEZED)


def json_table(value: object) -> dict[str, Any]:
    """An object, or the JSON text of one (as maps stand in a CSV); empty for anything else."""
    if isinstance(value, str) and len(value) <= _LARGEST_JSON and value.lstrip()[:1] == "{":
        try:
            value = msgspec.json.decode(value)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


class Row:
    """One record, asked for its fields by squeezed names; the first that is there and not empty counts.

    `reasons` gathers what was wrong with it, as `_extract.remark` takes it.
    """

    __slots__ = ("_fields", "reasons")

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._fields: dict[str, Any] = {}
        self.reasons: list[str] = []
        self.add(record)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def add(self, record: Mapping[str, Any]) -> None:
        """Take fields in; empty ones are as good as missing."""
        for name, value in record.items():
            if isinstance(name, str) and len(name) <= _LONGEST_COLUMN and value is not None and value != "":
                self._fields.setdefault(squeeze(name), value)

    def get(self, *names: str) -> Any:
        """The first of these fields that is there, as it is."""
        for name in names:
            value = self._fields.get(name)
            if value is not None:
                return value
        return None

    def text(self, *names: str) -> str | None:
        """An id or name; whole numbers are ids too."""
        value = self.get(*names)
        if type(value) is int and abs(value) < 10**18:
            return str(value)
        return clean(value)

    def count(self, *names: str) -> int:
        """A token count; 0 and a reason where it is none."""
        value = self.get(*names)
        if isinstance(value, str):  # a spreadsheet writes 12.0
            head, point, tail = value.strip().partition(".")
            value = head if point and not tail.strip("0") else value
        found = None if isinstance(value, dict | list) else as_count(value)
        if found is None:
            self.reasons.append(f"count-invalid {names[0]}")
        return found or 0

    def money(self, *names: str) -> int | None:
        """USD in nano-USD."""
        return money_nano(self.get(*names))

    def time(self, *names: str) -> int | None:
        """An instant in UTC milliseconds; the first of these fields that holds one."""
        for name in names:
            ms = when(self._fields.get(name))
            if ms is not None:
                return ms
        return None

    def start(self, place: Place, *names: str) -> tuple[int, TsQuality]:
        """When the call began, and how that is known: the file's own time where no field tells."""
        ms = self.time(*names)
        if ms is not None:
            return ms, "exact"
        self.reasons.append("no-time")
        return place.mtime_ms, "file"

    def span(self, *names: str) -> int | None:
        """A duration given in milliseconds."""
        return whole_ms(self.get(*names))

    def flag(self, *names: str) -> bool | None:
        """True or false, also as text; None where it says neither."""
        value = self.get(*names)
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, str | int) and value != "" else ""
        return True if word in _TRUE else False if word in _FALSE else None

    def table(self, *names: str) -> dict[str, Any]:
        """An object, or the JSON text of one."""
        return json_table(self.get(*names))

    def inclusive(
        self, given: int, output: int, *, read: int = 0, five: int = 0, hour: int = 0, reasoning: int = 0
    ) -> Tokens:
        """Disjoint counts of an input count that contains the cached tokens; the guard of 1.1."""
        fresh = given - read - five - hour
        if fresh < 0:
            if given:
                self.reasons.append("not-exclusive")
            fresh = given
        return Tokens(
            uncached_input=fresh,
            cache_read=read,
            creation_5m=five,
            creation_1h=hour,
            output=output,
            reasoning=min(reasoning, output),
        )

    def named(self, model: str | None) -> str:
        """The model's name, or `unknown` and a reason."""
        if model is None:
            self.reasons.append("no-model")
        return model or UNKNOWN

    def remarks(self, line: int) -> Iterator[Remark]:
        """What was wrong, each once."""
        for reason in dict.fromkeys(self.reasons):
            yield remark(reason, line)


def whole_ms(value: object) -> int | None:
    """A duration in milliseconds as a whole number; None where it can be none."""
    if isinstance(value, str):
        try:
            value = float(value[:32])
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not (math.isfinite(value) and 0 <= value <= _LONGEST_MS):
        return None
    return round(value)


def between(start: int | None, end: int | None) -> int | None:
    """Milliseconds from one instant to the other, if that can be a call's duration."""
    return None if start is None or end is None else whole_ms(end - start)


def tier_of(value: object) -> str | None:
    """A service tier by our names: OpenAI's `default` is standard; `auto` is a wish, no tier."""
    word = clean(value)
    if word is None or len(word) > 32:
        return None
    word = word.lower()
    return {"default": "standard", "on_demand": "standard", "auto": None}.get(word, word)


class RowReader:
    """Reads records that each stand alone: nothing is open between them."""

    def __init__(self, place: Place, read: Callable[[Mapping[str, Any], Place, int], Iterator[Item]]) -> None:
        self._place = place
        self._read = read

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """What this record gives."""
        if not isinstance(record, Mapping):
            yield Remark(reason="unknown-record", line=line)
            return
        yield from self._read(record, self._place, line)

    def finish(self) -> Iterator[Item]:
        """Nothing is open."""
        return iter(())

    def state(self) -> bytes:
        """Nothing need be known."""
        return b""


@dataclass
class RowFormat:
    """A format whose records each stand alone."""

    id: str
    title: str
    evidence: str
    is_own: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Mapping[str, Any], Place, int], Iterator[Item]]
    columns: tuple[frozenset[str], ...] = ()
    """Sets of column names (lower case) of which a CSV must have one whole."""
    without: frozenset[str] = frozenset()
    """Column names that only another format's table has."""
    rare: bool = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Whether a JSON object is one of this format's records."""
        return self.is_own(record)

    def claims_header(self, names: frozenset[str]) -> bool:
        """Whether a CSV with these column names is this format's."""
        return any(columns <= names for columns in self.columns) and not self.without & names

    def reader(self, place: Place, state: bytes = b"") -> RowReader:  # noqa: ARG002 - the contract; nothing is open
        """A reader for one file."""
        return RowReader(place, self.read)
