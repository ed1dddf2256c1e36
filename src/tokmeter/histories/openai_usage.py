"""OpenAI's statements: pages of the usage and costs API, the dashboard's two exports.

Usage tells tokens, costs tell money; both describe the same calls. Input counts hold the cached tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._extract import clean, money_nano
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, RowFormat, tier_of
from tokmeter.histories._provider import provider_of_model
from tokmeter.histories._record import Bucket, Item, Remark, Tokens
from tokmeter.histories._statements import (
    Repeats,
    StatementTable,
    bucket_key,
    currency_of,
    key_name,
    model_id,
    no_record,
    span,
)

_BY_TOKEN = ("", "completions", "embeddings", "moderations")
_COUNTS = ("inputtokens", "outputtokens", "inputuncachedtokens", "inputcachedtokens", "inputcachewritetokens")


def buckets_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The buckets of a page, or the bucket itself where pages were taken apart; [] for anything else."""
    if record.get("object") == "bucket":
        found: Any = [record]
    else:
        found = record.get("data") if record.get("object") == "page" else None
    buckets = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [one for one in buckets if "start_time" in one and isinstance(one.get("results"), list)]


def _has_costs(record: Mapping[str, Any]) -> bool | None:
    """Whether a page holds costs; None if it is no page or holds nothing."""
    for bucket in buckets_of(record):
        for result in bucket["results"]:
            if isinstance(result, dict):
                return "amount" in result or "cost" in (clean(result.get("object")) or "")
    return None


def _is_usage(record: Mapping[str, Any]) -> bool:
    """Detector 4, without costs; a page of days without use is one."""
    return _has_costs(record) is False or (_has_costs(record) is None and bool(buckets_of(record)))


def _is_costs(record: Mapping[str, Any]) -> bool:
    return _has_costs(record) is True


