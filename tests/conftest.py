"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden files anew instead of comparing; read the difference before you keep it",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of real logs from public repositories; they are read in place and never copied here."""
    folder = Path(os.environ.get("TOKMETER_CORPUS") or REPOSITORY.parent / "shared" / "corpus")
    if not folder.is_dir():
        pytest.skip(f"no corpus of real logs at {folder}; TOKMETER_CORPUS names another place")
    return folder


@pytest.fixture(scope="session")
def shared(corpus: Path) -> Path:
    """The folder beside the corpus, with a generator of homes whose totals are known."""
    folder = corpus.parent
    if not (folder / "bench" / "make_home.py").is_file():
        pytest.skip(f"no bench/make_home.py in {folder}")
    return folder
