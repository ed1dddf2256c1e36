"""Folders and files that cannot be read, lead in circles, have odd names or change while they are read."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from bad_home import (
    GOOD,
    BoundTokmeter,
    assert_calm,
    claude_line,
    claude_log,
    codex_lines,
    codex_log,
    exported,
    mode,
    problems,
    synced,
    text,
    totals,
)

from cli.cli_run import Tokmeter

PROJECT = Path(".claude/projects/-home-ana-shop")
ROLLOUTS = Path(".codex/sessions/2026/11/20")


class TestLinks:
    """Symbolic links: loops end, and what is outside a root is not searched."""

    @pytest.mark.parametrize(
        ("name", "target"),
        [
            pytest.param("a-loop", "a-loop", id="a link to itself"),
            pytest.param("a-loop.jsonl", "a-loop.jsonl", id="a link to itself that is called a log"),
            pytest.param("a-up", "..", id="a link to the folder above"),
            pytest.param("a-here", ".", id="a link to its own folder"),
            pytest.param("a-here.jsonl", ".", id="a link to its own folder that is called a log"),
            pytest.param("a-gone.jsonl", "nowhere", id="a link to nothing"),
            pytest.param("a-zero.jsonl", "/dev/zero", id="a link to a device"),
            pytest.param("a-root", "/", id="a link to the whole disk"),
        ],
    )
    @pytest.mark.parametrize("folder", [PROJECT, ROLLOUTS], ids=["claude-code", "codex"])
    def test_they_neither_hang_nor_hide_what_is_beside_them(
        self, home: Path, folder: Path, name: str, target: str
    ) -> None:
        """Names before and behind the link's, and a folder: the order in which a disk lists is not ours."""
        claude_log(home, text([claude_line("more1")]), "0.jsonl")
        claude_log(home, text([claude_line("more2")]), "z.jsonl", "-home-ana-shop/below")
        codex_log(home, text(codex_lines(2)), 2)
        (home / folder / name).symlink_to(target)
        ledger, result = synced(home)

        assert {"claude-code": (5, 500), "codex": (4, 400)} == totals(ledger)
        assert [] == [problem for _, problem in result.problems if problem.code == "folder-unreadable"]

    def test_two_links_that_point_at_each_other_end(self, home: Path) -> None:
        (home / PROJECT / "one").symlink_to("two")
        (home / PROJECT / "two").symlink_to("one")

        assert totals(synced(home)[0]) == GOOD

    def test_a_folder_outside_the_root_is_not_searched(self, home: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        claude_log(elsewhere, text([claude_line("foreign")]))
        (home / PROJECT / "link").symlink_to(elsewhere / ".claude")

        assert totals(synced(home)[0]) == GOOD

    def test_a_log_seen_through_two_paths_counts_once(self, home: Path) -> None:
        (home / PROJECT / "again.jsonl").symlink_to("s1.jsonl")
        (home / PROJECT.parent / "-other").symlink_to(home / PROJECT)
        os.link(home / PROJECT / "s1.jsonl", home / PROJECT / "hard.jsonl")

        assert totals(synced(home)[0]) == GOOD

    def test_a_root_that_is_a_link_is_read(self, home: Path, tmp_path: Path) -> None:
        other = tmp_path / "other"
        other.mkdir()
        (other / ".claude").symlink_to(home / ".claude")
        (other / ".codex").symlink_to(home / ".codex")

        assert totals(synced(other)[0]) == GOOD


class TestPermissions:
    """What the user may not read is named, once it may be read it is counted."""

    def test_an_unreadable_folder_is_told_and_the_rest_counts(self, bound: BoundTokmeter) -> None:
        claude_log(bound.home, text([claude_line("more")]), "s2.jsonl", "-home-ana-secret")
        folder = bound.home / PROJECT.parent / "-home-ana-secret"
        with mode(folder, 0):
            report, quiet = bound("week"), bound("week", "--no-sync")
            doctor, sync = bound("doctor"), bound("sync")
            found = exported(bound)

        for result in (report, quiet, doctor, sync):
            assert_calm(result)
        assert found == GOOD
        assert "1 file or folder could not be read" in report.out
        assert "1 file or folder could not be read" in quiet.out
        assert "folder-unreadable" in doctor.out
        assert "check its permissions, then: tokmeter sync" in doctor.out
        assert f"a folder could not be read: {folder} (Permission denied)" in " ".join(sync.out.split())
        assert "check its permissions, then: tokmeter sync" in sync.out
        assert {**GOOD, "claude-code": (4, 400)} == exported(bound)
        assert "could not be read" not in bound("week").out

    def test_an_unreadable_log_is_told_and_the_rest_counts(self, bound: BoundTokmeter) -> None:
        path = claude_log(bound.home, text([claude_line("more")]), "s2.jsonl")
        with mode(path, 0):
            report, sync, doctor = bound("week"), bound("sync"), bound("doctor", "-v")
            found = exported(bound)

        for result in (report, sync, doctor):
            assert_calm(result)
        assert found == GOOD
        assert "1 file or folder could not be read" in report.out
        assert f"a log could not be read: {path} (Permission denied)" in " ".join(sync.out.split())
        assert f"{path}  file-unreadable  Permission denied" in doctor.out
        assert {**GOOD, "claude-code": (4, 400)} == exported(bound)
        assert "could not be read" not in bound("week").out

    def test_a_known_log_that_became_unreadable_keeps_its_entries(self, bound: BoundTokmeter) -> None:
        path = bound.home / PROJECT / "s1.jsonl"
        assert exported(bound) == GOOD
        with path.open("ab") as log:
            log.write(text([claude_line("more")]))
        with mode(path, 0):
            report = bound("week")
            assert exported(bound) == GOOD

        assert "1 file or folder could not be read" in report.out
        assert {**GOOD, "claude-code": (4, 400)} == exported(bound)

    def test_a_log_that_was_unreadable_and_is_gone_is_not_lamented_for_ever(
        self, bound: BoundTokmeter
    ) -> None:
        path = claude_log(bound.home, text([claude_line("more")]), "s2.jsonl")
        with mode(path, 0):
            bound("week")
        path.unlink()

        assert "could not be read" not in bound("week").out

    @pytest.mark.parametrize("closed", [".codex", ".claude", ".claude/projects", ".codex/sessions"])
    def test_an_unreadable_root_is_told_and_the_other_assistant_counts(
        self, bound: BoundTokmeter, closed: str
    ) -> None:
        kept = "codex" if "claude" in closed else "claude-code"
        with mode(bound.home / closed, 0):
            report, found = bound("week"), exported(bound)

        assert_calm(report)
        assert {kept: GOOD[kept]} == found
        assert "could not be read" in report.out
        assert exported(bound) == GOOD


class TestNames:
    """A file name may hold any byte but / and NUL."""

    NAMES = (b"two words.jsonl", b"line\nbreak.jsonl", b"\xff\xfe one.jsonl", b"\xff\xff two.jsonl", b"[bold]x[foo].jsonl",
             b"\x1b[31mred.jsonl", b"=cmd().jsonl", b"-rf.jsonl", b"quo'te\".jsonl", "ümläut\u202e.jsonl".encode(),
             b"." * 200 + b".jsonl")  # fmt: skip

    @pytest.fixture
    def named(self, run: Tokmeter) -> Tokmeter:
        for n, name in enumerate(self.NAMES):
            path = Path(os.fsdecode(os.fsencode(run.home / PROJECT) + b"/" + name))
            with path.open("wb") as log:
                log.write(text([claude_line(f"named{n}")]) + b"oops\n")
        odd = Path(os.fsdecode(os.fsencode(run.home) + b"/.claude/projects/-home-\xe4na [foo]"))
        odd.mkdir()
        (odd / "s.jsonl").write_bytes(text([claude_line("named")]))
        return run

    def test_every_one_is_counted(self, named: Tokmeter) -> None:
        more = len(self.NAMES) + 1

        assert {**GOOD, "claude-code": (3 + more, 300 + 100 * more)} == exported(named)
        for command in (
            ("week",),
            ("doctor", "-v"),
            ("sources",),
            ("explain", "claude-opus-4-8", "-v"),
            ("sync", "--json"),
        ):
            result = named(*command)
            assert_calm(result)
            assert "\x1b" not in result.out + result.err

    def test_none_is_read_a_second_time(self, named: Tokmeter) -> None:
        ledger, first = synced(named.home)
        _, second = synced(named.home, ledger)

        assert (len(self.NAMES) + 3, 0) == (first.files_read, second.files_read)

    def test_a_fault_in_one_is_not_taken_for_that_of_another(self, named: Tokmeter) -> None:
        """Two names differ only in bytes that are no UTF-8."""
        ledger, _ = synced(named.home)
        count = ledger.connection.execute("SELECT count(*) FROM problem").fetchone()[0]

        assert len(self.NAMES) == count


def test_what_is_no_file_is_passed_by(home: Path) -> None:
    """A folder, a named pipe and a socket's place that are called logs."""
    claude_log(home, text([claude_line("below")]), "inner.jsonl", "-home-ana-shop/folder.jsonl")
    os.mkfifo(home / PROJECT / "pipe.jsonl")
    os.mkfifo(home / ROLLOUTS / "rollout-2026-11-20T11-00-00-pipe.jsonl")

    assert {**GOOD, "claude-code": (4, 400)} == totals(synced(home)[0])


def test_empty_logs_and_damaged_archives_are_harmless(home: Path) -> None:
    claude_log(home, b"", "empty.jsonl")
    claude_log(home, b"\n\n\n", "blank.jsonl")
    codex_log(home, b"", 5)
    packed = codex_log(home, b"(\xb5/\xfd no zstd at all", 6)
    packed.rename(packed.with_name(packed.name + ".zst"))
    ledger, _ = synced(home)

    assert totals(ledger) == GOOD
    assert [("file-unreadable", 0)] == problems(ledger)


def test_ten_thousand_logs_are_read_once(home: Path) -> None:
    for n in range(100):
        folder = home / ".claude" / "projects" / f"-home-ana-{n}"
        folder.mkdir(parents=True)
        for m in range(100):
            (folder / f"{m}.jsonl").write_bytes(
                text([claude_line(f"many{n}-{m}")]) if m % 10 == 0 else b"{}\n"
            )
    ledger, first = synced(home)
    _, second = synced(home, ledger)

    assert {**GOOD, "claude-code": (1_003, 100_300)} == totals(ledger)
    assert (10_002, 0) == (first.files_read, second.files_read)


WRITER = """
import sys, time
path, half = sys.argv[1], int(sys.argv[2])
lines = open(path + ".whole", "rb").read()
with open(path, "ab", buffering=0) as log:
    log.write(lines[:half])
    print("half", flush=True)
    sys.stdin.readline()
    for at in range(half, len(lines), 137):
        log.write(lines[at : at + 137])
        if at % 50 == 0:
            time.sleep(0.001)
"""


def test_a_log_being_written_while_it_is_read_ends_complete(run: Tokmeter) -> None:
    """A writer appends in pieces that end inside lines, while syncs follow each other."""
    path = run.home / PROJECT / "live.jsonl"
    whole = text(claude_line(f"live{n}") for n in range(2_000))
    path.with_name(path.name + ".whole").write_bytes(whole)
    half = whole.index(b"\n", len(whole) // 2) - 50
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path), str(half)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdin
        assert writer.stdout
        assert b"half\n" == writer.stdout.readline()
        part = exported(run)
        writer.stdin.write(b"\n")
        writer.stdin.flush()
        results = []
        while writer.poll() is None:
            results.append(run("sync"))
    path.with_name(path.name + ".whole").unlink()
    results.append(run("sync"))

    lines = 3 + whole[:half].count(b"\n")
    assert {**GOOD, "claude-code": (lines, 100 * lines)} == part
    for result in results:
        assert_calm(result)
    assert {**GOOD, "claude-code": (2_003, 200_300)} == exported(run)
    assert "unreadable" not in run("week").out.replace("0 unreadable", "")


def test_a_log_replaced_or_cut_between_syncs_loses_nothing_that_was_read(home: Path) -> None:
    path = claude_log(home, text(claude_line(f"old{n}") for n in range(5)), "s2.jsonl")
    ledger, _ = synced(home)
    path.write_bytes(text([claude_line("old0")]))
    synced(home, ledger)
    path.write_bytes(text(claude_line(f"new{n}") for n in range(7)))
    synced(home, ledger)

    assert {**GOOD, "claude-code": (15, 1_500)} == totals(ledger)
