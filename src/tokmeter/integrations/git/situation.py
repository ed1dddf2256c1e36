"""What git is in the middle of, told from the files in its folder, and what a hook leaves for the next one.

Found out by experiment with real git; tests/integrations/test_git_trailers.py repeats the experiments.
This module is on the fast path: os and nothing else.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokmeter.integrations.git.repository import Repository

PENDING = "tokmeter-pending"
"""Left by prepare-commit-msg for post-commit: which commits the new one takes its figures from."""

AMENDED = "tokmeter-amended"


class Situation:
    """What is going on in one worktree."""

    __slots__ = ("melting", "merging", "picking", "rebasing", "reverting", "squash_message")

    def __init__(self, git_dir: str) -> None:
        self.rebasing = _is_there(git_dir, "rebase-merge") or _is_there(git_dir, "rebase-apply")
        self.merging = _is_there(git_dir, "MERGE_HEAD")
        self.picking = "" if self.rebasing else _text(git_dir, "CHERRY_PICK_HEAD").strip()
        # A revert, or a cherry-pick with -n; of a merge --squash there is only SQUASH_MSG.
        self.reverting = _is_there(git_dir, "REVERT_HEAD") or _is_there(git_dir, "MERGE_MSG")
        self.squash_message = "" if self.rebasing else _text(git_dir, "SQUASH_MSG")
        self.melting = _melting(git_dir) if self.rebasing else ""
        """The commit that a squash or fixup of a rebase is just melting into HEAD."""


def _melting(git_dir: str) -> str:
    """The last of `current-fixups`: `fixup SHA` or `squash SHA`, one a line, gone when the chain ends."""
    words = _text(git_dir, "rebase-merge/current-fixups").split()
    return words[-1] if words else ""


def leave(repository: Repository, kind: str, head: str, shas: Sequence[str]) -> None:
    """Tell post-commit that the commit made on top of `head` is a `kind` of these commits."""
    path = os.path.join(repository.git_dir, PENDING)
    if not shas:
        forget(repository)
        return
    with open(path, "w", encoding="ascii") as file:
        file.write(" ".join([kind, head, *shas]))


def take(repository: Repository, head: str) -> tuple[str, list[str]]:
    """(kind, commits) left for the commit made on top of `head`, and forget it. ('', []) if nothing was."""
    words = _text(repository.git_dir, PENDING).split()
    forget(repository)
    if len(words) < 3 or words[1] != head:
        return "", []
    return words[0], words[2:]


def forget(repository: Repository) -> None:
    """What was left is of no use any more."""
    try:
        os.unlink(os.path.join(repository.git_dir, PENDING))
    except OSError:
        return


def note_amends(repository: Repository, pairs: Sequence[Sequence[str]]) -> None:
    """Remember amends within a rebase (`exec git commit --amend`): git's list at its end leaves them out.

    The file lies in the rebase's own folder, which git takes away.
    """
    with open(os.path.join(repository.git_dir, "rebase-merge", AMENDED), "a", encoding="ascii") as file:
        file.write("".join(f"{' '.join(pair)}\n" for pair in pairs if pair[0] != pair[-1]))


def amends(repository: Repository) -> dict[str, str]:
    """Commit → what amends in the rebase made of it in the end."""
    found: dict[str, str] = {}
    for line in _text(repository.git_dir, f"rebase-merge/{AMENDED}").splitlines():
        old, _, new = line.partition(" ")
        for before, after in found.items():
            if after == old:
                found[before] = new
        found[old] = new
    return found


def _is_there(git_dir: str, name: str) -> bool:
    return os.path.exists(os.path.join(git_dir, name))


def _text(git_dir: str, name: str) -> str:
    try:
        with open(os.path.join(git_dir, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
