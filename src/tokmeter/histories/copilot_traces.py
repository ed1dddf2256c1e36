"""GitHub Copilot Chat's span store in VS Code: `traces.db`, a table of spans and one of their attributes.

Its rows are spans by the gen_ai conventions, so they are read as such: an agent's span repeats the sum of its
calls. What is billed is a subscription of GitHub's. (other-assistants 6; schema version 1.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tokmeter.histories._format import Place
from tokmeter.histories._otlp_reader import OtelReader
from tokmeter.histories._record import Call, Item, Remark

if TYPE_CHECKING:
    import sqlite3

_NEEDED = frozenset({"span_id", "trace_id", "operation_name", "start_time_ms"})
_COLUMNS = {
    "operation_name": "gen_ai.operation.name",
    "provider_name": "gen_ai.provider.name",
    "conversation_id": "gen_ai.conversation.id",
    "chat_session_id": "copilot_chat.chat_session_id",
    "request_model": "gen_ai.request.model",
    "response_model": "gen_ai.response.model",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning_tokens",
}
"""Columns of a span that repeat an attribute."""
_OTHERS = ("name", "parent_span_id", "end_time_ms", "status_code")
_ATTRIBUTES = (
    "gen_ai.response.id",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "copilot_chat.parent_chat_session_id",
    "copilot_chat.session_id",
    "copilot_chat.repo.head_branch_name",
    "error.type",
)
"""What is asked for of the other table: its texts are prompts and replies."""
_CLIENT = "vscode-copilot"


class CopilotTraces:
    """The span store of VS Code's Copilot Chat."""

    id = "copilot-traces"
    title = "Copilot Chat span store"
    evidence = "a traces.db of May 2026 (schema version 1); other-assistants 6"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the contract; a database only
        """Never."""
        return False

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract; a database only
        """Never."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> OtelReader:
        """A reader of rows that were taken out of the database."""
        return OtelReader(self.id, place, state)

    def claims_tables(self, tables: Mapping[str, frozenset[str]]) -> bool:
        """Whether a database is such a store."""
        return _NEEDED <= tables.get("spans", frozenset()) and {"span_id", "key", "value"} <= tables.get(
            "span_attributes", frozenset()
        )

    def read_database(self, connection: sqlite3.Connection, place: Place, after: str = "") -> Iterator[Item]:  # noqa: ARG002 - span ids have no order to go on behind
        """Its calls; all of them, as span ids have no order."""
        reader = OtelReader(self.id, place)
        branches: dict[str, str] = {}
        for number, record in enumerate(_records(connection), 1):
            session = record["attributes"].get("copilot_chat.chat_session_id")
            branch = record["attributes"].get("copilot_chat.repo.head_branch_name")
            if isinstance(session, str) and isinstance(branch, str):
                branches[session] = branch[:256]
            for item in reader.feed(record, number):
                if not _is_other(item):
                    yield _as_copilot(item, branches)
        for item in reader.finish():
            yield _as_copilot(item, branches)


def _is_other(item: Item) -> bool:
    """Whether this is said of a span that is no call: tools and hooks have rows as well."""
    return isinstance(item, Remark) and item.reason == "no-usage"


def _as_copilot(item: Item, branches: Mapping[str, str]) -> Item:
    if isinstance(item, Call):
        item.format = CopilotTraces.id
        item.client = _CLIENT
        item.git_branch = branches.get(item.conversation or "")
    return item


def _records(connection: sqlite3.Connection) -> Iterator[dict[str, Any]]:
    """The spans in their order, each as an SDK would dump it."""
    there = {row[1] for row in connection.execute('PRAGMA table_info("spans")')}
    asked = [name for name in (*_NEEDED, *_COLUMNS, *_OTHERS) if name in there]
    asked = list(dict.fromkeys(asked))
    marks = ", ".join("?" * len(_ATTRIBUTES))
    more = f"SELECT key, value FROM span_attributes WHERE span_id = ? AND key IN ({marks})"
    query = f"SELECT {', '.join(asked)} FROM spans ORDER BY start_time_ms, span_id"
    for values in connection.execute(query):
        row = dict(zip(asked, values, strict=True))
        attributes = {name: row[column] for column, name in _COLUMNS.items() if row.get(column) is not None}
        if isinstance(row["span_id"], str):
            for key, value in connection.execute(more, (row["span_id"], *_ATTRIBUTES)):
                attributes.setdefault(key, value)
        yield {
            "name": row.get("name") or "",
            "traceId": row["trace_id"],
            "spanId": row["span_id"],
            "parentSpanId": row.get("parent_span_id"),
            "startTime": row["start_time_ms"],
            "endTime": row.get("end_time_ms"),
            "status": {"code": row.get("status_code")},
            "attributes": attributes,
        }


FORMATS = (CopilotTraces(),)
