"""The times of lines, quickly: neighbouring lines share their minute."""

from __future__ import annotations

from tokmeter.sources._fields import as_millis

_MINUTES: dict[str, int] = {}
_SECONDS: dict[str, int] = {}
_MOST = 100_000


def millis(value: object) -> int | None:
    """`as_millis`, with the parts of `2026-11-21T17:03:` and `05.120Z` remembered apart."""
    if type(value) is not str or len(value) != 24:
        return as_millis(value)
    minute = _MINUTES.get(value[:17])
    second = _SECONDS.get(value[17:])
    if minute is not None and second is not None:
        return minute + second
    moment = as_millis(value)
    minute = as_millis(value[:17] + "00.000Z")
    if moment is not None and minute is not None:
        if len(_MINUTES) + len(_SECONDS) > _MOST:
            _MINUTES.clear()
            _SECONDS.clear()
        _MINUTES[value[:17]] = minute
        _SECONDS[value[17:]] = moment - minute
    return moment
