"""What git knows of a repository's commits, read with a handful of calls however many commits there are.

For commands that a person waits for; hooks use repository.py and window.py, which start no git.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from tokmeter.core.errors import TokmeterError, UsageError
from tokmeter.core.names import printable
from tokmeter.integrations.git.repository import (
    Move,
    Repository,
    find_repository,
    nested_roots,
    read_reflog,
    spellings,
)
from tokmeter.integrations.git.works import Commit, Works
from tokmeter.metrics.attribution import END, Worktree

WHOLE_REFLOG = 64 * 1024 * 1024
LATEST_SECOND = 253_300_000_000
"""The latest time that reports can show (core/spans.py); git stores whatever date it is given."""
WORKTREE_FOLDERS = ("worktrees", ".worktrees")
"""What people and assistants call the folder of a repository in which they put worktrees."""
CLOCK_SLACK = 86_400
"""Seconds by which a clock may have been wrong when a commit was made."""
_FORMAT = "--format=%H %at %P%n%ae%n%s"
_LOG = ("log", "-z", "--encoding=UTF-8", "--no-color", "--no-show-signature", "--no-notes", _FORMAT)
_REFS = ("--branches", "--tags", "--remotes")
"""Not all refs: stashes and notes are commits, too."""


class Checkout(NamedTuple):
    """One worktree: its top, the commit and branch it stands on ('' where there is none), its reflog."""

    root: str
    head: str
    branch: str
    moves: Sequence[Move]


class History(NamedTuple):
    """`shown` are the commits that were asked for, as git orders them."""

    repository: Repository
    checkouts: tuple[Checkout, ...]
    shown: tuple[Commit, ...]
    works: Works

    @property
    def branch(self) -> str:
        """The branch of the worktree that was asked in; '' without one."""
        here = os.path.realpath(self.repository.root)
        return next((one.branch for one in self.checkouts if os.path.realpath(one.root) == here), "")

    def worktrees(self, folders: Sequence[str]) -> list[Worktree]:
        """The worktrees with every spelling under which `folders`, those of the ledger, lie in them.

        Also those that were removed, where their name tells that they were some: no reflog tells of them.
        """
        tops = {checkout.root: spellings(checkout.root) for checkout in self.checkouts}
        aliases = _aliases(folders, tops)
        known = {top for named in tops.values() for top in named}
        trees = []
        removed: dict[str, None] = {}
        for checkout in self.checkouts:
            own = tuple(top for top in (*tops[checkout.root], *aliases[checkout.root]) if _is_text(top))
            below = [folder for folder in folders if any(_is_below(folder, top) for top in own)]
            inside = dict.fromkeys(nested_roots(below, own))
            inside |= {
                top: None for top in known if top not in own and any(_is_below(top, one) for one in own)
            }
            left = [folder for folder in below if not any(_is_below(folder, one) for one in inside)]
            gone = dict.fromkeys(root for root in map(_removed_worktree, left) if root and root not in own)
            removed |= gone
            since = checkout.moves[0].at * 1000 if checkout.moves else END
            without = tuple(filter(_is_text, (*inside, *gone)))
            trees.append(Worktree(checkout.root, own, without, since))
        return [*trees, *(Worktree(root, (root,)) for root in removed)]


class Git:
    """Runs git in one folder. Raises UsageError or TokmeterError, in words for a person."""

    def __init__(self, folder: str, env: Mapping[str, str]) -> None:
        self.folder = folder
        self._env = {**env, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}

    def ask(self, *arguments: str, data: str = "") -> tuple[int, str]:
        """(exit status, stdout)."""
        try:
            done = subprocess.run(  # noqa: S603 - git
                ["git", *arguments],  # noqa: S607 - the one that the user's PATH names, as everywhere
                cwd=self.folder,
                env=self._env,
                input=data.encode(),
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise TokmeterError(
                "git cannot be started: there is no such program.", "Install git, or put it on the PATH"
            ) from None
        self.complaint = printable(done.stderr.decode("utf-8", "replace").strip().partition("\n")[0])
        return done.returncode, done.stdout.decode("utf-8", "surrogateescape")


def open_repository(folder: str, env: Mapping[str, str], command: str) -> tuple[Repository, Git]:
    """The repository of a folder. Raises UsageError where there is none; `command` is for its hint."""
    if not os.path.isdir(folder):
        raise UsageError(f"There is no folder {printable(folder)}.", f"tokmeter {command} -C FOLDER")
    repository = find_repository(folder, env)
    if repository is None:
        raise UsageError(
            f"{printable(os.path.abspath(folder))} is in no git repository.",
            f"Go to one, or name it: tokmeter {command} -C FOLDER",
        )
    git = Git(folder, env)
    status, _ = git.ask("rev-parse", "--git-dir")
    if status:
        raise TokmeterError(
            f"git refuses this repository: {git.complaint.removeprefix('fatal: ')}", "Try: git status"
        )
    return repository, git


def read_history(
    repository: Repository,
    git: Git,
    revision: str | None,
    *,
    choice: Sequence[str],
    since_s: int,
    own: Iterable[str] = (),
) -> History:
    """The commits of `revision` (default HEAD) and what is needed to attribute entries.

    `choice` are git's switches that say which of them are shown (`-n20`, `--since=…`).

    Entries are not older than `since_s`, so that commits before it matter only where they are shown.
    """
    checkouts = _checkouts(git, repository)
    shown = _shown(git, revision, choice)
    commits = {commit.sha: commit for commit in shown}
    heads = [checkout.head for checkout in checkouts if checkout.head]
    since = [f"--since={since_s - CLOCK_SLACK}"] if since_s > CLOCK_SLACK else []
    status, out = git.ask(*_LOG, *since, "--ignore-missing", *_REFS, *heads, "--")
    if status == 0:
        commits.update((commit.sha, commit) for commit in _parsed(out))
    alive = set(commits)
    moved = {sha for checkout in checkouts for move in checkout.moves for sha in (move.old, move.new)}
    missing = sorted(sha for sha in moved - alive if sha.strip("0"))
    if missing:
        names = "\n".join([*missing, ""])
        status, out = git.ask(*_LOG, "--no-walk=unsorted", "--ignore-missing", "--stdin", data=names)
        if status == 0:
            commits.update((commit.sha, commit) for commit in _parsed(out))
    moves = {checkout.root: checkout.moves for checkout in checkouts}
    return History(
        repository, checkouts, shown, Works(commits, alive, moves, {*own, *_addresses(git, checkouts)})
    )


def _addresses(git: Git, checkouts: Sequence[Checkout]) -> set[str]:
    """The user's addresses: git's setting and those of `tokmeter.email`; else whose the reflogs are."""
    _, told = git.ask("config", "--get-all", "tokmeter.email")
    _, current = git.ask("config", "user.email")
    found = {address.strip() for address in (*told.splitlines(), current) if address.strip()}
    return found or {move.email for checkout in checkouts for move in checkout.moves}


def _shown(git: Git, revision: str | None, choice: Sequence[str]) -> tuple[Commit, ...]:
    named = revision or "HEAD"
    status, out = git.ask(*_LOG, *choice, "--end-of-options", named, "--")
    if status == 0:
        return tuple(_parsed(out))
    if revision is None and git.ask("rev-parse", "--verify", "--quiet", "HEAD")[0]:
        return ()  # no commit yet
    raise UsageError(
        f"git knows no revision {printable(named)!r}.", "The commits there are: git log --oneline --all"
    )


def _parsed(out: str) -> list[Commit]:
    """The records of `_FORMAT`. Subjects are untrusted text."""
    found = []
    for record in out.split("\0"):
        head, _, rest = record.partition("\n")
        email, _, subject = rest.partition("\n")
        sha, _, more = head.partition(" ")
        second, _, parents = more.partition(" ")
        if sha:
            found.append(Commit(sha, _second(second), tuple(parents.split()), _clean(email), _clean(subject)))
    return found


def _clean(text: str) -> str:
    return text if text.isascii() and text.isprintable() else printable(_readable(text))


def _readable(text: str) -> str:
    """`text` with bytes that are no UTF-8 replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _second(text: str) -> int:
    try:
        return min(max(int(text), 0), LATEST_SECOND)
    except ValueError:
        return 0


