"""From response lines to entries: identity, merging, owners, iterations (docs/formats.md, Claude Code).

One response stands on several lines. They are merged here as they come, by the same rules as
`core.usage.merge`; what runs once per line is kept short, for this is the first sync's inner loop.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from tokmeter.core.names import normalise_model
from tokmeter.core.usage import (
    MODEL_GUESSED,
    OUTPUT_PARTIAL,
    Entry,
    Sku,
    merge,
)
from tokmeter.sources._fields import fixed_word
from tokmeter.sources.claude_code.context import Asker, Context
from tokmeter.sources.claude_code.lines import Line, Message, Usage
from tokmeter.sources.claude_code.recognise import short_hash

UNIQUE_ID_LENGTH = 20
"""Shorter message ids are constants of a gateway."""
MOST_USD = 1_000_000.0
"""More than any one response can cost."""
ITERATIONS: dict[str | None, str] = {"message": "", "advisor_message": "adv", "compaction": "cmp"}
"""Kinds of inferences inside a response; "" where the top-level counts hold them."""


class Responses:
    """The entries of one transcript."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entries: dict[str, Entry] = {}
        self._skus: dict[tuple[str | None, ...], Sku] = {}

    def finish(self) -> list[Entry]:
        """Entries that used something, in first-seen order."""
        return [entry for entry in self._entries.values() if entry.output_tokens or not entry.is_empty]

    def add(self, record: Line, message: Message, usage: Usage, asker: Asker, ms: int, number: int) -> str:
        """Take one snapshot of a response: counts by maximum. Returns the key of its entry.

        One that used nothing is not even a time: read alone it would be no entry, so it must not matter
        whether it is read together with the others.
        """
        message_id = message.id
        if message_id is not None and len(message_id) >= UNIQUE_ID_LENGTH:
            key = "m:" + message_id
        else:
            key = self._odd_key(record, message, usage, ms)
        if usage.output_tokens or uses_input(usage):
            entry = self._entries.get(key)
            if entry is None:
                entry = self._reading(key, record, message, usage, asker, ms, number)
                self._entries[key] = entry
            elif asker.rank == entry.owner_rank and ms > entry.ts and ms > entry.sku_ts:
                self._grow(entry, record, message, usage, ms)
                entry.last_line = number
            else:
                merge(entry, self._reading(key, record, message, usage, asker, ms, number))
            if record.cost_usd is not None:
                self._add_cost(entry, record.cost_usd, number)
        if usage.iterations:
            self._iterations(key, record, message, usage, asker, ms, number)
        return key

    def _reading(
        self, key: str, record: Line, message: Message, usage: Usage, asker: Asker, ms: int, number: int
    ) -> Entry:
        """The entry that one line alone gives."""
        total, long_lived = _cache_writes(usage)
        tools = usage.server_tool_use
        return Entry(
            key=key,
            ts=ms,
            origin=asker.origin,
            sku=self._sku(record, message, usage),
            uncached_input_tokens=usage.input_tokens or 0,
            cache_read_input_tokens=usage.cache_read_input_tokens or 0,
            cache_creation_input_tokens=total,
            cache_creation_1h_input_tokens=long_lived,
            output_tokens=usage.output_tokens or 0,
            web_searches=tools.web_search_requests or 0 if tools is not None else 0,
            flags=(0 if message.stop_reason else OUTPUT_PARTIAL) | (0 if message.model else MODEL_GUESSED),
            owner_rank=asker.rank,
            sku_ts=ms,
            first_line=number,
            last_line=number,
        )

    def _grow(self, entry: Entry, record: Line, message: Message, usage: Usage, ms: int) -> None:
        """Merge the usual further snapshot: same owner, later. Equals `merge` without the second entry."""
        output = usage.output_tokens or 0
        known = entry.output_tokens
        if output >= known:
            sku = entry.sku
            if (
                message.model == sku.model_raw
                and usage.speed == sku.speed
                and usage.service_tier == sku.service_tier
                and usage.inference_geo == sku.inference_geo
            ):
                entry.sku_ts = ms
            elif output > known or _named(usage) >= _named(sku):
                entry.sku = self._sku(record, message, usage)
                entry.sku_ts = ms
            entry.output_tokens = output
        fresh = usage.input_tokens or 0
        if fresh != entry.uncached_input_tokens:  # comparing first is cheaper than max(): they mostly agree
            entry.uncached_input_tokens = max(entry.uncached_input_tokens, fresh)
        read = usage.cache_read_input_tokens or 0
        if read != entry.cache_read_input_tokens:
            entry.cache_read_input_tokens = max(entry.cache_read_input_tokens, read)
        total, long_lived = _cache_writes(usage)
        if total != entry.cache_creation_input_tokens or long_lived != entry.cache_creation_1h_input_tokens:
            entry.cache_creation_input_tokens = max(entry.cache_creation_input_tokens, total)
            entry.cache_creation_1h_input_tokens = max(entry.cache_creation_1h_input_tokens, long_lived)
        tools = usage.server_tool_use
        if tools is not None and (tools.web_search_requests or 0) > entry.web_searches:
            entry.web_searches = tools.web_search_requests or 0
        if message.stop_reason:
            entry.flags &= ~OUTPUT_PARTIAL
        if not message.model:
            entry.flags |= MODEL_GUESSED

    def _odd_key(self, record: Line, message: Message, usage: Usage, ms: int) -> str:
        """Identity of a response whose message id is missing or no identity."""
        session = record.session_id or self._context.place.session_id
        if message.id:
            if record.request_id:
                return f"s:{session}:{message.id}:{record.request_id}"
            if self._context.saved.interrupted:
                self._context.saved.run += 1
                self._context.saved.interrupted = False
            return f"s:{session}:{message.id}::{self._context.saved.run}"
        if record.request_id:
            return f"r:{record.request_id}"
        if record.uuid:
            return f"u:{record.uuid}"
        counts = (usage.input_tokens, usage.cache_read_input_tokens, *_cache_writes(usage))
        return "h:" + short_hash(session, ms, message.model, counts, usage.output_tokens)

    def _add_cost(self, entry: Entry, usd: float, number: int) -> None:
        """What the client itself reckoned, in nano-USD; replays carry it again, so the largest stays."""
        if not 0 <= usd <= MOST_USD:
            self._context.problem("count-invalid", number, "costUSD")
            return
        cost = int((Decimal(repr(usd)) * 1_000_000_000).to_integral_value(ROUND_HALF_EVEN))
        entry.reported_cost_nanousd = max(entry.reported_cost_nanousd or 0, cost)

    def _iterations(
        self, key: str, record: Line, message: Message, usage: Usage, asker: Asker, ms: int, number: int
    ) -> None:
        """Inferences that the top-level counts leave out, each an entry of its own."""
        seen = {"adv": 0, "cmp": 0}
        for one in usage.iterations or ():
            kind = ITERATIONS.get(one.type)
            if kind == "":
                continue
            if kind is None:
                self._context.problem("unknown-iteration", number, fixed_word(one.type) or "")
                continue
            row_key = f"{key}#{kind}{seen[kind]}"
            seen[kind] += 1
            advised = kind == "adv"
            model = (one.model or record.advisor_model or message.model) if advised else message.model
            speed = one.speed if advised else one.speed or usage.speed
            row = Message(model=model, id=message.id, stop_reason="end")
            counts = Usage(
                input_tokens=one.input_tokens,
                cache_read_input_tokens=one.cache_read_input_tokens,
                cache_creation_input_tokens=one.cache_creation_input_tokens,
                cache_creation=one.cache_creation,
                output_tokens=one.output_tokens,
                server_tool_use=one.server_tool_use,
                speed=speed,
                service_tier=usage.service_tier,
                inference_geo=usage.inference_geo,
            )
            reading = self._reading(row_key, record, row, counts, asker, ms, number)
            known = self._entries.setdefault(row_key, reading)
            if known is not reading:
                merge(known, reading)

    def _sku(self, record: Line, message: Message, usage: Usage) -> Sku:
        """What was sold, one object for all lines that agree."""
        provider = _provider(message.id, record.request_id)
        known = (message.model, usage.speed, usage.service_tier, usage.inference_geo, provider)
        sku = self._skus.get(known)
        if sku is None:
            raw = message.model or "unknown"
            self._skus[known] = sku = Sku(
                provider=provider,
                model=normalise_model(raw),
                model_raw=raw,
                service_tier=usage.service_tier or None,
                speed=usage.speed or None,
                inference_geo=usage.inference_geo or None,
            )
        return sku


