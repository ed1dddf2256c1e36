"""`tokmeter tokenizers` and its `calibrate`: how the tokens of each model are counted from text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tokmeter.core.spans import iso
from tokmeter.metrics.query import Connection
from tokmeter.metrics.tokenizers import ExactCheck, ModelSeen, exact_checks, fit_samples
from tokmeter.reports.document import Column, Note, Piece, Ratio, Report, Table, Value, line, words
from tokmeter.reports.numbers import ago, plural
from tokmeter.reports.options import DEFAULTS, Options

EXACT, CALIBRATED, PRIOR, ROUGH = "exact", "calibrated", "prior", "rough"
CALIBRATE = "tokmeter tokenizers calibrate"
STALE_MS = 60 * 86_400_000
"""A fit older than this is worth making anew."""
DOUBTFUL = 0.8
"""An exact count that meets a smaller share of the logged ones is worth a look."""
ENOUGH = 20
"""Messages from which on such a share means anything."""
_DIGITS = 6


class Method(NamedTuple):
    """How texts of a model are counted, told by the caller.

    `method` is one of exact, calibrated (by a fit on the user's logs), prior (by a shipped fit) and rough;
    `wanted` a tokenizer that would be exact, `install` a sentence on how to get it. Errors are shares;
    of an exact one they are measured here. `messages`: what the fit was made on, 0 for one of another model.
    """

    model: str
    method: str
    tokenizer: str
    source: str
    wanted: str
    install: str
    median_error: float | None
    p90_error: float
    messages: int | None
    fitted_ms: int | None


class Outcome(NamedTuple):
    """What calibrating brought for a model; errors are None where it has too few messages."""

    model: str
    samples: int
    messages: int | None
    median_error: float | None
    p90_error: float | None
    bias: float | None
    slope: float | None
    per_call: float | None
    constant: float | None
    instead: str
    """What counts for it now."""


_COLUMNS = (
    Column("model", "Model", "text"),
    Column("tokens", "Tokens", "tokens", drop=4),
    Column("method", "Method", "text"),
    Column("tokenizer", "Tokenizer", "text", drop=3),
    Column("median", "Error", "count"),
    Column("p90", "9 in 10", "count", drop=1),
    Column("messages", "Messages", "count", drop=2),
    Column("exact", "To the token", "percent", wide=True),
    Column("source", "From", "text", wide=True),
)
_RECORDS = (
    "model", "requests", "total_tokens", "method", "tokenizer", "source", "wanted", "median_error",
    "p90_error", "messages", "exact_messages", "fitted_ms",
)  # fmt: skip


def build_tokenizers(
    connection: Connection,
    seen: Sequence[ModelSeen],
    methods: Mapping[str, Method],
    now_ms: int,
    options: Options = DEFAULTS,
) -> Report:
    """For each model in the ledger: tokenizer, method, measured error, where the data is from."""
    checks = exact_checks(connection)
    lines = [_Line(model, methods[model.model], checks.get(model.model)) for model in seen]
    synced = "" if options.last_sync_ms is None else f"synced {ago(now_ms - options.last_sync_ms)}"
    return Report(
        "tokmeter.tokenizers/1",
        line(words("Tokenizers", "strong")),
        synced,
        synced,
        None,
        {},
        now_ms,
        (),
        (Table("tokenizers", "", _COLUMNS, tuple(one.row() for one in lines)),) if lines else (),
        (),
        tuple(_notes(lines, fit_samples(connection), now_ms)),
        Table(
            "records",
            "",
            tuple(Column(key, key, "text") for key in _RECORDS),
            tuple(one.record() for one in lines),
        ),
        {"tokenizers": [one.data() for one in lines]},
    )


class _Line(NamedTuple):
    """One model with everything that is known of its counting."""

    model: ModelSeen
    how: Method
    check: ExactCheck | None

    @property
    def errors(self) -> tuple[float | None, float | None, int | None]:
        """Median and p90 error as shares, and the messages they were measured on."""
        if self.how.method != EXACT:
            return self.how.median_error, self.how.p90_error, self.how.messages
        if self.check is None:
            return None, None, None
        return self.check.median_error, self.check.p90_error, self.check.messages

    @property
    def share(self) -> Ratio | None:
        """How many of the messages an exact count met to the token; None for any other method."""
        if self.how.method != EXACT or self.check is None:
            return None
        return Ratio(self.check.exact, self.check.messages)

    def row(self) -> tuple[Value, ...]:
        """The row of the page."""
        median, p90, messages = self.errors
        return (
            self.model.model,
            self.model.tokens,
            self.how.method,
            self.how.tokenizer,
            percent(median),
            percent(p90),
            messages or None,
            self.share,
            self.how.source,
        )

    def record(self) -> tuple[Value, ...]:
        """The row for scripts."""
        median, p90, messages = self.errors
        return (
            *self.model,
            self.how.method,
            self.how.tokenizer,
            self.how.source,
            self.how.wanted or None,
            _text(median),
            _text(p90),
            messages,
            self.share and self.share.part,
            self.how.fitted_ms,
        )

    def data(self) -> dict[str, object]:
        """The same for JSON."""
        median, p90, messages = self.errors
        return {
            "model": self.model.model,
            "requests": self.model.requests,
            "total_tokens": self.model.tokens,
            "method": self.how.method,
            "tokenizer": self.how.tokenizer,
            "source": self.how.source,
            "wanted": self.how.wanted or None,
            "install": self.how.install or None,
            "median_error": _rounded(median),
            "p90_error": _rounded(p90),
            "messages": messages,
            "exact_messages": self.share and self.share.part,
            "fitted_at": None if self.how.fitted_ms is None else iso(self.how.fitted_ms),
        }


def _notes(lines: Sequence[_Line], samples: Mapping[str, int], now_ms: int) -> list[Note]:
    """What would count better, and how to get it."""
    if not lines:
        text = "the ledger is empty: no request was read from any log"
        return [Note("ledger-empty", "hint", (words(text),), "tokmeter sync")]
    notes = []
    wanted: dict[str, list[str]] = {}
    for one in lines:
        if one.how.wanted and one.how.install:
            wanted.setdefault(one.how.install, []).append(one.model.model)
    for install, models in wanted.items():
        names = models[0] if len(models) == 1 else f"{models[0]} and {len(models) - 1} more"
        text = f"{names}: {install}"
        notes.append(Note("tokenizer-missing", "info", (words(text),), "", len(models)))
    for one in lines:
        share = one.share
        if share is not None and share.whole >= ENOUGH and share.part < DOUBTFUL * share.whole:
            pieces = (
                words(f"{one.model.model}: "),
                Piece(share, "percent"),
                words(f" of {share.whole:,} messages met to the token"),
            )
            notes.append(Note("exact-doubtful", "info", pieces, "tokmeter audit", share.whole - share.part))
    ready = [
        one for one in lines if one.how.method in (PRIOR, ROUGH) and samples.get(one.model.model, 0) >= ENOUGH
    ]
    stale = [one for one in lines if one.how.fitted_ms is not None and now_ms - one.how.fitted_ms > STALE_MS]
    if not samples:
        text = "how far off these are is known once the text of your logs was counted"
        notes.append(Note("not-measured", "hint", (words(text),), CALIBRATE))
    elif ready:
        count = len(ready)
        text = f"{count} {plural(count, 'model')} can be fitted on your own logs"
        notes.append(Note("not-calibrated", "hint", (words(text),), CALIBRATE, count))
    elif stale:
        count = len(stale)
        text = f"{count} {plural(count, 'fit is', 'fits are')} older than 60 days"
        notes.append(Note("calibration-old", "hint", (words(text),), CALIBRATE, count))
    return notes or [Note("integrity", "ok", (words("every model is counted by the best there is"),))]


_FITS = (
    Column("model", "Model", "text"),
    Column("messages", "Messages", "count"),
    Column("median", "Error", "count"),
    Column("p90", "9 in 10", "count", drop=1),
    Column("bias", "In sum", "count", drop=2),
    Column("instead", "Counts by", "text"),
)
_FIT_RECORDS = (
    "model", "samples", "messages", "median_error", "p90_error", "bias", "slope", "per_call", "constant",
)  # fmt: skip


def build_calibrated(outcomes: Sequence[Outcome], needed: int, now_ms: int) -> Report:
    """What each model's fit on the user's logs is worth, on messages it has not seen."""
    fits = sum(one.messages is not None for one in outcomes)
    rows = tuple(
        (
            one.model,
            one.messages if one.messages is not None else one.samples,
            percent(one.median_error),
            percent(one.p90_error),
            percent(one.bias, signed=True),
            one.instead,
        )
        for one in outcomes
    )
    first = line(
        words(f"{fits} of {len(outcomes)} {plural(len(outcomes), 'model')} fitted", "strong"),
        words("errors on messages that the fit has not seen"),
    )
    return Report(
        "tokmeter.calibration/1",
        line(words("Calibration", "strong")),
        "",
        "",
        None,
        {},
        now_ms,
        (first,) if outcomes else (),
        (Table("calibrations", "", _FITS, rows),) if rows else (),
        (),
        tuple(_fit_notes(outcomes, needed)),
        Table(
            "records",
            "",
            tuple(Column(key, key, "text") for key in _FIT_RECORDS),
            tuple((one.model, one.samples, one.messages, *map(_text, one[3:9])) for one in outcomes),
        ),
        {
            "needed": needed,
            "calibrations": [
                {
                    "model": one.model,
                    "samples": one.samples,
                    "messages": one.messages,
                    **{key: _rounded(value) for key, value in zip(_FIT_RECORDS[3:], one[3:9], strict=True)},
                }
                for one in outcomes
            ],
        },
    )


def _fit_notes(outcomes: Sequence[Outcome], needed: int) -> list[Note]:
    if not outcomes:
        text = "no response in the logs shows its text beside a final count"
        return [Note("nothing-measured", "hint", (words(text),), "tokmeter sources")]
    few = [one for one in outcomes if one.samples < needed]
    odd = [one for one in outcomes if one.messages is None and one.samples >= needed]
    notes = []
    for one in few:
        text = f"{one.model}: too few messages ({one.samples} of {needed}): {one.instead}"
        notes.append(Note("calibration-few", "info", (words(text),), "", one.samples))
    for one in odd:
        text = (
            f"{one.model}: the counts of {one.samples} messages do not follow from their text: {one.instead}"
        )
        notes.append(Note("calibration-unfit", "info", (words(text),), "tokmeter audit", one.samples))
    return notes


def percent(share: float | None, *, signed: bool = False) -> str | None:
    """`4.3%`, of a sum `+1.2%`."""
    if share is None:
        return None
    text = f"{100 * share:{'+' if signed else ''}.1f}%"
    return "0.0%" if text in ("-0.0%", "+0.0%") else text


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _text(value: float | None) -> str | None:
    return None if value is None else f"{value:.{_DIGITS}f}"
