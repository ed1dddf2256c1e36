"""One provider's UTC day: what its statement says held against the calls, model by model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tokmeter.ledger.statements import is_long
from tokmeter.metrics.balance import Row, folded
from tokmeter.metrics.causes import NO_TOKENS, BillSide, CallSide, Causes, Price, Tokens, UsageSide, causes
from tokmeter.metrics.statement_lines import BILLED, LIST, Line, bill_of, usage_of

TELL_SEARCHES = ("anthropic-usage", "anthropic-usage-csv")
"""Usage exports that count web searches, also where there were none."""

NOT_ON_BILLS = (("anthropic", "priority"),)
"""Provider and tier of what was paid for in advance, and stands in the usage alone."""

Sku = tuple[str, ...]
"""Provider, model, model as written, tier, speed, place of inference, effort."""


class ListPrices(Protocol):
    """Today's price data."""

    def call(self, sku: Sku, ts: int) -> Price:
        """How one call at a time is priced; context tiers by its own input."""

    def bulk(self, sku: Sku, ts: int, *, long: bool) -> Price:
        """How a sum of calls is priced: all at the base tier, or all at the long context's."""


Call = tuple[Sku, int, Tokens, int, int, "int | None"]
"""Sku, time, tokens, reasoning, searches, list cost as stored."""


