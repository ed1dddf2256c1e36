"""The `llm` command's logs of every version; one test for each rule."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from histories.gateway_rows import MTIME, PLACE, TEN, calls, format_of, read, reasons
from histories.llm_logs import SCHEMA_OF, write_logs
from tokmeter.histories import llm_cli
from tokmeter.histories._record import Call, Item, Tokens
from tokmeter.histories._sqlite import open_database

JSON = format_of(llm_cli.FORMATS, "llm-json")
[DATABASE] = [one for one in llm_cli.FORMATS if isinstance(one, llm_cli.LlmDatabase)]

S5 = {
    "id": "01jk40qkxetedzpf1zd8k9bgww",
    "model": "o4-mini",
    "input_tokens": 900,
    "output_tokens": 300,
    "token_details": '{"prompt_tokens_details":{"cached_tokens":512},"completion_tokens_details":{"reasoning_tokens":256}}',
    "duration_ms": 4100,
    "datetime_utc": "2026-02-03T10:00:00+00:00",
}
"""Sample S5 as the columns of a row."""


def row(**fields: Any) -> dict[str, Any]:
    """S5 with other fields; None leaves a column out."""
    return {name: value for name, value in (S5 | fields).items() if value is not None}


def read_logs(path: Path, after: str = "") -> list[Item]:
    """What a database gives, opened as an import opens it."""
    with open_database(path) as database:
        assert DATABASE.claims_tables(database.tables)
        return list(DATABASE.read_database(database.connection, PLACE, after))


@pytest.mark.parametrize("version", ["2024", "2025", "0.31", "0.32", "0.32 alpha"])
def test_sample_s5_gives_its_row(tmp_path: Path, version: str) -> None:
    expected = Call(
        key="llm:01jk40qkxetedzpf1zd8k9bgww",
        ts=TEN,
        format="llm-db",
        evidence="transcript",
        model="o4-mini",
        provider="openai",
        tokens=Tokens(uncached_input=388, cache_read=512, output=300, reasoning=256),
        client="llm",
        latency_ms=4100,
        line=1,
    )

    assert [expected] == read_logs(write_logs(tmp_path / "logs.db", version, responses=[S5]))


def test_a_turn_of_the_second_generation_gives_the_same_call(tmp_path: Path) -> None:
    turn = row(thread_id="01jk40qk00000000000000000t", parent_message_hash="b2:1", tip_message_hash="b2:2")
    [call] = calls(read_logs(write_logs(tmp_path / "logs.db", "0.32", turns=[turn])))

    assert ("llm:01jk40qkxetedzpf1zd8k9bgww", TEN, "01jk40qk00000000000000000t") == (
        call.key,
        call.ts,
        call.conversation,
    )
    assert Tokens(uncached_input=388, cache_read=512, output=300, reasoning=256) == call.tokens


def test_a_call_in_both_tables_is_read_once_and_keyed_by_its_response(tmp_path: Path) -> None:
    """The key must be the same as before the second generation came and wrote its table."""
    reply = json.dumps({"id": "chatcmpl-0123456789abcdef", "content": "secret"})
    old = row(response_json=reply)
    alone = calls(read_logs(write_logs(tmp_path / "old.db", "0.31", responses=[old])))
    both = calls(read_logs(write_logs(tmp_path / "new.db", "0.32", responses=[old], turns=[S5])))

    assert ["resp:chatcmpl-0123456789abcdef"] == [call.key for call in alone]
    assert alone == both


def test_both_tables_are_read(tmp_path: Path) -> None:
    later = row(id="01kk40qkxetedzpf1zd8k9bgww")
    found = calls(read_logs(write_logs(tmp_path / "logs.db", "0.32", responses=[S5], turns=[later])))

    assert {f"llm:{S5['id']}", f"llm:{later['id']}"} == {call.key for call in found}


def test_a_log_from_before_counts_were_kept_holds_text_to_be_tokenized(tmp_path: Path) -> None:
    old = {name: S5[name] for name in ("id", "model", "duration_ms", "datetime_utc")}
    path = write_logs(
        tmp_path / "logs.db", "2023", responses=[old | {"prompt": "a secret", "response": "told"}]
    )
    [call] = calls(read_logs(path))

    assert (True, Tokens(), "ok", 4100) == (call.needs_text, call.tokens, call.status, call.latency_ms)
    assert "secret" not in repr(call)


@pytest.mark.parametrize(
    ("fields", "tokens", "needs_text"),
    [
        ({"input_tokens": None, "output_tokens": None, "token_details": None}, Tokens(), True),
        ({"output_tokens": None, "token_details": None}, Tokens(uncached_input=900), True),
        ({"input_tokens": 0, "output_tokens": 0, "token_details": None}, Tokens(), False),
    ],
    ids=["none", "one side", "zeros are counts"],
)
def test_a_row_without_counts_needs_its_text(
    tmp_path: Path, fields: dict[str, Any], tokens: Tokens, needs_text: bool
) -> None:
    [call] = calls(read_logs(write_logs(tmp_path / "logs.db", "0.31", responses=[row(**fields)])))

    assert (tokens, needs_text) == (call.tokens, call.needs_text)


PLUGINS: dict[str, tuple[str, dict[str, Any], Tokens]] = {
    "OpenAI chat": (
        "gpt-5",
        {
            "prompt_tokens_details": {"cached_tokens": 600},
            "completion_tokens_details": {"reasoning_tokens": 50},
        },
        Tokens(uncached_input=300, cache_read=600, output=300, reasoning=50),
    ),
    "OpenAI chat, reasoning alone": (
        "gpt-5",
        {"completion_tokens_details": {"reasoning_tokens": 50}},
        Tokens(uncached_input=900, output=300, reasoning=50),
    ),
    "OpenAI responses": (
        "gpt-5",
        {"input_tokens_details": {"cached_tokens": 600}, "output_tokens_details": {"reasoning_tokens": 50}},
        Tokens(uncached_input=300, cache_read=600, output=300, reasoning=50),
    ),
    "Anthropic with a cache": (
        "anthropic/claude-sonnet-4-5",
        {
            "cache_read_input_tokens": 600,
            "cache_creation_input_tokens": 70,
            "cache_creation": {"ephemeral_1h_input_tokens": 70},
        },
        Tokens(uncached_input=900, cache_read=600, creation_1h=70, output=300),
    ),
    "Anthropic, lifetime unknown": (
        "anthropic/claude-sonnet-4-5",
        {"cache_creation_input_tokens": 70},
        Tokens(uncached_input=900, creation_5m=70, output=300),
    ),
    "Anthropic without a cache": (
        "anthropic/claude-sonnet-4-5",
        {"output_tokens_details": {"thinking_tokens": 40}, "service_tier": "priority"},
        Tokens(uncached_input=900, output=300, reasoning=40),
    ),
    "Anthropic searching": (
        "anthropic/claude-sonnet-4-5",
        {"cache_read_input_tokens": 600, "server_tool_use": {"web_search_requests": 2}},
        Tokens(uncached_input=900, cache_read=600, output=300, web_searches=2),
    ),
    "Gemini": (
        "gemini-2.5-pro",
        {
            "cachedContentTokenCount": 600,
            "thoughtsTokenCount": 200,
            "candidatesTokenCount": 100,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 900}],
        },
        Tokens(uncached_input=300, cache_read=600, output=300, reasoning=200),
    ),
    "Ollama": ("llama3.2:latest", {}, Tokens(uncached_input=900, output=300)),
}


@pytest.mark.parametrize(("model", "details", "expected"), PLUGINS.values(), ids=PLUGINS)
@pytest.mark.parametrize("as_text", [True, False], ids=["text", "object"])
def test_a_plugins_details_split_the_sums(
    model: str, details: dict[str, Any], expected: Tokens, as_text: bool
) -> None:
    given = json.dumps(details) if as_text else details
    [call] = calls(read(JSON, row(model=model, token_details=given)))

    assert expected == call.tokens


@pytest.mark.parametrize(
    ("model", "resolved", "expected"),
    [
        ("o4-mini", None, ("openai", "o4-mini")),
        ("gemini-flash-latest", "gemini-2.5-flash", ("google", "gemini-2.5-flash")),
        ("anthropic/claude-opus-4-0", None, ("anthropic", "anthropic/claude-opus-4-0")),
        ("openrouter/anthropic/claude-opus-4", "claude-opus-4", ("openrouter", "claude-opus-4")),
        ("groq/llama-3.3-70b", None, ("groq", "groq/llama-3.3-70b")),
        ("llama3.2:latest", None, (None, "llama3.2:latest")),
        ("my-plugin-model", "gpt-5-2025-08-07", ("openai", "gpt-5-2025-08-07")),
    ],
)
def test_the_provider_is_told_by_the_name_asked_for_and_the_model_by_the_name_resolved(
    model: str, resolved: str | None, expected: tuple[str | None, str]
) -> None:
    [call] = calls(read(JSON, row(model=model, resolved_model=resolved)))

    assert expected == (call.provider, call.model)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ('{"id":"chatcmpl-0123456789abcdef"}', "resp:chatcmpl-0123456789abcdef"),
        ('{"responseId":"sampleSAMPLEsample0001"}', "resp:sampleSAMPLEsample0001"),
        ('{"id":"chatcmpl-417"}', "llm:01jk40qkxetedzpf1zd8k9bgww"),
        ('{"id":{"$":"text:1"}}', "llm:01jk40qkxetedzpf1zd8k9bgww"),
        ("{broken", "llm:01jk40qkxetedzpf1zd8k9bgww"),
        ("[1]", "llm:01jk40qkxetedzpf1zd8k9bgww"),
    ],
    ids=["OpenAI", "Gemini", "too short", "a reference", "no JSON", "no object"],
)
def test_a_long_response_id_is_the_key(tmp_path: Path, reply: str, expected: str) -> None:
    path = write_logs(tmp_path / "logs.db", "0.31", responses=[row(response_json=reply)])
    [call] = calls(read_logs(path))

    assert expected == call.key


def test_a_failed_turn_is_kept_without_tokens(tmp_path: Path) -> None:
    turn = row(input_tokens=None, output_tokens=None, token_details=None, error="overloaded")
    [call] = calls(read_logs(write_logs(tmp_path / "logs.db", "0.32 alpha", turns=[turn])))

    assert ("error", Tokens(), False) == (call.status, call.tokens, call.needs_text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-03T10:00:00+00:00", TEN),
        ("2026-02-03T10:00:00", TEN),
        ("2026-02-03 10:00:00.250000", TEN + 250),
        ("2026-02-03T11:00:00+01:00", TEN),
    ],
)
def test_a_time_without_offset_is_utc(text: str, expected: int) -> None:
    [call] = calls(read(JSON, row(datetime_utc=text)))

    assert expected == call.ts


def test_a_time_that_is_none_is_the_files() -> None:
    items = read(JSON, row(datetime_utc="soon"))
    [call] = calls(items)

    assert (MTIME, "file", ["no-time"]) == (call.ts, call.ts_quality, reasons(items))


# ULIDs of 2026-02-03T08:00, 09:30 and 10:00 UTC: the first ten characters are the time.
EIGHT, HALF_PAST_NINE, AT_TEN = "01kgh87y00", "01kghdcqe0", "01kghf3n80"


def test_reading_on_goes_an_hour_back_for_a_slow_call_that_ended_late(tmp_path: Path) -> None:
    rest = "0000000000000001"
    stored = [row(id=head + rest) for head in (EIGHT, HALF_PAST_NINE, AT_TEN)]
    path = write_logs(tmp_path / "logs.db", "0.31", responses=stored)
    found = [call.key for call in calls(read_logs(path, after=AT_TEN + rest))]

    assert [f"llm:{HALF_PAST_NINE}{rest}", f"llm:{AT_TEN}{rest}"] == found


def test_reading_on_behind_an_id_that_is_no_ulid_starts_behind_it(tmp_path: Path) -> None:
    path = write_logs(tmp_path / "logs.db", "0.31", responses=[row(id="a"), row(id="b"), row(id="c")])

    assert ["llm:c"] == [call.key for call in calls(read_logs(path, after="b"))]


@pytest.mark.parametrize("version", SCHEMA_OF)
def test_a_log_of_any_version_is_claimed(tmp_path: Path, version: str) -> None:
    with open_database(write_logs(tmp_path / "logs.db", version)) as database:
        assert DATABASE.claims_tables(database.tables)
        assert [] == list(DATABASE.read_database(database.connection, PLACE))


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE responses (id TEXT, body TEXT); CREATE TABLE conversations (id TEXT);",
        "CREATE TABLE responses (id TEXT, model TEXT, datetime_utc TEXT);",
        "CREATE TABLE turns (id INTEGER, model TEXT, datetime_utc TEXT, session_id TEXT); CREATE TABLE threads (id);",
        (
            "CREATE TABLE data (id TEXT, model TEXT, datetime_utc TEXT); CREATE TABLE conversations (id TEXT);"
            "CREATE VIEW responses AS SELECT * FROM data;"
        ),
    ],
    ids=["a survey", "no conversations", "a game", "a view by that name"],
)
def test_another_programs_tables_by_these_names_are_not_claimed(tmp_path: Path, script: str) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    with open_database(path) as database:
        assert not DATABASE.claims_tables(database.tables)


def test_cells_of_any_type_are_read_without_an_error(tmp_path: Path) -> None:
    """SQLite lets every type into every column."""
    odd: list[dict[str, Any]] = [
        {**S5, "id": "a", "input_tokens": "many", "output_tokens": -3},
        {**S5, "id": "b", "token_details": b"\xff\x00", "datetime_utc": 12},
        {**S5, "id": "c", "model": b"\xff", "duration_ms": "slow", "token_details": "[]"},
        {**S5, "id": b"\x00\x01", "model": None},
        {**S5, "id": "e", "input_tokens": 2**62, "output_tokens": 1.5},
    ]
    items = read_logs(write_logs(tmp_path / "logs.db", "0.31", responses=odd))
    found = {call.key: call for call in calls(items)}

    assert {"llm:a", "llm:b", "llm:c", "llm:e"} == set(found)
    assert (
        Tokens(cache_read=512),
        "unknown",
        None,
    ) == (  # of sums that are none, what the details say is left
        found["llm:a"].tokens,
        found["llm:c"].model,
        found["llm:c"].latency_ms,
    )
    assert {"count-invalid", "no-model", "unknown-record", "no-time"} <= set(reasons(items))


def test_a_row_of_llm_logs_json_gives_the_call_of_the_database(tmp_path: Path) -> None:
    """It prints the columns, the details decoded, and the conversation beside them."""
    path = write_logs(
        tmp_path / "logs.db", "0.31", responses=[row(conversation_id="01jk40qk00000000000000000c")]
    )
    [stored] = calls(read_logs(path))
    printed = {
        **S5,
        "token_details": json.loads(str(S5["token_details"])),
        "conversation_id": "01jk40qk00000000000000000c",
        "conversation_name": "a secret question",
        "conversation_model": "o4-mini",
        "prompt": "a secret question",
        "system": None,
        "prompt_fragments": [],
        "response": "an answer",
        "schema_json": None,
    }
    [call] = calls(read(JSON, printed))

    assert JSON.claims(printed)
    assert "secret" not in repr(call)
    assert (stored.key, stored.ts, stored.tokens, stored.conversation) == (
        call.key,
        call.ts,
        call.tokens,
        call.conversation,
    )


def test_rows_in_a_csv_are_nobodys() -> None:
    names = frozenset({"conversation_id", "duration_ms", "datetime_utc"})

    assert [False, False] == [one.claims_header(names) for one in llm_cli.FORMATS]
