"""`tokmeter shell init`: the snippet that shows the prepared line in a shell's prompt.

Mostly served by `cli/fast_shell.py` before this module is imported; what comes here is help, a mistake, or a
shared switch.
"""

from __future__ import annotations

import os

from tokmeter.cli.fast_shell import print_snippet
from tokmeter.cli.options import Argument, Switches, command, flag
from tokmeter.config.paths import find_paths
from tokmeter.core.errors import UsageError
from tokmeter.integrations.shell import SUFFIXES

SHELL = Argument("shell", "|".join(SUFFIXES), "Whose prompt.")
OWN = (
    flag("short", "Show the short text: 4.84/66%."),
    flag("no_show", "Set the variable TOKMETER_PROMPT only; you place it."),
)


@command("common", arguments=(SHELL,), own=OWN)
def init(switches: Switches, shell: str, short: bool, no_show: bool) -> int:  # noqa: ARG001 - shared switches are taken, and change nothing
    """Print the snippet for the shell's start-up file. It reads one line with builtins at each prompt.

    bash: eval "$(tokmeter shell init bash)" · fish: tokmeter shell init fish | source
    """
    if shell not in SUFFIXES:
        raise UsageError(
            f"There is no snippet for {shell!r}; there are {', '.join(SUFFIXES)}.",
            'In ~/.bashrc: eval "$(tokmeter shell init bash)"',
        )
    find_paths(os.environ)  # raises with a sentence where our places make no sense
    print_snippet(shell, os.environ, short=short, show=not no_show)
    return 0
