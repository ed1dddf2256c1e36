"""What every report of a period shares: which time it covers, how it is cut, its title and caveats."""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.core.spans import ALL, FIRST_YEAR, Period, Slice, days, hours, local, midnight, slices
from tokmeter.metrics.integrity import Integrity, integrity
from tokmeter.metrics.query import Connection, Filter, first_ms, newest_ms
from tokmeter.metrics.totals import Totals, totals
from tokmeter.reports.dates import heading
from tokmeter.reports.document import Line, words
from tokmeter.reports.numbers import ago
from tokmeter.reports.options import Options
from tokmeter.reports.records import zone_name


class Frame(NamedTuple):
    """A period as it will be reported: `shown` is cut to what the ledger holds when the period is open."""

    name: str
    connection: Connection
    period: Period
    shown: Period
    where: Filter
    now_ms: int
    options: Options
    newest_ms: int | None

    @property
    def filters(self) -> dict[str, tuple[str, ...]]:
        """What the user selected, by switch; empty ones left out."""
        chosen = {"source": self.where.sources, "project": self.where.projects, "model": self.where.models}
        return {name: values for name, values in chosen.items() if values}

    def cut(self, parts: list[Slice]) -> list[Slice]:
        """The slices without what a moved clock leaves out: everything after it."""
        if not self.options.look_back:
            return parts
        end = self.now_ms + 1
        return [Slice(day, min(start, end), min(stop, end)) for day, start, stop in parts]

    def whole(self) -> list[Slice]:
        """The period as one slice."""
        return self.cut([Slice(self.shown.first_day, self.shown.start_ms, self.shown.end_ms)])

    def later_requests(self) -> int:
        """How many requests of the period a moved clock leaves out."""
        start = max(self.now_ms + 1, self.shown.start_ms)
        if not self.options.look_back or self.newest_ms is None:
            return 0
        if self.newest_ms < start or start >= self.shown.end_ms:
            return 0
        rest = Slice(local(start, self.period.tz).date(), start, self.shown.end_ms)
        return totals(self.connection, self.where, [rest]).total.requests

    def integrity(self, found: Totals) -> Integrity:
        """The caveats of what was found."""
        return integrity(
            self.connection, self.where, found.total, found.by_model, self.later_requests(), whole=True
        )

    @property
    def past_label(self) -> str:
        """The period's name on a command line, if it is over: what is said without one is of the present."""
        return self.period.label if self.period.end_ms <= self.now_ms and self.period.kind != ALL else ""

    def title(self, name: str = "") -> Line:
        """The period in words, and first the report's own name if it has one."""
        parts = ([name] if name else []) + heading(self.shown, self.now_ms)
        first, *rest = parts
        return Line(((words(first, "strong"),), *((words(part),) for part in rest)))

    def selection(self) -> tuple[Line, ...]:
        """What was selected, so that a part is never taken for the whole."""
        chosen = [f"{switch} {', '.join(values)}" for switch, values in self.filters.items()]
        if not chosen:
            return ()
        first, *rest = chosen
        return (Line(((words(f"Only {first}", "dim"),), *((words(part, "dim"),) for part in rest))),)

    def aside(self) -> str:
        """When the logs were last read."""
        last = self.options.last_sync_ms
        return "" if last is None else f"synced {ago(self.now_ms - last)}"

    def wide_aside(self) -> str:
        """The same with the zone and the age of the prices."""
        version = self.options.prices_version
        prices = f"prices {version}" if version[:1].isdigit() else version
        return " · ".join(part for part in (zone_name(self.period), prices, self.aside()) if part)


def frame(
    name: str, connection: Connection, period: Period, filters: Filter, now_ms: int, options: Options
) -> Frame:
    """The frame of a report; the times of `filters` are replaced by those of the period."""
    where = filters.between(period.start_ms, period.end_ms)
    newest = newest_ms(connection)
    shown = _bounded(connection, period, newest, now_ms)
    return Frame(name, connection, period, shown, where, now_ms, options, newest)


def _bounded(connection: Connection, period: Period, newest: int | None, now_ms: int) -> Period:
    """An open period from the day of the first entry to the day of the newest (or today)."""
    if period.first_day.year >= FIRST_YEAR and period.kind != ALL:
        return period
    oldest = first_ms(connection)
    if oldest is None or newest is None:
        oldest = newest = now_ms
    first = local(min(oldest, period.end_ms - 1), period.tz).date()
    last = min(local(max(newest, now_ms), period.tz).date(), period.last_day)
    start = min(midnight(first, period.tz), oldest)
    end = min(max(midnight(last, period.tz) + 26 * 3_600_000, newest + 1), period.end_ms)
    return period._replace(start_ms=start, end_ms=end, first_day=first, last_day=max(first, last))


def cut_by(period: Period, week_start: int) -> tuple[str, list[Slice]]:
    """Rows that a page can hold: hours of a day, days up to two weeks, then weeks, months, years."""
    count = (period.last_day - period.first_day).days + 1
    if count <= 1:
        return "hour", hours(period)
    if count <= 14:
        return "day", days(period)
    if count <= 100:
        return "week", slices(period, "week", week_start)
    if count <= 750:
        return "month", slices(period, "month")
    return "year", slices(period, "year")
