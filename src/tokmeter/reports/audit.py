"""`tokmeter audit`: what the logs report against what their own text explains."""

from __future__ import annotations

from collections.abc import Callable

from tokmeter.core.money import as_json
from tokmeter.core.spans import iso
from tokmeter.metrics.audit import Audit, Checked, Cut, Outlier, Thinking
from tokmeter.metrics.query import CALIBRATED, TOKENIZED
from tokmeter.reports.closing import emptiness
from tokmeter.reports.document import Column, Line, Money, Note, Piece, Ratio, Report, Table, Value, words
from tokmeter.reports.frame import Frame
from tokmeter.reports.labels import place as shown
from tokmeter.reports.numbers import NONE, plural

BASES = ("reported", "tokenized", "calibrated", "estimated")
AGREES = 0.01
"""A total bias up to this is agreement; of a calibration, up to half of its p90 error."""
SHORT_SHARE, WITHIN_SHARE = 0.1, 0.8
"""More responses logged far below their text, or fewer near it, are no agreement whatever their sum."""

_MODELS = (
    Column("model", "Model", "text"),
    Column("responses", "Responses", "count", drop=4),
    Column("checked", "Checked", "count"),
    Column("exact", "Exact", "percent"),
    Column("within", "In 5%", "percent", drop=2),
    Column("median_error", "Median", "count", drop=3),
    Column("bias", "Bias", "count"),
    Column("short", "Short", "count", drop=1),
    Column("method", "Method", "text", drop=5),
)
_THINKING = (
    Column("week", "Week", "text"),
    Column("model", "Model", "text"),
    Column("responses", "Responses", "count", drop=2),
    Column("output_tokens", "Output", "tokens", drop=1),
    Column("hidden_tokens", "Thinking", "tokens"),
    Column("share", "Share", "percent"),
    Column("error", "±", "tokens", drop=3),
    Column("cost", "Cost", "money"),
    Column("basis", "Basis", "text", drop=4),
)
_CUT = (
    Column("model", "Model", "text"),
    Column("client_version", "Version", "text", drop=1),
    Column("requests", "Requests", "count"),
    Column("whole", "Whole", "count", drop=4),
    Column("estimated", "Counted", "count", drop=5, wide=True),
    Column("logged", "Logged", "tokens", drop=2),
    Column("missing", "Missing", "tokens"),
    Column("error", "±", "count", drop=3),
    Column("cost", "Cost", "money"),
)
_OUTLIERS = (
    Column("model", "Model", "text"),
    Column("logged", "Logged", "count"),
    Column("explained", "Explained", "count"),
    Column("place", "File and line", "place"),
)
_RECORDS = ("model", "responses", "checked", "basis", "exact", "within_5_percent", "short", "logged_tokens",
            "explained_tokens", "median_error", "method_p90_error")  # fmt: skip
ENOUGH = 20
"""Responses of a model from which on its sum is worth a verdict."""
SHOWN = 8
"""Outliers and weeks that a page shows without --wide."""


def build_audit(found: Audit, of: Frame, home: str, *, details: bool, counted: bool = True) -> Report:
    """The verdict first, then agreement by model, hidden thinking, output cut short, outliers with places.

    `counted`: the texts of new logs were to be counted.
    """
    most = None if details else SHOWN
    tables = (
        Table("models", "", _MODELS, tuple(_model_row(one) for one in found.models)),
        _shortened("thinking", "Output that no visible text explains", _THINKING,
                   [_thinking_row(one) for one in found.thinking], most),
        _shortened("cut", "Cut short in the log, beside the totals", _CUT,
                   [_cut_row(one) for one in found.cut], most, _cut_total(found.cut)),
        _shortened("outliers", "Far from their text", _OUTLIERS,
                   [_outlier_row(one, home) for one in found.outliers], most),
    )  # fmt: skip
    return Report(
        "tokmeter.audit/1",
        of.title("Audit"),
        of.aside(),
        of.wide_aside(),
        of.period,
        of.filters,
        of.now_ms,
        (*of.selection(), Line(((words(verdict(found)),),))),
        tuple(table for table in tables if table.rows),
        (),
        tuple(_notes(found, of, counted=counted)),
        Table("records", "", tuple(Column(name, name, "count") for name in _RECORDS),
              tuple(_record(one) for one in found.models)),
        _data(found),
    )  # fmt: skip


