"""A report for a terminal: 80 columns by design, down to 40, more columns from 120.

Our own layout instead of rich's tables: importing those costs more than a whole warm report. Numbers are
never cut; text columns shrink first, then whole columns go.
"""

from __future__ import annotations

from collections.abc import Sequence

from tokmeter.reports.document import Column, Line, Note, Piece, Report, Table, Value
from tokmeter.reports.glyphs import bar
from tokmeter.reports.render.cells import Style, cell_width, clean, finish, pad, shorten, shorten_start, write

WIDE = 120
NARROWEST = 40
INDENT = 2
GAP = 2
SIDE_GAP = 3
MIN_TEXT = (12, 16)
MIN_BAR = 8
SIDE_TEXT = 24

_SGR = {"strong": "1", "dim": "2", "good": "32", "bad": "31", "warn": "33", "bar": "36", "head": "2"}
_SYMBOLS = {
    "ok": ("✓", "ok", "good"),
    "info": ("≈", "~", "plain"),
    "hint": ("→", "->", "plain"),
    "warning": ("!", "!", "warn"),
}

Span = tuple[str, str]
Row = list[Span]
TEXT_KINDS = ("text", "path", "place", "remark", "bar", "series", "time")
BELOW = ("place", "remark")
SHRINKING = {"text": shorten, "path": shorten_start}


def render(
    report: Report,
    *,
    width: int = 80,
    color: bool = False,
    utf8: bool = True,
    wide: bool | None = None,
    exact: bool = False,
) -> str:
    """The whole page, ending with a newline. `wide` shows the wide columns whatever the width."""
    if wide is None:
        wide = width >= WIDE
    page = max(width, WIDE if wide else NARROWEST)
    tz = report.period.tz if report.period else None
    style = Style(page, color, utf8, exact, tz)
    rows: list[Row] = [*_title(report, style, wide=wide), []]
    if report.headline:
        rows += [row for line in report.headline for row in lay_line(line, style)] + [[]]
    rows += _tables(report.tables, style, wide=wide)
    if report.facts:
        rows += [row for line in report.facts for row in lay_line(line, style)] + [[]]
    rows += [row for note in report.notes for row in _note(note, style)]
    while rows and not rows[-1]:
        rows.pop()
    return "".join(_paint(row, style) + "\n" for row in rows)


def _paint(row: Row, style: Style) -> str:
    if not style.color:
        return finish("".join(text for text, _ in row).rstrip(), style)
    out = []
    for text, name in row:
        code = _SGR.get(name)
        shown = finish(text, style)
        out.append(f"\x1b[{code}m{shown}\x1b[0m" if code and shown.strip() else shown)
    return "".join(out).rstrip()


def _width(row: Sequence[Span]) -> int:
    return sum(cell_width(text) for text, _ in row)


# Lines


def _title(report: Report, style: Style, *, wide: bool) -> list[Row]:
    aside = clean(report.wide_aside if wide else report.aside)
    rows = lay_line(report.title, style, indent=0)
    room = style.width - _width(rows[-1])
    if aside and room >= cell_width(aside) + GAP:
        rows[-1].append((" " * (room - cell_width(aside)) + aside, "dim"))
    elif aside:
        rows.append([(aside, "dim")])
    return rows


def lay_line(line: Line, style: Style, *, indent: int = INDENT) -> list[Row]:
    """A line's groups with dots between; it breaks between groups, and inside one only if that must be."""
    rows: list[Row] = []
    room = style.width - indent
    for group in line.groups:
        spans = _spans(group, style, room)
        if rows and _width(rows[-1]) + 3 + _width(spans) <= style.width:
            rows[-1] += [(" · ", "dim"), *spans]
        else:
            rows += [[(" " * indent, "plain"), *part] for part in _wrapped(spans, room)]
    return rows


def _spans(group: Sequence[Piece], style: Style, room: int) -> Row:
    spans = [(write(piece.value, piece.kind, style), piece.style) for piece in group]
    for n, piece in enumerate(group):
        if piece.kind == "meter":
            spare = room - _width(spans)
            if spare < 0:
                keep = cell_width(spans[n][0]) + spare
                full, _ = spans[n]
                spans[n] = (_shrunk_meter(full, keep), piece.style)
                if not spans[n][0] and n:
                    spans[n - 1] = ("", "plain")
    return spans


def _shrunk_meter(full: str, width: int) -> str:
    if width < 5:
        return ""
    on = full.count(full[0]) if full[0] in "█#" else 0
    shown = on * width // len(full)
    return (full[0] * shown if on else "") + full[-1] * (width - shown) if on < len(full) else full[0] * width


