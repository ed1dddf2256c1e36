"""What the visible part of a Codex response costs: the formula of OpenAI's models, by o200k_base.

A response is its texts and calls plus a few tokens of markup, the same for every response of one shape. The
constants were found on 1,437 responses of real logs (gpt-5-codex, gpt-5.4, gpt-5.5) with
`output_tokens - reasoning_output_tokens` as the truth; with them 1,435 are right to the token, and all 91
without calls. One of the two others was retried after its stream broke.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

ENDING = -3  # with one message: 4
PER_MESSAGE = 7
REASONING = 2
CALL = 11  # a single call with arguments in JSON
FREE_CALL = 9  # a single call of a tool that takes free text: a patch
PARALLEL = 20  # several calls in one response
PER_PARALLEL_CALL = 7

_FREE_AS_JSON = re.compile(r"gpt-5-codex\b")
_FREE = re.compile(r"gpt-5\.[4-9]\b")
_NOT_WRITTEN = {"web_search", "image_generation", "tool_search"}
"""The provider's own tools: their calls are logged in another form than the model wrote."""


class Call(Protocol):
    """A call as the log has it."""

    @property
    def name(self) -> str:
        """The tool."""

    @property
    def arguments(self) -> object:
        """Its input: text, of JSON or free."""


def visible_tokens(
    messages: Sequence[int],
    calls: Sequence[Call] = (),
    *,
    reasoning: bool,
    count: Callable[[str], int] | None = None,
    model: str = "",
) -> int | None:
    """Tokens of a response without its reasoning; None where its calls leave that open.

    `messages`: tokens of each message by o200k_base. `reasoning`: whether the response holds any, as an item
    or a count (gpt-5-codex rounds the count, often to 0). `count` counts texts by o200k_base; without it,
    and for the provider's own tools, a response with calls stays open.
    """
    total = sum(messages) + PER_MESSAGE * len(messages) + (REASONING if reasoning else 0)
    if not calls:
        return total + ENDING if messages else None
    if count is None or any(call.name in _NOT_WRITTEN for call in calls):
        return None
    free = [not str(call.arguments).startswith("{") for call in calls]
    total += sum(count(call.name) + count(str(call.arguments)) for call in calls)
    if len(calls) > 1:
        return None if any(free) else total + PARALLEL + PER_PARALLEL_CALL * len(calls)
    if not free[0] or _FREE_AS_JSON.match(model):
        return total + CALL
    return total + FREE_CALL if _FREE.match(model) else None
