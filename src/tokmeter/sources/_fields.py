"""Tolerant access to fields of decoded JSON: wrong types become `None` or a diagnostic, never an error."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from tokmeter.core.usage import MAX_TOKENS

EARLIEST_MS = 1_577_836_800_000
"""2020-01-01: no assistant kept token logs before."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01: later times are faults of the log."""
END_MS = 253_402_300_800_000
"""The year 10000, which no calendar of ours can show."""
LONGEST_WORD = 128
"""Characters of the longest tool name an API takes."""

_NOISE = b"\x00 \t\r\n"
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")
_DAY_MS: dict[str, int] = {}
_SECONDS = {f"{second:02d}.": second * 1000 for second in range(60)}
_PARTS = {f"{part:03d}Z": part for part in range(1000)}


def as_dict(value: Any) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_text(value: Any) -> str | None:
    """`value` if it is a non-empty string, else None."""
    return value if isinstance(value, str) and value else None


def fixed_word(value: object) -> str | None:
    """`value` if it is a single identifier, as tools, reasons and record types are named; else None.

    So no text of a person or model gets through: no blanks, no letters of scripts written without blanks.
    """
    return _word(value) if isinstance(value, str) and len(value) <= LONGEST_WORD else None


@lru_cache(maxsize=1024)
def _word(text: str) -> str | None:
    return text if _WORD.fullmatch(text) else None


def as_count(value: Any) -> int | None:
    """A token count: missing and null are 0, numeric strings count; None where it is no valid count.

    Negative, fractional, huge, not finite and boolean values are invalid (problem `count-invalid`).
    """
    if value is None:
        return 0
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            return None
    if isinstance(value, float):
        if not math.isfinite(value) or value != int(value):
            return None
        value = int(value)
    if not isinstance(value, int) or not 0 <= value <= MAX_TOKENS:
        return None
    return value


def as_millis(value: Any) -> int | None:
    """An instant as UTC milliseconds: ISO 8601 text (naive means UTC), or epoch seconds or milliseconds."""
    if isinstance(value, str):
        return _text_millis(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < END_MS:
        return None
    return int(value if value >= 1e11 else value * 1000)


def _text_millis(text: str) -> int | None:
    """Milliseconds of an ISO text; the common `2026-11-21T17:03:05.120Z` without building a datetime."""
    if len(text) == 24 and text[23] == "Z" and text[10] == "T" and text[19] == ".":
        day = _DAY_MS.get(text[:10])
        if day is None:
            try:
                day = (date.fromisoformat(text[:10]).toordinal() - 719_163) * 86_400_000
            except ValueError:
                return None
            if len(_DAY_MS) > 20_000:
                _DAY_MS.clear()
            _DAY_MS[text[:10]] = day
        try:
            hour, minute, second = int(text[11:13]), int(text[14:16]), int(text[17:19])
            if hour < 24 and minute < 60 and second < 61:
                millis = day + hour * 3_600_000 + minute * 60_000 + second * 1000 + int(text[20:23])
                return millis if 0 <= millis < END_MS else None
        except ValueError:
            pass
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    millis = round(moment.timestamp() * 1000)
    return millis if 0 <= millis < END_MS else None


class Clock:
    """`as_millis` for one log after another line: quick within the minute of the line before."""

    __slots__ = ("_minute", "_minute_ms")

    def __init__(self) -> None:
        self._minute = ""
        self._minute_ms = 0

    def millis(self, value: object) -> int | None:
        """The instant as UTC milliseconds."""
        if type(value) is not str:
            return as_millis(value)
        second = _SECONDS.get(value[17:20])
        part = _PARTS.get(value[20:])
        if second is None or part is None:
            return as_millis(value)
        minute = value[:17]
        if minute != self._minute:
            ms = as_millis(value)
            if ms is None:
                return None
            self._minute = minute
            self._minute_ms = ms - second - part
        return self._minute_ms + second + part


def decode_tolerant(line: bytes) -> Any:
    """The JSON value of a line that strict decoding refused: noise stripped, bad UTF-8 replaced, NaN taken.

    Raises ValueError when there is no JSON to be had (also for absurd nesting).
    """
    text = line.strip(_NOISE).removeprefix(b"\xef\xbb\xbf").strip(_NOISE).decode("utf-8", "replace")
    try:
        return json.loads(text, strict=False, parse_int=_integer)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _integer(digits: str) -> int | float:
    """An integer; one with more digits than Python reads is no count in any case."""
    return int(digits) if len(digits) <= 4_000 else math.inf


def is_noise(line: bytes) -> bool:
    """Whether a line holds nothing: blanks and NUL runs, as a crash leaves them."""
    return not line.strip(_NOISE).removeprefix(b"\xef\xbb\xbf")
