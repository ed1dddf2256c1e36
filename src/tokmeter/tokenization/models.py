"""Which tokenizer a model uses: one table of names, and what to do where the tokenizer is not here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from tokmeter.core.names import normalise_model
from tokmeter.tokenization._interface import Choice
from tokmeter.tokenization.tokenizers import is_here, source_of

PROXY = "o200k_base"
"""Counts where the model's own tokenizer is not here: always at hand, and the base of the shipped fits."""


class Row(NamedTuple):
    """Models whose reduced name starts with `pattern` use `tokenizer`; '' if nobody outside has it."""

    pattern: re.Pattern[str]
    tokenizer: str
    exact: bool = True


# A version part is one or two digits; eight are a date.
_END = r"(?!-?\d{1,2}(?!\d))"

# Claude's families: those of one family have the same vocabulary and add the same to a response.
_CLAUDE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"claude-opus-4-7" + _END), "v4.7"),
    (re.compile(r"claude-opus-4-(?:[89]|[1-9]\d)(?!\d)"), "v4.8"),
    # Every line from 5 on; Opus, Sonnet and Fable 5 are measured.
    (re.compile(r"claude-[a-z]+-(?:[5-9]|[1-9]\d)(?!\d)"), "v4.8"),
    # A Sonnet or Haiku 4.7 was never seen, and is not taken for one of these or those.
    (re.compile(r"claude-[a-z]+-(?:3(?:-\d)?|4(?:-[0-6])?)" + _END), "v3"),
)
_VOCABULARIES = {"v3": "claude-v3", "v4.7": "claude-v4.7", "v4.8": "claude-v4.7"}


def _row(pattern: str, tokenizer: str, *, exact: bool = True) -> Row:
    return Row(re.compile(pattern), tokenizer, exact)


# The first match wins. Rows without a tokenizer keep the rows below from claiming a relative.
MODELS: tuple[Row, ...] = (
    _row(r"gpt-oss", "o200k_harmony"),
    _row(r"(?:gpt-(?:4o|4\.1|4\.5|5)|chatgpt-4o|o[134](?:-|$)|codex-)", "o200k_base"),
    # text-davinci-002-render is ChatGPT's name for GPT-3.5.
    _row(
        r"(?:gpt-(?:4|3\.5|35)(?![\d.])|text-embedding-(?:3|ada)|davinci-002|babbage-002|text-davinci-002-render)",
        "cl100k_base",
    ),
    *(Row(pattern, _VOCABULARIES[family]) for pattern, family in _CLAUDE),
    # No version (exports of Claude.ai name none), or one never seen. The newest vocabulary: for texts of
    # older models it says a third too much, where the older one would say a quarter too little for new ones.
    _row(r"claude(?!-(?:instant|v?[12](?!\d)))", "claude-v4.7", exact=False),
    # Distilled models keep the vocabulary of the model that was trained further.
    _row(r"deepseek-r1-distill-llama", "llama3"),
    _row(r"deepseek-r1-distill-qwen", "qwen3"),
    _row(r"deepseek-(?:llm|moe|math|v2|coder-(?:v2|\d))", ""),
    _row(r"deepseek", "deepseek_v3"),
    _row(r"qwen-?(?:3\.[5-9]|[4-9])", "qwen3.5"),
    # Names of a service, which moves on: that they mean Qwen 3 held once.
    _row(r"qwen-(?:max|plus|turbo|flash|long)", "qwen3", exact=False),
    _row(r"(?:qwen|qwq|qvq)", "qwen3"),
    _row(r"(?:kimi|moonshot)-?k?3", "kimi_k3"),
    _row(r"(?:kimi|moonshot)", "kimi_k2"),
    _row(r"(?:glm|zai)", "glm4"),
    # Until July 2024: SentencePiece vocabularies.
    _row(
        r"(?:open-)?(?:mistral-(?:7b|tiny|medium-23|small-24|large-24(?:02|07))|mi[sx]tral-?8x|codestral-(?:22b|24|mamba)|mathstral)",
        "",
    ),
    _row(r"(?:open-)?(?:mistral|codestral|devstral|magistral|ministral|pixtral)", "mistral"),
    _row(r"(?:meta-)?llama-?3", "llama3"),
    _row(r"(?:meta-)?llama-?4", "llama4"),
    # Google's own library counts tokens for these Gemini models by Gemma's vocabulary.
    _row(r"(?:gemini-(?:2\.|3-)|gemma-?3)", "gemma3"),
    _row(r"(?:gemini-(?:3\.[1-9]|[4-9])|gemma-?4)", "gemma4"),
)


