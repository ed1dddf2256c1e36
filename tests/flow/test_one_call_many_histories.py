"""One call that stands in a transcript, a gateway's log, telemetry and one's own log is counted once."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from bad_home import claude_line
from histories_home import NOW_MS, enveloped, jsonl, telemetry

from cli.cli_run import Tokmeter
from tokmeter.histories._watched import History, Watched
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, sync
from tokmeter.ledger.store import Ledger
from tokmeter.sources._discover import all_sources

ID = "gen-1795171200-SampleEEEEEEEEEEEE"
"""OpenRouter's name of the generation, which Claude Code behind it takes as the message's id."""
SESSION = "11111111-0000-4000-8000-000000000001"
TRANSCRIPT = ".claude/projects/-home-ana-shop/11111111-0000-4000-8000-000000000001.jsonl"

TOLD = claude_line("x")
TOLD["message"]["id"] = ID
TOLD["message"]["model"] = "claude-opus-4-5"
TOLD["message"]["usage"] = {"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 5}

GATEWAY = (
    "generation_id,created_at,cost_total,cost_cache,byok_usage_inference,tokens_prompt,tokens_completion,"
    "tokens_reasoning,tokens_cached,model_permaslug,provider_name,cancelled,generation_time_ms,api_key_name,app_name\n"
    f"{ID},2026-11-20 10:00:00.000,0.0042,0,0,101,6,0,91,anthropic/claude-opus-4-5,Anthropic,false,2100,laptop,aider\n"
)
"""101 in of which 91 cached, 6 out: the gateway counted one more of each. 0.0042 USD were charged."""

EVENT = telemetry(SESSION, 3, duration_ms=2000)
EVENT["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["timeUnixNano"] = str(1_795_168_801_500_000_000)
"""1.5 s after 2026-11-20T10:00:00Z, when the response that took 2 s had come."""

OBJECT = {
    "ts": "2026-11-20T10:00:01Z",
    "response": {
        "id": ID, "object": "chat.completion", "created": 1_795_168_800, "model": "claude-opus-4-5",
        "choices": [], "usage": {
            "prompt_tokens": 102, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 92},
        },
    },
}  # fmt: skip

FILES: dict[str, bytes] = {
    TRANSCRIPT: jsonl(TOLD),
    "logs/gateway.csv": GATEWAY.encode(),
    "logs/telemetry.jsonl": jsonl(EVENT, EVENT),
    "logs/own.jsonl": jsonl(OBJECT, OBJECT),
}
SHOWN = "key, project, git_branch, session_id, uncached_input_tokens, cache_read_input_tokens, output_tokens, reported_cost_nanousd"


def after(home: Path, order: tuple[str, ...]) -> list[tuple[object, ...]]:
    """The ledger when these files appeared in this order, with a sync behind each."""
    ledger = Ledger.in_memory()
    sources = [*all_sources(), Watched([History(str(home / "logs"))])]
    for name in order:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(FILES[name])
        sync(ledger, sources, Places(home), now_ms=NOW_MS, prices=PriceSettings())
    found = ledger.connection.execute(f"SELECT {SHOWN} FROM entries ORDER BY key").fetchall()
    ledger.close()
    return found


PLACE = ("/home/ana/shop", "main", SESSION)
CASES = {
    "gateway and transcript": ((TRANSCRIPT, "logs/gateway.csv"), (f"resp:{ID}", *PLACE, 10, 91, 6, 4_200_000)),
    "telemetry and transcript": (
        (TRANSCRIPT, "logs/telemetry.jsonl"), (f"m:{ID}", *PLACE, 10, 90, 5, 500_000_000),
    ),
    "gateway, telemetry and transcript": (
        (TRANSCRIPT, "logs/gateway.csv", "logs/telemetry.jsonl"),
        (f"resp:{ID}", *PLACE, 10, 91, 6, 4_200_000),
    ),
    "all four": (tuple(FILES), (f"resp:{ID}", *PLACE, 10, 92, 7, 4_200_000)),
}  # fmt: skip
"""Counts of the object, else the gateway, else the transcript; the charged cost, else the client's estimate."""


@pytest.mark.parametrize(("names", "expected"), CASES.values(), ids=CASES)
def test_one_call_is_one_entry_with_the_billed_cost_and_the_project(
    tmp_path: Path, names: tuple[str, ...], expected: tuple[object, ...]
) -> None:
    """Whatever the order in which the files appear."""
    for number, order in enumerate(permutations(names)):
        assert [expected] == after(tmp_path / str(number), order), order


