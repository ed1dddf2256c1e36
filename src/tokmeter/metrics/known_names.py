"""The names a user may want to type: models, projects, assistants, sessions, the latest used first.

Asked after a sync, so it must not walk through the ledger: a limited number of newest entries tells the
models in use, and one step on the index of origins tells when each was used last.
"""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.metrics.query import SESSION, Connection

RECENT = 2_000
"""Entries that decide about the order of models."""


class KnownNames(NamedTuple):
    """Names as the ledger has them: text out of logs, unchecked."""

    models: list[str]
    """The most used of late first, then the others by name."""
    projects: list[str]
    """Whole paths, the latest used first; likewise the next two."""
    sources: list[str]
    sessions: list[str]


def known_names(connection: Connection, sessions: int) -> KnownNames:
    """All names of models, projects and assistants, and so many of the latest sessions."""
    origins = [row for row in connection.execute(ORIGINS) if row[3] is not None]
    return KnownNames(
        [row[0] for row in connection.execute(MODELS, (RECENT,))],
        list(dict.fromkeys(row[1] for row in origins if row[1])),
        list(dict.fromkeys(row[0] for row in origins)),
        list(dict.fromkeys(row[2] for row in origins if row[2]))[:sessions],
    )


ORIGINS = f"""SELECT o.source, o.project, {SESSION},
    (SELECT e.ts FROM entry e WHERE e.origin_id = o.id ORDER BY e.id DESC LIMIT 1) AS last
FROM origin o ORDER BY last DESC, 1, 2, 3"""
"""The entry posted last stands for the latest one: so each origin costs one step on its index."""

MODELS = """WITH used (sku_id, requests) AS (
    SELECT sku_id, count(*) FROM (SELECT sku_id FROM entry INDEXED BY entry_ts ORDER BY ts DESC LIMIT ?)
    GROUP BY 1
)
SELECT s.model FROM sku s LEFT JOIN used ON used.sku_id = s.id
GROUP BY s.model ORDER BY sum(coalesce(requests, 0)) DESC, s.model"""
