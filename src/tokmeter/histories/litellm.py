"""LiteLLM: the standard logging payload, and the proxy's spend log.

Its `prompt_tokens` contain cache reads and writes for every provider, Anthropic too; its costs come from its
own price table: estimated. A hit in its own cache repeats the id of the call it repeats, so such a row is
keyed by LiteLLM's own id and names no response. Sums by day are in `_litellm_days.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from tokmeter.histories._extract import call_key, clean, usage_tokens
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, RowFormat, between, json_table, squeeze, tier_of, whole_ms
from tokmeter.histories._litellm_days import is_daily, read_daily
from tokmeter.histories._record import Call, Item, Remark, Status, Tokens
from tokmeter.histories._routes import named_route, route_of_model

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_AGENT = "User-Agent: "
_HIT = "_cache_hit"
"""What LiteLLM adds, with the time, to the id of an answer from its cache."""
_DETAILS = {
    "prompt_tokens_details": "prompt_tokens_details",
    "input_tokens_details": "prompt_tokens_details",
    "completion_tokens_details": "completion_tokens_details",
    "output_tokens_details": "completion_tokens_details",
    "cache_read_input_tokens": "cache_read_input_tokens",
    "cache_creation_input_tokens": "cache_creation_input_tokens",
    "cache_creation": "cache_creation",
    "server_tool_use": "server_tool_use",
}
"""What splits the sums, by the names of the chat API; calls of `/responses` keep those of theirs."""
_COSTLESS = frozenset({"health_check", "ahealth_check", "list_mcp_tools", "call_mcp_tool"})


def is_slp(record: Mapping[str, Any]) -> bool:
    """Detector 8: the payload itself, or an envelope with it."""
    if _wrapped(record) is not None:
        return True
    return "response_cost" in record and "startTime" in record and "call_type" in record


def is_spend(record: Mapping[str, Any]) -> bool:
    """Detector 9: a row of the table of calls."""
    return "spend" in record and "call_type" in record and "request_id" in record


def _wrapped(record: Mapping[str, Any]) -> dict[str, Any] | None:
    for holder in (record, record.get("kwargs")):
        if isinstance(holder, Mapping):
            payload = holder.get("standard_logging_object")
            if isinstance(payload, dict):
                return payload
    return None


def _read_slp(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    row = Row(_wrapped(record) or record)
    hidden, response = row.table("hiddenparams"), row.table("response")
    metadata = row.table("metadata")
    breakdown = row.table("costbreakdown")
    usages = (
        json_table(metadata.get("usage_object")),
        json_table(hidden.get("usage_object")),
        json_table(response.get("usage")),
    )
    yield from _read(
        row,
        place,
        line,
        "litellm-slp",
        identity=row.text("id"),
        cost=row.get("responsecost"),
        usages=usages,
        metadata=metadata,
        tier=tier_of(breakdown.get("service_tier")) or _tier(usages),
        model=row.text("model") or clean(hidden.get("litellm_model_name")),
    )


def _read_spend(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    row = Row(record)
    metadata = row.table("metadata")
    usages = (json_table(metadata.get("usage_object")), json_table(metadata.get("additional_usage_values")))
    if "mcpnamespacedtoolname" in row:
        yield Remark(reason="not-billed", detail="mcp", line=line)
        return
    yield from _read(
        row,
        place,
        line,
        "litellm-spend",
        identity=row.text("requestid"),
        cost=row.get("spend"),
        usages=usages,
        metadata=metadata,
        tier=_tier((*usages, json_table(metadata.get("cost_breakdown")))),
        model=row.text("model", "modelgroup"),
    )


def _read(
    row: Row,
    place: Place,
    line: int,
    name: str,
    *,
    identity: str | None,
    cost: Any,
    usages: tuple[dict[str, Any], ...],
    metadata: dict[str, Any],
    tier: str | None,
    model: str | None,
) -> Iterator[Item]:
    """One call, from either spelling."""
    tokens = _tokens(row, usages)
    status = _status(row, metadata)
    amount = row.money("spend", "responsecost") if cost is not None else None
    if tokens.is_empty and not amount and status == "ok":
        free = (row.text("calltype") or "").lower() in _COSTLESS
        yield Remark(reason="not-billed" if free else "no-usage", detail="call_type", line=line)
        return
    start, quality = row.start(place, "starttime", "endtime")
    if status == "error":
        tokens, amount = Tokens(), None
    elif status == "cached":
        amount = 0
    ref, key = _identity(row, identity, status, start, model, tokens)
    yield Call(
        key=key,
        ts=start,
        ts_quality=quality,
        format=name,
        evidence="gateway",
        model=row.named(model),
        provider=named_route(row.text("customllmprovider")) or route_of_model(model),
        tokens=tokens,
        status=status,
        provider_ref=ref,
        conversation=row.text("sessionid"),
        project=_of(metadata, "user_api_key_project_alias", "user_api_key_team_alias"),
        client=_client(row),
        api_key=_of(metadata, "user_api_key_alias") or _key(row, metadata),
        user=row.text("user") or _of(metadata, "user_api_key_user_id") or row.text("enduser"),
        tier=tier,
        cost_nanousd=amount,
        cost_kind=None if amount is None else "estimated",
        latency_ms=_latency(row),
        line=line,
    )
    yield from row.remarks(line)


def _tokens(row: Row, usages: tuple[dict[str, Any], ...]) -> Tokens:
    """The row's own sums, split by the first usage object that knows each part."""
    merged: dict[str, Any] = {}
    for usage in usages:
        for name, chat_name in _DETAILS.items():
            part = usage.get(name)
            if part is not None and part != {} and chat_name not in merged:
                merged[chat_name] = part
        for name in ("prompt_tokens", "completion_tokens"):
            if name not in merged and usage.get(name) is not None:
                merged[name] = usage[name]
    for name in ("prompt_tokens", "completion_tokens"):
        if squeeze(name) in row:
            merged[name] = row.count(squeeze(name))
    found = usage_tokens(merged, "chat", None)
    if found is None:
        return Tokens()
    tokens, reasons = found
    row.reasons += reasons
    return tokens


