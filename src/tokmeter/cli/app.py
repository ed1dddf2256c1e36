"""From arguments to a command and an exit status.

Every command is a module of its own, imported only when it is called: building the options of all of
them would take longer than most reports.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.core.errors import TokmeterError, UsageError

if TYPE_CHECKING:
    from tokmeter.cli.options import Command

INTERRUPTED = 130
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class Place(NamedTuple):
    """One line of the command table: where a command is, and what it is for."""

    module: str
    """Below tokmeter.cli.commands."""
    function: str
    help: str


COMMANDS: dict[str, Place] = {
    "week": Place("periods", "week", "This week's burn, cost and model mix; tokmeter alone"),
    "day": Place("periods", "day", "The same for one day"),
    "month": Place("periods", "month", "The same for one month"),
    "year": Place("periods", "year", "The same for one year"),
    "models": Place("mixes", "models", "Which models the tokens and the cost went to"),
    "projects": Place("mixes", "projects", "Which projects they went to"),
    "sessions": Place("sessions", "sessions", "The sessions of a period, the latest first"),
    "session": Place("sessions", "session", "One session by its id, or the beginning of it"),
    "sources": Place("sources", "sources", "The assistants whose logs are read, and what they hold"),
    "anatomy": Place("anatomy", "anatomy", "Where the context went, and what was sent over and over"),
    "explain": Place("explain", "explain", "From a figure back to file and line"),
    "export": Place("export", "export", "Every entry, one a line, as JSON lines or CSV"),
    "import": Place("imports", "imports", "Read histories of API calls, whatever their format"),
    "reconcile": Place("reconcile", "reconcile", "A provider's bill against list cost, and why they differ"),
    "count": Place("count", "count", "Tokens and cost of a text or a folder, model by model"),
    "audit": Place("audit", "audit", "Reported output against the text it stands beside"),
    "commit": Place("commits", "commit", "What was used while making a commit"),
    "log": Place("commits", "log", "Each commit of a range, and what belongs to none"),
    "sync": Place("sync", "sync", "Bring the ledger up to date"),
    "reprice": Place("reprice", "reprice", "Compute list costs again with today's price data"),
    "prices show": Place("prices", "show", "The unit prices of a model on a day"),
    "tokenizers": Place("tokenizers", "tokenizers", "How each model's tokens are counted from text"),
    "tokenizers calibrate": Place("tokenizers", "calibrate", "Fit that on the counts in your own logs"),
    "paths": Place("paths", "paths", "Where tokmeter's files and the logs lie"),
    "prompt": Place("prompt", "prompt", "The prepared line for a shell prompt"),
    "shell init": Place("shell", "init", "The snippet that shows it in bash, zsh, fish, PowerShell"),
    "shell completion": Place("completion", "completion", "The completions for a shell"),
    "statusline": Place("statusline", "statusline", "Claude Code's status line: its JSON in, one line out"),
    "statusline install": Place("statusline", "install", "Put it into the assistant's settings"),
    "statusline remove": Place("statusline", "remove", "Take it out again"),
    "notify": Place("notify", "notify", "What an assistant's hook calls: sync soon"),
    "git install": Place("git", "install", "Summaries, trailers or notes at each commit"),
    "git remove": Place("git", "remove", "Take the hooks out again"),
    "git status": Place("git", "status", "Which hooks are there"),
    "git hook": Place("git", "hook", "What the hooks call"),
    "doctor": Place("doctor", "doctor", "Check that all is in order, and say what to do if not"),
}

EXAMPLES = (
    ("tokmeter", "this week"),
    ("tokmeter week last week", "also 2026-W47, 2026-11, 7d, all"),
    ("tokmeter models --since 2026-11-01", "the model mix since a day"),
    ("tokmeter week --json", "the same figures for a script"),
    ("tokmeter week --demo", "a look at it without logs of your own"),
)


def run(arguments: list[str]) -> int:
    """Do what the arguments ask; the exit status. Faults of users and logs end in a sentence, bugs raise."""
    _make_streams_safe()
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return 0
    except KeyboardInterrupt:
        sys.stderr.write("tokmeter: interrupted; the ledger is as it was after the last finished batch\n")
        return INTERRUPTED
    except TokmeterError as error:
        return _report(error, arguments)
    except Exception as error:
        fault = _fault(error)
        if fault is None:
            raise
        return _report(fault, arguments)
    return status


def _fault(error: Exception) -> TokmeterError | None:
    """What to say about an error that is not tokmeter's own; None if it is a bug."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _UNWRITABLE:
        _forget_stdout()
        return TokmeterError(
            f"The answer cannot be written: {error.strerror}.", "Make room, or choose another place for it."
        )
    if type(error).__module__ != "sqlite3":
        return None
    from tokmeter.config.paths import find_paths  # noqa: PLC0415 - only for a message
    from tokmeter.ledger.store import explained  # noqa: PLC0415 - the same

    return explained(error, find_paths(os.environ).ledger)


