"""Whether the ledger has read what a worktree's sessions wrote: a handful of stats, no scan, no log opened.

This module is on the fast path: os and nothing else.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokmeter.metrics.recent_logs import SeenLog

FOLDERS_UP = 3
"""How many folders above a log may tell of a new session: Codex has one a day, subagents are two below."""

MOST_NAMES = 2_000


def unread_bytes(logs: Sequence[SeenLog], last_sync_ms: int) -> int:
    """About how many bytes came since the ledger read these logs; 0 if nothing changed, else at least 1."""
    unread = 0
    folders: dict[str, None] = {}
    for log in logs:
        try:
            now = os.stat(log.path)
        except OSError:
            continue  # deleted by its assistant; the ledger keeps what it read
        if now.st_size != log.size or now.st_mtime_ns != log.mtime_ns:
            unread += max(1, now.st_size - log.size if now.st_size > log.size else now.st_size)
        folder = log.path
        for _ in range(FOLDERS_UP):
            folder = os.path.dirname(folder)
            folders[folder] = None
    known = {log.path for log in logs}
    return unread + sum(_new_in(folder, known, last_sync_ms) for folder in folders)


def _new_in(folder: str, known: set[str], last_sync_ms: int) -> int:
    """The bytes of files that appeared in a folder since the last sync, at least 1 if it changed at all."""
    try:
        if os.stat(folder).st_mtime_ns // 1_000_000 < last_sync_ms:
            return 0
        size = 1
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count == MOST_NAMES:
                    break
                if entry.path not in known and entry.is_file():
                    now = entry.stat()
                    if now.st_mtime_ns // 1_000_000 >= last_sync_ms:
                        size += now.st_size
    except OSError:
        return 0
    return size
