"""What a command prints with: colour, glyphs, width, and the shape of an error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import IO

from tokmeter.core.errors import TokmeterError

DESIGN_WIDTH = 80
WIDE_FROM = 120
NARROWEST = 40
WIDEST_DIGITS = 5
"""A width with more digits is a mistake."""


def wants_json(arguments: list[str]) -> bool:
    """Whether JSON was asked for, told from the raw arguments: they may be what is wrong."""
    pairs = pairwise(arguments)
    return "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairs


def error_text(error: TokmeterError) -> str:
    """An error for people: what happened, then what to do."""
    hint = f"  {arrow(sys.stderr)} {error.hint}\n" if error.hint else ""
    return f"tokmeter: {error.sentence}\n{hint}"


def error_envelope(error: TokmeterError) -> str:
    """An error for scripts: the keys of every report's envelope, with `error` beside them."""
    document = _envelope("tokmeter.error/1", time.time_ns() // 1_000_000, None, ())
    document["error"] = {
        "code": error.code,
        "message": error.sentence,
        "hint": error.hint,
        "exit_status": error.exit_status,
    }
    return _dump(document)


def print_json(
    schema: str, now_ms: int, data: object, *, problems: Sequence[Mapping[str, object]] = ()
) -> None:
    """Print the answer of a command that is no report over a period, in the envelope of those that are."""
    sys.stdout.write(_dump(_envelope(schema, now_ms, data, problems)))


def problem(code: str, severity: str, message: str, hint: str = "", count: int = 0) -> dict[str, object]:
    """One item of an envelope's `problems`, with the keys that it has in reports."""
    return {"code": code, "severity": severity, "message": message, "count": count, "hint": hint or None}


def _envelope(
    schema: str, now_ms: int, data: object, problems: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    from tokmeter.core.spans import iso  # noqa: PLC0415 - `--help` and errors of the parser do without

    return {
        "schema": schema,
        "generated_at": iso(now_ms),
        "period": None,
        "filters": {},
        "data": data,
        "problems": list(problems),
    }


def _dump(document: object) -> str:
    import json  # noqa: PLC0415 - only where JSON is printed

    return json.dumps(document, indent=2) + "\n"


def table(rows: Sequence[Sequence[str]], *, right: AbstractSet[int] = frozenset()) -> str:
    """Rows of cells as aligned lines, two spaces in; columns in `right` are right-aligned."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(f"  {'  '.join(cells)}".rstrip())
    return for_stream("\n".join(lines) + "\n", sys.stdout)


def price_data(source: str, version: str) -> str:
    """What to call price data: versions mostly name their source themselves."""
    return version if version.startswith(source) else f"{source} {version}".strip()


def for_stream(text: str, stream: IO[str]) -> str:
    """`text` as the stream's terminal can show it."""
    if text.isascii() or unicode_ok(stream, os.environ):
        return text
    from tokmeter.reports.glyphs import to_ascii  # noqa: PLC0415 - rarely needed

    return to_ascii(text)


def arrow(stream: IO[str]) -> str:
    """The mark before a next step."""
    return "→" if unicode_ok(stream, os.environ) else "->"


def unicode_ok(stream: IO[str], env: Mapping[str, str]) -> bool:
    """Whether bars and arrows can be shown: the stream and the locale are UTF-8.

    Python itself writes UTF-8 under `LC_ALL=C`, where a terminal can't be trusted to show it.
    """
    if "utf" not in (getattr(stream, "encoding", None) or "").lower():
        return False
    locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
    return not locale or "utf" in locale.lower()


def color_ok(choice: str, stream: IO[str], env: Mapping[str, str]) -> bool:
    """Whether to colour: `--color`, then NO_COLOR, FORCE_COLOR, TERM=dumb, then whether it's a terminal."""
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR"):
        return True
    return env.get("TERM") != "dumb" and stream.isatty()


def terminal_width(stream: IO[str], env: Mapping[str, str]) -> int:
    """Columns to lay text out in: COLUMNS, the terminal's, or 80 when piped; never below 40."""
    columns = env.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) <= WIDEST_DIGITS and int(columns) > 0:
        return max(int(columns), NARROWEST)
    if stream.isatty():
        try:
            width = os.get_terminal_size(stream.fileno()).columns
        except OSError:
            width = 0
        if width > 0:  # some terminals, and `script`, do not say
            return max(width, NARROWEST)
    return DESIGN_WIDTH
