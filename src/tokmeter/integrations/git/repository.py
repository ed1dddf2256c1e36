"""Where a repository lies, and what its HEAD did in this worktree, without starting git.

A hook's git is already running; asking it again where it is costs as much as all of our own work. The few
files read here (`.git`, `commondir`, `logs/HEAD`) are described in gitrepository-layout(5). Git itself is
asked only where refs are kept as reftable. This module is on the fast path: os and nothing else.
"""

from __future__ import annotations

import os

from tokmeter.integrations.git.call import git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REFLOG_BYTES = 65_536
"""How much of a reflog's end is read: some 350 moves of HEAD."""


class Repository:
    """One worktree and the repository it belongs to. Paths are absolute; `root` is '' for a bare one."""

    __slots__ = ("common_dir", "git_dir", "head_log", "root")

    def __init__(self, root: str, git_dir: str, common_dir: str) -> None:
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.head_log = os.path.join(git_dir, "logs", "HEAD")


class Move:
    """One step of HEAD: from commit `old` to commit `new` at an epoch second.

    `action` is git's word for it (`commit (amend)`, `rebase (pick)`, `reset`), `message` what follows.
    `email` is the address of whoever moved it.
    """

    __slots__ = ("action", "at", "email", "message", "new", "old")

    def __init__(self, old: str, new: str, at: int, action: str, message: str, email: str = "") -> None:
        self.old = old
        self.new = new
        self.at = at
        self.action = action
        self.message = message
        self.email = email


