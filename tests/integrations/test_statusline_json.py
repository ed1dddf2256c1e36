"""The short way of reading JSON gives what the json package gives."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.integrations.statusline import LAST_RESORT, read_json, status_line

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def by_the_package(text: str) -> object:
    """None where it is no JSON: `read_json` answers so."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans(), st.sampled_from(["", " ", "\r\n\t"]))
def test_any_document_is_read_alike(value: object, indent: int | None, ascii_only: bool, around: str) -> None:
    text = around + json.dumps(value, indent=indent, ensure_ascii=ascii_only) + around

    assert repr(by_the_package(text)) == repr(read_json(text))


@given(VALUES, st.integers(0, 200), st.integers(0, 5), st.text(max_size=3))
def test_any_broken_document_is_read_alike(value: object, at: int, gone: int, put: str) -> None:
    text = json.dumps(value)
    text = text[:at] + put + text[at + gone :]

    assert repr(by_the_package(text)) == repr(read_json(text))


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[1,]", "NaN", "-Infinity", "[Infinity]", "-", "1.5e3", "01", '"\\ud800"', '"\\ud83d\\ude00"', '"\\x"', '"\t"', "{'a': 1}", "\ufeff{}", "\x0b{}", "{} {}", '{"a":1,"a":2}', "9" * 5000, "[" * 100_000, "[" * 200 + "]" * 200, "nul", "true false"],
)  # fmt: skip
def test_odd_texts_are_read_alike(text: str) -> None:
    assert repr(by_the_package(text)) == repr(read_json(text))


@given(VALUES | st.fixed_dictionaries({}, optional={
    "model": VALUES | st.fixed_dictionaries({"display_name": VALUES}),
    "cost": st.fixed_dictionaries({"total_cost_usd": VALUES}),
    "context_window": st.fixed_dictionaries({"used_percentage": VALUES, "context_window_size": VALUES, "current_usage": VALUES}),
    "rate_limits": st.fixed_dictionaries({"five_hour": st.fixed_dictionaries({"used_percentage": VALUES, "resets_at": VALUES})}),
}), st.integers(0, 2**33))  # fmt: skip
def test_any_value_gives_one_line_that_a_terminal_only_shows(value: object, now: int) -> None:
    line = status_line(value, None, now)

    assert line
    assert line.isprintable()


def test_the_last_resort_is_a_name() -> None:
    assert LAST_RESORT == status_line(None, None, 0)
