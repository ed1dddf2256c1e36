"""`tokmeter prompt`: the prepared line, for prompts and bars of other programs.

Mostly served by `cli/fast_prompt.py` before this module is imported; what comes here is help, a mistake, or a
shared switch.
"""

from __future__ import annotations

import os
import time

from tokmeter.cli.fast_prompt import COLORS, show_prompt
from tokmeter.cli.options import Switches, command, flag, text
from tokmeter.core.errors import UsageError
from tokmeter.integrations.prompt_show import SHELLS

OWN = (
    flag("short", "The short text: 4.84/66%."),
    text("format", "TEXT", "Your own text; {today_cost}, {week_tokens} … are filled in."),
    text("shell", "|".join(SHELLS), "Escape it for the prompt of this shell.", ""),
    text("color", "auto|always|never", "Colour over budget; auto: on a terminal.", "auto"),
)


@command("common", own=OWN)
def prompt(switches: Switches, short: bool, format: str | None, shell: str, color: str) -> int:  # noqa: A002, ARG001 - the switch's name; shared switches are taken, and change nothing
    """Print the line that the last sync prepared; if it is old, start a sync in the background.

    Prints nothing where there is no line. Figures for --format: today, week, month, each with _cost, _tokens,
    _requests, _share; budget_share; text, short.
    """
    if shell and shell not in SHELLS:
        raise UsageError(f"--shell takes {', '.join(SHELLS)}, not {shell!r}.", "tokmeter prompt --shell zsh")
    if color not in COLORS:
        raise UsageError(
            f"--color takes {', '.join(COLORS)}, not {color!r}.", "tokmeter prompt --color never"
        )
    show_prompt(os.environ, int(time.time()), short=short, layout=format, shell=shell, color=color)
    return 0
