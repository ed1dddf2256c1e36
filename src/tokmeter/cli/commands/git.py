"""`tokmeter git install|remove|status|hook`: summaries, trailers and notes at each commit."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tokmeter.cli import output
from tokmeter.cli.context import Context
from tokmeter.cli.options import Argument, Option, Switches, command, flag
from tokmeter.core.errors import UsageError
from tokmeter.core.names import printable
from tokmeter.integrations.git import install as installing
from tokmeter.integrations.git.hooks import HOOKS, Features, Program
from tokmeter.integrations.git.managers import Manager, entered, entry

SUMMARY = flag("summary", "After each commit: what was used while making it, on stderr (the default).")
TRAILER = flag("trailer", "A line Tokmeter-Usage: … at the end of each commit message. Public once pushed.")
ASSISTED = flag("assisted_by", "A line Assisted-by: NAME:MODEL, unless an assistant is named already.")
NOTES = flag("notes", "The same figures as git notes in refs/notes/tokmeter, which are not pushed.")
GLOBAL = Option("everywhere", "flag", ("--global",), "", "For every repository of yours instead of this one.")
DRY_RUN = flag("dry_run", "Show what would be written; write nothing.", "-n")
YES = flag("yes", "Write without asking.", "-y")


@command("common", own=(SUMMARY, TRAILER, ASSISTED, NOTES, GLOBAL, DRY_RUN, YES))
def install(switches: Switches, **asked: bool) -> int:
    """Put hooks into this repository. Shows what it writes; `tokmeter git remove` takes it out again."""
    context = Context(switches)
    features = Features(asked["summary"], asked["trailer"], asked["assisted_by"], asked["notes"])
    if not any(features):
        features = Features(summary=True)
    program = _program()
    if asked["everywhere"]:
        plan = installing.plan_global_install(_own_folder(context), features, program, context.env)
        return _carry_out(context, plan, asked, "installed")
    place = installing.find_place(str(Path.cwd()), context.env)
    own = _own_folder(context)
    if os.path.realpath(place.hooks) == os.path.realpath(own):
        context.say("This repository is served by the hooks for all repositories already.")
        context.say("To change what they do: tokmeter git install --global …")
        return 0
    manager = installing.manager_of(place, context.env)
    if manager is not None:
        _show_entry(manager, features)
        return 0
    plan = installing.plan_install(place.hooks, features, program, context.env, place.root)
    return _carry_out(context, plan, asked, "installed")


@command("common", own=(GLOBAL, DRY_RUN, YES))
def remove(switches: Switches, **asked: bool) -> int:
    """Take the hooks out again, byte for byte as it was. What you changed besides stays."""
    context = Context(switches)
    if asked["everywhere"]:
        plan = installing.plan_global_remove(_own_folder(context), context.env)
        return _carry_out(context, plan, asked, "removed")
    place = installing.find_place(str(Path.cwd()), context.env)
    for path, line in _entries(context, place).values():
        sys.stdout.write(f"{printable(path)} calls tokmeter; take this out yourself:\n  {printable(line)}\n")
    plan = installing.plan_remove((place.hooks, place.common))
    served = installing.plan_global_remove(_own_folder(context), context.env).changes
    if served and not plan.changes and not plan.kept:
        context.say("This repository has no hooks of its own. Those for all repositories are taken out by:")
        context.say("  tokmeter git remove --global")
        return 0
    return _carry_out(context, plan, asked, "removed")


@command("common")
def status(switches: Switches) -> int:
    """Which hooks are in place, in this repository and for all."""
    from tokmeter.integrations.git.status import global_lines, local_lines  # noqa: PLC0415 - its own room

    context = Context(switches)
    own = _own_folder(context)
    lines = []
    try:
        place = installing.find_place(str(Path.cwd()), context.env)
    except UsageError as error:
        lines.append(f"Repository        none: {error.sentence}")
    else:
        lines += [f"Repository        {place.root}"]
        lines += local_lines(place, installing.manager_of(place, context.env), own)
    lines += global_lines(own, context.env)
    sys.stdout.write(output.for_stream("".join(f"{printable(line)}\n" for line in lines), sys.stdout))
    return 0


@command("common", arguments=(Argument("words", "HOOK [SWITCHES] [ARGS]", "As git calls it.", many=True),))
def hook(switches: Switches, words: tuple[str, ...]) -> int:  # noqa: ARG001 - served by cli/fast.py
    """What the hooks call. Always ends with status 0; TOKMETER_DEBUG=1 shows what went wrong."""
    return 0


def _program() -> Program:
    """How hooks start this program: by its installed name, else by this Python."""
    from tokmeter import __file__ as package  # noqa: PLC0415 - `--help` does without
    from tokmeter.integrations.background import own_command  # noqa: PLC0415 - the same

    called = Path(sys.argv[0]).absolute()  # not resolved: an upgrade may point the link elsewhere
    if called.name == "tokmeter" and called.is_file() and os.access(called, os.X_OK):
        return Program((str(called),), str(called))
    return Program(own_command(), str(Path(package).with_name("__main__.py")))


def _own_folder(context: Context) -> str:
    """Where the hooks for all repositories are: beside the ledger's default place."""
    return str(context.paths.config.parent / "git-hooks")


