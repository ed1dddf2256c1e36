"""From a folder of logs to the ledger: equal to a generator's true totals, per model, ISO week and day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tokmeter.core import workers
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, sync
from tokmeter.ledger.store import Ledger
from tokmeter.sources._discover import all_sources

FIELDS = ("messages", "input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning")
TOOLS = {"claude-code": "claude", "codex": "codex"}
ROWS = """
SELECT source, model_raw, ts, 1, uncached_input_tokens, cache_read_input_tokens,
    cache_creation_5m_input_tokens, cache_creation_1h_input_tokens, output_tokens, reasoning_output_tokens
FROM entries
"""

Table = dict[str, dict[str, int]]


def make_home(shared: Path, folder: Path, size: str, seed: int) -> dict[str, Table]:
    """A home with known totals; returns the truth."""
    command = [sys.executable, str(shared / "bench" / "make_home.py"), "--out", str(folder)]
    done = subprocess.run(
        [*command, "--size", size, "--seed", str(seed)], capture_output=True, text=True, check=True
    )
    truth: dict[str, Table] = json.loads(done.stdout)
    return truth


def tables(ledger: Ledger) -> dict[str, Table]:
    """What the ledger holds, in the form of the truth."""
    sums: dict[str, dict[str, list[int]]] = {
        name: defaultdict(lambda: [0] * len(FIELDS))
        for name in ("by_tool", "by_model", "by_iso_week", "by_day")
    }
    for source, model, ts, *counts in ledger.connection.execute(ROWS):
        moment = datetime.fromtimestamp(ts / 1000, UTC)
        year, week, _ = moment.isocalendar()
        places = {
            "by_tool": TOOLS[source],
            "by_model": f"{TOOLS[source]}/{model}",
            "by_iso_week": f"{year}-W{week:02d}",
            "by_day": moment.date().isoformat(),
        }
        for name, key in places.items():
            sums[name][key] = [a + b for a, b in zip(sums[name][key], counts, strict=True)]
    return {
        name: {key: dict(zip(FIELDS, row, strict=True)) for key, row in sorted(rows.items())}
        for name, rows in sums.items()
    }


def synced(home: Path, workers: int | None = None) -> Ledger:
    ledger = Ledger.in_memory()
    sync(
        ledger,
        all_sources(),
        Places(home),
        now_ms=time.time_ns() // 1_000_000,
        prices=PriceSettings(),
        workers=workers,
    )
    return ledger


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_home_of_20_megabytes_gives_its_true_totals(shared: Path, tmp_path: Path, seed: int) -> None:
    truth = make_home(shared, tmp_path, "20M", seed)
    found = tables(synced(tmp_path))

    assert {name: truth[name] for name in found} == found


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_home_of_a_gigabyte_gives_its_true_totals(shared: Path, tmp_path: Path, seed: int) -> None:
    truth = make_home(shared, tmp_path, "1G", seed)
    found = tables(synced(tmp_path))

    assert {name: truth[name] for name in found} == found


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_two_reading_processes_bring_what_one_brings(
    shared: Path, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "START_METHOD", method)
    make_home(shared, tmp_path, "20M", 4)

    assert tables(synced(tmp_path, workers=0)) == tables(synced(tmp_path, workers=2))


def test_a_second_sync_finds_nothing_new(shared: Path, tmp_path: Path) -> None:
    make_home(shared, tmp_path, "2M", 5)
    ledger = synced(tmp_path)
    before = tables(ledger)
    again = sync(
        ledger, all_sources(), Places(tmp_path), now_ms=time.time_ns() // 1_000_000, prices=PriceSettings()
    )

    assert (0, 0, 0) == (again.files_read, again.entries_new, again.entries_changed)
    assert before == tables(ledger)


def test_a_home_that_grows_between_syncs_ends_at_its_true_totals(shared: Path, tmp_path: Path) -> None:
    """Every log is cut somewhere (mostly inside a line), synced, completed, and synced again."""
    truth = make_home(shared, tmp_path, "5M", 6)
    logs = sorted(tmp_path.rglob("*.jsonl"))
    whole = {log: log.read_bytes() for log in logs}
    ledger = Ledger.in_memory()
    now_ms = time.time_ns() // 1_000_000
    for share in (0.3, 0.31, 0.8, 1):
        for log in logs:
            log.write_bytes(whole[log][: int(len(whole[log]) * share)])
            os.utime(log)
        sync(ledger, all_sources(), Places(tmp_path), now_ms=now_ms, prices=PriceSettings())
    found = tables(ledger)

    assert {name: truth[name] for name in found} == found


def test_deleted_logs_leave_their_entries(shared: Path, tmp_path: Path) -> None:
    truth = make_home(shared, tmp_path, "2M", 7)
    ledger = synced(tmp_path)
    for log in tmp_path.rglob("*.jsonl"):
        log.unlink()
    sync(ledger, all_sources(), Places(tmp_path), now_ms=time.time_ns() // 1_000_000, prices=PriceSettings())

    assert truth["by_day"] == tables(ledger)["by_day"]


def test_two_syncs_at_once_count_once(shared: Path, tmp_path: Path) -> None:
    """Two processes, one ledger: the sum is the truth and neither fails."""
    truth = make_home(shared, tmp_path / "home", "10M", 8)
    environment = dict(os.environ, TOKMETER_HOME=str(tmp_path / "tokmeter"))
    command = [sys.executable, "-m", "tokmeter", "sync", "--home", str(tmp_path / "home")]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in running]
    ledger = Ledger.open(tmp_path / "tokmeter" / "ledger.db")
    found = tables(ledger)
    ledger.close()

    assert [0, 0] == [process.returncode for process in running], outputs
    assert {name: truth[name] for name in found} == found
