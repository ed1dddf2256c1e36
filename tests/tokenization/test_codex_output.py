"""The formula for Codex: its constants stand in shapes, which real responses had (the counts are theirs)."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tokmeter.tokenization.codex_output import visible_tokens


class Call(NamedTuple):
    """A call whose name costs one token and whose arguments as many as they have characters."""

    name: str
    arguments: object


def count(text: str) -> int:
    """A tokenizer as simple as can be: the name `t` is one token."""
    return len(text)


JSON = Call("t", "{}")  # 1 + 2
FREE = Call("t", "+x")  # 1 + 2


@pytest.mark.parametrize(
    ("messages", "calls", "reasoning", "model", "tokens"),
    [
        ([10], (), False, "", 14),
        ([10], (), True, "", 16),
        ([10, 20], (), False, "", 41),
        ([], (JSON,), False, "gpt-5.5", 14),
        ([], (JSON,), True, "gpt-5.5", 16),
        ([10], (JSON,), True, "gpt-5.4", 33),
        ([], (JSON, JSON), False, "gpt-5.4", 40),
        ([10], (JSON, JSON, JSON), True, "gpt-5.4", 69),
        ([], (FREE,), False, "gpt-5.4", 12),
        ([], (FREE,), True, "gpt-5-codex", 16),
    ],
    ids=[
        "a message",
        "a message after reasoning",
        "two messages",
        "a call",
        "a call after reasoning",
        "reasoning, a message, a call",
        "two calls at once",
        "three with all",
        "a patch",
        "a patch of the first Codex model",
    ],
)
def test_a_response_costs_its_texts_and_a_constant_of_its_shape(
    messages: list[int], calls: tuple[Call, ...], reasoning: bool, model: str, tokens: int
) -> None:
    assert tokens == visible_tokens(messages, calls, reasoning=reasoning, count=count, model=model)


@pytest.mark.parametrize(
    ("messages", "calls", "model"),
    [
        ([], (), "gpt-5.5"),
        ([10], (Call("web_search", "{}"),), "gpt-5.5"),
        ([10], (JSON, FREE), "gpt-5.5"),
        ([10], (FREE,), "gpt-5.1"),
        ([10], (Call("t", {"a": 1}), FREE), "gpt-5.5"),
    ],
    ids=[
        "nothing to see",
        "the provider's tool",
        "a patch beside a call",
        "a patch of an unmeasured model",
        "dict",
    ],
)
def test_a_shape_that_no_log_showed_stays_open(
    messages: list[int], calls: tuple[Call, ...], model: str
) -> None:
    assert visible_tokens(messages, calls, reasoning=False, count=count, model=model) is None


def test_calls_stay_open_without_a_tokenizer() -> None:
    assert visible_tokens([10], (JSON,), reasoning=False, model="gpt-5.5") is None
