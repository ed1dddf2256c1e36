"""Where a fork's or subagent's own region starts: the eight tests of docs/formats.md, and their limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.golden import Found, siblings_of
from sources.rollouts import (
    OTHER,
    OWN,
    PARENT,
    START,
    Record,
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
    write,
)
from tokmeter.core.usage import FORK_GUESSED
from tokmeter.sources._base import StaleStateError
from tokmeter.sources._jsonl import read_log
from tokmeter.sources.codex import SOURCE

SPAWN = {"subagent": {"thread_spawn": {"parent_thread_id": PARENT, "depth": 1}}}
HANDOVER = {"type": "inter_agent_communication", "trigger_turn": True}


def copies(second: float, turn_id: str | None = "p1") -> list[Record]:
    """A parent's two responses (100, then 150 tokens), stamped at `second` by the copier."""
    return [
        turn(second, turn_id),
        count(second, usage(100), usage(100)),
        count(second, usage(250), usage(150)),
    ]


def own(second: float, turn_id: str | None = "t2") -> list[Record]:
    """One own response of 30 tokens that continues the copied total."""
    return [turn(second, turn_id), count(second + 1, usage(280), usage(30))]


FORK = meta(forked_from_id=PARENT)
COPIED_META = meta(PARENT, 0.1, start=-3600)

CASES = {
    "1: a fork by reference holds own lines only": [
        meta(history_base={"thread_id": PARENT, "end_ordinal_exclusive": 3}),
        *[{**one, "ordinal": number} for number, one in enumerate(copies(0.2))],
        *[{**one, "ordinal": number} for number, one in enumerate(own(0.3), 3)],
    ],
    "2: lines before the start ordinal are copies": [
        meta(source=SPAWN, subagent_history_start_ordinal=4),
        *[{**one, "ordinal": number} for number, one in enumerate(copies(1), 1)],
        *[{**one, "ordinal": number} for number, one in enumerate(own(1), 4)],
    ],
    "3: lines older than the thread are copies": [
        meta(second=100, start=100, source=SPAWN),
        *copies(50),
        *own(100),
    ],
    "4: copied turns keep the time at which they began": [
        FORK,
        COPIED_META,
        started(0.2, "p1", START - 3600),
        *copies(9),
        started(10, "t2", START + 10),
        *own(10),
    ],
    "5: a desktop fork repeats its own meta after the copies": [
        FORK,
        COPIED_META,
        *copies(2),
        meta(second=3),
        *own(3.5),
    ],
    "5: a hand-over right after a turn context opens the own region": [
        FORK,
        COPIED_META,
        *copies(2),
        turn(3, "t2"),
        line(3.1, "inter_agent_communication", HANDOVER),
        count(3.2, usage(280), usage(30)),
    ],
    "8: without any evidence five seconds are taken for copies": [FORK, *copies(5), *own(6)],
    "chained: another ancestor's meta takes back what a start had opened": [
        FORK,
        COPIED_META,
        started(0.2, "p0", START + 0),
        count(0.3, usage(60), usage(60)),
        meta(OTHER, 0.4, start=-7200),
        *copies(2),
        started(10, "t2", START + 10),
        *own(10),
    ],
}


@pytest.mark.parametrize("lines", CASES.values(), ids=CASES.keys())
def test_only_own_responses_count(lines: list[Record], tmp_path: Path) -> None:
    assert [30] == counted(tmp_path, lines)


@pytest.mark.parametrize("turn_id", ["p1", None], ids=["by turn ids", "by totals"])
def test_6_the_parents_log_tells_what_was_copied(turn_id: str | None, tmp_path: Path) -> None:
    write(tmp_path, [meta(PARENT, -100, -100), *copies(-90, turn_id)], PARENT)
    second = None if turn_id is None else "t2"
    write(tmp_path, [FORK, *copies(20, turn_id), *own(30, second)])
    found = read(tmp_path)

    assert [100, 150, 30] == totals(found)
    assert [] == found.problems


def test_6_copied_reset_totals_do_not_matter_when_turns_have_ids(tmp_path: Path) -> None:
    """A compaction re-estimate in the copy is missing in the parent; the turn ids decide, not the totals."""
    write(tmp_path, [meta(PARENT, -100, -100), *copies(-90)], PARENT)
    extra = count(20.5, usage(251), usage(1))
    write(tmp_path, [FORK, *copies(20), extra, *own(30)])

    assert [100, 150, 30] == totals(read(tmp_path))


def test_7_a_subagent_without_copies_counts_from_its_first_line(tmp_path: Path) -> None:
    assert [40] == counted(tmp_path, [meta(source=SPAWN), turn(0), count(0.1, usage(40), usage(40))])