def test_calls_of_other_ids_and_sessions_stay_apart(tmp_path: Path) -> None:
    """The transcript's call and another one of 1,200 tokens."""
    files = {**FILES, "logs/other.jsonl": jsonl(enveloped("other"))}
    ledger = Ledger.in_memory()
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    sources = [*all_sources(), Watched([History(str(tmp_path / "logs"))])]
    sync(ledger, sources, Places(tmp_path), now_ms=NOW_MS, prices=PriceSettings())

    assert (2, 10 + 92 + 7 + 1200) == ledger.connection.execute(
        "SELECT count(*), sum(total_tokens) FROM entries"
    ).fetchone()


# explain -------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> Tokmeter:
    """A tokmeter that knows the call from all four."""
    home = tmp_path / "home"
    for name, content in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    tokmeter = Tokmeter(tmp_path, home)
    assert 0 == tokmeter.bare("import", str(home / "logs")).status
    assert 0 == tokmeter.bare("sync").status
    return tokmeter


def test_explain_shows_every_place_of_an_imported_call(run: Tokmeter) -> None:
    page = run.bare("explain", f"resp:{ID}").out

    assert "~/logs/own.jsonl:1" in page
    assert f"~/{TRANSCRIPT}:1" in page
    assert "~/logs/gateway.csv:2" in page
    assert "~/logs/telemetry.jsonl:1" in page
    assert "The log itself claims 0.0042 USD" in page


def test_explain_of_a_copy_says_where_the_call_is_counted(run: Tokmeter) -> None:
    page = " ".join(run.bare("explain", f"m:{ID}").out.split())
    found = json.loads(run.bare("explain", f"m:{ID}", "--json").out)["data"]["entries"][0]

    assert f"Not counted: the same call stands in resp:{ID}." in page
    assert f"tokmeter explain resp:{ID}" in page
    assert (True, f"resp:{ID}", False) == (
        found["superseded"], found["copies"][0]["key"], found["copies"][0]["superseded"],
    )  # fmt: skip


def test_a_days_sum_counts_the_call_once(run: Tokmeter) -> None:
    found = json.loads(run.bare("explain", "2026-11-20", "--json").out)["data"]

    assert (1, 10 + 92 + 7) == (found["matched"], found["totals"]["total_tokens"])


# Statements ----------------------------------------------------------------------------------------------

DAYS = (
    "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens\n"
    "2026-11-20,anthropic/claude-opus-4-5,9.99,0,20,900000,100,0\n"
    "2026-11-19,google/gemini-2.5-pro,0.9,0,9,400000,1000,0\n"
)
"""The 20th has calls of its own; of the 19th only the statement tells. One call of more than 200,000 tokens of
Gemini 2.5 Pro would cost the long-context price; nine calls of 44,444 don't."""


def test_a_line_of_a_statement_is_multiplied_with_the_base_prices(run: Tokmeter, tmp_path: Path) -> None:
    """400,000 at 1.25 and 1,000 at 10 USD per million: 0.50 + 0.01."""
    (tmp_path / "days.csv").write_text(DAYS)
    run.bare("import", str(tmp_path / "days.csv"))
    (entry,) = json.loads(run.bare("explain", "2026-11-19", "--json").out)["data"]["entries"]
    page = " ".join(run.bare("explain", entry["key"]).out.split())
    charged = [(charge["quantity"], charge["list_cost"]["amount"]) for charge in entry["charges"]]

    assert ["aggregate"] == entry["flags"]
    assert "0.51" == entry["list_cost"]["amount"]
    assert [(400_000, "0.50"), (1000, "0.01")] == charged
    assert "A line of a provider's statement" in page
    assert "Long-context" not in page


def test_a_day_with_calls_and_a_statement_counts_the_calls_of_that_provider(
    run: Tokmeter, tmp_path: Path
) -> None:
    (tmp_path / "days.csv").write_text(DAYS)
    told = json.loads(run.bare("import", str(tmp_path / "days.csv"), "--json").out)["data"]["files"][0][
        "formats"
    ]
    found = json.loads(run.bare("explain", "2026-11-19..2026-11-20", "--json").out)["data"]

    assert [2] == [one["buckets"] for one in told]
    assert {"gemini-2.5-pro", "claude-opus-4-5"} == {entry["model"] for entry in found["entries"]}
    assert 401_000 + 10 + 92 + 7 == found["totals"]["total_tokens"]
