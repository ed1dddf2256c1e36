"""One call in several histories counts once: a gateway's log, telemetry and a transcript may all hold it.

Copies share a `twin` hash (of the provider's response id). Among them, counts come from the first of
core.call.EVIDENCE (unless another one tells cached input apart), the place (project, branch, session) from a
transcript, the cost from whoever charged it. The others are hidden (BY_TWIN), kept for `explain`. Decided on
the stored rows after every batch, so that no order of imports and syncs can matter.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tokmeter.core.call import BILLED, CUT, TELEMETRY, TRANSCRIPT
from tokmeter.ledger.batch import Batch
from tokmeter.ledger.superseding import BY_TWIN

SLACK_MS = 2_000
"""Telemetry that names no response is matched to one of its session, model and counts, this near in time."""

# Several histories may hold a call under one key: whatever their order, the same origin and cost are kept.
_ORDER = (
    "project = '', session_id = '', session_id, agent_id, project, git_branch, parent_session_id, "
    "root_session_id, client, client_version, source"
)
_NAMES_MORE = f"""(SELECT {_ORDER} FROM origin WHERE id = excluded.origin_id)
        < (SELECT {_ORDER} FROM origin WHERE id = call.origin_id)"""
_COSTS_MORE = """excluded.cost_nanousd IS NOT NULL AND (cost_nanousd IS NULL
        OR (ifnull(excluded.cost_kind, 9), -excluded.cost_nanousd) < (ifnull(cost_kind, 9), -cost_nanousd))"""
_UPSERT = f"""
INSERT INTO call (entry_id, twin, evidence, origin_id, cost_nanousd, cost_kind, latency_ms, api_key, user,
    count_error)
SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM entry WHERE hash = ?
ON CONFLICT (entry_id) DO UPDATE SET
    twin = ifnull(twin, excluded.twin), evidence = min(evidence, excluded.evidence),
    origin_id = CASE WHEN {_NAMES_MORE} THEN excluded.origin_id ELSE origin_id END,
    cost_nanousd = CASE WHEN {_COSTS_MORE} THEN excluded.cost_nanousd ELSE cost_nanousd END,
    cost_kind = CASE WHEN {_COSTS_MORE} THEN excluded.cost_kind ELSE cost_kind END,
    latency_ms = ifnull(max(latency_ms, excluded.latency_ms), ifnull(latency_ms, excluded.latency_ms)),
    api_key = ifnull(max(api_key, excluded.api_key), ifnull(api_key, excluded.api_key)),
    user = ifnull(max(user, excluded.user), ifnull(user, excluded.user)),
    count_error = ifnull(min(count_error, excluded.count_error), ifnull(count_error, excluded.count_error))
"""
_CACHED = "e.cache_read_input_tokens + e.cache_creation_5m_input_tokens + e.cache_creation_1h_input_tokens"
_MEMBERS = f"""
SELECT c.twin, e.id, e.key, c.evidence, c.origin_id, c.cost_nanousd, c.cost_kind, e.superseded, e.origin_id,
    e.reported_cost_nanousd, 1, e.uncached_input_tokens + {_CACHED}, {_CACHED}
FROM call c JOIN entry e ON e.id = c.entry_id WHERE c.twin IN (SELECT value FROM json_each(?1))
UNION ALL
SELECT e.hash, e.id, e.key, ?2, e.origin_id, NULL, NULL, e.superseded, e.origin_id, e.reported_cost_nanousd,
    0, e.uncached_input_tokens + {_CACHED}, {_CACHED}
FROM entry e WHERE e.hash IN (SELECT value FROM json_each(?1))
    AND NOT EXISTS (SELECT 1 FROM call c WHERE c.entry_id = e.id)
"""
_UPDATE = "UPDATE entry SET superseded = ?, origin_id = ?, reported_cost_nanousd = ? WHERE id = ?"

# Telemetry that names no response, and the responses of its session that it may tell of.
_LOOSE = f"""
SELECT c.entry_id, o.session_id, s.model, e.output_tokens, e.uncached_input_tokens, e.cache_read_input_tokens,
    e.cache_creation_5m_input_tokens + e.cache_creation_1h_input_tokens,
    e.ts - ifnull(c.latency_ms, 0) - {SLACK_MS}, e.ts + {SLACK_MS}, c.origin_id
FROM call c JOIN entry e ON e.id = c.entry_id JOIN origin o ON o.id = c.origin_id
JOIN sku s ON s.id = e.sku_id
WHERE c.evidence = {TELEMETRY} AND c.twin IS NULL AND o.session_id <> ''
    AND o.session_id IN (SELECT value FROM json_each(?)) ORDER BY e.ts, e.key
