"""What people write for a period (`last week`, `2026-W47`, `7d`, `a..b`) → `Period`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

from tokmeter.core.errors import UsageError
from tokmeter.core.spans import (
    FIRST_YEAR,
    KINDS,
    LAST_YEAR,
    Period,
    Slice,
    containing,
    day_number,
    days,
    everything,
    hours,
    iso,
    local,
    of_instants,
    of_range,
    previous,
    same_part,
    slices,
    to_ms,
)

__all__ = [
    "EXAMPLES",
    "Period",
    "Slice",
    "containing",
    "day_number",
    "days",
    "everything",
    "hours",
    "iso",
    "local",
    "parse_between",
    "parse_instant",
    "parse_period",
    "previous",
    "same_part",
    "slices",
    "to_ms",
]

EXAMPLES = "last week, yesterday, 2026-W47, 2026-11, 2026-11-21, 2026, 7d, 2026-11-01..2026-11-15, all"
HINT = "tokmeter week 2026-W47"
"""What an error about a period ends with: a command that works."""

# Compiled where they are used: most runs name no period.
_WORDS = r"^(this|current|last|previous|prev)(?:[ _-]+(day|week|month|year))?$"
_WEEK = r"^(?:(\d{4})-?)?w(\d{1,2})$"
_LAST_N = r"^(\d{1,5})([dwmy])$"
_YEAR = r"^\d{4}$"
_MONTH = r"^(\d{4})-(\d{1,2})$"
_DAY = r"^(\d{4})-(\d{1,2})-(\d{1,2})$"
_INSTANT = r"^\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}"


def parse_period(text: str | None, default_kind: str, now_ms: int, tz: tzinfo, week_start: int = 0) -> Period:
    """The period that `text` names; nothing means the current one of `default_kind`."""
    return _Reader(default_kind, now_ms, tz, week_start).period(text)


def parse_between(
    since: str | None, until: str | None, now_ms: int, tz: tzinfo, week_start: int = 0
) -> Period:
    """The range from `--since` to `--until`; each a day, an instant or a period.

    A day of `--until` is included. Without `--since` it begins with the first entry there can be,
    without `--until` it ends with today.
    """
    return _Reader("day", now_ms, tz, week_start).between(since, until)


def parse_instant(text: str, now_ms: int, tz: tzinfo, *, end: bool = False) -> int:
    """UTC milliseconds of an instant (`2026-11-21T14:00`, with or without zone), or a day's start or end."""
    return _Reader("day", now_ms, tz, 0).edge(text, end=end)


class _Reader:
    """The clock, zone and habits that give a text its meaning."""

    def __init__(self, default_kind: str, now_ms: int, tz: tzinfo, week_start: int) -> None:
        self.kind = default_kind if default_kind in KINDS else "week"
        self.tz = tz
        self.week_start = week_start % 7
        self.today = local(now_ms, tz).date()

    def period(self, text: str | None) -> Period:
        typed = " ".join((text or "").split())
        words = typed.lower()
        if not words:
            return self._containing(self.kind, self.today)
        if ".." in words:
            since, _, until = typed.partition("..")
            return self.between(since.strip() or None, until.strip() or None)
        found = self._named(words) or self._dated(words, typed) or self._last_n(words, typed)
        if found is None:
            raise _unclear(text or "")
        return found

    def between(self, since: str | None, until: str | None) -> Period:
        start = self.edge(since, end=False) if since else everything(self.tz).start_ms
        end = self.edge(until, end=True) if until else self._containing("day", self.today).end_ms
        if end <= start:
            typed = f"{since or ''}..{until or ''}"
            raise UsageError(
                f"The period {typed!r} ends before it begins.", "tokmeter week 2026-11-01..2026-11-15"
            )
        period = of_instants(start, end, self.tz)
        if not since:
            return period._replace(label=f"..{period.last_day}")
        whole = of_range(period.first_day, period.last_day, self.tz)
        return whole if (whole.start_ms, whole.end_ms) == (start, end) else period

    def edge(self, text: str, *, end: bool) -> int:
        if re.match(_INSTANT, text.strip().lower()):
            try:
                moment = datetime.fromisoformat(text.strip().upper())
            except ValueError:
                raise _unclear(text) from None
            _check_year(moment.year, text)
            return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=self.tz))
        if ".." in text:
            raise _unclear(text)
        period = self.period(text)
        return period.end_ms if end else period.start_ms

    def _containing(self, kind: str, day: date) -> Period:
        return containing(kind, day, self.tz, self.week_start)

    def _named(self, words: str) -> Period | None:
        if words == "all":
            return everything(self.tz)
        if words in ("today", "yesterday"):
            return self._containing("day", self.today - timedelta(days=int(words == "yesterday")))
        if words in KINDS:
            return self._containing(words, self.today)
        match = re.match(_WORDS, words)
        if match is None:
            return None
        current = self._containing(match[2] or self.kind, self.today)
        return current if match[1] in ("this", "current") else previous(current)

    def _dated(self, words: str, typed: str) -> Period | None:
        try:
            if match := re.match(_WEEK, words):
                year = int(match[1]) if match[1] else self.today.isocalendar()[0]
                _check_year(year, typed)
                first = date.fromisocalendar(year, int(match[2]), 1)
                return self._containing("week", first)
            if re.match(_YEAR, words):
                _check_year(int(words), typed)
                return self._containing("year", date(int(words), 1, 1))
            if match := re.match(_MONTH, words):
                _check_year(int(match[1]), typed)
                return self._containing("month", date(int(match[1]), int(match[2]), 1))
            if match := re.match(_DAY, words):
                _check_year(int(match[1]), typed)
                return self._containing("day", date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            raise UsageError(f"The calendar has no {typed!r}.", HINT) from None
        return None

    def _last_n(self, words: str, typed: str) -> Period | None:
        match = re.match(_LAST_N, words)
        if match is None:
            return None
        count, unit = int(match[1]), match[2]
        if count == 0:
            raise UsageError(f"The period {typed!r} is no time at all.", "tokmeter week 7d")
        if unit in "dw":
            ordinal = self.today.toordinal() - count * (7 if unit == "w" else 1) + 1
        else:
            ordinal = _months_back(self.today, count * (12 if unit == "y" else 1))
        if ordinal < date(FIRST_YEAR, 1, 1).toordinal():
            raise UsageError(f"The period {typed!r} goes back before {FIRST_YEAR}.", "tokmeter week all")
        return of_range(date.fromordinal(ordinal), self.today, self.tz)


def _months_back(day: date, months: int) -> int:
    """The ordinal of the day after the one `months` months ago: 1m on 21 November begins on 22 October."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        return 0
    first_of_next = date(year + (month == 11), (month + 1) % 12 + 1, 1).toordinal()
    return min(date(year, month + 1, 1).toordinal() + day.day, first_of_next)


def _check_year(year: int, text: str) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UsageError(
            f"The calendar is too short for {text!r}: years run from {FIRST_YEAR} to {LAST_YEAR}.", HINT
        )


def _unclear(text: str) -> UsageError:
    return UsageError(f"There is no period called {text!r}. There are: {EXAMPLES}.", HINT)