def _wrapped(spans: Row, room: int) -> list[Row]:
    """Spans broken at spaces into rows of at most `room` columns; a longer word stays whole."""
    if _width(spans) <= room:
        return [spans]
    rows: list[Row] = [[]]
    glued = True
    for text, style in spans:
        for n, word in enumerate(text.split(" ")):
            glued = glued and n == 0
            if not word:
                glued = False
                continue
            space = "" if glued or not rows[-1] else " "
            if space and _width(rows[-1]) + 1 + cell_width(word) > room:
                rows.append([])
                space = ""
            rows[-1].append((space + word, style))
            glued = True
        glued = not text.endswith(" ")
    return rows


def _note(note: Note, style: Style) -> list[Row]:
    symbol, ascii_symbol, color = _SYMBOLS[note.severity]
    lead = (Piece(f"{symbol if style.utf8 else ascii_symbol} ", "text", color), *note.pieces)
    groups = (lead, (Piece(note.command, "text", "dim"),)) if note.command else (lead,)
    return lay_line(Line(groups), style)


# Tables


def _tables(tables: Sequence[Table], style: Style, *, wide: bool) -> list[Row]:
    beside = sorted((table for table in tables if table.side), key=lambda table: table.side)
    if wide and len(beside) > 1:
        rows = [
            row for table in tables if not table.side for row in [*lay_table(table, style, wide=True), []]
        ]
        return [*rows, *_side_by_side(beside, style), []]
    rows = []
    inline = [table for table in tables if table.inline and table.rows]
    label = max((cell_width(table.title) for table in inline), default=0)
    for table in tables:
        if table.inline:
            rows += _inline(table, label, style) if table.rows else []
            if inline and table is inline[-1]:
                rows.append([])
        else:
            rows += [*lay_table(table, style, wide=wide), []]
    return rows


def _inline(table: Table, label: int, style: Style) -> list[Row]:
    """`Projects    tokmeter $18.60 · infra $12.44 · 4 more $4.68`."""
    groups = tuple(
        (Piece(_short(row[0], style, SIDE_TEXT)), Piece(" "), Piece(row[1], "money")) for row in table.rows
    )
    start = INDENT + label + GAP
    rows = lay_line(Line(groups), style, indent=start)
    rows[0][0] = (pad(" " * INDENT + table.title, start, right=False), "plain")
    return rows


def _short(value: Value, style: Style, width: int) -> str:
    return shorten(write(value, "text", style), width, utf8=style.utf8)


def lay_table(table: Table, style: Style, *, wide: bool, page: int = 0) -> list[Row]:
    """Header, rows and total; without a frame. `page` is the room it has, indent included."""
    page = page or style.width
    if wide:
        table = table._replace(
            columns=tuple(c._replace(title=c.wide_title or c.title) for c in table.columns)
        )
    picked = [n for n, column in enumerate(table.columns) if not (column.narrow if wide else column.wide)]
    grid = _grid(table, picked, style)
    low = _too_long(table.columns, picked, grid, page - INDENT)
    picked, widths = _fit(table.columns, [n for n in picked if n not in low], grid, page - INDENT)
    rows: list[Row] = []
    if table.title and not table.inline:
        rows.append([(" " * INDENT + clean(table.title), "strong")])
    heads = {n: table.columns[n].title for n in picked}
    if any(heads.values()):
        rows.append(_row(table, heads, picked, widths, style, "head"))
    largest = _largest(table)
    for k, values in enumerate(table.rows):
        texts = {n: grid[n][k] for n in picked}
        for n in picked:
            if table.columns[n].kind == "bar":
                size = values[n]
                texts[n] = bar(size if isinstance(size, int) else 0, largest, widths[n], utf8=style.utf8)
        rows.append(_row(table, texts, picked, widths, style, ""))
        for n in low:
            rows += _below(grid[n][k], table.columns[n].kind, page)
    if table.total is not None:
        texts = {n: grid[n][-1] for n in picked}
        rows.append(_row(table, texts, picked, widths, style, "strong"))
    return rows


def _too_long(
    columns: Sequence[Column], picked: Sequence[int], grid: dict[int, list[str]], room: int
) -> list[int]:
    """The columns that go below their rows, because not all of the table fits on lines."""
    low = [n for n in picked if columns[n].kind in BELOW]
    taken = sum(max(map(cell_width, [columns[n].title, *grid[n]])) + GAP for n in picked) - GAP if low else 0
    return low if taken > room and len(low) < len(picked) else []


