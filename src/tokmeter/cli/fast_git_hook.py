"""`tokmeter git hook …`: what git calls at each commit. Always status 0, nothing on stdout, never slow.

`TOKMETER_DEBUG=1` shows what went wrong. What a hook does stands in `fast_git_commit.py` and
`fast_git_message.py`, imported where a fault of theirs cannot end a commit.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def serve_git_hook(rest: Sequence[str], env: Mapping[str, str], now: float) -> int:
    """Serve one hook: its name, our switches, git's arguments."""
    try:
        names = list(rest[1:])
        switches: set[str] = set()
        while names and names[0].startswith("--"):
            switches.add(names.pop(0))
        if rest:
            _serve(rest[0], switches, names, env, now)
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - whatever it is, a commit must not fail because of it
        if env.get("TOKMETER_DEBUG"):
            import traceback  # noqa: PLC0415 - only to show it

            traceback.print_exc()
    _end()
    return 0


def _end() -> None:
    """Leave at once: taking the interpreter apart costs a quarter of what starting it does.

    Not after a sync, whose ledger is to be closed properly.
    """
    if "tokmeter.cli.context" in sys.modules:
        return
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    finally:
        os._exit(0)  # also where nobody reads what was said


def _serve(hook: str, switches: set[str], names: list[str], env: Mapping[str, str], now: float) -> None:
    if hook == "notes-job" and names:
        from tokmeter.cli.git_notes import run_job  # noqa: PLC0415 - the background job may be heavy

        run_job(names[0], env)
        return
    if hook == "commit-msg":
        from tokmeter.cli.fast_git_message import empty_if_ours_alone  # noqa: PLC0415 - rarely called

        empty_if_ours_alone(names[0], env)
        return
    from tokmeter.integrations.git.repository import find_repository  # noqa: PLC0415 - see above

    repository = find_repository(os.getcwd(), env)
    if repository is None or not repository.root:
        return
    if hook == "post-commit":
        from tokmeter.cli.fast_git_commit import post_commit  # noqa: PLC0415 - the same

        post_commit(repository, switches, env, now)
    elif hook == "prepare-commit-msg":
        from tokmeter.cli.fast_git_message import prepare  # noqa: PLC0415 - each hook pays for its own

        prepare(repository, switches, names, env, now)
    elif hook == "post-rewrite" and "--notes" in switches:
        from tokmeter.cli.fast_git_commit import post_rewrite  # noqa: PLC0415 - the same

        post_rewrite(repository, names[0] if names else "", env, now)
