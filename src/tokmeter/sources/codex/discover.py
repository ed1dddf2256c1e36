"""Where Codex keeps its rollouts, and which files are rollouts (docs/formats.md, Codex)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tokmeter.sources._base import Discovery, LogFile, PlaceProblem, Root, is_folder, walk

SUFFIXES = (".jsonl", ".jsonl.zst")
FOLDERS = ("sessions", "archived_sessions")
PREFIX = "rollout-"
ID_AT = len("rollout-YYYY-MM-DDTHH-MM-SS-")
HEAD_LIMIT = 8 << 20
"""First lines hold the whole instructions: 30 KB is usual, more than 1 MB has been seen."""


def roots(env: Mapping[str, str], home: Path) -> list[Root]:
    """The Codex homes: an existing folder named by `CODEX_HOME` as a whole, else its parts at commas."""
    value = env.get("CODEX_HOME", "").strip()
    if not value:
        path = home / ".codex"
        return [Root(path, "default", is_folder(path))]
    whole = _expand(value, home)
    if is_folder(whole):
        return [Root(whole, "CODEX_HOME", exists=True)]
    paths = [_expand(part.strip(), home) for part in value.split(",") if part.strip()]
    return [Root(path, "CODEX_HOME", is_folder(path)) for path in dict.fromkeys(paths)]


def _expand(text: str, home: Path) -> Path:
    if text == "~":
        return home
    return home / text[2:] if text.startswith(("~/", "~\\")) else Path(text)


def discover(roots: list[Root]) -> Discovery:
    """Every rollout once: plain before compressed, `sessions` before `archived_sessions`."""
    found = Discovery()
    for root in roots:
        best: dict[str, tuple[bool, int, LogFile]] = {}
        for rank, folder in enumerate(FOLDERS):
            _collect(root, rank, folder, best, found.problems)
        found.files.extend(choice[2] for choice in best.values())
    found.files.sort(key=lambda file: file.path)
    return found


def _collect(
    root: Root,
    rank: int,
    folder: str,
    best: dict[str, tuple[bool, int, LogFile]],
    problems: list[PlaceProblem],
) -> None:
    """Put the rollouts below one folder into `best`, by identity; the smaller order wins."""
    home = str(root.path)
    top = home + os.sep + folder
    if not is_folder(top):
        return
    for entry in walk(top, SUFFIXES, problems):
        try:
            stat = entry.stat()
        except OSError:
            continue  # gone since the folder was listed
        name = entry.name.removesuffix(".zst")
        packed = len(name) != len(entry.name)
        identity = f"{home}::{name}"
        if not name.startswith(PREFIX):
            thread = None if packed else _first_id(entry.path, stat.st_size, stat.st_mtime_ns)
            if thread is None:
                continue
            identity = f"{identity}::{thread}"  # such names say nothing: two threads may share one
        file = LogFile(
            "codex", identity, entry.path, stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
        )
        known = best.get(identity)
        if known is None or (packed, rank, entry.path) < (known[0], known[1], known[2].path):
            best[identity] = (packed, rank, file)


def thread_id(file: LogFile) -> str | None:
    """The thread a file holds: from a rollout's name, else from the first line."""
    parts = file.identity.rsplit("::", 2)
    name = parts[-1]
    if name.endswith(".jsonl"):
        stem = name.removesuffix(".jsonl")
        if stem.startswith(PREFIX) and len(stem) > ID_AT:
            return stem[ID_AT:]
        return _first_id(file.path, file.size, file.mtime_ns)
    return name or None


@lru_cache(maxsize=4096)
def _first_id(path: str, size: int, mtime_ns: int) -> str | None:
    """The thread id in a file's first line if that is a `session_meta`, else None.

    `size` and `mtime_ns` are part of the question: a file may be replaced while the program runs.
    """
    del size, mtime_ns
    from tokmeter.sources._fields import as_dict, as_text, decode_tolerant  # noqa: PLC0415 - imports json

    if path.endswith(".zst"):
        return None
    try:
        with Path(path).open("rb") as stream:
            line = stream.readline(HEAD_LIMIT)
        value = as_dict(decode_tolerant(line)) if line.endswith(b"\n") else {}
    except (OSError, ValueError):
        return None
    if value.get("type") != "session_meta":
        return None
    return as_text(as_dict(value.get("payload")).get("id"))