def _carry_out(context: Context, plan: installing.Plan, asked: dict[str, bool], done: str) -> int:
    """Show the plan, ask, write."""
    for kept in plan.kept:
        sys.stdout.write(f"{printable(kept.path)} is left as it is: {printable(kept.reason)}.\n")
        if kept.line:
            sys.stdout.write(f"  The line to add to it: {kept.line}\n")
    if not plan.changes:
        context.say("Nothing to do." if not plan.kept else "Nothing was written.")
        return 0
    passing = [change for change in plan.changes if installing.only_passing_on(change)]
    for change in plan.changes:
        if change not in passing:
            sys.stdout.write(_difference(change))
    sys.stdout.write(_passing_on(passing))
    replaced = installing.taken_out(plan.changes)
    if replaced and done == "installed":
        sys.stdout.write(f"Replaces: {', '.join(replaced)}. To keep them, name them too.\n")
    if asked["dry_run"]:
        context.say("Nothing was written (--dry-run).")
        return 0
    if not asked["yes"] and not _agreed(len(plan.changes)):
        context.say("Nothing was written.")
        return 1
    installing.apply(plan.changes)
    context.say(f"The hooks are {done}. What is in place: tokmeter git status")
    return 0


def _passing_on(changes: Sequence[installing.Change]) -> str:
    """The hooks that do nothing but call the repository's own, in a line."""
    if not changes:
        return ""
    names = sorted(Path(change.path).name for change in changes)
    sign = "---" if changes[0].after is None else "+++"
    folder = printable(str(Path(changes[0].path).parent))
    return f"{sign} {folder}: {len(names)} hooks that only call the repository's own: {', '.join(names)}\n"


def _agreed(files: int) -> bool:
    """Ask on the terminal. Raises UsageError where there is none."""
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError(
            "This changes files, and there is no terminal to ask on; nothing was written.",
            "Look at it with --dry-run, then say --yes.",
        )
    sys.stdout.flush()
    sys.stderr.write(f"Write {files} {'file' if files == 1 else 'files'}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _difference(change: installing.Change) -> str:
    """One file's change as a unified diff, safe for a terminal."""
    from difflib import unified_diff  # noqa: PLC0415 - `--help` does without

    before = "/dev/null" if change.before is None else change.path
    after = "/dev/null" if change.after is None else change.path
    lines = [
        printable(line.rstrip("\r\n").replace("\t", "    "))
        for line in unified_diff(_lines(change.before), _lines(change.after), before, after)
    ]
    return "".join(f"{line}\n" for line in lines)


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode("utf-8", "replace").splitlines(keepends=True)


def _show_entry(manager: Manager, features: Features) -> None:
    """What to add where a manager owns the hooks."""
    owner = "are kept under version control" if manager.name == "repository" else f"belong to {manager.name}"
    sys.stdout.write(f"The hooks of this repository {owner}, so nothing was written.\n\n")
    sys.stdout.write(entry(manager, features))
    sys.stdout.write("\nThen look: tokmeter git status\n")


def _entries(context: Context, place: installing.Place) -> dict[str, Sequence[str]]:
    """Hook → (file, line) of what a manager's files hold of ours."""
    manager = installing.manager_of(place, context.env)
    if manager is None:
        return {}
    found = {hook: entered(manager, hook) for hook in HOOKS}
    return {hook: place for hook, place in found.items() if place[0]}
