"""Langfuse: observations from its pages, API and blob export, alone or in their traces.

Only generations and embeddings are calls; spans, agents and traces repeat their sums. Instrumentation of two
layers writes a generation within a generation for one call (the outer one counted by Langfuse's tokenizer),
so a generation that holds another one with counts is a roll-up too. An export has no order that would let a
row be judged by what was read before: calls wait until their trace is whole or the file ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._extract import call_key, clean
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, between, json_table
from tokmeter.histories._langfuse_usage import Reading, usage_of
from tokmeter.histories._record import Call, Item, Remark, Status, Tokens
from tokmeter.histories._routes import named_route, route_of_model

_CALLS = frozenset({"GENERATION", "EMBEDDING"})
_TYPES = _CALLS | {"SPAN", "EVENT", "TRACE", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "GUARDRAIL"}
_BAGS = ("usageDetails", "usage_details", "providedUsageDetails", "provided_usage_details")
_TRACES = ("traceId", "trace_id")
_REFS = ("gen_ai.response.id", "ai.response.id")
_SYSTEMS = ("gen_ai.provider.name", "gen_ai.system", "ai.model.provider", "llm.provider")
_BILLERS = frozenset({
    "anthropic", "openai", "google", "aws", "azure", "openrouter", "mistral", "groq", "cohere", "x-ai",
    "deepseek", "ollama",
})  # fmt: skip
_MOST_WAITING = 50_000
"""Observations that wait for the rest of their trace, about 1 kB each; then the oldest traces are let go."""


def is_observation(record: Mapping[str, Any]) -> bool:
    """Detector 13; older rows hold their counts in `usage`."""
    if not any(name in record for name in _TRACES):
        return False
    if any(name in record for name in _BAGS):
        return True
    kind = record.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        return False
    return "promptTokens" in record or isinstance(record.get("usage"), dict)


def is_langfuse(record: Mapping[str, Any]) -> bool:
    """An observation, a trace with its observations, or a page of either."""
    return is_observation(record) or any(is_observation(item) for item in _observations(record)[:1])


def _observations(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The observations of a document; those beside the trace before its own, which are shortened copies."""
    trace = record.get("trace")
    own = trace.get("observations") if isinstance(trace, dict) else None
    return [
        item
        for holder in (record.get("observations"), record.get("data"), own)
        for item in (holder if isinstance(holder, list) else ())
        if isinstance(item, dict)
    ]


class Seen(msgspec.Struct, gc=False):
    """An observation that waits: where it hangs, and the call it is unless one below it is."""

    parent: str | None
    line: int
    call: Call | None = None
    remarks: tuple[Remark, ...] = ()


class LangfuseReader:
    """Holds the observations of traces that may not be whole."""

    def __init__(self, place: Place, state: bytes) -> None:
        self._place = place
        self._waiting = 0
        self._traces: dict[str, dict[str, Seen]] = {}
        if state:
            try:
                self._traces = msgspec.json.decode(state, type=dict[str, dict[str, Seen]])
            except (
                msgspec.MsgspecError,
                ValueError,
            ):  # of another version: what it held is read again some day
                self._traces = {}
            self._waiting = sum(map(len, self._traces.values()))

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """What this record gives: a document with its traces at once, a row only when its trace is let go."""
        if not isinstance(record, Mapping):
            yield Remark(reason="unknown-record", line=line)
            return
        rows = _observations(record)
        if not rows:
            self._take(record, {}, line)
        whole = json_table(record.get("trace")) or ({} if "data" in record else record)
        for row in rows:
            self._take(row, whole, line)
        if "data" not in record:  # a page of observations may end within a trace
            for trace in dict.fromkeys(_trace(row) for row in rows):
                yield from self._let_go(trace)
        while self._waiting > _MOST_WAITING:
            yield from self._let_go(next(iter(self._traces)))

    def finish(self) -> Iterator[Item]:
        """All that still waits."""
        for trace in list(self._traces):
            yield from self._let_go(trace)

    def state(self) -> bytes:
        """The observations that wait."""
        return msgspec.json.encode(self._traces) if self._traces else b""

    def _take(self, record: Mapping[str, Any], trace: Mapping[str, Any], line: int) -> None:
        row = Row(record)
        name = row.text("id") or f"#{line}.{self._waiting}"
        held = self._traces.setdefault(_trace(record), {})
        if name not in held:
            self._waiting += 1
            held[name] = _seen(row, Row(trace), self._place, line)

    def _let_go(self, trace: str) -> Iterator[Item]:
        """The calls of a trace that hold no other, in the order they were read."""
        held = self._traces.pop(trace, {})
        self._waiting -= len(held)
        above = set[str]()
        for seen in held.values():
            if seen.call is None or seen.call.tokens.is_empty:
                continue
            parent = seen.parent
            while parent is not None and parent in held and parent not in above:
                above.add(parent)
                parent = held[parent].parent
        for name, seen in held.items():
            if seen.call is not None and name in above:
                yield Remark(reason="roll-up", detail="holds another generation", line=seen.line)
                continue
            if seen.call is not None:
                yield seen.call
            yield from seen.remarks


