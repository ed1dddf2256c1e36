"""The documents agree with the code: commands, variables, codes, links, and the walk-through that adds an adapter."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_layers import MAY_IMPORT
from tokmeter.cli.app import COMMANDS, guide, load
from tokmeter.cli.options import GROUPS
from tokmeter.core.problem import CATALOGUE
from tokmeter.core.usage import COUNT_BASES, FLAG_NAMES
from tokmeter.metrics.query import EXPORT_FIELDS
from tokmeter.sources._discover import all_sources

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src" / "tokmeter"
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
PAGE_IDS = [str(path.relative_to(ROOT)) for path in PAGES]

FOREIGN = re.compile("|".join(("pip install " + "tokmeter", "/wo" + "rk/", "/tm" + "p/h")))
"""Texts that must stand nowhere: the name belongs to another project on the index; places of one machine."""

VARIABLE = re.compile(r"[A-Z][A-Z_]*[A-Z]")
NO_VARIABLES = {
    "ASCII",
    "MODEL",
    "FILE",
    "GIT_OPTIONAL_LOCKS",
    "GMT",
    "HEAD",
    "O_BINARY",
    "O_CLOEXEC",
    "PARTS",
    "TEXT",
    "UTC",
}
"""Texts in capitals, in modules that have to do with the environment, which are no variables that are read."""


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# Commands ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_and_stands_in_guide_and_reference(name: str) -> None:
    command = load(name)
    own = [argument.help for argument in command.arguments] + [option.help for option in command.own]

    assert COMMANDS[name].help
    assert command.function.__doc__
    assert all(own)
    assert f"\n  {name} " in guide()
    assert f"\n### tokmeter {name}\n" in text_of(REFERENCE / "cli.md")


@pytest.mark.parametrize("group", GROUPS)
def test_a_shared_switch_has_help_and_stands_in_the_reference(group: str) -> None:
    reference = text_of(REFERENCE / "cli.md")

    for option in GROUPS[group]:
        assert option.help
        assert f"| `{', '.join(option.spellings)}" in reference


def test_every_assistant_stands_in_the_readme_and_has_a_section_on_its_format() -> None:
    titles = [source.title for source in all_sources()]
    readme, formats = text_of(ROOT / "README.md"), text_of(DOCS / "formats.md")

    assert [] == [title for title in titles if f"| {title} |" not in readme]
    assert [] == [title for title in titles if f"\n## {title}\n" not in formats]


# Variables and codes -------------------------------------------------------------------------------------


def variables(path: Path) -> set[str]:
    """Names of environment variables in a module that has to do with the environment."""
    tree = ast.parse(text_of(path))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if not names & {"env", "environ"}:
        return set()
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if VARIABLE.fullmatch(text)} - NO_VARIABLES


def test_every_variable_that_is_read_is_documented() -> None:
    read = set().union(*(variables(path) for path in SRC.rglob("*.py")))
    documented = set(re.findall(r"`([A-Z][A-Z_]+)`", text_of(REFERENCE / "environment.md")))

    assert {"TOKMETER_HOME", "NO_COLOR", "CODEX_HOME", "CLAUDE_CONFIG_DIR", "COLUMNS"} <= read
    assert set() == read - documented


def test_every_code_of_a_problem_is_documented_with_its_severity() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", text_of(REFERENCE / "problems.md"), re.MULTILINE)

    assert {code: severity for code, (severity, _, _) in CATALOGUE.items()} == dict(rows)


def test_the_fields_of_an_export_are_documented_in_their_order() -> None:
    page = text_of(REFERENCE / "export.md")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|[^|]*\|$", page, re.MULTILINE)
    flags = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", page, re.MULTILINE)

    assert list(EXPORT_FIELDS) == [name for name, _ in rows]
    assert list(FLAG_NAMES.values()) == flags
    assert [] == [basis for basis in COUNT_BASES if f"`{basis}`" not in dict(rows)["count_basis"]]


# Texts ---------------------------------------------------------------------------------------------------


def own_texts() -> Iterator[Path]:
    """Every text of the project: what is built, installed or cached is not."""
    for top in (".ci", "bench", "docs", "scripts", "src", "tests"):
        for path in sorted((ROOT / top).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".xz":
                yield path
    yield from (path for path in sorted(ROOT.iterdir()) if path.suffix in {".md", ".toml"})


def test_no_text_names_a_foreign_package_or_somebodys_machine() -> None:
    strayed = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in own_texts()
        if (found := FOREIGN.search(path.read_bytes().decode("utf-8", "replace")))
    ]

    assert [] == strayed


PAGE_NAME = re.compile(r"(?<![\w/.-])[\w./-]*\w\.md\b")
"""The name of a page, with or without folders."""

NO_PAGES = {"AGENTS.md", "readme.md"}
"""Pages of other programs."""


def test_every_page_that_a_text_names_exists() -> None:
    """Named from the root, from the text's own folder, or by the page's name alone."""
    names = {path.name for path in own_texts() if path.suffix == ".md"} | NO_PAGES
    strayed = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in own_texts()
        for name in PAGE_NAME.findall(path.read_bytes().decode("utf-8", "replace"))
        if name not in names and not (ROOT / name).is_file() and not (path.parent / name).is_file()
    ]

    assert [] == strayed


@pytest.mark.parametrize("page", PAGES, ids=PAGE_IDS)
def test_a_link_leads_to_a_file_and_a_heading_that_exist(page: Path) -> None:
    dead = [target for target in links(text_of(page)) if not leads_somewhere(page, target)]

    assert [] == dead


def links(text: str) -> list[str]:
    """Targets of links, without those in code."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


