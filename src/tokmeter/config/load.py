"""Settings in layers: flag > environment > the user's config file > default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from tokmeter.config.settings import (
    BUDGET_PERIODS,
    COLOR_CHOICES,
    PROMPT_COLORS,
    PROMPT_ITEMS,
    PROMPT_UNITS,
    WEEKDAYS,
    PromptSettings,
    Settings,
)
from tokmeter.core.errors import SettingsError, UsageError
from tokmeter.core.money import parse_usd

T = TypeVar("T")


class Loaded(NamedTuple):
    """The settings, and what should be said about the file they came from."""

    settings: Settings
    warnings: tuple[str, ...] = ()


def load(config_file: Path, env: Mapping[str, str], *, tz: str | None, color: str | None) -> Loaded:
    """The settings in force. `tz` and `color` are flags, None if not given.

    Raises SettingsError naming file, key and next step for a value that can't be used; an unknown key is
    only warned about, because an older tokmeter may read a newer file.
    """
    loaded = Loaded(Settings())
    if _is_there(config_file):  # tomllib costs 5 ms: only who has a config file pays for it
        loaded = read_config(config_file)
    settings = loaded.settings
    if env.get("TOKMETER_TZ"):
        settings = settings._replace(tz=env["TOKMETER_TZ"])
    if tz:
        settings = settings._replace(tz=tz)
    if color:
        settings = settings._replace(color=color)
    return Loaded(settings, loaded.warnings)


def _is_there(path: Path) -> bool:
    """Whether there is a config file; one in a folder that can't be entered may hold settings."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _unreadable(path, error.strerror) from error
    return True


def _unreadable(path: Path, reason: str | None) -> SettingsError:
    return SettingsError(
        f"The config file {path} cannot be read: {reason or 'it is not UTF-8 text'}.",
        "Make it readable, or point TOKMETER_CONFIG at another file.",
    )


def read_config(path: Path) -> Loaded:
    """The settings that the file at `path` makes, over the defaults."""
    import tomllib  # noqa: PLC0415 - most homes have no config file

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, getattr(error, "strerror", None)) from error
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also a number or a nesting beyond what Python reads
        raise SettingsError(
            f"The config file {path} is not valid TOML: {error}.", f"Edit it: {_editor(path)}"
        ) from error
    reader = _Reader(path, values)
    return Loaded(
        Settings(
            tz=reader.take("tz", _text),
            week_start=reader.take("week_start", _weekday) or 0,
            color=reader.take("color", _color) or "auto",
            budgets=reader.take("budget", _budgets) or {},
            extra_roots=reader.take("roots", _roots) or {},
            prices_file=reader.take("prices", lambda value: _path(value, path.parent)),
            histories=reader.take("history", lambda value: _histories(value, path.parent)) or (),
            quiet_notes=reader.take("quiet_notes", _texts) or (),
            prompt=reader.take("prompt", _prompt) or PromptSettings(),
            tokenizers=reader.take("tokenizers", lambda value: _tokenizers(value, path.parent)) or {},
        ),
        tuple(reader.warnings()),
    )


class _Reader:
    """Takes known keys out of a decoded file; what is left over is unknown."""

    def __init__(self, path: Path, values: Mapping[str, object]) -> None:
        self._path = path
        self._left = dict(values)
        self._known: list[str] = []

    def take(self, key: str, convert: Callable[[object], T]) -> T | None:
        """The converted value of `key`, None if it is absent."""
        self._known.append(key)
        if key not in self._left:
            return None
        try:
            return convert(self._left.pop(key))
        except _UnfitError as error:
            raise SettingsError(
                f"The config file {self._path}: {key}{error}.", f"Edit it: {_editor(self._path)}"
            ) from error

    def warnings(self) -> list[str]:
        """One sentence per key that nobody took."""
        from difflib import get_close_matches  # noqa: PLC0415 - only for a message

        sentences = []
        for key in self._left:
            near = get_close_matches(key, self._known, 1)
            guess = f"; did you mean {near[0]}?" if near else f" (known: {', '.join(self._known)})"
            sentences.append(f"{self._path}: unknown key {key}{guess}")
        return sentences


class _UnfitError(Exception):
    """A value that can't be used; its text continues the sentence after the key's name."""


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _UnfitError(' must be a text, for example "Europe/Berlin"')
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _UnfitError(" must be a list of texts")
    return tuple(value)


