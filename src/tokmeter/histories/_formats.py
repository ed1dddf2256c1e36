"""Which formats there are, and in which order they are asked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from tokmeter.histories._format import Format

ORDER = (
    "har",
    "otlp",
    "bedrock-log",
    "openai-usage",
    "anthropic-usage",
    "anthropic-cost",
    "anthropic-batch",
    "openai-batch",
    "litellm-slp",
    "litellm-spend",
    "openrouter-gen",
    "openrouter-activity",
    "helicone",
    "langfuse",
    "portkey",
    "cli-telemetry",
    "claude-export",
    "chatgpt-export",
    "llm-json",
    "aider-chat",
    "anthropic-usage-csv",
    "anthropic-cost-csv",
    "openai-usage-csv",
    "openai-cost-csv",
    "openrouter-log-csv",
    "openrouter-activity-csv",
    "focus",
    "azure-cost",
    "aws-cur",
)
"""The first that claims a record has it. A format not named here is asked behind these."""
LAST = ("api-object",)
"""The shapes without an envelope of their own: they would claim what others know more about."""


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format, in the order in which they are asked."""
    names = {
        entry.name.removesuffix(".py")
        for entry in os.scandir(Path(__file__).parent)
        if entry.name.endswith(".py") and not entry.name.startswith(("_", "."))
    }
    found: list[Format] = []
    for name in sorted(names):
        found.extend(import_module(f"tokmeter.histories.{name}").FORMATS)
    return tuple(sorted(found, key=lambda format_: (_rank(format_.id), format_.id)))


def _rank(name: str) -> int:
    if name in LAST:
        return len(ORDER) + 1 + LAST.index(name)
    return ORDER.index(name) if name in ORDER else len(ORDER)


def format_named(name: str, formats: Sequence[Format] | None = None) -> Format:
    """The format with this id; ValueError with a sentence where there is none."""
    formats = all_formats() if formats is None else formats
    for format_ in formats:
        if format_.id == name:
            return format_
    raise ValueError(
        f"There is no format {name!r}; there are: {', '.join(format_.id for format_ in formats)}."
    )
