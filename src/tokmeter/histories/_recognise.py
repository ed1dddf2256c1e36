"""Whose a record is: it is offered to the formats in order, and read by the first that claims it.

Logs are mixed, so each record is judged by itself. What the first records of a file are is used for speed:
the format that has most of them may take lines undecoded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tokmeter.histories._format import Format, LineReader, Place, Reader
from tokmeter.histories._json import decode
from tokmeter.histories._record import Item, Remark

SNIFFED_RECORDS = 20
MAJORITY = 0.6
"""Share of the first records that makes a file one format's; below it is a mixed log."""
LISTS = ("data", "results", "items", "records", "rows", "logs", "observations", "value", "Records", "events")
"""Where an answer of an API keeps its list, when no format knows the answer itself."""
MOST_SHAPES = 512
LONGEST_SHAPE = 1_000

Found = tuple[Format | None, Item]

_NAME = re.compile(r"[@$]?[A-Za-z_][A-Za-z_.-]{0,31}")


class Recogniser:
    """Reads the records of one file; each goes to the reader of its own format. Never raises for a record."""

    def __init__(self, formats: Sequence[Format], place: Place, state: bytes = b"") -> None:
        self._formats = formats
        self._place = place
        self._readers: dict[str, tuple[Format, Reader]] = {}
        self._shapes: dict[tuple[str, ...], Format] = {}
        self.counts: Counter[str] = Counter()
        """Records by format id; "" for those of none."""
        self.main: Format | None = None
        """The format of most of the first records."""
        self._line_reader: LineReader | None = None
        self._judged = 0
        if state:
            self._restore(state)

    def feed_line(self, text: bytes, line: int) -> Iterator[Found]:
        """What a line of JSONL gives."""
        if self._line_reader is not None and self.main is not None:
            items = self._line_reader.feed_line(text, line)
            if items is not None:
                self.counts[self.main.id] += 1
                for item in items:
                    yield self.main, item
                return
        yield from self.feed(decode(text, line), line)

    def feed(self, record: Any, line: int) -> Iterator[Found]:
        """What a decoded value gives: an object, or a list of them."""
        if isinstance(record, dict):
            format_ = self.format_of(record)
            if format_ is not None:
                yield from self._read(format_, record, line)
                return
            inner = _list_of(record)
            if any(self.format_of(element) for element in inner[:SNIFFED_RECORDS]):
                for element in inner:
                    yield from self._one(element, line)
                return
            self._judge(None)
            yield None, Remark(reason="unknown-record", detail=key_names(record), line=line)
        elif isinstance(record, Remark):
            yield None, record
        elif isinstance(record, list) and any(isinstance(element, dict) for element in record):
            for element in record:
                yield from self._one(element, line)
        else:
            self._judge(None)
            yield None, Remark(reason="unknown-record", detail="no object", line=line)

    def finish(self) -> Iterator[Found]:
        """What is still open at the end of the file."""
        for format_, reader in self._readers.values():
            for item in reader.finish():
                yield format_, item

    def state(self) -> bytes:
        """What must be known to go on behind the records fed so far; b"" when nothing is open."""
        states = {name: reader.state() for name, (_, reader) in self._readers.items()}
        open_ones = {name: state for name, state in states.items() if state}
        main = self.main.id if self.main else ""
        if not open_ones and not main:
            return b""
        return msgspec.json.encode(_State(main, open_ones))

    def format_of(self, record: Any) -> Format | None:
        """The first format that claims an object.

        Objects with the same names in the same order are mostly the same format's, which is asked first then.
        """
        if not isinstance(record, dict):
            return None
        shape = tuple(record)
        known = self._shapes.get(shape)
        try:
            if known is not None and known.claims(record):
                return known
            for format_ in self._formats:
                if format_.claims(record):
                    if len(self._shapes) < MOST_SHAPES and sum(map(len, shape)) < LONGEST_SHAPE:
                        self._shapes[shape] = format_
                    return format_
        except RecursionError:  # nested just less than the decoder refuses
            pass
        return None

    def _one(self, element: Any, line: int) -> Iterator[Found]:
        """What an element of a list gives; its own lists are not looked into."""
        format_ = self.format_of(element)
        if format_ is not None:
            yield from self._read(format_, element, line)
            return
        self._judge(None)
        detail = key_names(element) if isinstance(element, dict) else "no object"
        yield None, Remark(reason="unknown-record", detail=detail, line=line)

    def _read(self, format_: Format, record: Mapping[str, Any], line: int) -> Iterator[Found]:
        self._judge(format_)
        if getattr(format_, "opt_in", False):
            yield format_, Remark(reason="opt-in", detail=f"--format {format_.id}", line=line)
            return
        yield from fed(format_, self._reader(format_), record, line)

    def _reader(self, format_: Format, state: bytes = b"") -> Reader:
        known = self._readers.get(format_.id)
        if known is None:
            known = self._readers[format_.id] = (format_, format_.reader(self._place, state))
        return known[1]

    def _judge(self, format_: Format | None) -> None:
        """Count a record; after the first ones settle whose file this mostly is."""
        self.counts[format_.id if format_ else ""] += 1
        self._judged += 1
        if self._judged == SNIFFED_RECORDS:
            self._settle()

    def _settle(self) -> None:
        self.main = main_format(self.counts, self._formats)
        if self.main is not None and not getattr(self.main, "opt_in", False):
            reader = self._reader(self.main)
            self._line_reader = reader if isinstance(reader, LineReader) else None

    def _restore(self, state: bytes) -> None:
        """Go on where an earlier reading of the file ended; a state that makes no sense is a fresh start."""
        try:
            saved = msgspec.json.decode(state, type=_State)
        except (msgspec.MsgspecError, ValueError):
            return
        for format_ in self._formats:
            if format_.id in saved.open:
                self._reader(format_, saved.open[format_.id])
            if format_.id == saved.main:
                self.counts[format_.id] = 0
                self.main = format_
        if self.main is not None:
            self._judged = SNIFFED_RECORDS
            reader = self._reader(self.main)
            self._line_reader = reader if isinstance(reader, LineReader) else None


