"""Reports that several tests look at, each built from a small ledger with known sums."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from support.mock_week import BERLIN, CENT, NOW, mock_week
from support.sums import NANO, Books, at
from tokmeter.core.period import parse_period
from tokmeter.core.spans import of_instants
from tokmeter.metrics.attribution import END, Making, Use, Window, Worktree, measure, windows
from tokmeter.metrics.evidence import evidence, found
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.totals import NOTHING
from tokmeter.reports.commit import Made, OneCommit, build_commit
from tokmeter.reports.commits import CommitRow, Log, build_log
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


MINUTE = 60_000
REPOSITORY = "/home/ana/tokmeter"


def commit_books() -> tuple[Books, dict[str, Use]]:
    """Two commits, with 14 requests in 22 minutes for the later one, and what came after and beside them.

    Its 12 requests of claude-opus-4-8 cost $1.67 and the 2 of claude-haiku-4-5 $0.17: 91% and 9%. Together
    1,240,118 tokens of input and 38,241 of output.
    """
    books = Books()
    origin = books.origin(project=REPOSITORY)
    start = at("2026-11-21 16:40", BERLIN)
    books.event(0, start, origin)
    for n in range(14):
        model, cents, tokens, output = (
            ("claude-haiku-4-5", 17, 40_000, 1_000) if n > 11 else ("claude-opus-4-8", 167, 96_000, 3_000)
        )
        last = n in (11, 13)  # takes what does not divide
        count = 2 if n > 11 else 12
        books.entry(
            start + (n * 22 * MINUTE) // 13,
            origin,
            books.sku(model),
            cost=cents * CENT // count + (cents * CENT % count if last else 0),
            cache_read_input_tokens=tokens + (8_118 if n == 11 else 0),
            output_tokens=output + (241 if n == 11 else 0),
        )
    before, after = at("2026-11-20 10:00", BERLIN), at("2026-11-21 17:20", BERLIN)
    books.entry(before, origin, books.sku("qwen3-coder-local"), cost=None, output_tokens=1_200_000)
    books.entry(
        after, books.origin(session="s2", project=REPOSITORY), books.sku(), cost=40 * CENT, output_tokens=7
    )
    books.entry(after, books.origin(session="s3", project=f"{REPOSITORY}-fix"), books.sku(), cost=9 * CENT,
                output_tokens=3)  # fmt: skip
    trees = [Worktree(REPOSITORY, (REPOSITORY,)), Worktree(f"{REPOSITORY}-fix", (f"{REPOSITORY}-fix",))]
    made = [
        Making(OLDER, at("2026-11-20 11:00", BERLIN), REPOSITORY),
        Making(LATER, at("2026-11-21 17:03", BERLIN), REPOSITORY),
        Making("other", at("2026-11-21 17:30", BERLIN), f"{REPOSITORY}-fix"),
    ]
    rows = {OLDER: OLDER, LATER: LATER, "": "pending", "other": "other"}
    return books, measure(books.connection, trees, windows(made, trees), Filter(), rows, "gone")


OLDER, LATER = "9ae1c07" + "0" * 33, "3f9c2ab" + "0" * 33
LATER_ROW = CommitRow(
    LATER, "ledger: keep superseded entries for explain", at("2026-11-21 17:03", BERLIN), "own"
)


def log_report() -> Report:
    """Commits of every state, and the rest."""
    books, uses = commit_books()
    rows = (
        LATER_ROW._replace(use=uses[LATER]),
        CommitRow("b0b0b0b" + "0" * 33, "docs: a typo\x1b[31m", at("2026-11-21 09:00", BERLIN), "others"),
        CommitRow("c0c0c0c" + "0" * 33, "ledger: keep superseded entries", at("2026-11-21 08:00", BERLIN), "copy", LATER),
        CommitRow("d0d0d0d" + "0" * 33, "from the laptop", at("2026-11-20 21:00", BERLIN), "elsewhere"),
        CommitRow(OLDER, "a subject that is so long that it has to be cut somewhere near its end", at("2026-11-20 11:00", BERLIN), "own", "", uses[OLDER]),
    )  # fmt: skip
    rest = {kind: uses[kind] for kind in ("pending", "other")}
    period = of_instants(at("2026-11-20 10:00", BERLIN), NOW, BERLIN)
    log = Log(REPOSITORY, "main", "the last 5", rows, rest)
    return build_log(books.connection, log, period, Filter(), NOW, BERLIN, OPTIONS)


def commit_report(*, pending: bool = False) -> Report:
    """One commit, whose trailer agrees and whose note does not; or what came after it."""
    books, uses = commit_books()
    start, end = at("2026-11-20 11:00", BERLIN) + 1, at("2026-11-21 17:03", BERLIN) + 1
    if pending:
        window = Window("", end, END)
        found = OneCommit(REPOSITORY, "main", None, uses["pending"], (Made(REPOSITORY, window),))
    else:
        found = OneCommit(
            REPOSITORY, "main", LATER_ROW, uses[LATER], (Made(REPOSITORY, Window(LATER, start, end)),),
            ("c0c0c0c" + "0" * 33,), "input=1240118 output=38241 cost=1.84USD requests=14",
            "Tokmeter-Usage: input=1240118 output=38241 cost=1.80USD requests=13\nTokmeter-Models: x=100%",
        )  # fmt: skip
    return build_commit(books.connection, found, Filter(), NOW, BERLIN, OPTIONS._replace(home="/home/ana"))


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
        "log": log_report(),
        "commit": commit_report(),
        "pending": commit_report(pending=True),
        "reprice-trial": reprice_report(dry_run=True),
        "caveats": report("week", caveats()),
        "empty": report("week", text="2026-W30"),
        "empty-ledger": report("week", Books()),
    }
