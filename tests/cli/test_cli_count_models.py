"""`tokmeter count`: which models, how each was counted, what its tokens cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli_run import Tokmeter
from count_run import HELLO, data, rows, said, with_input


def test_models_stand_side_by_side_and_say_how_they_were_counted(lonely: Tokmeter) -> None:
    """Of nobody-knows-1 nothing is known: the count of o200k_base as it is, marked, and no price."""
    done = with_input(lonely, HELLO.encode(), "-m", "gpt-5", "-m", "nobody-knows-1")
    table = said(done)

    assert "gpt-5 2 <$0.0001 exact o200k_base (tiktoken ranks, packaged)" in table
    assert "nobody-knows-1 ~2 unpriced rough, \N{PLUS-MINUS SIGN}40% o200k_base" in table
    assert "nobody-knows-1: nobody publishes a price tokmeter prices show nobody-knows-1" in table


def test_what_has_no_price_costs_null_never_0(lonely: Tokmeter) -> None:
    done = with_input(lonely, HELLO.encode(), "-m", "nobody-knows-1", "--json")

    assert [None, None] == [data(done)["models"][0][key] for key in ("list_cost", "price_per_million")]
    assert (
        ""
        == rows(with_input(lonely, HELLO.encode(), "-m", "nobody-knows-1", "--plain"))[0]["list_cost_nanousd"]
    )


def test_a_calibrated_count_has_the_error_of_its_fit(lonely: Tokmeter) -> None:
    """A thousand ` world`s are as many tokens of o200k_base; Gemma's vocabulary has 1.168 for each of it."""
    done = with_input(lonely, b" world" * 1000, "-m", "gemma-3-27b", "--json")
    found = data(done)["models"][0]

    assert ("calibrated", 1168, "gemma3") == (
        found["count_basis"],
        found["tokens"],
        found["tokenizer_wanted"],
    )
    assert 0 < found["error"] < 1


def test_the_price_is_that_of_the_day_and_of_the_users_own_file(lonely: Tokmeter) -> None:
    lonely.own.mkdir()
    (lonely.own / "prices.toml").write_text('[[price]]\nmodel = "nobody-knows-1"\ninput = 7\noutput = 9\n')
    (row,) = rows(with_input(lonely, HELLO.encode(), "-m", "nobody-knows-1", "--plain"))

    assert str(2 * 7_000) == row["list_cost_nanousd"]


def test_without_a_ledger_two_current_models_are_counted_for_and_none_is_made(lonely: Tokmeter) -> None:
    done = with_input(lonely, HELLO.encode(), "--json")

    assert ["gpt-5.5", "claude-sonnet-5"] == [one["model"] for one in data(done)["models"]]
    assert not lonely.own.exists()


def test_with_a_ledger_it_is_the_models_used_most_lately(warm: Tokmeter, tmp_path: Path) -> None:
    """By all their tokens in the 30 days before the clock; nothing is synced for it."""
    before = {path: path.stat().st_mtime_ns for path in warm.own.glob("ledger.db")}
    sums: dict[str, int] = {}
    for entry in map(json.loads, warm("export").out.splitlines()):
        sums[entry["model"]] = sums.get(entry["model"], 0) + entry["total_tokens"]
    (tmp_path / "a").write_text(HELLO)
    found = data(warm("count", str(tmp_path / "a"), "--json", "--no-ignore"))

    assert sorted(sums, key=lambda model: -sums[model])[:3] == [one["model"] for one in found["models"]]
    assert before == {path: path.stat().st_mtime_ns for path in warm.own.glob("ledger.db")}
    late = data(warm.bare("count", str(tmp_path / "a"), "--json", "--as-of", "2027-06-01"))
    assert ["gpt-5.5", "claude-sonnet-5"] == [one["model"] for one in late["models"]]


def test_a_model_is_one_column_however_often_it_is_named(lonely: Tokmeter) -> None:
    done = with_input(lonely, HELLO.encode(), "-m", "gpt-5", "-m", "openai/gpt-5", "-m", "gpt-5", "--json")

    assert [("gpt-5", None), ("gpt-5", "openai")] == [
        (one["model"], one["provider"]) for one in data(done)["models"]
    ]


TOKENIZER = {
    "version": "1.0", "added_tokens": [], "normalizer": None, "post_processor": None, "decoder": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {"type": "WordLevel", "vocab": {"hello": 0, "world": 1, "[UNK]": 2}, "unk_token": "[UNK]"},
}  # fmt: skip
"""One token a word."""


def test_a_tokenizer_of_ones_own_is_one_more_column(lonely: Tokmeter, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(TOKENIZER))
    done = with_input(lonely, b"hello big world", "-m", "gpt-5", "--tokenizer", str(path), "--json")

    assert [("gpt-5", 3), (str(path), 3)] == [(one["model"], one["tokens"]) for one in data(done)["models"]]
    assert [] == json.loads(done.out)["problems"]


WRONG = {
    "a pattern": (("-m", "claude-*"), "--model names one model here, not a pattern like 'claude-*'."),
    "no name": (("-m", "openai/"), "The model has no name."),
    "no tokenizer": (("--tokenizer", "/nowhere.json"), "/nowhere.json"),
    "two formats": (("--json", "--plain"), "Two formats at once"),
}


@pytest.mark.parametrize(("arguments", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_understood_is_said_with_the_next_step(
    lonely: Tokmeter, arguments: tuple[str, ...], told: str
) -> None:
    done = with_input(lonely, HELLO.encode(), *arguments)

    assert 2 == done.status
    assert told in done.err
    assert "\N{RIGHTWARDS ARROW} " in done.err
