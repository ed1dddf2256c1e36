"""`tokmeter count`: the tokens of texts for several models side by side, and what they cost as input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tokmeter.cli import output
from tokmeter.cli.context import Context
from tokmeter.cli.options import Argument, Option, Switches, command, flag
from tokmeter.cli.reporting import chosen_format, rendered
from tokmeter.core.errors import UsageError

if TYPE_CHECKING:
    from tokmeter.cli.progress import CountProgress

PATHS = Argument(
    "paths", "[FILE…]", "Files, folders, - for standard input (as without any).", many=True, required=False
)
MODEL = Option(
    "model", "texts", ("--model", "-m"), "MODEL", "Count for this model, not for your own. Repeatable."
)
TOKENIZER = Option("tokenizer", "path", ("--tokenizer",), "FILE", "Count by this tokenizer.json as well.")
EVERY_FILE = flag("files", "A row for every file, the largest first.")
NO_IGNORE = flag("no_ignore", "Also count what git ignores.")


@command("json", "shape", "common", arguments=(PATHS,), own=(MODEL, TOKENIZER, EVERY_FILE, NO_IGNORE))
def count(
    switches: Switches,
    paths: tuple[str, ...],
    model: tuple[str, ...],
    tokenizer: Path | None,
    files: bool,
    no_ignore: bool,
) -> int:
    """Tokens of texts for one or several models side by side, and what they cost as input.

    Without --model: for the three models you used most in the last 30 days. Of a folder what git does not
    ignore is counted. Exit 1 when something that was named cannot be counted.
    """
    from tokmeter.cli.count_models import Columns  # noqa: PLC0415 - `--help` does without
    from tokmeter.cli.count_texts import Texts  # noqa: PLC0415 - the same
    from tokmeter.reports.counted import Count, build_count  # noqa: PLC0415 - the same

    chosen = chosen_format(switches)
    context = Context(switches)
    if not paths:
        _check_standard_input()
    columns = Columns(context, model, tokenizer)
    texts = Texts(paths or ("-",), ignore=not no_ignore)
    counted = columns.rows(texts.counted(columns.tokenizers, _progress(context)))
    if counted or not texts.failed or chosen == "json":
        found = Count(columns.models, texts.named, counted, texts.left_out)
        report = build_count(found, context.now_ms, context.zone, every_file=files)
        sys.stdout.write(output.for_stream(rendered(context, report, chosen), sys.stdout))
    return 1 if texts.failed else 0


def _check_standard_input() -> None:
    """A person at a terminal who named no file waits for an answer, not for the end of a text."""
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "count needs a FILE or a folder, or a text on standard input.",
            "tokmeter count README.md, tokmeter count . or: git diff | tokmeter count",
        )


def _progress(context: Context) -> CountProgress:
    from tokmeter.cli.progress import CountProgress  # noqa: PLC0415 - `--help` does without

    return CountProgress(
        quiet=context.switches.quiet,
        first_run="",
        terminal=sys.stderr.isatty(),
        color=output.color_ok(context.settings.color, sys.stderr, context.env),
    )
