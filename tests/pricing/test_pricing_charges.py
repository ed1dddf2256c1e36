"""The multiplication behind a list cost: rows that a reader can check by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tokmeter.pricing.charges import Charge, charges
from tokmeter.pricing.cost import cost_nanousd
from tokmeter.pricing.rates import BEGINNING_MS, END_MS, Rate, Tier

COUNTS = st.integers(0, 10**9)


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    """Any rate: one to three tiers, units finer than a pico-dollar, reasoning at its own price or not."""
    starts = [0, *sorted(draw(st.sets(st.integers(1, 10**6), max_size=2)))]
    price = st.integers(0, 10**9)
    tiers = []
    for start in starts:
        first = draw(st.tuples(price, price, price, price, price))
        tiers.append(Tier(start, *first, draw(st.just(first[4]) | price)))
    return Rate(
        BEGINNING_MS,
        END_MS,
        "user",
        "user 1",
        "exact",
        draw(st.sampled_from([1000, 3000, 7000])),
        tuple(tiers),
        draw(price),
        draw(st.sampled_from([0, 0, 10**9 + 1])),
    )


def flat(*prices_per_million: int, search_per_1000: int = 0, tiers: tuple[Tier, ...] = ()) -> Rate:
    """A rate in pico-dollars a token, from whole dollars per million tokens."""
    base = Tier(0, *(price * 10**6 for price in prices_per_million))
    return Rate(
        BEGINNING_MS, END_MS, "user", "user 1", "exact", 1000, (base, *tiers), search_per_1000 * 10**9
    )


@given(rates(), st.tuples(*[COUNTS] * 5), st.integers(0, 100), st.data())
def test_the_rows_add_to_the_list_cost_exactly(
    rate: Rate, tokens: tuple[int, ...], searches: int, data: st.DataObject
):
    counts = (*tokens, data.draw(st.integers(0, tokens[4])), searches)
    found = charges(rate, *counts)

    assert found is not None
    assert cost_nanousd(rate, *counts) == sum(row.cost_nanousd for row in found.rows)


@given(rates(), st.tuples(*[COUNTS] * 5), st.integers(0, 100))
def test_no_row_is_a_whole_nano_dollar_away_from_its_product(
    rate: Rate, tokens: tuple[int, ...], searches: int
):
    found = charges(rate, *tokens, 0, searches)

    assert found is not None
    for row in found.rows:
        # A published price is shown to a millionth of a millionth of a dollar.
        product = Fraction(row.unit_price) * row.quantity / row.per * 10**9
        slack = Fraction(row.quantity, row.per) / 10**3
        assert abs(row.cost_nanousd - product) < 1 + slack


def test_a_call_by_hand():
    """1,000 tokens at $5 per million are half a cent; 3 searches at $10 per 1,000 are three cents."""
    found = charges(
        Rate(
            0, 1, "user", "", "exact", 1000,
            (Tier(0, 5_000_000, 500_000, 6_250_000, 10_000_000, 25_000_000, 25_000_000),), 10 * 10**9,
        ),
        1_000, 2_000, 0, 400, 80, 20, 3,
    )  # fmt: skip

    assert found is not None
    assert (
        Charge("uncached_input_tokens", 1_000, 1_000_000, Decimal(5), 5_000_000),
        Charge("cache_read_input_tokens", 2_000, 1_000_000, Decimal("0.5"), 1_000_000),
        Charge("cache_creation_1h_input_tokens", 400, 1_000_000, Decimal(10), 4_000_000),
        Charge("output_tokens", 80, 1_000_000, Decimal(25), 2_000_000),
        Charge("web_searches", 3, 1_000, Decimal(10), 30_000_000),
    ) == found.rows
    assert 0 == found.above


def test_reasoning_at_its_own_price_is_taken_out_of_the_output():
    found = charges(flat(1, 1, 1, 1, 2, 3), 0, 0, 0, 0, 100, 40, 0)

    assert found is not None
    assert [("output_tokens", 60, 120_000), ("reasoning_output_tokens", 40, 120_000)] == [
        (row.kind, row.quantity, row.cost_nanousd) for row in found.rows
    ]


def test_a_tier_is_named_from_the_first_token_above_its_start():
    """The whole input decides, caches included."""
    rate = flat(1, 1, 1, 1, 1, 1, tiers=(Tier(200_000, *[2 * 10**6] * 6),))

    at, over = (charges(rate, 1, cached, 0, 0, 0, 0, 0) for cached in (199_999, 200_000))

    assert at is not None
    assert over is not None
    assert (0, 200_000) == (at.above, over.above)
    assert (Decimal(1), Decimal(2)) == (at.rows[0].unit_price, over.rows[0].unit_price)


def test_what_is_unpriced_has_no_rows():
    assert charges(Rate(0, 1, "none", "", "unpriced"), 1, 0, 0, 0, 0, 0, 0) is None


def test_what_is_free_has_rows_of_nothing():
    found = charges(flat(0, 0, 0, 0, 0, 0), 7, 0, 0, 0, 0, 0, 0)

    assert found is not None
    assert [Charge("uncached_input_tokens", 7, 1_000_000, Decimal(0), 0)] == list(found.rows)
