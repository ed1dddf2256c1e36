"""`tokmeter commit`, `tokmeter log`: what was used while making commits, out of ledger and git."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.cli.context import Context
from tokmeter.cli.options import GROUPS, Argument, Option, Switches, command, flag
from tokmeter.cli.reporting import chosen_format, report_options, show
from tokmeter.core.errors import UsageError
from tokmeter.core.spans import of_instants
from tokmeter.metrics import attribution, query, window
from tokmeter.metrics.attribution import BEGINNING, END, NO_USE, PENDING, Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokmeter.core.spans import Period
    from tokmeter.integrations.git.history import Git, History
    from tokmeter.integrations.git.works import Commit
    from tokmeter.reports.commits import CommitRow

REVISION = Argument("revision", "[REV]", "A commit as git names it; HEAD without it.", required=False)
RANGE = Argument(
    "range", "[RANGE]", "Commits as git names them: main..HEAD, a branch; HEAD without it.", required=False
)
FOLDER = Option("folder", "path", ("-C",), "DIR", "The repository that holds DIR, instead of this folder's.")
LIMIT = Option(
    "limit", "text", ("-n", "--limit"), "N", "At most this many commits (20 where nothing ends the list)."
)
PENDING_FLAG = flag("pending", "What has been used since the last commit.")
SOURCE = GROUPS["filter"][0]
DEFAULT_LIMIT = 20
GROUPS_OF_LOG = ("period", "json", "shape", "sync", "common")
GROUPS_OF_COMMIT = ("json", "shape", "sync", "common")


class Attributed(NamedTuple):
    """The windows of a repository's worktrees, up to the clock of the report."""

    history: History
    git: Git
    worktrees: list[attribution.Worktree]
    cut: Mapping[str, Sequence[Window]]
    counted: frozenset[str]
    """The works that take entries somewhere."""


@command(*GROUPS_OF_COMMIT, arguments=(REVISION,), own=(PENDING_FLAG, SOURCE, FOLDER))
def commit(
    switches: Switches, revision: str | None, *, pending: bool, source: tuple[str, ...], folder: Path | None
) -> int:
    """What was used while making one commit: tokens, cost, models, prompts, time of work."""
    from tokmeter.reports.commit import Made, OneCommit, build_commit  # noqa: PLC0415 - one of two

    if pending and revision:
        raise UsageError("--pending is about no commit.", "tokmeter commit --pending")
    chosen = chosen_format(switches)
    context = Context(switches._replace(source=source))
    found = _attributed(context, folder, revision, ["-n1"], "commit")
    history = found.history
    row = None if pending else _only_row(found)
    work = PENDING if row is None else history.works.work_of(row.sha)
    cut = {root: [part for part in parts if part.work == work] for root, parts in found.cut.items()}
    use = attribution.measure(
        context.ledger.connection, found.worktrees, cut, context.filter(), {work: "it"}, "it"
    )
    trailer, note = ("", "") if row is None else _messages(found.git, row.sha)
    copies = [] if row is None else history.works.copies_of(row.sha)
    answer = OneCommit(
        history.repository.root or history.repository.git_dir,
        history.branch,
        row,
        use.get("it", NO_USE),
        tuple(Made(root, part) for root, parts in cut.items() for part in parts),
        tuple(copies),
        trailer,
        note,
    )
    options = report_options(context, None, "", details=False)._replace(home=_home(switches))
    report = build_commit(
        context.ledger.connection, answer, context.filter(), context.now_ms, context.zone, options
    )
    return show(context, report, chosen)


@command(*GROUPS_OF_LOG, arguments=(RANGE,), own=(LIMIT, SOURCE, FOLDER))
def log(
    switches: Switches,
    range: str | None,  # noqa: A002 - the argument's name in the help
    *,
    limit: str | None,
    source: tuple[str, ...],
    folder: Path | None,
) -> int:
    """What was used while making each commit of a range, and what belongs to none of them."""
    from tokmeter.reports.commits import Log, build_log  # noqa: PLC0415 - one of two

    chosen = chosen_format(switches)
    context = Context(switches._replace(source=source))
    asked = context.period(None, "day") if switches.since or switches.until else None
    found = _attributed(context, folder, range, _choice(limit, range, asked), "log")
    start, end = _time(found, asked)
    cut = {root: attribution.clipped(parts, start, end) for root, parts in found.cut.items()}
    carriers = _carriers(found)
    others = found.history.works.living - carriers.keys()
    rows = {PENDING: "pending", **dict.fromkeys(others, "other"), **carriers}
    connection = context.ledger.connection
    uses = attribution.measure(connection, found.worktrees, cut, context.filter(), rows, "gone")
    commits = [_row(found, one, carriers, uses) for one in found.history.shown]
    if asked is not None:
        commits = [
            row for row in commits
            if row.use.sums.requests or asked.start_ms <= row.authored_ms < asked.end_ms
        ]  # fmt: skip
    repository = found.history.repository
    answer = Log(
        repository.root or repository.git_dir,
        found.history.branch,
        _in_words(range, limit, asked, len(commits)),
        tuple(commits),
        {kind: uses[kind] for kind in ("pending", "other", "gone") if kind in uses},
    )
    options = report_options(context, None, "", details=False)._replace(home=_home(switches))
    period = asked or _period(context, start, end)
    report = build_log(connection, answer, period, context.filter(), context.now_ms, context.zone, options)
    return show(context, report, chosen)


