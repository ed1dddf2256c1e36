"""From a command line to a call.

Written here because typer takes longer to import than a warm report takes in all (its values pass through
pydantic); a test holds that typer understands every line alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tokmeter.cli.options import GROUPS, Argument, Command, Option, Switches
from tokmeter.core.errors import UsageError

HELP = frozenset({"-h", "--help"})


class HelpAskedError(Exception):
    """Not an error: the arguments hold `--help`."""


def parse(name: str, command: Command, arguments: Sequence[str]) -> tuple[Switches, dict[str, object]]:
    """What the arguments say: the shared switches, and the command's own values by name.

    Raises UsageError for what the command does not take, HelpAskedError where help is asked for.
    """
    reader = _Reader(name, [*command.own, *command.shared])
    words = reader.read(arguments)
    own = {option.name: reader.values[option.name] for option in command.own}
    own |= _assign(name, command.arguments, words)
    return Switches(**{option.name: reader.values[option.name] for option in command.shared}), own  # type: ignore[arg-type] # a test holds that kinds and fields agree


class _Reader:
    """Reads switches off a line of arguments; what is left are words."""

    def __init__(self, name: str, options: Iterable[Option]) -> None:
        self._name = name
        self._by_spelling = {spelling: option for option in options for spelling in option.spellings}
        self.values = {option.name: option.unset for option in self._by_spelling.values()}

    def read(self, arguments: Sequence[str]) -> list[str]:
        """Take every switch; the words in between, in order."""
        words: list[str] = []
        rest = list(reversed(arguments))
        while rest:
            argument = rest.pop()
            if argument == "--":
                return words + [_sayable(word) for word in reversed(rest)]
            if argument.startswith("--"):
                self._long(argument, rest)
            elif argument.startswith("-") and len(argument) > 1:
                self._short(argument, rest)
            else:
                words.append(_sayable(argument))
        return words

    def _long(self, argument: str, rest: list[str]) -> None:
        spelling, equals, value = argument.partition("=")
        option = self._option(spelling)
        if option.kind != "flag":
            self._set(option, value if equals else self._following(spelling, option, rest))
        elif equals:
            raise self._wrong(f"{spelling} takes no value, but was given {value!r}.")
        else:
            self.values[option.name] = True

    def _short(self, argument: str, rest: list[str]) -> None:
        """`-q`, `-qv`, `-o FILE` or `-oFILE`."""
        for at in range(1, len(argument)):
            spelling = f"-{argument[at]}"
            option = self._option(spelling)
            if option.kind != "flag":
                attached = argument[at + 1 :]
                self._set(option, attached or self._following(spelling, option, rest))
                return
            self.values[option.name] = True

    def _option(self, spelling: str) -> Option:
        option = self._by_spelling.get(spelling)
        if option is not None:
            return option
        if spelling in HELP:
            raise HelpAskedError
        from difflib import get_close_matches  # noqa: PLC0415 - only for a message

        near = get_close_matches(spelling, self._by_spelling, 1, 0.75)
        raise self._wrong(f"There is no switch {spelling}{f'; did you mean {near[0]}?' if near else '.'}")

    def _following(self, spelling: str, option: Option, rest: list[str]) -> str:
        if not rest or (rest[-1].startswith("-") and len(rest[-1]) > 1):
            raise self._wrong(f"{spelling} needs a value: {spelling} {option.metavar}.")
        return rest.pop()

    def _set(self, option: Option, value: str) -> None:
        if option.kind == "path":
            self.values[option.name] = Path(value)
        elif option.kind == "texts":
            known = self.values[option.name]
            self.values[option.name] = (*(known if isinstance(known, tuple) else ()), _sayable(value))
        else:
            self.values[option.name] = _sayable(value)

    def _wrong(self, sentence: str) -> UsageError:
        return UsageError(sentence, f"Its switches: tokmeter {self._name} --help")


def _sayable(word: str) -> str:
    """`word` with bytes that are no UTF-8 spelt out: Python makes lone surrogates of them."""
    return word if word.isascii() else word.encode("utf-8", "backslashreplace").decode("utf-8")


def _assign(name: str, arguments: tuple[Argument, ...], words: list[str]) -> dict[str, object]:
    """Words → arguments, in order."""
    values: dict[str, object] = {}
    left = list(words)
    for argument in arguments:
        if argument.required and not left:
            raise UsageError(_missing(name, argument), f"How to call it: tokmeter {name} --help")
        if argument.many:
            values[argument.name] = tuple(left)
            left = []
        else:
            values[argument.name] = left.pop(0) if left else None
    if left:
        raise UsageError(
            f"The command {name} does not take {' '.join(left)!r}.", f"What it takes: tokmeter {name} --help"
        )
    return values


def _missing(name: str, argument: Argument) -> str:
    """What to say where an argument is missing; where only a few words will do, it names them."""
    choices = argument.metavar.split("|")
    if len(choices) > 1 and argument.metavar.islower():
        return f"{name} needs a {argument.name}: {', '.join(choices[:-1])} or {choices[-1]}."
    return f"The command {name} needs {argument.metavar}. {argument.help}"


def find_command(
    arguments: Sequence[str], commands: Mapping[str, object], default: str = "week"
) -> tuple[str | None, list[str]]:
    """The command that the arguments name, and the arguments without its name.

    Switches may stand before it. Without a command it is `default`: so `tokmeter --json` and
    `tokmeter last week` are weeks. A word that only groups commands gives (None, [word, …]).
    """
    at = _first_word(arguments)
    if at is None:
        return default, list(arguments)
    word = arguments[at]
    before, after = list(arguments[:at]), list(arguments[at + 1 :])
    if after and f"{word} {after[0]}" in commands:
        return f"{word} {after[0]}", before + after[1:]
    if word in commands:
        return word, before + after
    if any(name.startswith(f"{word} ") for name in commands):
        return None, [word, *after]
    if _starts_period(word):
        return default, list(arguments)
    return word, before + after


def _first_word(arguments: Sequence[str]) -> int | None:
    """Where the first argument stands that is neither a switch nor a shared switch's value."""
    valued = {
        spelling
        for group in GROUPS.values()
        for option in group
        if option.kind != "flag"
        for spelling in option.spellings
    }
    skip = False
    for index, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument in valued:
            skip = True
        elif not argument.startswith("-"):
            return index
    return None


def _starts_period(word: str) -> bool:
    """Whether a word can only be the beginning of a period, never a mistyped command."""
    return word[:1].isdigit() or word.lower() in {"last", "this", "previous", "today", "yesterday"}
