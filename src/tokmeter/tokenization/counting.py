"""How many tokens a text is for a model, by the best that is here, and how far to trust the number.

Best first: the model's own tokenizer (`tokenized`, to the token); a fit on the user's own logs, then the
shipped one, over its base tokenizer (`calibrated`, with the error of nine in ten messages); else the count of
another tokenizer as it is (`estimated`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tokmeter.core.usage import CALIBRATED, ESTIMATED, TOKENIZED
from tokmeter.tokenization._interface import Calibration, Choice, Counted
from tokmeter.tokenization.priors import fit_for

ROUGH_ERROR = 0.4
"""The error stated for a model of which nothing is known. Where the truth is known, the count of o200k_base
lies between 4 % above it (GLM-5) and 41 % below (Sonnet 5: 1.69 tokens for each)."""


TEXT_ERROR = 0.3
"""The error stated where a fit on messages counts a text alone. Messages are mostly code and calls, and prose
has fewer tokens of a Claude for each of o200k_base: of pages of both the fits were 4 to 29 % above."""


class Call(Protocol):
    """A tool call: its arguments decoded, or as the text that the model wrote."""

    @property
    def name(self) -> str:
        """The tool."""

    @property
    def arguments(self) -> dict[str, Any] | str:
        """What it was called with."""


class Counter:
    """Counts for any model. Loads a tokenizer when it is first needed.

    `calibrations`: the user's own fits by model; `files`: the user's own tokenizer files by model or pattern.
    """

    def __init__(
        self, calibrations: Mapping[str, Calibration] | None = None, files: Mapping[str, str] | None = None
    ) -> None:
        self._calibrations = calibrations or {}
        self._files = files or {}
        self._choices: dict[str, Choice] = {}

    def how(self, model: str) -> Choice:
        """Which tokenizer counts for `model`; where it is not exact, a fit stands over its own base."""
        if model not in self._choices:
            from tokmeter.tokenization.models import choose  # noqa: PLC0415 - the fits do without

            self._choices[model] = choose(model, self._files)
        return self._choices[model]

    def fit_of(self, model: str) -> Calibration | None:
        """What holds for a model without a tokenizer of its own: the user's own fit, else the shipped one."""
        return fit_for(model, self._calibrations)

    def error_of(self, model: str) -> float:
        """The error of a text's count for `model`, a share: 0 where it is exact, else that of nine in ten."""
        if self.how(model).exact:
            return 0.0
        fit = self.fit_of(model)
        return ROUGH_ERROR if fit is None else text_error(fit)

    def count(self, model: str, text: str) -> Counted:
        """Tokens of a text as content: what a response or a message adds around it is left out."""
        return self._counted(
            model,
            lambda count: count(text),
            lambda fit, base: round(fit.slope * base),
            text_error,
        )

    def count_output(self, model: str, texts: Sequence[str], calls: Sequence[Call] = ()) -> Counted:
        """Output tokens of a response with this visible text and these calls; nothing seen counts as 0.

        For Claude and by a fit with what the response itself adds; for other models without: that differs
        from one interface to the next by a few tokens.
        """
        if not calls and not any(texts):
            return Counted(0, TOKENIZED, 0.0)
        if self.how(model).exact:
            exact = _claude_output(self.how(model), texts, calls)
            if exact is not None:
                return Counted(exact, TOKENIZED, 0.0)
        return self._counted(
            model,
            lambda count: sum(map(count, texts)) + call_tokens(count, calls),
            lambda fit, base: fit.tokens(base, len(calls)),
            (lambda fit: fit.p90_error) if calls else text_error,
        )

    def _counted(
        self,
        model: str,
        measure: Callable[[Callable[[str], int]], int],
        estimate: Callable[[Calibration, int], int],
        error: Callable[[Calibration], float],
    ) -> Counted:
        """The count by the best that is here: `measure` with a tokenizer, `estimate` from that by a fit."""
        from tokmeter.tokenization.tokenizers import load  # noqa: PLC0415 - brings the tokenizers

        choice = self.how(model)
        if choice.exact:
            return Counted(measure(load(choice.tokenizer).count), TOKENIZED, 0.0)
        fit = self.fit_of(model)
        if fit is not None:
            return Counted(estimate(fit, measure(load(fit.base).count)), CALIBRATED, error(fit))
        return Counted(measure(load(choice.tokenizer).count), ESTIMATED, ROUGH_ERROR)


def text_error(fit: Calibration) -> float:
    """The error of a fit over a plain text: its own if it was measured on texts, else at least TEXT_ERROR."""
    is_of_messages = bool(fit.per_call or fit.constant or fit.fitted_ms)
    return max(fit.p90_error, TEXT_ERROR) if is_of_messages else fit.p90_error


def call_tokens(count: Callable[[str], int], calls: Sequence[Call]) -> int:
    """Tokens of calls as they are written: decoded arguments as Claude's markup, texts as name and text."""
    decoded = [call for call in calls if isinstance(call.arguments, dict)]
    total = sum(count(f"{call.name}{call.arguments}") for call in calls if isinstance(call.arguments, str))
    if decoded:
        from tokmeter.tokenization.claude_output import render_calls  # noqa: PLC0415 - only for these

        total += count(render_calls(decoded)[0])
    return total


def _claude_output(choice: Choice, texts: Sequence[str], calls: Sequence[Call]) -> int | None:
    """By the formula for Claude's output; None for other models, and a tokenizer of the user's own."""
    if not choice.tokenizer.startswith("claude-"):
        return None
    from tokmeter.tokenization.claude_output import visible_tokens  # noqa: PLC0415 - only for Claude
    from tokmeter.tokenization.models import claude_family  # noqa: PLC0415 - the same

    family = claude_family(choice.model)
    return None if family is None else visible_tokens(texts, calls, family)