def _attributed(
    context: Context, folder: Path | None, revision: str | None, choice: Sequence[str], name: str
) -> Attributed:
    """What git and ledger say together."""
    from tokmeter.integrations.git.history import open_repository, read_history  # noqa: PLC0415 - `--help` does without

    repository, git = open_repository(str(folder or Path.cwd()), context.env, name)
    connection = context.ledger.connection
    oldest = query.first_ms(connection)
    moved = context.switches.as_of is not None
    before = [f"--before={context.now_ms // 1000}"] if moved else []
    history = read_history(
        repository,
        git,
        revision,
        choice=[*choice, *before],
        since_s=(context.now_ms if oldest is None else oldest) // 1000,
        own=(context.env.get("GIT_AUTHOR_EMAIL", ""),),
    )
    trees = history.worktrees(window.folders(connection))
    makings = history.works.makings()
    end = END
    if moved:
        makings = [making for making in makings if making.until_ms <= context.now_ms]
        end = context.now_ms + 1
    cut = {
        root: attribution.clipped(parts, BEGINNING, end)
        for root, parts in attribution.windows(makings, trees).items()
    }
    counted = frozenset(attribution.counted(makings, trees))
    return Attributed(history, git, trees, cut, counted)


def _choice(limit: str | None, revision: str | None, asked: Period | None) -> list[str]:
    """Git's switches for which commits are listed."""
    choice = []
    if limit is not None:
        if not limit.isdecimal() or not 0 < int(limit) < 10**9:
            raise UsageError(f"-n takes a number of commits, not {limit!r}.", "tokmeter log -n 50")
        choice = [f"-n{int(limit)}"]
    elif asked is None and ".." not in (revision or ""):
        choice = [f"-n{DEFAULT_LIMIT}"]
    if asked is not None:
        # A commit is never older than its author date; a day for clocks that were wrong.
        choice.append(f"--since={max(0, asked.start_ms // 1000 - 86_400)}")
    return choice


def _only_row(found: Attributed) -> CommitRow:
    """The commit that was asked for."""
    if not found.history.shown:
        raise UsageError("There is no commit yet.", "What has been used so far: tokmeter commit --pending")
    one = found.history.shown[0]
    return _row(found, one, _carriers(found), {})


def _carriers(found: Attributed) -> dict[str, str]:
    """Work → the listed commit whose row holds what it used: the one nearest to the tip."""
    carriers: dict[str, str] = {}
    for one in found.history.shown:
        work = found.history.works.work_of(one.sha)
        if work in found.counted:
            carriers.setdefault(work, one.sha)
    return carriers


def _row(
    found: Attributed, one: Commit, carriers: Mapping[str, str], uses: Mapping[str, attribution.Use]
) -> CommitRow:
    from tokmeter.reports.commits import COPY, ELSEWHERE, OTHERS, OWN, CommitRow  # noqa: PLC0415 - `--help` does without

    works = found.history.works
    carrier = carriers.get(works.work_of(one.sha), "")
    if carrier and carrier != one.sha:
        return CommitRow(one.sha, one.subject, one.authored * 1000, COPY, carrier)
    state = OWN if carrier else ELSEWHERE if works.is_mine(one.sha) else OTHERS
    return CommitRow(one.sha, one.subject, one.authored * 1000, state, "", uses.get(one.sha, NO_USE))


def _time(found: Attributed, asked: Period | None) -> tuple[int, int]:
    """The time that the list covers: a period, or from the first window of a listed commit until now.

    Where no listed commit has a window it is what has been used since the last commit.
    """
    if asked is not None:
        return asked.start_ms, asked.end_ms
    listed = {found.history.works.work_of(one.sha) for one in found.history.shown}
    for wanted in (listed, {PENDING}):
        starts = [part.start_ms for parts in found.cut.values() for part in parts if part.work in wanted]
        if starts:
            return min(starts), END
    return BEGINNING, END


def _period(context: Context, start: int, end: int) -> Period:
    """The same time between the first entry there is and now."""
    first = query.first_ms(context.ledger.connection)
    start = max(start, context.now_ms if first is None else first)
    return of_instants(start, max(start, min(end, context.now_ms + 1)), context.zone)


def _in_words(revision: str | None, limit: str | None, asked: Period | None, count: int) -> str:
    parts = [revision or "", asked.label if asked is not None else ""]
    if asked is None and count == int(limit or DEFAULT_LIMIT):
        parts.append(f"the last {count:,}")
    return ", ".join(part for part in parts if part)


def _messages(git: Git, sha: str) -> tuple[str, str]:
    from tokmeter.integrations.git.history import messages  # noqa: PLC0415 - `--help` does without

    return messages(git, sha, "Tokmeter-Usage", "refs/notes/tokmeter")


def _home(switches: Switches) -> str:
    return os.path.expanduser("~") if switches.home is None else ""  # noqa: PTH111 - never raises
