"""`tokmeter notify`: what an assistant's hook calls after each turn. Asks for a sync and returns at once."""

from __future__ import annotations

import os

from tokmeter.config.quick_paths import state_folder
from tokmeter.integrations.background import mark_soon, start_sync
from tokmeter.integrations.prompt_line import read_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FRESH_FOR = 10
"""Seconds for which figures are new enough: turns end in quick succession. The mark is left all the same."""

THEN, END = "--then", "--"


def serve_notify(rest: Sequence[str], env: Mapping[str, str], now: int) -> int:
    """Mark that a sync is wanted, start one unless one runs or the figures are new; print nothing; always 0.

    `rest` is `claude-code`, or `codex [--then CMD ARGS… --] JSON`. Nothing is read from stdin.
    """
    try:
        state = state_folder(env)
        mark_soon(state)
        line = read_line(state)
        if line is None or not 0 <= now - line.taken_at <= FRESH_FOR:
            start_sync(state, now, env)
    except (OSError, ValueError, RuntimeError):
        pass  # no such home, a folder that cannot be written: the next report reads the logs anyway
    earlier = earlier_program(rest)
    if earlier:
        _become(earlier)
    return 0


def earlier_program(rest: Sequence[str]) -> list[str]:
    """The program that was called before ours, with what Codex appends: its JSON, as the last argument."""
    if rest[:2] != ["codex", THEN]:
        return []
    given = list(rest[2:])
    at = next((n for n in (len(given) - 2, len(given) - 1) if n >= 0 and given[n] == END), None)
    if at is None or at == 0:
        return []
    return given[:at] + given[at + 1 :]


def _become(command: list[str]) -> None:
    """Turn this process into `command`: folder, streams, environment, parent as if called directly."""
    if hasattr(os, "posix_spawn"):
        import _signal  # type: ignore[import-not-found]  # noqa: PLC0415 - built in; signal imports enum

        # Python ignores SIGPIPE and an exec would pass that on.
        _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the user's own program, as configured
    except OSError:
        return  # it is gone, or cannot be run: Codex would not have run it either
