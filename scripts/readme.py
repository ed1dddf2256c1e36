"""Writes what the program itself says into the documentation, so that no page can drift from it.

    .venv/bin/python scripts/readme.py            rewrite README.md and docs/reference/cli.md
    .venv/bin/python scripts/readme.py --check    status 1 and a difference where they are out of date

In README.md it fills the blocks between `<!-- output: COMMAND -->` and `<!-- end of output -->` with what
the command prints; `(120 columns)` in front of the colon sets the width. docs/reference/cli.md is written
whole, from the same table that command lines are read by.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from tokmeter.cli.app import COMMANDS, EXAMPLES, load
from tokmeter.cli.commands import examples
from tokmeter.cli.options import GROUPS, Command, Option

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
CLI = ROOT / "docs" / "reference" / "cli.md"

OUTPUT = re.compile(
    r"(?P<head><!-- output(?: \((?P<width>\d+) columns\))?: (?P<command>.+?) -->\n)"
    r".*?"
    r"(?P<tail><!-- end of output -->)",
    re.DOTALL,
)
PRICES = re.compile(r"(?<=<!-- price data: genai-prices )\S+(?= -->)")
DEMO_HOME = re.compile(r"\S*/tokmeter-demo-[^/\s]+")
"""Where a demo's logs lie while it runs."""

GROUP_TITLES = {
    "period": "Period",
    "filter": "Selection",
    "json": "JSON",
    "shape": "Shape",
    "sync": "Sync",
    "demo": "Demo",
    "common": "Common",
}
PERIODS = (
    ("today, yesterday", "one day"),
    ("day, week, month, year", "the current one; `this week` is the same"),
    ("last week, previous month", "the one before"),
    ("2026-W47", "a week by its ISO number"),
    ("2026-11-21, 2026-11, 2026", "a day, a month, a year"),
    ("7d, 4w, 3m, 1y", "so many, ending with today"),
    ("2026-11-01..2026-11-15", "from a day to a day, both included; either may be left out"),
    ("all", "everything in the ledger"),
)


def readme(text: str) -> str:
    """The README with every output as the program prints it now."""
    return PRICES.sub(version("genai-prices"), OUTPUT.sub(_filled, text))


def _filled(block: re.Match[str]) -> str:
    printed = run(block["command"], int(block["width"] or 80))
    return f"{block['head']}```console\n$ {block['command']}\n{printed}```\n{block['tail']}"


def run(command: str, width: int) -> str:
    """What a command prints on stdout: in UTC, without colour, with nothing of the machine it runs on."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": folder,
            "TOKMETER_HOME": folder,
            "TZ": "UTC",
            "LANG": "C.UTF-8",
            "COLUMNS": str(width),
        }
        words = shlex.split(command)[1:]
        done = subprocess.run(  # noqa: S603 - the commands stand in README.md
            [sys.executable, "-m", "tokmeter", *words], env=environment, capture_output=True, check=True
        )
    return DEMO_HOME.sub("/home/you", done.stdout.decode())


def cli() -> str:
    """The reference of all commands and switches."""
    return "\n".join(_cli_lines())


def _cli_lines() -> Iterator[str]:
    yield from (
        "# Command line",
        "",
        "<!-- Written by scripts/readme.py from the table that command lines are read by. -->",
        "",
        "    tokmeter [COMMAND] [PERIOD] [SWITCHES]",
        "",
        "Without a command it is `week`: `tokmeter last week` and `tokmeter --json` are weeks.",
        "Switches may stand anywhere; `--` ends them.",
        "`tokmeter COMMAND --help` prints the same for one command; `tokmeter --version` prints the version.",
        "",
        *_table(("example", "what it shows"), [(f"`{line}`", meaning) for line, meaning in EXAMPLES]),
        "## Periods",
        "",
        *_table(("PERIOD", "means"), [(_codes(names), meaning) for names, meaning in PERIODS]),
        "Days begin at midnight in the zone of `--tz`, weeks on Monday ([environment.md](environment.md)).",
        "",
        "## Commands",
        "",
        *_table(
            ("command", "what it shows"),
            [(f"[`{name}`](#tokmeter-{_anchor(name)})", place.help) for name, place in COMMANDS.items()],
        ),
    )
    for name in COMMANDS:
        yield from _command_lines(name, load(name))
    yield from ("## Shared switches", "", "Each command takes the groups that are named with it.", "")
    for group, options in GROUPS.items():
        yield f"### {GROUP_TITLES[group]}"
        yield ""
        yield from _options(options)


def _command_lines(name: str, command: Command) -> Iterator[str]:
    usage = " ".join(
        [f"tokmeter {name}", *(argument.metavar for argument in command.arguments), "[SWITCHES]"]
    )
    yield from (
        f"### tokmeter {name}",
        "",
        f"    {usage}",
        "",
        *_paragraph(command.function.__doc__ or ""),
        "",
    )
    yield from (*(f"    {line.strip()}" for line in examples.lines(name)), "")
    if command.arguments:
        rows = [(_cell(f"`{argument.metavar}`"), _cell(argument.help)) for argument in command.arguments]
        yield from _table(("argument", "meaning"), rows)
    if command.own:
        yield from _options(command.own)
    groups = [f"[{GROUP_TITLES[group]}](#{GROUP_TITLES[group].lower()})" for group in command.groups]
    yield f"Shared switches: {', '.join(groups)}."
    yield ""


def _options(options: Iterable[Option]) -> list[str]:
    rows = []
    for option in options:
        value = f" {option.metavar}" if option.metavar else ""
        default = f" Default: `{option.default}`." if option.default else ""
        rows.append((_cell(f"`{', '.join(option.spellings)}{value}`"), _cell(option.help + default)))
    return _table(("switch", "meaning"), rows)


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", "|---|---|"]
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _codes(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _paragraph(docstring: str) -> list[str]:
    return [line.strip() for line in docstring.strip().splitlines()]


def pages() -> dict[Path, str]:
    """Every page this script writes, as it should be."""
    return {README: readme(README.read_text(encoding="utf-8")), CLI: cli()}


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(description="Write what the program says into the documentation.")
    parser.add_argument(
        "--check", action="store_true", help="compare only; status 1 if a page is out of date"
    )
    check = parser.parse_args().check
    stale = 0
    for path, wanted in pages().items():
        found = path.read_text(encoding="utf-8") if path.exists() else ""
        if found == wanted:
            continue
        stale += 1
        if check:
            name = str(path.relative_to(ROOT))
            sys.stdout.writelines(
                difflib.unified_diff(found.splitlines(True), wanted.splitlines(True), name, "as it should be")
            )
        else:
            path.write_text(wanted, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
