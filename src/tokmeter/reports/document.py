"""A report as plain data: what to say and in which order, without widths, colours or rounding.

Values keep their kind (`Money`, `Ratio`, …), and each renderer writes them in its own way. Named tuples
instead of dataclasses, because defining a dataclass takes four times as long and these classes are
loaded by every warm report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from tokmeter.core.spans import Period

# What JSON can say. Renderers look no deeper.
Data: TypeAlias = Mapping[str, object]


class Money(NamedTuple):
    """An amount of nano-USD; None is unpriced. `unpriced_tokens` are missing from the amount."""

    nano: int | None
    unpriced_tokens: int = 0


class Ratio(NamedTuple):
    """A part of a whole, exact."""

    part: int
    whole: int


class Change(NamedTuple):
    """A figure and the one it is compared with."""

    now: int
    before: int


class Series(NamedTuple):
    """Figures in order of time; None is still to come."""

    values: tuple[int | None, ...]


Value: TypeAlias = str | int | Money | Ratio | Change | Series | None


class Column(NamedTuple):
    """One column.

    Kinds: text, path (keeps its end when shortened), place (never shortened, below its row where it does
    not fit), remark (the same for a sentence, which may wrap), money, tokens, count, share, percent, change,
    bar, series, time, duration.
    Narrow pages drop the column with the highest `drop` first and never one with 0. `wide` columns stand
    on wide pages only; `narrow` ones only on others; `wide_title` replaces the title on wide ones.
    """

    key: str
    title: str
    kind: str
    drop: int = 0
    wide: bool = False
    narrow: bool = False
    wide_title: str = ""


class Table(NamedTuple):
    """Rows under columns. `inline` tables take one line on normal pages: label and first money column.

    Tables with `side` above 0 stand side by side on wide pages, in that order.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    inline: bool = False
    side: int = 0


class Piece(NamedTuple):
    """A few words or one value with its kind. Styles: plain, strong, dim, good, bad, warn."""

    value: Value
    kind: str = "text"
    style: str = "plain"


class Line(NamedTuple):
    """Groups of pieces, set apart by a dot; a line too long for the page breaks between groups."""

    groups: tuple[tuple[Piece, ...], ...]
    wide: bool = False


class Note(NamedTuple):
    """One closing line: integrity and caveats. Severities: ok, info, warning; hint points the way."""

    code: str
    severity: str
    pieces: tuple[Piece, ...]
    command: str = ""
    number: int = 0


class Report(NamedTuple):
    """One document. `schema` names the JSON contract of `data`, for example `tokmeter.week/1`.

    `tables` are for people; `records` is the one flat table that `--plain` and CSV print.
    """

    schema: str
    title: Line
    aside: str
    wide_aside: str
    period: Period | None
    filters: Mapping[str, tuple[str, ...]]
    now_ms: int
    headline: tuple[Line, ...]
    tables: tuple[Table, ...]
    facts: tuple[Line, ...]
    notes: tuple[Note, ...]
    records: Table
    data: Data


def words(text: str, style: str = "plain") -> Piece:
    """Plain words."""
    return Piece(text, "text", style)


def line(*groups: Piece | tuple[Piece, ...]) -> Line:
    """A line of groups, each one piece or several."""
    return Line(tuple((group,) if isinstance(group, Piece) else group for group in groups))
