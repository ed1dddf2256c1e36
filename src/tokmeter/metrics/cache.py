"""How well the cache works: the part of all input that was read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokmeter.metrics.totals import Sums


def hit_rate(sums: Sums) -> tuple[int, int] | None:
    """(tokens read from a cache, all input tokens): an exact ratio; None without input."""
    return (sums.cache_read_input_tokens, sums.input_tokens) if sums.input_tokens else None
