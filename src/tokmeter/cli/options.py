"""What commands take: the switches that they share (docs/reference/cli.md), defined once, and their own.

A command is a function `command(switches, *own)` made by `@command(...)`. The table it carries is read by
`cli/parsing.py`, which runs commands, and by `cli/help.py`, which shows them by way of typer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

FORMATS = ("text", "plain", "json", "csv", "md")


class Switches(NamedTuple):
    """What the shared switches said. A command that lacks a group sees its defaults."""

    home: Path | None = None
    as_of: str | None = None
    tz: str | None = None
    since: str | None = None
    until: str | None = None
    source: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    json: bool = False
    plain: bool = False
    format: str | None = None
    wide: bool = False
    exact: bool = False
    no_sync: bool = False
    demo: bool = False
    color: str | None = None
    quiet: bool = False
    verbose: bool = False


class Option(NamedTuple):
    """One switch. Kinds: flag, text, texts (repeatable), path. `spellings` are what the user types."""

    name: str
    kind: str
    spellings: tuple[str, ...]
    metavar: str
    help: str
    default: str | None = None

    @property
    def unset(self) -> object:
        """Its value when it is not given."""
        return {"flag": False, "texts": ()}.get(self.kind, self.default)


class Argument(NamedTuple):
    """One free argument. With `many` it takes all that are left, as a tuple; else exactly one."""

    name: str
    metavar: str
    help: str
    many: bool = False
    required: bool = True


class Command(NamedTuple):
    """A command: what it does and what it takes."""

    function: Callable[..., int]
    groups: tuple[str, ...]
    arguments: tuple[Argument, ...]
    own: tuple[Option, ...]

    @property
    def shared(self) -> tuple[Option, ...]:
        """The shared switches it takes; one of its own with the same name stands in for a shared one."""
        mine = {option.name for option in self.own}
        return tuple(option for group in self.groups for option in GROUPS[group] if option.name not in mine)


def command(
    *groups: str, arguments: tuple[Argument, ...] = (), own: tuple[Option, ...] = ()
) -> Callable[[Callable[..., int]], Command]:
    """Make a command of a function that receives `Switches` and, by name, its own arguments and switches."""

    def decorate(function: Callable[..., int]) -> Command:
        return Command(function, groups, arguments, own)

    return decorate


def text(name: str, metavar: str, meaning: str, default: str | None = None) -> Option:
    """A switch with a value."""
    return Option(name, "text", (f"--{name.replace('_', '-')}",), metavar, meaning, default)


def flag(name: str, meaning: str, short: str = "") -> Option:
    """A switch without a value."""
    long = f"--{name.replace('_', '-')}"
    return Option(name, "flag", (long, short) if short else (long,), "", meaning)


def _texts(name: str, metavar: str, meaning: str) -> Option:
    return Option(name, "texts", (f"--{name}",), metavar, meaning)


GROUPS: Final[Mapping[str, tuple[Option, ...]]] = {
    "period": (
        text("since", "DAY", "From this day or instant on."),
        text("until", "DAY", "Up to and including this day; an instant is exclusive."),
    ),
    "filter": (
        _texts("source", "NAME", "Only this assistant (claude-code, codex …). Repeatable."),
        _texts("project", "TEXT", "Only this project: a folder, or its name. Repeatable."),
        _texts("model", "TEXT", "Only this model; also a pattern like claude-*. Repeatable."),
    ),
    "shape": (
        flag("plain", "Tab-separated, raw integers."),
        text("format", "|".join(FORMATS), "How to print it."),
        flag("wide", "More columns (the default from 120 columns on)."),
        flag("exact", "Exact token counts instead of 56.3M."),
    ),
    "json": (flag("json", "One JSON document on stdout."),),
    "sync": (flag("no_sync", "Report from the ledger as it is."),),
    "demo": (flag("demo", "Show it on a small invented history instead of your logs."),),
    "common": (
        Option("home", "path", ("--home",), "DIR", "Look for the assistants' logs under DIR."),
        text("as_of", "TIME", "Take this as now: 2026-11-21 (its end) or 2026-11-21T17:00."),
        text("tz", "ZONE", "Cut days and weeks in this time zone, e.g. Europe/Berlin."),
        text("color", "auto|always|never", "Colour on stdout."),
        flag("quiet", "Say nothing on stderr but errors.", "-q"),
        flag("verbose", "Say more.", "-v"),
    ),
}
REPORT: Final = ("period", "filter", "json", "shape", "sync", "demo", "common")
"""The groups of a command that prints a report."""

PERIOD: Final = Argument(
    "period",
    "[PERIOD]",
    "last week, 2026-W47, 2026-11, 2026-11-21, 7d, 2026-11-01..2026-11-15, all …",
    many=True,
    required=False,
)
"""The words that name a period."""
