"""`llm`'s rows without counts: prompt, system and the conversation so far are input, the reply is output."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from histories.gateway_rows import calls, format_of, read
from histories.letters import counts, entries
from histories.llm_logs import write_logs
from histories.test_histories_llm import read_logs
from tokmeter.core.usage import flag_names
from tokmeter.histories import _llm_texts, llm_cli

JSON = format_of(llm_cli.FORMATS, "llm-json")


def row(number: int, **fields: Any) -> dict[str, Any]:
    """A row by its number, without counts."""
    return {
        "id": f"01jk40qkxetedzpf1zd8k9bg{number:02}", "model": "gpt-4o", "prompt": "12345", "response": "Hi!",
        "duration_ms": 10, "datetime_utc": "2026-02-03T10:00:00+00:00", **fields,
    }  # fmt: skip


def test_a_row_without_counts_is_counted_by_its_texts(tmp_path: Path) -> None:
    rows = [row(1, system="Be kind."), row(2, conversation_id="c")]
    found = entries(read_logs(write_logs(tmp_path / "logs.db", "2023", responses=rows)))

    assert [(13, 3, 1), (5, 3, 1)] == [
        (entry.uncached_input_tokens, entry.output_tokens, entry.count_basis) for entry in found
    ]
    assert [[], []] == [flag_names(entry.flags) for entry in found]


def test_what_was_said_before_in_a_conversation_was_sent_again(tmp_path: Path) -> None:
    """5; 5 + 3 + 2 before the third prompt's 5; another conversation in between."""
    rows = [
        row(1, conversation_id="c"), row(2, conversation_id="d"),
        row(3, conversation_id="c", prompt="12", response="ok"), row(4, conversation_id="c"),
    ]  # fmt: skip
    found = counts(read_logs(write_logs(tmp_path / "logs.db", "2025", responses=rows)))

    assert [(5, 3, 1), (5, 3, 1), (8 + 2, 2, 1), (8 + 4 + 5, 3, 1)] == found


def test_of_a_long_conversation_the_last_exchanges_are_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_llm_texts, "MOST_EARLIER", 1)
    rows = [row(number, conversation_id="c") for number in (1, 2, 3)]
    found = entries(read_logs(write_logs(tmp_path / "logs.db", "2025", responses=rows)))

    assert [5, 13, 13] == [entry.uncached_input_tokens for entry in found]
    assert [[], [], ["input_partial"]] == [flag_names(entry.flags) for entry in found]


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        ({"input_tokens": 900}, (900, 3, 1)),
        ({"output_tokens": 300}, (5, 300, 1)),
        ({"input_tokens": 900, "output_tokens": 300}, (900, 300, 0)),
    ],
    ids=["input", "output", "both"],
)
def test_a_count_that_was_logged_stays(
    tmp_path: Path, logged: dict[str, int], expected: tuple[int, int, int]
) -> None:
    path = write_logs(tmp_path / "logs.db", "2025", responses=[row(1, **logged)])

    assert [expected] == counts(read_logs(path))


def test_texts_of_rows_with_counts_are_not_even_read(tmp_path: Path) -> None:
    path = write_logs(tmp_path / "logs.db", "2025", responses=[row(1, input_tokens=1, output_tokens=2)])
    [call] = calls(read_logs(path))

    assert (None, False) == (call.texts, call.needs_text)


def test_reasoning_that_was_kept_is_output(tmp_path: Path) -> None:
    path = write_logs(tmp_path / "logs.db", "0.31", responses=[row(1, reasoning="hmm")])
    [entry] = entries(read_logs(path))

    assert (6, 3) == (entry.output_tokens, entry.reasoning_output_tokens)


def test_a_turn_takes_the_texts_of_its_row_in_the_older_table(tmp_path: Path) -> None:
    turn = {name: value for name, value in row(1).items() if name not in ("prompt", "response")}
    path = write_logs(tmp_path / "logs.db", "0.32", responses=[row(1)], turns=[turn])

    assert [(5, 3, 1)] == counts(read_logs(path))


def test_a_turn_without_texts_waits(tmp_path: Path) -> None:
    turn = {name: value for name, value in row(1).items() if name not in ("prompt", "response")}
    [call] = calls(read_logs(write_logs(tmp_path / "logs.db", "0.32", turns=[turn])))

    assert (True, None) == (call.needs_text, call.texts)


@pytest.mark.parametrize("value", [b"\x00\x01", None, ""], ids=["bytes", "null", "empty"])
def test_what_is_no_text_is_not_counted(tmp_path: Path, value: Any) -> None:
    path = write_logs(tmp_path / "logs.db", "2025", responses=[row(1, prompt=value)])
    [entry] = entries(read_logs(path))

    assert (0, 3, ["input_partial"]) == (
        entry.uncached_input_tokens, entry.output_tokens, flag_names(entry.flags),
    )  # fmt: skip


def test_a_text_beyond_the_limit_holds_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_llm_texts, "LARGEST_TEXT", 4)
    [entry] = entries(read_logs(write_logs(tmp_path / "logs.db", "2025", responses=[row(1)])))

    assert (0, 3) == (entry.uncached_input_tokens, entry.output_tokens)


def test_a_printed_row_is_counted_without_its_conversation() -> None:
    """The lines of `llm logs --json` may be a part of it."""
    printed = row(1, conversation_id="c", system="Be kind.", input_tokens=None, output_tokens=None)
    [entry] = entries(read(JSON, printed))

    assert (13, 3, ["input_partial"]) == (
        entry.uncached_input_tokens, entry.output_tokens, flag_names(entry.flags),
    )  # fmt: skip
