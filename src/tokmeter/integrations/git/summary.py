"""The two lines that post-commit shows.

    tokmeter  3f9c2ab  1.28M tokens · $1.84 list · 14 requests in 22 min
              claude-opus-4-8 91%, claude-haiku-4-5 9% · today $4.84

This module is on the fast path: no import but light ones of ours.
"""

from __future__ import annotations

from tokmeter.integrations.git.trailers import figures_of, model_weights, shares
from tokmeter.reports import numbers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokmeter.metrics.window import ModelUse

MOST_MODELS = 2
WIDTH = 80
BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
INDENT = " " * 10


def summary(
    sha: str, uses: Sequence[ModelUse], active_ms: int, today: str, *, behind: bool, color: bool, dots: bool
) -> str:
    """What was used while making a commit. `today` is a word of money, '' if unknown.

    `behind`: the ledger has not read everything; `dots`: the terminal can show a middle dot.
    """
    dot = " \N{MIDDLE DOT} " if dots else " - "
    total = figures_of(uses)
    mark = "~" if behind else ""
    parts = [f"{mark}{numbers.tokens(total.input + total.output)} tokens"]
    if total.cost is not None:
        parts.append(f"{mark}{numbers.usd(total.cost)}{'+' if total.unpriced else ''} list")
    else:
        parts.append("no price")
    requests = f"{total.requests:,} {numbers.plural(total.requests, 'request')}"
    parts.append(f"{requests} in {numbers.duration(active_ms)}" if active_ms >= 1000 else requests)
    head = f"tokmeter  {sha[:7]}  {dot.join(parts)}"
    rest = [_models([f"{name} {percent}%" for name, percent in shares(model_weights(uses)).items()])]
    rest = [*filter(None, rest), *([f"today {today}"] if today else [])]
    tail = f"{INDENT}{dot.join(rest)}"
    if len(tail) > WIDTH:
        tail = "\n".join(f"{INDENT}{part}" for part in rest)
    if color:
        head = head.replace("tokmeter", f"{BOLD}tokmeter{PLAIN}", 1)
        tail = f"{DIM}{tail}{PLAIN}"
    return f"{head}\n{tail}\n" if rest else f"{head}\n"


def _models(shown: list[str]) -> str:
    """The models with the most, as many as a line of 80 columns holds, and how many more there are."""
    text = ""
    for count in range(min(MOST_MODELS, len(shown)), 0, -1):
        more = [f"{len(shown) - count} more"] if count < len(shown) else []
        text = ", ".join([*shown[:count], *more])
        if len(INDENT) + len(text) <= WIDTH:
            break
    return text
