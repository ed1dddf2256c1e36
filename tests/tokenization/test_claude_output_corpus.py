"""The formula for Claude's output against the counts that real logs hold.

Population: responses with a stop reason and without a thinking block; none is left out for a bad fit except
those that were cut short in the log (less than 30 % of the prediction).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from support.claude_messages import Response, responses
from tokmeter.tokenization._ctok import is_installed
from tokmeter.tokenization.claude_output import possible_tokens, visible_tokens

needs_ctok = pytest.mark.skipif(not is_installed(), reason="ctok is not installed")
LATER = {"claude-opus-4-7": "v4.7", "claude-opus-4-8": "v4.8", "claude-fable-5": "v4.8"}
pytestmark = needs_ctok


@pytest.fixture(scope="module")
def finished(corpus: Path) -> list[Response]:
    return responses(corpus)


def without_thinking(found: list[Response], families: dict[str, str]) -> list[tuple[Response, str, int]]:
    """Responses with their family and what the formula says."""
    chosen = [(r, families[r.model]) for r in found if r.model in families and not r.thinking]
    counted = [(r, family, visible_tokens(r.texts, r.calls, family)) for r, family in chosen]
    return [row for row in counted if row[0].logged >= 0.3 * row[2]]


def test_nine_in_ten_responses_of_models_from_4_7_on_are_exact(finished: list[Response]) -> None:
    rows = without_thinking(finished, LATER)
    exact = sum(response.logged == tokens for response, _, tokens in rows)
    bias = sum(tokens for _, _, tokens in rows) / sum(response.logged for response, _, _ in rows) - 1

    assert (217, 196, True) == (len(rows), exact, abs(bias) < 0.002)
    assert exact / len(rows) >= 0.9


def test_what_is_not_exact_is_what_claude_code_changed_for_the_log(finished: list[Response]) -> None:
    """To the token. The three changes were found in these logs; none of them has a number that was fitted."""
    rows = without_thinking(finished, LATER | {"claude-opus-4-6": "v3"})
    unexplained = [
        (r.file, r.logged, tokens)
        for r, family, tokens in rows
        if r.logged not in possible_tokens(r.texts, r.calls, family, r.folder)
    ]

    assert (241, []) == (len(rows), unexplained)


def test_logged_thinking_is_part_of_the_count(finished: list[Response]) -> None:
    """Opus 4.5 logs what it thought. An archive whose owner had names replaced in its texts is left out."""
    rows = [
        r
        for r in finished
        if "-4-5-" in r.model
        and any(r.thinking)
        and not r.file.startswith(("-Users--USER-", "C--Users-Mischa"))
    ]
    explained = [
        r
        for r in rows
        if r.logged in possible_tokens(r.texts, r.calls, "v3", r.folder, [t for t in r.thinking if t])
    ]

    assert len(explained) >= 0.8 * len(rows) > 20
