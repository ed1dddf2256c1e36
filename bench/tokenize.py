"""Measures counting tokens: ours against tiktoken's own `encode_ordinary`, over the same encoding."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Name → the characters of one text. Messages of logs are mostly short; a file read may be long.
SIZES = {"lines of 100 characters": 100, "messages of 2,000": 2_000, "files of 20,000": 20_000}
LONG = 2_000_000
LOADS = {
    "Python's start": "pass",
    "o200k_base, ready to count": "from tokmeter.tokenization.tokenizers import load; load('o200k_base')",
    "cl100k_base, ready to count": "from tokmeter.tokenization.tokenizers import load; load('cl100k_base')",
}


def corpus(size: int) -> str:
    """About `size` characters of Python's standard library, the same at every run."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = [path for path in sorted(folder.rglob("*.py")) if "site-packages" not in path.parts]
    random.Random(1).shuffle(files)  # noqa: S311 - the same order at every run
    parts: list[str] = []
    written = 0
    for path in files:
        if written >= size:
            break
        parts.append(path.read_text(encoding="utf-8", errors="replace"))
        written += len(parts[-1])
    return "".join(parts)


def run(rounds: int) -> int:
    """Print the figures; gives 0. One that differs from tiktoken's count would end the run."""
    for name in ("o200k_base", "cl100k_base"):
        print(name)
        text = corpus(LONG)
        for label, size in SIZES.items():
            _compare(name, label, [text[at : at + size] for at in range(0, len(text), size)], rounds)
        _compare(name, f"one text of {len(text):,}", [text], rounds)
    print("loading, a process each")
    _loads(rounds)
    return 0


def _compare(name: str, label: str, texts: Sequence[str], rounds: int) -> None:
    """Both over all texts, in turn; the median of the rounds' ratios, so that a busy machine slows both."""
    from tokmeter.tokenization._tiktoken import encoding  # noqa: PLC0415 - only this bench needs them
    from tokmeter.tokenization.tokenizers import load  # noqa: PLC0415 - likewise

    theirs, ours = encoding(name).encode_ordinary, load(name).count
    if [len(theirs(text)) for text in texts] != [ours(text) for text in texts]:
        raise SystemExit(f"{label}: the counts differ")
    ratios, speeds = [], []
    size = sum(map(len, texts))
    for number in range(rounds):
        programs = [lambda text: len(theirs(text)), ours]
        took = [0.0, 0.0]
        for which in (0, 1) if number % 2 else (1, 0):
            took[which] = _seconds(programs[which], texts)
        ratios.append(took[1] / took[0])
        speeds.append(size / took[1] / 1e6)
    low, high = min(ratios), max(ratios)
    print(
        f"  {label:<28} {statistics.median(speeds):6.1f} MB/s "
        f"{statistics.median(ratios):7.3f} x tiktoken ({low:.3f} to {high:.3f})"
    )


def _seconds(count: Callable[[str], int], texts: Sequence[str]) -> float:
    started = time.perf_counter()
    for text in texts:
        count(text)
    return time.perf_counter() - started


def _loads(rounds: int) -> None:
    """Wall time of processes that load a table and nothing else."""
    took: dict[str, list[float]] = {label: [] for label in LOADS}
    for _ in range(rounds):
        for label, code in LOADS.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            took[label].append(time.perf_counter() - started)
    for label, times in took.items():
        print(f"  {label:<28} {1000 * statistics.median(times):6.0f} ms")
