"""Nine laws that every adapter obeys, over every fixture of every adapter."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sources.golden import (
    Case,
    Found,
    Record,
    all_cases,
    read_again,
    records,
    run_home,
    siblings_of,
    source_of,
)
from sources.odd_names import MARKER, NAMES, odd_names
from tokmeter.core.usage import MAX_TOKENS
from tokmeter.sources._base import Source
from tokmeter.sources._fields import decode_tolerant
from tokmeter.sources._jsonl import read_log

MOST_CUTS = 24
"""Cuts tried per file besides every line end."""

CASES = pytest.mark.parametrize("case", all_cases(), ids=str)


@pytest.fixture
def home(case: Case, tmp_path: Path) -> Path:
    """A copy of the case's logs that a test may change."""
    target = tmp_path / "home"
    shutil.copytree(case.input, target, symlinks=True)
    return target


def read(case: Case, home: Path, **how: Any) -> Found:
    return run_home(home, source_of(case.adapter), env=case.env(home), **how)


@cache
def read_in_place(folder: Path) -> tuple[str, ...]:
    """What the untouched case gives, as text (records are mutable, a cache must not be)."""
    case = next(case for case in all_cases() if case.folder == folder)
    return tuple(json.dumps(record) for record in records(read(case, case.input)))


def untouched(case: Case) -> list[Record]:
    return [json.loads(text) for text in read_in_place(case.folder)]


def without_lines(found: list[Record]) -> list[Record]:
    """Records with problems freed of their line numbers, which move when lines are added."""
    freed = [{**record, "line": 0} if "problem" in record else record for record in found]
    return sorted(freed, key=lambda record: json.dumps(record, sort_keys=True))


def plain_logs(case: Case, home: Path) -> list[Path]:
    """The case's logs that are plain text."""
    source = source_of(case.adapter)
    found = source.discover(source.roots(case.env(home), home)).files
    return [Path(file.path) for file in found if file.path.endswith(".jsonl")]


def rewrite(case: Case, home: Path, change: Callable[[Any], Iterator[bytes]]) -> None:
    """Replace every line that is a JSON object by the lines `change` makes of it."""
    for path in plain_logs(case, home):
        lines = path.read_bytes().split(b"\n")
        path.write_bytes(b"\n".join(new for line in lines for new in _changed(line, change)))


def _changed(line: bytes, change: Callable[[Any], Iterator[bytes]]) -> Iterator[bytes]:
    try:
        value = decode_tolerant(line)
        line.decode("utf-8")
    except ValueError:
        yield line
        return
    if isinstance(value, dict):
        yield from change(value)
    else:
        yield line


# 1 ------------------------------------------------------------------------------------------------------


@CASES
def test_law_1_each_log_is_claimed_by_exactly_one_adapter(case: Case) -> None:
    claims: dict[str, list[str]] = {
        str(path.relative_to(case.input)): []
        for path in sorted(case.input.rglob("*"))
        if path.is_file() and not is_no_log(case, path)
    }
    for adapter in sorted({other.adapter for other in all_cases()}):
        source = source_of(adapter)
        env = case.env(case.input) if adapter == case.adapter else {}
        for file in source.discover(source.roots(env, case.input)).files:
            claims.setdefault(str(Path(file.path).relative_to(case.input.resolve())), []).append(adapter)

    assert {name: [case.adapter] for name in claims} == claims


def is_no_log(case: Case, path: Path) -> bool:
    name = path.relative_to(case.input).as_posix()
    return any(fnmatch(name, pattern) for pattern in case.about.get("not_logs", []))


# 2 ------------------------------------------------------------------------------------------------------


@CASES
def test_law_2_reading_twice_changes_nothing(case: Case) -> None:
    found = read(case, case.input)
    for file in found.files:
        source = source_of(case.adapter)
        again = read_log(source, file, None, siblings_of(source, found.files)).parsed
        again.problems.clear()  # the ledger keeps each problem once, by file, line and code
        found.add(again)

    assert untouched(case) == records(found)


# 3 and 4 ------------------------------------------------------------------------------------------------


