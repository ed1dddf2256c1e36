"""What counting the texts of the logs costs: the first `anatomy` beside the first sync, and later reports."""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from bench.run import measure

SYNC = "tokmeter sync, no ledger"
FIRST = "the first anatomy, texts counted"


def run(home: Path, rounds: int) -> int:
    """Print the figures; gives 0. In turn: a first sync, the first anatomy, anatomy and audit again."""
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "tokmeter"
        environment = dict(os.environ, TOKMETER_HOME=str(own), TZ="UTC", HOME=str(home))
        program = [sys.executable, "-m", "tokmeter"]
        where = ["--home", str(home)]
        programs = {
            SYNC: [*program, "sync", *where],
            FIRST: [*program, "anatomy", "all", *where],
            "anatomy, nothing new": [*program, "anatomy", "all", *where],
            "audit, nothing new": [*program, "audit", *where],
        }
        figures = measure(
            programs, environment, rounds, before={SYNC: lambda: shutil.rmtree(own, ignore_errors=True)}
        )
    ratio = statistics.median(figures[FIRST].wall) / statistics.median(figures[SYNC].wall)
    print(f"  {'the first anatomy against the first sync':<44} {ratio:7.1f} x")
    return 0
