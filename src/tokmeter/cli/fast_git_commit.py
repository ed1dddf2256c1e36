"""post-commit and post-rewrite: the summary, and what the job that writes notes has to know.

A hook reads the ledger as it stands. Where the logs of this worktree have grown a little since, they are read
first (0.15 s over a gigabyte of logs); where they have grown a lot, a background sync is started and the
figures carry `~`.
`TOKMETER_GIT_SYNC=0` keeps the hooks from reading logs.
"""

from __future__ import annotations

import sys

from tokmeter.config.quick_paths import ledger_file, state_folder
from tokmeter.integrations.background import own_command, start_detached, start_sync
from tokmeter.integrations.git.repository import (
    AMEND,
    is_carried,
    is_written,
    nested_roots,
    read_reflog,
    spellings,
)
from tokmeter.integrations.git.situation import Situation, amends, note_amends, take
from tokmeter.integrations.git.window import author_of, open_window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokmeter.integrations.git.repository import Move, Repository
    from tokmeter.metrics.query import Connection
    from tokmeter.metrics.window import ModelUse

MOST_UNREAD = 5_000_000
"""Bytes of new logs that are read while git waits."""

RECENT_MS = 24 * 3600 * 1000
FOREVER = 2**62


def post_commit(repository: Repository, switches: set[str], env: Mapping[str, str], now: float) -> None:
    """Say what was used while making the commit that has just been made; leave a note for the job."""
    situation = Situation(repository.git_dir)
    if situation.rebasing:
        return
    moves = read_reflog(repository, env=env)
    if not moves or not (is_written(moves[-1]) or is_carried(moves[-1])):
        return
    made = moves[-1]
    start = open_window(repository, env, amend=True)[0]
    author = None if made.action == AMEND else author_of(repository, made.new, env)
    end = ((author[0] if author else made.at) + 1) * 1000
    carried = bool(situation.picking) or is_carried(made)
    if "--notes" in switches:
        _leave_note(repository, made, moves, (start, end), situation.picking, env, now)
    if "--summary" in switches and not carried:
        _summarise(repository, made.new, (start, end), env, now)


def _summarise(
    repository: Repository, sha: str, window: tuple[int, int], env: Mapping[str, str], now: float
) -> None:
    look = Look(repository, env, now)
    uses = look.used(*window)
    if not uses or sys.stderr is None:
        return
    from tokmeter.integrations.git.summary import summary  # noqa: PLC0415 - only where there is something
    from tokmeter.integrations.prompt_line import read_line  # noqa: PLC0415 - the same

    line = read_line(state_folder(env))
    today = line.figures.get("today_cost", "") if line and now < line.stale_at else ""
    color = sys.stderr.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    encoding = (sys.stderr.encoding or "").lower()
    dots = "utf" in encoding and (not locale or "utf" in locale.lower())
    today = "".join(letter for letter in today if letter.isprintable())
    sys.stderr.write(
        summary(sha, uses, look.active_ms(*window), today, behind=look.behind, color=color, dots=dots)
    )
    sys.stderr.flush()


