"""The shipped fits: which model takes which, and that they are possible."""

from __future__ import annotations

import pytest

from tokmeter.tokenization._interface import Calibration
from tokmeter.tokenization.priors import BASE, PRIORS, WIDER, prior_for

CASES = [
    ("claude-opus-4-8", "claude-opus-4-8", True),
    ("claude-opus-4-8[1m]", "claude-opus-4-8", True),
    ("anthropic/claude-opus-4.8", "claude-opus-4-8", True),
    ("claude-4.8-opus", "claude-opus-4-8", True),
    ("us.anthropic.claude-opus-4-7-20260301-v1:0", "claude-opus-4-7", True),
    ("claude-opus-4-9", "claude-opus-4-8", False),
    ("claude-opus-4-10", "claude-opus-4-8", False),
    ("claude-opus-4-6", "claude-opus-4-6", True),
    ("claude-sonnet-4-6", "claude-opus-4-6", False),
    ("claude-opus-4-5@20251101", "claude-opus-4-5", True),
    ("claude-sonnet-4-5-20250929", "claude-opus-4-5", False),
    ("claude-opus-4-20250514", "claude-opus-4-5", False),
    ("claude-3-5-sonnet-latest", "claude-opus-4-5", False),
    ("claude-opus-5", "claude-opus-5", True),
    ("claude-opus-5-1", "claude-opus-5", False),
    ("claude-opus-6", "claude-opus-5", False),
    ("claude-sonnet-5-20260901", "claude-sonnet-5", True),
    ("claude-haiku-5", "claude-sonnet-5", False),
    ("claude-fable-5", "claude-fable-5", True),
    ("claude", "claude", False),
    ("claude-haiku-4-7", "claude", False),
    ("zai-org/GLM-5", "glm-5", True),
    ("glm-5.1", "glm-5", False),
    ("glm-4.6", "glm-5", False),
    ("qwen3-coder:30b", "qwen3", True),
    ("qwen3.5-max", "qwen3", False),
    ("deepseek-chat", "deepseek-v3", True),
    ("deepseek-r1-distill-llama-70b", "llama-3", True),
    ("meta-llama/Llama-3.3-70B-Instruct", "llama-3", True),
    ("llama-4-scout", "llama-3", False),
    ("moonshotai/kimi-k2", "kimi-k2", True),
    ("devstral-small", "mistral", True),
    ("gemma-3-27b", "gemma-3", True),
    ("gemini-2.5-pro", "gemma-3", False),
]


@pytest.mark.parametrize(("model", "family", "is_measured"), CASES, ids=[case[0] for case in CASES])
def test_a_model_takes_its_own_fit_or_the_nearest_one(
    model: str,
    family: str,
    is_measured: bool,
) -> None:
    prior = prior_for(model)
    assert prior is not None

    assert (family, is_measured) == (prior.family, prior.messages > 0)


@pytest.mark.parametrize(
    "model", ["gpt-5.4", "grok-4", "claude-2.1", "claude-instant-1.2", "", "\udcff", "x" * 99_999]
)
def test_a_model_of_which_nothing_is_known_takes_none(model: str) -> None:
    assert prior_for(model) is None


def test_a_stand_in_states_wider_errors_than_what_it_stands_in_with() -> None:
    measured, stand_in = prior_for("claude-opus-5"), prior_for("claude-opus-5-1")
    assert measured is not None
    assert stand_in is not None

    assert WIDER * measured.p90_error == pytest.approx(stand_in.p90_error)
    assert (measured.slope, measured.per_call) == (stand_in.slope, stand_in.per_call)


@pytest.mark.parametrize("prior", [prior for _, prior in PRIORS], ids=lambda prior: prior.family)
def test_a_shipped_fit_is_a_possible_one(prior: Calibration) -> None:
    assert BASE == prior.base
    assert 0 == prior.fitted_ms
    assert 0.9 < prior.slope < 1.8
    assert 0 < prior.median_error < prior.p90_error < 0.5
    assert abs(prior.bias) < prior.p90_error
