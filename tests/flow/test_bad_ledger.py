"""A ledger that cannot be written, is damaged, foreign, or held by somebody else."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from bad_home import (
    GOOD,
    BoundTokmeter,
    InProcess,
    assert_calm,
    claude_line,
    claude_log,
    exported,
    mode,
    summed,
    text,
)

from cli.cli_run import AS_OF, NOW_MS, Result, Tokmeter
from tokmeter.demo.history import write_history

REPORTS = ("week", "models", "projects", "sessions", "sources", "export", "doctor", "explain")


def grow(run: Tokmeter) -> dict[str, tuple[int, int]]:
    """One more response in the logs; the totals there are now."""
    claude_log(run.home, text([claude_line("more")]), "s2.jsonl")
    return {**GOOD, "claude-code": (4, 400)}


def integrity(run: Tokmeter) -> str:
    """What SQLite says of the ledger."""
    connection = sqlite3.connect(run.own / "ledger.db")
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


class TestReadOnly:
    """What is new is shown but not kept; `sync`, whose job it is to keep it, fails."""

    @pytest.mark.parametrize(
        ("folder", "file"), [(0o500, 0o400), (0o500, 0o600), (0o700, 0o400)], ids=["both", "folder", "file"]
    )
    def test_reports_are_complete_and_sync_fails(self, bound: BoundTokmeter, folder: int, file: int) -> None:
        assert exported(bound) == GOOD
        more = grow(bound)
        with mode(bound.own / "ledger.db", file), mode(bound.own, folder):
            report, sync, export = bound("week"), bound("sync"), bound("export")
            doctor = bound("doctor")

        assert_calm(report)
        assert_calm(sync, 1)
        assert_calm(doctor, 1)
        assert more == summed(export.out)
        assert "nothing was saved" in report.err
        assert "Make room or fix the permissions, then: tokmeter sync" in sync.err
        assert more == exported(bound)
        assert "nothing was saved" not in bound("week").err

    def test_a_folder_of_ours_that_cannot_be_made(self, bound: BoundTokmeter) -> None:
        closed = bound.own.parent / "closed"
        closed.mkdir()
        env = {"TOKMETER_HOME": str(closed / "own")}
        with mode(closed, 0o500):
            report, sync, found = bound("week", env=env), bound("sync", env=env), exported(bound, env=env)

        assert_calm(report)
        assert_calm(sync, 1)
        assert found == GOOD
        assert "TOKMETER_LEDGER or TOKMETER_HOME" in sync.err
        assert exported(bound, env=env) == GOOD

    def test_a_folder_of_ours_that_cannot_be_entered(self, bound: BoundTokmeter) -> None:
        exported(bound)
        with mode(bound.own, 0):
            report, sync, paths = bound("week"), bound("sync"), bound("paths")

        assert_calm(report, 2)
        assert_calm(sync, 1)
        assert_calm(paths, 2)
        assert f"{bound.own}/ledger.db: Permission denied" in sync.err
        assert f"{bound.own}/config.toml cannot be read: Permission denied" in report.err

    @pytest.mark.parametrize(
        ("place", "statuses", "said"),
        [
            pytest.param("/dev/null/own", (0, 1), "at /dev/null/own/ledger.db: Not a directory.", id="no folder"),
            pytest.param("/proc/own", (0, 1), "at /proc/own/ledger.db: No such file", id="no place for folders"),
            pytest.param("~nobody-of-this-name/own", (2, 2), "home folder for ~nobody-of-this-name", id="nobody's"),
            # The config file cannot be looked for, which a report says before anything else.
            pytest.param("x" * 5_000, (2, 1), "/ledger.db: File name too long.", id="too long"),
        ],
    )  # fmt: skip
    def test_a_home_of_ours_that_cannot_be(
        self, run: Tokmeter, place: str, statuses: tuple[int, int], said: str
    ) -> None:
        """A report needs no ledger on disk, as far as the settings can be read; `sync` does."""
        env = {"TOKMETER_HOME": place}
        report, sync = run("week", env=env), run("sync", env=env)

        assert_calm(report, statuses[0])
        assert_calm(sync, statuses[1])
        assert said in sync.err
        assert "TOKMETER_" in sync.err.splitlines()[-1]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose ledger takes some hundred pages. Nobody writes into it."""
    home = tmp_path_factory.mktemp("history")
    write_history(home, NOW_MS)
    return home


