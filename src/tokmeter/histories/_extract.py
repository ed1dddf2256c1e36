"""What every format asks of a record: token counts, keys, names, money.

The counts come from tables of ours, because genai_prices takes 20 to 50 µs a call and refuses what logs are
full of (docs/decisions/usage-extraction.md); a test holds the tables equal to all of its extractors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokmeter.histories._format import Place
from tokmeter.histories._ids import call_key, clean, money_nano, remark, when, when_of_id
from tokmeter.histories._record import Call, Tokens
from tokmeter.histories._usage import counts_of, flavour_of

__all__ = [
    "call_key",
    "clean",
    "flavour_of",
    "money_nano",
    "remark",
    "response_call",
    "usage_tokens",
    "when",
    "when_of_id",
]


def usage_tokens(
    usage: Mapping[str, Any], flavour: str | None = None, provider: str | None = None
) -> tuple[Tokens, list[str]] | None:
    """The disjoint counts of a usage object, and reasons for remarks; None where it holds no counts.

    `flavour` (chat, responses, anthropic, gemini, converse, cohere, ollama, llamacpp) is told by the fields
    if not given. `provider` (genai_prices' id) settles what differs between providers of one flavour. A
    reason is a code of `_reasons.py`, after a blank perhaps names of fields: `remark` makes a Remark of it.
    """
    return counts_of(usage, flavour, provider)


def response_call(
    record: Mapping[str, Any],
    place: Place,
    line: int,
    *,
    format: str,  # noqa: A002 - the field's name in a Call
) -> Call | None:
    """The call that an API object tells, alone or in an envelope; None without one.

    Extra rows (Anthropic iterations) and remarks are in `_response.response_items`.
    """
    from tokmeter.histories._response import response_items  # noqa: PLC0415 - needs this file

    for item in response_items(record, place, line, format_id=format):
        if isinstance(item, Call):
            return item
    return None
