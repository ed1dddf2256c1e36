"""What a gateway kept of the response itself: its counts win over the gateway's, its id names the call."""

from __future__ import annotations

from typing import Any, NamedTuple

from tokmeter.histories._extract import clean, usage_tokens
from tokmeter.histories._gateway import json_table
from tokmeter.histories._record import Tokens

_USAGES = ("usage", "usageMetadata", "usage_metadata")
_IDS = ("id", "responseId", "response_id")


class Body(NamedTuple):
    """Counts (None where the body has none), reasons of remarks on them, the provider's response id."""

    tokens: Tokens | None
    reasons: list[str]
    ref: str | None


def body_of(value: object, provider: str | None) -> Body:
    """What a response body, an object or its JSON text, tells of the call."""
    table = json_table(value)
    inner = table.get("body")
    if isinstance(inner, dict):
        table = inner
    return Body(*_counts(table, provider), _ref(table))


def _counts(table: dict[str, Any], provider: str | None) -> tuple[Tokens | None, list[str]]:
    for name in _USAGES:
        usage = table.get(name)
        found = usage_tokens(usage, None, provider) if isinstance(usage, dict) else None
        if found is not None and not found[0].is_empty:
            return found
    return None, []


def _ref(table: dict[str, Any]) -> str | None:
    for name in _IDS:
        ref = clean(table.get(name))
        if ref is not None:
            return ref
    return None
