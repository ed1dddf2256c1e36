"""The first code that runs. What needs no option parser is answered before typer is imported."""

from __future__ import annotations

import sys

from tokmeter import __version__

FAST = frozenset({"prompt", "shell", "statusline", "notify", "git"})
"""First words of what may be served before anything heavy is imported (cli/fast.py decides)."""


def main() -> int:
    """Run the command line of this process; the exit status."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"tokmeter {__version__}\n")
        return 0
    if arguments and arguments[0] in FAST:
        from tokmeter.cli.fast import serve  # noqa: PLC0415 - nothing of it is needed above

        status = serve(arguments)
        if status is not None:
            return status
    from tokmeter.cli.app import run  # noqa: PLC0415 - nothing of it is needed above

    return run(arguments)
