"""`tokmeter shell init SHELL` without the option parser: it runs at every start of a shell."""

from __future__ import annotations

import os

from tokmeter.config.quick_paths import state_folder
from tokmeter.integrations.background import own_command
from tokmeter.integrations.shell import SUFFIXES, snippet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STDOUT = 1


def serve_shell_init(rest: Sequence[str], env: Mapping[str, str]) -> int | None:
    """Print the snippet; None for anything that needs the full parser."""
    words = [word for word in rest if word not in ("--short", "--no-show")]
    if len(words) != 1 or words[0] not in SUFFIXES:
        return None
    try:
        print_snippet(words[0], env, short="--short" in rest, show="--no-show" not in rest)
    except RuntimeError:  # no such home: the usual way has the sentence for it
        return None
    return 0


def print_snippet(shell: str, env: Mapping[str, str], *, short: bool, show: bool) -> None:
    """The snippet on stdout, in UTF-8 whatever the locale says: shells keep bytes as they are."""
    text = snippet(shell, state_folder(env), own_command(), short=short, show=show)
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(STDOUT, data) :]