def choose(model: str, files: Mapping[str, str] = {}) -> Choice:
    """The tokenizer for `model`, a name as logged or normalised.

    `files`: name or pattern (`qwen3.5*`) → path of a tokenizer.json, the user's own; a name wins over a
    pattern, and both over the table. What is not here is counted by PROXY, and named in `wanted`.

    A model that no row knows gets PROXY and nothing wanted; a row that is a guess is never exact.
    """
    own = _own_file(model, files)
    if own:
        return _if_here(model, f"file:{own}", exact=True)
    row = _row_of(reduced(model))
    if row is None or not row.tokenizer:
        return Choice(model, PROXY, exact=False, source=source_of(PROXY))
    return _if_here(model, row.tokenizer, exact=row.exact)


def claude_family(model: str) -> str | None:
    """The family of Claude models that `model` belongs to: "v3" (3 to 4.6), "v4.7" or "v4.8" (all later).

    None for other models, for Claude 1 and 2, and for a Claude without a version.
    """
    name = reduced(model)
    return next((family for pattern, family in _CLAUDE if pattern.match(name)), None)


_TUNED = re.compile(r"ft:([^:]+)")
_VENDOR = re.compile(
    r"(?:(?:us|eu|apac|global|jp|au|ca)\.)?(?:openai|qwen|mistral|moonshot(?:ai)?|zai|google)\."
)
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_NUMBER_FIRST = re.compile(r"claude-(\d{1,2}(?:-\d{1,2})?)-([a-z]+)")


@lru_cache(maxsize=4096)
def reduced(model: str) -> str:
    """The part of a model's name that the table is matched against.

    Beyond `normalise_model`: no tag, no `-latest`; Claude's versions with dashes, behind the line's name.

    >>> reduced("openrouter/anthropic/claude-4.5-sonnet:beta")
    'claude-sonnet-4-5'
    >>> reduced("ft:gpt-4o-mini-2024-07-18:acme::1")
    'gpt-4o-mini'
    """
    tuned = _TUNED.match(model.strip().lower())
    name = normalise_model(tuned.group(1) if tuned else model)
    name = name.partition("@")[0].partition(":")[0].removesuffix("-latest")
    name = _VENDOR.sub("", name, count=1)
    if name.startswith("claude-"):
        name = _NUMBER_FIRST.sub(r"claude-\2-\1", _POINT.sub("-", name), count=1)
    return name


@lru_cache(maxsize=4096)
def _row_of(name: str) -> Row | None:
    return next((row for row in MODELS if row.pattern.match(name)), None)


def _if_here(model: str, tokenizer: str, *, exact: bool) -> Choice:
    if is_here(tokenizer):
        return Choice(model, tokenizer, exact, source_of(tokenizer))
    return Choice(model, PROXY, exact=False, source=source_of(PROXY), wanted=tokenizer)


def _own_file(model: str, files: Mapping[str, str]) -> str:
    """The path that the user named for `model`, else ''."""
    if not files:
        return ""
    names = {model.lower(), normalise_model(model), reduced(model)}
    patterns = [(pattern.lower(), path) for pattern, path in files.items()]
    for pattern, path in patterns:
        if pattern in names:
            return path
    for pattern, path in patterns:
        if any(fnmatchcase(name, pattern) for name in names):
            return path
    return ""
