"""Real git in a folder of its own, with a clock of its own, and logs of an assistant beside it.

Times are minutes (and seconds) after 10:00 UTC on 20 November 2026. The n-th request of a test uses 2**n
tokens of output, so that a sum of outputs tells exactly which requests it is made of.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

BASE = datetime(2026, 11, 20, 10, tzinfo=UTC)
ME = "ana@example.org"

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git on this machine")


def moment(minute: float) -> datetime:
    return BASE + timedelta(minutes=minute)


def ms(minute: float) -> int:
    """UTC milliseconds."""
    return (moment(minute) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def clean_environment(home: Path) -> dict[str, str]:
    """Nothing of the person who runs the tests."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_EDITOR": "true",
        "GIT_TERMINAL_PROMPT": "0",
    }


class Repo:
    """A repository with a first branch `main`; commands run at the minute that is given."""

    def __init__(self, root: Path, *, make: bool = True) -> None:
        self.root = root
        self.files = 0
        if make:
            root.mkdir(parents=True, exist_ok=True)
            self.git("init", "-q", "-b", "main")
            self.be(ME)

    def be(self, email: str) -> None:
        self.git("config", "user.email", email)
        self.git("config", "user.name", "Ana")

    def git(self, *words: str, at: float = 0, cwd: Path | None = None, check: bool = True, **env: str) -> str:
        date = moment(at).strftime("%Y-%m-%dT%H:%M:%S+0000")
        environment = {**clean_environment(self.root), "GIT_COMMITTER_DATE": date, **env}
        if words[0] in ("commit", "merge", "revert") and "--amend" not in words:
            environment.setdefault("GIT_AUTHOR_DATE", date)
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=cwd or self.root,
            env=environment,
            capture_output=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "replace").strip()

    def commit(self, subject: str, at: float, *words: str, cwd: Path | None = None, **env: str) -> str:
        """A commit that adds a file of its own; its id."""
        self.files += 1
        folder = cwd or self.root
        (folder / f"file-{self.files}-{subject.replace(' ', '-').replace('!', '')[:20]}").write_text(subject)
        self.git("add", "-A", cwd=folder)
        self.git("commit", "-q", "-m", subject, *words, at=at, cwd=folder, **env)
        return self.head(folder)

    def head(self, cwd: Path | None = None) -> str:
        return self.git("rev-parse", "HEAD", cwd=cwd)

    def rebase(self, todo: str, onto: str, at: float) -> None:
        """An interactive rebase; `todo` is a sed script for its list."""
        self.git("rebase", "-q", "-i", onto, at=at, GIT_SEQUENCE_EDITOR=f"sed -i -e '{todo}'")


class Logs:
    """Claude Code's logs below a home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.requests = 0
        self._lines = 0

    def request(self, at: float, folder: Path | str, model: str = "claude-opus-4-8") -> int:
        """One response at a minute; the number of its output tokens."""
        output = 2**self.requests
        self.requests += 1
        message = {
            "id": f"msg_{self.requests:024d}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": 1000, "output_tokens": output},
        }
        self._write("assistant", at, folder, message)
        return output

    def prompt(self, at: float, folder: Path | str) -> None:
        self._write("user", at, folder, {"role": "user", "content": "An invented request."})

    def _write(self, kind: str, at: float, folder: Path | str, message: dict[str, object]) -> None:
        self._lines += 1
        stamp = moment(at).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        record = {
            "type": kind,
            "uuid": f"line-{self._lines}",
            "sessionId": f"session-{folder}",
            "timestamp": stamp,
            "cwd": str(folder),
            "message": message,
        }
        slug = "".join(c if c.isalnum() else "-" for c in str(folder))
        path = self.home / ".claude" / "projects" / slug / "session.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, separators=(",", ":")) + "\n")
