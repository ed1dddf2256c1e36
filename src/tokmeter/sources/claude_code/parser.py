"""Reads one transcript line by line and hands each line to the part that understands it."""

from __future__ import annotations

import msgspec

from tokmeter.sources._base import LogFile, Parsed
from tokmeter.sources._fields import fixed_word, is_noise
from tokmeter.sources.claude_code import recognise, slow
from tokmeter.sources.claude_code.context import Context
from tokmeter.sources.claude_code.happenings import Happenings
from tokmeter.sources.claude_code.lines import Line, Message, Text, decode_line, decode_texts
from tokmeter.sources.claude_code.responses import Responses

# Lines that hold nothing to account for; any other type is counted for diagnostics.
SILENT_TYPES = frozenset(
    (
        "agent-color",
        "agent-name",
        "agent-setting",
        "ai-title",
        "bridge-session",
        "custom-title",
        "file-history-delta",
        "file-history-snapshot",
        "last-prompt",
        "mode",
        "permission-mode",
        "pr-link",
        "queue-operation",
        "summary",
    )
)
_REFUSED = (msgspec.MsgspecError, ValueError, RecursionError)


class Parser:
    """Reads one transcript. Never raises for a line's fault."""

    def __init__(self, file: LogFile, state: bytes | None) -> None:
        self._context = Context(file, state)
        self._responses = Responses(self._context)
        self._happenings = Happenings(self._context)
        self._unknown: dict[str, int] = {}

    def feed(self, line: memoryview, number: int) -> None:
        """Take one line."""
        try:
            record = decode_line(line)
        except _REFUSED:
            slowly = self._read_slowly(line, number)
            if slowly is None:
                return
            record = slowly
        kind = record.type
        if kind == "assistant":
            self._assistant(record, line, number)
        elif kind == "user":
            self._user(record, line, number)
        elif kind == "progress":
            self._progress(record, number)
        else:
            self._other(record, kind, number)

    def state(self) -> bytes:
        """What must be known to continue after the lines fed so far."""
        self._happenings.save()
        return self._context.state()

    def finish(self) -> Parsed:
        """Everything read: entries that used something, events, problems."""
        return Parsed(
            entries=self._responses.finish(),
            events=self._happenings.finish(),
            problems=self._context.problems,
            unknown=self._unknown,
        )

    def _read_slowly(self, line: memoryview, number: int) -> Line | None:
        """A line that strict decoding refused, or None if nothing can be made of it."""
        text = bytes(line)
        if is_noise(text):
            return None
        try:
            record, faults = slow.read_tolerantly(text)
        except ValueError:
            self._context.problem("line-unreadable", number)
            return None
        if record is None:
            self._context.problem("line-shape", number)
        for name in faults:
            self._context.problem("count-invalid", number, name)
        return record

    def _assistant(self, record: Line, line: memoryview | None, number: int) -> None:
        message = record.message
        ms = self._context.time(record.timestamp, number)
        if message is None:
            self._context.problem("line-shape", number, "message")
        elif message.model == "<synthetic>" or record.is_api_error_message:
            self._happenings.notice(record, _all_texts(message, line), ms, number)
        elif message.usage is None:
            self._context.problem("line-shape", number, "usage")
        else:
            asker = self._context.asker(record)
            key = self._responses.add(record, message, message.usage, asker, ms, number)
            content = message.content
            if content and not isinstance(content, str):
                for block in content:
                    if block.type == "tool_use":
                        self._happenings.call(block, key, asker.origin, ms, number)

    def _user(self, record: Line, line: memoryview | None, number: int) -> None:
        """Tool results, or what a person typed."""
        context = self._context
        ms = context.time(record.timestamp, number)
        context.saved.interrupted = True
        content = record.message.content if record.message is not None else None
        if content is None:
            return
        if not isinstance(content, str):
            results = False
            for block in content:
                if block.type == "tool_result":
                    results = True
                    self._happenings.result(block, record, context.asker(record).origin, ms, number)
            if results:
                return
        injected = record.is_meta or record.is_compact_summary or record.is_visible_in_transcript_only
        if line is None or injected or record.is_sidechain or record.prompt_source == "system":
            return
        self._happenings.typed(record, content if isinstance(content, str) else _texts(line), ms, number)

    def _progress(self, record: Line, number: int) -> None:
        """A subagent's line inside its parent's: read as the line of its own that it is."""
        nested = record.data.message if record.data is not None else None
        if nested is None or nested.type not in ("assistant", "user"):
            self._context.note_time(record.timestamp)
            return
        record.message = nested.message
        record.agent_id = record.data.agent_id if record.data is not None else None
        record.timestamp = nested.timestamp or record.timestamp
        record.request_id = nested.request_id or record.request_id
        record.uuid = nested.uuid or record.uuid
        record.is_sidechain = True
        if nested.type == "user":
            self._user(record, None, number)
        elif nested.message is not None and nested.message.usage is not None:
            self._assistant(record, None, number)

    def _other(self, record: Line, kind: str | None, number: int) -> None:
        self._context.note_time(record.timestamp)
        if kind == "system":
            self._happenings.system(record, number)
        elif kind == "attachment":
            self._happenings.attachment(record, number)
        elif kind not in SILENT_TYPES:
            name = fixed_word(kind) or "?"
            self._unknown[name] = self._unknown.get(name, 0) + 1


def _texts(line: memoryview) -> str | list[Text] | None:
    """The texts of a message, read a second time because the first reading skips them."""
    try:
        message = decode_texts(line).message
    except _REFUSED:
        try:
            return slow.texts_tolerantly(bytes(line))
        except ValueError:
            return None
    return message.content if message is not None else None


def _all_texts(message: Message, line: memoryview | None) -> list[str]:
    """The texts of a synthetic line."""
    if isinstance(message.content, str):
        return [message.content]
    return recognise.texts_of(_texts(line)) if line is not None else []