def _cache_writes(usage: Usage) -> tuple[int, int]:
    """Tokens written to the cache in all, and the part with the long lifetime."""
    total = usage.cache_creation_input_tokens or 0
    split = usage.cache_creation
    if split is None:
        return total, 0
    long_lived = split.ephemeral_1h_input_tokens or 0
    told = (split.ephemeral_5m_input_tokens or 0) + long_lived
    return max(told, total), long_lived


def uses_input(usage: Usage) -> bool:
    """Whether anything but output was used."""
    tools = usage.server_tool_use
    searches = tools is not None and tools.web_search_requests
    return bool(usage.input_tokens or usage.cache_read_input_tokens or _cache_writes(usage)[0] or searches)


def _provider(message_id: str | None, request_id: str | None) -> str:
    """Who bills: Bedrock and Vertex mark their ids."""
    if message_id and "_bdrk_" in message_id:
        return "aws.bedrock"
    if message_id and "_vrtx_" in message_id:
        return "gcp.vertex_ai"
    return "anthropic" if request_id is None else _provider(request_id, None)


def _named(reading: Usage | Sku) -> int:
    """How much of its variant a reading names, as `core.usage.sku_order` counts it."""
    variant = (reading.speed, reading.service_tier, reading.inference_geo)
    return sum(part is not None for part in variant)
