"""Which tokenizer a model's name means, however it is written."""

from __future__ import annotations

import pytest

from tokmeter.tokenization import _ctok
from tokmeter.tokenization.models import MODELS, choose, claude_family, reduced
from tokmeter.tokenization.tokenizers import NAMES, is_here, load, source_of

# Name as logged → the tokenizer that the model uses, and whether that is sure.
TABLE = {
    "gpt-5": "o200k_base",
    "gpt-5.6-sol": "o200k_base",
    "openai/gpt-5-mini": "o200k_base",
    "azure/gpt-4o-2024-08-06": "o200k_base",
    "gpt-4.1-nano": "o200k_base",
    "gpt-4.5-preview": "o200k_base",
    "chatgpt-4o-latest": "o200k_base",
    "codex-mini-latest": "o200k_base",
    "o1": "o200k_base",
    "o3-mini-2025-01-31": "o200k_base",
    "o4-mini": "o200k_base",
    "ft:gpt-4o-mini-2024-07-18:acme::a1": "o200k_base",
    "gpt-oss-120b": "o200k_harmony",
    "openai.gpt-oss-20b-1:0": "o200k_harmony",
    "gpt-4": "cl100k_base",
    "gpt-4-0613": "cl100k_base",
    "gpt-4-turbo": "cl100k_base",
    "gpt-3.5-turbo-16k": "cl100k_base",
    "gpt-35-turbo": "cl100k_base",
    "ft:gpt-3.5-turbo:acme": "cl100k_base",
    "text-embedding-3-large": "cl100k_base",
    "text-embedding-ada-002": "cl100k_base",
    "text-davinci-002-render-sha": "cl100k_base",
    "claude-3-opus-20240229": "claude-v3",
    "claude-3-5-sonnet-latest": "claude-v3",
    "claude-3.7-sonnet": "claude-v3",
    "claude-3-7-sonnet-20250219-thinking": "claude-v3",
    "claude-sonnet-4-20250514": "claude-v3",
    "claude-opus-4-1-20250805": "claude-v3",
    "us.anthropic.claude-haiku-4-5-20251001-v1:0": "claude-v3",
    "claude-opus-4-6[1m]": "claude-v3",
    "claude-4.5-sonnet": "claude-v3",
    "claude-opus-4-7": "claude-v4.7",
    "anthropic/claude-opus-4.8": "claude-v4.7",
    "claude-opus-4-10": "claude-v4.7",
    "claude-opus-5@20260901": "claude-v4.7",
    "claude-fable-5": "claude-v4.7",
    "claude-5-sonnet": "claude-v4.7",
    "qwen3-coder-480b": "qwen3",
    "Qwen/Qwen2.5-72B-Instruct": "qwen3",
    "qwen2.5:7b": "qwen3",
    "qwq-32b": "qwen3",
    "deepseek-r1-distill-qwen-32b": "qwen3",
    "qwen3.5-plus": "qwen3.5",
    "qwen3.6:35b": "qwen3.5",
    "deepseek-chat": "deepseek_v3",
    "deepseek/deepseek-v3.2:free": "deepseek_v3",
    "deepseek.v3-v1:0": "deepseek_v3",
    "deepseek-r1": "deepseek_v3",
    "deepseek-r1-distill-llama-70b": "llama3",
    "kimi-k2-thinking": "kimi_k2",
    "kimi-k2.5": "kimi_k2",
    "moonshotai/kimi-k3": "kimi_k3",
    "z-ai/glm-4.6": "glm4",
    "glm-5": "glm4",
    "mistral-large-latest": "mistral",
    "open-mistral-nemo": "mistral",
    "codestral-2501": "mistral",
    "devstral-small-2505": "mistral",
    "meta-llama/Llama-3.3-70B-Instruct": "llama3",
    "llama3.2:3b": "llama3",
    "meta.llama3-1-70b-instruct-v1:0": "llama3",
    "llama-4-scout": "llama4",
    "gemini-2.5-pro": "gemma3",
    "models/gemini-3-pro-preview": "gemma3",
    "gemma-3-27b-it": "gemma3",
    "gemini-3.5-flash": "gemma4",
    "gemma4": "gemma4",
}
# Names of which nobody outside knows the tokenizer, or not for sure.
UNSURE = [
    "gpt-6",
    "gpt-4.7",
    "text-davinci-003",
    "claude",
    "claude (unknown)",
    "claude-sonnet-4-7",
    "claude-2.1",
    "claude-instant-1.2",
    "claude-1",
    "qwen-max",
    "deepseek-coder-33b",
    "deepseek-v2.5",
    "mistral-7b-instruct",
    "open-mixtral-8x22b",
    "codestral-22b",
    "mistral-large-2407",
    "grok-4",
    "composer-1",
    "auto",
    "unknown",
    "",
    "o300",
    "\ud800\0",
    "x" * 100_000,
]


