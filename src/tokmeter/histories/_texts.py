"""The texts of a call whose record holds no counts: kept until they are counted, never stored or printed.

Nothing here is counted. `_counting.py` does that, right after a call was read, and drops the texts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec


class ToolCall(NamedTuple):
    """One call of a tool that a reply asks for; arguments as the text that the model wrote, or decoded."""

    name: str
    arguments: dict[str, Any] | str


class Texts(msgspec.Struct, gc=False, kw_only=True):
    """What a call sent and got, as far as its record tells.

    `given` is the input: None where the log counts it, or tells nothing of it. `written`, `thinking` and
    `calls` are the output, `written` None where the log counts it. `framing`: tokens by rule beside the texts
    (roles and the like). `is_partial`: more was sent than stands here.
    """

    given: tuple[str, ...] | None = None
    framing: int = 0
    written: tuple[str, ...] | None = None
    thinking: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    is_partial: bool = False

    def __repr__(self) -> str:
        """How much there is of everything, and no word of it."""
        given = None if self.given is None else len(self.given)
        written = None if self.written is None else len(self.written)
        return (
            f"Texts(given={given}, written={written}, thinking={len(self.thinking)}, calls={len(self.calls)})"
        )

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Nothing more for pretty printers, which would list the fields."""
        return []

    @property
    def holds_output(self) -> bool:
        """Whether anything that was generated stands here."""
        return bool(self.written or self.thinking or self.calls)


class Written(NamedTuple):
    """The output of one reply."""

    texts: tuple[str, ...] = ()
    thinking: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no text at all."""
        return not (self.texts or self.thinking or self.calls)


class Given(NamedTuple):
    """The input of one request. `framing` in tokens; `is_partial`: more was sent than its texts tell."""

    texts: tuple[str, ...] = ()
    framing: int = 0
    is_partial: bool = False


def texts_of(given: Given | None, written: Written | None) -> Texts:
    """Both sides together; None for a side that the log counts itself (output) or does not hold (input)."""
    return Texts(
        given=None if given is None else given.texts,
        framing=0 if given is None else given.framing,
        written=None if written is None else written.texts,
        thinking=() if written is None else written.thinking,
        calls=() if written is None else written.calls,
        is_partial=given is None or given.is_partial,
    )
