"""Days, weeks, months, years and ranges as half-open intervals of UTC milliseconds.

Days are cut at local midnight in the user's zone, so a day may last 23 or 25 hours; nothing here
adds 24 hours to anything. Weeks are ISO weeks unless `week_start` says otherwise (0 is Monday).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR = 1970
LAST_YEAR = 2999
"""Years a person may ask for: wide enough for any log, far from the limits of `datetime`."""

KINDS = ("day", "week", "month", "year")
ALL = "all"
RANGE = "range"
_MILLISECOND = timedelta(milliseconds=1)


class Period(NamedTuple):
    """A half-open interval, start included, end excluded (a tuple, because classes cost start-up time).

    `label` is the text that names the period again (`2026-W47`, `2026-11-01..2026-11-20`, `all`).
    `first_day` and `last_day` are the local days it touches, both included.
    """

    kind: str
    start_ms: int
    end_ms: int
    label: str
    tz: tzinfo
    first_day: date
    last_day: date


class Slice(NamedTuple):
    """A local hour, day, week, month or year, cut to a period. `day` is its first day."""

    day: date
    start_ms: int
    end_ms: int


def to_ms(moment: datetime) -> int:
    """UTC milliseconds of an aware moment, without passing through a float."""
    return (moment - EPOCH) // _MILLISECOND


def local(ms: int, tz: tzinfo) -> datetime:
    """The wall clock in `tz` at a UTC instant; instants beyond `datetime`'s years are pulled inside."""
    low, high = -62_000_000_000_000, 253_300_000_000_000
    return (EPOCH + timedelta(milliseconds=min(max(ms, low), high))).astimezone(tz)


def midnight(day: date, tz: tzinfo) -> int:
    """The first instant of a local day; where midnight does not exist, the first that does."""
    return to_ms(datetime.combine(day, time(), tz))


def of_days(kind: str, first: date, last: date, label: str, tz: tzinfo) -> Period:
    """The period from the start of `first` to the end of `last`."""
    end = midnight(last + timedelta(days=1), tz)
    return Period(kind, midnight(first, tz), end, label, tz, first, last)


def of_instants(start_ms: int, end_ms: int, tz: tzinfo) -> Period:
    """A range between two instants."""
    first, last = local(start_ms, tz), local(max(start_ms, end_ms - 1), tz)
    label = f"{iso(start_ms)}..{iso(end_ms)}"
    return Period(RANGE, start_ms, end_ms, label, tz, first.date(), last.date())


def of_range(first: date, last: date, tz: tzinfo) -> Period:
    """A range of whole days."""
    return of_days(RANGE, first, last, f"{first}..{last}", tz)


def everything(tz: tzinfo) -> Period:
    """All time."""
    return of_days(ALL, date(1, 1, 3), date(9999, 12, 28), ALL, tz)


