"""Streams made of parts, and the limits they are unpacked within.

A bomb is known by what it unpacks to, summed over all members and layers, against the size of the file it
came in. What could be read before a fault counts; the fault is kept and told at the end.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

BLOCK = 1 << 18
BUFFER = 1 << 20


class TooLargeError(ValueError):
    """More than an import unpacks."""


@dataclass(slots=True)
class Budget:
    """What one file may unpack to, over all of its layers and members."""

    packed: int = 0
    """Bytes of the file as it lies on disk, or as much as came in through a pipe."""
    unpacked: int = 0
    highest_ratio: int = 1_000
    """200 calls that each repeat their whole conversation pack 130 times, and longer ones more."""
    ratio_counts_from: int = 128 << 20
    most: int = 64 << 30
    most_spooled: int = 8 << 30
    is_spent: bool = False

    def spend(self, size: int) -> None:
        """Note `size` more unpacked bytes."""
        self.unpacked += size
        if self.unpacked > self.most:
            self.is_spent = True
            raise TooLargeError(f"unpacks to more than {self.most >> 20} MB")
        if self.unpacked > self.ratio_counts_from and self.unpacked > self.packed * self.highest_ratio:
            self.is_spent = True
            raise TooLargeError(f"unpacks to more than {self.highest_ratio} times its size")


@dataclass(slots=True)
class Faults:
    """What stopped a layer before its end: (reason, detail)."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def drain(self) -> list[tuple[str, str]]:
        """Those not told yet."""
        told, self.found = self.found, []
        return told


class _Parts(io.RawIOBase):
    """The bytes that an iterator gives; a read is short at the end only."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the protocol's Buffer has no slices
        """Fill the buffer; less than it holds only at the end."""
        filled = 0
        while filled < len(buffer):
            if not self._rest:
                part = next(self._parts, None)
                if part is None:
                    break
                self._rest = memoryview(part)
            size = min(len(buffer) - filled, len(self._rest))
            buffer[filled : filled + size] = self._rest[:size]
            self._rest = self._rest[size:]
            filled += size
        return filled


def flow(parts: Iterator[bytes]) -> io.BufferedReader:
    """A stream of what an iterator gives."""
    return io.BufferedReader(_Parts(parts), BUFFER)


def arriving(raw: BinaryIO, budget: Budget) -> Iterator[bytes]:
    """A pipe's bytes; how many there are is known only as they come."""
    read: Callable[[int], bytes] = getattr(raw, "read1", raw.read)
    while part := read(BLOCK):
        budget.packed += len(part)
        yield part


def recoded(raw: BinaryIO, encoding: str) -> Iterator[bytes]:
    """A text in another encoding as UTF-8; what can't be decoded is replaced."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while part := raw.read(BLOCK):
        yield decoder.decode(part).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def within(parts: Iterator[bytes], what: str, budget: Budget, faults: Faults) -> Iterator[bytes]:
    """The parts as long as they are sound and within the budget; what ends them early is kept."""
    while True:
        try:
            part = next(parts, None)
            if part is None:
                return
            budget.spend(len(part))
        except TooLargeError as error:
            faults.found.append(("too-large", str(error)))
            return
        except (EOFError, OSError, ValueError, RuntimeError, MemoryError):
            faults.found.append(("unreadable", f"damaged or cut off: {what}"))
            return
        except Exception as error:
            if not _is_damage(error):
                raise
            faults.found.append(("unreadable", f"damaged or cut off: {what}"))
            return
        yield part


def _is_damage(error: Exception) -> bool:
    """Whether an unpacker says that its data is damaged: each has errors of its own."""
    module = type(error).__module__.split(".")[0]
    return module in {"zlib", "zipfile", "lzma", "_lzma", "zstandard", "backports", "compression", "_zstd"}
