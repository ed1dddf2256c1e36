"""`tokmeter session ID`: one conversation from its first prompt to its last response."""

from __future__ import annotations

from datetime import tzinfo

from tokmeter.core.errors import UsageError
from tokmeter.core.spans import Period, iso, of_instants
from tokmeter.metrics.conversation import session_ids
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.mix import shares
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.sessions import SessionDetail, session
from tokmeter.metrics.totals import Sums
from tokmeter.reports.closing import closing
from tokmeter.reports.dates import moment
from tokmeter.reports.document import Column, Line, Piece, Report, Table, Value, line, words
from tokmeter.reports.headline import spent, totals_line
from tokmeter.reports.labels import place, project_names, short_ids, source_title
from tokmeter.reports.numbers import ago, plural
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.records import record_table, sums_data

_FIGURES = (
    Column("list_cost", "Cost", "money"),
    Column("share", "Share", "share", drop=2),
    Column("total_tokens", "Tokens", "tokens", drop=1),
    Column("requests", "Requests", "count", drop=3),
    Column("uncached_input_tokens", "Input", "tokens", drop=6),
    Column("cache_read_input_tokens", "Cache rd", "tokens", drop=5),
    Column("output_tokens", "Output", "tokens", drop=4),
)
_TOOLS = (
    Column("tool", "Tool", "text"),
    Column("calls", "Calls", "count"),
    Column("failed", "Failed", "count", drop=2),
    Column("result_bytes", "Result bytes", "count", drop=1),
)
_LOGS = (Column("place", "", "place"),)
_EVENTS = (
    ("prompt", "prompt", "prompts"),
    ("tool_call", "tool call", "tool calls"),
    ("subagent_start", "subagent", "subagents"),
    ("interrupt", "interrupt", "interrupts"),
    ("api_error", "API error", "API errors"),
    ("limit_hit", "limit hit", "limit hits"),
    ("compaction", "compaction", "compactions"),
    ("rollback", "rollback", "rollbacks"),
)


def find_session(connection: Connection, text: str) -> tuple[str, str]:
    """(source, session id) of the one conversation that `text` begins; a `UsageError` if it is not one."""
    found = session_ids(connection, text) if text else []
    if len(found) == 1:
        return found[0]
    same = [pair for pair in found if pair[1] == text]
    if len(same) == 1:
        return same[0]
    if not found:
        raise UsageError(f"No session begins with {text!r}.", "All sessions: tokmeter sessions all")
    some = ", ".join(session_id for _, session_id in found[:5])
    raise UsageError(
        f"{text!r} is the beginning of several sessions: {some}{' …' if len(found) > 5 else ''}.",
        f"Write more of it: tokmeter session {found[0][1]}",
    )


def build_session(
    connection: Connection, session_text: str, now_ms: int, tz: tzinfo, options: Options = DEFAULTS
) -> Report:
    """One conversation, subagents included: models, agents, tools, prompts and time of work."""
    source, session_id = find_session(connection, session_text)
    found = session(connection, source, session_id)
    period = of_instants(found.first_ms, found.last_ms + 1, tz)
    short = short_ids(list(found.by_agent))
    by_agent = {short[agent] or "(main)": sums for agent, sums in found.by_agent.items()}
    tables = [_group_table("models", "Model", found.by_model)]
    if len(by_agent) > 1:
        tables.append(_group_table("agents", "Agent", by_agent))
    if found.events_of("tool_call"):
        tables.append(_tool_table(found))
    places = tuple((place(path, home=options.home),) for path, _ in found.files)
    if places:
        tables.append(Table("logs", "Read from", _LOGS, places))
    whole = Filter(found.first_ms, found.last_ms + 1, sources=(source,))
    last_sync = options.last_sync_ms
    return Report(
        "tokmeter.session/1",
        _title(found, tz),
        "" if last_sync is None else f"synced {ago(now_ms - last_sync)}",
        "" if last_sync is None else f"synced {ago(now_ms - last_sync)}",
        period,
        {},
        now_ms,
        (totals_line(found.total, None), _time_line(found, period)),
        tuple(tables),
        (),
        closing(integrity(connection, whole, found.total, found.by_model)),
        record_table(("model",), [((model,), sums) for model, sums in found.by_model.items()]),
        _data(found),
    )


def _title(found: SessionDetail, tz: tzinfo) -> Line:
    names = project_names(found.projects)
    parts = [words(name) for name in list(names.values())[:1]]
    return line(
        (words("Session ", "strong"), words(found.session, "strong")),
        words(source_title(found.source)),
        *parts,
        words(moment(found.first_ms, tz)),
    )


def _time_line(found: SessionDetail, period: Period) -> Line:
    groups = [
        (Piece(found.active_ms, "duration"), words(" of work")),
        (words("within "), Piece(period.end_ms - period.start_ms, "duration")),
    ]
    for kind, one, many in _EVENTS:
        count = found.events_of(kind)
        if count:
            groups.append((Piece(count, "count"), words(f" {plural(count, one, many)}")))
    return Line(tuple(groups))


def _group_table(name: str, title: str, groups: dict[str, Sums]) -> Table:
    percent = shares(groups)
    rows: list[tuple[Value, ...]] = [
        (
            label,
            spent(sums),
            percent[label],
            sums.total_tokens,
            sums.requests,
            sums.uncached_input_tokens,
            sums.cache_read_input_tokens or None,
            sums.output_tokens,
        )
        for label, sums in groups.items()
    ]
    return Table(name, "", (Column(name, title, "text"), *_FIGURES), tuple(rows))


def _tools(found: SessionDetail) -> dict[str, tuple[int, int, int]]:
    """Tool → (calls, failed, bytes of results), most called first."""
    tools: dict[str, tuple[int, int, int]] = {}
    for row in found.events:
        if row.kind == "tool_call":
            calls, failed, size = tools.get(row.name, (0, 0, 0))
            failed += row.times if row.status in ("error", "rejected") else 0
            tools[row.name] = (calls + row.times, failed, size + row.result_bytes)
    return dict(sorted(tools.items(), key=lambda item: (-item[1][0], item[0])))


def _tool_table(found: SessionDetail) -> Table:
    rows: tuple[tuple[Value, ...], ...] = tuple((name or "—", *row) for name, row in _tools(found).items())
    return Table("tools", "", _TOOLS, rows)


def _data(found: SessionDetail) -> dict[str, object]:
    percent = shares(found.by_model)
    return {
        "session_id": found.session,
        "source": found.source,
        "projects": [project for project in found.projects if project],
        "first": iso(found.first_ms),
        "last": iso(found.last_ms),
        "active_ms": found.active_ms,
        "totals": sums_data(found.total),
        "models": [
            {"model": model, "share_percent": percent[model], **sums_data(sums)}
            for model, sums in found.by_model.items()
        ],
        "agents": [{"agent_id": agent or None, **sums_data(sums)} for agent, sums in found.by_agent.items()],
        "events": {kind: found.events_of(kind) for kind, _, _ in _EVENTS},
        "tools": [
            {"tool": name, "calls": calls, "failed": failed, "result_bytes": size}
            for name, (calls, failed, size) in _tools(found).items()
        ],
        "files": [{"path": path, "requests": requests} for path, requests in found.files],
    }
