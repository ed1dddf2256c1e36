"""Values of OpenTelemetry records, as its writers spell them.

Attributes are a list of `{key, value: {stringValue …}}`, an object, or pairs; times are texts of nanoseconds,
`[seconds, nanoseconds]` or ISO; ids are hex, with `0x` before them, or base64.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from tokmeter.histories._gateway import squeeze
from tokmeter.histories._ids import clean, when

TRACE_BYTES = 16
SPAN_BYTES = 8

_SCALARS = (
    "stringValue", "intValue", "doubleValue", "boolValue",
    "string_value", "int_value", "double_value", "bool_value",
)  # fmt: skip
_DEEPEST = 4
_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]+)")
_RESOURCE = ("attributes", "_attributes", "_rawAttributes", "_syncAttributes")


def names(*given: str) -> tuple[str, ...]:
    """Names of attributes as a `Row` is asked for them."""
    return tuple(squeeze(name) for name in given)


def plain(attributes: object) -> dict[str, Any]:
    """Attributes by name; maps within them under dotted names, lists left out."""
    found: dict[str, Any] = {}
    _gather(attributes, "", found, 0)
    return found


def _gather(attributes: object, prefix: str, found: dict[str, Any], depth: int) -> None:
    for name, value in _pairs(attributes):
        inner = _value(value)
        if isinstance(inner, dict | list):
            if isinstance(inner, dict) and depth < _DEEPEST:
                _gather(inner, f"{prefix}{name}.", found, depth + 1)
        elif inner is not None:
            found.setdefault(prefix + name, inner)


def _pairs(attributes: object) -> Iterator[tuple[str, Any]]:
    if isinstance(attributes, Mapping):
        yield from ((name, value) for name, value in attributes.items() if isinstance(name, str))
    elif isinstance(attributes, list):
        for entry in attributes:
            if isinstance(entry, dict):
                name, value = entry.get("key"), entry.get("value")
            elif isinstance(entry, list) and len(entry) == 2:
                name, value = entry
            else:
                continue
            if isinstance(name, str):
                yield name, value


def _value(value: object) -> Any:
    """A value out of its envelope; a map of values as an object."""
    if not isinstance(value, dict):
        return value
    for name in _SCALARS:
        if name in value:
            return value[name]
    if len(value) == 1:
        for name in ("kvlistValue", "kvlist_value", "arrayValue", "array_value"):
            if name in value:
                inner = value[name]
                listed = inner.get("values") if isinstance(inner, dict) else None
                return dict(_pairs(listed)) if name.startswith("kv") else []
    return value


def text_of(value: object) -> str | None:
    """The text of a log record's body or name, in an envelope or not; None where it is no short text."""
    inner = _value(value)
    return inner if isinstance(inner, str) and len(inner) <= 256 else None


def resource_of(holder: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of the resource that a record or batch names."""
    resource = holder.get("resource")
    if not isinstance(resource, dict):
        return {}
    return next((plain(resource[name]) for name in _RESOURCE if resource.get(name)), {})


def digest(*parts: object) -> str:
    """A short name for texts that are not to be kept."""
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def resource_name(resource: Mapping[str, Any]) -> str:
    """A short name of a resource: records of one process have the same."""
    return digest(sorted((name, str(value)[:256]) for name, value in resource.items())) if resource else ""


def otel_id(value: object, size: int) -> str | None:
    """A trace's (16 bytes) or span's (8 bytes) id in lower-case hex; None for none and for zeros."""
    text = clean(value)
    if text is None:
        return None
    match = _HEX.fullmatch(text)
    if match is not None and len(match[1]) <= size * 2:
        text = match[1].lower().rjust(size * 2, "0") if text[:2] in ("0x", "0X") else match[1].lower()
    elif len(text) == (size + 2) // 3 * 4:
        try:
            text = b64decode(text, validate=True).hex()
        except (binascii.Error, ValueError):
            return text
    return text if text.strip("0") else None


def instant(value: object) -> int | None:
    """A time in UTC milliseconds, from nanoseconds, `[seconds, nanoseconds]`, ISO and the like."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)  # a float of nanoseconds would lose a millisecond now and then
    elif isinstance(value, list):
        if len(value) != 2 or not all(type(part) is int and 0 <= part < 10**12 for part in value):
            return None
        value = value[0] * 1_000 + value[1] // 1_000_000
    return when(value)


def first(record: Mapping[str, Any], *fields: str) -> Any:
    """The first of these fields that is there and not null."""
    for name in fields:
        value = record.get(name)
        if value is not None:
            return value
    return None


def first_instant(record: Mapping[str, Any], *fields: str) -> int | None:
    """The first of these fields that holds a time."""
    for name in fields:
        ms = instant(record.get(name))
        if ms is not None:
            return ms
    return None