@CASES
def test_law_3_a_log_read_in_two_pieces_gives_what_it_gives_at_once(case: Case, home: Path) -> None:
    for path in plain_logs(case, home):
        whole = path.read_bytes()
        for cut in cuts(whole):
            assert untouched(case) == records(read_in_pieces(case, home, path, whole, cut)), f"cut at {cut}"


@CASES
def test_law_4_a_torn_last_line_waits_for_its_end(case: Case, home: Path) -> None:
    for path in plain_logs(case, home):
        whole = path.read_bytes()
        start = whole.rstrip(b"\n").rfind(b"\n") + 1
        path.write_bytes(whole[:start])
        before = records(run_still_open(case, home))
        for cut in range(start + 1, len(whole.rstrip(b"\n")), max(1, (len(whole) - start) // MOST_CUTS)):
            path.write_bytes(whole[:cut])

            assert before == records(run_still_open(case, home)), f"cut at {cut}"
        path.write_bytes(whole)


def run_still_open(case: Case, home: Path) -> Found:
    return run_home(home, source_of(case.adapter), env=case.env(home))


def cuts(whole: bytes) -> list[int]:
    """Every line end, and offsets in between."""
    ends = [at + 1 for at, byte in enumerate(whole) if byte == 0x0A][:60]
    step = max(1, len(whole) // MOST_CUTS)
    return sorted({*ends, *range(1, len(whole), step)} - {len(whole)})


def read_in_pieces(case: Case, home: Path, path: Path, whole: bytes, cut: int) -> Found:
    """Read one log up to `cut`, then what follows; all others at once."""
    source: Source = source_of(case.adapter)
    discovery = source.discover(source.roots(case.env(home), home))
    siblings = siblings_of(source, discovery.files)
    found = Found(files=discovery.files, problems=list(discovery.problems))
    for file in discovery.files:
        if Path(file.path) != path:
            found.add(read_log(source, file, None, siblings).parsed)
            continue
        path.write_bytes(whole[:cut])
        first = read_again(source, file, None, siblings)
        path.write_bytes(whole)
        found.add(first.parsed)
        found.add(read_again(source, file, first.cursor, siblings).parsed)
    return found


# 5 ------------------------------------------------------------------------------------------------------


@CASES
def test_law_5_the_order_of_files_does_not_matter(case: Case) -> None:
    backwards = records(read(case, case.input, order=lambda files: sorted(files, reverse=True)))
    rotated = records(read(case, case.input, order=lambda files: [*files[1:], *files[:1]]))

    assert untouched(case) == backwards
    assert untouched(case) == rotated


# 6 ------------------------------------------------------------------------------------------------------


def spaced(value: Any) -> Iterator[bytes]:
    yield json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def reordered_with_odd_blanks(value: Any) -> Iterator[bytes]:
    text = json.dumps(reordered(value), ensure_ascii=False, separators=(" ,\t", "\t:  "))
    yield b"  " + text.encode("utf-8", "surrogatepass") + b" \r"


def escaped(value: Any) -> Iterator[bytes]:
    yield spell(value).encode()


def reordered(value: Any) -> Any:
    """Every object with its keys the other way round."""
    if isinstance(value, dict):
        return {name: reordered(item) for name, item in reversed(value.items())}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def spell(value: Any) -> str:
    r"""JSON with every character of every string, names included, as \u escape."""
    if isinstance(value, str):
        units = value.encode("utf-16-be", "surrogatepass")
        return '"' + "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2)) + '"'
    if isinstance(value, dict):
        return "{" + ",".join(f"{spell(name)}:{spell(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(spell(item) for item in value) + "]"
    return json.dumps(value)


@CASES
@pytest.mark.parametrize("spelling", [spaced, reordered_with_odd_blanks, escaped])
def test_law_6_the_spelling_of_json_does_not_matter(
    case: Case, home: Path, spelling: Callable[[Any], Iterator[bytes]]
) -> None:
    rewrite(case, home, spelling)

    assert untouched(case) == records(read(case, home))


# 7 ------------------------------------------------------------------------------------------------------

NOVELTY = {"deep": [1, {"usage": {"input_tokens": 5, "output_tokens": 5}, "type": "assistant"}], "none": None}
OPEN_OBJECTS = {
    "message",
    "usage",
    "payload",
    "info",
    "total_token_usage",
    "last_token_usage",
    "toolUseResult",
}


def with_news(value: Any) -> Iterator[bytes]:
    """The line with unknown fields, and behind it a record of an unknown type."""
    yield json.dumps(extended(value)).encode()
    time = {"timestamp": value["timestamp"]} if "timestamp" in value else {}
    yield json.dumps({**time, "type": "x_future_record", "payload": NOVELTY, "message": NOVELTY}).encode()


def extended(value: dict[str, Any]) -> dict[str, Any]:
    known = {
        name: extended(item) if name in OPEN_OBJECTS and isinstance(item, dict) else item
        for name, item in value.items()
    }
    return {"x_future_first": NOVELTY, **known, "x_future_last": "text"}


@CASES
def test_law_7_unknown_fields_and_record_types_change_nothing(case: Case, home: Path) -> None:
    rewrite(case, home, with_news)

    assert without_lines(untouched(case)) == without_lines(records(read(case, home)))


# 8 ------------------------------------------------------------------------------------------------------

COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "ephemeral_1h_input_tokens",
    "cached_input_tokens",
    "reasoning_output_tokens",
    "total_tokens",
)
MISSING = object()
ABSURD = {
    "negative": -1,
    "fractional": 1.5,
    "huge": 10**12,
    "endless": 10**400,
    "text": "many",
    "boolean": True,
    "list": [1],
    "missing": MISSING,
}
COLUMNS = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)


def with_count(value: Any, name: str, count: Any) -> Any:
    """`value` with every count of that name replaced."""
    if isinstance(value, list):
        return [with_count(item, name, count) for item in value]
    if not isinstance(value, dict):
        return value
    changed = {key: with_count(item, name, count) for key, item in value.items() if key != name}
    return changed if count is MISSING or name not in value else {**changed, name: count}


@CASES
@pytest.mark.parametrize("absurd", ABSURD)
def test_law_8_absurd_counts_become_problems_and_never_figures(case: Case, home: Path, absurd: str) -> None:
    originals = {path: path.read_bytes() for path in plain_logs(case, home)}
    for name in COUNTS:
        rewrite(case, home, lambda value, name=name: iter([dumped(with_count(value, name, ABSURD[absurd]))]))
        found = records(read(case, home))
        entries = [record for record in found if "uncached_input_tokens" in record]

        assert all(0 <= entry[column] <= 2 * MAX_TOKENS for entry in entries for column in COLUMNS)
        assert all(entry["reasoning_output_tokens"] <= entry["output_tokens"] for entry in entries)
        if absurd != "missing" and entries != [r for r in untouched(case) if "uncached_input_tokens" in r]:
            assert any("problem" in record for record in found)
        for path, whole in originals.items():
            path.write_bytes(whole)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


# 9 ------------------------------------------------------------------------------------------------------

TEXTS = {
    "aggregated_output",
    "arguments",
    "command",
    "content",
    "description",
    "encrypted_content",
    "error",
    "last_agent_message",
    "lastPrompt",
    "message",
    "output",
    "prompt",
    "query",
    "stderr",
    "stdout",
    "summary",
    "text",
    "thinking",
    "toolUseResult",
}


def with_secrets(value: Any) -> Iterator[bytes]:
    """The line with a secret in each text and name; behind it odd records, and a broken line with one."""
    yield json.dumps(telling(value)).encode()
    time = {"timestamp": value["timestamp"]} if "timestamp" in value else {}
    for record in odd_names():
        yield json.dumps({**time, **record}).encode()
    yield b'{"broken": "' + MARKER.encode()


def telling(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return f"{value} {MARKER}" if name in TEXTS or name in NAMES else value
    if isinstance(value, list):
        return [telling(item, name) for item in value]
    if isinstance(value, dict):
        return {key: telling(item, key) for key, item in value.items()}
    return value


@CASES
def test_law_9_no_text_of_a_person_or_model_gets_into_what_is_kept(case: Case, home: Path) -> None:
    rewrite(case, home, with_secrets)
    source = source_of(case.adapter)
    found = read(case, home)
    siblings = siblings_of(source, found.files)
    states = [read_log(source, file, None, siblings).cursor for file in found.files]
    kept = repr((found, records(found), states))

    assert "Zq7" not in kept
    assert "secret of" not in kept
