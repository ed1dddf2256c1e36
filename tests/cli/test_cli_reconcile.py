"""`tokmeter import` of bills and `tokmeter reconcile`, as a user runs them, with figures worked out by hand.

Claude Haiku 4.5 costs, per million tokens, 1 USD fresh, 0.1 from the cache, 1.25 written for five minutes, 2 for an
hour, 5 of output; a batch costs half.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from cli_run import Tokmeter

MESSAGE = {
    "id": "msg_01SampleAAAAAAAAAAAAAAAA", "type": "message", "role": "assistant", "content": [],
    "model": "claude-haiku-4-5-20251001",
    "usage": {"input_tokens": 10_000, "cache_creation_input_tokens": 5_000, "cache_read_input_tokens": 75_000,
              "output_tokens": 3_000},
}  # fmt: skip
CALL = json.dumps({"ts": "2026-03-31T02:00:00Z", "project": "blog", "response": MESSAGE}) + "\n"
"""10,000 fresh 0.01, 75,000 read 0.0075, 5,000 written (for five minutes, as nothing tells) 0.00625, 3,000 of
output 0.015: 0.03875 USD."""

USAGE = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed
2026-03-31 02:00,claude-haiku-4-5-20251001,ci,Default,standard,≤ 200k,20000,4000,1000,75000,3000,0,not_available,
"""
"""S11: 0.0495 USD. Against the call: 10,000 fresh more, 1,000 written for an hour."""

COST = """\
usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type
2026-03-31,Claude Haiku 4.5,Default,ci,standard,≤ 200k,input_no_cache,0.019,0.02,tokens
2026-03-31,Claude Haiku 4.5,Default,ci,standard,≤ 200k,input_cache_read,0.0075,0.0075,tokens
2026-03-31,Claude Haiku 4.5,Default,ci,standard,≤ 200k,input_cache_write_5m,0.005,0.005,tokens
2026-03-31,Claude Haiku 4.5,Default,ci,standard,≤ 200k,input_cache_write_1h,0.002,0.002,tokens
2026-03-31,Claude Haiku 4.5,Default,ci,standard,≤ 200k,output,0.015,0.015,tokens
2026-03-31,,Default,ci,standard,,,0.03,0.03,web_search
"""
"""0.0485 of tokens, 0.001 below list, and three searches for 0.03: 0.0785 USD."""

