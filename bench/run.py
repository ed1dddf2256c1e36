"""The three speed checks: first sync, nothing new, one megabyte appended. Each beside its yardstick.

Programs are run in turn (A B A B …) and compared by medians of one run, because machines are busy.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

YARDSTICK = """
import typer
from rich.console import Console
from rich.table import Table
table = Table("Day", "Cost")
table.add_row("Mon", "1")
Console().print(table)
"""

SYNC_ALONE = """
import os, sys, time
from pathlib import Path
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, sync
from tokmeter.ledger.store import Ledger
from tokmeter.sources._discover import all_sources
ledger = Ledger.open(Path(sys.argv[1]))
sources = all_sources()
best = []
for _ in range(5):
    started = time.perf_counter()
    sync(ledger, sources, Places(Path(sys.argv[2])), now_ms=int(time.time() * 1000), prices=PriceSettings())
    best.append(time.perf_counter() - started)
print(sorted(best)[2])
"""


@dataclass(slots=True)
class Figures:
    """Wall seconds, processor seconds and peak resident MiB of one program's runs."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    def line(self, name: str) -> str:
        """One row of the result."""
        wall, cpu = statistics.median(self.wall), statistics.median(self.cpu)
        return f"  {name:<44} {wall:7.3f} s wall  {cpu:7.3f} s cpu  {max(self.peak):6.0f} MiB peak"


def run(home: Path, rounds: int, ccusage: str | None) -> int:
    """Print the figures; gives 0."""
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        environment = dict(os.environ, TOKMETER_HOME=str(state / "tokmeter"), TZ="UTC", HOME=str(home))
        for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)  # logs from elsewhere; and an installed program has its bytecode
        week = [sys.executable, "-m", "tokmeter", "week", "--home", str(home)]
        _cold(home, state, week, environment, rounds, ccusage)
        _warm(home, state, week, environment, rounds)
        _append(home, week, environment, rounds)
    return 0


def _cold(
    home: Path, state: Path, week: list[str], environment: dict[str, str], rounds: int, ccusage: str | None
) -> None:
    """First sync with ledger and report, against ccusage or `cat | wc -l`."""
    count = f"find '{home}/.claude' '{home}/.codex' -name '*.jsonl' -print0 | xargs -0 cat | wc -l"
    programs: dict[str, list[str]] = {"tokmeter week, no ledger": week, "cat | wc -l": ["sh", "-c", count]}
    if ccusage:
        programs["ccusage weekly --offline"] = [ccusage, "weekly", "--offline"]

    def forget() -> None:
        shutil.rmtree(state / "tokmeter", ignore_errors=True)

    print("First sync")
    figures = measure(programs, environment, rounds, before={"tokmeter week, no ledger": forget})
    rival = "ccusage weekly --offline" if ccusage else "cat | wc -l"
    _ratio(figures, "tokmeter week, no ledger", rival, 0.8 if ccusage else 4.0)


def _warm(home: Path, state: Path, week: list[str], environment: dict[str, str], rounds: int) -> None:
    """Nothing new: the whole command against an empty one, the sync against `find`."""
    subprocess.run(week, env=environment, stdout=subprocess.DEVNULL, check=True)
    print("Nothing new")
    programs = {
        "tokmeter week": week,
        "import typer and rich, print a table": [sys.executable, "-c", YARDSTICK],
        "find": ["find", f"{home}/.claude", f"{home}/.codex", "-type", "f"],
    }
    figures = measure(programs, environment, rounds * 3)
    _ratio(figures, "tokmeter week", "import typer and rich, print a table", 1.3)
    ledger = str(state / "tokmeter" / "ledger.db")
    alone = [sys.executable, "-c", SYNC_ALONE, ledger, str(home)]
    seconds = [
        float(subprocess.run(alone, env=environment, capture_output=True, text=True, check=True).stdout)
        for _ in range(rounds)
    ]
    sync = statistics.median(seconds)
    find = statistics.median(figures["find"].wall)
    print(f"  {'sync alone':<44} {sync:7.3f} s wall   {sync / find:.2f} x find (at most 3)")


def _append(home: Path, week: list[str], environment: dict[str, str], rounds: int) -> None:
    """One more megabyte in one log, against the same command with nothing new."""
    logs = sorted((home / ".claude").rglob("*.jsonl"), key=lambda path: path.stat().st_size)
    grown = logs[len(logs) // 2]
    template = [line for line in logs[-1].read_bytes().split(b"\n") if b'"assistant"' in line][:400]
    count = 0

    def append() -> None:
        nonlocal count
        size = 0
        with grown.open("ab") as log:
            while size < 1_000_000:
                count += 1
                line = template[count % len(template)].replace(b"msg_01", b"msg_%06d" % count)
                size += log.write(line + b"\n")

    print("One megabyte appended to one log")
    programs = {"tokmeter week, 1 MB new": week, "tokmeter week": week}
    figures = measure(programs, environment, rounds, before={"tokmeter week, 1 MB new": append})
    more = statistics.median(figures["tokmeter week, 1 MB new"].wall) - statistics.median(
        figures["tokmeter week"].wall
    )
    print(f"  {'difference':<44} {more:7.3f} s (at most 0.1)")


def measure(
    programs: dict[str, list[str]],
    environment: dict[str, str],
    rounds: int,
    before: dict[str, Callable[[], None]] | None = None,
) -> dict[str, Figures]:
    """Run the programs in turn, `rounds` times after one warm-up."""
    figures = {name: Figures() for name in programs}
    for turn in range(rounds + 1):
        for name, command in programs.items():
            if before and name in before:
                before[name]()
            wall, cpu, peak = _once(command, environment)
            if turn:
                figures[name].wall.append(wall)
                figures[name].cpu.append(cpu)
                figures[name].peak.append(peak)
    for name, figure in figures.items():
        print(figure.line(name))
    return figures


def _once(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds, peak MiB of the whole process tree."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watch = _Watch(process.pid)
    watch.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    watch.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with exit status {process.returncode}")
    single = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    return wall, usage.ru_utime + usage.ru_stime, max(single, watch.peak)


class _Watch(threading.Thread):
    """Samples the memory of a process and its children (Linux: proportional set size)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self._pid = pid
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.05):
            self.peak = max(self.peak, sum(_resident(pid) for pid in (self._pid, *_children(self._pid))))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _resident(pid: int) -> float:
    """MiB of one process, shared pages divided among those who share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _ratio(figures: dict[str, Figures], ours: str, other: str, limit: float) -> None:
    ratio = statistics.median(figures[ours].wall) / statistics.median(figures[other].wall)
    print(f"  {'ratio':<44} {ratio:7.2f} (at most {limit})")