def _results(record: Mapping[str, Any]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Every result with the bounds of its bucket."""
    for bucket in buckets_of(record):
        bounds = span(bucket.get("start_time"), bucket.get("end_time"))
        for result in bucket["results"]:
            if isinstance(result, dict) and bounds is not None:
                yield *bounds, result


def _read_usage(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    repeats = Repeats()
    for start, end, result in _results(record):
        kind = (clean(result.get("object")) or "").removeprefix("organization.usage.").removesuffix(".result")
        yield from repeats.numbered(_usage(Row(result), "openai-usage", (start, end), kind, line))


def _read_usage_row(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """A row of the dashboard's export; one without counts is a day without use."""
    row = Row(record)
    bounds = span(row.get("starttimeiso", "starttime"), row.get("endtimeiso", "endtime"))
    if bounds is None:
        yield Remark(reason="unreadable", detail="start_time", line=line)
        return
    if not any(name in row for name in (*_COUNTS, "nummodelrequests")):
        return
    yield from _usage(row, "openai-usage-csv", bounds, "", line)


def _usage(row: Row, name: str, bounds: tuple[int, int], kind: str, line: int) -> Iterator[Item]:
    """A line of tokens. What is not sold by token (images, storage, sessions) is in the costs only."""
    tokens = _tokens(row)
    if tokens.is_empty:
        if kind not in _BY_TOKEN:
            yield Remark(reason="no-usage", detail=clean(kind) or "", line=line)
        yield from row.remarks(line)
        return
    model = row.text("model")
    if model is None:
        row.reasons.append("no-model group_by=model")
    tier = "batch" if row.flag("batch") else tier_of(row.get("servicetier"))
    dimensions = (
        kind,
        row.text("projectid"),
        row.text("userid"),
        key_name(row.get("apikeyid")),
        model,
        row.text("batch") or str(row.flag("batch") or ""),
        row.text("servicetier"),
    )
    yield Bucket(
        key=bucket_key(name, *bounds, dimensions),
        format=name,
        provider="openai",
        start_ms=bounds[0],
        end_ms=bounds[1],
        model=model,
        tokens=tokens,
        requests=row.count("nummodelrequests") if "nummodelrequests" in row else None,
        kind=kind or None,
        tier=tier,
        project=row.text("projectname", "projectid"),
        api_key=key_name(row.get("apikeyname", "apikeyid")),
        user=row.text("username", "userid"),
        line=line,
    )
    yield from row.remarks(line)


def _tokens(row: Row) -> Tokens:
    """Disjoint counts; where only the uncached input is told, the whole is put together from its parts."""
    read, written = row.count("inputcachedtokens"), row.count("inputcachewritetokens")
    given = row.count("inputtokens")
    if "inputtokens" not in row and "inputuncachedtokens" in row:
        given = row.count("inputuncachedtokens") + read + written
    return row.inclusive(given, row.count("outputtokens"), read=read, five=written)


def _read_costs(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    repeats = Repeats()
    for start, end, result in _results(record):
        amount = result.get("amount")
        parts = amount if isinstance(amount, dict) else {"value": amount}
        items = _cost(
            Row(result), "openai-cost", (start, end), parts.get("value"), parts.get("currency"), line
        )
        yield from repeats.numbered(items)


def _read_cost_row(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    row = Row(record)
    bounds = span(row.get("starttimeiso", "starttime"), row.get("endtimeiso", "endtime"))
    if bounds is None:
        yield Remark(reason="unreadable", detail="start_time", line=line)
    elif "amountvalue" in row:  # a day without use has empty cells
        value, currency = row.get("amountvalue"), row.get("amountcurrency")
        yield from _cost(row, "openai-cost-csv", bounds, value, currency, line)


def _cost(
    row: Row, name: str, bounds: tuple[int, int], value: object, currency: object, line: int
) -> Iterator[Item]:
    """A line of money."""
    nano = money_nano(value)
    if nano is None:
        yield Remark(reason="count-invalid", detail="amount", line=line)
        return
    item = row.text("lineitem")
    model, kind = _sold(item)
    code = currency_of(currency)
    dimensions = (item, row.text("projectid"), key_name(row.get("apikeyid")), row.text("organizationid"))
    yield Bucket(
        key=bucket_key(name, *bounds, (*dimensions, *(() if code == "USD" else (code,)))),
        format=name,
        provider="openai",
        start_ms=bounds[0],
        end_ms=bounds[1],
        model=model,
        amount_nano=nano,
        amount_kind="billed",
        currency=code,
        kind=kind,
        tier="batch" if "batch" in (kind or "").lower() else None,
        project=row.text("projectname", "projectid"),
        api_key=key_name(row.get("apikeyname", "apikeyid")),
        line=line,
    )
    if code != "USD":
        yield Remark(reason="other-currency", detail=code, line=line)


def _sold(item: str | None) -> tuple[str | None, str | None]:
    """Model and kind of a line item, divided at its last comma; what names no model is a kind alone.

    >>> _sold("gpt-5-2025-08-07, cached input"), _sold("web search tool calls"), _sold("gpt-4o")
    (('gpt-5-2025-08-07', 'cached input'), (None, 'web search tool calls'), ('gpt-4o', None))
    """
    if item is None:
        return None, None
    head, comma, tail = item.rpartition(",")
    name = (head if comma else item).strip()
    if name and (provider_of_model(name) or (comma and " " not in name)):
        return model_id(name), tail.strip() or None if comma else None
    return None, item


_EVIDENCE = "OpenAI's API reference and public readers of the export, checked 2026-11"

FORMATS = (
    RowFormat(
        id="openai-usage", title="OpenAI usage", evidence=_EVIDENCE, is_own=_is_usage, read=_read_usage
    ),
    RowFormat(id="openai-cost", title="OpenAI costs", evidence=_EVIDENCE, is_own=_is_costs, read=_read_costs),
    StatementTable(
        id="openai-usage-csv",
        title="OpenAI usage (CSV)",
        evidence=_EVIDENCE,
        is_own=no_record,
        read=_read_usage_row,
        columns=(
            frozenset({"start_time_iso", "num_model_requests", "input_tokens"}),
            frozenset({"start_time_iso", "model", "input_tokens"}),
        ),
    ),
    StatementTable(
        id="openai-cost-csv",
        title="OpenAI costs (CSV)",
        evidence=_EVIDENCE,
        is_own=no_record,
        read=_read_cost_row,
        columns=(frozenset({"start_time_iso", "amount_value"}),),
    ),
)
