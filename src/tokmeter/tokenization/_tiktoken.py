"""OpenAI's tokenizers, exact: tiktoken over the rank tables in this package.

tiktoken ships no tables and downloads them at first use. Here its `Encoding` is built from the packaged ones
directly: no download, no cache file, no environment variable. The split patterns are those of tiktoken's
`tiktoken_ext/openai_public.py` (MIT, data/LICENSE-tiktoken); a test holds them equal.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tokmeter.tokenization._harden import Bounded

if TYPE_CHECKING:
    from tiktoken import Encoding

_O200K = "|".join(  # noqa: FLY002 - one part a line, as tiktoken writes it
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
_CL100K = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$"
    r"|\s*[\r\n]|\s+(?!\S)|\s"
)

# Name → its table and pattern. o200k_harmony differs by its special tokens alone, which no plain text gives.
TABLES = {
    "o200k_base": ("o200k_base", _O200K),
    "o200k_harmony": ("o200k_base", _O200K),
    "cl100k_base": ("cl100k_base", _CL100K),
}


@cache
def encoding(table: str) -> Encoding:
    """The encoding of tiktoken's over a packaged table, without special tokens; 0.3 s, once a process.

    Without special tokens the text `<|endoftext|>` is what it is in a log: text.
    """
    import tiktoken  # noqa: PLC0415 - only who counts pays for it

    from tokmeter.tokenization._ranks import ranks  # noqa: PLC0415 - likewise

    pattern = TABLES[table][1]
    return tiktoken.Encoding(table, pat_str=pattern, mergeable_ranks=ranks(table), special_tokens={})


def load(name: str) -> Bounded:
    """The tokenizer `name`, one of TABLES. tiktoken itself repairs lone surrogates (see `_harden.sound`)."""
    return Bounded(name, encoding(TABLES[name][0]).encode_ordinary)
