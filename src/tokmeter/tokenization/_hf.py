"""A `tokenizer.json` of the user's own, read by Hugging Face's tokenizers. Only that file is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.tokenization._harden import Bounded, sound

if TYPE_CHECKING:
    from tokenizers import Encoding

PREFIX = "file:"


def path_of(name: str) -> Path:
    """The path in a name such as `file:/models/qwen/tokenizer.json`."""
    return Path(name.removeprefix(PREFIX))


def load(name: str) -> Bounded:
    """The tokenizer of a file. Raises OSError if it can't be read, ValueError if it is no tokenizer."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - only who names such a file pays for it

    # Not `from_file`, which raises a bare Exception for every fault.
    tokenizer = Tokenizer.from_buffer(path_of(name).read_bytes())
    # A file made for a model with a window of 512 tokens may say: cut there, or fill up to there.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    # The names of special tokens in a text are text.
    tokenizer.encode_special_tokens = True

    def encode(text: str) -> Encoding:
        return tokenizer.encode(sound(text), add_special_tokens=False)

    return Bounded(name, encode)
