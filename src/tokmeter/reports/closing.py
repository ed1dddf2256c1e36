"""The integrity line that ends every report, and what to say when there is nothing to report."""

from __future__ import annotations

from tokmeter.core.spans import containing, local
from tokmeter.metrics.integrity import Integrity
from tokmeter.metrics.query import newest_ms
from tokmeter.reports.dates import moment
from tokmeter.reports.document import Money, Note, Piece, Ratio, words
from tokmeter.reports.frame import Frame
from tokmeter.reports.numbers import plural


def closing(found: Integrity, label: str = "") -> tuple[Note, ...]:
    """One line when all is well, else one for each caveat with the command that explains it.

    `label` names a period other than the present one, so that the command tells of the same requests.
    """
    caveats = [*_about_prices(found), *_about_counts(found), *_about_logs(found)]
    if caveats:
        return tuple(_within(note, label) for note in caveats)
    if not found.requests:
        return (Note("integrity", "ok", (words("0 unreadable lines"),)),)
    pieces = (
        Piece(found.requests, "count"),
        words(plural(found.requests, " request") + " reported by the logs, all priced, 0 unreadable lines"),
    )
    return (Note("integrity", "ok", pieces),)


def _within(note: Note, label: str) -> Note:
    if label and note.command.startswith("tokmeter explain "):
        return note._replace(command=f"{note.command} {label}")
    return note


def _about_prices(found: Integrity) -> list[Note]:
    if not found.unpriced:
        return []
    tokens = sum(row.tokens for row in found.unpriced)
    requests = sum(row.requests for row in found.unpriced)
    first = found.unpriced[0].model
    others = len(found.unpriced) - 1
    names = first if not others else f"{first} and {others} more {plural(others, 'model')}"
    pieces = (
        Piece(tokens, "tokens"),
        words(" tokens in "),
        Piece(requests, "count"),
        words(f"{plural(requests, ' request')} unpriced ({names}), not in {_costs(found)}"),
    )
    return [Note("unpriced", "warning", pieces, f"tokmeter explain {argument(first)}", requests)]


def _costs(found: Integrity) -> str:
    """The sums that an unpriced request is missing from: they bear a mark, if there are any."""
    return (
        "the cost" if sum(row.requests for row in found.unpriced) == found.requests else "the costs marked +"
    )


def _about_counts(found: Integrity) -> list[Note]:
    notes = []
    if found.estimated_requests:
        notes.append(_from_text(found))
    if found.partial_requests:
        note = _cut_short(found)
        notes += [note] if note else []
    if found.fork_guessed_requests:
        count = found.fork_guessed_requests
        text = f"{plural(count, ' request')} of forks whose copied history was told apart by time"
        notes.append(Note("fork-guessed", "info", (Piece(count, "count"), words(text)),
                          "tokmeter explain forks", count))  # fmt: skip
    if found.model_guessed_requests:
        count = found.model_guessed_requests
        text = f"{plural(count, ' request')} without a model's name in the log"
        notes.append(
            Note(
                "model-guessed",
                "info",
                (Piece(count, "count"), words(text)),
                "tokmeter explain nameless",
                count,
            )
        )
    if found.later_requests:
        count = found.later_requests
        text = f"{plural(count, ' request')} after this moment left out (--as-of)"
        notes.append(Note("later", "info", (Piece(count, "count"), words(text)), "", count))
    return notes


def _from_text(found: Integrity) -> Note:
    """Counts that no log reports, by how sure they are."""
    count = found.estimated_requests
    estimated = count - found.tokenized_requests - found.calibrated_requests
    kinds = (
        (found.tokenized_requests, "tokenized"),
        (found.calibrated_requests, "calibrated"),
        (estimated, "estimated"),
    )
    told = [(number, kind) for number, kind in kinds if number]
    sure = told[0][1] if len(told) == 1 else "counted from text"
    apart = "" if len(told) == 1 else ": " + ", ".join(f"{number:,} {kind}" for number, kind in told)
    error = f", \N{PLUS-MINUS SIGN}{found.worst_error:.0%} at most" if found.worst_error else ""
    pieces: tuple[Piece, ...] = (
        Piece(count, "count"),
        words(plural(count, " request") + " ("),
        Piece(Money(found.estimated_nanousd or None), "money"),  # nothing is free: 0 is unpriced
        words(f") {plural(count, 'is', 'are')} {sure}, not reported{apart}{error}"),
    )
    if found.input_partial_requests:
        least = "" if found.input_partial_requests == count else f" of {found.input_partial_requests:,}"
        pieces += (words(f"; the input{least} is a lower bound"),)
    return Note("estimated", "info", pieces, "tokmeter explain estimates", count)


