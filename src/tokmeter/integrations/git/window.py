"""Since when entries belong to the commit that is being made: the hooks' side of the rule of attribution.

The rule is told in docs/reference/git.md and computed for whole histories by metrics/attribution.py: an entry
belongs to the first commit made in its worktree at or after the entry's time. For a commit that is being made
now that means: everything after the last one that was written here, as the reflog tells. A commit that a
reset took back, and that stands on no branch any more, is as good as never made. Commits that were carried
here (cherry-pick, rebase) move nothing. This module is on the fast path: os and nothing else.
"""

from __future__ import annotations

import os

from tokmeter.integrations.git.call import git
from tokmeter.integrations.git.repository import AMEND, is_carried, is_written, read_reflog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokmeter.integrations.git.repository import Move, Repository

CLOSE = 120
"""Seconds between a commit's author date and its move, up to which no earlier move can have a later date."""
LOOKED_AT = 20
"""How many of the last commits are looked at to find the one with the latest author date."""


class Written:
    """A commit written in this worktree, with its amends: its id now, its first id, its last move."""

    __slots__ = ("amended", "at", "email", "first", "sha")

    def __init__(self, move: Move) -> None:
        self.sha = self.first = move.new
        self.at = move.at
        self.email = move.email
        self.amended = move.action == AMEND


def open_window(repository: Repository, env: Mapping[str, str], *, amend: bool) -> tuple[int, str]:
    """(first millisecond that counts, the commit before) for the commit being made in this worktree.

    `amend` says that HEAD itself is the commit in question: it is being amended, or it has just been made.
    (0, '') where no commit was made before.
    """
    moves = read_reflog(repository, env=env)
    commits = written(moves)
    if amend and moves:
        commits = _without(repository, commits, moves[-1].new, env)
    found = _latest(repository, commits, undone(moves), env)
    if found is None:
        found = _before_the_reflog(repository, moves, env, amend=amend)
    if found is None:
        return 0, ""
    second, sha = found
    return (second + 1) * 1000, sha  # git counts whole seconds, and the last one belongs to the commit before


def written(moves: Sequence[Move]) -> list[Written]:
    """The commits that were written here, in order of their last move."""
    found: dict[str, Written] = {}
    for move in moves:
        if not is_written(move):
            continue
        before = found.pop(move.old, None) if move.action == AMEND else None
        if before is None:
            found[move.new] = Written(move)
        else:
            before.sha, before.at, before.amended = move.new, move.at, True
            found[move.new] = before
    return list(found.values())


def undone(moves: Sequence[Move]) -> set[str]:
    """The commits made here that a `git reset` took back and that HEAD never stood on again."""
    parents: dict[str, str] = {}
    gone: set[str] = set()
    for move in moves:
        if move.action == AMEND:
            parents[move.new] = parents.get(move.old, "")
        elif is_written(move) or is_carried(move):
            parents[move.new] = move.old
        elif move.action == "reset":
            gone.update(_between(move.old, move.new, parents))
        at = move.new
        while at in gone:
            gone.discard(at)
            at = parents.get(at, "")
    return gone


def _between(tip: str, base: str, parents: Mapping[str, str]) -> list[str]:
    """The commits from `tip` back to just above `base`; none where `base` is no ancestor that we know of."""
    found = []
    at = tip
    while at in parents and at != base:
        found.append(at)
        at = parents[at]
    return found if at == base else []


def author_of(repository: Repository, sha: str, env: Mapping[str, str]) -> tuple[int, str] | None:
    """A commit's author date in epoch seconds and its author's address; None if there is no such commit.

    A young commit lies in a file of its own, which is read here; git is asked for a packed one.
    """
    path = os.path.join(repository.common_dir, "objects", sha[:2], sha[2:])
    try:
        with open(path, "rb") as file:
            packed = file.read(65_536)
    except OSError:
        status, out = git(
            ["--git-dir", repository.git_dir, "log", "--no-walk", "--format=%at %ae", sha, "--"], env
        )
        text, _, email = out.decode("utf-8", "replace").strip().partition(" ")
        return (int(text), email) if status == 0 and text.isdigit() else None
    import zlib  # noqa: PLC0415 - git's own compression; a hook that finds nothing does without

    head = zlib.decompressobj().decompress(packed, 4096)
    _, _, author = head.partition(b"\nauthor ")
    who, _, when = author.partition(b"\n")[0].rpartition(b"> ")
    second = when.partition(b" ")[0]
    if not second.isdigit():
        return None
    return int(second), who.rpartition(b"<")[2].decode("utf-8", "replace")


def _without(
    repository: Repository, commits: list[Written], head: str, env: Mapping[str, str]
) -> list[Written]:
    """The commits without the one that HEAD stands on, also where HEAD is a copy of it made by a rebase."""
    own = next((commit for commit in commits if commit.sha == head), None)
    rest = [commit for commit in commits if commit is not own]
    if own is not None and (not own.amended or own.first != own.sha):
        return rest
    author = author_of(repository, head, env)
    return [
        commit
        for commit in rest[-LOOKED_AT:]
        if author is None or author != author_of(repository, commit.sha, env)
    ]


def _is_on_a_branch(repository: Repository, sha: str, env: Mapping[str, str]) -> bool:
    status, out = git(
        ["--git-dir", repository.git_dir, "for-each-ref", "--count=1", f"--contains={sha}"], env
    )
    return status == 0 and bool(out.strip())


def _latest(
    repository: Repository, commits: Sequence[Written], gone: set[str], env: Mapping[str, str]
) -> tuple[int, str] | None:
    """(instant in s, commit) of the commit with the latest instant: its author date, or its last amend.

    Passed over are commits whose author is not who made them (`git commit --author`), and those that were
    taken back and stand on no branch. One dated into the future (`--date`) has not come yet: until then the
    requests belong to the commits that are made meanwhile.
    """
    best: tuple[int, str] | None = None
    for commit in reversed(commits[-LOOKED_AT:]):
        if best is not None and commit.at <= best[0]:
            break
        if commit.sha in gone and not _is_on_a_branch(repository, commit.sha, env):
            continue
        author = author_of(repository, commit.sha, env)
        if author is not None and author[1].lower() != commit.email.lower():
            continue
        second = commit.at if author is None or commit.amended else author[0]
        if second > commit.at + CLOSE:
            continue
        if best is None or second > best[0]:
            best = (second, commit.sha)
        if commit.at - second <= CLOSE:
            break
    return best


def _before_the_reflog(
    repository: Repository, moves: Sequence[Move], env: Mapping[str, str], *, amend: bool
) -> tuple[int, str] | None:
    """The user's newest commit below HEAD, where the reflog knows of none: a fresh clone, an expired log."""
    email = env.get("GIT_COMMITTER_EMAIL", "")
    if not email:
        _, out = git(["--git-dir", repository.git_dir, "config", "user.email"], env)
        email = out.decode("utf-8", "replace").strip() or (moves[-1].email if moves else "")
    author = ["--fixed-strings", f"--author=<{email}>"] if email else []
    before = [f"--before={moves[0].at}"] if moves else []
    start = "HEAD^" if amend else "HEAD"
    status, out = git(
        ["--git-dir", repository.git_dir, "log", "-1", *author, *before, "--format=%at %H", start, "--"], env
    )
    second, _, sha = out.decode("ascii", "replace").strip().partition(" ")
    return (int(second), sha) if status == 0 and second.isdigit() else None
