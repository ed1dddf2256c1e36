"""The JSON envelope: `schema`, `generated_at`, `period`, `filters`, `data`, `problems`.

Keys are added, never renamed, within one schema version (docs/reference/json.md).
"""

from __future__ import annotations

from tokmeter.core.spans import iso
from tokmeter.reports.document import Note, Report
from tokmeter.reports.records import period_data
from tokmeter.reports.render.cells import Style, write


def envelope(report: Report) -> dict[str, object]:
    """The whole answer as a mapping."""
    return {
        "schema": report.schema,
        "generated_at": iso(report.now_ms),
        "period": period_data(report.period),
        "filters": {name: list(values) for name, values in report.filters.items()},
        "data": report.data,
        "problems": [_problem(note) for note in report.notes if note.severity != "ok"],
    }


def render(report: Report) -> str:
    """The envelope as text; characters beyond ASCII are escaped, so nothing in it can act on a terminal."""
    import json  # noqa: PLC0415 - only this renderer needs it

    return json.dumps(envelope(report), indent=2) + "\n"


def _problem(note: Note) -> dict[str, object]:
    message = "".join(write(piece.value, piece.kind, Style(exact=True)) for piece in note.pieces)
    return {
        "code": note.code,
        "severity": "info" if note.severity == "hint" else note.severity,
        "message": message,
        "count": note.number,
        "hint": note.command or None,
    }
