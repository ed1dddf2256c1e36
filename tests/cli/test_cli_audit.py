"""`tokmeter audit`, as a user runs it: the verdict, the places, and what the week says of output cut short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_run import Tokmeter

from tokmeter.tokenization.codex_output import visible_tokens
from tokmeter.tokenization.tokenizers import load

SESSION = "7f3a0000-1111-4222-8333-944445555666"
ANSWER = "The total of the cart is now rounded to cents, and the test for it passes."


def asked(second: int, text: str) -> dict[str, object]:
    return line("user", second, {"role": "user", "content": text})


def line(kind: str, second: int, message: dict[str, object]) -> dict[str, object]:
    return {
        "type": kind,
        "uuid": f"{second:08x}-0000-4000-8000-000000000000",
        "sessionId": SESSION,
        "timestamp": f"2026-11-19T13:00:{second:02d}.000Z",
        "cwd": "/home/ana/shop",
        "version": "2.1.9",
        "message": message,
    }


def answered(second: int, output: int, stop: str | None) -> dict[str, object]:
    message = {
        "id": f"msg_{second:030d}", "role": "assistant", "model": "unheard-of-1", "stop_reason": stop,
        "content": [{"type": "text", "text": ANSWER}],
        "usage": {"input_tokens": 100, "output_tokens": output},
    }  # fmt: skip
    return line("assistant", second, message)


def rollout(logged: int) -> list[dict[str, object]]:
    """A Codex thread with one answer that is reported as `logged` tokens."""
    usage = {"input_tokens": 50, "cached_input_tokens": 0, "output_tokens": logged,
             "reasoning_output_tokens": 0, "total_tokens": 50 + logged}  # fmt: skip
    at = "2026-11-19T14:00:00.000Z"
    content = [{"type": "output_text", "text": ANSWER}]
    thread = "0199d3c7-0000-7000-8000-000000000001"
    payloads = (
        ("session_meta", {"id": thread, "timestamp": at, "cwd": "/home/ana/shop", "cli_version": "0.130.0"}),
        ("turn_context", {"cwd": "/home/ana/shop", "model": "gpt-5.5"}),
        ("response_item", {"type": "message", "role": "assistant", "content": content}),
        (
            "event_msg",
            {"type": "token_count", "info": {"total_token_usage": usage, "last_token_usage": usage}},
        ),
    )
    return [{"timestamp": at, "type": kind, "payload": payload} for kind, payload in payloads]


def write(path: Path, lines: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Tokmeter:
    """One Codex answer reported to the token, and one Claude Code answer that was never counted to its end."""
    folder = tmp_path_factory.mktemp("shop")
    home = folder / "home"
    told = visible_tokens([load("o200k_base").count(ANSWER)], reasoning=False)
    assert told is not None
    name = "rollout-2026-11-19T14-00-00-0199d3c7-0000-7000-8000-000000000001.jsonl"
    write(home / ".codex" / "sessions" / "2026" / "11" / "19" / name, rollout(told))
    log = home / ".claude" / "projects" / "-home-ana-shop" / f"{SESSION}.jsonl"
    write(log, [asked(1, "Round the total"), answered(2, 1, None)])
    return Tokmeter(folder, home)


def test_the_verdict_is_one_sentence_and_the_cut_output_stands_beside_the_totals(shop: Tokmeter) -> None:
    """Nothing is known of the model, so its text counts as o200k has it: one of those tokens was logged."""
    tokens = load("o200k_base").count(ANSWER)
    data = json.loads(shop("audit", "--json").out)["data"]

    assert "Too few to tell: 1 of 1 checked responses match to the token." == data["verdict"]
    assert {"gpt-5.5": 1, "unheard-of-1": 0} == {row["model"]: row["checked"] for row in data["models"]}
    (cut,) = data["cut"]
    assert ("unheard-of-1", "2.1.9", 1, 1, tokens - 1) == (
        cut["model"], cut["client_version"], cut["requests"], cut["logged_output_tokens"],
        cut["missing_output_tokens"],
    )  # fmt: skip
    assert cut["missing_list_cost"] is None  # nobody sells the model, which is not $0


def test_the_week_counts_what_was_logged_and_says_what_is_missing(shop: Tokmeter) -> None:
    shop("audit")
    week = json.loads(shop("week", "--json").out)

    outputs = {row["model"]: row["output_tokens"] for row in week["data"]["models"]}
    (note,) = [one for one in week["problems"] if one["code"] == "output-partial"]
    assert 1 == outputs["unheard-of-1"]
    assert f"some {load('o200k_base').count(ANSWER) - 1} output tokens" in json.dumps(note)
    assert "not in the totals" in json.dumps(note)


def test_a_period_without_requests_says_so(shop: Tokmeter) -> None:
    result = shop("audit", "2025-01")

    assert 0 == result.status
    assert "Nothing to hold against the text" in result.out


def test_an_answer_that_outgrew_its_text_is_named_with_file_and_line(tmp_path: Path) -> None:
    home = tmp_path / "home"
    name = "rollout-2026-11-19T14-00-00-0199d3c7-0000-7000-8000-000000000001.jsonl"
    log = home / ".codex" / "sessions" / "2026" / "11" / "19" / name
    write(log, rollout(900))
    out = Tokmeter(tmp_path, home)("audit").out

    assert f"~/.codex/sessions/2026/11/19/{name}:4" in "".join(out.split("\n    "))


def test_nothing_is_counted_without_a_sync(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(
        home / ".claude" / "projects" / "p" / f"{SESSION}.jsonl", [asked(1, "Hi"), answered(2, 9, "end_turn")]
    )
    run = Tokmeter(tmp_path, home)
    run("week")

    assert 0 == json.loads(run("audit", "--no-sync", "--json").out)["data"]["measured_requests"]
    assert 1 == json.loads(run("audit", "--json").out)["data"]["measured_requests"]
