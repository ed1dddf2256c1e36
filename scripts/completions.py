"""Writes the completion scripts in the folder `completions` from the program's own tables.

.venv/bin/python scripts/completions.py            write them anew
.venv/bin/python scripts/completions.py --check    status 1 where they are out of date
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tokmeter.cli.completion import FILES, script

FOLDER = Path(__file__).resolve().parents[1] / "completions"


def stale() -> dict[Path, str]:
    """The scripts that are not as they should be, with what they should be."""
    wanted = {FOLDER / name: script(shell) for shell, name in FILES.items()}
    return {
        path: text
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }


def main() -> int:
    """Write the scripts, or compare them."""
    parser = argparse.ArgumentParser(description="Write the completion scripts.")
    parser.add_argument("--check", action="store_true", help="compare only; status 1 if one is out of date")
    check = parser.parse_args().check
    found = stale()
    for path, text in found.items():
        if not check:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(f"{'out of date' if check else 'wrote'}: completions/{path.name}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