def find_repository(cwd: str, env: Mapping[str, str]) -> Repository | None:
    """The repository that git would use in the folder `cwd`; None where there is none."""
    cwd = os.path.abspath(cwd)
    named = env.get("GIT_DIR", "")
    if named:
        git_dir = os.path.normpath(os.path.join(cwd, named))
        return _repository(_named_root(cwd, git_dir, env), git_dir, env) if _is_git_dir(git_dir) else None
    folder = cwd
    while True:
        git_dir = _git_dir_of(folder)
        if git_dir:
            return _repository(_worktree(cwd, folder, env), git_dir, env)
        if _is_git_dir(folder):  # bare, or somebody stands inside `.git`
            return _repository(_own_root(folder), folder, env)
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def read_reflog(
    repository: Repository, limit_bytes: int = REFLOG_BYTES, env: Mapping[str, str] | None = None
) -> list[Move]:
    """What HEAD did in this worktree, newest last, as far as its log's last `limit_bytes` tell.

    Empty where git keeps no log.
    """
    try:
        with open(repository.head_log, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = max(0, size - limit_bytes)
            file.seek(start)
            lines = file.read().split(b"\n")
    except OSError:
        if os.path.isdir(os.path.join(repository.common_dir, "reftable")):
            return ask_reflog(repository, limit_bytes // 180, env or {})
        return []
    if start:
        del lines[0]  # most likely a part of a line
    return [move for move in map(_move, lines) if move is not None]


def ask_reflog(repository: Repository, limit: int, env: Mapping[str, str]) -> list[Move]:
    """The same from git: the newest `limit` moves, where no file can be read."""
    status, out = git(
        ["--git-dir", repository.git_dir, "log", "-g", f"-n{limit}", "--date=raw", "-z",
         "--format=%H%n%gd%n%ge%n%gs", "HEAD", "--"],
        env,
    )  # fmt: skip
    if status:
        return []
    moves: list[Move] = []
    for record in out.decode("utf-8", "replace").split("\0"):
        parts = record.split("\n", 3)
        if len(parts) == 4:
            seconds = parts[1].partition("{")[2].partition(" ")[0].rstrip("}")
            action, _, message = parts[3].partition(": ")
            at = int(seconds) if seconds.isdigit() else 0
            moves.append(Move("", parts[0], at, action, message, parts[2]))
    moves.reverse()
    before = ""
    for move in moves:
        move.old, before = before, move.new
    return moves


WRITTEN = ("commit", "commit (initial)", "commit (amend)", "commit (merge)", "revert")
AMEND = "commit (amend)"
_NO_STEPS = ("start", "finish", "abort", "")


def is_written(move: Move) -> bool:
    """Whether a move wrote its `new` commit then and there: commit, amend, revert, a merge."""
    if move.new == move.old:
        return False
    return move.action in WRITTEN or _is_merge(move)


def is_carried(move: Move) -> bool:
    """Whether a move made its `new` commit out of another one: cherry-pick, a step of a rebase, am."""
    if move.new == move.old or is_written(move):
        return False
    word = move.action.partition(" ")[0]
    return word in ("commit", "cherry-pick", "am") or rebase_step(move) not in _NO_STEPS


def rebase_step(move: Move) -> str:
    """`pick` of `rebase (pick)`, `rebase -i (pick)` or `pull --rebase (pick)`; '' for any other move."""
    word, _, rest = move.action.partition(" ")
    if word not in ("rebase", "pull") or not rest.endswith(")"):
        return ""
    return rest[rest.rfind("(") + 1 : -1]


def _is_merge(move: Move) -> bool:
    word = move.action.partition(" ")[0]
    return word in ("merge", "pull") and move.message.startswith("Merge made by")


def _move(line: bytes) -> Move | None:
    """`OLD NEW Name <e-mail> SECONDS ZONE<TAB>ACTION: MESSAGE`; None for anything else."""
    head, _, tail = line.partition(b"\t")
    who, _, when = head.rpartition(b"> ")
    parts = who.split(b" ", 2)
    seconds = when.split(b" ")[0]
    if len(parts) < 3 or not seconds.isdigit():
        return None
    action, _, message = tail.decode("utf-8", "replace").partition(": ")
    email = parts[2].rpartition(b"<")[2].decode("utf-8", "replace")
    old, new = parts[0].decode("ascii", "replace"), parts[1].decode("ascii", "replace")
    return Move(old, new, int(seconds), action, message, email)


def _repository(root: str, git_dir: str, env: Mapping[str, str]) -> Repository:
    common = env.get("GIT_COMMON_DIR", "") or _first_line(os.path.join(git_dir, "commondir"))
    return Repository(root, git_dir, os.path.normpath(os.path.join(git_dir, common)) if common else git_dir)


def _is_git_dir(folder: str) -> bool:
    """What git itself asks of a repository's folder."""
    if not os.path.lexists(os.path.join(folder, "HEAD")):
        return False
    return os.path.exists(os.path.join(folder, "commondir")) or (
        os.path.isdir(os.path.join(folder, "objects")) and os.path.isdir(os.path.join(folder, "refs"))
    )


def _git_dir_of(folder: str) -> str:
    """The repository's folder of the worktree `folder`: `.git`, or where the file `.git` points."""
    inside = os.path.join(folder, ".git")
    if os.path.isdir(inside):
        return inside if _is_git_dir(inside) else ""
    target = _first_line(inside)
    if not target.startswith("gitdir: "):
        return ""
    git_dir = os.path.normpath(os.path.join(folder, target[len("gitdir: ") :]))
    return git_dir if _is_git_dir(git_dir) else ""


def _worktree(cwd: str, found: str, env: Mapping[str, str]) -> str:
    named = env.get("GIT_WORK_TREE", "")
    return os.path.normpath(os.path.join(cwd, named)) if named else found


def _named_root(cwd: str, git_dir: str, env: Mapping[str, str]) -> str:
    """The worktree's top where `GIT_DIR` is set: as named, else what the repository says, else here."""
    if env.get("GIT_WORK_TREE"):
        return _worktree(cwd, "", env)
    own = _own_root(git_dir)
    return own if own and _is_inside(cwd, (own,)) else cwd


def _own_root(git_dir: str) -> str:
    """The worktree's top as the repository's own folder tells; '' for a bare one."""
    link = _first_line(os.path.join(git_dir, "gitdir"))
    if link:  # a linked worktree
        return os.path.dirname(os.path.normpath(os.path.join(git_dir, link)))
    for line in _lines(os.path.join(git_dir, "config")):
        name, _, value = line.partition("=")
        if name.strip() == "worktree":  # a submodule
            return os.path.normpath(os.path.join(git_dir, value.strip().strip('"')))
        if name.strip() == "bare" and value.strip().lower() == "true":
            return ""
    return os.path.dirname(git_dir) if os.path.basename(git_dir) == ".git" else ""


def _is_inside(path: str, roots: Iterable[str]) -> bool:
    """Whether `path` is one of the folders or below one, links followed."""
    real = os.path.realpath(path)
    for root in roots:
        top = os.path.realpath(root)
        if real == top or real.startswith(top.rstrip(os.sep) + os.sep):
            return True
    return False


def nested_roots(folders: Iterable[str], tops: Sequence[str]) -> list[str]:
    """The repositories that lie inside a worktree and hold one of `folders`: submodules, further worktrees.

    What was used in them is theirs. `tops` are the spellings of the worktree's own top.
    """
    own = {top.rstrip("/") for top in tops}
    found: dict[str, None] = {}
    known: dict[str, str] = {}
    for folder in folders:
        at = folder.rstrip("/")
        passed = []
        while at not in known and at not in own and len(at) > 1:
            passed.append(at)
            if os.path.lexists(os.path.join(at, ".git")):
                known[at] = at
                break
            at = os.path.dirname(at)
        root = known.get(at, "")
        known.update(dict.fromkeys(passed, root))
        if root and any(root.startswith(f"{top}/") for top in own):
            found[root] = None
    return list(found)


def spellings(root: str) -> tuple[str, ...]:
    """A folder as named and with links followed: logs may hold either."""
    real = os.path.realpath(root)
    return (root,) if real == root else (root, real)


def _first_line(path: str) -> str:
    return next(iter(_lines(path)), "")


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(65_536).splitlines()
    except OSError:
        return []
