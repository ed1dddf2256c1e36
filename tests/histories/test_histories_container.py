"""Containers: whatever a history is packed in and however it is laid out, its records come out the same."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tokmeter.histories._container import CONVERT_MITMPROXY, open_history
from tokmeter.histories._json import decode
from tokmeter.histories._record import Remark

RECORDS = [{"n": 1, "text": 'one {brace [and } \\"quoted"'}, {"n": 2, "text": "zwei\nLinien €"}, {"n": 3}]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()
PRETTY = [json.dumps(record, indent=2, ensure_ascii=False).encode() for record in RECORDS]


def pieces(source: Path | io.BytesIO, **options: Any) -> list[tuple[str, str, list[tuple[int, Any]]]]:
    """(name, kind, records) of every piece, lines decoded."""
    found = []
    for piece in open_history(source, **options):
        records = [
            (line, decode(value, line) if isinstance(value, bytes) else value)
            for line, value in piece.records
        ]
        found.append((piece.place.name, piece.kind, records))
    return found


def remarks(found: list[tuple[str, str, list[tuple[int, Any]]]]) -> list[tuple[str, str]]:
    return [
        (value.reason, value.detail)
        for _, _, records in found
        for _, value in records
        if isinstance(value, Remark)
    ]


def zipped(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


LAYOUTS: dict[str, tuple[bytes, str, list[int]]] = {
    "lines": (LINES, "json-lines", [1, 2, 3]),
    "lines without a last newline": (LINES.rstrip(), "json-lines", [1, 2, 3]),
    "lines with CRLF": (LINES.replace(b"\n", b"\r\n"), "json-lines", [1, 2, 3]),
    "lines with blank ones between": (LINES.replace(b"\n", b"\n\n"), "json-lines", [1, 3, 5]),
    "lines with a BOM": (b"\xef\xbb\xbf" + LINES, "json-lines", [1, 2, 3]),
    "lines in UTF-16": (LINES.decode().encode("utf-16"), "json-lines", [1, 2, 3]),
    "lines in big-endian UTF-16": (b"\xfe\xff" + LINES.decode().encode("utf-16-be"), "json-lines", [1, 2, 3]),
    "lines in UTF-32": (LINES.decode().encode("utf-32"), "json-lines", [1, 2, 3]),
    "lines ending in commas": (LINES.replace(b"}\n", b"},\n"), "json-lines", [1, 2, 3]),
    "records after a record separator": (
        b"".join(b"\x1e" + line + b"\n" for line in LINES.splitlines()),
        "json-lines",
        [1, 2, 3],
    ),
    "lines after NUL bytes of a crash": (b"\0" * 100 + b"\n" + LINES, "json-lines", [2, 3, 4]),
    "an array on one line": (json.dumps(RECORDS).encode(), "json-records", [1, 1, 1]),
    "an array, one object a line": (
        b"[\n" + b",\n".join(LINES.splitlines()) + b"\n]\n",
        "json-records",
        [2, 3, 4],
    ),
    "an array whose bracket shares the first line": (
        b"[" + b",\n".join(LINES.splitlines()) + b"]",
        "json-records",
        [1, 2, 3],
    ),
    "a pretty array": (json.dumps(RECORDS, indent=1).encode(), "json-records", [2, 6, 10]),
    # Every pretty object of two members takes 4 lines, so they begin in lines 1, 5 and 9.
    "pretty objects one after another": (b"\n".join(PRETTY), "json-records", [1, 5, 9]),
    "pretty objects with commas between": (b",\n".join(PRETTY), "json-records", [1, 5, 9]),
    "pretty objects without anything between": (b"".join(PRETTY), "json-records", [1, 4, 7]),
    "objects on one line": (LINES.replace(b"\n", b" "), "json-records", [1, 1, 1]),
    "several arrays": (
        json.dumps(RECORDS[:2]).encode() + b"\n\n" + json.dumps(RECORDS[2:], indent=1).encode(),
        "json-records",
        [1, 1, 4],
    ),
    "events of a stream": (
        b": OPENROUTER PROCESSING\n\n"
        + b"".join(b"event: x\ndata: " + line + b"\n\n" for line in LINES.splitlines())
        + b"data: [DONE]\n\n",
        "sse",
        [4, 7, 10],
    ),
    "events with CRLF and no blank lines": (
        b"".join(b"data:" + line + b"\r\n" for line in LINES.splitlines()),
        "sse",
        [1, 2, 3],
    ),
    "an event of several data lines": (
        b"".join(
            b"".join(b"data: " + line + b"\n" for line in pretty.splitlines()) + b"\n" for pretty in PRETTY
        ),
        "sse",
        [1, 6, 11],
    ),
}


@pytest.mark.parametrize(("data", "kind", "lines"), LAYOUTS.values(), ids=LAYOUTS)
def test_records_come_out_whole_with_the_line_they_begin_in(
    tmp_path: Path, data: bytes, kind: str, lines: list[int]
) -> None:
    path = tmp_path / "log"
    path.write_bytes(data)

    expected = [("log", kind, list(zip(lines, RECORDS, strict=True)))]

    assert expected == pieces(path)
    assert expected == pieces(io.BytesIO(data), name="/some/folder/log")


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "two gzip members": lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:]) + b"\0" * 512,
    "zstd": zstd,
    "two zstd frames": lambda data: zstd(data[:50]) + zstd(data[50:]),
    "zstd in gzip": lambda data: gzip.compress(zstd(data)),
    "zip": lambda data: zipped({"calls.jsonl": data}),
    "zip in gzip": lambda data: gzip.compress(zipped({"calls.jsonl": data})),
    "gzip in zip": lambda data: zipped({"calls.jsonl.gz": gzip.compress(data)}),
}


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
@pytest.mark.parametrize("layout", ["lines", "a pretty array", "events of a stream", "lines in UTF-16"])
def test_packing_changes_nothing_but_the_bytes(
    tmp_path: Path, pack: Callable[[bytes], bytes], layout: str
) -> None:
    data, kind, lines = LAYOUTS[layout]
    path = tmp_path / "calls.jsonl"
    path.write_bytes(pack(data))

    expected = [("calls.jsonl", kind, list(zip(lines, RECORDS, strict=True)))]

    assert expected == pieces(path)
    assert expected == pieces(io.BytesIO(pack(data)), name="calls.jsonl")


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".GZ"])
def test_packing_is_no_part_of_a_name(tmp_path: Path, suffix: str) -> None:
    """Batch results are known by their file's name: the same file packed later must not count again."""
    path = tmp_path / f"batch_output.jsonl{suffix}"
    path.write_bytes(zstd(LINES) if suffix == ".zst" else gzip.compress(LINES))

    assert ["batch_output.jsonl"] == [name for name, _, _ in pieces(path)]


