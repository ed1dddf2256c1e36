"""The snippets of `tokmeter shell init` in the real shells: what all of them must do alike."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from shell_driver import READY, SHELLS, Place, Shell, need, tokmeter

from tokmeter.demo.history import write_history

TEXT = "$4.84 today · 66% wk"
SYNC = ["sync --quiet --background"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(params=SHELLS)
def name(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


def shell(name: str, place: Place, rc: str = "", **how: bool) -> Shell:
    return Shell(name, place.folder, place.snippet(name, **how) + "\n" + rc)


def test_the_prompt_shows_the_line_as_it_changes(name: str, place: Place) -> None:
    place.line()
    with shell(name, place) as term:
        assert TEXT in term.type(":")

        place.line("$9.20 today · 104% wk")

        assert "$9.20 today · 104% wk" in term.type(":")
        assert [] == place.started()


def test_without_a_line_nothing_is_shown_and_nothing_started(name: str, place: Place) -> None:
    with shell(name, place) as term:
        shown = term.type(":")

    assert "today" not in shown
    assert "tokmeter" not in shown
    assert [] == place.started()
    assert [] == list(place.state.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"$1\n2\n3\n", id="torn"),
        pytest.param(b"$1\nx[$(touch hit)]\nx[$(touch hit)]\nx[$(touch hit)]\nred\n$1\n", id="no numbers"),
        pytest.param(b"$1\n" + b"9" * 40 + b"\n" + b"9" * 40 + b"\n" + b"9" * 40 + b"\nred\n$1\n", id="huge"),
        pytest.param(b"\xff\xfe\x00" * 50, id="bytes"),
    ],
)
def test_a_broken_file_shows_nothing_and_says_nothing(name: str, place: Place, content: bytes) -> None:
    (place.state / "prompt").write_bytes(content)
    with Shell(name, place.folder, f"cd '{place.folder}'\n" + place.snippet(name)) as term:
        shown = term.type(":")

    assert f"[0]{READY}" in shown
    assert "$1" not in shown
    assert "rror" not in shown
    assert not (place.folder / "hit").exists()
    assert [] == place.started()


HOSTILE = [
    pytest.param("100% %n %F{red} %~ %1v %(?.a.b) %%", id="percent"),
    pytest.param("$(touch hit) `touch hit` ${HOME} $HOME", id="substitutions"),
    pytest.param(r"\u \w \$ \[ \n \\ \e[31m \033", id="backslashes"),
    pytest.param("!! !$ ^a^b #{x} #[fg=red] {a,b} * ~ ? ;&|<>()'\"", id="signs"),
    pytest.param("-n -e --", id="switches"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_the_text_holds_is_shown_and_not_done(name: str, place: Place, text: str) -> None:
    place.line(text)
    options = {"bash": "shopt -s promptvars", "zsh": "setopt prompt_subst prompt_bang", "fish": ""}[name]
    with Shell(name, place.folder, f"cd '{place.folder}'\n{options}\n" + place.snippet(name)) as term:
        shown = term.type(":")

    assert text in shown
    assert not (place.folder / "hit").exists()


def test_control_characters_are_taken_out(name: str, place: Place) -> None:
    place.line("a\x1b]0;title\x07b\x1b[31mc\rd\x08e\x7ff")
    with shell(name, place) as term:
        assert "a]0;titleb[31mcdef" in term.type(":")


def test_old_figures_are_marked(name: str, place: Place) -> None:
    place.line(age=3599, refresh=9000, stale=9000)
    with shell(name, place) as term:
        assert f"~{TEXT}" not in term.type(":")

        place.line(age=3601, refresh=9000)

        assert f"~{TEXT}" in term.type(":")
        assert [] == place.started()


def test_the_short_text_is_shown_where_it_is_asked_for(name: str, place: Place) -> None:
    place.line()
    with shell(name, place, short=True) as term:
        shown = term.type(":")

    assert "4.84/66%" in shown
    assert TEXT not in shown


@pytest.mark.parametrize(("color", "code"), [("red", "\x1b[31m"), ("yellow", "\x1b[33m")])
def test_the_colour_of_the_line_is_used_unless_no_color_is_set(
    name: str, place: Place, color: str, code: str
) -> None:
    place.line(color=color)
    with shell(name, place) as term:
        term.type(":")

        assert f"{code}{TEXT}" in term.last_raw

    with Shell(name, place.folder, place.snippet(name), {"NO_COLOR": "1"}) as term:
        assert TEXT in term.type(":")
        assert f"{code}{TEXT}" not in term.last_raw


def test_the_status_of_the_last_command_stays(name: str, place: Place) -> None:
    place.line(age=4000)
    with shell(name, place) as term:
        assert "[0]" in term.type(":")
        assert "[7]" in term.type("sh -c 'exit 7'")
        names = {"bash": "${PIPESTATUS[*]}", "zsh": "$pipestatus", "fish": "$pipestatus"}
        term.type("sh -c 'exit 3' | sh -c 'exit 4'")

        assert "all=3 4" in term.type(f'echo "all={names[name]}"')


def test_loading_it_twice_shows_it_once(name: str, place: Place) -> None:
    place.line()
    with shell(name, place, place.snippet(name)) as term:
        term.type(":")
        shown = term.type(":")

    assert 1 == shown.rpartition("\n")[2].count(TEXT)


def test_it_stands_beside_the_prompt_of_the_user(name: str, place: Place) -> None:
    place.line()
    with shell(name, place) as term:
        shown = term.type(":")

    assert f"{TEXT} [0]ready> <end" in shown if name == "bash" else f"{TEXT} <end" in shown


def test_the_user_can_place_it(name: str, place: Place) -> None:
    place.line()
    own = {
        "bash": "PS1='<$TOKMETER_PROMPT>[$?]ready> <end'",
        "zsh": "PS1='<%20v>[%?]ready> '",
        "fish": "function fish_prompt; printf '<%s>[0]ready> ' $TOKMETER_PROMPT; end",
    }[name]
    with shell(name, place, own) as term:
        shown = term.type(":")

    assert f"<{TEXT}>[0]" in shown
    assert 1 == shown.count(TEXT)


def test_it_can_be_told_to_set_the_variable_only(name: str, place: Place) -> None:
    place.line()
    with shell(name, place, show=False) as term:
        shown = term.type(":")

        assert TEXT not in shown
        assert f"={TEXT}" in term.type('echo "=$TOKMETER_PROMPT"')


def test_a_shell_that_is_not_interactive_is_left_alone(name: str, place: Place) -> None:
    place.line(age=5000)
    script = place.folder / "script"
    script.write_text(place.snippet(name) + '\necho "=$TOKMETER_PROMPT"\n')
    done = subprocess.run([name, str(script)], capture_output=True, check=False, text=True, timeout=30)

    assert (0, "=\n", "") == (done.returncode, done.stdout, done.stderr)
    assert [] == place.started()


def test_where_the_locale_is_not_utf8_the_text_is_ascii(name: str, place: Place) -> None:
    place.line()
    with Shell(name, place.folder, place.snippet(name), {"LC_ALL": "C"}) as term:
        assert "$4.84 today | 66% wk" in term.type(":")


class TestSync:
    """When a background sync is started, and how often."""

    def test_due_figures_start_one_sync_and_no_more(self, name: str, place: Place) -> None:
        place.line(age=100, refresh=60)
        with shell(name, place) as term:
            for _ in range(5):
                term.type(":")

            assert SYNC == place.wait_for_starts(1)
            assert abs(int(place.lock.read_text()) - time.time()) < 60

    def test_five_shells_at_once_start_one(self, name: str, place: Place) -> None:
        place.line()
        with ExitStack() as stack:
            terms = [stack.enter_context(shell(name, place)) for _ in range(5)]
            place.line(age=100, refresh=60)
            for term in terms:
                term.raw(":\r" * 10)
            for term in terms:
                term.prompts(10)

            assert SYNC == place.wait_for_starts(1)

    def test_shells_of_all_kinds_respect_each_other(self, place: Place) -> None:
        need(*SHELLS)
        place.line()
        with ExitStack() as stack:
            terms = [stack.enter_context(shell(one, place)) for one in SHELLS]
            place.line(age=100, refresh=60)
            for term in terms:
                term.raw(":\r" * 10)
            for term in terms:
                term.prompts(10)

            assert SYNC == place.wait_for_starts(1)

    def test_a_mark_asks_for_one_although_the_figures_are_fresh(self, name: str, place: Place) -> None:
        place.line()
        with shell(name, place) as term:
            assert [] == place.started()

            (place.state / "sync-soon").touch()
            term.type(":")

            assert SYNC == place.wait_for_starts(1)

    def test_a_lock_that_is_held_is_respected(self, name: str, place: Place) -> None:
        place.line(age=100, refresh=60)
        place.lock.write_text(f"{int(time.time()) - 590}\n")
        with shell(name, place) as term:
            term.type(":")

        assert [] == place.started()

    @pytest.mark.parametrize(
        "since", [pytest.param(-700, id="ten minutes old"), pytest.param(900, id="of the future")]
    )
    def test_a_dead_lock_is_taken_over_by_one_of_five(self, name: str, place: Place, since: int) -> None:
        place.line()
        with ExitStack() as stack:
            terms = [stack.enter_context(shell(name, place)) for _ in range(5)]
            place.lock.write_text(f"{int(time.time()) + since}\n")
            place.line(age=100, refresh=60)
            for term in terms:
                term.raw(":\r" * 5)
            for term in terms:
                term.prompts(5)

            assert SYNC == place.wait_for_starts(1)
            assert abs(int(place.lock.read_text()) - time.time()) < 60

    def test_who_comes_second_to_a_dead_lock_starts_nothing(self, name: str, place: Place) -> None:
        """The first made the name that ends in its age, and is about to write the time into the lock."""
        since = int(time.time()) - 700
        place.line(age=100, refresh=60)
        place.lock.write_text(f"{since}\n")
        (place.state / f"sync.lock.{since}").touch()
        with shell(name, place) as term:
            term.type(":")
            term.type(":")

            assert [] == place.wait_for_starts(0)
            assert f"{since}\n" == place.lock.read_text()

    def test_a_lock_that_nothing_could_be_written_into_is_taken_over_after_a_sync(
        self, name: str, place: Place
    ) -> None:
        place.line(age=100, refresh=60)
        place.lock.touch()
        with shell(name, place) as term:
            term.type(":")

            assert [] == place.started()

            os.utime(place.lock, (1_000_000_000, 1_000_000_000))
            term.type(":")

            assert SYNC == place.wait_for_starts(1)

    def test_a_hostile_lock_runs_nothing(self, name: str, place: Place) -> None:
        place.line(age=100, refresh=60)
        place.lock.write_text("a[$(touch hit)]\n")
        with Shell(name, place.folder, f"cd '{place.folder}'\n" + place.snippet(name)) as term:
            term.type(":")

        assert not (place.folder / "hit").exists()
        assert [] == place.started()

    def test_a_folder_that_cannot_be_written_is_no_trouble(self, name: str, place: Place) -> None:
        place.line(age=100, refresh=60)
        place.state.chmod(0o500)
        try:
            if os.access(place.state, os.W_OK):
                pytest.skip("the superuser may write everywhere")
            with shell(name, place) as term:
                shown = term.type(":")
        finally:
            place.state.chmod(0o700)

        assert TEXT in shown
        assert "denied" not in shown
        assert [] == place.started()

    def test_no_word_of_it_is_seen_and_the_shell_ends_at_once(self, name: str, place: Place) -> None:
        """The fake sync goes on for longer than the shell lives."""
        place.fake.write_text(
            f'#!/bin/sh\necho "$@" >>"{place.starts}"\necho noise\necho noise >&2\nsleep 60\n'
        )
        place.line(age=100, refresh=60)
        with shell(name, place) as term:
            first = term.type(":")
            place.wait_for_starts(1)
            second = term.type("jobs")
            third = term.type(":")
            last = term.leave()

        words = (first + second + third + last).replace(str(place.fake), "")
        assert "noise" not in words
        assert "sync" not in words
        assert "jobs" not in last.replace("exit", "")

    def test_the_real_tokmeter_brings_the_line_up_to_date(self, name: str, tmp_path: Path) -> None:
        home = tmp_path / "logs"
        env = {"HOME": str(home), "TOKMETER_HOME": str(tmp_path / "own"), "TZ": "UTC"}
        everything = {**os.environ, **env, "PYTHONPATH": os.pathsep.join(sys.path)}
        home.mkdir()
        subprocess.run(tokmeter("sync"), env=everything, check=True, capture_output=True)
        init = subprocess.run(
            tokmeter("shell", "init", name), env=everything, check=True, capture_output=True, text=True
        ).stdout
        state = tmp_path / "own" / "state"
        with Shell(name, tmp_path, init, {**env, "PYTHONPATH": everything["PYTHONPATH"]}) as term:
            assert "today" not in term.type(":")

            write_history(home, time.time_ns() // 1_000_000)
            (state / "sync-soon").touch()
            term.type(":")
            deadline = time.monotonic() + 60
            while not (state / "prompt").read_text().startswith("$") and time.monotonic() < deadline:
                time.sleep(0.05)

            assert " today · $" in term.type(":")
            # The line is there first; then the sync counts the texts of sessions that are over, and ends.
            while (state / "sync.lock").exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert {"prompt"} == {path.name for path in state.iterdir()}
