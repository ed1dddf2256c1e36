"""The frame of `models` and `projects`: one table of everything that was used in a period."""

from __future__ import annotations

from collections.abc import Mapping

from tokmeter.core.spans import Period
from tokmeter.metrics.compare import Comparison, compare
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.totals import Totals, totals
from tokmeter.reports.closing import closing, emptiness
from tokmeter.reports.document import Report, Table, line, words
from tokmeter.reports.frame import Frame, cut_by, frame
from tokmeter.reports.headline import headline, headline_data
from tokmeter.reports.options import Options


class Mix:
    """The answers that a mix report lays out."""

    def __init__(
        self,
        name: str,
        connection: Connection,
        period: Period,
        filters: Filter,
        now_ms: int,
        options: Options,
    ) -> None:
        self.name = name
        self.within: Frame = frame(name, connection, period, filters, now_ms, options)
        self.kind, slices = cut_by(self.within.shown, options.week_start)
        found = totals(connection, self.within.where, self.within.cut(slices))
        self.found: Totals = found._replace(slices=slices)
        self.change: Comparison | None = compare(
            connection, self.within.where, period, now_ms, self.found, self.within.newest_ms
        )

    def report(self, title: str, table: Table, records: Table, data: Mapping[str, object]) -> Report:
        """The page around the table."""
        within, found = self.within, self.found
        figures = (within.shown, within.now_ms, found.total, len(found.sessions), self.change, None)
        notes = closing(within.integrity(found), within.past_label)
        used = bool(found.total.requests)
        said = headline(*figures) if used else (line(words("No requests in this period.")),)
        return Report(
            f"tokmeter.{self.name}/1",
            within.title(title),
            within.aside(),
            within.wide_aside(),
            within.period,
            within.filters,
            within.now_ms,
            (*within.selection(), *said),
            (table,) if used else (),
            (),
            notes if used else (*emptiness(within), *notes),
            records,
            {**headline_data(*figures), **data},
        )