class Look:
    """The ledger as one hook sees it. `behind`: logs hold more than it has read."""

    def __init__(self, repository: Repository, env: Mapping[str, str], now: float) -> None:
        self.behind = False
        self._roots = spellings(repository.root)
        self._env = env
        self._now = int(now)
        self._connection = self._open()
        self._nested = self._find_nested()

    def used(self, start_ms: int, end_ms: int) -> list[ModelUse]:
        """What was used in this worktree, by model."""
        from tokmeter.metrics.window import used  # noqa: PLC0415 - only with a ledger

        if self._connection is None:
            return []
        return used(self._connection, self._roots, start_ms, end_ms, self._nested)

    def active_ms(self, start_ms: int, end_ms: int) -> int:
        """The time of work in it."""
        from tokmeter.metrics.window import active_ms, moments  # noqa: PLC0415 - only with a ledger

        if self._connection is None:
            return 0
        times = moments(self._connection, self._roots, start_ms, end_ms, self._nested)
        return active_ms([at for at, _ in times])

    def _find_nested(self) -> list[str]:
        """Repositories and worktrees inside this one: the longest root wins."""
        from tokmeter.metrics.window import folders  # noqa: PLC0415 - only with a ledger

        return nested_roots(folders(self._connection), self._roots) if self._connection else []

    def _open(self) -> Connection | None:
        """The ledger, brought up to date if that is little work."""
        from tokmeter.ledger.glance import glance  # noqa: PLC0415 - brings sqlite3

        path = ledger_file(self._env)
        connection = glance(path)
        if connection is None:
            start_sync(state_folder(self._env), self._now, self._env)
            return None
        unread = self._unread(connection)
        if not unread:
            return connection
        if unread <= MOST_UNREAD and self._env.get("TOKMETER_GIT_SYNC") != "0" and self._sync(path):
            connection.close()
            return glance(path)
        self.behind = True
        start_sync(state_folder(self._env), self._now, self._env)
        return connection

    def _unread(self, connection: Connection) -> int:
        from tokmeter.integrations.git.freshness import unread_bytes  # noqa: PLC0415 - only with a ledger
        from tokmeter.metrics.recent_logs import last_sync_ms, recent_logs  # noqa: PLC0415 - the same

        logs = recent_logs(connection, self._roots, self._now * 1000 - RECENT_MS)
        return unread_bytes(logs, last_sync_ms(connection))

    def _sync(self, path: str) -> bool:
        """Read what is new here and now; False if another process is at it, it is too much, or it failed.

        The logs of other projects are read with it, and they may have grown more than this worktree's.
        """
        from tokmeter.ledger.glance import is_being_written  # noqa: PLC0415 - only where there is something new

        if is_being_written(path):
            return False
        try:
            from tokmeter.cli.context import Context  # noqa: PLC0415 - heavy; see above
            from tokmeter.cli.options import Switches  # noqa: PLC0415 - the same

            done = Context(Switches(quiet=True), self._env).sync(most_bytes=MOST_UNREAD)
        except Exception:
            if self._env.get("TOKMETER_DEBUG"):
                raise
            return False
        return not done.bytes_left


# -- notes


def _leave_note(
    repository: Repository,
    made: Move,
    moves: Sequence[Move],
    window: tuple[int, int],
    picking: str,
    env: Mapping[str, str],
    now: float,
) -> None:
    """Leave for the job what the note of the new commit is made of (see cli/git_notes.py for the words)."""
    start, end = window
    kind, shas = take(repository, made.old)
    if picking and not shas:
        kind, shas = "picked", [picking]
    if kind == "picked":
        lines = [f"copy {made.new} {shas[0]}"]
    elif made.action == AMEND:
        since = next((move.at for move in reversed(moves[:-1]) if move.new == made.old), made.at)
        lines = [f"note {made.new} {start} {end} {(since + 1) * 1000} {made.old}"]
    else:
        lines = [f"note {made.new} {start} {end} {start} {' '.join(shas)}".rstrip()]
    _queue(repository, lines, env, now)


def post_rewrite(repository: Repository, what: str, env: Mapping[str, str], now: float) -> None:
    """Leave for the job which commits became which. An amend was served by post-commit already."""
    pairs = [line.split()[:2] for line in sys.stdin.read().splitlines()] if sys.stdin else []
    if what != "rebase":
        if Situation(repository.git_dir).rebasing:
            note_amends(repository, pairs)
        return
    # A commit that the rebase took as it was, and that was amended in it, is missing from git's list.
    later = amends(repository)
    known = {sha for pair in pairs for sha in pair}
    pairs += [[old, new] for old, new in later.items() if old not in known]
    sources: dict[str, list[str]] = {}
    for pair in pairs:
        if len(pair) == 2:
            sources.setdefault(later.get(pair[1], pair[1]), []).append(pair[0])
    lines = [f"move {new} {' '.join(olds)}" for new, olds in sources.items() if olds != [new]]
    if lines:
        _queue(repository, lines, env, now)


def _queue(repository: Repository, lines: list[str], env: Mapping[str, str], now: float) -> None:
    from tokmeter.integrations.git.queue import put  # noqa: PLC0415 - only with notes

    if put(repository.common_dir, [f"root {repository.root}", *lines], int(now * 1e9)):
        start_detached((*own_command(), "git", "hook", "notes-job", repository.common_dir), env)
