"""Editing one top-level key of a TOML file as text, every other character left as it is."""

from __future__ import annotations

import re
import tomllib
from typing import NamedTuple

from tokmeter.core.errors import SettingsError

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"""(?:[A-Za-z0-9_.\- \t]|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')+""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'", re.DOTALL
)
_REST_OF_LINE = re.compile(r"[ \t]*(?:#[^\r\n]*)?")


class Statement(NamedTuple):
    """`key = value` above the first table, and where it stands."""

    key: str
    start: int
    value_start: int
    end: int


def load(text: str) -> dict[str, object]:
    """What the text says. Raises SettingsError."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"it is not TOML: {error}") from None


def statements(text: str) -> list[Statement]:
    """What stands above the first table, of a text that is known to be TOML."""
    found = []
    at = _skip(text, 1 if text.startswith("\ufeff") else 0)
    while at < len(text) and text[at] != "[":
        name = _KEY.match(text, at)
        if name is None:
            break
        value = _skip(text, name.end() + 1)
        end = _value_end(text, value)
        found.append(Statement(name[0].strip(" \t").strip("\"'"), at, value, end))
        at = _skip(text, end)
    return found


def insert(text: str, source: str) -> tuple[str, str, str]:
    """The text with a statement more above the first table, and what stands before and behind it for that."""
    newline = "\r\n" if "\r\n" in text else "\n"
    known = statements(text)
    if known:
        rest = _REST_OF_LINE.match(text, known[-1].end)
        at = rest.end() if rest else known[-1].end
        return text[:at] + newline + source + text[at:], newline, ""
    at = 1 if text.startswith("\ufeff") else 0
    behind = newline * 2 if text[at:].strip() else newline
    return text[:at] + source + behind + text[at:], "", behind


def take_out(text: str, statement: Statement, before: str | None, behind: str | None) -> str:
    """The text without a statement and what `insert` put around it; if that is unknown, without its line."""
    start, end = statement.start, statement.end
    if before is None or behind is None:
        rest = re.compile(r"[ \t]*(?:\r?\n)?").match(text, end)
        return text[:start] + text[rest.end() if rest else end :]
    if before and text[:start].endswith(before):
        start -= len(before)
    if behind:
        newline = behind[: len(behind) // 2] if behind in {"\n\n", "\r\n\r\n"} else behind
        end += len(next((part for part in (behind, newline) if text[end:].startswith(part)), ""))
    return text[:start] + text[end:]


def array_source(words: list[str]) -> str:
    """An array of strings on one line."""
    return f"[{', '.join(_quoted(word) for word in words)}]"


def _quoted(word: str) -> str:
    parts = []
    for char in word:
        if char in '"\\':
            parts.append(f"\\{char}")
        elif char < " " or char == "\x7f":
            parts.append(f"\\u{ord(char):04x}")
        else:
            parts.append(char)
    return f'"{"".join(parts)}"'


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _value_end(text: str, at: int) -> int:
    """Where a value ends: at the end of its line, unless brackets or a string are open."""
    depth, end = 0, at
    while at < len(text):
        char = text[at]
        string = _STRING.match(text, at) if char in "\"'" else None
        if string:
            at = end = string.end()
            continue
        if char == "#" or (char in "\r\n" and not depth):
            if not depth:
                break
            newline = text.find("\n", at)
            at = len(text) if newline < 0 else newline
            continue
        depth += (char in "[{") - (char in "]}")
        at += 1
        if char not in " \t\r\n":
            end = at
    return end