def test_packing_is_taken_off_three_times_and_not_once_more(tmp_path: Path) -> None:
    path = tmp_path / "deep.gz"
    path.write_bytes(gzip.compress(zstd(gzip.compress(LINES))))
    deeper = tmp_path / "deeper.gz"
    deeper.write_bytes(gzip.compress(path.read_bytes()))

    assert [3] == [len(records) for _, _, records in pieces(path)]
    assert [("too-large", "packed more than 3 times")] == remarks(pieces(deeper))


TABLES = {
    "commas": b'Date,Model,Tokens In,Cost\n2026-01-02,gpt-5,12,0.5\n2026-01-03,"a, b",7,\n',
    "semicolons": b"Date;Model;Tokens In;Cost\n2026-01-02;gpt-5;12;0.5\n2026-01-03;a, b;7;\n",
    "tabs": b"Date\tModel\tTokens In\tCost\n2026-01-02\tgpt-5\t12\t0.5\n2026-01-03\ta, b\t7\t\n",
    "a BOM and CRLF": b'\xef\xbb\xbfDate,Model,Tokens In,Cost\r\n2026-01-02,gpt-5,12,0.5\r\n2026-01-03,"a, b",7,\r\n',
    "Excel's separator line": b"sep=;\nDate;Model;Tokens In;Cost\n2026-01-02;gpt-5;12;0.5\n2026-01-03;a, b;7;\n",
    "blank rows": b'Date,Model,Tokens In,Cost\n\n2026-01-02,gpt-5,12,0.5\n,,,\n2026-01-03,"a, b",7,\n',
    "extra cells and a repeated name": b"Date,Model,Tokens In,Cost,Cost\n2026-01-02,gpt-5,12,0.5,9,9\n"
    b'2026-01-03,"a, b",7,\n',
}  # fmt: skip


