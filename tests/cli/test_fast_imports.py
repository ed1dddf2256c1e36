"""What the commands that shells, assistants and git call many times an hour may import: this and nothing else.

typing, re, json, pathlib, subprocess and sqlite3 each take about as long to import as Python to start.
"""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from cli_run import SOURCE, Tokmeter

from tokmeter.integrations import background
from tokmeter.integrations.prompt_line import PromptLine, write_line

SCRIPT = """\
import os, sys  # every ordinary start brings os
sys.path.insert(0, {source!r})
before = set(sys.modules)
sys.argv = ["tokmeter", *{arguments!r}]
from tokmeter.cli.entry import main
main()
sys.stderr.write(" ".join(sorted(set(sys.modules) - before)))
"""

START = {"__future__", "tokmeter", "tokmeter.cli", "tokmeter.cli.entry"}
FAST = START | {
    "tokmeter.cli.fast",
    "tokmeter.config",
    "tokmeter.config.quick_paths",
    "tokmeter.integrations",
    "tokmeter.integrations.background",
    "tokmeter.integrations.prompt_line",
}

PROMPT = FAST | {"tokmeter.cli.fast_prompt", "tokmeter.integrations.prompt_show"}
INIT = FAST | {"tokmeter.cli.fast_shell", "tokmeter.integrations.shell"}

# COMMAND → allowed modules
ALLOWED = {
    "--version": START,
    "-V": START,
    "prompt": PROMPT,
    "prompt --short --shell zsh --color always": PROMPT,
    "prompt --format {today_cost}/{week_cost} --shell=bash": PROMPT,
    "shell init bash": INIT - {"tokmeter.integrations.prompt_line"},
    "shell init fish --short": INIT - {"tokmeter.integrations.prompt_line"},
    "statusline": FAST
    | {"tokmeter.cli.fast_statusline", "tokmeter.integrations.statusline", "_json", "select"},
    "statusline --show model,prompt": FAST
    | {"tokmeter.cli.fast_statusline", "tokmeter.integrations.statusline", "_json", "select"},
    "notify claude-code": FAST | {"tokmeter.cli.fast_notify"},
    "notify codex {}": FAST | {"tokmeter.cli.fast_notify"},
}


@pytest.mark.parametrize("command", ALLOWED)
def test_a_fast_command_imports_nothing_heavy(command: str, lonely: Tokmeter) -> None:
    state, now = str(lonely.own / "state"), int(time.time())
    write_line(state, PromptLine("$1.00 today", now, 0, now + 600, "plain", "1.00", {}))
    background.take_lock(state, now)  # a sync seems to run: none is started
    script = SCRIPT.format(source=str(SOURCE), arguments=command.split())
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        input=b'{"model": {"display_name": "Opus 4.8"}}',
        env=lonely.environment(),
        capture_output=True,
        check=True,
        timeout=30,
    )

    assert set() == set(done.stderr.decode().split()) - ALLOWED[command]
