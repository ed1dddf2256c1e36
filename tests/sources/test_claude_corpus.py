"""Real Claude Code logs of public repositories give the totals that were counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from sources.golden import Found, run_home
from tokmeter.sources.claude_code import SOURCE


@pytest.fixture(scope="module")
def found(corpus: Path) -> Found:
    """All real logs, merged; one of them ends without a newline, so they are read as long quiet."""
    env = {"CLAUDE_CONFIG_DIR": str(corpus / "claude")}
    return run_home(corpus / "nobody", SOURCE, env=env)


def test_real_logs_give_the_known_totals(found: Found) -> None:
    entries = found.entries.values()

    assert {
        "uncached input": 89_073,
        "cache read": 83_237_006,
        "cache creation": 4_100_865,
        "output": 447_650,
    } == {
        "uncached input": sum(entry.uncached_input_tokens for entry in entries),
        "cache read": sum(entry.cache_read_input_tokens for entry in entries),
        "cache creation": sum(entry.cache_creation_input_tokens for entry in entries),
        "output": sum(entry.output_tokens for entry in entries),
    }


def test_every_unreadable_line_of_the_real_logs_is_reported(found: Found) -> None:
    """A redactor broke lines of one archive and some sample files hold comment lines: 85 in all."""
    assert ["line-unreadable"] * 85 == [problem.code for problem in found.problems]


def test_real_logs_hold_no_line_type_that_is_not_known(found: Found) -> None:
    assert found.unknown == {}
