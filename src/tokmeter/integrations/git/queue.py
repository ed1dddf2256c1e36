"""What hooks leave for the background job that writes notes, in the order in which it happened.

One small file a hook, below `tokmeter-notes` in the repository's common folder, which goes with the last.
Whoever writes the only file starts the job. Two jobs take turns by a lock. os and nothing else at the top.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER = "tokmeter-notes"
PATIENCE = 60
"""Seconds after which a file that still lies there was left by a job that died."""


def put(common_dir: str, lines: Sequence[str], now_ns: int) -> bool:
    """Leave lines for the job; whether it has to be started. Raises OSError."""
    folder = os.path.join(common_dir, FOLDER)
    os.makedirs(folder, exist_ok=True)
    name = f"{now_ns:020d}-{os.getpid()}"
    try:
        _write(folder, name, lines)
    except FileNotFoundError:  # a job that ended just now took the folder away
        os.makedirs(folder, exist_ok=True)
        _write(folder, name, lines)
    oldest = _names(folder)[:1]
    return oldest in ([], [name]) or int(oldest[0][:20]) < now_ns - PATIENCE * 1_000_000_000


def work(common_dir: str, do: Callable[[list[list[str]]], None]) -> None:
    """Hand everything that lies there to `do`, until nothing does. One job at a time."""
    folder = os.path.join(common_dir, FOLDER)
    while _names(folder):
        with _Lock(common_dir):
            while names := _names(folder):
                do([_lines(os.path.join(folder, name)) for name in names])
                for name in names:
                    os.unlink(os.path.join(folder, name))
    try:
        os.rmdir(folder)
    except OSError:
        return  # somebody left something: his job is on its way


class _Lock:
    """A lock on a folder, held by one process; the system lets go of it if that dies."""

    def __init__(self, folder: str) -> None:
        self._descriptor = os.open(folder, os.O_RDONLY)

    def __enter__(self) -> None:
        try:
            import fcntl  # noqa: PLC0415 - not everywhere
        except ImportError:
            return
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


def _write(folder: str, name: str, lines: Sequence[str]) -> None:
    temporary = os.path.join(folder, f".{name}")
    with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("".join(f"{line}\n" for line in lines))
    os.replace(temporary, os.path.join(folder, name))


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name[0].isdigit())
    except OSError:
        return []


def _lines(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read().splitlines()
