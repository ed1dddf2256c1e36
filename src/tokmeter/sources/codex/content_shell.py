"""Which file a shell command plainly reads, if it does nothing else."""

from __future__ import annotations

import ntpath
import posixpath
import re
import shlex

LONGEST = 2000
"""Characters of a command worth looking into: what plainly reads one file is short."""

_SHELLS = {"bash", "sh", "zsh", "dash"}
_QUICK = re.compile(r"\s*(?:cd|cat|sed|nl|head|tail)\s")
_UNPLAIN = re.compile(r"[$`*?{}<>\\\n\r]")
_TO_THE_END = re.compile(r"(?<=[',])\$(?=p')")
"""The last line in `sed -n '10,$p'`: within single quotes a `$` is no variable."""
_ADDRESS = r"(?:\d+|\$|/[^/]+/)"
_PRINTS = re.compile(rf"\s*{_ADDRESS}?(?:,\+?{_ADDRESS})?p\s*(?:;\s*{_ADDRESS}?(?:,\+?{_ADDRESS})?p\s*)*;?")
_VALUED = {"nl": set("bdfhilnsvw"), "head": set("nc"), "tail": set("nc"), "cat": set()}
"""Short options that take a value, of the commands that read whole files or parts of them."""
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def script_of(command: object) -> str:
    """A command as one line of shell: a string as it is, `["bash", "-lc", script]`, or the words of one."""
    if isinstance(command, str):
        return command
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        return ""
    is_shell = len(command) == 3 and posixpath.basename(command[0]) in _SHELLS
    if is_shell and re.fullmatch(r"-[a-z]*c", command[1]):
        return str(command[2])
    return shlex.join(command)


def file_read_by(script: str, folder: str) -> str:
    """The one file that a line of shell prints (all of it or parts), or ''.

    `cat`, `nl`, `head`, `tail` and a `sed -n` that only prints, one or several of them on the same file,
    with filters of the same sort behind a pipe, behind a `cd` or not. Anything else, and every name that
    the shell would have to fill in, is no plain reading. `folder` is where it runs.
    """
    if len(script) > LONGEST or not _QUICK.match(script) or _UNPLAIN.search(_TO_THE_END.sub("", script)):
        return ""
    lexer = shlex.shlex(script, posix=True, punctuation_chars="|&;()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return ""
    if words[0] == "cd" and len(words) > 3 and words[2] == "&&":
        folder = resolved(words[1], folder)
        words = words[3:]
    found = {_read_by_pipe(part) for part in _split(words, {"&&", ";"})}
    name = found.pop()
    return resolved(name, folder) if name and not found else ""


def resolved(path: str, folder: str) -> str:
    """A path as the log says it: absolute where it or the folder it is seen from is."""
    if path.startswith(("/", "~")) or not folder:
        return posixpath.normpath(path) if path.startswith("/") else path
    if _DRIVE.match(path) or _DRIVE.match(folder):
        return ntpath.normpath(ntpath.join(folder, path))
    return posixpath.normpath(posixpath.join(folder, path)) if folder.startswith("/") else path


def _split(words: list[str], at: set[str]) -> list[list[str]]:
    """The parts of a list between the words of `at`."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word in at:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts if parts[-1] else parts[:-1]


def _read_by_pipe(words: list[str]) -> str:
    """The file that the first command of a pipe reads, if all others only take parts of it."""
    first, *others = _split(words, {"|"}) or [[]]
    named = _operands(first)
    filters = all(_operands(other) == [] for other in others)
    return named[0] if named is not None and len(named) == 1 and named[0] and filters else ""


def _operands(words: list[str]) -> list[str] | None:
    """The files named by one command that only prints; None for any other command."""
    if not words or any(set(word) <= set("|&;()") for word in words if word):
        return None
    program, *rest = words
    if program == "sed":
        return _sed_operands(rest)
    valued = _VALUED.get(program)
    if valued is None:
        return None
    files: list[str] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word == "-":
            return None
        elif not word.startswith("-"):
            files.append(word)
        elif not word.startswith("--"):
            skip = word[-1] in valued
    return files


def _sed_operands(words: list[str]) -> list[str] | None:
    """The files of a `sed -n` that prints lines by address."""
    if not words or words[0] not in {"-n", "-ne", "-nE"}:
        return None
    rest = [word for word in words[1:] if word not in {"-e", "-E", "--"}]
    if not rest or not _PRINTS.fullmatch(rest[0]) or any(word.startswith("-") for word in rest):
        return None
    return rest[1:]
