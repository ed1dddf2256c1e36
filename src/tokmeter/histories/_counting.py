"""Counting the texts of calls whose records hold no counts.

A count from a log is a fact: only the side that the log leaves out is counted, and how it was counted stands
beside it (`core.usage.COUNT_BASES`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from tokmeter.core.usage import MAX_TOKENS, TOKENIZED
from tokmeter.histories._parts import compact, decoded
from tokmeter.histories._record import Call
from tokmeter.histories._texts import Texts, ToolCall
from tokmeter.tokenization._interface import Counted

MOST_REMEMBERED = 100_000
"""Input texts whose counts are remembered: a conversation that is sent again repeats all of them."""
_SHORTEST = 16
"""Characters of a text that is worth remembering."""


class Counts(Protocol):
    """What counts texts for a model: `tokmeter.tokenization.counting.Counter`, or a test's own."""

    def count(self, model: str, text: str) -> Counted:
        """Tokens of a text as input."""

    def count_output(self, model: str, texts: Sequence[str], calls: Sequence[ToolCall] = ()) -> Counted:
        """Tokens of a response made of these texts and tool calls."""


def default_counts() -> Counts:
    """Counting without calibrations of one's own."""
    from tokmeter.tokenization.counting import Counter  # noqa: PLC0415 - only where a call has no counts

    return Counter()


def written_by(model: str, call: ToolCall) -> ToolCall:
    """A tool call as the model wrote it: Claude parameter by parameter, others as JSON."""
    if "claude" in model.lower():
        return call._replace(arguments=decoded(call.arguments))
    return call._replace(arguments=compact(call.arguments))


class TextCounter:
    """Counts the texts of calls; what counts is made when the first call needs it."""

    def __init__(self, make: Callable[[], Counts] = default_counts) -> None:
        self._make = make
        self._counts: Counts | None = None
        self._known: dict[tuple[str, int, int], Counted] = {}

    def count(self, call: Call) -> None:
        """Give a call the counts that its log lacks, and drop its texts; one without texts stays as it is."""
        texts, call.texts = call.texts, None
        if texts is None or not (texts.holds_output or texts.given is not None):
            return
        tokens = call.tokens
        reported = not tokens.is_empty
        basis, error = 0, 0.0
        if texts.given is not None and not tokens.input:
            tokens.uncached_input, basis, error = self._input(call.model, texts)
        if texts.written is not None and not tokens.output:
            counted, reasoning = self._output(call.model, texts)
            tokens.output = min(counted.tokens, MAX_TOKENS)
            tokens.reasoning = min(reasoning, tokens.output)
            basis = max(basis, counted.basis)
            error = max(error, counted.error)
        call.count_basis = basis
        call.count_error = error if basis else None
        call.is_half_reported = reported and basis > 0
        call.is_input_partial = texts.is_partial

    def _input(self, model: str, texts: Texts) -> Counted:
        """Tokens of the input and how they were got, the worst way of all."""
        total, basis, error = texts.framing, TOKENIZED if texts.framing else 0, 0.0
        for text in texts.given or ():
            if text:
                counted = self._text(model, text)
                total += counted.tokens
                basis = max(basis, counted.basis)
                error = max(error, counted.error)
        return Counted(min(total, MAX_TOKENS), basis, error)

    def _output(self, model: str, texts: Texts) -> tuple[Counted, int]:
        """The output as one response, and the part of it that is thinking."""
        if not texts.holds_output:
            return Counted(0, 0, 0.0), 0
        told = [text for text in (*texts.thinking, *(texts.written or ())) if text]
        counted = self._counter().count_output(model, told, [written_by(model, call) for call in texts.calls])
        reasoning = sum(self._text(model, text).tokens for text in texts.thinking if text)
        return counted, reasoning

    def _text(self, model: str, text: str) -> Counted:
        """The count of one text, remembered by its hash and length: never the text."""
        if len(text) < _SHORTEST:
            return self._counter().count(model, text)
        name = (model, len(text), hash(text))
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            known = self._known[name] = self._counter().count(model, text)
        return known

    def _counter(self) -> Counts:
        if self._counts is None:
            self._counts = self._make()
        return self._counts
