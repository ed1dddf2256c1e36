"""Every tokenizer by its name: which there are, which are here, and where their data came from."""

from __future__ import annotations

from functools import cache

from tokmeter.tokenization import _hf, _splintr, _tiktoken
from tokmeter.tokenization._interface import Tokenizer

CLAUDE = {"claude-v3": "v3", "claude-v4.7": "v4.8"}
"""Claude's vocabularies → a family of models that uses it (4.7 and all later ones share theirs)."""
BY_FILE = ("qwen3.5", "gemma3", "gemma4", "llama4")
"""Vocabularies that no package carries as the model uses them: only a file of the user's own is exact."""
NAMES = (*_tiktoken.TABLES, *CLAUDE, *_splintr.NAMES, *BY_FILE)
"""All names except `file:/path/of/a/tokenizer.json`."""


CTOK = "pip install --ignore-requires-python 'ctok>=1.3,<2' beside tokmeter (with Python 3.12 it comes along)"
"""How to get Claude's vocabularies; ctok's metadata ask for Python 3.12, and 3.11 will do."""


class UnknownTokenizerError(ValueError):
    """A name that means nothing, or a tokenizer that is not installed; the text says what would help."""


@cache
def load(name: str) -> Tokenizer:
    """The tokenizer `name`, loaded once a process. Raises UnknownTokenizerError."""
    if name in _tiktoken.TABLES:
        return _tiktoken.load(name)
    if name in CLAUDE:
        return _claude(name)
    if name in _splintr.NAMES:
        return _open_weights(name)
    if name.startswith(_hf.PREFIX):
        return _from_file(name)
    if name in BY_FILE:
        raise UnknownTokenizerError(
            f"The tokenizer {name} comes with no package: "
            "name the model's tokenizer.json in the table [tokenizers] of the config file."
        )
    raise UnknownTokenizerError(f"There is no tokenizer {name!r}; there are {', '.join(NAMES)}.")


def is_here(name: str) -> bool:
    """Whether `load` would find the data of `name`. Nothing is loaded to answer."""
    if name in _tiktoken.TABLES:
        return True
    if name in CLAUDE:
        from tokmeter.tokenization import _ctok  # noqa: PLC0415 - only asked for Claude

        return _ctok.is_installed()
    if name in _splintr.NAMES:
        return _splintr.is_installed()
    return name.startswith(_hf.PREFIX) and _is_file(name)


def source_of(name: str) -> str:
    """Where the data of `name` comes from, for people; '' if it is not here."""
    if not is_here(name):
        return ""
    if name in _tiktoken.TABLES:
        return "tiktoken ranks, packaged"
    if name in CLAUDE:
        from tokmeter.tokenization import _ctok  # noqa: PLC0415 - only asked for Claude

        return f"ctok {_ctok.version()}"
    if name in _splintr.NAMES:
        return f"splintr-rs {_splintr.version()}"
    return str(_hf.path_of(name))


class _Claude:
    """ctok's vocabulary for one generation of Claude models, without the frame of a message."""

    __slots__ = ("_family", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._family = CLAUDE[name]

    def count(self, text: str) -> int:
        """Tokens of `text`, which may be any `str`."""
        from tokmeter.tokenization import _ctok  # noqa: PLC0415 - cached by Python after the first call

        return _ctok.frameless_count(text, self._family)


def _claude(name: str) -> Tokenizer:
    if not is_here(name):
        raise UnknownTokenizerError(f"The tokenizer {name} is not installed: {CTOK}.")
    return _Claude(name)


def _open_weights(name: str) -> Tokenizer:
    try:
        return _splintr.load(name)
    except ImportError as error:
        raise UnknownTokenizerError(f"The tokenizer {name} is not installed: {_splintr.INSTALL}.") from error
    except ValueError as error:  # another release of splintr-rs
        version = _splintr.version()
        raise UnknownTokenizerError(f"splintr-rs {version} has no vocabulary for {name}: {error}.") from error


def _from_file(name: str) -> Tokenizer:
    path = _hf.path_of(name)
    try:
        return _hf.load(name)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise UnknownTokenizerError(f"The tokenizer {path} cannot be read: {reason}.") from error
    except ValueError as error:  # also a path with a NUL
        reason = str(error).removeprefix("Cannot instantiate Tokenizer from buffer: ").rstrip(".")
        raise UnknownTokenizerError(f"{path} is not a tokenizer.json: {reason}.") from error


def _is_file(name: str) -> bool:
    try:
        return _hf.path_of(name).is_file()
    except (OSError, ValueError):  # no access on the way there, or a NUL in the path
        return False
