"""`tokmeter tokenizers` and its `calibrate`, as a user runs them over logs of Claude Code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_run import Result, Tokmeter

from tokmeter.tokenization.tokenizers import load

WORDS = ("cart", "total", "is", "wrong", "when", "a", "coupon", "applies", "twice", "so", "look", "at", "how")


def log_line(number: int, model: str, text: str, output: int) -> str:
    return json.dumps(
        {
            "type": "assistant",
            "sessionId": f"s{number % 3}",
            "timestamp": f"2026-11-20T10:{number:02}:00.000Z",
            "cwd": "/home/ana/shop",
            "version": "2.1.200",
            "uuid": f"u{model}{number}",
            "requestId": f"req_{model}{number}",
            "message": {
                "id": f"msg_{model}{number}",
                "model": model,
                "role": "assistant",
                "type": "message",
                "stop_reason": "end_turn",
                "content": [{"type": "text", "text": text}],
                "usage": {"input_tokens": 10, "output_tokens": output},
            },
        }
    )


@pytest.fixture
def desk(tmp_path: Path) -> Tokmeter:
    """24 messages of a model nobody knows, at 1.5 tokens for each of o200k_base and 4 more, and 3 of Gemini."""
    home = tmp_path / "home"
    folder = home / ".claude" / "projects" / "-home-ana-shop"
    folder.mkdir(parents=True)
    count = load("o200k_base").count
    lines = []
    for number in range(24):
        text = " ".join(WORDS[(number + i) % len(WORDS)] for i in range(30 + 7 * number))
        lines.append(log_line(number, "lantern-70b", text, round(1.5 * count(text)) + 4))
    lines += [log_line(number, "gemini-2.5-pro", "Done.", 2) for number in range(3)]
    (folder / "s.jsonl").write_text("\n".join(lines) + "\n")
    return Tokmeter(tmp_path, home)


def data(result: Result) -> Any:
    assert 0 == result.status, result.err
    return json.loads(result.out)["data"]


def codes(result: Result) -> list[str]:
    return [problem["code"] for problem in json.loads(result.out)["problems"]]


def test_before_a_calibration_what_is_unknown_is_rough(desk: Tokmeter) -> None:
    result = desk("tokenizers", "--json")
    rows = {row["model"]: row for row in data(result)["tokenizers"]}

    assert ("rough", "o200k_base", None, 0.4) == tuple(
        rows["lantern-70b"][key] for key in ("method", "tokenizer", "median_error", "p90_error")
    )
    assert ("prior", "o200k_base", "gemma3", 0.28, 0) == tuple(
        rows["gemini-2.5-pro"][key] for key in ("method", "tokenizer", "wanted", "p90_error", "messages")
    )
    assert ["tokenizer-missing", "not-measured"] == codes(result)


def test_a_calibration_finds_the_law_and_is_in_force_from_then_on(desk: Tokmeter) -> None:
    result = desk("tokenizers", "calibrate", "--json")
    found = {row["model"]: row for row in data(result)["calibrations"]}

    assert (24, 1.5) == (
        found["lantern-70b"]["messages"],
        pytest.approx(found["lantern-70b"]["slope"], rel=0.01),
    )
    assert found["lantern-70b"]["p90_error"] < 0.02
    assert (3, None, None) == tuple(found["gemini-2.5-pro"][key] for key in ("samples", "messages", "slope"))
    assert ["calibration-few"] == codes(result)
    after = {row["model"]: row for row in data(desk("tokenizers", "--json"))["tokenizers"]}
    assert ("calibrated", 24) == (after["lantern-70b"]["method"], after["lantern-70b"]["messages"])
    assert "prior" == after["gemini-2.5-pro"]["method"]


def test_the_page_says_what_is_fitted_and_what_counts_instead(desk: Tokmeter) -> None:
    page = desk("tokenizers", "calibrate").out

    assert "1 of 2 models fitted" in page
    assert "too few messages (3 of 20): the shipped fit" in " ".join(page.split())
    assert [] == [line for line in page.splitlines() if len(line) > 80]


def test_plain_rows_are_raw(desk: Tokmeter) -> None:
    desk("tokenizers", "calibrate")
    header, *rows = (line.split("\t") for line in desk("tokenizers", "--plain").out.splitlines())
    by_model = {row[0]: dict(zip(header, row, strict=True)) for row in rows}

    assert ["model", "requests", "total_tokens", "method"] == header[:4]
    assert ("24", "calibrated", "24") == tuple(
        by_model["lantern-70b"][key] for key in ("requests", "method", "messages")
    )


def test_without_logs_both_say_where_they_looked(lonely: Tokmeter) -> None:
    for command in (("tokenizers",), ("tokenizers", "calibrate")):
        result = lonely(*command)

        assert 0 == result.status
        assert "No logs of any assistant found" in result.out


def test_an_invented_history_is_no_trouble(lonely: Tokmeter) -> None:
    for command in (("tokenizers",), ("tokenizers", "calibrate")):
        assert 0 == lonely.bare(*command, "--demo", "--as-of", "2026-11-21").status


KEYS = {
    "tokenizers": [
        "model", "requests", "total_tokens", "method", "tokenizer", "source", "wanted", "install",
        "median_error", "p90_error", "messages", "exact_messages", "fitted_at",
    ],
    "calibrations": [
        "model", "samples", "messages", "median_error", "p90_error", "bias", "slope", "per_call", "constant",
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
def test_the_keys_of_the_json_are_kept_and_documented(desk: Tokmeter, kind: str) -> None:
    command = ("tokenizers", "calibrate") if kind == "calibrations" else ("tokenizers",)
    rows = data(desk(*command, "--json"))[kind]
    page = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text()

    assert [KEYS[kind]] * 2 == [list(row) for row in rows]
    assert [] == [key for key in KEYS[kind] if f"`{key}`" not in page]
