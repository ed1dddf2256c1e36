"""OpenRouter: the log of generations, sums by day, and single generations.

What it bills is a fact: `cost_total` holds discounts and searches already, and with keys of one's own the
upstream's charge comes on top. Its counts with a `native_` twin are of one common tokenizer and not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._extract import call_key, when_of_id
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, RowFormat, json_table, tier_of
from tokmeter.histories._record import Bucket, Call, Item, Remark, Status, Tokens, TsQuality

DAY_MS = 86_400_000
_VARIANTS = frozenset({"free", "nitro", "floor", "online", "thinking", "extended", "exacto"})
"""What may stand behind a model's name; `batch` is a tier, and `standard` is no variant."""


def is_generation(record: Mapping[str, Any]) -> bool:
    """Detector 10."""
    if "native_tokens_prompt" in record:
        return True
    data = record.get("data")
    return isinstance(data, dict) and "native_tokens_prompt" in data


def is_activity(record: Mapping[str, Any]) -> bool:
    """Detector 11: a row, or the page of them that the API answers."""
    return _is_row(record) or any(_is_row(item) for item in _items(record)[:1])


def _is_row(record: Mapping[str, Any]) -> bool:
    if "requests" not in record:
        return False
    return ("model_permaslug" in record and "prompt_tokens" in record) or (
        "modelPermaslug" in record and "promptTokens" in record
    )


def _items(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    data = record.get("data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def _read_log(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    """One row of the log: a call."""
    row = Row(record)
    tokens = row.inclusive(
        row.count("tokensprompt"),
        row.count("tokenscompletion"),
        read=row.count("tokenscached"),
        reasoning=row.count("tokensreasoning"),
    )
    variant = (row.text("variant") or "").lower()
    yield from _call(
        row,
        place,
        line,
        "openrouter-log-csv",
        tokens=tokens,
        identity=row.text("generationid"),
        model=row.text("modelpermaslug", "model"),
        variant=variant,
        cost=_sum(row.money("costtotal"), row.money("byokusageinference")),
        tier="batch" if variant == "batch" else tier_of(row.get("servicetier")),
        failed=(row.text("finishreasonnormalized") or "").lower() == "error",
    )


def _read_generation(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    """One generation object: a call."""
    row = Row(json_table(record.get("data")) or record)
    tokens = row.inclusive(
        row.count("nativetokensprompt"),
        row.count("nativetokenscompletion"),
        read=row.count("nativetokenscached"),
        reasoning=row.count("nativetokensreasoning"),
    )
    upstream = row.money("upstreaminferencecost") if row.flag("isbyok") else None
    yield from _call(
        row,
        place,
        line,
        "openrouter-gen",
        tokens=tokens,
        identity=row.text("id"),
        model=row.text("modelpermaslug", "model"),
        variant="",
        cost=_sum(row.money("totalcost", "usage"), upstream),
        tier=tier_of(row.get("servicetier")),
        failed=(row.text("finishreason") or "").lower() == "error",
    )


def _call(
    row: Row,
    place: Place,
    line: int,
    name: str,
    *,
    tokens: Tokens,
    identity: str | None,
    model: str | None,
    variant: str,
    cost: int | None,
    tier: str | None,
    failed: bool,
) -> Iterator[Item]:
    """A call from either spelling; one that used and cost nothing failed, or is no call."""
    status: Status = "partial" if row.flag("cancelled") else "ok"
    if tokens.is_empty and not cost and status == "ok":
        if not failed:
            yield Remark(reason="no-usage", line=line)
            return
        status, tokens, cost = "error", Tokens(), None
    ts, quality = _time(row, place, identity)
    if model is not None and variant in _VARIANTS and ":" not in model:
        model = f"{model}:{variant}"
    yield Call(
        key=call_key(identity, ts=ts, model=model or "", tokens=tokens),
        ts=ts,
        ts_quality=quality,
        format=name,
        evidence="gateway",
        model=row.named(model),
        provider="openrouter",
        tokens=tokens,
        status=status,
        provider_ref=identity,
        request_ref=row.text("upstreamid"),
        conversation=row.text("sessionid"),
        project=row.text("appname"),
        api_key=row.text("apikeyname"),
        user=row.text("user", "externaluser"),
        tier=tier,
        cost_nanousd=cost,
        cost_kind=None if cost is None else "billed",
        latency_ms=row.span("generationtimems", "generationtime", "latency"),
        line=line,
    )
    yield from row.remarks(line)


def _time(row: Row, place: Place, identity: str | None) -> tuple[int, TsQuality]:
    """The row's time, else the second that a generation's id holds."""
    if row.time("createdat") is None:
        told = when_of_id(identity)
        if told is not None:
            return told, "exact"
    return row.start(place, "createdat")


def _sum(first: int | None, second: int | None) -> int | None:
    return first if second is None else (first or 0) + second


def _read_activity(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    for item in [record] if _is_row(record) else _items(record):
        yield from _day(item, "openrouter-activity", line)


def _read_activity_row(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:  # noqa: ARG001 - the contract
    yield from _day(record, "openrouter-activity-csv", line)


def _day(record: Mapping[str, Any], name: str, line: int) -> Iterator[Item]:
    """One model's day: what was billed, and how many calls it was."""
    row = Row(record)
    start = row.time("date")
    if start is None:
        yield Remark(reason="unreadable", detail="date", line=line)
        return
    start -= start % DAY_MS
    model = row.text("modelpermaslug", "slug", "model")
    grouped = (
        model,
        row.text("endpointid"),
        row.text("providername"),
        row.text("workspaceid"),
        row.text("apikeyname"),
    )
    yield Bucket(
        key="|".join((f"b:{name}|{start}|{DAY_MS}", *(part or "" for part in grouped))),
        format=name,
        provider="openrouter",
        start_ms=start,
        end_ms=start + DAY_MS,
        model=model,
        tokens=row.inclusive(
            row.count("prompttokens"),
            row.count("completiontokens"),
            read=row.count("cachedtokens"),
            reasoning=row.count("reasoningtokens"),
        ),
        requests=row.count("requests"),
        amount_nano=_sum(row.money("usage"), row.money("byokusageinference", "byokusage")),
        amount_kind="billed",
        project=row.text("workspaceid"),
        api_key=row.text("apikeyname"),
        line=line,
    )
    yield from row.remarks(line)


def _nothing(record: Mapping[str, Any]) -> bool:  # noqa: ARG001 - a format that is CSV only
    return False


FORMATS = (
    RowFormat(
        id="openrouter-gen",
        title="OpenRouter generation",
        evidence="OpenRouter's API reference of /generation, checked 2026-11",
        is_own=is_generation,
        read=_read_generation,
    ),
    RowFormat(
        id="openrouter-activity",
        title="OpenRouter activity",
        evidence="OpenRouter's API reference of /activity, checked 2026-11",
        is_own=is_activity,
        read=_read_activity,
    ),
    RowFormat(
        id="openrouter-log-csv",
        title="OpenRouter log (CSV)",
        evidence="columns as public readers of the export name them, checked 2026-11",
        is_own=_nothing,
        read=_read_log,
        columns=(frozenset({"generation_id", "cost_total", "tokens_prompt"}),),
    ),
    RowFormat(
        id="openrouter-activity-csv",
        title="OpenRouter activity (CSV)",
        evidence="columns as public readers of the export name them, checked 2026-11",
        is_own=_nothing,
        read=_read_activity_row,
        columns=(
            frozenset({"slug", "byok usage", "prompt tokens"}),
            frozenset({"model_permaslug", "byok_usage_inference"}),
        ),
        without=frozenset({"generation_id"}),
    ),
)
