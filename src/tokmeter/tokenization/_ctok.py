"""Claude's tokens, counted by `ctok`: Claude's tokenizers rebuilt from what the public endpoint counts.

`ctok.token_count` counts a message: the text and a frame of fixed size. Here the frame is taken off.
`_tiling` counts the same many times faster from parts of `ctok`; its authors promise none of those, so the
two are compared on PROBES before the fast way is used. Where a later release differs, `token_count` counts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from importlib.util import find_spec

from tokmeter.tokenization._runs import shorten

VERSIONS = {"v3": "3.0", "v4.7": "4.8", "v4.8": "4.8"}
"""Family of models → the version that `ctok` is asked for.

4.7 has the vocabulary of 4.8 and differs in the frame alone. Asked for "4.7", `ctok` puts a word boundary
before the text, as the frame of a message ends in one; a response has no such frame.
"""

PROBES = (
    "",
    " ",
    "\n\n\n",
    "hello, world",
    " one leading blank, and NASA's WiFi: it's ('quoted') x 's",
    "\n12 lines",
    "12 (twelve)",
    "x " + "1,22,333,4444\n" * 12 + "a's\t",
    "def add(a, b=12345):\n    return a + b  # 3.14\n\n\n\tprint(f'{a!r}')\n",
    "'tis 100 % of 1,234 items!  Two blanks. \n and “curly” \u2018quotes\u2019",
    "Grüße, ÉCOLE Österreich; жизнь ΑΒΓ; café naïve",
    "中文\uff0c测试。한국어 テスト 12\uff13\uff14 ⚠️ 🎉👨‍👩‍👧 → ✓ ─── ½",
    "नमस्ते दुनिया\nสวัสดีชาวโลก\n\u0645\u064e\u0631\u0652\u062d\u064e\u0628\u064b\u0627",
    "⟨bow⟩ \ufdd0x\ufdd1 \ud800 \x00\x07 <|endoftext|> \u0301a",
    "a" * 40 + "A" * 40 + "=" * 90 + " " * 40 + "b",
)
"""Every branch of the fast way is taken by one of them."""


def is_installed() -> bool:
    """Whether `ctok` is here. Nothing is loaded to answer."""
    return find_spec("ctok") is not None


def version() -> str:
    """The release of `ctok`; '' where it is not installed."""
    try:
        return version_of("ctok")
    except PackageNotFoundError:
        return ""


def frameless_count(text: str, family: str) -> int:
    """Tokens of `text` as the content of a message, without the message's frame: `ctok`'s count.

    Any `str` is right. Equal to `ctok.token_count` minus the frame, except for texts with a run that `_runs`
    shortens, so that time stays linear. `family` is one of VERSIONS.
    """
    framed, written = _counters(VERSIONS[family])
    return _bounded(text, framed, written)


def written_count(text: str, family: str) -> int:
    """Tokens of `text` as a model writes it, where nothing precedes it.

    Differs from `frameless_count` for v3 alone, whose frame ends in a word boundary: a text that opens with a
    digit or a line end leaves that boundary over, one with a blank uses it up. A response has no such frame.
    """
    _framed, written = _counters(VERSIONS[family])
    return _bounded(text, written, written)


def _bounded(text: str, count: Callable[[str], int], written: Callable[[str], int]) -> int:
    """The count of `text`, with what its over-long runs leave out added by rate."""
    short, left_out = shorten(text)
    tokens = count(short)
    for sample, missing in left_out:
        tokens += round(written(sample) * missing / len(sample))
    return tokens


@cache
def _counters(asked: str) -> tuple[Callable[[str], int], Callable[[str], int]]:
    """Two counts of a text: as a message without its frame, and as it would be written."""
    token_count = import_module("ctok").token_count  # takes 0.1 to 0.4 seconds

    frame: int = token_count("a", asked) - 1  # "a" is one token in every vocabulary

    def slow(text: str) -> int:
        return max(0, int(token_count(text, asked)) - frame)

    # Without _tiling, `written_count` of v3 is one too high for a text that opens with a digit or a line end.
    try:
        from tokmeter.tokenization._tiling import Tiling  # noqa: PLC0415 - stands on parts of ctok

        tiling = Tiling(asked)
        if all(tiling.framed(text) == slow(text) for text in PROBES):
            return tiling.framed, tiling.count
    except Exception:  # noqa: BLE001, S110 - whatever a later ctok changed: then it counts by itself, as below
        pass
    return slow, slow
