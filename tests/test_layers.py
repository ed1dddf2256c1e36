"""Imports flow one way (docs/decisions/layers.md): the architecture is what this test says it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src" / "tokmeter"
FILES = sorted(SRC.rglob("*.py"))
IDS = [str(path.relative_to(SRC)) for path in FILES]

# Layer → the layers it may import besides itself.
MAY_IMPORT = {
    "core": set(),
    "config": {"core"},
    "sources": {"core"},
    "pricing": {"core"},
    "ledger": {"core"},
    "demo": {"core"},
    "tokenization": {"core"},
    "histories": {"core", "sources", "tokenization"},
    "ingest": {"core", "sources", "histories", "tokenization", "pricing", "ledger"},
    "metrics": {"core", "ledger"},
    "reports": {"core", "metrics"},
    "integrations": {"core", "metrics", "reports"},
    "cli": {
        "core",
        "config",
        "sources",
        "histories",
        "tokenization",
        "pricing",
        "ledger",
        "ingest",
        "metrics",
        "reports",
        "integrations",
        "demo",
    },
}

# Outside package → where alone it may be imported.
FENCES = {
    "typer": ["cli/"],
    "rich": ["cli/progress.py"],
    "sqlite3": ["ledger/", "metrics/", "ingest/", "histories/"],
    "sqlite_utils": ["ledger/"],
    "genai_prices": ["pricing/", "histories/_extract.py", "histories/_usage.py"],
    "platformdirs": ["config/paths.py"],
    "zstandard": ["sources/_jsonl.py", "histories/"],
    "compression": ["sources/_jsonl.py", "histories/"],
    "tiktoken": ["tokenization/"],
    "tokenizers": ["tokenization/"],
    "ctok": ["tokenization/"],
    "splintr": ["tokenization/"],
    "pathspec": ["tokenization/"],
    "socket": [],
    "urllib": [],
    "http": [],
}


def imports(path: Path, *, types: bool = True) -> Iterator[str]:
    """Every module that a file imports, also inside functions; without `types`, not those for checkers only."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not types and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped.update(ast.walk(node))
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(path: Path) -> str:
    return path.relative_to(SRC).parts[0] if path.parent != SRC else ""


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_module_imports_only_from_layers_below_its_own(path: Path) -> None:
    own = layer(path)
    if not own:  # tokmeter itself and python -m tokmeter
        return
    used = {name.split(".")[1] for name in imports(path) if name.startswith("tokmeter.")}
    used &= set(MAY_IMPORT)

    assert set() == used - MAY_IMPORT[own] - {own}


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_an_outside_package_is_imported_only_behind_its_fence(path: Path) -> None:
    place = str(path.relative_to(SRC))
    outside = {name.split(".")[0] for name in imports(path)}
    strayed = [
        package
        for package, places in FENCES.items()
        if package in outside and not any(place.startswith(allowed) for allowed in places)
    ]

    assert [] == strayed


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_the_clock_and_the_environment_are_read_in_cli_and_config_alone(path: Path) -> None:
    """Everything else is handed a value, so that tests and `--as-of` reach it."""
    if layer(path) in {"cli", "config", ""}:
        return
    text = path.read_text(encoding="utf-8")
    used = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node)
        in {"time.time", "time.time_ns", "datetime.now", "os.environ", "date.today", "os.getenv"}
    ]

    assert [] == used


def test_the_rows_of_the_table_are_the_folders_there_are() -> None:
    folders = {path.name for path in SRC.iterdir() if path.is_dir() and not path.name.startswith("__")}

    assert set(MAY_IMPORT) == folders


def test_no_file_is_longer_than_a_small_room() -> None:
    """About 400 lines is the limit; a longer file holds more than one idea."""
    long = {
        str(path.relative_to(SRC)): n for path in FILES if (n := len(path.read_text().splitlines())) > 420
    }

    assert {} == long
