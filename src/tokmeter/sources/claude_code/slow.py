"""The tolerant way to a `Line`, for lines the typed decoder refuses: same fields, same declarations."""

from __future__ import annotations

import json
import math
from typing import Any, cast

import msgspec
from msgspec import inspect

from tokmeter.sources._fields import as_count, as_dict, decode_tolerant
from tokmeter.sources.claude_code.lines import Line, Text


def read_tolerantly(text: bytes) -> tuple[Line | None, list[str]]:
    """The line, fields of a wrong type being absent, and which counts were no counts; None for no object.

    Raises ValueError for what is no JSON.
    """
    faults: list[str] = []
    line: Line | None = read_as(_LINE, text, faults)
    return line, faults


def read_as(declared: inspect.StructType, text: bytes, faults: list[str]) -> Any:
    """The line as any struct of declared fields, by the same rules; None for no object.

    Raises ValueError for what is no JSON.
    """
    value = decode_tolerant(text)
    return _struct(declared, value, faults) if isinstance(value, dict) else None


def texts_tolerantly(text: bytes) -> str | list[Text] | None:
    """The texts of a line's message content."""
    content = as_dict(as_dict(decode_tolerant(text)).get("message")).get("content")
    if isinstance(content, str):
        return clean(content)
    blocks = [as_dict(block) for block in content] if isinstance(content, list) else []
    return [Text(_text(block.get("type")), _text(block.get("text"))) for block in blocks]


def clean(text: str) -> str:
    """`text` with lone surrogates, which no UTF-8 file can hold, replaced."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) else None


def _struct(info: inspect.StructType, value: dict[str, Any], faults: list[str]) -> Any:
    known = {}
    for field in info.fields:
        if field.encode_name in value:
            known[field.name] = _field(field.type, value[field.encode_name], field.encode_name, faults)
    return info.cls(**known)


def _field(declared: inspect.Type, value: Any, name: str, faults: list[str]) -> Any:
    """`value` as one of the declared types, or None."""
    if isinstance(declared, inspect.RawType):
        return _raw(value)
    if value is None:
        return None
    kinds = {type(kind): kind for kind in _members(declared)}
    if inspect.IntType in kinds:
        count = as_count(value)
        if count is None:
            faults.append(name)
        return count
    found = _scalar(kinds, value)
    if found is None and isinstance(value, dict) and inspect.StructType in kinds:
        return _struct(kinds[inspect.StructType], value, faults)
    if found is None and isinstance(value, list) and inspect.ListType in kinds:
        return _items(kinds[inspect.ListType].item_type, value, faults)
    return found


def _members(declared: inspect.Type) -> tuple[Any, ...]:
    return declared.types if isinstance(declared, inspect.UnionType) else (declared,)


def _scalar(kinds: dict[Any, Any], value: Any) -> Any:
    if isinstance(value, str) and inspect.StrType in kinds:
        return clean(value)
    if isinstance(value, bool):
        return value if inspect.BoolType in kinds else None
    if isinstance(value, int | float) and inspect.FloatType in kinds:
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:
            return None
    return None


def _items(item: inspect.Type, values: list[Any], faults: list[str]) -> list[Any]:
    if not isinstance(item, inspect.StructType):
        return []
    return [_struct(item, value, faults) for value in values if isinstance(value, dict)]


def _raw(value: Any) -> msgspec.Raw:
    """JSON of `value`; with lone surrogates it keeps its escapes."""
    try:
        return msgspec.Raw(msgspec.json.encode(value))
    except (ValueError, RecursionError):
        return msgspec.Raw(json.dumps(value, separators=(",", ":")).encode())


_LINE = cast("inspect.StructType", inspect.type_info(Line))
