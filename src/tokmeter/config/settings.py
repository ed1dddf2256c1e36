"""What the user can set, the defaults, and the rules that a value must obey."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

COLOR_CHOICES = ("auto", "always", "never")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
BUDGET_PERIODS = ("day", "week", "month", "year")


PROMPT_ITEMS = ("today", "week", "month", "budget")
PROMPT_UNITS = ("cost", "tokens")
PROMPT_COLORS = ("over", "near", "never")


class PromptSettings(NamedTuple):
    """What the prompt line shows, and when."""

    show: tuple[str, ...] = ()
    """Of PROMPT_ITEMS, in this order; none: today, and the budget if one is set, else the week."""
    unit: str = "cost"
    """One of PROMPT_UNITS."""
    color: str = "over"
    """From when on it is coloured: over budget, near it (`near` percent) or never."""
    near: int = 80
    """Percent of a budget from which on it is nearly used up."""
    refresh: int = 60
    """Seconds after which a prompt starts a background sync."""


class Settings(NamedTuple):
    """The settings in force: flag > environment > config file > default."""

    tz: str | None = None
    """IANA name of the zone in which days and weeks are cut; None: the system's."""
    week_start: int = 0
    """First day of a week, 0 = Monday (ISO weeks) to 6 = Sunday."""
    color: str = "auto"
    """One of COLOR_CHOICES, before NO_COLOR and friends are asked."""
    budgets: Mapping[str, int] = {}
    """Nano-USD at list price, by period name (BUDGET_PERIODS)."""
    extra_roots: Mapping[str, list[Path]] = {}
    """Further folders with logs, by source slug."""
    prices_file: Path | None = None
    """The user's own price file; None: `prices.toml` beside the config, if it exists."""
    histories: tuple[tuple[str, str | None], ...] = ()
    """Histories read at every sync: an absolute path or pattern, and its format if it must be told."""
    quiet_notes: tuple[str, ...] = ()
    """Codes of notes that reports leave out (figures and JSON keep them)."""
    prompt: PromptSettings = PromptSettings()
    """The prompt line."""
    tokenizers: Mapping[str, str] = {}
    """The user's own tokenizers: a model's name or pattern → the absolute path of a tokenizer.json."""
