"""From what the user asks to the files that change: planned as before and after, shown, then written.

Nothing is remembered outside the files: what `remove` needs is in the markers (integrations/git/hooks.py).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tokmeter.core.errors import TokmeterError, UsageError
from tokmeter.integrations.git import dispatchers, hooks
from tokmeter.integrations.git.call import FAILED_TO_START, git
from tokmeter.integrations.git.hooks import HOOKS, Features, Program
from tokmeter.integrations.git.managers import Manager, find_manager, is_tracked

EXECUTABLE = 0o755


class Change(NamedTuple):
    """One file as it is and as it will be; None: not there. `folder` goes too, if that empties it."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: int
    folder: bool = False


class Kept(NamedTuple):
    """A hook that is left alone, why, and the line to add by hand."""

    path: str
    reason: str
    line: str


class Plan(NamedTuple):
    """What an installation or a removal comes to."""

    changes: list[Change]
    kept: list[Kept]


class Place(NamedTuple):
    """Where the hooks of a repository are. `common`: its own folder of hooks, whatever is configured."""

    root: str
    hooks: str
    common: str


def find_place(cwd: str, env: Mapping[str, str]) -> Place:
    """Ask git where hooks go; it knows `core.hooksPath` and worktrees. Raises UsageError."""
    status, out = git(["rev-parse", "--show-toplevel"], env, cwd=cwd)
    if status == FAILED_TO_START:
        raise UsageError("git is not installed, or not in the PATH.", "Install git, then try again.")
    root = os.fsdecode(out).rstrip("\n")
    if status or not root:
        raise UsageError(
            f"{cwd} is not inside a worktree of a git repository.",
            "Go into one, or ask for all of them: tokmeter git install --global",
        )
    # From the top: that is where git takes a relative core.hooksPath from, wherever it is asked.
    _, out = git(["rev-parse", "--git-common-dir", "--git-path", "hooks"], env, cwd=root)
    common, path = os.fsdecode(out).split("\n")[:2]
    return Place(root, os.path.join(root, path), os.path.join(root, common, "hooks"))


def manager_of(place: Place, env: Mapping[str, str]) -> Manager | None:
    """Who owns the hooks there, if anybody."""
    return find_manager(place.root, place.hooks, env)


def plan_install(
    folder: str,
    features: Features,
    program: Program,
    env: Mapping[str, str],
    root: str = "",
    undo: str = hooks.UNDO,
) -> Plan:
    """Blocks for exactly these features in the hooks of `folder`; blocks for others go."""
    plan = Plan([], [])
    made = hooks.MADE_FILE if os.path.isdir(folder) else hooks.MADE_FOLDER
    for hook in HOOKS:
        path = os.path.join(folder, hook)
        before = _read(path)
        old = hooks.Removed(None, made_folder=False) if before is None else _without(path, before, plan)
        if old is None:
            continue
        if hooks.switches(hook, features) is None:
            after = old.content
        else:
            reason = _hands_off(path, old.content, root, env)
            if reason:
                plan.kept.append(Kept(path, reason, hooks.call(hook, features, program.words)))
                continue
            remark = "" if old.content is not None else hooks.MADE_FOLDER if old.made_folder else made
            after = hooks.insert(old.content, hooks.block(hook, features, program, remark, undo))
        if after != before:
            plan.changes.append(Change(path, before, after, _mode(path), old.made_folder and after is None))
    return plan


def plan_remove(folders: Iterable[str]) -> Plan:
    """Every block of ours in the hooks of these folders goes."""
    plan = Plan([], [])
    for folder in dict.fromkeys(folders):
        for name in _names(folder):
            path = os.path.join(folder, name)
            before = _read(path)
            if before is None or not hooks.has_block(before) or dispatchers.is_dispatcher(before):
                continue
            old = _without(path, before, plan)
            if old is not None:
                plan.changes.append(Change(path, before, old.content, _mode(path), old.made_folder))
    return plan


def plan_global_install(own: str, features: Features, program: Program, env: Mapping[str, str]) -> Plan:
    """Hooks for every repository: blocks in the folder that git is told to use, else dispatchers of ours."""
    folder = global_hooks(env)
    if folder and os.path.realpath(folder) != os.path.realpath(own):
        return plan_install(folder, features, program, env, undo=hooks.UNDO_GLOBAL)
    plan = Plan([], [])
    for hook in dispatchers.NAMES:
        path = os.path.join(own, hook)
        before, after = _read(path), dispatchers.dispatcher(hook, features, program).encode()
        if before != after:
            plan.changes.append(Change(path, before, after, EXECUTABLE))
    if not folder:
        config = global_config(env)
        before = _read(config)
        plan.changes.append(Change(config, before, dispatchers.configured(before, own), _mode(config, 0o644)))
    return plan


