"""How much faster Claude's tokens are counted than by `ctok` itself: `python -m bench claude`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

from tokmeter.tokenization._ctok import VERSIONS, frameless_count

LEAST, MOST = 40, 50_000
"""Characters of a text that is counted: shorter ones are names, longer ones would take `ctok` too long."""


def texts_of(value: object) -> Iterator[str]:
    """Every text inside a decoded line."""
    if isinstance(value, str):
        if LEAST <= len(value) <= MOST:
            yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_of(part)


def sample(folder: Path, every: int = 7) -> list[str]:
    """Texts of the logs in `folder`, of one line in seven."""
    found: list[str] = []
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_bytes().split(b"\n")[::every]:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            found += texts_of(record.get("message") if isinstance(record, dict) else None)
    return found


def seconds(count: Callable[[str], int], texts: list[str]) -> float:
    """Time to count all of them."""
    start = time.perf_counter()
    for text in texts:
        count(text)
    return time.perf_counter() - start


def run(logs: Path) -> int:
    """A line per vocabulary: megabytes a second at first sight and at the second, and by `ctok`."""
    texts = sample(logs)
    size = sum(len(text.encode("utf-8", "replace")) for text in texts) / 1e6
    token_count = import_module("ctok").token_count
    print(f"{len(texts)} texts, {size:.1f} MB; MB/s cold, warm, ctok")
    for family in ("v3", "v4.8"):
        frameless_count("", family)  # loads the vocabulary
        quick = partial(frameless_count, family=family)
        cold, warm = seconds(quick, texts), seconds(quick, texts)
        slow = seconds(partial(token_count, version=VERSIONS[family]), texts)
        print(f"{family:5} {size / cold:5.1f} {size / warm:5.1f} {size / slow:5.2f}", end="  ")
        print(f"{slow / cold:.1f}x {slow / warm:.1f}x")
    return 0
