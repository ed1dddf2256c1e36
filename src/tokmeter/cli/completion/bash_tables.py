"""The tables of the bash script: `case` statements that fill arrays."""

from __future__ import annotations

from collections.abc import Iterable

from tokmeter.cli.completion.grammar import (
    DAYS,
    PERIOD_STARTS,
    PERIOD_UNITS,
    TOP_PERIODS,
    VERSION_SWITCH,
    Form,
    Grammar,
    Slot,
    same_forms,
)


def tables(found: Grammar) -> str:
    """All tables. The words in them are ours: letters, digits, `-` and `|`."""
    lines = [
        *_list("firsts", found.firsts),
        *_list("top_switches", VERSION_SWITCH.spellings),
        *_list("period_starts", PERIOD_STARTS),
        *_list("period_units", PERIOD_UNITS),
        *_list("top_periods", TOP_PERIODS),
        *_list("days", DAYS),
        "# Shared switches that take the next word.",
        f"_tokmeter_is_valued() {{ case $1 in {' | '.join(found.valued)}) return 0 ;; esac; return 1; }}",
        "# Second words: sets `seconds`.",
        "_tokmeter_seconds() {",
        "    seconds=()",
        "    case $1 in",
        *(f"        {first}) seconds=({' '.join(below)}) ;;" for first, below in found.seconds.items()),
        "    esac",
        "}",
        "# What a command takes: sets `switches`, `takes` (a switch, its value) and `arguments`.",
        "_tokmeter_form() {",
        "    switches=() takes=() arguments=()",
        "    case $1 in",
    ]
    for form, names in same_forms(found).items():
        lines += _form(form, names)
    return "\n".join([*lines, "        *) return 1 ;;", "    esac", "}", ""])


def _list(name: str, words: Iterable[str]) -> list[str]:
    return [f"_tokmeter_{name}=({' '.join(words)})"]


def _form(form: Form, names: list[str]) -> list[str]:
    patterns = " | ".join(f"'{name}'" if " " in name else name for name in names)
    spellings = [spelling for switch in form.switches for spelling in switch.spellings]
    takes = [
        f"'{spelling} {_value(switch.value)}'"
        for switch in form.switches
        if switch.value is not None
        for spelling in switch.spellings
    ]
    arguments = [f"'{'+' if slot.many else ''}{_value(slot)}'" for slot in form.arguments]
    return [
        f"        {patterns})",
        f"            switches=({' '.join(spellings)})",
        *([f"            takes=({' '.join(takes)})"] if takes else []),
        *([f"            arguments=({' '.join(arguments)})"] if arguments else []),
        "            ;;",
    ]


def _value(slot: Slot) -> str:
    """`model`, or `words text plain json`."""
    return " ".join((slot.kind, *slot.words))
