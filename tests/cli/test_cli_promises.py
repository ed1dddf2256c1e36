"""What the user can rely on: privacy, no network, light starts, first contact."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli_run import AS_OF, NOW_MS, SOURCE, Tokmeter

import tokmeter
from tokmeter.demo.history import write_history

HEAVY = {
    "annotated_types",
    "genai_prices",
    "msgspec",
    "pydantic",
    "rich",
    "sqlite_utils",
    "typer",
    "zstandard",
}
NO_SOCKETS = """
import socket
def forbidden(*_args, **_kwargs):
    raise AssertionError("a socket was used")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = forbidden
"""


def imported(run: Tokmeter, *arguments: str) -> set[str]:
    """The top-level packages that a run imports."""
    command = [sys.executable, "-X", "importtime", "-m", "tokmeter", *arguments]
    done = subprocess.run(command, env=run.environment(), capture_output=True, check=True, text=True)
    return {
        line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines() if "|" in line
    }


def test_a_warm_week_imports_nothing_heavy(warm: Tokmeter) -> None:
    found = imported(warm, "week", "--home", str(warm.home), "--as-of", AS_OF)

    assert "sqlite3" in found
    assert set() == found & (HEAVY | {"json", "tomllib", "subprocess", "socket", "platformdirs"})


def test_the_version_is_told_without_anything(warm: Tokmeter) -> None:
    found = imported(warm, "--version")

    assert set() == found & (HEAVY | {"sqlite3", "re", "typing", "pathlib"})
    assert f"tokmeter {tokmeter.__version__}\n" == warm.bare("--version").out


def test_the_guard_against_sockets_works(fresh: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_SOCKETS)
    done = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"],
        env=fresh.environment(PYTHONPATH=str(tmp_path)),
        capture_output=True,
        check=False,
        text=True,
    )

    assert "a socket was used" in done.stderr


@pytest.mark.parametrize(
    "command", [("week",), ("export",), ("doctor",), ("prices", "show", "gpt-5")], ids=" ".join
)
def test_no_command_opens_a_socket(fresh: Tokmeter, tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_SOCKETS)
    result = fresh(*command, "-q", env={"PYTHONPATH": f"{tmp_path}:{SOURCE}"})

    assert (0, "") == (result.status, result.err)
    assert result.out


def test_our_files_are_readable_by_their_owner_alone(fresh: Tokmeter) -> None:
    fresh("week")

    folders = {fresh.own, *(path for path in fresh.own.rglob("*") if path.is_dir())}
    files = {path for path in fresh.own.rglob("*") if path.is_file()}

    assert {"own", "state", "cache"} == {path.name for path in folders}
    assert {0o700} == {stat.S_IMODE(path.stat().st_mode) for path in folders}
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in files}


def test_logs_are_only_read(fresh: Tokmeter) -> None:
    before = {path: path.stat() for path in fresh.home.rglob("*") if path.is_file()}
    fresh("sync", "--verify")

    changed = [path for path, old in before.items() if path.stat().st_mtime_ns != old.st_mtime_ns]
    assert [] == changed
    assert set(before) == {path for path in fresh.home.rglob("*") if path.is_file()}


def test_the_ledger_keeps_what_the_assistants_delete(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_history(home, NOW_MS)
    run = Tokmeter(tmp_path, home)
    before = run("week").out
    shutil.rmtree(home / ".claude")
    shutil.rmtree(home / ".codex")

    assert before == run("week").out


def test_no_text_of_a_conversation_enters_the_ledger(warm: Tokmeter) -> None:
    content = b"".join(path.read_bytes() for path in warm.own.rglob("*") if path.is_file())

    assert b"claude-opus-4-8" in content
    assert b"invented" not in content.lower()


def test_no_sync_reports_from_the_ledger_as_it_is(fresh: Tokmeter) -> None:
    result = fresh("week", "--no-sync")

    assert 0 == result.status
    assert "claude-opus" not in result.out


class TestFirstContact:
    """A machine without logs."""

    def test_the_places_looked_in_and_the_demo_are_named(self, lonely: Tokmeter) -> None:
        result = lonely("week")

        assert 0 == result.status
        assert "No logs of any assistant found." in result.out
        assert str(lonely.home / ".claude" / "projects") in result.out
        assert str(lonely.home / ".codex") in result.out
        assert "tokmeter week --demo" in result.out

    def test_json_says_the_same(self, lonely: Tokmeter) -> None:
        document = json.loads(lonely("week", "--json").out)

        places = {(place["source"], place["path"]) for place in document["data"]["looked_in"]}
        assert ("codex", str(lonely.home / ".codex")) in places
        assert ("no-logs", "tokmeter week --demo") in {
            (problem["code"], problem["hint"]) for problem in document["problems"]
        }

    def test_csv_is_a_header_alone_and_the_places_are_on_stderr(self, lonely: Tokmeter) -> None:
        result = lonely("week", "--format", "csv")

        assert 1 == len(result.out.splitlines())
        assert "tokmeter week --demo" in result.err

    def test_sync_says_so_too(self, lonely: Tokmeter) -> None:
        assert "No logs of any assistant found." in lonely("sync").out


class TestDemo:
    """The invented history."""

    def test_it_shows_both_assistants_and_an_unpriced_model_and_leaves_nothing(
        self, lonely: Tokmeter
    ) -> None:
        result = lonely.bare("week", "--demo", "--as-of", AS_OF)

        assert 0 == result.status
        assert "Claude Code" in result.out
        assert "Codex" in result.out
        assert "lantern-coder-30b" in result.out
        assert "invented" in result.err
        assert [] == list(lonely.home.iterdir())
        assert not lonely.own.exists()

    def test_its_week_is_counted_as_that_of_real_logs(self, warm: Tokmeter) -> None:
        """The fixture wrote the same history to disk."""
        assert warm("week", "--plain").out == warm.bare("week", "--demo", "--plain", "--as-of", AS_OF).out

    def test_it_is_the_same_for_the_same_instant_and_small(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            write_history(tmp_path / name, NOW_MS)
        one, two = (
            {
                path.relative_to(tmp_path / name): path.read_bytes()
                for path in (tmp_path / name).rglob("*.jsonl")
            }
            for name in ("one", "two")
        )

        assert one == two
        assert sum(map(len, one.values())) < 3_500_000

    def test_nothing_in_it_lies_in_the_future(self, warm: Tokmeter) -> None:
        stamps = [json.loads(line)["ts"] for line in warm("export").out.splitlines()]

        assert max(stamps) < "2026-11-21T17:05"
        assert min(stamps) >= "2026-11-08"