def _weekday(value: object) -> int:
    if not isinstance(value, str) or value.lower() not in WEEKDAYS:
        raise _UnfitError(f" must be one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(value.lower())


def _color(value: object) -> str:
    if value not in COLOR_CHOICES:
        raise _UnfitError(f" must be one of {', '.join(COLOR_CHOICES)}")
    return str(value)


def _path(value: object, base: Path) -> Path:
    if not isinstance(value, str) or not value:
        raise _UnfitError(" must be a path")
    return base / _expanded(value)


def _budgets(value: object) -> dict[str, int]:
    if not isinstance(value, dict):
        raise _UnfitError(" must be a table, for example [budget] with week = 60")
    budgets = {}
    for period, amount in value.items():
        if period not in BUDGET_PERIODS:
            raise _UnfitError(f".{period} is unknown; a budget is for {', '.join(BUDGET_PERIODS)}")
        try:
            nano = parse_usd(str(amount))
        except UsageError:
            nano = 0
        if nano == 0:
            raise _UnfitError(f".{period} must be an amount above 0, in US dollars, such as 60 or 60.50")
        budgets[period] = nano
    return budgets


def _prompt(value: object) -> PromptSettings:
    if not isinstance(value, dict):
        raise _UnfitError(' must be a table, for example [prompt] with show = ["today", "week"]')
    found = PromptSettings()
    for key, setting in value.items():
        if key == "show":
            found = found._replace(show=_chosen_all(key, setting, PROMPT_ITEMS))
        elif key == "unit":
            found = found._replace(unit=_chosen(key, setting, PROMPT_UNITS))
        elif key == "color":
            found = found._replace(color=_chosen(key, setting, PROMPT_COLORS))
        elif key == "near":
            found = found._replace(near=_between(key, setting, 1, 100))
        elif key == "refresh":
            found = found._replace(refresh=_between(key, setting, 10, 3600))
        else:
            raise _UnfitError(f".{key} is unknown; there are {', '.join(PromptSettings._fields)}")
    return found


def _chosen(key: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise _UnfitError(f".{key} must be one of {', '.join(choices)}")
    return str(value)


def _chosen_all(key: str, value: object, choices: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(item not in choices for item in value):
        raise _UnfitError(f".{key} must be a list of {', '.join(choices)}")
    return tuple(str(item) for item in value)


def _between(key: str, value: object, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _UnfitError(f".{key} must be a whole number from {low} to {high}")
    return value


def _roots(value: object) -> dict[str, list[Path]]:
    if not isinstance(value, dict):
        raise _UnfitError(' must be a table, for example [roots] with claude-code = ["/mnt/laptop/.claude"]')
    roots = {}
    for slug, folders in value.items():
        if not isinstance(folders, list) or not all(isinstance(folder, str) and folder for folder in folders):
            raise _UnfitError(f".{slug} must be a list of folders")
        roots[slug] = [_expanded(folder) for folder in folders]
    return roots


def _histories(value: object, base: Path) -> tuple[tuple[str, str | None], ...]:
    example = ' must be tables, for example [[history]] with path = "~/logs/*.jsonl"'
    if not isinstance(value, list):
        raise _UnfitError(example)
    found = []
    for table in value:
        if not isinstance(table, dict) or not isinstance(table.get("path"), str) or not table["path"]:
            raise _UnfitError(example)
        unknown = set(table) - {"path", "format"}
        if unknown:
            raise _UnfitError(f".{min(unknown)} is unknown; there are path and format")
        told = table.get("format")
        if told is not None and not isinstance(told, str):
            raise _UnfitError(".format must be the name of a format, for example openai-batch")
        found.append((str(base / _expanded(table["path"])), told))
    return tuple(found)


def _tokenizers(value: object, base: Path) -> dict[str, str]:
    if not isinstance(value, dict):
        raise _UnfitError(
            ' must be a table, for example [tokenizers] with "gemma-3*" = "~/models/gemma/tokenizer.json"'
        )
    found = {}
    for pattern, file in value.items():
        if isinstance(file, dict):  # how TOML reads a dot outside of quotes
            raise _UnfitError(f".{pattern}: a name with a dot must stand in quotes")
        if not isinstance(file, str) or not file:
            raise _UnfitError(f".{pattern} must be the path of a tokenizer.json")
        found[pattern] = str((base / _expanded(file)).absolute())
    return found


def _expanded(text: str) -> Path:
    if "\0" in text:
        raise _UnfitError(" holds a NUL, which no path can")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise _UnfitError(f": there is no home folder for {Path(text).parts[0]}") from error


def _editor(path: Path) -> str:
    return f'"${{EDITOR:-vi}}" {path}'
