"""The tables of the fish script: lists, and one `complete` for each switch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tokmeter.cli.completion.grammar import (
    DAYS,
    PERIOD_STARTS,
    PERIOD_UNITS,
    TOP_PERIODS,
    VERSION_SWITCH,
    Grammar,
    Slot,
    Switch,
)


def tables(found: Grammar) -> str:
    """All tables."""
    lines = [
        "# Switches that take the next word.",
        f"set -g __tokmeter_valued {' '.join(_valued(found))}",
        f"set -g __tokmeter_commands {' '.join(quoted(name) for name in found.forms)}",
        f"set -g __tokmeter_groups {' '.join(found.seconds)}",
        "",
        *_lister("__tokmeter_firsts", found.firsts),
        *_lister("__tokmeter_period_starts", PERIOD_STARTS),
        *_lister("__tokmeter_top_periods", {word: PERIOD_STARTS[word] for word in TOP_PERIODS}),
        *_lister("__tokmeter_period_units", dict.fromkeys(PERIOD_UNITS, "")),
        *_lister("__tokmeter_days", dict.fromkeys(DAYS, "")),
        "# Second words, with what they are for.",
        "function __tokmeter_seconds --argument-names first",
        "    switch $first",
    ]
    for first, below in found.seconds.items():
        lines += [f"        case {first}", *(f"            {line}" for line in _rows(below))]
    lines += [
        "    end",
        "end",
        "",
        "# What may stand in a place among the arguments, with + where it takes all that follow.",
        "function __tokmeter_slots --argument-names name",
        "    switch $name",
        *_slots(found),
        "    end",
        "end",
        "",
        "complete -c tokmeter -f",
        "complete -c tokmeter -n __tokmeter_at_argument -k -a '(__tokmeter_argument)'",
        *_complete(VERSION_SWITCH, "__tokmeter_at_top"),
    ]
    for switch, names in _switches(found).items():
        words = " ".join(quoted(name, '"') if " " in name else name for name in names)
        lines += _complete(switch, f"__tokmeter_using {words}")
    return "\n".join([*lines, ""])


def _lister(name: str, words: Mapping[str, str]) -> list[str]:
    """A function that prints words with their meanings, as fish wants them."""
    return [f"function {name}", *(f"    {line}" for line in _rows(words)), "end", ""]


def _rows(words: Mapping[str, str]) -> Iterator[str]:
    for word, meaning in words.items():
        yield f"printf '%s\\t%s\\n' {word} {quoted(meaning)}" if meaning else f"echo {word}"


def _slots(found: Grammar) -> Iterator[str]:
    """One case for each kind of argument list."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for name, form in found.forms.items():
        key = tuple(quoted(f"{'+' if slot.many else ''}{value(slot)}") for slot in form.arguments)
        kinds.setdefault(key, []).append(name)
    for slots, names in kinds.items():
        if slots:
            yield f"        case {' '.join(quoted(name) if ' ' in name else name for name in names)}"
            yield from (f"            echo {slot}" for slot in slots)


def _valued(found: Grammar) -> list[str]:
    """Spellings that take a value wherever they are known."""
    switches = list(_switches(found))
    flags = {spelling for switch in switches if switch.value is None for spelling in switch.spellings}
    valued = (spelling for switch in switches if switch.value is not None for spelling in switch.spellings)
    return [spelling for spelling in dict.fromkeys(valued) if spelling not in flags]


def _switches(found: Grammar) -> dict[Switch, list[str]]:
    """Switch → the commands that take it."""
    groups: dict[Switch, list[str]] = {}
    for name, form in found.forms.items():
        for switch in form.switches:
            groups.setdefault(switch, []).append(name)
    return groups


def _complete(switch: Switch, condition: str) -> Iterator[str]:
    spellings = " ".join(
        f"-l {spelling[2:]}" if spelling.startswith("--") else f"-s {spelling[1:]}"
        for spelling in switch.spellings
    )
    taken = _taken(switch.value)
    yield (
        f"complete -c tokmeter -n {quoted(condition)} {spellings}"
        f"{f' {taken}' if taken else ''} -d {quoted(switch.help)}"
    )


def _taken(slot: Slot | None) -> str:
    """How fish is told about the value of a switch."""
    if slot is None:
        return ""
    if slot.kind == "file":
        return "-r -F"
    if slot.kind == "none":
        return "-x"
    return f"-x -k -a {quoted(f'(__tokmeter_value {value(slot)})')}"


def value(slot: Slot) -> str:
    """`model`, or `words text plain json`."""
    return " ".join((slot.kind, *slot.words))


def quoted(text: str, mark: str = "'") -> str:
    """A word of fish. In its single quotes a backslash escapes a quote and itself."""
    return mark + text.replace("\\", "\\\\").replace(mark, f"\\{mark}") + mark
