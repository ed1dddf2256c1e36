"""The ledger opened for a short look: read-only, without waiting, without migrating, silent about faults.

For git hooks, which must neither fail nor take long: `_sqlite3` is what the module sqlite3 wraps, and without
the wrapper (it imports datetime and collections) a hook starts a fifth faster.
"""

from __future__ import annotations

try:
    import _sqlite3 as sqlite3
except ImportError:  # another Python than CPython
    import sqlite3  # type: ignore[no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sqlite3 import Connection

SCHEMA = 3
"""SCHEMA_VERSION of ledger/schema.py, repeated because that module loads typing; a test holds them equal."""


def glance(path: str) -> Connection | None:
    """The ledger at `path`; None where there is none, it is locked, or it is not one of this version."""
    quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        connection = sqlite3.connect(f"file:{quoted}?mode=ro", uri=True, isolation_level=None, timeout=0)
    except sqlite3.Error:
        return None
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
            connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone()
            return connection
    except sqlite3.Error:
        pass
    connection.close()
    return None


def is_being_written(path: str) -> bool:
    """Whether another process holds the write lock at this moment, or writing is impossible."""
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=0)
    except sqlite3.Error:
        return True
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.Error:
        return True
    finally:
        connection.close()
    return False
