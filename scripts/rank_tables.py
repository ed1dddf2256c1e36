"""Writes OpenAI's rank tables into the package, from an installed package that carries the published files.

    .venv/bin/python scripts/rank_tables.py            # write
    .venv/bin/python scripts/rank_tables.py --check    # compare, change nothing

bpe-openai (MIT, a dependency for development) carries the published `.tiktoken` files. tiktoken names the
SHA-256 that it demands of each; a file is packed only if it has that sum, and what was packed must unpack
to it again. Packed: for each token, in the order of its rank, one byte with its length, then its bytes;
the whole compressed by xz. That is lossless because ranks are 0 to n - 1 without a gap.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import importlib.metadata
import importlib.util
import inspect
import lzma
import re
import sys
from pathlib import Path

from tiktoken_ext import openai_public

from tokmeter.tokenization._ranks import published, unpack

DATA = Path(__file__).resolve().parent.parent / "src" / "tokmeter" / "tokenization" / "data"
NAMES = ("o200k_base", "cl100k_base")
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]


def demanded(name: str) -> str:
    """The SHA-256 that the installed tiktoken demands of the published file."""
    source = inspect.getsource(getattr(openai_public, name))
    return re.findall(r'expected_hash="([0-9a-f]{64})"', source)[0]


def original(name: str) -> bytes:
    """The published file, as bpe-openai carries it."""
    found = importlib.util.find_spec("bpe_openai")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("bpe-openai is not installed: pip install --editable '.[dev]'")
    packed = Path(found.submodule_search_locations[0]) / "data" / f"{name}.tiktoken.gz"
    return gzip.decompress(packed.read_bytes())


def pack(raw: bytes) -> bytes:
    """The packed form of a published file."""
    lines = [line.split() for line in raw.splitlines()]
    if [int(rank) for _, rank in lines] != list(range(len(lines))):
        raise SystemExit("the ranks are not 0 to n - 1 in order")
    tokens = [base64.b64decode(token) for token, _ in lines]
    return lzma.compress(b"".join(bytes([len(token)]) + token for token in tokens), filters=FILTERS)


def licence() -> bytes:
    """The licence of the tables, with its copyright line: that of tiktoken, whose files they are."""
    for path in importlib.metadata.files("tiktoken") or ():
        if path.name == "LICENSE":
            return path.read_binary()
    raise SystemExit("the installed tiktoken has no LICENSE file")


def checked(name: str, raw: bytes, where: str) -> bytes:
    """`raw`, which ends the script unless it is the published file."""
    if hashlib.sha256(raw).hexdigest() != demanded(name):
        raise SystemExit(f"{name}: {where} is not the published file: its SHA-256 differs")
    return raw


def is_table(path: Path, raw: bytes) -> bool:
    """Whether the file at `path` unpacks to `raw`; releases of liblzma may pack the same otherwise."""
    try:
        return published(unpack(path.read_bytes())) == raw
    except (FileNotFoundError, lzma.LZMAError, IndexError):
        return False


def stale() -> dict[Path, bytes]:
    """The files that are not as they should be, with what they should hold."""
    found = {}
    for name in NAMES:
        raw = checked(name, original(name), "the copy in bpe-openai")
        if not is_table(DATA / f"{name}.xz", raw):
            packed = pack(raw)
            checked(name, published(unpack(packed)), "what was packed")
            found[DATA / f"{name}.xz"] = packed
    text = DATA / "LICENSE-tiktoken"
    if not text.is_file() or text.read_bytes() != licence():
        found[text] = licence()
    return found


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description="Write OpenAI's rank tables into the package.")
    parser.add_argument("--check", action="store_true", help="compare only; status 1 if a file differs")
    check = parser.parse_args().check
    found = stale()
    for path, content in found.items():
        if not check:
            DATA.mkdir(exist_ok=True)
            path.write_bytes(content)
        print(f"{'differs' if check else 'wrote'}: {path.name}, {len(content):,} bytes")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
