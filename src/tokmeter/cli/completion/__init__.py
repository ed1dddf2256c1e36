"""Completion scripts, generated from the program's own tables.

They are static: TAB starts no tokmeter. Names of models, projects, assistants and sessions come out of
the names file (cli/names_file.py), which the scripts read with the shell's builtins.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final

from tokmeter.cli.completion.grammar import SHELLS, grammar

__all__ = ["FILES", "SHELLS", "script"]

FILES: Final = {
    "bash": "tokmeter.bash",
    "zsh": "_tokmeter",
    "fish": "tokmeter.fish",
    "pwsh": "tokmeter.ps1",
}
"""Shell → the script's name in the folder `completions`: what each shell expects."""

_TABLES: Final = "@TABLES@\n"


def script(shell: str) -> str:
    """The completion script of one of `SHELLS`: a template, and the tables that fill it."""
    tables: str = import_module(f"tokmeter.cli.completion.{shell}_tables").tables(grammar())
    template = Path(__file__).with_name(f"template.{Path(FILES[shell]).suffix[1:] or shell}")
    return template.read_text(encoding="utf-8").replace(_TABLES, tables)
