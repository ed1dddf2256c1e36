"""What `tokmeter git status` says: which hook does what, where, and whether it can work."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from tokmeter.integrations.git import dispatchers, hooks
from tokmeter.integrations.git.install import Place, global_hooks
from tokmeter.integrations.git.managers import Manager, entered


def local_lines(place: Place, manager: Manager | None, own: str) -> list[str]:
    """The folder of this repository's hooks, and one line for each hook."""
    if os.path.realpath(place.hooks) == os.path.realpath(own):
        return ["  served by the hooks for all repositories, see below"]
    lines = [f"Hooks             {place.hooks}"]
    if manager is not None:
        name = "files under version control" if manager.name == "repository" else manager.name
        lines.append(f"  hooks belong to: {name}")
    for hook in hooks.HOOKS:
        path, line = entered(manager, hook) if manager else ("", "")
        where = os.path.relpath(path, place.root) if path else ""
        lines.append(_line(hook, line, where) if path else _installed(place.hooks, hook))
    if os.path.realpath(place.common) != os.path.realpath(place.hooks):
        asleep = [hook for hook in hooks.HOOKS if _content(os.path.join(place.common, hook))[1]]
        if asleep:
            lines.append(f"  asleep, because git does not look there: {', '.join(asleep)} in {place.common}")
    return lines


def global_lines(own: str, env: Mapping[str, str]) -> list[str]:
    """The same for the hooks for all repositories."""
    folder = global_hooks(env)
    if not folder:
        return ["All repositories  off"]
    lines = [f"All repositories  {folder}"]
    if os.path.realpath(folder) == os.path.realpath(own):
        missing = [name for name in dispatchers.NAMES if not os.path.exists(os.path.join(own, name))]
        if missing:
            lines.append(f"  missing: {', '.join(missing)}; repair: tokmeter git install --global")
    return lines + [_installed(folder, hook) for hook in hooks.HOOKS]


def _installed(folder: str, hook: str) -> str:
    """A hook that git runs from `folder`."""
    path = os.path.join(folder, hook)
    content, own = _content(path)
    if not own:
        calls = [line for line in content.splitlines() if f"tokmeter git hook {hook}" in line]
        return _line(hook, calls[0]) if calls else f"  {hook:<19} off"
    if not os.access(path, os.X_OK):
        return f"  {hook:<19} off: it is not executable"
    return _line(hook, own)


def _line(hook: str, text: str, where: str = "") -> str:
    """`on`, what it does, whether its program is still there, and `where`."""
    does = hooks.features_of(text)
    program = next((line for line in text.splitlines() if "git hook" in line), "")
    missing = _missing(program)
    state = (
        f"command not found: {missing}; repair: tokmeter git install" if missing else ", ".join(does) or "on"
    )
    return f"  {hook:<19} {state:<24}  {where}".rstrip()


def _missing(line: str) -> str:
    """The program that a block calls, if it is gone."""
    try:
        words = shlex.split(line)
    except ValueError:
        return ""
    program = next((word for word in words if word.startswith("/")), "")
    return program if program and not os.access(program, os.X_OK) else ""


def _content(path: str) -> tuple[str, str]:
    """(text of a hook, our block in it)."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return "", ""
    try:
        return content.decode("utf-8", "replace"), hooks.own_block(content)
    except hooks.DamagedBlockError:
        return content.decode("utf-8", "replace"), ""
