"""What a period report says in the cases that are not an ordinary week."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_cases import OPTIONS, caveats, conversation, report

from support.mock_week import BERLIN, NOW, mock_week
from support.sums import NANO, Books, at
from tokmeter.core.errors import UsageError
from tokmeter.core.names import printable
from tokmeter.metrics.query import Filter
from tokmeter.reports.closing import argument
from tokmeter.reports.labels import project_names, short_ids
from tokmeter.reports.render import csv, markdown, plain, text
from tokmeter.reports.session import build_session

PLAIN = OPTIONS._replace(budget_nanousd=None)


def page(name: str, books: Books, period: str | None = None, **more: object) -> str:
    return text.render(report(name, books, period, **{"options": PLAIN, **more}))


def one(when: str, **more: int) -> Books:
    books = Books()
    books.entry(at(when, BERLIN), books.origin(), books.sku(), cost=NANO, output_tokens=1_000_000, **more)
    return books


@pytest.mark.parametrize(
    ("period", "title"),
    [
        ("2026-W47", "Week 47 · Mon 16 - Sat 21 Nov 2026 · day 6 of 7"),
        ("2026-W46", "Week 46 · Mon 9 - Sun 15 Nov 2026 "),
        ("2026-W49", "Week 49 · Mon 30 Nov - Sun 6 Dec 2026 "),
        ("2026-W53", "Week 53 · Mon 28 Dec 2026 - Sun 3 Jan 2027 "),
        ("7d", "Sun 15 - Sat 21 Nov 2026 · 7 days"),
        ("2026-11-02..2026-11-02", "Mon 2 Nov 2026 · 1 day "),
    ],
)  # fmt: skip
def test_titles_name_the_days_once(period: str, title: str):
    shown = page("week", one("2026-11-18 10:00"), period)

    assert shown.replace("\N{EN DASH}", "-").startswith(title)


@pytest.mark.parametrize(
    ("period", "entry", "row"),
    [
        ("2026-W13", "2026-03-29 23:30", "Sun 29  $1.00"),
        ("2026-W43", "2026-10-25 23:30", "Sun 25  $1.00"),
        ("2026-W43", "2026-10-25 00:30", "Sun 25  $1.00"),
        ("2026-W53", "2027-01-01 00:00", "Fri 1   $1.00"),
    ],
    ids=["23-hour day", "25-hour day, late", "25-hour day, early", "over new year"],
)
def test_an_entry_stands_under_its_local_day(period: str, entry: str, row: str):
    assert row in page("week", one(entry), period, now=at("2027-02-01 00:00", BERLIN))


def test_a_finished_week_is_compared_with_the_whole_week_before():
    shown = page("week", mock_week(), "2026-W47", now=at("2026-12-01 00:00", BERLIN))

    # 3982 cents against 3620 + 999
    assert "▼ 14% vs the week before\n" in shown
    assert "on pace" not in shown


@pytest.mark.parametrize(
    ("name", "now", "words"),
    [
        ("day", "2026-11-18 15:00", "by midnight"),
        ("month", "2026-11-21 12:00", "by 30 November"),
        ("year", "2026-11-21 12:00", "by 31 December"),
    ],
)
def test_the_pace_says_until_when(name: str, now: str, words: str):
    assert words in page(name, one("2026-11-18 10:00"), now=at(now, BERLIN))


def test_a_budget_that_is_spent_says_by_how_much():
    shown = text.render(report("week", options=OPTIONS._replace(budget_nanousd=30 * NANO)))

    assert "████████████████████  133% used, $9.82 over\n" in shown  # 39.82 of 30


def test_an_empty_period_names_the_newest_entry_and_the_command_that_shows_it():
    shown = page("week", one("2026-07-16 14:05"))

    assert "No requests in this period.\n" in shown
    assert "the newest request is of Thu 16 Jul 2026 14:05 · tokmeter week 2026-W29\n" in shown


def test_an_empty_month_points_to_a_month():
    assert "tokmeter month 2026-07\n" in page("month", one("2026-07-16 14:05"))


def test_an_empty_selection_keeps_its_switches_in_the_command():
    shown = page("models", one("2026-07-16 14:05"), filters=Filter(projects=("shop",)))

    assert "tokmeter models 2026-W29 --project shop" in " ".join(shown.split())


def test_a_selection_that_matches_nothing_ever_says_so():
    shown = page("week", one("2026-11-18 10:00"), filters=Filter(models=("gpt-*",)))

    assert "no request at all matches model gpt-* · tokmeter models all\n" in shown


def test_a_selection_is_told_before_its_figures():
    shown = page(
        "week", one("2026-11-18 10:00"), filters=Filter(sources=("claude-code",), projects=("shop",))
    )

    assert "\n  Only source claude-code · project shop\n" in shown


def test_looking_back_leaves_out_and_counts_what_came_later():
    books = one("2026-11-17 10:00")
    books.entry(at("2026-11-20 10:00", BERLIN), books.origin(), books.sku(), cost=5 * NANO, output_tokens=1)
    now = at("2026-11-18 12:00", BERLIN)

    back = page("week", books, now=now, options=PLAIN._replace(look_back=True))
    present = page("week", books, now=now)

    assert "$1.00 list cost" in back
    assert "1 request after this moment left out (--as-of)" in back
    assert "$6.00 list cost" in present  # a clock that is wrong loses nothing


def test_all_time_runs_from_the_first_entry_to_today():
    books = one("2026-09-03 10:00")
    books.entry(at("1970-01-05 10:00", BERLIN), books.origin(), books.sku(), cost=0, output_tokens=1)
    books.entry(at("2100-01-05 10:00", BERLIN), books.origin(), books.sku(), cost=0, output_tokens=1)

    shown = page("year", books, "all")

    assert "3 requests" in shown
    assert ["1970", "2026", "2100"] == [line.split()[0] for line in shown.splitlines() if line[2:6].isdigit()]


def test_a_short_period_grows_to_the_report_it_is_asked_for():
    assert page("week", one("2026-11-18 10:00"), "2026-11-18").startswith("Week 47")
    assert page("month", one("2026-11-18 10:00"), "2026-W47").startswith("November 2026")


@pytest.mark.parametrize("name", ["week", "day", "month", "year", "models", "projects", "sessions"])
@pytest.mark.parametrize(
    "period", ["all", "..2026-01-01", "1970", "2999", "2999-12-31", "2026-11-21T10:00..2026-11-21T10:05"]
)
def test_no_period_breaks_a_report(name: str, period: str):
    for books in (Books(), caveats()):
        shown = report(name, books, period)
        for width in (40, 120):
            assert text.render(shown, width=width)


def test_a_partly_unpriced_total_is_marked_and_explained():
    shown = page("week", caveats())

    assert "$1.52+ list cost" in shown
    assert "1.2M tokens in 1 request unpriced (qwen3-coder-local), not in the cost" in shown


def test_a_model_without_any_price_is_unpriced_not_free():
    books = Books()
    books.entry(NOW - 1, books.origin(), books.sku("local"), cost=None, output_tokens=5)
    books.entry(NOW - 1, books.origin(), books.sku("gratis"), cost=0, output_tokens=5)

    rows = {
        line.split()[0]: line.split()[1]
        for line in page("models", books).splitlines()
        if len(line.split()) > 2
    }

    assert ("unpriced", "$0.00") == (rows["local"], rows["gratis"])


def test_log_text_cannot_reach_the_terminal():
    shown = report("week", caveats())

    for out in (
        text.render(shown),
        text.render(shown, width=120),
        plain.render(shown),
        csv.render(shown),
        markdown.render(shown),
    ):
        assert all(c.isprintable() or c in "\n\t" for c in out)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@sum(a)", " =1", "\t=1"])
def test_csv_text_is_never_a_formula(name: str):
    books = Books()
    books.entry(NOW - 1, books.origin(project=name), books.sku(), output_tokens=1)

    row = csv.render(report("projects", books)).splitlines()[1]

    assert row.lstrip('"').startswith(("'", printable("\t")))


def test_plain_and_csv_hold_raw_integers_that_add_up():
    rows = [line.split("\t") for line in plain.render(report("week")).splitlines()]
    head, body = rows[0], rows[1:]

    def total(column: str) -> int:
        return sum(int(row[head.index(column)]) for row in body)

    assert (39_820_000_000, 56_317_000, 234) == (
        total("list_cost_nanousd"), total("total_tokens"), total("requests"),
    )  # fmt: skip


def test_markdown_shows_names_as_they_are():
    books = Books()
    books.entry(NOW - 1, books.origin(), books.sku("a|b*c"), output_tokens=1)

    assert "| a\\|b\\*c |" in markdown.render(report("models", books))


def test_projects_of_one_name_show_what_tells_them_apart():
    names = project_names(["/home/ana/old/api", "/home/ana/new/api", "/x/shop", "", "C:\\work\\web"])

    assert {
        "/home/ana/old/api": "old/api",
        "/home/ana/new/api": "new/api",
        "/x/shop": "shop",
        "": "(no project)",
        "C:\\work\\web": "web",
    } == names


@given(st.lists(st.text(alphabet="ab/", max_size=8), max_size=8))
def test_every_project_gets_a_name(paths: list[str]):
    assert set(paths) == set(project_names(paths))


@given(st.sets(st.text(alphabet="ab", min_size=1, max_size=14), max_size=10))
def test_short_ids_stay_apart(ids: set[str]):
    assert len(ids) == len(set(short_ids(list(ids)).values()))


def test_a_session_is_found_by_the_beginning_of_its_id_or_its_agents():
    books = conversation()

    for beginning in ("7f3a", "7f3a0000-1111-4222-8333-944445555666", "agent-1"):
        assert "7f3a0000" in text.render(build_session(books.connection, beginning, NOW, BERLIN))


def test_a_session_that_is_not_one_is_refused_with_the_next_step():
    books = conversation()
    books.entry(NOW, books.origin(session="7f3b"), books.sku(), output_tokens=1)

    for wrong, words in (
        ("zzz", "No session begins"),
        ("7f3", "several sessions"),
        ("", "No session begins"),
    ):
        with pytest.raises(UsageError, match=words) as caught:
            build_session(books.connection, wrong, NOW, BERLIN)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "word"),
    [("gpt-5.5-codex", "gpt-5.5-codex"), ("a; rm -rf ~", "'a; rm -rf ~'"), ("$(x)", "'$(x)'"), ("", "")],
)
def test_a_pasted_command_runs_nothing_but_tokmeter(name: str, word: str):
    assert word == argument(name)
