"""Money as integers of nano-USD: exact text for programs, rounded text for people.

Sums stay integers; nothing here is rounded unless the name says so.
"""

from __future__ import annotations

from tokmeter.core.errors import UsageError

NANO = 1_000_000_000
"""Nano-USD in one US dollar."""

_AMOUNT = r"^\$?\s*(\d{1,12})(?:\.(\d{1,9}))?$"


def exact(nano: int) -> str:
    """The whole amount in USD: at least two decimals, more only where they are not zero.

    >>> exact(39_820_000_000), exact(25_911_000)
    ('39.82', '0.025911')
    """
    dollars, rest = divmod(abs(nano), NANO)
    decimals = f"{rest:09d}".rstrip("0").ljust(2, "0")
    return f"{'-' if nano < 0 else ''}{dollars}.{decimals}"


def usd(nano: int, places: int = 2) -> str:
    """The amount in USD rounded half up to `places` decimals; for display only.

    >>> usd(39_815_000_000), usd(2_575_000, 4)
    ('39.82', '0.0026')
    """
    step: int = 10 ** (9 - places)
    units = (abs(nano) + step // 2) // step
    dollars, rest = divmod(units, 10**places)
    sign = "-" if nano < 0 and units else ""
    return f"{sign}{dollars}.{rest:0{places}d}" if places else f"{sign}{dollars}"


def as_json(nano: int | None) -> dict[str, str] | None:
    """The JSON form of an amount: exact, never rounded; None stays None (unpriced is not 0)."""
    return None if nano is None else {"amount": exact(nano), "currency": "USD"}


def parse_usd(text: str) -> int:
    """An amount a person typed (`60`, `$60.00`) in nano-USD."""
    import re  # noqa: PLC0415 - git hooks write amounts and read none; it takes as long as half of Python

    match = re.match(_AMOUNT, text.strip())
    if match is None:
        raise UsageError(f"{text!r} is not an amount in US dollars.", "Write it like 60 or 60.50")
    dollars, decimals = match.groups()
    return int(dollars) * NANO + int((decimals or "").ljust(9, "0"))
