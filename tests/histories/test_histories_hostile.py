"""Files made to hurt: refused or read safely, always with a sentence, never with an exception."""

from __future__ import annotations

import gzip
import io
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from histories.opening import LINE, contents
from tokmeter.histories import _json
from tokmeter.histories._container import open_history
from tokmeter.histories._detect import read_history
from tokmeter.histories._json import decode
from tokmeter.histories._reasons import REASONS
from tokmeter.histories._record import Remark
from tokmeter.histories._walk import history_files

DEEP = 1_000_000
DEPTHS = {
    "arrays": b"[" * DEEP + b"]" * DEEP,
    "arrays that never end": b"[" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "objects that never end": b'{"a":' * DEEP,
    "brackets that only close": b"[]" + b"]" * DEEP,
    "lines of arrays": b'{"n": 1}\n' + b"[" * DEEP + b"]" * DEEP + b"\n" + b'{"n": 1}\n',
    "a member": b'[{"n": 1}, {"x": ' + b"[" * DEEP + b"]" * DEEP + b'}, {"n": 1}]',
    "an event": b'data: {"n": 1}\n\ndata: {"x":' + b"[" * DEEP + b"]" * DEEP + b'}\n\ndata: {"n": 1}\n\n',
}


@pytest.mark.parametrize("data", DEPTHS.values(), ids=DEPTHS)
def test_no_depth_ends_a_reading(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "deep.json"
    path.write_bytes(data)

    found = list(read_history(path))
    values, remarks = contents(path)

    assert all(isinstance(item, Remark) for _, item in found)
    assert data.count(b'{"n": 1}') == values.count({"n": 1})
    assert (b"[]" in data[:2]) or remarks


def test_objects_just_less_deep_than_the_decoder_refuses_are_no_trap_for_formats(tmp_path: Path) -> None:
    """What can be decoded may still be too deep for code that walks it."""
    path = tmp_path / "deep.jsonl"
    lines = [
        f'{{"{name}":' * depth + "{}" + "}" * depth
        for depth in (50, 200, 400, 800, 900, 950, 990)
        for name in ("response", "body", "data", "kwargs", "message")
    ]
    path.write_text("\n".join(lines), encoding="utf-8")

    found = list(read_history(path))

    assert {Remark} == {type(item) for _, item in found}


def test_a_line_above_the_limit_is_skipped_in_bounded_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_json, "LONGEST_LINE", 4 << 20)
    path = tmp_path / "long.jsonl"
    with path.open("wb") as target:
        target.write(LINE + b'{"text": "')
        for _ in range(40):
            target.write(b"x" * (1 << 20))
        target.write(b'"}\n' + LINE)
    tracemalloc.start()

    values, remarks = contents(path)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (2, [("too-large", "a line above 4 MB")]) == (len(values), remarks)
    assert peak < 16 << 20


def test_a_document_above_the_limit_ends_there_and_what_stood_before_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_json, "LONGEST_VALUE", 4 << 20)
    monkeypatch.setattr(_json, "LARGEST_AT_ONCE", 1 << 20)
    path = tmp_path / "long.json"
    path.write_bytes(b"[\n" + LINE.strip() + b',\n{"text": "' + b"x" * (12 << 20) + b'"}\n]')

    values, remarks = contents(path)

    assert (1, [("too-large", "a value above 4 MB")]) == (len(values), remarks)


def test_a_large_array_is_read_in_memory_for_its_largest_element(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_json, "LARGEST_AT_ONCE", 1 << 20)
    path = tmp_path / "large.json"
    element = json.dumps({"text": "x" * 10_000, "more": [1, 2, 3]})
    path.write_text("[" + ",\n ".join([element] * 6_000) + "]", encoding="utf-8")
    assert path.stat().st_size > 55 << 20
    tracemalloc.start()

    count = sum(1 for piece in open_history(path) for _ in piece.records)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 6_000 == count
    assert peak < 16 << 20


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec="utf-8"))
    | st.sampled_from(['\\"', "\\", '"{', "x" * 90]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=3), JSON_VALUES, max_size=4), min_size=1, max_size=6),
    st.sampled_from([None, 1, "\t"]),
    st.sampled_from(["\n", ",\n", "", " "]),
    st.sampled_from([3, 7, 64, 1 << 20]),
)
def test_values_are_taken_apart_the_same_whatever_the_block(
    values: list[Any], indent: int | str | None, between: str, block: int
) -> None:
    """Blocks so small that every text and bracket comes to lie on a border."""
    texts = [json.dumps(value, indent=indent, ensure_ascii=False) for value in values]
    for document in (between.join(texts), json.dumps(values, indent=indent), "[" + ",".join(texts) + "]"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_json, "BLOCK", block)
            patch.setattr(_json, "LARGEST_AT_ONCE", block)
            found = list(_json.json_values(io.BytesIO(document.encode())))

        assert values == [decode(text, line) for line, text in found if isinstance(text, bytes)]
        starts = [line for line, _ in found]
        assert starts == sorted(starts)
        assert all(document.split("\n")[line - 1].strip() for line in starts)