class TestFullDisk:
    """A small file system of its own, mounted for the child alone."""

    SCRIPT = """
    set -e
    mount -t tmpfs -o size={size}k none "$1"
    shift
    rest="$*"
    for command in week sync export; do
        set +e
        {python} -m tokmeter $command $rest >"$OUT/$command.out" 2>"$OUT/$command.err"
        echo $? >"$OUT/$command.status"
        set -e
    done
    mount -o remount,size=20m none "$TOKMETER_HOME"
    {python} -m tokmeter export $rest >"$OUT/after.out" 2>"$OUT/after.err"
    {python} -c 'import os, sqlite3; print(sqlite3.connect(os.environ["TOKMETER_HOME"] + "/ledger.db").execute("PRAGMA integrity_check").fetchone()[0])' >"$OUT/integrity"
    """

    @pytest.mark.parametrize("kilobytes", [8, 100, 200, 300])
    def test_reports_are_complete_and_nothing_is_lost(
        self, tmp_path: Path, history: Path, kilobytes: int
    ) -> None:
        run = Tokmeter(tmp_path, history)
        out = tmp_path / "out"
        for folder in (run.own, out):
            folder.mkdir()
        script = self.SCRIPT.format(size=kilobytes, python=sys.executable)
        command = [
            "unshare",
            "-m",
            "sh",
            "-c",
            script,
            "sh",
            str(run.own),
            "--home",
            str(history),
            "--as-of",
            AS_OF,
        ]
        try:
            done = subprocess.run(
                command, env=run.environment(OUT=str(out)), capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            pytest.skip("no unshare on this machine")
        if done.returncode and not (out / "week.status").exists():
            pytest.skip(f"no mount of one's own: {done.stderr.strip()}")
        whole = Tokmeter(tmp_path / "whole", history)
        expected = exported(whole)

        results = {
            name: Result(
                int((out / f"{name}.status").read_text()),
                (out / f"{name}.out").read_text(),
                (out / f"{name}.err").read_text(),
            )
            for name in ("week", "sync", "export")
        }
        assert_calm(results["week"])
        assert_calm(results["export"])
        assert_calm(results["sync"], 1)
        assert whole("week").out == results["week"].out
        assert expected == summed(results["export"].out)
        assert "nothing was saved" in results["week"].err
        assert "Make room or fix the permissions, then: tokmeter sync" in results["sync"].err
        assert expected == summed((out / "after.out").read_text())
        assert "ok" == (out / "integrity").read_text().strip()

    def test_an_answer_that_cannot_be_written_is_a_sentence(self, run: Tokmeter) -> None:
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                run.at_home("week"),
                env=run.environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )

        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        assert 1 == done.returncode
        assert "No space left" in done.stderr

    def test_an_export_into_a_full_disk_leaves_no_half_file(self, run: Tokmeter) -> None:
        result = run("export", "-o", "/dev/full/x")

        assert_calm(result, 1)
        assert "tokmeter export -o FILE" in result.err


