"""The background job that writes notes: brings the ledger up to date, then works off what hooks have left.

What a hook leaves (integrations/git/queue.py) is a line for the worktree, then one for each commit:

    root FOLDER
    note SHA START END SINCE [OLD …]   used from START to END; or notes of OLD … and use from SINCE on
    copy SHA FROM                      cherry-picked
    move SHA OLD …                     rebased; of several commits the sum

A note is written anew from these alone, so doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches
from tokmeter.config.quick_paths import ledger_file
from tokmeter.core.errors import TokmeterError
from tokmeter.integrations.git.call import git
from tokmeter.integrations.git.notes import REF, Note, combined, note_of, parse_note
from tokmeter.integrations.git.queue import work
from tokmeter.integrations.git.repository import nested_roots, spellings
from tokmeter.ledger.glance import glance
from tokmeter.metrics.query import Connection
from tokmeter.metrics.window import ModelUse, folders, used


def run_job(common_dir: str, env: Mapping[str, str]) -> None:
    """Work until nothing is left."""
    clean = {name: value for name, value in env.items() if not _leads_astray(name)}
    work(common_dir, lambda items: _Writer(common_dir, clean).write(items))


def _leads_astray(name: str) -> bool:
    """Whether git set a variable for one commit's hook; who commits, and git's configuration, stay."""
    if not name.startswith("GIT_"):
        return False
    return not (name.startswith(("GIT_CONFIG_", "GIT_EXEC_")) or name.endswith(("_NAME", "_EMAIL")))


class _Writer:
    """Writes the notes of one repository."""

    def __init__(self, common_dir: str, env: Mapping[str, str]) -> None:
        self._common_dir = common_dir
        self._env = env
        with suppress(TokmeterError):  # busy or broken: from what the ledger has
            Context(Switches(quiet=True), env).sync()
        self._connection = glance(ledger_file(env))

    def write(self, items: Iterable[list[str]]) -> None:
        """Work off what hooks have left, in order."""
        for lines in items:
            root = ""
            for line in lines:
                kind, _, rest = line.partition(" ")
                if kind == "root":
                    root = rest
                else:
                    # A folder that is no UTF-8 or has a line break in its name must hold up nothing else.
                    with suppress(IndexError, ValueError):
                        self._write(kind, rest.split(), root)

    def _write(self, kind: str, words: list[str], root: str) -> None:
        sha = words[0]
        if kind == "copy":
            source = self._note(words[1])
            note = source and Note(source.figures, source.models, words[1])
        elif kind == "move":
            note = self._sum(words[1:])
        else:
            note = self._used(words, root)
        if note is not None:
            data = note.text().encode()
            self._git("notes", f"--ref={REF}", "add", "-f", "-F", "-", sha, data=data)

    def _used(self, words: list[str], root: str) -> Note | None:
        start, end, since = map(int, words[1:4])
        base = self._sum(words[4:])
        fresh = note_of(self._uses(root, start if base is None else since, end))
        return combined([note for note in (base, fresh) if note is not None])

    def _uses(self, root: str, start: int, end: int) -> list[ModelUse]:
        connection: Connection | None = self._connection
        if connection is None:
            return []
        roots = spellings(root)
        return used(connection, roots, start, end, nested_roots(folders(connection), roots))

    def _sum(self, shas: Iterable[str]) -> Note | None:
        return combined([note for note in map(self._note, shas) if note is not None])

    def _note(self, sha: str) -> Note | None:
        status, out = self._git("notes", f"--ref={REF}", "show", sha)
        return parse_note(out.decode("utf-8", "replace")) if status == 0 else None

    def _git(self, *arguments: str, data: bytes = b"") -> tuple[int, bytes]:
        return git(["--git-dir", self._common_dir, *arguments], self._env, data=data)
