"""Reports that several tests look at, each built from a small ledger with known sums."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from support.mock_week import BERLIN, CENT, NOW, mock_week
from support.sums import NANO, Books, at
from tokmeter.core.period import parse_period
from tokmeter.metrics.evidence import evidence, found
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.totals import NOTHING
from tokmeter.reports.document import Report
from tokmeter.reports.done import Fault, Repriced, Synced, build_reprice, build_sync
from tokmeter.reports.explain import Explained, build_explain
from tokmeter.reports.models import build_models
from tokmeter.reports.options import Options
from tokmeter.reports.prices import Charge, Charged, PriceInUse, Tier, Unpriced
from tokmeter.reports.projects import build_projects
from tokmeter.reports.session import build_session
from tokmeter.reports.sessions import build_sessions
from tokmeter.reports.sources import Place, build_sources
from tokmeter.reports.spent_in import build_spent

Build = Callable[..., Report]
BUILDERS: dict[str, Build] = {
    **{kind: partial(build_spent, kind) for kind in ("week", "day", "month", "year")},
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


PRICES = PriceInUse(
    "gpt-5", "", 2, None, at("2026-11-19 00:00", BERLIN), "genai-prices", "genai-prices 0.2.3", "exact",
    "openai/gpt-5", (Tier(0, "1.25", "0.125", "1.25", "1.25", "10"), Tier(200_000, "2.5", "0.25", "2.5", "2.5", "15")),
)  # fmt: skip
NO_PRICE = Unpriced("qwen3-coder-local", "openai", ("qwen3-coder-local", "qwen3"), "/home/ana/prices.toml")


def explanation() -> Report:
    """Two requests of a model with a tier, and how a page looks where something has no price."""
    books = caveats()
    where = Filter(models=("gpt-5",))
    total = found(books.connection, where)
    return build_explain(
        Explained(
            "gpt-5",
            evidence(books.connection, where, limit=5),
            total,
            integrity(books.connection, where, total.total, total.by_model),
            prices=[PRICES],
            unpriced=[NO_PRICE],
        ),
        NOW,
        BERLIN,
        OPTIONS._replace(home="/logs"),
    )


def one_explanation() -> Report:
    """One request with its multiplication, in a tier, with three searches, and what its log claims."""
    books = caveats()
    row = evidence(books.connection, Filter(models=("claude-opus-4-8",)), limit=1)[0]
    # 4,000 output tokens at 367.50 per million are $1.47, 3 searches at 10 per 1,000 are $0.03: $1.50.
    charged = Charged(
        (
            Charge("output_tokens", 4_000, 1_000_000, "367.5", 147 * CENT),
            Charge("web_searches", 3, 1_000, "10", 3 * CENT),
        ),
        200_000,
        "anthropic/claude-opus-4-8",
    )
    row = row._replace(
        reported_cost_nanousd=149 * CENT, prices_source="genai-prices", prices_version="genai-prices 0.2.3",
        price_quality="ratio",
    )  # fmt: skip
    further = {row.id: [("/logs/b\x1b[31m.jsonl", 7, 8)]}
    explained = Explained(row.key, [row], charged={row.id: charged}, further=further)
    return build_explain(explained, NOW, BERLIN, OPTIONS._replace(home="/logs"))


def sync_report() -> Report:
    """A sync that read three of ninety-four logs and met a folder without permission."""
    books = caveats()
    fault = Fault(
        "folder-unreadable", "warning", "codex", "/home/ana/.codex/x", "Permission denied",
        "a folder could not be read", "check its permissions, then: tokmeter sync",
    )  # fmt: skip
    done = Synced(94, 3, 400_000, 120, 4, 0.14, 2_584, at("2026-11-18 10:00", BERLIN), [fault])
    return build_sync(done, integrity(books.connection, Filter(), NOTHING, {}), NOW, BERLIN)


def reprice_report(*, dry_run: bool) -> Report:
    """Six requests, one of which costs more now; one has no price."""
    books = caveats()
    total = found(books.connection, Filter())
    caveats_found = integrity(books.connection, Filter(), total.total, total.by_model)
    done = Repriced(dry_run, 6, 1, 1, 152 * CENT, 160 * CENT)
    return build_reprice(done, total, caveats_found, [] if dry_run else ["genai-prices 0.2.3"], NOW)


def all_reports() -> dict[str, Report]:
    """Every kind of report once."""
    return {
        **{name: report(name) for name in BUILDERS},
        "session": one_session(),
        "sources": source_report(),
        "explain": explanation(),
        "explain-one": one_explanation(),
        "sync": sync_report(),
        "reprice": reprice_report(dry_run=False),
        "reprice-trial": reprice_report(dry_run=True),
        "caveats": report("week", caveats()),
        "empty": report("week", text="2026-W30"),
        "empty-ledger": report("week", Books()),
    }
