"""What only zsh can get wrong: the right prompt, psvar, options, a build without its modules."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell_driver import Place, Shell, need

TEXT = "$4.84 today · 66% wk"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    need("zsh")
    return Place(tmp_path)


def zsh(place: Place, before: str = "", after: str = "") -> Shell:
    return Shell("zsh", place.folder, f"{before}\n{place.snippet('zsh')}\n{after}")


def test_it_makes_a_right_prompt_where_there_is_none(place: Place) -> None:
    place.line()
    with zsh(place, "RPROMPT=; PS1='ready> <end'") as term:
        term.raw(":\r")

        assert term.shows(TEXT)


def test_a_right_prompt_that_is_built_anew_each_time_is_joined_each_time(place: Place) -> None:
    place.line()
    with zsh(place, "precmd() { RPROMPT='built<end' }") as term:
        assert f"{TEXT} built<end" in term.type(":")
        assert f"{TEXT} built<end" in term.type(":")


def test_what_the_user_keeps_in_psvar_stays(place: Place) -> None:
    place.line()
    with zsh(place, "psvar=(mine); PS1='%1v [%?]ready> '") as term:
        shown = term.type(":")

    assert "mine [0]ready>" in shown
    assert TEXT in shown


def test_a_prompt_without_percent_escapes_is_left_alone(place: Place) -> None:
    place.line()
    with zsh(place, "unsetopt prompt_percent; PS1='ready> '") as term:
        shown = term.type(":")

    assert "20v" not in shown


@pytest.mark.parametrize(
    "option",
    [
        "setopt ksh_arrays",
        "setopt sh_word_split",
        "setopt no_clobber",
        "setopt no_unset",
        "setopt err_return",
        "setopt glob_subst",
        "setopt no_bare_glob_qual",
        "IFS=0123456789",
    ],
)
def test_options_of_the_user_do_not_matter(place: Place, option: str) -> None:
    place.line(age=100, refresh=60)
    with zsh(place, "", option) as term:
        term.type(":")

        assert f"{TEXT} <end" in term.type(":")
        assert ["sync --quiet --background"] == place.wait_for_starts(1)


def test_options_set_before_do_not_matter(place: Place) -> None:
    place.line(age=100, refresh=60)
    options = "setopt ksh_arrays sh_word_split no_clobber no_unset rc_quotes"
    with zsh(place, options) as term:
        assert f"{TEXT} <end" in term.type(":")
        assert ["sync --quiet --background"] == place.wait_for_starts(1)


def test_precmd_of_the_user_sees_the_status(place: Place) -> None:
    place.line()
    with zsh(place, "", "later() { print own-$? }; precmd_functions+=(later)") as term:
        shown = term.type("(exit 7)")

    assert "own-7" in shown
    assert "[7]ready>" in shown


def test_without_the_module_for_the_clock_the_prompt_tells_the_time(place: Place) -> None:
    place.line(age=3700, refresh=9000)
    with zsh(place, "zmodload() { return 1 }") as term:
        assert f"~{TEXT}" in term.type(":")

        place.line(age=3590, refresh=9000)

        assert f"~{TEXT}" not in term.type(":")
