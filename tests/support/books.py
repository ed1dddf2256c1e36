"""Small ledgers for tests: entries and events in, plain comparable rows out."""

from __future__ import annotations

from collections.abc import Iterable

from tokmeter.core.call import CallFact, StatementLine
from tokmeter.core.event import Event, LimitSnapshot
from tokmeter.core.usage import Entry, Origin, Sku
from tokmeter.ingest.pack import Packer
from tokmeter.ledger.posting import Posted, Poster
from tokmeter.ledger.prices import Span
from tokmeter.ledger.store import Ledger
from tokmeter.sources._base import LogFile, Parsed
from tokmeter.sources._jsonl import Cursor, Reading

NOW_MS = 1_795_280_000_000  # 2026-11-21T16:53:20Z


class FlatPrices:
    """Every token costs one nano-dollar and a web search a thousand, whatever the model."""

    def rate(self, sku_id: int, *_: object) -> Span:
        return 0, 1 << 60, sku_id, lambda *counts: sum(counts[:5]) + 1000 * counts[6]

    def bulk_rate(self, sku_id: int, *_: object, long: bool) -> Span:
        return 0, 1 << 60, sku_id, lambda *counts: sum(counts[:5]) * (2 if long else 1)


def entry(key: str, ts: int = 1_795_000_000_000, **changes: object) -> Entry:
    fields: dict[str, object] = {
        "origin": Origin("claude-code", session_id="s1", root_session_id="s1", project="/home/ana/shop"),
        "sku": Sku("anthropic", "claude-opus-4-5", "claude-opus-4-5-20251101"),
        "uncached_input_tokens": 10,
        "output_tokens": 5,
        "first_line": 1,
        "last_line": 1,
    }
    return Entry(key=key, ts=ts, **(fields | changes))  # type: ignore[arg-type]


def log_file(name: str, source: str = "claude-code", size: int = 100) -> LogFile:
    return LogFile(source, f"/logs/{name}", f"/logs/{name}", 1, 1, size, 1)


def post(
    ledger: Ledger,
    entries: Iterable[Entry] = (),
    events: Iterable[Event] = (),
    *,
    name: str = "a.jsonl",
    source: str = "claude-code",
    rebuild: bool = False,
    limits: Iterable[LimitSnapshot] = (),
    retracted: Iterable[tuple[str, str]] = (),
    calls: Iterable[CallFact] = (),
    statements: Iterable[StatementLine] = (),
) -> Posted:
    """Post what one log brought."""
    packer = Packer()
    parsed = Parsed(
        entries=list(entries),
        events=list(events),
        limits=list(limits),
        retracted=list(retracted),
        calls=list(calls),
        statements=list(statements),
    )
    packer.add(Reading(log_file(name, source), Cursor(), parsed), rebuild=rebuild)
    with Poster(ledger, FlatPrices(), NOW_MS) as poster:
        return poster.post(packer.take())


def entry_rows(ledger: Ledger) -> list[dict[str, object]]:
    """Every entry that counts, without row ids and places in files."""
    ledger.connection.row_factory = None
    cursor = ledger.connection.execute("SELECT * FROM entries ORDER BY key")
    names = [column[0] for column in cursor.description]
    hidden = {
        "id",
        "hash",
        "file_id",
        "first_line",
        "last_line",
        "prices_source",
        "prices_version",
        "price_quality",
    }
    return [{n: v for n, v in zip(names, row, strict=True) if n not in hidden} for row in cursor]


def event_rows(ledger: Ledger) -> list[tuple[object, ...]]:
    """Every event, without places in files."""
    return ledger.connection.execute(
        "SELECT v.hash, v.kind, v.ts, o.session_id, v.turn_id, v.entry_hash, v.name, v.status, v.input_bytes, "
        "v.result_bytes, v.duration_ms, v.count, v.tokens_before, v.tokens_after, v.until "
        "FROM event v JOIN origin o ON o.id = v.origin_id ORDER BY v.hash"
    ).fetchall()