def _checkouts(git: Git, repository: Repository) -> tuple[Checkout, ...]:
    """The worktrees that there are, the main one first; a bare repository has none of its own."""
    status, out = git.ask("worktree", "list", "--porcelain", "-z")
    if status:  # git before 2.36
        _, out = git.ask("worktree", "list", "--porcelain")
        out = out.replace("\n", "\0")
    found = []
    for n, record in enumerate(out.split("\0\0")):
        fields = dict(line.partition(" ")[::2] for line in record.split("\0") if line)
        root = fields.get("worktree", "")
        if not root or "bare" in fields:
            continue
        git_dir = repository.common_dir if n == 0 else _linked_git_dir(repository, root)
        if n == 0 and repository.git_dir == repository.common_dir and repository.root:
            root = repository.root  # of a submodule git names its folder below .git/modules
        head = fields.get("HEAD", "")
        moves = read_reflog(Repository(root, git_dir, repository.common_dir), WHOLE_REFLOG) if git_dir else []
        branch = fields.get("branch", "").removeprefix("refs/heads/")
        found.append(Checkout(root, head if head.strip("0") else "", _clean(branch), moves))
    return tuple(found)


def _linked_git_dir(repository: Repository, root: str) -> str:
    """Where git keeps what belongs to a linked worktree, its reflog among it; '' if that is not found."""
    folder = os.path.join(repository.common_dir, "worktrees")
    real = os.path.realpath(root)
    try:
        names = os.listdir(folder)
    except OSError:
        return ""
    for name in names:
        git_dir = os.path.join(folder, name)
        try:
            with open(os.path.join(git_dir, "gitdir"), encoding="utf-8", errors="surrogateescape") as file:
                link = file.read().strip()
        except OSError:
            continue
        top = os.path.dirname(os.path.join(git_dir, link))
        if top == root or os.path.realpath(top) == real:
            return git_dir
    return ""


