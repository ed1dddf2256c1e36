"""What shells, assistants and git call many times an hour, served before anything heavy is imported.

Each of them exits 0 whatever happens: a prompt, a status line or a commit must never fail because of us.
What this module does not serve (help, installing, an unknown switch) goes the usual way.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = frozenset({"-h", "--help"})


def serve(arguments: Sequence[str]) -> int | None:
    """Serve a command line if it is one of the fast ones; None sends it the usual way."""
    word, rest = arguments[0], list(arguments[1:])
    if word == "prompt":
        from tokmeter.cli.fast_prompt import serve_prompt  # noqa: PLC0415 - each pays for its own imports

        return serve_prompt(rest, os.environ, int(time.time()))
    if word == "shell" and rest[:1] == ["init"]:
        from tokmeter.cli.fast_shell import serve_shell_init  # noqa: PLC0415 - the same

        return serve_shell_init(rest[1:], os.environ)
    if word == "statusline" and rest[:1] not in (["install"], ["remove"]) and not HELP & {*rest}:
        from tokmeter.cli.fast_statusline import serve_statusline  # noqa: PLC0415 - the same

        return serve_statusline(rest, os.environ, int(time.time()))
    if word == "notify" and rest[:1] in (["claude-code"], ["codex"]) and not HELP & {*rest[1:2]}:
        from tokmeter.cli.fast_notify import serve_notify  # noqa: PLC0415 - the same

        return serve_notify(rest, os.environ, int(time.time()))
    if word == "git" and rest[:1] == ["hook"] and not HELP & {*rest[1:2]}:
        from tokmeter.cli.fast_git_hook import serve_git_hook  # noqa: PLC0415 - the same

        return serve_git_hook(rest[1:], os.environ, time.time())
    return None