def leads_somewhere(page: Path, target: str) -> bool:
    if target.startswith("https://"):
        return True
    name, _, anchor = target.partition("#")
    file = (page.parent / name) if name else page
    if not file.exists():
        return False
    return not anchor or anchor in {
        slug(title) for title in re.findall(r"^#+ (.+)$", text_of(file), re.MULTILINE)
    }


def slug(title: str) -> str:
    """A heading's anchor, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_page_is_in_the_index() -> None:
    index = DOCS / "README.md"
    listed = {(index.parent / target.partition("#")[0]).resolve() for target in links(text_of(index))}

    assert set() == {path.resolve() for path in DOCS.rglob("*.md")} - {index.resolve()} - listed


def test_the_layout_in_contributing_is_the_one_that_is_held() -> None:
    rows = re.findall(
        r"^\| `src/tokmeter/(\w+)/` \|[^|]*\| ([^|]*) \|", text_of(ROOT / "CONTRIBUTING.md"), re.MULTILINE
    )
    everything = set(MAY_IMPORT)
    told = {
        name: everything if words == "all" else set(re.findall(r"\w+", words)) & everything
        for name, words in rows
    }

    assert MAY_IMPORT == {name: layers - {name} for name, layers in told.items()}


# The walk-through ----------------------------------------------------------------------------------------

FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A file's path, a blank line, and what is in it."""


@pytest.fixture(scope="module")
def with_acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree to which CONTRIBUTING.md has added its assistant."""
    copy = tmp_path_factory.mktemp("walk-through")
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for name, content in FILE.findall(text_of(ROOT / "CONTRIBUTING.md")):
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return copy


def in_copy(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "TOKMETER_HOME": str(copy / "own"),
        "TZ": "UTC",
    }
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_walk_through_adds_five_files(with_acme: Path) -> None:
    added = {path for path in with_acme.rglob("*") if path.is_file() and "acme" in path.parts}

    assert 5 == len(added)


def test_the_adapter_of_the_walk_through_passes_golden_test_and_laws(with_acme: Path) -> None:
    """Also law 1 of the other adapters: none of their logs is claimed by the new one."""
    files = ("tests/sources/test_golden.py", "tests/sources/test_laws.py")
    done = in_copy(with_acme, "pytest", "-q", "-p", "no:cacheprovider", "-k", "acme or law_1_each", *files)

    assert 0 == done.returncode, done.stdout[-3000:]
    assert re.search(r"^\d+ passed", done.stdout.splitlines()[-1])


def test_the_adapter_of_the_walk_through_passes_the_linter_and_the_type_checker(with_acme: Path) -> None:
    adapter = "src/tokmeter/sources/acme"
    for check in (
        ("ruff", "check", "--no-cache"),
        ("ruff", "format", "--check", "--no-cache"),
        ("mypy", "--strict"),
    ):
        done = in_copy(with_acme, *check, adapter)

        assert 0 == done.returncode, done.stdout


def test_the_adapter_of_the_walk_through_shows_in_reports_without_being_registered(with_acme: Path) -> None:
    """1,280 tokens: 200 fresh, 1,000 from the cache, 80 of output."""
    home = with_acme / "tests" / "sources" / "acme" / "first_steps" / "input"
    done = in_copy(
        with_acme, "tokmeter", "models", "2026-11-21", "--json", "--home", str(home), "--as-of", "2026-11-21"
    )
    assert 0 == done.returncode, done.stderr
    models = json.loads(done.stdout)["data"]["models"]

    assert [("gpt-5-mini", 1280)] == [(model["model"], model["total_tokens"]) for model in models]
