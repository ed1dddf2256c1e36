"""How figures are written: rounding, units, shares, bars, widths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.reports import numbers
from tokmeter.reports.document import Money
from tokmeter.reports.glyphs import bar, meter, spark, to_ascii
from tokmeter.reports.render.cells import Style, cell_width, pad, shorten, shorten_start, write

NANO = 1_000_000_000


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "—"),
        (0, "0"),
        (999, "999"),
        (1_000, "1.0k"),
        (1_549, "1.5k"),
        (9_949, "9.9k"),
        (9_950, "10k"),
        (857_000, "857k"),
        (999_499, "999k"),
        (999_500, "1.0M"),
        (56_317_000, "56.3M"),
        (999_949_999, "999.9M"),
        (999_950_000, "1.00B"),
        (1_240_000_000, "1.24B"),
        (1_240_000_000_000, "1.24T"),
        (5_000_000_000_000_000, "5,000.00T"),
        (-1_500, "-1.5k"),
    ],
)
def test_tokens_are_short_and_never_a_thousand_of_a_unit(count: int | None, text: str):
    assert text == numbers.tokens(count)


def test_exact_tokens_show_all_digits():
    assert "56,317,000" == numbers.tokens(56_317_000, exact=True)


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (None, "—"),
        (0, "$0.00"),
        (39_820_000_000, "$39.82"),
        (1_234_567_890_000, "$1,234.57"),
        (999_999_000_000, "$1,000.00"),
        (10_000_000, "$0.01"),
        (9_999_999, "$0.0100"),
        (2_575_000, "$0.0026"),
        (49_999, "<$0.0001"),
        (-2_000_000_000, "-$2.00"),
    ],
)
def test_money_has_two_decimals_and_four_below_a_cent(nano: int | None, text: str):
    assert text == numbers.usd(nano)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "—"),
        (0, 5, "0%"),
        (5, 5, "100%"),
        (1, 1000, "<1%"),
        (999, 1000, "99%"),
        (1, 8, "13%"),
        (6, 5, "120%"),
    ],
)
def test_a_percentage_reads_all_or_nothing_only_if_it_is(part: int, whole: int, text: str):
    assert text == numbers.percent(part, whole)


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (2808, 2302, "+22%"),
        (389, 405, "-4%"),
        (5, 0, "new"),
        (0, 0, "—"),
        (0, 5, "-100%"),
        (1000, 1001, "0%"),
        (999, 100, "+899%"),
        (1000, 100, "\N{MULTIPLICATION SIGN}10"),
        (99, 1, "\N{MULTIPLICATION SIGN}99"),
        (138_120, 10, "\N{MULTIPLICATION SIGN}13,812"),
    ],
)
def test_a_change_is_signed_and_pastes_into_a_spreadsheet(now: int, before: int, text: str):
    assert text == numbers.change(now, before)


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (3_900_000, "1 h 05 min"), (90_000_000, "1 d 01 h")],
)
def test_durations_have_at_most_two_units(ms: int, text: str):
    assert text == numbers.duration(ms)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (-5, "just now"),
        (59_999, "just now"),
        (240_000, "4 min ago"),
        (7_200_000, "2 h ago"),
        (172_800_000, "2 d ago"),
    ],
)
def test_ago_has_one_unit(ms: int, text: str):
    assert text == numbers.ago(ms)


def test_unpriced_tokens_mark_an_amount_and_replace_an_unknown_one():
    style = Style()

    assert "$39.82+" == write(Money(39_820_000_000, 5), "money", style)
    assert "unpriced" == write(Money(None, 5), "money", style)
    assert "—" == write(None, "money", style)


@pytest.mark.parametrize(
    ("value", "largest", "text"),
    [(0, 8, ""), (8, 8, "████"), (4, 8, "██"), (1, 8, "▌"), (5, 8, "██▌"), (1, 10**9, "▏"), (3, 0, "")],
)
def test_bars_are_true_to_an_eighth_and_never_hide_use(value: int, largest: int, text: str):
    assert text == bar(value, largest, 4)


@given(st.integers(0, 10**18), st.integers(1, 10**18), st.integers(1, 200))
def test_a_bar_never_outgrows_its_width(value: int, largest: int, width: int):
    value = min(value, largest)

    assert len(bar(value, largest, width)) <= width
    assert len(bar(value, largest, width, utf8=False)) <= width


def test_sparklines_tell_nothing_used_from_little_and_from_still_to_come():
    assert "▂█▁·" == spark((1, 700, 0, None))
    assert "19_." == spark((1, 700, 0, None), utf8=False)
    assert "▁▁" == spark((0, 0))


@pytest.mark.parametrize(("part", "text"), [(0, "░░░░"), (2, "██░░"), (4, "████"), (9, "████"), (-1, "░░░░")])
def test_a_gauge_is_full_at_most(part: int, text: str):
    assert text == meter(part, 4, 4)


def test_ascii_keeps_what_it_can():
    assert "a | b - c ok ?" == to_ascii("a · b – c ✓ é")  # noqa: RUF001 - the dash is what is replaced


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("日本", 4), ("é", 1), ("e\u0301", 1), ("🙂", 2), ("██▌", 3), ("✓ ok", 4), ("·–≈▲", 4)],  # noqa: RUF001 - our own glyphs
)
def test_width_counts_columns_of_a_terminal(text: str, width: int):
    assert width == cell_width(text)


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("tokmeter", 8, "tokmeter"),
        ("tokmeter", 5, "tokm…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("ab", 1, "…"),
    ],
)
def test_text_is_shortened_to_columns_not_characters(text: str, width: int, short: str):
    assert short == shorten(text, width)
    assert cell_width(short) <= width


def test_a_path_keeps_its_end():
    assert "…b.jsonl:12" == shorten_start("/logs/a/b.jsonl:12", 11)


@given(st.text(max_size=20), st.integers(1, 30))
def test_padding_never_cuts(text: str, width: int):
    assert text in pad(text, width, right=True)
