"""Days and periods in words. English names, whatever the locale says, so that output can be compared."""

from __future__ import annotations

from datetime import date, tzinfo

from tokmeter.core.spans import ALL, KINDS, Period, Slice, day_number, local

TO = " \N{EN DASH} "
"""Between the ends of a range of days."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def weekday(day: date) -> str:
    """`Mon`."""
    return DAYS[day.weekday()]


def short(day: date) -> str:
    """`Mon 16`."""
    return f"{weekday(day)} {day.day}"


def full(day: date) -> str:
    """`Mon 16 Nov 2026`."""
    return f"{short(day)} {MONTHS[day.month - 1]} {day.year}"


def moment(ms: int, tz: tzinfo) -> str:
    """`Sat 21 Nov 2026 17:03` by the clock on the wall."""
    at = local(ms, tz)
    return f"{full(at.date())} {at:%H:%M}"


def between(first: date, last: date) -> str:
    """First and last day with a dash between, naming month and year once where one is enough."""
    if first == last:
        return full(last)
    if first.year != last.year:
        return f"{full(first)}{TO}{full(last)}"
    if first.month != last.month:
        return f"{short(first)} {MONTHS[first.month - 1]}{TO}{full(last)}"
    return f"{short(first)}{TO}{full(last)}"


def heading(period: Period, now_ms: int) -> list[str]:
    """The parts of a title: `Week 47`, its days, `day 6 of 7`."""
    number, count = day_number(period, now_ms)
    running = period.start_ms <= now_ms < period.end_ms
    last = local(now_ms, period.tz).date() if running else period.last_day
    position = [f"day {number} of {count}"] if running else []
    if period.kind == "week":
        return [week_name(period), between(period.first_day, last), *position]
    if period.kind == "day":
        return [full(period.first_day), *([f"until {local(now_ms, period.tz):%H:%M}"] if running else [])]
    if period.kind == "month":
        return [f"{LONG_MONTHS[period.first_day.month - 1]} {period.first_day.year}", *position]
    if period.kind == "year":
        return [str(period.first_day.year), *position]
    days = [between(period.first_day, period.last_day), f"{count:,} day{'s' * (count != 1)}"]
    return ["All time", *days] if period.kind == ALL else days


def week_name(period: Period) -> str:
    """`Week 47`; weeks that do not begin on Monday have no ISO number."""
    return f"Week {period.first_day.isocalendar()[1]}" if period.first_day.weekday() == 0 else "Week"


def end_name(period: Period) -> str:
    """When a period ends, for a projection: `Sunday`, `30 November`, `midnight`."""
    if period.kind == "day":
        return "midnight"
    if period.kind == "week":
        return LONG_DAYS[period.last_day.weekday()]
    return f"{period.last_day.day} {LONG_MONTHS[period.last_day.month - 1]}"


def before_name(period: Period, now_ms: int) -> str:
    """What a period is compared with: `last week to date`, or `the week before` once it is over."""
    running = now_ms < period.end_ms
    if period.kind == "day":
        return "yesterday by this time" if running else "the day before"
    if period.kind in KINDS:
        return f"last {period.kind} to date" if running else f"the {period.kind} before"
    days = (period.last_day - period.first_day).days + 1
    name = "the day before" if days == 1 else f"the {days:,} days before"
    return f"{name}, to the same hour" if running else name


def nothing_before(period: Period, now_ms: int) -> str:
    """What to say where there is nothing to compare with: `no requests last week by this time`."""
    running = now_ms < period.end_ms
    if period.kind in KINDS and running:
        before = "yesterday" if period.kind == "day" else f"last {period.kind}"
        return f"no requests {before} by this time"
    return f"no requests in {before_name(period, period.end_ms)}"


def slice_name(part: Slice, kind: str, tz: tzinfo) -> str:
    """The label of a row: `14:00`, `Mon 16`, `W47 16 Nov`, `Nov 2026`, `2026`."""
    day = part.day
    if kind == "hour":
        return f"{local(part.start_ms, tz):%H:%M}"
    if kind == "day":
        return short(day)
    if kind == "week":
        return f"W{day.isocalendar()[1]:02d} {day.day:>2} {MONTHS[day.month - 1]}"
    if kind == "month":
        return f"{MONTHS[day.month - 1]} {day.year}"
    return str(day.year)


def slice_mark(part: Slice, kind: str, tz: tzinfo) -> str:
    """The shortest label of a slice, for the ends of a sparkline: `14`, `Mon`, `W47`, `Nov`, `2026`."""
    if kind == "hour":
        return f"{local(part.start_ms, tz):%H}"
    if kind == "day":
        return weekday(part.day)
    if kind == "week":
        return f"W{part.day.isocalendar()[1]:02d}"
    return MONTHS[part.day.month - 1] if kind == "month" else str(part.day.year)
