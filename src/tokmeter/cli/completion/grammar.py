"""What can be completed, drawn from the table of commands: one answer for all shells.

A value is described by a few words that the scripts understand (`Slot`). Which of them fits is told from
what the tables say already: metavariables, kinds and names.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tokmeter.cli.app import COMMANDS, load
from tokmeter.cli.options import GROUPS, Argument, Command, Option

SHELLS: Final = ("bash", "zsh", "fish", "pwsh")
DEFAULT: Final = "week"
"""The command of a line that names none."""

HELP: Final = "help"
"""The word before a command that asks for its help; no command of the table."""

PERIOD_STARTS: Final = {
    "today": "this day",
    "yesterday": "the day before",
    "this": "this week, this month …",
    "last": "last week, last month …",
    "week": "the current week",
    "month": "the current month",
    "year": "the current year",
    "7d": "seven days, ending with today",
    "30d": "thirty days, ending with today",
    "all": "everything in the ledger",
}
"""Words that begin a period, the frequent ones."""

PERIOD_UNITS: Final = ("day", "week", "month", "year")
"""Words after `this` and `last`."""

TOP_PERIODS: Final = ("today", "yesterday", "this", "last")
"""Words that name a period without a command before them."""

DAYS: Final = ("today", "yesterday")

_CHOICES = re.compile(r"[a-z][a-z0-9-]*(?:\|[a-z][a-z0-9-]*)+")
_BY_METAVAR: Final = {
    "DIR": "folder",
    "FILE": "file",
    "DAY": "day",
    "PERIOD": "period",
    "PERIOD|SESSION": "period",
    "ID": "session",
    "MODEL": "model",
    "[PROVIDER/]MODEL": "model",
}
_FIXED: Final = {
    "shell": SHELLS,
    "assistant": ("claude-code", "codex"),
    "revision": ("HEAD",),
    "range": ("HEAD",),
}
"""Arguments whose values the tables tell in words only."""

_NAMED: Final = frozenset({"model", "project", "source"})


class Slot(NamedTuple):
    """What may stand in one place of a command line.

    Kinds: `none` (nothing is known), `words` (those of `words`), `file`, `folder`, `day`, `period`,
    `subject` (what `explain` takes), and the kinds of the names file: `model`, `project`, `source`,
    `session`.
    """

    kind: str
    label: str
    words: tuple[str, ...] = ()
    many: bool = False


class Switch(NamedTuple):
    """One option. `value` is None where it takes none."""

    spellings: tuple[str, ...]
    help: str
    value: Slot | None
    repeatable: bool = False


class Form(NamedTuple):
    """What a command takes."""

    switches: tuple[Switch, ...]
    arguments: tuple[Slot, ...]


class Grammar(NamedTuple):
    """Everything a script has to know."""

    forms: dict[str, Form]
    """By the command's whole name: `week`, `prices show`."""
    helps: dict[str, str]
    firsts: dict[str, str]
    """The first words there are, with what they are for."""
    seconds: dict[str, dict[str, str]]
    """First word → its second words, with what they are for."""
    valued: tuple[str, ...]
    """Shared switches that take the next word: they may stand before the command."""


HELP_SWITCH: Final = Switch(("--help", "-h"), "Show the help of this command.", None)
VERSION_SWITCH: Final = Switch(("--version", "-V"), "Print the version.", None)


def grammar() -> Grammar:
    """The grammar of all commands of the table."""
    forms = {name: _form(load(name)) for name in COMMANDS}
    firsts: dict[str, str] = {}
    seconds: dict[str, dict[str, str]] = {}
    for name, place in COMMANDS.items():
        first, _, second = name.partition(" ")
        if second:
            seconds.setdefault(first, {})[second] = place.help
        else:
            firsts[first] = place.help
        firsts.setdefault(first, "")
    for first, below in seconds.items():
        firsts[first] = firsts[first] or f"Commands: {', '.join(below)}"
    firsts[HELP] = "Show the guide, or the help of a command"
    shared = (option for group in GROUPS.values() for option in group if option.kind != "flag")
    valued = tuple(spelling for option in shared for spelling in option.spellings)
    helps = {name: place.help for name, place in COMMANDS.items()}
    return Grammar(forms, helps, firsts, seconds, valued)


def same_forms(found: Grammar) -> dict[Form, list[str]]:
    """Form → the commands that take exactly this, so that tables are written once."""
    groups: dict[Form, list[str]] = {}
    for name, form in found.forms.items():
        groups.setdefault(form, []).append(name)
    return groups


def _form(command: Command) -> Form:
    switches = [_switch(option) for option in (*command.own, *command.shared)]
    return Form((*switches, HELP_SWITCH), tuple(_argument(argument) for argument in command.arguments))


def _switch(option: Option) -> Switch:
    # The long spelling first: it says more in a list.
    spellings = tuple(sorted(option.spellings, key=len, reverse=True))
    value = None if option.kind == "flag" else _slot(option.name, option.metavar, path=option.kind == "path")
    return Switch(spellings, option.help, value, option.kind == "texts")


def _argument(argument: Argument) -> Slot:
    return _slot(argument.name, argument.metavar)._replace(many=argument.many)


def _slot(name: str, metavar: str, *, path: bool = False) -> Slot:
    """What a value is, by its name and metavariable."""
    bare = metavar.removesuffix("...").removesuffix("…").strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    label = name.replace("_", " ")
    if _CHOICES.fullmatch(bare):
        return Slot("words", label, tuple(bare.split("|")))
    if name == "subject":
        from tokmeter.metrics.evidence import CONDITIONS  # noqa: PLC0415 - brings sqlite3

        return Slot("subject", label, tuple(CONDITIONS))
    if name in _NAMED:
        return Slot(name, label)
    if name in _FIXED:
        return Slot("words", label, _FIXED[name])
    kind = _BY_METAVAR.get(bare, "none")
    return Slot("file" if path and kind == "none" else kind, label)
