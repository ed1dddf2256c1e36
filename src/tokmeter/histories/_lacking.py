"""Which counts a usage object leaves out, so that text may be counted in their place."""

from __future__ import annotations

from typing import Any

from tokmeter.histories._record import Tokens

_INPUT = frozenset({
    "prompttokens", "inputtokens", "prompttokencount", "inputtokencount", "promptevalcount",
    "tokensevaluated",
})  # fmt: skip
_OUTPUT = frozenset({
    "completiontokens", "outputtokens", "candidatestokencount", "outputtokencount", "evalcount",
    "tokenspredicted",
})  # fmt: skip


def lacking(tokens: Tokens, usage: Any, *, is_cut: bool = False) -> tuple[bool, bool]:
    """Whether the count of the input is missing, and that of the output.

    A side that is named with a count of nothing is counted, if the other one is. A usage of other names
    leaves out nothing. Of a stream that was cut the logged output is a lower bound, and stays one.
    """
    if tokens.is_empty:
        return True, True
    if (tokens.input and tokens.output) or type(usage) is not dict:
        return False, False
    names = {
        name.replace("_", "").lower()
        for name, value in usage.items()
        if type(name) is str and value is not None
    }
    told_input, told_output = not _INPUT.isdisjoint(names), not _OUTPUT.isdisjoint(names)
    if not (told_input or told_output):
        return False, False
    return not (tokens.input or told_input), not (tokens.output or told_output or is_cut)
