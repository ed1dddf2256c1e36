"""The `llm` command's own log: its database in both generations, and `llm logs --json`.

Up to 0.31 a call is a row of `responses`, from 0.32 on one of `turns`; both may be in one file, with ids of
one space. Columns came over the years, so only those that are there are asked for. What an input count
contains depends on the plugin, which the names in `token_details` tell. Rows without counts hold text to be
tokenized.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tokmeter.histories._extract import call_key, clean, usage_tokens
from tokmeter.histories._format import Place
from tokmeter.histories._gateway import Row, RowReader, json_table, tier_of
from tokmeter.histories._llm_texts import Conversations, Earlier, asked, row_texts
from tokmeter.histories._record import Call, Item, Remark, Tokens
from tokmeter.histories._routes import route_of_model

if TYPE_CHECKING:
    import sqlite3

_NEEDED = frozenset({"id", "model", "datetime_utc"})
_COLUMNS = (
    "id",
    "model",
    "resolved_model",
    "conversation_id",
    "thread_id",
    "input_tokens",
    "output_tokens",
    "token_details",
    "duration_ms",
    "datetime_utc",
    "error",
)
_LARGEST_REPLY = 1_000_000
"""Characters of a reply that is looked at for the provider's id; a larger one holds files."""
_REPLY = (
    f"CASE WHEN typeof(response_json) = 'text' AND length(response_json) <= {_LARGEST_REPLY} "
    "THEN response_json END"
)
_ULID_TIME = 10
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_OVERLAP_MS = 3_600_000
"""An id is given when a call begins, a row written when it ends: a slow call's row comes after a quick one's
that began later. Reading goes back this far behind the last id that was seen."""
_EXCLUSIVE = ("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")


def is_llm_row(record: Mapping[str, Any]) -> bool:
    """Detector 18: a row of `llm logs --json`."""
    return "conversation_id" in record and "duration_ms" in record and "datetime_utc" in record


def read_row(
    record: Mapping[str, Any],
    place: Place,
    line: int,
    name: str = "llm-json",
    earlier: Earlier | None = None,
) -> Iterator[Item]:
    """One call, from either container; `earlier` tells of what was said before it."""
    row = Row(record)
    own = row.text("id")
    if own is None:
        yield Remark(reason="unknown-record", detail="id", line=line)
        return
    asked = row.text("model")
    model = row.text("resolvedmodel") or asked
    details = row.table("tokendetails")
    has_counts = "inputtokens" in row or "outputtokens" in row
    failed = "error" in row and not has_counts
    tokens = _tokens(row, details) if has_counts else Tokens()
    needs_text = not failed and ("inputtokens" not in row or "outputtokens" not in row)
    texts = None
    if needs_text:
        has_input, has_output = "inputtokens" in row, "outputtokens" in row
        texts = row_texts(row, has_input=has_input, has_output=has_output, earlier=earlier)
    ts, quality = row.start(place, "datetimeutc")
    ref = _reference(row)
    yield Call(
        key=call_key(ref, gateway=f"llm:{own}"),
        ts=ts,
        ts_quality=quality,
        format=name,
        evidence="transcript",
        model=row.named(model),
        provider=route_of_model(asked) or route_of_model(model),
        tokens=tokens,
        status="error" if failed else "ok",
        provider_ref=ref,
        conversation=row.text("conversationid", "threadid"),
        client="llm",
        tier=tier_of(details.get("service_tier")),
        latency_ms=row.span("durationms"),
        needs_text=needs_text,
        texts=texts,
        line=line,
    )
    yield from row.remarks(line)


def _tokens(row: Row, details: dict[str, Any]) -> Tokens:
    """The two sums, split by the details; zero entries were dropped from these when they were written."""
    given, output = row.count("inputtokens"), row.count("outputtokens")
    if any(name in details for name in _EXCLUSIVE):
        usage, flavour = {**details, "input_tokens": given, "output_tokens": output}, "anthropic"
    elif "prompt_tokens_details" in details or "completion_tokens_details" in details:
        usage, flavour = {**details, "prompt_tokens": given, "completion_tokens": output}, "chat"
    elif any(name.endswith("TokenCount") for name in details):
        return _gemini(row, details, given, output)
    else:
        usage, flavour = {**details, "input_tokens": given, "output_tokens": output}, "responses"
        usage.update(_thinking(details))
    found = usage_tokens(usage, flavour, None)
    if found is None:
        return Tokens()
    tokens, reasons = found
    row.reasons += reasons
    return tokens


def _thinking(details: dict[str, Any]) -> dict[str, Any]:
    """Anthropic's word for reasoning, where caching was off and so nothing else names the plugin."""
    thinking = json_table(details.get("output_tokens_details")).get(
        "thinking_tokens", details.get("thinking_tokens")
    )
    return {} if thinking is None else {"output_tokens_details": {"reasoning_tokens": thinking}}


