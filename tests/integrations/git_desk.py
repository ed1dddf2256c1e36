"""A person's desk: a home, a repository, an assistant's log that grows, and git as one types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
BEGIN = 1_795_168_800
"""Fri 2026-11-20 10:00:00 UTC. Times in tests are minutes after it."""

OPUS = "claude-opus-4-8"
HAIKU = "claude-haiku-4-5"


class Desk:
    """`use` writes a response into the log, `git` is git, both at a minute of the test's own clock."""

    def __init__(self, folder: Path, *, hooks: str = "") -> None:
        self.home = folder / "home"
        self.root = folder / "shop"
        self.own = folder / "own"
        self.minute = 0
        self._count = 0
        self.home.mkdir(parents=True)
        self.root.mkdir()
        self.more: dict[str, str] = {}
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = Ana\n\temail = ana@example.org\n[init]\n\tdefaultBranch = main\n"
            "[advice]\n\tdetachedHead = false\n"
        )
        self.git("init", "-q")
        if hooks:
            self.use(0, 1, minute=-600, cwd=self.home)  # a log, so that there is a ledger
            self.tokmeter("sync", "--quiet")
            self.tokmeter("git", "install", "--yes", *hooks.split())

    def env(self, **more: str) -> dict[str, str]:
        at = f"{BEGIN + 60 * self.minute} +0000"
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": str(SOURCE),
            "TOKMETER_HOME": str(self.own),
            "TOKMETER_DEBUG": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": at,
            "GIT_COMMITTER_DATE": at,
            "GIT_EDITOR": "true",
            **self.more,
            **more,
        }

    # -- commands

    def run(
        self,
        command: list[str],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        given: str = "",
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.env(**(env or {})), cwd=cwd or self.root, input=given, text=True,
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip

    def git(self, *arguments: str, cwd: Path | None = None, **env: str) -> str:
        """What git says on stdout; it has to succeed."""
        done = self.run(["git", *arguments], env, cwd)
        assert done.returncode == 0, done.stderr
        return done.stdout.rstrip("\n")

    def try_git(
        self, *arguments: str, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return self.run(["git", *arguments], env, cwd)

    def tokmeter(
        self, *arguments: str, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        return self.run([sys.executable, "-P", "-m", "tokmeter", *arguments], env, cwd)

    # -- work

    def use(
        self, given: int, got: int, *, minute: int | None = None, model: str = OPUS, cwd: Path | None = None
    ) -> None:
        """One response of an assistant, in tokens of fresh input and output."""
        if minute is not None:
            self.minute = minute
        self._count += 1
        folder = cwd or self.root
        log = self.home / ".claude" / "projects" / "-p" / "aaaaaaaa-0000-4000-8000-000000000001.jsonl"
        log.parent.mkdir(parents=True, exist_ok=True)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(BEGIN + 60 * self.minute))
        line = {
            "type": "assistant", "uuid": f"u{self._count}", "timestamp": stamp, "version": "2.0.0",
            "sessionId": "aaaaaaaa-0000-4000-8000-000000000001", "cwd": str(folder),
            "requestId": f"req_{self._count}",
            "message": {
                "id": f"msg_{self._count}", "type": "message", "role": "assistant", "model": model,
                "content": [], "stop_reason": "end_turn",
                "usage": {
                    "input_tokens": given, "output_tokens": got,
                    "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
                },
            },
        }  # fmt: skip
        with log.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def write(self, name: str, text: str = "", cwd: Path | None = None) -> None:
        path = (cwd or self.root) / name
        with path.open("a") as file:
            file.write(text or f"{self._count} {self.minute}\n")
        self.git("add", name, cwd=cwd)

    def commit(
        self, name: str, *options: str, minute: int | None = None, cwd: Path | None = None, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Change the file `name` and commit it, with its name as message unless options say otherwise."""
        if minute is not None:
            self.minute = minute
        self.write(name, cwd=cwd)
        done = self.try_git("commit", "-q", *(options or ("-m", name)), cwd=cwd, **env)
        assert done.returncode == 0, done.stderr
        return done

    def work(self, name: str, given: int, got: int = 0, *, minute: int | None = None) -> str:
        """A response, and a commit one minute later; its id."""
        self.use(given, got, minute=self.minute + 1 if minute is None else minute)
        self.commit(name, minute=self.minute + 1)
        return self.git("rev-parse", "HEAD")

    # -- what came of it

    def message(self, revision: str = "HEAD") -> str:
        return self.git("log", "-1", "--format=%B", revision).strip()

    def trailer(self, revision: str = "HEAD") -> str:
        """The value of the trailer as git itself reads it back."""
        return self.git("log", "-1", "--format=%(trailers:key=Tokmeter-Usage,valueonly)", revision).strip()

    def trailers(self, revision: str = "HEAD") -> list[str]:
        """The input of the trailers from the first commit on, '-' where there is none."""
        shas = self.git("rev-list", "--reverse", revision).split()
        return [self.trailer(sha).partition(" ")[0].removeprefix("input=") or "-" for sha in shas]

    def note(self, revision: str = "HEAD") -> str:
        """The note, once the background job is through; '' if there is none."""
        self.wait_for_notes()
        done = self.try_git("notes", "--ref=tokmeter", "show", revision)
        return done.stdout.strip() if done.returncode == 0 else ""

    def wait_for_notes(self) -> None:
        folder = self.root / ".git" / "tokmeter-notes"
        deadline = time.monotonic() + 30
        while folder.exists():
            assert time.monotonic() < deadline, sorted(folder.iterdir())
            time.sleep(0.02)


def tree(folder: Path) -> dict[str, tuple[int, bytes | str]]:
    """Every file below a folder with mode and content; links as they are."""
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        mode = path.lstat().st_mode
        if path.is_symlink():
            found[name] = (mode, str(path.readlink()))
        else:
            found[name] = (mode, path.read_bytes() if path.is_file() else "")
    return found
