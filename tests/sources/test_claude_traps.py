"""The known traps of Claude Code logs (docs/formats.md) and the golden samples, one named test each."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from sources.golden import (
    HERE,
    Found,
    Record,
    load_case,
    read_again,
    read_expected,
    records,
    run_case,
    run_home,
)
from tokmeter.sources.claude_code import SOURCE, parser
from tokmeter.sources.claude_code.discover import find_roots

CASES = HERE / "claude_code"
NAMES = sorted(path.parent.name for path in CASES.glob("*/case.toml"))
SESSION = "aaaaaaaa-0000-4000-8000-000000000001"
MESSAGE = "msg_01EEEEEEEEEEEEEEEEEEEEEE"


def entries_of(name: str) -> list[Record]:
    """The entries of a case, after the whole case came out as derived by hand."""
    found = run_case(CASES / name, SOURCE)

    assert read_expected(CASES / name) == found
    return [record for record in found if "uncached_input_tokens" in record]


def events_of(name: str, kind: str) -> list[Record]:
    return [record for record in run_case(CASES / name, SOURCE) if record.get("event") == kind]


def columns(entry: Record) -> tuple[int, int, int, int, int]:
    """Input, cache read, cache writes of five minutes and of one hour, output."""
    return (
        entry["uncached_input_tokens"],
        entry["cache_read_input_tokens"],
        entry["cache_creation_5m_input_tokens"],
        entry["cache_creation_1h_input_tokens"],
        entry["output_tokens"],
    )


def response(**changes: Any) -> dict[str, Any]:
    usage = {"input_tokens": 4, "output_tokens": 30} | changes.pop("usage", {})
    message = {"id": MESSAGE, "model": "claude-sonnet-4-6", "stop_reason": "end_turn", "usage": usage}
    message |= changes.pop("message", {})
    line = {"type": "assistant", "uuid": "u", "sessionId": SESSION, "timestamp": "2026-03-02T09:00:00.000Z"}
    return line | {"message": message} | changes


def write_log(home: Path, *lines: dict[str, Any]) -> Path:
    path = home / ".claude" / "projects" / "-p" / f"{SESSION}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


# -- golden samples --------------------------------------------------------------------------------------


def test_golden_file_a_is_one_entry_one_prompt_one_tool_call_and_one_error() -> None:
    (entry,) = entries_of("golden_main")

    assert (4, 8000, 200, 1000, 187) == columns(entry)
    assert 9391 == sum(columns(entry))
    assert 1 == len(events_of("golden_main", "prompt"))
    assert ["Edit"] == [event["name"] for event in events_of("golden_main", "tool_call")]
    assert 1 == len(events_of("golden_main", "api_error"))


@pytest.mark.parametrize("backwards", [False, True], ids=["parent first", "fork first"])
def test_golden_file_b_a_fork_adds_its_own_response_only(backwards: bool) -> None:
    expected = entries_of("golden_fork")
    found = run_case(CASES / "golden_fork", SOURCE, lambda files: sorted(files, reverse=backwards))

    assert [9391, 9550] == [sum(columns(entry)) for entry in expected]
    assert expected == found[:2]


def test_golden_file_c_a_subagent_merges_its_replay_and_adds_its_own() -> None:
    parent, own = entries_of("golden_subagent")

    assert (4, 8000, 200, 1000, 187) == columns(parent)
    assert (None, "f00d") == (parent["agent_id"], own["agent_id"])
    assert (600, 0, 0, 0, 25) == columns(own)


def test_golden_advisor_line_is_two_entries() -> None:
    assert [(2, 5000, 100, 0, 90), (7000, 0, 0, 0, 300)] == [
        columns(entry) for entry in entries_of("golden_advisor")
    ]


# -- trap checklist --------------------------------------------------------------------------------------


def test_trap_1_block_lines_are_not_summed() -> None:
    assert [187] == [entry["output_tokens"] for entry in entries_of("block_lines")]


def test_trap_2_the_first_snapshot_does_not_win() -> None:
    assert [159] == [entry["output_tokens"] for entry in entries_of("output_grows")]


def test_trap_3_a_missing_request_id_does_not_split_a_response() -> None:
    assert 1 == len(entries_of("gateway_without_request_id"))


def test_trap_4_input_that_a_gateway_writes_late_is_counted() -> None:
    assert [900] == [entry["uncached_input_tokens"] for entry in entries_of("gateway_input_arrives_late")]


def test_trap_5_a_constant_gateway_id_does_not_join_responses() -> None:
    assert [10, 10] == [entry["output_tokens"] for entry in entries_of("gateway_constant_id")]
    assert [10, 20] == [
        entry["output_tokens"] for entry in entries_of("gateway_constant_id_without_request_id")
    ]


def test_trap_6_a_copy_in_another_file_is_one_entry() -> None:
    assert [30, 7] == [entry["output_tokens"] for entry in entries_of("resume_copies_old_session")]


def test_trap_7_a_side_question_replays_under_another_request_id() -> None:
    assert [(None, 30), ("side", 7)] == [
        (entry["agent_id"], entry["output_tokens"]) for entry in entries_of("side_question_replay")
    ]


def test_trap_8_subagent_files_are_counted() -> None:
    assert ["a", "b"] == [entry["agent_id"] for entry in entries_of("subagent_file")]


def test_trap_9_workflow_runs_are_found_however_deep() -> None:
    assert 1 == len(entries_of("workflow_nesting"))


@pytest.mark.parametrize(("name", "output"), [("progress_alone", 25), ("progress_and_file", 31)])
def test_trap_10_a_progress_line_is_evidence_of_a_subagents_response(name: str, output: int) -> None:
    (entry,) = entries_of(name)

    assert ("f00d", output) == (entry["agent_id"], entry["output_tokens"])


def test_trap_11_usage_of_a_tool_result_is_a_copy() -> None:
    assert [] == entries_of("tool_use_result_usage")


def test_trap_12_synthetic_lines_are_events_not_entries() -> None:
    assert [] == entries_of("synthetic")
    assert 2 == len(events_of("synthetic", "api_error"))


def test_trap_13_cached_input_is_not_added_to_input_again() -> None:
    (entry,) = entries_of("cached_input")

    assert 8004 == sum(columns(entry)[:4])


def test_trap_14_and_15_the_lifetime_split_divides_cache_writes() -> None:
    split, zero, absent, without_total, rest = entries_of("cache_split")

    assert (200, 1000) == columns(split)[2:4]
    assert (500, 0) == columns(zero)[2:4]
    assert (500, 0) == columns(absent)[2:4]
    assert (30, 40) == columns(without_total)[2:4]
    assert (60, 40) == columns(rest)[2:4]


def test_trap_16_an_advisor_is_not_dropped() -> None:
    assert ["claude-sonnet-4-6", "claude-opus-4-7"] == [e["model"] for e in entries_of("golden_advisor")]


def test_trap_17_message_iterations_are_not_added() -> None:
    assert [(2, 0, 0, 0, 90)] == [columns(entry) for entry in entries_of("message_iterations")]


def test_trap_18_a_null_count_does_not_drop_the_line() -> None:
    assert [(5, 0, 0, 0, 5)] == [columns(entry) for entry in entries_of("null_fields")]


def test_trap_19_a_truncated_tail_loses_nothing_before_it_and_comes_next_time(tmp_path: Path) -> None:
    path = write_log(tmp_path, response(), response(message={"id": MESSAGE + "2"}))
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    first = run_home(tmp_path, SOURCE)
    cursor = read_again(SOURCE, first.files[0], None, {}).cursor
    path.write_bytes(whole)
    second = read_again(SOURCE, first.files[0], cursor, {})

    assert [f"m:{MESSAGE}"] == list(first.entries)
    assert [f"m:{MESSAGE}2"] == [entry.key for entry in second.parsed.entries]
    assert 1 == len(entries_of("torn_tail"))


def test_trap_20_a_nul_run_before_a_line_is_stripped() -> None:
    assert 3 == len(entries_of("nul_run"))


def test_trap_21_a_line_separator_in_a_string_is_no_line_end() -> None:
    assert 1 == len(entries_of("line_separators"))


def test_trap_22_a_line_of_20_megabytes_is_counted(tmp_path: Path) -> None:
    image = {"type": "image", "source": {"type": "base64", "data": "iVBO" * 5_000_000}}
    content = [image, {"type": "text", "text": "synthetic"}]
    path = write_log(tmp_path, response(message={"content": content}), response(usage={"output_tokens": 31}))
    found = run_home(tmp_path, SOURCE)

    assert path.stat().st_size > 20_000_000
    assert [31] == [entry.output_tokens for entry in found.entries.values()]
    assert [] == found.problems


def test_trap_23_the_instant_is_kept_so_that_a_local_day_can_be_cut(tmp_path: Path) -> None:
    """23:30 UTC on 2 March is 01:30 on 3 March two hours further east."""
    write_log(tmp_path, response(timestamp="2026-03-02T23:30:00.000Z"))
    (entry,) = run_home(tmp_path, SOURCE).entries.values()
    instant = datetime.fromtimestamp(entry.ts / 1000, UTC)

    assert "2026-03-03" == instant.astimezone(timezone(timedelta(hours=2))).date().isoformat()


def test_trap_24_a_response_across_midnight_is_one_entry_of_the_first_day() -> None:
    assert ["2026-03-02T23:59:59.000Z"] == [entry["ts"] for entry in entries_of("across_midnight")]


def test_trap_25_the_clients_own_cost_is_kept_apart_and_once() -> None:
    """0.0123456785 dollars are 12,345,678.5 nano-dollars; the half rounds to even."""
    assert [12_345_678] == [entry["reported_cost_nanousd"] for entry in entries_of("reported_cost")]


def test_trap_26_searches_of_a_result_are_told_once_and_linked_to_their_response() -> None:
    by_usage = [entry["web_searches"] for entry in entries_of("web_search")]
    linked = [event for event in events_of("web_search", "tool_call") if event["name"] == "WebSearch"]

    assert [0, 2, 0] == by_usage
    assert [("m:msg_01AAAAAAAAAAAAAAAAAAAAAA", 3)] == [(e["entry_key"], e["count"]) for e in linked]


def test_trap_27_a_deleted_file_is_no_problem_of_discovery(tmp_path: Path) -> None:
    path = write_log(tmp_path, response())
    before = SOURCE.discover(SOURCE.roots({}, tmp_path))
    path.unlink()
    after = SOURCE.discover(SOURCE.roots({}, tmp_path))

    assert ([str(path.resolve())], []) == ([file.path for file in before.files], before.problems)
    assert ([], []) == (after.files, after.problems)


def test_trap_28_a_rewrite_of_the_same_size_is_read_anew_and_merged_by_maximum(tmp_path: Path) -> None:
    path = write_log(tmp_path, response(usage={"output_tokens": 30}))
    found = run_home(tmp_path, SOURCE)
    cursor = read_again(SOURCE, found.files[0], None, {}).cursor
    write_log(tmp_path, response(usage={"output_tokens": 77}))
    again = read_again(SOURCE, found.files[0], cursor, {})
    found.add(again.parsed)

    assert (True, cursor.offset) == (again.fresh, path.stat().st_size)
    assert [77] == [entry.output_tokens for entry in found.entries.values()]


def test_trap_29_a_comma_in_a_real_path_is_one_root() -> None:
    case = load_case(CASES / "comma_in_path")
    overridden = [
        r for r in SOURCE.roots(case.env(case.input), case.input) if r.reason == "CLAUDE_CONFIG_DIR"
    ]

    assert [case.input.resolve() / "data" / "a,b" / "projects"] == [root.path for root in overridden]
    assert 1 == len(entries_of("comma_in_path"))


def test_trap_30_subagents_are_no_sessions_of_their_own() -> None:
    entries = entries_of("one_session_three_agents")

    assert {SESSION} == {entry["session_id"] for entry in entries}
    assert {None, "x", "y", "z"} == {entry["agent_id"] for entry in entries}


# -- the two ways of reading, places, state --------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_tolerant_path_gives_what_the_typed_one_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_line: object) -> object:
        raise ValueError

    expected = run_case(CASES / name, SOURCE)
    monkeypatch.setattr(parser, "decode_line", refuse)
    monkeypatch.setattr(parser, "decode_texts", refuse)

    assert expected == run_case(CASES / name, SOURCE)


def test_half_an_emoji_does_not_lose_a_line(tmp_path: Path) -> None:
    """Text cut inside a surrogate pair is escaped by its writer; both halves of the reader must live with it."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "\ud83d"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ab\ud83d"}
    user = {"type": "user", "timestamp": "2026-03-02T09:00:01.000Z", "message": {"content": [result]}}
    write_log(tmp_path, response(message={"content": [call]}), user)
    found = run_home(tmp_path, SOURCE)
    (event,) = found.events.values()

    assert [30] == [entry.output_tokens for entry in found.entries.values()]
    assert (len('{"command":"?"}'), len("ab?")) == (event.input_bytes, event.result_bytes)


