"""What the tests of damaged and hostile files share."""

from __future__ import annotations

import io
from hashlib import shake_256
from pathlib import Path
from typing import Any

from tokmeter.histories._container import open_history
from tokmeter.histories._json import decode
from tokmeter.histories._record import Remark

LINE = b'{"n": 1, "text": "some text that is there to be packed"}\n'


def contents(source: Path | io.BytesIO, **options: Any) -> tuple[list[Any], list[tuple[str, str]]]:
    """Values and remarks of all pieces."""
    values: list[Any] = []
    remarks: list[tuple[str, str]] = []
    for piece in open_history(source, **options):
        for line, given_value in piece.records:
            value = decode(given_value, line) if isinstance(given_value, bytes) else given_value
            if isinstance(value, Remark):
                remarks.append((value.reason, value.detail))
            else:
                values.append(value)
    return values, remarks


def noise(size: int, seed: int = 0) -> bytes:
    """Hexadecimal digits that don't pack by more than a half, the same at every run."""
    return shake_256(b"%d" % seed).hexdigest(size // 2).encode()