@pytest.mark.parametrize(("model", "tokenizer"), TABLE.items(), ids=TABLE)
def test_a_known_model_is_counted_exactly_or_says_what_would_be_exact(model: str, tokenizer: str) -> None:
    choice = choose(model)

    assert model == choice.model
    if is_here(tokenizer):
        assert (tokenizer, True, "") == (choice.tokenizer, choice.exact, choice.wanted)
    else:
        assert ("o200k_base", False, tokenizer) == (choice.tokenizer, choice.exact, choice.wanted)


@pytest.mark.parametrize("model", UNSURE, ids=lambda model: ascii(model)[:30])
def test_of_an_unknown_model_nothing_is_called_exact(model: str) -> None:
    choice = choose(model)

    assert not choice.exact
    assert is_here(choice.tokenizer)
    assert choice.source


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("claude-3-haiku-20240307", "v3"),
        ("claude-opus-4-6", "v3"),
        ("claude-sonnet-4-5-20250929", "v3"),
        ("claude-opus-4-7", "v4.7"),
        ("anthropic/claude-opus-4.7:beta", "v4.7"),
        ("claude-opus-4-8", "v4.8"),
        ("claude-opus-4-12", "v4.8"),
        ("claude-sonnet-5", "v4.8"),
        ("claude-fable-5-2", "v4.8"),
        ("claude-opus-10", "v4.8"),
        ("claude-sonnet-4-7", None),
        ("claude", None),
        ("claude-2.1", None),
        ("claude-instant-1.2", None),
        ("gpt-5", None),
        ("", None),
    ],
)
def test_a_claude_has_its_family(model: str, family: str | None) -> None:
    assert family == claude_family(model)


@pytest.mark.parametrize("model", ["claude", "claude (unknown)", "claude-sonnet-4-7"])
def test_a_claude_of_unknown_version_is_counted_by_the_newest_vocabulary(model: str) -> None:
    choice = choose(model)

    if is_here("claude-v4.7"):
        assert ("claude-v4.7", False, "") == (choice.tokenizer, choice.exact, choice.wanted)
    else:
        assert ("o200k_base", False, "claude-v4.7") == (choice.tokenizer, choice.exact, choice.wanted)


@pytest.mark.parametrize(("name", "family"), [("claude-v3", "v3"), ("claude-v4.7", "v4.7")])
def test_claudes_vocabularies_are_counted_by_ctok(name: str, family: str) -> None:
    if not is_here(name):
        pytest.skip("ctok is not installed")
    text = "def add(a, b):\n    return a + b  # <|endoftext|> \ud800 é"

    assert _ctok.frameless_count(text, family) == load(name).count(text)
    assert f"ctok {_ctok.version()}" == source_of(name)


def test_every_row_names_a_tokenizer_that_there_is() -> None:
    assert set() == {row.tokenizer for row in MODELS} - {*NAMES, ""}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("claude-opus-4-5@20251101[1m]", "claude-opus-4-5"),
        ("openrouter/anthropic/claude-4.5-sonnet:beta", "claude-sonnet-4-5"),
        ("claude-3-5-sonnet-latest", "claude-sonnet-3-5"),
        ("ft:gpt-4o-mini-2024-07-18:acme::1", "gpt-4o-mini"),
        ("Qwen/Qwen3-8B", "qwen3-8b"),
        ("eu.mistral.mistral-large-2407-v1:0", "mistral-large-2407-v1"),
    ],
)
def test_a_name_is_reduced_to_what_the_table_knows(model: str, expected: str) -> None:
    assert expected == reduced(model)
