"""A CSV of one's own, its columns named by `--map ts=Date,model=Model,in=Input,out=Output,cost=Cost`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from tokmeter.core.usage import MAX_TOKENS
from tokmeter.histories._format import Format, Place
from tokmeter.histories._ids import SHORTEST_REF, clean, money_nano, when
from tokmeter.histories._record import Call, Item, Remark, Tokens, TsQuality

FIELDS = {
    "ts": "date and time (UTC where it names no zone)",
    "model": "name of the model",
    "in": "input tokens, those from a cache among them",
    "fresh": "input tokens without those read from or written to a cache",
    "out": "output tokens, reasoning among them",
    "cache_read": "input tokens read from a cache",
    "cache_write": "input tokens written to a cache",
    "reasoning": "output tokens of reasoning",
    "cost": "what it cost, in USD unless `currency` says otherwise",
    "currency": "currency of the cost",
    "provider": "who bills",
    "project": "project",
    "id": "the response's own id",
}
"""What a column can be mapped to → what is expected there."""

_COUNTS = ("in", "fresh", "out", "cache_read", "cache_write", "reasoning")
_GROUPED = re.compile(r"\d{1,3}(?:[,.'\u2019 \u00a0\u202f]\d{3})+")
_SPACES = re.compile(r"[\s'\u2019\u00a0\u202f]")
_DAY = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(.*)", re.DOTALL)


def parse_map(text: str) -> dict[str, str]:
    """Field → column (lower case) of `--map`; ValueError with a sentence where it can't be understood.

    >>> parse_map("ts=Date, model=Model, in=Prompt Tokens")
    {'ts': 'date', 'model': 'model', 'in': 'prompt tokens'}
    """
    mapping: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        field, equals, column = (word.strip() for word in part.partition("="))
        field = field.lower()
        if not equals or not column:
            raise ValueError(f"--map wants field=Column, not {part!r}.")
        if field not in FIELDS:
            raise ValueError(f"--map has no field {field!r}; there are: {', '.join(FIELDS)}.")
        if field in mapping:
            raise ValueError(f"--map names the field {field!r} twice.")
        mapping[field] = column.lower()
    if "ts" not in mapping:
        raise ValueError("--map needs the column of the date: ts=Column.")
    if not mapping.keys() & {*_COUNTS, "cost"}:
        raise ValueError(
            "--map needs a column to count: in=, fresh=, out=, cache_read=, cache_write= or cost=."
        )
    if {"in", "fresh"} <= mapping.keys():
        raise ValueError("--map takes either in= (cached input among it) or fresh= (without it), not both.")
    return mapping


class MappedCsv:
    """The format that a mapping describes."""

    id = "mapped-csv"
    title = "CSV described by --map"
    evidence = "the user's own description"
    rare = False

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.mapping = dict(mapping)

    def claims(self, record: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the contract
        """No JSON."""
        return False

    def claims_header(self, names: frozenset[str]) -> bool:
        """Whether every column of the mapping is there."""
        return names.issuperset(self.mapping.values())

    def missing(self, names: frozenset[str]) -> str:
        """Which fields have no column in such a file."""
        return ", ".join(field for field, column in self.mapping.items() if column not in names)

    def reader(self, place: Place, state: bytes = b"") -> _Rows:  # noqa: ARG002 - a CSV is read whole
        """A reader for one file."""
        return _Rows(self.mapping, place)


class _Rows:
    """Reads rows. Equal rows are told apart by their number among their equals, the same at every import."""

    def __init__(self, mapping: Mapping[str, str], place: Place) -> None:
        self._mapping = mapping
        self._place = place
        self._seen: Counter[bytes] = Counter()

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """The call of a row, and remarks on what it lacks."""
        cells = {field: _cell(record, column) for field, column in self._mapping.items()}
        if not any(cells.get(field) for field in (*_COUNTS, "cost")):
            yield Remark(reason="no-usage", line=line)
            return
        ts, quality = _instant(cells["ts"])
        if ts is None:
            yield Remark(reason="no-time", detail="ts", line=line)
            ts, quality = self._place.mtime_ms, "file"
        tokens, faults = _tokens(cells)
        for reason, detail in faults:
            yield Remark(reason=reason, detail=detail, line=line)
        cost, fault = _cost(cells.get("cost", ""), cells.get("currency", ""))
        if fault:
            yield Remark(reason=fault, detail="cost", line=line)
        model = clean(cells.get("model"))
        if model is None:
            yield Remark(reason="no-model", line=line)
        ref = clean(cells.get("id"))
        has_ref = ref is not None and len(ref) >= SHORTEST_REF
        yield Call(
            key=f"resp:{ref}" if has_ref else self._key(cells, ts if quality != "file" else 0),
            ts=ts,
            format=MappedCsv.id,
            model=model or "unknown",
            provider=(clean(cells.get("provider")) or "").lower() or None,
            tokens=tokens,
            ts_quality=quality,
            evidence="gateway",
            provider_ref=ref if has_ref else None,
            project=clean(cells.get("project")),
            cost_nanousd=cost,
            cost_kind=None if cost is None else "estimated",
            line=line,
        )

    def finish(self) -> Iterator[Item]:
        """Nothing is open between rows."""
        return iter(())

    def state(self) -> bytes:
        """Nothing: see above."""
        return b""

    def _key(self, cells: Mapping[str, str], ts: int) -> str:
        """A hash of the row's own cells: neither the file nor the line is in it."""
        plain = "\0".join(f"{field}={cells[field]}" for field in sorted(cells) if field != "ts")
        digest = blake2b(f"{ts}\0{plain}".encode("utf-8", "surrogatepass"), digest_size=12).digest()
        self._seen[digest] += 1
        return f"h:{digest.hex()}{self._seen[digest]:08x}"


