"""The bar that shows how far a long sync is."""

from __future__ import annotations

import pytest

from tokmeter.cli import progress
from tokmeter.cli.progress import FIRST_RUN, SyncProgress


@pytest.fixture(autouse=True)
def _ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


def read_two_sources(shown: SyncProgress) -> None:
    shown.start({"claude-code": 2, "codex": 1, "idle": 0})
    shown.advance("claude-code", 1)
    shown.advance("claude-code", 1)
    shown.advance("codex", 1)
    shown.finish()


def test_a_short_sync_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    read_two_sources(SyncProgress(quiet=False, first_run="", terminal=True, color=False))

    assert "" == capsys.readouterr().err


def test_a_long_sync_on_a_terminal_ends_with_every_bar_full(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    read_two_sources(SyncProgress(quiet=False, first_run=FIRST_RUN, terminal=True, color=False))

    err = capsys.readouterr().err
    *_, first, second, _ = err.splitlines()  # the very last is the cursor, shown again
    assert "claude-code 2 files" in first
    assert "codex 1 file " in second
    assert "100%" in first
    assert "100%" in second
    assert "idle" not in err


@pytest.mark.parametrize(
    ("quiet", "first_run", "expected"),
    [
        pytest.param(False, FIRST_RUN, f"{FIRST_RUN}\n", id="a first run is announced"),
        pytest.param(False, "", "", id="a later one is not"),
        pytest.param(True, FIRST_RUN, "", id="quiet"),
    ],
)
def test_without_a_terminal_there_is_one_line_at_most(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    quiet: bool,
    first_run: str,
    expected: str,
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0)
    read_two_sources(SyncProgress(quiet=quiet, first_run=first_run, terminal=False, color=False))

    assert expected == capsys.readouterr().err


def test_a_first_run_without_any_log_announces_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    shown = SyncProgress(quiet=False, first_run=FIRST_RUN, terminal=False, color=False)
    shown.start({"claude-code": 0})
    shown.finish()

    assert "" == capsys.readouterr().err
