"""How many output tokens a response's visible part explains, from counts alone: no text is needed."""

from __future__ import annotations

from collections.abc import Mapping

from tokmeter.core.usage import CALIBRATED, ESTIMATED, TOKENIZED
from tokmeter.tokenization._interface import Calibration, Counted
from tokmeter.tokenization.counting import ROUGH_ERROR
from tokmeter.tokenization.priors import fit_for


class Predictor:
    """Predicts outputs: exact where that was counted, else by the model's calibration, else by the prior."""

    def __init__(self, calibrations: Mapping[str, Calibration]) -> None:
        self._calibrations = calibrations
        self._known: dict[str, Calibration | None] = {}

    def fit_of(self, model: str) -> Calibration | None:
        """What holds for a model whose tokenizer is not here: the user's own fit, else the shipped one."""
        if model not in self._known:
            self._known[model] = fit_for(model, self._calibrations)
        return self._known[model]

    def output(self, model: str, base: int, calls: int, exact: int | None) -> Counted:
        """Tokens of a visible output of `base` o200k tokens with `calls` tool calls."""
        if exact is not None:
            return Counted(exact, TOKENIZED, 0.0)
        fit = self.fit_of(model)
        if fit is None:
            return Counted(base, ESTIMATED, ROUGH_ERROR)
        return Counted(fit.tokens(base, calls), CALIBRATED, fit.p90_error)

    def text(self, model: str, base: int) -> Counted:
        """Tokens of a text of `base` o200k tokens, without what a response adds to it."""
        fit = self.fit_of(model)
        if not base:
            return Counted(0, TOKENIZED, 0.0)
        if fit is None:
            return Counted(base, ESTIMATED, ROUGH_ERROR)
        return Counted(round(fit.slope * base), CALIBRATED, fit.p90_error)
