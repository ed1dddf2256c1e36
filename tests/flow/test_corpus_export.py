"""Real logs through the real command: what `tokmeter export` prints sums to the known totals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

FIELDS = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)


def exported(tmp_path: Path, **variables: str) -> Counter[str]:
    """The sums of all exported entries of a fresh ledger, in an empty home."""
    environment = {k: v for k, v in os.environ.items() if k not in {"CLAUDE_CONFIG_DIR", "CODEX_HOME"}}
    environment |= {"HOME": str(tmp_path), "TOKMETER_HOME": str(tmp_path / "tokmeter"), **variables}
    environment.pop("XDG_CONFIG_HOME", None)
    command = [sys.executable, "-m", "tokmeter", "export", "--format", "jsonl"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    sums: Counter[str] = Counter()
    for line in done.stdout.splitlines():
        entry = json.loads(line)
        sums.update({field: entry[field] for field in FIELDS})
    return sums


def test_the_claude_code_logs_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    sums = exported(tmp_path, CLAUDE_CONFIG_DIR=str(corpus / "claude"))
    written = sums["cache_creation_5m_input_tokens"] + sums["cache_creation_1h_input_tokens"]

    assert (89_073, 83_237_006, 4_100_865, 447_650) == (
        sums["uncached_input_tokens"], sums["cache_read_input_tokens"], written, sums["output_tokens"]
    )  # fmt: skip


def test_the_codex_logs_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    sums = exported(tmp_path, CODEX_HOME=str(corpus / "codex"))

    assert (6_040_745, 110_965_248, 459_269, 172_581) == (
        sums["uncached_input_tokens"], sums["cache_read_input_tokens"], sums["output_tokens"],
        sums["reasoning_output_tokens"],
    )  # fmt: skip


# Derived from the raw lines in tests/sources/test_codex_corpus.py: every distinct running total once.
@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("archived-fork-33ce-3869", (1_703_587, 13_549_696, 55_895, 25_017)),
        ("live-fork-4d90-52bf", (1_308_338, 25_383_936, 109_637, 50_455)),
        ("harness-smoke", (15, 0, 2, 0)),
        ("missing-parent-siblings", (1_706_314, 13_549_999, 55_958, 25_032)),
    ],
)
def test_the_forks_of_the_corpus_count_their_replay_once(
    corpus: Path, tmp_path: Path, folder: str, expected: tuple[int, ...]
) -> None:
    home = corpus / "codex-forks" / "Issue2037" / folder / "codex-home"
    sums = exported(tmp_path, CODEX_HOME=str(home))

    assert expected == (
        sums["uncached_input_tokens"], sums["cache_read_input_tokens"], sums["output_tokens"],
        sums["reasoning_output_tokens"],
    )  # fmt: skip
