"""`tokmeter statusline`: the line itself, and putting it into the assistants' settings and out again."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.cli.options import Option, Switches, command, flag, text
from tokmeter.cli.output import arrow, for_stream
from tokmeter.core.errors import UsageError
from tokmeter.integrations.background import own_command
from tokmeter.integrations.statusline import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokmeter.integrations.settings_file import Change

SHOW = text("show", "PARTS", f"What to show, in this order: {','.join(PARTS)}.")
SETTINGS = Option("settings", "path", ("--settings",), "FILE", "This settings file instead of the user's.")
DRY_RUN = flag("dry_run", "Show the change and write nothing.", "-n")
YES = flag("yes", "Write without asking.", "-y")
NO_INPUT = flag("no_input", "Never ask.")


@command("common", own=(SHOW,))
def statusline(switches: Switches, show: str | None) -> int:
    """Claude Code's status line: reads its JSON on stdin, prints one line, never fails.

    Reads no log and not the ledger; the figures of today come from the line that each sync prepares.
    """
    from tokmeter.cli.fast_statusline import serve_statusline  # noqa: PLC0415 - `--help` does without

    words = [
        *([f"--show={show}"] if show else []),
        *([f"--color={switches.color}"] if switches.color else []),
    ]
    return serve_statusline(words, os.environ, int(time.time()))


@command(
    "common",
    own=(
        flag("hooks", "Also Claude Code's hooks, so that figures are new after each answer."),
        flag("codex", "Codex's notify instead of Claude Code's status line; with --hooks both."),
        SHOW,
        flag("replace", "Take the place of another program's status line; remove brings it back."),
        flag("repair", "Only correct the calls of tokmeter that are there, after it moved."),
        SETTINGS,
        DRY_RUN,
        YES,
        NO_INPUT,
    ),
)
def install(
    switches: Switches,
    hooks: bool,
    codex: bool,
    show: str | None,
    replace: bool,
    repair: bool,
    settings: Path | None,
    dry_run: bool,
    yes: bool,
    no_input: bool,
) -> int:
    """Put the status line into Claude Code's settings: shows the change, asks, keeps a backup.

    Everything else in the file stays as it is, and tokmeter statusline remove undoes it exactly.
    """
    from tokmeter.integrations import claude_settings, codex_settings  # noqa: PLC0415 - not for the line
    from tokmeter.integrations.settings_file import (  # noqa: PLC0415 - the same
        may_hold_ours,
        read_settings,
        recall,
    )

    options = _show_options(show)
    line = hooks or not codex
    if settings and line and codex:
        raise UsageError(
            "--settings names one file, but --hooks --codex edit two.", "tokmeter statusline install --codex"
        )
    state, program = _state(), own_program(sys.argv[0])
    everywhere = repair and not settings
    changes = []
    for path, asked, module in zip(
        settings_files(switches), (line, codex), (claude_settings, codex_settings), strict=True
    ):
        if not asked and not everywhere:
            continue
        file = read_settings(_path(settings) or path)
        record = recall(state, file.target)
        if repair:
            changes += [module.plan_repair(file, record, program)] if may_hold_ours(file, record) else []
        elif module is claude_settings:
            changes.append(
                claude_settings.plan_install(file, record, program, options, hooks=hooks, replace=replace)
            )
        else:
            changes.append(codex_settings.plan_install(file, record, program))
    return _carry_out(changes, state, dry_run=dry_run, yes=yes, ask=not no_input)


@command("common", own=(SETTINGS, DRY_RUN, YES, NO_INPUT))
def remove(
    switches: Switches,
    settings: Path | None,
    dry_run: bool,
    yes: bool,
    no_input: bool,
) -> int:
    """Take everything of tokmeter's out of the assistants' settings, and put back what was there before."""
    from tokmeter.integrations import claude_settings, codex_settings  # noqa: PLC0415 - not for the line
    from tokmeter.integrations.settings_file import (  # noqa: PLC0415 - the same
        forget,
        may_hold_ours,
        read_settings,
        recall,
        recall_all,
    )

    state = _state()
    paths = [_path(settings)] if settings else [*settings_files(switches), *recall_all(state)]
    changes = []
    for target, path in {os.path.realpath(path): path for path in reversed(paths)}.items():
        file = read_settings(path)
        record = recall(state, target)
        if not may_hold_ours(file, record):
            if record and not dry_run:  # somebody else has deleted it
                forget(state, target)
            continue
        codex = path.endswith(".toml") or (record or {}).get("assistant") == "codex"
        module = codex_settings if codex else claude_settings
        changes.append(module.plan_remove(file, record))
        if not changes[-1].changes and not dry_run:  # somebody else has taken it out
            forget(state, target)
    return _carry_out(changes, state, dry_run=dry_run, yes=yes, ask=not no_input)


def settings_files(switches: Switches) -> tuple[str, str]:
    """Claude Code's settings file and Codex's, there or not. Under `--home` their variables are not asked."""
    from tokmeter.integrations import claude_settings, codex_settings  # noqa: PLC0415 - not for the line

    home = os.path.abspath(os.path.expanduser(switches.home or "~"))  # noqa: PTH100, PTH111 - never raise
    env: Mapping[str, str] = {} if switches.home else os.environ
    return claude_settings.settings_path(env, home), codex_settings.config_path(env, home)


def _path(settings: Path | None) -> str:
    return os.path.expanduser(settings) if settings else ""  # noqa: PTH111 - never raises


def own_program(called_as: str) -> list[str]:
    """How an assistant shall call us: by the whole path, since it may run without the user's PATH.

    PATH is not searched either: there is another program of this name.
    """
    name = os.path.basename(called_as)  # noqa: PTH119 - a text, not a place
    if name in {"tokmeter", "tokmeter.exe"} and os.path.isfile(called_as):  # noqa: PTH113 - never raises
        return [os.path.abspath(called_as)]  # noqa: PTH100 - a link is kept: what it leads to may move
    return list(own_command())


def _state() -> str:
    from tokmeter.config.paths import find_paths  # noqa: PLC0415 - `--help` does without

    return str(find_paths(os.environ).state)


def _show_options(show: str | None) -> list[str]:
    """`--show` for the command that is put in. Raises UsageError for what it cannot show."""
    if show is None:
        return []
    names = [name.strip() for name in show.split(",") if name.strip()]
    for name in names:
        if name not in PARTS:
            raise UsageError(
                f"--show does not know {name!r}; it knows {', '.join(PARTS)}.",
                "For example: tokmeter statusline install --show model,context,prompt",
            )
    return ["--show", ",".join(names)] if names else []


def _carry_out(changes: Sequence[Change], state: str, *, dry_run: bool, yes: bool, ask: bool) -> int:
    """Show the changes and write those that are agreed to."""
    from tokmeter.integrations.settings_file import carry_out, difference  # noqa: PLC0415 - not for the line

    changes = [change for change in changes if change.changes]
    if not changes:
        sys.stdout.write("Nothing to change.\n")
        return 0
    for change in changes:
        sys.stdout.write(for_stream(f"{change.file.path}\n{difference(change)}\n", sys.stdout))
    sys.stdout.flush()
    if dry_run:
        sys.stdout.write("Nothing was written (--dry-run).\n")
        return 0
    if not yes and not _agreed(ask=ask):
        sys.stdout.write("Nothing was written.\n")
        return 0
    today = time.strftime("%Y-%m-%d")
    removed = all(change.record is None for change in changes)
    for change in changes:
        backup = carry_out(change, state, today)
        verb = "Deleted" if change.after is None else "Wrote"
        sys.stdout.write(f"{verb} {change.file.path}{f' (before: {backup})' if backup else ''}\n")
    if not removed:
        sys.stdout.write(f"  {arrow(sys.stdout)} to undo it: tokmeter statusline remove\n")
    return 0


def _agreed(*, ask: bool) -> bool:
    """Whether the user says yes. Raises UsageError where there is nobody to ask."""
    if not ask or sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("There is nobody to ask; nothing was written.", "Write without asking: --yes")
    sys.stderr.write("Write this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
