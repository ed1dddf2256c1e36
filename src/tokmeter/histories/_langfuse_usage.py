"""Langfuse's bags of counts: which part is which, and whether the parts are disjoint.

They should be: `input` without the cached, `output` without the reasoning, and `total` their sum. Writers
that pass on what a provider said leave the cached in `input`; the total tells which it was, for each side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from tokmeter.histories._record import Tokens
from tokmeter.sources._fields import as_count

_INPUT = frozenset(
    {"input", "prompt", "input_tokens", "prompt_tokens", "prompttokens", "inputtokens", "prompt_token_count"}
)
_OUTPUT = frozenset(
    {
        "output",
        "completion",
        "output_tokens",
        "completion_tokens",
        "completiontokens",
        "outputtokens",
        "candidates_token_count",
    }
)
_TOTAL = frozenset({"total", "total_tokens", "totaltokens", "total_token_count"})
_BESIDE = ((False, False), (True, True), (True, False), (False, True))
_WITHIN = ((True, True), (False, False), (True, False), (False, True))
"""Whether input and output hold their parts: what to try, likeliest first."""
_MORE = (
    (("input", "prompt", "tool_use_prompt"), "more_input"),
    (("output", "completion", "candidates"), "more_output"),
)
_MOST_PARTS = 64


class Parts(msgspec.Struct):
    """The sums of a bag's parts by what they are; `total` None where the bag has none."""

    fresh: int = 0
    more_input: int = 0
    read: int = 0
    written: int = 0
    five: int = 0
    hour: int = 0
    out: int = 0
    reasoning: int = 0
    more_output: int = 0
    searches: int = 0
    total: int | None = None
    details: bool = False
    """Whether a part is named as one of a provider's details, which are within their sum."""


class Reading(NamedTuple):
    """What a bag tells: counts, whether there were any, and the names of counts that were none."""

    tokens: Tokens
    found: bool
    invalid: list[str]


def usage_of(bag: Mapping[str, Any]) -> Reading:
    """The disjoint counts of one bag."""
    parts = Parts()
    invalid: list[str] = []
    found = False
    for name, value in _flat(bag):
        field = _field(name)
        if field is None or value is None:
            continue
        count = None if isinstance(value, dict | list) else as_count(value)
        if count is None:
            invalid.append(field)
            continue
        found = True
        parts.details |= "details" in name
        setattr(parts, field, (getattr(parts, field) or 0) + count)
    return Reading(_tokens(parts), found, invalid)


def _flat(bag: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names in lower case; an object's parts behind its own name."""
    flat: list[tuple[str, Any]] = []
    for name, value in list(bag.items())[:_MOST_PARTS]:
        key = str(name).lower()
        if isinstance(value, dict):
            flat += [
                (f"{key}.{str(inner).lower()}", part) for inner, part in list(value.items())[:_MOST_PARTS]
            ]
        else:
            flat.append((key, value))
    return flat


def _field(name: str) -> str | None:
    """Which sum a part belongs to; None for what is no token count."""
    if "cost" in name or "price" in name:
        return None
    for whole, field in ((_TOTAL, "total"), (_INPUT, "fresh"), (_OUTPUT, "out")):
        if name in whole:
            return field
    if "web_search" in name:
        return "searches"
    if "ephemeral" in name or "cach" in name:
        return _cache_field(name)
    if "reasoning" in name or "thought" in name or "thinking" in name:
        return "reasoning"
    return next((field for starts, field in _MORE if name.startswith(starts)), None)


def _cache_field(name: str) -> str:
    if "1h" in name:
        return "hour"
    if "5m" in name:
        return "five"
    return "written" if "creation" in name or "write" in name else "read"


def _tokens(parts: Parts) -> Tokens:
    """The reading of the parts that adds up to the total; disjoint where none or several do.

    Each side may hold its parts in its own sum or beside it, and the writes by lifetime may stand in the
    sum of all writes or beside that.
    """
    whole = max(0, parts.written - parts.five - parts.hour)
    first: Tokens | None = None
    for input_within, output_within in _WITHIN if parts.details else _BESIDE:
        for written in dict.fromkeys((parts.written, whole)):
            reading = _read(parts, written, input_within=input_within, output_within=output_within)
            if first is None:
                first = reading
            if reading is not None and parts.total == reading.input + reading.output:
                return reading
    return first or Tokens()


def _read(parts: Parts, written: int, *, input_within: bool, output_within: bool) -> Tokens | None:
    """One reading; None where a part is larger than the sum it would be within."""
    fresh, out = parts.fresh, parts.out
    if input_within:
        fresh -= parts.read + written + parts.five + parts.hour
    else:
        fresh += parts.more_input
    if not output_within:
        out += parts.reasoning + parts.more_output
    if fresh < 0:
        return None
    return Tokens(
        uncached_input=fresh,
        cache_read=parts.read,
        creation_5m=written + parts.five,
        creation_1h=parts.hour,
        output=out,
        reasoning=min(parts.reasoning, out),
        web_searches=parts.searches,
    )
