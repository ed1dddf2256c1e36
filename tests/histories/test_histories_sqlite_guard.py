"""A database is a program: nothing in it is run, whatever its schema holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tokmeter.histories._container import open_history
from tokmeter.histories._detect import read_history
from tokmeter.histories._format import Place
from tokmeter.histories._record import Item, Remark
from tokmeter.histories._sqlite import Database, open_database


def build(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Database]:
    """Real tables among everything that looks like one."""
    path = build(
        tmp_path / "mixed.db",
        """
        CREATE TABLE calls (id TEXT PRIMARY KEY, n INTEGER, doubled INTEGER AS (n * 2));
        INSERT INTO calls (id, n) VALUES ('a', 1), ('b', 2);
        CREATE TABLE secret (word TEXT);
        CREATE VIEW responses AS SELECT id, n FROM calls;
        CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c;
        CREATE VIRTUAL TABLE turns USING fts5(text);
        CREATE TRIGGER on_insert AFTER INSERT ON calls BEGIN DELETE FROM calls; END;
        CREATE TABLE only_made (x, y AS (x || x));
        CREATE TABLE "we""ird name" (id TEXT);
        """,
    )
    with open_database(path) as database:
        yield database


def test_only_ordinary_tables_and_stored_columns_are_told(real: Database) -> None:
    tables = {name: set(columns) for name, columns in real.tables.items() if not name.startswith("turns_")}

    assert {"calls": {"id", "n"}, "secret": {"word"}, "only_made": {"x"}, 'we"ird name': {"id"}} == tables


ALLOWED = {
    "columns": "SELECT id, n FROM calls ORDER BY id LIMIT 1",
    "rows": "SELECT count(*) FROM calls",
    "the row number": "SELECT rowid, id FROM calls WHERE id > 'a'",
    "a join": "SELECT a.id FROM calls a LEFT JOIN calls b ON a.n = b.n WHERE a.id NOT IN (SELECT id FROM calls)",
    "plain functions": "SELECT max(id), coalesce(sum(n), 0), length(id), json_extract('{\"a\": 1}', '$.a') FROM calls",
    "columns of a table": "PRAGMA table_info(calls)",
}


@pytest.mark.parametrize("query", ALLOWED.values(), ids=ALLOWED)
def test_reading_tables_is_let_through(real: Database, query: str) -> None:
    assert real.connection.execute(query).fetchall() is not None


def test_a_view_has_no_columns_to_tell(real: Database) -> None:
    assert [] == real.connection.execute("PRAGMA table_info(responses)").fetchall()
    assert ["id", "n"] == [row[1] for row in real.connection.execute('PRAGMA table_info("calls")')]


REFUSED = {
    "a view": "SELECT id FROM responses",
    "rows of a view": "SELECT count(*) FROM responses",
    "an endless view": "SELECT x FROM endless",
    "a virtual table": "SELECT text FROM turns",
    "a column made of another": "SELECT y FROM only_made",
    "a generated column": "SELECT doubled FROM calls",
    "all columns, the generated one among them": "SELECT * FROM calls",
    "a table of functions": "SELECT * FROM json_each('[1]')",
    "another pragma": "PRAGMA writable_schema = ON",
    "going back to writing": "PRAGMA query_only = OFF",
    "writing": "INSERT INTO calls (id) VALUES ('c')",
    "deleting": "DELETE FROM calls",
    "a table of its own": "CREATE TEMP TABLE mine (x)",
    "another file": "ATTACH '/tmp/other.db' AS other",
    "copying itself": "VACUUM INTO '/tmp/copy.db'",
    "an extension": "SELECT load_extension('/tmp/evil.so')",
    "a large value": "SELECT zeroblob(1000000000)",
    "recursion": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "a transaction": "BEGIN IMMEDIATE",
}


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED)
def test_everything_else_is_refused(real: Database, query: str) -> None:
    with pytest.raises(sqlite3.Error):
        real.connection.execute(query).fetchall()


def test_a_schema_that_lies_about_its_kind_is_not_believed(tmp_path: Path) -> None:
    """The row says table, the statement makes a virtual one: such a file can only be made by hand."""
    path = build(
        tmp_path / "lies.db",
        """
        CREATE TABLE responses (id TEXT);
        CREATE TABLE conversations (id TEXT);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET sql = 'CREATE/**/VIRTUAL TABLE responses USING fts5(id)' WHERE name = 'responses';
        """,
    )
    with open_database(path) as database:
        assert ["conversations"] == list(database.tables)


def test_a_query_without_an_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokmeter.histories._sqlite.MOST_STEPS", 3)
    path = build(
        tmp_path / "slow.db", "CREATE TABLE t (n INTEGER);" + "INSERT INTO t VALUES (1), (2), (3);" * 200
    )
    with open_database(path) as database, pytest.raises(sqlite3.OperationalError, match="interrupted"):
        database.connection.execute("SELECT count(*) FROM t a, t b, t c, t d").fetchall()


LLM_VIEWS = """
    CREATE TABLE hidden (id TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER, datetime_utc TEXT);
    INSERT INTO hidden VALUES ('01jk40qkxetedzpf1zd8k9bgww', 'gpt-5', 900, 300, '2026-02-03T10:00:00+00:00');
    CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
    CREATE TABLE _llm_migrations (name TEXT, applied_at TEXT);
