"""The fit, on messages whose law is known, and on such as say nothing."""

from __future__ import annotations

import random

import pytest

from tokmeter.core.usage import MAX_TOKENS
from tokmeter.tokenization._interface import Calibration
from tokmeter.tokenization.calibration import MOST, Sample, fit, quantile

SLOPE, PER_CALL, CONSTANT = 1.6, 30, 4


def messages(count: int, *, scatter: float = 0.05, sessions: int = 10, seed: int = 1) -> list[Sample]:
    """Messages of a model with the law above, whose logged counts scatter evenly by up to `scatter`."""
    dice = random.Random(seed)  # noqa: S311 - test data
    made = []
    for number in range(count):
        base, calls = int(dice.lognormvariate(5, 1)) + 5, dice.choice((0, 1, 1, 1, 2))
        exact = SLOPE * base + PER_CALL * calls + CONSTANT
        logged = round(exact * (1 + dice.uniform(-scatter, scatter)))
        made.append(Sample(f"session {number % sessions}", base, calls, logged))
    return made


def partial(count: int) -> list[Sample]:
    """Messages whose logged count was never made final."""
    return [Sample(f"session {number}", 400 + 37 * number, 1, 1 + number % 31) for number in range(count)]


def fitted(samples: list[Sample]) -> Calibration:
    found = fit("m", "o200k_base", samples, 7)
    assert found is not None
    return found


def test_the_law_behind_the_messages_is_found_from_exact_counts() -> None:
    found = fitted(messages(200, scatter=0))

    # Logged counts are whole: the parameters come back up to that.
    assert SLOPE == pytest.approx(found.slope, rel=0.002)
    assert PER_CALL == pytest.approx(found.per_call, rel=0.01)
    assert CONSTANT == pytest.approx(found.constant, abs=0.3)
    assert ("m", "o200k_base", 200, 7) == (found.family, found.base, found.messages, found.fitted_ms)


