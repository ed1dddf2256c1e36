"""README.md and docs/reference/cli.md show what the program prints, and the two commands stand as promised."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

from tokmeter.core.period import parse_period
from tokmeter.tokenization._ctok import is_installed

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
SETUP = "python3 -m venv .venv && .venv/bin/pip install --quiet "


def script() -> ModuleType:
    """scripts/readme.py, which is no package."""
    spec = importlib.util.spec_from_file_location("readme_script", ROOT / "scripts" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = script()
OUTPUTS = [block["command"] for block in SCRIPT.OUTPUT.finditer(TEXT)]


@pytest.mark.parametrize("command", OUTPUTS)
def test_an_output_in_the_readme_is_what_the_command_prints(command: str) -> None:
    priced_by = SCRIPT.PRICES.search(TEXT)
    assert priced_by is not None
    if priced_by[0] != version("genai-prices"):
        pytest.skip(
            f"README.md was written with genai-prices {priced_by[0]}; run scripts/readme.py to renew it"
        )
    if "anatomy" in command and not is_installed():
        pytest.skip(
            "ctok is not installed: Claude's tokens are scaled otherwise, and its thinking stays hidden"
        )
    block = next(found for found in SCRIPT.OUTPUT.finditer(TEXT) if found["command"] == command)

    assert block[0] == SCRIPT.readme(block[0])


def test_the_readme_shows_the_week_narrow_and_wide_a_figure_explained_and_what_was_sent() -> None:
    assert ["week", "week", "explain", "anatomy"] == [command.split()[1] for command in OUTPUTS]


def test_the_command_line_reference_says_what_the_table_of_switches_says() -> None:
    assert SCRIPT.CLI.read_text(encoding="utf-8") == SCRIPT.cli()


@pytest.mark.parametrize("words", [words for names, _ in SCRIPT.PERIODS for words in names.split(", ")])
def test_a_period_in_the_reference_is_one(words: str) -> None:
    now_ms = 1_795_280_700_000  # 2026-11-21 17:05 UTC

    assert parse_period(words, "week", now_ms, UTC).start_ms <= now_ms


def test_check_tells_a_stale_page_from_a_fresh_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "cli.md"
    page.write_text(SCRIPT.cli().replace("## Commands", "## Orders"), encoding="utf-8")
    fresh = script()
    fresh.ROOT, fresh.CLI, fresh.README = tmp_path, page, tmp_path / "README.md"
    fresh.README.write_text("nothing to fill in\n", encoding="utf-8")
    argv, sys.argv = sys.argv, ["readme.py", "--check"]
    try:
        assert 1 == fresh.main()
    finally:
        sys.argv = argv

    assert "-## Orders\n+## Commands\n" in capsys.readouterr().out


def test_there_are_two_commands_and_each_sets_itself_up_on_one_line() -> None:
    commands = re.findall(r"^ {4}(python3 .*)$", TEXT, re.MULTILINE)

    assert [
        SETUP + ". && .venv/bin/tokmeter week",
        # Claude's tokenizer asks for Python 3.12 and runs on 3.11 as well.
        SETUP
        + "--editable '.[dev]' && .venv/bin/pip install --quiet --ignore-requires-python 'ctok>=1.3,<2' "
        "&& .venv/bin/ruff check . && .venv/bin/ruff format --check . "
        '&& .venv/bin/mypy && .venv/bin/pytest -m "not long"',
    ] == commands


def test_the_check_script_finds_the_test_command_of_the_readme(tmp_path: Path) -> None:
    """`.ci/run` runs what stands in README.md; here the command is one that only speaks."""
    command = next(line for line in TEXT.splitlines() if "'.[dev]'" in line)
    spoken = "    python3 -c 'print(6 * 7)'"
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    (tmp_path / "README.md").write_text(TEXT.replace(command, spoken), encoding="utf-8")
    done = subprocess.run(["bash", str(tmp_path / ".ci" / "run")], capture_output=True, text=True, check=True)

    assert "42" == done.stdout.splitlines()[-1]
