"""Which commits are the same piece of work, and when and where each was made.

Rebase, cherry-pick and amend give one piece of work new commit ids. They keep its author and author date, so
that these two name it; where an amend or a squash changed them, the reflog tells. What a piece of work used
is counted once, whichever of its commits is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tokmeter.integrations.git.repository import AMEND, Move, is_written, rebase_step
from tokmeter.integrations.git.window import undone
from tokmeter.metrics.attribution import Making

SQUASHES = ("squash", "fixup")


class Commit(NamedTuple):
    """What is needed of a commit. `authored` is the author date in epoch seconds."""

    sha: str
    authored: int
    parents: tuple[str, ...]
    email: str
    subject: str


class Works:
    """The pieces of work of a repository.

    `commits` are all that are known by content; `alive` those that a branch, tag or worktree still holds;
    `moves` what the reflog of each worktree tells. `own` are the user's addresses.
    """

    def __init__(
        self,
        commits: Mapping[str, Commit],
        alive: Iterable[str],
        moves: Mapping[str, Sequence[Move]],
        own: Iterable[str],
    ) -> None:
        self._commits = commits
        self._alive = set(alive)
        self._moves = moves
        self._own = {email.lower() for email in own if email}
        self._above: dict[str, str] = {}
        written = [move for steps in moves.values() for move in steps if is_written(move)]
        self._standing = {move.new for move in written} & self._alive
        self._fresh = {move.new for move in written if self._is_dated_then(move)}
        self._join_copies()
        for steps in moves.values():
            self._join_rewrites(steps)
        self.living = {self.work_of(sha) for sha in self._alive}
        for steps in moves.values():
            for rebase in _rebases(steps):
                self._join_squashed(rebase)
        self.living = {self.work_of(sha) for sha in self._alive}
        self._mine = {
            self.work_of(sha) for sha, commit in commits.items() if commit.email.lower() in self._own
        }

    def work_of(self, sha: str) -> str:
        """The name of the work that a commit is of."""
        top = sha
        while (above := self._above.get(top, top)) != top:
            top = above
        while (above := self._above.get(sha, sha)) != top:
            self._above[sha], sha = top, above
        return top

    def is_mine(self, sha: str) -> bool:
        """Whether the user made this work: a commit of it bears one of the user's addresses."""
        return self.work_of(sha) in self._mine

    def copies_of(self, sha: str) -> list[str]:
        """The other commits of the same work that a branch, tag or worktree still holds."""
        work = self.work_of(sha)
        return sorted(other for other in self._alive if other != sha and self.work_of(other) == work)

    def makings(self) -> list[Making]:
        """Each time that the user's work was made. Undone work is left out: what it used goes to the next."""
        found: list[Making] = []
        told: set[tuple[str, int]] = set()
        gone = {self.work_of(sha) for steps in self._moves.values() for sha in undone(steps)} - self.living
        for root, steps in self._moves.items():
            seen: set[str] = set()
            for n, move in enumerate(steps):
                if not is_written(move):
                    continue
                work, second = self.work_of(move.new), move.at
                commit = self._commits.get(move.new)
                if commit is not None:
                    told.add((work, commit.authored))
                    if move.action != AMEND and work not in seen:
                        second = commit.authored
                seen.add(work)
                if work in self._mine and work not in gone:
                    found.append(Making(work, second * 1000 + 999, root, n))
        for sha in self._alive:
            commit = self._commits[sha]
            work = self.work_of(sha)
            if work in self._mine and (work, commit.authored) not in told:
                told.add((work, commit.authored))
                found.append(Making(work, commit.authored * 1000 + 999, None))
        return found

    def _join(self, sha: str, other: str) -> None:
        a, b = self.work_of(sha), self.work_of(other)
        if a != b:
            low, high = min(a, b), max(a, b)  # so that the name does not depend on the order
            self._above[high] = low

    def _join_copies(self) -> None:
        """Commits of one author at one author date are copies of each other, if nothing says otherwise."""
        groups: dict[tuple[str, int], list[Commit]] = {}
        for commit in self._commits.values():
            groups.setdefault((commit.email.lower(), commit.authored), []).append(commit)
        for group in groups.values():
            if len(group) < 2:
                continue
            first: dict[str, str] = {}
            apart = self._are_apart(group)
            for commit in sorted(group):
                self._join(commit.sha, first.setdefault(commit.subject if apart else "", commit.sha))

    def _are_apart(self, group: Sequence[Commit]) -> bool:
        """Whether one second brought forth several works: then the subject tells them apart."""
        ids = {commit.sha for commit in group}
        if len(ids & self._standing) > 1 or len(ids & self._fresh) > 1:
            return True
        return any(parent in ids for commit in group for parent in commit.parents)

    def _is_dated_then(self, move: Move) -> bool:
        """Whether a commit bears the time it was written at, and not the one of a commit it was made from."""
        commit = self._commits.get(move.new)
        return commit is not None and move.at <= commit.authored + 1

    def _join_rewrites(self, steps: Sequence[Move]) -> None:
        for move in steps:
            if move.action == AMEND and move.new != move.old:
                self._join(move.old, move.new)

    def _join_squashed(self, rebase: Sequence[Move]) -> None:
        """What a rebase melted into a commit belongs to that commit from then on."""
        targets = [
            self._commits[move.new]
            for move, after in zip(rebase, [*rebase[1:], None], strict=True)
            if rebase_step(move) in SQUASHES
            and move.new in self._commits
            and (after is None or rebase_step(after) not in SQUASHES)
        ]
        if not targets:
            return
        kept = {self.work_of(move.new) for move in rebase}
        for commit in self._originals(rebase[0]):
            work = self.work_of(commit.sha)
            if work not in self.living and work not in kept:
                self._join(commit.sha, _melted_into(commit, targets).sha)

    def _originals(self, start: Move) -> list[Commit]:
        """The commits that a rebase replaced, as far as they are known."""
        found = []
        sha = start.old
        while sha in self._commits and sha not in self._alive and sha != start.new:
            found.append(self._commits[sha])
            sha = next(iter(self._commits[sha].parents), "")
        return found


def _melted_into(commit: Commit, targets: Sequence[Commit]) -> Commit:
    """The commit that took in another one: named by its `fixup!`, else the last one that is no younger."""
    for target in targets:
        if commit.subject.partition("! ")[2] == target.subject:
            return target
    older = [target for target in targets if target.authored <= commit.authored]
    return max(older, key=lambda target: target.authored) if older else targets[0]


def _rebases(steps: Sequence[Move]) -> list[list[Move]]:
    """The finished rebases of a reflog, each from its start to its last step."""
    found = []
    current: list[Move] | None = None
    for move in steps:
        step = rebase_step(move)
        if step == "start":
            current = [move]
        elif step == "finish" and current is not None:
            found.append(current)
            current = None
        elif step == "abort":
            current = None
        elif current is not None:
            current.append(move)
    return found
