"""Which adapters there are: every public module or package beside this file that has a `SOURCE`."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

from tokmeter.sources._base import Source


def all_sources() -> list[Source]:
    """Every adapter, sorted by slug. Importing one is cheap: parsers load when there is work for them."""
    names = {
        entry.name.removesuffix(".py")
        for entry in os.scandir(Path(__file__).parent)
        if not entry.name.startswith(("_", ".")) and (entry.name.endswith(".py") or entry.is_dir())
    }
    found: list[Source] = [import_module(f"tokmeter.sources.{name}").SOURCE for name in sorted(names)]
    return sorted(found, key=lambda source: source.slug)
