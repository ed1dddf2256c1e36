"""The bar of `tokmeter count`: megabytes, of a whole where that is known."""

from __future__ import annotations

import pytest

from tokmeter.cli import progress
from tokmeter.cli.progress import UNKNOWN, CountProgress


def count_three_megabytes(total: int) -> None:
    shown = CountProgress(quiet=False, first_run="", terminal=True, color=False)
    shown.start({"counting": total})
    for _ in range(3):
        shown.advance("counting", 1_000_000)
    shown.finish()


def test_a_short_count_draws_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    count_three_megabytes(4_000_000)

    assert "" == capsys.readouterr().err


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        pytest.param(4_000_000, ("counting 3.0 of 4.0 MB", "75%"), id="files"),
        pytest.param(UNKNOWN, ("counting 3.0 MB", ""), id="a pipe"),
    ],
)
def test_a_long_one_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    total: int,
    expected: tuple[str, str],
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(progress, "PATIENCE", 0)
    monkeypatch.setattr(progress, "REDRAW", 0)
    count_three_megabytes(total)
    err = capsys.readouterr().err

    assert expected[0] in err
    assert expected[1] in err
    assert ("%" in err) is (total != UNKNOWN)