def containing(kind: str, day: date, tz: tzinfo, week_start: int = 0) -> Period:
    """The day, week, month or year that holds `day`."""
    if kind == "day":
        return of_days(kind, day, day, day.isoformat(), tz)
    if kind == "week":
        first = day - timedelta(days=(day.weekday() - week_start) % 7)
        last = first + timedelta(days=6)
        year, number, _ = day.isocalendar()
        label = f"{year:04d}-W{number:02d}" if week_start == 0 else f"{first}..{last}"
        return of_days(kind, first, last, label, tz)
    if kind == "month":
        last = date(day.year + day.month // 12, day.month % 12 + 1, 1) - timedelta(days=1)
        return of_days(kind, day.replace(day=1), last, f"{day.year:04d}-{day.month:02d}", tz)
    return of_days(kind, date(day.year, 1, 1), date(day.year, 12, 31), f"{day.year:04d}", tz)


def previous(period: Period) -> Period | None:
    """The period of the same kind just before; a range goes back by its own length.

    None when the period has no beginning.
    """
    if period.first_day.year < FIRST_YEAR:
        return None
    before = period.first_day - timedelta(days=1)
    if period.kind == "week":
        return containing("week", before, period.tz, week_start=period.first_day.weekday())
    if period.kind in KINDS:
        return containing(period.kind, before, period.tz)
    if is_whole_days(period):
        length = (period.last_day - period.first_day).days
        return of_range(before - timedelta(days=length), before, period.tz)
    return of_instants(2 * period.start_ms - period.end_ms, period.start_ms, period.tz)


def is_whole_days(period: Period) -> bool:
    """Whether the period begins and ends at local midnights."""
    return period.start_ms == midnight(period.first_day, period.tz) and period.end_ms == midnight(
        period.last_day + timedelta(days=1), period.tz
    )


def same_part(period: Period, now_ms: int) -> tuple[Period, Period | None]:
    """What has passed of `period`, and the same part of the one before.

    "Same" is by calendar and wall clock: until Thursday 14:30 of this week is until Thursday 14:30 of
    last week, also when a clock change lies between. A day that the other period does not have
    (the 31st, 29 February) means all of it.
    """
    before = previous(period)
    if now_ms >= period.end_ms:
        return period, before
    now_ms = max(now_ms, period.start_ms)
    elapsed = _until(period, now_ms)
    if before is None:
        return elapsed, None
    now = local(now_ms, period.tz)
    if period.kind == RANGE and not is_whole_days(period):
        end = before.start_ms + (now_ms - period.start_ms)
    else:
        day = _counterpart(period, before, now.date())
        end = before.end_ms if day is None else to_ms(datetime.combine(day, now.time(), period.tz))
    return elapsed, _until(before, min(max(end, before.start_ms), before.end_ms))


def _until(period: Period, end_ms: int) -> Period:
    last = local(max(period.start_ms, end_ms - 1), period.tz).date()
    return period._replace(end_ms=end_ms, last_day=last)


def _counterpart(period: Period, before: Period, day: date) -> date | None:
    """The day in `before` that stands where `day` stands in `period`; None when there is none."""
    if period.kind == "year":
        try:
            return day.replace(year=before.first_day.year)
        except ValueError:
            return date(before.first_day.year, 3, 1)
    other = before.first_day + (day - period.first_day)
    return other if other <= before.last_day else None


def day_number(period: Period, now_ms: int) -> tuple[int, int]:
    """Which day of how many `now_ms` falls on; 0 before the period, all of them after it."""
    days = (period.last_day - period.first_day).days + 1
    if now_ms >= period.end_ms:
        return days, days
    if now_ms < period.start_ms:
        return 0, days
    return (local(now_ms, period.tz).date() - period.first_day).days + 1, days


def days(period: Period) -> list[Slice]:
    """The local days of the period, the first and last cut to it."""
    return list(_cut(period, _day_starts(period)))


def hours(period: Period) -> list[Slice]:
    """The hours of the period by the clock on the wall: 23 or 25 on the day of a clock change."""
    hour = 3_600_000
    starts = []
    at = period.start_ms
    while at < period.end_ms:
        moment = local(at, period.tz)
        starts.append((moment.date(), at))
        past = ((moment.minute * 60 + moment.second) * 1000) + moment.microsecond // 1000
        at += hour - past
    return list(_cut(period, starts))


def slices(period: Period, kind: str, week_start: int = 0) -> list[Slice]:
    """The weeks, months or years that the period touches, cut to it."""
    starts = []
    day = period.first_day
    while day <= period.last_day:
        part = containing(kind, day, period.tz, week_start)
        starts.append((day, max(part.start_ms, period.start_ms)))
        day = part.last_day + timedelta(days=1)
    return list(_cut(period, starts))


def _day_starts(period: Period) -> list[tuple[date, int]]:
    count = (period.last_day - period.first_day).days + 1
    dates = (period.first_day + timedelta(days=n) for n in range(count))
    return [(day, midnight(day, period.tz)) for day in dates]


def _cut(period: Period, starts: list[tuple[date, int]]) -> Iterator[Slice]:
    ends = [start for _, start in starts[1:]] + [period.end_ms]
    for (day, start), end in zip(starts, ends, strict=True):
        yield Slice(day, max(start, period.start_ms), min(end, period.end_ms))


def iso(ms: int) -> str:
    """A UTC instant as the contracts write it: `2026-11-21T17:03:05.120Z`."""
    return local(ms, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"
