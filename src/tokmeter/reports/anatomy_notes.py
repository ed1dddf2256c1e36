"""How far an anatomy reaches: what was left out, how tokens were scaled, what the texts do not explain."""

from __future__ import annotations

from tokmeter.metrics.anatomy import Anatomy
from tokmeter.metrics.scaling import Scale
from tokmeter.reports.document import Note, Piece, words
from tokmeter.reports.numbers import percent, plural

MODELS = 3
"""Models whose factor is told on a page; JSON tells all."""
EXCESS = 200
"""Texts beyond the logged input are told of from this part of it on, half a per cent; JSON tells all."""


def anatomy_notes(found: Anatomy, *, counted: bool = True) -> tuple[Note, ...]:
    """The closing lines that only an anatomy has. `counted`: the texts of new logs were to be counted."""
    notes = _coverage(found, counted=counted)
    if found.covered:
        notes += [*_scaling(found), *_explained(found)]
    return tuple(notes)


def _coverage(found: Anatomy, *, counted: bool) -> list[Note]:
    notes = []
    textless = found.asked - found.covered - found.unmeasured
    unmeasured = "left out: their logs were gone before they were measured, or hold no text"
    if not counted:
        unmeasured = "not counted: run without --no-sync"
    for code, count, why in (
        ("unmeasured", found.unmeasured, unmeasured),
        ("textless", textless, "left out: no text of theirs stands in their logs"),
    ):
        if count > 0:
            text = f" of {found.asked:,} {plural(found.asked, 'request')} {why}"
            notes.append(Note(code, "info", (Piece(count, "count"), words(text)), "", count))
    return notes


def _scaling(found: Anatomy) -> list[Note]:
    named = sorted(found.scales.items(), key=lambda item: (-found.requests_by_model.get(item[0], 0), item[0]))
    notes = [
        Note("scaled", "info", (words(scaling(model, scale)),), "", found.requests_by_model.get(model, 0))
        for model, scale in named[:MODELS]
    ]
    if len(named) > MODELS:
        more = len(named) - MODELS
        text = f"{more} more {plural(more, 'model')} scaled as --json tells"
        notes.append(Note("scaled", "info", (words(text),), "", more))
    return notes


def scaling(model: str, scale: Scale) -> str:
    """How a model's tokens follow from those of o200k, and how sure that is."""
    name = model or "a model without a name"
    if scale.basis == "exact":
        return f"tokens of {name} are counted by its own tokenizer"
    if scale.basis == "unscaled":
        return f"tokens of {name} are o200k's: nothing tells how its own differ"
    if scale.basis == "measured":
        how = f"measured on {scale.responses:,} responses"
    else:
        how = f"fitted on {scale.responses:,} of yours" if scale.responses else "the fit that is shipped"
    error = "" if scale.error is None else f" (9 of 10 within {percent(round(scale.error * 1000), 1000)})"
    return f"tokens of {name} are o200k's \N{MULTIPLICATION SIGN} {scale.factor:.2f}, {how}{error}"


def _explained(found: Anatomy) -> list[Note]:
    """How much of the input that was billed the texts come to, and how much more they would have come to."""
    if found.input_tokens <= 0:
        return []
    # Less than a token for each request is what fitting texts to the logged input rounds off.
    unexplained = found.unexplained_tokens if found.unexplained_tokens > found.covered else 0
    explained = found.input_tokens - unexplained
    rest = "; the rest is in no text of the logs: images, thinking, lost lines" if unexplained else ""
    pieces = (
        words("what is shown comes to "),
        words(percent(explained, found.input_tokens)),
        words(" of the "),
        Piece(found.input_tokens, "tokens"),
        words(f" input tokens logged{rest}"),
    )
    notes = [Note("unexplained", "info", pieces, "", found.unexplained_tokens)]
    if found.excess_tokens * EXCESS >= found.input_tokens:
        why = words(" tokens of text beyond that input are left out: dropped unseen, or estimated too high")
        left_out = (Piece(found.excess_tokens, "tokens"), why)
        notes.append(Note("excess", "info", left_out, "", found.excess_tokens))
    return notes
