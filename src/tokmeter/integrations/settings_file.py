"""A settings file of another program: read, change shown as a difference, backup, and written in one step.

What was put in, and what it took the place of, is remembered in `integrations.json` in the state folder, so
that taking it out again gives back the very bytes from before.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from tokmeter.core.errors import SettingsError, TokmeterError
from tokmeter.core.names import printable
from tokmeter.integrations.prompt_line import replace_file

MEMORY = "integrations.json"
OWN_NAME = "tokmet"
"""How a program's name begins that may be ours, also mistyped or moved."""

_PLAIN = re.compile(r"[\w,.=-]+")
"""An argument that means nothing to a shell."""

Record = dict[str, object]
"""What is remembered of a file: `steps` (what was put in), `backups`, `wrote` (the fingerprint of what
we left), `folder` (the topmost one made for it), `assistant`."""


class SettingsFile(NamedTuple):
    """A file as it is found. `text` is None where there is none."""

    path: str
    target: str
    """The file itself, where `path` is a link."""
    text: str | None


class Change(NamedTuple):
    """What becomes of a file. `after` None: it is deleted. `record` None: nothing of ours is left in it."""

    file: SettingsFile
    after: str | None
    record: Record | None

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.after != self.file.text


def read_settings(path: str) -> SettingsFile:
    """The file at `path`. Raises SettingsError where it cannot be read as text."""
    target = os.path.realpath(path)
    try:
        with open(target, "rb") as file:
            return SettingsFile(path, target, file.read().decode("utf-8"))
    except FileNotFoundError:
        return SettingsFile(path, target, None)
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.", "Save it as UTF-8, then try again.") from None
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}.", "tokmeter statusline install --settings FILE"
        ) from None


def difference(change: Change) -> str:
    """The change as a unified diff, safe to show on a terminal."""
    before, after = change.file.text or "", change.after or ""
    names = ("/dev/null" if change.file.text is None else change.file.path, change.file.path)
    if change.after is None:
        names = (change.file.path, "/dev/null")
    found = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), *names)
    lines = []
    for line in found:
        lines.append(_shown(line.rstrip("\r\n")))
        if not line.endswith(("\n", "\r")):
            lines.append("\\ No newline at end of file")
    return "".join(f"{line}\n" for line in lines)


def _shown(line: str) -> str:
    return printable(line.replace("\t", "    ").replace("\ufeff", ""))


def carry_out(change: Change, state: str, today: str) -> str:
    """Write a change and remember it; the path of the backup, '' if none was needed.

    Raises TokmeterError, and then the file is as it was.
    """
    file = change.file
    if read_settings(file.path) != file:
        raise TokmeterError(
            f"{file.path} was changed meanwhile; nothing was written.", "Run the same command again."
        )
    _refuse_read_only(file)
    old = recall(state, file.target)
    backups = _texts(old.get("backups")) if old else []
    made = old.get("folder") if old else None
    backup = ""
    try:
        if file.text is None:
            made = _make_folder(os.path.dirname(file.target)) or made
        elif old is None or old.get("wrote") != _fingerprint(file.text):
            backup = _back_up(file, today)
            backups.append(backup)
        if change.record is not None:
            wrote = _fingerprint(change.after or "")
            record = {**change.record, "wrote": wrote, "backups": backups, "folder": made}
            remember(state, file.target, record)
        _write(file, change.after)
    except OSError as error:
        if backup:
            os.unlink(backup)
        raise TokmeterError(
            f"{error.filename or file.path} cannot be written: {error.strerror}; {file.path} is as it was.",
            "Make that possible, then run the same command again.",
        ) from None
    if change.record is None:
        _tidy(file, change.after, backups, made)
        forget(state, file.target)
    return backup if backup and os.path.exists(backup) else ""


def forget(state: str, target: str) -> None:
    """Remember nothing of a file any more. A memory that cannot be written is only too long."""
    try:
        remember(state, target, None)
    except OSError:
        return


def recall(state: str, target: str) -> Record | None:
    """What is remembered of a file."""
    record = recall_all(state).get(target)
    return record if isinstance(record, dict) else None


