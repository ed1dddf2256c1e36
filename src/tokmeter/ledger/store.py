"""The ledger file: opening, locking, transactions, and what to say when one of them fails."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokmeter.core.errors import LedgerBusyError, LedgerError, LedgerReadOnlyError
from tokmeter.ledger.schema import SCHEMA_VERSION

CACHE_KIB = 8_192
"""Pages kept in memory: enough that one transaction of a first sync is written once."""

BUSY_MS = 5_000
"""How long a writer waits for another one."""


class Ledger:
    """An open ledger. Safe beside other processes: every write is a transaction, and readers never wait."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Ledger:
        """The ledger at `path`, made or migrated if need be. Raises a `LedgerError` with the next step."""
        try:
            _make_private(path)
        except OSError as error:
            if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where a folder can't be entered
                raise LedgerReadOnlyError(
                    f"The ledger cannot be created at {path}: {error.strerror}.",
                    "Choose another place with TOKMETER_LEDGER or TOKMETER_HOME.",
                ) from error
        with translated(path):
            connection = _connect(path)
            try:
                _check_version(connection, path)
            except BaseException:
                connection.close()
                raise
            return cls(connection, path)

    @classmethod
    def read_into_memory(cls, path: Path) -> Ledger:
        """The books at `path`, migrated in memory, as the file cannot be; empty where none can be read."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        try:
            frozen = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
            try:
                frozen.backup(connection)
            finally:
                frozen.close()
            _check_version(_prepared(connection), path)
        except (sqlite3.Error, LedgerError):  # a folder, or what a full disk has left of a new file
            connection.close()
            return cls.in_memory()
        return cls(connection, None)

    @classmethod
    def in_memory(cls) -> Ledger:
        """An empty ledger that is gone when the process ends."""
        connection = _prepared(sqlite3.connect(":memory:", isolation_level=None))
        _migrate(connection)
        return cls(connection, None)

    def copy_in_memory(self) -> Ledger:
        """The same books in memory: to go on counting when the file cannot be written."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        with translated(self.path):
            self.connection.backup(connection)
        return Ledger(_prepared(connection), None)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextmanager
    def transaction(self, wait_ms: int = BUSY_MS) -> Iterator[sqlite3.Connection]:
        """All or nothing. Takes the write lock at once, waiting up to `wait_ms` for another writer."""
        self.begin(wait_ms)
        try:
            with translated(self.path):
                yield self.connection
            self.commit()
        except BaseException:
            self.rollback()
            raise

    def begin(self, wait_ms: int = BUSY_MS) -> None:
        """Take the write lock, for a transaction that outlives one block."""
        with translated(self.path):
            self.connection.execute(f"PRAGMA busy_timeout = {wait_ms:d}")
            self.connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Keep what the transaction wrote."""
        with translated(self.path):
            self.connection.execute("COMMIT")

    def rollback(self) -> None:
        """Forget what the transaction wrote, if it is still open: some errors have ended it already."""
        if self.connection.in_transaction:
            with translated(self.path):
                self.connection.execute("ROLLBACK")

    def meta(self, name: str) -> str | None:
        """A remembered value, such as `last_sync_ms`."""
        with translated(self.path):
            row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Remember a value. Call inside a transaction."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def check(self) -> str:
        """`ok`, or what SQLite finds wrong with the file."""
        with translated(self.path):
            row = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        return str(row[0])


def _make_private(path: Path) -> None:
    """Folder 0700 and file 0600, made only if missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    elif os.access(path, os.W_OK):
        _make_side_files_writable(path)


def _make_side_files_writable(path: Path) -> None:
    """SQLite gives its side files the mode of the ledger: those made while it was read-only stay so."""
    for suffix in ("-wal", "-shm"):
        side = f"{path}{suffix}"
        if os.access(side, os.F_OK) and not os.access(side, os.W_OK):
            os.chmod(side, 0o600)  # noqa: PTH101 - one Path less on every start


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    try:
        return _prepared(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        if not _is_read_only(error):
            raise
        # A read-only folder cannot hold the write-ahead log's side files: read the file as it stands.
        frozen = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None)
        frozen.execute("PRAGMA schema_version")
        return frozen


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    version = _version(connection)
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise LedgerError(
            f"The ledger at {path} was written by a newer tokmeter (schema {version}, this one knows "
            f"{SCHEMA_VERSION}).",
            "Upgrade tokmeter, or point TOKMETER_LEDGER at another file.",
        )
    if version == 0 and _is_foreign(connection):
        raise LedgerError(
            f"The file {path} is a database of another program.",
            "Point TOKMETER_LEDGER or TOKMETER_HOME at another place.",
        )
    _migrate_beside_others(connection)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _is_foreign(connection: sqlite3.Connection) -> bool:
    """Whether a database without a version of ours holds tables all the same."""
    tables = connection.execute(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '*sqlite*'"
    ).fetchone()[0]
    return tables > 0 and _version(connection) == 0  # asked again: another process may have migrated it


def _migrate_beside_others(connection: sqlite3.Connection) -> None:
    """Migrate, or let another process that began first do it (SQLite itself does not wait in this case)."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            _migrate(connection)
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if time.monotonic() > deadline or _is_read_only(error) or "full" in str(error):
                raise
            time.sleep(0.02)
        if _version(connection) == SCHEMA_VERSION:
            return


def _migrate(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database  # noqa: PLC0415 - costs 0.1 s; needed once per schema

    from tokmeter.ledger.schema import migrate  # noqa: PLC0415

    migrate(Database(connection))


def _is_read_only(error: sqlite3.Error) -> bool:
    text = str(error)
    return "readonly" in text or "unable to open database file" in text


@contextmanager
def translated(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors into sentences with a next step."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        fault = explained(error, path)
        if fault is None:
            raise
        raise fault from error


def explained(error: BaseException, path: Path | None) -> LedgerError | None:
    """What to say about an error of SQLite over the ledger at `path`; None if it is a bug of ours.

    A damaged page is met by whichever query reads it first, so the command line asks here as well.
    """
    text = str(error)
    if isinstance(error, sqlite3.OperationalError):
        if "locked" in text or "busy" in text:
            return LedgerBusyError(
                "Another tokmeter is writing the ledger.", "Try again in a moment, or add --no-sync."
            )
        if _is_read_only(error) or "full" in text or "disk I/O" in text:
            return LedgerReadOnlyError(
                f"The ledger at {path} cannot be written: {text}.",
                "Make room or fix the permissions, then: tokmeter sync",
            )
        return LedgerError(f"The ledger at {path} failed: {text}.", "Check it with: tokmeter doctor")
    if type(error) is not sqlite3.DatabaseError:
        return None  # a broken constraint or a wrong number of parameters
    return LedgerError(
        f"The ledger at {path} is damaged: {text}.",
        f"Move it away (mv '{path}' '{path}.damaged'), then rebuild it from the logs still on disk: "
        "tokmeter sync",
    )
