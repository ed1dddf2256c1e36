"""What only bash can get wrong: PROMPT_COMMAND, PS1, options of the shell, the clocks of old versions."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from shell_driver import Place, Shell, need

TEXT = "$4.84 today · 66% wk"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    need("bash")
    return Place(tmp_path)


def bash(place: Place, before: str = "", after: str = "") -> Shell:
    return Shell("bash", place.folder, f"{before}\n{place.snippet('bash')}\n{after}")


@pytest.mark.parametrize(
    "own",
    [
        pytest.param("PROMPT_COMMAND='seen=$?; echo own-$seen'", id="text"),
        pytest.param("PROMPT_COMMAND='seen=$?; echo own-$seen; '", id="text that ends in a semicolon"),
        pytest.param("PROMPT_COMMAND=('seen=$?' 'echo own-$seen')", id="array"),
    ],
)
def test_the_commands_of_the_user_still_run_and_see_the_status(place: Place, own: str) -> None:
    place.line()
    with bash(place, own) as term:
        shown = term.type("(exit 7)")

    assert "own-7" in shown
    assert f"{TEXT} [7]" in shown


def test_a_command_that_comes_after_it_sees_the_status(place: Place) -> None:
    place.line()
    with bash(place, "", "PROMPT_COMMAND[0]+='; seen=$?; echo own-$seen'") as term:
        shown = term.type("(exit 7)")

    assert "own-7" in shown


def test_a_prompt_that_is_built_anew_each_time_is_joined_each_time(place: Place) -> None:
    place.line()
    with bash(place, "PROMPT_COMMAND='PS1=\"[\\$?]built ready> <end\"'") as term:
        assert f"{TEXT} [0]built" in term.type(":")
        assert f"{TEXT} [0]built" in term.type(":")


def test_it_follows_the_empty_line_of_a_prompt_that_begins_with_one(place: Place) -> None:
    place.line()
    with bash(place, "PS1='\\nabove\\n[$?]ready> <end'") as term:
        assert f"\r\n{TEXT} above" in term.type(":")


def test_a_prompt_that_takes_no_variables_is_left_alone(place: Place) -> None:
    place.line()
    with bash(place, "shopt -u promptvars; PS1='plain ready> <end'") as term:
        shown = term.type(":")

    assert "\rplain ready>" in shown or "\nplain ready>" in shown
    assert TEXT not in shown


@pytest.mark.parametrize("option", ["set -e", "set -u", "set -C", "set -f", "IFS=0123456789", "set -o posix"])
def test_options_of_the_user_do_not_matter_and_stay(place: Place, option: str) -> None:
    place.line(age=100, refresh=60)
    with bash(place, "", option) as term:
        before = term.type("echo $-")
        term.type(":")

        assert f"{TEXT} [0]" in term.type(":")
        assert ["sync --quiet --background"] == place.wait_for_starts(1)
        assert _flags(before) == _flags(term.type("echo $-"))


def test_a_broken_line_does_not_end_a_shell_that_ends_on_errors(place: Place) -> None:
    (place.state / "prompt").write_text("one line\n")
    with bash(place, "", "set -eu") as term:
        assert "[0]ready> " in term.type(":")


def test_a_status_that_ends_no_shell_by_itself_does_not_end_it_at_the_prompt(place: Place) -> None:
    """`set -e` lets `false && true` pass; the prompt must not hand that status to it again."""
    place.line()
    with bash(place, "", "set -e") as term:
        assert f"{TEXT} [1]" in term.type("false && true")
        assert f"{TEXT} [0]" in term.type(":")


@pytest.mark.parametrize(
    "old",
    [
        pytest.param("unset EPOCHSECONDS", id="bash 4.2"),
        pytest.param(
            "unset EPOCHSECONDS\n"
            "printf() { case $* in *'%(%s)T'*) return 1 ;; *) builtin printf \"$@\" ;; esac; }",
            id="bash 3.2",
        ),
    ],
)
def test_the_clocks_of_older_versions_tell_the_same(place: Place, old: str) -> None:
    place.line(age=3590, refresh=9000)
    with bash(place, old) as term:
        assert f"~{TEXT}" not in term.type(":")

        place.line(age=3700, refresh=3600)

        assert f"~{TEXT}" in term.type(":")
        assert ["sync --quiet --background"] == place.wait_for_starts(1)
        assert abs(int(place.lock.read_text()) - time.time()) < 60


def test_a_command_that_was_exported_to_an_inner_shell_does_not_show_there(place: Place) -> None:
    """PS1 may be exported; a bash that did not load the snippet has no text to show."""
    place.line()
    with bash(place, "", "export PS1") as term:
        shown = term.type("bash --norc --noprofile -u")

    assert "unbound" not in shown
    assert TEXT not in shown.rpartition("--noprofile")[2]


def _flags(shown: str) -> str:
    return next(line.strip() for line in shown.splitlines() if line.strip().isalpha() and "i" in line)
