"""What a history holds → entries, events and facts for the ledger.

An error or an answer from a gateway's cache is no billed response, so it becomes an event, never an entry.
"""

from __future__ import annotations

from collections.abc import Callable

from tokmeter.core.call import COST_KINDS, EVIDENCE, CallFact, StatementLine
from tokmeter.core.event import Event
from tokmeter.core.names import normalise_model
from tokmeter.core.problem import Problem
from tokmeter.core.usage import INPUT_PARTIAL, MODEL_GUESSED, OUTPUT_PARTIAL, Entry, Origin, Sku
from tokmeter.histories._counting import TextCounter
from tokmeter.histories._record import Bucket, Call, Item, Remark
from tokmeter.sources._base import Parsed

SHORTEST_REF = 20
"""Characters of the shortest response id that is taken as unique: local servers number theirs."""

ERROR_RANK = 100
"""Evidence ranks from one per cent of error to the next: more than all kinds of evidence."""
COUNTED_RANK = 100 * ERROR_RANK
"""From one way of counting (core.usage.COUNT_BASES) to the next: more than the errors of one of them."""
WHOLLY_COUNTED = 10 * COUNTED_RANK
"""From counts of which one side is reported to those of which none is."""

UNDATED = 1
"""Owner rank of a call that has only its file's time: another reading's time goes before it."""

REMARKED = {
    "needs-tokenizing": "needs-tokenizing",
    "count-invalid": "count-invalid",
    "unreadable": "line-unreadable",
}
"""Remarks that `doctor` should still know of, as problems; the rest is said once, after an import."""


class Books:
    """Collects the items of one file into a `Parsed`. `path` is the file as the ledger names it.

    `counter` counts the texts of calls that have no counts; their texts go no further than here.
    """

    def __init__(self, source: str, path: str, counter: TextCounter | None = None) -> None:
        self.parsed = Parsed()
        self.remarks = 0
        """Records that gave nothing, whyever."""
        self._source = source
        self._path = path
        self._counter = TextCounter() if counter is None else counter
        self._origins: dict[Origin, Origin] = {}
        self._skus: dict[Sku, Sku] = {}

    def add(self, item: Item) -> None:
        """Take one item."""
        if isinstance(item, Call):
            self._call(item)
            item.texts = None
        elif isinstance(item, Bucket):
            self.parsed.statements.append(statement_line(item))
        else:
            self._remark(item)

    def _call(self, call: Call) -> None:
        if call.status == "error":
            self.parsed.events.append(self._event(call, "api_error"))
            return
        if call.status == "cached":
            self.parsed.events.append(self._event(call, "gateway_cache_hit"))
            return
        if call.needs_text:
            self._counter.count(call)
        if call.needs_text and call.tokens.is_empty and call.count_basis == 0:
            self._remark(Remark(reason="needs-tokenizing", line=call.line))
            return
        entry = self._entry(call)
        if entry.is_empty:
            return
        self.parsed.entries.append(entry)
        self.parsed.calls.append(fact_of(call))

    def _entry(self, call: Call) -> Entry:
        tokens = call.tokens
        return Entry(
            key=call.key,
            ts=call.ts,
            origin=self._origin(call),
            sku=self._sku(call),
            uncached_input_tokens=tokens.uncached_input,
            cache_read_input_tokens=tokens.cache_read,
            cache_creation_input_tokens=tokens.creation_5m + tokens.creation_1h,
            cache_creation_1h_input_tokens=tokens.creation_1h,
            output_tokens=tokens.output,
            reasoning_output_tokens=min(tokens.reasoning, tokens.output),
            web_searches=tokens.web_searches,
            reported_cost_nanousd=call.cost_nanousd,
            count_basis=call.count_basis,
            flags=_flags(call),
            sku_ts=call.ts,
            evidence_rank=_rank(call),
            owner_rank=UNDATED if call.ts_quality == "file" else 0,
            first_line=call.line,
            last_line=call.line,
        )

    def _event(self, call: Call, kind: str) -> Event:
        return Event(
            kind=kind,
            key=call.key,
            ts=call.ts,
            origin=self._origin(call),
            duration_ms=call.latency_ms or 0,
            count=1,
            tokens_before=call.tokens.input,
            tokens_after=call.tokens.output,
            line=call.line,
        )

    def _origin(self, call: Call) -> Origin:
        origin = Origin(
            call.format,
            session_id=call.conversation,
            root_session_id=call.conversation,
            project=call.project,
            git_branch=call.git_branch,
            client=call.client,
        )
        return self._origins.setdefault(origin, origin)

    def _sku(self, call: Call) -> Sku:
        model = call.model or "unknown"
        tier = None if call.tier in (None, "default") else call.tier
        sku = Sku(
            call.provider or "unknown",
            normalise_model(model),
            model,
            service_tier=tier,
            speed=call.speed,
            inference_geo=call.inference_geo,
        )
        return self._skus.setdefault(sku, sku)

    def _remark(self, remark: Remark) -> None:
        self.remarks += 1
        code = REMARKED.get(remark.reason)
        if code is not None:
            self.parsed.problems.append(Problem(code, self._source, self._path, remark.line, remark.detail))


