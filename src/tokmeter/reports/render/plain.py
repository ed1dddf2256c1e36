"""Tab-separated values for scripts: one header line, raw integers, nothing shortened."""

from __future__ import annotations

from tokmeter.reports.document import Report, Value
from tokmeter.reports.render.cells import clean


def render(report: Report) -> str:
    """The records of a report. An unknown value is empty; tabs and line breaks in names are replaced."""
    rows = ["\t".join(column.key for column in report.records.columns)]
    rows += ["\t".join(map(_plain, row)) for row in report.records.rows]
    return "\n".join(rows) + "\n"


def _plain(value: Value) -> str:
    return "" if value is None else clean(str(value))
