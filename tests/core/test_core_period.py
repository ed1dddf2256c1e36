"""Periods: what people write, where days are cut, and what "the same part" means."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.sums import at
from tokmeter.core.errors import UsageError
from tokmeter.core.period import (
    containing,
    day_number,
    days,
    everything,
    hours,
    iso,
    parse_between,
    parse_instant,
    parse_period,
    previous,
    same_part,
    slices,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = at("2026-11-21 17:03", BERLIN)  # a Saturday
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "kind", "label", "first", "last"),
    [
        (None, "week", "2026-W47", "2026-11-16", "2026-11-22"),
        ("", "week", "2026-W47", "2026-11-16", "2026-11-22"),
        ("this", "week", "2026-W47", "2026-11-16", "2026-11-22"),
        ("last week", "week", "2026-W46", "2026-11-09", "2026-11-15"),
        ("Last-Week", "week", "2026-W46", "2026-11-09", "2026-11-15"),
        ("previous", "week", "2026-W46", "2026-11-09", "2026-11-15"),
        ("this month", "month", "2026-11", "2026-11-01", "2026-11-30"),
        ("last month", "month", "2026-10", "2026-10-01", "2026-10-31"),
        ("last year", "year", "2025", "2025-01-01", "2025-12-31"),
        ("year", "year", "2026", "2026-01-01", "2026-12-31"),
        ("today", "day", "2026-11-21", "2026-11-21", "2026-11-21"),
        ("yesterday", "day", "2026-11-20", "2026-11-20", "2026-11-20"),
        ("2026-W47", "week", "2026-W47", "2026-11-16", "2026-11-22"),
        ("2026w7", "week", "2026-W07", "2026-02-09", "2026-02-15"),
        ("w46", "week", "2026-W46", "2026-11-09", "2026-11-15"),
        ("2026-W53", "week", "2026-W53", "2026-12-28", "2027-01-03"),  # 2026 has 53 ISO weeks
        ("2027-W01", "week", "2027-W01", "2027-01-04", "2027-01-10"),
        ("2024-02", "month", "2024-02", "2024-02-01", "2024-02-29"),
        ("2026-12", "month", "2026-12", "2026-12-01", "2026-12-31"),
        ("2026", "year", "2026", "2026-01-01", "2026-12-31"),
        ("2026-11-21", "day", "2026-11-21", "2026-11-21", "2026-11-21"),
        ("7d", "range", "2026-11-15..2026-11-21", "2026-11-15", "2026-11-21"),
        ("1d", "range", "2026-11-21..2026-11-21", "2026-11-21", "2026-11-21"),
        ("4w", "range", "2026-10-25..2026-11-21", "2026-10-25", "2026-11-21"),  # 28 days
        ("3m", "range", "2026-08-22..2026-11-21", "2026-08-22", "2026-11-21"),
        ("1y", "range", "2025-11-22..2026-11-21", "2025-11-22", "2026-11-21"),
        ("2026-11-01..2026-11-15", "range", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-15"),
        ("2026-W46..2026-W47", "range", "2026-11-09..2026-11-22", "2026-11-09", "2026-11-22"),
        ("2026-10..yesterday", "range", "2026-10-01..2026-11-20", "2026-10-01", "2026-11-20"),
        ("2026-11-01..", "range", "2026-11-01..2026-11-21", "2026-11-01", "2026-11-21"),
    ],
)
def test_what_people_write_names_a_period(text: str | None, kind: str, label: str, first: str, last: str):
    period = parse_period(text, "week", NOW, BERLIN)

    assert (kind, label) == (period.kind, period.label)
    assert (date.fromisoformat(first), date.fromisoformat(last)) == (period.first_day, period.last_day)
    assert period.start_ms == at(f"{first} 00:00", BERLIN)


@pytest.mark.parametrize(
    "text", ["last week", "2026-11", "2026-W53", "7d", "all", "2026", "today", "..2026-11-20"]
)
def test_a_label_names_its_period_again(text: str):
    period = parse_period(text, "week", NOW, BERLIN)

    again = parse_period(period.label, "day", NOW, BERLIN)

    assert (period.start_ms, period.end_ms) == (again.start_ms, again.end_ms)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Next  Century", "There is no period called 'Next  Century'. There are: last week, "),
        ("2026-W54", "The calendar has no '2026-W54'."),
        ("2025-w53", "The calendar has no '2025-w53'."),
        ("2026-13", "The calendar has no '2026-13'."),
        ("2026-02-30", "The calendar has no '2026-02-30'."),
        ("1969", "The calendar is too short for '1969': years run from "),
        ("9999-12-31", "too short for '9999-12-31'"),
        ("99999D", "The period '99999D' goes back before 1970."),
        ("9999y", "The period '9999y' goes back before 1970."),
        ("0D", "The period '0D' is no time at all."),
        ("2026-W47..2026-W40", "The period '2026-W47..2026-W40' ends before it begins."),
        ("A..b", "There is no period called 'A'."),
        ("1..2..3", "There is no period called '1'."),
        ("²0d", "There is no period called '²0d'."),
    ],
)
def test_what_names_no_period_is_quoted_as_typed_with_a_command_that_works(text: str, sentence: str):
    with pytest.raises(UsageError, match=re.escape(sentence)) as caught:
        parse_period(text, "week", NOW, BERLIN)

    command, report, *words = caught.value.hint.split()
    assert ("tokmeter", "week") == (command, report)
    assert parse_period(" ".join(words), "week", NOW, BERLIN).start_ms < NOW


@given(st.text(max_size=30))
def test_no_text_breaks_the_parser(text: str):
    with suppress(UsageError):
        parse_period(text, "week", NOW, BERLIN)


def test_until_includes_its_day_and_excludes_its_instant():
    by_day = parse_between("2026-11-16", "2026-11-18", NOW, BERLIN)
    by_instant = parse_between("2026-11-16T08:00", "2026-11-18T12:30", NOW, BERLIN)

    assert (at("2026-11-16 00:00", BERLIN), at("2026-11-19 00:00", BERLIN)) == (
        by_day.start_ms,
        by_day.end_ms,
    )
    assert at("2026-11-18 12:30", BERLIN) == by_instant.end_ms
    assert (date(2026, 11, 16), date(2026, 11, 18)) == (by_instant.first_day, by_instant.last_day)


def test_without_until_a_range_ends_with_today():
    assert at("2026-11-22 00:00", BERLIN) == parse_between("2026-11-01", None, NOW, BERLIN).end_ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T14:00", at("2026-11-21 13:00", UTC)),  # Berlin is one hour ahead in winter
        ("2026-11-21 14:00", at("2026-11-21 13:00", UTC)),
        ("2026-11-21T14:00:30Z", at("2026-11-21 14:00:30", UTC)),
        ("2026-07-01T14:00+02:00", at("2026-07-01 12:00", UTC)),
    ],
)
def test_an_instant_may_name_its_zone(text: str, expected: int):
    assert expected == parse_instant(text, NOW, BERLIN)


@pytest.mark.parametrize("text", ["2026-11-21T25:00", "3026-11-21T10:00", "2026-11-21T10:00+99:00"])
def test_an_impossible_instant_is_refused(text: str):
    with pytest.raises(UsageError):
        parse_instant(text, NOW, BERLIN)


@pytest.mark.parametrize(
    ("label", "short_day", "length"),
    [("2026-W13", "2026-03-29", 23), ("2026-W43", "2026-10-25", 25)],
    ids=["spring forward", "fall back"],
)
def test_a_clock_change_makes_a_day_shorter_or_longer(label: str, short_day: str, length: int):
    period = parse_period(label, "week", NOW, BERLIN)

    lengths = {str(part.day): (part.end_ms - part.start_ms) // HOUR for part in days(period)}

    assert lengths.pop(short_day) == length
    assert set(lengths.values()) == {24}
    assert period.end_ms - period.start_ms == (6 * 24 + length) * HOUR


@pytest.mark.parametrize(("day", "count"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-21", 24)])
def test_the_hours_of_a_day_follow_the_clock(day: str, count: int):
    parts = hours(parse_period(day, "day", NOW, BERLIN))

    assert count == len(parts)
    assert all(part.end_ms - part.start_ms == HOUR for part in parts)


def test_a_day_whose_midnight_does_not_exist_begins_with_its_first_instant():
    santiago = ZoneInfo("America/Santiago")  # on 6 September 2026 clocks went from 24:00 to 01:00

    day = containing("day", date(2026, 9, 6), santiago)

    assert at("2026-09-06 04:00", UTC) == day.start_ms
    assert 23 == (day.end_ms - day.start_ms) // HOUR


@pytest.mark.parametrize(
    ("text", "now", "elapsed_end", "earlier_start", "earlier_end"),
    [
        ("2026-W47", "2026-11-19 14:30", "2026-11-19 14:30", "2026-11-09 00:00", "2026-11-12 14:30"),
        # clocks went back on Sunday 25 October: 14:30 is compared with 14:30 all the same
        ("2026-W44", "2026-10-26 14:30", "2026-10-26 14:30", "2026-10-19 00:00", "2026-10-19 14:30"),
        ("2026-W43", "2026-10-25 14:30", "2026-10-25 14:30", "2026-10-12 00:00", "2026-10-18 14:30"),
        ("2026-11", "2026-11-21 09:00", "2026-11-21 09:00", "2026-10-01 00:00", "2026-10-21 09:00"),
        ("2026-03", "2026-03-31 09:00", "2026-03-31 09:00", "2026-02-01 00:00", "2026-03-01 00:00"),
        ("2028", "2028-02-29 09:00", "2028-02-29 09:00", "2027-01-01 00:00", "2027-03-01 09:00"),
        ("2026-11-21", "2026-11-21 09:00", "2026-11-21 09:00", "2026-11-20 00:00", "2026-11-20 09:00"),
        ("2026-W47", "2027-01-01 00:00", "2026-11-23 00:00", "2026-11-09 00:00", "2026-11-16 00:00"),
        (
            "2026-11-01..2026-11-10",
            "2026-11-05 10:00",
            "2026-11-05 10:00",
            "2026-10-22 00:00",
            "2026-10-26 10:00",
        ),
    ],
    ids=[
        "week",
        "after a clock change",
        "on a clock change",
        "month",
        "31st",
        "leap day",
        "day",
        "over",
        "range",
    ],
)
def test_the_same_part_ends_at_the_same_wall_clock(
    text: str, now: str, elapsed_end: str, earlier_start: str, earlier_end: str
):
    period = parse_period(text, "week", NOW, BERLIN)

    elapsed, earlier = same_part(period, at(now, BERLIN))

    assert at(elapsed_end, BERLIN) == elapsed.end_ms
    assert earlier is not None
    assert (at(earlier_start, BERLIN), at(earlier_end, BERLIN)) == (earlier.start_ms, earlier.end_ms)


def test_all_time_has_nothing_before_it():
    assert previous(everything(BERLIN)) is None
    assert previous(parse_period("..2026-11-01", "week", NOW, BERLIN)) is None


@pytest.mark.parametrize(
    ("label", "before"),
    [
        ("2027-W01", "2026-W53"),
        ("2026-W01", "2025-W52"),
        ("2026-01", "2025-12"),
        ("2026", "2025"),
        ("2026-03-01", "2026-02-28"),
        ("2026-11-11..2026-11-20", "2026-11-01..2026-11-10"),
    ],
)
def test_previous_steps_over_year_boundaries(label: str, before: str):
    found = previous(parse_period(label, "week", NOW, BERLIN))

    assert found is not None
    assert before == found.label


def test_a_week_that_begins_on_sunday_has_no_iso_number():
    period = parse_period(None, "week", NOW, BERLIN, week_start=6)

    assert ("2026-11-15..2026-11-21", "week") == (period.label, period.kind)
    before = previous(period)
    assert before is not None
    assert "2026-11-08..2026-11-14" == before.label


def test_weeks_of_a_month_are_cut_to_it():
    parts = slices(parse_period("2026-11", "month", NOW, BERLIN), "week")

    # 1 November 2026 is a Sunday, 30 November a Monday
    assert ["2026-11-01", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"] == [
        str(part.day) for part in parts
    ]


@given(st.dates(date(1970, 1, 1), date(2999, 12, 31)), st.sampled_from(["day", "week", "month", "year"]))
def test_slices_cover_a_period_without_gap_or_overlap(day: date, kind: str):
    period = containing(kind, day, BERLIN)

    for parts in (days(period), slices(period, "week"), slices(period, "month")):
        assert period.start_ms == parts[0].start_ms
        assert period.end_ms == parts[-1].end_ms
        assert all(a.end_ms == b.start_ms for a, b in pairwise(parts))


@given(st.integers(-(2**60), 2**60))
def test_no_clock_breaks_a_period(now_ms: int):
    period = parse_period(None, "week", now_ms, BERLIN)

    elapsed, _ = same_part(period, now_ms)

    assert period.start_ms <= elapsed.end_ms <= period.end_ms


@pytest.mark.parametrize(
    ("now", "expected"),
    [("2026-11-15 12:00", 0), ("2026-11-16 00:00", 1), ("2026-11-21 23:59", 6), ("2027-01-01 00:00", 7)],
)
def test_day_number_counts_from_one(now: str, expected: int):
    assert (expected, 7) == day_number(parse_period("2026-W47", "week", NOW, BERLIN), at(now, BERLIN))


def test_instants_are_written_in_utc_with_milliseconds():
    assert "2026-11-21T17:03:05.120Z" == iso(at("2026-11-21 17:03:05.120", UTC))