def _trace(record: Mapping[str, Any]) -> str:
    return (
        Row({"t": record.get("traceId") or record.get("trace_id") or record.get("traceid")}).text("t") or ""
    )


def _seen(row: Row, trace: Row, place: Place, line: int) -> Seen:
    parent = row.text("parentobservationid")
    kind = (row.text("type") or "GENERATION").upper()
    reading = _usage(row)
    if kind not in _CALLS:
        reason = "no-usage" if reading.tokens.is_empty else "roll-up"
        return Seen(parent, line, remarks=(Remark(reason=reason, detail="type", line=line),))
    if row.text("level") == "ERROR":
        reading = Reading(Tokens(), found=True, invalid=reading.invalid)
    elif not reading.found or reading.tokens.is_empty:
        return Seen(parent, line, remarks=(Remark(reason="no-usage", line=line),))
    row.reasons += [f"count-invalid {name}" for name in reading.invalid]
    call = _call(row, trace, place, line, reading.tokens)
    return Seen(parent, line, call, tuple(row.remarks(line)))


def _call(row: Row, trace: Row, place: Place, line: int, tokens: Tokens) -> Call:
    model = row.text("providedmodelname", "model")
    attributes = _attributes(row)
    ts, quality = row.start(place, "starttime", "timestamp", "createdat")
    ref = next((ref for ref in (clean(attributes.get(name)) for name in _REFS) if ref is not None), None)
    own = row.text("id")
    status: Status = "error" if row.text("level") == "ERROR" else "ok"
    cost = None if status == "error" else _cost(row)
    return Call(
        key=call_key(
            ref, gateway=f"langfuse:{own}" if own else None, ts=ts, model=model or "", tokens=tokens
        ),
        ts=ts,
        ts_quality=quality,
        format="langfuse",
        evidence="telemetry",
        model=row.named(model),
        provider=_provider(attributes) or route_of_model(model),
        tokens=tokens,
        status=status,
        provider_ref=ref,
        conversation=row.text("sessionid") or trace.text("sessionid"),
        project=row.text("projectname", "projectid") or trace.text("projectname", "projectid"),
        user=row.text("userid") or trace.text("userid"),
        cost_nanousd=cost,
        cost_kind=None if cost is None else "estimated",
        latency_ms=between(row.time("starttime"), row.time("endtime")),
        line=line,
    )


def _usage(row: Row) -> Reading:
    """The counts, from the newest spelling that holds any."""
    old = row.table("usage")
    unit = old.get("unit") if old else row.get("unit")
    in_tokens = unit is None or str(unit).upper() == "TOKENS"
    bags: list[Mapping[str, Any]] = [row.table("usagedetails"), row.table("providedusagedetails")]
    if in_tokens:
        bags.append({name: old.get(name) for name in ("input", "output", "total")})
        bags.append({name: old.get(f"{name}Tokens") for name in ("prompt", "completion", "total")})
        bags.append(_columns(row, "inputusage", "outputusage", "totalusage"))
        bags.append(_columns(row, "prompttokens", "completiontokens", "totaltokens"))
    for bag in bags:
        reading = usage_of(bag)
        if reading.invalid or not reading.tokens.is_empty:
            return reading
    return usage_of({})


def _columns(row: Row, given: str, output: str, total: str) -> dict[str, Any]:
    """A bag from columns; a total alone counts as input."""
    found = {"input": row.get(given), "output": row.get(output), "total": row.get(total)}
    if found["input"] is None and found["output"] is None:
        found["input"] = found["total"]
    return found


def _attributes(row: Row) -> dict[str, Any]:
    """The attributes of the span that the observation was, from its metadata."""
    metadata = row.get("metadata")
    if isinstance(metadata, str) and "response.id" not in metadata and "gen_ai." not in metadata:
        return {}  # prompts may stand in there: decoded only for what it is read for
    found = json_table(metadata)
    return json_table(found.get("attributes")) or found


def _provider(attributes: dict[str, Any]) -> str | None:
    """Who billed by the span's attributes; frameworks name themselves there, which bill nothing."""
    for name in _SYSTEMS:
        provider = named_route(clean(attributes.get(name)))
        if provider in _BILLERS:
            return provider
    return None


def _cost(row: Row) -> int | None:
    """USD as the app sent it, else by the server's table; 0 there means that it knew no price."""
    for cost in (row.table("providedcostdetails").get("total"), row.table("costdetails").get("total")):
        amount = Row({"cost": cost}).money("cost")
        if amount is not None:
            return amount
    return row.money("totalcost") or row.money("calculatedtotalcost") or None


class Langfuse:
    """Langfuse's exports."""

    id = "langfuse"
    title = "Langfuse observations"
    evidence = "its API types; ten traces of its own repository, checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Whether a JSON object is an observation or holds some."""
        return is_langfuse(record)

    def claims_header(self, names: frozenset[str]) -> bool:
        """Whether a CSV is a table of observations."""
        counts = {"usagedetails", "usage_details", "totalusage", "total_usage"}
        return bool(names & {"traceid", "trace_id"}) and bool(names & counts)

    def reader(self, place: Place, state: bytes = b"") -> LangfuseReader:
        """A reader for one file, going on from `state`."""
        return LangfuseReader(place, state)


FORMATS = (Langfuse(),)
