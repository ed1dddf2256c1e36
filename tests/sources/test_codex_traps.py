"""The known traps of Codex logs (docs/formats.md), one named test each, and the golden samples.

The numbers in the names only name the traps. The golden samples stand as fixture cases beside this file.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import zstandard

from sources.golden import HERE, Found, read_expected, records, run_case, run_home
from sources.rollouts import (
    OTHER,
    OWN,
    PARENT,
    START,
    at,
    count,
    counted,
    line,
    meta,
    read,
    record,
    started,
    text,
    totals,
    turn,
    usage,
    visible,
    write,
)
from tokmeter.core.usage import MODEL_GUESSED
from tokmeter.sources._jsonl import read_log
from tokmeter.sources.codex import SOURCE

HEAD = [meta(), turn(0.5)]


@pytest.mark.parametrize(
    "sample",
    [
        "s1_plain_thread",
        "s2_both_record_types",
        "s3_restamped_fork_alone",
        "s4_independent_subagent",
        "s5_window_fill",
        "s6_cumulative_only",
    ],
)
def test_golden_sample_gives_its_rows(sample: str) -> None:
    case = HERE / "codex" / sample

    assert read_expected(case) == run_case(case, SOURCE)


def test_golden_samples_1_and_3_give_three_rows_and_2820_tokens_in_both_orders() -> None:
    home = HERE / "codex" / "s3_restamped_fork_and_parent" / "input"
    forwards = run_home(home, SOURCE, order=sorted)
    backwards = run_home(home, SOURCE, order=lambda files: sorted(files, reverse=True))

    assert [1050, 1240, 530] == totals(forwards)
    assert records(forwards) == records(backwards)


def test_golden_sample_4_belongs_to_its_parents_tree() -> None:
    (entry,) = run_home(HERE / "codex" / "s4_independent_subagent" / "input", SOURCE).entries.values()

    assert OWN == entry.origin.root_session_id


def test_trap_01_totals_are_not_summed(tmp_path: Path) -> None:
    steps = [(100, 100), (250, 150), (400, 150)]
    lines = [count(n, usage(total), usage(last)) for n, (total, last) in enumerate(steps, 1)]

    assert 400 == sum(counted(tmp_path, HEAD + lines))


def test_trap_02_a_re_emitted_total_is_one_row(tmp_path: Path) -> None:
    lines = [count(n, usage(100), usage(100)) for n in (1, 2, 3)]

    assert [100] == counted(tmp_path, HEAD + lines)


def test_trap_03_a_total_re_emitted_after_another_is_no_third_row(tmp_path: Path) -> None:
    steps = [(100, 100), (150, 50), (100, 100)]
    lines = [count(n, usage(total), usage(last)) for n, (total, last) in enumerate(steps, 1)]

    assert [100, 50] == counted(tmp_path, HEAD + lines)


def test_trap_04_two_equal_responses_are_two_rows(tmp_path: Path) -> None:
    lines = [count(1, usage(10), usage(10)), count(2, usage(20), usage(10))]

    assert [10, 10] == counted(tmp_path, HEAD + lines)


def test_trap_05_a_heartbeat_gives_a_snapshot_and_no_row(tmp_path: Path) -> None:
    limits = {"primary": {"used_percent": 7, "window_minutes": 300, "resets_at": START}, "secondary": None}
    write(
        tmp_path, [*HEAD, line(1, "event_msg", {"type": "token_count", "info": None, "rate_limits": limits})]
    )
    found = read(tmp_path)

    assert [] == totals(found)
    assert [("codex", 300, 7.0, START * 1000)] == [
        (limit.limit_id, limit.window_minutes, limit.used_percent, limit.resets_at) for limit in found.limits
    ]


def test_trap_06_a_context_estimate_after_compaction_counts_nothing(tmp_path: Path) -> None:
    estimate = {**usage(0), "total_tokens": 700}

    assert [100] == counted(
        tmp_path, [*HEAD, count(1, usage(100), usage(100)), count(2, usage(100), estimate)]
    )


def test_trap_07_a_window_fill_counts_nothing_and_restarts_the_total() -> None:
    assert [5100, 910] == totals(run_home(HERE / "codex" / "s5_window_fill" / "input", SOURCE))


def test_trap_08_cached_tokens_are_inside_input(tmp_path: Path) -> None:
    write(tmp_path, [*HEAD, count(1, usage(1000, cached=200), usage(1000, cached=200))])
    (entry,) = visible(read(tmp_path))

    assert (800, 200) == (entry.uncached_input_tokens, entry.cache_read_input_tokens)


def test_trap_09_reasoning_is_inside_output(tmp_path: Path) -> None:
    used = usage(10, output=50, reasoning=10)
    write(tmp_path, [*HEAD, count(1, used, used)])
    (entry,) = visible(read(tmp_path))

    assert (50, 10, 60) == (entry.output_tokens, entry.reasoning_output_tokens, entry.total_tokens)


def test_trap_10_a_missing_total_is_derived_without_reasoning(tmp_path: Path) -> None:
    used = {"input_tokens": 9, "output_tokens": 4, "reasoning_output_tokens": 1}
    whole = {**used, "cached_input_tokens": 0, "total_tokens": 13}

    assert [13] == counted(tmp_path, [*HEAD, count(1, used, used), count(2, whole, whole)])


def test_trap_11_copies_with_preserved_times_are_replay(tmp_path: Path) -> None:
    copied = [turn(1, "p1"), count(2, usage(100), usage(100))]
    own = [turn(101, "t2"), count(102, usage(130), usage(30))]
    first = meta(second=100, start=100, forked_from_id=PARENT)

    assert [30] == counted(tmp_path, [first, meta(PARENT, second=0.1), *copied, *own])


def test_trap_12_re_stamped_copies_over_seven_seconds_are_replay() -> None:
    assert [530] == totals(run_home(HERE / "codex" / "s3_restamped_fork_alone" / "input", SOURCE))


def test_trap_13_a_fork_by_reference_counts_its_last_only(tmp_path: Path) -> None:
    base = {"thread_id": PARENT, "end_ordinal_exclusive": 40, "end_byte_offset": 9000}
    lines = [
        meta(history_base=base, forked_from_id=PARENT) | {"ordinal": 40},
        turn(1, ordinal=41),
        count(2, usage(160), usage(120), ordinal=42),
    ]

    assert [120] == counted(tmp_path, lines)


def test_trap_14_the_prefix_of_sibling_forks_counts_once_in_the_parent(tmp_path: Path) -> None:
    prefix = [turn(1, "p1"), count(2, usage(100), usage(100)), count(3, usage(250), usage(150))]
    write(tmp_path, [meta(PARENT), *prefix], PARENT)
    for number in (1, 2, 3):
        child = f"019e0000-0000-7000-8000-00000000000{number}"
        copies = [{**one, "timestamp": at(1000 + number)} for one in prefix]
        own = [turn(1100, f"own-{number}"), count(1101, usage(250 + number), usage(number))]
        write(tmp_path, [meta(child, 1000, 1000, forked_from_id=PARENT), *copies, *own], child)

    assert [100, 150, 1, 2, 3] == totals(read(tmp_path))


def test_trap_15_an_independent_subagent_is_counted() -> None:
    assert [320] == totals(run_home(HERE / "codex" / "s4_independent_subagent" / "input", SOURCE))


def test_trap_16_history_start_ordinal_may_be_text(tmp_path: Path) -> None:
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": PARENT, "depth": 1}}}
    lines = [meta(source=spawn, subagent_history_start_ordinal="24") | {"ordinal": 0}]
    lines += [count(n, usage(n), usage(1), ordinal=n) for n in range(1, 26)]

    assert [1, 1] == counted(tmp_path, lines)


def test_trap_17_a_copied_session_meta_does_not_take_over(tmp_path: Path) -> None:
    first = meta(second=100, start=100, forked_from_id=PARENT)
    write(
        tmp_path, [first, meta(PARENT, 100), started(101, "t2", START + 101), count(102, usage(5), usage(5))]
    )
    (entry,) = visible(read(tmp_path))

    assert OWN == entry.origin.session_id


def test_trap_18_both_record_types_are_one_visible_row() -> None:
    (entry,) = visible(run_home(HERE / "codex" / "s2_both_record_types" / "input", SOURCE))

    assert ("codex:resp:resp_0123456789abcdef01", 990) == (entry.key, entry.total_tokens)


def test_trap_19_an_upgrade_inside_a_thread_counts_each_turn_once(tmp_path: Path) -> None:
    lines = [count(1, usage(100), usage(100)), turn(2, "t2"), record(3, usage(40), "t2")]
    lines += [count(3.1, usage(140), usage(40))]

    assert [100, 40] == counted(tmp_path, HEAD + lines)


def test_trap_20_the_usage_record_inside_a_compaction_is_a_copy(tmp_path: Path) -> None:
    copy = {"thread_id": OWN, "response_id": "resp_0000000000000001", "usage": usage(10)}

    assert [] == counted(tmp_path, [*HEAD, line(1, "compacted", {"latest_token_usage_record": copy})])


def test_trap_21_an_archived_copy_counts_once(tmp_path: Path) -> None:
    lines = [*HEAD, count(1, usage(100), usage(100))]
    active = write(tmp_path, lines)
    write(tmp_path, lines, folder="archived_sessions")
    found = read(tmp_path)

    assert [str(active)] == [file.path for file in found.files]
    assert [100] == totals(found)


def test_trap_22_plain_and_compressed_count_once_and_the_plain_file_wins(tmp_path: Path) -> None:
    plain = write(tmp_path, [*HEAD, count(1, usage(100), usage(100))], folder="archived_sessions")
    packed = tmp_path / ".codex" / "sessions" / (plain.name + ".zst")
    packed.parent.mkdir(parents=True)
    packed.write_bytes(zstandard.compress(plain.read_bytes()))
    found = read(tmp_path)

    assert [str(plain)] == [file.path for file in found.files]
    assert [100] == totals(found)


def test_trap_23_a_compressed_archive_is_counted(tmp_path: Path) -> None:
    plain = write(tmp_path, [*HEAD, count(1, usage(100), usage(100))], folder="archived_sessions")
    plain.with_name(plain.name + ".zst").write_bytes(zstandard.compress(plain.read_bytes()))
    plain.unlink()

    assert [100] == totals(read(tmp_path))


def test_trap_24_rows_carry_the_model_of_their_moment(tmp_path: Path) -> None:
    lines = [count(1, usage(100), usage(100)), turn(2, "t2", "gpt-5.6-sol"), count(3, usage(150), usage(50))]
    write(tmp_path, HEAD + lines)

    assert ["gpt-5.2-codex", "gpt-5.6-sol"] == [entry.sku.model for entry in visible(read(tmp_path))]


def test_trap_25_a_model_inside_session_meta_is_not_the_model(tmp_path: Path) -> None:
    first = meta(dynamic_tools=[{"model": "nested"}], model="no-field-of-a-session")
    write(tmp_path, [first, count(1, usage(100), usage(100))])
    (entry,) = visible(read(tmp_path))

    assert ("unknown", MODEL_GUESSED) == (entry.sku.model, entry.flags)


def test_trap_26_the_tier_comes_from_the_log_not_from_todays_config(tmp_path: Path) -> None:
    settings = {"type": "thread_settings_applied", "thread_settings": {"service_tier": "priority"}}
    back = {"type": "thread_settings_applied", "thread_settings": {"service_tier": "default"}}
    lines = [count(1, usage(10), usage(10)), line(2, "event_msg", settings), count(3, usage(30), usage(20))]
    lines += [line(4, "event_msg", back), count(5, usage(60), usage(30))]
    write(tmp_path, HEAD + lines)
    (tmp_path / ".codex" / "config.toml").write_text('service_tier = "fast"\n')

    assert [None, "priority", None] == [entry.sku.service_tier for entry in visible(read(tmp_path))]


def test_trap_27_a_saved_exec_stream_is_not_ingested(tmp_path: Path) -> None:
    folder = tmp_path / ".codex" / "sessions"
    folder.mkdir(parents=True)
    stream = [{"type": "thread.started", "thread_id": OWN}]
    stream += [{"type": "turn.completed", "usage": {"input_tokens": n}} for n in (1200, 2400, 3600)]
    (folder / "exec.jsonl").write_text(text(stream))

    assert [] == read(tmp_path).files


def test_trap_28_a_missing_last_is_the_difference_of_totals() -> None:
    assert [150, 190] == totals(run_home(HERE / "codex" / "s6_cumulative_only" / "input", SOURCE))


def test_trap_29_a_total_that_falls_has_restarted(tmp_path: Path) -> None:
    assert [500, 80] == counted(tmp_path, [*HEAD, count(1, usage(500), None), count(2, usage(80), None)])


def test_trap_30_any_originator_counts(tmp_path: Path) -> None:
    first = meta(originator="Some IDE", source={"other": "thing"})

    assert [7] == counted(tmp_path, [first, turn(1), count(2, usage(7), usage(7))])


def test_trap_31_a_row_has_the_time_of_its_line_not_of_the_file_name(tmp_path: Path) -> None:
    path = write(tmp_path, [*HEAD, {**count(1, usage(7), usage(7)), "timestamp": "2026-03-02T04:30:00.000Z"}])
    path.rename(path.with_name(f"rollout-2026-03-01T23-30-00-{OWN}.jsonl"))
    (entry,) = visible(read(tmp_path))

    assert 1772425800000 == entry.ts  # date -u -d 2026-03-02T04:30:00Z +%s


def test_trap_32_a_rollback_subtracts_nothing(tmp_path: Path) -> None:
    undo = line(2, "event_msg", {"type": "thread_rolled_back", "num_turns": 2})
    write(tmp_path, [*HEAD, count(1, usage(7), usage(7)), undo])
    found = read(tmp_path)

    assert [7] == totals(found)
    assert [("rollback", 2)] == [(event.kind, event.count) for event in found.events.values()]


def test_trap_33_a_truncated_tail_waits_for_its_rest(tmp_path: Path) -> None:
    path = write(tmp_path, [*HEAD, count(1, usage(7), usage(7))])
    whole = text([count(2, usage(10), usage(3))])
    path.write_text(path.read_text() + whole[:-40])
    before = run_home(tmp_path, SOURCE)
    path.write_text(path.read_text() + whole[-40:])

    assert ([7], []) == (totals(before), before.problems)
    assert [7, 3] == totals(run_home(tmp_path, SOURCE))


def test_trap_34_without_saved_state_a_file_is_read_from_its_start(tmp_path: Path) -> None:
    path = write(tmp_path, [*HEAD, count(1, usage(7), usage(7))])
    (file,) = read(tmp_path).files
    cursor = read_log(SOURCE, file, None, {}).cursor
    with path.open("a") as log:
        log.write(text([count(2, usage(7), usage(7)), count(3, usage(9), None)]))
    (file,) = read(tmp_path).files
    unknown = dataclasses.replace(cursor, state=b"\x91\x63")  # a state of version 99
    reading = read_log(SOURCE, file, unknown, {})

    assert (True, [7, 2]) == (reading.fresh, [entry.total_tokens for entry in reading.parsed.entries])


def test_trap_35_a_file_of_the_format_before_0_3x_has_no_rows_and_says_so() -> None:
    found: Found = run_home(HERE / "codex" / "bare_format_without_tokens" / "input", SOURCE)

    assert ([], ["unmetered"]) == (totals(found), [problem.code for problem in found.problems])


def test_a_key_holds_neither_path_nor_line_nor_time(tmp_path: Path) -> None:
    lines = [*HEAD, count(1, usage(7), usage(7))]
    moved = tmp_path / "moved"
    write(tmp_path / "here", lines)
    write(
        moved,
        [{"timestamp": at(3), "type": "world_state", "payload": {}}, *lines],
        folder="archived_sessions",
    )
    keys = [list(read(home).entries) for home in (tmp_path / "here", moved)]

    assert keys[0] == keys[1]
    assert json.dumps(keys[0]) == json.dumps([f"codex:tc:{OWN}:7.0.0.0.0.7"])


def test_a_usage_record_of_another_thread_is_a_copy(tmp_path: Path) -> None:
    assert [] == counted(tmp_path, [*HEAD, record(1, usage(40), thread_id=OTHER)])


def test_a_fork_is_its_own_root(tmp_path: Path) -> None:
    write(tmp_path, [meta(forked_from_id=PARENT), started(1, "t2", START + 1), count(2, usage(5), usage(5))])
    (entry,) = visible(read(tmp_path))

    assert (OWN, PARENT, None) == (
        entry.origin.root_session_id,
        entry.origin.parent_session_id,
        entry.origin.agent_id,
    )
