"""Which files below a folder hold text to count, and their text in slices of bounded size."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from tokmeter.tokenization.ignored import Chain

LOOK_BYTES = 8192
"""A NUL in so many first bytes makes a file binary; git looks at 8,000."""
SLICE = 256 * 1024
"""Bytes that are read, and characters that are counted, at a time: a file of any size takes little memory."""
LOOK_BACK = 16 * 1024
"""How far back from the end of a slice a good place to cut is looked for, in characters."""

# The best place first. No split pattern of a tokenizer joins a line feed with a letter after it, so there the
# parts have as many tokens as the whole; anywhere else a cut can cost a token or two.
_PLACES = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (r".*\n(?=[A-Za-z])", r".*\n(?=\S)", r".*\S(?=\s)", r".*[^\w](?=\w)")
)


class TextFile(NamedTuple):
    """A file to count: where it is opened, and its size in bytes when it was found."""

    path: str
    size: int


class LeftOut(NamedTuple):
    """What is not counted. Reasons: `ignored` (a file or a whole folder), `link`, `special`, `unreadable`."""

    path: str
    reason: str
    detail: str = ""


class _Folder(NamedTuple):
    """A folder to look into: as it is shown and opened, and where it really is."""

    path: str
    real: Path
    chain: Chain | None
    """None: nothing is ignored."""


def files_below(folder: str, *, ignore: bool = True) -> Iterator[TextFile | LeftOut]:
    """Every file below `folder`, sorted by path, as git sees them: hidden ones too, ignored ones not.

    Links are not followed (no circles, nothing twice), `.git` is never entered, and what is no regular file
    (sockets, pipes, devices) is not opened. A file that git tracks although a rule names it is left out.
    """
    from tokmeter.tokenization.ignored import chain_at  # noqa: PLC0415 - a single file does without

    real = Path(os.path.realpath(folder))
    chain = chain_at(real) if ignore else None
    yield from _faults(chain, 0)
    stack: list[_Folder | TextFile] = [_Folder(folder, real, chain)]
    while stack:
        item = stack.pop()
        if isinstance(item, TextFile):
            yield item
            continue
        try:
            with os.scandir(item.path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield LeftOut(item.path, "unreadable", error.strerror or "")
            continue
        below: list[_Folder | TextFile] = []
        for entry in found:
            yield from _sorted_out(entry, item, below)
        stack += reversed(below)


def _sorted_out(
    entry: os.DirEntry[str], folder: _Folder, below: list[_Folder | TextFile]
) -> Iterator[LeftOut]:
    """Put an entry of a folder where it belongs: among what is `below`, or what is left out."""
    if entry.name == ".git":
        return
    real = folder.real / entry.name
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
        if folder.chain is not None and folder.chain.ignores(real.as_posix(), is_folder=is_folder):
            yield LeftOut(entry.path, "ignored")
        elif is_folder:
            chain = None if folder.chain is None else folder.chain.entering(real)
            yield from _faults(chain, len(folder.chain.faults) if folder.chain else 0)
            below.append(_Folder(entry.path, real, chain))
        elif entry.is_symlink():
            yield LeftOut(entry.path, "link")
        elif entry.is_file(follow_symlinks=False):
            below.append(TextFile(entry.path, entry.stat(follow_symlinks=False).st_size))
        else:
            yield LeftOut(entry.path, "special")
    except OSError as error:
        yield LeftOut(entry.path, "unreadable", error.strerror or "")


def _faults(chain: Chain | None, known: int) -> Iterator[LeftOut]:
    """The files of rules that could not be read, without the first `known`."""
    for error in chain.faults[known:] if chain else ():
        yield LeftOut(str(error.filename), "unreadable", error.strerror or "")


# Text


def is_binary(beginning: bytes) -> bool:
    """Whether a file that begins like this is no text."""
    return b"\0" in beginning[:LOOK_BYTES]


class Slice(NamedTuple):
    """A part of a text, and how many bytes were read for it."""

    text: str
    bytes: int


def slices(stream: BinaryIO, size: int = SLICE) -> Iterator[Slice] | None:
    """The text of a stream in parts of at most about `size` characters; None where it is binary.

    Read as UTF-8, a byte that is none as a replacement character. A part ends at the end of a line where
    there is one. Raises OSError like the stream.
    """
    beginning = _read(stream, LOOK_BYTES)
    if is_binary(beginning):
        return None
    return _cut(stream, beginning, size)


def _read(stream: BinaryIO, size: int) -> bytes:
    """`size` bytes, less only at the end: a pipe gives what it has."""
    parts = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _cut(stream: BinaryIO, data: bytes, size: int) -> Iterator[Slice]:
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    rest, read = "", 0
    while True:
        data += _read(stream, size - len(data))
        read += len(data)
        rest += decode(data, final=len(data) < size)
        if len(data) < size:
            break
        at = cut_at(rest)
        yield Slice(rest[:at], read)
        rest, read, data = rest[at:], 0, b""
    if rest or read:
        yield Slice(rest, read)


def cut_at(text: str) -> int:
    """Where to cut `text` so that its parts have about as many tokens as the whole: as late as is good."""
    start = max(1, len(text) - LOOK_BACK)
    for place in _PLACES:
        found = place.match(text, start)
        if found is not None:
            return found.end()
    return len(text)