@pytest.mark.parametrize("data", TABLES.values(), ids=TABLES)
def test_rows_are_texts_by_lower_case_column_names(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(data)

    found = pieces(path)

    expected = [
        {"date": "2026-01-02", "model": "gpt-5", "tokens in": "12", "cost": "0.5"},
        {"date": "2026-01-03", "model": "a, b", "tokens in": "7", "cost": ""},
    ]
    assert [("table.csv", "csv")] == [(name, kind) for name, kind, _ in found]
    assert expected == [row for _, row in found[0][2]]


def test_a_cell_may_hold_newlines_and_rows_keep_their_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b'a,b,c,d\n1,"two\nlines, and ""quotes""",3,4\n5,6,7,8\n')

    expected = [
        (2, {"a": "1", "b": 'two\nlines, and "quotes"', "c": "3", "d": "4"}),
        (4, {"a": "5", "b": "6", "c": "7", "d": "8"}),
    ]
    assert [("table.csv", "csv", expected)] == pieces(path)


def test_a_described_table_may_have_fewer_columns_than_one_that_is_guessed(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"day,tokens\n2026-01-02,12\n")

    assert ["unsupported"] == [kind for _, kind, _ in pieces(path)]
    assert [(2, {"day": "2026-01-02", "tokens": "12"})] == pieces(path, least_columns=2)[0][2]


def test_of_a_chat_export_only_the_conversations_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(
        zipped({
            "conversations.json": b'[{"n":1}]',
            "conversations-002.json": b'[{"n":2}]',
            "user.json": b'{"email":"x"}',
            "chat.html": b"<html>",
            "dalle/image.png": b"\x89PNG",
            "sub/usage.csv": b"a,b,c,d\n1,2,3,4\n",
        })
    )  # fmt: skip

    assert ["conversations.json", "conversations-002.json", "usage.csv"] == [
        name for name, _, _ in pieces(path)
    ]


def test_of_any_other_archive_every_member_that_can_be_a_history_is_read(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    path.write_bytes(
        zipped({"a/1.json": b'{"n":1}', "a/2.JSONL": b'{"n":1}\n{"n":2}\n', "readme.md": b"# hi"})
    )

    assert [("1.json", 1), ("2.JSONL", 2)] == [(name, len(records)) for name, _, records in pieces(path)]


def test_a_member_is_as_old_as_the_archive_says(tmp_path: Path) -> None:
    path = tmp_path / "logs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("a.jsonl", (2026, 2, 3, 10, 0, 0)), LINES)
        archive.writestr(zipfile.ZipInfo("b.jsonl", (1980, 1, 1, 0, 0, 0)), LINES)
    mtime_ms = path.stat().st_mtime_ns // 1_000_000

    # 2026-02-03T10:00:00Z is 1,770,112,800 s; a member without a date is as old as the archive itself.
    assert [1_770_112_800_000, mtime_ms] == [piece.place.mtime_ms for piece in open_history(path)]


def database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE calls (id TEXT, n INTEGER); INSERT INTO calls VALUES ('a', 1), ('b', 2);"
    )
    connection.close()


