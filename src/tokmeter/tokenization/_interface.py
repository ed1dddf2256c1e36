"""What a tokenizer is here: something that counts. Each backend is one file behind this interface."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Tokenizer(Protocol):
    """Counts the tokens of a text as plain text: special tokens' names in it are text like any other.

    Any `str` is right, lone surrogates, NUL and 10 MB without a blank included: `count` never raises, and
    takes time linear in the length. Where it must cut a run to hold that, it over-counts by at most one
    token a cut.
    """

    name: str

    def count(self, text: str) -> int:
        """Tokens of `text`."""


class Choice(NamedTuple):
    """Which tokenizer counts for a model, and how far it can be trusted.

    `tokenizer` is a name that `tokenizers.load` knows; `wanted` the exact one where this is but a proxy (not
    installed, not published), else ''. `source` says where the data came from, for people ("tiktoken ranks,
    packaged", "ctok 1.3.0", "splintr-rs 0.22.0", "/path/tokenizer.json").
    """

    model: str
    tokenizer: str
    exact: bool
    source: str
    wanted: str = ""


class Calibration(NamedTuple):
    """`tokens = slope * base + per_call * calls + constant`, where base counts by the tokenizer `base`.

    `family` is the model the fit is for (or the model family of a shipped prior). Errors are shares:
    `median_error` and `p90_error` of single held-out messages, `bias` of their sum (signed, estimate against
    logged). `messages`: how many it was fitted and tested on. `fitted_ms` is 0 for what is shipped.
    """

    family: str
    base: str
    slope: float
    per_call: float
    constant: float
    messages: int
    median_error: float
    p90_error: float
    bias: float
    fitted_ms: int = 0

    def tokens(self, base: int, calls: int = 0) -> int:
        """The estimate for a text of `base` tokens by the base tokenizer, with `calls` tool calls."""
        return max(0, round(self.slope * base + self.per_call * calls + self.constant))


class Counted(NamedTuple):
    """A count, how it was got (index of core.usage.COUNT_BASES), and its p90 error as a share (0: exact)."""

    tokens: int
    basis: int
    error: float
