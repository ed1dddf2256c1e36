"""What post-commit says, how new its figures are, and that no fault of ours ever stops a commit."""

from __future__ import annotations

import os
import pty
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from git_desk import HAIKU, Desk

from tokmeter.integrations.prompt_line import PromptLine, write_line


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, hooks="--summary")


def settle(desk: Desk) -> None:
    """Bring the ledger up to date, as if time had passed since."""
    desk.tokmeter("sync", "--quiet")


def test_two_lines_tell_what_was_used(desk: Desk) -> None:
    desk.use(200_000, 40_000, minute=1)
    desk.use(160_000, 20_000, minute=5)
    desk.use(280_000, 40_000, minute=9, model=HAIKU)
    desk.commit("a", minute=10)
    sha = desk.git("rev-parse", "--short=7", "HEAD")
    write_line(desk.own / "state", PromptLine("", 0, 0, 2**40, "plain", "", {"today_cost": "$4.84"}))
    done = desk.commit("a", "--amend", "--no-edit", minute=11)
    sha = desk.git("rev-parse", "--short=7", "HEAD")

    # claude-opus-4-8: 360,000 x $5 + 60,000 x $25 = $3.30; claude-haiku-4-5: 280,000 x $1 + 40,000 x $5 = $0.48
    assert done.stderr.splitlines() == [
        f"tokmeter  {sha}  740k tokens · $3.78 list · 3 requests in 8 min",
        "          claude-opus-4-8 87%, claude-haiku-4-5 13% · today $4.84",
    ]
    assert "" == done.stdout


def test_old_figures_of_today_are_left_out(desk: Desk) -> None:
    desk.use(10, 0, minute=1)
    settle(desk)
    write_line(desk.own / "state", PromptLine("", 0, 2**40, 1, "plain", "", {"today_cost": "$4.84"}))

    assert "today" not in desk.commit("a", minute=2).stderr


def test_without_usage_it_says_nothing(desk: Desk) -> None:
    assert "" == desk.commit("a", minute=2).stderr


def test_a_rebase_and_a_cherry_pick_are_silent(desk: Desk) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.work("c", 300)
    reordered = desk.try_git(
        "rebase", "-q", "-i", "HEAD~2", GIT_SEQUENCE_EDITOR="sed -i -e '1{h;d}' -e '2{G}'"
    )
    desk.git("checkout", "-q", "main")
    picked = desk.try_git("cherry-pick", "topic")

    assert (0, 0) == (reordered.returncode, picked.returncode)
    assert "tokmeter" not in reordered.stderr + picked.stderr


def test_where_utf_8_is_missing_it_is_ascii(desk: Desk) -> None:
    desk.use(10, 0, minute=1)
    done = desk.commit("a", minute=2, LC_ALL="C")

    assert "10 tokens - $0.0001 list - 1 request" in done.stderr
    assert done.stderr.isascii()


@pytest.mark.parametrize(
    ("env", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_it_is_coloured_on_a_terminal_alone(desk: Desk, env: dict[str, str], colored: bool) -> None:
    desk.use(10, 0, minute=1)
    desk.minute = 2
    desk.write("a")
    leader, follower = pty.openpty()
    command = ["git", "commit", "-q", "-m", "a"]
    environment = {"TERM": "xterm", **desk.env(), **env}
    subprocess.run(command, cwd=desk.root, env=environment, stderr=follower, check=True, timeout=60)
    os.close(follower)
    said = os.read(leader, 10_000).decode()
    os.close(leader)

    assert colored is ("\x1b[" in said)
    assert "10 tokens" in said


# -- how new the figures are


def test_a_session_that_the_ledger_does_not_know_yet_is_read_first(desk: Desk) -> None:
    log = desk.home / ".claude" / "projects" / "-p" / "aaaaaaaa-0000-4000-8000-000000000001.jsonl"
    settle(desk)
    desk.use(10, 0, minute=1)
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:-1]))
    log.with_name("bbbbbbbb-0000-4000-8000-000000000002.jsonl").write_text(lines[-1])

    assert "  10 tokens" in desk.commit("a", minute=2).stderr


def test_what_is_too_much_to_read_is_left_to_the_background(desk: Desk) -> None:
    desk.use(10, 0, minute=1)
    settle(desk)
    desk.use(200, 0, minute=2)
    log = desk.home / ".claude" / "projects" / "-p" / "aaaaaaaa-0000-4000-8000-000000000001.jsonl"
    with log.open("a") as file:
        file.write(f'{{"type":"noise","text":"{"x" * 6_000_000}"}}\n')
    done = desk.commit("a", minute=3)
    wait_for_entries(desk, 3)

    assert "  ~10 tokens · ~$0.0001 list" in done.stderr


