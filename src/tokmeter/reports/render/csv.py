"""Comma-separated values for spreadsheets (RFC 4180, with line feeds)."""

from __future__ import annotations

from functools import lru_cache

from tokmeter.reports.document import Report, Value
from tokmeter.reports.render.cells import clean

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report) -> str:
    """The records of a report. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    import csv  # noqa: PLC0415 - only this renderer needs it
    import io  # noqa: PLC0415

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in report.records.columns])
    writer.writerows([_field(value) for value in row] for row in report.records.rows)
    return out.getvalue()


def _field(value: Value) -> str | int:
    if value is None:
        return ""
    if isinstance(value, int):
        return value
    return safe_text(str(value))


@lru_cache(maxsize=4096)
def safe_text(text: str) -> str:
    """A text that is only text for a spreadsheet (also behind spaces)."""
    shown = clean(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_RISKY) else shown
