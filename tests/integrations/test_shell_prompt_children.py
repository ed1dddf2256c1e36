"""No process is started for a prompt: a thousand of them, counted by strace."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from shell_driver import SHELLS, Place, Shell, need

TEXT = "$4.84 today · 66% wk"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(params=SHELLS)
def name(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


def test_a_thousand_prompts_start_none(name: str, place: Place) -> None:
    need("strace")
    if not _strace_works(place.folder):
        pytest.skip("strace may not trace here")
    place.line()
    log = place.folder / "trace"
    trace = ("strace", "-f", "-e", "trace=clone,clone3,fork,vfork,execve", "-o", str(log))
    with Shell(name, place.folder, place.snippet(name), before=trace) as term:
        term.type(":")
        before = len(_children(log))
        for _ in range(50):
            term.raw(":\r" * 20)
            last = term.prompts(20)
        after = _children(log)

    assert before > 0
    assert [] == after[before:]
    assert TEXT in last


def test_a_due_sync_is_seen_by_that_counting(name: str, place: Place) -> None:
    need("strace")
    if not _strace_works(place.folder):
        pytest.skip("strace may not trace here")
    place.line()
    log = place.folder / "trace"
    trace = ("strace", "-f", "-e", "trace=clone,clone3,fork,vfork,execve", "-o", str(log))
    with Shell(name, place.folder, place.snippet(name), before=trace) as term:
        term.type(":")
        before = len(_children(log))
        place.line(age=100, refresh=60)
        term.type(":")
        place.wait_for_starts(1)

        assert len(_children(log)) > before


def _strace_works(folder: Path) -> bool:
    probe = ["strace", "-o", str(folder / "probe"), "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _children(log: Path) -> list[str]:
    """Starts of processes and programs in a trace; threads are no processes."""
    return [
        line
        for line in log.read_text(errors="replace").splitlines()
        if ("clone" in line or "fork" in line or "execve" in line)
        and "CLONE_THREAD" not in line
        and "resumed>" not in line
    ]
