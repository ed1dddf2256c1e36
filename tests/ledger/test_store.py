"""Opening a ledger: private, safe beside others, and plain words when it cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from support.books import entry, entry_rows, post
from tokmeter.core.errors import LedgerBusyError, LedgerError, LedgerReadOnlyError
from tokmeter.ledger.schema import SCHEMA_VERSION
from tokmeter.ledger.store import Ledger


def test_a_new_ledger_is_private_and_current(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ledger.db"
    ledger = Ledger.open(path)
    version = ledger.connection.execute("PRAGMA user_version").fetchone()[0]
    mode = ledger.connection.execute("PRAGMA journal_mode").fetchone()[0]
    ledger.close()

    assert (SCHEMA_VERSION, "wal") == (version, mode)
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert 0o700 == stat.S_IMODE(path.parent.stat().st_mode)


def test_an_entry_is_still_there_after_opening_again(tmp_path: Path) -> None:
    first = Ledger.open(tmp_path / "ledger.db")
    post(first, [entry("m:a")])
    rows = entry_rows(first)
    first.close()
    again = Ledger.open(tmp_path / "ledger.db")

    assert rows == entry_rows(again)
    again.close()


def test_a_newer_ledger_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger.open(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="newer tokmeter") as caught:
        Ledger.open(path)

    assert "Upgrade" in caught.value.hint
    assert before == path.read_bytes()


def test_a_file_that_is_no_ledger_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"not a database, but long enough to be read as one" * 100)
    with pytest.raises(LedgerError, match="damaged") as caught:
        Ledger.open(path)

    assert "tokmeter sync" in caught.value.hint


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    first, second = Ledger.open(path), Ledger.open(path)
    with first.transaction(), pytest.raises(LedgerBusyError, match="Another tokmeter"):  # noqa: SIM117
        with second.transaction(wait_ms=50):
            pass
    first.close()
    second.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anything")
def test_a_read_only_folder_can_still_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    ledger = Ledger.open(folder / "ledger.db")
    post(ledger, [entry("m:a")])
    ledger.close()
    (folder / "ledger.db").chmod(0o400)
    folder.chmod(0o500)
    frozen = Ledger.open(folder / "ledger.db")

    assert ["m:a"] == [row["key"] for row in entry_rows(frozen)]
    with pytest.raises(LedgerReadOnlyError), frozen.transaction():
        frozen.set_meta("x", "1")
    frozen.close()
    folder.chmod(0o700)


def test_a_full_disk_rolls_back_and_says_so(tmp_path: Path) -> None:
    """SQLite's page limit stands in for the disk's: the error is the same one."""
    ledger = Ledger.open(tmp_path / "ledger.db")
    post(ledger, [entry("m:a")])
    before = entry_rows(ledger)
    pages = ledger.connection.execute("PRAGMA page_count").fetchone()[0]
    ledger.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerReadOnlyError, match="full") as caught:
        post(ledger, [entry(f"m:{number}") for number in range(5000)])

    assert "Make room" in caught.value.hint
    assert before == entry_rows(ledger)
    ledger.close()


def test_a_copy_in_memory_takes_what_the_file_cannot(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db")
    post(ledger, [entry("m:a")])
    copy = ledger.copy_in_memory()
    post(copy, [entry("m:b")])

    assert ["m:a", "m:b"] == [row["key"] for row in entry_rows(copy)]
    assert ["m:a"] == [row["key"] for row in entry_rows(ledger)]
    copy.close()
    ledger.close()


def test_an_older_ledger_that_cannot_be_written_is_read_as_a_copy(tmp_path: Path) -> None:
    """Its schema has to be brought up to date before it can be asked, which is done to the copy."""
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(path)
    with ledger.transaction():
        ledger.set_meta("last_sync_ms", "7")
    ledger.close()
    raw = sqlite3.connect(path)
    for table in (
        "measured",
        "tool",
        "file_path",
        "context_piece",
        "visible_output",
        "cut_output",
        "calibration",
    ):
        raw.execute(f"DROP TABLE {table}")
    raw.execute("ALTER TABLE call DROP COLUMN count_error")
    raw.execute("DELETE FROM _sqlite_migrations WHERE name = 'm003_measures'")
    raw.execute("PRAGMA user_version = 2")
    raw.commit()
    raw.execute("PRAGMA journal_mode = DELETE")
    raw.close()

    copy = Ledger.read_into_memory(path)

    assert "7" == copy.meta("last_sync_ms")
    assert 0 == copy.connection.execute("SELECT count(*) FROM visible_output").fetchone()[0]
    assert 2 == sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0]


def test_where_there_is_no_ledger_the_copy_is_empty(tmp_path: Path) -> None:
    assert Ledger.read_into_memory(tmp_path / "none.db").meta("last_sync_ms") is None
