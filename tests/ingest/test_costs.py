"""Costs in the ledger: each call at the price of its own minute, and repricing only when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.books import NOW_MS, entry, log_file
from tokmeter.core.usage import Entry, Sku
from tokmeter.ingest.pack import Packer
from tokmeter.ingest.rate_book import RateBook
from tokmeter.ingest.repricing import reprice
from tokmeter.ingest.sync import PriceSettings
from tokmeter.ledger.posting import Poster
from tokmeter.ledger.store import Ledger
from tokmeter.sources._base import Parsed
from tokmeter.sources._jsonl import Cursor, Reading

HALF_PAST_FOUR = 1_762_101_000_000  # 2025-11-02T16:30:00Z: deepseek-chat's cheap hours begin
QUARTER = 15 * 60_000
DEEPSEEK = Sku("deepseek", "deepseek-chat", "deepseek-chat")
UNKNOWN = Sku("openai", "lantern-1", "lantern-1")


def posted(entries: list[Entry], prices: PriceSettings) -> Ledger:
    ledger = Ledger.in_memory()
    packer = Packer()
    packer.add(Reading(log_file("a.jsonl"), Cursor(), Parsed(entries=entries)))
    with Poster(ledger, RateBook(ledger.connection, prices), NOW_MS) as poster:
        poster.post(packer.take())
    return ledger


def costs(ledger: Ledger) -> list[tuple[str, int | None]]:
    rows = ledger.connection.execute("SELECT key, list_cost_nanousd FROM entry ORDER BY key").fetchall()
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize("late_first", [False, True], ids=["in order", "the later first"])
def test_two_calls_of_one_hour_have_the_price_of_their_own_minute(late_first: bool) -> None:
    """1,000 tokens in and out cost 0.00137 USD by day and half of it from 16:30 UTC on."""
    counts = {"sku": DEEPSEEK, "uncached_input_tokens": 1000, "output_tokens": 1000}
    before = entry("m:before", ts=HALF_PAST_FOUR - QUARTER, **counts)
    after = entry("m:later", ts=HALF_PAST_FOUR + QUARTER, **counts)
    ledger = posted([after, before] if late_first else [before, after], PriceSettings())

    assert [("m:before", 1_370_000), ("m:later", 685_000)] == costs(ledger)


def price_file(folder: Path) -> Path:
    path = folder / "prices.toml"
    path.write_text('[[price]]\nprovider = "openai"\nmodel = "lantern-*"\ninput = 2\noutput = 10\n')
    return path


def test_a_dry_run_tells_what_would_change_and_writes_nothing(tmp_path: Path) -> None:
    """10 tokens at 2 USD and 5 at 10 USD per million are 70,000 nano-USD."""
    ledger = posted([entry("m:a", sku=UNKNOWN)], PriceSettings())
    before = list(ledger.connection.iterdump())
    told = reprice(ledger, since_ms=0, prices=PriceSettings(price_file(tmp_path)), dry_run=True)

    assert (1, 1, 0, 70_000) == (told.rows, told.changed, told.before_nanousd, told.after_nanousd)
    assert before == list(ledger.connection.iterdump())


def test_repricing_prices_what_had_no_price_and_then_changes_nothing(tmp_path: Path) -> None:
    ledger = posted([entry("m:a", sku=UNKNOWN)], PriceSettings())
    prices = PriceSettings(price_file(tmp_path))
    unpriced = costs(ledger)
    first = reprice(ledger, since_ms=0, prices=prices)
    second = reprice(ledger, since_ms=0, prices=prices)

    assert ([("m:a", None)], [("m:a", 70_000)]) == (unpriced, costs(ledger))
    assert (1, 0) == (first.changed, second.changed)
