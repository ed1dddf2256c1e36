"""The contract of a format: which records are its own, and what they mean.

A format is pure: no ledger, no prices, no network, no clock, no printing. It never raises for a record's
fault: what it can't use becomes a `Remark`.

Every module of this folder without leading underscore lists its formats in `FORMATS: tuple[Format, ...]`; the
order in which they are asked is that of `_detect.ORDER`, and the first that claims a record has it. A format
may have `opt_in = True`: its records are then read only if it is asked for by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from tokmeter.histories._record import Item

if TYPE_CHECKING:  # brought by the reader of databases only
    import sqlite3


class Place(NamedTuple):
    """The file a record stands in."""

    name: str
    """Its name without folders (in an archive the member's); some formats need it as identity."""
    mtime_ms: int
    """When it was last written: the time of records that have none (`ts_quality` file)."""
    zone: tzinfo | None = None
    """Of times without one, in formats that write their machine's; None: UTC."""


class Reader(Protocol):
    """Reads the records of one file in their order; holds what streams need between records."""

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """What this record gives now.

        `record` is decoded JSON, or for a row of a CSV a dict of texts by column name (lower case, stripped;
        as `claims_header` sees them). Of a captured stream (SSE) every event's data is a record.
        """

    def finish(self) -> Iterator[Item]:
        """What is still open at the end of the file (a stream without its last event)."""

    def state(self) -> bytes:
        """What must be known to go on after the records fed so far; b"" when nothing is open."""


@runtime_checkable
class LineReader(Reader, Protocol):
    """A reader that can take a line of JSONL undecoded, to decode only what it needs of a large one."""

    def feed_line(self, text: bytes, line: int) -> list[Item] | None:
        """What this line gives; None unless it is surely a record of this format alone.

        After None the line is decoded and offered to every format, so None is always right, only slower.
        """


class Format(Protocol):
    """One format (or a family whose records are told apart inside)."""

    id: str
    """As in the export's `source`: `litellm-spend`, `openai-batch` …"""
    title: str
    """For people: `LiteLLM spend log`."""
    evidence: str
    """Where the format is known from, and when that was checked."""
    rare: bool
    """Known from one documentation source only: an import asks to check the totals."""

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Whether a JSON object is one of this format's records."""

    def claims_header(self, names: frozenset[str]) -> bool:
        """Whether a CSV with these column names (lower case, stripped) is this format's."""

    def reader(self, place: Place, state: bytes = b"") -> Reader:
        """A reader for one file, going on from `state` if given."""


@runtime_checkable
class SqliteFormat(Format, Protocol):
    """A format that is (also) a database; one that is nothing else claims no record and no header."""

    def claims_tables(self, tables: Mapping[str, frozenset[str]]) -> bool:
        """Whether a database with these real tables (no views, not virtual) and columns is this format's."""

    def read_database(self, connection: sqlite3.Connection, place: Place, after: str = "") -> Iterator[Item]:
        """What its records give; with `after`, only those whose id sorts behind it.

        The connection lets nothing through but SELECT on real columns of real tables, plain functions and
        `PRAGMA table_info`. A `sqlite3.Error` may be left to the caller: what was given before it counts.
        """


@runtime_checkable
class GrowingFormat(SqliteFormat, Protocol):
    """A database whose rows are added and never changed: a watched one is read from where it ended."""

    def newest(self, connection: sqlite3.Connection) -> str:
        """The greatest id there is, for `after` next time; "" without any."""
