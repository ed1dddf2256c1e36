"""Names to try in a price catalogue: models and providers as logged → as published.

Nothing here changes what is reported: only what is looked up.
"""

from __future__ import annotations

import re
from datetime import date

_PATHS = re.compile(r"^(?:models/|publishers/[^/]+/models/|projects/.+/models/|arn:[^/]+/)")
_BRACKETS = re.compile(r"\[[^\]]*\]$")
_ROUTER_SUFFIX = re.compile(r":(?:free|nitro|floor|online|thinking|extended|exacto|batch)$")
_BEDROCK = re.compile(r"^(?:[a-z-]+\.)?(?:anthropic|meta|amazon)\.[a-z]")
_BEDROCK_AFFIXES = re.compile(r"^(?:[a-z-]+\.)?(?:anthropic|meta|amazon)\.|-v\d+(?::\d+)?$")
_EFFORT = re.compile(r"-(?:low|medium|high|xhigh|thinking)$")
_DISPLAY_CLAUDE = re.compile(r"^claude-(\d+)(?:-(\d{1,2}))?-(opus|sonnet|haiku)$")

_PROVIDERS = {
    "xai": "x-ai",
    "x_ai": "x-ai",
    "grok": "x-ai",
    "fireworks_ai": "fireworks",
    "fireworks-ai": "fireworks",
    "together_ai": "together",
    "mistral_ai": "mistral",
    "vertex": "google",
    "gemini": "google",
    "z.ai": "zai",
    "z-ai": "zai",
    "zai_coding": "zai",
    "zai-coding-plan": "zai",
    "copilot": "github-copilot",
    "codex": "openai",
    "chatgpt": "openai",
    "litellm": "",
    "unknown": "",
}
_PROVIDER_PREFIXES = (
    ("gcp.", "google"),
    ("vertex_ai", "google"),
    ("google", "google"),
    ("bedrock", "aws"),
    ("aws", "aws"),
    ("amazon", "aws"),
    ("azure", "azure"),
    ("moonshot", "moonshotai"),
)

FREE_PROVIDERS = frozenset({"ollama", "local", "lmstudio", "lm-studio", "llama.cpp", "llamacpp", "oss"})
"""Models run on the user's own computer: no one bills a token."""

MAKERS = (
    "anthropic",
    "openai",
    "google",
    "mistral",
    "deepseek",
    "x-ai",
    "zai",
    "moonshotai",
    "minimax",
    "meta",
    "cohere",
    "voyageai",
)
"""Whose own price lists to try, in this order, when a model's name alone leads to no price."""

# An internal name of Codex for its approval reviewer. OpenAI announced on 2026-07-30 that it moved from
# GPT-5.4 to GPT-5.6 Luna (cited in ccusage/ccusage#1589); routing on the server may differ, hence the
# quality "alias".
DATED_ALIASES: dict[str, tuple[tuple[date, str], ...]] = {
    "codex-auto-review": ((date.min, "openai/gpt-5.4"), (date(2026, 7, 30), "openai/gpt-5.6-luna")),
}


def catalogue_provider(provider: str) -> str:
    """The catalogue's id for a provider as logged, or '' when the log doesn't tell.

    >>> catalogue_provider("gcp.vertex_ai"), catalogue_provider("aws.bedrock"), catalogue_provider("x_ai")
    ('google', 'aws', 'x-ai')
    """
    name = provider.strip().lower()
    if name in _PROVIDERS:
        return _PROVIDERS[name]
    for prefix, known in _PROVIDER_PREFIXES:
        if name.startswith(prefix):
            return known
    return name


def clean(model: str) -> str:
    """`model` in lower case, without path or ARN and without a bracketed suffix such as `[1m]`."""
    return _BRACKETS.sub("", _PATHS.sub("", model.strip().lower()))


def is_free(provider: str, model_raw: str) -> bool:
    """Whether the provider runs on the user's computer, or the model is declared free by its name.

    A name ending in "cloud" at a local server is served elsewhere, under a plan: not free.
    """
    name = clean(model_raw)
    if name.endswith(":free"):
        return True
    return provider.strip().lower() in FREE_PROVIDERS and not name.endswith(("-cloud", ":cloud"))


def is_batch_name(model_raw: str) -> bool:
    """Whether a router's name asks for the batch tier."""
    return clean(model_raw).endswith(":batch")


def is_bedrock(name: str) -> bool:
    """Whether a name is spelt as AWS spells models: `us.anthropic.claude-…-v1:0`."""
    return _BEDROCK.match(name) is not None


def spellings(model_raw: str, model: str) -> list[str]:
    """What to look a model up by, most faithful first, each once."""
    whole = clean(model_raw)
    plain = _ROUTER_SUFFIX.sub("", whole)
    names = [whole, plain]
    if "/" in plain:
        names.append(plain.rsplit("/", 1)[1])
    if is_bedrock(plain):
        names.append(_BEDROCK_AFFIXES.sub("", plain))
    names.append(model.lower())
    names += [_displayed(name) for name in names]
    names += [_without_effort(name) for name in names]
    return list(dict.fromkeys(name for name in names if name)) or [whole]


def split_maker(name: str) -> tuple[str, str] | None:
    """`maker/model` as a catalogue provider and a model, if the name has that form.

    >>> split_maker("anthropic/claude-sonnet-4.5")
    ('anthropic', 'claude-sonnet-4.5')
    """
    maker, slash, rest = name.partition("/")
    if not slash or not maker or not rest:
        return None
    return catalogue_provider(maker), _ROUTER_SUFFIX.sub("", rest)


def _displayed(name: str) -> str:
    """A display name as an id: "claude 4.5 sonnet" → "claude-sonnet-4-5"."""
    hyphened = name.replace(" ", "-")
    claude = _DISPLAY_CLAUDE.match(hyphened.replace(".", "-"))
    if claude:
        major, minor, family = claude.groups()
        return f"claude-{family}-{major}" + (f"-{minor}" if minor else "")
    return hyphened


def _without_effort(name: str) -> str:
    while (shorter := _EFFORT.sub("", name)) != name:
        name = shorter
    return name
