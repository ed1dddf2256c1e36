"""`tokmeter import`: read histories that were kept somewhere, once, and say what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tokmeter.cli.context import Context
from tokmeter.cli.options import Argument, Option, Switches, command, flag
from tokmeter.cli.output import for_stream
from tokmeter.cli.reporting import rendered
from tokmeter.core.errors import UsageError
from tokmeter.ledger.store import Ledger

if TYPE_CHECKING:
    from tokmeter.ingest.importing import ImportResult
    from tokmeter.reports.imported import Imported

MOST_REASONS = 5
"""Kinds of skipped records that are told of one file."""

PATHS = Argument("paths", "PATH…", "Files, folders, archives; - for standard input.", many=True)
DRY_RUN = flag("dry_run", "Say what an import would do, and keep nothing.", "-n")
FORMAT = Option("told", "text", ("--format",), "NAME", "Read it as this format, whatever it looks like.")
MAP = Option(
    "columns", "text", ("--map",), "COLUMNS", "A CSV's columns: ts=Date,model=Model,in=In,out=Out,cost=USD."
)


@command("json", "common", arguments=(PATHS,), own=(FORMAT, MAP, DRY_RUN))
def imports(
    switches: Switches, paths: tuple[str, ...], told: str | None, columns: str | None, dry_run: bool
) -> int:
    """Read histories of API calls into the ledger. Importing twice adds nothing."""
    from tokmeter.ingest.importing import import_paths  # noqa: PLC0415 - `--help` does without
    from tokmeter.reports.imported import build_import  # noqa: PLC0415 - the same

    if not paths:
        raise UsageError("import needs a PATH: a file, a folder, an archive or -.", "tokmeter import --help")
    context = Context(switches)
    found = _files(context, paths)
    mapping = _checked(told, columns)
    ledger = _on_trial(context) if dry_run else Ledger.open(context.paths.ledger)
    result = import_paths(
        ledger,
        found,
        now_ms=context.present_ms,
        prices=context.prices,
        format=told,
        mapping=mapping,
        counter=context.text_counter,
        zone=context.zone,
    )
    report = build_import(_told(result, dry_run=dry_run), context.now_ms, context.zone, str(Path.home()))
    if not switches.quiet or switches.json:
        sys.stdout.write(
            for_stream(rendered(context, report, "json" if switches.json else "text"), sys.stdout)
        )
    return 0 if any(file.formats for file in result.files) else 1


def _on_trial(context: Context) -> Ledger:
    """A copy of the ledger that is gone when the process ends; none is made for it."""
    if not os.path.exists(context.paths.ledger):  # noqa: PTH110 - never raises
        return Ledger.in_memory()
    return context.open_ledger().copy_in_memory()


def _checked(told: str | None, columns: str | None) -> Mapping[str, str] | None:
    """The description of a CSV; a mistake in it or in a format's name is said before anything is touched."""
    from tokmeter.histories._formats import format_named  # noqa: PLC0415 - `--help` does without
    from tokmeter.histories.mapped_csv import parse_map  # noqa: PLC0415 - the same

    try:
        if told is not None:
            format_named(told)
        return None if columns is None else parse_map(columns)
    except ValueError as error:
        raise UsageError(str(error), "How to call it: tokmeter import --help") from error


def _told(result: ImportResult, *, dry_run: bool) -> Imported:
    """The result in the words of the report."""
    from tokmeter.histories._reasons import REASONS  # noqa: PLC0415 - `--help` does without
    from tokmeter.reports.imported import Imported, ImportedFile, ImportedFormat  # noqa: PLC0415 - the same

    files = []
    for file in result.files:
        formats = [
            ImportedFormat(*(getattr(one, name) for name in ImportedFormat._fields))
            for one in file.formats.values()
        ]
        skipped = [
            (reason, REASONS.get(reason, reason), detail, records)
            for (reason, detail), records in file.skipped.most_common(MOST_REASONS)
        ]
        files.append(ImportedFile(file.path, formats, skipped))
    ratios = [(one.model, one.calls, one.recorded_nano, one.computed_nano) for one in result.ratios]
    return Imported(dry_run, files, result.merged, result.replaced, ratios, result.seconds)


def _files(context: Context, paths: tuple[str, ...]) -> list[Path | BinaryIO]:
    """What the words on the command line mean; a path that is not there is the user's to know at once."""
    from tokmeter.histories._walk import history_files  # noqa: PLC0415 - `--help` does without

    found: list[Path | BinaryIO] = []
    for word in paths:
        if word == "-":
            found.append(sys.stdin.buffer)
            continue
        path = Path(word).expanduser()
        try:
            path.stat()
        except OSError as error:
            raise UsageError(f"{word} cannot be read: {error.strerror}.", "tokmeter import --help") from error
        for file in history_files(path):
            if isinstance(file, Path):
                found.append(file)
            else:  # a folder below it that is closed to us
                context.warn(f"{word}: something below it was left out ({file.detail}).")
    return found