def _cut_short(found: Integrity) -> Note | None:
    """Output that was never logged in full, and what is missing as far as that was estimated."""
    cut = found.cut
    count = found.partial_requests - (cut.whole if cut else 0)
    if not count:
        return None
    pieces = (
        Piece(count, "count"),
        words(plural(count, " request") + " ("),
        Piece(Ratio(count, found.requests), "percent"),
    )
    if cut is None or cut.requests == cut.whole:
        rest: tuple[Piece, ...] = (words(") cut short in the log: the output counted is a lower bound"),)
        return Note("output-partial", "info", (*pieces, *rest), "tokmeter explain partial", count)
    known = cut.requests - cut.whole
    error = f", \N{PLUS-MINUS SIGN}{cut.error:.0%}" if cut.error else ""
    part = "" if known == count else f" for {known:,} of them"
    rest = (
        words(f") cut short in the log: {'at least' if cut.lower_bound else 'some'} "),
        Piece(cut.missing_tokens, "tokens"),
        words(" output tokens ("),
        Piece(Money(None if cut.unpriced == known else cut.missing_nanousd), "money"),
        words(f"{error}){part} not in the totals"),
    )
    return Note("output-partial", "info", (*pieces, *rest), "tokmeter audit", count)


def _about_logs(found: Integrity) -> list[Note]:
    """Problems have no time, so these lines speak of all logs."""
    notes = []
    for code, count, text, command in (
        ("unreadable-lines", found.unreadable_lines, "unreadable {} in the logs, skipped", "line"),
        ("unreadable-places", found.unreadable_places, "{} could not be read", "file or folder"),
        ("doubtful-records", found.doubtful_records, "{} with an impossible count or time", "record"),
    ):
        if count:
            many = "files or folders" if command == "file or folder" else ""
            sentence = " " + text.format(plural(count, command, many))
            notes.append(
                Note(code, "warning", (Piece(count, "count"), words(sentence)), "tokmeter doctor", count)
            )
    if found.waiting_records:
        count = found.waiting_records
        has = plural(count, "record of API histories has", "records of API histories have")
        text = f" {has} no counts, and no text to count"
        notes.append(
            Note("needs-tokenizing", "info", (Piece(count, "count"), words(text)), "tokmeter doctor", count)
        )
    return notes


def emptiness(frame: Frame) -> tuple[Note, ...]:
    """Why a period is empty: when the newest entry is, and the command that shows that time."""
    if frame.newest_ms is None:
        text = "the ledger is empty: no request was read from any log"
        return (Note("ledger-empty", "hint", (words(text),), "tokmeter sync"),)
    newest = frame.newest_ms
    subject = "the newest request is of"
    if frame.filters:
        found = newest_ms(frame.connection, frame.where.between(-(2**62), 2**62))
        chosen = ", ".join(f"{name} {' '.join(values)}" for name, values in frame.filters.items())
        if found is None:
            return (Note("selection-empty", "hint", (words(f"no request at all matches {chosen}"),),
                         _all_of(frame)),)  # fmt: skip
        newest = found
        subject = f"the newest request that matches {chosen} is of"
    pieces = (words(f"{subject} {moment(newest, frame.period.tz)}"),)
    return (Note("period-empty", "hint", pieces, _command(frame, newest)),)


def _all_of(frame: Frame) -> str:
    """The command that lists what could have been selected."""
    named = next((name for name in ("project", "model") if name in frame.filters), "")
    return f"tokmeter {named}s all" if named else "tokmeter sources"


def _command(frame: Frame, ms: int) -> str:
    """The command line of this same report over the time of `ms`."""
    kind = frame.name if frame.name in ("day", "week", "month", "year") else "week"
    day = local(ms, frame.period.tz).date()
    label = containing(kind, day, frame.period.tz, frame.options.week_start).label
    switches = "".join(
        f" --{name} {argument(value)}" for name, values in frame.filters.items() for value in values
    )
    return f"tokmeter {frame.name} {label}{switches}"


def argument(text: str) -> str:
    """`text` as one word of a command line that may be pasted: names from logs are untrusted."""
    if all((c.isalnum() and c.isascii()) or c in "._:/@-" for c in text) and not text.startswith("-"):
        return text
    from shlex import quote  # noqa: PLC0415 - ordinary names need no quotes

    return quote(text)
