"""Filler text of known length in tokens: words and marks whose counts simply add up.

Each word is one token for OpenAI's o200k when a blank stands in front of it; Claude's tokenizers take as many
as its list says. That holds behind any word and mark used here, so a text's count is a sum, and no tokenizer
is needed to write one of exactly so many tokens. Tests compare the sums with the tokenizers.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from itertools import accumulate
from random import Random
from typing import NamedTuple

O200K, V3, V4_8 = 0, 1, 2
"""Which tokenizer counts: OpenAI's, Claude's up to Opus 4.6, that of Opus 4.8."""
RATIOS = (1.0, 1.33, 1.65)
"""Tokens for one of o200k in these texts. Claude's are what text comes to in real logs."""

Costs = tuple[int, int, int]
"""Tokens by O200K, V3 and V4_8."""

_WORDS: tuple[tuple[Costs, str], ...] = (
    (
        (1, 1, 1),
        """the a of to in is it that for on with as at by this we be are from or an not can has which when one
        all new set get list file line test name value type data time order price total item user check call
        return function class method index count number string table query result error change import module
        path request response server client token key field model code build run read write add update default
        option before after because only same first last next more than then there they where into over each
        every other some between under without again still now here just like use make need find found look
        work way step case null true false none""",
    ),
    (
        (1, 1, 2),
        """lines tests cart calls returns errors changes cache keys fields runs remove uses needs fix cases
        empty parse parser tax discount currency customer payment retry queue worker migration schema backup
        restore draft tag revision archive replica metric alert balance integer negative validate callback""",
    ),
    (
        (1, 2, 2),
        """sums totals retries newline separators commas caches operand stale batches directives widths resets
        merging validating appended silently priced computes skips compares unread""",
    ),
    (
        (1, 2, 3),
        """tuples ledger hashes rollback redirects proxies recursion traceback fallback predicate buckets
        rounding decimals budgets skipped iterable yielded reuse offsets mappings fractions serialized""",
    ),
)
PLAIN = _WORDS[0][1].split()
"""Words that are one token everywhere."""


class _Style(NamedTuple):
    """How often words of each list come, and the marks behind them, in turn."""

    shares: tuple[int, int, int, int]
    marks: tuple[tuple[str, Costs], ...]


_NONE = ("", (0, 0, 0))
_COMMA = (",", (1, 1, 1))
_STOP = (".\n", (1, 3, 3))
_PROSE = _Style((54, 26, 8, 12), (_NONE,) * 4 + (_COMMA,) + (_NONE,) * 4 + (_STOP,))
_CODE = _Style(
    (45, 22, 11, 22),
    (_NONE, (" =", (1, 1, 1)), _NONE, _NONE, ("()", (1, 1, 1)), _NONE, _NONE, ("\n", (1, 2, 2))),
)
_LENGTH = 4_000


class Stream:
    """A long run of words and marks that texts are cut out of."""

    def __init__(self, style: _Style, seed: str) -> None:
        random = Random(seed)  # noqa: S311 - filler, no secret
        lists = [(cost, words.split()) for cost, words in _WORDS]
        chosen = random.choices(lists, style.shares, k=_LENGTH)
        self._parts: list[str] = []
        costs: list[Costs] = []
        for number, (cost, words) in enumerate(chosen):
            mark, more = style.marks[number % len(style.marks)]
            self._parts.append(f" {random.choice(words)}{mark}")
            costs.append((cost[0] + more[0], cost[1] + more[1], cost[2] + more[2]))
        self._sums = [[0, *accumulate(cost[which] for cost in costs)] for which in range(3)]
        self._plain = [f" {word}" for word in PLAIN]

    def text(self, random: Random, tokens: int, which: int = O200K) -> str:
        """Exactly so many tokens by one tokenizer, when words stand around it. It begins with a blank."""
        if tokens <= 0:
            return ""
        sums = self._sums[which]
        left = tokens - 1  # the last word is a plain one, so that no mark meets what follows
        start = random.randrange(_LENGTH)
        found: list[str] = []
        while True:
            end = bisect_right(sums, sums[start] + left) - 1
            found += self._parts[start:end]
            left -= sums[end] - sums[start]
            if end < _LENGTH:
                break
            start = 0
        first = random.randrange(len(self._plain) - left - 1)
        return "".join(found + self._plain[first : first + left + 1])


@cache
def prose() -> Stream:
    """What people and models write to each other."""
    return Stream(_PROSE, "tokmeter demo prose")


@cache
def code() -> Stream:
    """What could be the lines of a program."""
    return Stream(_CODE, "tokmeter demo code")


@cache
def _figures() -> str:
    random = Random("tokmeter demo figures")  # noqa: S311 - filler, no secret
    rows = (",".join(random.choices("123456789", k=12)) for _ in range(1_500))
    return "\n".join(rows) + "\n"


def table(random: Random, tokens: int) -> str:
    """A table of figures, as many tokens of o200k as characters. No Claude count is known of it."""
    figures = _figures()
    start = 24 * random.randrange(1_000)
    return (figures[start:] + figures * (tokens // len(figures) + 1))[:tokens]
