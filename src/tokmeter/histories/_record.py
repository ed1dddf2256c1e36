"""What a history holds: calls, provider statements (buckets), and what could not be used.

Counts in tokens and disjoint (`uncached_input`, `cache_read`, `creation_5m`, `creation_1h`, `output`), times
in UTC milliseconds, money in nano-USD. `reasoning` is a part of `output`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tokmeter.histories._texts import Texts

TsQuality = Literal["exact", "day", "file"]
"""How the time is known: from the record, only its day, or only from the file's own time."""

Status = Literal["ok", "error", "partial", "cached"]
"""`error` is not billed; `partial`: a stream was cut; `cached`: a gateway answered, nothing was billed."""

CostKind = Literal["billed", "estimated", "list"]
"""Charged by provider or gateway; reckoned by a client from its own table; the published price."""

Evidence = Literal["response", "gateway", "transcript", "telemetry", "cut"]
"""Whose counts win when one call stands in several histories; the first of these that is there.

`cut`: a stream that was logged without its last event, so its output is only the least there was.
"""


class Tokens(msgspec.Struct, gc=False, kw_only=True):
    """Counts of one call or bucket, disjoint; `reasoning` is informational."""

    uncached_input: int = 0
    cache_read: int = 0
    creation_5m: int = 0
    creation_1h: int = 0
    output: int = 0
    reasoning: int = 0
    web_searches: int = 0

    @property
    def input(self) -> int:
        """All input, cached or not."""
        return self.uncached_input + self.cache_read + self.creation_5m + self.creation_1h

    @property
    def is_empty(self) -> bool:
        """Whether nothing was used."""
        return not (self.input or self.output or self.web_searches)


class Call(msgspec.Struct, gc=False, kw_only=True):
    """One call of a model, as one record tells it.

    `key` (docs/reference/histories.md): `resp:<id>` for a provider response id of at least 20 characters,
    else the gateway's own id, else `h:` and a hash. `provider_ref` is the provider's bare response id,
    whatever the key. `model` is as written; `provider` is who bills, None where nothing tells.
    `needs_text`: the record lacks a count. Its `texts` are counted when the call is taken into the books
    (`count_basis`: how, an index of core.usage.COUNT_BASES); without texts it can only be told of.
    """

    key: str
    ts: int
    format: str
    model: str
    provider: str | None = None
    tokens: Tokens = msgspec.field(default_factory=Tokens)
    ts_quality: TsQuality = "exact"
    evidence: Evidence = "response"
    status: Status = "ok"
    provider_ref: str | None = None
    request_ref: str | None = None
    """The provider's id of the HTTP request (`req_…`, AWS requestId) where it differs from the response's."""
    conversation: str | None = None
    project: str | None = None
    git_branch: str | None = None
    client: str | None = None
    api_key: str | None = None
    """Name, id or hash of the key; never the secret."""
    user: str | None = None
    tier: str | None = None
    """standard, batch, flex, priority; None where the record does not say."""
    speed: str | None = None
    inference_geo: str | None = None
    cost_nanousd: int | None = None
    cost_kind: CostKind | None = None
    latency_ms: int | None = None
    needs_text: bool = False
    texts: Texts | None = None
    """What there is to count, until it is counted; never stored."""
    count_basis: int = 0
    is_half_reported: bool = False
    """One side of the counts is reported, the other was counted."""
    count_error: float | None = None
    """The p90 error of counts made from text, as a share; None where all are reported."""
    is_input_partial: bool = False
    """The input was counted from text, and more was sent than the record holds."""
    line: int = 0


class Bucket(msgspec.Struct, gc=False, kw_only=True):
    """One line of a provider's or gateway's statement: the sum of many calls between two instants.

    `key` names start, width and every grouping dimension; a later import with the same key replaces it.
    `amount` is money charged (`amount_kind`), None for pure token statements; another `currency` than USD is
    kept, but never added to USD. `kind` is the statement's own word for a cost line (`input_cache_read`).
    """

    key: str
    format: str
    provider: str
    start_ms: int
    end_ms: int
    model: str | None = None
    tokens: Tokens = msgspec.field(default_factory=Tokens)
    requests: int | None = None
    amount_nano: int | None = None
    amount_kind: CostKind | None = None
    currency: str = "USD"
    kind: str | None = None
    tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    context_window: str | None = None
    project: str | None = None
    api_key: str | None = None
    user: str | None = None
    line: int = 0


class Remark(msgspec.Struct, gc=False, kw_only=True):
    """Something in a history that is no call: why, for the summary after an import.

    `reason` is one of the codes of histories/_reasons.py; `detail` names fields and numbers only, never text.
    """

    reason: str
    detail: str = ""
    line: int = 0


Item = Call | Bucket | Remark