def _dispatch(arguments: list[str]) -> int:
    """Run the command that the arguments name."""
    if arguments[:1] in (["--help"], ["-h"], ["help"]):
        rest = [word for word in arguments[1:] if not word.startswith("-")]
        if arguments[0] != "help" or not rest:
            sys.stdout.write(guide())
            return 0
        arguments = [*rest, "--help"]
    from tokmeter.cli.parsing import HelpAskedError, find_command, parse  # noqa: PLC0415 - the guide does without

    name, rest = find_command(arguments, COMMANDS)
    if name is None:
        return _group_help(rest)
    if name not in COMMANDS:
        raise unknown_command(name, (known.split()[0] for known in COMMANDS))
    command = load(name)
    try:
        switches, own = parse(name, command, rest)
    except HelpAskedError:
        from tokmeter.cli.help import show_help  # noqa: PLC0415 - brings typer

        show_help(name, command)
        return 0
    return command.function(switches, **own)


def load(name: str) -> Command:
    """The command; imports its module and no other command's."""
    from importlib import import_module  # noqa: PLC0415 - the guide does without

    place = COMMANDS[name]
    command: Command = getattr(import_module(f"tokmeter.cli.commands.{place.module}"), place.function)
    return command


def unknown_command(name: str, names: Iterable[str]) -> UsageError:
    """What to say about a command that does not exist, naming the nearest of `names`."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a message

    near = get_close_matches(name, names, 1, 0.5)
    hint = f"Did you mean: tokmeter {near[0]}" if near else "All commands: tokmeter --help"
    return UsageError(f"There is no command {name!r}.", hint)


def guide() -> str:
    """The text of `tokmeter --help`: examples first, then every command with one line."""
    width = max(len(line) for line, _ in EXAMPLES)
    lines = ["Usage: tokmeter [COMMAND] [PERIOD] [SWITCHES]", "", "Examples"]
    lines += [f"  {line:<{width}}  {meaning}" for line, meaning in EXAMPLES]
    lines += ["", "Commands"]
    width = max(map(len, COMMANDS))
    lines += [f"  {name:<{width}}  {place.help}" for name, place in COMMANDS.items()]
    lines += [
        "",
        "Switches of a command: tokmeter COMMAND --help. Version: tokmeter --version.",
        "Nothing leaves this computer; logs are only read.",
        "",
    ]
    return "\n".join(lines)


def _group_help(words: list[str]) -> int:
    """The commands below a word that only groups them (`tokmeter prices`)."""
    group = words[0] if words else ""
    rest = words[1:]
    if rest and not rest[0].startswith("-"):
        raise unknown_command(f"{group} {rest[0]}", COMMANDS)
    below = {name: place.help for name, place in COMMANDS.items() if name.startswith(f"{group} ")}
    width = max(map(len, below))
    lines = [f"Usage: tokmeter {group} COMMAND [SWITCHES]", "", "Commands"]
    lines += [f"  {name:<{width}}  {meaning}" for name, meaning in below.items()]
    lines += ["", f"Switches of a command: tokmeter {group} COMMAND --help"]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _report(error: TokmeterError, arguments: list[str]) -> int:
    """Say what went wrong on stderr, and as JSON on stdout if JSON was asked for; the exit status."""
    from tokmeter.cli.output import error_envelope, error_text, wants_json  # noqa: PLC0415 - see the module

    try:
        if wants_json(arguments):
            sys.stdout.write(error_envelope(error))
            sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
    sys.stderr.write(error_text(error))
    return error.exit_status


def _make_streams_safe() -> None:
    """Characters that the terminal's encoding lacks become escapes instead of a traceback.

    A stream that was closed before the start (`>&-`) is None: what is written to it goes nowhere.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    """The reader went away: let the interpreter's last flush go nowhere."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
