"""Codex's `config.toml`: our `notify` put in, before the program that was there, and taken out again."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tokmeter.core.errors import SettingsError
from tokmeter.integrations import toml_text
from tokmeter.integrations.settings_file import Change, Record, SettingsFile, own_words, steps_of

KEY = "notify"
THEN, END = "--then", "--"


def config_path(env: Mapping[str, str], home: str) -> str:
    """The user's config file."""
    folder = env.get("CODEX_HOME", "").strip()
    if not folder:
        return os.path.join(home, ".codex", "config.toml")
    if folder == "~" or folder.startswith(("~/", "~\\")):
        folder = os.path.join(home, folder[2:])
    if not os.path.isdir(folder):  # logs may be in several places, at commas; settings are in the first
        folder = folder.split(",")[0].strip()
    return os.path.join(os.path.abspath(folder), "config.toml")


def plan_install(file: SettingsFile, record: Record | None, program: Sequence[str]) -> Change:
    """The file with our `notify`, which calls the program that was there before. Raises SettingsError."""
    text = file.text or ""
    statement, words = _notify(file, text)
    if statement is None:
        source = f"{KEY} = {toml_text.array_source([*program, 'notify', 'codex'])}"
        after, before, behind = toml_text.insert(text, source)
        steps: list[Record] = [{"before": before, "behind": behind, "created": file.text is None}]
        return _checked(file, after, {"assistant": "codex", "steps": steps})
    found = own_words(words, KEY)
    if found:
        source = toml_text.array_source([*program, *found[1]])
        same = [*program, *found[1]] == words
        after = text if same else _with_value(text, statement, source)
        return _checked(file, after, {"assistant": "codex", "steps": steps_of(record)})
    was = text[statement.value_start : statement.end]
    then = [THEN, *words, END] if words else []
    source = toml_text.array_source([*program, KEY, "codex", *then])
    return _checked(
        file, _with_value(text, statement, source), {"assistant": "codex", "steps": [{"was": was}]}
    )


def plan_repair(file: SettingsFile, record: Record | None, program: Sequence[str]) -> Change:
    """The file with `program` in our `notify`, if that is there; what it calls next stays."""
    if file.text is None or not own_words(_notify(file, file.text)[1], KEY):
        return Change(file, file.text, record)
    return plan_install(file, record, program)


def plan_remove(file: SettingsFile, record: Record | None) -> Change:
    """The file without our `notify`, and with the program that it called."""
    text = file.text
    if text is None:
        return Change(file, None, None)
    statement, words = _notify(file, text)
    found = own_words(words, KEY)
    if statement is None or found is None:
        return Change(file, text, None)
    step = next(iter(steps_of(record)), {})
    was, before, behind = step.get("was"), step.get("before"), step.get("behind")
    earlier = earlier_words(found[1])
    if isinstance(was, str) and _words(was) == earlier:
        after = _with_value(text, statement, was)
    elif earlier:  # the memory is lost, or the user has changed the program since
        after = _with_value(text, statement, toml_text.array_source(earlier))
    else:
        known = isinstance(before, str) and isinstance(behind, str)
        after = toml_text.take_out(
            text, statement, str(before) if known else None, str(behind) if known else None
        )
    if step.get("created") and not after.strip():
        return Change(file, None, None)
    return _checked(file, after, None)


def programs(text: str) -> list[str]:
    """The program that a config text calls as tokmeter, for a check of whether it can be found."""
    words = toml_text.load(text).get(KEY)
    found = own_words(words, KEY) if isinstance(words, list) else None
    return found[0][:1] if found else []


def earlier_words(rest: Sequence[str]) -> list[str]:
    """The program behind `--then`, out of our own words."""
    if list(rest[2:3]) != [THEN] or rest[-1] != END:
        return []
    return list(rest[3:-1])


def _notify(file: SettingsFile, text: str) -> tuple[toml_text.Statement | None, list[str]]:
    """Where `notify` stands and what it says."""
    try:
        value = toml_text.load(text).get(KEY)
    except SettingsError as error:
        raise SettingsError(
            f"{file.path}: {error.sentence}; nothing was written.", "Repair the file, then try again."
        ) from None
    if value is None:
        return None, []
    statement = next((found for found in toml_text.statements(text) if found.key == KEY), None)
    if statement is None or not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise SettingsError(
            f"{file.path} has a notify that is no list of words; nothing was written.",
            f'It should look like: {KEY} = ["program", "argument"]',
        )
    return statement, value


def _words(source: str) -> object:
    try:
        return toml_text.load(f"{KEY} = {source}")[KEY]
    except SettingsError:
        return None


def _with_value(text: str, statement: toml_text.Statement, source: str) -> str:
    return text[: statement.value_start] + source + text[statement.end :]


def _checked(file: SettingsFile, after: str, record: Record | None) -> Change:
    """The change, if all other keys mean the same as before; an error if not."""
    try:
        safe = _others(file.text or "") == _others(after)
    except SettingsError:
        safe = False
    if not safe:
        raise SettingsError(
            f"{file.path} cannot be edited safely; nothing was written.",
            "Its notify would have to be edited by hand (docs/reference/statusline.md).",
        )
    return Change(file, after, record)


def _others(text: str) -> dict[str, object]:
    """What the config says besides the key that is ours to edit."""
    return {key: value for key, value in toml_text.load(text).items() if key != KEY}
