"""The fast and the slow way of decoding, and odd lines: same result, never an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from sources.golden import all_cases, records, run_case, siblings_of
from sources.rollouts import count, counted, line, meta, read, text, totals, turn, usage, write
from tokmeter.sources._jsonl import read_log
from tokmeter.sources.codex import SOURCE, parser

CASES = [case for case in all_cases() if case.adapter == "codex"]
HEAD = [meta(), turn(0.5)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_slow_path_gives_what_the_fast_path_gives(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = run_case(case.folder, SOURCE)

    def refuse(_: object) -> None:
        raise msgspec.DecodeError

    monkeypatch.setattr(parser, "_decode", refuse)
    monkeypatch.setattr(parser, "_decode_hot", refuse)

    assert fast == run_case(case.folder, SOURCE)


def test_every_real_log_reads_the_same_on_the_slow_path(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"CODEX_HOME": str(corpus / "codex")}
    fast = records(read(corpus, env))

    def refuse(_: object) -> None:
        raise msgspec.DecodeError

    monkeypatch.setattr(parser, "_decode", refuse)
    monkeypatch.setattr(parser, "_decode_hot", refuse)

    assert fast == records(read(corpus, env))


@pytest.mark.parametrize(
    ("bad", "codes"),
    [
        ('{"type":"event_msg","payload":{"type":"token_count","info":{', ["line-unreadable"]),
        ("[1,2]", ["line-shape"]),
        ('"text"', ["line-shape"]),
        ('{"type":"event_msg","payload":[]}', ["line-shape"]),
        ('{"type":"turn_context"}', ["line-shape"]),
        ("\x00\x00\x00", []),
        ('{"type":7,"payload":{}}', []),
        ('{"type":"event_msg","payload":{"type":["x"]}}', []),
        ('{"type":"response_item","payload":{"type":"message","role":"user","content":7}}', []),
        ('{"type":"response_item","payload":{"type":"function_call_output","call_id":3}}', []),
        ('{"type":"turn_context","payload":{"turn_id":{},"model":[],"cwd":5,"effort":1}}', []),
        ('{"type":"event_msg","payload":{"type":"token_count","info":7,"rate_limits":"x"}}', ["line-shape"]),
        ('{"type":"session_meta","payload":{"id":9,"source":3,"git":"x","cwd":[]}}', []),
        ("[" * 20_000, ["line-unreadable"]),
    ],
)
def test_an_odd_line_costs_nothing_but_itself(bad: str, codes: list[str], tmp_path: Path) -> None:
    path = write(tmp_path, [])
    path.write_text(
        text([*HEAD, count(1, usage(7), usage(7))]) + bad + "\n" + text([count(2, usage(9), usage(2))])
    )
    found = read(tmp_path)

    assert [7, 2] == totals(found)
    assert codes == [problem.code for problem in found.problems]


@pytest.mark.parametrize("odd", [-5, 1.5, 10**13, True, "many", {"n": 1}], ids=str)
def test_an_invalid_count_is_zero_and_reported(odd: object, tmp_path: Path) -> None:
    used = {**usage(10), "cached_input_tokens": odd}
    write(tmp_path, [*HEAD, count(1, usage(10), used)])
    found = read(tmp_path)

    assert [10] == totals(found)
    assert [("count-invalid", "cached_input_tokens")] == [(p.code, p.detail) for p in found.problems]


@pytest.mark.parametrize("spelled", ["12", 12.0], ids=["text", "float"])
def test_a_count_in_another_spelling_counts(spelled: object, tmp_path: Path) -> None:
    used = {"input_tokens": spelled, "output_tokens": 0}

    assert [12] == counted(tmp_path, [*HEAD, count(1, used, used)])


def test_names_of_other_writers_are_understood(tmp_path: Path) -> None:
    used = {"prompt_tokens": 10, "cache_read_input_tokens": 4, "completion_tokens": 3, "reasoning_tokens": 1}
    write(tmp_path, [*HEAD, count(1, used, used)])
    (entry,) = read(tmp_path).entries.values()

    assert (6, 4, 3, 1) == (
        entry.uncached_input_tokens,
        entry.cache_read_input_tokens,
        entry.output_tokens,
        entry.reasoning_output_tokens,
    )


def test_numeric_timestamps_in_seconds_and_milliseconds_are_read(tmp_path: Path) -> None:
    lines = [{**count(1, usage(7), usage(7)), "timestamp": 1772355601}]
    lines += [{**count(2, usage(9), usage(2)), "timestamp": 1772355602000}]
    write(tmp_path, [*HEAD, *lines])

    assert [1772355601000, 1772355602000] == [entry.ts for entry in read(tmp_path).entries.values()]


def test_a_response_without_time_takes_the_time_before_and_says_so(tmp_path: Path) -> None:
    late = {**count(2, usage(9), usage(2)), "timestamp": None}
    write(tmp_path, [*HEAD, count(1, usage(7), usage(7)), late])
    found = read(tmp_path)

    assert [1772355601000] * 2 == [entry.ts for entry in found.entries.values()]
    assert ["timestamp-missing"] == [problem.code for problem in found.problems]


@pytest.mark.parametrize(
    ("time", "codes"),
    [
        ("2019-12-31T23:59:59.999Z", ["timestamp-implausible"]),
        ("2020-01-01T00:00:00.000Z", []),
        ("2099-12-31T23:59:59.999Z", []),
        ("2100-01-01T00:00:00.000Z", ["timestamp-implausible"]),
        (4_102_444_800_000, ["timestamp-implausible"]),
    ],
)
def test_a_time_before_2020_or_after_2099_is_reported(
    time: str | int, codes: list[str], tmp_path: Path
) -> None:
    write(tmp_path, [*HEAD, {**count(1, usage(7), usage(7)), "timestamp": time}])
    found = read(tmp_path)

    assert [7] == totals(found)
    assert codes == [problem.code for problem in found.problems]


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"name": "read_file"}, "read_file"),
        ({"name": "read", "namespace": "mcp__files"}, "mcp__files.read"),
        ({"name": "read", "namespace": "my own files"}, "read"),
        ({"name": "please read", "namespace": "mcp__files"}, None),
        ({"name": "请读"}, None),
        ({"name": 7}, "function"),
    ],
    ids=repr,
)
def test_a_tool_is_known_by_a_fixed_word_or_not_at_all(
    payload: dict[str, Any], name: str | None, tmp_path: Path
) -> None:
    call = {"type": "function_call", "call_id": "c1", "arguments": "{}", **payload}
    write(tmp_path, [*HEAD, line(1, "response_item", call)])
    (event,) = read(tmp_path).events.values()

    assert ("tool_call", name) == (event.kind, event.name)


def test_unknown_record_types_are_counted_by_name_if_they_have_one(tmp_path: Path) -> None:
    kinds = ("x_new", "not a word")
    lines = [line(1, kind, {}) for kind in kinds]
    lines += [
        line(1, envelope, {"type": kind}) for envelope in ("response_item", "event_msg") for kind in kinds
    ]
    write(tmp_path, [*HEAD, *lines])

    expected = ["x_new", "?", "response_item/x_new", "response_item/?", "event_msg/x_new", "event_msg/?"]
    assert dict.fromkeys(expected, 1) == read(tmp_path).unknown


def test_a_jump_of_the_total_counts_the_last_and_reports_lost_lines(tmp_path: Path) -> None:
    write(tmp_path, [*HEAD, count(1, usage(100), usage(100)), count(2, usage(500), usage(50))])
    found = read(tmp_path)

    assert [100, 50] == totals(found)
    assert ["lost-lines"] == [problem.code for problem in found.problems]


def test_two_writers_of_one_thread_lose_nothing(tmp_path: Path) -> None:
    """Totals jump up and down: 100, 60 (other writer), 180 (first again, +80), 90 (other again, +30)."""
    steps = [(100, 100), (60, 60), (180, 80), (90, 30)]
    lines = [count(n, usage(total), usage(last)) for n, (total, last) in enumerate(steps, 1)]
    write(tmp_path, [*HEAD, *lines])
    found = read(tmp_path)

    assert ([100, 60, 80, 30], []) == (totals(found), found.problems)


def test_counts_without_totals_are_told_apart_by_their_place_in_the_turn(tmp_path: Path) -> None:
    lines = [count(1, None, usage(10)), count(2, None, usage(10)), turn(3, "t2"), count(4, None, usage(10))]

    assert [10, 10, 10] == counted(tmp_path, [*HEAD, *lines])


def test_unknown_kinds_are_counted_by_name_only(tmp_path: Path) -> None:
    write(
        tmp_path, [*HEAD, line(1, "brand_new", {"text": "secret"}), line(2, "event_msg", {"type": "novel"})]
    )

    assert {"brand_new": 1, "event_msg/novel": 1} == read(tmp_path).unknown


@pytest.mark.parametrize("case", CASES, ids=str)
def test_reading_line_by_line_gives_what_reading_at_once_gives(case: Any, tmp_path: Path) -> None:
    """After each line the file is continued from the saved state; guesses start over when that is needed."""
    for source in sorted(case.input.rglob("*.jsonl")):
        target = tmp_path / source.relative_to(case.input)
        target.parent.mkdir(parents=True, exist_ok=True)
        whole = source.read_bytes()
        target.write_bytes(whole)
        file = next(file for file in read(tmp_path).files if file.path == str(target))
        siblings = siblings_of(SOURCE, read(case.input).files)
        at_once = read_log(SOURCE, file, None, siblings).parsed
        cursor = None
        keys: list[str] = []
        for end in [at for at, byte in enumerate(whole, 1) if byte == 10]:
            target.write_bytes(whole[:end])
            reading = read_log(SOURCE, file._replace(size=end), cursor, siblings)
            cursor = reading.cursor
            keys = [] if reading.fresh else keys
            keys += [entry.key for entry in reading.parsed.entries]

        assert keys == [entry.key for entry in at_once.entries]


def test_half_an_emoji_in_a_name_costs_nothing(tmp_path: Path) -> None:
    r"""A lone surrogate, legal as \ud83d in JSON, stands in the folder and so in what is saved to continue."""
    head = meta(cwd="/home/ana/\ud83d")
    write(tmp_path, [head, turn(0.5), count(1, usage(100, 5), usage(100, 5))])
    found = read(tmp_path)

    assert [105] == totals(found)
    assert [] == found.problems