def _below(text: str, kind: str, page: int) -> list[Row]:
    """A text on lines of its own; a place stays in one piece, also where it is longer than the page."""
    start = 2 * INDENT
    parts = [[(text, "dim")]] if kind == "place" else _wrapped([(text, "dim")], page - start)
    return [[(" " * start, "plain"), *part] for part in parts] if text else []


def _largest(table: Table) -> int:
    bars = [n for n, column in enumerate(table.columns) if column.kind == "bar"]
    sizes = [row[n] for row in table.rows for n in bars]
    return max((size for size in sizes if isinstance(size, int)), default=0)


def _grid(table: Table, picked: Sequence[int], style: Style) -> dict[int, list[str]]:
    """The texts of each column, the total's last; a `+` after an amount stands outside the digits."""
    grid = {}
    for n in picked:
        kind = table.columns[n].kind
        texts = ["" if kind == "bar" else write(row[n], kind, style) for row in table.rows]
        if table.total is not None:
            value = table.total[n]
            texts.append("" if kind == "bar" or value is None else write(value, kind, style))
        if kind == "money" and any(text.endswith("+") for text in texts):
            texts = [text if text.endswith("+") or not text else f"{text} " for text in texts]
        grid[n] = texts
    return grid


def _fit(
    columns: Sequence[Column], picked: list[int], grid: dict[int, list[str]], room: int
) -> tuple[list[int], dict[int, int]]:
    """Which columns stay and how wide they are."""
    picked = list(picked)
    least = MIN_TEXT[room >= 76]
    while True:
        widths = {n: max(map(cell_width, [columns[n].title, *grid[n]]), default=0) for n in picked}
        bars = [n for n in picked if columns[n].kind == "bar"]
        widths.update(dict.fromkeys(bars, MIN_BAR))
        excess = sum(widths.values()) + GAP * (len(picked) - 1) - room
        shrinkable = [n for n in picked if columns[n].kind in SHRINKING]
        while excess > 0:
            n = max(shrinkable, key=lambda n: widths[n], default=-1)
            if n < 0 or widths[n] <= least:
                break
            widths[n] -= 1
            excess -= 1
        droppable = [n for n in picked if columns[n].drop]
        if excess <= 0 or not droppable:
            for n in bars:
                widths[n] = max(MIN_BAR, MIN_BAR - excess - INDENT)
            return picked, widths
        picked.remove(max(droppable, key=lambda n: (columns[n].drop, n)))


def _row(
    table: Table,
    texts: dict[int, str],
    picked: Sequence[int],
    widths: dict[int, int],
    style: Style,
    name: str,
) -> Row:
    row: Row = [(" " * INDENT, "plain")]
    for position, n in enumerate(picked):
        kind = table.columns[n].kind
        shrink = SHRINKING.get(kind)
        text = shrink(texts[n], widths[n], utf8=style.utf8) if shrink else texts[n]
        look = name or ("bar" if kind in ("bar", "series") else "plain")
        if position:
            row.append((" " * GAP, "plain"))
        row.append((pad(text, widths[n], right=kind not in TEXT_KINDS), look))
    return row


def _side_by_side(tables: Sequence[Table], style: Style) -> list[Row]:
    """Tables beside each other; the first takes the room that the others leave."""
    others = [_block(table, style) for table in tables[1:]]
    taken = sum(max(map(_width, block)) + SIDE_GAP for block in others)
    room = style.width - taken
    if room < NARROWEST:
        return [row for table in tables for row in [*lay_table(table, style, wide=True), []]][:-1]
    blocks = [lay_table(tables[0], style, wide=True, page=room), *others]
    blocks[0] = [[*row, (" " * (room - _width(row)), "plain")] for row in blocks[0]]
    rows: list[Row] = []
    for k in range(max(map(len, blocks))):
        row: Row = []
        for block in blocks:
            wide = max(map(_width, block))
            spans = block[k] if k < len(block) else []
            row += [*spans, (" " * (wide - _width(spans)), "plain")]
            row += [(" " * SIDE_GAP, "plain")] if block is not blocks[-1] else []
        rows.append(row)
    return rows


def _block(table: Table, style: Style) -> list[Row]:
    """A table as narrow as its texts allow, without indent."""
    short = tuple((_short(row[0], style, SIDE_TEXT), *row[1:]) for row in table.rows)
    rows = lay_table(table._replace(rows=short), style, wide=True)
    return [row[1:] for row in rows]
