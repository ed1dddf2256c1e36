"""Runs tokmeter as a user does: a process of its own, in a home of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
AS_OF = "2026-11-21T17:05:00Z"
NOW_MS = 1_795_280_700_000
"""The same instant: 20,778 days and 17:05 h after the epoch."""


class Result:
    """What a run left behind."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


class Tokmeter:
    """A tokmeter whose own files are below `folder`, looking for logs below `home`."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.own = folder / "own"
        self.home = home

    def environment(self, **more: str) -> dict[str, str]:
        """A clean environment: nothing of the person who runs the tests, UTF-8, no terminal's width."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(SOURCE),
            "TOKMETER_HOME": str(self.own),
            "TZ": "UTC",
            **more,
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tokmeter", *arguments]

    def at_home(self, *arguments: str) -> list[str]:
        return self.command(*arguments, "--home", str(self.home), "--as-of", AS_OF)

    def bare(self, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
        """Run with exactly these arguments."""
        return self._run(self.command(*arguments), env)

    def __call__(self, *arguments: str, env: Mapping[str, str] | None = None) -> Result:
        """Run with these arguments over the test's logs, at the test's time."""
        return self._run(self.at_home(*arguments), env)

    def _run(self, command: list[str], env: Mapping[str, str] | None) -> Result:
        done = subprocess.run(
            command, env=self.environment(**(env or {})), capture_output=True, check=False, timeout=60
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on_terminal(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """What appears on stdout when it is a terminal."""
        leader, follower = pty.openpty()
        try:
            subprocess.run(
                self.at_home(*arguments),
                env=self.environment(**{"TERM": "xterm", **(env or {})}),
                stdout=follower,
                stderr=subprocess.DEVNULL,
                check=True,
                timeout=60,
            )
            os.close(follower)
            return _drain(leader)
        finally:
            os.close(leader)


def _drain(descriptor: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65_536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()
