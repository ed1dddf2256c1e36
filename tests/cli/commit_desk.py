"""A desk to commit at: a home with logs, a tokmeter that reads them, and a real repository.

The n-th request uses 2**n output tokens: `{"one": 1 + 4}` says that the first and the third belong to `one`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cli_run import Result, Tokmeter

from support.repo import Logs, Repo
from tokmeter.integrations.git.repository import find_repository
from tokmeter.integrations.git.window import open_window

Table = dict[str, object]


class Desk:
    """A home with logs, a tokmeter that reads them, and a repository to work in."""

    def __init__(self, tmp: Path) -> None:
        self.home = tmp / "home"
        self.home.mkdir()
        self.logs = Logs(self.home)
        self.repo = Repo(tmp / "work" / "shop")
        self.root = self.repo.root
        self.tokmeter = Tokmeter(tmp, self.home)

    def work(self, *minutes: float, folder: Path | None = None) -> None:
        for minute in minutes:
            self.logs.request(minute, folder or self.root)

    def run(self, *words: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> Result:
        """A command as it is typed, with what belongs to this desk."""
        name, *rest = words
        return self.tokmeter.bare(
            name, "-C", str(folder or self.root), "--home", str(self.home), *rest, env=env
        )

    def answer(self, *words: str, folder: Path | None = None, at: float | None = None) -> dict[str, object]:
        """`data` of a command in JSON."""
        clock = [] if at is None else ["--as-of", f"2026-11-20T{10 + int(at) // 60:02d}:{int(at) % 60:02d}Z"]
        done = self.tokmeter.bare(
            *words, "-C", str(folder or self.root), "--home", str(self.home), "--json", *clock
        )
        assert done.status == 0, done.err
        return json.loads(done.out)["data"]

    def table(self, *words: str, folder: Path | None = None, at: float | None = None) -> Table:
        """Subject → output tokens, or why there are none; then the rest. The sum is checked here."""
        data = self.answer("log", *words, folder=folder, at=at)
        rows = [*data["commits"], *data["rest"]]
        assert data["totals"]["output_tokens"] == sum(row["output_tokens"] for row in rows)
        found: Table = {}
        for row in data["commits"]:
            own = row["state"] == "own"
            assert own or row["output_tokens"] == row["requests"] == 0
            found.setdefault(row["subject"], row["output_tokens"] if own else row["state"])
        return found | {row["kind"]: row["output_tokens"] for row in data["rest"] if row["requests"]}

    def window(self, *, amend: bool = False, folder: Path | None = None) -> int:
        """Since when a hook would count."""
        repository = find_repository(str(folder or self.root), {"PATH": os.environ["PATH"]})
        assert repository is not None
        return open_window(repository, {"PATH": os.environ["PATH"]}, amend=amend)[0]

    def starts(self, *words: str, folder: Path | None = None) -> list[int]:
        """Since when `tokmeter commit` counts, in ms; 0 for a window without a beginning."""
        data = self.answer("commit", *words, folder=folder)
        return [
            round(datetime.fromisoformat(part["start"]).timestamp() * 1000) if part["start"] else 0
            for part in data["windows"]
        ]


def three_commits(desk: Desk) -> None:
    """`base`, then `one`, `two` and `three` with 1, 2 and 4 tokens, and 8 since then."""
    desk.repo.commit("base", 1)
    for n, subject in enumerate(("one", "two", "three")):
        desk.work(5 + 10 * n)
        desk.repo.commit(subject, 10 + 10 * n)
    desk.work(35)
