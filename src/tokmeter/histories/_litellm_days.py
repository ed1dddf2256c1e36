"""LiteLLM's sums by day: provider statements, never added to calls.

Three spellings: rows of the table `LiteLLM_DailyUserSpend`, pages of `/user/daily/activity`, and
`/spend/logs?summarize=true`, which knows costs only. The tables by team, tag, organisation, end user and
agent sum the same calls again (a call with two tags twice), so their rows are roll-ups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._extract import clean, money_nano
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, json_table
from tokmeter.histories._record import Bucket, Item, Remark, Tokens
from tokmeter.histories._routes import named_route, route_of_model

DAY_MS = 86_400_000
_OTHER_TABLES = ("tag", "teamid", "organizationid", "enduserid", "agentid")


def is_daily(record: Mapping[str, Any]) -> bool:
    """Whether a record is a sum by day, in one of the three spellings."""
    if "spend" in record and "date" in record:
        return "api_requests" in record
    if "spend" in record and "startTime" in record and "request_id" not in record:
        return isinstance(record.get("models"), dict) and isinstance(record.get("users"), dict)
    return any("spend" in json_table(day.get("metrics")) for day in _days(record)[:1])


def _days(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    results = record.get("results")
    found = results if isinstance(results, list) else []
    return [day for day in found if isinstance(day, dict) and "date" in day and "metrics" in day]


def read_daily(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    """Buckets of one day each."""
    days = _days(record)
    if days:
        for day in days:
            yield from _activity(day, line)
    elif "date" in record:
        yield from _row(record, line)
    else:
        yield from _summary(record, line)


def _start(value: object) -> int | None:
    """The first millisecond of a day."""
    ms = Row({"day": value}).time("day")
    return None if ms is None else ms - ms % DAY_MS


def _row(record: Mapping[str, Any], line: int) -> Iterator[Item]:
    """One row of a daily table."""
    row = Row(record)
    start = _start(row.get("date"))
    if start is None:
        yield Remark(reason="unreadable", detail="date", line=line)
        return
    if "userid" not in row and any(name in row for name in _OTHER_TABLES):
        yield Remark(reason="roll-up", detail="not the table by user", line=line)
        return
    model = row.text("model", "modelgroup")
    tool = row.text("mcpnamespacedtoolname")
    names = (
        row.text("userid"),
        row.text("apikey"),
        model,
        row.text("customllmprovider"),
        tool,
        row.text("endpoint"),
    )
    yield Bucket(
        key=_key(start, *names),
        format="litellm-daily",
        provider=named_route(row.text("customllmprovider")) or route_of_model(model) or "litellm",
        start_ms=start,
        end_ms=start + DAY_MS,
        model=model,
        tokens=_tokens(row),
        requests=row.count("apirequests"),
        amount_nano=row.money("spend"),
        amount_kind="estimated",
        kind="mcp" if tool else None,
        api_key=row.text("apikey"),
        user=row.text("userid"),
        line=line,
    )
    yield from row.remarks(line)


def _tokens(row: Row) -> Tokens:
    return row.inclusive(
        row.count("prompttokens"),
        row.count("completiontokens"),
        read=row.count("cachereadinputtokens"),
        five=row.count("cachecreationinputtokens"),
    )


def _activity(day: dict[str, Any], line: int) -> Iterator[Item]:
    """One day of `/user/daily/activity`: a bucket a model, or one for all where it is not broken down."""
    start = _start(day.get("date"))
    if start is None:
        yield Remark(reason="unreadable", detail="date", line=line)
        return
    models = json_table(json_table(day.get("breakdown")).get("models"))
    parts = models or {"": {"metrics": day.get("metrics")}}
    for name, part in parts.items():
        metrics = json_table(part.get("metrics")) if isinstance(part, dict) else {}
        row = Row(metrics)
        model = clean(name)
        yield Bucket(
            key=_key(start, model),
            format="litellm-daily",
            provider=route_of_model(model) or "litellm",
            start_ms=start,
            end_ms=start + DAY_MS,
            model=model,
            tokens=_tokens(row),
            requests=row.count("apirequests"),
            amount_nano=row.money("spend"),
            amount_kind="estimated",
            line=line,
        )
        yield from row.remarks(line)


def _summary(record: Mapping[str, Any], line: int) -> Iterator[Item]:
    """One day of `/spend/logs?summarize=true`: costs by model, and what they leave of the sum without one."""
    start = _start(record.get("startTime"))
    if start is None:
        yield Remark(reason="unreadable", detail="startTime", line=line)
        return
    left = money_nano(record.get("spend"))
    for name, spend in json_table(record.get("models")).items():
        amount = money_nano(spend)
        if amount:
            left = None if left is None else left - amount
            yield _cost(start, clean(name), amount, line)
    if left is not None and left > 1_000:  # below a millionth of a dollar: sums of binary fractions
        yield _cost(start, None, left, line)


def _cost(start: int, model: str | None, amount: int, line: int) -> Bucket:
    return Bucket(
        key=_key(start, "summary", model),
        format="litellm-daily",
        provider=route_of_model(model) or "litellm",
        start_ms=start,
        end_ms=start + DAY_MS,
        model=model,
        amount_nano=amount,
        amount_kind="estimated",
        line=line,
    )


def _key(start: int, *names: str | None) -> str:
    """By rule 1.2.4: start, width and what it is grouped by."""
    return "|".join((f"b:litellm-daily|{start}|{DAY_MS}", *(name or "" for name in names)))