def test_8_a_guess_is_flagged_reported_and_waits_for_the_parent(tmp_path: Path) -> None:
    write(tmp_path, [FORK, *copies(2), *own(6)])
    found = read(tmp_path)
    (file,) = found.files
    reading = read_log(SOURCE, file, None, {})

    assert PARENT == reading.parsed.waiting_for
    assert [FORK_GUESSED] == [entry.flags for entry in found.entries.values()]
    assert ["fork-guessed"] == [problem.code for problem in found.problems]


def test_8_siblings_that_copied_the_same_missing_parent_count_its_history_once(tmp_path: Path) -> None:
    """Both copy 100 and 150 late enough to pass for own; then they differ by 1 and 2."""
    for number, thread in ((1, OWN), (2, OTHER)):
        tail = [turn(60, f"t{number}"), count(61, usage(250 + number), usage(number))]
        write(tmp_path, [meta(thread, forked_from_id=PARENT), *copies(20 + number), *tail], thread)

    assert [100, 150, 1, 2] == totals(read(tmp_path))


def test_8_a_guess_is_taken_back_when_better_evidence_follows(tmp_path: Path) -> None:
    """Copies up to second 9 pass for own until the thread's own first turn is met."""
    assert [30] == counted(tmp_path, [FORK, *copies(9), started(10, "t2", START + 10), *own(10)])


def test_a_saved_guess_is_not_continued_once_the_parent_is_there(tmp_path: Path) -> None:
    write(tmp_path, [FORK, *copies(20)])
    (child,) = read(tmp_path).files
    state = read_log(SOURCE, child, None, {}).cursor.state
    write(tmp_path, [meta(PARENT, -100, -100), *copies(-90)], PARENT)
    siblings = siblings_of(SOURCE, read(tmp_path).files)

    with pytest.raises(StaleStateError):
        SOURCE.parser(child, state, siblings)


def test_evidence_in_a_later_reading_makes_the_file_be_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path, [FORK, *copies(9)])
    (file,) = read(tmp_path).files
    first = read_log(SOURCE, file, None, {})
    with path.open("a") as log:
        log.write(text([started(10, "t2", START + 10), *own(10)]))
    (file,) = read(tmp_path).files
    second = read_log(SOURCE, file, first.cursor, {})

    assert [100, 150] == [entry.total_tokens for entry in first.parsed.entries]
    assert (True, [30]) == (second.fresh, [entry.total_tokens for entry in second.parsed.entries])


def test_copied_prompts_and_tool_calls_are_no_events(tmp_path: Path) -> None:
    ask = line(2, "event_msg", {"type": "user_message", "message": "again"})
    call = line(2, "response_item", {"type": "function_call", "call_id": "call_1", "name": "shell"})
    write(tmp_path, [FORK, COPIED_META, started(0.2, "p1", START - 9), ask, call, *copies(2), *own(10)])

    assert {} == read(tmp_path).events


def test_a_model_known_only_from_the_copy_is_used(tmp_path: Path) -> None:
    lines = [FORK, COPIED_META, started(0.2, "p1", START - 9), *copies(2), started(10, "t2", START + 10)]
    write(tmp_path, [*lines, count(11, usage(280), usage(30))])
    found: Found = read(tmp_path)

    assert ["gpt-5.2-codex"] == [entry.sku.model for entry in found.entries.values()]


def test_repeated_own_metas_of_a_plain_thread_change_nothing(tmp_path: Path) -> None:
    lines = [meta(), turn(1), count(2, usage(10), usage(10)), meta(second=3), count(4, usage(30), usage(20))]

    assert [10, 20] == counted(tmp_path, lines)


def test_a_parent_without_any_turn_or_total_yet_says_nothing_about_its_fork(tmp_path: Path) -> None:
    """Its own first turn (test 4) opens the child's region, as it does where the parent is absent."""
    write(tmp_path, [meta(PARENT, -100, -100)], PARENT)
    lines = [FORK, COPIED_META, turn(0.3, None), count(0.4, usage(100), usage(100))]
    write(
        tmp_path, [*lines, started(20, "t9", START + 20), turn(20.1, "t9"), count(24, usage(130), usage(30))]
    )

    assert [30] == totals(read(tmp_path))


def test_3_a_copied_meta_that_kept_its_time_is_the_whole_copy(tmp_path: Path) -> None:
    """Lines from the thread's own start on are own, however soon they come."""
    old = {**meta(PARENT, 0, -100), "timestamp": "2026-02-28T09:00:00.000Z"}

    assert [10, 20] == counted(
        tmp_path, [FORK, old, turn(1), count(2, usage(10), usage(10)), count(4, usage(30), usage(20))]
    )


def test_a_turn_context_without_an_id_keeps_the_turn_that_was_started(tmp_path: Path) -> None:
    """So the record of that turn hides its token count: 60 tokens, not 120."""
    lines = [
        meta(),
        started(1, "t1"),
        turn(2, None),
        record(3, usage(50, 10)),
        count(4, usage(50, 10), usage(50, 10)),
    ]

    assert [60] == counted(tmp_path, lines)
