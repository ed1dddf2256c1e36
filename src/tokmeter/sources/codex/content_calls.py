"""What a tool call is about: its name, its server, the kind of its result, and the files it names."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from tokmeter.sources._content import ToolCall
from tokmeter.sources._fields import as_dict, as_text, fixed_word
from tokmeter.sources.codex.content_lines import TextPayload, as_json, clean
from tokmeter.sources.codex.content_shell import file_read_by, resolved, script_of

SHELL_TOOLS = {"exec_command", "shell", "shell_command", "local_shell", "container.exec", "unified_exec"}
COMMAND_TOOLS = SHELL_TOOLS | {"write_stdin"}
SEARCH_TOOLS = {"web_search", "web_fetch", "web.run", "grep_files"}
READ_TOOLS = {"read_file", "view_image"}
NAMED_BY_TYPE = {
    "local_shell_call": "local_shell",
    "web_search_call": "web_search",
    "tool_search_call": "tool_search",
    "image_generation_call": "image_generation",
}

_HEADER = re.compile(r"\*\*\* (?:Add|Update|Delete) File: (.+?)(?=\\r|\\n|\r|\n|\"|$)")
_PATCHES = re.compile(r"\s*(?:cd ([^\n;|&]+?) && )?(?:apply_patch|applypatch)\b")
_LINES = re.compile(r"(Total output lines: \d+\n)\n")


class Called(NamedTuple):
    """A call, and what its result will be."""

    call: ToolCall
    tool: str
    server: str
    result: str
    path: str
    parts: tuple[tuple[str, str], ...]
    """Path and text of each file of a patch; else the whole text, with the path that is read."""

    @property
    def kind(self) -> str:
        """The kind of what the model wrote."""
        return "edit" if self.result == "edit" else "tool_call"


def called(payload: TextPayload, folder: str) -> Called:
    """What a call item says. `folder` is where its commands run if it names no other place."""
    what = str(payload.type)
    name = as_text(payload.name) or NAMED_BY_TYPE.get(what) or ""
    written = _written(payload)
    call = ToolCall(_whole_name(clean(name), as_text(payload.namespace)), written)
    server, tool = server_and_tool(name, as_text(payload.namespace))
    result, path = "tool_output", ""
    if server:
        pass
    elif tool == "apply_patch":
        return _patch(call, tool, written, folder)
    elif tool in SHELL_TOOLS:
        command, folder = _command(payload, written, folder)
        patches = _PATCHES.match(command)
        if patches and _HEADER.search(written):
            moved = patches[1].strip("'\"") if patches[1] else ""
            return _patch(call, tool, written, resolved(moved, folder) if moved else folder)
        path = file_read_by(command, folder)
        result = "file_read" if path else "command_output"
    elif tool in COMMAND_TOOLS:
        result = "command_output"
    elif tool in SEARCH_TOOLS:
        result = "search_result"
    elif tool in READ_TOOLS:
        about = _arguments(written)
        named = as_text(about.get("file_path")) or as_text(about.get("path"))
        result, path = "file_read", resolved(clean(named), folder) if named else ""
    return Called(call, tool, server, result, path, ((path, written),))


def as_sent(output: str) -> str:
    """A command's output in the form the model gets.

    The log may hold `{"output": …, "metadata": {"exit_code": …, "duration_seconds": …}}`; Codex sends the
    parts as lines instead. (In real logs the input of the next request grows by just these.)
    """
    if not output.startswith('{"output":'):
        return output
    found = _arguments(output)
    text, about = found.get("output"), as_dict(found.get("metadata"))
    code, seconds = about.get("exit_code"), about.get("duration_seconds")
    if not isinstance(text, str) or not isinstance(code, int) or not isinstance(seconds, int | float):
        return output
    lines = _LINES.match(text)
    counted = lines[1] if lines else ""
    rest = text[lines.end() :] if lines else text
    return f"Exit code: {code}\nWall time: {seconds:g} seconds\n{counted}Output:\n{rest}"


def server_and_tool(name: str, namespace: str | None) -> tuple[str, str]:
    """`mcp__server__tool` told apart, in one field or two; names that are no identifiers are not kept."""
    whole = _whole_name(name, namespace) if (namespace or "").startswith("mcp__") else name
    if whole.startswith("mcp__"):
        server, mark, tool = whole[5:].partition("__")
        if mark and fixed_word(server):
            return server, fixed_word(tool) or ""
    return "", fixed_word(name) or ""


def _whole_name(name: str, namespace: str | None) -> str:
    if not namespace or name.startswith(namespace):
        return name
    return clean(namespace.rstrip("_")) + "__" + name if namespace.startswith("mcp__") else name


def _written(payload: TextPayload) -> str:
    """What the model wrote as the call's input, as text."""
    for value in (payload.arguments, payload.input, payload.action, payload.revised_prompt):
        if value is not None:
            return as_json(value)
    return ""


def _arguments(written: str) -> dict[str, object]:
    """The arguments, if they are an object in JSON."""
    if written[:1] != "{":
        return {}
    try:
        return as_dict(msgspec.json.decode(written))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}


def _command(payload: TextPayload, written: str, folder: str) -> tuple[str, str]:
    """The line of shell a call runs, and where."""
    about = as_dict(payload.action) or _arguments(written)
    command = about.get("cmd")
    place = as_text(about.get("workdir")) or as_text(about.get("working_directory"))
    script = script_of(about.get("command") if command is None else command)
    return clean(script), resolved(clean(place), folder) if place else folder


def _patch(call: ToolCall, tool: str, written: str, folder: str) -> Called:
    """A patch, cut at the headers of its files; what stands before the first belongs to it."""
    heads = list(_HEADER.finditer(written))
    cuts = [0, *(head.start() for head in heads[1:]), len(written)]
    paths = [resolved(_unescaped(head[1]), folder) for head in heads] or [""]
    parts = tuple((path, written[cuts[at] : cuts[at + 1]]) for at, path in enumerate(paths))
    whole = paths[0] if len(set(paths)) == 1 else ""
    return Called(call, tool, "", "edit", whole, parts)


def _unescaped(path: str) -> str:
    """A path inside arguments in JSON as it is meant."""
    if "\\" not in path:
        return path.strip()
    try:
        return clean(str(msgspec.json.decode(f'"{path}"'))).strip()
    except (msgspec.MsgspecError, ValueError):
        return path.strip()
