"""What a git hook may import when the ledger is up to date: this and nothing else (cf. tests/cli)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from git_desk import Desk

HOOK = {
    "__future__",
    "zlib",
    # _sqlite3 asks for functools.lru_cache
    *("_sqlite3", "functools", "_functools", "collections", "_collections", "keyword", "operator"),
    *("_operator", "reprlib", "itertools", "types"),
    "tokmeter",
    "tokmeter.cli",
    "tokmeter.cli.entry",
    "tokmeter.cli.fast",
    "tokmeter.cli.fast_git_commit",
    "tokmeter.cli.fast_git_hook",
    "tokmeter.config",
    "tokmeter.config.quick_paths",
    "tokmeter.core",
    "tokmeter.core.errors",
    "tokmeter.core.money",
    "tokmeter.integrations",
    "tokmeter.integrations.background",
    "tokmeter.integrations.git",
    "tokmeter.integrations.git.call",
    "tokmeter.integrations.git.freshness",
    "tokmeter.integrations.git.repository",
    "tokmeter.integrations.git.situation",
    "tokmeter.integrations.git.trailers",
    "tokmeter.integrations.git.window",
    "tokmeter.ledger",
    "tokmeter.ledger.glance",
    "tokmeter.metrics",
    "tokmeter.metrics.recent_logs",
    "tokmeter.metrics.window",
}
SUMMARY = {
    "tokmeter.integrations.git.summary",
    "tokmeter.integrations.prompt_line",
    "tokmeter.reports",
    "tokmeter.reports.numbers",
}
NOTES = {"tokmeter.integrations.git.queue"}

# HOOK → allowed modules
ALLOWED = {
    "post-commit --summary": HOOK | SUMMARY,
    "post-commit --summary --notes": HOOK | SUMMARY | NOTES,
    "prepare-commit-msg --trailer --assisted-by --notes message message": HOOK
    | {"tokmeter.cli.fast_git_message"},
    "commit-msg message": {
        "__future__",
        *(name for name in HOOK if name.startswith(("tokmeter.cli", "tokmeter.config", "tokmeter.core"))),
        *(name for name in HOOK if name.startswith("tokmeter.integrations")),
        "tokmeter",
        "tokmeter.cli.fast_git_message",
    },
}
COMPILER = {"unicodedata"}
"""What compiling a named character needs, where there is no bytecode yet."""
SCRIPT = "from tokmeter.cli.entry import main; main()"


@pytest.mark.parametrize("hook", ALLOWED)
def test_a_hook_imports_nothing_heavy(tmp_path: Path, hook: str) -> None:
    desk = Desk(tmp_path)
    desk.commit("a", minute=0)
    desk.use(10, 0, minute=1)
    desk.tokmeter("sync", "--quiet")
    desk.commit("b", minute=2)
    (desk.root / "message").write_text("A cart\n")
    start = [sys.executable, "-P", "-X", "importtime", "-c"]
    plain = imported(desk, [*start, "pass"])
    found = imported(desk, [*start, SCRIPT, "git", "hook", *hook.split()])
    desk.wait_for_notes()

    assert set() == found - plain - ALLOWED[hook] - COMPILER
    assert "tokmeter.cli.fast_git_hook" in found


def imported(desk: Desk, command: list[str]) -> set[str]:
    """Every module that a start brought in, as the interpreter tells."""
    done = desk.run(command, {"GIT_AUTHOR_DATE": "@1795168980 +0000"})
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}
