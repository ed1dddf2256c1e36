"""`tokmeter export`: every entry, one a line: the contract that other programs read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import IO

from tokmeter.cli.context import Context
from tokmeter.cli.options import Option, Switches, command, flag, text
from tokmeter.core.errors import TokmeterError, UsageError

FORMAT = text("format", "jsonl|csv", "One JSON object or one CSV row a line.", "jsonl")
OUTPUT = Option("output", "path", ("-o", "--output"), "FILE", "Write to FILE, not stdout.")
JSON = flag("json", "The same as --format jsonl.")

CHUNK = 1_000
"""Rows that are formatted before they are written."""


@command("period", "filter", "sync", "demo", "common", own=(FORMAT, OUTPUT, JSON))
def export(switches: Switches, format: str, output: Path | None, json: bool) -> int:  # noqa: A002 - the switch's name
    """Every entry in order of time, with all its fields (docs/reference/export.md), up to `--as-of`.

    Streams: memory does not grow with the ledger.
    """
    if format not in {"jsonl", "csv"}:
        raise UsageError(
            f"--format: export writes jsonl or csv, not {format!r}.", "tokmeter export --format csv"
        )
    if json and format == "csv":
        raise UsageError("--json and --format csv contradict each other.", "tokmeter export --format csv")
    from tokmeter.metrics.query import EXPORT_FIELDS, entries  # noqa: PLC0415 - after the cheap refusals

    context = Context(switches)
    rows = entries(context.ledger.connection, context.until_now(context.filter()))
    with _target(output) as stream:
        if format == "csv":
            _write_csv(stream, EXPORT_FIELDS, rows)
        else:
            _write_jsonl(stream, EXPORT_FIELDS, rows)
    return 0


@contextmanager
def _target(path: Path | None) -> Iterator[IO[str]]:
    """Where rows go: stdout as UTF-8, or a private file that appears under its name only when complete."""
    if path is None:
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
        yield sys.stdout
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            yield stream
        part.replace(path)
    except OSError as error:
        raise TokmeterError(
            f"{path} cannot be written: {error.strerror}.", "Choose another place: tokmeter export -o FILE"
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _write_jsonl(stream: IO[str], fields: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    import msgspec  # noqa: PLC0415 - reports do without; here it is ten times faster than json

    encode = msgspec.json.encode
    ts, basis, flags = (fields.index(name) for name in ("ts", "count_basis", "flags"))
    form = _Form()
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        lines = []
        for row in chunk:
            record = dict(zip(fields, row, strict=True))
            record["ts"] = form.instant(row[ts])
            record["count_basis"] = form.basis(row[basis])
            record["flags"] = form.flags(row[flags])
            lines.append(encode(record).decode())
        lines.append("")
        stream.write("\n".join(lines))


def _write_csv(stream: IO[str], fields: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    import csv  # noqa: PLC0415 - only here

    from tokmeter.reports.render.csv import safe_text  # noqa: PLC0415 - the same

    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(fields)
    ts, basis, flags = (fields.index(name) for name in ("ts", "count_basis", "flags"))
    form = _Form()
    for row in rows:
        cells = [safe_text(value) if isinstance(value, str) else value for value in row]
        cells[ts] = form.instant(row[ts])
        cells[basis] = form.basis(row[basis])
        cells[flags] = " ".join(form.flags(row[flags]))
        writer.writerow(cells)


class _Form:
    """Stored integers → the words of the contract."""

    def __init__(self) -> None:
        from tokmeter.core.spans import iso  # noqa: PLC0415 - after the cheap refusals
        from tokmeter.core.usage import COUNT_BASES, flag_names  # noqa: PLC0415 - brings msgspec

        self._iso = iso
        self._bases = COUNT_BASES
        self._names = flag_names
        self._flags: dict[int, list[str]] = {}

    def instant(self, value: object) -> str:
        """UTC milliseconds as `2026-11-21T17:03:05.120Z`."""
        return self._iso(_integer(value))

    def basis(self, value: object) -> str:
        """How the counts came about, by name."""
        return self._bases[_integer(value)]

    def flags(self, value: object) -> list[str]:
        """The names of the flags that are set."""
        bits = _integer(value)
        if bits not in self._flags:
            self._flags[bits] = self._names(bits)
        return self._flags[bits]


def _integer(value: object) -> int:
    """A value that the ledger keeps as INTEGER NOT NULL."""
    if not isinstance(value, int):
        raise TypeError(f"an integer column holds {type(value).__name__}")
    return value