class BilledDay:
    """One provider's UTC day: its lines, and how they tell models and tiers apart."""

    def __init__(
        self,
        provider: str,
        day: int,
        given: Sequence[Line],
        files: Sequence[int],
        prices: ListPrices,
        *,
        covered: tuple[bool, bool],
    ) -> None:
        self._provider = provider
        self._day = day
        self._prices = prices
        self._usage = usage_of(given, files)
        self._bill = bill_of(given, files)
        self._is_used, self._is_billed = covered
        self._tells_tiers = any(line.service_tier or line.speed for line in self._usage)
        self._tells_windows = any(line.context_window for line in self._usage)
        apart = [
            line.amount or 0
            for line in self._bill
            if line.is_apart and line.is_search and line.amount_kind == BILLED
        ]
        self._searches = sum(apart) if apart else None

    def rows(self, calls: dict[str, list[Call]]) -> list[Row]:
        """A row for each model and for what is sold besides tokens; one for all if a bill names none."""
        if any(not line.model for line in self._usage):  # tokens of no model: all are one
            self._usage = [line._replace(model="") for line in self._usage]
            calls = {"": [call for of_model in calls.values() for call in of_model]}
        models = {line.model for line in [*self._usage, *self._bill] if not line.is_apart} | calls.keys()
        sides = {model: self._call_side(calls.get(model, [])) for model in sorted(models)}
        rows = [self._row(model, side) for model, side in sides.items()]
        if self._searches is not None:
            rows.append(self._search_row(sum(side.search_cost for side in sides.values())))
        kinds = {line.kind for line in self._bill if line.is_apart and not line.is_search}
        rows += [self._apart_row(kind) for kind in sorted(kinds)]
        nameless = [line for line in [*self._usage, *self._bill] if not line.model and not line.is_apart]
        return [folded(rows)] if nameless and len(rows) > 1 else rows

    def _row(self, model: str, calls: CallSide) -> Row:
        usage = self._usage_side(model) if self._is_used else None
        bill = self._bill_side(model)
        moved_out = calls.search_cost if self._searches is not None else 0
        found = causes(calls, usage, bill)
        if self._searches is not None:  # they have a row of their own
            found = found._replace(web_search=0)
        surplus = 0
        if usage is not None:
            surplus = sum(
                max(0, c - s)
                for c, s in zip(_writes_joined(calls.tokens), _writes_joined(usage.tokens), strict=True)
            )
        return Row(
            self._day,
            self._provider,
            model,
            "",
            calls.requests,
            sum(calls.tokens),
            calls.unpriced_tokens,
            None if usage is None else sum(usage.tokens),
            surplus,
            calls.list_cost - moved_out,
            bill.billed if self._is_billed else None,
            found if self._is_billed else Causes(),
            self._usage[0].format if self._usage else "",
            self._bill[0].format if self._bill else "",
        )

    def _search_row(self, search_cost: int) -> Row:
        """Searches that were billed on lines of their own, against those of all models."""
        billed = self._searches or 0
        row = self._apart_row("web_search")
        return row._replace(
            list_cost=search_cost, billed=billed, causes=Causes(web_search=billed - search_cost)
        )

    def _apart_row(self, kind: str) -> Row:
        """Something that is sold besides tokens: nothing in the ledger to hold against it."""
        of_kind = [line for line in self._bill if line.is_apart and line.kind == kind]
        billed = sum(line.amount or 0 for line in of_kind if line.amount_kind == BILLED)
        found = Causes(discount=_below_list(of_kind))
        usage = 0 if self._is_used else None
        return Row(
            self._day, self._provider, "", kind, 0, 0, 0, usage, 0, 0, billed, found,
            self._usage[0].format if self._usage else "", self._bill[0].format,
        )  # fmt: skip

    def _call_side(self, calls: Sequence[Call]) -> CallSide:
        tokens, cost, unpriced, now_sum, standard_sum, search_sum = NO_TOKENS, 0, 0, 0, 0, 0
        for sku, ts, counts, reasoning, searches, stored in calls:
            price = self._prices.call(sku, ts)
            whole = price(*counts, reasoning, searches)
            now = price(*counts, reasoning, 0)
            standard = self._standard(sku, ts)(*counts, reasoning, 0)
            if whole is None or now is None:  # no price today: as it was
                whole = now = stored or 0
            tokens = _added(tokens, counts)
            cost += stored or 0
            unpriced += sum(counts) if stored is None else 0
            now_sum += now
            standard_sum += now if standard is None else standard
            search_sum += whole - now
        return CallSide(len(calls), tokens, cost, unpriced, now_sum, standard_sum, search_sum)

    def _standard(self, sku: Sku, ts: int) -> Price:
        """A call as if served in the plain way, as far as the statement tells how calls were served."""
        plain = (*sku[:3], "", "", *sku[5:]) if self._tells_tiers else sku
        return (
            self._prices.bulk(plain, ts, long=False) if self._tells_windows else self._prices.call(plain, ts)
        )

    def _usage_side(self, model: str) -> UsageSide:
        tokens, tiered, standard, searches = NO_TOKENS, 0, 0, 0
        unit: Price = _no_price
        for line in self._usage:
            if line.model != model:
                continue
            tokens = _added(tokens, line.tokens)
            if not model:
                continue
            plain = (self._provider, line.model, line.model_raw, "", "", line.inference_geo, "")
            sku = (*plain[:3], line.service_tier, line.speed, *plain[5:])
            unit = self._prices.bulk(plain, line.start_ms, long=False)
            full = self._prices.bulk(sku, line.start_ms, long=is_long(line.context_window))
            if (self._provider, line.service_tier) not in NOT_ON_BILLS:
                tiered += full(*line.tokens, 0, 0) or 0
            standard += unit(*line.tokens, 0, 0) or 0
            searches += unit(*NO_TOKENS, 0, line.web_searches) or 0
        tells = bool(model) and (self._tells_tiers or self._tells_windows)
        counts_searches = bool(model and self._usage) and self._usage[0].format in TELL_SEARCHES
        return UsageSide(tokens, tiered, standard, searches, tells, counts_searches, unit)

    def _bill_side(self, model: str) -> BillSide:
        of_model = [line for line in self._bill if line.model == model and not line.is_apart]
        billed = sum(line.amount or 0 for line in of_model if line.amount_kind == BILLED)
        searches = [line.amount or 0 for line in of_model if line.is_search and line.amount_kind == BILLED]
        below = _below_list([line for line in of_model if not line.is_search])
        return BillSide(billed, below, sum(searches) if searches else None)


def _no_price(*_: int) -> None:
    """Of a model that the statement does not name."""


def _added(one: Tokens, other: Tokens) -> Tokens:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3], one[4] + other[4])


def _writes_joined(tokens: Tokens) -> tuple[int, int, int, int]:
    """The kinds, whatever the lifetime of what was written."""
    return tokens[0], tokens[1], tokens[2] + tokens[3], tokens[4]


def _below_list(of: Sequence[Line]) -> int:
    """Billed less list price, of an export that names both; 0 of one that does not."""
    listed = [line.amount or 0 for line in of if line.amount_kind == LIST]
    billed = [line.amount or 0 for line in of if line.amount_kind == BILLED]
    return sum(billed) - sum(listed) if len(listed) == len(billed) else 0
