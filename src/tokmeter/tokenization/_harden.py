"""What makes any `str` countable: a bound on what one call of a tokenizer gets, and no lone surrogates.

A tokenizer's regular expression can end the process instead of raising an `Exception`: a run of a million
blanks overflows the stack that tiktoken's engine keeps (limit: 1,000,000 entries, one a character), and
what comes out derives from BaseException alone. So nothing is caught here; the input is bounded instead.
A text above SLICE characters is counted in slices, which bounds memory as well (a list of tokens takes some
36 bytes for each) and makes time linear, whatever a tokenizer does with one slice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sized

SLICE = 200_000
"""Characters of the longest text handed to a tokenizer: a fifth of the run that overflows its stack."""
WINDOW = 10_000
"""Characters at the end of a slice that are searched for a place where a cut costs nothing. Below SLICE: no
slice is empty."""

# Between a letter or digit and a blank, or between any visible ASCII character and a space, every split
# pattern in use ends one word and begins the next: `[\r\n/]*` after punctuation is the only part that takes
# a blank behind something visible, and it takes line ends behind punctuation alone. No pattern looks behind,
# and what looks ahead, `(?!\S)` and `$`, stands behind blanks only. So a cut there changes no token.
_FREE = re.compile(r"(?<=[0-9A-Za-z])(?=[ \t\r\n])|(?<=[!-~])(?= )")


def slices(text: str) -> Iterator[str]:
    """`text` in parts of at most SLICE characters, cut where it changes no token if there is such a place.

    Where there is none for WINDOW characters (base64 without line ends, a run of blanks, Chinese), the cut
    goes through a word, which costs about one token.
    """
    start, length = 0, len(text)
    while length - start > SLICE:
        end = start + SLICE
        free = _FREE.search(text, end - WINDOW, end)
        if free:
            end = free.start()
        yield text[start:end]
        start = end
    yield text[start:]


def sound(text: str) -> str:
    """`text` as Unicode: two surrogates that make a character become it, lone ones become U+FFFD.

    Escapes in JSON give them. The rule is tiktoken's own, so that counts equal tiktoken's.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class Bounded:
    """A tokenizer made of a function that encodes; that function never gets more than SLICE characters."""

    __slots__ = ("_encode", "name")

    def __init__(self, name: str, encode: Callable[[str], Sized]) -> None:
        self.name = name
        self._encode = encode

    def count(self, text: str) -> int:
        """Tokens of `text`, which may be any `str`."""
        if len(text) <= SLICE:
            return len(self._encode(text))
        return sum(len(self._encode(part)) for part in slices(text))
