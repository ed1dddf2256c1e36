"""Processes that are killed or interrupted, readers that go away, streams that are closed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bad_home import as_line, assert_calm, claude_line, exported, summed

from cli.cli_run import AS_OF, Result, Tokmeter

ENTRIES = 60_000
LOGS = 30
WITH_READERS = """
import sys
import tokmeter.ingest.sync as sync
sync.PARALLEL_BYTES = 1
from tokmeter.cli.app import run
if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
"""
"""A tokmeter that starts reading processes for small homes too."""


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose first sync takes some seconds. Nobody writes into it."""
    home = tmp_path_factory.mktemp("big")
    folder = home / ".claude" / "projects" / "-home-ana-shop"
    folder.mkdir(parents=True)
    name = b"many-0-0-"
    pattern = as_line(claude_line(name.decode()))
    for log in range(LOGS):
        lines = [pattern.replace(name, b"%d-%d" % (log, n)) for n in range(ENTRIES // LOGS)]
        (folder / f"{log}.jsonl").write_bytes(b"".join(lines))
    return home


BIG = {"claude-code": (ENTRIES, 100 * ENTRIES)}


def start(run: Tokmeter, *, readers: bool = False) -> subprocess.Popen[str]:
    """A sync that is running, in a process group of its own."""
    arguments = ["sync", "--home", str(run.home), "--as-of", AS_OF]
    command = [sys.executable, "-c", WITH_READERS, *arguments] if readers else run.command(*arguments)
    return subprocess.Popen(
        command,
        env=run.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_rows(run: Tokmeter, process: subprocess.Popen[str]) -> None:
    """Until the sync has begun to write."""
    files = [run.own / "ledger.db-wal", run.own / "ledger.db"]
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        if any(path.exists() and path.stat().st_size > 200_000 for path in files):
            return
        time.sleep(0.005)


def children(process: subprocess.Popen[str]) -> list[int]:
    """Processes that it started and that are still there."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


def wait_for_readers(process: subprocess.Popen[str]) -> list[int]:
    """Until the sync has started its reading processes; who they are."""
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        if found := children(process):
            return found
        time.sleep(0.005)
    return []


def assert_sound(run: Tokmeter) -> None:
    doctor = run("doctor", "--no-sync")
    assert_calm(doctor)
    assert "integrity good" in doctor.out


@pytest.mark.parametrize("readers", [False, True], ids=["alone", "with reading processes"])
def test_a_sync_that_is_killed_loses_and_doubles_nothing(tmp_path: Path, big: Path, readers: bool) -> None:
    """Killed three times at different moments, without a chance to tidy up."""
    run = Tokmeter(tmp_path, big)
    for pause in (0.0, 0.1, 0.25):
        process = start(run, readers=readers)
        wait_for_rows(run, process)
        time.sleep(pause)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    last = run("sync")

    assert_calm(last)
    assert exported(run, "--no-sync") == BIG
    assert_sound(run)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the reading processes")
def test_a_reading_process_that_is_killed_is_replaced(tmp_path: Path, big: Path) -> None:
    run = Tokmeter(tmp_path, big)
    process = start(run, readers=True)
    readers = wait_for_readers(process)
    assert readers
    os.kill(readers[0], signal.SIGKILL)
    out, err = process.communicate(timeout=60)

    assert_calm(Result(process.returncode, out, err))
    assert exported(run, "--no-sync") == BIG


@pytest.mark.parametrize(
    "readers",
    [
        pytest.param(False, id="alone"),
        pytest.param(
            True,
            id="with reading processes",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for them"),
        ),
    ],
)
def test_ctrl_c_in_a_sync_is_status_130_and_keeps_what_was_read(
    tmp_path: Path, big: Path, readers: bool
) -> None:
    """A terminal sends the signal to the whole group."""
    run = Tokmeter(tmp_path, big)
    process = start(run, readers=readers)
    left = wait_for_readers(process) if readers else []
    if readers:
        time.sleep(0.1)
    else:
        wait_for_rows(run, process)
    os.killpg(process.pid, signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=30)

    assert_calm(Result(process.returncode, out, err), 130)
    assert "interrupted" in err
    assert time.monotonic() - began < 5
    assert bool(left) is readers
    assert [] == [pid for pid in left if Path(f"/proc/{pid}").exists()]
    assert_sound(run)
    assert exported(run) == BIG


def test_two_first_syncs_at_once_count_once(tmp_path: Path, big: Path) -> None:
    run = Tokmeter(tmp_path, big)
    running = [start(run), start(run, readers=True)]
    ended = [(process.communicate(timeout=60), process.returncode) for process in running]

    for (out, err), status in ended:
        assert_calm(Result(status, out, err))
    assert exported(run, "--no-sync") == BIG
    assert_sound(run)


@pytest.mark.parametrize(
    "command",
    [
        ("export",),
        ("week",),
        ("week", "--json"),
        ("export", "--format", "csv"),
        ("--help",),
        ("week", "--help"),
    ],
)
def test_a_reader_that_goes_away_early_ends_it_quietly(run: Tokmeter, command: tuple[str, ...]) -> None:
    arguments = run.command(*command) if "--help" in command else run.at_home(*command)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            arguments, env=run.environment(), stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(writer)

    assert_calm(Result(done.returncode, "", done.stderr))


def test_a_reader_that_takes_one_line_ends_it_quietly(tmp_path: Path, big: Path) -> None:
    run = Tokmeter(tmp_path, big)
    with subprocess.Popen(
        run.at_home("export", "-q"),
        env=run.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()
        process.wait(60)

    assert {"claude-code": (1, 100)} == summed(first)
    assert_calm(Result(process.returncode, "", err))
    assert "" == err


@pytest.mark.parametrize("closed", ["1", "2", "0"], ids=["stdout", "stderr", "stdin"])
@pytest.mark.parametrize("command", ["week", "export", "wek", "sync"])
def test_a_stream_closed_from_the_start_is_no_traceback(run: Tokmeter, command: str, closed: str) -> None:
    """As a service manager may start it: `tokmeter week >&-`."""
    line = ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *run.at_home(command)]
    done = subprocess.run(line, env=run.environment(), capture_output=True, text=True, check=False)

    assert_calm(Result(done.returncode, done.stdout, done.stderr), 2 if command == "wek" else 0)
