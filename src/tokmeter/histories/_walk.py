"""Which files below a folder an import looks at."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from tokmeter.histories._record import Remark

_HISTORY = re.compile(
    r"\.(?:json|jsonl|ndjson|jsonlines|har|csv|tsv|sse|log|txt|out|db|sqlite3?|zip)(?:\.gz|\.zst)?$|\.(?:gz|zst)$",
    re.IGNORECASE,
)
_NEVER = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


def history_files(path: Path) -> Iterator[Path | Remark]:
    """The files to read for a path that somebody named: itself, or what below a folder has a fitting name.

    Sorted, so that two imports read in the same order. Links to folders are not followed (no circles), hidden
    folders and those of package managers are left out; a folder that can't be read is a `Remark`.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where it can't tell
        yield path
        return
    stack = [(str(path), True)]
    while stack:
        name, is_folder = stack.pop()
        if not is_folder:
            yield Path(name)
            continue
        try:
            with os.scandir(name) as entries:
                found = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            yield Remark(reason="unreadable", detail=f"folder: {error.strerror}")
            continue
        for entry in found:
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and not entry.name.startswith(".") and entry.name not in _NEVER:
                stack.append((entry.path, True))
            elif not is_folder and _HISTORY.search(entry.name) and _is_file(entry):
                stack.append((entry.path, False))


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a regular file or leads to one; a link in a circle is none."""
    try:
        return entry.is_file()
    except OSError:
        return False
