"""The snippet that shows the prepared line in a shell's prompt: a file of `shells/`, filled in.

The snippets read the line with builtins and follow the rules of `background.py` for the lock.
This module is on the fast path, because the snippet is asked for at every start of a shell.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SUFFIXES = {"bash": "bash", "zsh": "zsh", "fish": "fish", "pwsh": "ps1"}
"""The shells there are, and how their files end."""


def snippet(shell: str, state: str, command: Sequence[str], *, short: bool = False, show: bool = True) -> str:
    """What `eval` (or `source`) takes in that shell.

    `state`: the folder of the line; `command`: how tokmeter is started; `short`: the short text; without
    `show` only the variables are set, and the user places them.
    """
    path = os.path.join(os.path.dirname(__file__), "shells", f"prompt.{SUFFIXES[shell]}")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    quoted = _QUOTES[shell]
    between = ", " if shell == "pwsh" else " "
    for place, value in (
        ("@SHORT@", quoted("1" if short else "")),
        ("@SHOW@", quoted("1" if show else "")),
        ("@COMMAND@", between.join(map(quoted, command))),
        ("@STATE@", quoted(state)),
    ):
        text = text.replace(place, value, 1)
    return text


def _posix(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _pwsh(text: str) -> str:
    """PowerShell takes typographic quotes for plain ones."""
    for quote in "'\u2018\u2019\u201a\u201b":
        text = text.replace(quote, quote * 2)
    return f"'{text}'"


_QUOTES: dict[str, Callable[[str], str]] = {"bash": _posix, "zsh": _posix, "fish": _fish, "pwsh": _pwsh}
