"""Which responses a calibration is fitted on, and what is kept of it."""

from __future__ import annotations

import random

import pytest

from support.books import NOW_MS, entry, post
from tokmeter.core.usage import AGGREGATE, OUTPUT_PARTIAL, Sku
from tokmeter.ingest.calibrating import BASE, calibrate, load_calibrations
from tokmeter.ledger.calibrations import calibration_samples
from tokmeter.ledger.store import Ledger

GROK = Sku("xai", "grok-4", "grok-4")


def measure(
    ledger: Ledger,
    key: str,
    *,
    text: int = 100,
    calls: int = 0,
    final: int = 1,
    thinking: int = 0,
    file: int = 0,
) -> None:
    """Note that a response of the ledger shows so many tokens of text in its own log, or in log `file`."""
    position = ledger.connection.execute("SELECT count(*) FROM visible_output").fetchone()[0]
    ledger.connection.execute(
        "INSERT INTO visible_output SELECT coalesce(nullif(?, 0), file_id), ?, first_line, '', id, ?, 10 * ?, 0, 1,"
        " ?, ?, ?, NULL, NULL, 0 FROM entry WHERE key = ?",
        (file, position, text, calls, calls, thinking, final, key),
    )


def many(ledger: Ledger, count: int, slope: float = 1.5, model: Sku = GROK) -> None:
    """So many responses of one model, logged at `slope` tokens for each of the base, and 25 for each call."""
    dice = random.Random(1)  # noqa: S311 - test data
    made = [(f"{model.model} {n}", dice.randrange(50, 500), dice.choice((0, 0, 1))) for n in range(count)]
    post(
        ledger,
        [
            entry(
                key, ts=NOW_MS + n, sku=model, output_tokens=round(slope * (text + 10 * calls)) + 25 * calls
            )
            for n, (key, text, calls) in enumerate(made)
        ],
        name=f"{model.model}.jsonl",
    )
    for key, text, calls in made:
        measure(ledger, key, text=text, calls=calls)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger.in_memory()


def test_a_sample_is_text_calls_and_the_logged_count(ledger: Ledger) -> None:
    post(ledger, [entry("a", sku=GROK, output_tokens=180)])
    measure(ledger, "a", text=90, calls=2)

    assert [("grok-4", "s1", 110, 2, 180)] == calibration_samples(ledger.connection)


@pytest.mark.parametrize(
    ("entered", "measured"),
    [
        ({"flags": OUTPUT_PARTIAL}, {}),
        ({"flags": AGGREGATE}, {}),
        ({"count_basis": 1}, {}),
        ({"reasoning_output_tokens": 3}, {}),
        ({}, {"final": 0}),
        ({}, {"thinking": 1}),
        ({}, {"file": 99}),
    ],
    ids=[
        "cut short",
        "many calls",
        "not reported",
        "reasoning",
        "not final",
        "thinking",
        "copy in another log",
    ],
)
def test_what_the_log_does_not_show_whole_is_no_sample(
    ledger: Ledger, entered: dict[str, int], measured: dict[str, int]
) -> None:
    post(ledger, [entry("a", sku=GROK, **entered)])
    measure(ledger, "a", **measured)

    assert [] == calibration_samples(ledger.connection)


def test_a_superseded_response_is_no_sample(ledger: Ledger) -> None:
    post(ledger, [entry("a", sku=GROK)])
    measure(ledger, "a")
    ledger.connection.execute("UPDATE entry SET superseded = 1")

    assert [] == calibration_samples(ledger.connection)


def test_a_response_that_stands_twice_in_its_log_counts_once_by_its_fuller_reading(ledger: Ledger) -> None:
    post(ledger, [entry("a", sku=GROK, output_tokens=180)])
    measure(ledger, "a", text=90)
    measure(ledger, "a", text=120, calls=1)

    assert [("grok-4", "s1", 130, 1, 180)] == calibration_samples(ledger.connection)


def test_samples_come_oldest_first(ledger: Ledger) -> None:
    post(
        ledger,
        [entry(key, ts=ts, sku=GROK, output_tokens=ts) for key, ts in (("a", 30), ("b", 10), ("c", 20))],
    )
    for key in "abc":
        measure(ledger, key)

    assert [10, 20, 30] == [row[4] for row in calibration_samples(ledger.connection)]


def test_each_model_with_twenty_messages_is_fitted_and_kept(ledger: Ledger) -> None:
    many(ledger, 40)
    many(ledger, 19, model=Sku("xai", "grok-3", "grok-3"))
    done = calibrate(ledger, NOW_MS)
    kept = load_calibrations(ledger.connection)

    assert [("grok-4", 40, True), ("grok-3", 19, False)] == [
        (one.model, one.samples, one.calibration is not None) for one in done
    ]
    assert {"grok-4": done[0].calibration} == kept
    fit = kept["grok-4"]
    assert ("grok-4", BASE, 40, NOW_MS) == (fit.family, fit.base, fit.messages, fit.fitted_ms)
    assert (1.5, 25) == (pytest.approx(fit.slope, rel=0.01), pytest.approx(fit.per_call, rel=0.05))


def test_a_second_time_replaces_the_first(ledger: Ledger) -> None:
    many(ledger, 40)
    first = calibrate(ledger, NOW_MS)
    again = calibrate(ledger, NOW_MS + 1)
    ledger.connection.execute("DELETE FROM visible_output")
    none = calibrate(ledger, NOW_MS + 2)

    assert first[0].calibration is not None
    assert again[0].calibration == first[0].calibration._replace(fitted_ms=NOW_MS + 1)
    assert [] == none
    assert {} == load_calibrations(ledger.connection)


def test_an_empty_ledger_has_nothing_to_fit(ledger: Ledger) -> None:
    assert [] == calibrate(ledger, NOW_MS)
