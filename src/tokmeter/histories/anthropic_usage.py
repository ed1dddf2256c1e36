"""Anthropic's statements: the usage and cost reports of the Admin API, and the Console's two exports (11.2).

Usage tells tokens (input counts leave out the cached ones) and no requests, costs tell money; both describe
the same calls. What was bought as Priority Tier is not in the costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._extract import money_nano, when
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, RowFormat, tier_of
from tokmeter.histories._record import Bucket, Item, Remark, Tokens
from tokmeter.histories._statements import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Repeats,
    StatementTable,
    bucket_key,
    cents_nano,
    currency_of,
    key_name,
    model_id,
    no_record,
    span,
    user_of_key,
    with_list_price,
)

MOST_WAITING = 200_000
"""Rows after which the width of a Console export's buckets is settled by those seen so far."""

_EVIDENCE = "Anthropic's API reference and public readers of the exports, checked 2026-11"
_CLOCK = re.compile(r"\d{1,2}:\d\d")


def buckets_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The buckets of a page, or the bucket itself where pages were taken apart; [] for anything else."""
    found = [record] if "starting_at" in record else record.get("data")
    buckets = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [
        one
        for one in buckets
        if "starting_at" in one and "ending_at" in one and isinstance(one.get("results"), list)
    ]


def _has_costs(record: Mapping[str, Any]) -> bool | None:
    """Whether a page holds costs; None if it is no page of either report, or one of days without use."""
    for bucket in buckets_of(record):
        for result in bucket["results"]:
            if isinstance(result, dict):
                return True if "amount" in result else False if "uncached_input_tokens" in result else None
    return None


def _is_empty(record: Mapping[str, Any]) -> bool:
    """Whether it is a page of days without use."""
    buckets = buckets_of(record)
    return bool(buckets) and not any(bucket.get("results") for bucket in buckets)


def _is_usage(record: Mapping[str, Any]) -> bool:
    """Detector 5, tokens."""
    return _has_costs(record) is False or _is_empty(record)


def _is_costs(record: Mapping[str, Any]) -> bool:
    """Detector 5, money."""
    return _has_costs(record) is True


def _results(record: Mapping[str, Any]) -> Iterator[tuple[tuple[int, int], Row]]:
    """Every result with the bounds of its bucket."""
    for bucket in buckets_of(record):
        bounds = span(bucket.get("starting_at"), bucket.get("ending_at"))
        for result in bucket["results"]:
            if isinstance(result, dict) and bounds is not None:
                yield bounds, Row(result)


def _read_usage(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    repeats = Repeats()
    for bounds, row in _results(record):
        caches, tools = Row(row.table("cachecreation")), Row(row.table("servertooluse"))
        tokens = Tokens(
            uncached_input=row.count("uncachedinputtokens"),
            cache_read=row.count("cachereadinputtokens"),
            creation_5m=caches.count("ephemeral5minputtokens") or row.count("cachecreation5minputtokens")
            or (0 if "cachecreation" in row else row.count("cachecreationinputtokens")),
            creation_1h=caches.count("ephemeral1hinputtokens") or row.count("cachecreation1hinputtokens"),
            output=row.count("outputtokens"),
            web_searches=tools.count("websearchrequests"),
        )  # fmt: skip
        row.reasons += [*caches.reasons, *tools.reasons]
        model = row.text("model")
        if model is None and not tokens.is_empty:
            row.reasons.append("no-model group_by=model")
        account = row.text("accountid", "serviceaccountid")
        dimensions = (
            model, row.text("workspaceid"), row.text("apikeyid"), row.text("servicetier"),
            row.text("contextwindow"), row.text("inferencegeo"), row.text("speed"), account,
        )  # fmt: skip
        bucket = _bucket("anthropic-usage", bounds, dimensions, row, model=model, line=line)
        bucket.tokens = tokens
        bucket.project, bucket.user = row.text("workspaceid"), account
        bucket.api_key = key_name(row.get("apikeyid"))
        if not tokens.is_empty:
            yield from repeats.numbered([bucket])
        yield from row.remarks(line)


def _bucket(
    name: str,
    bounds: tuple[int, int],
    dimensions: tuple[str | None, ...],
    row: Row,
    *,
    model: str | None,
    line: int,
) -> Bucket:
    """A line with what all four spellings tell of how a call was served."""
    geo = row.text("inferencegeo")
    return Bucket(
        key=bucket_key(name, *bounds, dimensions),
        format=name,
        provider="anthropic",
        start_ms=bounds[0],
        end_ms=bounds[1],
        model=model,
        tier=tier_of(row.get("servicetier", "usagetype")),
        speed=row.text("speed"),
        inference_geo=None if geo in ("not_available", "not-available") else geo,
        context_window=row.text("contextwindow"),
        line=line,
    )


def _read_costs(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """Amounts are cents, as decimal text."""
    repeats = Repeats()
    for bounds, row in _results(record):
        nano = cents_nano(row.get("amount"))
        if nano is None:
            yield Remark(reason="count-invalid", detail="amount", line=line)
            continue
        kind = _kind(row)
        code = currency_of(row.get("currency"))
        dimensions = (
            row.text("model"), row.text("workspaceid"), row.text("servicetier"), row.text("contextwindow"),
            row.text("inferencegeo"), row.text("speed"), row.text("costtype"), row.text("tokentype"),
            row.text("description"), *(() if code == "USD" else (code,)),
        )  # fmt: skip
        bucket = _bucket("anthropic-cost", bounds, dimensions, row, model=row.text("model"), line=line)
        bucket.amount_nano, bucket.amount_kind, bucket.currency = nano, "billed", code
        bucket.kind, bucket.project = kind, row.text("workspaceid")
        yield from repeats.numbered([bucket])
        if code != "USD":
            yield Remark(reason="other-currency", detail=code, line=line)


def _kind(row: Row) -> str | None:
    """What was sold: the kind of token, or for instance `web_search`."""
    cost_type = row.text("costtype")
    return cost_type if cost_type not in (None, "tokens", "token") else row.text("tokentype") or cost_type


def _read_cost_row(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """A row of the Console's cost export; it names models as they are displayed."""
    row = Row(record)
    bounds = span(row.get("usagedateutc"), None, _width(row.get("usagedateutc")))
    nano = money_nano(row.get("costusd"))
    if bounds is None or nano is None:
        detail = "usage_date_utc" if bounds is None else "cost_usd"
        yield Remark(reason="unreadable" if bounds is None else "count-invalid", detail=detail, line=line)
        return
    key = key_name(row.get("apikey"))
    dimensions = (
        row.text("model"), row.text("workspace"), key, row.text("usagetype"), row.text("contextwindow"),
        row.text("tokentype"), row.text("costtype"), row.text("inferencegeo"), row.text("speed"),
        key_name(row.get("apikeyid")),
    )  # fmt: skip
    model = model_id(row.text("model"))
    bucket = _bucket("anthropic-cost-csv", bounds, dimensions, row, model=model, line=line)
    bucket.amount_nano, bucket.amount_kind, bucket.kind = nano, "billed", _kind(row)
    bucket.project, bucket.api_key, bucket.user = row.text("workspace"), key, user_of_key(key)
    yield from with_list_price(bucket, money_nano(row.get("listpriceusd")))


