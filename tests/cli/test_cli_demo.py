"""What `--demo` shows of texts looks like a person's weeks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cli_run import AS_OF, Tokmeter

from tokmeter.tokenization._ctok import is_installed


def data(tokmeter: Tokmeter, *command: str, as_of: str = AS_OF) -> dict[str, Any]:
    result = tokmeter.bare(*command, "--demo", "--json", "--as-of", as_of)
    assert 0 == result.status
    found: dict[str, Any] = json.loads(result.out)["data"]
    return found


@pytest.mark.skipif(not is_installed(), reason="ctok is not installed: Claude's responses are only estimated")
def test_the_audit_agrees_with_nearly_all_counts_and_finds_hidden_thinking(lonely: Tokmeter) -> None:
    found = data(lonely, "audit")

    checked = sum(model["checked"] for model in found["models"])
    within = sum(model["within_5_percent"] for model in found["models"])
    assert 214 == found["requests"]
    assert checked > 100
    assert within >= 0.9 * checked
    hidden = [row for row in found["thinking"] if row["model"].startswith("claude")]
    assert 0.1 < sum(row["hidden_tokens"] for row in hidden) / 153_059 < 0.4


@pytest.mark.parametrize("as_of", [AS_OF, "2026-11-24T09:00:00Z"])
def test_the_anatomy_explains_the_input_with_texts_of_many_kinds(lonely: Tokmeter, as_of: str) -> None:
    found = data(lonely, "anatomy", as_of=as_of)

    explained = 1 - found["unexplained_tokens"] / found["input_tokens"]
    kinds = {row["kind"]: row["sent_tokens"] / found["totals"]["sent_tokens"] for row in found["kinds"]}
    assert 0.85 <= explained <= 1.05
    assert kinds["system"] < 0.5
    assert {"file_read", "command_output", "injected", "user_text", "search_result"} <= kinds.keys()
    assert {"edit", "tool_output", "tool_call", "assistant_text", "hidden_thinking"} <= kinds.keys()
    assert ["issues"] == [row["server"] for row in found["servers"]]
    assert sum(row["reads"] > 0 for row in found["paths"]) >= 6
