"""What shells, assistants and git call many times an hour, against Python's own start.

`python -I -S -c pass` is what no Python program can do without; a stub that does nothing, made as installers
make them, adds `site` and the entry point. Programs run in turn and are compared by medians of one run.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tokmeter.integrations.background import take_lock
from tokmeter.integrations.prompt_line import PromptLine, write_line

STUB = """#!{python}
import sys
from {module} import main
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(main())
"""
TEXT = "$4.84 today · 66% wk"
MESSAGE = b"""{"hook_event_name":"Status","session_id":"7f3a","version":"2.1.90",
"transcript_path":"/home/ana/.claude/projects/shop/7f3a.jsonl","cwd":"/home/ana/shop",
"model":{"id":"claude-opus-4-8","display_name":"Opus 4.8"},
"workspace":{"current_dir":"/home/ana/shop","project_dir":"/home/ana/shop"},
"cost":{"total_cost_usd":1.8412,"total_duration_ms":45000,"total_lines_added":156},
"context_window":{"context_window_size":200000,"used_percentage":42,
"current_usage":{"input_tokens":8500,"output_tokens":1200,"cache_read_input_tokens":70500}},
"rate_limits":{"five_hour":{"used_percentage":31.2,"resets_at":4000000000},
"seven_day":{"used_percentage":66,"resets_at":4000000000}}}"""
"""What Claude Code sends to a status line."""


class Row(NamedTuple):
    """One command line after `tokmeter`, what it reads, and how many Python starts it may take."""

    name: str
    arguments: tuple[str, ...]
    data: bytes = b""
    limit: float = 2.0


COMMANDS = (
    Row("tokmeter --version", ("--version",)),
    Row("tokmeter prompt", ("prompt",)),
    Row("tokmeter prompt --shell zsh", ("prompt", "--shell", "zsh")),
    Row("tokmeter shell init bash", ("shell", "init", "bash")),
    Row("tokmeter statusline", ("statusline",), MESSAGE),
    Row("tokmeter notify claude-code", ("notify", "claude-code"), b"{}"),
)


def run(rounds: int, rows: Sequence[Row] = COMMANDS) -> int:
    """Print one line for each command; gives 0."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = prepare(folder)
        bare = [sys.executable, "-I", "-S", "-c", "pass"]
        programs = {"python -I -S -c pass": (bare, b""), "a stub that does nothing": ([_stub(folder)], b"")}
        tokmeter = _stub(folder, "tokmeter", "tokmeter.cli.entry")
        for row in rows:
            programs[row.name] = ([tokmeter, *row.arguments], row.data)
        medians = _measure(programs, environment, rounds, folder)
    start, stub = medians["python -I -S -c pass"], medians["a stub that does nothing"]
    limits = {row.name: row.limit for row in rows}
    print(f"{'':<34} {'median':>9}  {'x start':>8}  {'x stub':>7}  {'beyond the stub, x start':>25}")
    for name, median in medians.items():
        beyond = (median - stub) / start
        allowed = f" (at most {limits[name]} x start, and the stub)" if name in limits else ""
        ratios = f"{median / start:8.2f}  {median / stub:7.2f}  {beyond:+25.2f}"
        print(f"{name:<34} {median * 1000:6.2f} ms  {ratios}{allowed}")
    return 0


def prepare(folder: Path) -> dict[str, str]:
    """An environment whose prepared line is fresh, and in which a sync seems to run: none is started."""
    now = int(time.time())
    figures = {"today_cost": "$4.84", "week_tokens": "56.3M"}
    line = PromptLine(TEXT, now, now + 3000, now + 3600, "plain", "4.84/66%", figures)
    state = str(folder / "own" / "state")
    write_line(state, line)
    take_lock(state, now)
    (folder / "donothing.py").write_text("def main():\n    return 0\n")
    source = Path(__file__).resolve().parents[1] / "src"
    environment = dict(os.environ, TOKMETER_HOME=str(folder / "own"), PYTHONPATH=f"{source}:{folder}")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    return environment


def _stub(folder: Path, name: str = "nothing", module: str = "donothing") -> str:
    path = folder / name
    path.write_text(STUB.format(python=sys.executable, module=module))
    path.chmod(0o755)
    return str(path)


def _measure(
    programs: dict[str, tuple[list[str], bytes]], environment: dict[str, str], rounds: int, folder: Path
) -> dict[str, float]:
    """Median wall seconds of each, run in turn after two warm-ups."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(rounds + 2):
        for name, (command, data) in programs.items():
            seconds = _once(command, data, environment, folder)
            if turn > 1:
                times[name].append(seconds)
    return {name: statistics.median(found) for name, found in times.items()}


def _once(command: list[str], data: bytes, environment: dict[str, str], folder: Path) -> float:
    """Wall seconds of one run; started without the subprocess module, which adds a millisecond of its own."""
    (folder / "input").write_bytes(data)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, str(folder / "input"), os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    ]
    started = time.perf_counter()
    child = os.posix_spawn(command[0], command, environment, file_actions=actions)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command)} failed with exit status {os.waitstatus_to_exitcode(status)}")
    return seconds
