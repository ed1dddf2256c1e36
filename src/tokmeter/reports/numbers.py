"""Figures as people read them: 56.3M, $39.82, +22 %. Rounding happens here and nowhere earlier."""

from __future__ import annotations

from tokmeter.core import money

NONE = "—"
"""No data; zero is 0."""

_UNITS = ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "B"), (1_000_000_000_000, "T"))


def tokens(count: int | None, *, exact: bool = False) -> str:
    """Tokens: 999, 1.5k, 857k, 56.3M, 1.24B; with `exact` all digits.

    A figure that rounds up to the next unit takes it: 999,950 is 1.0M, never 1000k.
    """
    if count is None:
        return NONE
    if exact or abs(count) < 1000:
        return f"{count:,}"
    sign, size = ("-" if count < 0 else ""), abs(count)
    for n, (unit, letter) in enumerate(_UNITS):
        places = _places(size, letter)
        scale: int = 10**places
        scaled = (size * scale + unit // 2) // unit
        if scaled < 1000 * scale or n == len(_UNITS) - 1:
            whole, rest = divmod(scaled, scale)
            decimals = f".{rest:0{places}d}" if places else ""
            return f"{sign}{whole:,}{decimals}{letter}" if whole >= 1 else f"{sign}{whole}{decimals}{letter}"
    return f"{count:,}"


def _places(size: int, letter: str) -> int:
    if letter == "k":
        return 1 if size < 9_950 else 0
    return 1 if letter == "M" else 2


def usd(nano: int | None) -> str:
    """Money: two decimals, four below a cent, thousands set apart; — when there is none to tell."""
    if nano is None:
        return NONE
    sign, size = ("-" if nano < 0 else ""), abs(nano)
    if 0 < size < money.NANO // 100:
        small = money.usd(size, 4)
        return "<$0.0001" if small == "0.0000" else f"{sign}${small}"
    whole, _, cents = money.usd(size).partition(".")
    return f"{sign}${int(whole):,}.{cents}"


def percent(part: int, whole: int) -> str:
    """A ratio as a whole percentage, half up; what is not all never reads 100%, what is not nothing 0%."""
    if whole <= 0:
        return NONE
    rounded = (200 * part + whole) // (2 * whole)
    if rounded == 0 and part > 0:
        return "<1%"
    if rounded == 100 and part < whole:
        return "99%"
    return f"{rounded}%"


def change(now: int, before: int) -> str:
    """A relative change: +22%, -4%, 0%, a factor, `new` where nothing was before, — where nothing is at all.

    From ten times on, a factor says it better than a percentage.
    """
    if before == 0:
        return "new" if now else NONE
    if now >= 10 * before > 0:
        return f"\N{MULTIPLICATION SIGN}{(2 * now + before) // (2 * before):,}"
    difference = now - before
    rounded = (200 * abs(difference) + before) // (2 * before)
    sign = "" if rounded == 0 else "+" if difference > 0 else "-"
    return f"{sign}{rounded:,}%"


def duration(ms: int) -> str:
    """A length of time: 40 s, 22 min, 3 h 05 min, 2 d 04 h."""
    seconds = ms // 1000
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours:02d} h"


def ago(ms: int) -> str:
    """How long ago, in one unit: just now, 4 min ago, 3 h ago, 2 d ago."""
    minutes = max(ms, 0) // 60_000
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    return f"{hours} h ago" if hours < 48 else f"{hours // 24} d ago"


def plural(count: int, one: str, many: str = "") -> str:
    """The word that goes with a count."""
    return one if count == 1 else many or f"{one}s"