def _gemini(row: Row, details: dict[str, Any], given: int, output: int) -> Tokens:
    """llm-gemini folded thoughts into the output and tool prompts into the input already."""
    parts = Row(details)
    tokens = parts.inclusive(
        given,
        output,
        read=parts.count("cachedcontenttokencount"),
        reasoning=parts.count("thoughtstokencount"),
    )
    row.reasons += parts.reasons
    return tokens


def _reference(row: Row) -> str | None:
    """The provider's id of the response; from 0.32 on it may be a reference into the messages, an object."""
    reply = row.table("responsejson")
    return clean(reply.get("id")) or clean(reply.get("responseId"))


class LlmJson:
    """What `llm logs --json` prints."""

    id = "llm-json"
    title = "llm logs --json"
    evidence = "the source of llm 0.32, checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Whether a JSON object is a row of it."""
        return is_llm_row(record)

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract; llm writes no CSV
        """Never."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> RowReader:  # noqa: ARG002 - the contract; nothing is open
        """A reader for one file."""
        return RowReader(place, read_row)


class LlmDatabase:
    """llm's `logs.db`."""

    id = "llm-db"
    title = "llm logs.db"
    evidence = "the migrations of llm (m001 to m031), checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:  # noqa: ARG002 - the contract; a database only
        """Never."""
        return False

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract; a database only
        """Never."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> RowReader:  # noqa: ARG002 - the contract; a database only
        """A reader of rows that were taken out of the database."""
        return RowReader(place, read_row)

    def claims_tables(self, tables: Mapping[str, frozenset[str]]) -> bool:
        """Whether a database is a log of llm, of either generation."""
        ours = "conversations" in tables or "_llm_migrations" in tables
        if ours and _NEEDED <= tables.get("responses", frozenset()):
            return True
        ours = "threads" in tables or "_llm_migrations" in tables
        return ours and {*_NEEDED, "tip_message_hash"} <= tables.get("turns", frozenset())

    def read_database(self, connection: sqlite3.Connection, place: Place, after: str = "") -> Iterator[Item]:
        """Its calls by id; with `after`, from an hour before that id on."""
        since = _before(after)
        turns = _columns(connection, "turns")
        responses = _columns(connection, "responses")
        earlier = Conversations(connection, responses)
        if _NEEDED <= turns:
            # A call may stand in both tables; its key must not depend on which of them it is read from.
            elsewhere = []
            if {"id", "response_json"} <= responses and "response_json" not in turns:
                elsewhere.append(("response_json", _REPLY))
            if "id" in responses:
                elsewhere += asked(responses, "responses.")
            more = [
                (name, f"(SELECT {text} FROM responses WHERE responses.id = turns.id)")
                for name, text in elsewhere
            ]
            if "response_json" in turns:
                more.append(("response_json", _REPLY))
            yield from _calls(connection, place, "turns", turns, since, more=more, earlier=earlier)
        if _NEEDED <= responses:
            unless = "AND id NOT IN (SELECT id FROM turns WHERE id IS NOT NULL)" if "id" in turns else ""
            more = asked(responses)
            if "response_json" in responses:
                more.append(("response_json", _REPLY))
            yield from _calls(
                connection, place, "responses", responses, since, unless=unless, more=more, earlier=earlier
            )

    def newest(self, connection: sqlite3.Connection) -> str:
        """The greatest id of a call in either table."""
        found = [
            row[0]
            for table in ("turns", "responses")
            if "id" in _columns(connection, table)
            for row in connection.execute(f"SELECT max(id) FROM {table}")
        ]
        return max((name for name in found if isinstance(name, str)), default="")


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(row[1] for row in connection.execute(f'PRAGMA table_info("{table}")'))


def _calls(
    connection: sqlite3.Connection,
    place: Place,
    table: str,
    there: frozenset[str],
    since: str,
    *,
    unless: str = "",
    more: Sequence[tuple[str, str]] = (),
    earlier: Earlier | None = None,
) -> Iterator[Item]:
    """The rows of one table; `more`: names and the expressions they stand for."""
    names = [name for name in _COLUMNS if name in there]
    columns = [*names, *(expression for _, expression in more)]
    names += [name for name, _ in more]
    query = f"SELECT {', '.join(columns)} FROM {table} WHERE id > ? {unless} ORDER BY id"
    for number, values in enumerate(connection.execute(query, (since,)), 1):
        record = dict(zip(names, values, strict=True))
        yield from read_row(record, place, number, "llm-db", earlier)


def _before(after: str) -> str:
    """An id to read on from: `after`, or for a ULID one whose time is an hour earlier."""
    head = after[:_ULID_TIME].lower()
    if len(after) != 26 or not all(letter in _CROCKFORD for letter in head):
        return after
    ms = 0
    for letter in head:
        ms = ms * 32 + _CROCKFORD.index(letter)
    ms = max(0, ms - _OVERLAP_MS)
    digits = ""
    for _ in range(_ULID_TIME):
        ms, digit = divmod(ms, 32)
        digits = _CROCKFORD[digit] + digits
    return digits.upper() if after[:_ULID_TIME].isupper() else digits


FORMATS = (LlmDatabase(), LlmJson())