def test_a_value_of_too_many_parts_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_json, "MOST_PARTS", 1_000_000)

    remark = decode(b"[" + b"{}," * 1_200_000 + b"{}]", 7)

    assert Remark(reason="too-large", detail="a value of more than 1000000 parts", line=7) == remark


def test_cells_that_are_formulas_stay_texts(tmp_path: Path) -> None:
    path = tmp_path / "formulas.csv"
    path.write_bytes(b'a,b,c,d\n=cmd|\' /C calc\'!A0,"=HYPERLINK(""http://x"")",@SUM(1),-1+1\n')

    values, remarks = contents(path)

    assert [["=cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "@SUM(1)", "-1+1"]] == [
        list(row.values()) for row in values
    ]
    assert [] == remarks


def test_a_quote_that_is_never_closed_is_a_sentence_and_not_all_of_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    with path.open("wb") as target:
        target.write(b'a,b,c,d\n1,2,3,4\n5,"')
        for _ in range(400_000):
            target.write(b"this text goes on and on over very many lines and never ends\n")
    tracemalloc.start()

    values, remarks = contents(path)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (1, [("unreadable", "a cell that does not end")]) == (len(values), remarks)
    assert peak < 128 << 20


def test_nul_bytes_between_and_inside_records_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "nul.jsonl"
    path.write_bytes(LINE + b"\0" * 4_096 + b"\n" + b"\0\0" + LINE + b'{"bad": "\0"}\n' + LINE)

    values, remarks = contents(path)

    assert [1, 1, None, 1] == [value.get("n") for value in values]
    assert [] == remarks


def test_what_is_no_file_is_never_opened_for_reading(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    circle = tmp_path / "circle.jsonl"
    circle.symlink_to(circle)

    assert ([], [("not-a-file", "")]) == contents(pipe)
    assert ([], [("not-a-file", "")]) == contents(Path("/dev/zero"))
    assert ([], [("not-a-file", "")]) == contents(tmp_path)
    assert ([], [("unreadable", "Too many levels of symbolic links")]) == contents(circle)
    assert ([], [("unreadable", "No such file or directory")]) == contents(tmp_path / "none.jsonl")


def test_a_folder_is_read_in_order_without_circles_and_hidden_folders(tmp_path: Path) -> None:
    for name in (
        "b/2.jsonl",
        "a/1.jsonl",
        "a/x.png",
        ".git/3.jsonl",
        "node_modules/4.json",
        "c.json.gz",
        "d.db",
        "d.db-wal",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(LINE)
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "loop.jsonl").symlink_to(tmp_path / "a" / "loop.jsonl")
    os.mkfifo(tmp_path / "a" / "pipe.jsonl")

    found = [str(path.relative_to(tmp_path)) for path in history_files(tmp_path) if isinstance(path, Path)]

    assert ["a/1.jsonl", "b/2.jsonl", "c.json.gz", "d.db"] == found


def test_a_file_is_read_whatever_its_name_when_it_is_named_itself(tmp_path: Path) -> None:
    assert [tmp_path / "x.weird"] == list(history_files(tmp_path / "x.weird"))


FRAGMENTS = st.sampled_from([
    b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b"\r\n", b" ", b"\0", b"\xef\xbb\xbf", b"\xff\xfe", b"data: ",
    b"event: x\n", b"[DONE]", b"null", b"1e999", b'"a"', b'{"a":1}', b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PK\x03\x04",
    b"SQLite format 3\0", b"a,b,c,d\n", b"sep=;\n", b"\xed\xa0\x80", b"12:3:x;", b'{"usage":', b'{"id":"x","data":[',
])  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(FRAGMENTS, max_size=30))
def test_no_bytes_raise(fragments: list[bytes]) -> None:
    data = b"".join(fragments)

    for form in (data, gzip.compress(data), data + gzip.compress(data)[:-5], zstandard.compress(data)):
        for format_, item in read_history(io.BytesIO(form), name="x"):
            if isinstance(item, Remark):
                assert item.reason in REASONS
            else:
                assert format_ is not None
