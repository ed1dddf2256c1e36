"""Values → text, and text → columns of a terminal. Log text is untrusted and cleaned here."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from tokmeter.reports import numbers
from tokmeter.reports.dates import moment
from tokmeter.reports.document import Change, Money, Ratio, Series, Value
from tokmeter.reports.glyphs import meter, spark, to_ascii

UNPRICED = "unpriced"
METER = 20
"""Cells of a gauge where there is room."""


class Style(NamedTuple):
    """How a page may look."""

    width: int = 80
    color: bool = False
    utf8: bool = True
    exact: bool = False
    tz: tzinfo | None = None


def clean(text: str) -> str:
    """`text` without anything a terminal could obey or a table could break on."""
    if text.isprintable():
        return text
    from tokmeter.core.names import printable  # noqa: PLC0415 - compiles patterns that few pages need

    return printable(text)


def write(value: Value, kind: str, style: Style) -> str:
    """One value as a person reads it."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Money):
        return _money(value)
    if isinstance(value, Ratio):
        return _ratio(value, kind, style)
    if isinstance(value, Change):
        return _trend(value) if kind == "trend" else numbers.change(value.now, value.before)
    if isinstance(value, Series):
        return spark(value.values, utf8=style.utf8)
    return numbers.NONE if value is None else _integer(value, kind, style)


def _ratio(value: Ratio, kind: str, style: Style) -> str:
    if kind == "meter":
        return meter(value.part, value.whole, METER, utf8=style.utf8)
    return numbers.percent(value.part, value.whole)


def _money(value: Money) -> str:
    if value.nano is None:
        return UNPRICED if value.unpriced_tokens else numbers.NONE
    return numbers.usd(value.nano) + ("+" if value.unpriced_tokens else "")


def _trend(value: Change) -> str:
    change = numbers.change(value.now, value.before)
    if change[0] == "\N{MULTIPLICATION SIGN}":
        return f"▲ {change}"
    if change[0] in "+-":
        return f"{'▲' if change[0] == '+' else '▼'} {change[1:]}"
    return f"= {change}"


def _integer(value: int, kind: str, style: Style) -> str:
    if kind == "tokens":
        return numbers.tokens(value, exact=style.exact)
    if kind == "share":
        return f"{value}%"
    if kind == "duration":
        return numbers.duration(value)
    if kind == "time" and style.tz is not None:
        return moment(value, style.tz)
    return f"{value:,}"


def finish(text: str, style: Style) -> str:
    """`text` in the characters that the terminal has."""
    return text if style.utf8 else to_ascii(text)


def cell_width(text: str) -> int:
    """How many columns `text` takes: 2 for wide characters, 0 for marks on the one before."""
    if text.isascii() or all(map(_is_narrow, text)):
        return len(text)
    from unicodedata import category, east_asian_width  # noqa: PLC0415 - rarely needed

    width = 0
    for c in text:
        if c == "\N{VARIATION SELECTOR-16}" or category(c) in ("Mn", "Me", "Cf"):
            continue
        width += 2 if east_asian_width(c) in "WF" else 1
    return width


def _is_narrow(c: str) -> bool:
    """Whether a character surely takes one column: Latin, our punctuation, arrows, operators, blocks."""
    return (
        c < "\u0300"
        or "\u2010" <= c <= "\u2027"
        or "\u2190" <= c <= "\u22ff"
        or "\u2500" <= c <= "\u25fc"
        or c == "✓"
    )


def shorten(text: str, width: int, *, utf8: bool = True) -> str:
    """`text` in at most `width` columns, an ellipsis where something is missing."""
    if cell_width(text) <= width:
        return text
    mark = "…" if utf8 else "..."
    room = width - len(mark)
    if room < 1:
        return mark[:width]
    kept = text[:room]
    while cell_width(kept) > room:
        kept = kept[:-1]
    return kept.rstrip() + mark


def shorten_start(text: str, width: int, *, utf8: bool = True) -> str:
    """`text` in at most `width` columns, its end kept: a path with its line number."""
    if cell_width(text) <= width:
        return text
    return shorten(text[::-1], width, utf8=utf8)[::-1]


def pad(text: str, width: int, *, right: bool) -> str:
    """`text` filled with spaces to `width` columns."""
    fill = " " * max(0, width - cell_width(text))
    return fill + text if right else text + fill