def test_what_grew_much_in_other_projects_is_left_to_the_background_too(desk: Desk) -> None:
    desk.use(10, 0, minute=1)
    settle(desk)
    desk.use(200, 0, minute=2)
    other = desk.home / ".claude" / "projects" / "-other" / "bbbbbbbb-0000-4000-8000-000000000001.jsonl"
    other.parent.mkdir()
    other.write_text(f'{{"type":"noise","text":"{"x" * 6_000_000}"}}\n')
    done = desk.commit("a", minute=3)
    wait_for_entries(desk, 3)

    assert "  ~10 tokens · ~$0.0001 list" in done.stderr


def test_reading_logs_can_be_switched_off(desk: Desk) -> None:
    desk.use(10, 0, minute=1)
    settle(desk)
    desk.use(200, 0, minute=2)
    done = desk.commit("a", minute=3, TOKMETER_GIT_SYNC="0")
    wait_for_entries(desk, 3)

    assert "  ~10 tokens" in done.stderr


def wait_for_entries(desk: Desk, count: int) -> None:
    """Until the background sync has posted so many."""
    deadline = time.monotonic() + 30
    while True:
        connection = sqlite3.connect(desk.own / "ledger.db")
        found = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
        connection.close()
        if found == count and not (desk.own / "state" / "sync.lock").exists():
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


# -- faults


def spoil(desk: Desk, how: str) -> sqlite3.Connection | None:
    """Do something to the ledger that no hook must stumble over."""
    ledger = desk.own / "ledger.db"
    if how == "locked":
        connection = sqlite3.connect(ledger, isolation_level=None)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        return connection
    if how == "newer":
        connection = sqlite3.connect(ledger)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        return None
    for path in desk.own.glob("ledger.db*"):
        path.unlink()
    if how == "foreign":
        connection = sqlite3.connect(ledger)
        connection.execute("CREATE TABLE theirs (x)")
        connection.close()
    elif how == "garbage":
        ledger.write_bytes(b"no database at all" * 100)
    elif how == "a folder":
        ledger.mkdir()
    elif how == "no home":
        shutil.rmtree(desk.own)
        desk.own.write_text("in the way")
    return None


@pytest.mark.parametrize("how", ["missing", "locked", "newer", "foreign", "garbage", "a folder", "no home"])
def test_a_ledger_that_cannot_be_read_never_disturbs_a_commit(tmp_path: Path, how: str) -> None:
    desk = Desk(tmp_path, hooks="--summary --trailer --assisted-by --notes")
    desk.use(10, 0, minute=1)
    held = spoil(desk, how)
    # Nobody has to see a background sync that fails as well.
    (desk.own / "state").mkdir(exist_ok=True) if desk.own.is_dir() else None
    done = desk.commit("a", minute=2, TOKMETER_DEBUG="")
    if held:
        held.close()
    desk.wait_for_notes()

    assert ("", "") == (done.stdout, done.stderr)
    assert desk.message() in ("a", f"a\n\nTokmeter-Usage: {desk.trailer()}")


def test_a_broken_program_never_stops_a_commit(desk: Desk) -> None:
    desk.use(10, 0, minute=1)
    desk.minute = 2
    done = desk.commit("a", PYTHONPATH=str(desk.home))

    assert 0 == done.returncode


@pytest.mark.parametrize("words", [[], ["post-commit"], ["prepare-commit-msg"], ["commit-msg"], ["nonsense", "x"],
                                   ["post-rewrite", "--notes", "rebase"], ["notes-job", "/nowhere"]])  # fmt: skip
def test_the_hook_ends_well_whatever_it_is_given(desk: Desk, words: list[str]) -> None:
    done = desk.tokmeter("git", "hook", *words, cwd=desk.home, TOKMETER_DEBUG="")

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_a_fault_is_shown_when_asked_for(desk: Desk) -> None:
    done = desk.tokmeter("git", "hook", "commit-msg", "/nowhere/at/all", TOKMETER_DEBUG="1")

    assert 0 == done.returncode
    assert "FileNotFoundError" in done.stderr


def test_nobody_has_to_listen(desk: Desk) -> None:
    """stderr closed, or a pipe that nobody reads."""
    desk.use(10, 0, minute=1)
    desk.minute = 2
    desk.write("a")
    closed = desk.run(["sh", "-c", "git commit -q -m a 2>&-"])
    desk.use(10, 0, minute=3)
    desk.minute = 4
    desk.write("b")
    unread = desk.run(["bash", "-c", "set -o pipefail; { git commit -q -m b 2>&1; } | true"])

    assert 0 == closed.returncode
    assert unread.returncode in (0, 141)  # 141: git itself was told by the pipe
    assert ["b", "a"] == desk.git("log", "--format=%s").split()
