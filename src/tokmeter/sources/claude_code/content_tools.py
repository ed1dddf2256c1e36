"""What a tool's name and input say about its call and its result: the kind, the server, the file."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from typing import Any, NamedTuple

from tokmeter.sources._fields import fixed_word

LONGEST_PATH = 1024
"""Characters; what is longer is no path that any system has."""
_MCP = "mcp__"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_RESULT_KINDS = {
    "Read": "file_read",
    "NotebookRead": "file_read",
    "Bash": "command_output",
    "BashOutput": "command_output",
    "KillBash": "command_output",
    "KillShell": "command_output",
    "PowerShell": "command_output",
    "Grep": "search_result",
    "Glob": "search_result",
    "LS": "search_result",
    "LSP": "search_result",
    "WebSearch": "search_result",
    "WebFetch": "search_result",
    "ToolSearch": "search_result",
    "web_search": "search_result",
    "web_fetch": "search_result",
    "Edit": "edit",
    "Write": "edit",
    "MultiEdit": "edit",
    "NotebookEdit": "edit",
}
_PATH_FIELDS = ("file_path", "notebook_path", "filePath", "path")

_READS = frozenset(("cat", "head", "tail", "sed", "nl", "less", "more", "bat"))
_COUNTED = ("-n", "-c", "--lines", "--bytes")
"""Options of head and tail whose value is the next word."""
_COMPOUND = re.compile(r"[|&;<>$`*?()\[\]{}\n]")
_QUIET = re.compile(r"\s+2>(?:/dev/null|&1)\s*\Z")


class Tool(NamedTuple):
    """One call, as far as its pieces need it. Names are single words, '' where the log has no such name."""

    name: str = ""
    server: str = ""
    path: str = ""
    result: str = "tool_output"

    @property
    def call(self) -> str:
        """The kind of the piece that the call itself is."""
        return "edit" if self.result == "edit" else "tool_call"


UNKNOWN = Tool()
"""For results whose call does not stand in the log."""


def tool_of(name: str | None, server: str | None, arguments: dict[str, Any], cwd: str | None) -> Tool:
    """What is called: `mcp__server__tool` is told apart, the file is the one that the input names."""
    word = fixed_word(name) or ""
    if word.startswith(_MCP):
        left, _, right = word.removeprefix(_MCP).partition("__")
        return Tool(right or left, left if right else "", "", "tool_output")
    if server:
        return Tool(word, fixed_word(server) or "")
    kind = _RESULT_KINDS.get(word, "tool_output")
    if word == "Bash":
        return Tool(word, "", plain_read(arguments.get("command"), cwd), kind)
    if kind == "tool_output":
        return Tool(word, fixed_word(arguments.get("server")) or "")
    return Tool(word, "", clean_path(next(filter(None, map(arguments.get, _PATH_FIELDS)), None)), kind)


def clean_path(value: object) -> str:
    """A path as logged, without control characters; '' for none and for one that is too long."""
    if not isinstance(value, str) or len(value) > LONGEST_PATH:
        return ""
    return value if value.isprintable() else _CONTROL.sub("", value)


def plain_read(command: object, cwd: str | None) -> str:
    """The one file that a shell command prints (`cat F`, `head -50 F`, `sed -n 1,50p F`), else ''.

    A file costs the same whichever way it is read, so such a command counts for it; its kind stays that of
    a command. Anything with a pipe, a second command or an expansion may print something else: no path.
    """
    if not isinstance(command, str) or len(command) > 2 * LONGEST_PATH:
        return ""
    command = _QUIET.sub("", command).strip()
    if command.partition(" ")[0] not in _READS or _COMPOUND.search(command):
        return ""
    try:
        program, *words = shlex.split(command)
    except ValueError:
        return ""
    if program == "sed":
        if "-n" not in words:
            return ""
        words.append("-n")  # the script stands before the file, as a value would stand behind its option
    named = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if not word.startswith("-") and not (program in ("head", "tail") and before in _COUNTED)
    ]
    if len(named) != (2 if program == "sed" else 1):
        return ""
    return _absolute(clean_path(named[-1]), clean_path(cwd))


def _absolute(path: str, cwd: str) -> str:
    """`path` as seen from the folder that the line names; as written where that tells nothing."""
    if not path or not cwd.startswith("/") or path.startswith(("/", "~")):
        return path
    return clean_path(posixpath.normpath(posixpath.join(cwd, path)))


def written(name: str | None, arguments: dict[str, Any]) -> str:
    """The call as the model writes it: an element for each parameter, texts as they are, the rest as JSON."""
    parameters = [
        f'<parameter name="{key}">{_plain(value)}</parameter>\n' for key, value in arguments.items()
    ]
    return f'<invoke name="{name or ""}">\n{"".join(parameters)}</invoke>'


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
