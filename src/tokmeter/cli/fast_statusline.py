"""`tokmeter statusline` before anything heavy is imported: stdin in, one line out, exit status 0 always.

It reads stdin and the prepared prompt line and nothing else: no log, no ledger, no config file.
"""

from __future__ import annotations

import os
import time

from tokmeter.config.quick_paths import state_folder
from tokmeter.integrations.background import start_sync, wants_sync
from tokmeter.integrations.prompt_line import read_line
from tokmeter.integrations.statusline import PARTS, read_json, status_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_BYTES = 1 << 20
"""Claude Code sends about 2 KB. What is longer than this is not looked at."""

PATIENCE = 1.0
"""Seconds to wait for a JSON document that does not come or does not end."""

VALUED = frozenset({"--show", "--color", "--home", "--as-of", "--tz"})
FLAGS = frozenset({"-q", "--quiet", "-v", "--verbose"})
"""Switches that every command takes; all but the colour change nothing here."""

EXPLANATION = """\
tokmeter statusline is what Claude Code calls: it reads JSON on stdin and prints one line.
  → put it into Claude Code's settings: tokmeter statusline install
"""


def serve_statusline(rest: Sequence[str], env: Mapping[str, str], now: int) -> int:
    """Print the status line, then start one background sync if the figures are due; always 0."""
    show, color = _asked(rest, env)
    data = read_json(_stdin())
    try:
        state = state_folder(env)
        line = read_line(state)
    except Exception:  # noqa: BLE001 - whatever is wrong with our folders, a line must come
        state, line = "", None
    _write(1, status_line(data, line, now, show, color=color) + "\n")
    if state and wants_sync(state, line.refresh_at if line else 0, now):
        start_sync(state, now, env)
    return 0


def _asked(rest: Sequence[str], env: Mapping[str, str]) -> tuple[Sequence[str], bool]:
    """The parts that `--show` names, and whether to colour.

    What is not understood is said on stderr, and the line is shown anyway.
    """
    show: Sequence[str] = PARTS
    color = not env.get("NO_COLOR") and env.get("TERM") != "dumb"
    words = list(rest)
    while words:
        switch, equals, value = words.pop(0).partition("=")
        if switch in VALUED and not equals:
            value = words.pop(0) if words else ""
        if switch == "--show":
            show = _parts(value)
        elif switch == "--color":
            color = value == "always" or (color and value != "never")
        elif switch not in VALUED and switch not in FLAGS:
            _write(
                2, f"tokmeter: statusline does not know {_sayable(switch)}; see tokmeter statusline --help\n"
            )
    return show, color


def _parts(value: str) -> Sequence[str]:
    """The known ones of the parts that `--show` lists; all if there is none."""
    names = [name.strip() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in PARTS:
            known = ", ".join(PARTS)
            _write(2, f"tokmeter: statusline --show does not know {_sayable(name)}; it knows {known}\n")
    return [name for name in names if name in PARTS] or PARTS


def _stdin() -> str:
    """The JSON text on stdin; '' where there is none, or where none comes within PATIENCE."""
    try:
        if os.isatty(0):
            _write(2, EXPLANATION)
            return ""
        return _text(_read_document())
    except (OSError, ValueError):  # closed, or a folder
        return ""


def _read_document() -> bytes:
    """Everything on stdin up to its end, or up to where the document is complete."""
    data = b""
    until = time.monotonic() + PATIENCE
    while len(data) <= MOST_BYTES and _comes(until):
        part = os.read(0, 65_536)
        data += part
        if not part or _seems_complete(data):
            return data
    return data if len(data) <= MOST_BYTES else b""


def _comes(until: float) -> bool:
    """Whether there is something to read (or the end of it) before `until`."""
    if os.name == "nt":  # select takes only sockets there
        return True
    from select import select  # noqa: PLC0415 - absent elsewhere

    return bool(select([0], [], [], max(until - time.monotonic(), 0))[0])


def _seems_complete(data: bytes) -> bool:
    """Whether an object may end here: whoever sends it need not close stdin. Asked at each `}` only."""
    return data.rstrip().endswith(b"}") and read_json(_text(data)) is not None


def _text(data: bytes) -> str:
    """Not the codec utf-8-sig: it is a module to import."""
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def _sayable(word: str) -> str:
    return "".join(char for char in word[:40] if char.isprintable())


def _write(descriptor: int, text: str) -> None:
    """Write as UTF-8, which is what Claude Code reads, whatever the locale says."""
    data = text.encode("utf-8", "replace")
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:  # nobody is there to read it
        return
