"""The tables of the ledger and how an older ledger becomes a current one. Migrations are append-only.

Facts (`entry`, `event`, `rate_limit`) hold integers and identities only; low-cardinality text is kept once
in `origin` and `sku`. The view `entries` shows every entry under the field names of the export contract.
In `origin`, `sku` and `limit_window` an unknown text is '' (so that UNIQUE works); the view gives NULL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

SCHEMA_VERSION = 3
"""`PRAGMA user_version` of a current ledger; equals the number of migrations."""

M001 = """
CREATE TABLE origin (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    session_id TEXT NOT NULL DEFAULT '',
    parent_session_id TEXT NOT NULL DEFAULT '',
    root_session_id TEXT NOT NULL DEFAULT '',
    agent_id TEXT NOT NULL DEFAULT '',
    project TEXT NOT NULL DEFAULT '',
    git_branch TEXT NOT NULL DEFAULT '',
    client TEXT NOT NULL DEFAULT '',
    client_version TEXT NOT NULL DEFAULT '',
    UNIQUE (source, session_id, parent_session_id, root_session_id, agent_id, project, git_branch,
            client, client_version)
);
CREATE TABLE sku (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    model_raw TEXT NOT NULL,
    service_tier TEXT NOT NULL DEFAULT '',
    speed TEXT NOT NULL DEFAULT '',
    inference_geo TEXT NOT NULL DEFAULT '',
    effort TEXT NOT NULL DEFAULT '',
    UNIQUE (provider, model, model_raw, service_tier, speed, inference_geo, effort)
);
-- Unit prices as they were used. Never edited: a price change makes a new row.
CREATE TABLE rate (
    id INTEGER PRIMARY KEY,
    sku_id INTEGER NOT NULL REFERENCES sku (id),
    valid_from INTEGER NOT NULL,
    valid_to INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    prices_source TEXT NOT NULL,
    prices_version TEXT NOT NULL,
    price_quality TEXT NOT NULL,
    unit_prices TEXT NOT NULL
);
CREATE INDEX rate_sku ON rate (sku_id, fingerprint);
CREATE TABLE log_file (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    identity TEXT NOT NULL,
    path TEXT NOT NULL,
    dev INTEGER NOT NULL,
    ino INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    head_hash BLOB NOT NULL,
    tail_hash BLOB NOT NULL,
    state BLOB NOT NULL,
    waiting_for TEXT,
    unknown_types TEXT,
    read_at INTEGER NOT NULL,
    UNIQUE (source, identity)
);
-- hash = 64-bit hash of key. Counts in tokens, times in UTC milliseconds, money in nano-USD.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL UNIQUE,
    key TEXT NOT NULL,
    ts INTEGER NOT NULL,
    origin_id INTEGER NOT NULL REFERENCES origin (id),
    sku_id INTEGER NOT NULL REFERENCES sku (id),
    uncached_input_tokens INTEGER NOT NULL CHECK (uncached_input_tokens >= 0),
    cache_read_input_tokens INTEGER NOT NULL CHECK (cache_read_input_tokens >= 0),
    cache_creation_5m_input_tokens INTEGER NOT NULL CHECK (cache_creation_5m_input_tokens >= 0),
    cache_creation_1h_input_tokens INTEGER NOT NULL CHECK (cache_creation_1h_input_tokens >= 0),
    output_tokens INTEGER NOT NULL CHECK (output_tokens >= 0),
    reasoning_output_tokens INTEGER NOT NULL
        CHECK (reasoning_output_tokens BETWEEN 0 AND output_tokens),
    web_searches INTEGER NOT NULL,
    -- searches that only the tool results told of; they count where web_searches is 0
    linked_searches INTEGER NOT NULL DEFAULT 0,
    count_basis INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    owner_rank INTEGER NOT NULL,
    sku_ts INTEGER NOT NULL,
    turn_id TEXT,
    evidence_rank INTEGER NOT NULL,
    -- 1: better evidence of the same tokens stands in another entry; kept for explain, never summed
    superseded INTEGER NOT NULL DEFAULT 0,
    reported_cost_nanousd INTEGER,
    list_cost_nanousd INTEGER,
    rate_id INTEGER,
    file_id INTEGER NOT NULL REFERENCES log_file (id),
    first_line INTEGER NOT NULL,
    last_line INTEGER NOT NULL
);
CREATE INDEX entry_ts ON entry (ts);
CREATE INDEX entry_origin ON entry (origin_id);
-- Further files in which an entry's readings stand.
CREATE TABLE evidence (
    entry_id INTEGER NOT NULL,
    file_id INTEGER NOT NULL,
    first_line INTEGER NOT NULL,
    last_line INTEGER NOT NULL,
    PRIMARY KEY (entry_id, file_id)
) WITHOUT ROWID;
-- hash = 64-bit hash of kind and key; kind indexes EVENT_KINDS of core/event.py.
-- entry_hash: the response that caused it, also while that is not in the ledger.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL UNIQUE,
    kind INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    origin_id INTEGER NOT NULL REFERENCES origin (id),
    turn_id TEXT,
    entry_hash INTEGER,
    name TEXT,
    status TEXT,
    input_bytes INTEGER NOT NULL,
    result_bytes INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    tokens_before INTEGER NOT NULL,
    tokens_after INTEGER NOT NULL,
    until INTEGER NOT NULL,
    file_id INTEGER NOT NULL,
    line INTEGER NOT NULL
);
CREATE INDEX event_ts ON event (ts);
CREATE INDEX event_searches ON event (entry_hash) WHERE kind = 1 AND count > 0;
-- How full a window was whenever that changed, as the assistants' logs tell it.
CREATE TABLE limit_window (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    limit_id TEXT NOT NULL,
    window_minutes INTEGER NOT NULL,
    plan_type TEXT NOT NULL DEFAULT '',
    UNIQUE (source, limit_id, window_minutes, plan_type)
);
CREATE TABLE rate_limit (
    window_id INTEGER NOT NULL REFERENCES limit_window (id),
    ts INTEGER NOT NULL,
    used_percent REAL NOT NULL,
    resets_at INTEGER,
    PRIMARY KEY (window_id, ts)
) WITHOUT ROWID;
CREATE TABLE problem (
    source TEXT NOT NULL,
    path TEXT NOT NULL,
    line INTEGER NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (source, path, line, code, detail)
) WITHOUT ROWID;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW entries AS
SELECT e.key, o.source, e.ts,
    nullif(o.session_id, '') AS session_id,
    nullif(o.parent_session_id, '') AS parent_session_id,
    nullif(o.root_session_id, '') AS root_session_id,
    nullif(o.agent_id, '') AS agent_id,
    nullif(o.project, '') AS project,
    nullif(o.git_branch, '') AS git_branch,
    s.provider, s.model, s.model_raw,
    e.uncached_input_tokens, e.cache_read_input_tokens,
    e.cache_creation_5m_input_tokens, e.cache_creation_1h_input_tokens,
    e.output_tokens, e.reasoning_output_tokens,
    CASE WHEN e.web_searches > 0 THEN e.web_searches ELSE e.linked_searches END AS web_searches,
    nullif(s.service_tier, '') AS service_tier,
    nullif(s.speed, '') AS speed,
    nullif(s.inference_geo, '') AS inference_geo,
    nullif(s.effort, '') AS effort,
    nullif(o.client, '') AS client,
    nullif(o.client_version, '') AS client_version,
    e.count_basis, e.flags, e.turn_id,
    e.reported_cost_nanousd, e.list_cost_nanousd,
    r.prices_source, r.prices_version, r.price_quality,
    e.uncached_input_tokens + e.cache_read_input_tokens + e.cache_creation_5m_input_tokens
        + e.cache_creation_1h_input_tokens AS input_tokens,
    e.uncached_input_tokens + e.cache_read_input_tokens + e.cache_creation_5m_input_tokens
        + e.cache_creation_1h_input_tokens + e.output_tokens AS total_tokens,
    e.id, e.file_id, e.first_line, e.last_line
