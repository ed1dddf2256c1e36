"""Pages as they are: rendered reports compared with golden files that a person has read.

`pytest --update-golden` writes them anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from report_cases import all_reports, caveats, report

from support.mock_week import mock_week
from tokmeter.reports.commits import REST
from tokmeter.reports.document import Report
from tokmeter.reports.render import csv, markdown, plain, text

SNAPSHOTS = Path(__file__).parent / "snapshots"
WIDTHS = (40, 60, 80, 120)
REPORTS = all_reports()


def check(name: str, shown: str, *, update: bool) -> None:
    path = SNAPSHOTS / name
    if update:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(shown.encode())
    assert path.exists(), f"no golden file {name}; write it with --update-golden and read it"

    assert path.read_bytes().decode() == shown


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_on_80_columns(name: str, update_golden: bool):
    check(f"{name}-80.txt", text.render(REPORTS[name], width=80), update=update_golden)


@pytest.mark.parametrize("name", ["week", "caveats", "sessions", "session", "log", "commit"])
@pytest.mark.parametrize("width", [40, 120])
def test_a_report_on_narrow_and_wide_pages(name: str, width: int, update_golden: bool):
    check(f"{name}-{width}.txt", text.render(REPORTS[name], width=width), update=update_golden)


def test_the_rows_behind_the_commits_are_never_shortened_on_80_columns():
    assert [] == [label for label in REST.values() if len(label) > text.MIN_TEXT[1]]


@pytest.mark.parametrize("name", ["week", "caveats"])
def test_a_report_in_ascii(name: str, update_golden: bool):
    shown = text.render(REPORTS[name], utf8=False)

    assert shown.isascii()
    check(f"{name}-ascii.txt", shown, update=update_golden)


@pytest.mark.parametrize("name", ["week", "caveats"])
def test_a_report_in_colour(name: str, update_golden: bool):
    check(f"{name}-colour.txt", text.render(REPORTS[name], color=True), update=update_golden)


def test_a_report_with_all_digits(update_golden: bool):
    check("week-exact.txt", text.render(REPORTS["week"], exact=True), update=update_golden)


def test_the_details_of_a_wide_page(update_golden: bool):
    from report_cases import OPTIONS

    shown = report("week", mock_week(), options=OPTIONS._replace(details=True))

    check("week-details-120.txt", text.render(shown, width=120), update=update_golden)


def test_other_formats(update_golden: bool):
    shown = report("week", caveats())

    check("caveats.tsv", plain.render(shown), update=update_golden)
    check("caveats.csv", csv.render(shown), update=update_golden)
    check("caveats.md", markdown.render(shown), update=update_golden)


@pytest.mark.parametrize("width", range(40, 131, 7))
@pytest.mark.parametrize("name", REPORTS)
def test_no_line_is_wider_than_the_page(name: str, width: int):
    from tokmeter.reports.render.cells import cell_width

    lines = text.render(REPORTS[name], width=width).splitlines()

    assert [] == [line for line in lines if cell_width(line) > width]


def digits(page: str) -> str:
    return "".join(c for c in page if c.isdigit())


@pytest.mark.parametrize("width", WIDTHS)
def test_colour_changes_no_character(width: int):
    import re

    for shown in REPORTS.values():
        coloured = text.render(shown, width=width, color=True)
        bare = re.sub(r"\x1b\[\d+m", "", coloured)

        assert text.render(shown, width=width) == "\n".join(line.rstrip() for line in bare.split("\n"))


@pytest.mark.parametrize("width", WIDTHS)
def test_amounts_are_never_cut(width: int):
    page = text.render(REPORTS["week"], width=width)

    for amount in ("$39.82", "$28.08", "$7.15", "$3.89", "$0.70", "$18.60", "56.3M"):
        assert amount in page


def test_the_80_column_page_says_what_the_mock_up_says():
    page = text.render(REPORTS["week"])

    for part in (
        "day 6 of 7                 synced 4 min ago\n",
        "$39.82 list cost · 56.3M tokens · 234 requests · 31 sessions\n",
        "▲ 10% vs last week to date · on pace for $46.46 by Sunday\n",
        "Budget $60.00  █████████████░░░░░░░  66% used, $20.18 left\n",
        "Sun 22      —       —\n",
        "claude-opus-4-8    $28.08    70%   34.3M       121        85%  ",
        "gpt-5.5-codex       $7.15    18%   10.2M        46        73%  ",
        "claude-sonnet-4-6   $3.89    10%    8.7M        39        82%  ",
        "claude-haiku-4-5    $0.70     2%    3.2M        28        64%  ",
        "Assistants  Claude Code $32.29 · Codex $7.15 · llm $0.38\n",
        "Projects    tokmeter $18.60 · infra $12.44 · notes $4.10 · 4 more $4.68\n",
        "≈ 12 requests ($0.38) are estimated, not reported · tokmeter explain estimates\n",
    ):
        assert part in page


def test_every_report_ends_with_a_line_about_integrity():
    for name, shown in REPORTS.items():
        assert isinstance(shown, Report)
        assert shown.notes, name
