"""The anatomy page: its sentences, its columns at every width, and what JSON and plain hold."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import pytest

from support.mock_week import BERLIN, NOW
from support.sums import at
from support.texts import OPUS, Texts, read_prices
from tokmeter.core.period import parse_period
from tokmeter.metrics.query import Filter
from tokmeter.metrics.scaling import Scale
from tokmeter.reports.anatomy import Means, build_anatomy, build_session_anatomy, times
from tokmeter.reports.document import Report
from tokmeter.reports.options import Options
from tokmeter.reports.render import plain, text
from tokmeter.reports.render.cells import cell_width
from tokmeter.reports.render.json import render as to_json

SNAPSHOTS = Path(__file__).parent / "snapshots"
OPTIONS = Options(last_sync_ms=NOW - 4 * 60_000, home="/home/ana")
SCALES = {OPUS: Scale(1.6, "given", 0.119), "gpt-5": Scale(1.0, "exact", 0.0)}
SHOP = "/home/ana/shop/"


def shop() -> Texts:
    """A session of 80 requests that reads three files, runs a command and asks an MCP server; and a subagent."""
    books = Texts()
    books.clock = at("2026-11-19 13:52", BERLIN)
    rate = books.rate((0, 500))
    origin = books.origin(session="7f3a0000-1111")
    books.piece("user_text", 500)
    for turn in range(1, 81):
        # A system prompt of 20,000, the texts (one of o200k is 1.6 of Opus), and a little that no log tells.
        texts = books.held[(1, "")] * 8 // 5
        books.request(20_000 + texts + 20 * turn, rate=rate, cost=30_000_000, origin=origin)
        if turn == 3:
            books.piece("tool_call", 20, tool="Read", path=f"{SHOP}cart.py")
            books.piece("file_read", 4_000, tool="Read", path=f"{SHOP}cart.py")
        elif turn == 10:
            books.piece(
                "tool_call", 20, tool="Read", path=f"{SHOP}a/long/way/down/to/the/last/of/the/templates.html"
            )
            books.piece(
                "file_read",
                2_500,
                tool="Read",
                path=f"{SHOP}a/long/way/down/to/the/last/of/the/templates.html",
            )
        elif turn == 20:
            books.piece("tool_output", 900, tool="search_issues", server="jira")
        elif turn == 21:
            books.piece("edit", 300, tool="Edit", path="/etc/\x1b[31mred\u202e")
        elif turn == 50:
            books.piece("command_output", 1_200, tool="Bash")
        else:
            books.piece("assistant_text", 40)
    child = books.origin(session="child", root_session_id="7f3a0000-1111", agent_id="agent-1")
    books.piece("user_text", 90, context="agent-1")
    for _ in range(3):
        books.request(8_000, context="agent-1", origin=child, model="gpt-5", cost=None)
    return books


MEANS = Means(read_prices, SCALES)


def week(
    books: Texts, words: str | None = None, *, wide: bool = False, filters: Filter | None = None
) -> Report:
    period = parse_period(words, "week", NOW, BERLIN)
    return build_anatomy(
        books.connection, period, filters or Filter(), NOW, BERLIN, OPTIONS, MEANS, wide=wide
    )  # fmt: skip


def session(books: Texts) -> Report:
    where = Filter()
    return build_session_anatomy(
        books.connection, ("claude-code", "7f3a0000-1111"), where, NOW, BERLIN, OPTIONS, MEANS
    )


def gone() -> Texts:
    """One request whose log was deleted unmeasured."""
    books = Texts()
    books.entry(
        at("2026-11-19 13:52", BERLIN), books.origin(), books.sku(), file_id=books.log(measured=False)
    )
    return books


def many() -> Texts:
    """Twelve files."""
    books = Texts()
    books.clock = at("2026-11-19 13:52", BERLIN)
    for n in range(12):
        books.piece("file_read", 100 - n, path=f"/f/{n}", tool="Read")
    books.request(2_500)
    return books


def dropped() -> Texts:
    """Requests that have room for a part of what the log holds."""
    books = Texts()
    books.clock = at("2026-11-19 13:52", BERLIN)
    books.piece("file_read", 10_000, path="/f/a", tool="Read")
    books.request(20_000)
    for _ in range(4):
        books.request(8_000)
    return books


REPORTS = {
    "anatomy": lambda: week(shop()),
    "anatomy-session": lambda: session(shop()),
    "anatomy-gone": lambda: week(gone()),
    "anatomy-empty": lambda: week(shop(), "2026-W30"),
    "anatomy-many": lambda: week(many()),
    "anatomy-dropped": lambda: week(dropped()),
}


@pytest.mark.parametrize(
    ("name", "width"), [*((name, 80) for name in REPORTS), ("anatomy", 40), ("anatomy", 120)]
)
def test_the_page_is_as_a_person_has_read_it(name: str, width: int, update_golden: bool):
    path = SNAPSHOTS / f"{name}-{width}.txt"
    shown = text.render(REPORTS[name](), width=width)
    if update_golden:
        path.write_bytes(shown.encode())

    assert path.read_bytes().decode() == shown


@pytest.mark.parametrize("width", range(40, 131, 7))
@pytest.mark.parametrize("name", REPORTS)
def test_no_line_of_an_anatomy_is_wider_than_the_page(name: str, width: int):
    lines = text.render(REPORTS[name](), width=width).splitlines()

    assert [] == [line for line in lines if cell_width(line) > width]


def test_wide_pages_show_every_file():
    page = text.render(week(many(), wide=True), width=120)

    assert "/f/11" in page
    assert "more:" not in page


def test_the_page_in_ascii_is_ascii():
    assert text.render(week(shop()), utf8=False).isascii()


@pytest.mark.parametrize(
    ("sent", "entered", "expected"),
    [(308_000, 4_000, "77"), (0, 4, "0.0"), (4, 0, None), (9_960, 1_000, "10"), (9_940, 1_000, "9.9"),
     (4, 3, "1.3"), (2_000_000, 1, "2,000,000")],
)  # fmt: skip
def test_a_multiplier_has_a_decimal_below_ten(sent: int, entered: int, expected: str | None):
    assert expected == times(sent, entered)


PART = ["pieces", "entered_tokens", "resends", "resent_tokens", "sends", "sent_tokens", "multiplier",
        "resend_cost", "unpriced_tokens"]  # fmt: skip
PARTS = {
    "totals": PART,
    "kinds": ["kind", "share_percent", *PART],
    "tools": ["tool", "server", *PART],
    "servers": ["server", *PART],
    "paths": ["path", "reads", *PART],
    "scaling": ["model", "requests", "factor", "basis", "responses", "p90_error"],
    "requests": ["asked", "covered", "unmeasured", "textless", "unpriced"],
}


def test_json_has_the_keys_of_the_contract_and_the_reference_names_them():
    data = json.loads(to_json(week(shop())))["data"]
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    section = reference.split("## `tokmeter.anatomy/1`")[1].split("\n## ")[0]

    assert [
        "session_id", "source", "requests", "list_cost", "input_tokens", "unexplained_tokens",
        "excess_tokens", "totals", "kinds", "tools", "servers", "paths", "scaling",
    ] == list(data)  # fmt: skip
    for name, keys in PARTS.items():
        part = data[name][0] if isinstance(data[name], list) else data[name]

        assert keys == list(part), name
    assert [] == [key for key in {*data, *chain.from_iterable(PARTS.values())} if f"`{key}`" not in section]


def test_json_tells_the_file_of_the_worked_example():
    data = json.loads(to_json(session(shop())))["data"]
    cart = next(row for row in data["paths"] if row["path"] == f"{SHOP}cart.py")

    # 4,020 tokens by o200k are 6,432 of Opus; sent 77 times, 76 of them again at 500 nano-USD.
    assert (2, 1, 6_432, 154, 495_264) == (
        cart["pieces"], cart["reads"], cart["entered_tokens"], cart["sends"], cart["sent_tokens"],
    )  # fmt: skip
    assert ("0.244416", 77.0) == (cart["resend_cost"]["amount"], cart["multiplier"])
    assert "7f3a0000-1111" == data["session_id"]


def test_plain_has_a_row_for_every_part():
    lines = plain.render(week(shop())).splitlines()
    named = [tuple(line.split("\t")[:2]) for line in lines[1:]]

    assert lines[0].split("\t")[:4] == ["part", "name", "server", "pieces"]
    assert {"kind", "tool", "server", "path"} == {part for part, _ in named}
    assert ("server", "jira") in named


def test_the_closing_lines_say_how_far_it_reaches():
    notes = {note.code: note for note in week(gone()).notes}

    assert 1 == notes["unmeasured"].number
    assert "scaled" not in notes


@pytest.mark.parametrize(
    ("excess", "shown"), [(0, None), (796, None), (797, 797)], ids=["none", "little", "half-a-per-cent"]
)
def test_texts_beyond_the_logged_input_are_told_of(excess: int, shown: int | None):
    books = Texts()
    books.clock = at("2026-11-19 13:52", BERLIN)
    books.piece("file_read", 50_000)
    books.request(80_000)
    books.request(80_000 - excess)
    found = {note.code: note.number for note in week(books).notes}

    assert (shown, "unexplained" in found) == (found.get("excess"), True)
