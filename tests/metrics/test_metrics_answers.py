"""Each number has one definition: totals, shares, pace, comparison, sessions, integrity."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.mock_week import BERLIN, CENT, NOW, PROJECTS, mock_week
from support.sums import NANO, Books, at
from tokmeter.core.period import days, parse_period
from tokmeter.core.spans import Slice
from tokmeter.metrics.burn import pace
from tokmeter.metrics.cache import hit_rate
from tokmeter.metrics.compare import compare
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.mix import largest_remainder, shares
from tokmeter.metrics.query import Filter
from tokmeter.metrics.sessions import active_ms, session, sessions
from tokmeter.metrics.totals import NOTHING, Sums, totals

WEEK = parse_period("2026-W47", "week", NOW, BERLIN)
WHOLE = [Slice(WEEK.first_day, WEEK.start_ms, WEEK.end_ms)]


def test_the_mock_week_adds_up_to_the_design():
    books = mock_week()

    found = totals(books.connection, Filter(), days(WEEK))

    assert (3982 * CENT, 56_317_000, 234, 31) == (
        found.total.list_cost_nanousd,
        found.total.total_tokens,
        found.total.requests,
        len(found.sessions),
    )
    assert [618, 707, 417, 863, 893, 484, 0] == [sums.cost_nanousd // CENT for sums in found.by_slice]
    assert [
        ("claude-opus-4-8", 2808),
        ("gpt-5.5-codex", 715),
        ("claude-sonnet-4-6", 389),
        ("claude-haiku-4-5", 70),
    ] == [(model, sums.cost_nanousd // CENT) for model, sums in found.by_model.items()]
    assert list(PROJECTS) == [(path, sums.cost_nanousd // CENT) for path, sums in found.by_project.items()]
    assert {"claude-code": 3229, "codex": 715, "llm": 38} == {
        source: sums.cost_nanousd // CENT for source, sums in found.by_source.items()
    }
    assert [70, 18, 10, 2] == list(shares(found.by_model).values())
    # 28.3M of 1.2M + 28.3M + 3.9M
    assert (28_300_000, 33_400_000) == hit_rate(found.by_model["claude-opus-4-8"])


def test_a_cost_is_unknown_only_when_nothing_has_a_price():
    assert 0 == Sums().list_cost_nanousd
    assert Sums(requests=2, unpriced_requests=2).list_cost_nanousd is None
    assert 5 == Sums(requests=2, unpriced_requests=1, cost_nanousd=5).list_cost_nanousd


def test_unpriced_requests_are_counted_with_their_tokens_and_left_out_of_the_cost():
    books = Books()
    origin = books.origin()
    books.entry(NOW, origin, books.sku("qwen"), cost=None, output_tokens=70, uncached_input_tokens=30)
    books.entry(NOW, origin, books.sku("free"), cost=0, output_tokens=1)
    books.entry(NOW, origin, books.sku(), cost=2 * NANO, output_tokens=1)

    found = totals(books.connection, Filter(), WHOLE)
    caveats = integrity(books.connection, Filter(), found.total, found.by_model)

    assert (2 * NANO, 1, 100) == (
        found.total.cost_nanousd,
        found.total.unpriced_requests,
        found.total.unpriced_tokens,
    )
    assert [("qwen", 1, 100)] == list(caveats.unpriced)
    assert found.by_model["qwen"].list_cost_nanousd is None
    assert 0 == found.by_model["free"].list_cost_nanousd


def test_problems_of_all_logs_are_counted_by_what_they_mean():
    books = Books()
    books.problem("line-unreadable", 1)
    books.problem("line-unreadable", 2)
    books.problem("line-shape", 3)
    books.problem("file-unreadable", 0)
    books.problem("count-invalid", 4)
    books.problem("line-unreadable", 1, source="codex")

    every = integrity(books.connection, Filter(), NOTHING, {})
    claude = integrity(books.connection, Filter(sources=("claude-code",)), NOTHING, {})

    assert (4, 1, 1) == (every.unreadable_lines, every.unreadable_places, every.doubtful_records)
    assert 3 == claude.unreadable_lines


@given(st.lists(st.integers(0, 10**15), max_size=40))
def test_shares_add_to_a_hundred_and_are_off_by_less_than_one(values: list[int]):
    parts = largest_remainder(values)

    total = sum(values)
    assert sum(parts) == (100 if total else 0)
    assert all(
        abs(part * total - value * 100) < total for part, value in zip(parts, values, strict=True) if total
    )


@given(st.lists(st.integers(0, 10**6), max_size=20))
def test_a_larger_value_never_has_a_smaller_share(values: list[int]):
    parts = dict(zip(range(len(values)), largest_remainder(values), strict=True))

    ordered = sorted(range(len(values)), key=lambda n: values[n])
    assert all(parts[a] <= parts[b] for a, b in pairwise(ordered) if values[a] < values[b])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 1, 1], [34, 33, 33]),
        ([2808, 715, 389, 70], [70, 18, 10, 2]),  # 70.52, 17.96, 9.77, 1.76: three are missing
        ([0, 0], [0, 0]),
        ([], []),
        ([7], [100]),
        ([999, 1], [100, 0]),
    ],
)
def test_shares_round_by_largest_remainder(values: list[int], expected: list[int]):
    assert expected == largest_remainder(values)


def test_the_pace_is_the_cost_so_far_by_the_elapsed_share():
    # half a week of 7 days of 24 hours: twice the cost
    found = pace(WEEK, 10 * NANO, WEEK.start_ms + (WEEK.end_ms - WEEK.start_ms) // 2)

    assert found is not None
    assert 20 * NANO == found.projected_nanousd


@pytest.mark.parametrize(
    ("text", "now", "spent"),
    [
        ("2026-W47", "2026-11-23 00:00", 1),
        ("2026-W47", "2026-11-16 16:00", 1),  # 16 of 168 hours: too early
        ("2026-W47", "2026-11-15 00:00", 1),
        ("7d", "2026-11-20 00:00", 1),
        ("2026-W47", "2026-11-20 00:00", None),
    ],
    ids=["over", "too early", "not begun", "rolling", "unpriced"],
)
def test_no_pace_where_it_would_mislead(text: str, now: str, spent: int | None):
    assert pace(parse_period(text, "week", NOW, BERLIN), spent, at(now, BERLIN)) is None


def test_a_running_week_is_compared_with_the_same_part_of_the_last():
    books = mock_week()
    current = totals(books.connection, Filter(), days(WEEK))

    found = compare(books.connection, Filter(), WEEK, NOW, current, NOW)

    assert found is not None
    # the $9.99 of last week's Sunday are no part of it
    assert (3982 * CENT, 3620 * CENT) == found.values()
    assert 2302 * CENT == found.before_by_model["claude-opus-4-8"].cost_nanousd


def test_entries_dated_later_than_now_are_no_part_of_what_has_passed():
    books = Books()
    origin, sku = books.origin(), books.sku()
    books.entry(WEEK.start_ms, origin, sku, cost=1, output_tokens=1)
    books.entry(WEEK.end_ms - 1, origin, sku, cost=2, output_tokens=1)
    current = totals(books.connection, Filter(), days(WEEK))

    found = compare(books.connection, Filter(), WEEK, NOW, current, WEEK.end_ms - 1)

    assert found is not None
    assert 3 == current.total.cost_nanousd
    assert 1 == found.now.cost_nanousd


def test_tokens_are_compared_where_one_side_has_no_price():
    books = Books()
    origin = books.origin()
    books.entry(WEEK.start_ms, origin, books.sku(), cost=5 * NANO, output_tokens=30)
    books.entry(WEEK.start_ms - 7 * 86_400_000, origin, books.sku("local"), cost=None, output_tokens=20)

    found = compare(
        books.connection, Filter(), WEEK, NOW, totals(books.connection, Filter(), WHOLE), WEEK.start_ms
    )

    assert found is not None
    assert (True, (30, 20)) == (found.by_tokens, found.values())


def test_subagents_belong_to_the_session_that_started_them():
    books = Books()
    main = books.origin(session="main")
    child = books.origin(session="child", root_session_id="main", agent_id="a1")
    rootless = books.origin(session="alone", root_session_id="")
    for origin, cost in ((main, 1), (child, 10), (rootless, 100)):
        books.entry(NOW, origin, books.sku(), cost=cost, output_tokens=1)

    found = sessions(books.connection, Filter(), WHOLE)

    assert [("alone", 100), ("main", 11)] == [(row.session, row.sums.cost_nanousd) for row in found]
    detail = session(books.connection, "claude-code", "main")
    assert {"": 1, "a1": 10} == {agent: sums.cost_nanousd for agent, sums in detail.by_agent.items()}


def test_requests_without_a_session_are_no_session():
    books = Books()
    books.entry(NOW, books.origin(session="", root_session_id=""), books.sku(), output_tokens=1)

    assert set() == totals(books.connection, Filter(), WHOLE).sessions


def test_a_session_tells_prompts_tools_and_time_of_work():
    books = Books()
    origin = books.origin(session="s")
    minute = 60_000
    books.event(0, NOW, origin)
    books.entry(NOW + 2 * minute, origin, books.sku(), output_tokens=1)
    books.event(1, NOW + 3 * minute, origin, name="Bash", status="error", result_bytes=100)
    books.event(0, NOW + 60 * minute, origin)
    books.entry(NOW + 61 * minute, origin, books.sku(), output_tokens=1)

    found = session(books.connection, "claude-code", "s")

    assert (2, 1) == (found.events_of("prompt"), found.events_of("tool_call"))
    assert (NOW, NOW + 61 * minute) == (found.first_ms, found.last_ms)
    assert 3 * minute == found.active_ms  # 2 minutes, a break of 58, 1 minute


def test_silence_of_ten_minutes_is_still_work_and_longer_is_not():
    assert 600_000 == active_ms([0, 600_000, 1_200_001])


def test_days_of_totals_are_cut_in_the_users_zone():
    books = Books()
    books.entry(at("2026-11-16 23:30"), books.origin(), books.sku(), output_tokens=1)  # UTC

    by_zone = {
        zone: [
            sums.requests
            for sums in totals(
                books.connection, Filter(), days(parse_period("2026-W47", "week", NOW, ZoneInfo(zone)))
            ).by_slice
        ]
        for zone in ("UTC", "Europe/Berlin", "America/New_York")
    }

    assert {
        "UTC": [1, 0, 0, 0, 0, 0, 0],
        "Europe/Berlin": [0, 1, 0, 0, 0, 0, 0],
        "America/New_York": [1, 0, 0, 0, 0, 0, 0],
    } == by_zone