class TestDamage:
    """Faults inside the file."""

    @pytest.fixture
    def large(self, tmp_path: Path, history: Path) -> InProcess:
        run = InProcess(tmp_path, history)
        assert_calm(run("sync"))
        connection = sqlite3.connect(run.own / "ledger.db")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        return run

    @pytest.mark.parametrize("share", [0.003, 0.1, 0.5, 0.9], ids=lambda share: f"{share:.1%} left")
    def test_a_truncated_ledger_is_named_with_the_way_back(self, large: InProcess, share: float) -> None:
        before = exported(large)
        path = large.own / "ledger.db"
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        self.check_and_rebuild(large, before)

    def test_pages_overwritten_are_named_with_the_way_back(self, large: InProcess) -> None:
        before = exported(large)
        path = large.own / "ledger.db"
        content = bytearray(path.read_bytes())
        for page in range(3, len(content) // 4096):
            content[page * 4096 : page * 4096 + 2048] = bytes(range(256)) * 8
        path.write_bytes(content)
        self.check_and_rebuild(large, before)

    @pytest.mark.parametrize("table", ["entry", "origin", "sku", "log_file", "problem", "meta", "entry_ts"])
    def test_a_damaged_page_is_a_sentence_wherever_it_is_met(self, large: InProcess, table: str) -> None:
        path = large.own / "ledger.db"
        connection = sqlite3.connect(path)
        query = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        page = connection.execute(query, (table,)).fetchone()[0]
        connection.close()
        content = bytearray(path.read_bytes())
        content[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
        commands = (("week",), ("week", "--no-sync"), ("export", "--no-sync"), ("doctor",))
        before = {command: large(*command).out for command in commands}
        for command in commands:
            for beside in ("-wal", "-shm"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            path.write_bytes(content)
            result = large(*command)

            if " ".join(command) in self.NOT_READ.get(table, ()):
                assert_calm(result)
                assert before[command] == result.out
            else:
                assert_calm(result, 1)
                assert f"mv '{path}' '{path}.damaged'" in result.out + result.err

    NOT_READ: ClassVar = {
        "log_file": {"week --no-sync", "export --no-sync"},
        "problem": {"export --no-sync"},
        "meta": {"export --no-sync"},
    }
    """By damaged table: commands that have nothing to do with it."""

    def test_a_file_of_another_kind(self, here: InProcess) -> None:
        here.own.mkdir()
        (here.own / "ledger.db").write_bytes(b"no database " * 1_000)
        self.check_and_rebuild(here, GOOD)

    def test_a_database_of_somebody_else(self, here: InProcess) -> None:
        here.own.mkdir()
        connection = sqlite3.connect(here.own / "ledger.db")
        connection.execute("CREATE TABLE entry (a)")
        connection.execute("INSERT INTO entry VALUES (1)")
        connection.commit()
        connection.close()
        before = (here.own / "ledger.db").read_bytes()
        report, sync = here("week"), here("sync")

        assert_calm(report, 1)
        assert_calm(sync, 1)
        assert "is a database of another program" in sync.err
        assert "TOKMETER_LEDGER" in sync.err
        assert before == (here.own / "ledger.db").read_bytes()

    def check_and_rebuild(self, here: InProcess, before: dict[str, tuple[int, int]]) -> None:
        """Every command fails and says what to do; doing it brings everything back."""
        path = here.own / "ledger.db"
        noticed = [
            here(command, *(["claude-opus-4-8"] if command == "explain" else [])) for command in REPORTS
        ]
        noticed += [here(command, "--no-sync") for command in ("week", "export", "projects")]
        noticed += [here("sync", "--verify"), here("reprice")]
        for result in noticed:
            assert_calm(result, 1)
            assert "is damaged" in result.err
            assert f"mv '{path}' '{path}.damaged'" in result.err

        path.rename(f"{path}.damaged")
        assert before == exported(here)

    def test_a_write_ahead_log_of_rubbish_is_no_harm(self, here: InProcess) -> None:
        assert exported(here) == GOOD
        (here.own / "ledger.db-wal").write_bytes(os.urandom(50_000))
        more = grow(here)

        assert more == exported(here)
        assert "ok" == integrity(here)

    def test_an_empty_file_is_a_new_ledger(self, here: InProcess) -> None:
        here.own.mkdir()
        (here.own / "ledger.db").write_bytes(b"")

        assert exported(here) == GOOD

    def test_a_newer_ledger_is_left_alone(self, here: InProcess) -> None:
        exported(here)
        path = here.own / "ledger.db"
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 999")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        grow(here)
        before = path.read_bytes()
        for command in ("week", "sync", "export", "doctor"):
            result = here(command)
            assert_calm(result, 1)
            assert "newer tokmeter" in result.err
            assert "Upgrade tokmeter" in result.err
        assert before == path.read_bytes()

    def test_a_ledger_that_is_a_folder(self, here: InProcess) -> None:
        (here.own / "ledger.db").mkdir(parents=True)
        report, sync = here("week"), here("sync")

        assert_calm(report)
        assert_calm(sync, 1)
        assert "tokmeter sync" in sync.err

    def test_no_sync_over_a_ledger_that_cannot_be_entered_is_no_traceback(self, here: InProcess) -> None:
        (here.own / "ledger.db").mkdir(parents=True)

        assert_calm(here("week", "--no-sync"))


class TestLock:
    """Somebody else writes for longer than we wait. Each command waits five seconds, so they run at once."""

    @pytest.fixture
    def held(self, run: Tokmeter) -> Iterator[Tokmeter]:
        assert exported(run) == GOOD
        grow(run)
        connection = sqlite3.connect(run.own / "ledger.db", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        yield run
        connection.close()

    def test_reports_show_the_last_sync_and_sync_fails(self, held: Tokmeter) -> None:
        started = time.monotonic()
        running = {
            command: subprocess.Popen(
                held.at_home(command),
                env=held.environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for command in ("week", "sync", "export", "reprice")
        }
        results = {}
        for command, process in running.items():
            out, err = process.communicate(timeout=60)
            results[command] = Result(process.returncode, out, err)

        assert 4.5 < time.monotonic() - started < 15
        assert_calm(results["week"])
        assert_calm(results["sync"], 1)
        assert_calm(results["reprice"], 1)
        assert summed(results["export"].out) == GOOD
        assert "The figures are from the last sync" in results["week"].err
        assert "Another tokmeter is writing the ledger" in results["sync"].err
        assert "Try again in a moment" in results["sync"].err

    def test_no_sync_does_not_wait(self, held: Tokmeter) -> None:
        assert exported(held, "--no-sync") == GOOD

    def test_afterwards_nothing_is_missing(self, held: Tokmeter) -> None:
        shutil.copy(held.own / "ledger.db", held.own / "other.db")
        connection = sqlite3.connect(held.own / "other.db")
        connection.close()
        env = {"TOKMETER_LEDGER": str(held.own / "other.db")}

        assert (4, 400) == exported(held, env=env)["claude-code"]
