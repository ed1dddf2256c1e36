"""From lines to events: tool calls and results, prompts, interrupts, errors, limits, compactions, turns.

What each looks like in the log is in `recognise.py`; which events there are, in docs/formats.md.
"""

from __future__ import annotations

from tokmeter.core.event import Event, merge_events
from tokmeter.core.usage import Origin
from tokmeter.sources._fields import fixed_word
from tokmeter.sources.claude_code import recognise
from tokmeter.sources.claude_code.context import Context
from tokmeter.sources.claude_code.lines import (
    Block,
    CompactMetadata,
    Line,
    Text,
    ToolUseResult,
    input_size,
    text_size,
)

SUBAGENT_TOOLS = ("Task", "Agent")
SEARCH_TOOL = "WebSearch"
TOLD_TOOLS = frozenset((*SUBAGENT_TOOLS, SEARCH_TOOL))
MOST_QUEUED = 100
"""Queued prompts whose replay is still waited for."""


class Happenings:
    """The events of one transcript, each tool call as one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._calls: dict[str, Event] = {}
        self._events: dict[tuple[str, str], Event] = {}
        self._names: dict[str | None, str | None] = {}
        self._searches = set(context.saved.searches)

    def save(self) -> None:
        """Put into the state what must be known to continue."""
        self._context.saved.searches = sorted(self._searches)

    def finish(self) -> list[Event]:
        """Everything that happened."""
        return [*self._calls.values(), *self._events.values()]

    def call(self, block: Block, entry_key: str, origin: Origin, ms: int, number: int) -> None:
        """A tool call; snapshots repeat it."""
        call_id = block.id
        if not call_id:
            return
        name = block.name
        if name not in self._names:
            self._names[name] = fixed_word(name)
        event = Event(
            kind="tool_call",
            key="t:" + call_id,
            ts=ms,
            origin=origin,
            entry_key=entry_key,
            name=self._names[name],
            input_bytes=input_size(block.input),
            line=number,
        )
        known = self._calls.setdefault(call_id, event)
        if known is not event:
            merge_events(known, event)
        if name not in TOLD_TOOLS:
            return
        if name in SUBAGENT_TOOLS:
            self._event("subagent_start", "a:" + call_id, ms, origin, number, entry_key=entry_key)
        else:
            self._searches.add(call_id)

    def result(self, block: Block, record: Line, origin: Origin, ms: int, number: int) -> None:
        """The result of a tool call, joined to the call if that stands in the same part of the log."""
        call_id = block.tool_use_id
        if not call_id:
            return
        content = block.content
        told = record.tool_use_result
        status = recognise.result_status(block.is_error, content, told) if block.is_error else "ok"
        size = len(content) if type(content) is str and content.isascii() else text_size(content)
        count = 0
        if self._searches and call_id in self._searches:
            self._searches.discard(call_id)
            count = told.search_count or 0 if isinstance(told, ToolUseResult) else 0
        known = self._calls.get(call_id)
        if known is not None and known.status is None and ms > known.ts:
            known.status = status
            known.result_bytes = size
            if count:
                known.count = count
            return
        event = Event(
            kind="tool_call",
            key="t:" + call_id,
            ts=ms,
            origin=origin,
            status=status,
            result_bytes=size,
            count=count,
            line=number,
        )
        if known is None:
            self._calls[call_id] = event
        else:
            merge_events(known, event)

    def typed(self, record: Line, content: str | list[Text] | None, ms: int, number: int) -> None:
        """A prompt or an interrupt; the replay of a queued prompt is no second one."""
        kind = recognise.prompt_kind(content)
        if kind is None:
            return
        if kind == "prompt" and self._context.saved.queued:
            mark = recognise.typed_text_hash(content)
            if mark in self._context.saved.queued:
                self._context.saved.queued.remove(mark)
                return
        origin = self._context.asker(record).origin
        identity = record.uuid or recognise.short_hash(origin.session_id, ms)
        self._event(kind, f"{kind[0]}:{identity}", ms, origin, number)

    def attachment(self, record: Line, number: int) -> None:
        """A prompt that was typed while the model worked."""
        queued = record.attachment
        if queued is None or queued.type != "queued_command" or record.is_sidechain or record.is_meta:
            return
        if (
            not recognise.is_human_mode(queued.command_mode)
            or recognise.prompt_kind(queued.prompt) != "prompt"
        ):
            return
        ms = self._context.time(record.timestamp, number)
        origin = self._context.asker(record).origin
        identity = queued.source_uuid or record.uuid or recognise.short_hash(origin.session_id, ms)
        self._event("prompt", f"p:{identity}", ms, origin, number)
        self._context.saved.queued = [
            *self._context.saved.queued[-MOST_QUEUED:],
            recognise.typed_text_hash(queued.prompt),
        ]

    def notice(self, record: Line, texts: list[str], ms: int, number: int) -> None:
        """A synthetic line: an API error, a usage limit or a remark of the client. Never usage."""
        kind, name, until = recognise.notice(texts, record.error, record.is_api_error_message)
        origin = self._context.asker(record).origin
        identity = record.uuid or recognise.short_hash(origin.session_id, ms)
        prefix = "l" if kind == "limit_hit" else "e"
        self._event(kind, f"{prefix}:{identity}", ms, origin, number, name=name, until=until)

    def system(self, record: Line, number: int) -> None:
        """Retries, compactions and turn times."""
        subtype = record.subtype
        if subtype not in ("api_error", "compact_boundary", "turn_duration"):
            return
        ms = self._context.time(record.timestamp, number)
        origin = self._context.asker(record).origin
        identity = record.uuid or recognise.short_hash(origin.session_id, ms, subtype)
        if subtype == "api_error":
            self._event("api_error", f"e:{identity}", ms, origin, number, count=record.retry_attempt or 0)
        elif subtype == "turn_duration":
            took = _milliseconds(record.duration_ms)
            self._event("turn", f"d:{identity}", ms, origin, number, duration_ms=took)
        else:
            about = record.compact_metadata or CompactMetadata()
            self._event(
                "compaction",
                f"c:{identity}",
                ms,
                origin,
                number,
                status=fixed_word(about.trigger),
                tokens_before=about.pre_tokens or 0,
                tokens_after=about.post_tokens or 0,
                duration_ms=_milliseconds(about.duration_ms),
            )

    def _event(
        self, kind: str, key: str, ms: int, origin: Origin, number: int, **rest: str | int | None
    ) -> None:
        # One mapping for fields of two types: the checker cannot tell which name goes with which.
        event = Event(kind=kind, key=key, ts=ms, origin=origin, line=number, **rest)  # type: ignore[arg-type]
        known = self._events.setdefault((kind, key), event)
        if known is not event:
            merge_events(known, event)


def _milliseconds(value: float | None) -> int:
    """A duration; 0 where there is none or it is absurd."""
    return int(value) if value is not None and 0 <= value < 1e12 else 0
