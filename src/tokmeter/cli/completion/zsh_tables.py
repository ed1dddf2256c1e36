"""The tables of the zsh script: specifications for `_arguments` and `_describe`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tokmeter.cli.completion.grammar import (
    DAYS,
    DEFAULT,
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
    """All tables."""
    lines = [
        *_described("_tokmeter_firsts", found.firsts),
        *_described("_tokmeter_period_starts", PERIOD_STARTS),
        *_described("_tokmeter_top_periods", {word: PERIOD_STARTS[word] for word in TOP_PERIODS}),
        f"typeset -ga _tokmeter_period_units=({' '.join(PERIOD_UNITS)})",
        f"typeset -ga _tokmeter_days=({' '.join(DAYS)})",
        "",
        "# Shared switches that take the next word.",
        "_tokmeter_is_valued() {",
        f"  [[ $1 == ({'|'.join(found.valued)}) ]]",
        "}",
        "",
        "# Second words, with what they are for: sets `seconds`.",
        "_tokmeter_seconds() {",
        "  seconds=()",
        "  case $1 in",
    ]
    for first, below in found.seconds.items():
        lines += [f"    ({first})", *(f"      {line}" for line in _described("seconds", below)), "      ;;"]
    lines += [
        "  esac",
        "}",
        "",
        "# What a command takes: sets `switches` and `arguments`.",
        "_tokmeter_form() {",
        "  switches=() arguments=()",
        "  case $1 in",
    ]
    for form, names in same_forms(found).items():
        lines += [*_form(form, names)]
    lines += ["    (*) return 1 ;;", "  esac", "}", ""]
    return "\n".join(lines)


def _described(name: str, words: Mapping[str, str]) -> list[str]:
    """An array of `word:meaning`."""
    head = f"typeset -ga {name}" if name.startswith("_") else name
    rows = [f"  {quoted(f'{word}:{meaning}' if meaning else word)}" for word, meaning in words.items()]
    return [f"{head}=(", *rows, ")"]


def _form(form: Form, names: list[str]) -> Iterator[str]:
    yield f"    ({'|'.join(quoted(name) if ' ' in name else name for name in names)})"
    yield "      switches=("
    for switch in form.switches:
        yield from (f"        {quoted(spec)}" for spec in _switch(switch))
    if DEFAULT in names:
        yield "      )"
        yield "      top_switches=("
        yield from (f"        {quoted(spec)}" for spec in _switch(VERSION_SWITCH))
    yield "      )"
    if form.arguments:
        yield "      arguments=("
        for place, slot in enumerate(form.arguments, 1):
            spec = f"{'*' if slot.many else place}:{slot.label}:{_action(slot)}"
            yield f"        {quoted(spec)}"
        yield "      )"
    yield "      ;;"


def _switch(switch: Switch) -> Iterator[str]:
    """One specification a spelling; a switch that was given is not offered again unless repeatable."""
    others = "" if switch.repeatable else f"({' '.join(switch.spellings)})"
    meaning = switch.help.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    for spelling in switch.spellings:
        once = "*" if switch.repeatable else others
        if switch.value is None:
            yield f"{once}{spelling}[{meaning}]"
        else:
            joined = "=" if spelling.startswith("--") else "+"
            yield f"{once}{spelling}{joined}[{meaning}]:{switch.value.label}:{_action(switch.value)}"


def _action(slot: Slot) -> str:
    """What completes a value. A space in front of our own functions: no more arguments than these."""
    words = " ".join(slot.words)
    return {
        "words": f"({words})",
        "file": "_files",
        "folder": "_files -/",
        "subject": f" _tokmeter_subject {words}",
        "day": " _tokmeter_day",
        "period": " _tokmeter_period",
        "project": " _tokmeter_project",
        "none": " ",
    }.get(slot.kind, f" _tokmeter_names {slot.kind}")


def quoted(text: str) -> str:
    """A word of zsh, in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"
