"""Opening somebody else's SQLite file: only real columns of real tables can be read, nothing can be run.

A database is a program: views, triggers, generated columns, virtual tables and expressions in its schema
run when it is read. So the file is opened read-only, an authorizer refuses every other access, and a query
that takes too long is ended.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

LONGEST_CELL = 64 << 20
MOST_TABLES = 2_000
STEP = 1_000_000
MOST_STEPS = 40_000
"""Machine instructions of SQLite that all queries together may take, in units of STEP: some ten minutes."""

_ORDINARY = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)
_SCHEMA = frozenset({"type", "name", "sql", "rootpage"})
_FUNCTIONS = frozenset({
    "abs", "coalesce", "count", "hex", "ifnull", "instr", "json_extract", "json_type", "json_valid", "length",
    "lower", "max", "min", "nullif", "round", "substr", "sum", "total", "trim", "typeof", "upper",
})  # fmt: skip


class Database(NamedTuple):
    """An open database, and the columns of its real tables."""

    connection: sqlite3.Connection
    tables: Mapping[str, frozenset[str]]


@contextmanager
def open_database(path: Path) -> Iterator[Database]:
    """The database at `path`, guarded. Raises sqlite3.Error or OSError where it can't be opened.

    With a write-ahead log beside it both are copied to a private folder and opened there, as reading the log
    means writing. A rollback journal is never looked at: its header can name other files to be deleted.
    """
    real = path.resolve()
    log = real.with_name(real.name + "-wal")
    if not log.is_file() or not log.stat().st_size:
        with closing(_connect(real, "mode=ro&immutable=1")) as connection:
            yield _guarded(connection)
        return
    with tempfile.TemporaryDirectory(prefix="tokmeter-") as folder:
        copy = Path(folder) / "history.db"
        shutil.copyfile(real, copy)
        shutil.copyfile(log, copy.with_name("history.db-wal"))
        with closing(_connect(copy, "mode=rw")) as connection:
            yield _guarded(connection)


@contextmanager
def open_stream(stream: BinaryIO) -> Iterator[Database]:
    """A database that came packed or through a pipe, from a private copy."""
    with tempfile.TemporaryDirectory(prefix="tokmeter-") as folder:
        copy = Path(folder) / "history.db"
        with copy.open("wb") as target:
            shutil.copyfileobj(stream, target, 1 << 20)
        with closing(_connect(copy, "mode=ro&immutable=1")) as connection:
            yield _guarded(connection)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, isolation_level=None, timeout=1)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection


def _guarded(connection: sqlite3.Connection) -> Database:
    """Take away everything but reading; then look which tables there are."""
    for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON", "mmap_size = 0"):
        connection.execute(f"PRAGMA {pragma}")
    limits = {
        sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_CELL,
        sqlite3.SQLITE_LIMIT_ATTACHED: 0,
        sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
        sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
        sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 100,
    }
    for limit, value in limits.items():
        connection.setlimit(limit, value)
    steps = iter(range(MOST_STEPS))
    connection.set_progress_handler(lambda: next(steps, None) is None, STEP)
    connection.set_authorizer(_Authorizer({"sqlite_master": _SCHEMA, "sqlite_schema": _SCHEMA}))
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND rootpage > 0 LIMIT ?", (MOST_TABLES,)
    ).fetchall()
    real = [
        name for name, sql in rows if isinstance(name, str) and isinstance(sql, str) and _ORDINARY.match(sql)
    ]
    connection.set_authorizer(_Authorizer(dict.fromkeys(real, frozenset())))
    tables = {name: _columns(connection, name) for name in real}
    connection.set_authorizer(_Authorizer(tables))
    return Database(connection, tables)


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    """The stored columns of a table: `table_info` leaves out generated ones, which are programs."""
    quoted = table.replace('"', '""')
    return frozenset(row[1] for row in connection.execute(f'PRAGMA table_info("{quoted}")'))


class _Authorizer:
    """Which access is let through: SELECT of stored columns, plain functions, `PRAGMA table_info`.

    `inner` is the view or trigger an access comes from: nothing of theirs is. The column "" is a table read
    for its rows alone (`count(*)`). `table_info` of anything but a real table tells nothing, as if it were
    not there, so that a view in a table's place does not end the reading of the others.
    """

    def __init__(self, tables: Mapping[str, frozenset[str]]) -> None:
        self._allowed = {
            name.lower(): frozenset(column.lower() for column in columns) for name, columns in tables.items()
        }

    def __call__(
        self, action: int, one: str | None, two: str | None, _base: str | None, inner: str | None
    ) -> int:
        name = (one or "").lower()
        what = (two or "").lower()
        is_open = False
        if action == sqlite3.SQLITE_SELECT:
            is_open = True
        elif action == sqlite3.SQLITE_FUNCTION:
            is_open = what in _FUNCTIONS
        elif action == sqlite3.SQLITE_READ:
            is_open = name in self._allowed and (what in self._allowed[name] or what in {"", "rowid"})
        elif action == sqlite3.SQLITE_PRAGMA and name == "table_info":
            return sqlite3.SQLITE_OK if what in self._allowed else sqlite3.SQLITE_IGNORE
        return sqlite3.SQLITE_OK if is_open and inner is None else sqlite3.SQLITE_DENY