FROM entry e
JOIN origin o ON o.id = e.origin_id
JOIN sku s ON s.id = e.sku_id
LEFT JOIN rate r ON r.id = e.rate_id
WHERE e.superseded = 0;
"""


M002 = """
-- superseded became bits: 1 better evidence in the same turn, 2 the same call in another history.
-- Whatever is not 0 is never summed.
-- What a history told of a call (core/call.py). `twin` is the hash that copies of one response share;
-- origin and cost are the history's own: the entry may show those of another copy.
CREATE TABLE call (
    entry_id INTEGER PRIMARY KEY,
    twin INTEGER,
    evidence INTEGER NOT NULL,
    origin_id INTEGER NOT NULL,
    cost_nanousd INTEGER,
    cost_kind INTEGER,
    latency_ms INTEGER,
    api_key TEXT,
    user TEXT
);
CREATE INDEX call_twin ON call (twin);
CREATE INDEX call_loose ON call (origin_id) WHERE evidence = 3 AND twin IS NULL;
CREATE TABLE statement (
    id INTEGER PRIMARY KEY,
    hash INTEGER NOT NULL UNIQUE,
    key TEXT NOT NULL,
    format TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    model_raw TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    uncached_input_tokens INTEGER NOT NULL,
    cache_read_input_tokens INTEGER NOT NULL,
    cache_creation_5m_input_tokens INTEGER NOT NULL,
    cache_creation_1h_input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_output_tokens INTEGER NOT NULL,
    web_searches INTEGER NOT NULL,
    requests INTEGER,
    amount_nano INTEGER,
    amount_kind INTEGER,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    service_tier TEXT NOT NULL,
    speed TEXT NOT NULL,
    inference_geo TEXT NOT NULL,
    context_window TEXT NOT NULL,
    project TEXT NOT NULL,
    api_key TEXT NOT NULL,
    user TEXT NOT NULL,
    line INTEGER NOT NULL,
    file_id INTEGER NOT NULL
);
CREATE INDEX statement_day ON statement (provider, start_ms);
"""

M003 = """
-- What the texts in the logs measure, counted on request (ingest/measuring.py): numbers, never text.
-- `version` is that of the rules; a log is measured anew when it, the size or the time differs.
CREATE TABLE measured (
    file_id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    measured_at INTEGER NOT NULL
);
CREATE TABLE tool (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    server TEXT NOT NULL,
    UNIQUE (name, server)
);
CREATE TABLE file_path (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
-- A text that entered a context (sources/_content.py); kind indexes PIECE_KINDS of core/piece.py; `tokens` by
-- o200k_base, whatever the model; `bytes` of UTF-8. `position` orders pieces and outputs of one log.
CREATE TABLE context_piece (
    file_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    context TEXT NOT NULL,
    kind INTEGER NOT NULL,
    tool_id INTEGER,
    path_id INTEGER,
    tokens INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (file_id, position)
) WITHOUT ROWID;
-- The visible output of one response, as it stands in one log; `entry_id` may stand in several.
-- *_tokens by o200k_base; `visible_tokens` by the model's own tokenizer and formula, NULL where that is not
-- here.
CREATE TABLE visible_output (
    file_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    line INTEGER NOT NULL,
    context TEXT NOT NULL,
    entry_id INTEGER NOT NULL,
    text_tokens INTEGER NOT NULL,
    call_tokens INTEGER NOT NULL,
    thinking_tokens INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    thinking_blocks INTEGER NOT NULL,
    final INTEGER NOT NULL,
    visible_tokens INTEGER,
    -- the same with its thinking, where the log shows all of that, or there is none
    explained_tokens INTEGER,
    -- the client changed the calls for the log; the counts are those of the form that was billed
    rewritten INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (file_id, position)
) WITHOUT ROWID;
CREATE INDEX visible_output_entry ON visible_output (entry_id);
-- Responses whose final output count was never written, and what their visible text says it was: beside the
-- totals, never inside. `basis` indexes COUNT_BASES of core/usage.py, `error` is the p90 error of one message
-- as a share; the cost is that of the missing part, NULL where there is no price. With `lower_bound` there
-- was thinking whose text is not in the log. Nothing missing: the log was whole after all. Derived, made anew
-- when the meta value `cut_output` says `stale`.
CREATE TABLE cut_output (
    entry_id INTEGER PRIMARY KEY,
    output_tokens INTEGER NOT NULL,
    missing_tokens INTEGER NOT NULL,
    missing_nanousd INTEGER,
    basis INTEGER NOT NULL,
    error REAL NOT NULL,
    lower_bound INTEGER NOT NULL
);
-- The p90 error of a count that was made from a call's text, as a share; NULL where counts are reported.
ALTER TABLE call ADD COLUMN count_error REAL;
-- How a model's tokens follow from a base tokenizer's, fitted on the user's own logs.
CREATE TABLE calibration (
    family TEXT PRIMARY KEY,
    base TEXT NOT NULL,
    slope REAL NOT NULL,
    per_call REAL NOT NULL,
    constant REAL NOT NULL,
    messages INTEGER NOT NULL,
    median_error REAL NOT NULL,
    p90_error REAL NOT NULL,
    bias REAL NOT NULL,
    fitted_ms INTEGER NOT NULL
) WITHOUT ROWID;
"""


def migrate(database: Database) -> None:
    """Bring `database` to SCHEMA_VERSION; each migration is one transaction and is recorded."""
    from sqlite_utils import Migrations  # noqa: PLC0415 - imported only when there is something to migrate

    migrations = Migrations("tokmeter")

    @migrations()
    def m001_initial(db: Database) -> None:
        for statement in _statements(M001):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")

    @migrations()
    def m002_calls_and_statements(db: Database) -> None:
        for statement in _statements(M002):
            db.execute(statement)
        db.execute("PRAGMA user_version = 2")

    @migrations()
    def m003_measures(db: Database) -> None:
        for statement in _statements(M003):
            db.execute(statement)
        db.execute("PRAGMA user_version = 3")

    migrations.apply(database)


def _statements(script: str) -> list[str]:
    """The statements of a script, one by one: `executescript` would commit in between."""
    return [part for part in (piece.strip() for piece in _uncommented(script).split(";")) if part]


def _uncommented(script: str) -> str:
    return "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("--"))