"""
_TOLD_OF = """
SELECT t.hash FROM origin o JOIN entry t ON t.origin_id = o.id JOIN sku s ON s.id = t.sku_id
WHERE o.session_id = ?1 AND s.model = ?2 AND t.output_tokens = ?3 AND t.uncached_input_tokens = ?4
    AND t.cache_read_input_tokens = ?5
    AND t.cache_creation_5m_input_tokens + t.cache_creation_1h_input_tokens = ?6
    AND t.ts BETWEEN ?7 AND ?8 AND o.id <> ?9
    AND NOT EXISTS (SELECT 1 FROM call x WHERE x.entry_id = t.id)
    AND NOT EXISTS (SELECT 1 FROM call y WHERE y.twin = t.hash AND y.evidence = ?10)
ORDER BY t.ts, t.hash LIMIT 1
"""


class _Member(NamedTuple):
    twin: int
    entry_id: int
    key: str
    evidence: int
    origin_id: int
    cost: int | None
    cost_kind: int | None
    superseded: int
    shown_origin: int
    shown_cost: int | None
    is_call: int
    input: int
    cached: int


def post_calls(connection: sqlite3.Connection, batch: Batch, origin_ids: list[int]) -> None:
    """Keep what histories told, and settle every group of copies that this batch touched."""
    rows = batch.entries
    connection.executemany(
        _UPSERT,
        (
            (twin, evidence, origin_ids[rows[at][3]], rows[at][18], kind, *rest, rows[at][0])
            for at, twin, evidence, kind, *rest in batch.calls
        ),
    )
    if connection.execute("SELECT 1 FROM call LIMIT 1").fetchone() is None:
        return
    touched = {row[0] for row in rows} | {call[1] for call in batch.calls if call[1] is not None}
    touched |= _matched(connection, {batch.origins[row[3]][1] for row in rows})
    settle(connection, touched)


def _matched(connection: sqlite3.Connection, sessions: set[str]) -> set[int]:
    """Give telemetry of these sessions, without a response id, the twin it tells of."""
    found: set[int] = set()
    for entry_id, *told in connection.execute(_LOOSE, (json.dumps(sorted(sessions)),)).fetchall():
        row = connection.execute(_TOLD_OF, (*told, TELEMETRY)).fetchone()
        if row is not None:
            connection.execute("UPDATE call SET twin = ? WHERE entry_id = ?", (row[0], entry_id))
            found.add(row[0])
    return found


def settle(connection: sqlite3.Connection, twins: Iterable[int]) -> None:
    """Decide for each of these groups which copy is shown, and with what."""
    listed = "[" + ",".join(map(str, twins)) + "]"
    groups: defaultdict[int, list[_Member]] = defaultdict(list)
    for row in connection.execute(_MEMBERS, (listed, TRANSCRIPT)):
        groups[row[0]].append(_Member._make(row))
    changes: list[tuple[int, int, int | None, int]] = []
    for members in groups.values():
        if any(member.is_call for member in members):
            changes += _settled(members)
    connection.executemany(_UPDATE, changes)


def _settled(members: list[_Member]) -> list[tuple[int, int, int | None, int]]:
    """What to write, where it differs from what is stored."""
    ordered = sorted(members, key=lambda m: (m.evidence, m.key))
    shown = _with_caches(ordered)
    place = next((m for m in ordered if not m.is_call), shown)
    changes = []
    for member in ordered:
        hidden = 0 if member is shown else BY_TWIN
        origin = place.origin_id if member is shown else member.origin_id
        own = member.cost if member.is_call else member.shown_cost
        cost = _cost(ordered, own) if member is shown else own
        bits = (member.superseded & ~BY_TWIN) | hidden
        if (bits, origin, cost) != (member.superseded, member.shown_origin, member.shown_cost):
            changes.append((bits, origin, cost, member.entry_id))
    return changes


def _with_caches(ordered: list[_Member]) -> _Member:
    """The copy with the best evidence; of its input, one that tells cached tokens apart, if it does not."""
    best = ordered[0]
    if best.cached:
        return best
    whole = (m for m in ordered if m.cached and m.input == best.input and m.evidence != CUT)
    return next(whole, best)


def _cost(members: list[_Member], own: int | None) -> int | None:
    """The charged cost of any copy; else the copy's own; else what another one reckoned."""
    billed = [m.cost for m in members if m.cost is not None and m.cost_kind == BILLED]
    if billed:
        return max(billed)
    if own is not None:
        return own
    return next((m.cost for m in members if m.cost is not None), None)
