"""The laws of reading, over histories of several formats: once, in any order, in any pieces, torn or whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from histories_home import FILES, NOW_MS, synced

from support.books import entry_rows, event_rows
from tokmeter.ingest.importing import import_paths
from tokmeter.ingest.sync import PriceSettings
from tokmeter.ledger.store import Ledger

LINES = [name for name in FILES if name.endswith(".jsonl")]


def books(ledger: Ledger) -> tuple[object, ...]:
    """All that must not depend on how it was read."""
    statements = ledger.connection.execute(
        "SELECT key, amount_nano, requests, output_tokens FROM statement ORDER BY key"
    ).fetchall()
    return entry_rows(ledger), event_rows(ledger), statements


def write(folder: Path, name: str, content: bytes) -> None:
    """A file with the same time whenever it is written: that of records that have none."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    os.utime(folder / name, (1_770_200_000, 1_770_200_000))


def whole(tmp_path: Path, *names: str) -> tuple[object, ...]:
    """The books of these files, each read once as it is."""
    folder = tmp_path / "whole"
    for name in names:
        write(folder, name, FILES[name])
    ledger = Ledger.in_memory()
    synced(ledger, folder)
    found = books(ledger)
    ledger.close()
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_file_gives_something(tmp_path: Path, name: str) -> None:
    entries, _, statements = whole(tmp_path, name)

    assert entries or statements


def test_a_second_sync_changes_nothing_nor_does_one_that_reads_again(tmp_path: Path) -> None:
    expected = whole(tmp_path, *FILES)
    ledger = Ledger.in_memory()
    synced(ledger, tmp_path / "whole")
    again = synced(ledger, tmp_path / "whole")
    verified = synced(ledger, tmp_path / "whole", verify=True)

    assert (0, 0, 0, 0) == (
        again.entries_new, again.entries_changed, verified.entries_new, verified.entries_changed,
    )  # fmt: skip
    assert expected == books(ledger)


@pytest.mark.parametrize("first", range(len(FILES)))
def test_files_that_appear_one_by_one_in_any_order_end_in_the_same_books(tmp_path: Path, first: int) -> None:
    expected = whole(tmp_path, *FILES)
    names = list(FILES)
    ledger = Ledger.in_memory()
    for name in [*names[first:], *reversed(names[:first])]:
        write(tmp_path / "one by one", name, FILES[name])
        synced(ledger, tmp_path / "one by one")

    assert expected == books(ledger)


@pytest.mark.parametrize("name", LINES)
def test_a_log_that_grows_is_the_same_wherever_it_was_cut(tmp_path: Path, name: str) -> None:
    """Behind every line and in the midst of every line; the rest comes with the next sync."""
    content = FILES[name]
    expected = whole(tmp_path, name)
    ends = [at + 1 for at, byte in enumerate(content) if byte == 10]
    cuts = {*ends, *(end - 7 for end in ends), *(end - 1 for end in ends)}
    for cut in sorted(cuts):
        folder = tmp_path / str(cut)
        ledger = Ledger.in_memory()
        for part in (content[:cut], content):
            write(folder, name, part)
            synced(ledger, folder)
        found = books(ledger)
        ledger.close()

        assert expected == found, f"cut at {cut}"


@pytest.mark.parametrize("name", LINES)
def test_a_log_that_grows_line_by_line_is_the_same(tmp_path: Path, name: str) -> None:
    expected = whole(tmp_path, name)
    ledger = Ledger.in_memory()
    lines = FILES[name].splitlines(keepends=True)
    for count in range(len(lines) + 1):
        write(tmp_path / "grows", name, b"".join(lines[:count]))
        synced(ledger, tmp_path / "grows")

    assert expected == books(ledger)


@pytest.mark.parametrize("name", LINES)
def test_a_last_line_without_its_end_counts_when_it_is_whole(tmp_path: Path, name: str) -> None:
    expected = whole(tmp_path, name)
    write(tmp_path / "torn", name, FILES[name].rstrip(b"\n"))
    ledger = Ledger.in_memory()
    synced(ledger, tmp_path / "torn")

    assert expected == books(ledger)


@pytest.mark.parametrize("name", LINES)
def test_blank_lines_a_byte_order_mark_and_line_ends_of_windows_change_nothing(
    tmp_path: Path, name: str
) -> None:
    expected = whole(tmp_path, name)
    spelled = b"\xef\xbb\xbf" + FILES[name].replace(b"\n", b"\r\n\r\n")
    write(tmp_path / "spelled", name, spelled)
    ledger = Ledger.in_memory()
    synced(ledger, tmp_path / "spelled")

    assert expected == books(ledger)


@pytest.mark.parametrize("name", FILES)
def test_an_import_gives_what_watching_gives_and_both_together_nothing_more(
    tmp_path: Path, name: str
) -> None:
    expected = whole(tmp_path, name)
    ledger = Ledger.in_memory()
    for _ in range(2):
        import_paths(ledger, [tmp_path / "whole" / name], now_ms=NOW_MS, prices=PriceSettings())
    imported = books(ledger)
    synced(ledger, tmp_path / "whole")

    assert expected == imported
    assert expected == books(ledger)
