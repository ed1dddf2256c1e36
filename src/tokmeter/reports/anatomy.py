"""`tokmeter anatomy`: where the context went, what was sent again and again, and what that cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.spans import Period, of_instants
from tokmeter.metrics.anatomy import Anatomy, Part, ReadPrices, anatomy
from tokmeter.metrics.anatomy_rows import Chosen
from tokmeter.metrics.conversation import session_times
from tokmeter.metrics.integrity import integrity
from tokmeter.metrics.mix import largest_remainder
from tokmeter.metrics.query import Connection, Filter
from tokmeter.metrics.scaling import Scale
from tokmeter.reports.anatomy_data import anatomy_data, anatomy_records
from tokmeter.reports.anatomy_notes import anatomy_notes
from tokmeter.reports.closing import closing, emptiness
from tokmeter.reports.document import (
    Column,
    Line,
    Money,
    Piece,
    Ratio,
    Report,
    Table,
    Value,
    line,
    words,
)
from tokmeter.reports.frame import frame
from tokmeter.reports.labels import place, source_title
from tokmeter.reports.numbers import ago, plural
from tokmeter.reports.options import Options

ROWS = 8
"""Tools and servers on a page; files have two more. Wide pages have WIDE_ROWS of each."""
WIDE_ROWS = 40
KINDS = {
    "system": "System and tools",
    "user_text": "What you typed",
    "file_read": "File reads",
    "command_output": "Command output",
    "search_result": "Search results",
    "edit": "Edits",
    "tool_output": "Other tool results",
    "tool_call": "Tool calls",
    "assistant_text": "Assistant text",
    "thinking": "Thinking, as logged",
    "hidden_thinking": "Thinking, hidden",
    "summary": "Summaries",
    "injected": "Put in by the assistant",
}
"""What the kinds are called on a page."""

_FIGURES = (
    Column("entered_tokens", "New", "tokens", drop=2),
    Column("sent_tokens", "Sent", "tokens"),
    Column("multiplier", "\N{MULTIPLICATION SIGN}", "count", drop=1),
    Column("share", "Share", "share", drop=3),
    Column("resend_cost", "Re-sends", "money"),
)


class Means(NamedTuple):
    """What dissecting takes and reports do not know: how to read a rate's prices, and models' factors.

    `counted` is off where texts of new logs were left uncounted on request.
    """

    read_prices: ReadPrices
    scales: Mapping[str, Scale]
    counted: bool = True


def build_anatomy(
    connection: Connection,
    period: Period,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options,
    means: Means,
    *,
    wide: bool = False,
) -> Report:
    """Where the context of a period's requests went."""
    within = frame("anatomy", connection, period._replace(tz=tz), filters, now_ms, options)
    start_ms, end_ms = within.where.start_ms, within.where.end_ms
    if options.look_back:
        end_ms = min(end_ms, now_ms + 1)
    chosen = Chosen(within.where.between(start_ms, end_ms))
    found = anatomy(connection, chosen, means.read_prices, means.scales)
    later = within.later_requests()
    caveats = integrity(connection, chosen.where, found.sums, found.by_model, later, whole=True)
    notes = closing(caveats, within.past_label)
    return Report(
        "tokmeter.anatomy/1",
        within.title("Anatomy"),
        within.aside(),
        within.wide_aside(),
        within.period,
        within.filters,
        now_ms,
        (*within.selection(), *_headline(found)),
        _tables(found, options.home, wide=wide),
        (),
        (*anatomy_notes(found, counted=means.counted), *notes)
        if found.asked
        else (*emptiness(within), *notes),
        anatomy_records(found),
        anatomy_data(found),
    )


def build_session_anatomy(
    connection: Connection,
    session: tuple[str, str],
    where: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options,
    means: Means,
    *,
    wide: bool = False,
) -> Report:
    """Where the context of one conversation went, subagents included."""
    found = anatomy(connection, Chosen(where, session), means.read_prices, means.scales)
    period = session_period(connection, session, tz)
    whole = where.between(period.start_ms, period.end_ms)._replace(sources=(session[0],))
    caveats = integrity(connection, whole, found.sums, found.by_model)
    last = options.last_sync_ms
    aside = "" if last is None else f"synced {ago(now_ms - last)}"
    chosen = {"project": where.projects, "model": where.models}
    return Report(
        "tokmeter.anatomy/1",
        line(words("Anatomy", "strong"), words(session[1], "strong"), words(source_title(session[0]))),
        aside,
        aside,
        period,
        {name: values for name, values in chosen.items() if values},
        now_ms,
        _headline(found),
        _tables(found, options.home, wide=wide),
        (),
        (*anatomy_notes(found, counted=means.counted), *closing(caveats)),
        anatomy_records(found),
        anatomy_data(found, session),
    )


