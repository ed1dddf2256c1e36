"""Which models were seen, and how exact counts agree with what was logged."""

from __future__ import annotations

import pytest

from support.books import entry, post
from tokmeter.core.usage import OUTPUT_PARTIAL, Sku
from tokmeter.ledger.store import Ledger
from tokmeter.metrics.tokenizers import exact_checks, fit_samples, models_seen

OPUS = Sku("anthropic", "claude-opus-4-8", "claude-opus-4-8")
ELSEWHERE = Sku("bedrock", "claude-opus-4-8", "us.anthropic.claude-opus-4-8-v1:0")
GROK = Sku("xai", "grok-4", "grok-4")


@pytest.fixture
def ledger() -> Ledger:
    return Ledger.in_memory()


def measure(
    ledger: Ledger, key: str, visible: int | None, *, thinking: int = 0, shown: bool = False, final: int = 1
) -> None:
    """`shown`: the log tells all there is to know of the thinking."""
    explained = None if thinking and not shown else visible
    ledger.connection.execute(
        "INSERT INTO visible_output SELECT file_id, id, first_line, '', id, 10, 0, 0, 1, 0, ?, ?, ?, ?, 0 "
        "FROM entry WHERE key = ?",
        (thinking, final, visible, explained, key),
    )


def test_a_model_is_seen_once_whoever_sold_it(ledger: Ledger) -> None:
    """Ten tokens of input each, and the output: 10+5, 10+7 of one model, 10+90 of another."""
    post(
        ledger,
        [
            entry("a", sku=OPUS),
            entry("b", sku=ELSEWHERE, output_tokens=7),
            entry("c", sku=GROK, output_tokens=90),
        ],
    )

    assert [("grok-4", 1, 100), ("claude-opus-4-8", 2, 32)] == models_seen(ledger.connection)


def test_what_counts_for_nothing_is_not_seen(ledger: Ledger) -> None:
    post(ledger, [entry("a", sku=OPUS)])
    ledger.connection.execute("UPDATE entry SET superseded = 2")

    assert [] == models_seen(ledger.connection)


def test_exact_counts_are_held_against_the_logged_ones(ledger: Ledger) -> None:
    """Of ten, seven are met; the others are off by 5, 20 and 50 per cent: nine in ten by 20 at most."""
    visible = [100] * 7 + [105, 80, 150]
    post(ledger, [entry(str(n), sku=OPUS, output_tokens=100) for n in range(10)])
    for n, tokens in enumerate(visible):
        measure(ledger, str(n), tokens)

    assert {"claude-opus-4-8": (10, 7, 0.0, pytest.approx(0.2))} == exact_checks(ledger.connection)


@pytest.mark.parametrize(
    ("entered", "measured"),
    [
        ({}, {"visible": None}),
        ({}, {"visible": 5, "thinking": 1}),
        ({}, {"visible": 5, "final": 0}),
        ({"flags": OUTPUT_PARTIAL}, {"visible": 5}),
        ({"count_basis": 1}, {"visible": 5}),
    ],
    ids=["no tokenizer", "thinking", "not final", "cut short", "not reported"],
)
def test_what_the_log_does_not_show_whole_is_not_checked(
    ledger: Ledger, entered: dict[str, int], measured: dict[str, int]
) -> None:
    post(ledger, [entry("a", sku=OPUS, **entered)])
    measure(ledger, "a", **measured)

    assert {} == exact_checks(ledger.connection)


def test_reported_reasoning_is_no_part_of_what_the_text_explains(ledger: Ledger) -> None:
    post(ledger, [entry("a", sku=OPUS, output_tokens=60, reasoning_output_tokens=20)])
    measure(ledger, "a", 40, thinking=1, shown=True)

    assert {"claude-opus-4-8": (1, 1, 0.0, 0.0)} == exact_checks(ledger.connection)
    assert {} == fit_samples(ledger.connection)


def test_messages_for_a_fit_are_counted_by_model(ledger: Ledger) -> None:
    post(ledger, [entry("a", sku=OPUS), entry("b", sku=ELSEWHERE), entry("c", sku=GROK)])
    for key in "abc":
        measure(ledger, key, None)

    assert {"claude-opus-4-8": 2, "grok-4": 1} == fit_samples(ledger.connection)
