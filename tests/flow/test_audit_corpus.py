"""Real logs from end to end: what they report, held against their own text."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokmeter.ingest.calibrating import load_calibrations
from tokmeter.ingest.cut_output import refresh_cut_output
from tokmeter.ingest.measuring import measure
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, sync
from tokmeter.ledger.store import Ledger
from tokmeter.metrics.audit import Audit, audit
from tokmeter.metrics.query import Filter
from tokmeter.sources._discover import all_sources
from tokmeter.tokenization import _ctok
from tokmeter.tokenization.prediction import Predictor

NOW_MS = 1_795_280_700_000
LATER_CLAUDE = ("claude-opus-4-7", "claude-opus-4-8", "claude-fable-5")


@pytest.fixture(scope="module")
def ledger(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """All transcripts and rollouts of the corpus, synced and measured."""
    home = tmp_path_factory.mktemp("home")
    (home / ".claude").mkdir()
    (home / ".codex").mkdir()
    (home / ".claude" / "projects").symlink_to(corpus / "claude" / "projects")
    (home / ".codex" / "sessions").symlink_to(corpus / "codex" / "sessions")
    ledger = Ledger.in_memory()
    sources = all_sources()
    sync(ledger, sources, Places(home), now_ms=NOW_MS, prices=PriceSettings())
    measure(ledger, sources, now_ms=NOW_MS)
    with ledger.transaction() as connection:
        refresh_cut_output(connection, Predictor(load_calibrations(connection)))
    return ledger


@pytest.fixture(scope="module")
def found(ledger: Ledger) -> Audit:
    predictor = Predictor({})
    return audit(ledger.connection, Filter(), predictor.output, lambda *_: 1.0, lambda _: "")


def test_every_request_of_the_corpus_is_measured(found: Audit) -> None:
    assert found.requests == found.measured
    assert found.requests > 2_500


def test_codex_reports_what_its_text_explains(found: Audit) -> None:
    """At least 95 % was asked for; of 1,435 responses two differ."""
    codex = [one for one in found.models if one.model.startswith("gpt-")]

    assert sum(one.checked for one in codex) > 1_400
    assert sum(one.exact or 0 for one in codex) >= 0.99 * sum(one.checked for one in codex)


@pytest.mark.skipif(not _ctok.is_installed(), reason="ctok is not installed")
def test_claude_from_4_7_on_reports_what_its_text_explains(found: Audit) -> None:
    """Counting calls as they were logged, 196 of 217 (90.3 %); as they were billed, all."""
    later = [one for one in found.models if one.model in LATER_CLAUDE]

    assert 217 == sum(one.checked for one in later)
    assert sum(one.exact or 0 for one in later) >= 0.99 * 217


def test_versions_that_never_wrote_the_final_count_are_told_apart_and_estimated(
    found: Audit, ledger: Ledger
) -> None:
    """2.1.9 of Claude Code logged 2,498 output tokens for 172 responses whose text alone is ten times that."""
    (version,) = [
        row for row in found.cut if row.client_version == "2.1.9" and row.model == "claude-opus-4-5"
    ]

    assert (172, 172) == (version.requests, version.estimated)
    assert version.missing_tokens > 10 * version.logged_tokens
    logged = "SELECT sum(output_tokens) FROM entry WHERE superseded = 0 AND flags & 1"
    assert sum(row.logged_tokens for row in found.cut) == ledger.connection.execute(logged).fetchone()[0]


def test_hidden_thinking_is_told_by_week_and_model(found: Audit) -> None:
    """Models whose logs hold thinking blocks without text used output that no text explains."""
    hidden = {one.model for one in found.thinking}

    assert {"claude-fable-5", "claude-opus-4-8", "gpt-5.5"} <= hidden
    assert all(0 < one.hidden_tokens <= one.output_tokens for one in found.thinking)