class AsTold:
    """Reads every record as one format's, whether that claims it or not."""

    def __init__(self, format_: Format, place: Place, state: bytes = b"") -> None:
        self._format = format_
        self._reader = format_.reader(place, state)

    def feed_line(self, text: bytes, line: int) -> Iterator[Found]:
        """What a line of JSONL gives."""
        yield from self.feed(decode(text, line), line)

    def feed(self, record: Any, line: int) -> Iterator[Found]:
        """What a decoded value gives: an object, or a list of them."""
        for one in record if isinstance(record, list) else [record]:
            if isinstance(one, dict):
                yield from fed(self._format, self._reader, one, line)
            elif isinstance(one, Remark):
                yield None, one
            else:
                yield None, Remark(reason="unknown-record", detail="no object", line=line)

    def finish(self) -> Iterator[Found]:
        """What is still open at the end of the file."""
        for item in self._reader.finish():
            yield self._format, item

    def state(self) -> bytes:
        """What must be known to go on."""
        return self._reader.state()


class _State(NamedTuple):
    main: str
    open: dict[str, bytes]


def main_format(counts: Mapping[str, int], formats: Sequence[Format]) -> Format | None:
    """The format that has at least 60 % of the records counted, or None."""
    for format_ in formats:
        if counts.get(format_.id, 0) >= MAJORITY * max(1, sum(counts.values())):
            return format_
    return None


def fed(format_: Format, reader: Reader, record: Any, line: int) -> Iterator[Found]:
    """What a reader makes of a record; one nested so deep that reading it fails is a remark."""
    try:
        for item in reader.feed(record, line):
            yield format_, item
    except RecursionError:
        yield format_, Remark(reason="unreadable", detail="nested too deeply", line=line)


def _list_of(record: Mapping[str, Any]) -> list[Any]:
    """The list that an answer carries, if it carries one."""
    for name in LISTS:
        value = record.get(name)
        if isinstance(value, list) and value:
            return value
    return []


def key_names(names: Iterable[Any]) -> str:
    """The first names of an object, for a remark; those that are no plain words may be somebody's data."""
    words: list[str] = []
    for name in names:
        if len(words) == 5:
            words.append("…")
            break
        words.append(name if isinstance(name, str) and _NAME.fullmatch(name) else "?")
    return "keys " + ", ".join(words) if words else "no keys"
