from __future__ import annotations

from pathlib import Path

import pytest
from cli_run import NOW_MS, Tokmeter

from tokmeter.demo.history import write_history


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two invented weeks of logs. Nobody writes into it."""
    home = tmp_path_factory.mktemp("home")
    write_history(home, NOW_MS)
    return home


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory, history: Path) -> Tokmeter:
    """A tokmeter that has read the history. For tests that change nothing."""
    tokmeter = Tokmeter(tmp_path_factory.mktemp("warm"), history)
    assert tokmeter("sync").status == 0
    return tokmeter


@pytest.fixture
def fresh(tmp_path: Path, history: Path) -> Tokmeter:
    """A tokmeter that has read nothing yet."""
    return Tokmeter(tmp_path, history)


@pytest.fixture
def lonely(tmp_path: Path) -> Tokmeter:
    """A tokmeter on a machine without any logs."""
    home = tmp_path / "home"
    home.mkdir()
    return Tokmeter(tmp_path, home)
