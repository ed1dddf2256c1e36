"""Worker processes end when their work is done, and also when nobody is left to end them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import time
from tokmeter.core import workers
workers.LOOK_SECONDS = 0.05
pool = workers.pool(1, print, "begun")
print(pool.submit(workers.os.getpid).result(), flush=True)
time.sleep(60)
"""


def is_there(pid: int) -> bool:
    """Whether the process still runs: one that has ended and was not asked for is none."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the process")
def test_a_worker_ends_with_a_parent_that_is_killed() -> None:
    source = Path(__file__).resolve().parents[2] / "src"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert parent.stdout is not None
    lines = [parent.stdout.readline().strip() for _ in range(2)]
    worker = next(int(text) for text in lines if text.isdigit())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while is_there(worker) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not is_there(worker)
