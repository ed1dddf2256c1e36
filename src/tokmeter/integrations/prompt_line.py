"""The prepared prompt line: one small file that `sync` writes and that shells read with builtins.

Six lines, always in this order (docs/reference/prompt.md), then one `name=value` per figure:

1. the text to show, `$4.84 today · 66% wk`; empty when there is nothing to show
2. epoch second at which the figures were taken
3. epoch second from which a sync should be started
4. epoch second from which the text is shown with `~` in front: an hour old, or another day than it says
5. `plain`, `yellow` or `red`: the colour the settings ask for at these figures
6. the short text, `4.84/66%`

Texts hold digits, units and fixed words, never anything from a log.
This module is on the fast path: os and nothing else.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "prompt"
"""Its name in the state folder."""

COLORS = ("plain", "yellow", "red")
HEAD = 6
STALE_MARK = "~"


class PromptLine:
    """What the file holds. Times in epoch seconds."""

    __slots__ = ("color", "figures", "refresh_at", "short", "stale_at", "taken_at", "text")

    def __init__(
        self,
        text: str,
        taken_at: int,
        refresh_at: int,
        stale_at: int,
        color: str,
        short: str,
        figures: Mapping[str, str],
    ) -> None:
        self.text = text
        self.taken_at = taken_at
        self.refresh_at = refresh_at
        self.stale_at = stale_at
        self.color = color
        self.short = short
        self.figures = figures

    def marked(self, text: str, now: int) -> str:
        """`text` with the mark of old figures where it is due."""
        return f"{STALE_MARK}{text}" if text and now >= self.stale_at else text


def read_line(state: str) -> PromptLine | None:
    """The prepared line of a state folder; None where there is none or it can't be understood."""
    try:
        with open(os.path.join(state, FILE), encoding="utf-8") as file:
            lines = file.read(8192).split("\n")
        figures = dict(line.split("=", 1) for line in lines[HEAD:] if "=" in line)
        text, taken, refresh, stale, color, short = lines[:HEAD]
        if color not in COLORS:
            color = COLORS[0]
        return PromptLine(text, int(taken), int(refresh), int(stale), color, short, figures)
    except (OSError, ValueError):  # ValueError: too few lines, no number, not UTF-8
        return None


def write_line(state: str, line: PromptLine) -> None:
    """Put `line` in place of the old one; a reader sees the one or the other, whole. Raises OSError."""
    os.makedirs(state, mode=0o700, exist_ok=True)
    figures = [f"{name}={value}" for name, value in line.figures.items()]
    head = [line.text, str(line.taken_at), str(line.refresh_at), str(line.stale_at), line.color, line.short]
    replace_file(os.path.join(state, FILE), "\n".join([*head, *figures, ""]))


def replace_file(path: str, text: str) -> None:
    """Write a small private file by way of a temporary name and a rename. Raises OSError."""
    temporary = f"{path}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
