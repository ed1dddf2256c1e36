"""Tolerant access to fields: what is a name, what is an instant."""

from __future__ import annotations

import math

import pytest

from tokmeter.sources._fields import Clock, as_millis, fixed_word


@pytest.mark.parametrize(
    "name", ["Bash", "mcp__files__read", "plugin:docs-1.2", "_private", "x_future_record", "a" * 128]
)
def test_an_identifier_is_a_fixed_word(name: str) -> None:
    assert name == fixed_word(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "two words",
        "line\n",
        "a/b",
        "-rf",
        "naïve",
        "我的秘密计划",  # "my secret plan", a sentence without blanks
        "a" * 129,
        "\ud800",
        None,
        7,
        ["Bash"],
    ],
    ids=repr,
)
def test_anything_else_is_none(text: object) -> None:
    assert None is fixed_word(text)


@pytest.mark.parametrize(
    "odd",
    [
        math.inf,
        math.nan,
        -1,
        -0.5,
        1e19,
        10**400,
        True,
        "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:60.000Z",
        "9999-12-31T23:59:59.999-23:59",
        "1969-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00+23:59",
        "1970-01-01T-1:00:00.000Z",
    ],
    ids=lambda odd: str(odd)[:40],
)
def test_what_no_calendar_shows_is_no_instant(odd: object) -> None:
    assert (None, None) == (as_millis(odd), Clock().millis(odd))


@pytest.mark.parametrize(
    ("value", "millis"),
    [
        (0, 0),
        (253_402_300_799_999, 253_402_300_799_999),
        (1_772_355_601, 1_772_355_601_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("1970-01-01T00:00:00.000Z", 0),
        ("2016-12-31T23:59:60.000Z", 1_483_228_800_000),
    ],
)
def test_what_a_calendar_shows_is_an_instant(value: object, millis: int) -> None:
    assert (millis, millis) == (as_millis(value), Clock().millis(value))
