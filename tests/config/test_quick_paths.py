"""The fast path finds our folders where the usual way finds them, without its imports."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tokmeter.config.paths import find_paths
from tokmeter.config.quick_paths import cache_folder, ledger_file, state_folder

VARIABLES = ("TOKMETER_HOME", "TOKMETER_LEDGER", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "HOME")
VALUES = ("", "  ", "/abs/place", "relative/place", "~/below", "/with space/", "/dots/../x", " /padded ")
HOMES = ("/home/ana", "/home/ana/", "relative", "/")

CASES = [
    *({name: value} for name, value in product(VARIABLES[:-1], VALUES)),
    *({"HOME": home} for home in HOMES),
    *({"HOME": home, "XDG_STATE_HOME": "", "TOKMETER_HOME": "~/own"} for home in HOMES),
    {"TOKMETER_HOME": "/own", "TOKMETER_LEDGER": "~/books.db", "XDG_STATE_HOME": "/state"},
    {"XDG_STATE_HOME": "/one", "XDG_CACHE_HOME": "/two", "XDG_DATA_HOME": "/three"},
    {},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_they_are_where_the_usual_way_finds_them(
    case: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    for name in VARIABLES[:-1]:
        monkeypatch.delenv(name, raising=False)
    for name, value in case.items():
        monkeypatch.setenv(name, value)
    paths = find_paths(os.environ)

    assert (str(paths.state), str(paths.cache), str(paths.ledger)) == (
        str(Path(state_folder(os.environ))),
        str(Path(cache_folder(os.environ))),
        str(Path(ledger_file(os.environ))),
    )


def test_without_a_home_variable_they_still_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)

    assert str(find_paths(os.environ).state) == str(Path(state_folder(os.environ)))


def test_the_home_of_nobody_is_no_folder_here() -> None:
    """Taken as it stands, `~x` would become a folder in whatever repository the prompt is in."""
    for place in (state_folder, cache_folder, ledger_file):
        with pytest.raises(RuntimeError, match="no home folder"):
            place({"TOKMETER_HOME": "~nobody-of-this-name/own"})


def test_the_usual_way_is_not_asked_on_linux() -> None:
    if sys.platform != "linux":
        pytest.skip("a rule for Linux")
    code = "import sys; from tokmeter.config.quick_paths import state_folder as s; s({'HOME': '/home/ana'}); print([m for m in sys.modules if m in ('pathlib', 'platformdirs')])"
    source = str(Path(__file__).resolve().parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": source},
        capture_output=True,
        check=True,
        text=True,
    )

    assert "[]\n" == done.stdout
