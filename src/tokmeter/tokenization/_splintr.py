"""Open-weights models, exact: the vocabularies compiled into splintr-rs, which the extra `open` installs."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.util import find_spec

from tokmeter.tokenization._harden import Bounded, sound

# Our name → splintr's. splintr's own "mistral" is the vocabulary of 2023. Its Gemma is left out: it takes
# HTML tags apart (`<body>` as three tokens), which are one token each for Gemma.
NAMES = {
    "llama3": "llama3",
    "qwen3": "qwen3",
    "deepseek_v3": "deepseek_v3",
    "glm4": "glm4",
    "kimi_k2": "kimi_k2",
    "kimi_k3": "kimi_k3",
    "mistral": "mistral_v3",
}
# Qwen's tokenizer composes characters first (NFC), splintr's does not.
COMPOSED = frozenset({"qwen3"})
INSTALL = "install tokmeter with its extra `open`, or the package splintr-rs"


def is_installed() -> bool:
    """Whether splintr-rs is here, without loading it."""
    return find_spec("splintr") is not None


@cache
def version() -> str:
    """The installed version, as the package states it."""
    from importlib.metadata import version as installed  # noqa: PLC0415 - only a listing needs it

    return installed("splintr-rs")


def load(name: str) -> Bounded:
    """The tokenizer `name`, one of NAMES. Raises ImportError where splintr is not installed."""
    from splintr import Tokenizer  # noqa: PLC0415 - 38 MB, and an extra

    # `encode` would take the names of special tokens in a text for special tokens.
    ordinary = Tokenizer.from_pretrained(NAMES[name]).encode_ordinary
    prepare = _composed if name in COMPOSED else _same

    def encode(text: str) -> list[int]:
        try:
            return ordinary(prepare(text))
        except UnicodeEncodeError:
            return ordinary(prepare(sound(text)))

    return Bounded(name, encode)


# A character composes with what follows it. Python takes quadratic time for a run of combining marks (200,000
# of them: 23 s), so that a run is composed in parts.
_COMPOSING = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]{1,1000}")


def _composed(text: str) -> str:
    """`text` in Unicode's form NFC."""
    if text.isascii():
        return text
    return _COMPOSING.sub(lambda found: unicodedata.normalize("NFC", found.group()), text)


def _same(text: str) -> str:
    return text
