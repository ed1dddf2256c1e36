"""What the prompt line says: `$4.84 today · 66% wk`, from sums, budgets and the user's wishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tokmeter.integrations.prompt_line import PromptLine
from tokmeter.metrics.spending import Spent
from tokmeter.reports import numbers

OLD_AFTER = 3600
"""Seconds after which figures are marked as old."""

LABELS = {"day": "today", "week": "wk", "month": "mo", "year": "yr"}
SEPARATOR = " · "
DEFAULT = ("today", "week")
DEFAULT_WITH_BUDGET = ("today", "budget")


class Wishes(Protocol):
    """The settings of the table `[prompt]` (config/settings.py)."""

    @property
    def show(self) -> Sequence[str]:
        """Of today, week, month, budget; nothing: today and the budget, else the week."""

    @property
    def unit(self) -> str:
        """`cost` or `tokens`."""

    @property
    def color(self) -> str:
        """From when on it is coloured: `over` budget, `near` it, `never`."""

    @property
    def near(self) -> int:
        """Percent of a budget."""

    @property
    def refresh(self) -> int:
        """Seconds until the figures are due for a new look."""


class Piece(NamedTuple):
    """One figure with its word: `66%` and `wk`."""

    figure: str
    label: str


def prompt_line(
    spent: Mapping[str, Spent],
    budgets: Mapping[str, int],
    wishes: Wishes,
    *,
    now: int,
    midnight: int,
    empty: bool = False,
) -> PromptLine:
    """The line for what was spent today and in this week, month (and year, if it has a budget).

    `budgets` in nano-USD by period; `now` and the next local `midnight` in epoch seconds. With `empty`
    (a ledger without entries) it says nothing.
    """
    text = short = ""
    if not empty:
        pieces = [_piece(item, spent, budgets, wishes) for item in _shown(budgets, wishes)]
        pieces = list(dict.fromkeys(pieces))  # the budget that is most used may be shown by name as well
        text = SEPARATOR.join(f"{piece.figure} {piece.label}" for piece in pieces)
        short = "/".join(piece.figure.removeprefix("$") for piece in pieces)
    return PromptLine(
        text,
        now,
        min(now + wishes.refresh, midnight),
        min(now + OLD_AFTER, midnight),
        color(spent, budgets, wishes),
        short,
        {} if empty else figures(spent, budgets),
    )


def figures(spent: Mapping[str, Spent], budgets: Mapping[str, int]) -> dict[str, str]:
    """Everything that `tokmeter prompt --format` can name; a share is empty where there is no budget."""
    found = {}
    for period, label in LABELS.items():
        name = "today" if period == "day" else period
        if period in spent:
            found[f"{name}_cost"] = money(spent[period])
            found[f"{name}_tokens"] = numbers.tokens(spent[period].tokens)
            found[f"{name}_requests"] = f"{spent[period].requests:,}"
            found[f"{name}_share"] = _share(period, spent, budgets) if period in budgets else ""
        if period == most_used(spent, budgets):
            found["budget_share"] = f"{_share(period, spent, budgets)} {label}"
    return {"budget_share": "", **found}


def money(spent: Spent) -> str:
    """`$4.84`, with `+` behind it where requests without a price are missing from it."""
    cost = spent.list_cost_nanousd
    return numbers.usd(cost) + ("+" if cost is not None and spent.unpriced_requests else "")


def color(spent: Mapping[str, Spent], budgets: Mapping[str, int], wishes: Wishes) -> str:
    """`red` above any budget, `yellow` near one if that is wished for, else `plain`."""
    if wishes.color == "never":
        return "plain"
    used = [(spent[period].cost_nanousd, amount) for period, amount in budgets.items() if period in spent]
    if any(cost > amount for cost, amount in used):
        return "red"
    if wishes.color == "near" and any(100 * cost >= wishes.near * amount for cost, amount in used):
        return "yellow"
    return "plain"


def most_used(spent: Mapping[str, Spent], budgets: Mapping[str, int]) -> str | None:
    """The period whose budget is used up furthest; of equals the shortest. None without budgets."""
    known = [period for period in LABELS if period in budgets and period in spent]
    return max(known, key=lambda period: spent[period].cost_nanousd / budgets[period], default=None)


def _shown(budgets: Mapping[str, int], wishes: Wishes) -> list[str]:
    """The periods to show, by name, in order; `budget` as itself."""
    items = wishes.show or (DEFAULT_WITH_BUDGET if budgets else DEFAULT)
    return ["day" if item == "today" else item for item in items if item != "budget" or budgets]


def _piece(item: str, spent: Mapping[str, Spent], budgets: Mapping[str, int], wishes: Wishes) -> Piece:
    """One figure: a share of the budget where money and a budget meet, else an amount; today always that."""
    if item == "budget":
        item = most_used(spent, budgets) or "week"
        return Piece(_share(item, spent, budgets), "day" if item == "day" else LABELS[item])
    label = LABELS[item]
    if wishes.unit == "tokens":
        return Piece(numbers.tokens(spent[item].tokens), label)
    if item != "day" and item in budgets:
        return Piece(_share(item, spent, budgets), label)
    return Piece(money(spent[item]), label)


def _share(period: str, spent: Mapping[str, Spent], budgets: Mapping[str, int]) -> str:
    """How much of a budget is used: `66%`, and `66%+` where prices are missing."""
    used = spent[period]
    return numbers.percent(used.cost_nanousd, budgets[period]) + ("+" if used.unpriced_requests else "")
