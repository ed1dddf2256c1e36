"""By which of several ways a text is counted, and what is said about the result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tokmeter.core.usage import COUNT_BASES
from tokmeter.sources._content import ToolCall
from tokmeter.tokenization._interface import Calibration
from tokmeter.tokenization.counting import ROUGH_ERROR, Counter, call_tokens
from tokmeter.tokenization.priors import prior_for
from tokmeter.tokenization.tokenizers import is_here, load

TEXT = "The cart total is wrong when a coupon is applied twice.\n" * 20
REPORTED, TOKENIZED, CALIBRATED, ESTIMATED = range(4)
OWN = Calibration("grok-4", "o200k_base", 1.5, 20, 10, 40, 0.04, 0.11, -0.01, 1)


def o200k(text: str) -> int:
    return load("o200k_base").count(text)


def test_the_bases_are_those_of_the_ledger() -> None:
    assert ("reported", "tokenized", "calibrated", "estimated") == COUNT_BASES


@pytest.mark.parametrize(
    ("text", "tokens"), [("Hi! How can I help?", 7), ("Hello there", 2), ("", 0)], ids=["7", "2", "empty"]
)
def test_openai_output_is_counted_to_the_token(text: str, tokens: int) -> None:
    assert (tokens, TOKENIZED, 0.0) == Counter().count_output("gpt-4o", [text])
    assert (tokens, TOKENIZED, 0.0) == Counter().count("gpt-4o", text)


def test_an_unknown_model_is_estimated_by_the_usual_tokenizer() -> None:
    assert (o200k(TEXT), ESTIMATED, ROUGH_ERROR) == Counter().count("grok-4", TEXT)
    assert ROUGH_ERROR == Counter().error_of("grok-4")


def test_a_fit_on_the_users_logs_goes_before_an_estimate() -> None:
    """A text takes the slope alone, with the error of texts: the fit's own is that of messages, mostly code."""
    counter = Counter({"grok-4": OWN})

    assert (round(1.5 * o200k(TEXT)), CALIBRATED, 0.3) == counter.count("grok-4", TEXT)
    assert (round(1.5 * o200k(TEXT) + 10), CALIBRATED, 0.3) == counter.count_output("grok-4", [TEXT])
    assert 0.3 == counter.error_of("grok-4")


def test_a_response_with_calls_has_the_error_of_the_messages_that_were_fitted() -> None:
    counter = Counter({"grok-4": OWN})

    assert 0.11 == counter.count_output("grok-4", [TEXT], [ToolCall("read", "{}")]).error


def test_the_users_own_fit_goes_before_the_shipped_one() -> None:
    own = OWN._replace(family="claude-opus-4-8")
    counter = Counter({"claude-opus-4-8": own})

    assert own == counter.fit_of("claude-opus-4-8")
    assert own == counter.fit_of("claude-opus-4-8-20260115")
    assert prior_for("claude-opus-4-7") == counter.fit_of("claude-opus-4-7")


def test_an_exact_tokenizer_goes_before_the_users_own_fit() -> None:
    counter = Counter({"gpt-5": OWN._replace(family="gpt-5")})

    assert (o200k(TEXT), TOKENIZED, 0.0) == counter.count("gpt-5", TEXT)


def test_without_its_tokenizer_a_model_takes_the_shipped_fit() -> None:
    """No package carries the vocabulary of Gemini: 1.168 tokens for each of o200k_base, 28 % at most off."""
    assert (round(1.168 * o200k(TEXT)), CALIBRATED, 0.28) == Counter().count("gemini-2.5-pro", TEXT)


@pytest.mark.skipif(not is_here("claude-v4.7"), reason="ctok is not installed")
def test_a_response_of_claude_has_two_tokens_more_than_its_text() -> None:
    """The rule for Opus 4.8 and later; 4 for Opus 4.7, 3 for what came before."""
    counter = Counter()
    added = {
        model: counter.count_output(model, [TEXT]).tokens - counter.count(model, TEXT).tokens
        for model in ("claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-5")
    }

    assert {"claude-opus-4-8": 2, "claude-opus-4-7": 4, "claude-opus-4-5": 3} == added
    assert (0, 0.0) == (
        counter.count_output("claude-opus-4-8", ["", ""]).tokens,
        counter.error_of("claude-opus-4-8"),
    )


def test_a_call_has_its_price_by_a_fit() -> None:
    call = ToolCall("search", {"query": "coupon", "limit": 5})
    written = (
        '\n<invoke name="search">\n<parameter name="query">coupon</parameter>\n'
        '<parameter name="limit">5</parameter>\n</invoke>'
    )
    counted = Counter({"grok-4": OWN}).count_output("grok-4", ["Let me look."], [call])

    assert round(1.5 * (o200k("Let me look.") + o200k(written)) + 20 + 10) == counted.tokens


def test_a_call_whose_arguments_are_text_is_counted_as_name_and_text() -> None:
    call = ToolCall("shell", '{"command":["ls"]}')

    assert o200k('shell{"command":["ls"]}') == call_tokens(o200k, [call])
    assert (o200k("Done.") + o200k('shell{"command":["ls"]}'), TOKENIZED, 0.0) == Counter().count_output(
        "gpt-5", ["Done."], [call]
    )


def test_a_tokenizer_file_of_the_users_own_wins(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    words = {"model": {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}}
    path.write_text(json.dumps(words | {"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}}))
    counter = Counter({"grok-4": OWN}, {"grok-*": str(path)})

    assert (3, TOKENIZED, 0.0) == counter.count("grok-4", "a b a")
    assert (5, TOKENIZED, 0.0) == counter.count_output("grok-4", ["a b a", "b a"])
    assert f"file:{path}" == counter.how("grok-4").tokenizer


@pytest.mark.parametrize(
    "text",
    ["\udcff", "\x00" * 50, "<|endoftext|>", " " * 300_000],
    ids=["surrogate", "NUL", "special", "blanks"],
)
@pytest.mark.parametrize("model", ["gpt-5", "grok-4", "claude-opus-4-8", "\udcff", ""])
def test_odd_texts_and_names_do_not_raise(model: str, text: str) -> None:
    counter = Counter({"": OWN})

    assert counter.count(model, text).tokens > 0
    assert counter.count_output(model, [text], [ToolCall("", {}), ToolCall(text, text)]).tokens > 0
