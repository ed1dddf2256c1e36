"""Is this more or less than usual? A running period is compared with the same part of the one before."""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.core.spans import Period, Slice, same_part
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.totals import Sums, Totals, totals


class Comparison(NamedTuple):
    """Both parts, their periods, and the sums of the earlier part by model."""

    now: Sums
    before: Sums
    elapsed: Period
    earlier: Period
    before_by_model: dict[str, Sums]

    @property
    def by_tokens(self) -> bool:
        """Whether tokens are compared, because one side has no price at all."""
        return self.now.list_cost_nanousd is None or self.before.list_cost_nanousd is None

    def values(self) -> tuple[int, int]:
        """(now, before) in nano-USD, or in tokens when `by_tokens`."""
        if self.by_tokens:
            return self.now.total_tokens, self.before.total_tokens
        return self.now.cost_nanousd, self.before.cost_nanousd


def compare(
    connection: Connection, where: Filter, period: Period, now_ms: int, current: Totals, newest_ms: int | None
) -> Comparison | None:
    """The comparison, or None when nothing can come before (all time) or nothing has passed yet.

    `current` answers for the whole period; the ledger is asked again only if it holds entries of later
    than now, which are no part of what has passed.
    """
    elapsed, earlier = same_part(period, now_ms)
    if earlier is None or elapsed.end_ms <= elapsed.start_ms:
        return None
    before = totals(connection, where, [_whole(earlier)])
    now = current.total
    if newest_ms is not None and elapsed.end_ms <= newest_ms < period.end_ms:
        now = totals(connection, where, [_whole(elapsed)]).total
    return Comparison(now, before.total, elapsed, earlier, before.by_model)


def _whole(period: Period) -> Slice:
    return Slice(period.first_day, period.start_ms, period.end_ms)
