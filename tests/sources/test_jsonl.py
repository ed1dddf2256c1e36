"""Every line once: over block borders, appended, rewritten, torn, compressed, moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tokmeter.core.event import Event
from tokmeter.core.usage import Origin
from tokmeter.sources import _jsonl
from tokmeter.sources._base import Discovery, LogFile, Parsed, Root, StaleStateError
from tokmeter.sources._jsonl import Cursor, Reading, read_log


class Recorder:
    """A parser that keeps every line as an event, and how many there were as its state."""

    def __init__(self, state: bytes | None) -> None:
        if state == b"stale":
            raise StaleStateError
        self.seen = int(state or b"0")
        self.lines: list[tuple[int, bytes]] = []

    def feed(self, line: memoryview, number: int) -> None:
        self.seen += 1
        self.lines.append((number, bytes(line)))

    def state(self) -> bytes:
        return b"%d" % self.seen

    def finish(self) -> Parsed:
        origin = Origin("recorder")
        events = [
            Event(kind="prompt", key=line.decode("utf-8", "replace"), ts=0, origin=origin, line=number)
            for number, line in self.lines
        ]
        return Parsed(events=events)


class RecorderSource:
    """An adapter whose entries are the lines themselves."""

    slug = title = evidence = "recorder"

    def roots(self, env: Mapping[str, str], home: Path) -> list[Root]:
        return [Root(home, "test", exists=bool(env))]

    def discover(self, roots: list[Root]) -> Discovery:
        raise NotImplementedError(roots)

    def parser(self, file: LogFile, state: bytes | None, siblings: Mapping[str, LogFile]) -> Recorder:
        assert not siblings, file
        return Recorder(state)

    def sibling_id(self, file: LogFile) -> str | None:
        return file.identity


def found(path: Path) -> LogFile:
    stat = path.stat()
    return LogFile(
        "recorder",
        str(path),
        str(path),
        stat.st_dev,
        stat.st_ino,
        stat.st_size,
        stat.st_mtime_ns,
    )


def read(path: Path, cursor: Cursor | None = None) -> Reading:
    return read_log(RecorderSource(), found(path), cursor, {})


def lines(reading: Reading) -> list[tuple[int, str]]:
    return [(event.line, event.key) for event in reading.parsed.events]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), max_size=20), st.integers(1, 30))
def test_blocks_of_any_size_give_every_line_with_its_number(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes], block: int
) -> None:
    """Splitting happens on newlines only, and empty lines keep their number."""
    path = tmp_path_factory.mktemp("log") / "a.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_jsonl, "BLOCK", block)
        reading = read(path)

    expected = [(i, line.decode("utf-8", "replace")) for i, line in enumerate(content, 1) if line]
    assert expected == lines(reading)
    assert (path.stat().st_size, len(content)) == (reading.cursor.offset, reading.cursor.lines)


@settings(deadline=None, max_examples=150)
@given(st.binary(min_size=1, max_size=300), st.data())
def test_reading_in_two_pieces_equals_reading_at_once(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log") / "a.jsonl"
    cut = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:cut])
    first = read(path)
    path.write_bytes(content)
    second = read(path, first.cursor)
    path.write_bytes(content)
    whole = read(path)

    assert lines(whole) == lines(first) + lines(second) if not second.fresh else lines(second) == lines(whole)
    assert whole.cursor == second.cursor


def test_an_appended_file_is_read_from_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(b'{"n":%d}\n' % n for n in range(2000)))
    first = read(path)
    with path.open("ab") as log:
        log.write(b'{"n":"new"}\n')
    second = read(path, first.cursor)

    assert [(2001, '{"n":"new"}')] == lines(second)
    assert (False, b"2001") == (second.fresh, second.cursor.state)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda old: old.replace(b'{"n":1}', b'{"n":9}'),
        lambda old: old[:-8] + b'{"m":9}\n',
        lambda old: old[: len(old) // 2],
        lambda old: b'{"first":1}\n' + old,
    ],
    ids=["same size, head changed", "same size, tail changed", "shorter", "longer, shifted"],
)
def test_a_rewritten_file_is_read_from_the_start(tmp_path: Path, rewrite) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.jsonl"
    old = b"".join(b'{"n":%d}\n' % (n % 10) for n in range(20))
    path.write_bytes(old)
    cursor = read(path).cursor
    path.write_bytes(rewrite(old))
    again = read(path, cursor)

    assert again.fresh
    assert rewrite(old).decode().splitlines() == [text for _, text in lines(again)]


def test_a_state_that_cannot_be_used_means_reading_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\n")
    cursor = read(path).cursor
    stale = Cursor(cursor.offset, cursor.lines, cursor.head_hash, cursor.tail_hash, b"stale")

    assert [(1, "one")] == lines(read(path, stale))


def test_a_torn_line_waits_and_arrives_once_completed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":')
    first = read(path)
    path.write_bytes(b'{"a":1}\n{"b":2}\n')
    second = read(path, first.cursor)

    assert ([(1, '{"a":1}')], [(2, '{"b":2}')]) == (lines(first), lines(second))


def test_a_whole_last_line_without_newline_is_read_but_not_passed(tmp_path: Path) -> None:
    """It counts now, and again (harmlessly) once its newline has come; the state is that before it."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":2}')
    first = read(path)
    path.write_bytes(b'{"a":1}\n{"b":2}\n')
    later = read(path, first.cursor)

    assert [(1, '{"a":1}'), (2, '{"b":2}')] == lines(first)
    assert (8, b"1") == (first.cursor.offset, first.cursor.state)
    assert [(2, '{"b":2}')] == lines(later)


