"""Open-weights vocabularies by splintr-rs: the right ones, as their models use them; and a clear word without."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.any_texts import any_texts
from tokmeter.tokenization import _splintr
from tokmeter.tokenization.tokenizers import is_here, load, source_of

SOURCE = Path(__file__).parents[2] / "src"
needs_splintr = pytest.mark.skipif(find_spec("splintr") is None, reason="splintr-rs is not installed")


@needs_splintr
@pytest.mark.parametrize("name", _splintr.NAMES)
def test_every_name_is_a_vocabulary_of_the_installed_release(name: str) -> None:
    assert is_here(name)
    assert name == load(name).name
    assert 0 < load(name).count("hello world") <= len("hello world")
    assert source_of(name).startswith("splintr-rs ")


@needs_splintr
@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        # The example of Llama 3's own repository: 2028 374 264 1296 11914 13.
        pytest.param("llama3", "This is a test sentence.", 6, id="llama3"),
        # Tekken writes a digit a token, the vocabulary of 2023 a blank besides.
        pytest.param("mistral", "12345", 5, id="digits for mistral"),
        # Three digits a token, from the left.
        pytest.param("llama3", "1234567", 3, id="digits for llama3"),
        # One digit a token.
        pytest.param("qwen3", "1234567", 7, id="digits for qwen3"),
        pytest.param("deepseek_v3", "1234567", 3, id="digits for deepseek"),
    ],
)
def test_counts_that_are_known(name: str, text: str, expected: int) -> None:
    assert expected == load(name).count(text)


@needs_splintr
@pytest.mark.parametrize("name", _splintr.NAMES)
def test_names_of_special_tokens_are_text_to_open_vocabularies(name: str) -> None:
    """A special token would be one; as text each pattern cuts it into three parts at least."""
    texts = ("<|eot_id|>", "<|im_end|>", "<|endoftext|>", "<|think|>")

    assert 3 <= min(load(name).count(text) for text in texts)


@needs_splintr
def test_splintrs_engine_agrees_with_tiktoken_on_a_table_that_both_have() -> None:
    from splintr import Tokenizer

    theirs = Tokenizer.from_pretrained("o200k_base").encode_ordinary
    ours = load("o200k_base")
    wholes = [text for text in any_texts(2_000, seed=6) if not any(0xD800 <= ord(c) < 0xE000 for c in text)]

    assert [] == [text for text in wholes if len(theirs(text)) != ours.count(text)]
    assert 1_500 < len(wholes)


@needs_splintr
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("cafe\u0301 au lait", id="a letter and its accent"),
        pytest.param("\u1100\u1161\u11a8", id="a syllable of Hangul in parts"),
        pytest.param("a\n\u0041\u030a", id="the first on its line"),
        pytest.param("x" * 250_000 + "e\u0301", id="behind a slice"),
    ],
)
def test_qwen_composes_characters_first(text: str) -> None:
    assert unicodedata.normalize("NFC", text) != text
    assert load("qwen3").count(unicodedata.normalize("NFC", text)) == load("qwen3").count(text)


def test_composing_takes_nothing_apart() -> None:
    """In parts of a thousand, which is what bounds the time for a run of combining marks."""
    for text in any_texts(2_000, seed=7):
        assert unicodedata.normalize("NFC", text) == _splintr._composed(text)


def test_without_splintr_the_sentence_says_what_to_install() -> None:
    code = """
import sys
sys.modules["splintr"] = None  # as where it is not installed
from tokmeter.tokenization.models import choose
from tokmeter.tokenization.tokenizers import UnknownTokenizerError, is_here, load, source_of
try:
    load("llama3")
except UnknownTokenizerError as error:
    print(error)
print(is_here("llama3"), repr(source_of("llama3")))
print(choose("llama-3.1-8b"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(SOURCE)},
        capture_output=True,
        check=True,
        text=True,
    )

    sentence = "The tokenizer llama3 is not installed: install tokmeter with its extra `open`, or the package splintr-rs."
    choice = (
        "Choice(model='llama-3.1-8b', tokenizer='o200k_base', exact=False, "
        "source='tiktoken ranks, packaged', wanted='llama3')"
    )
    assert [sentence, "False ''", choice] == done.stdout.splitlines()
