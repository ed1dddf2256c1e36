"""The marked block in a git hook: its text, where it goes, how it comes out again. Pure: bytes in, bytes out.

The block stands right behind the first line, so that it is reached whatever the rest of the hook does
(`exit`, `exec`) and never changes the status that the rest ends with. Everything needed to take it out is in
its markers: also who made the file and the folder. docs/decisions/git-hooks.md says why.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import NamedTuple

BEGIN = "# >>> tokmeter >>>"
END = "# <<< tokmeter <<<"
UNDO = "taken out by: tokmeter git remove"
UNDO_GLOBAL = f"{UNDO} --global"
MADE_FILE = "file made by tokmeter"
MADE_FOLDER = "file and folder made by tokmeter"

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "mksh", "ash"})
"""Shells whose language the block is written in."""

RAN = "TOKMETER_GIT_HOOK"
"""Names the hook that a global dispatcher serves, so that a block in the repository stays silent."""


class Features(NamedTuple):
    """What the hooks are to do."""

    summary: bool = False
    trailer: bool = False
    assisted_by: bool = False
    notes: bool = False

    def names(self) -> tuple[str, ...]:
        """The switches that ask for them."""
        return tuple(f"--{name.replace('_', '-')}" for name, on in self._asdict().items() if on)


FEATURES = ("summary", "trailer", "assisted-by", "notes")


class Program(NamedTuple):
    """How a hook starts tokmeter, and the file that has to be there for that to work."""

    words: tuple[str, ...]
    proof: str


class Removed(NamedTuple):
    """A hook without its block. `content` is None where nothing of the user's is left."""

    content: bytes | None
    made_folder: bool


class DamagedBlockError(Exception):
    """A block whose end cannot be found."""


def switches(hook: str, features: Features) -> tuple[str, ...] | None:
    """The switches that a hook's call takes; None if the features do not need this hook."""
    wanted = {
        "post-commit": Features(summary=features.summary, notes=features.notes),
        "prepare-commit-msg": features._replace(summary=False),
        "commit-msg": Features(trailer=features.trailer, assisted_by=features.assisted_by),
        "post-rewrite": Features(notes=features.notes),
    }.get(hook)
    if wanted is None or not any(wanted):
        return None
    return () if hook == "commit-msg" else wanted.names()


HOOKS = ("post-commit", "prepare-commit-msg", "commit-msg", "post-rewrite")
"""The hooks that may get a block."""


def needed(features: Features) -> tuple[str, ...]:
    """The hooks that these features need."""
    return tuple(hook for hook in HOOKS if switches(hook, features) is not None)


def call(hook: str, features: Features, words: Sequence[str]) -> str:
    """The call of tokmeter in a hook, without what may fail around it."""
    return f'{shlex.join([*words, "git", "hook", hook, *(switches(hook, features) or ())])} "$@"'


def portable_call(hook: str, features: Features) -> str:
    """The line for hooks that a team shares: found by PATH, silent for whoever has no tokmeter."""
    line = call(hook, features, ("tokmeter",))
    return f"if command -v tokmeter >/dev/null; then {line} || :; fi"


def block(hook: str, features: Features, program: Program, made: str = "", undo: str = UNDO) -> str:
    """The lines of a block, each with its newline. `made`: MADE_FILE, MADE_FOLDER or nothing."""
    line = call(hook, features, program.words)
    remark = f"{undo} ({made})" if made else undo
    test = f'[ "${{{RAN}:-}}" != {hook} ] && [ -x {shlex.quote(program.words[0])} ]'
    if program.proof != program.words[0]:
        test += f" && [ -f {shlex.quote(program.proof)} ]"
    lines = [f"{BEGIN} {remark}", *_BODIES.get(hook, _plain)(test, line), END]
    return "".join(f"{one}\n" for one in lines)


def _plain(test: str, line: str) -> list[str]:
    return [f"if {test}; then", f"  {line} </dev/null || :", "fi"]