def _removed_worktree(folder: str) -> str:
    """The worktree around a folder that is there no more: `…/.claude/worktrees/fix`; '' if it was none."""
    at = folder
    while len(at) > 1 and not os.path.lexists(at):
        above = os.path.dirname(at)
        if os.path.basename(above) in WORKTREE_FOLDERS:
            return at
        at = above
    return ""


def _is_text(path: str) -> bool:
    """Whether a path is Unicode: one that is not can stand in no log, and no ledger can be asked for it."""
    return path.isascii() or _readable(path) == path


def _is_below(folder: str, top: str) -> bool:
    return folder == top or folder.startswith(top.rstrip("/") + "/")


def _aliases(folders: Sequence[str], tops: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Folders that lie in a worktree only when links are followed, by worktree; the longest top takes one."""
    found: dict[str, list[str]] = {root: [] for root in tops}
    known = [top for named in tops.values() for top in named]
    by_length = sorted(
        ((top, root) for root, named in tops.items() for top in named), key=lambda pair: -len(pair[0])
    )
    for folder in folders:
        if any(_is_below(folder, top) for top in known):
            continue
        real = os.path.realpath(folder)
        if real != folder:
            for top, root in by_length:
                if _is_below(real, top):
                    found[root].append(folder)
                    break
    return found


def messages(git: Git, sha: str, trailer: str, notes: str) -> tuple[str, str]:
    """(the values of a trailer, the text of the note) of one commit; '' where there is none."""
    shown = f"--format=%(trailers:key={trailer},valueonly)%x00%N"
    status, out = git.ask(
        "log", "-1", "--no-color", "--no-show-signature", f"--notes={notes}", shown,
        "--end-of-options", sha, "--",
    )  # fmt: skip
    value, _, note = out.partition("\0") if status == 0 else ("", "", "")
    return _clean(value.strip()), "\n".join(map(_clean, note.strip().splitlines()))
