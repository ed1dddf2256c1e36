"""The first code that runs. What needs no option parser is answered before typer is imported."""

from __future__ import annotations

import sys

from tokmeter import __version__


def main() -> int:
    """Run the command line of this process; the exit status."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"tokmeter {__version__}\n")
        return 0
    from tokmeter.cli.app import run  # noqa: PLC0415 - nothing of it is needed above

    return run(arguments)
