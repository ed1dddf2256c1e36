"""What holding a bill against the ledger gives: rows by day and model, and their sums. Money is nano-USD."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tokmeter.metrics.causes import Causes


class Row(NamedTuple):
    """One model's UTC day at a provider. `model` is '' where the bill tells none; `kind` may then say what.

    `usage_tokens` and `billed` are None where no statement covers the day. The causes are 0 then.
    """

    day: int
    provider: str
    model: str
    kind: str
    requests: int
    tokens: int
    unpriced_tokens: int
    usage_tokens: int | None
    surplus_tokens: int
    """Tokens of the calls, by kind, that the statement does not have."""
    list_cost: int
    billed: int | None
    causes: Causes
    usage_format: str
    bill_format: str

    @property
    def difference(self) -> int | None:
        """Billed less list cost."""
        return None if self.billed is None else self.billed - self.list_cost

    @property
    def rest(self) -> int | None:
        """What no cause explains."""
        return None if self.billed is None else self.billed - self.list_cost - self.causes.total


class Total(NamedTuple):
    """The sums of all rows that were billed."""

    requests: int
    list_cost: int
    billed: int
    causes: Causes
    unpriced_tokens: int
    surplus_tokens: int

    @property
    def difference(self) -> int:
        """Billed less list cost."""
        return self.billed - self.list_cost

    @property
    def rest(self) -> int:
        """What no cause explains."""
        return self.difference - self.causes.total


def folded(rows: Sequence[Row]) -> Row:
    """One row for a day on which models cannot be told apart."""
    used = [row.usage_tokens for row in rows if row.usage_tokens is not None]
    billed = [row.billed for row in rows if row.billed is not None]
    return rows[0]._replace(
        model="",
        kind="",
        requests=sum(row.requests for row in rows),
        tokens=sum(row.tokens for row in rows),
        unpriced_tokens=sum(row.unpriced_tokens for row in rows),
        usage_tokens=sum(used) if used else None,
        surplus_tokens=sum(row.surplus_tokens for row in rows),
        list_cost=sum(row.list_cost for row in rows),
        billed=sum(billed) if billed else None,
        causes=summed(row.causes for row in rows),
    )


def summed(of: Iterable[Causes]) -> Causes:
    """Cause by cause."""
    return Causes(*map(sum, zip(Causes(), *of, strict=True)))


def total_of(rows: Sequence[Row]) -> Total:
    """The sums of what was billed."""
    billed = [row for row in rows if row.billed is not None]
    return Total(
        sum(row.requests for row in billed),
        sum(row.list_cost for row in billed),
        sum(row.billed or 0 for row in billed),
        summed(row.causes for row in billed),
        sum(row.unpriced_tokens for row in billed),
        sum(row.surplus_tokens for row in billed),
    )
