"""Names of models and providers: as logged → normalised (docs/reference/prices.md, Names)."""

from __future__ import annotations

import re
from functools import lru_cache

_PATHS = re.compile(r"^(?:models/|publishers/[^/]+/models/|projects/.+/models/|arn:[^/]+/)")
_BRACKETS = re.compile(r"\[[^\]]*\]$")
_ROUTER_SUFFIXES = re.compile(r":(?:free|nitro|floor|online|thinking|extended|exacto)$")
_BEDROCK = re.compile(
    r"^(?:(?:us|eu|apac|global|jp|au|ca)\.)?(?:anthropic|meta|amazon)\.(.+?)(?:-v\d+(?::\d+)?)?$"
)
_DATE = re.compile(r"(?:-|@)20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])$")


@lru_cache(maxsize=4096)
def normalise_model(raw: str) -> str:
    """The name a model is reported under: lower case, without path, provider prefix, variant or date.

    >>> normalise_model("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    'claude-sonnet-4-5'
    >>> normalise_model("claude-opus-4-5@20251101[1m]")
    'claude-opus-4-5'
    """
    name = _PATHS.sub("", raw.strip().lower())
    name = _BRACKETS.sub("", name)
    name = _ROUTER_SUFFIXES.sub("", name)
    if "/" in name:
        name = name.rsplit("/", 1)[1]
    bedrock = _BEDROCK.match(name)
    if bedrock:
        name = bedrock.group(1)
    name = name.removesuffix("@latest").removesuffix("@default")
    short = _DATE.sub("", name)
    return short or raw or "unknown"


def printable(text: str) -> str:
    """`text` without control, bidi and line-breaking characters: log text is untrusted on a terminal."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
