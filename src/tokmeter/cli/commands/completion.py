"""`tokmeter shell completion SHELL`: the completion script, for whoever has no package that installs it."""

from __future__ import annotations

import sys

from tokmeter.cli.options import Argument, Switches, command
from tokmeter.core.errors import UsageError

SHELL = Argument("shell", "bash|zsh|fish|pwsh", "The shell that will read it.")


@command("common", arguments=(SHELL,))
def completion(switches: Switches, shell: str) -> int:  # noqa: ARG001 - the contract of commands
    """Print the completions for bash, zsh, fish or PowerShell (docs/reference/completions.md)."""
    from tokmeter.cli.completion import SHELLS, script  # noqa: PLC0415 - loads every command

    if shell not in SHELLS:
        raise UsageError(
            f"There are completions for {', '.join(SHELLS)}, not for {shell!r}.",
            "For example: tokmeter shell completion bash",
        )
    sys.stdout.write(script(shell))
    return 0
