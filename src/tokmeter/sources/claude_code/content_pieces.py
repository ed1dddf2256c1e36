"""What user lines, attachments and system lines put into a context."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tokmeter.sources._content import Piece
from tokmeter.sources.claude_code import recognise
from tokmeter.sources.claude_code.content_attachments import prompt_texts, read_attachment
from tokmeter.sources.claude_code.content_lines import Block, Line, Message, object_of
from tokmeter.sources.claude_code.content_tools import UNKNOWN, Tool
from tokmeter.sources.claude_code.happenings import MOST_QUEUED
from tokmeter.sources.claude_code.responses import UNIQUE_ID_LENGTH

_OPEN, _CLOSE = "<system-reminder>", "</system-reminder>"
_SHELL_OUTPUT = ("<bash-stdout>", "<bash-stderr>")
_SHELL_INPUT = "<bash-input>"
_ARGUMENTS = re.compile(r"<command-args>\s*[^<\s]")
"""A slash command with words of the person behind it."""
_PLACEHOLDERS = ("image", "document")
"""Parts without text that take room in the context all the same."""

Where = tuple[int, int, str]
"""Line, UTC milliseconds, context: the first fields of every piece."""


class Pieces:
    """Pieces of one log besides its responses; each once, however often the log repeats them."""

    def __init__(self) -> None:
        self.tools: dict[str, Tool] = {}
        """Calls by id, for their results."""
        self.bounded: set[str] = set()
        """Contexts whose compaction was told and whose summary has not come."""
        self._seen: set[object] = set()
        self._queued: list[str] = []
        self._attaches = False

    def user(self, record: Line, message: Message, where: Where) -> Iterator[Piece]:
        """Tool results, and what was typed or put in. What only a person sees gives nothing."""
        if record.is_visible_in_transcript_only and not record.is_compact_summary:
            return
        content = message.content
        blocks = [Block(type="text", text=content)] if isinstance(content, str) else content or []
        fresh = self._fresh_blocks(record, blocks)
        if record.is_compact_summary:
            yield from self._summary(fresh, where)
            return
        human = not (record.is_meta or record.is_sidechain or record.prompt_source == "system")
        for block in fresh:
            if block.type == "tool_result":
                yield from self._result(block, where)
            elif block.type == "text":
                yield from typed(block.text or "", where, human=human)
            elif block.type in _PLACEHOLDERS:
                yield Piece(*where, "user_text" if human else "injected")

    def attachment(self, record: Line, where: Where) -> Iterator[Piece]:
        """What the assistant attached, and prompts that were typed while the model worked."""
        self._attaches = True
        if not self._is_fresh_line(record):
            return
        attachment = object_of(record.attachment)
        if attachment.get("type") == "queued_command":
            mode = attachment.get("commandMode")
            human = recognise.is_human_mode(mode if isinstance(mode, str) else None)
            human = human and not record.is_meta and not record.is_sidechain
            for text in prompt_texts(attachment):
                yield from typed(text, where, human=human)
            return
        found = read_attachment(attachment)
        if found is not None:
            kind, texts, path, server = found
            yield Piece(*where, kind, texts, "", server, path)

    def system(self, record: Line, where: Where) -> Iterator[Piece]:
        """The place where a compaction emptied the context, and what a local command printed."""
        if record.subtype not in ("compact_boundary", "local_command") or not self._is_fresh_line(record):
            return
        if record.subtype == "compact_boundary":
            self.bounded.add(where[2])
            yield Piece(*where, "compaction")
        elif record.content:
            yield from typed(record.content, where, human=False)

    def queue(self, record: Line, where: Where) -> Iterator[Piece]:
        """Prompts typed while the model worked, in versions that write no attachments.

        A dequeued prompt comes again as a user line, a popped one went back to the person; a removed one was
        handed to the model, and stands nowhere else.
        """
        operation = record.operation
        if operation == "enqueue" and record.content:
            self._queued = [*self._queued[-MOST_QUEUED:], record.content]
        elif operation == "popAll":
            self._queued.clear()
        elif operation in ("dequeue", "remove"):
            text = self._queued.pop(0) if self._queued else ""
            if operation == "remove" and not self._attaches:
                yield from typed(record.content or text, where, human=True)

    def _summary(self, blocks: list[Block], where: Where) -> Iterator[Piece]:
        if not blocks:
            return
        if where[2] not in self.bounded:
            yield Piece(*where, "compaction")
        self.bounded.discard(where[2])
        yield Piece(*where, "summary", tuple(block.text for block in blocks if block.text))

    def _result(self, block: Block, where: Where) -> Iterator[Piece]:
        """The result of a call, by what was called; reminders behind it were put in."""
        tool = self.tools.get(block.tool_use_id or "", UNKNOWN)
        content = block.content
        texts = [content] if isinstance(content, str) else [part.text or "" for part in content or ()]
        own = []
        reminders = []
        for text in texts:
            start = reminders_at(text)
            own.append(text[:start])
            reminders.append(text[start:])
        yield Piece(*where, tool.result, _some(own), tool.name, tool.server, tool.path)
        if any(reminders):
            yield Piece(*where, "injected", _some(reminders))

    def _fresh_blocks(self, record: Line, blocks: list[Block]) -> list[Block]:
        """The blocks that this log has not told before.

        Resumed sessions repeat lines, some with new ids and one block a line; their time stays. A result is
        known by its call, where that has an id of its own.
        """
        if not self._is_fresh_id(record.uuid):
            return []
        marks = [self._mark(record, block) for block in blocks]
        fresh = [block for block, mark in zip(blocks, marks, strict=True) if mark not in self._seen]
        self._seen.update(mark for mark in marks if mark is not None)
        return fresh

    def _mark(self, record: Line, block: Block) -> object:
        call = block.tool_use_id
        if call and len(call) >= UNIQUE_ID_LENGTH:
            return hash(("result", call))
        if not record.timestamp:
            return None
        content = block.content
        text = content if isinstance(content, str) else "".join(part.text or "" for part in content or ())
        return hash((record.timestamp, block.type, call, block.text, text))

    def _is_fresh_line(self, record: Line) -> bool:
        """The same for lines that are one thing: by id, else by time and content."""
        if not self._is_fresh_id(record.uuid):
            return False
        if not record.timestamp or record.type == "attachment":
            return True
        mark = hash((record.timestamp, record.subtype, record.content))
        fresh = mark not in self._seen
        self._seen.add(mark)
        return fresh

    def _is_fresh_id(self, uuid: str | None) -> bool:
        if not uuid:
            return True
        mark = hash(("line", uuid))
        fresh = mark not in self._seen
        self._seen.add(mark)
        return fresh


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def typed(text: str, where: Where, *, human: bool) -> Iterator[Piece]:
    """A text of a user line: `human` unless the line itself says that nobody typed it."""
    start = _reminders_end(text)
    end = reminders_at(text, start)
    own = text[start:end]
    reminders = _some((text[:start], text[end:]))
    if own.strip() or (own and not reminders):
        yield Piece(*where, _kind(own, human=human), (own,))
    if reminders:
        yield Piece(*where, "injected", reminders)


def _kind(text: str, *, human: bool) -> str:
    """By who wrote it. Output of a shell command that a person ran is what any command prints."""
    if text.startswith(_SHELL_OUTPUT):
        return "command_output"
    if not human:
        return "injected"
    if text.startswith(_SHELL_INPUT) or (text.startswith("<command-") and _ARGUMENTS.search(text)):
        return "user_text"
    return "user_text" if recognise.prompt_kind(text) == "prompt" else "injected"


def reminders_at(text: str, start: int = 0) -> int:
    """Where the reminders begin that end `text`; its length if none does."""
    end = len(text)
    while True:
        at = end
        while at > start and text[at - 1].isspace():
            at -= 1
        if not text.endswith(_CLOSE, start, at):
            return end
        at = text.rfind(_OPEN, start, at)
        if at < 0:
            return end
        end = at


def _reminders_end(text: str) -> int:
    """Where the reminders end that begin `text`."""
    end = 0
    while text.startswith(_OPEN, end):
        at = text.find(_CLOSE, end)
        if at < 0:
            return end
        end = at + len(_CLOSE)
        while end < len(text) and text[end].isspace():
            end += 1
    return end