OPENAI = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens
1773446400,1773532800,2026-03-14T00:00:00+00:00,2026-03-15T00:00:00+00:00,proj_x,20,key_y,gpt-5-mini-2025-08-07,False,default,50000,4000,20000
1773532800,1773619200,2026-03-15T00:00:00+00:00,2026-03-16T00:00:00+00:00,,,,,,,,,
"""
"""S10."""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """The exports as files."""
    texts = {"calls.jsonl": CALL, "usage.csv": USAGE, "cost.csv": COST, "openai.csv": OPENAI}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: str(tmp_path / name) for name in texts}


@pytest.fixture
def booked(lonely: Tokmeter, files: dict[str, str]) -> Tokmeter:
    """A tokmeter with the call, the usage and the bill."""
    assert lonely("import", files["calls.jsonl"], files["usage.csv"], files["cost.csv"]).status == 0
    return lonely


def data(tokmeter: Tokmeter, *arguments: str) -> Any:
    return json.loads(tokmeter("reconcile", *arguments, "--json").out)["data"]


def amount(of: Any) -> str | None:
    return None if of is None else of["amount"]


def test_a_bill_is_sorted_into_its_causes(booked: Tokmeter) -> None:
    """Tokens: 0.0485 - 0.03875 = 0.00975 = 10,000 missing at 1 (0.01) + 1,000 for an hour (2 - 1.25: 0.00075)
    - 0.001 of discount. Searches: 0.03 more. In all 0.0785 - 0.03875 = 0.03975.
    """
    totals = data(booked, "2026-03")["totals"]

    assert ("0.0785", "0.03875", "0.03975", "0.00") == tuple(
        amount(totals[name]) for name in ("billed", "list_cost", "difference", "unexplained")
    )
    assert {
        "missing_calls": "0.01", "tier": "0.00", "cache_lifetime": "0.00075", "web_search": "0.03",
        "price_date": "0.00", "discount": "-0.001",
    } == {name: amount(nano) for name, nano in totals["causes"].items()}  # fmt: skip


def test_the_page_names_what_matters(booked: Tokmeter) -> None:
    lines = booked("reconcile", "2026-03").out.splitlines()
    table = [line.split() for line in lines]

    assert lines[0].startswith("Reconcile · Sun 1 \N{EN DASH} Tue 31 Mar 2026")
    assert "  $0.08 billed · $0.04 list cost · 1 request" in lines
    assert "  $0.04 difference (50.64% of the bill) · $0.00 of it unexplained" in lines
    assert ["missing", "calls", "$0.01"] in table
    assert ["2026-03-31", "claude-haiku-4-5", "$0.04", "$0.05", "$0.0098", "missing", "calls"] in table
    assert ["2026-03-31", "(web", "search)", "$0.00", "$0.03", "$0.03", "web", "search"] in table
    assert not [line for line in lines if "tier or batch" in line]


def test_a_batch_explains_half_of_list(lonely: Tokmeter, tmp_path: Path) -> None:
    """400 in and 100 out at gpt-5-mini's 0.25 and 2 are 0.0003; as a batch 0.00015."""
    call = {"id": "chatcmpl-SampleBBBBBBBBBBBBBB", "object": "chat.completion", "created": 1773450000, "choices": [],
            "model": "gpt-5-mini-2025-08-07", "usage": {"prompt_tokens": 400, "completion_tokens": 100}}  # fmt: skip
    start = {"object": "bucket", "start_time": 1773446400, "end_time": 1773532800}
    used = {"object": "organization.usage.completions.result", "input_tokens": 400, "output_tokens": 100, "batch": True,
            "model": "gpt-5-mini-2025-08-07", "num_model_requests": 1}  # fmt: skip
    paid = {"object": "organization.costs.result", "amount": {"value": 0.00015, "currency": "usd"},
            "line_item": "gpt-5-mini-2025-08-07, batch"}  # fmt: skip
    names = []
    for name, value in (
        ("call.json", call),
        ("usage.json", {"object": "page", "data": [start | {"results": [used]}]}),
        ("costs.json", {"object": "page", "data": [start | {"results": [paid]}]}),
    ):
        (tmp_path / name).write_text(json.dumps(value))
        names.append(str(tmp_path / name))
    lonely("import", *names)
    totals = data(lonely, "2026-03-14")["totals"]

    assert ("0.00015", "0.0003", "-0.00015", "0.00") == (
        amount(totals["billed"]), amount(totals["list_cost"]), amount(totals["causes"]["tier"]),
        amount(totals["unexplained"]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tolerance", "status"), [("2%", 3), ("50.63%", 3), ("50.64%", 0), ("0.51", 0), ("100%", 0)]
)
def test_a_check_is_an_assertion(booked: Tokmeter, tolerance: str, status: int) -> None:
    """0.03975 of 0.0785 are 50.637 %, explained or not."""
    result = booked("reconcile", "2026-03", "--check", "--tolerance", tolerance)

    assert status == result.status
    assert ("Balances within" in result.out) == (status == 0)


def test_without_check_nothing_fails(booked: Tokmeter) -> None:
    assert (0, 3) == (booked("reconcile", "2026-03").status, booked("reconcile", "2026-03", "--check").status)


@pytest.mark.parametrize(("arguments", "status"), [((), 0), (("--check",), 3)])
def test_with_nothing_to_compare_a_sentence_and_no_check_that_passes(
    lonely: Tokmeter, arguments: tuple[str, ...], status: int
) -> None:
    result = lonely("reconcile", "2026-03", *arguments)

    assert status == result.status
    assert "Nothing to compare" in result.out
    assert "import a provider's cost export" in result.out


def test_another_period_says_where_the_statements_are(booked: Tokmeter) -> None:
    """The clock stands in November."""
    assert "statements in the ledger: Tue 31 Mar 2026 · tokmeter reconcile all" in booked("reconcile").out


def test_a_statement_can_be_held_against_the_ledger_without_being_kept(
    lonely: Tokmeter, files: dict[str, str]
) -> None:
    lonely("import", files["calls.jsonl"])
    found = data(lonely, "--statement", files["cost.csv"])

    assert ("0.0785", "0.03875") == (amount(found["totals"]["billed"]), amount(found["totals"]["list_cost"]))
    assert 1 == found["days_without_usage"]
    assert "Nothing to compare" in lonely("reconcile", "all").out


def test_a_given_statement_goes_before_a_stored_one_of_another_format(
    booked: Tokmeter, tmp_path: Path
) -> None:
    """By name `anthropic-cost` would be first."""
    page = {"data": [{"starting_at": "2026-03-31T00:00:00Z", "ending_at": "2026-04-01T00:00:00Z", "results": [
        {"amount": "100", "currency": "USD", "model": "claude-haiku-4-5-20251001", "cost_type": "tokens"}]}]}  # fmt: skip
    (tmp_path / "page.json").write_text(json.dumps(page))
    (tmp_path / "cost2.csv").write_text(COST)
    booked("import", str(tmp_path / "page.json"))

    assert ["1.00", "0.0785"] == [
        amount(data(booked, *arguments)["totals"]["billed"])
        for arguments in (("2026-03",), ("--statement", str(tmp_path / "cost2.csv")))
    ]


def test_a_statement_that_is_none_is_the_users_to_know(booked: Tokmeter, files: dict[str, str]) -> None:
    other, missing = (
        booked("reconcile", "--statement", files["calls.jsonl"]),
        booked("reconcile", "--statement", "no.csv"),
    )

    assert (2, 2) == (other.status, missing.status)
    assert "holds no statement" in other.err
    assert "no.csv cannot be read" in missing.err


@pytest.mark.parametrize("words", ["2", "-1%", "many", "1000%0", ""])
def test_a_tolerance_that_could_mean_two_things_is_refused(lonely: Tokmeter, words: str) -> None:
    result = lonely("reconcile", f"--tolerance={words}")

    assert 2 == result.status
    assert "like 2% or 0.02" in result.err


def test_one_flat_row_for_each_day_and_model(booked: Tokmeter) -> None:
    rows = list(csv.DictReader(io.StringIO(booked("reconcile", "2026-03", "--format", "csv").out)))

    assert [
        ("2026-03-31", "claude-haiku-4-5", "93000", "103000", "48500000"),
        ("2026-03-31", "", "0", "0", "30000000"),
    ] == [
        (row["day"], row["model"], row["total_tokens"], row["statement_tokens"], row["billed_nanousd"])
        for row in rows
    ]
    for row in rows:
        causes = [int(value) for name, value in row.items() if name.endswith("_nanousd")][3:]
        assert int(row["difference_nanousd"]) == sum(causes)


def test_importing_a_bill_twice_adds_nothing(booked: Tokmeter, files: dict[str, str]) -> None:
    before = booked("reconcile", "2026-03", "--plain").out
    booked("import", files["cost.csv"], files["usage.csv"])

    assert before == booked("reconcile", "2026-03", "--plain").out


def test_samples_s10_and_s11_fill_days_without_calls_at_list_price(
    lonely: Tokmeter, files: dict[str, str]
) -> None:
    """0.0160 and 0.0495 USD: the sums of each kind at its price."""
    lonely("import", files["openai.csv"], files["usage.csv"])
    entries = [json.loads(line) for line in lonely("export").out.splitlines()]

    assert [("gpt-5-mini", 16_000_000, ["aggregate"]), ("claude-haiku-4-5", 49_500_000, ["aggregate"])] == [
        (entry["model"], entry["list_cost_nanousd"], entry["flags"]) for entry in entries
    ]


def test_a_chat_without_counts_is_counted_by_its_text(lonely: Tokmeter, tmp_path: Path) -> None:
    """The export names no model, so that nobody can be exact about it."""
    chats = [{"uuid": "c", "chat_messages": [{"uuid": "m", "sender": "assistant", "text": "Hello",
                                              "created_at": "2026-02-03T10:00:00Z"}]}]  # fmt: skip
    (tmp_path / "conversations.json").write_text(json.dumps(chats))
    result = lonely("import", str(tmp_path / "conversations.json"))
    (entry,) = [json.loads(line) for line in lonely("export").out.splitlines()]

    assert "Claude.ai data export: 1 call without counts, counted by their text" in result.out
    assert "calibrated" == entry["count_basis"]
    assert "input_partial" in entry["flags"]
    assert 1 <= entry["output_tokens"] <= 2  # one word


SHAPE = {
    "": ["totals", "check", "rows", "other_currencies", "wide_buckets", "days_without_usage"],
    "totals": ["requests", "list_cost", "billed", "difference", "causes", "unexplained", "unpriced_tokens",
               "surplus_tokens"],
    "check": ["asked", "tolerance", "share", "balances"],
    "rows": ["day", "provider", "model", "kind", "requests", "total_tokens", "statement_tokens", "unpriced_tokens",
             "surplus_tokens", "list_cost", "billed", "difference", "causes", "unexplained", "usage_format",
             "cost_format"],
}  # fmt: skip


def test_the_json_contract(booked: Tokmeter) -> None:
    """Keys are added, never renamed; the page names each."""
    found = data(booked, "2026-03")
    page = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text()
    given = {"": found, "totals": found["totals"], "check": found["check"], "rows": found["rows"][0]}

    assert SHAPE == {name: list(part) for name, part in given.items()}
    assert [] == [key for keys in SHAPE.values() for key in keys if f"`{key}`" not in page]
