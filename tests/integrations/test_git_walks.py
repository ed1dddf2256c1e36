"""Random work in a real repository: hooks and reports agree on since when the next commit counts."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from support.repo import Repo, clean_environment, needs_git
from tokmeter.integrations.git.history import open_repository, read_history
from tokmeter.integrations.git.window import open_window
from tokmeter.metrics.attribution import BEGINNING, END, windows

pytestmark = needs_git
STEPS = (
    "commit", "commit", "commit", "amend", "branch", "checkout", "reset", "soft reset", "rebase", "pick", "merge",
    "revert",
)  # fmt: skip


def walk(repo: Repo, random: Random) -> list[str]:
    """Do what people do, some minutes apart; what fails is taken back. What was done, for the message."""
    minute, branches, done = 1, ["main"], []
    repo.commit("first", minute)
    for n in range(random.randint(3, 12)):
        minute += random.randint(1, 5)
        step, other = random.choice(STEPS), random.choice(branches)
        done.append(f"{minute} {step}")
        if step == "commit":
            repo.commit(f"commit {n}", minute)
        elif step == "amend":
            (repo.root / f"amended-{n}").touch()
            repo.git("add", "-A")
            repo.git("commit", "-q", "--amend", "--no-edit", at=minute)
        elif step == "branch":
            branches.append(f"branch-{n}")
            repo.git("checkout", "-q", "-b", branches[-1], at=minute)
        elif step == "checkout":
            repo.git("checkout", "-q", "-f", other, at=minute)
        elif step in ("reset", "soft reset"):
            how = "--hard" if step == "reset" else "--soft"
            repo.git("reset", "-q", how, "HEAD~1", at=minute, check=False)
        elif step == "merge":
            repo.git("merge", "-q", "--no-ff", "-m", f"merge {n}", other, at=minute, check=False)
            repo.git("merge", "--abort", at=minute, check=False)
        else:
            word, *rest = {
                "rebase": ("rebase", other),
                "pick": ("cherry-pick", other),
                "revert": ("revert", "--no-edit", "HEAD"),
            }[step]
            repo.git(word, *rest, at=minute, check=False)
            repo.git(word, "--abort", at=minute, check=False)
    return done


def check(folder: Path, seed: int) -> None:
    repo = Repo(folder / "shop")
    done = walk(repo, Random(seed))  # noqa: S311 - the same walks each time
    env = clean_environment(folder)
    repository, git = open_repository(str(repo.root), env, "log")
    history = read_history(repository, git, None, choice=["-n20"], since_s=0)
    cut = windows(history.works.makings(), history.worktrees([]))[str(repo.root)]

    assert max(0, cut[-1].start_ms) == open_window(repository, env, amend=False)[0], (seed, done)
    assert (BEGINNING, END) == (cut[0].start_ms, cut[-1].end_ms)
    assert all(before.end_ms == after.start_ms for before, after in pairwise(cut))


@pytest.mark.parametrize("seed", range(6))
def test_hooks_and_reports_begin_at_the_same_instant(tmp_path: Path, seed: int):
    check(tmp_path, seed)


@pytest.mark.long
def test_hooks_and_reports_begin_at_the_same_instant_after_many_walks(tmp_path: Path):
    for seed in range(1_000, 1_200):
        check(tmp_path / str(seed), seed)