def recall_all(state: str) -> dict[str, object]:
    """What is remembered, by file. A memory that cannot be read holds nothing."""
    try:
        with open(os.path.join(state, MEMORY), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    files = found.get("files") if isinstance(found, dict) else None
    return files if isinstance(files, dict) else {}


def remember(state: str, target: str, record: Record | None) -> None:
    """Keep `record` for a file, or forget it. Raises OSError."""
    files = recall_all(state)
    if record is None:
        files.pop(target, None)
    else:
        files[target] = record
    place = os.path.join(state, MEMORY)
    if files:
        os.makedirs(state, mode=0o700, exist_ok=True)
        replace_file(place, json.dumps({"version": 1, "files": files}, indent=1, ensure_ascii=True) + "\n")
    elif os.path.exists(place):
        os.unlink(place)


def steps_of(record: Record | None) -> list[Record]:
    """What was put into a file, in the order in which it was."""
    steps = record.get("steps") if record else None
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def may_hold_ours(file: SettingsFile, record: Record | None) -> bool:
    """Whether a file is to be looked into for repairing or removing; others may be broken as they like."""
    return file.text is not None and (record is not None or OWN_NAME in file.text)


def own_words(words: Sequence[str], word: str) -> tuple[list[str], list[str]] | None:
    """(program, its arguments from `word` on) if these words call tokmeter and nothing else."""
    if word not in words:
        return None
    at = list(words).index(word)
    program, rest = list(words[:at]), list(words[at:])
    alone = len(program) == 1 and os.path.basename(program[0].replace("\\", "/")).startswith(OWN_NAME)
    return (program, rest) if alone or program[-2:] == ["-m", "tokmeter"] else None


def own_command(command: object, word: str) -> tuple[list[str], list[str]] | None:
    """The same for a shell command; None where it does more than call tokmeter."""
    if not isinstance(command, str):
        return None
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    found = own_words(words, word)
    return found if found and all(_PLAIN.fullmatch(part) for part in found[1]) else None


def shell_command(words: Sequence[str]) -> str:
    """Words as one command of a shell."""
    return " ".join(shlex.quote(word.replace("\\", "/") if os.name == "nt" else word) for word in words)


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _refuse_read_only(file: SettingsFile) -> None:
    """A file without write permission is somebody's decision: of a package, or of a dotfile manager."""
    if file.text is not None and not os.stat(file.target).st_mode & 0o200:
        raise TokmeterError(
            f"{file.target} is read-only; nothing was written.", f"chmod u+w '{file.target}', then again"
        )


def _make_folder(folder: str) -> str:
    """Make a folder and those above it; the topmost one that was made, '' if all were there."""
    missing = []
    while folder and not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for name in reversed(missing):
        os.mkdir(name, 0o700)
    return missing[-1] if missing else ""


def _back_up(file: SettingsFile, today: str) -> str:
    """A copy of the file beside it; its path. An older backup is never overwritten."""
    base = f"{file.target}.before-tokmeter-{today}"
    name, number = base, 1
    while True:
        try:
            descriptor = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            number += 1
            name = f"{base}-{number}"
            continue
        with os.fdopen(descriptor, "wb") as copy:
            copy.write((file.text or "").encode())
        return name


def _write(file: SettingsFile, after: str | None) -> None:
    """Put the new text in place of the old one: whole, with the same mode, through links."""
    if after is None:
        os.unlink(file.target)
        return
    temporary = f"{file.target}.tokmeter-{os.getpid()}"
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as copy:
            copy.write(after.encode())
            copy.flush()
            os.fsync(copy.fileno())
        if file.text is not None:
            _like(temporary, os.stat(file.target))
        os.replace(temporary, file.target)
    except OSError:
        os.unlink(temporary)
        raise


def _like(path: str, before: os.stat_result) -> None:
    """Mode and, as far as that is allowed, owner of the file from before (under sudo it is another one)."""
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(path, before.st_uid, before.st_gid)
    os.chmod(path, before.st_mode & 0o7777)


def _tidy(file: SettingsFile, after: str | None, backups: Sequence[str], made: object) -> None:
    """After taking ours out: the folder that was made for the file goes, and so do the backups.

    They stay where the file is not as it was before: none of them equals it.
    """
    if after is None or any(_holds(name, after) for name in backups):
        for name in backups:
            with contextlib.suppress(OSError):  # the user has moved it away
                os.unlink(name)
    folder = os.path.dirname(file.target)
    while after is None and isinstance(made, str) and folder.startswith(made):
        try:
            os.rmdir(folder)
        except OSError:  # somebody else put something there
            return
        folder = os.path.dirname(folder)


def _holds(path: str, text: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read() == text.encode()
    except OSError:
        return False


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