@pytest.mark.parametrize("share", [0, 5, 20], ids="{} % partial".format)
def test_partial_rows_do_not_drag_the_fit(share: int) -> None:
    found = fitted(messages(400) + partial(400 * share // 100))

    assert 400 == found.messages  # each partial one was put aside, and nothing else
    assert SLOPE == pytest.approx(found.slope, rel=0.02)
    assert PER_CALL == pytest.approx(found.per_call, rel=0.15)
    assert abs(found.bias) < 0.01


def test_the_stated_errors_are_those_of_the_scatter() -> None:
    """Evenly scattered by up to 10 %: half of the errors are under 5 %, nine in ten under 9 %."""
    found = fitted(messages(1_000, scatter=0.1))

    assert 0.05 == pytest.approx(found.median_error, abs=0.006)
    assert 0.09 == pytest.approx(found.p90_error, abs=0.006)


def test_the_errors_are_held_out_also_between_sessions() -> None:
    """Each session has a slope of its own: a fit cannot know that of a session it has not seen."""
    samples = [
        Sample(f"session {session}", base, 0, round(base * (1.2 + 0.2 * session)))
        for session in range(6)
        for base in range(100, 1_100, 50)
    ]
    as_one = [sample._replace(session="all") for sample in samples]

    # Dealt by message, half of all are as far from the middle slope 1.7 as 1.5 and 1.9 are, or nearer.
    assert fitted(samples).median_error > fitted(as_one).median_error


def skewed(longer: float) -> list[Sample]:
    """Seven messages of ten at 1.5 tokens for each of the base, three at so many times that."""
    return [
        Sample(f"session {n % 10}", base, 0, round(1.5 * base * (longer if n % 10 in (1, 4, 7) else 1)))
        for n, base in enumerate(range(1_000, 1_300))
    ]


def test_the_sum_of_the_estimates_is_that_of_the_logged_counts() -> None:
    """Most messages are at 1.5, and the sum is 4 % above that."""
    samples = skewed(1.12)
    found = fitted(samples)
    logged = sum(sample.logged for sample in samples)

    assert logged == pytest.approx(sum(found.tokens(sample.base) for sample in samples), rel=0.001)
    assert abs(found.bias) < 0.02


def test_what_exceeds_the_text_by_more_than_a_few_per_cent_is_left_out_of_the_fit() -> None:
    """A sum 24 % above what most messages say is output that the logs hide, not the tokenizer's ways."""
    found = fitted(skewed(1.8))

    assert 1.5 <= found.tokens(100_000) / 100_000 < 1.5 * 1.07


def test_the_order_of_the_messages_does_not_matter() -> None:
    samples = messages(150) + partial(10)
    shuffled = samples.copy()
    random.Random(3).shuffle(shuffled)  # noqa: S311 - test data

    assert fitted(samples) == fitted(shuffled)


def test_only_the_newest_messages_are_looked_at() -> None:
    older = [sample._replace(logged=sample.logged * 2) for sample in messages(MOST)]
    newest = messages(MOST, seed=2)

    assert fitted(newest) == fitted(older + newest)


@pytest.mark.parametrize(
    ("usable", "others", "is_fitted"),
    [(19, 0, False), (20, 0, True), (19, 500, False), (40, 39, True), (40, 100, False)],
    ids=["19", "20", "19 and many partial", "more usable than partial", "most partial"],
)
def test_a_fit_takes_twenty_usable_messages(usable: int, others: int, is_fitted: bool) -> None:
    found = fit("m", "o200k_base", messages(usable) + partial(others), 0)

    assert is_fitted == (found is not None)


def test_without_calls_no_price_of_a_call_is_fitted() -> None:
    found = fitted([Sample("s", base, 0, 2 * base + 5) for base in range(10, 60)])

    assert (2, 0, 5) == (
        pytest.approx(found.slope, rel=1e-3),
        found.per_call,
        pytest.approx(found.constant, abs=0.1),
    )


def test_with_one_call_in_nearly_every_message_there_is_no_constant() -> None:
    samples = [Sample("s", base, 1, 2 * base + 25) for base in range(10, 60)] + [Sample("s", 50, 2, 150)] * 4
    found = fitted(samples)

    assert (2, 25, 0) == (
        pytest.approx(found.slope, rel=1e-3),
        pytest.approx(found.per_call, rel=1e-2),
        found.constant,
    )


@pytest.mark.parametrize(
    ("samples", "slope"),
    [
        ([Sample("s", 100, 0, 150)] * 30, 1.5),
        ([Sample("s", 100, 1, 150)] * 30, 1.5),
        ([Sample("s", 10 * n, n, 20 * n) for n in range(1, 31)], 2.0),
        ([Sample("s", MAX_TOKENS, 0, MAX_TOKENS)] * 30, 1.0),
        ([Sample("s", 1, 0, 1)] * 30, 1.0),
    ],
    ids=["all alike", "all alike with a call", "calls grow with the text", "as much as can be", "as little"],
)
def test_where_nothing_else_can_be_told_the_slope_alone_is_fitted(
    samples: list[Sample], slope: float
) -> None:
    found = fitted(samples)

    assert (pytest.approx(slope), 0, 0) == (found.slope, found.per_call, found.constant)
    assert (0, 0) == (found.median_error, found.bias)


@pytest.mark.parametrize(
    "odd",
    [
        Sample("s", 0, 0, 0),
        Sample("s", 0, 5, 100),
        Sample("s", 100, 0, 0),
        Sample("s", -5, -5, -5),
        Sample("s", 10**30, 0, 10**30),
        Sample("s", 100, 10**30, 100),
        Sample("\udcff\x00", 100, 0, 10**400),
        Sample("s", 1, 0, MAX_TOKENS),
        Sample("s", MAX_TOKENS, 0, 1),
        Sample("s", 1, MAX_TOKENS, 1),
    ],
    ids=str,
)
def test_odd_messages_neither_raise_nor_move_the_fit(odd: Sample) -> None:
    fit("m", "b", [odd] * 30, 0)
    found = fitted(messages(60) + [odd] * 3)

    assert SLOPE == pytest.approx(found.slope, rel=0.05)


def test_mixed_extremes_do_not_raise() -> None:
    dice = random.Random(5)  # noqa: S311 - test data
    sizes = (0, 1, 2, 3, 1_000, MAX_TOKENS - 1, MAX_TOKENS)
    for _ in range(200):
        samples = [
            Sample(str(dice.randrange(8)), dice.choice(sizes), dice.choice(sizes), dice.choice(sizes))
            for _ in range(60)
        ]
        found = fit("m", "b", samples, 0)

        assert found is None or found.tokens(0) >= 0


def test_a_quantile_is_a_value_that_is_there() -> None:
    assert (3, 5, 1) == (
        quantile([5, 1, 4, 2, 3], 0.5),
        quantile([5, 1, 4, 2, 3], 0.9),
        quantile([1], 0.9),
    )


@pytest.mark.parametrize("ratio", [0.4, 3.5])
def test_counts_that_no_tokenizer_makes_are_not_fitted(ratio: float) -> None:
    assert fit("m", "b", [Sample("s", base, 0, round(ratio * base)) for base in range(500, 600)], 0) is None
