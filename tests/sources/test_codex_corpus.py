"""Real rollouts of public repositories, read in place; totals derived from the raw lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sources.golden import Found
from sources.rollouts import read, visible
from tokmeter.core.usage import FORK_GUESSED

Sums = tuple[int, int, int, int]
"""Uncached input, cache read, output, reasoning."""


def sums(found: Found) -> Sums:
    """What a ledger would show in total."""
    entries = visible(found)
    return (
        sum(entry.uncached_input_tokens for entry in entries),
        sum(entry.cache_read_input_tokens for entry in entries),
        sum(entry.output_tokens for entry in entries),
        sum(entry.reasoning_output_tokens for entry in entries),
    )


def raw_sums(paths: list[Path]) -> Sums:
    """By json alone: `last_token_usage` of every running total that no file before has shown.

    In the fork folders a copied line repeats the parent's total to the last token and no two threads reach
    equal totals otherwise, so a set of totals over all files holds each response once.
    """
    seen = set()
    fresh = cached = output = reasoning = 0
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            info = (json.loads(line).get("payload") or {}).get("info")
            if info is None:
                continue
            total = json.dumps(info["total_token_usage"], sort_keys=True)
            if total in seen:
                continue
            seen.add(total)
            last = info["last_token_usage"]
            cached += last["cached_input_tokens"]
            fresh += last["input_tokens"] - last["cached_input_tokens"]
            output += last["output_tokens"]
            reasoning += last.get("reasoning_output_tokens", 0)
    return fresh, cached, output, reasoning


def test_all_real_rollouts_give_the_known_totals(corpus: Path) -> None:
    found = read(corpus, {"CODEX_HOME": str(corpus / "codex")})

    assert (6_040_745, 110_965_248, 459_269, 172_581) == sums(found)
    assert ([], {}) == (found.problems, found.unknown)


def test_a_real_prompt_with_two_kinds_of_evidence_counts_once(corpus: Path) -> None:
    """Every rollout with prompts holds 99 `user_message` events and as many user items that are not injected."""
    found = read(corpus, {"CODEX_HOME": str(corpus / "codex")})

    assert 99 == sum(event.kind == "prompt" for event in found.events.values())


# archived-fork, live-fork: the child copies all 133 (178) distinct totals of its parent, re-stamped, without
#   turn ids, then adds 22 (16) of its own; the parent is there, so test 6 finds the end of the copy.
#   Check: uncached + read = the child's last total, because it continues the parent's counter:
#   15,253,283 = 1,703,587 + 13,549,696 and 26,692,274 = 1,308,338 + 25,383,936.
# harness-smoke: parent 10 in, 1 out; the child repeats that total, then adds 5 in, 1 out.
# missing-parent-siblings: both copy the same 133 totals of a parent that is not there; sibling A adds 22 of
#   its own, sibling B 3. Nothing marks the boundary, so the copies are counted as a flagged guess, once:
#   A's first five lines fall into the five seconds of test 8, B's copies of them (2 h later) do not.
FORKS = {
    "archived-fork-33ce-3869": (1_703_587, 13_549_696, 55_895, 25_017),
    "harness-smoke": (15, 0, 2, 0),
    "live-fork-4d90-52bf": (1_308_338, 25_383_936, 109_637, 50_455),
    "missing-parent-siblings": (1_706_314, 13_549_999, 55_958, 25_032),
}


@pytest.mark.parametrize("folder", FORKS)
def test_replayed_history_of_real_forks_counts_once(folder: str, corpus: Path) -> None:
    home = corpus / "codex-forks" / "Issue2037" / folder / "codex-home"
    found = read(corpus, {"CODEX_HOME": str(home)})

    assert raw_sums(sorted(home.rglob("*.jsonl"), reverse=True)) == FORKS[folder]
    assert FORKS[folder] == sums(found)


@pytest.mark.parametrize("folder", FORKS)
def test_only_forks_of_a_missing_parent_are_guessed(folder: str, corpus: Path) -> None:
    home = corpus / "codex-forks" / "Issue2037" / folder / "codex-home"
    entries = visible(read(corpus, {"CODEX_HOME": str(home)}))
    guessed = {bool(entry.flags & FORK_GUESSED) for entry in entries}

    assert {folder == "missing-parent-siblings"} == guessed
