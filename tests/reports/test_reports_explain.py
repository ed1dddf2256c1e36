"""From a figure back to file and line: what such a page must hold, whatever its width."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from report_cases import BERLIN, BUILDERS, NOW, all_reports, caveats, one_explanation, report

from support.mock_week import CENT
from support.sums import Books, at
from tokmeter.metrics.evidence import evidence, found, rates_used
from tokmeter.metrics.query import Filter
from tokmeter.pricing.rates import QUALITIES
from tokmeter.reports import prices
from tokmeter.reports.explain import Explained, build_explain
from tokmeter.reports.labels import place
from tokmeter.reports.render import plain, text

PLAIN = Path(__file__).parents[2] / "docs" / "reference" / "plain.md"
LONG = "/logs/" + "a-folder-with-a-name/" * 6 + "of its own.jsonl"


def listing(width: int) -> str:
    books = caveats()
    rows = [row._replace(path=LONG) for row in evidence(books.connection, Filter(), limit=5)]
    return text.render(build_explain(Explained("all", rows), NOW, BERLIN), width=width)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 160])
def test_file_and_line_stand_in_one_piece_on_every_page(width: int):
    assert f"{LONG}:3\n" in listing(width)
    assert "…" not in listing(width)


def test_places_that_fit_stand_in_their_row():
    page = listing(240)

    assert "File and line" in page
    assert LONG in next(row for row in page.splitlines() if "qwen3-coder-local" in row)


@pytest.mark.parametrize(
    ("path", "home", "shown"),
    [
        ("/home/ana/.codex/a.jsonl", "/home/ana", "~/.codex/a.jsonl:7-9"),
        ("/home/ana/.codex/a.jsonl", "/home/ana/", "~/.codex/a.jsonl:7-9"),
        ("/home/anabel/a.jsonl", "/home/ana", "/home/anabel/a.jsonl:7-9"),
        ("/a\x1b[31m\n.jsonl", "", "/a\\x1b[31m\\n.jsonl:7-9"),
        ("/a\udcff.jsonl", "", "/a\\udcff.jsonl:7-9"),
    ],
    ids=["home", "home with a slash", "a neighbour", "control characters", "no UTF-8"],
)
def test_a_place_is_pasteable_and_harmless(path: str, home: str, shown: str):
    assert shown == place(path, 7, 9, home)


def test_one_line_is_no_range():
    assert "/a.jsonl:7" == place("/a.jsonl", 7, 7)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_column_of_dollars_adds_up_to_the_list_cost(width: int):
    page = text.render(one_explanation(), width=width)
    amounts = [
        Decimal(row.split()[-1]) for row in page.splitlines() if re.match(r"  (output|web sea|List)", row)
    ]

    assert [Decimal("1.47"), Decimal("0.03"), Decimal("1.50")] == amounts


def test_every_quality_of_a_price_has_its_words():
    assert set(QUALITIES) == set(prices.QUALITIES)


@pytest.mark.parametrize(
    ("source", "version", "priced_as", "words"),
    [
        ("genai-prices", "genai-prices 0.2.3", "openai/gpt-5", "genai-prices 0.2.3, as openai/gpt-5"),
        ("genai-prices:maker", "genai-prices 0.2.3", "", "genai-prices 0.2.3"),
        ("user", "user 1a2b", "openai/gpt-5", "your price file, as openai/gpt-5"),
        ("free", "", "", "runs on your own computer, nobody bills it"),
    ],
)
def test_whose_prices_is_said_once(source: str, version: str, priced_as: str, words: str):
    assert words == prices.source_words(source, version, priced_as)


def test_the_sums_of_a_word_hold_only_what_meets_it():
    """Of six requests one has no price, one is cut short, one is estimated, one of a fork, one nameless."""
    connection = caveats().connection

    counts = {
        word: found(connection, Filter(), word).total.requests
        for word in ("", "unpriced", "partial", "estimates", "forks", "nameless")
    }

    assert {"": 6, "unpriced": 1, "partial": 1, "estimates": 1, "forks": 1, "nameless": 1} == counts
    assert {} == {
        word: (count, len(evidence(connection, Filter(), condition=word)))
        for word, count in counts.items()
        if len(evidence(connection, Filter(), condition=word)) != count
    }


def test_a_ledger_without_rates_has_no_unit_prices():
    assert [] == rates_used(caveats().connection, Filter())


def test_a_model_without_any_price_has_no_dollar_in_its_headline():
    books = Books()
    books.entry(
        at("2026-11-18 10:00", BERLIN), books.origin(), books.sku("lantern"), cost=None, output_tokens=5
    )
    page = text.render(report("week", books))

    assert "\n  no list price · 5 tokens · 1 request · 1 session\n" in page
    assert "unpriced (lantern), not in the cost\n" in page


def test_a_cost_of_nothing_is_not_the_same_as_none():
    """A free day is $0.00, an unpriced one says so, a mixed one bears a mark."""
    books = Books()
    for day, costs in (("16", (0,)), ("17", (None,)), ("18", (CENT, None))):
        for n, cost in enumerate(costs):
            books.entry(
                at(f"2026-11-{day} 10:0{n}", BERLIN), books.origin(), books.sku(), cost=cost, output_tokens=5
            )
    page = text.render(report("week", books))

    shown = {
        row[2:8]: row.split()[2]
        for row in page.splitlines()
        if row.startswith(("  Mon 16", "  Tue 17", "  Wed 18"))
    }
    assert {"Mon 16": "$0.00", "Tue 17": "unpriced", "Wed 18": "$0.01+"} == shown
    assert "not in the costs marked +" in " ".join(page.split())


@pytest.mark.parametrize("name", [*BUILDERS, "session", "sources", "explain"])
def test_every_plain_column_is_documented(name: str):
    described = PLAIN.read_text(encoding="utf-8")
    header = plain.render(all_reports()[name]).splitlines()[0].split("\t")

    assert [] == [column for column in header if f"`{column}`" not in described]
