"""Names, keys, money and times of untrusted records.

Nothing but ids and names leaves a record: control characters stripped, at most 256 characters.
"""

from __future__ import annotations

import re
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from tokmeter.core.money import NANO
from tokmeter.histories._record import Remark, Tokens
from tokmeter.sources._fields import EARLIEST_MS, LATEST_MS, as_millis

LONGEST_NAME = 256
SHORTEST_REF = 20
"""Shorter provider ids repeat: local servers count up."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HTTP_DATE = re.compile(r"[A-Za-z]{3}, (\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d:\d\d:\d\d) (?:GMT|UTC|\+0000)")
_GENERATION = re.compile(r"gen-(?:[a-z]+-)?(\d{10})-")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}")
_CROCKFORD = {c: n for n, c in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
_LARGEST_USD = 10**9


def clean(value: object) -> str | None:
    """An id or name: the text without control characters and blanks around it, cut at 256 characters."""
    if type(value) is not str or not value:
        return None
    if len(value) > LONGEST_NAME:
        value = value[: LONGEST_NAME * 4]
    if not value.isprintable():
        value = "".join(c for c in value if c.isprintable())
    return value.strip()[:LONGEST_NAME] or None


def money_nano(value: object) -> int | None:
    """An amount of USD (number or decimal text) in nano-USD, without the errors of binary fractions.

    Rounded half to even at the tenth decimal; None where it is no finite amount below a thousand million.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    if isinstance(value, int) and abs(value) > _LARGEST_USD:  # str() refuses very long integers
        return None
    text = value.strip()[:64].removeprefix("$") if isinstance(value, str) else str(value)
    try:
        amount = Decimal(text)
        if not amount.is_finite() or abs(amount) > _LARGEST_USD:
            return None
        return int((amount * NANO).to_integral_value())
    except (ArithmeticError, ValueError):
        return None


def call_key(
    ref: str | None,
    *,
    gateway: str | None = None,
    ts: int = 0,
    model: str = "",
    tokens: Tokens | None = None,
    text: str = "",
) -> str:
    """The key of a call by rule 1.2.

    `resp:` and the provider's response id `ref` if it is long enough to be unique; else the gateway's own id
    with its prefix (`litellm:…`), else a hash of time (ms; 0 where the record has none), model, counts and
    the first 200 characters of the output, which no one can read back from it.
    """
    if ref is not None and len(ref) >= SHORTEST_REF:
        return f"resp:{ref}"
    if gateway:
        return gateway
    counts = tokens or Tokens()
    plain = f"{ts}\0{model}\0{counts.input}\0{counts.output}\0{text[:200]}"
    return f"h:{blake2b(plain.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def when(value: Any) -> int | None:
    """An instant as UTC milliseconds, from whatever people log; None if before 2020.

    Numbers above 1e17 are ns, above 1e14 µs, above 1e11 ms, else seconds. Naive texts are UTC.
    """
    if isinstance(value, str):
        value = _instant_text(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if not isinstance(value, str):
        if not 0 <= value < 1e20:  # NaN and infinities too
            return None
        if value > 1e17:
            value = value / 1e6 if isinstance(value, float) else value // 1_000_000
        elif value > 1e14:
            value = value / 1e3 if isinstance(value, float) else value // 1_000
    ms = as_millis(value)
    return ms if ms is not None and EARLIEST_MS <= ms < LATEST_MS else None


def _instant_text(text: str) -> str | float | None:
    text = text.strip()
    if not 8 <= len(text) <= 64:
        return None
    if text[4:5] == "-":
        return text.removesuffix(" UTC")
    try:
        return float(text) if text[0].isdigit() else _http_date(text)
    except ValueError:
        return text


def _http_date(text: str) -> str | None:
    match = _HTTP_DATE.fullmatch(text)
    if match is None or match[2].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(match[2].lower()) + 1
    return f"{match[3]}-{month:02d}-{int(match[1]):02d}T{match[4]}Z"


def when_of_id(ref: str | None) -> int | None:
    """The instant that an id itself tells: OpenRouter's `gen-<seconds>-…`, a ULID's first 48 bits."""
    if not ref:
        return None
    generation = _GENERATION.match(ref)
    if generation:
        return when(int(generation[1]))
    if _ULID.fullmatch(ref):
        ms = 0
        for letter in ref[:10].upper():
            ms = ms * 32 + _CROCKFORD[letter]
        return ms if EARLIEST_MS <= ms < LATEST_MS else None
    return None


def remark(reason: str, line: int) -> Remark:
    """A remark of a reason as `usage_tokens` gives it: a code, after a blank perhaps names of fields."""
    code, _, detail = reason.partition(" ")
    return Remark(reason=code, detail=detail, line=line)


def named(value: object) -> str:
    """An id chosen by a person, fit for a key: cleaned text or a number, `?` for anything else."""
    if type(value) is int and abs(value) < 10**18:
        return str(value)
    return clean(value) or "?"
