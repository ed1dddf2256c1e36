"""Which entries are hidden because better evidence of the same tokens exists (docs/formats.md, Codex).

Codex writes usage twice in newer builds: as exact usage records (evidence rank 0) and as running totals
(rank 1). A turn with any record is counted from records alone. Deciding that on the merged entries, not
while reading, makes it independent of the order of lines, files and syncs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tokmeter.core.usage import Entry


Identity = TypeVar("Identity")


def superseded(rows: Iterable[tuple[Identity, str | None, str | None, int]]) -> set[Identity]:
    """Of rows (identity, session, turn, evidence rank), those whose turn also has a smaller rank.

    Rows without a session or turn are never hidden: nothing says what they repeat.
    """
    best: dict[tuple[str, str], int] = {}
    weaker: list[tuple[tuple[str, str], int, Identity]] = []
    for identity, session, name, rank in rows:
        if name is None or session is None:
            continue
        turn = (session, name)
        if rank < best.get(turn, rank + 1):
            best[turn] = rank
        if rank:
            weaker.append((turn, rank, identity))
    return {identity for turn, rank, identity in weaker if best[turn] < rank}


def superseded_keys(entries: Iterable[Entry]) -> set[str]:
    """The same for entries, which are identified by their keys."""
    return superseded((e.key, e.origin.session_id, e.turn_id, e.evidence_rank) for e in entries)
