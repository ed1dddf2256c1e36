"""Bars and sparklines, in block characters or in ASCII."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▂▃▄▅▆▇█"


def bar(value: int, largest: int, width: int, *, utf8: bool = True) -> str:
    """A bar of up to `width` cells, to an eighth of a cell; anything above nothing shows at least a trace."""
    if value <= 0 or largest <= 0:
        return ""
    if not utf8:
        return "#" * max(1, (value * width * 2 + largest) // (2 * largest))
    eighths = max(1, (value * width * 16 + largest) // (2 * largest))
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def spark(values: Sequence[int | None], *, utf8: bool = True) -> str:
    """One mark a figure, highest for the largest; nothing used is the lowest line, still to come a dot.

    In ASCII: 1 to 9, `_` and `.`.
    """
    largest = max((value for value in values if value), default=0)
    return "".join(_mark(value, largest, utf8=utf8) for value in values)


def _mark(value: int | None, largest: int, *, utf8: bool) -> str:
    if value is None:
        return "·" if utf8 else "."
    if value <= 0:
        return "▁" if utf8 else "_"
    if not utf8:
        return str(-(-value * 9 // largest))
    return _LEVELS[-(-value * len(_LEVELS) // largest) - 1]


def meter(part: int, whole: int, width: int, *, utf8: bool = True) -> str:
    """A filled gauge: how much of the whole is used, full when it is more."""
    full = min(width, max(0, part * width // whole)) if whole > 0 else 0
    on, off = ("█", "░") if utf8 else ("#", "-")
    return on * full + off * (width - full)


# What each character becomes where only ASCII can be shown. Anything else turns into a question mark.
_ASCII = {
    "·": "|", "\N{EN DASH}": "-", "—": "-", "≈": "~", "✓": "ok", "▲": "+", "▼": "-", "…": "...", "→": "->",
    "±": "+/-", "\N{MULTIPLICATION SIGN}": "x", "\N{REPLACEMENT CHARACTER}": "?",
}  # fmt: skip


def to_ascii(text: str) -> str:
    """`text` in ASCII, as close as it goes."""
    if text.isascii():
        return text
    return "".join(c if c.isascii() else _ASCII.get(c, "?") for c in text)
