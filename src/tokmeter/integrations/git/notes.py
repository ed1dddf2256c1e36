"""The text of a note in refs/notes/tokmeter, and what becomes of notes when commits are rewritten. Pure.

A note holds the trailer's line, then `Tokmeter-Models: claude-opus-4-8=91% claude-haiku-4-5=9%`, and for a
commit that was cherry-picked `Tokmeter-Copied-From: SHA`, so that sums over notes can leave it out.
"""

from __future__ import annotations

from tokmeter.integrations.git.trailers import (
    COPIED,
    MODELS,
    NOTHING,
    USAGE,
    Figures,
    figures_of,
    last_figures,
    model_weights,
    shares,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokmeter.metrics.window import ModelUse

REF = "refs/notes/tokmeter"


class Note:
    """One note. `models`: whole percentages by model."""

    __slots__ = ("copied_from", "figures", "models")

    def __init__(self, figures: Figures, models: Mapping[str, int], copied_from: str = "") -> None:
        self.figures = figures
        self.models = models
        self.copied_from = copied_from

    def text(self) -> str:
        """As it is stored."""
        lines = [f"{USAGE}: {self.figures.text()}"]
        if self.models:
            models = " ".join(f"{name}={percent}%" for name, percent in self.models.items())
            lines.append(f"{MODELS}: {models}")
        if self.copied_from:
            lines.append(f"{COPIED}: {self.copied_from}")
        return "".join(f"{line}\n" for line in lines)


def note_of(uses: Sequence[ModelUse]) -> Note | None:
    """The note for what was used; None for nothing."""
    figures = figures_of(uses)
    return Note(figures, shares(model_weights(uses))) if figures.requests else None


def parse_note(text: str) -> Note | None:
    """A stored note; None where it holds no figures."""
    figures = last_figures(text)
    if figures is None:
        return None
    models: dict[str, int] = {}
    copied = ""
    for line in text.splitlines():
        key, _, value = line.partition(": ")
        if key == MODELS:
            pairs = (word.rpartition("=") for word in value.split())
            models = {name: int(share.rstrip("%")) for name, _, share in pairs if share.rstrip("%").isdigit()}
        elif key == COPIED:
            copied = value.strip()
    return Note(figures, models, copied)


def combined(notes: Sequence[Note]) -> Note | None:
    """One note for all of them. Copies count only where there is nothing else."""
    own = [note for note in notes if not note.copied_from] or notes[:1]
    if len(own) == 1:
        return own[0]
    if not own:
        return None
    total = NOTHING
    weights: dict[str, int] = {}
    by_cost = all(note.figures.cost and not note.figures.unpriced for note in own)
    for note in own:
        figures = note.figures
        total = total.plus(figures)
        size = figures.cost or 0 if by_cost else figures.input + figures.output
        for model, percent in note.models.items():
            weights[model] = weights.get(model, 0) + size * percent
    return Note(total, shares(weights))
