"""A command as typer shows it: `--help`, and later completion. Imported for those alone."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from tokmeter.cli.commands import examples
from tokmeter.cli.options import Argument, Command, Option

TYPES: dict[str, object] = {"flag": bool, "text": str | None, "texts": list[str] | None, "path": Path | None}


def show_help(name: str, command: Command) -> None:
    """Print the help of a command on stdout."""
    built = typer_command(name, command, lambda **_: None)
    # Not built.main(): it ends the process with status 1 when the reader goes away.
    with built.make_context(f"tokmeter {name}", [], resilient_parsing=True) as context:
        sys.stdout.write(f"{context.get_help()}\n")


def typer_command(name: str, command: Command, function: Callable[..., object]) -> Any:
    """The command as typer's own object; `function` is called with its values."""

    def called(**values: object) -> object:
        return function(**values)

    about = inspect.cleandoc(command.function.__doc__ or "")
    # A line with a backspace keeps the lines after it from being filled.
    called.__doc__ = "\n".join(["\b", "Examples", *examples.lines(name), "", about])
    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined] # what typer reads
        [_argument(argument) for argument in command.arguments]
        + [_option(option) for option in (*command.own, *command.shared)]
    )
    called.__annotations__ = {}
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.command(name)(called)
    return typer.main.get_command(app)


def _argument(argument: Argument) -> inspect.Parameter:
    information = typer.Argument(metavar=argument.metavar, help=argument.help, show_default=False)
    kind: object = list[str] if argument.many else str
    if not argument.required:
        kind = list[str] | None if argument.many else str | None
    return _parameter(
        argument.name, kind, information, inspect.Parameter.empty if argument.required else None
    )


def _option(option: Option) -> inspect.Parameter:
    information = typer.Option(
        *option.spellings, metavar=option.metavar or None, help=option.help, show_default=bool(option.default)
    )
    default = False if option.kind == "flag" else option.default
    return _parameter(option.name, TYPES[option.kind], information, default)


def _parameter(name: str, kind: object, information: Any, default: object) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, information]
    )
