"""Who used how much of the whole: shares that add to 100."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokmeter.metrics.totals import Sums


def largest_remainder(values: Iterable[int], whole: int = 100) -> list[int]:
    """Integers proportional to `values` that add up to `whole`; all 0 when there is nothing to share.

    Each part is rounded down, then the parts that lost most get one more. Of equal losses the larger
    value goes first, then the earlier one, so that the answer does not depend on chance.

    >>> largest_remainder([2808, 715, 389, 70])
    [70, 18, 10, 2]
    """
    counts = [max(value, 0) for value in values]
    total = sum(counts)
    if total == 0:
        return [0] * len(counts)
    parts = [count * whole // total for count in counts]
    order = sorted(range(len(counts)), key=lambda n: (-(counts[n] * whole % total), -counts[n], n))
    for n in order[: whole - sum(parts)]:
        parts[n] += 1
    return parts


def shares(groups: Mapping[str, Sums]) -> dict[str, int]:
    """The percentage of each group: of the cost, or of the tokens where nothing costs anything."""
    values = [sums.cost_nanousd for sums in groups.values()]
    if not any(values):
        values = [sums.total_tokens for sums in groups.values()]
    return dict(zip(groups, largest_remainder(values), strict=True))
