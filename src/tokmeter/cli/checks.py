"""The checks that `tokmeter doctor` gathers: what is in order, what is not, and what to do about it.

A check tells numbers, paths of ours and names of models and fields; never text out of a log.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from tokmeter.cli import output
from tokmeter.cli.context import Context
from tokmeter.core.errors import TokmeterError
from tokmeter.core.names import printable
from tokmeter.core.problem import CATALOGUE
from tokmeter.ledger.schema import SCHEMA_VERSION
from tokmeter.ledger.store import Ledger
from tokmeter.metrics import listing, query
from tokmeter.reports import numbers
from tokmeter.reports.sources import HISTORIES

OK, INFO, WARN, FAIL, NONE = "ok", "info", "warn", "fail", "-"


class Check(NamedTuple):
    """One finding. `group` and `name` place it; `hint` is the next step, mostly a command."""

    group: str
    name: str
    status: str
    detail: str
    hint: str = ""

    @property
    def id(self) -> str:
        """A stable name for scripts."""
        return f"{self.group}.{self.name}".lower().replace(" ", "-")


def all_checks(context: Context, ledger: Ledger) -> list[Check]:
    """Everything there is to check, in the order it is shown."""
    return [
        *_ledger_checks(context, ledger),
        *_source_checks(context, ledger),
        *_pricing_checks(context, ledger),
        *_settings_checks(context),
    ]


def _ledger_checks(context: Context, ledger: Ledger) -> Iterator[Check]:
    path = context.paths.ledger
    state = ledger.check()
    good = state == "ok"
    size = path.stat().st_size if path.exists() else 0
    entries = sum(row.entries for row in query.sources(ledger.connection))
    detail = f"{_megabytes(size)}, {entries:,} entries, schema {SCHEMA_VERSION}"
    yield Check(
        "Ledger",
        "ledger.db",
        OK if good else FAIL,
        f"{detail}, integrity good" if good else f"{detail}; damaged: {printable(state)}",
        "" if good else f"mv '{path}' '{path}.damaged', then: tokmeter sync",
    )
    if path.exists():
        yield _privacy_check(context)
    if context.sync_failure is not None:
        error = context.sync_failure
        yield Check("Ledger", "last sync", FAIL, error.sentence, error.hint)
        return
    last = ledger.meta("last_sync_ms")
    if last is None:
        yield Check("Ledger", "last sync", INFO, "never", "tokmeter sync")
    else:
        yield Check("Ledger", "last sync", OK, numbers.ago(context.present_ms - int(last)))


def _privacy_check(context: Context) -> Check:
    """Whether the ledger is readable by its owner alone. Windows has no such modes."""
    path = context.paths.ledger
    mode = path.stat().st_mode & 0o777
    if os.name == "nt" or not mode & 0o077:
        return Check("Ledger", "privacy", OK, "readable by you alone")
    return Check("Ledger", "privacy", WARN, f"others may open it (mode {mode:o})", f"chmod 600 '{path}'")


def _source_checks(context: Context, ledger: Ledger) -> Iterator[Check]:
    held = {row.source: row for row in query.sources(ledger.connection)}
    problems: dict[str, dict[str, int]] = {}
    for (slug, code), count in query.problem_counts(ledger.connection).items():
        problems.setdefault(slug, {})[code] = count
    missing = {
        slug: problem.path
        for slug, problem in (context.synced.problems if context.synced else ())
        if problem.code == "root-missing"
    }
    others = sum(row.entries for row in held.values() if not row.files)  # under the names of their formats
    for source in context.sources:
        slug = source.slug
        if slug in missing:
            yield Check("Sources", slug, WARN, f"{missing[slug]} does not exist", "tokmeter paths")
        elif slug not in held:
            yield Check("Sources", slug, NONE, "no logs found")
        else:
            row = held[slug]
            newest = (
                "" if row.newest_ms is None else f", newest {numbers.ago(context.now_ms - row.newest_ms)}"
            )
            entries = row.entries or (others if slug == HISTORIES else 0)
            yield Check("Sources", slug, OK, f"{row.files:,} files, {entries:,} entries{newest}")
        for code, count in problems.get(slug, {}).items():
            severity, sentence, hint = CATALOGUE.get(code, ("warning", code, "tokmeter doctor -v"))
            status = WARN if severity == "warning" else INFO
            yield Check("Sources", f"{slug} {code}", status, f"{count:,} times: {sentence}", hint)
    if "claude-code" in held:
        yield Check(
            "Sources",
            "claude-code logs",
            INFO,
            "deleted by Claude Code after 30 days; the ledger keeps the counts",
        )


def _pricing_checks(context: Context, ledger: Ledger) -> Iterator[Check]:
    versions = listing.price_versions(ledger.connection)
    if versions:
        named = [output.price_data(source.partition(":")[0], version) for source, version in versions]
        in_use = ", ".join(list(dict.fromkeys(named))[:3])
        yield Check("Pricing", "catalog", OK, printable(in_use))
    else:
        yield Check("Pricing", "catalog", NONE, "nothing priced yet")
    own = context.prices.user_file
    if own is not None:
        yield _own_prices_check(context)
    unpriced = listing.unpriced_models(ledger.connection)
    if unpriced:
        names = ", ".join(
            f"{printable(row.model)} ({numbers.tokens(row.tokens)} tokens)" for row in unpriced[:5]
        )
        more = f" and {len(unpriced) - 5} more" if len(unpriced) > 5 else ""
        count = f"{len(unpriced)} {numbers.plural(len(unpriced), 'model')}"
        hint = "tokmeter explain unpriced"
        yield Check("Pricing", "unpriced", WARN, f"{count}: {names}{more}", hint)


def _own_prices_check(context: Context) -> Check:
    """Whether the user's own price file can be read."""
    from tokmeter.core.errors import SettingsError  # noqa: PLC0415 - only with a file
    from tokmeter.pricing.user_prices import load_user_prices  # noqa: PLC0415 - the same

    path = context.prices.user_file
    try:
        found = load_user_prices(path)
    except SettingsError as error:
        return Check("Pricing", "own prices", FAIL, error.sentence, error.hint)
    if found is None:
        return Check("Pricing", "own prices", WARN, f"{path} does not exist", "tokmeter paths")
    return Check(
        "Pricing", "own prices", OK, f"{path}, {len(found.prices)} prices, {len(found.aliases)} aliases"
    )


def _settings_checks(context: Context) -> Iterator[Check]:
    """Whether what the assistants' settings call as tokmeter is there; nothing where it is not installed."""
    from shutil import which  # noqa: PLC0415 - checks of an import cost nobody else

    from tokmeter.integrations import claude_settings, codex_settings  # noqa: PLC0415 - the same
    from tokmeter.integrations.settings_file import read_settings  # noqa: PLC0415 - the same

    env, home = context.places.env, str(context.places.home)
    for name, path, programs in (
        ("status line", claude_settings.settings_path(env, home), claude_settings.programs),
        ("codex notify", codex_settings.config_path(env, home), codex_settings.programs),
    ):
        try:
            text = read_settings(path).text
            called = programs(text) if text else []
        except TokmeterError:  # its owner will say so
            continue
        missing = [program for program in called if which(program) is None]
        if missing:
            detail = f"configured command not found: {printable(missing[0])}"
            yield Check("Integrations", name, FAIL, detail, "tokmeter statusline install --repair")
        elif called:
            yield Check("Integrations", name, OK, f"in {path}")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