def verdict(found: Audit) -> str:
    """Whether reported counts and text agree, in one sentence."""
    checked = [one for one in found.models if one.checked]
    if not checked:
        return "Nothing to hold against the text: no response of this time could be checked."
    text = _in_numbers(checked)
    judged = [one for one in checked if one.checked >= ENOUGH]
    if not judged:
        return f"Too few to tell: {text}."
    for fault in (_is_short, _is_apart, _is_biased):
        away = [one for one in judged if fault(one)]
        if away:
            worst = max(away, key=lambda one: one.checked)
            return f"{_said(worst, fault)}; {text}."
    return f"Reported output agrees with the text: {text}."


def _in_numbers(checked: list[Checked]) -> str:
    exact = [one for one in checked if one.exact is not None]
    close = sum(one.checked for one in checked if one.exact is None)
    parts = []
    if exact:
        agreeing, of = sum(one.exact or 0 for one in exact), sum(one.checked for one in exact)
        parts.append(f"{agreeing:,} of {of:,} checked responses match to the token")
    if close:
        more = "more" if exact else "responses"
        parts.append(f"{close:,} {more} were held against a calibration")
    return ", ".join(parts)


def _is_short(one: Checked) -> bool:
    return one.short > SHORT_SHARE * one.checked


def _is_apart(one: Checked) -> bool:
    return one.exact is not None and one.within < WITHIN_SHARE * one.checked


def _is_biased(one: Checked) -> bool:
    return abs(bias(one)) > (AGREES if one.exact is not None else max(AGREES, one.error / 2))


def _said(one: Checked, fault: Callable[[Checked], bool]) -> str:
    if fault is _is_short:
        return f"{one.model} reports a fraction of its text in {one.short:,} of {one.checked:,} responses"
    if fault is _is_apart:
        return f"{one.model} is within 5% of its text in only {one.within:,} of {one.checked:,} responses"
    more = "more" if bias(one) > 0 else "less"
    return f"{one.model} reports {abs(bias(one)):.1%} {more} output than its text explains"


def bias(one: Checked) -> float:
    """How far the reported sum is from what the text explains, as a share of that."""
    return one.logged / one.explained - 1 if one.explained else 0.0


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else NONE


def _shortened(
    name: str,
    title: str,
    columns: tuple[Column, ...],
    rows: list[tuple[Value, ...]],
    most: int | None,
    total: tuple[Value, ...] | None = None,
) -> Table:
    """The first rows of a list, and how many more there are."""
    shown = rows[:most]
    more = len(rows) - len(shown)
    if more:
        shown.append((f"{more:,} more: --wide", *[""] * (len(columns) - 1)))
    return Table(name, title, columns, tuple(shown), total if len(rows) > 1 else None)


def _model_row(one: Checked) -> tuple[Value, ...]:
    return (
        one.model,
        one.responses,
        one.checked,
        None if one.exact is None or not one.checked else Ratio(one.exact, one.checked),
        Ratio(one.within, one.checked) if one.checked else None,
        f"{one.median_error:.1%}" if one.checked else None,
        f"{bias(one):+.1%}" if one.checked else None,
        one.short,
        _method(one),
    )


def _method(one: Checked) -> str:
    if not one.checked:
        return "no check"
    return BASES[one.basis] if one.basis == TOKENIZED else f"{BASES[one.basis]} ±{one.error:.0%}"


def _thinking_row(one: Thinking) -> tuple[Value, ...]:
    return (
        one.week,
        one.model,
        one.responses,
        one.output_tokens,
        one.hidden_tokens,
        Ratio(one.hidden_tokens, one.output_tokens),
        one.error_tokens or None,
        Money(one.cost_nanousd),
        BASES[one.basis],
    )


def _cut_row(one: Cut) -> tuple[Value, ...]:
    cut = one.estimated - one.whole
    error = "least" if one.lower_bound else f"{one.error:.0%}" if one.error else None
    return (
        one.model,
        one.client_version or NONE,
        one.requests,
        one.whole,
        one.estimated,
        one.logged_tokens,
        one.missing_tokens if one.estimated else None,
        error,
        Money(None if one.unpriced == cut else one.missing_nanousd) if cut else None,
    )


