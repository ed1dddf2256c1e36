"""A report in Markdown, for pasting into an issue or a note."""

from __future__ import annotations

from tokmeter.reports.document import Line, Piece, Report, Table, Value
from tokmeter.reports.render.cells import Style, clean, write

_TEXT_KINDS = ("text", "path", "place", "remark", "series", "time")
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|#~"})


def render(report: Report, *, exact: bool = False) -> str:
    """Heading, headline, tables, closing lines."""
    style = Style(exact=exact, tz=report.period.tz if report.period else None)
    parts = [f"## {_line(report.title, style)}", *(_line(line, style) for line in report.headline)]
    parts += [_table(table, style) for table in report.tables if table.rows]
    parts += [_line(line, style) for line in report.facts]
    for note in report.notes:
        text = _pieces(note.pieces, style)
        parts.append(f"{text} · `{clean(note.command)}`" if note.command else text)
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    return text.translate(_SPECIAL)


def _line(line: Line, style: Style) -> str:
    return " · ".join(_pieces(group, style) for group in line.groups)


def _pieces(pieces: tuple[Piece, ...], style: Style) -> str:
    return "".join(escape(write(piece.value, piece.kind, style)) for piece in pieces)


def _table(table: Table, style: Style) -> str:
    picked = [n for n, column in enumerate(table.columns) if column.kind != "bar"]
    heads = [escape(table.columns[n].title) for n in picked]
    rules = ["---" if table.columns[n].kind in _TEXT_KINDS else "---:" for n in picked]
    rows = [_cells(table, row, picked, style) for row in table.rows]
    if table.total is not None:
        rows.append(_cells(table, table.total, picked, style, total=True))
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, rules, *rows)]
    title = [f"### {escape(table.title)}", ""] if table.title and not table.inline else []
    return "\n".join([*title, *lines])


def _cells(
    table: Table, row: tuple[Value, ...], picked: list[int], style: Style, *, total: bool = False
) -> list[str]:
    return [
        "" if total and row[n] is None else escape(write(row[n], table.columns[n].kind, style))
        for n in picked
    ]
