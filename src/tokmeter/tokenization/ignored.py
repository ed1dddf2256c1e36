"""Which files of a folder git ignores: the rules of .gitignore files and of .git/info/exclude.

`pathspec` turns one pattern into a regular expression; which pattern decides is worked out here, because
git asks it of one entry at a time, on the way down: the last pattern that matches the entry itself, in the
nearest file that has one. An ignored folder is not entered, so nothing below it can come back.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec.pattern import Pattern

MOST_BYTES = 1024 * 1024
"""A larger file of rules is none that somebody wrote: only its beginning is read."""
_THROUGH_A_PARENT = "ps_d"
"""The group of pathspec's expressions that is set where not the entry matched but a folder above it."""


class Rule(NamedTuple):
    """One line: whether it ignores or brings back, whether folders alone, and by name or by path."""

    ignores: bool
    folders_only: bool
    by_name: bool
    pattern: Pattern


class Rules(NamedTuple):
    """The rules of one file, last line first. `cut`: characters of an absolute path before what they see."""

    cut: int
    rules: tuple[Rule, ...]

    def verdict(self, path: str, *, is_folder: bool) -> bool | None:
        """Whether they ignore the entry at the absolute `path` (with slashes); None: they don't say."""
        name = path.rpartition("/")[2]
        seen = path[self.cut :]
        for rule in self.rules:
            if rule.folders_only and not is_folder:
                continue
            found = rule.pattern.match_file(name if rule.by_name else seen)
            if found is not None and not found.match.groupdict().get(_THROUGH_A_PARENT):
                return rule.ignores
        return None


def read_rules(file: Path, folder: Path) -> Rules | None:
    """The rules in `file` for what lies in the absolute `folder`; None where there are none.

    Like git it follows no link to a file of rules. Raises OSError where there is a file that can't be read.
    """
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            return None
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # the last: the folder itself is closed
        return None
    with file.open("rb") as stream:
        data = stream.read(MOST_BYTES).removeprefix(b"\xef\xbb\xbf")
    rules = parse_rules(data.decode("utf-8", "surrogateescape"))
    return Rules(len(folder.as_posix().rstrip("/")) + 1, rules) if rules else None


def parse_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a file's text, the last line first."""
    rules = [rule for line in text.split("\n") if (rule := _rule(line.removesuffix("\r"))) is not None]
    return tuple(reversed(rules))


def _rule(line: str) -> Rule | None:
    """One line; None for a comment, a blank, and what git can't use either."""
    from pathspec import GitIgnoreSpec  # noqa: PLC0415 - folders alone need it

    if line.startswith("#"):
        return None
    text = _without_trailing_blanks(line)
    ignores = not text.startswith("!")
    text = text if ignores else text[1:]
    folders_only = text.endswith("/")
    text = text[:-1] if folders_only else text
    if not text:
        return None
    try:
        (pattern,) = GitIgnoreSpec.from_lines([_literal_ends(text)]).patterns
    except Exception:  # noqa: BLE001 - re.error, ValueError …: a pattern that can't be read matches nothing
        return None
    if pattern.include is None:
        return None
    return Rule(ignores, folders_only, "/" not in text, pattern)


def _without_trailing_blanks(line: str) -> str:
    """`line` without the spaces at its end, unless a backslash stands before them."""
    end = len(line)
    while end and line[end - 1] == " ":
        slashes = 0
        while end - 2 - slashes >= 0 and line[end - 2 - slashes] == "\\":
            slashes += 1
        if slashes % 2:
            break
        end -= 1
    return line[:end]


def _literal_ends(text: str) -> str:
    """`text` for pathspec, which would take a mark of its own at the start and drop blanks at the end."""
    if text[0] in "!#":
        text = f"\\{text}"
    last = text[-1]
    if last.isspace():
        head = text[:-1]
        text = f"{head.removesuffix(chr(92))}[{last}]"
    return text


# Where the rules of a place come from


class Chain(NamedTuple):
    """The rules that hold in a folder, the nearest first, and what could not be read of them."""

    rules: tuple[Rules, ...] = ()
    faults: tuple[OSError, ...] = ()

    def ignores(self, path: str, *, is_folder: bool) -> bool:
        """Whether an entry of the folder is ignored; `path` is absolute, with slashes."""
        for rules in self.rules:
            verdict = rules.verdict(path, is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False

    def entering(self, folder: Path) -> Chain:
        """The rules that hold inside `folder`, one level down; a repository in it begins anew."""
        if is_repository(folder):
            own = _with(_git_folder(folder) / "info" / "exclude", Chain(faults=self.faults), folder)
            return _with(folder / ".gitignore", own, folder)
        return _with(folder / ".gitignore", self, folder)


def chain_at(folder: Path) -> Chain:
    """The rules that hold inside the absolute `folder`.

    In a repository these are its .git/info/exclude and the .gitignore of every folder from its root down to
    this one, elsewhere the folder's own .gitignore.
    """
    above = []
    here = folder
    while not is_repository(here) and here.parent != here:
        above.append(here)
        here = here.parent
    if not is_repository(here):
        return Chain().entering(folder)
    chain = Chain().entering(here)
    for step in reversed(above):
        chain = chain.entering(step)
    return chain


def is_repository(folder: Path) -> bool:
    """Whether git keeps its books in `folder` (for worktrees and submodules that is a file)."""
    return os.path.lexists(folder / ".git")


def _with(file: Path, chain: Chain, folder: Path) -> Chain:
    """`chain` with the rules of one more file before the others."""
    try:
        rules = read_rules(file, folder)
    except OSError as error:
        return Chain(chain.rules, (*chain.faults, error))
    return chain if rules is None else Chain((rules, *chain.rules), chain.faults)


def _git_folder(root: Path) -> Path:
    """Where git keeps what all worktrees share; in a worktree or submodule `.git` is a file that tells."""
    said = _first_line(root / ".git")
    if not said.startswith("gitdir:"):
        return root / ".git"
    own = root / said.removeprefix("gitdir:").strip()
    return own / _first_line(own / "commondir")


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as stream:
            return stream.readline(4096).rstrip("\r\n")
    except OSError:
        return ""
