"""Keeping the prepared prompt line (and the names for completions) in step with the ledger.

Called after every sync of the ledger on disk, so looking whether there is anything to do costs one small
read; the modules that do it are imported only then. Nothing here ever disturbs a report.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tokmeter.config.load import load
from tokmeter.config.zone import find_zone
from tokmeter.core.errors import TokmeterError
from tokmeter.integrations.prompt_line import PromptLine, read_line, write_line
from tokmeter.ledger.store import translated

if TYPE_CHECKING:
    from tokmeter.cli.context import Context
    from tokmeter.config.settings import Settings
    from tokmeter.ledger.store import Ledger

MADE_WITH = "settings"
"""The figure that says which settings a line was made with."""

NAMES = "names"
"""The file with the names for completions, in the cache folder."""


def after_sync(context: Context, ledger: Ledger, *, always: bool = False) -> None:
    """Write the prompt line if it is due, and the names if there are new entries. Never raises.

    `always`: write the line whatever the old one says.
    """
    synced = context.synced
    if synced is None or ledger.path is None:
        return
    try:
        changed = bool(synced.entries_new or synced.entries_changed)
        with translated(ledger.path):
            _keep_line(context, ledger, always=always or changed)
            _keep_names(context, ledger, changed=changed)
    except (OSError, TokmeterError):
        # A closed state folder, a zone that only the config names wrongly: the report goes on without.
        return


def _keep_line(context: Context, ledger: Ledger, *, always: bool) -> None:
    settings = _own_settings(context)
    made_with = fingerprint(settings)
    now = context.present_ms // 1000
    old = None if always else read_line(str(context.paths.state))
    if old is not None and old.taken_at <= now < old.refresh_at and old.figures.get(MADE_WITH) == made_with:
        return
    line = _new_line(context, ledger, settings)
    line.figures = {**line.figures, MADE_WITH: made_with}
    write_line(str(context.paths.state), line)


def _keep_names(context: Context, ledger: Ledger, *, changed: bool) -> None:
    if not changed and os.path.exists(context.paths.cache / NAMES):  # noqa: PTH110 - never raises
        return
    from tokmeter.cli.names_file import write_names  # noqa: PLC0415 - only when there is something new

    write_names(ledger, context.paths.cache)


def _own_settings(context: Context) -> Settings:
    """The settings without what this command line says otherwise: the line is for every prompt."""
    if context.switches.tz is None:
        return context.settings
    return load(context.paths.config, context.env, tz=None, color=None).settings


def fingerprint(settings: Settings) -> str:
    """One word that changes with every setting the line depends on."""
    prompt = settings.prompt
    budgets = ",".join(f"{period}:{amount}" for period, amount in sorted(settings.budgets.items()))
    parts = (
        "1",
        settings.tz or "",
        settings.week_start,
        budgets,
        ",".join(prompt.show),
        prompt.unit,
        prompt.color,
        prompt.near,
        prompt.refresh,
    )
    return "/".join(map(str, parts))


def _new_line(context: Context, ledger: Ledger, settings: Settings) -> PromptLine:
    """The line of this moment by the real clock, whatever `--as-of` and `--tz` say."""
    from tokmeter.core.spans import containing, local  # noqa: PLC0415 - only when a line is written
    from tokmeter.integrations.prompt_text import prompt_line  # noqa: PLC0415 - the same
    from tokmeter.metrics.listing import has_entries  # noqa: PLC0415 - the same
    from tokmeter.metrics.spending import spending  # noqa: PLC0415 - the same

    now_ms = context.present_ms
    zone = find_zone(settings.tz, context.env)
    today = local(now_ms, zone).date()
    kinds = ["day", "week", "month", *(["year"] if "year" in settings.budgets else [])]
    periods = {kind: containing(kind, today, zone, settings.week_start) for kind in kinds}
    return prompt_line(
        spending(ledger.connection, periods),
        settings.budgets,
        settings.prompt,
        now=now_ms // 1000,
        midnight=-(-periods["day"].end_ms // 1000),
        empty=not has_entries(ledger.connection),
    )
