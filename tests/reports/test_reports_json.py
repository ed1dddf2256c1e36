"""The JSON contract: keys are added, never renamed. docs/reference/json.md describes what is pinned here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_cases import all_reports, caveats, report

from tokmeter.reports.render.json import render

REPORTS = all_reports()
DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "json.md"

ENVELOPE = ["schema", "generated_at", "period", "filters", "data", "problems"]
PERIOD = ["kind", "label", "start", "end", "first_day", "last_day", "time_zone"]
SUMS = [
    "requests", "input_tokens", "uncached_input_tokens", "cache_read_input_tokens",
    "cache_creation_5m_input_tokens", "cache_creation_1h_input_tokens", "output_tokens",
    "reasoning_output_tokens", "total_tokens", "web_searches", "cache_hit_rate", "list_cost",
    "unpriced_requests", "unpriced_tokens", "estimated_requests", "tokenized_requests", "calibrated_requests",
    "estimated_list_cost",
    "output_partial_requests",
]  # fmt: skip
HEADLINE = ["totals", "elapsed", "comparison", "pace", "budget"]
SPENT = [*HEADLINE, "slice_kind", "slices", "models", "projects", "sources"]
USE = ["first", "last", "active_ms", "prompts", "sessions", *SUMS]
DATA = {
    "week": SPENT, "day": SPENT, "month": SPENT, "year": SPENT,
    "models": [*HEADLINE, "models"],
    "projects": [*HEADLINE, "projects"],
    "sessions": [*HEADLINE, "sessions"],
    "session": ["session_id", "source", "projects", "first", "last", "active_ms", "totals", "models", "agents",
                "events", "tools", "files"],
    "log": ["repository", "branch", "totals", "commits", "rest"],
    "commit": ["repository", "branch", "commit", "subject", "authored", "state", "copies", "windows", "totals",
               "models", "trailer", "note"],
    "sources": ["sources"],
    "explain": ["subject", "matched", "totals", "prices", "unpriced", "entries"],
    "sync": ["files_seen", "files_read", "bytes_read", "entries_new", "entries_changed", "seconds", "entries",
             "newest", "faults"],
    "reprice": ["dry_run", "entries", "changed", "unpriced", "before", "after", "prices_versions"],
}  # fmt: skip
PARTS = {
    ("week", "slices"): ["start", "end", "first_day", "future", *SUMS],
    ("week", "models"): ["model", "providers", "share_percent", *SUMS, "list_cost_by_slice"],
    ("week", "projects"): ["project", *SUMS],
    ("week", "sources"): ["source", "title", *SUMS],
    ("models", "models"): ["model", "providers", "share_percent", *SUMS],
    ("projects", "projects"): ["project", "name", "share_percent", *SUMS],
    ("sessions", "sessions"): ["session_id", "source", "project", "models", "first", "last", *SUMS],
    ("session", "models"): ["model", "share_percent", *SUMS],
    ("session", "agents"): ["agent_id", *SUMS],
    ("session", "tools"): ["tool", "calls", "failed", "result_bytes"],
    ("session", "files"): ["path", "requests"],
    ("log", "commits"): ["commit", "subject", "authored", "state", "copy_of", "models", *USE],
    ("log", "rest"): ["kind", "models", *USE],
    ("commit", "models"): ["model", "share_percent", *SUMS],
    ("commit", "windows"): ["worktree", "start", "end"],
    ("explain", "prices"): [
        "model",
        "variant",
        "requests",
        "valid_from",
        "valid_to",
        "prices_source",
        "prices_version",
        "price_quality",
        "priced_as",
        "tiers",
    ],
    ("explain", "unpriced"): ["model", "provider", "names_tried"],
    ("explain", "entries"): [
        "key",
        "ts",
        "source",
        "session",
        "project",
        "provider",
        "model",
        "model_raw",
        "service_tier",
        "speed",
        "uncached_input_tokens",
        "cache_read_input_tokens",
        "cache_creation_5m_input_tokens",
        "cache_creation_1h_input_tokens",
        "output_tokens",
        "reasoning_output_tokens",
        "web_searches",
        "count_basis",
        "flags",
        "prices_source",
        "prices_version",
        "price_quality",
        "path",
        "first_line",
        "last_line",
        "superseded",
        "count_error",
        "total_tokens",
        "list_cost",
        "reported_cost",
        "charges",
        "tier_above",
        "priced_as",
        "further",
        "copies",
    ],
    ("sync", "faults"): ["code", "source", "path", "detail"],
    ("sources", "sources"): ["source", "title", "files", "bytes", "entries", "newest", "problems", "places"],
}


def parsed(name: str) -> dict[str, object]:
    return json.loads(render(REPORTS[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_has_the_same_envelope(name: str):
    found = parsed(name)

    assert ENVELOPE == list(found)
    assert "2026-11-21T22:59:59.999Z" == found["generated_at"]
    assert found["period"] is None or PERIOD == list(found["period"])
    assert all(
        ["code", "severity", "message", "count", "hint"] == list(problem) for problem in found["problems"]
    )
    assert {problem["severity"] for problem in found["problems"]} <= {"info", "warning"}


OPEN_ENDS = {
    "all": (None, None, None, None),
    "..2026-11-15": (None, "2026-11-15T23:00:00.000Z", None, "2026-11-15"),
    "2026-11-14..2026-11-15": (
        "2026-11-13T23:00:00.000Z", "2026-11-15T23:00:00.000Z", "2026-11-14", "2026-11-15",
    ),
}  # fmt: skip
"""Days are cut in Berlin, an hour ahead of UTC in November."""


@pytest.mark.parametrize("name", ["week", "models", "projects", "sessions"])
@pytest.mark.parametrize("text", OPEN_ENDS)
def test_a_period_without_a_beginning_or_an_end_has_null_there(name: str, text: str):
    period = json.loads(render(report(name, text=text)))["period"]

    assert OPEN_ENDS[text] == tuple(period[key] for key in ("start", "end", "first_day", "last_day"))
    assert text == period["label"]


@pytest.mark.parametrize("name", DATA)
def test_the_keys_of_data_are_pinned(name: str):
    found = parsed(name)

    assert f"tokmeter.{name}/1" == found["schema"]
    assert DATA[name] == list(found["data"])
    if "totals" in found["data"]:
        assert SUMS == [key for key in found["data"]["totals"] if key in SUMS]


@pytest.mark.parametrize(("name", "part"), PARTS)
def test_the_keys_of_rows_are_pinned(name: str, part: str):
    rows = parsed(name)["data"][part]

    assert rows
    assert all(PARTS[name, part] == list(row) for row in rows)


def test_the_figures_of_the_week_are_exact():
    data = parsed("week")["data"]

    assert {"amount": "39.82", "currency": "USD"} == data["totals"]["list_cost"]
    assert (56_317_000, 234, 31) == (
        data["totals"]["total_tokens"], data["totals"]["requests"], data["totals"]["sessions"],
    )  # fmt: skip
    assert {"day": 6, "days": 7, "complete": False} == data["elapsed"]
    assert 0.1 == data["comparison"]["change"]
    assert {"amount": "36.20", "currency": "USD"} == data["comparison"]["totals"]["list_cost"]
    assert {"amount": "20.18", "currency": "USD"} == data["budget"]["left"]
    assert ["6.18", "7.07", "4.17", "8.63", "8.93", "4.84", "0.00"] == [
        row["list_cost"]["amount"] for row in data["slices"]
    ]
    assert [False] * 6 + [True] == [row["future"] for row in data["slices"]]
    assert [
        ("claude-opus-4-8", 70),
        ("gpt-5.5-codex", 18),
        ("claude-sonnet-4-6", 10),
        ("claude-haiku-4-5", 2),
    ] == [(row["model"], row["share_percent"]) for row in data["models"]]


def test_an_unpriced_model_has_no_cost_rather_than_none_at_all():
    books = caveats()
    books.entry(1_795_000_000_000, books.origin(), books.sku("unknown"), cost=None, output_tokens=3)
    data = json.loads(render(report("week", books)))["data"]

    costs = {row["model"]: row["list_cost"] for row in data["models"]}

    assert costs["unknown"] is None
    assert {"amount": "0.02", "currency": "USD"} == costs["qwen3-coder-local"]
    assert {"amount": "0.0002575", "currency": "USD"} == costs["gpt-5"]


def test_problems_repeat_the_closing_lines():
    codes = [problem["code"] for problem in parsed("caveats")["problems"]]

    assert [
        "unpriced", "estimated", "output-partial", "fork-guessed", "model-guessed", "unreadable-lines",
        "unreadable-places", "doubtful-records",
    ] == codes  # fmt: skip
    assert [] == [
        problem["code"] for problem in parsed("models")["problems"] if problem["code"] != "estimated"
    ]


def test_json_cannot_act_on_a_terminal():
    shown = render(REPORTS["caveats"])

    assert shown.replace("\n", "").isprintable()
    assert shown.isascii()


def test_no_number_is_a_float_but_ratios():
    ratios = {"cache_hit_rate", "change", "elapsed_share", "used_share", "seconds"}

    def floats(value: object, key: str = "") -> list[str]:
        if isinstance(value, dict):
            return [found for name, part in value.items() for found in floats(part, name)]
        if isinstance(value, list):
            return [found for part in value for found in floats(part, key)]
        return [key] if isinstance(value, float) else []

    for name in REPORTS:
        assert set(floats(parsed(name))) <= ratios, name


def test_every_key_is_documented():
    text = DOCUMENT.read_text(encoding="utf-8")
    keys = {*ENVELOPE, *PERIOD, *SUMS}.union(*DATA.values(), *PARTS.values())

    assert [] == sorted(key for key in keys if f"`{key}`" not in text)
