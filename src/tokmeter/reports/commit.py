"""`tokmeter commit`: what was used while making one commit, or what has been used since the last one."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.money import as_json, usd
from tokmeter.core.spans import iso, of_instants
from tokmeter.metrics.attribution import Use, Window
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.mix import shares
from tokmeter.metrics.query import Connection, Filter
from tokmeter.reports.closing import closing
from tokmeter.reports.commits import ELSEWHERE, OTHERS, CommitRow, short, use_data
from tokmeter.reports.dates import TO, moment
from tokmeter.reports.document import Line, Note, Piece, Report, line, words
from tokmeter.reports.headline import totals_line
from tokmeter.reports.labels import place
from tokmeter.reports.numbers import ago, plural
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.records import record_table, sums_data
from tokmeter.reports.tables import models_in_full

_WHY_NOTHING = {
    ELSEWHERE: "It was made in another clone: nothing is counted for it here.",
    OTHERS: "Somebody else made it: nothing is counted for it.",
}
TRAILER = "Tokmeter-Usage"


class Made(NamedTuple):
    """When and where a commit was made: the window's worktree, start and end in ms."""

    root: str
    window: Window


class OneCommit(NamedTuple):
    """The answer. `row` is None for what is not committed yet. `copies` are other commits of the same work.

    `trailer` and `note` are what the message and refs/notes/tokmeter say, '' where they say nothing.
    """

    root: str
    branch: str
    row: CommitRow | None
    use: Use
    made: tuple[Made, ...]
    copies: tuple[str, ...] = ()
    trailer: str = ""
    note: str = ""


def build_commit(
    connection: Connection,
    found: OneCommit,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options = DEFAULTS,
) -> Report:
    """Figures, models, window, and whether the commit's own trailer and note say the same."""
    use = found.use
    caveats = integrity(connection, filters, use.sums, dict(use.by_model))
    aside = "" if options.last_sync_ms is None else f"synced {ago(now_ms - options.last_sync_ms)}"
    first = use.first_ms if use.first_ms is not None else now_ms
    last = use.last_ms if use.last_ms is not None else first
    return Report(
        "tokmeter.commit/1",
        _title(found, tz),
        aside,
        aside,
        of_instants(first, last + 1, tz),
        {"source": filters.sources} if filters.sources else {},
        now_ms,
        _headline(found),
        (models_in_full(use.by_model),) if use.by_model else (),
        _facts(found, now_ms, tz, options.home),
        (*_notes(found), *closing(caveats)),
        record_table(
            ("commit", "model"), [((_sha(found), model), sums) for model, sums in use.by_model.items()]
        ),
        _data(found),
    )


def _sha(found: OneCommit) -> str:
    return found.row.sha if found.row else ""


def _title(found: OneCommit, tz: tzinfo) -> Line:
    if found.row is None:
        return line(words("Not committed yet", "strong"), *([words(found.branch)] if found.branch else []))
    return line(
        (words(f"Commit {short(found.row.sha)}", "strong"), words(f"  {found.row.subject}")),
        words(moment(found.row.authored_ms, tz)),
    )


def _headline(found: OneCommit) -> tuple[Line, ...]:
    use = found.use
    if found.row is not None and found.row.state in (ELSEWHERE, OTHERS):
        return (line(words(_WHY_NOTHING[found.row.state])),)
    if not use.sums.requests:
        return (line(words("No request was made for it in this repository's folders.")),)
    work = (
        (Piece(use.active_ms, "duration"), words(" of work")),
        (Piece(use.prompts, "count"), words(plural(use.prompts, " prompt"))),
    )
    return (totals_line(use.sums, len(use.sessions)), Line(work))