@pytest.mark.parametrize("packing", ["plain", "gzip", "zip", "pipe"])
def test_a_database_is_opened_wherever_it_lies(tmp_path: Path, packing: str) -> None:
    database(tmp_path / "calls.db")
    plain = (tmp_path / "calls.db").read_bytes()
    source: Path | io.BytesIO = tmp_path / "packed.db"
    if isinstance(source, Path):
        source.write_bytes({"gzip": gzip.compress(plain), "zip": zipped({"x.db": plain})}.get(packing, plain))
    if packing == "pipe":
        source = io.BytesIO(plain)

    rows = [
        piece.database.connection.execute("SELECT id, n FROM calls ORDER BY id").fetchall()
        for piece in open_history(source)
        if piece.database
    ]

    assert [[("a", 1), ("b", 2)]] == rows


def test_a_database_is_read_with_its_write_ahead_log_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.executescript("CREATE TABLE calls (id TEXT); INSERT INTO calls VALUES ('only in the log');")
    log = tmp_path / "calls.db-wal"
    before = (path.read_bytes(), log.read_bytes(), sorted(entry.name for entry in tmp_path.iterdir()))

    rows = [
        piece.database.connection.execute("SELECT id FROM calls").fetchall()
        for piece in open_history(path)
        if piece.database
    ]

    after = (path.read_bytes(), log.read_bytes(), sorted(entry.name for entry in tmp_path.iterdir()))
    writer.close()
    assert [[("only in the log",)]] == rows
    assert before == after


UNSUPPORTED = {
    "a mitmproxy flow": (b"1851:9:websocket;0:~8:response;3:abc,}", CONVERT_MITMPROXY),
    "prose": (b"Dear diary, today I spent nothing.\n", "text"),
    "bzip2": (b"BZh91AY&SY", "bzip2; unpack it first"),
    "xz": (b"\xfd7zXZ\x00\x00\x04", "xz; unpack it first"),
    "Parquet": (b"PAR1\x15\x04\x15", "Parquet; export it as CSV or JSON"),
    "tar": (b"a.txt" + b"\0" * 252 + b"ustar\x0000" + b"\0" * 248, "tar; unpack it first"),
    "binary": (b"\x7fELF" + b"\0\1" * 400, "binary data"),
    "YAML that begins like a stream": (b"id: abc\nevent: none\ndata:\n  - 1\n", "text"),
    "a log whose lines begin with the time": (b"12:34:56 INFO started\n12:34:57 INFO ended\n", "text"),
}


@pytest.mark.parametrize(("data", "detail"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_what_is_no_history_says_what_it_is(tmp_path: Path, data: bytes, detail: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)

    found = pieces(path)

    assert [("unsupported", detail)] == remarks(found)


@pytest.mark.parametrize("data", [b"", b" \n\n", b"\0" * 5000, b"\xef\xbb\xbf", gzip.compress(b"")])
def test_an_empty_file_has_no_pieces(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "empty"
    path.write_bytes(data)

    assert [] == pieces(path)


def test_lines_after_a_torn_beginning_are_read_and_the_beginning_is_said(tmp_path: Path) -> None:
    path = tmp_path / "rotated.log"
    path.write_bytes(b'f the text","n":0}\n' + LINES)

    found = pieces(path)

    assert [("unreadable", "no JSON")] == remarks(found)
    assert RECORDS == [value for _, value in found[0][2][1:]]


def test_an_array_that_is_cut_off_gives_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_bytes(json.dumps(RECORDS, indent=1).encode()[:-8])

    found = pieces(path)

    assert RECORDS[:2] == [value for _, value in found[0][2][:2]]
    assert [("unreadable", "cut off")] == remarks(found)


def test_numbers_and_words_in_a_row_give_one_remark(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(b'[1, 2, "three {", null, {"n": 1}, 4, 5]')

    found = pieces(path)

    assert [("unknown-record", "no object")] * 2 == remarks(found)
    assert {"n": 1} == found[0][2][1][1]
