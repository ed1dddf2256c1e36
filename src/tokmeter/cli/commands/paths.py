"""`tokmeter paths`: where our files are, and where logs are looked for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command
from tokmeter.cli.output import print_json


@command("json", "common")
def paths(switches: Switches) -> int:
    """Where tokmeter's files and the logs lie. Creates nothing."""
    context = Context(switches)
    own = context.paths
    prices = context.settings.prices_file or own.prices
    files = {
        "config": own.config,
        "prices": prices,
        "ledger": own.ledger,
        "state": own.state,
        "cache": own.cache,
    }
    logs = [(source.slug, root) for source, root in context.all_roots()]
    if switches.json:
        data = {
            "files": {name: {"path": str(path), "exists": not _absent(path)} for name, path in files.items()},
            "logs": [
                {"source": slug, "path": str(root.path), "reason": root.reason, "exists": root.exists}
                for slug, root in logs
            ],
        }
        print_json("tokmeter.paths/1", context.now_ms, data)
        return 0
    sys.stdout.write("Own files\n")
    for name, path in files.items():
        sys.stdout.write(f"  {name:<12} {path}{_absent(path)}\n")
    sys.stdout.write("Logs\n")
    for slug, root in logs:
        sys.stdout.write(
            f"  {slug:<12} {root.path}{'' if root.exists else '  (not there)'}  [{root.reason}]\n"
        )
    return 0


def _absent(path: Path) -> str:
    return "" if os.path.exists(path) else "  (not there yet)"  # noqa: PTH110 - Path.exists raises in a closed folder
