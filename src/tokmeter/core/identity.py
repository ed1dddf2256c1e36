"""What makes two records the same: the 64-bit hash of a stable key.

An index over integers is a third of one over text keys. The key itself stays in the row, so that a
collision (one chance in ten million at five million entries) is noticed.
"""

from __future__ import annotations

from hashlib import blake2b


def entry_hash(key: str) -> int:
    """The hash of an entry's key."""
    return int.from_bytes(
        blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )


def event_hash(kind: str, key: str) -> int:
    """The hash of an event's kind and key."""
    return entry_hash(f"{kind}\0{key}")