def _post_rewrite(test: str, line: str) -> list[str]:
    """What git writes to stdin is read once, and handed on to the rest of the hook."""
    return [
        f"if {test}; then",
        "  tokmeter_pairs=$(cat)",
        f"  printf '%s\\n' \"$tokmeter_pairs\" | {line} || :",
        "  exec <<TOKMETER_PAIRS",
        "$tokmeter_pairs",
        "TOKMETER_PAIRS",
        "fi",
    ]


def _commit_msg(test: str, line: str) -> list[str]:
    """No process for an ordinary message: only one that begins with a trailer of ours may be empty else."""
    return [
        f'if {test} && [ -f "$1" ]; then',
        "  tokmeter_line=",
        '  while IFS= read -r tokmeter_line; do [ -z "$tokmeter_line" ] || break; done <"$1"',
        '  [ ! -f "${1%/*}/tokmeter-template" ] || tokmeter_line=Tokmeter-Usage:',
        "  case $tokmeter_line in",
        f"    Tokmeter-Usage:* | Assisted-by:*) {line} </dev/null || : ;;",
        "  esac",
        "fi",
    ]


_BODIES = {"post-rewrite": _post_rewrite, "commit-msg": _commit_msg}


def is_shell(content: bytes) -> bool:
    """Whether a hook is written in a shell's language that the block fits into."""
    first = content.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    if not first.startswith("#!"):
        return b"\0" not in content[:1024]  # git starts such a file with sh
    words = first[2:].split()
    names = [word.rsplit("/", 1)[-1] for word in words if not word.startswith("-")]
    if names[:1] == ["env"]:
        names = [name for name in names[1:] if "=" not in name]
    elif names[:1] == ["busybox"]:
        names = names[1:]
    return bool(names) and names[0] in SHELLS


def insert(content: bytes | None, text: str, new_file: str = "#!/bin/sh\n") -> bytes:
    """A hook with the block `text` behind its first line (above it where it has no `#!`)."""
    if content is None:
        return new_file.encode() + text.encode()
    head, newline, tail = content.partition(b"\n")
    if not content.startswith(b"#!"):
        return _spelled(text, b"\r\n" if head.endswith(b"\r") else b"\n") + content
    if not newline:  # the only line, and without an end: so is our last one
        return content + b"\n" + text.encode().removesuffix(b"\n")
    return head + newline + _spelled(text, b"\r\n" if head.endswith(b"\r") else b"\n") + tail


def _spelled(text: str, newline: bytes) -> bytes:
    return text.encode().replace(b"\n", newline)


def has_block(content: bytes) -> bool:
    """Whether there is a block in a file."""
    return BEGIN.encode() in content


def own_block(content: bytes) -> str:
    """The text of the block, '' where there is none."""
    found = _find(content)
    return content[found[0] : found[1]].decode("utf-8", "replace") if found else ""


def features_of(text: str) -> tuple[str, ...]:
    """What the calls of tokmeter in a hook do, by name: summary, trailer, assisted-by, notes."""
    return tuple(name for name in FEATURES if f"--{name}" in text)


def remove(content: bytes, new_file: str = "#!/bin/sh\n") -> Removed:
    """A hook without its block, byte for byte as it was. Raises DamagedBlockError."""
    found = _find(content)
    if found is None:
        return Removed(content, made_folder=False)
    start, end = found
    remark = content[start : content.find(b"\n", start)]
    rest = content[:start] + content[end:]
    if end == len(content) and not content.endswith(b"\n") and rest.endswith(b"\n"):
        rest = rest[:-1]  # the newline that the block brought along
    if MADE_FILE.encode() in remark or MADE_FOLDER.encode() in remark:
        if rest == new_file.encode():
            return Removed(None, made_folder=MADE_FOLDER.encode() in remark)
        return Removed(rest, made_folder=False)
    return Removed(rest, made_folder=False)


def _find(content: bytes) -> tuple[int, int] | None:
    """Where the block begins and ends."""
    start = content.find(BEGIN.encode())
    if start < 0:
        return None
    end = content.find(END.encode(), start)
    if end < 0:
        raise DamagedBlockError
    end += len(END)
    for newline in (b"\r\n", b"\n"):
        if content.startswith(newline, end):
            return start, end + len(newline)
    return start, end