def test_a_compressed_log_reads_as_the_plain_one_and_goes_on_from_its_cursor(tmp_path: Path) -> None:
    plain = tmp_path / "a.jsonl"
    text = b"".join(b'{"n":%d}\n' % n for n in range(3000))
    plain.write_bytes(text)
    cursor = read(plain).cursor
    packed = tmp_path / "a.jsonl.zst"
    packed.write_bytes(zstandard.compress(text + b'{"n":"more"}\n'))

    assert [(3001, '{"n":"more"}')] == lines(read(packed, cursor))
    assert 3001 == len(lines(read(packed)))
    assert read(packed).cursor == read(packed, cursor).cursor


def test_a_compressed_log_in_two_frames_is_read_to_its_end(tmp_path: Path) -> None:
    packed = tmp_path / "a.jsonl.zst"
    packed.write_bytes(zstandard.compress(b"one\n") + zstandard.compress(b"two\n"))

    assert [(1, "one"), (2, "two")] == lines(read(packed))


def test_a_damaged_compressed_log_is_a_problem_and_no_error(tmp_path: Path) -> None:
    packed = tmp_path / "a.jsonl.zst"
    packed.write_bytes(zstandard.compress(b"one\n") + b"garbage" * 100)
    reading = read(packed)

    assert (["file-unreadable"], True) == ([p.code for p in reading.parsed.problems], reading.failed)


def test_a_missing_file_is_a_problem_and_keeps_its_cursor(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\n")
    file, cursor = found(path), read(path).cursor
    path.unlink()
    reading = read_log(RecorderSource(), file, cursor, {})

    assert (cursor, True) == (reading.cursor, reading.failed)
    assert [("file-unreadable", "No such file or directory")] == [
        (p.code, p.detail) for p in reading.parsed.problems
    ]


@pytest.mark.parametrize("fault", [OverflowError, ZeroDivisionError])
def test_a_number_that_a_parser_cannot_take_costs_its_log_only_and_says_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[ArithmeticError]
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\n")

    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(Recorder, "feed", fail)
    reading = read(path)

    assert reading.failed
    assert [("file-unreadable", fault.__name__)] == [(p.code, p.detail) for p in reading.parsed.problems]


def test_a_parsers_other_errors_are_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\n")

    def fail(*_: object) -> None:
        raise TypeError

    monkeypatch.setattr(Recorder, "feed", fail)

    with pytest.raises(TypeError):
        read(path)


def test_a_line_of_a_hundred_megabytes_is_read_and_its_memory_given_back(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as log:
        log.write(b'{"small":1}\n{"text":"')
        for _ in range(100):
            log.write(b"x" * (1 << 20))
        log.write(b'"}\n{"after":1}\n')
    reading = read(path)

    assert [(1, 11), (2, (100 << 20) + 11), (3, 11)] == [(n, len(text)) for n, text in lines(reading)]


@pytest.mark.parametrize(
    "noise", ["\u2028", "\u0085", "\f", "\v"], ids=["U+2028", "U+0085", "form feed", "VT"]
)
def test_only_a_newline_ends_a_line(tmp_path: Path, noise: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"t": f"a{noise}b"}, ensure_ascii=False) + "\n", encoding="utf-8")

    assert 1 == len(lines(read(path)))


def test_a_log_written_while_it_is_read_is_taken_to_its_last_whole_line(tmp_path: Path) -> None:
    """The size seen at discovery is old news: everything whole on disk counts, the rest next time."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\n")
    file = found(path)
    with path.open("ab") as log:
        log.write(b"two\nthr")
    reading = read_log(RecorderSource(), file, None, {})

    assert [(1, "one"), (2, "two")] == lines(reading)
    assert 8 == reading.cursor.offset
