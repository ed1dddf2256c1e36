"""What `tokmeter count` reads: the words of its command line as texts, and their sums."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from operator import add
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from tokmeter.cli.progress import UNKNOWN
from tokmeter.core.names import printable
from tokmeter.reports.counted import LeftOut
from tokmeter.reports.counted_rows import Named
from tokmeter.tokenization.files import TextFile, files_below, slices
from tokmeter.tokenization.tally import Part, PartCounts, count_parts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tokmeter.cli.progress import CountProgress

STDIN = "-"
_LABEL = "counting"


class Sums(NamedTuple):
    """One text that was counted: which word it came in by, its sizes, its tokens by tokenizer."""

    named: int
    path: str
    bytes: int
    characters: int
    lines: int
    tokens: tuple[int, ...]


class _Text(NamedTuple):
    """A text to count. `size` in bytes, UNKNOWN for a pipe; `asked`: it was named itself."""

    named: int
    path: str
    size: int
    asked: bool


class Texts:
    """All that the words name. Faults are said on stderr when they are met; the rest goes on.

    `failed` is set where something that was named, or a file of a folder, cannot be counted.
    """

    def __init__(self, words: Sequence[str], *, ignore: bool) -> None:
        self.named: list[Named] = []
        self.left_out: list[LeftOut] = []
        self.failed = False
        self._texts: list[_Text] = []
        for number, word in enumerate(words):
            self._find(number, word, ignore=ignore)

    def _find(self, number: int, word: str, *, ignore: bool) -> None:
        """Note what a word names: a file, all below a folder, standard input."""
        try:
            status = None if word == STDIN else os.stat(word)  # noqa: PTH116 - no Path is made of it
        except (OSError, ValueError) as error:
            self.named.append(Named(word, is_folder=False))
            self._unreadable(word, getattr(error, "strerror", None) or str(error))
            return
        is_folder = status is not None and stat.S_ISDIR(status.st_mode)
        self.named.append(Named(word, is_folder))
        if not is_folder:
            size = _stdin_size() if status is None else _size(status)
            self._texts.append(_Text(number, word, size, asked=True))
            return
        for found in files_below(word, ignore=ignore):
            if isinstance(found, TextFile):
                self._texts.append(_Text(number, found.path, found.size, asked=False))
            elif found.reason == "unreadable":
                self._unreadable(found.path, found.detail)
            else:
                self.left_out.append(LeftOut(*found))

    def counted(self, tokenizers: Sequence[str], progress: CountProgress) -> list[Sums]:
        """Read and count everything, in the order in which it was found."""
        sizes = [text.size for text in self._texts]
        progress.start({_LABEL: UNKNOWN if UNKNOWN in sizes else sum(sizes)})
        sums: dict[int, PartCounts] = {}
        readable: list[int] = []
        try:
            for part in count_parts(self._parts(readable), tokenizers):
                known = sums.get(part.owner)
                sums[part.owner] = part if known is None else _plus(known, part)
                progress.advance(_LABEL, part.bytes)
        finally:
            progress.finish()
        return [self._sums(sums[number]) for number in readable]

    def _sums(self, whole: PartCounts) -> Sums:
        text = self._texts[whole.owner]
        return Sums(text.named, text.path, whole.bytes, whole.characters, whole.lines, whole.tokens)

    def _parts(self, readable: list[int]) -> Iterator[Part]:
        """The text of everything in parts; what could be read to its end is noted in `readable`."""
        for number, text in enumerate(self._texts):
            try:
                with _opened(text.path) as stream:
                    found = slices(stream)
                    if found is None:
                        self._binary(text)
                        continue
                    yield Part(number, "", 0)  # an empty file has counts as well
                    for part in found:
                        yield Part(number, part.text, part.bytes)
            except (OSError, ValueError) as error:
                self._unreadable(text.path, getattr(error, "strerror", None) or str(error))
            else:
                readable.append(number)

    def _binary(self, text: _Text) -> None:
        """A binary file: passed over in a folder, a fault where it was named."""
        self.left_out.append(LeftOut(text.path, "binary", ""))
        if text.asked:
            self.failed = True
            _say(f"{text.path} is not counted: it is binary")

    def _unreadable(self, path: str, reason: str) -> None:
        self.failed = True
        self.left_out.append(LeftOut(path, "unreadable", reason))
        _say(f"{path} cannot be read: {reason}")


def _plus(one: PartCounts, other: PartCounts) -> PartCounts:
    """Two parts of one text."""
    return PartCounts(
        one.owner,
        one.bytes + other.bytes,
        one.characters + other.characters,
        one.lines + other.lines,
        tuple(map(add, one.tokens, other.tokens)),
    )


def _say(sentence: str) -> None:
    """A fault on stderr, also under --quiet: it is why the exit status is 1."""
    sys.stderr.write(f"tokmeter: {printable(sentence)}.\n")


def _opened(path: str) -> AbstractContextManager[BinaryIO]:
    if path != STDIN:
        return open(path, "rb")  # noqa: PTH123 - the caller closes it
    if sys.stdin is None:
        raise OSError(0, "it is closed")
    return nullcontext(sys.stdin.buffer)


def _size(status: os.stat_result) -> int:
    """Bytes of a regular file; a pipe or a device does not say."""
    return status.st_size if stat.S_ISREG(status.st_mode) else UNKNOWN


def _stdin_size() -> int:
    try:
        return UNKNOWN if sys.stdin is None else _size(os.fstat(sys.stdin.fileno()))
    except (OSError, ValueError):
        return UNKNOWN
