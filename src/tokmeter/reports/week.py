"""`tokmeter week`: what a week cost, when, by which models, for which projects."""

from __future__ import annotations

from datetime import tzinfo

from tokmeter.core.spans import Period
from tokmeter.metrics.query import Connection, Filter
from tokmeter.reports.document import Report
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.spent_in import build


def build_week(
    connection: Connection,
    period: Period,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options = DEFAULTS,
) -> Report:
    """The report of a week (or of any other period, cut into fitting rows)."""
    return build("week", connection, period._replace(tz=tz), filters, now_ms, options)
