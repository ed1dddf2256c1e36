"""The laws that need a ledger, over every fixture: what is posted is what was read, once, in any order."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sources.golden import Case, all_cases, iso, run_home, source_of
from support.books import entry_rows, event_rows
from tokmeter.core.supersede import superseded_keys
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, sync
from tokmeter.ledger.store import Ledger

CASES = pytest.mark.parametrize("case", all_cases(), ids=str)
NOW_MS = 1_795_280_000_000
COUNTS = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
)


def post(ledger: Ledger, case: Case, home: Path, workers: int | None = None) -> tuple[int, int]:
    places = Places(home, case.env(home))
    done = sync(
        ledger, [source_of(case.adapter)], places, now_ms=NOW_MS, prices=PriceSettings(), workers=workers
    )
    return done.entries_new, done.entries_changed


def books(ledger: Ledger) -> tuple[object, object]:
    """All that must not depend on order: entries without their prices' row ids, and events."""
    return entry_rows(ledger), event_rows(ledger)


@CASES
def test_the_ledger_holds_what_the_adapter_found(case: Case) -> None:
    """Entry by entry: key, time and counts; better evidence hides worse."""
    found = run_home(case.input, source_of(case.adapter), env=case.env(case.input))
    hidden = superseded_keys(found.entries.values())
    expected = sorted(
        (entry.key, iso(entry.ts), *(getattr(entry, name) for name in COUNTS))
        for entry in found.entries.values()
        if entry.key not in hidden
    )
    ledger = Ledger.in_memory()
    post(ledger, case, case.input)
    held = [(r["key"], iso(r["ts"]), *(r[name] for name in COUNTS)) for r in entry_rows(ledger)]  # type: ignore[arg-type]
    ledger.close()

    assert expected == held


@CASES
def test_law_2_a_second_sync_changes_nothing(case: Case) -> None:
    ledger = Ledger.in_memory()
    post(ledger, case, case.input)
    before = books(ledger)
    again = post(ledger, case, case.input)
    after = books(ledger)
    ledger.close()

    assert ((0, 0), before) == (again, after)


@CASES
def test_law_5_logs_that_appear_one_by_one_in_any_order_end_in_the_same_books(
    case: Case, tmp_path: Path
) -> None:
    """Each order begins with another file; a sync follows every file."""
    whole = Ledger.in_memory()
    post(whole, case, case.input)
    expected = books(whole)
    whole.close()
    present = sorted(path.relative_to(case.input) for path in case.input.rglob("*") if path.is_file())
    files = [path for path in present if path.name.endswith((".jsonl", ".zst"))]
    beside = [path for path in present if path not in files]  # what describes a log is written before it
    for number in range(min(len(files), 4)):
        home = tmp_path / str(number)
        home.mkdir()
        for folder in sorted(path for path in case.input.rglob("*") if path.is_dir()):
            (home / folder.relative_to(case.input)).mkdir(parents=True, exist_ok=True)
        for file in beside:
            shutil.copy2(case.input / file, home / file)
        ledger = Ledger.in_memory()
        for file in [*files[number:], *reversed(files[:number])]:
            shutil.copy2(case.input / file, home / file)
            post(ledger, case, home)
        found = books(ledger)
        ledger.close()

        assert expected == found, f"order {number}"