def _status(row: Row, metadata: dict[str, Any]) -> Status:
    """A failure bills nothing; what LiteLLM's own cache answered neither."""
    error = row.table("errorinformation") or json_table(metadata.get("error_information"))
    word = (row.text("status") or clean(metadata.get("status")) or "").lower()
    if word in {"failure", "failed", "error"} or (not word and error.get("error_code")):
        return "error"
    hit = row.flag("cachehit") or _HIT in (row.text("requestid", "id") or "")
    return "cached" if hit else "ok"


def _identity(
    row: Row, identity: str | None, status: Status, start: int, model: str | None, tokens: Tokens
) -> tuple[str | None, str]:
    """The provider's response id, if the id is one, and the key by rule 1.2."""
    own = row.text("litellmcallid")
    if status == "cached":
        # The same id as the call it repeats: never that call's key, nor a reference that would merge them.
        base = (identity or "").partition(_HIT)[0]
        return None, f"litellm:{own}" if own else f"litellm:{base}/cached/{start}"
    is_own = identity is None or identity == own or _UUID.fullmatch(identity) is not None
    ref = None if is_own else identity
    gateway = f"litellm:{identity or own}" if identity or own else None
    return ref, call_key(ref, gateway=gateway, ts=start, model=model or "", tokens=tokens)


def _latency(row: Row) -> int | None:
    """From the two times; else as told (`response_time` in seconds)."""
    told = between(row.time("starttime"), row.time("endtime"))
    if told is None:
        told = row.span("requestdurationms")
    if told is None:
        seconds = row.get("responsetime")
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            told = whole_ms(seconds * 1000 if abs(seconds) < 1e9 else None)
    return told


def _tier(usages: tuple[dict[str, Any], ...]) -> str | None:
    for usage in usages:
        tier = tier_of(usage.get("service_tier"))
        if tier is not None:
            return tier
    return None


def _of(table: dict[str, Any], *names: str) -> str | None:
    for name in names:
        text = clean(table.get(name))
        if text is not None:
            return text
    return None


def _key(row: Row, metadata: dict[str, Any]) -> str | None:
    """The hash of a key as LiteLLM keeps it; a key that stands there in clear is hashed here."""
    key = row.text("apikey") or _of(metadata, "user_api_key_hash", "user_api_key")
    if key is not None and key.lower().startswith(("sk-", "bearer ")):
        return f"sha256:{sha256(key.encode('utf-8', 'replace')).hexdigest()[:16]}"
    return key


def _client(row: Row) -> str | None:
    """The client that a tag `User-Agent: …` names."""
    tags = row.get("requesttags")
    if isinstance(tags, str):
        tags = json_table('{"tags":' + tags + "}").get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str) and tag.startswith(_AGENT):
            return clean(tag.removeprefix(_AGENT))
    return None


FORMATS = (
    RowFormat(
        id="litellm-slp",
        title="LiteLLM standard logging payload",
        evidence="LiteLLM's own types; docs.litellm.ai logging_spec, checked 2026-11",
        is_own=is_slp,
        read=_read_slp,
    ),
    RowFormat(
        id="litellm-spend",
        title="LiteLLM spend log",
        evidence="table LiteLLM_SpendLogs; docs.litellm.ai cost_tracking, checked 2026-11",
        is_own=is_spend,
        read=_read_spend,
        columns=(frozenset({"request_id", "spend", "call_type"}),),
    ),
    RowFormat(
        id="litellm-daily",
        title="LiteLLM spend by day",
        evidence="table LiteLLM_DailyUserSpend; docs.litellm.ai metrics, checked 2026-11",
        is_own=is_daily,
        read=read_daily,
        columns=(frozenset({"date", "spend", "api_requests", "prompt_tokens"}),),
    ),
)
