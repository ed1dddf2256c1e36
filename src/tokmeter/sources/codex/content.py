"""Reads the texts of one rollout: what entered the context, and the visible output of every billed step.

A step is one response. Its usage stands in one line (a new running total, or a usage record), its items in
others. Newer builds (seen from 0.118) write the items first and the usage behind them, the results of quick
calls sometimes in between. Builds up to 0.57 write the usage when the response ends and its items after
that, each call with its result. Which of the two a log does shows at its first step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tokmeter.core.usage import MAX_TOKENS
from tokmeter.sources._content import Content, Output, Piece, ToolCall
from tokmeter.sources._fields import Clock, as_dict, as_text
from tokmeter.sources.codex.content_calls import Called, as_sent, called
from tokmeter.sources.codex.content_lines import (
    TextLine,
    TextPayload,
    as_json,
    clean,
    counts_of,
    decoded,
    fits,
    payload_of,
    texts_of,
    tolerant,
)
from tokmeter.sources.codex.counting import added
from tokmeter.sources.codex.events import INJECTED
from tokmeter.sources.codex.lines import MAX_TOTAL, Vector

USAGE_LAST = 1  # the items of a response stand before its usage
USAGE_FIRST = 2
_BY_SHELL = {"command_output", "file_read", "edit"}


class _Step:
    """One response as far as it was read; `told` are the lines (and times) of its usage."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []
        self.usage: Vector | None = None
        self.recorded = False
        self.pieces: list[Piece] = []
        self.later: list[Piece] = []
        self.messages: list[str] = []
        self.calls: list[ToolCall] = []
        self.thinking: list[str] = []
        self.thoughts = 0
        self.items = 0

    def output(self, line: int, ts: int) -> Output:
        """Its visible output, for the entry whose usage stands in `line`."""
        messages, calls, thinking = tuple(self.messages), tuple(self.calls), tuple(self.thinking)
        return Output(line, ts, "", None, messages, calls, thinking, self.thoughts, final=True)

    def content(self) -> list[Content]:
        """Its outputs, its own pieces, then the results that came before it ended."""
        return [*(self.output(*place) for place in self.told), *self.pieces, *self.later]


_Handler = Callable[["RolloutContent", TextPayload], None]


