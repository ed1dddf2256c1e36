"""The logs that matter to one worktree just now, as the ledger last saw them. One small SELECT each."""

from __future__ import annotations

from tokmeter.metrics.window import _places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from sqlite3 import Connection

LATEST_ENTRIES = 400
MOST_LOGS = 12


class SeenLog:
    """A log as it was when it was read."""

    __slots__ = ("mtime_ns", "path", "size")

    def __init__(self, row: tuple[str, int, int]) -> None:
        self.path, self.size, self.mtime_ns = row


def recent_logs(connection: Connection, roots: Sequence[str], since_ms: int) -> list[SeenLog]:
    """The logs behind the latest entries inside `roots` since an instant; else the latest logs of all.

    The latter tell in which folders a new session would begin. Files that were imported once (without a time
    of their own) are no logs that grow.
    """
    chosen, paths = _places(roots, ())
    rows = connection.execute(
        f"""SELECT f.path, f.size, f.mtime_ns FROM log_file f WHERE f.id IN (
    SELECT file_id FROM (
        SELECT e.file_id AS file_id FROM entry e INDEXED BY entry_ts
        WHERE e.ts >= ? AND +e.origin_id IN ({chosen}) ORDER BY e.ts DESC LIMIT {LATEST_ENTRIES:d}
    )
) AND f.mtime_ns > 0 ORDER BY f.mtime_ns DESC LIMIT {MOST_LOGS:d}""",
        [since_ms, *paths],
    ).fetchall()
    latest = connection.execute(
        """SELECT path, size, mtime_ns FROM log_file WHERE id IN (
    SELECT file_id FROM (SELECT file_id FROM entry ORDER BY ts DESC LIMIT 50)
) AND mtime_ns > 0 ORDER BY mtime_ns DESC LIMIT 4"""
    ).fetchall()
    return [SeenLog(row) for row in dict.fromkeys([*rows, *latest])]


def last_sync_ms(connection: Connection) -> int:
    """When the logs were last looked at, 0 if never."""
    row = connection.execute("SELECT value FROM meta WHERE name = 'last_sync_ms'").fetchone()
    return int(row[0]) if row else 0
