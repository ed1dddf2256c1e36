"""The git hooks against Python's own start, in a repository of 10,000 commits over a large ledger.

`--home` names a home of invented logs; a session inside the repository is added to it. Git's own calls are
measured beside the hooks and taken off, because git is not our work.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.fast import _once, _stub, prepare

SESSION = "aaaaaaaa-0000-4000-8000-00000000beac"
TRAILER = ("interpret-trailers", "--in-place", "--no-divider", "--if-exists", "replace", "--trailer", "A: b")


def run(home: Path, rounds: int, commits: int = 10_000) -> int:
    """Print the figures; gives 0."""
    with tempfile.TemporaryDirectory() as name:
        bench = _Bench(Path(name), home, commits)
        bench.report(rounds)
    return 0


class _Bench:
    """A repository, a ledger and a stub, and what is measured with them."""

    def __init__(self, folder: Path, home: Path, commits: int) -> None:
        self._folder = folder
        self._root = folder / "repository"
        self._message = folder / "message"
        self._log = home / ".claude" / "projects" / "-bench" / f"{SESSION}.jsonl"
        self._count = 0
        self._env = prepare(folder) | {
            "HOME": str(home),
            "TZ": "UTC",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": "true",
        }
        for variable in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
            self._env.pop(variable, None)  # logs from elsewhere
        self._stub = _stub(folder, "tokmeter", "tokmeter.cli.entry")
        self._fill(commits)

    def _fill(self, commits: int) -> None:
        """The repository by fast-import, the session, the first sync, commits by hand."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.unlink(missing_ok=True)
        self._root.mkdir()
        self._git("init", "-q", "-b", "main")
        self._git("config", "user.name", "Ana")
        self._git("config", "user.email", "ana@example.org")
        start = int(time.time()) - 60 * commits - 600
        parts = []
        for n in range(commits):
            at = start + 60 * n
            parts.append(
                f"commit refs/heads/main\ncommitter Ana <ana@example.org> {at} +0000\ndata 2\n{n % 10}\n"
                f"M 100644 inline f{n % 500}\ndata {len(str(n))}\n{n}\n"
            )
        self._git("fast-import", "--quiet", given="".join(parts))
        self._git("reset", "-q", "--hard", "main")
        for _ in range(14):
            self._use()
        self._tokmeter("sync", "--quiet")
        for n in range(20):  # all but the last one before the session
            when = f"@{int(time.time()) - 3600 * (19 - n)} +0000"
            self._env |= {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
            (self._root / "new").write_text(f"{n}\n")
            self._git("add", "new")
            self._git("commit", "-q", "-m", "by hand")
        self._tokmeter("sync", "--quiet")

    def report(self, rounds: int) -> None:
        """One line for each case."""
        entries = sqlite3.connect(self._folder / "own" / "ledger.db").execute("SELECT count(*) FROM entry")
        print(f"{entries.fetchone()[0]:,} entries in the ledger")
        hook = [self._stub, "git", "hook"]
        git = shutil.which("git") or "git"
        programs = {
            "python -I -S -c pass": [sys.executable, "-I", "-S", "-c", "pass"],
            "a stub that does nothing": [_stub(self._folder)],
            "post-commit --summary": [*hook, "post-commit", "--summary"],
            "prepare-commit-msg --trailer": [
                *hook, "prepare-commit-msg", "--trailer", str(self._message), "message",
            ],
            "of it git interpret-trailers": [git, *TRAILER, str(self._message)],
            "post-commit, the ledger behind": [*hook, "post-commit", "--summary"],
        }  # fmt: skip
        times: dict[str, list[float]] = {name: [] for name in programs}
        os.chdir(self._root)
        kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        for turn in range(rounds + 2):
            for name, command in programs.items():
                self._message.write_text("A cart\n")
                self._env["GIT_AUTHOR_DATE"] = f"@{int(time.time())} +0000"  # as git says it to hooks
                if "behind" in name:
                    self._use()
                seconds = _once(command, b"", self._env, self._folder)
                if turn > 1:
                    times[name].append(seconds)
        os.dup2(kept, 2)
        os.chdir("/")
        self._print({name: statistics.median(found) for name, found in times.items()})

    def _print(self, medians: dict[str, float]) -> None:
        start = medians["python -I -S -c pass"]
        medians["prepare-commit-msg without git"] = (
            medians["prepare-commit-msg --trailer"] - medians["of it git interpret-trailers"]
        )
        for name, median in medians.items():
            held = name in ("post-commit --summary", "prepare-commit-msg without git")
            limit = " (at most 3)" if held else ""
            print(f"{name:<34} {median * 1000:6.2f} ms  {median / start:5.2f} x start{limit}")

    def _use(self) -> None:
        """One more response in the session."""
        self._count += 1
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        usage = {"input_tokens": 100, "output_tokens": 50, "cache_read_input_tokens": 90_000}
        name = f"msg_bench{self._count}"
        message = {"id": name, "role": "assistant", "model": "claude-opus-4-8", "usage": usage}
        line = {
            "type": "assistant", "uuid": f"b{self._count}", "timestamp": stamp, "sessionId": SESSION,
            "cwd": str(self._root), "requestId": f"req_bench{self._count}", "message": message,
        }  # fmt: skip
        with self._log.open("a") as file:
            file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def _git(self, *arguments: str, given: str = "") -> None:
        subprocess.run(
            ["git", *arguments], cwd=self._root, env=self._env, input=given.encode(), check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def _tokmeter(self, *arguments: str) -> None:
        subprocess.run([self._stub, *arguments], cwd=self._root, env=self._env, check=True)
