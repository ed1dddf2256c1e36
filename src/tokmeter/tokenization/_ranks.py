"""OpenAI's published rank tables, packed into this package (scripts/rank_tables.py packs them).

They are OpenAI's, under the MIT licence in data/LICENSE-tiktoken.
"""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).with_name("data")


def ranks(name: str) -> dict[bytes, int]:
    """Token → rank of the table `name`; takes about 0.1 s."""
    return unpack((DATA / f"{name}.xz").read_bytes())


def unpack(packed: bytes) -> dict[bytes, int]:
    """Token → rank. Packed are, in the order of the ranks, one byte with a token's length, then its bytes."""
    import lzma  # noqa: PLC0415 - only who counts pays for it

    data = lzma.decompress(packed)
    found: dict[bytes, int] = {}
    at = rank = 0
    end = len(data)
    while at < end:
        start = at + 1
        at = start + data[at]
        found[data[start:at]] = rank
        rank += 1
    return found


def published(table: dict[bytes, int]) -> bytes:
    """The `.tiktoken` file that OpenAI publishes, byte for byte: a line `base64(token) rank` for each."""
    import base64  # noqa: PLC0415 - for tests and scripts

    return b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for token, rank in table.items())
