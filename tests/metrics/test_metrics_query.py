"""What the questions count, and that the hot one uses the index on time."""

from __future__ import annotations

from datetime import UTC

import pytest

from support.sums import Books, at
from tokmeter.core import event, usage
from tokmeter.core.spans import Slice, local
from tokmeter.metrics import conversation, listing, query
from tokmeter.metrics.query import Filter, cells, cells_sql, entries, newest_ms
from tokmeter.metrics.totals import totals
from tokmeter.reports import explain

DAY = 86_400_000
START = at("2026-11-16 00:00")


def part(start: int, end: int) -> Slice:
    return Slice(local(start, UTC).date(), start, end)


WEEK = [part(START + n * DAY, START + (n + 1) * DAY) for n in range(7)]


def test_the_week_is_searched_by_the_index_on_time():
    books = Books()
    for where in (Filter(), Filter(sources=("codex",), projects=("shop",), models=("gpt-*",))):
        sql, values = cells_sql(where, WEEK)

        plan = [row[3] for row in books.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

        assert "SEARCH e USING INDEX entry_ts (ts>? AND ts<?)" in plan
        assert not [step for step in plan if step.startswith("SCAN e")]


def test_slices_include_their_start_and_exclude_their_end():
    books = Books()
    origin, sku = books.origin(), books.sku()
    for ts in (START - 1, START, START + DAY - 1, START + DAY):
        books.entry(ts, origin, sku, output_tokens=1)

    rows = cells(books.connection, Filter(), WEEK[:1])

    assert 2 == sum(row.requests for row in rows)


def test_superseded_entries_never_count():
    books = Books()
    origin, sku = books.origin(), books.sku()
    books.entry(START, origin, sku, output_tokens=5, superseded=1)
    books.entry(START, origin, sku, output_tokens=7)

    assert 7 == totals(books.connection, Filter(), WEEK).total.output_tokens
    assert 1 == len(list(entries(books.connection, Filter())))


def test_web_searches_told_only_by_tool_results_count_once():
    books = Books()
    origin, sku = books.origin(), books.sku()
    books.entry(START, origin, sku, web_searches=2, linked_searches=3)
    books.entry(START, origin, sku, linked_searches=4)

    assert 6 == totals(books.connection, Filter(), WEEK).total.web_searches


PLACES = ("/home/ana/shop", "/home/ana/shop/web", "/home/ana/workshop", "/srv/shop", "C:\\work\\shop", "")


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        ("/home/ana/shop", {0, 1}),
        ("/home/ana/shop/", {0, 1}),
        ("shop", {0, 3, 4}),
        ("workshop", {2}),
        ("/home/ana", {0, 1, 2}),
        ("C:\\work", {4}),
        ("%", set()),
        ("sho_", set()),
    ],
)
def test_a_project_is_a_path_or_a_folders_own_name(project: str, expected: set[int]):
    books = Books()
    for n, place in enumerate(PLACES):
        books.entry(START, books.origin(session=f"s{n}", project=place), books.sku(), output_tokens=1)

    rows = cells(books.connection, Filter(projects=(project,)), WEEK)

    assert {f"s{n}" for n in expected} == {row.session for row in rows}


@pytest.mark.parametrize(
    ("models", "expected"),
    [
        (("claude-opus-4-8",), {"claude-opus-4-8"}),
        (("CLAUDE-*",), {"claude-opus-4-8", "claude-haiku-4-5"}),
        (("gpt-5", "claude-h*"), {"gpt-5", "claude-haiku-4-5"}),
        (("claude-haiku-4-5-20251001",), {"claude-haiku-4-5"}),
        (("x[1m]",), {"x"}),
        (("nothing",), set()),
    ],
)
def test_a_model_is_a_name_or_a_glob_normalised_or_as_logged(models: tuple[str, ...], expected: set[str]):
    books = Books()
    for model, raw in (
        ("claude-opus-4-8", "claude-opus-4-8"),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        ("gpt-5", "gpt-5"),
        ("x", "x[1m]"),
    ):
        books.entry(START, books.origin(), books.sku(model, model_raw=raw), output_tokens=1)

    assert expected == set(totals(books.connection, Filter(models=models), WEEK).by_model)


def test_filters_narrow_the_export_and_the_newest_entry_too():
    books = Books()
    books.entry(START, books.origin("codex", "a"), books.sku("gpt-5"), output_tokens=1)
    books.entry(START + 5, books.origin("claude-code", "b"), books.sku(), output_tokens=1)

    keys = [row[0] for row in entries(books.connection, Filter(sources=("codex",)))]

    assert ["k1"] == keys
    assert START == newest_ms(books.connection, Filter(sources=("codex",)))
    assert START + 5 == newest_ms(books.connection)


def test_no_slices_ask_nothing():
    assert [] == cells(Books().connection, Filter(), [])


def test_the_repeated_constants_are_those_of_core():
    assert usage.OUTPUT_PARTIAL == query.OUTPUT_PARTIAL
    assert usage.INPUT_PARTIAL == query.INPUT_PARTIAL
    assert usage.FORK_GUESSED == query.FORK_GUESSED
    assert usage.MODEL_GUESSED == query.MODEL_GUESSED
    assert usage.AGGREGATE == query.AGGREGATE
    assert event.EVENT_KINDS == conversation.EVENT_KINDS
    assert usage.COUNT_BASES == explain.COUNT_BASES
    assert list(usage.FLAG_NAMES.values()) == explain.flag_names(31)


def rated(books: Books, ts: int, source: str, version: str, quality: str = "exact", **more: int) -> None:
    """An entry priced with a rate of its own."""
    sku = books.sku()
    rate = books.connection.execute(
        "INSERT INTO rate (sku_id, valid_from, valid_to, fingerprint, prices_source, prices_version, "
        "price_quality, unit_prices) VALUES (?, 0, 1, '', ?, ?, ?, '') RETURNING id",
        (sku, source, version, quality),
    ).fetchone()[0]
    books.entry(ts, books.origin(), sku, rate_id=rate, **more)


def test_only_price_data_that_entries_use_are_told_the_newest_by_number_first():
    """Rates stay in the ledger when a reprice leaves them; 0.10 came after 0.9 and 0.2."""
    books = Books()
    for version in ("genai-prices 0.2", "genai-prices 0.10", "genai-prices 0.9"):
        rated(books, START, "genai-prices", version)
    rated(books, START, "genai-prices", "genai-prices 0.11", superseded=1)
    rated(books, START, "none", "genai-prices 0.12", "unpriced")
    rated(books, START, "free", "")
    rated(books, START, "genai-prices", "genai-prices 0.13")
    books.connection.execute("DELETE FROM entry WHERE id = ?", (books.count,))

    assert [
        ("genai-prices", "genai-prices 0.10"),
        ("genai-prices", "genai-prices 0.9"),
        ("genai-prices", "genai-prices 0.2"),
    ] == listing.price_versions(books.connection)


def test_the_prices_of_a_period_are_those_of_its_newest_priced_entry():
    books = Books()
    rated(books, START, "genai-prices", "genai-prices 0.2")
    rated(books, START + 1, "user", "user abc")
    rated(books, START + 2, "none", "genai-prices 0.2", "unpriced")
    rated(books, START + DAY, "genai-prices", "genai-prices 0.3")

    assert ("user", "user abc") == listing.newest_prices(books.connection, START, START + DAY)
    assert ("genai-prices", "genai-prices 0.3") == listing.newest_prices(books.connection, START, 2 * START)
    assert listing.newest_prices(books.connection, 0, START) is None