def _facts(found: OneCommit, now_ms: int, tz: tzinfo, home: str) -> tuple[Line, ...]:
    facts = [
        line(
            words(f"Counted in {place(root, home=home)}"),
            words(_span(window, found.use, now_ms, tz)),
        )
        for root, window in found.made
    ]
    if found.copies:
        facts.append(line(words(f"The same work as {', '.join(map(short, found.copies))}; it counts once")))
    for name, text in (("Trailer", found.trailer), ("Note", found.note.partition("\n")[0])):
        if text:
            said = text.removeprefix(f"{TRAILER}:").strip()
            facts.append(line(words(f"{name}: {said}"), words(_agreement(said, found.use))))
    return tuple(facts)


def _span(window: Window, use: Use, now_ms: int, tz: tzinfo) -> str:
    """From when to when entries count; a first commit has no beginning."""
    end = "now" if window.end_ms > now_ms else moment(window.end_ms - 1, tz)
    if window.start_ms > 0:
        return f"{moment(window.start_ms, tz)}{TO}{end}"
    first = f", the first request {moment(use.first_ms, tz)}" if use.first_ms is not None else ""
    return f"everything until {end}{first}"


def _agreement(said: str, use: Use) -> str:
    differing = differences(said, use)
    return "agrees with the ledger" if not differing else f"the ledger says {', '.join(differing)}"


def differences(said: str, use: Use) -> list[str]:
    """Where a `Tokmeter-Usage` text and the ledger differ, in the ledger's figures.

    The text's cost is rounded; the ledger's is compared with as many decimals.
    """
    told = dict(word.split("=", 1) for word in said.split() if "=" in word)
    sums = use.sums
    figures = {"input": sums.input_tokens, "output": sums.output_tokens, "requests": sums.requests}
    found = [
        f"{name}={figure}" for name, figure in figures.items() if name in told and told[name] != str(figure)
    ]
    if "cost" in told:
        decimals = len(told["cost"].removesuffix("USD").partition(".")[2])
        cost = f"{usd(sums.cost_nanousd, min(decimals, 9))}USD"
        if cost != told["cost"]:
            found.append(f"cost={cost}")
    if told.get("unpriced", "0") != str(sums.unpriced_requests):
        found.append(f"unpriced={sums.unpriced_requests}")
    return found


def _notes(found: OneCommit) -> list[Note]:
    """A trailer that says something else than the ledger is worth a line."""
    notes = []
    for code, text in (("trailer-differs", found.trailer), ("note-differs", found.note.partition("\n")[0])):
        if text and differences(text.removeprefix(f"{TRAILER}:").strip(), found.use):
            name = code.partition("-")[0]
            pieces = (words(f"the {name} of this commit says something else than the ledger does now"),)
            notes.append(Note(code, "info", pieces))
    return notes


def _data(found: OneCommit) -> dict[str, object]:
    row, use = found.row, found.use
    percent = shares(dict(use.by_model))
    return {
        "repository": found.root,
        "branch": found.branch or None,
        "commit": None if row is None else row.sha,
        "subject": None if row is None else row.subject,
        "authored": None if row is None else iso(row.authored_ms),
        "state": "pending" if row is None else row.state,
        "copies": list(found.copies),
        "windows": [
            {
                "worktree": root,
                "start": iso(window.start_ms) if window.start_ms > 0 else None,
                "end": iso(window.end_ms) if row is not None else None,
            }
            for root, window in found.made
        ],
        "totals": use_data(use),
        "models": [
            {"model": model, "share_percent": percent[model], **sums_data(sums)}
            for model, sums in use.by_model.items()
        ],
        "trailer": _said(found.trailer, use),
        "note": _said(found.note, use),
    }


def _said(text: str, use: Use) -> dict[str, object] | None:
    """What a trailer or a note says, and whether the ledger says the same now."""
    if not text:
        return None
    first = text.partition("\n")[0].removeprefix(f"{TRAILER}:").strip()
    return {
        "text": text,
        "agrees": not differences(first, use),
        "list_cost_now": as_json(use.sums.list_cost_nanousd),
    }
