"""Claude Code's `settings.json`: our status line and hooks, put in and out (docs/reference/statusline.md)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from tokmeter.core.errors import SettingsError
from tokmeter.integrations import json_text
from tokmeter.integrations.json_text import Node
from tokmeter.integrations.settings_file import (
    Change,
    Record,
    SettingsFile,
    own_command,
    shell_command,
    steps_of,
)

EVENTS = ("Stop", "SessionEnd")
"""After each answer, and at the end of a session: the log has grown."""

HOOK_SECONDS = 5
"""Claude Code waits for a hook; ours returns at once, and if not, it must not hold anybody up."""

LINE = "statusLine"


def settings_path(env: Mapping[str, str], home: str) -> str:
    """The user's settings file."""
    folder = env.get("CLAUDE_CONFIG_DIR", "").strip()
    if not folder:
        return os.path.join(home, ".claude", "settings.json")
    if folder == "~" or folder.startswith("~/"):
        folder = os.path.join(home, folder[2:])
    if not os.path.isdir(folder):  # logs may be in several places, at commas; settings are in the first
        folder = folder.split(",")[0].strip()
    return os.path.join(os.path.abspath(folder), "settings.json")


def plan_install(
    file: SettingsFile,
    record: Record | None,
    program: Sequence[str],
    options: Sequence[str],
    *,
    hooks: bool,
    replace: bool,
) -> Change:
    """The file with our status line, and our hooks if wanted.

    Raises SettingsError where it cannot be done without loss: broken JSON, or another program's status line.
    """
    text, steps = _document(file)
    root = _parse(file, text)
    if own_parts(root):
        steps = [*steps_of(record), *steps]
    text = _put_line(file, text, steps, shell_command([*program, "statusline", *options]), replace=replace)
    if hooks:
        command = shell_command([*program, "notify", "claude-code"])
        for event in EVENTS:
            text = _put_hook(file, text, steps, event, command)
    return _checked(Change(file, text, {"steps": steps}))


def plan_repair(file: SettingsFile, record: Record | None, program: Sequence[str]) -> Change:
    """The file with `program` in every call of ours; what follows the program stays."""
    if file.text is None:
        return Change(file, None, record)
    text = file.text
    for path in own_parts(_parse(file, text)):
        node = json_text.find(json_text.parse(text), [*path, "command"])
        found = _ours(node.value if node else None)
        if node and found:
            source = json_text.rendered_like(text, node, shell_command([*program, *found[1]]))
            text = json_text.replaced(text, node, source)
    return Change(file, text, {**(record or {}), "steps": steps_of(record)})


def plan_remove(file: SettingsFile, record: Record | None) -> Change:
    """The file without anything of ours, and with what ours took the place of."""
    if file.text is None:
        return Change(file, None, None)
    text, steps = file.text, steps_of(record)
    for path in reversed(own_parts(_parse(file, text))):
        text = _take_hook(text, path, steps) if path[0] == "hooks" else _take_line(text, steps)
    document = next((step.get("document") for step in steps if "document" in step), None)
    if isinstance(document, str) and text.removeprefix("\ufeff").startswith(document):
        rest = text.replace(document, "", 1)
        created = any(step.get("created") for step in steps)
        return Change(file, None if created and not rest.strip() else rest, None)
    return _checked(Change(file, text, None))


def own_parts(root: Node) -> list[list[json_text.Step]]:
    """The paths of the objects whose `command` is ours: the status line, then the hooks in file order."""
    paths: list[list[json_text.Step]] = []
    line = json_text.find(root, [LINE, "command"])
    if line and _ours(line.value):
        paths.append([LINE])
    for event in EVENTS:
        groups = json_text.find(root, ["hooks", event])
        for at in range(len(groups.items) if groups else 0):
            inner = json_text.find(root, ["hooks", event, at, "hooks"])
            for position in range(len(inner.items) if inner else 0):
                path: list[json_text.Step] = ["hooks", event, at, "hooks", position]
                command = json_text.find(root, [*path, "command"])
                if command and _ours(command.value):
                    paths.append(path)
    return paths


def programs(text: str) -> list[str]:
    """The programs that a settings text calls as tokmeter, for a check of whether they can be found."""
    root = json_text.parse(text)
    nodes = [json_text.find(root, [*path, "command"]) for path in own_parts(root)]
    found = [_ours(node.value) for node in nodes if node]
    return [program[0] for program, _ in filter(None, found)]


def _ours(command: object) -> tuple[list[str], list[str]] | None:
    return own_command(command, "statusline") or own_command(command, "notify")


def _document(file: SettingsFile) -> tuple[str, list[Record]]:
    """The text to work on; a file that holds nothing gets an empty object first."""
    text = file.text or ""
    if text.removeprefix("\ufeff").strip():
        return text, []
    skeleton = "{}" if text else "{}\n"
    at = 1 if text.startswith("\ufeff") else 0
    return text[:at] + skeleton + text[at:], [{"document": skeleton, "created": file.text is None}]


def _parse(file: SettingsFile, text: str) -> Node:
    try:
        root = json_text.parse(text)
    except json_text.BrokenJsonError as error:
        raise SettingsError(
            f"{file.path}: {error.sentence}; nothing was written.", "Repair the file, then try again."
        ) from None
    if not isinstance(root.value, dict):
        raise SettingsError(
            f"{file.path} holds no JSON object; nothing was written.", "Is this the settings file?"
        )
    return root