def _width(text: object) -> int:
    """How long a bucket is by its own time: an hour or a minute where that has a clock, else a day."""
    if not isinstance(text, str) or not _CLOCK.search(text[:64]):
        return DAY_MS
    ms = when(text) or 0
    if ms % DAY_MS == 0 and "T" in text:  # ISO, at midnight
        return DAY_MS
    return HOUR_MS if ms % HOUR_MS == 0 else MINUTE_MS


class _UsageRows:
    """Reads the Console's usage export. How long its buckets are, only the spacing of all times tells.

    Rows wait until then: one at 02:00 may be an hour, or a minute among others.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Bucket, tuple[str | None, ...]]] = []
        self._width = 0
        self._narrowest = DAY_MS
        self._repeats = Repeats()

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """Remarks on a row; its line comes with the end of the export."""
        row = Row(record) if isinstance(record, Mapping) else Row({})
        ms = when(row.get("usagedateutc"))
        if ms is None:
            yield Remark(reason="unreadable", detail="usage_date_utc", line=line)
            return
        bucket, dimensions = _usage_row(row, ms, line)
        yield from row.remarks(line)
        if bucket.tokens.is_empty:
            return
        self._narrowest = min(self._narrowest, _width(row.get("usagedateutc")))
        self._waiting.append((bucket, dimensions))
        if self._width or len(self._waiting) >= MOST_WAITING:
            yield from self.finish()

    def finish(self) -> Iterator[Item]:
        """The lines that waited."""
        self._width = self._width or self._narrowest
        for bucket, dimensions in self._waiting:
            end = bucket.start_ms + self._width
            key = bucket_key(bucket.format, bucket.start_ms, end, dimensions)
            yield from self._repeats.numbered([msgspec.structs.replace(bucket, key=key, end_ms=end)])
        self._waiting.clear()

    def state(self) -> bytes:
        """Nothing: an export is read whole."""
        return b""


def _usage_row(row: Row, ms: int, line: int) -> tuple[Bucket, tuple[str | None, ...]]:
    """A row's line without its end, and what it is grouped by. Older exports have one kind of cache write."""
    model, key = row.text("modelversion"), key_name(row.get("apikey"))
    if model is None:
        row.reasons.append("no-model")
    dimensions = (
        model, key, row.text("workspace"), row.text("usagetype"), row.text("contextwindow"),
        row.text("inferencegeo"), row.text("speed"), key_name(row.get("apikeyid")),
    )  # fmt: skip
    bucket = _bucket("anthropic-usage-csv", (ms, ms), dimensions, row, model=model, line=line)
    bucket.tokens = Tokens(
        uncached_input=row.count("usageinputtokensnocache"),
        cache_read=row.count("usageinputtokenscacheread"),
        creation_5m=row.count("usageinputtokenscachewrite5m", "usageinputtokenscachewrite"),
        creation_1h=row.count("usageinputtokenscachewrite1h"),
        output=row.count("usageoutputtokens"),
        web_searches=row.count("websearchcount"),
    )
    bucket.project, bucket.api_key, bucket.user = row.text("workspace"), key, user_of_key(key)
    return bucket, dimensions


class _UsageTable:
    """The Console's usage export."""

    id = "anthropic-usage-csv"
    title = "Anthropic Console usage (CSV)"
    evidence = _EVIDENCE
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the contract
        """No JSON."""
        return False

    def claims_header(self, names: frozenset[str]) -> bool:
        """Whether a CSV with these column names is one."""
        return {"usage_date_utc", "model_version", "usage_output_tokens"} <= names

    def reader(self, place: Place, state: bytes = b"") -> _UsageRows:  # noqa: ARG002 - the contract; an export is read whole
        """A reader for one file."""
        return _UsageRows()


FORMATS = (
    RowFormat(
        id="anthropic-usage", title="Anthropic usage", evidence=_EVIDENCE, is_own=_is_usage, read=_read_usage
    ),
    RowFormat(
        id="anthropic-cost", title="Anthropic costs", evidence=_EVIDENCE, is_own=_is_costs, read=_read_costs
    ),
    _UsageTable(),
    StatementTable(
        id="anthropic-cost-csv",
        title="Anthropic Console costs (CSV)",
        evidence=_EVIDENCE,
        is_own=no_record,
        read=_read_cost_row,
        columns=(frozenset({"usage_date_utc", "model", "token_type", "cost_usd"}),),
    ),
)
