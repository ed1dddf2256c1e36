"""The invented history's texts have the tokens that its counts tell: held against the tokenizers."""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain
from pathlib import Path
from random import Random

import pytest

from tokmeter.demo import _tools
from tokmeter.demo._claude_texts import Texts
from tokmeter.demo._words import _WORDS, O200K, PLAIN, RATIOS, V3, V4_8, Costs, code, prose, table
from tokmeter.demo.history import write_history
from tokmeter.tokenization._ctok import is_installed, written_count
from tokmeter.tokenization.claude_output import visible_tokens
from tokmeter.tokenization.tokenizers import load

NOW_MS = 1_795_280_700_000  # 2026-11-21 17:05 UTC
FAMILIES = {V3: "v3", V4_8: "v4.8"}
MODELS = {"claude-opus-4-8": "v4.8", "claude-sonnet-4-6": "v3", "claude-haiku-4-5-20251001": "v3"}
needs_ctok = pytest.mark.skipif(not is_installed(), reason="ctok is not installed")


def drawn(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - filler, no secret


def count(text: str, which: int) -> int:
    """Tokens of a text behind a word, which is one token everywhere."""
    if which == O200K:
        return load("o200k_base").count("The" + text) - 1
    return written_count("The" + text, FAMILIES[which]) - 1


WHICH = [
    pytest.param(O200K, id="o200k"),
    pytest.param(V3, id="v3", marks=needs_ctok),
    pytest.param(V4_8, id="v4.8", marks=needs_ctok),
]


@pytest.mark.parametrize("which", WHICH)
def test_every_word_has_the_tokens_its_list_says(which: int) -> None:
    words = [(costs, word) for costs, listed in _WORDS for word in listed.split()]

    wrong = [(word, costs) for costs, word in words if costs[which] != count(f" {word} of", which) - 1]

    assert [] == wrong


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("style", [prose, code])
@pytest.mark.parametrize("tokens", [1, 2, 3, 17, 200, 5_000])
def test_a_text_has_as_many_tokens_as_asked_for(which: int, style: type, tokens: int) -> None:
    for seed in range(5):
        assert tokens == count(style().text(drawn(seed), tokens, which), which)


@pytest.mark.parametrize("which", [V3, V4_8])
@pytest.mark.parametrize("style", [prose, code])
def test_claudes_tokens_for_one_of_o200k_are_as_in_real_logs(which: int, style: type) -> None:
    """Each word's costs are in `_WORDS`, so this holds without Claude's tokenizers."""
    text = style().text(drawn(1), 50_000, which)

    assert RATIOS[which] == pytest.approx(50_000 / count(text, O200K), rel=0.03)


@pytest.mark.parametrize("tokens", [0, 7, 40_000])
def test_a_table_has_a_token_for_each_character(tokens: int) -> None:
    text = table(drawn(3), tokens)

    assert tokens == len(text) == load("o200k_base").count(text)


def test_a_word_stands_in_one_list_only() -> None:
    words: list[tuple[Costs, str]] = [(costs, word) for costs, listed in _WORDS for word in listed.split()]

    assert [] == [word for word, times in Counter(word for _, word in words).items() if times > 1]
    assert "the" in PLAIN


@needs_ctok
@pytest.mark.parametrize("tool", ["Read", "Edit", "Bash", "Grep", None])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("project", _tools.FILES)
def test_a_claude_response_is_as_long_as_its_count(project: str, model: str, tool: str | None) -> None:
    """From the fewest tokens that the history has. Where it thought, its text is shorter."""
    texts = Texts(f"{project} {model} {tool}", project)
    exact = checked = 0
    for output in [*range(120, 160), *range(160, 1_600, 37)]:
        answer = texts.answer(model, output, tool)
        visible = visible_tokens([answer.text], [answer.call] if answer.call else [], MODELS[model])
        if answer.thinking:
            assert visible < output
        else:
            checked += 1
            exact += visible == output
            assert visible == pytest.approx(output, rel=0.08)

    assert exact >= 0.85 * checked


@pytest.mark.parametrize(
    ("name", "arguments", "cost"),
    [
        *(("exec_command", {"cmd": command}, cost) for command, cost in _tools.CODEX_COMMANDS),
        *(
            ("exec_command", {"cmd": f"cat {path}"}, cost)
            for path, cost in dict(chain.from_iterable(_tools.CODEX_READS.values())).items()
        ),
        *((_tools.ISSUES, {"query": query}, cost) for query, cost in _tools.CODEX_QUERIES),
    ],
)
def test_a_call_of_codex_has_the_tokens_that_are_noted(
    name: str, arguments: dict[str, str], cost: int
) -> None:
    counted = load("o200k_base").count

    assert cost == counted(name) + counted(json.dumps(arguments, separators=(",", ":")))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_history(folder, NOW_MS)
    return folder


def records(home: Path, folder: str) -> list[dict[str, dict[str, object]]]:
    files = sorted((home / folder).rglob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_texts_did_not_change_what_is_counted_of_claude(home: Path) -> None:
    """The sums of the history as it was before it had texts."""
    messages = [record["message"] for record in records(home, ".claude") if "message" in record]
    last = {str(message["id"]): message["usage"] for message in messages if "usage" in message}
    sums = [
        sum(usage[name] for usage in last.values())  # type: ignore[index]
        for name in (
            "input_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "output_tokens",
        )
    ]

    assert (166, [1_306, 11_554_797, 211_428, 153_059]) == (len(last), sums)


def test_the_texts_did_not_change_what_is_counted_of_codex(home: Path) -> None:
    """Each running total once: copies and repetitions are no usage."""
    payloads = [record["payload"] for record in records(home, ".codex")]
    infos = [payload["info"] for payload in payloads if payload.get("info")]
    last = {tuple(info["total_token_usage"].values()): info["last_token_usage"] for info in infos}  # type: ignore[index]

    assert (48, 2_389_514) == (len(last), sum(usage["total_tokens"] for usage in last.values()))
