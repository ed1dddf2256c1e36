"""Portkey: the rows of its log export. Costs are in cents; units are tokens.

Names with dots are columns of their own (`response.body`) or objects in objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._bodies import body_of
from tokmeter.histories._extract import call_key
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, RowFormat
from tokmeter.histories._record import Call, Item, Remark, Status, Tokens
from tokmeter.histories._routes import named_route, route_of_model

_UNITS = ("req_units", "total_units", "prompt_tokens")
_HITS = frozenset({"HIT", "SEMANTIC HIT", "SEMANTIC_HIT"})
_CENTS = 100


def is_portkey(record: Mapping[str, Any]) -> bool:
    """Detector 14; newer exports name the units otherwise."""
    return "ai_org" in record and "ai_model" in record and any(name in record for name in _UNITS)


def _read(record: Mapping[str, Any], place: Place, line: int) -> Iterator[Item]:
    row = Row(record)
    for outer in ("request", "response", "metadata"):
        inner = row.table(outer)
        row.add({f"{outer}.{name}": value for name, value in inner.items()})
    model = row.text("aimodel", "model")
    provider = named_route(row.text("aiorg", "provider")) or route_of_model(model)
    body = body_of(row.get("responsebody"), provider)
    tokens = body.tokens
    if tokens is None:
        tokens = row.inclusive(
            row.count("requnits", "requestunits", "prompttokens"),
            row.count("resunits", "responseunits", "completiontokens"),
        )
    row.reasons += body.reasons
    cost = _cost(row)
    status = _status(row)
    if status == "ok" and tokens.is_empty and not cost:
        yield Remark(reason="no-usage", line=line)
        return
    if status == "error":
        tokens, cost = Tokens(), None
    elif status == "cached":
        cost = 0
    ts, quality = row.start(place, "createdat", "timeofgeneration", "timestamp")
    # A cache hit repeats the body of the call it repeats: it must not become that call.
    ref = body.ref if status == "ok" else None
    own = row.text("id")
    trace = row.text("traceid")
    yield Call(
        key=call_key(
            ref,
            gateway=f"portkey:{own}" if own else None,
            ts=ts,
            model=model or "",
            tokens=tokens,
            text=trace or "",
        ),
        ts=ts,
        ts_quality=quality,
        format="portkey",
        evidence="gateway" if body.tokens is None else "response",
        model=row.named(model),
        provider=provider,
        tokens=tokens,
        status=status,
        provider_ref=ref,
        conversation=trace,
        project=row.text("metadataproject", "metadataapp"),
        api_key=row.text("virtualkey"),
        user=row.text("metadatauser"),
        cost_nanousd=cost,
        cost_kind=None if cost is None else "estimated",
        latency_ms=row.span("responsetime"),
        line=line,
    )
    yield from row.remarks(line)


def _cost(row: Row) -> int | None:
    """Cents as nano-USD; an amount in another currency is no cost in USD."""
    cents = row.money("cost")
    if (row.text("costcurrency") or "USD").upper() != "USD":
        row.reasons.append("other-currency cost_currency")
        return None
    return None if cents is None else _rounded(cents)


def _rounded(cents: int) -> int:
    """A hundredth, half up: nano-cents to nano-USD."""
    return (cents + _CENTS // 2) // _CENTS


def _status(row: Row) -> Status:
    """`is_success` says it, else the HTTP status."""
    code = row.text("responsestatuscode")
    failed = code is not None and code.isdecimal() and len(code) < 8 and int(code) >= 400
    if row.flag("issuccess") is False or failed:
        return "error"
    return "cached" if (row.text("cachestatus") or "").upper() in _HITS else "ok"


FORMATS = (
    RowFormat(
        id="portkey",
        title="Portkey log export",
        evidence="Portkey's page on log exports, checked 2026-11; no real export seen",
        is_own=is_portkey,
        read=_read,
        columns=(frozenset({"ai_org", "ai_model", "req_units"}),),
        rare=True,
    ),
)