"""
LLM_TABLE = """
    CREATE TABLE responses (
      id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, prompt_json TEXT, options_json TEXT, response TEXT,
      response_json TEXT, conversation_id TEXT, duration_ms INTEGER, datetime_utc TEXT,
      input_tokens INTEGER, output_tokens INTEGER, token_details TEXT, schema_id TEXT, resolved_model TEXT);
    INSERT INTO responses (id, model, datetime_utc, input_tokens, output_tokens)
      VALUES ('01jk40qkxetedzpf1zd8k9bgww', 'gpt-5', '2026-02-03T10:00:00+00:00', 900, 300);
"""


def items(path: Path) -> list[tuple[str | None, Item]]:
    return [(format_.id if format_ else None, item) for format_, item in read_history(path)]


def test_views_named_like_our_tables_make_no_history(tmp_path: Path) -> None:
    path = build(tmp_path / "views.db", LLM_VIEWS + "CREATE VIEW responses AS SELECT * FROM hidden;")

    found = items(path)

    detail = "tables _llm_migrations, conversations, hidden"
    assert [(None, Remark(reason="unknown-record", detail=detail))] == found


def test_a_view_beside_the_real_table_adds_nothing(tmp_path: Path) -> None:
    """A view `turns`, where the newer generation has a table: the old table's one call is all there is."""
    path = build(
        tmp_path / "half.db",
        LLM_VIEWS + LLM_TABLE + "CREATE VIEW turns AS SELECT 'x' || id AS id, * FROM responses;",
    )

    calls = [item for _, item in items(path) if not isinstance(item, Remark)]

    assert ["llm:01jk40qkxetedzpf1zd8k9bgww"] == [item.key for item in calls]


def test_triggers_do_not_run(tmp_path: Path) -> None:
    path = build(
        tmp_path / "trigger.db",
        LLM_VIEWS
        + LLM_TABLE
        + "CREATE TRIGGER t AFTER UPDATE ON responses BEGIN DELETE FROM responses; END;",
    )
    before = path.read_bytes()

    found = items(path)

    assert ["llm-db"] == [name for name, item in found if not isinstance(item, Remark)]
    assert before == path.read_bytes()


@pytest.mark.parametrize("where", [100, 2_000, 5_000, 9_000])
def test_a_damaged_database_is_a_sentence(tmp_path: Path, where: int) -> None:
    rows = "".join(
        f"INSERT INTO responses (id, model, input_tokens, output_tokens) VALUES ('id{n}', 'gpt-5', 1, 1);"
        for n in range(300)
    )
    path = build(tmp_path / "damaged.db", LLM_VIEWS + LLM_TABLE + f"BEGIN;{rows}COMMIT;")
    data = bytearray(path.read_bytes())
    data[where : where + 1_500] = b"\xa5" * 1_500
    path.write_bytes(data)

    reasons = {item.reason for _, item in items(path) if isinstance(item, Remark)}

    assert reasons & {"unreadable", "no-time", "unknown-record", "count-invalid"}


def test_a_file_that_only_begins_like_a_database_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "fake.db"
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 20)

    assert [(None, Remark(reason="unreadable", detail="damaged SQLite database"))] == items(path)


def test_a_rollback_journal_is_left_alone(tmp_path: Path) -> None:
    """Its header can name another file, which SQLite would delete when it rolls back."""
    path = build(tmp_path / "calls.db", LLM_VIEWS + LLM_TABLE)
    victim = tmp_path / "victim-mj000001"
    victim.write_bytes(b"precious")
    name = str(victim).encode()
    journal = tmp_path / "calls.db-journal"
    checksum = sum(name) & 0xFFFFFFFF
    journal.write_bytes(
        b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\0" * 504
        + (0x40000000 // 4096 + 1).to_bytes(4, "big") + name + len(name).to_bytes(4, "big")
        + checksum.to_bytes(4, "big") + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    )  # fmt: skip
    before = journal.read_bytes()

    items(path)

    assert b"precious" == victim.read_bytes()
    assert before == journal.read_bytes()


def test_text_that_is_no_utf8_and_huge_numbers_are_read(tmp_path: Path) -> None:
    path = build(
        tmp_path / "odd.db",
        LLM_VIEWS
        + LLM_TABLE
        + """
        UPDATE responses SET model = CAST(x'ff67707435' AS TEXT), input_tokens = 9223372036854775807,
          output_tokens = -1, token_details = '{"a":' || printf('%.100000c', '[');
        """,
    )

    found = items(path)

    assert {"count-invalid"} <= {item.reason for _, item in found if isinstance(item, Remark)}


def test_a_file_name_is_no_address(tmp_path: Path) -> None:
    path = build(tmp_path / "a?mode=rwc#b%41.db", "CREATE TABLE t (x);")

    tables: list[Mapping[str, Any]] = [
        piece.database.tables for piece in open_history(path) if piece.database
    ]

    assert [{"t": frozenset({"x"})}] == tables
    assert [path] == list(tmp_path.iterdir())


def test_the_place_of_a_database_is_its_file(tmp_path: Path) -> None:
    path = build(tmp_path / "logs.db", "CREATE TABLE t (x);")

    expected = Place("logs.db", path.stat().st_mtime_ns // 1_000_000)

    assert [expected] == [piece.place for piece in open_history(path)]
