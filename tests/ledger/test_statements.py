"""A provider's statement stands in for calls on days without any, and is never added to them."""

from __future__ import annotations

import pytest

from support.books import entry, post
from tokmeter.core.call import StatementLine
from tokmeter.core.usage import AGGREGATE, Origin, Sku
from tokmeter.ledger import statements
from tokmeter.ledger.store import Ledger

DAY = 86_400_000
MONDAY = 20_776 * DAY
"""2026-11-19T00:00:00Z."""


def line(key: str = "b:1", start: int = MONDAY, width: int = DAY, **changes: object) -> StatementLine:
    fields: dict[str, object] = dict.fromkeys(StatementLine._fields, "") | {
        "key": key, "format": "anthropic-usage", "provider": "anthropic", "model": "claude-opus-4-5",
        "model_raw": "claude-opus-4-5", "start_ms": start, "end_ms": start + width,
        "uncached_input_tokens": 100, "cache_read_input_tokens": 0, "cache_creation_5m_input_tokens": 0,
        "cache_creation_1h_input_tokens": 0, "output_tokens": 7, "reasoning_output_tokens": 0,
        "web_searches": 0, "requests": 3, "amount_nano": None, "amount_kind": None, "currency": "USD",
        "line": 1,
    }  # fmt: skip
    return StatementLine(**(fields | changes))  # type: ignore[arg-type]


def tokens(ledger: Ledger) -> int:
    return int(ledger.connection.execute("SELECT ifnull(sum(total_tokens), 0) FROM entries").fetchone()[0])


def test_the_bit_for_sums_is_that_of_the_vocabulary() -> None:
    assert AGGREGATE == statements.AGGREGATE


def test_a_day_without_calls_is_filled_from_the_statement() -> None:
    ledger = Ledger.in_memory()
    post(ledger, statements=[line()])

    row = ledger.connection.execute(
        "SELECT key, flags, list_cost_nanousd, total_tokens FROM entries"
    ).fetchall()
    assert [("b:1", AGGREGATE, 107, 107)] == row


@pytest.mark.parametrize("calls_first", [True, False])
def test_a_day_with_calls_counts_the_calls_alone(calls_first: bool) -> None:
    ledger = Ledger.in_memory()
    if calls_first:
        post(ledger, [entry("m:a", MONDAY + 5)], name="log")
    post(ledger, statements=[line()], name="statement")
    if not calls_first:
        post(ledger, [entry("m:a", MONDAY + 5)], name="log")

    assert 15 == tokens(ledger)


def test_another_provider_or_another_day_does_not_matter() -> None:
    """107 of the statement, 15 each of a call of another provider and of a call of the day after."""
    ledger = Ledger.in_memory()
    gpt = Sku("openai", "gpt-5", "gpt-5")
    post(ledger, [entry("x", MONDAY, sku=gpt), entry("y", MONDAY + DAY)], name="log")
    post(ledger, statements=[line()], name="statement")

    assert 107 + 15 + 15 == tokens(ledger)


def test_a_bucket_that_grew_replaces_the_old_one() -> None:
    ledger = Ledger.in_memory()
    post(ledger, statements=[line()])
    post(ledger, statements=[line(output_tokens=9)])

    assert 109 == tokens(ledger)


def test_two_exports_of_one_day_are_not_added() -> None:
    """The first format by name fills the day."""
    ledger = Ledger.in_memory()
    post(ledger, statements=[line("b:2", format="anthropic-usage-csv", output_tokens=1000)], name="csv")
    post(ledger, statements=[line()], name="api")

    assert 107 == tokens(ledger)


def test_hours_of_a_day_are_added() -> None:
    ledger = Ledger.in_memory()
    hours = [line(f"b:{hour}", MONDAY + hour * 3_600_000, 3_600_000) for hour in range(24)]
    post(ledger, statements=hours)

    assert 24 * 107 == tokens(ledger)


def test_hours_beside_the_whole_day_are_not_added() -> None:
    """Exported once by day, once by hour: the day's line holds the hours."""
    ledger = Ledger.in_memory()
    hours = [line(f"b:{hour}", MONDAY + hour * 3_600_000, 3_600_000) for hour in range(3)]
    post(ledger, statements=[*hours, line("b:day")])

    assert 107 == tokens(ledger)


def test_exports_grouped_differently_are_not_added() -> None:
    """By model alone, by model and project, by project alone: the finest tells it, its two pages add up."""
    ledger = Ledger.in_memory()
    post(ledger, statements=[line("b:m", output_tokens=14, uncached_input_tokens=200)], name="models.csv")
    post(ledger, statements=[line("b:p1", project="a")], name="page1.csv")
    post(ledger, statements=[line("b:p2", project="b")], name="page2.csv")
    post(ledger, statements=[line("b:u", project="a", model="unknown", model_raw="unknown")], name="p.csv")

    assert 2 * 107 == tokens(ledger)


def test_exports_of_other_models_are_added() -> None:
    """Completions and embeddings are exported apart, and need not be grouped alike."""
    ledger = Ledger.in_memory()
    post(ledger, statements=[line("b:1", project="a")], name="completions.csv")
    post(ledger, statements=[line("b:2", model="small", model_raw="small")], name="embeddings.csv")

    assert 2 * 107 == tokens(ledger)


def test_a_line_without_tokens_is_kept_but_fills_nothing() -> None:
    ledger = Ledger.in_memory()
    post(ledger, statements=[line(uncached_input_tokens=0, output_tokens=0, amount_nano=5)])

    assert (0, 1) == (
        tokens(ledger),
        ledger.connection.execute("SELECT count(*) FROM statement").fetchone()[0],
    )


def test_the_long_context_of_a_line_prices_it_so() -> None:
    """The test's prices double there."""
    ledger = Ledger.in_memory()
    post(ledger, statements=[line(context_window="> 200k")])

    assert (214,) == ledger.connection.execute("SELECT list_cost_nanousd FROM entries").fetchone()


def test_calls_under_another_origin_hide_the_statement_as_well() -> None:
    ledger = Ledger.in_memory()
    post(ledger, statements=[line()], name="statement")
    post(ledger, [entry("resp:1", MONDAY, origin=Origin("api-object"))], name="calls", source="api-object")

    assert 15 == tokens(ledger)