def _cell(record: Any, column: str) -> str:
    value = record.get(column) if isinstance(record, Mapping) else None
    return value.strip() if isinstance(value, str) else ""


def _tokens(cells: Mapping[str, str]) -> tuple[Tokens, list[tuple[str, str]]]:
    """The disjoint counts of a row, and what was wrong with them."""
    counts: dict[str, int] = dict.fromkeys(_COUNTS, 0)
    faults: list[tuple[str, str]] = []
    for field in _COUNTS:
        count = _count(cells.get(field, ""))
        if count is None:
            faults.append(("count-invalid", field))
        counts[field] = count or 0
    cached = counts["cache_read"] + counts["cache_write"]
    fresh = counts["fresh"]
    if counts["in"]:
        fresh = counts["in"] - cached
        if fresh < 0:
            faults.append(("not-exclusive", "in"))
            fresh = counts["in"]
    tokens = Tokens(
        uncached_input=fresh,
        cache_read=counts["cache_read"],
        creation_5m=counts["cache_write"],
        output=counts["out"],
        reasoning=min(counts["reasoning"], counts["out"]),
    )
    return tokens, faults


def _count(text: str) -> int | None:
    """A count as people write it: `1234`, `1,234`, `1.234`, `1 234`, `1234.0`; None where it is none."""
    if _GROUPED.fullmatch(text):
        text = re.sub(r"\D", "", text)
    text = re.sub(r"[.,]0*$", "", text)
    if not text:
        return 0
    # isdecimal lets digits of all scripts through, which int reads too.
    return int(text) if text.isdecimal() and len(text) <= 15 and int(text) <= MAX_TOKENS else None


def _cost(text: str, currency: str) -> tuple[int | None, str]:
    """Nano-USD of an amount, and the reason why it gives none."""
    text = _SPACES.sub("", text)
    if not text:
        return None, ""
    amount = text.upper().removeprefix("USD").removesuffix("USD").removeprefix("$").removesuffix("$")
    if currency.strip().upper() not in {"", "USD", "US$", "$"} or re.search(r"[^\d.,+eE-]", amount):
        return None, "other-currency" if re.search(r"\d", text) else "count-invalid"
    nano = money_nano(_point(amount))
    return (nano, "") if nano is not None and nano >= 0 else (None, "count-invalid")


def _point(amount: str) -> str:
    """An amount with a decimal point and no grouping: the last mark of two kinds is the decimal one.

    A lone comma groups only where it must (`1,234`): `0,123` and `1,23` are decimal.
    """
    comma, point = amount.rfind(","), amount.rfind(".")
    if comma < 0:
        return amount
    if point >= 0:
        mark = "," if comma > point else "."
        return amount.replace("." if mark == "," else ",", "").replace(mark, ".")
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", amount):
        return amount.replace(",", "")
    return amount.replace(",", ".")


def _instant(text: str) -> tuple[int | None, TsQuality]:
    """UTC milliseconds, and how well known. `3.2.2026` is day first; `3/2/2026` is not guessed."""
    day_first = _DAY_FIRST.fullmatch(text)
    if day_first:
        day, month, year, rest = day_first.groups()
        text = f"{year}-{int(month):02d}-{int(day):02d}{rest}"
    elif re.match(r"\d{4}/", text):
        text = text.replace("/", "-", 2)
    short = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(.*)", text, re.DOTALL)
    if short:
        text = f"{short[1]}-{int(short[2]):02d}-{int(short[3]):02d}{short[4]}"
    return when(text), "day" if _DAY.fullmatch(text) else "exact"


FORMATS: tuple[Format, ...] = ()
"""None by itself: a mapping makes it."""
