from __future__ import annotations

from pathlib import Path

import pytest
from bad_home import BoundTokmeter, InProcess, good_home, permissions_bind

from cli.cli_run import Tokmeter


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with `GOOD` logs of both assistants."""
    return good_home(tmp_path / "home")


@pytest.fixture
def run(tmp_path: Path, home: Path) -> Tokmeter:
    """A tokmeter that has read nothing yet, for that home."""
    return Tokmeter(tmp_path, home)


@pytest.fixture
def here(tmp_path: Path, home: Path) -> InProcess:
    """The same, in this process."""
    return InProcess(tmp_path, home)


@pytest.fixture
def bound(tmp_path: Path, home: Path) -> BoundTokmeter:
    """The same, bound by permissions."""
    if not permissions_bind():
        pytest.skip("the tests run as root and cannot give up its privileges")
    return BoundTokmeter(tmp_path, home)
