"""`tokmeter notify`: what an assistant's hook calls. cli/fast.py serves it; here are its help and faults."""

from __future__ import annotations

from tokmeter.cli.options import Argument, Switches, command
from tokmeter.core.errors import UsageError

ASSISTANTS = ("claude-code", "codex")


@command(
    "common",
    arguments=(
        Argument("assistant", "ASSISTANT", f"Who calls: {' or '.join(ASSISTANTS)}."),
        Argument(
            "rest",
            "[--then CMD ARGS… --] [JSON]",
            "Codex: the program to call next, and its JSON.",
            True,
            False,
        ),
    ),
)
def notify(switches: Switches, assistant: str, rest: tuple[str, ...]) -> int:  # noqa: ARG001 - no shared switch
    """Ask for a sync soon, and return at once. Hooks call this; tokmeter statusline install puts them in.

    Prints nothing and never fails. With --then the program that Codex called before is called as before.
    """
    raise UsageError(
        f"notify does not know the assistant {assistant!r}; it knows {' and '.join(ASSISTANTS)}.",
        "To put it into their settings: tokmeter statusline install --hooks --codex",
    )
