"""The answer first: cost, tokens, requests, sessions; more or less than last time; pace; budget."""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.core.money import as_json
from tokmeter.core.spans import Period, day_number, iso
from tokmeter.metrics.burn import Pace, pace
from tokmeter.metrics.compare import Comparison
from tokmeter.metrics.totals import Sums
from tokmeter.reports.dates import before_name, end_name, nothing_before
from tokmeter.reports.document import Change, Line, Money, Piece, Ratio, line, words
from tokmeter.reports.numbers import plural
from tokmeter.reports.records import period_data, sums_data


class Budget(NamedTuple):
    """Nano-USD that may be spent and have been."""

    amount: int
    spent: int


def spent(sums: Sums) -> Money:
    """The cost of sums, with what is missing from it."""
    return Money(sums.list_cost_nanousd, sums.unpriced_tokens)


def totals_line(sums: Sums, sessions: int | None) -> Line:
    """`$39.82 list cost · 56.3M tokens · 234 requests · 31 sessions`."""
    cost = spent(sums)
    known = cost.nano is not None
    groups: list[tuple[Piece, ...]] = [
        (Piece(cost, "money", "strong"), words(" list cost"))
        if known
        else (words("no list price", "strong"),),
        (Piece(sums.total_tokens, "tokens", "strong"), words(" tokens")),
        (Piece(sums.requests, "count"), words(plural(sums.requests, " request"))),
    ]
    if sessions is not None:
        groups.append((Piece(sessions, "count"), words(plural(sessions, " session"))))
    return Line(tuple(groups))


def trend_line(period: Period, now_ms: int, found: Comparison | None, projected: Pace | None) -> Line | None:
    """`▲ 10% vs last week to date · on pace for $46.46 by Sunday`."""
    groups: list[tuple[Piece, ...]] = []
    if found is not None:
        name = before_name(period, now_ms)
        now, before = found.values()
        if before:
            tokens = " tokens" if found.by_tokens else ""
            groups.append((Piece(Change(now, before), "trend"), words(f"{tokens} vs {name}")))
        else:
            groups.append((words(nothing_before(period, now_ms), "dim"),))
    if projected is not None:
        amount = Piece(Money(projected.projected_nanousd), "money")
        groups.append((words("on pace for "), amount, words(f" by {end_name(period)}")))
    return Line(tuple(groups)) if groups else None


def budget_line(budget: Budget) -> Line:
    """`Budget $60.00  █████████████░░░░░░░  66% used, $20.18 left`."""
    ratio = Ratio(budget.spent, budget.amount)
    left = budget.amount - budget.spent
    style = "plain" if left >= 0 else "bad"
    rest = (Piece(Money(abs(left)), "money", style), words(" left" if left >= 0 else " over", style))
    return line(
        (
            words("Budget "),
            Piece(Money(budget.amount), "money"),
            words("  "),
            Piece(ratio, "meter", style),
            words("  "),
            Piece(ratio, "percent", style),
            words(" used, "),
            *rest,
        )
    )


def headline(
    period: Period, now_ms: int, sums: Sums, sessions: int, found: Comparison | None, budget: Budget | None
) -> tuple[Line, ...]:
    """All lines of it."""
    projected = pace(period, sums.list_cost_nanousd, now_ms)
    trend = trend_line(period, now_ms, found, projected)
    lines = [totals_line(sums, sessions)]
    if trend is not None:
        lines.append(trend)
    if budget is not None:
        lines.append(budget_line(budget))
    return tuple(lines)


def headline_data(
    period: Period, now_ms: int, sums: Sums, sessions: int, found: Comparison | None, budget: Budget | None
) -> dict[str, object]:
    """The same in JSON."""
    number, count = day_number(period, now_ms)
    projected = pace(period, sums.list_cost_nanousd, now_ms)
    return {
        "totals": {**sums_data(sums), "sessions": sessions},
        "elapsed": {"day": number, "days": count, "complete": now_ms >= period.end_ms},
        "comparison": _comparison_data(found),
        "pace": None if projected is None else {
            "list_cost": as_json(projected.projected_nanousd),
            "method": "list cost so far / elapsed share of the period",
            "elapsed_share": round(projected.elapsed_ms / projected.length_ms, 6),
            "by": iso(period.end_ms),
        },
        "budget": None if budget is None else {
            "amount": as_json(budget.amount),
            "spent": as_json(budget.spent),
            "left": as_json(budget.amount - budget.spent),
            "used_share": round(budget.spent / budget.amount, 6) if budget.amount else None,
        },
    }  # fmt: skip


def _comparison_data(found: Comparison | None) -> dict[str, object] | None:
    if found is None:
        return None
    now, before = found.values()
    return {
        "period": period_data(found.earlier),
        "totals": sums_data(found.before),
        "by": "total_tokens" if found.by_tokens else "list_cost",
        "change": round((now - before) / before, 6) if before else None,
    }
