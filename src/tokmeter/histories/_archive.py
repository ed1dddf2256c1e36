"""Unpacking gzip, zstd and ZIP; nothing is ever written under a name that an archive gives."""

from __future__ import annotations

import io
import re
import struct
import tempfile
import zipfile
import zlib
from calendar import timegm
from collections.abc import Iterator
from typing import IO, BinaryIO, NamedTuple

from tokmeter.histories._flow import BLOCK, Budget, Faults, TooLargeError, flow, within

PACKED, UNPACKED = 1 << 16, 1 << 18
"""Bytes given to and taken from the unpacker at once: what it does not take is copied each time."""
WIDEST_WINDOW = 1 << 27
"""Bytes of history a zstd frame may ask for: what its own program takes without being told to."""
MOST_MEMBERS = 100_000

_CHATS = re.compile(r"conversations(?:-[^/]*)?\.json", re.IGNORECASE)
_MEMBER = re.compile(r"\.(?:jsonl|ndjson|csv|tsv)(?:\.gz|\.zst)?$", re.IGNORECASE)
_OTHER_MEMBER = re.compile(r"\.(?:json|har|db|sqlite3?)(?:\.gz|\.zst)?$", re.IGNORECASE)


def unpacked(raw: BinaryIO, kind: str) -> Iterator[bytes]:
    """The parts of a stream packed with `kind`, gzip or zstd."""
    return _zlib_parts(raw) if kind == "gzip" else _zstd_parts(raw)


def _zlib_parts(raw: BinaryIO) -> Iterator[bytes]:
    """Unpacked blocks of a gzip stream of any number of members; zeros behind the last one are padding."""
    data = raw.read(PACKED)
    while data:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            part = member.decompress(data, UNPACKED)
            if part:
                yield part
            data = member.unconsumed_tail
            if not data and not part and not member.eof and not (data := raw.read(PACKED)):
                raise EOFError("cut off")
        data = member.unused_data.lstrip(b"\0")
        while not data:
            if not (block := raw.read(PACKED)):
                return
            data = block.lstrip(b"\0")


def _zstd_parts(raw: BinaryIO) -> Iterator[bytes]:
    """Unpacked blocks of a zstd stream of any number of frames. An end that is cut off shows in the data."""
    try:
        # Not found before Python 3.14, and then the ignore is unused; imported only where a file needs it.
        from compression import zstd  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415
    except ImportError:
        import zstandard  # noqa: PLC0415 - see above

        unpacker = zstandard.ZstdDecompressor(max_window_size=WIDEST_WINDOW)
        reader = unpacker.stream_reader(raw, read_across_frames=True, closefd=False)
        while part := reader.read1(BLOCK):
            yield part
    else:
        with zstd.open(raw, "rb") as opened:
            while part := opened.read1(BLOCK):
                yield part


class Member(NamedTuple):
    """One file of an archive: its name without folders, when it was written (None: unknown), its bytes.

    `stream` is None where there is nothing to read; `fault` then says why.
    """

    name: str
    mtime_ms: int | None
    stream: io.BufferedReader | None
    fault: str = ""


def members(archive: BinaryIO, budget: Budget, faults: Faults) -> Iterator[Member]:
    """The members of a ZIP that can hold a history, each open until the next is asked for.

    A chat export holds much besides its conversations, which is left alone. A member's folders are dropped
    and its name is a label only: nothing is ever written under it.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            found = opened.infolist()[:MOST_MEMBERS]
            is_chat_export = any(_CHATS.fullmatch(base_name(info.filename)) for info in found)
            for info in found:
                if budget.is_spent:
                    break
                if not info.is_dir() and _matters(info.filename, is_chat_export):
                    yield from _member(opened, info, budget, faults)
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, struct.error):
        faults.found.append(("unreadable", "damaged ZIP archive"))


def _matters(name: str, is_chat_export: bool) -> bool:
    base = base_name(name)
    if _CHATS.fullmatch(base) or _MEMBER.search(base):
        return True
    return not is_chat_export and bool(_OTHER_MEMBER.search(base))


def _member(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget, faults: Faults
) -> Iterator[Member]:
    name = base_name(info.filename)
    if info.flag_bits & 1:
        yield Member(name, _written(info), None, "encrypted")
        return
    try:
        with opened.open(info) as raw, flow(within(_raw_parts(raw), "ZIP member", budget, faults)) as stream:
            yield Member(name, _written(info), stream)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError):
        yield Member(name, _written(info), None, "unreadable")


def _written(info: zipfile.ZipInfo) -> int | None:
    """When a member was last written; ZIP has no zones, so its clock is read as UTC. None before 2000."""
    try:
        return timegm((*info.date_time, 0, 0, 0)) * 1000 if info.date_time[0] >= 2000 else None
    except (ValueError, OverflowError):
        return None


def _raw_parts(raw: IO[bytes]) -> Iterator[bytes]:
    while part := raw.read(BLOCK):
        yield part


_CONTROL = re.compile(r"[^\w .,()@+=~%#-]")


def base_name(name: str) -> str:
    """A file's name as a label: no folders of either kind, nothing unprintable, at most 120 characters."""
    last = re.split(r"[/\\\\]", name)[-1]
    return _CONTROL.sub("_", last)[-120:] or "_"


_PACKED = re.compile(r"(?i)\.(?:gz|zst|zstd)$")


def unpacked_name(name: str) -> str:
    """The name of what is packed in a file: packing is no part of a file's identity."""
    return _PACKED.sub("", name) or name


def spooled(stream: BinaryIO, budget: Budget) -> BinaryIO:
    """What comes in forwards only as an unnamed temporary file, for containers read from their end."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    size = 0
    while block := stream.read(BLOCK):
        size += len(block)
        if size > budget.most_spooled:
            spool.close()
            raise TooLargeError(f"longer than {budget.most_spooled >> 20} MB")
        spool.write(block)
    spool.seek(0)
    return spool
