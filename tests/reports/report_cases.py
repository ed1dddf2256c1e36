"""Reports that several tests look at, each built from a small ledger with known sums."""

from __future__ import annotations

from collections.abc import Callable

from support.mock_week import BERLIN, CENT, NOW, mock_week
from support.sums import NANO, Books, at
from tokmeter.core.period import parse_period
from tokmeter.metrics.evidence import evidence
from tokmeter.metrics.query import Connection, Filter
from tokmeter.reports.day import build_day
from tokmeter.reports.document import Report
from tokmeter.reports.explain import build_explain
from tokmeter.reports.models import build_models
from tokmeter.reports.month import build_month
from tokmeter.reports.options import Options
from tokmeter.reports.projects import build_projects
from tokmeter.reports.session import build_session
from tokmeter.reports.sessions import build_sessions
from tokmeter.reports.sources import Place, build_sources
from tokmeter.reports.week import build_week
from tokmeter.reports.year import build_year

Build = Callable[..., Report]
BUILDERS: dict[str, Build] = {
    "week": build_week,
    "day": build_day,
    "month": build_month,
    "year": build_year,
    "models": build_models,
    "projects": build_projects,
    "sessions": build_sessions,
}
OPTIONS = Options(
    last_sync_ms=NOW - 4 * 60_000, budget_nanousd=60 * NANO, prices_version="2026-11-18", details=False
)


def report(
    name: str,
    books: Books | None = None,
    text: str | None = None,
    *,
    now: int = NOW,
    filters: Filter | None = None,
    options: Options = OPTIONS,
) -> Report:
    """The report `name` over a period, by default of the mock-up's ledger."""
    connection: Connection = (books or mock_week()).connection
    kind = name if name in ("day", "month", "year") else "week"
    period = parse_period(text, kind, now, BERLIN)
    return BUILDERS[name](connection, period, filters or Filter(), now, BERLIN, options)


def caveats() -> Books:
    """One of every caveat; names of projects that are wide, long, alike or hostile."""
    books = Books()
    day = at("2026-11-18 10:00", BERLIN)
    for n, (project, model, changes) in enumerate(
        (
            (
                "/home/ana/日本語プロジェクト",
                "claude-opus-4-8",
                {"cost": 150 * CENT, "output_tokens": 4000, "flags": 1},
            ),
            ("/home/ana/old/api", "qwen3-coder-local", {"cost": None, "output_tokens": 1_200_000}),
            ("/home/ana/new/api", "gpt-5", {"cost": 257_500, "output_tokens": 200, "flags": 2}),
            (
                "/x/\x1b[31mred\u202e",
                "evil\x1b]0;title\x07model",
                {"cost": 1, "output_tokens": 1, "flags": 4},
            ),
            (
                "/home/ana/a-project-with-quite-a-long-name-that-goes-on",
                "gpt-5",
                {"count_basis": 1, "output_tokens": 9},
            ),
        )
    ):
        origin = books.origin(session=f"session-{n}", project=project)
        books.entry(day + n, origin, books.sku(model), **changes)
    books.entry(day + 9, books.origin(session="session-1", project="/home/ana/old/api"), books.sku("qwen3-coder-local"),
                cost=2 * CENT, output_tokens=5)  # fmt: skip
    books.problem("line-unreadable", 3)
    books.problem("folder-unreadable", 0)
    books.problem("count-invalid", 9)
    return books


def conversation() -> Books:
    """One session with a subagent, two prompts, a failing tool and an interrupt."""
    books = Books()
    start = at("2026-11-19 13:52", BERLIN)
    minute = 60_000
    session = "7f3a0000-1111-4222-8333-944445555666"
    main = books.origin(session=session)
    child = books.origin(session=session, agent_id="agent-1")
    opus, haiku = books.sku(), books.sku("claude-haiku-4-5")
    books.event(0, start, main)
    books.entry(
        start + minute,
        main,
        opus,
        cost=3 * NANO,
        uncached_input_tokens=100,
        cache_read_input_tokens=900,
        output_tokens=50,
    )
    books.event(1, start + minute, main, name="Bash", status="ok", result_bytes=2048)
    books.event(1, start + 2 * minute, main, name="Bash", status="error", result_bytes=100)
    books.event(1, start + 2 * minute, main, name="Read", status="ok", result_bytes=512)
    books.entry(start + 2 * minute, child, haiku, cost=91 * CENT, uncached_input_tokens=50, output_tokens=10)
    books.event(2, start + 3 * minute, main)
    books.event(0, start + 30 * minute, main)
    books.entry(start + 34 * minute, main, opus, cost=0, output_tokens=1)
    return books


def one_session() -> Report:
    return build_session(conversation().connection, "7f3a", NOW, BERLIN, OPTIONS)


def source_report() -> Report:
    books = mock_week()
    books.problem("line-unreadable")
    places = (
        Place("claude-code", "/home/ana/.claude/projects", "default", exists=True),
        Place("codex", "/home/ana/.codex", "CODEX_HOME", exists=False),
    )
    return build_sources(books.connection, places, NOW, BERLIN, OPTIONS)


def explanation(*, alone: bool) -> Report:
    books = caveats()
    rows = evidence(books.connection, Filter(models=("gpt-5",)), limit=1 if alone else 5)
    further = {rows[0].id: [("/logs/b.jsonl", 7, 8)]}
    return build_explain("gpt-5", rows, NOW, BERLIN, further=further, matched=1 if alone else 2)


def all_reports() -> dict[str, Report]:
    """Every kind of report once."""
    return {
        **{name: report(name) for name in BUILDERS},
        "session": one_session(),
        "sources": source_report(),
        "explain": explanation(alone=False),
        "explain-one": explanation(alone=True),
        "caveats": report("week", caveats()),
        "empty": report("week", text="2026-W30"),
        "empty-ledger": report("week", Books()),
    }
