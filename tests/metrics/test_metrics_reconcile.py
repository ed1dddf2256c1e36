"""Bills held against calls: causes by formulas that are worked out here by hand, and laws that hold for any figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.books import entry, post
from tokmeter.core.call import BILLED, COST_KINDS, StatementLine
from tokmeter.core.usage import AGGREGATE, Origin, Sku
from tokmeter.ledger.store import Ledger
from tokmeter.metrics import statement_lines
from tokmeter.metrics.causes import CAUSES, Causes, Price, Tokens
from tokmeter.metrics.query import Filter
from tokmeter.metrics.reconcile import Reconciled, reconcile

DAY = 86_400_000
MONDAY = 20_776 * DAY
"""2026-11-19T00:00:00Z."""
WEEK = Filter(MONDAY - 3 * DAY, MONDAY + 4 * DAY)
UNIT: Tokens = (4, 2, 6, 8, 10)
"""Today's price of each kind; batch is half, a long context twice. In the books every token was 1."""
SEARCH = 1_000


class Prices:
    """Made to be worked out by head."""

    def call(self, sku: tuple[str, ...], ts: int) -> Price:  # noqa: ARG002 - one price for ever
        def price(*counts: int) -> int | None:
            if sku[1] == "mystery":
                return None
            tokens = sum(map(int.__mul__, counts[:5], UNIT))
            return (tokens // 2 if sku[3] == "batch" else tokens) + SEARCH * counts[6]

        return price

    def bulk(self, sku: tuple[str, ...], ts: int, *, long: bool) -> Price:
        plain = self.call(sku, ts)

        def price(*counts: int) -> int | None:
            whole = plain(*counts)
            return whole if whole is None or not long else whole * 2

        return price


def line(key: str, **changes: object) -> StatementLine:
    start = changes.get("start_ms", MONDAY)
    assert isinstance(start, int)
    counts = dict.fromkeys(StatementLine._fields[7:14], 0)
    fields: dict[str, object] = dict.fromkeys(StatementLine._fields, "") | counts | {
        "key": key, "format": "anthropic-usage", "provider": "anthropic", "model": "claude-opus-4-5",
        "model_raw": "claude-opus-4-5", "start_ms": start, "end_ms": start + DAY, "requests": None,
        "amount_nano": None, "amount_kind": None, "currency": "USD", "line": 1,
    }  # fmt: skip
    return StatementLine(**(fields | changes))  # type: ignore[arg-type]


def tokens(of: Tokens) -> dict[str, object]:
    return dict(zip(StatementLine._fields[7:12], of, strict=True))


def cost(key: str, amount: int, **changes: object) -> StatementLine:
    given: dict[str, object] = {"format": "anthropic-cost", "amount_nano": amount, "amount_kind": BILLED}
    return line(key, **(given | changes))


def held(*lines: StatementLine, calls: tuple[object, ...] = (), where: Filter = WEEK) -> Reconciled:
    ledger = Ledger.in_memory()
    post(ledger, calls, name="log")  # type: ignore[arg-type]
    post(ledger, statements=lines, name="statement", source="history")
    return reconcile(ledger.connection, where, Prices())


def called(key: str, of: Tokens, ts: int = MONDAY + 5, **changes: object) -> object:
    fresh, read, five, hour, output = of
    return entry(
        key, ts, uncached_input_tokens=fresh, cache_read_input_tokens=read, cache_creation_input_tokens=five + hour,
        cache_creation_1h_input_tokens=hour, output_tokens=output, **changes,
    )  # fmt: skip


def told(found: Reconciled) -> dict[str, int]:
    """The causes of the whole that are not 0, and the rest."""
    causes = {name: nano for name, nano in found.total.causes._asdict().items() if nano}
    return causes | {"rest": found.total.rest}


def test_kinds_of_amounts_are_those_of_the_vocabulary() -> None:
    assert COST_KINDS == ("billed", "estimated", "list")
    assert (0, 1, 2) == (statement_lines.BILLED, statement_lines.ESTIMATED, statement_lines.LIST)
    assert CAUSES == Causes._fields


TEN_OUT: Tokens = (0, 0, 0, 0, 10)


def test_calls_that_are_missing_are_told_by_kind_of_token() -> None:
    """The statement has 3 of output more: 30. The call was 10 in the books and is 100 today."""
    found = held(line("u", **tokens((0, 0, 0, 0, 13))), cost("c", 130), calls=(called("m:1", TEN_OUT),))

    assert {"missing_calls": 30, "price_date": 90, "rest": 0} == told(found)
    assert (130, 10, 120) == (found.total.billed, found.total.list_cost, found.total.difference)


def test_a_batch_that_the_calls_do_not_know_of_is_the_tier() -> None:
    """100 at standard, 50 in a batch."""
    found = held(
        line("u", **tokens(TEN_OUT), service_tier="batch"), cost("c", 50), calls=(called("m:1", TEN_OUT),)
    )

    assert {"tier": -50, "price_date": 90, "rest": 0} == told(found)


def test_a_batch_that_both_know_of_is_no_difference() -> None:
    """50 each."""
    sku = Sku("anthropic", "claude-opus-4-5", "claude-opus-4-5", service_tier="batch")
    found = held(
        line("u", **tokens(TEN_OUT), service_tier="batch"),
        cost("c", 50),
        calls=(called("m:1", TEN_OUT, sku=sku),),
    )

    assert {"price_date": 40, "rest": 0} == told(found)


def test_a_tier_is_not_guessed_where_the_statement_does_not_tell_one() -> None:
    """Half of list without a word of a batch: unexplained."""
    found = held(line("u", **tokens(TEN_OUT)), cost("c", 50), calls=(called("m:1", TEN_OUT),))

    assert {"price_date": 90, "rest": -50} == told(found)


def test_a_long_context_is_the_tier_too() -> None:
    """Twice 100."""
    found = held(
        line("u", **tokens(TEN_OUT), context_window="200k-1M"),
        cost("c", 200),
        calls=(called("m:1", TEN_OUT),),
    )

    assert {"tier": 100, "price_date": 90, "rest": 0} == told(found)


def test_what_anthropic_was_paid_for_in_advance_is_not_on_its_bill() -> None:
    """10 of output of Priority Tier: 100 at list, in the usage but not in the costs, which bill the other 10."""
    paid = line("p", **tokens(TEN_OUT), service_tier="priority")
    found = held(
        line("u", **tokens(TEN_OUT), service_tier="standard"), paid, cost("c", 100),
        calls=(called("m:1", TEN_OUT), called("m:2", TEN_OUT)),
    )  # fmt: skip

    assert {"tier": -100, "price_date": 180, "rest": 0} == told(found)


def test_a_lifetime_that_the_calls_hold_for_the_short_one() -> None:
    """7 of 10 written for an hour: 7 times 8 less 6. In the books 10, today 60."""
    found = held(
        line("u", **tokens((0, 0, 3, 7, 0))), cost("c", 74), calls=(called("m:1", (0, 0, 10, 0, 0)),)
    )

    assert {"cache_lifetime": 14, "price_date": 50, "rest": 0} == told(found)
    assert 0 == found.total.surplus_tokens


def test_searches_that_are_billed_apart_stand_beside_those_of_all_calls() -> None:
    """Two searches at 1,000 in the ledger, three billed."""
    found = held(
        line("u", **tokens(TEN_OUT), web_searches=3), cost("c", 100),
        cost("s", 3_000, model="unknown", kind="web_search"),
        calls=(called("m:1", TEN_OUT, web_searches=2),),
    )  # fmt: skip
    rows = [(row.model, row.kind, row.list_cost, row.billed, row.causes.web_search) for row in found.rows]

    assert [("claude-opus-4-5", "", 10, 100, 0), ("", "web_search", 2_000, 3_000, 1_000)] == rows
    assert {"web_search": 1_000, "price_date": 90, "rest": 0} == told(found)


def test_searches_that_only_the_usage_counts() -> None:
    """Three at 1,000 against two; the bill holds them in the model's amount."""
    found = held(
        line("u", **tokens(TEN_OUT), web_searches=3),
        cost("c", 3_100),
        calls=(called("m:1", TEN_OUT, web_searches=2),),
    )

    assert {"web_search": 1_000, "price_date": 90, "rest": 0} == told(found)


def test_a_discount_is_told_by_the_statements_own_list_prices() -> None:
    found = held(
        line("u", **tokens(TEN_OUT)),
        cost("c", 90),
        cost("c|list", 100, amount_kind=2),
        calls=(called("m:1", TEN_OUT),),
    )

    assert {"price_date": 90, "discount": -10, "rest": 0} == told(found)
    assert 90 == found.total.billed


def test_what_the_calls_have_too_much_is_unexplained_and_told() -> None:
    """Twice counted: 100 too much today."""
    found = held(
        line("u", **tokens(TEN_OUT)), cost("c", 100), calls=(called("m:1", TEN_OUT), called("m:2", TEN_OUT))
    )

    assert {"price_date": 180, "rest": -100} == told(found)
    assert 10 == found.total.surplus_tokens


def test_without_a_usage_export_only_prices_and_discounts_can_be_told() -> None:
    found = held(cost("c", 130), calls=(called("m:1", TEN_OUT),))

    assert {"price_date": 90, "rest": 30} == told(found)
    assert 1 == found.days_without_usage


def test_without_a_bill_there_is_nothing_to_differ_from() -> None:
    found = held(line("u", **tokens((0, 0, 0, 0, 13))), calls=(called("m:1", TEN_OUT),))

    assert [(None, None, 10, 13)] == [
        (row.billed, row.difference, row.tokens, row.usage_tokens) for row in found.rows
    ]
    assert 0 == found.compared


def test_two_cost_exports_are_not_added_the_first_by_name_is_taken() -> None:
    """Usage and costs of one provider complement each other."""
    found = held(
        cost("a", 100), cost("b", 999, format="anthropic-cost-csv"), line("u", **tokens(TEN_OUT)),
        line("v", **tokens((0, 0, 0, 0, 99)), format="anthropic-usage-csv"), calls=(called("m:1", TEN_OUT),),
    )  # fmt: skip

    assert [(100, 10, "anthropic-usage", "anthropic-cost")] == [
        (row.billed, row.usage_tokens, row.usage_format, row.bill_format) for row in found.rows
    ]


def test_a_gateways_own_sums_are_no_bill() -> None:
    found = held(line("g", format="litellm-daily", **tokens(TEN_OUT), amount_nano=5, amount_kind=1))

    assert [(None, 10)] == [(row.billed, row.usage_tokens) for row in found.rows]


def test_hours_and_the_day_of_one_export_are_not_added() -> None:
    hours = [
        cost(f"h{n}", 5, start_ms=MONDAY + n * 3_600_000, end_ms=MONDAY + (n + 1) * 3_600_000)
        for n in range(20)
    ]
    found = held(cost("c", 100), *hours)

    assert 100 == found.total.billed


def test_the_entries_that_stand_in_for_a_statement_are_no_calls() -> None:
    found = held(line("u", **tokens(TEN_OUT)), cost("c", 100))

    assert (0, 0) == (found.total.requests, found.total.list_cost)
    assert {"missing_calls": 100, "rest": 0} == told(found)
    assert AGGREGATE


def test_a_bill_that_names_no_models_is_held_against_all_of_a_day() -> None:
    gpt = Sku("aws", "gpt-5", "gpt-5")
    claude = Sku("aws", "claude-opus-4-5", "anthropic.claude-opus-4-5-v1:0")
    found = held(
        cost("c", 200, provider="aws", format="focus", model="unknown", kind="USE1-input-tokens"),
        calls=(called("m:1", TEN_OUT, sku=gpt), called("m:2", TEN_OUT, sku=claude)),
    )

    assert [("", 2, 20, 200)] == [(row.model, row.requests, row.list_cost, row.billed) for row in found.rows]
    assert {"price_date": 180, "rest": 0} == told(found)


def test_usage_that_names_no_models_is_held_against_all_of_a_day_and_priced_by_nobody() -> None:
    found = held(
        line("u", model="unknown", **tokens((0, 0, 0, 0, 15)), service_tier="batch"), cost("c", 150),
        calls=(called("m:1", TEN_OUT),),
    )  # fmt: skip

    assert [("", 10, 15)] == [(row.model, row.tokens, row.usage_tokens) for row in found.rows]
    assert {"price_date": 90, "rest": 50} == told(found)


def test_what_is_sold_besides_tokens_has_a_row_of_its_own() -> None:
    found = held(
        cost("c", 100), cost("x", 7, model="unknown", kind="code_execution"), calls=(called("m:1", TEN_OUT),)
    )

    assert [("claude-opus-4-5", "", 100), ("", "code_execution", 7)] == [
        (row.model, row.kind, row.billed) for row in found.rows
    ]


def test_days_of_which_no_export_tells_are_left_out_but_gaps_within_one_are_not() -> None:
    """Bills of Monday and Wednesday cover Tuesday; of Friday nothing is known."""
    calls = tuple(called(f"m:{n}", TEN_OUT, MONDAY + n * DAY) for n in (0, 1, 2, 4))
    found = held(
        cost("a", 100),
        cost("b", 100, start_ms=MONDAY + 2 * DAY),
        calls=calls,
        where=Filter(MONDAY, MONDAY + 7 * DAY),
    )

    assert [(0, 100), (1, 0), (2, 100)] == [(row.day - MONDAY // DAY, row.billed) for row in found.rows]


def test_a_period_inside_an_export_is_covered_whole() -> None:
    """Lines lie before and after it only."""
    found = held(
        cost("a", 100), cost("b", 100, start_ms=MONDAY + 2 * DAY),
        calls=(called("m:1", TEN_OUT, MONDAY + DAY),), where=Filter(MONDAY + DAY, MONDAY + 2 * DAY),
    )  # fmt: skip

    assert [(10, 0)] == [(row.list_cost, row.billed) for row in found.rows]


def test_another_currency_and_buckets_of_a_month_are_told_and_left_out() -> None:
    found = held(
        cost("c", 100),
        cost("e", 7, currency="EUR"),
        cost("m", 9, end_ms=MONDAY + 30 * DAY),
        calls=(called("m:1", TEN_OUT),),
    )

    assert ([("EUR", 1, 7)], (1, 9), 100) == (found.others, found.too_long, found.total.billed)


def test_calls_of_a_source_or_project_can_be_picked_and_models_on_both_sides() -> None:
    other = Origin("codex", session_id="s2", project="/home/ana/infra")
    calls = (called("m:1", TEN_OUT), called("m:2", TEN_OUT, origin=other))
    lines = (cost("c", 100), cost("d", 5, model="claude-haiku-4-5"))

    def requests(where: Filter) -> tuple[int, int]:
        found = held(*lines, calls=calls, where=where)
        return found.total.requests, found.total.billed

    assert (2, 105) == requests(WEEK)
    assert (1, 105) == requests(WEEK._replace(sources=("codex",)))
    assert (1, 105) == requests(WEEK._replace(projects=("infra",)))
    assert (2, 100) == requests(WEEK._replace(models=("claude-opus-*",)))


def test_a_model_without_a_price_is_told_and_explains_nothing() -> None:
    sku = Sku("anthropic", "mystery", "mystery")
    found = held(cost("c", 50, model="mystery"), line("u", model="mystery", model_raw="mystery", **tokens((0, 0, 0, 0, 99))),
                 calls=(called("m:1", TEN_OUT, sku=sku),))  # fmt: skip

    assert {"rest": 40} == told(found)


COUNT = st.integers(0, 1_000)
SPREAD = st.tuples(COUNT, COUNT, COUNT, COUNT, COUNT)


@given(calls=st.lists(SPREAD, min_size=1, max_size=4), more=SPREAD, lifetime=COUNT, batch=st.booleans(),
       searches=COUNT, counted=COUNT, discount=st.integers(-500, 500))  # fmt: skip
def test_a_bill_made_of_the_six_causes_leaves_no_rest(
    calls: list[Tokens], more: Tokens, lifetime: int, batch: bool, searches: int, counted: int, discount: int
) -> None:
    """Whatever is missing, batched, written for longer, searched for or discounted: all is found again."""
    held_by_calls = [sum(kind) for kind in zip(*calls, strict=True)]
    moved = min(lifetime, held_by_calls[2])
    extra = (more[0], more[1], 0 if moved else more[2], more[3], more[4])
    stated = [
        2 * (a + b) for a, b in zip(held_by_calls, extra, strict=True)
    ]  # even, so that halves are whole
    stated[2] -= 2 * moved
    stated[3] += 2 * moved
    doubled = [tuple(2 * count for count in call) for call in calls]
    used = (stated[0], stated[1], stated[2], stated[3], stated[4])
    at_list = sum(map(int.__mul__, used, UNIT)) // (2 if batch else 1) + SEARCH * searches
    tier = "batch" if batch else "standard"
    found = held(
        line("u", **tokens(used), web_searches=searches, service_tier=tier),
        cost("c", at_list + discount),
        cost("c|list", at_list, amount_kind=2),
        calls=tuple(
            called(f"m:{n}", call, web_searches=counted if n == 0 else 0)  # type: ignore[arg-type]
            for n, call in enumerate(doubled)
            if any(call) or (n == 0 and counted)
        ),
    )

    assert 0 == found.total.rest
    assert discount == found.total.causes.discount


@given(calls=st.lists(SPREAD, max_size=3), used=SPREAD, amounts=st.lists(st.integers(-9_999, 9_999), max_size=3),
       named=st.booleans(), tier=st.sampled_from(["", "batch"]))  # fmt: skip
def test_causes_and_rest_are_the_difference_for_any_figures(
    calls: list[Tokens], used: Tokens, amounts: list[int], named: bool, tier: str
) -> None:
    """In every row and in their sum; and nothing billed or spent is lost between rows."""
    model = "claude-opus-4-5" if named else "unknown"
    found = held(
        line("u", **tokens(used), service_tier=tier),
        *(
            cost(f"c{n}", amount, model=model, kind=("output", "web_search", "")[n])
            for n, amount in enumerate(amounts)
        ),
        calls=tuple(called(f"m:{n}", call) for n, call in enumerate(calls) if any(call)),
    )

    for row in found.rows:
        if row.billed is None:
            assert Causes() == row.causes
        else:
            assert row.billed - row.list_cost == row.causes.total + (row.rest or 0)
    assert found.total.billed - found.total.list_cost == found.total.causes.total + found.total.rest
    if amounts:
        assert (sum(amounts), sum(map(sum, calls))) == (found.total.billed, found.total.list_cost)


@pytest.mark.parametrize("where", [Filter(0, DAY), Filter(MONDAY + 90 * DAY, MONDAY + 91 * DAY)])
def test_another_period_has_nothing_to_compare_but_knows_where_statements_are(where: Filter) -> None:
    found = held(cost("c", 100), where=where)

    assert (0, [], (MONDAY, MONDAY + DAY)) == (found.compared, found.rows, found.stored)