def _cut_total(rows: list[Cut]) -> tuple[Value, ...]:
    priced = any(one.missing_nanousd for one in rows)
    return (
        "Total",
        "",
        sum(one.requests for one in rows),
        sum(one.whole for one in rows),
        sum(one.estimated for one in rows),
        sum(one.logged_tokens for one in rows),
        sum(one.missing_tokens for one in rows),
        None,
        Money(sum(one.missing_nanousd for one in rows) if priced else None),
    )


def _outlier_row(one: Outlier, home: str) -> tuple[Value, ...]:
    return one.model, one.logged, one.explained, f"{shown(one.path, home=home)}:{one.line}"


def _notes(found: Audit, of: Frame, *, counted: bool) -> list[Note]:
    if not found.requests:
        return list(emptiness(of))
    notes = []
    left = found.requests - found.measured
    if left > 0:
        why = "their logs hold no text, or are gone" if counted else "run without --no-sync"
        pieces: tuple[Piece, ...] = (
            Piece(left, "count"),
            words(f" of {found.requests:,} {plural(found.requests, 'request')} not counted: {why}"),
        )
        notes.append(Note("unmeasured", "info", pieces, "", left))
    doubtful = [one for one in found.models if _is_doubtful(one)]
    for one in doubtful:
        share = _percent(one.exact or 0, one.checked)
        text = f"{one.model}: only {share} exact; its thinking is hidden, or its tokenizer changed"
        notes.append(Note("tokenizer-doubtful", "warning", (words(text),), "tokmeter audit --wide"))
    if any(one.basis == CALIBRATED and one.checked for one in found.models):
        text = "models without a tokenizer here were held against a calibration"
        notes.append(Note("calibrated", "info", (words(text),), "tokmeter tokenizers"))
    if not notes:
        notes.append(Note("integrity", "ok", (words("every request of this time was measured"),)))
    return notes


def _is_doubtful(one: Checked) -> bool:
    """Whether the exact formula fails so often that it is none for this model."""
    return one.exact is not None and one.checked >= ENOUGH and one.exact < 0.8 * one.checked


def _record(one: Checked) -> tuple[Value, ...]:
    if not one.checked:
        return (one.model, one.responses, 0, *[None] * (len(_RECORDS) - 3))
    return (
        one.model, one.responses, one.checked, BASES[one.basis], one.exact, one.within, one.short, one.logged,
        one.explained, f"{one.median_error:.6f}", f"{one.error:.4f}",
    )  # fmt: skip


def _data(found: Audit) -> dict[str, object]:
    return {
        "verdict": verdict(found),
        "requests": found.requests,
        "measured_requests": found.measured,
        "models": [
            {
                "model": one.model,
                "responses": one.responses,
                "checked": one.checked,
                "basis": BASES[one.basis] if one.checked else None,
                "exact": one.exact,
                "rewritten": one.rewritten,
                "within_5_percent": one.within,
                "short": one.short,
                "logged_tokens": one.logged,
                "explained_tokens": one.explained,
                "median_error": round(one.median_error, 6) if one.checked else None,
                "bias": round(bias(one), 6) if one.checked else None,
                "method_p90_error": one.error if one.checked else None,
            }
            for one in found.models
        ],
        "thinking": [
            {
                "week": one.week,
                "model": one.model,
                "responses": one.responses,
                "output_tokens": one.output_tokens,
                "hidden_tokens": one.hidden_tokens,
                "error_tokens": one.error_tokens,
                "list_cost": as_json(one.cost_nanousd),
                "basis": BASES[one.basis],
            }
            for one in found.thinking
        ],
        "cut": [
            {
                "model": one.model,
                "client_version": one.client_version or None,
                "requests": one.requests,
                "logged_output_tokens": one.logged_tokens,
                "estimated_requests": one.estimated,
                "whole_requests": one.whole,
                "missing_output_tokens": one.missing_tokens,
                "missing_list_cost": as_json(
                    None
                    if one.unpriced and one.unpriced == one.estimated - one.whole
                    else one.missing_nanousd
                ),
                "p90_error": one.error,
                "lower_bound": bool(one.lower_bound),
            }
            for one in found.cut
        ],
        "outliers": [
            {
                "model": one.model,
                "ts": iso(one.ts),
                "logged_tokens": one.logged,
                "explained_tokens": one.explained,
                "key": one.key,
                "path": one.path,
                "line": one.line,
            }
            for one in found.outliers
        ],
    }
