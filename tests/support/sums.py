"""Ledgers made of a few rows, for tests of metrics and reports: no logs, no prices, every figure by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from tokmeter.ledger.store import Ledger
from tokmeter.metrics.query import Connection

NANO = 1_000_000_000


def at(text: str, tz: tzinfo = UTC) -> int:
    """UTC milliseconds of `2026-11-21 14:00` in a zone."""
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=tz)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class Books:
    """A ledger in memory that takes rows one by one."""

    def __init__(self) -> None:
        self.connection: Connection = Ledger.in_memory().connection
        self._fill("log_file", {"id": 1, "source": "claude-code", "identity": "a", "path": "/logs/a.jsonl"})
        self.count = 0

    def _fill(self, table: str, fields: dict[str, int | str | None]) -> None:
        """Insert a row; what must be there and is not given is 0, so that unrelated columns may change."""
        for _, name, kind, required, default, key in self.connection.execute(f"PRAGMA table_info({table})"):
            if required and default is None and not key:
                fields.setdefault(name, 0 if kind != "BLOB" else "")
        names, marks = ", ".join(fields), ", ".join("?" for _ in fields)
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(fields.values()))

    def origin(self, source: str = "claude-code", session: str = "s1", **more: str) -> int:
        """The id of an origin; a root session unless one is given."""
        fields = {
            "source": source,
            "session_id": session,
            "root_session_id": session,
            "project": "/home/ana/shop",
        }
        return self._id("origin", {**fields, **more})

    def sku(self, model: str = "claude-opus-4-8", provider: str = "anthropic", **more: str) -> int:
        return self._id("sku", {"provider": provider, "model": model, "model_raw": model, **more})

    def _id(self, table: str, fields: dict[str, str]) -> int:
        names, marks = ", ".join(fields), ", ".join("?" for _ in fields)
        values = tuple(fields.values())
        self.connection.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", values)
        where = " AND ".join(f"{name} = ?" for name in fields)
        row = self.connection.execute(f"SELECT id FROM {table} WHERE {where}", values).fetchone()
        return int(row[0])

    def entry(self, ts: int, origin: int, sku: int, *, cost: int | None = 0, **more: int) -> int:
        """One request; counts by their column names, cost in nano-USD."""
        self.count += 1
        place = {"file_id": 1, "first_line": self.count, "last_line": self.count}
        fields: dict[str, int | str | None] = {
            "id": self.count,
            "hash": self.count,
            "key": f"k{self.count}",
            "ts": ts,
            "origin_id": origin,
            "sku_id": sku,
            "list_cost_nanousd": cost,
            **place,
            **more,
        }
        self._fill("entry", fields)
        return self.count

    def event(self, kind: int, ts: int, origin: int, **more: int | str) -> None:
        self.count += 1
        fields: dict[str, int | str | None] = {
            "id": self.count,
            "hash": self.count,
            "kind": kind,
            "ts": ts,
            "origin_id": origin,
            **more,
        }
        self._fill("event", fields)

    def problem(self, code: str, line: int = 1, source: str = "claude-code") -> None:
        self.connection.execute(
            "INSERT INTO problem VALUES (?, '/logs/a.jsonl', ?, ?, '', 0)", (source, line, code)
        )
