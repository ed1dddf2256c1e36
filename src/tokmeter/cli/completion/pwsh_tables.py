"""The tables of the PowerShell script: ordered dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tokmeter.cli.completion.grammar import (
    DAYS,
    PERIOD_STARTS,
    PERIOD_UNITS,
    TOP_PERIODS,
    VERSION_SWITCH,
    Form,
    Grammar,
    Slot,
    Switch,
    same_forms,
)


def tables(found: Grammar) -> str:
    """All tables, indented to stand inside the script block."""
    lines = [
        *_words("firsts", found.firsts),
        *_words("periodStarts", PERIOD_STARTS),
        *_words("topPeriods", {word: PERIOD_STARTS[word] for word in TOP_PERIODS}),
        *_words("periodUnits", dict.fromkeys(PERIOD_UNITS, "")),
        *_words("days", dict.fromkeys(DAYS, "")),
        "# Shared switches that take the next word.",
        f"$valued = @({', '.join(quoted(spelling) for spelling in found.valued)})",
        "# First word, its second words, what they are for.",
        "$seconds = @{",
    ]
    for first, below in found.seconds.items():
        lines += [f"    {quoted(first)} = [ordered]@{{", *_rows(below, "        "), "    }"]
    lines += [
        "}",
        "$topSwitches = @(",
        *_switch(VERSION_SWITCH),
        ")",
        "# What a command takes.",
        "$forms = @{}",
    ]
    for form, names in same_forms(found).items():
        lines += _form(form, names)
    return "".join(f"    {line}\n" for line in lines)


def _words(name: str, words: Mapping[str, str]) -> list[str]:
    return [f"${name} = [ordered]@{{", *_rows(words, "    "), "}"]


def _rows(words: Mapping[str, str], indent: str) -> Iterator[str]:
    for word, meaning in words.items():
        yield f"{indent}{quoted(word)} = {quoted(meaning)}"


def _form(form: Form, names: list[str]) -> Iterator[str]:
    yield f"foreach ($name in {', '.join(quoted(name) for name in names)}) {{"
    yield "    $forms[$name] = @{"
    yield "        Switches = @("
    for switch in form.switches:
        yield from (f"        {line}" for line in _switch(switch))
    yield "        )"
    slots = ", ".join(quoted(f"{'+' if slot.many else ''}{_value(slot)}") for slot in form.arguments)
    yield f"        Arguments = @({slots})"
    yield "    }"
    yield "}"


def _switch(switch: Switch) -> Iterator[str]:
    """One line a spelling; `Value` is empty where it takes none."""
    value = "" if switch.value is None else _value(switch.value)
    for spelling in switch.spellings:
        yield f"    @{{ Name = {quoted(spelling)}; Value = {quoted(value)}; Help = {quoted(switch.help)} }}"


def _value(slot: Slot) -> str:
    """`model`, or `words text plain json`."""
    return " ".join((slot.kind, *slot.words))


def quoted(text: str) -> str:
    """A word of PowerShell. It takes typographic quotes for quotes, too."""
    for mark in "'\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}":
        text = text.replace(mark, mark * 2)
    return f"'{text}'"
