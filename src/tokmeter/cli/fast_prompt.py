"""`tokmeter prompt`, served from the prepared line: one small file read, one line written, exit status 0."""

from __future__ import annotations

import os

from tokmeter.config.quick_paths import state_folder
from tokmeter.integrations.background import start_sync, wants_sync
from tokmeter.integrations.prompt_line import read_line
from tokmeter.integrations.prompt_show import SHELLS, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VALUED = ("--format", "--shell", "--color")
COLORS = ("auto", "always", "never")
STDOUT = 1


def serve_prompt(rest: Sequence[str], env: Mapping[str, str], now: int) -> int | None:
    """Print the line and start a sync if one is due. None for anything that needs the full parser."""
    values = _read(rest)
    if values is None:
        return None
    show_prompt(
        env,
        now,
        short="short" in values,
        layout=values.get("format"),
        shell=values.get("shell", ""),
        color=values.get("color", "auto"),
    )
    return 0


def show_prompt(
    env: Mapping[str, str], now: int, *, short: bool, layout: str | None, shell: str, color: str
) -> None:
    """Print the line of this environment. Never raises: a prompt must not fail because of us."""
    try:
        state = state_folder(env)
        line = read_line(state)
        if line is None:
            return
        text = shown(line, short=short, layout=layout, shell=shell, color=_colored(color, env), now=now)
        if text:
            _print(text if _is_utf8(env) else _ascii(text))
        if wants_sync(state, line.refresh_at, now):
            start_sync(state, now, env)
    except (OSError, ValueError, RuntimeError):  # no such home, a closed stdout, a folder that is none
        return


def _read(rest: Sequence[str]) -> dict[str, str] | None:
    """The switches, None if there is any that this module does not know."""
    values: dict[str, str] = {}
    words = list(reversed(rest))
    while words:
        word = words.pop()
        name, equals, value = word.partition("=")
        if word == "--short":
            values["short"] = "yes"
        elif name not in VALUED:
            return None
        elif equals:
            values[name[2:]] = value
        elif words and not (words[-1].startswith("-") and len(words[-1]) > 1):
            values[name[2:]] = words.pop()
        else:
            return None
    known = values.get("color", "auto") in COLORS and values.get("shell", SHELLS[0]) in SHELLS
    return values if known else None


def _colored(choice: str, env: Mapping[str, str]) -> bool:
    """Whether to colour: `--color`, then NO_COLOR, FORCE_COLOR, TERM=dumb.

    A prompt is never written to a terminal directly, so `auto` does not ask for one where a shell is named.
    """
    if choice != "auto":
        return choice == "always"
    if env.get("NO_COLOR"):
        return False
    return bool(env.get("FORCE_COLOR")) or (env.get("TERM") != "dumb" and os.isatty(STDOUT))


def _is_utf8(env: Mapping[str, str]) -> bool:
    """Whether the locale can show more than ASCII (the rule of `cli.output.unicode_ok`)."""
    locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
    return not locale or "utf" in locale.lower()


def _ascii(text: str) -> str:
    from tokmeter.reports.glyphs import to_ascii  # noqa: PLC0415 - rarely needed

    return to_ascii(text)


def _print(text: str) -> None:
    """One line to stdout, as bytes: Python's own stream may know ASCII alone."""
    data = f"{text}\n".encode("utf-8", "replace")
    while data:
        data = data[os.write(STDOUT, data) :]