def _flags(call: Call) -> int:
    """What is to be known of these counts."""
    flags = OUTPUT_PARTIAL if call.evidence == "cut" else 0
    flags |= 0 if call.model else MODEL_GUESSED
    return flags | (INPUT_PARTIAL if call.is_input_partial else 0)


def _rank(call: Call) -> int:
    """How good these counts are, smallest best: by evidence, and of equal evidence the one that tells caches.

    Any count that a log reports goes before any count of text, and an exact one of these before an estimate.

    Readings of one rank merge by maximum, count by count; one that has all input as fresh, beside another of
    the same call that tells cached input apart, would have the cached part counted twice.
    """
    tells_caches = call.tokens.input > call.tokens.uncached_input
    rank = 2 * EVIDENCE.index(call.evidence) + (0 if tells_caches else 1)
    if not call.count_basis:
        return rank
    # A side that the log reports goes before both counted; then the way of counting, then its error.
    sides = 0 if call.is_half_reported else WHOLLY_COUNTED
    error = round(100 * (call.count_error or 0.0))
    return rank + sides + COUNTED_RANK * call.count_basis + ERROR_RANK * error


def fact_of(call: Call) -> CallFact:
    """What the ledger keeps of a call beside its entry.

    A call without a time of its own is shown only where no other history knows when it was.
    """
    kind = None if call.cost_kind is None else COST_KINDS.index(call.cost_kind)
    return CallFact(
        call.key,
        twin_key(call),
        EVIDENCE.index(_evidence(call)),
        kind,
        call.latency_ms,
        call.api_key,
        call.user,
        call.count_error,
    )


def _evidence(call: Call) -> str:
    """Whose counts these are; those of text stand behind all that are reported."""
    if call.count_basis:
        return "counted"
    return "undated" if call.ts_quality == "file" and call.evidence != "cut" else call.evidence


def twin_key(call: Call) -> str | None:
    """The key under which a transcript holds this response, and which all histories share.

    Behind a gateway a transcript of Claude Code bears the gateway's id (`gen-…`, `chatcmpl-…`).
    """
    ref = call.provider_ref
    if ref is None or len(ref) < SHORTEST_REF:
        return None
    return f"codex:resp:{ref}" if ref.startswith("resp_") else f"m:{ref}"


def statement_line(bucket: Bucket) -> StatementLine:
    """A bucket as the ledger's row."""
    tokens = bucket.tokens
    model = bucket.model or "unknown"
    text: Callable[[str | None], str] = lambda value: value or ""  # noqa: E731 - one word for eleven fields
    return StatementLine(
        key=bucket.key,
        format=bucket.format,
        provider=bucket.provider,
        model=normalise_model(model),
        model_raw=model,
        start_ms=bucket.start_ms,
        end_ms=bucket.end_ms,
        uncached_input_tokens=tokens.uncached_input,
        cache_read_input_tokens=tokens.cache_read,
        cache_creation_5m_input_tokens=tokens.creation_5m,
        cache_creation_1h_input_tokens=tokens.creation_1h,
        output_tokens=tokens.output,
        reasoning_output_tokens=min(tokens.reasoning, tokens.output),
        web_searches=tokens.web_searches,
        requests=bucket.requests,
        amount_nano=bucket.amount_nano,
        amount_kind=None if bucket.amount_kind is None else COST_KINDS.index(bucket.amount_kind),
        currency=bucket.currency,
        kind=text(bucket.kind),
        service_tier=text(bucket.tier),
        speed=text(bucket.speed),
        inference_geo=text(bucket.inference_geo),
        context_window=text(bucket.context_window),
        project=text(bucket.project),
        api_key=text(bucket.api_key),
        user=text(bucket.user),
        line=bucket.line,
    )
