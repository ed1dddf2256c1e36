"""Calling git from a hook, without the subprocess module: it takes longer to import than Python to start."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FAILED_TO_START = 127


def git(
    arguments: Sequence[str], env: Mapping[str, str], *, data: bytes = b"", cwd: str = ""
) -> tuple[int, bytes]:
    """(exit status, stdout) of `git ARGUMENTS`; stderr goes nowhere. 127 if git cannot be started."""
    command = ["git", *(("-C", cwd) if cwd else ()), *arguments]
    if not hasattr(os, "posix_spawnp"):
        return _by_subprocess(command, env, data)
    out_read, out_write = os.pipe()
    in_read, in_write = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    actions = [
        (os.POSIX_SPAWN_DUP2, in_read, 0),
        (os.POSIX_SPAWN_DUP2, out_write, 1),
        (os.POSIX_SPAWN_DUP2, null, 2),
    ]
    try:
        child = os.posix_spawnp("git", command, dict(env), file_actions=actions)
    except OSError:
        os.close(in_write)
        os.close(out_read)
        return FAILED_TO_START, b""
    finally:
        for descriptor in (out_write, in_read, null):
            os.close(descriptor)
    _write(in_write, data)
    parts = []
    while part := os.read(out_read, 65_536):
        parts.append(part)
    os.close(out_read)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), b"".join(parts)


def _write(descriptor: int, data: bytes) -> None:
    """Everything to git's stdin. What we send is small (commit ids, a trailer), below a pipe's buffer."""
    try:
        os.write(descriptor, data)
    except BrokenPipeError:  # git did not want it
        return
    finally:
        os.close(descriptor)


def _by_subprocess(command: Sequence[str], env: Mapping[str, str], data: bytes) -> tuple[int, bytes]:
    import subprocess  # noqa: PLC0415 - see above

    try:
        done = subprocess.run(command, input=data, env=dict(env), capture_output=True, check=False)  # noqa: S603 - git
    except OSError:
        return FAILED_TO_START, b""
    return done.returncode, done.stdout
