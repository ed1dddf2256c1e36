"""Processes that read or count beside the one that writes: how they are made, and how they end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

T = TypeVar("T")

START_METHOD = "fork" if sys.platform == "linux" else "spawn"
"""Forking is cheapest, and what is loaded stays loaded; macOS' own libraries do not survive it, so there
workers are fresh interpreters."""
LOOK_SECONDS = 1.0
"""How often a worker looks whether its parent is still there."""


def pool(workers: int, begin: Callable[[T], None], given: T) -> ProcessPoolExecutor:
    """So many processes, each begun by `begin(given)`."""
    import multiprocessing  # noqa: PLC0415 - only for much to do
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - the same

    return ProcessPoolExecutor(
        workers,
        multiprocessing.get_context(START_METHOD),
        initializer=_begin,
        initargs=(os.getpid(), begin, given),
    )


def _begin(parent: int, begin: Callable[[T], None], given: T) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the writer is interrupted and ends its workers
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    begin(given)


def _end_with(parent: int) -> None:
    """A parent that is killed cannot end its workers, which would wait for it for ever."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)
