"""Databases of the `llm` command as its migrations leave them, for tests.

The schemas are those of sqlite-utils after llm's migrations m010 (2023), m013 (2024-11, usage), m019 (2025-05,
resolved model), m022 (reasoning) and m024 (0.32, turns), without the tables that hold no calls.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

MIGRATIONS = "CREATE TABLE [_llm_migrations] (\n   [name] TEXT PRIMARY KEY,\n   [applied_at] TEXT\n);"
CONVERSATIONS = (
    "CREATE TABLE [conversations] (\n   [id] TEXT PRIMARY KEY,\n   [name] TEXT,\n   [model] TEXT\n);"
)
RESPONSES = """CREATE TABLE "responses" (
   [id] TEXT PRIMARY KEY,
   [model] TEXT,
   [prompt] TEXT,
   [system] TEXT,
   [prompt_json] TEXT,
   [options_json] TEXT,
   [response] TEXT,
   [response_json] TEXT,
   [conversation_id] TEXT REFERENCES [conversations]([id]),
   [duration_ms] INTEGER,
   [datetime_utc] TEXT%s
);"""
FTS = """CREATE VIRTUAL TABLE [responses_fts] USING FTS5 (
    [prompt],
    [response],
    content=[responses]
);
CREATE TRIGGER [responses_ai] AFTER INSERT ON [responses] BEGIN
  INSERT INTO [responses_fts] (rowid, [prompt], [response]) VALUES (new.rowid, new.[prompt], new.[response]);
END;"""
USAGE = ",\n   [input_tokens] INTEGER,\n   [output_tokens] INTEGER,\n   [token_details] TEXT"
SCHEMAS = ",\n   [schema_id] TEXT"
RESOLVED = ",\n   [resolved_model] TEXT"
REASONING = ",\n   [reasoning] TEXT"
TURNS = """CREATE TABLE "messages" (
   "hash" TEXT PRIMARY KEY,
   "parent_hash" TEXT REFERENCES "messages"("hash"),
   "role" TEXT,
   "provider_metadata" TEXT
);
CREATE TABLE "threads" (
   "id" TEXT PRIMARY KEY,
   "name" TEXT,
   "tip_message_hash" TEXT REFERENCES "messages"("hash"),
   "forked_from" TEXT REFERENCES "messages"("hash"),
   "datetime_utc" TEXT
);
CREATE TABLE "turns" (
   "id" TEXT PRIMARY KEY,
   "thread_id" TEXT REFERENCES "threads"("id"),
   "parent_message_hash" TEXT REFERENCES "messages"("hash"),
   "tip_message_hash" TEXT REFERENCES "messages"("hash"),
   "model" TEXT,
   "resolved_model" TEXT,
   "options_json" TEXT,
   "schema_id" TEXT,
   "input_tokens" INTEGER,
   "output_tokens" INTEGER,
   "token_details" TEXT,
   "duration_ms" INTEGER,
   "datetime_utc" TEXT%s
);"""

SCHEMA_OF = {
    "2023": (RESPONSES % "",),
    "2024": (RESPONSES % USAGE,),
    "2025": (RESPONSES % (USAGE + SCHEMAS + RESOLVED),),
    "0.31": (RESPONSES % (USAGE + SCHEMAS + RESOLVED + REASONING), FTS),
    "0.32": (RESPONSES % (USAGE + SCHEMAS + RESOLVED + REASONING), FTS, TURNS % ""),
    "0.32 alpha": (
        RESPONSES % (USAGE + SCHEMAS + RESOLVED + REASONING),
        FTS,
        TURNS % ',\n   "response_json" TEXT,\n   "error" TEXT',
    ),
}


def write_logs(
    path: Path,
    version: str,
    *,
    responses: Iterable[Mapping[str, Any]] = (),
    turns: Iterable[Mapping[str, Any]] = (),
) -> Path:
    """A logs.db of that version with these rows."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("\n".join((MIGRATIONS, CONVERSATIONS, *SCHEMA_OF[version])))
        for table, rows in (("responses", responses), ("turns", turns)):
            for row in rows:
                names, marks = ", ".join(row), ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))
        connection.commit()
    return path
