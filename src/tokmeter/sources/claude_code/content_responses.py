"""The visible output of a response, merged from the lines it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokmeter.sources._content import Content, Output, Piece, ToolCall
from tokmeter.sources.claude_code.content_lines import Block, Message, object_of
from tokmeter.sources.claude_code.content_tools import Tool, tool_of, written
from tokmeter.sources.claude_code.responses import uses_input

CALLS = frozenset(("tool_use", "server_tool_use", "mcp_tool_use"))
_THINKING = ("thinking", "redacted_thinking")


class Part:
    """One block of a response, as long as the longest reading of it."""

    __slots__ = ("arguments", "kind", "line", "mark", "name", "text", "tool", "ts")

    def __init__(self, kind: str, text: str, mark: str, line: int, ts: int) -> None:
        self.kind = kind
        self.text = text
        self.mark = mark
        self.line = line
        self.ts = ts
        self.name = ""
        self.arguments: dict[str, Any] = {}
        self.tool = Tool()

    def is_of(self, other: Part, *, growing: bool) -> bool:
        """Whether both are readings of one block: same mark, or same text, or (growing) one begins the other.

        A mark is a call's id or a thinking block's signature, which tells two blocks without text apart.
        """
        if self.kind != other.kind:
            return False
        if self.mark and other.mark:
            return self.mark == other.mark
        if self.text == other.text:
            return True
        return growing and (self.text.startswith(other.text) or other.text.startswith(self.text))

    def take(self, other: Part) -> None:
        """Keep the longer reading."""
        self.mark = self.mark or other.mark
        if len(other.text) > len(self.text):
            self.text = other.text
            self.name = other.name
            self.arguments = other.arguments
            self.tool = other.tool


class Response:
    """One response while its lines come."""

    __slots__ = ("context", "final", "key", "last_line", "line", "open", "parts", "ts", "used_line")

    def __init__(self, key: str | None, context: str, line: int, ts: int) -> None:
        self.key = key
        self.context = context
        self.line = line
        self.last_line = line
        self.ts = ts
        self.parts: list[Part] = []
        self.final = False
        self.open = True
        self.used_line = 0
        """The first line whose usage used something; without one there is no entry, so no output."""

    def add(self, message: Message, cwd: str | None, line: int, ts: int) -> list[Part]:
        """Take one line; returns its calls.

        Lines hold one block each, or all blocks so far. A block grows at the end of what is known, or at
        its place in a line that holds several; repeated as it was, it may stand anywhere.
        """
        self.last_line = line
        if message.stop_reason:
            self.final = True
        usage = message.usage
        if not self.used_line and usage is not None and (usage.output_tokens or uses_input(usage)):
            self.used_line = line
        content = message.content
        blocks = [Block(type="text", text=content)] if isinstance(content, str) else content or []
        calls = []
        at = 0
        for block in blocks:
            new = _part(block, cwd, line, ts)
            if new is None:
                continue
            at = self._merge(new, at, several=len(blocks) > 1)
            if new.kind == "call":
                calls.append(new)
        return calls

    def _merge(self, new: Part, start: int, *, several: bool) -> int:
        """Join `new` with the block it is a reading of, at `start` or behind; returns the place behind it.

        So two blocks of one line are never one.
        """
        last = len(self.parts) - 1
        for at in range(start, last + 1):
            known = self.parts[at]
            if known.is_of(new, growing=several or at == last):
                known.take(new)
                return at + 1
        self.parts.append(new)
        return last + 2

    def contents(self) -> Iterator[Content]:
        """The output, then its own pieces."""
        if self.used_line:
            yield self._output()
        for part in self.parts:
            here = (part.line, part.ts, self.context)
            if part.kind == "call":
                tool = part.tool
                yield Piece(*here, tool.call, (part.text,), tool.name, tool.server, tool.path)
            elif part.text:
                yield Piece(*here, "assistant_text" if part.kind == "text" else "thinking", (part.text,))

    def _output(self) -> Output:
        thinking = [part for part in self.parts if part.kind in _THINKING]
        return Output(
            line=self.line if self.key else self.used_line,
            ts=self.ts,
            context=self.context,
            key=self.key,
            messages=tuple(part.text for part in self.parts if part.kind == "text"),
            calls=tuple(ToolCall(part.name, part.arguments) for part in self.parts if part.kind == "call"),
            thinking=tuple(part.text for part in thinking if part.text),
            thinking_blocks=len(thinking),
            final=self.final,
        )


def _part(block: Block, cwd: str | None, line: int, ts: int) -> Part | None:
    """What the model wrote in one block; None for an empty text and for what it did not write."""
    kind = block.type
    if kind == "text":
        return Part("text", block.text, "", line, ts) if block.text else None
    if kind in _THINKING:
        return Part(kind, block.thinking or "", block.signature or block.data or "", line, ts)
    if kind not in CALLS:
        return None
    arguments = object_of(block.input)
    part = Part("call", written(block.name, arguments), block.id or "", line, ts)
    part.name = block.name or ""
    part.arguments = arguments
    part.tool = tool_of(block.name, block.server_name, arguments, cwd)
    return part
