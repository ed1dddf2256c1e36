"""What the prompt line says, over sums chosen by hand."""

from __future__ import annotations

import pytest

from tokmeter.config.settings import PromptSettings
from tokmeter.integrations.prompt_line import PromptLine
from tokmeter.integrations.prompt_text import prompt_line
from tokmeter.metrics.spending import Spent

CENT = 10_000_000
DOLLAR = 100 * CENT
NOW = 1_795_280_700
MIDNIGHT = NOW + 6 * 3600 + 55 * 60
"""17:05 is 6 h 55 min before it."""

# The week of the design: $4.84 and 6.4M today, $39.82 and 56.3M this week; a month of $120.11.
SPENT = {
    "day": Spent(28, 6_400_000, 484 * CENT, 0),
    "week": Spent(234, 56_317_000, 3982 * CENT, 0),
    "month": Spent(700, 171_000_000, 12_011 * CENT, 0),
}
WEEK = {"week": 60 * DOLLAR}


def made(
    budgets: dict[str, int] | None = None,
    spent: dict[str, Spent] | None = None,
    *,
    midnight: int = MIDNIGHT,
    empty: bool = False,
    **wishes: object,
) -> PromptLine:
    settings = PromptSettings()._replace(**wishes)
    changed = {**SPENT, **(spent or {})}
    return prompt_line(changed, budgets or {}, settings, now=NOW, midnight=midnight, empty=empty)


@pytest.mark.parametrize(
    ("budgets", "wishes", "text", "short"),
    [
        # 3982 / 6000 = 66.4 %
        pytest.param(WEEK, {}, "$4.84 today · 66% wk", "4.84/66%", id="default with a budget"),
        pytest.param({}, {}, "$4.84 today · $39.82 wk", "4.84/39.82", id="default without"),
        pytest.param(
            {}, {"unit": "tokens"}, "6.4M today · 56.3M wk", "6.4M/56.3M", id="tokens instead of money"
        ),
        pytest.param(
            WEEK, {"unit": "tokens"}, "6.4M today · 66% wk", "6.4M/66%", id="tokens with a budget of money"
        ),
        # 12011 / 20000 = 60.1 %
        pytest.param(
            {"month": 200 * DOLLAR},
            {"show": ("month", "week")},
            "60% mo · $39.82 wk",
            "60%/39.82",
            id="months",
        ),
        # a day's budget of 5 is used by 484 / 500 = 96.8 %, more than the week's
        pytest.param(
            {**WEEK, "day": 5 * DOLLAR}, {}, "$4.84 today · 97% day", "4.84/97%", id="the budget most used"
        ),
        pytest.param(WEEK, {"show": ("week", "budget")}, "66% wk", "66%", id="the same figure once"),
        pytest.param({}, {"show": ("budget", "today")}, "$4.84 today", "4.84", id="no budget to show"),
        pytest.param({}, {"show": ("budget",)}, "", "", id="nothing but a budget there is not"),
    ],
)
def test_the_text(budgets: dict[str, int], wishes: dict[str, object], text: str, short: str) -> None:
    line = made(budgets, **wishes)

    assert (text, short) == (line.text, line.short)


def test_a_year_is_counted_where_it_has_a_budget() -> None:
    # 900 of 1000 is 90 %, more than the week's 66 %
    line = made({**WEEK, "year": 1000 * DOLLAR}, {"year": Spent(9, 9, 900 * DOLLAR, 0)})

    assert "$4.84 today · 90% yr" == line.text


def test_money_that_is_not_all_has_a_plus() -> None:
    line = made({}, {"day": Spent(3, 100, 484 * CENT, 1), "week": Spent(9, 100, 3982 * CENT, 1)})

    assert ("$4.84+ today · $39.82+ wk", "4.84+/39.82+") == (line.text, line.short)
    assert "$4.84 today · 66%+ wk" == made(WEEK, {"week": Spent(9, 100, 3982 * CENT, 1)}).text


def test_usage_without_any_price_has_no_amount() -> None:
    assert "— today · $39.82 wk" == made({}, {"day": Spent(3, 100, 0, 3)}).text


def test_a_day_without_usage_costs_nothing() -> None:
    assert "$0.00 today · $39.82 wk" == made({}, {"day": Spent()}).text


def test_an_empty_ledger_says_nothing() -> None:
    line = made(WEEK, empty=True)

    assert ("", "", {}) == (line.text, line.short, line.figures)
    assert NOW + 60 == line.refresh_at


@pytest.mark.parametrize(
    ("cents", "wish", "expected"),
    [
        pytest.param(6000, "over", "plain", id="the whole budget is not above it"),
        pytest.param(6001, "over", "red", id="a cent above"),
        pytest.param(6001, "never", "plain", id="never"),
        pytest.param(5999, "over", "plain", id="near, not asked for"),
        pytest.param(4800, "near", "yellow", id="80 percent"),
        pytest.param(4799, "near", "plain", id="less than 80 percent"),
        pytest.param(6001, "near", "red", id="above, near asked for"),
    ],
)
def test_the_colour(cents: int, wish: str, expected: str) -> None:
    assert expected == made(WEEK, {"week": Spent(1, 1, cents * CENT, 0)}, color=wish).color


def test_what_is_near_can_be_set() -> None:
    assert "yellow" == made(WEEK, color="near", near=66).color
    assert "plain" == made(WEEK, color="near", near=67).color


def test_figures_are_due_after_a_while_and_old_after_an_hour_but_never_after_midnight() -> None:
    line = made(refresh=300)
    late = made(refresh=300, midnight=NOW + 200)

    assert (NOW, NOW + 300, NOW + 3600) == (line.taken_at, line.refresh_at, line.stale_at)
    assert (NOW, NOW + 200, NOW + 200) == (late.taken_at, late.refresh_at, late.stale_at)


def test_every_figure_has_a_name() -> None:
    assert {
        "budget_share": "66% wk",
        "today_cost": "$4.84",
        "today_tokens": "6.4M",
        "today_requests": "28",
        "today_share": "",
        "week_cost": "$39.82",
        "week_tokens": "56.3M",
        "week_requests": "234",
        "week_share": "66%",
        "month_cost": "$120.11",
        "month_tokens": "171.0M",
        "month_requests": "700",
        "month_share": "",
    } == made(WEEK).figures
