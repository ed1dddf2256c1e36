"""A tokenizer.json of the user's own counts as its model does, and one that can't be used is said so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tokmeter.tokenization.models import choose
from tokmeter.tokenization.tokenizers import NAMES, UnknownTokenizerError, is_here, load, source_of

WORDS = ["a", "b", "ab", "<", "|", "e", "n", "d", ">", " "]
# Merges `a` and `b`, knows one special token and one that is not, adds `<|end|>` to every text, cuts at four
# tokens and fills up to eight: what files of models say, and what a count must not do.
TOKENIZER = {
    "version": "1.0",
    "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
    "padding": {
        "strategy": {"Fixed": 8},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 10,
        "pad_type_id": 0,
        "pad_token": "<|end|>",
    },
    "added_tokens": [
        {
            "id": number,
            "content": content,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": special,
        }
        for number, content, special in ((10, "<|end|>", True), (11, "ddd", False))
    ],
    "normalizer": None,
    "pre_tokenizer": None,
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "<|end|>", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|end|>": {"id": "<|end|>", "ids": [10], "tokens": ["<|end|>"]}},
    },
    "decoder": None,
    "model": {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": {word: number for number, word in enumerate(WORDS)},
        "merges": [["a", "b"]],
    },
}


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(TOKENIZER))
    return f"file:{path}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", 0, id="nothing: neither filled up nor ended"),
        pytest.param("ab", 1, id="a merged pair"),
        pytest.param("ab a b", 5, id="more than the file would cut at"),
        pytest.param("ab" * 250_000, 250_000, id="more than a slice"),
        pytest.param("<|end|>", 7, id="the name of a special token is text"),
        pytest.param("addd", 2, id="a token added that is not special"),
        pytest.param("b\ud800a", 2, id="a lone surrogate, which this vocabulary has no token for"),
    ],
)
def test_it_counts_the_text_alone(own: str, text: str, expected: int) -> None:
    assert expected == load(own).count(text)


def test_it_is_named_by_its_path(own: str) -> None:
    assert is_here(own)
    assert own.removeprefix("file:") == source_of(own)
    assert own == load(own).name


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "EOF while parsing", id="empty"),
        pytest.param(b"{}", "Model missing", id="no tokenizer"),
        pytest.param(b"\xff\xfe", "expected value", id="no JSON"),
        pytest.param(b"[" * 100_000, "invalid type", id="nested"),
        pytest.param(b'{"model": {"type": "Oracle"}}', "did not match", id="unknown kind"),
    ],
)
def test_a_file_that_is_no_tokenizer_is_said_so(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)

    with pytest.raises(UnknownTokenizerError) as caught:
        load(f"file:{path}")

    assert str(caught.value).startswith(f"{path} is not a tokenizer.json: ")
    assert reason in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("nowhere/tokenizer.json", "cannot be read: No such file or directory.", id="no file"),
        pytest.param(".", "cannot be read: Is a directory.", id="folder"),
        pytest.param("a\0b", "is not a tokenizer.json: embedded null byte.", id="NUL"),
    ],
)
def test_a_path_that_leads_nowhere_is_said_so(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(UnknownTokenizerError) as caught:
        load(f"file:{tmp_path / name}")

    assert str(caught.value).endswith(reason)
    assert not is_here(f"file:{tmp_path / name}")
    assert "" == source_of(f"file:{tmp_path / name}")


@pytest.mark.parametrize("name", ["qwen3.5", "gemma3", "gemma4", "llama4"])
def test_what_only_a_file_gives_says_so(name: str) -> None:
    with pytest.raises(
        UnknownTokenizerError, match=f"{name} comes with no package: name the model's tokenizer.json"
    ):
        load(name)

    assert not is_here(name)


@pytest.mark.parametrize("name", ["", "gpt-5", "o200k", "/etc/passwd", "\ud800"])
def test_a_name_that_means_nothing_is_answered_with_those_that_do(name: str) -> None:
    with pytest.raises(UnknownTokenizerError) as caught:
        load(name)

    assert all(known in str(caught.value) for known in NAMES)
    assert not is_here(name)


def test_the_users_own_file_wins_over_the_table(own: str) -> None:
    path = own.removeprefix("file:")
    choice = choose("gpt-5-mini", {"gpt-5*": path})

    assert (own, True, path, "") == choice[1:]


def test_a_name_wins_over_a_pattern_before_it(own: str) -> None:
    path = own.removeprefix("file:")
    choice = choose("Qwen/Qwen3.5-27B", {"qwen*": "/other.json", "Qwen3.5-27b": path})

    assert own == choice.tokenizer


def test_a_file_that_is_gone_is_named_beside_its_stand_in(tmp_path: Path) -> None:
    gone = f"{tmp_path}/gone.json"
    choice = choose("gemma-3-4b", {"gemma-3*": gone})

    assert ("o200k_base", False, f"file:{gone}") == (choice.tokenizer, choice.exact, choice.wanted)


def test_a_file_for_one_model_leaves_others_alone(own: str) -> None:
    choice = choose("gpt-5", {"gemma-3*": own.removeprefix("file:")})

    assert ("o200k_base", True) == (choice.tokenizer, choice.exact)
