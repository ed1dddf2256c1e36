"""At most one background sync at a time, and a mark that says one is wanted soon.

Whoever wants a sync creates `sync.lock` exclusively, writes the epoch second into it, and starts
`tokmeter sync --quiet --background`, which removes the lock when it succeeded. A failed or killed sync leaves
it, so that nobody tries again for `DEAD_AFTER` seconds. Shell snippets do the same with their own builtins.
This module is on the fast path: os and nothing else.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOCK = "sync.lock"
SOON = "sync-soon"
DEAD_AFTER = 600
"""Seconds after which a lock that is still there belongs to a sync that failed."""


def wants_sync(state: str, refresh_at: int, now: int) -> bool:
    """Whether the figures are due for a new look: by age, or because somebody marked them."""
    return now >= refresh_at or os.path.exists(os.path.join(state, SOON))


def mark_soon(state: str) -> None:
    """Ask for a sync at the next opportunity. Raises OSError where the folder cannot be written."""
    os.makedirs(state, mode=0o700, exist_ok=True)
    os.close(os.open(os.path.join(state, SOON), os.O_CREAT | os.O_WRONLY, 0o600))


def forget_mark(state: str) -> None:
    """Called by a sync before it looks: what is marked from now on is for the next one."""
    _remove(os.path.join(state, SOON))


def take_lock(state: str, now: int) -> bool:
    """Become the one who syncs; False if somebody else is, or failed less than DEAD_AFTER seconds ago."""
    lock = os.path.join(state, LOCK)
    if _create(lock, now):
        return True
    try:
        with open(lock, encoding="utf-8") as file:
            since = int(file.read(20) or 0)
        since = since or int(os.stat(lock).st_mtime)
    except (OSError, ValueError):
        return False
    # Two who find the same dead lock race for a name that carries its age; only one can make it.
    if 0 <= now - since < DEAD_AFTER or not _create(f"{lock}.{since}", now):
        return False
    with open(lock, "w", encoding="utf-8") as file:
        file.write(f"{now}\n")
    return True


def release_lock(state: str) -> None:
    """Let others sync again."""
    _remove(os.path.join(state, LOCK))
    forget_claims(state)


def forget_claims(state: str) -> None:
    """Remove the names that were raced for.

    A sync that fails keeps its lock alone: else one more would stay behind with every try.
    """
    try:
        names = os.listdir(state)
    except OSError:
        return
    for name in names:
        if name.startswith(f"{LOCK}."):
            _remove(os.path.join(state, name))


def start_sync(state: str, now: int, env: Mapping[str, str]) -> bool:
    """Start one background sync unless one runs; whether it was started. Never raises, never waits."""
    try:
        os.makedirs(state, mode=0o700, exist_ok=True)
        if not take_lock(state, now):
            return False
        return start_detached((*own_command(), "sync", "--quiet", "--background"), env)
    except OSError:
        return False


def own_command() -> tuple[str, ...]:
    """How to start this very program again. `-P`: whatever lies in the present folder is not imported."""
    return (sys.executable, "-P", "-m", "tokmeter")


def start_detached(command: Sequence[str], env: Mapping[str, str]) -> bool:
    """Start a program in a session of its own, with nothing to read and nowhere to write. Raises OSError."""
    if not hasattr(os, "posix_spawn"):
        import subprocess  # noqa: PLC0415 - costs more than Python's start; only where there is no posix_spawn

        null = subprocess.DEVNULL
        subprocess.Popen(command, stdin=null, stdout=null, stderr=null, start_new_session=True)  # noqa: S603 - a command of ours
        return True
    null = os.open(os.devnull, os.O_RDWR)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, null, descriptor) for descriptor in (0, 1, 2)]
        os.posix_spawn(command[0], list(command), dict(env), file_actions=actions, setsid=True)
    finally:
        os.close(null)
    return True


def _create(path: str, now: int) -> bool:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    os.write(descriptor, f"{now}\n".encode())
    os.close(descriptor)
    return True


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