def test_an_override_that_is_not_there_says_so(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    roots = find_roots({"CLAUDE_CONFIG_DIR": str(missing)}, tmp_path)

    assert [(missing / "projects", False)] == [
        (root.path, root.exists) for root in roots if root.reason == "CLAUDE_CONFIG_DIR"
    ]


def test_linked_roots_and_linked_loops_are_read_once(tmp_path: Path) -> None:
    path = write_log(tmp_path, response())
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "claude").symlink_to(tmp_path / ".claude")
    (path.parent / "loop").symlink_to(path.parent.parent)

    assert [str(path.resolve())] == [file.path for file in run_home(tmp_path, SOURCE).files]


def test_desktop_sessions_of_windows_are_found(tmp_path: Path) -> None:
    local = tmp_path / "Local" / "Packages" / "Claude_abc" / "LocalCache" / "Roaming"
    places = [tmp_path / "Roaming", local]
    for number, place in enumerate(places):
        log = place / "Claude/local-agent-mode-sessions/o/w/local_1/.claude/projects/p" / f"{number}.jsonl"
        log.parent.mkdir(parents=True)
        log.write_text("{}\n", encoding="utf-8")
    env = {"APPDATA": str(tmp_path / "Roaming"), "LOCALAPPDATA": str(tmp_path / "Local")}

    assert ["0.jsonl", "1.jsonl"] == sorted(
        Path(file.path).name for file in run_home(tmp_path, SOURCE, env=env).files
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_read_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    path = write_log(tmp_path, response())
    closed = path.parent / "closed"
    closed.mkdir(mode=0)
    found = run_home(tmp_path, SOURCE)
    closed.chmod(0o700)

    assert ["folder-unreadable"] == [problem.code for problem in found.problems]
    assert 1 == len(found.entries)


def test_a_state_of_another_version_makes_the_file_be_read_anew(tmp_path: Path) -> None:
    write_log(tmp_path, response())
    file = run_home(tmp_path, SOURCE).files[0]
    cursor = read_again(SOURCE, file, None, {}).cursor
    object.__setattr__(cursor, "state", b"[999]")

    assert read_again(SOURCE, file, cursor, {}).fresh


def test_unknown_line_types_are_counted_by_name(tmp_path: Path) -> None:
    write_log(
        tmp_path, {"type": "x-new"}, {"type": "x-new"}, {"type": "not a word"}, {"x": 1}, {"type": "summary"}
    )
    found: Found = run_home(tmp_path, SOURCE)

    assert {"x-new": 2, "?": 2} == found.unknown
    assert [] == records(found)
