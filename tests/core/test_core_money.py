"""Money is exact in integers and rounded only to be looked at."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.core.errors import UsageError
from tokmeter.core.money import NANO, as_json, exact, parse_usd, usd


@pytest.mark.parametrize(
    ("nano", "text"),
    [
        (0, "0.00"),
        (39_820_000_000, "39.82"),
        (39_800_000_000, "39.80"),
        (25_911_000, "0.025911"),
        (1, "0.000000001"),
        (-1_500_000_000, "-1.50"),
        (5_000_000_000_000, "5000.00"),
    ],
)
def test_exact_text_keeps_every_digit_and_at_least_two_decimals(nano: int, text: str):
    assert text == exact(nano)


@pytest.mark.parametrize(
    ("nano", "places", "text"),
    [
        (39_815_000_000, 2, "39.82"),  # a half goes up
        (39_814_999_999, 2, "39.81"),
        (999_995_000_000, 2, "1000.00"),
        (2_575_000, 4, "0.0026"),
        (-4_000_000, 2, "0.00"),  # no minus in front of nothing
        (-5_000_000, 2, "-0.01"),
        (1_500_000_000, 0, "2"),
    ],
)
def test_display_rounds_half_up(nano: int, places: int, text: str):
    assert text == usd(nano, places)


def test_an_unknown_amount_stays_unknown_in_json():
    assert as_json(None) is None
    assert as_json(0) == {"amount": "0.00", "currency": "USD"}


@given(st.integers(-(10**18), 10**18))
def test_exact_text_is_the_amount_itself(nano: int):
    assert Decimal(exact(nano)) == Decimal(nano) / NANO


@given(st.integers(0, 10**18))
def test_exact_text_reads_back_as_the_same_amount(nano: int):
    assert parse_usd(exact(nano)) == nano


@pytest.mark.parametrize("text", ["", "-1", "1,000", "1.1234567890", "ten", "$", "1e3"])
def test_what_is_no_amount_is_refused(text: str):
    with pytest.raises(UsageError, match="not an amount"):
        parse_usd(text)
