"""Helicone: requests as its export tool and query API give them.

With bodies, the response's own usage counts and settles whether input contains cached tokens. Without, rows
of Anthropic leave them out, all others contain them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._bodies import body_of
from tokmeter.histories._extract import call_key
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, RowFormat, between
from tokmeter.histories._record import Call, Item, Remark, Status, Tokens
from tokmeter.histories._routes import named_route, route_of_model

_NO_REFERENCE = "00000000-0000-0000-0000-000000000000"
_PROJECTS = ("project", "app", "appname", "application", "heliconepropertyproject", "heliconepropertyapp")
_SESSIONS = ("heliconesessionid", "sessionid", "heliconepropertysession", "session")


def is_helicone(record: Mapping[str, Any]) -> bool:
    """Detector 12: a row, or the page of them that the API answers."""
    return _is_row(record) or any(_is_row(item) for item in _items(record)[:1])


def _is_row(record: Mapping[str, Any]) -> bool:
    return "request_created_at" in record and ("response_body" in record or "delay_ms" in record)


def _items(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    data = record.get("data")
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def _read(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    for item in [record] if "request_created_at" in record else _items(record):
        yield from _row(Row(item), place, line)


def _row(row: Row, place: Place, line: int) -> Iterator[Item]:
    model = row.text("modeloverride", "responsemodel", "requestmodel", "model")
    provider = named_route(row.text("provider")) or route_of_model(model)
    body = body_of(row.get("responsebody"), provider)
    tokens = body.tokens
    if tokens is None:
        tokens = _tokens(row, exclusive=provider == "anthropic")
    row.reasons += body.reasons
    cost = row.money("cost", "costusd")
    status = _status(row, tokens, cost)
    if status == "ok" and tokens.is_empty and not cost:
        yield Remark(reason="no-usage", line=line)
        return
    if status == "error":
        tokens, cost = Tokens(), None
    elif status == "cached":
        cost = 0
    ts, quality = row.start(place, "requestcreatedat", "responsecreatedat")
    own = row.text("requestid")
    # A cache hit repeats the body, id and all, of the call it repeats: it must not become that call.
    ref = body.ref if status in ("ok", "partial") else None
    properties = Row(row.table("requestproperties", "properties"))
    yield Call(
        key=call_key(
            ref, gateway=f"helicone:{own}" if own else None, ts=ts, model=model or "", tokens=tokens
        ),
        ts=ts,
        ts_quality=quality,
        format="helicone",
        evidence="gateway" if body.tokens is None else "response",
        model=row.named(model),
        provider=provider,
        tokens=tokens,
        status=status,
        provider_ref=ref,
        conversation=properties.text(*_SESSIONS),
        project=properties.text(*_PROJECTS),
        user=row.text("requestuserid", "userid"),
        cost_nanousd=cost,
        cost_kind=None if cost is None else "estimated",
        latency_ms=_latency(row),
        line=line,
    )
    yield from row.remarks(line)


def _tokens(row: Row, *, exclusive: bool) -> Tokens:
    given, output = row.count("prompttokens"), row.count("completiontokens")
    read, written = row.count("promptcachereadtokens"), row.count("promptcachewritetokens")
    reasoning = row.count("reasoningtokens")
    if exclusive:
        given += read + written
    return row.inclusive(given, output, read=read, five=written, reasoning=reasoning)


def _status(row: Row, tokens: Tokens, cost: int | None) -> Status:
    """By the HTTP status; Helicone's own are negative: cancelled, pending, timed out."""
    code = row.text("responsestatus")
    number = int(code) if code is not None and code.lstrip("-").isdecimal() and len(code) < 8 else 0
    if number >= 400:
        return "error"
    if number < 0:
        return "error" if tokens.is_empty else "partial"
    return "cached" if _is_hit(row, cost) else "ok"


def _is_hit(row: Row, cost: int | None) -> bool:
    """Whether Helicone's cache answered.

    A reference names the call it repeats; the zero id is none. Caching may be on without a hit: where only
    that is known, a cost says that the provider was asked.
    """
    reference = row.text("cachereferenceid")
    if reference is not None:
        return reference != _NO_REFERENCE
    return bool(row.flag("cacheenabled")) and not cost


def _latency(row: Row) -> int | None:
    told = row.span("delayms")
    return between(row.time("requestcreatedat"), row.time("responsecreatedat")) if told is None else told


FORMATS = (
    RowFormat(
        id="helicone",
        title="Helicone requests",
        evidence="schema HeliconeRequest of its API, checked 2026-11; no real export seen",
        is_own=is_helicone,
        read=_read,
        columns=(
            frozenset({"request_created_at", "delay_ms"}),
            frozenset({"request_created_at", "response_body"}),
        ),
        rare=True,
    ),
)
