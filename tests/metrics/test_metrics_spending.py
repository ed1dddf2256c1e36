from __future__ import annotations

from datetime import date

from support.mock_week import BERLIN, NOW, mock_week
from support.sums import Books, at
from tokmeter.core.spans import containing
from tokmeter.metrics.query import Filter
from tokmeter.metrics.spending import Spent, spending, spending_sql
from tokmeter.metrics.totals import totals

CENT = 10_000_000
SATURDAY = date(2026, 11, 21)


def test_periods_that_overlap_are_each_summed_whole() -> None:
    """The design's week: 484 cents on Saturday, 3982 in the week; the month holds last week's 3620 + 999 as well."""
    periods = {kind: containing(kind, SATURDAY, BERLIN) for kind in ("day", "week", "month")}
    found = spending(mock_week().connection, periods)

    assert [484, 3982, 3982 + 3620 + 999] == [spent.cost_nanousd // CENT for spent in found.values()]
    assert 234 == found["week"].requests
    assert 56_317_000 == found["week"].tokens


def test_they_are_the_sums_of_a_report() -> None:
    books = mock_week()
    week = containing("week", SATURDAY, BERLIN)
    report = totals(books.connection, Filter(), [week._replace()]).total  # type: ignore[list-item] # has the times of a slice

    expected = Spent(report.requests, report.total_tokens, report.cost_nanousd, report.unpriced_requests)
    assert expected == spending(books.connection, {"week": week})["week"]
    assert NOW < week.end_ms


def test_edges_unpriced_and_superseded_entries() -> None:
    books = Books()
    origin, sku = books.origin(), books.sku()
    books.entry(at("2026-11-20 22:59:59.999"), origin, sku, cost=1, output_tokens=1)  # Friday in Berlin
    books.entry(at("2026-11-20 23:00"), origin, sku, cost=10, output_tokens=10)
    books.entry(at("2026-11-21 12:00"), origin, sku, cost=None, output_tokens=100)
    books.entry(at("2026-11-21 12:00"), origin, sku, cost=5, output_tokens=5, superseded=1)
    books.entry(at("2026-11-21 23:00"), origin, sku, cost=1000, output_tokens=1000)  # Sunday in Berlin
    periods = {"day": containing("day", SATURDAY, BERLIN), "week": containing("week", SATURDAY, BERLIN)}

    found = spending(books.connection, periods)

    assert Spent(2, 110, 10, 1) == found["day"]
    assert Spent(4, 1111, 1011, 1) == found["week"]


def test_an_empty_ledger_has_zeros() -> None:
    week = containing("week", SATURDAY, BERLIN)

    assert {"week": Spent()} == spending(Books().connection, {"week": week})


def test_usage_without_any_price_has_no_cost() -> None:
    assert None is Spent(2, 10, 0, 2).list_cost_nanousd
    assert 7 == Spent(2, 10, 7, 1).list_cost_nanousd
    assert 0 == Spent().list_cost_nanousd


def test_it_reads_by_the_index_on_time() -> None:
    plan = Books().connection.execute("EXPLAIN QUERY PLAN " + spending_sql([(0, 1)])).fetchall()

    assert any("SEARCH e USING INDEX entry_ts (ts>? AND ts<?)" in row[3] for row in plan)
