"""The line `Tokmeter-Usage: input=1240118 output=38241 cost=1.84USD requests=14`, in messages and in notes.

`input` is every kind of input together, `cost` the list price of what has one, `unpriced` the number of
requests that have none. Pure text. This module is on the fast path: no import but light ones of ours.
"""

from __future__ import annotations

from tokmeter.core import money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokmeter.metrics.window import ModelUse

USAGE = "Tokmeter-Usage"
ASSISTED = "Assisted-by"
MODELS = "Tokmeter-Models"
COPIED = "Tokmeter-Copied-From"

_ASSISTANTS = (
    "claude", "anthropic", "codex", "openai", "chatgpt", "copilot", "gemini", "cursor", "aider", "opencode",
    "windsurf", "[bot]",
)  # fmt: skip
"""What names an assistant in a `Co-authored-by` line."""


class Figures:
    """What one trailer says. `cost` in nano-USD, None where nothing has a price."""

    __slots__ = ("cost", "input", "output", "requests", "unpriced")

    def __init__(
        self,
        input: int = 0,  # noqa: A002 - the trailer's word
        output: int = 0,
        cost: int | None = None,
        requests: int = 0,
        unpriced: int = 0,
    ) -> None:
        self.input = input
        self.output = output
        self.cost = cost
        self.requests = requests
        self.unpriced = unpriced

    def plus(self, other: Figures) -> Figures:
        """Both together."""
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Figures(
            self.input + other.input,
            self.output + other.output,
            sum(costs) if costs else None,
            self.requests + other.requests,
            self.unpriced + other.unpriced,
        )

    def text(self) -> str:
        """The value of the trailer."""
        parts = [f"input={self.input}", f"output={self.output}"]
        if self.cost is not None:
            parts.append(f"cost={_amount(self.cost)}USD")
        parts.append(f"requests={self.requests}")
        if self.unpriced:
            parts.append(f"unpriced={self.unpriced}")
        return " ".join(parts)


NOTHING = Figures()


def _amount(nano: int) -> str:
    """Cents; what is below one in millionths, so that sums of small commits do not vanish."""
    return money.usd(nano) if nano >= money.NANO // 100 or nano == 0 else money.usd(nano, 6).rstrip("0")


def figures_of(uses: Iterable[ModelUse]) -> Figures:
    """The sums over models."""
    total = NOTHING
    for use in uses:
        cost = None if use.unpriced_requests == use.requests else use.cost_nanousd
        total = total.plus(
            Figures(use.input_tokens, use.output_tokens, cost, use.requests, use.unpriced_requests)
        )
    return total


def parse(value: str) -> Figures | None:
    """The figures in a trailer's value; None where it is not one of ours."""
    fields = dict(part.split("=", 1) for part in value.split() if "=" in part)
    try:
        counts = [int(fields[name]) for name in ("input", "output", "requests")]
        unpriced = int(fields.get("unpriced", "0"))
        cost = _nano(fields["cost"]) if "cost" in fields else None
    except (KeyError, ValueError):
        return None
    if min(*counts, unpriced) < 0:
        return None
    return Figures(counts[0], counts[1], cost, counts[2], unpriced)


def _nano(text: str) -> int:
    """`1.84USD` in nano-USD. Raises ValueError."""
    whole, _, decimals = text.removesuffix("USD").partition(".")
    return int(whole) * money.NANO + int(decimals[:9].ljust(9, "0"))


def last_figures(message: str) -> Figures | None:
    """What the last trailer of ours in a message says; lines that are indented or comments do not count."""
    for line in reversed(message.splitlines()):
        key, _, value = line.partition(":")
        if key == USAGE:
            return parse(value)
    return None


def without_usage(message: str) -> str:
    """A message without any trailer of ours; lines that are indented or comments stay."""
    lines = message.splitlines(keepends=True)
    return "".join(line for line in lines if not _is_usage(line))


def _is_usage(line: str) -> bool:
    key, _, value = line.partition(":")
    return key == USAGE and parse(value) is not None


def squashed(text: str) -> list[tuple[str, Figures | None]]:
    """(commit, figures) of each commit in git's SQUASH_MSG, whose messages are indented by four spaces."""
    commits: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("commit ") and line[7:].strip().isalnum():
            commits.append((line.split()[1], []))
        elif line.startswith("    ") and commits:
            commits[-1][1].append(line[4:])
    return [(sha, last_figures("\n".join(lines))) for sha, lines in commits]


def names_assistant(message: str) -> bool:
    """Whether a message says already that an assistant helped."""
    for line in message.splitlines():
        key, _, value = line.partition(":")
        name = key.strip().lower()
        if name == "assisted-by" and value.strip():
            return True
        if name == "co-authored-by" and any(word in value.lower() for word in _ASSISTANTS):
            return True
    return False


def assisted(uses: Sequence[ModelUse], titles: Mapping[str, str]) -> list[str]:
    """`Claude Code:claude-opus-4-8` for each assistant and model."""
    found: dict[str, None] = {}
    for use in uses:
        model = "".join(letter for letter in use.model if letter.isprintable() and letter != " ")[:80]
        found[f"{titles.get(use.source, use.source)}:{model}"] = None
    return list(found)


def shares(weights: Mapping[str, int]) -> dict[str, int]:
    """Whole percentages that sum to 100, the largest first; names that round to nothing are left out."""
    whole = sum(weights.values())
    if whole <= 0:
        return {}
    exact = {name: divmod(100 * weight, whole) for name, weight in weights.items()}
    missing = 100 - sum(percent for percent, _ in exact.values())
    ordered = sorted(exact, key=lambda name: (-exact[name][1], name))
    rounded = {name: exact[name][0] + (1 if place < missing else 0) for place, name in enumerate(ordered)}
    names = sorted(rounded, key=lambda name: (-rounded[name], name))
    return {name: rounded[name] for name in names if rounded[name]}


def model_weights(uses: Sequence[ModelUse]) -> dict[str, int]:
    """What the shares of models are of: list cost, or tokens where some have no price."""
    by_cost = all(not use.unpriced_requests for use in uses)
    found: dict[str, int] = {}
    for use in uses:
        model = "".join(letter for letter in use.model if letter.isprintable() and letter != " ")[:80]
        found[model] = found.get(model, 0) + (use.cost_nanousd if by_cost else use.total_tokens)
    return found
