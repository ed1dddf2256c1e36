"""What Claude's output costs: the text that a response was written as, counted by the model's own tokenizer.

An API sends texts and calls apart. The model writes one text: what it thought, what it says, and calls as
markup whose tags carry a prefix; it stops after the last tag, or by beginning the next turn. All of that is
billed, and nothing else: up to Opus 4.7 the count of that text is the logged count, without any constant.
From Opus 4.8 on the outer tags of calls and the next turn's name are single tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from tokmeter.tokenization._ctok import written_count

PREFIX = "antml:"
"""Before the name of every tag that a model writes."""
NEXT_TURN = "\n\nHuman:"
"""How a response without calls ends."""
SINGLE_TOKENS = {"v3": (0, 0), "v4.7": (0, 0), "v4.8": (2, 16)}
"""Family → tokens to take off for text alone, and with calls: what is one token there, counted as text.

"Human:" is three tokens as text, each of the two outer tags nine: with one token each, 2 and 16 fewer.
"""
EDIT_TOOLS = ("Edit", "MultiEdit")


class ToolCallLike(Protocol):
    """One call: the tool's name and its input, decoded."""

    @property
    def name(self) -> str:
        """The tool's name as the model wrote it."""

    @property
    def arguments(self) -> object:
        """A dict of parameters; anything else is taken as one text."""


def visible_tokens(
    texts: Sequence[str], calls: Sequence[ToolCallLike], family: str, thinking: Sequence[str] = ()
) -> int:
    """Output tokens that a response's texts and calls explain, of a model of `family` ("v3", "v4.7", "v4.8").

    `thinking`: texts of its thinking blocks where the log holds them (v3; later models log none). Raises
    ImportError where `ctok` is not installed.
    """
    written = "".join(f"{thought}\n</{PREFIX}thinking>\n\n" for thought in thinking if thought)
    written += "".join(texts)
    if not calls:
        return written_count(written + NEXT_TURN, family) - SINGLE_TOKENS[family][0]
    if any(texts):
        written += "\n\n"
    tag = f"{PREFIX}function_calls>"
    written += f"<{tag}{_markup(calls, PREFIX)}\n</{tag}"
    return written_count(written, family) - SINGLE_TOKENS[family][1]


def possible_tokens(
    texts: Sequence[str],
    calls: Sequence[ToolCallLike],
    family: str,
    folder: str = "",
    thinking: Sequence[str] = (),
) -> frozenset[int]:
    """Every count that the response can have had before Claude Code changed its calls for the log.

    It adds `replace_all: false` to an Edit without it, drops a `cd FOLDER && ` into the session's own folder
    from the front of a command, and drops a text of line ends alone. The log doesn't say where it did.
    """
    base = visible_tokens(texts, calls, family, thinking)
    added = sum(1 for call in calls if _default_first(call))
    dropped = sum(1 for call in calls if folder and call.name == "Bash")
    blank = bool(calls) and not any(texts)
    default = _parameter("replace_all", "false", PREFIX)
    parameter = written_count(f"\n{default}<", family) - written_count("\n<", family)
    change = written_count(f">cd {folder} && a", family) - written_count(">a", family)
    return frozenset(
        base - parameter * i + change * j + k
        for i in range(added + 1)
        for j in range(dropped + 1)
        for k in range(blank + 1)
    )


def render_calls(calls: Sequence[ToolCallLike]) -> tuple[str, int]:
    """Calls as markup without prefix and outer tags, and how many parameters they have.

    The base that calibrations of other tokenizers count: those learn by themselves what the rest adds.
    """
    return _markup(calls, ""), sum(len(_parameters(call)) for call in calls)


def _markup(calls: Sequence[ToolCallLike], prefix: str) -> str:
    lines = []
    for call in calls:
        lines.append(f'\n<{prefix}invoke name="{call.name}">\n')
        lines += [_parameter(name, value, prefix) for name, value in _parameters(call).items()]
        lines.append(f"</{prefix}invoke>")
    return "".join(lines)


def _parameter(name: object, value: object, prefix: str) -> str:
    return f'<{prefix}parameter name="{name}">{_written(value)}</{prefix}parameter>\n'


def _parameters(call: ToolCallLike) -> Mapping[object, object]:
    """A call's parameters; an input that is no object counts as one without a name."""
    if isinstance(call.arguments, Mapping):
        return call.arguments
    return {"": call.arguments} if call.arguments else {}


def _written(value: object) -> str:
    """A parameter's value as the model writes it: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:  # no log holds that: its line could not be decoded
        return ""
    except (TypeError, ValueError):
        return str(value)


def _default_first(call: ToolCallLike) -> bool:
    """Whether a call looks like one that Claude Code gave the default: it then stands first."""
    parameters = _parameters(call)
    return (
        call.name in EDIT_TOOLS
        and parameters.get("replace_all") is False
        and next(iter(parameters)) == "replace_all"
    )