def plan_global_remove(own: str, env: Mapping[str, str]) -> Plan:
    """The dispatchers, their line in git's configuration, and blocks in another global folder go."""
    folder = global_hooks(env)
    plan = plan_remove([folder] if folder else [])
    config = global_config(env)
    before = _read(config)
    if before is not None and hooks.has_block(before):
        plan.changes.append(Change(config, before, dispatchers.unconfigured(before, own), _mode(config)))
    for name in _names(own):
        path = os.path.join(own, name)
        content = _read(path)
        if content is not None and dispatchers.is_dispatcher(content):
            plan.changes.append(Change(path, content, None, EXECUTABLE, folder=True))
    return plan


def global_hooks(env: Mapping[str, str]) -> str:
    """The folder that git's global configuration names for hooks, '' where it names none."""
    status, out = git(["config", "--global", "--includes", "--type=path", "--get", "core.hooksPath"], env)
    return os.fsdecode(out).rstrip("\n") if status == 0 else ""


def global_config(env: Mapping[str, str]) -> str:
    """The file that `git config --global` writes."""
    named = env.get("GIT_CONFIG_GLOBAL")
    if named:
        return named
    home = env.get("HOME", "")
    plain = os.path.join(home, ".gitconfig")
    xdg = os.path.join(env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "git", "config")
    return xdg if not os.path.exists(plain) and os.path.exists(xdg) else plain


def taken_out(changes: Iterable[Change]) -> list[str]:
    """What the hooks did before these changes and do not after them, by name."""
    before, after = (
        {name for text in texts if text for name in hooks.features_of(hooks.own_block(text))}
        for texts in zip(*((change.before, change.after) for change in changes), strict=True)
    )
    return [name for name in hooks.FEATURES if name in before - after]


def only_passing_on(change: Change) -> bool:
    """Whether a change makes or deletes a hook that does nothing but call the repository's own."""
    texts = [text for text in (change.before, change.after) if text is not None]
    return all(map(dispatchers.only_passes_on, texts))


def apply(changes: Iterable[Change]) -> None:
    """Write the files, each by a rename. Raises TokmeterError."""
    for change in changes:
        # What a link points to is changed, the link stays.
        path = os.path.realpath(change.path)
        try:
            if change.after is None:
                os.unlink(path)
                if change.folder and not os.listdir(os.path.dirname(path)):
                    os.rmdir(os.path.dirname(path))
            else:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                _replace(path, change.after, change.mode)
        except OSError as error:
            raise TokmeterError(
                f"{change.path} cannot be written: {error.strerror}.",
                "Look at its permissions, then try again; tokmeter git status shows what is in place.",
            ) from error


def _replace(path: str, content: bytes, mode: int) -> None:
    temporary = f"{path}.tokmeter-{os.getpid()}"
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _without(path: str, before: bytes, plan: Plan) -> hooks.Removed | None:
    """The hook without our block; None, and a word in the plan, where its end is missing."""
    try:
        return hooks.remove(before)
    except hooks.DamagedBlockError:
        reason = f"the line {hooks.END!r} is missing: take the lines of tokmeter out by hand"
        plan.kept.append(Kept(path, reason, ""))
        return None


def _hands_off(path: str, content: bytes | None, root: str, env: Mapping[str, str]) -> str:
    """Why a hook must not be touched, '' if it may."""
    if content is None:
        return "it is a link to a file that is not there" if os.path.islink(path) else ""
    if not os.access(path, os.X_OK):
        return "it is not executable, so git does not run it; make it so (chmod +x) or move it away"
    if not hooks.is_shell(content):
        return "it is no shell script"
    if root and os.path.islink(path):
        target = os.path.realpath(path)
        if _inside(target, root) and is_tracked(root, target, env):
            return f"it is a link to {target}, which is under version control"
    return ""


def _inside(path: str, root: str) -> bool:
    return path.startswith(os.path.realpath(root).rstrip(os.sep) + os.sep)


def _read(path: str) -> bytes | None:
    """The content of a file; None if it is not there. Raises TokmeterError."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TokmeterError(
            f"{path} cannot be read: {error.strerror}.", "Look at its permissions."
        ) from error


def _mode(path: str, new: int = EXECUTABLE) -> int:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return new


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if not name.endswith(".sample"))
    except OSError:
        return []