def _put_line(file: SettingsFile, text: str, steps: list[Record], command: str, *, replace: bool) -> str:
    root = json_text.parse(text)
    member = root.member(LINE)
    value = {"type": "command", "command": command}
    if member is None:
        return _put_in(text, steps, [], LINE, value)
    node = json_text.find(root, [LINE, "command"])
    if node and own_command(node.value, "statusline"):
        if node.value == command:
            return text
        return json_text.replaced(text, node, json_text.rendered_like(text, node, command))
    if member.node.value is not None and not replace:
        raise SettingsError(
            f"{file.path} has a status line of another program; nothing was written.",
            "To put tokmeter's in its place: tokmeter statusline install --replace (remove brings it back)",
        )
    steps.append({"key": LINE, "was": text[member.node.start : member.node.end]})
    return json_text.replaced(text, member.node, json_text.rendered_like(text, member.node, value))


def _put_hook(file: SettingsFile, text: str, steps: list[Record], event: str, command: str) -> str:
    root = json_text.parse(text)
    for path in own_parts(root):
        if path[:2] == ["hooks", event]:
            node = json_text.find(root, [*path, "command"])
            if node and node.value != command:
                text = json_text.replaced(text, node, json_text.rendered_like(text, node, command))
            return text
    group = {"hooks": [{"type": "command", "command": command, "timeout": HOOK_SECONDS}]}
    hooks, groups = json_text.find(root, ["hooks"]), json_text.find(root, ["hooks", event])
    if (hooks and not isinstance(hooks.value, dict)) or (groups and not isinstance(groups.value, list)):
        raise SettingsError(
            f"{file.path} has hooks in a form tokmeter does not know; nothing was written.",
            "Without hooks: tokmeter statusline install",
        )
    if hooks is None:
        return _put_in(text, steps, [], "hooks", {event: [group]})
    if groups is None:
        return _put_in(text, steps, ["hooks"], event, [group])
    return _put_in(text, steps, ["hooks", event], None, group)


def _put_in(text: str, steps: list[Record], at: list[json_text.Step], key: str | None, value: object) -> str:
    text, tail = json_text.insert(text, at, key, value)
    steps.append({"at": at, "key": key, "tail": tail})
    return text


def _take_line(text: str, steps: Sequence[Record]) -> str:
    root = json_text.parse(text)
    member = root.member(LINE)
    if member is None:
        return text
    was = next((step["was"] for step in steps if step.get("key") == LINE and "was" in step), None)
    if isinstance(was, str):
        return json_text.replaced(text, member.node, was)
    return _take(text, [], root.items.index(member), steps, LINE)


def _take_hook(text: str, path: list[json_text.Step], steps: Sequence[Record]) -> str:
    """Without one hook, and without the lists around it that were made for it and are empty now."""
    event, group, position = str(path[1]), path[2], path[4]
    inner = json_text.find(json_text.parse(text), path[:4])
    if not isinstance(group, int) or not isinstance(position, int):
        return text
    if inner and len(inner.items) > 1:  # others were added to our group
        return json_text.take_out(text, path[:4], position)
    text = _take(text, ["hooks", event], group, steps, None)
    made = {str(step.get("key")) for step in steps}
    for at, key in ((["hooks"], event), ([], "hooks")):
        root = json_text.parse(text)
        holder, node = json_text.find(root, at), json_text.find(root, [*at, key])
        member = holder.member(key) if holder else None
        ours = not steps or key in made or ("hooks" in made and key == event)
        if not (holder and member and node and not node.items and ours):
            break
        text = _take(text, at, holder.items.index(member), steps, key)
    return text


def _take(
    text: str, at: Sequence[json_text.Step], index: int, steps: Sequence[Record], key: str | None
) -> str:
    tails = [step.get("tail") for step in steps if step.get("at") == list(at) and step.get("key") == key]
    tail = tails[-1] if tails else None
    return json_text.take_out(text, at, index, tail if isinstance(tail, str) else None)


def _checked(change: Change) -> Change:
    """The change, if the file is sound after it and nothing else is altered; an error if not."""
    file, after = change.file, change.after
    before = json_text.parse(_or_empty(file.text))
    try:
        safe = _others(before) == _others(json_text.parse(_or_empty(after)))
    except json_text.BrokenJsonError:
        safe = False
    if safe and change.record is not None and file.text is not None and not own_parts(before):
        safe = plan_remove(SettingsFile(file.path, file.target, after), change.record).after == file.text
    if not safe:
        raise SettingsError(
            f"{file.path} cannot be edited safely; nothing was written.",
            "Its statusLine and hooks would have to be edited by hand (docs/reference/statusline.md).",
        )
    return change


def _others(root: Node) -> object:
    """What the settings say besides the two keys that are ours to edit."""
    value = root.value
    return {k: v for k, v in value.items() if k not in {LINE, "hooks"}} if isinstance(value, dict) else value


def _or_empty(text: str | None) -> str:
    return text if text and text.removeprefix("\ufeff").strip() else "{}"
