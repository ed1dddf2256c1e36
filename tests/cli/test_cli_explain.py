"""From a figure back to the log, and what every command's output has in common."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from cli_run import Tokmeter

from tokmeter.cli.app import COMMANDS
from tokmeter.cli.commands.examples import EXAMPLES
from tokmeter.cli.parsing import find_command

ENVELOPE = ["schema", "generated_at", "period", "filters", "data", "problems"]


def exported(run: Tokmeter, model: str) -> list[dict[str, object]]:
    entries = map(json.loads, run("export").out.splitlines())
    return [entry for entry in entries if entry["model"] == model]


def test_the_factors_of_every_entry_add_to_its_list_cost(warm: Tokmeter) -> None:
    entries = json.loads(warm("explain", "all", "-v", "--json").out)["data"]["entries"]
    priced = [entry for entry in entries if entry["list_cost"]]

    assert len(priced) > 100
    for entry in priced:
        factors = sum(Decimal(row["list_cost"]["amount"]) for row in entry["charges"])
        product = sum(
            row["quantity"] * Decimal(row["unit_price"]["amount"]) / row["per"] for row in entry["charges"]
        )

        assert Decimal(entry["list_cost"]["amount"]) == factors
        assert abs(product - factors) < Decimal("1e-9")


def test_a_key_is_shown_with_its_multiplication(warm: Tokmeter) -> None:
    """claude-opus-4-8 lists at 5, 0.50 and 25 dollars per million tokens."""
    entry = exported(warm, "claude-opus-4-8")[0]
    page = warm("explain", str(entry["key"])).out

    assert re.search(r"  output +[\d,]+ +25\.00 per 1M +0\.\d+\n", page)
    assert re.search(r"  List cost +\d+\.\d+\n", page)
    assert "per_nanousd" not in page
    assert page.count("genai-prices") == 1


def test_the_id_of_a_response_as_its_log_has_it_is_enough(warm: Tokmeter) -> None:
    key = str(exported(warm, "claude-opus-4-8")[0]["key"])
    found = json.loads(warm("explain", key.removeprefix("m:"), "--json").out)["data"]["entries"]

    assert key.startswith("m:msg_")
    assert [key] == [entry["key"] for entry in found]


def test_a_place_from_a_list_leads_to_its_entry(warm: Tokmeter) -> None:
    listed = json.loads(warm("explain", "claude-opus-4-8", "--json").out)["data"]["entries"][0]
    where = f"{listed['path']}:{listed['first_line']}-{listed['last_line']}"

    assert where.replace(str(warm.home), "~") in warm("explain", "claude-opus-4-8").out
    assert [listed["key"]] == [
        entry["key"] for entry in json.loads(warm("explain", where, "--json").out)["data"]["entries"]
    ]


@pytest.mark.parametrize("columns", ["40", "80", "120"])
def test_every_place_of_a_list_is_whole(warm: Tokmeter, columns: str) -> None:
    page = warm("explain", "all", env={"COLUMNS": columns}).out
    places = re.findall(r"\S+\.jsonl:\d+", page)

    assert 10 == len(places)
    assert all(Path(place.rpartition(":")[0].replace("~", str(warm.home), 1)).is_file() for place in places)


def test_a_model_begins_with_the_sums_of_all_its_entries(warm: Tokmeter) -> None:
    entries = exported(warm, "claude-haiku-4-5")
    data = json.loads(warm("explain", "claude-haiku-4-5", "--json").out)["data"]

    assert (
        len(entries)
        == data["matched"]
        == data["totals"]["requests"]
        == sum(row["requests"] for row in data["prices"])
    )
    assert sum(int(str(entry["total_tokens"])) for entry in entries) == data["totals"]["total_tokens"]
    assert {"claude-haiku-4-5"} == {row["model"] for row in data["prices"]}


def test_a_model_without_a_price_comes_with_the_lines_that_price_it(fresh: Tokmeter) -> None:
    """What is printed has no prices yet: pasted as it stands it is refused, filled in it is taken."""
    page = fresh("explain", "lantern-coder-30b").out
    stanza = page[page.index("[[price]]") : page.index("Then:")]
    prices = fresh.own / "prices.toml"
    prices.write_text("\n".join(row.strip() for row in stanza.splitlines()) + "\n")
    pasted = fresh("reprice")
    prices.write_text(prices.read_text().replace("?", "2.00"))

    assert str(prices) in page
    assert "'lantern-coder-30b'" in page
    assert (2, "") == (pasted.status, pasted.out)
    assert f"{prices}, line 3: input is still ?. Write USD per million tokens." in pasted.err
    assert 0 == fresh("reprice").status
    # Two dollars per million tokens of any kind are 2,000 nano-dollars a token.
    entries = exported(fresh, "lantern-coder-30b")
    assert entries
    assert [2_000 * int(str(entry["total_tokens"])) for entry in entries] == [
        entry["list_cost_nanousd"] for entry in entries
    ]


def test_a_period_can_be_explained_in_part(warm: Tokmeter) -> None:
    document = json.loads(warm("explain", "2026-11-20", "--source", "codex", "--json").out)
    days = {(entry["source"], entry["ts"][:10]) for entry in document["data"]["entries"]}

    assert {("codex", "2026-11-20")} == days
    assert {"source": ["codex"]} == document["filters"]
    assert "2026-11-20" == document["period"]["label"]


def test_what_is_later_than_the_clock_is_not_explained(warm: Tokmeter) -> None:
    run = warm.bare("explain", "all", "--home", str(warm.home), "--as-of", "2026-11-15", "--json", "-v")
    entries = json.loads(run.out)["data"]["entries"]

    assert entries
    assert max(entry["ts"] for entry in entries) < "2026-11-16"


def test_a_session_is_sent_to_its_own_command(warm: Tokmeter) -> None:
    session = json.loads(warm("sessions", "--json").out)["data"]["sessions"][0]["session_id"]
    result = warm("explain", session)

    assert 2 == result.status
    assert f"tokmeter session {session}" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("week",), ("models",), ("projects",), ("sessions",), ("sources",), ("explain", "all"), ("sync",),
        ("paths",), ("doctor",), ("doctor", "-v"), ("prices", "show", "gpt-5"), ("prices", "show", "lantern"),
        ("reprice", "--dry-run"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_command_speaks_json_in_one_envelope(warm: Tokmeter, arguments: tuple[str, ...]) -> None:
    document = json.loads(warm(*arguments, "--json").out)

    assert ENVELOPE == list(document)
    for problem in document["problems"]:
        assert ["code", "severity", "message", "count", "hint"] == list(problem)


@pytest.mark.parametrize("command", ["sync", "sources", "explain all"])
def test_without_any_log_every_command_says_where_it_looked(lonely: Tokmeter, command: str) -> None:
    result = lonely(*command.split())
    document = json.loads(lonely(*command.split(), "--json").out)

    assert "No logs of any assistant found. Looked in:" in result.out
    assert "no-logs" in {problem["code"] for problem in document["problems"]}


def test_every_command_has_examples_that_name_it() -> None:
    assert set(COMMANDS) == set(EXAMPLES)
    for name, examples in EXAMPLES.items():
        assert examples
        assert {name} == {find_command(called(line), COMMANDS)[0] for line, _ in examples}


def called(line: str) -> list[str]:
    """The arguments of tokmeter in an example, which may stand inside `eval "$(…)"` or a pipe."""
    return line.partition("tokmeter ")[2].partition(")")[0].partition(" |")[0].split()


@pytest.mark.parametrize("name", EXAMPLES)
def test_help_begins_with_examples(warm: Tokmeter, name: str) -> None:
    page = warm.bare(*name.split(), "--help").out

    assert 0 < page.index("Examples") < page.index("Options")
    assert all(line in page for line, _ in EXAMPLES[name])


@pytest.mark.parametrize("subject", ["unpriced", "lantern-coder-30b"])
def test_a_closing_line_of_a_past_week_leads_to_the_requests_of_that_week(
    warm: Tokmeter, subject: str
) -> None:
    document = json.loads(warm("week", "2026-W46", "--json").out)
    unpriced = next(problem for problem in document["problems"] if problem["code"] == "unpriced")
    explained = json.loads(warm("explain", subject, "2026-W46", "--json").out)["data"]

    assert "tokmeter explain lantern-coder-30b 2026-W46" == unpriced["hint"]
    assert unpriced["count"] == explained["matched"] > 0
    assert explained["matched"] < len(exported(warm, "lantern-coder-30b"))
