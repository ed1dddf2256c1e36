"""Editing JSON as text: insert, replace or take out one item and leave every other character as it is.

Comments and trailing commas, which some programs accept in their settings, are understood and kept.
Taking out what was put in gives back the very text from before, whatever was edited elsewhere in between.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from tokmeter.core.errors import SettingsError

Step = str | int
UNIT = "  "

_BLANK = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_SAME_LINE_COMMENTS = re.compile(r"(?:[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/))+")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_SPACES = " \t\r\n"


class BrokenJsonError(SettingsError):
    """The text is no JSON."""


class Node:
    """A value and where it stands: text[start:end]."""

    __slots__ = ("end", "items", "start", "value")

    def __init__(self, start: int, end: int, value: object, items: list[Item]) -> None:
        self.start = start
        self.end = end
        self.value = value
        self.items = items

    def member(self, key: str) -> Item | None:
        """The member of an object that counts: the last one of that name."""
        return next((item for item in reversed(self.items) if item.key == key), None)


class Item:
    """A member of an object, or an element of an array (without a key)."""

    __slots__ = ("comma", "key", "node", "start")

    def __init__(self, key: str | None, start: int, node: Node, comma: int | None) -> None:
        self.key = key
        self.start = start
        self.node = node
        self.comma = comma
        """Where the comma behind it stands."""


def parse(text: str) -> Node:
    """The document. Raises BrokenJsonError."""
    try:
        node, at = _value(text, _after_blank(text, 1 if text.startswith("\ufeff") else 0))
    except RecursionError:
        raise BrokenJsonError("it is nested too deep") from None
    at = _after_blank(text, at)
    if at < len(text):
        raise _broken(text, at)
    return node


def find(root: Node, path: Sequence[Step]) -> Node | None:
    """The value at a path of keys and indexes; None if it is not there."""
    node = root
    for step in path:
        if isinstance(step, int):
            if not 0 <= step < len(node.items):
                return None
            node = node.items[step].node
        else:
            item = node.member(step)
            if item is None:
                return None
            node = item.node
    return node


def insert(text: str, path: Sequence[Step], key: str | None, value: object) -> tuple[str, str]:
    """The text with an item more at the end of the object or array at `path`, in the file's own manner.

    The second text is the line break that an empty container got behind it; `take_out` wants it back.
    """
    root = parse(text)
    node = find(root, path)
    if node is None:
        raise KeyError(path)
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text, root)
    if node.items:
        return _insert_behind(text, node.items[-1], node, key, value, (newline, unit)), ""
    broken = node is root or "\n" in text[root.start : root.end]
    comments = list(_COMMENT.finditer(text, node.start + 1, node.end - 1))
    at = comments[-1].end() if comments else node.start + 1
    if not broken:
        return text[:at] + _rendered(key, value) + text[at:], ""
    base = _indent_of_line(text, node.start)
    tail = "" if "\n" in text[at : node.end - 1] else newline + base
    item = newline + base + unit + _rendered(key, value, newline + base + unit, unit)
    return text[:at] + item + tail + text[at:], tail


def take_out(text: str, path: Sequence[Step], index: int, tail: str | None = None) -> str:
    """The text without one item of the container at `path`: what `insert` put there, and nothing else.

    `tail` is what `insert` answered; None (not known) makes a container that is left blank an empty one.
    """
    node = find(parse(text), path)
    if node is None:
        raise KeyError(path)
    item = node.items[index]
    start = len(_without_line_start(text[: item.start]))
    end = item.node.end if item.comma is None else item.comma + 1
    rest = text[end:]
    if len(node.items) == 1:
        inside = text[end : node.end - 1]
        if tail is None and not inside.strip(_SPACES) and text[node.start + 1 : start] == "":
            rest = text[node.end - 1 :]
        elif tail and rest.startswith(tail):
            rest = rest[len(tail) :]
    elif index == len(node.items) - 1 and item.comma is None:
        comma = node.items[index - 1].comma
        if comma is not None:
            return text[:comma] + text[comma + 1 : start] + rest
    return text[:start] + rest


def replaced(text: str, node: Node, source: str) -> str:
    """The text with other words in place of a value."""
    return text[: node.start] + source + text[node.end :]


def rendered_like(text: str, node: Node, value: object) -> str:
    """`value` as text that can stand where `node` stands."""
    if "\n" not in text[node.start : node.end] and "\n" not in text:
        return json.dumps(value, ensure_ascii=False)
    newline = "\r\n" if "\r\n" in text else "\n"
    unit = _unit(text, parse(text))
    return _rendered(None, value, newline + _indent_of_line(text, node.start), unit)


def _insert_behind(
    text: str, last: Item, node: Node, key: str | None, value: object, style: tuple[str, str]
) -> str:
    """The text with an item behind the last one: on a line of its own if that one has its own."""
    newline, unit = style
    at = last.node.end if last.comma is None else last.comma + 1
    before, after = (",", "") if last.comma is None else ("", ",")
    line = text.rfind("\n", 0, last.start) + 1
    indent = text[line : last.start]
    if line <= node.start or indent.strip(_SPACES):
        return f"{text[:at]}{before} {_rendered(key, value)}{after}{text[at:]}"
    comments = _SAME_LINE_COMMENTS.match(text, at, node.end - 1)
    place = comments.end() if comments else at
    item = newline + indent + _rendered(key, value, newline + indent, unit)
    return text[:at] + before + text[at:place] + item + after + text[place:]


def _rendered(key: str | None, value: object, line_start: str = "", unit: str = "") -> str:
    """An item as text: on one line, or with every further line beginning with `line_start`."""
    if line_start:
        source = json.dumps(value, ensure_ascii=False, indent=unit).replace("\n", line_start)
    else:
        source = json.dumps(value, ensure_ascii=False)
    return source if key is None else f"{json.dumps(key)}: {source}"


def _without_line_start(text: str) -> str:
    """`text` without the indent at its end, and without the line break before that."""
    text = text.rstrip(" \t")
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def _unit(text: str, root: Node) -> str:
    """How deep the file indents: as its first member that has a line of its own."""
    for item in root.items:
        line = text.rfind("\n", 0, item.start) + 1
        indent = text[line : item.start]
        if indent and not indent.strip(" \t") and line > root.start:
            return indent
    return UNIT


def _indent_of_line(text: str, at: int) -> str:
    line = text.rfind("\n", 0, at) + 1
    return text[line : line + len(text[line:at]) - len(text[line:at].lstrip(" \t"))]


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> tuple[Node, int]:
    opening = text[at : at + 1]
    if opening in {"{", "["}:
        return _container(text, at, is_object=opening == "{")
    pattern = _STRING if opening == '"' else _SCALAR
    found = pattern.match(text, at)
    if not found:
        raise _broken(text, at)
    try:
        value = json.loads(found[0])
    except ValueError:
        raise _broken(text, at) from None
    return Node(at, found.end(), value, []), found.end()


def _container(text: str, start: int, *, is_object: bool) -> tuple[Node, int]:
    items: list[Item] = []
    closing = "}" if is_object else "]"
    at = _after_blank(text, start + 1)
    while text[at : at + 1] != closing:
        if items and items[-1].comma is None:
            raise _broken(text, at)
        key, first = None, at
        if is_object:
            name, at = _value(text, at)
            at = _after_blank(text, at)
            if not isinstance(name.value, str) or text[at : at + 1] != ":":
                raise _broken(text, at)
            key = name.value
            at = _after_blank(text, at + 1)
        node, at = _value(text, at)
        item = Item(key, first, node, None)
        at = _after_blank(text, at)
        if text[at : at + 1] == ",":
            item.comma = at
            at = _after_blank(text, at + 1)
        items.append(item)
    value: object = [item.node.value for item in items]
    if is_object:
        value = {item.key: item.node.value for item in items}
    return Node(start, at + 1, value, items), at + 1


def _broken(text: str, at: int) -> BrokenJsonError:
    return BrokenJsonError(f"line {text.count(chr(10), 0, at) + 1} is not JSON")
