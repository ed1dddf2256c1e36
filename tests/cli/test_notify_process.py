"""`tokmeter notify` as hooks call it: it asks for a sync, says nothing, and never holds anybody up."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from pathlib import Path

import pytest
from cli_run import Tokmeter

from tokmeter.integrations import background
from tokmeter.integrations.prompt_line import PromptLine, write_line

JSON = '{"type":"agent-turn-complete","thread-id":"1","last-assistant-message":"it\'s \\"done\\" $(x) ü"}'


def state(tokmeter: Tokmeter) -> Path:
    return tokmeter.own / "state"


def prepared(tokmeter: Tokmeter, age: int) -> None:
    """A prompt line that was written `age` seconds ago."""
    now = int(time.time())
    write_line(str(state(tokmeter)), PromptLine("old", now - age, now + 600, now + 600, "plain", "", {}))


def wait_for_sync(tokmeter: Tokmeter) -> None:
    deadline = time.monotonic() + 30
    while not (tokmeter.own / "ledger.db").exists() or (state(tokmeter) / "sync.lock").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("words", [["claude-code"], ["codex", JSON]], ids=["claude-code", "codex"])
def test_old_figures_start_a_sync_that_takes_the_mark_away(lonely: Tokmeter, words: list[str]) -> None:
    prepared(lonely, 11)
    done = lonely.bare("notify", *words)

    assert (0, "", "") == (done.status, done.out, done.err)

    wait_for_sync(lonely)

    assert not (state(lonely) / "sync-soon").exists()


def test_new_figures_are_only_marked(lonely: Tokmeter) -> None:
    prepared(lonely, 5)
    lonely.bare("notify", "claude-code")

    assert ["prompt", "sync-soon"] == sorted(path.name for path in state(lonely).iterdir())


def test_while_a_sync_runs_it_only_marks(lonely: Tokmeter) -> None:
    prepared(lonely, 100)
    background.take_lock(str(state(lonely)), int(time.time()))
    lonely.bare("notify", "claude-code")

    assert (state(lonely) / "sync-soon").exists()
    assert not (lonely.own / "ledger.db").exists()


def test_it_does_not_wait_for_stdin(lonely: Tokmeter) -> None:
    prepared(lonely, 0)
    reading, writing = os.pipe()
    done = subprocess.run(
        lonely.command("notify", "claude-code"),
        stdin=reading,
        env=lonely.environment(),
        check=False,
        capture_output=True,
        timeout=20,
    )
    os.close(reading)
    os.close(writing)

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """The program that Codex called before: it tells how it was called."""
    program = tmp_path / "my program"
    program.write_text(
        f'#!/bin/sh\nfor word in "$@"; do printf "<%s>" "$word"; done >"{tmp_path}/told"\n'
        f'pwd >>"{tmp_path}/told"; cat; echo out; echo err >&2; exit 7\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


ARGUMENTS = {
    "none": [],
    "odd ones": ["a b", "", "--", "--then", "codex", "--help"],
}


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_the_earlier_program_runs_as_before(
    lonely: Tokmeter, earlier: Path, tmp_path: Path, arguments: list[str]
) -> None:
    """Its arguments, with Codex's JSON behind them; its folder, its streams and its exit status."""
    prepared(lonely, 0)
    command = ["notify", "codex", "--then", str(earlier), *arguments, "--"]
    done = subprocess.run(
        lonely.command(*command, JSON),
        input=b"in\n",
        env=lonely.environment(),
        capture_output=True,
        check=False,
        cwd=tmp_path,
        timeout=20,
    )
    told = "".join(f"<{word}>" for word in [*arguments, JSON])

    assert f"{told}{tmp_path}\n" == (tmp_path / "told").read_text()
    assert (7, b"in\nout\n", b"err\n") == (done.returncode, done.stdout, done.stderr)
    assert (state(lonely) / "sync-soon").exists()


def test_the_earlier_program_takes_a_closed_pipe_as_programs_do(lonely: Tokmeter) -> None:
    """Python ignores SIGPIPE; passed on, every `… | head` below it would complain."""
    prepared(lonely, 0)
    done = lonely.bare("notify", "codex", "--then", "sh", "-c", "yes | head -n 1", "--", JSON)

    assert (0, "y\n", "") == (done.status, done.out, done.err)


def test_an_earlier_program_that_is_gone_is_no_failure(lonely: Tokmeter) -> None:
    prepared(lonely, 0)
    done = lonely.bare("notify", "codex", "--then", "/no/such/program", "--", JSON)

    assert (0, "", "") == (done.status, done.out, done.err)


def test_the_earlier_program_runs_even_where_nothing_can_be_marked(
    lonely: Tokmeter, earlier: Path, tmp_path: Path
) -> None:
    lonely.own.write_text("in the way")
    lonely.bare("notify", "codex", "--then", str(earlier), "--", JSON)

    assert (tmp_path / "told").exists()


@pytest.mark.parametrize("words", [["codex", "--then"], ["codex", "--then", "--"], ["codex", "--then", "--", "{}"], ["codex", "--then", "x"], ["codex"]])  # fmt: skip
def test_a_command_line_cut_short_is_no_failure(lonely: Tokmeter, words: list[str]) -> None:
    prepared(lonely, 0)
    done = lonely.bare("notify", *words)

    assert (0, "", "") == (done.status, done.out, done.err)


def test_an_unknown_assistant_is_named(lonely: Tokmeter) -> None:
    done = lonely.bare("notify", "claude")

    assert 2 == done.status
    assert "notify does not know the assistant 'claude'; it knows claude-code and codex." in done.err