def session_period(connection: Connection, session: tuple[str, str], tz: tzinfo) -> Period:
    """From a conversation's first prompt or response to its last."""
    times = session_times(connection, *session)
    return of_instants(times[0], times[-1] + 1, tz) if times else of_instants(0, 1, tz)


def _headline(found: Anatomy) -> tuple[Line, ...]:
    """`12.4M tokens sent as context · 310k of them new · each sent 40 times on average`."""
    if not found.covered:
        text = "No requests in this period." if not found.asked else "No text of these requests was measured."
        return (line(words(text)),)
    total = found.total
    first: list[tuple[Piece, ...]] = [
        (Piece(total.sent_tokens, "tokens", "strong"), words(" tokens sent as context")),
        (Piece(total.entered_tokens, "tokens"), words(" of them new")),
    ]
    often = times(total.sent_tokens, total.entered_tokens)
    if often is not None:
        first.append((words("each sent "), words(often, "strong"), words(" times on average")))
    cost = Money(total.resend_cost_nanousd, total.unpriced_tokens)
    second: list[tuple[Piece, ...]] = [(words("no list price"),)]
    if cost.nano is not None:
        second = [(Piece(cost, "money", "strong"), words(" for sending them again, as cache reads"))]
        if found.list_cost_nanousd > 0:
            whole = Money(found.list_cost_nanousd)
            part = Ratio(cost.nano, found.list_cost_nanousd)
            second.append((Piece(part, "percent"), words(" of "), Piece(whole, "money"), words(" list cost")))
    second.append((Piece(found.covered, "count"), words(plural(found.covered, " request"))))
    return (Line(tuple(first)), Line(tuple(second)))


def times(sent: int, entered: int) -> str | None:
    """How many times: `77`, `1.3`; None where nothing was new."""
    if entered <= 0:
        return None
    tenths = (20 * sent + entered) // (2 * entered)
    return f"{tenths // 10}.{tenths % 10}" if tenths < 100 else f"{(2 * sent + entered) // (2 * entered):,}"


# Tables


def _tables(found: Anatomy, home: str, *, wide: bool) -> tuple[Table, ...]:
    if not found.covered:
        return ()
    rows = WIDE_ROWS if wide else ROWS
    tables = [_kind_table(found)]
    if found.tools:
        names = [f"{part.server}: {part.name}" if part.server else part.name for part in found.tools]
        tables.append(_table("tools", Column("tool", "Tool", "text"), names, found.tools, found.total, rows))
    if found.servers:
        names = [part.name for part in found.servers]
        tables.append(
            _table("servers", Column("server", "MCP server", "text"), names, found.servers, found.total, rows)
        )
    if found.paths:
        names = [place(part.name, home=home) for part in found.paths]
        rows += 0 if wide else 2
        tables.append(
            _table("files", Column("path", "File", "path"), names, found.paths, found.total, rows, reads=True)
        )
    return tuple(tables)


def _kind_table(found: Anatomy) -> Table:
    percent = largest_remainder(part.sent_tokens for part in found.kinds)
    rows = tuple(
        (KINDS.get(part.name, part.name), *_figures(part, share))
        for part, share in zip(found.kinds, percent, strict=True)
    )
    total = ("Total", *_figures(found.total, sum(percent)))
    return Table("kinds", "", (Column("kind", "Kind", "text"), *_FIGURES), rows, total)


def _table(
    name: str,
    label: Column,
    names: Sequence[str],
    parts: Sequence[Part],
    total: Part,
    most: int,
    *,
    reads: bool = False,
) -> Table:
    """The parts that were sent most; their shares are of everything sent, so they need not add to 100."""
    rows: list[tuple[Value, ...]] = []
    for title, part in zip(names[:most], parts[:most], strict=True):
        share = Ratio(part.sent_tokens, total.sent_tokens)
        rows.append((title, *((part.reads or None,) if reads else ()), *_figures(part, share)))
    columns = (label, *((Column("reads", "Reads", "count", drop=4),) if reads else ()), *_FIGURES)
    more = len(parts) - most
    if more > 0:
        title = f"{more:,} more: --wide, --json" if most < WIDE_ROWS else f"{more:,} more: --json"
        rows.append((title, *[""] * (len(columns) - 1)))
    return Table(name, "", columns, tuple(rows))


def _figures(part: Part, share: int | Ratio) -> tuple[Value, ...]:
    often = times(part.sent_tokens, part.entered_tokens)
    cost = Money(part.resend_cost_nanousd, part.unpriced_tokens)
    return (part.entered_tokens or None, part.sent_tokens, often, share, cost)