class RolloutContent:
    """A `ContentReader` for one rollout.

    Builds that write usage records write the running total as well: two entries of one response, of which
    the ledger hides the second. Both get an `Output`, with the same texts; the pieces come once.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._out: list[Content] = []
        self._step: _Step | None = None
        self._closed: _Step | None = None
        """The step before, until the next one begins: its usage may be told a second time."""
        self._order = 0
        self._calls: dict[str, Called] = {}
        self._seen: set[Vector] = set()
        self._records: set[tuple[object, ...]] = set()
        self._previous: Vector | None = None
        self._millis = Clock().millis
        self._ts = 0
        self._line = 0
        self._folder = ""
        self._turn: str | None = None
        self._headed = False
        self._bare = False
        self._compacted = False

    def feed(self, line: memoryview, number: int) -> list[Content]:
        """What this line completes."""
        record = decoded(line)
        if record is None:
            return []
        self._line = number
        ts = self._millis(record.timestamp)
        if ts is not None:
            self._ts = ts
        payload = record.payload
        kind = record.type
        if payload is None:
            self._without_payload(record, line)
        elif type(kind) is str and kind in self._KINDS:
            self._KINDS[kind](self, payload)
        if not self._out:
            return []
        out, self._out = self._out, []
        return out

    def finish(self) -> list[Content]:
        """What is still open after the last line."""
        self._end_step()
        out, self._out = self._out, []
        return out

    # What a line is

    def _without_payload(self, record: TextLine, line: memoryview) -> None:
        """Read the format before 0.3x: a head without type, then bare items."""
        if not self._headed:
            self._headed = True
            self._bare = record.type is None
        elif self._bare and isinstance(record.type, str):
            self._item(payload_of(tolerant(line)))

    def _meta(self, payload: TextPayload) -> None:
        """Take the thread's own head; later ones tell about copies, and repeat the instructions."""
        if self._headed:
            return
        self._headed = True
        self._folder = clean(as_text(payload.cwd) or "")
        self._input("injected", texts_of(payload.base_instructions))

    def _turn_context(self, payload: TextPayload) -> None:
        """Note where the turn works. Its instructions stand as messages, too."""
        self._headed = True
        self._folder = clean(as_text(payload.cwd) or self._folder)
        self._turn = as_text(payload.turn_id) or self._turn
        self._end_told()

    def _message(self, payload: TextPayload) -> None:
        """Take an event: usage, and where turns begin and end. Its texts stand as items, too."""
        what = payload.type
        if what == "token_count":
            self._token_count(payload)
        elif what in ("agent_message", "agent_reasoning"):
            self._end_told()  # written while the response streams: that of the next one
        elif what in ("task_started", "turn_started", "turn_aborted"):
            self._turn = as_text(payload.turn_id) or self._turn
            self._end_step()
        elif what == "thread_settings_applied":
            self._folder = clean(as_text(as_dict(payload.thread_settings).get("cwd")) or self._folder)

    def _compaction(self, payload: TextPayload) -> None:
        """Drop what was there; what replaces it is told in full, or (older builds) as the summary alone."""
        self._end_step()
        self._mark_compaction()
        history = payload.replacement_history
        if isinstance(history, list):
            texts = [text for item in history for text in texts_of(as_dict(item).get("content"))]
            texts += [text for item in history for text in texts_of(as_dict(item).get("output"))]
            self._input("summary", tuple(texts))
        else:
            self._input("summary", texts_of(payload.message))

    def _mark_compaction(self) -> None:
        """Say it once, if an item and a line of its own tell of it."""
        if not self._compacted:
            self._out.append(Piece(self._line, self._ts, "", "compaction"))
        self._compacted = True

    # Usage

    def _token_count(self, payload: TextPayload) -> None:
        """Take a running total; one that was seen before is a repetition, and no step."""
        info = payload.info
        total = counts_of(info.total_token_usage, MAX_TOTAL) if info is not None else None
        if info is None or (total is not None and total in self._seen):
            if self._step is not None and self._step.items:
                self._end_told()
            return
        last = counts_of(info.last_token_usage, MAX_TOKENS)
        usage = added(total, last, self._previous)
        if total is not None:
            self._previous = total
            self._seen.add(total)
        if usage is not None and (last is not None or fits(usage, MAX_TOKENS)):
            self._billed(usage, recorded=False)

    def _usage_record(self, payload: TextPayload) -> None:
        """Take an exact record, the first of its response."""
        usage = counts_of(payload.usage, MAX_TOKENS)
        if usage is None or not (usage[0] or usage[3]):
            return
        response = as_text(payload.response_id) or ""
        running = counts_of(payload.thread_token_usage, MAX_TOTAL)
        key: tuple[object, ...] = (response,)
        if len(response) < 16:
            key = (as_text(payload.turn_id) or self._turn, response, running or usage)
        key = (as_text(payload.thread_id), *key)
        if key not in self._records:
            self._records.add(key)
            self._billed(usage, recorded=True)

    def _billed(self, usage: Vector, *, recorded: bool) -> None:
        """Find the step that a usage is of, and end it if all of its items are there."""
        here = (self._line, self._ts)
        step = self._step
        if step is not None and not step.told:
            self._order = USAGE_LAST
            step.told, step.usage, step.recorded = [here], usage, recorded
            self._end_step()
            return
        twin = step or self._closed
        if twin is not None and twin.recorded is not recorded and twin.usage == usage and len(twin.told) == 1:
            twin.told.append(here)
            if twin is not step:
                self._out.append(twin.output(*here))
            return
        self._end_step()
        step = self._begin()
        step.told, step.usage, step.recorded = [here], usage, recorded
        if self._order == USAGE_LAST:  # a response without items
            self._end_step()

    def _begin(self) -> _Step:
        self._closed = None
        self._step = _Step()
        return self._step

    def _end_step(self) -> None:
        """Give away the step; without usage (it was interrupted) it is no output."""
        step = self._step
        if step is None:
            return
        if step.told:
            self._compacted = False
            self._closed = step
            if step.items and not self._order:
                self._order = USAGE_FIRST
        self._step = None
        self._out += step.content()

    def _end_told(self) -> None:
        """Give away the step whose usage was told before its items: this line is behind them."""
        if self._step is not None and self._step.told:
            self._end_step()

    # Items

    def _item(self, payload: TextPayload) -> None:
        """Take one item of the conversation."""
        what = payload.type
        if type(what) is not str:
            return
        if what in self._ITEMS:
            self._ITEMS[what](self, payload)
        elif what.endswith("_output"):
            self._result(payload)
        elif what.endswith("_call"):
            self._call(payload)

    def _said(self, payload: TextPayload) -> None:
        texts = texts_of(payload.content)
        if payload.role == "assistant":
            step = self._model_item()
            step.messages.append("".join(texts))
            self._own(step, "assistant_text", texts)
            return
        typed = [] if payload.role != "user" else [text for text in texts if not _is_injected(text)]
        if typed:
            self._end_step()
        else:
            self._end_told()
        self._input("injected", tuple(text for text in texts if text not in typed))
        self._input("user_text", tuple(typed))

    def _thought(self, payload: TextPayload) -> None:
        texts = texts_of(payload.content) or texts_of(payload.summary)
        step = self._model_item()
        step.thoughts += 1
        step.thinking += texts
        self._own(step, "thinking", texts)

    def _call(self, payload: TextPayload) -> None:
        found = called(payload, self._folder)
        name = as_text(payload.call_id) or as_text(payload.id)
        if name is not None:
            self._calls[name] = found
        step = self._model_item()
        step.calls.append(found.call)
        for path, text in found.parts:
            self._own(step, found.kind, (text,) if text else (), found.tool, found.server, path)

    def _result(self, payload: TextPayload) -> None:
        found = self._calls.get(as_text(payload.call_id) or "")
        texts = texts_of(payload.output) or texts_of(payload.result) or texts_of(as_json(payload.tools))
        if found is None:
            self._input("tool_output", texts)
        else:
            if found.result in _BY_SHELL:
                texts = tuple(map(as_sent, texts))
            self._input(found.result, texts, found.tool, found.server, found.path)

    def _heard(self, payload: TextPayload) -> None:
        """Take a message of another agent."""
        self._input("injected", texts_of(payload.content))

    def _compaction_item(self, payload: TextPayload) -> None:
        """Take a compaction by the provider: what it left is encrypted, or follows as a line of its own."""
        del payload
        self._end_step()
        self._mark_compaction()

    def _model_item(self) -> _Step:
        """Find the step that an item of the model belongs to."""
        step = self._step or self._begin()
        step.items += 1
        return step

    def _own(
        self, step: _Step, kind: str, texts: tuple[str, ...], tool: str = "", server: str = "", path: str = ""
    ) -> None:
        if texts:
            step.pieces.append(Piece(self._line, self._ts, "", kind, texts, tool, server, path))

    def _input(
        self, kind: str, texts: tuple[str, ...], tool: str = "", server: str = "", path: str = ""
    ) -> None:
        """Take what the model did not write: it was sent with the next request."""
        if texts:
            piece = Piece(self._line, self._ts, "", kind, texts, tool, server, path)
            if self._step is None:
                self._out.append(piece)
            else:
                self._step.later.append(piece)

    _KINDS: ClassVar[dict[str, _Handler]] = {
        "response_item": _item,
        "event_msg": _message,
        "turn_context": _turn_context,
        "token_usage_record": _usage_record,
        "session_meta": _meta,
        "compacted": _compaction,
    }
    _ITEMS: ClassVar[dict[str, _Handler]] = {
        "message": _said,
        "reasoning": _thought,
        "agent_message": _heard,
        "compaction": _compaction_item,
        "context_compaction": _compaction_item,
    }


def _is_injected(text: str) -> bool:
    return text.lstrip().startswith(INJECTED)
