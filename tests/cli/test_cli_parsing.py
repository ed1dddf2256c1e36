"""The command line is understood as typer would, without typer's price (cli/parsing.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.cli.app import COMMANDS, load
from tokmeter.cli.help import typer_command
from tokmeter.cli.options import GROUPS, Command, Option, Switches
from tokmeter.cli.parsing import find_command, parse

LINES = {
    "week": [
        [],
        ["last", "week"],
        ["--json", "2026-W47", "-q"],
        ["--home", "/h", "--as-of=2026-11-21", "7d"],
        ["--source", "codex", "--source=claude-code", "--model", "a"],
        ["-qv", "--", "--since"],
        ["--since", "2026-11-01", "--since", "2026-11-02"],
        ["--tz="],
    ],
    "export": [[], ["-o", "f.csv", "--format", "csv"], ["-of.csv"], ["-qo", "-"], ["--json"]],
    "session": [["7f3a"], ["--exact", "7f3a", "-v"]],
    "reprice": [["-n"], ["--dry-run", "--since", "2026-11-01"]],
    "prices show": [["gpt-5", "--at", "2026-01-01"], ["openai/gpt-5"]],
    "sync": [["--verify"]],
    "explain": [["a", "b"], ["unpriced", "--json"]],
}


def ours(name: str, command: Command, line: list[str]) -> dict[str, object]:
    """Every value by name, as our parser reads it."""
    switches, own = parse(name, command, line)
    return {option.name: getattr(switches, option.name) for option in command.shared} | own


def typers(name: str, command: Command, line: list[str]) -> dict[str, object]:
    """Every value by name, as typer reads it; its empty lists are None."""
    seen: dict[str, object] = {}
    typer_command(name, command, seen.update).main(line, name, standalone_mode=False)
    repeated = {option.name for option in (*command.shared, *command.own) if option.kind == "texts"}
    repeated |= {argument.name for argument in command.arguments if argument.many}
    return {key: tuple(value or ()) if key in repeated else value for key, value in seen.items()}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param(name, line, id=f"{name} {' '.join(line)}")
        for name, lines in LINES.items()
        for line in lines
    ],
)
def test_typer_understands_the_line_alike(name: str, line: list[str]) -> None:
    command = load(name)

    assert typers(name, command, line) == ours(name, command, line)


WEEK = load("week")
FLAGS = [spelling for option in WEEK.shared if option.kind == "flag" for spelling in option.spellings]
VALUED = [spelling for option in WEEK.shared if option.kind != "flag" for spelling in option.spellings]
WORD = st.text("abc7-W= ", min_size=1).filter(lambda word: not word.startswith("-"))
PART = st.one_of(
    st.sampled_from(FLAGS).map(lambda flag: [flag]),
    st.tuples(st.sampled_from(VALUED), WORD).map(list),
    st.tuples(st.sampled_from(VALUED), WORD).map(lambda pair: ["=".join(pair)]),
    WORD.map(lambda word: [word]),
)


@given(st.lists(PART, max_size=6))
def test_typer_understands_any_line_alike(parts: list[list[str]]) -> None:
    line = [word for part in parts for word in part]

    assert typers("week", WEEK, line) == ours("week", WEEK, line)


def test_kinds_and_defaults_of_the_switches_fit_their_fields() -> None:
    options: list[Option] = [option for group in GROUPS.values() for option in group]

    assert set(Switches._fields) == {option.name for option in options}
    assert Switches() == Switches(**{option.name: option.unset for option in options})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_has_help(name: str) -> None:
    command = load(name)

    assert command.function.__doc__
    assert "common" in command.groups
    assert len(COMMANDS[name].help) <= 64


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param([], ("week", []), id="nothing"),
        pytest.param(["--json"], ("week", ["--json"]), id="switches alone"),
        pytest.param(["--home", "week", "day"], ("day", ["--home", "week"]), id="a value is no command"),
        pytest.param(["--home=x", "day"], ("day", ["--home=x"]), id="an attached value"),
        pytest.param(["prices", "show", "m"], ("prices show", ["m"]), id="two words"),
        pytest.param(["prices"], (None, ["prices"]), id="a group"),
        pytest.param(["Last", "month"], ("week", ["Last", "month"]), id="a period's word"),
        pytest.param(["7d", "-q"], ("week", ["7d", "-q"]), id="a period's number"),
        pytest.param(["wek", "-q"], ("wek", ["-q"]), id="no command"),
    ],
)
def test_finding_the_command(arguments: list[str], expected: tuple[str | None, list[str]]) -> None:
    assert expected == find_command(arguments, COMMANDS)
