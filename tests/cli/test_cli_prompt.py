"""`tokmeter prompt`, the line that syncs prepare for it, and `sync --background`, as processes."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from decimal import Decimal
from pathlib import Path

import pytest
from cli_run import Tokmeter

from tokmeter.demo.history import write_history

TEXT = "$4.84 today · 66% wk"


@pytest.fixture
def now_home(tmp_path: Path) -> Tokmeter:
    """A tokmeter over an invented history that ends at the real present."""
    home = tmp_path / "home"
    write_history(home, time.time_ns() // 1_000_000)
    return Tokmeter(tmp_path, home)


def state(run: Tokmeter) -> Path:
    return run.own / "state"


def lines(run: Tokmeter) -> list[str]:
    return (state(run) / "prompt").read_text().splitlines()


def prepare(
    run: Tokmeter, text: str = TEXT, *, age: int = 0, refresh: int = 3000, color: str = "plain"
) -> None:
    """Put a line in place as of `age` seconds ago."""
    taken = int(time.time()) - age
    state(run).mkdir(parents=True, exist_ok=True)
    head = [text, taken, taken + refresh, taken + 3600, color, "4.84/66%"]
    content = "\n".join([*map(str, head), "today_cost=$4.84", "week_tokens=56.3M", "week_share=66%", ""])
    (state(run) / "prompt").write_text(content)


def wait_until_gone(path: Path) -> bool:
    deadline = time.monotonic() + 30
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not path.exists()


class TestShowing:
    """What is printed."""

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            pytest.param((), TEXT, id="default"),
            pytest.param(("--short",), "4.84/66%", id="short"),
            pytest.param(("--format", "{today_cost}, {week_tokens}"), "$4.84, 56.3M", id="format"),
            pytest.param(("--format={week_share} {nope} {",), "66% {nope} {", id="names that are none"),
            pytest.param(("--format", "{short} {text}"), f"4.84/66% {TEXT}", id="texts"),
            pytest.param(("--shell", "zsh"), "$4.84 today · 66%% wk", id="zsh"),
            pytest.param(("--shell", "tmux", "--format", "#{week_share}"), "##66%", id="tmux"),
            pytest.param(("--shell", "fish"), TEXT, id="fish"),
            pytest.param(("-q", "--short"), "4.84/66%", id="by the full parser"),
            pytest.param(("-q", "--short", "--shell=zsh"), "4.84/66%%", id="by the full parser, escaped"),
        ],
    )
    def test_the_prepared_line(self, lonely: Tokmeter, arguments: tuple[str, ...], expected: str) -> None:
        prepare(lonely)
        result = lonely.bare("prompt", *arguments)

        assert (0, f"{expected}\n", "") == (result.status, result.out, result.err)

    def test_without_a_line_there_is_silence(self, lonely: Tokmeter) -> None:
        result = lonely.bare("prompt")

        assert (0, "", "") == (result.status, result.out, result.err)
        assert not lonely.own.exists()

    @pytest.mark.parametrize("content", [b"", b"$1\n2\n", b"$1\nx\ny\nz\nred\n$1\n", b"\xff" * 99])
    def test_a_broken_line_is_none(self, lonely: Tokmeter, content: bytes) -> None:
        state(lonely).mkdir(parents=True)
        (state(lonely) / "prompt").write_bytes(content)
        result = lonely.bare("prompt")

        assert (0, "", "") == (result.status, result.out, result.err)

    def test_old_figures_are_marked(self, lonely: Tokmeter) -> None:
        prepare(lonely, age=3700, refresh=9000)

        assert f"~{TEXT}\n" == lonely.bare("prompt").out

    def test_control_characters_are_taken_out(self, lonely: Tokmeter) -> None:
        prepare(lonely, "a\x1b]0;x\x07b\x9bc")

        assert "a]0;xbc\n" == lonely.bare("prompt").out

    @pytest.mark.parametrize(
        ("arguments", "env", "expected"),
        [
            pytest.param(("--color", "always"), {}, f"\x1b[31m{TEXT}\x1b[39m", id="always"),
            pytest.param((), {}, TEXT, id="auto into a pipe"),
            pytest.param((), {"FORCE_COLOR": "1"}, f"\x1b[31m{TEXT}\x1b[39m", id="forced"),
            pytest.param((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, TEXT, id="forbidden"),
            pytest.param(
                ("--color=always", "--shell=zsh"),
                {},
                "%{\x1b[31m%}$4.84 today · 66%% wk%{\x1b[39m%}",
                id="zsh",
            ),
            pytest.param(
                ("--color=always", "--shell=tmux"),
                {},
                f"#[fg=red]{TEXT}#[fg=default]",
                id="tmux",
            ),
        ],
    )
    def test_colour(
        self, lonely: Tokmeter, arguments: tuple[str, ...], env: dict[str, str], expected: str
    ) -> None:
        prepare(lonely, color="red")

        assert f"{expected}\n" == lonely.bare("prompt", *arguments, env=env).out

    def test_bash_shows_what_was_escaped_for_it_as_it_is(self, lonely: Tokmeter, tmp_path: Path) -> None:
        text = r"$4 $HOME `touch hit` $(touch hit) \u \$ \\ ! 66%"
        prepare(lonely, text)
        for_bash = lonely.bare("prompt", "--shell", "bash").out.rstrip("\n")
        done = subprocess.run(
            ["bash", "-c", 'echo "${1@P}"', "bash", for_bash],
            cwd=tmp_path,
            capture_output=True,
            check=True,
            text=True,
        )

        assert f"{text}\n" == done.stdout
        assert not (tmp_path / "hit").exists()

    def test_tmux_shows_what_was_escaped_for_it_as_it_is(self, lonely: Tokmeter, tmp_path: Path) -> None:
        if shutil.which("tmux") is None:
            pytest.skip("tmux is not installed here")
        text = "$4.84 66% #{pane_id} #(touch hit) #[fg=red] x"
        prepare(lonely, text)
        command = " ".join([*lonely.command("prompt"), "--shell", "tmux"])
        sockets = tmp_path / "sockets"
        sockets.mkdir()
        env = lonely.environment(TMUX_TMPDIR=str(sockets), TERM="xterm")
        config = tmp_path / "tmux.conf"
        config.write_text(
            f"set -g status-right-length 90\nset -g status-left ''\nset -g status-right \"#({command})\"\n"
            "set -g status-interval 1\nset -g status on\n"
        )
        inner = f"tmux -L inner -f '{config}' new-session -x 120 -y 5 'sleep 60'"

        def tmux(*words: str) -> str:
            return subprocess.run(
                ["tmux", *words], cwd=tmp_path, env=env, capture_output=True, check=False, text=True
            ).stdout

        tmux(
            "-L",
            "outer",
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "120",
            "-y",
            "8",
            f"env -u TMUX {inner}",
        )
        try:
            deadline = time.monotonic() + 30
            while text not in (screen := tmux("-L", "outer", "capture-pane", "-p")):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.1)
        finally:
            tmux("-L", "inner", "kill-server")
            tmux("-L", "outer", "kill-server")

        assert text in screen
        assert not (tmp_path / "hit").exists()

    @pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1"])
    def test_in_a_locale_without_utf8_it_is_ascii(self, lonely: Tokmeter, locale: str) -> None:
        prepare(lonely)

        assert "$4.84 today | 66% wk\n" == lonely.bare("prompt", env={"LC_ALL": locale}).out

    def test_a_closed_stdout_is_no_failure(self, lonely: Tokmeter) -> None:
        prepare(lonely)
        command = " ".join(f"'{word}'" for word in lonely.command("prompt"))
        done = subprocess.run(
            ["sh", "-c", f"{command} >&-"], env=lonely.environment(), capture_output=True, check=False
        )

        assert (0, b"") == (done.returncode, done.stderr)

    def test_a_wrong_switch_is_told(self, lonely: Tokmeter) -> None:
        assert "--shell takes bash" in lonely.bare("prompt", "--shell", "tcsh").err
        assert "There is no switch --shor" in lonely.bare("prompt", "--shor").err
        assert "--color takes auto" in lonely.bare("prompt", "--color", "blue").err


class TestPreparing:
    """When the line is written, and with what."""

    def test_a_report_writes_it(self, now_home: Tokmeter) -> None:
        result = now_home.bare("week")
        text, taken, refresh, stale, color, short, *_ = lines(now_home)

        assert 0 == result.status
        assert " today · $" in text
        assert abs(int(taken) - time.time()) < 60
        assert int(refresh) - int(taken) <= 60
        assert 0 < int(stale) - int(taken) <= 3600
        assert "plain" == color
        assert "/" in short
        assert f"{text}\n" == now_home.bare("prompt").out

    def test_its_figures_are_those_of_the_reports(self, now_home: Tokmeter) -> None:
        reports = [json.loads(now_home.bare(kind, "--json").out) for kind in ("day", "week")]
        amounts = [Decimal(report["data"]["totals"]["list_cost"]["amount"]) for report in reports]
        shown = [part.split()[0].rstrip("+") for part in lines(now_home)[0].split(" · ")]

        assert [f"${amount:.2f}" for amount in amounts] == shown

    def test_it_is_private(self, now_home: Tokmeter) -> None:
        now_home.bare("week")

        assert 0o700 == state(now_home).stat().st_mode & 0o777
        assert 0o600 == (state(now_home) / "prompt").stat().st_mode & 0o777
        assert ["prompt"] == [path.name for path in state(now_home).iterdir()]

    def test_nothing_new_writes_nothing_until_it_is_due(self, now_home: Tokmeter) -> None:
        now_home.bare("week")
        before = (state(now_home) / "prompt").stat()
        now_home.bare("week")
        between = (state(now_home) / "prompt").stat()
        self._age(now_home, 61)
        now_home.bare("week")

        assert (before.st_ino, before.st_mtime_ns) == (between.st_ino, between.st_mtime_ns)
        assert abs(int(lines(now_home)[1]) - time.time()) < 60

    def test_a_clock_that_was_set_back_is_noticed(self, now_home: Tokmeter) -> None:
        now_home.bare("week")
        self._age(now_home, -5000)
        now_home.bare("week")

        assert abs(int(lines(now_home)[1]) - time.time()) < 60

    def test_changed_settings_write_it_anew(self, now_home: Tokmeter) -> None:
        now_home.bare("week")
        (now_home.own / "config.toml").write_text('[budget]\nweek = 1000\n[prompt]\nshow = ["week"]\n')
        now_home.bare("week")

        assert lines(now_home)[0].removesuffix("wk").rstrip(" +").endswith("%")

    def test_switches_of_a_report_do_not_reach_it(self, now_home: Tokmeter) -> None:
        now_home.bare("week", "--tz", "Pacific/Kiritimati", "--as-of", "2020-01-01", "--project", "nothing")
        with_switches = lines(now_home)[0]
        (state(now_home) / "prompt").unlink()
        now_home.bare("week")

        assert lines(now_home)[0] == with_switches

    def test_a_zone_of_the_config_that_is_none_disturbs_no_report_with_its_own(
        self, now_home: Tokmeter
    ) -> None:
        now_home.own.mkdir(exist_ok=True)
        (now_home.own / "config.toml").write_text('tz = "Nowhere/Land"\n')
        result = now_home.bare("week", "--tz", "UTC", "-q")

        assert (0, "") == (result.status, result.err)
        assert not state(now_home).exists()

    @pytest.mark.parametrize("switch", ["--demo", "--no-sync"])
    def test_a_demo_and_a_report_without_sync_write_none(self, lonely: Tokmeter, switch: str) -> None:
        lonely.bare("week", switch)

        assert not state(lonely).exists()

    def test_an_empty_ledger_prepares_an_empty_line(self, lonely: Tokmeter) -> None:
        lonely.bare("week")

        assert "" == lines(lonely)[0]
        assert "" == lonely.bare("prompt").out

    def test_a_place_that_cannot_be_written_disturbs_no_report(self, now_home: Tokmeter) -> None:
        now_home.own.mkdir(exist_ok=True)
        state(now_home).write_text("a file where the folder should be")
        result = now_home.bare("week")

        assert 0 == result.status
        assert "list cost" in result.out
        assert "state" not in result.err

    @staticmethod
    def _age(run: Tokmeter, seconds: int) -> None:
        """Make the prepared line so much older."""
        content = lines(run)
        content[1:4] = [str(int(number) - seconds) for number in content[1:4]]
        (state(run) / "prompt").write_text("\n".join([*content, ""]))


class TestBackground:
    """Syncs that prompts start."""

    def test_a_due_line_starts_one_that_brings_it_up_to_date(self, now_home: Tokmeter) -> None:
        now_home.bare("week")
        prepare(now_home, "$1 old", age=100, refresh=60)
        shown = now_home.bare("prompt").out

        assert "$1 old\n" == shown
        assert wait_until_gone(state(now_home) / "sync.lock")
        assert " today · $" in lines(now_home)[0]

    def test_a_mark_starts_one_and_is_taken_away(self, now_home: Tokmeter) -> None:
        now_home.bare("week")
        (state(now_home) / "sync-soon").touch()
        now_home.bare("prompt")

        assert wait_until_gone(state(now_home) / "sync-soon")
        assert wait_until_gone(state(now_home) / "sync.lock")

    def test_a_lock_of_another_is_respected(self, now_home: Tokmeter) -> None:
        prepare(now_home, age=100, refresh=60)
        (state(now_home) / "sync.lock").write_text(f"{int(time.time())}\n")
        before = lines(now_home)
        now_home.bare("prompt")
        time.sleep(0.3)  # a sync that was wrongly started would have written by then

        assert before == lines(now_home)
        assert not (now_home.own / "ledger.db").exists()

    def test_it_is_silent_and_takes_lock_and_mark_away(self, now_home: Tokmeter) -> None:
        prepare(now_home, age=100)
        for name in ("sync.lock", "sync.lock.1795000000", "sync-soon"):
            (state(now_home) / name).write_text("1795000000\n")
        result = now_home.bare("sync", "--quiet", "--background")

        assert (0, "", "") == (result.status, result.out, result.err)
        assert ["prompt"] == [path.name for path in state(now_home).iterdir()]
        assert abs(int(lines(now_home)[1]) - time.time()) < 60

    def test_one_that_fails_is_silent_and_leaves_the_lock(self, now_home: Tokmeter) -> None:
        state(now_home).mkdir(parents=True)
        for name in ("sync.lock", "sync.lock.1794990000"):
            (state(now_home) / name).write_text("1795000000\n")
        (now_home.own / "ledger.db").write_text("no ledger\n")
        result = now_home.bare("sync", "--quiet", "--background")

        assert (0, "", "") == (result.status, result.out, result.err)
        assert ["sync.lock"] == [path.name for path in state(now_home).iterdir()]

    def test_one_that_cannot_begin_does_the_same(self, now_home: Tokmeter) -> None:
        state(now_home).mkdir(parents=True)
        for name in ("sync.lock", "sync.lock.1794990000"):
            (state(now_home) / name).write_text("1795000000\n")
        (now_home.own / "config.toml").write_text("tz = 7\n")
        result = now_home.bare("sync", "--quiet", "--background")

        assert (0, "", "") == (result.status, result.out, result.err)
        assert ["sync.lock"] == [path.name for path in state(now_home).iterdir()]

    def test_no_file_of_the_present_folder_is_run(self, now_home: Tokmeter, tmp_path: Path) -> None:
        """A prompt is drawn in any folder, also in one that somebody else filled."""
        foreign = tmp_path / "foreign"
        foreign.mkdir()
        for name in ("tokmeter", "sqlite3", "datetime"):
            (foreign / f"{name}.py").write_text(f"open({str(tmp_path / 'hit')!r}, 'w')\n")
        now_home.bare("week")
        (state(now_home) / "sync-soon").touch()
        program = tmp_path / "tokmeter-stub"
        program.write_text("from tokmeter.cli.entry import main\nmain()\n")
        subprocess.run(
            [now_home.command()[0], str(program), "prompt"],
            cwd=foreign,
            env=now_home.environment(),
            check=True,
        )

        assert wait_until_gone(state(now_home) / "sync-soon")
        assert wait_until_gone(state(now_home) / "sync.lock")
        assert not (tmp_path / "hit").exists()
