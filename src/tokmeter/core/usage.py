"""What one billed model response is: its identity, its counts, and how two readings of it become one.

An *entry* is one billed model response. Logs repeat a response (stream snapshots, resumes, forks,
copies), so an adapter emits *readings* of it, and readings with the same key are merged. The merge is
commutative, associative and idempotent: the order of files, chunks and syncs cannot change a total.
"""

from __future__ import annotations

import msgspec

MAX_TOKENS = 1_000_000_000
"""More tokens than any one response can hold: a larger count is a fault of the log, not usage."""

# Flags are bits, so that the ledger stores one integer. Append only: the values are on disk.
OUTPUT_PARTIAL = 1  # no reading holds a stop reason: the final output count was never written
FORK_GUESSED = 2  # the end of a copied history was guessed by time
MODEL_GUESSED = 4  # the log names no model at all
AGGREGATE = 8  # one row for many calls
INPUT_PARTIAL = 16  # the input was counted from text, and more was sent than the log holds
FLAG_NAMES = {
    OUTPUT_PARTIAL: "output_partial",
    FORK_GUESSED: "fork_guessed",
    MODEL_GUESSED: "model_guessed",
    AGGREGATE: "aggregate",
    INPUT_PARTIAL: "input_partial",
}

# Owner ranks, added up: the smallest wins an entry that stands in several transcripts.
OWNER_SIDECHAIN = 4
OWNER_BACKGROUND = 2
OWNER_FOREIGN_FILE = 1

# How a count got into an entry. Append only: the index is on disk.
COUNT_BASES = ("reported", "tokenized", "calibrated", "estimated")
TOKENIZED, CALIBRATED, ESTIMATED = 1, 2, 3


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Who asked: the conversation and place a response belongs to. Shared by many entries."""

    source: str
    session_id: str | None = None
    parent_session_id: str | None = None
    root_session_id: str | None = None
    agent_id: str | None = None
    project: str | None = None
    git_branch: str | None = None
    client: str | None = None
    client_version: str | None = None


class Sku(msgspec.Struct, frozen=True, gc=False):
    """What was sold: everything besides counts and time that a price depends on."""

    provider: str
    model: str
    model_raw: str
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None
    effort: str | None = None


class Entry(msgspec.Struct, gc=False, kw_only=True):
    """One reading of a billed response, or several merged. Counts in tokens, times in UTC milliseconds.

    `cache_creation_input_tokens` is the total of both lifetimes and `cache_creation_1h_input_tokens` the
    part with the long one, because that pair merges by maximum; the disjoint 5-minute part is derived.
    `owner_rank`, `sku_ts` decide which reading supplies `origin`/`ts` and which supplies `sku`.
    """

    key: str
    ts: int
    origin: Origin
    sku: Sku
    uncached_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_creation_1h_input_tokens: int = 0
    output_tokens: int = 0
    reasoning_output_tokens: int = 0
    web_searches: int = 0
    reported_cost_nanousd: int | None = None
    count_basis: int = 0
    flags: int = 0
    owner_rank: int = 0
    sku_ts: int = 0
    turn_id: str | None = None
    evidence_rank: int = 0
    first_line: int = 0
    last_line: int = 0

    @property
    def cache_creation_5m_input_tokens(self) -> int:
        """Tokens written to the 5-minute cache; an unknown lifetime counts as 5 minutes."""
        return self.cache_creation_input_tokens - self.cache_creation_1h_input_tokens

    @property
    def total_tokens(self) -> int:
        """Everything read, written and generated, each token once."""
        return (
            self.uncached_input_tokens
            + self.cache_read_input_tokens
            + self.cache_creation_input_tokens
            + self.output_tokens
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was used: such readings are no entries."""
        return self.total_tokens == 0 and self.web_searches == 0


def owner_order(entry: Entry) -> tuple[int | str, ...]:
    """Order of readings by right to own the entry; the smallest wins: rank, then time, then session.

    The rest decides ties, so that the order is total and no order of reading can matter.
    """
    return (entry.owner_rank, entry.ts, *origin_order(entry.origin))


def origin_order(origin: Origin) -> tuple[str, ...]:
    """A total order of origins; where nothing is named comes first."""
    parts = (
        origin.session_id,
        origin.agent_id,
        origin.project,
        origin.git_branch,
        origin.parent_session_id,
        origin.root_session_id,
        origin.client,
        origin.client_version,
        origin.source,
    )
    return tuple(part or "" for part in parts)


def sku_order(entry: Entry) -> tuple[int | str, ...]:
    """Order of readings by right to name model and tier; the largest wins: evidence, then output, then time.

    Of two with equal output, one that names speed, tier and place goes before one that leaves them out: a
    replay without these fields must not make a fast call a standard one. The rest decides ties, so that the
    order is total.
    """
    sku = entry.sku
    variant = (sku.speed, sku.service_tier, sku.inference_geo)
    named = sum(part is not None for part in variant)
    rest = (sku.model_raw, *(part or "" for part in variant), sku.effort or "", sku.provider)
    return (-entry.evidence_rank, entry.output_tokens, named, entry.sku_ts, *rest)


_COUNTS = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "web_searches",
)


_ALL_LACK = OUTPUT_PARTIAL | INPUT_PARTIAL
"""What holds of the merged entry only if no reading knows better."""


def merge(into: Entry, other: Entry) -> None:
    """Make `into` the join of both readings of one response: counts by maximum, owners by order.

    Counts come from the readings with the best (smallest) evidence rank alone: a gateway that cannot tell
    cached input from fresh would otherwise add it a second time.
    """
    if sku_order(other) > sku_order(into):
        into.sku = other.sku
        into.sku_ts = other.sku_ts
    if owner_order(other) < owner_order(into):
        into.owner_rank = other.owner_rank
        into.ts = other.ts
        into.origin = other.origin
    if other.evidence_rank == into.evidence_rank:
        _merge_counts(into, other)
    elif other.evidence_rank < into.evidence_rank:
        for name in _COUNTS:
            setattr(into, name, getattr(other, name))
        into.count_basis = other.count_basis
        into.evidence_rank = other.evidence_rank
    if other.reported_cost_nanousd is not None:
        into.reported_cost_nanousd = max(into.reported_cost_nanousd or 0, other.reported_cost_nanousd)
    into.flags = ((into.flags | other.flags) & ~_ALL_LACK) | (into.flags & other.flags & _ALL_LACK)
    into.turn_id = max(into.turn_id or "", other.turn_id or "") or None
    into.first_line = min(into.first_line, other.first_line)
    into.last_line = max(into.last_line, other.last_line)


def _merge_counts(into: Entry, other: Entry) -> None:
    into.count_basis = max(into.count_basis, other.count_basis)
    into.uncached_input_tokens = max(into.uncached_input_tokens, other.uncached_input_tokens)
    into.cache_read_input_tokens = max(into.cache_read_input_tokens, other.cache_read_input_tokens)
    into.cache_creation_input_tokens = max(
        into.cache_creation_input_tokens, other.cache_creation_input_tokens
    )
    into.cache_creation_1h_input_tokens = max(
        into.cache_creation_1h_input_tokens, other.cache_creation_1h_input_tokens
    )
    into.output_tokens = max(into.output_tokens, other.output_tokens)
    into.reasoning_output_tokens = max(into.reasoning_output_tokens, other.reasoning_output_tokens)
    into.web_searches = max(into.web_searches, other.web_searches)


def flag_names(flags: int) -> list[str]:
    """The names of the bits set in `flags`, in a fixed order."""
    return [name for bit, name in FLAG_NAMES.items() if flags & bit]
