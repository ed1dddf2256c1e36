"""Reads one rollout line by line: usage, limits and events of its own thread (docs/formats.md, Codex)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import msgspec

from tokmeter.core.problem import Problem
from tokmeter.sources._base import LogFile, Parsed, StaleStateError
from tokmeter.sources._fields import (
    EARLIEST_MS,
    LATEST_MS,
    Clock,
    as_dict,
    as_millis,
    as_text,
    decode_tolerant,
    fixed_word,
    is_noise,
)
from tokmeter.sources.codex import lineage
from tokmeter.sources.codex.context import Context
from tokmeter.sources.codex.discover import thread_id
from tokmeter.sources.codex.events import EventReader
from tokmeter.sources.codex.limits import LimitReader
from tokmeter.sources.codex.lines import (
    AgentMessage,
    AnyLine,
    FunctionCall,
    FunctionCallOutput,
    HotLine,
    Line,
    Message,
    Payload,
    TokenCount,
    from_json,
    text_of,
)
from tokmeter.sources.codex.responses import Responses
from tokmeter.sources.codex.state import State, restored, saved

_decode = msgspec.json.Decoder(Line).decode
_decode_hot = msgspec.json.Decoder(HotLine).decode
_REFUSED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_Handler = Callable[["RolloutParser", Line, Payload, int], None]


class RolloutParser:
    """A `LineParser` for one rollout."""

    def __init__(self, file: LogFile, state: bytes | None, siblings: Mapping[str, LogFile]) -> None:
        self._file = file
        self._siblings = siblings
        self._state = State() if state is None else restored(state)
        self._context = Context(self._state)
        self._problems: list[Problem] = []
        self._parent: lineage.ParentHistory | None = None
        self._looked = False
        self._timed = 0
        self._now = 0
        self._millis = Clock().millis
        self._responses = Responses(self._state, self._context, self._time, self._problem)
        self._events = EventReader(self._state, self._time, self._context.origin)
        self._limits = LimitReader(self._state, self._events, self._time, self._problem)
        # Where the own region opened in this reading: what follows can be taken back. A continued reading
        # cannot take back what an earlier one gave away; then the file is read from its start.
        self._opened = self._mark() if state is None else None
        known = self._state.lineage
        self._own = known is None or known.is_own
        self._settled = known is None or known.settled
        self._plain = False
        """The thread is known and the region settled as its own: lines only add to what was found."""
        if known is not None and known.parent_absent and known.needs_parent and self._history() is not None:
            raise StaleStateError

    def feed(self, line: memoryview, number: int) -> None:
        """Take one line."""
        if self._plain:
            try:
                hot = _decode_hot(line)
            except _REFUSED:
                pass
            else:
                if self._take_hot(hot, number):
                    return
        self._take(line, number)
        self._plain = self._own and self._settled and self._state.own_id is not None

    def _take_hot(self, record: HotLine, number: int) -> bool:
        """Take one of the commonest lines of the own region, as `_take` would; False if it is none."""
        payload = record.payload
        if record.type == "response_item":
            if isinstance(payload, FunctionCallOutput):
                self._events.output(record, payload, number)
            elif isinstance(payload, FunctionCall):
                self._events.call(record, payload, number)
            elif isinstance(payload, TokenCount) or (isinstance(payload, Message) and payload.role == "user"):
                return False
        elif record.type == "event_msg" and isinstance(payload, TokenCount):
            self._counts(record, payload, number)
        else:
            return record.type == "event_msg" and isinstance(payload, AgentMessage)
        return True

    def _take(self, line: memoryview, number: int) -> None:
        """Take any line."""
        try:
            record = _decode(line)
        except _REFUSED:
            found = self._tolerant(bytes(line), number)
            if found is None:
                return
            record = found
        payload = record.payload
        kind = record.type
        if self._state.own_id is None and kind != "session_meta" and self._first(record, line, number):
            return
        if payload is None:
            self._without_payload(record, line, number)
            return
        if not self._settled and kind != "session_meta":
            self._observe(record)
        if type(kind) is str and kind in self._KINDS:
            handle = self._KINDS[kind]
            if handle is not None:
                handle(self, record, payload, number)
        else:
            self._events.note(fixed_word(kind) or "?")

    def state(self) -> bytes:
        """What later lines depend on."""
        return saved(self._state)

    def finish(self) -> Parsed:
        """Everything read so far."""
        known = self._state.lineage
        waiting = known.parent_id if known and known.needs_parent and known.parent_absent else None
        if self._responses.guessed_line:
            self._problem("fork-guessed", self._responses.guessed_line)
        return Parsed(
            entries=list(self._responses.entries.values()),
            events=list(self._events.events.values()),
            limits=self._limits.found,
            problems=self._problems,
            unknown=self._events.unknown,
            retracted=self._events.retracted,
            waiting_for=waiting,
        )

    # What a line is

    def _tolerant(self, text: bytes, number: int) -> Line | None:
        """The line by the slow path, which takes any JSON object; None if there is nothing to take."""
        if is_noise(text):
            return None
        try:
            value = decode_tolerant(text)
        except ValueError:
            self._problem("line-unreadable", number)
            return None
        record = from_json(value) if isinstance(value, dict) else None
        if record is None:
            self._problem("line-shape", number)
        elif record.payload is not None and record.payload.type == "token_count":
            info = as_dict(value.get("payload")).get("info")
            if info is not None and not isinstance(info, dict):
                self._problem("line-shape", number, "info")
        return record

    def _first(self, record: Line, line: memoryview, number: int) -> bool:
        """Begin without a `session_meta`: the format before 0.3x, or a damaged head. True if consumed."""
        state = self._state
        if record.type is None and record.payload is None:
            head = as_dict(_tolerant_or_none(bytes(line)))
            own_id = as_text(head.get("id"))
            if own_id is not None:
                state.bare = True
                state.own_id = state.root_id = own_id
                state.last_ts = as_millis(head.get("timestamp"))
                state.branch = text_of(head.get("git"), "branch")
                self._problem("unmetered", number)
                return True
        state.own_id = state.root_id = thread_id(self._file) or self._file.identity.rsplit("::", 1)[-1]
        return False

    def _without_payload(self, record: Line, line: memoryview, number: int) -> None:
        """Read a bare item of the old format; anything else without payload says nothing that counts."""
        if not self._state.bare:
            if isinstance(record.type, str) and self._KINDS.get(record.type) is not None:
                self._problem("line-shape", number)
            return
        item = as_dict(_tolerant_or_none(bytes(line)))
        if item.get("type") == "message" and item.get("role") == "user":
            self._events.bare_prompt(record, number, item.get("content"))

    def _meta(self, record: Line, payload: Payload, number: int) -> None:
        """Let the first `session_meta` define the thread; later ones only tell about copies."""
        del number
        state = self._state
        other = as_text(payload.id)
        if state.lineage is not None:
            if other is not None:
                self._follow(lineage.meet_meta(state.lineage, other, record, counted=state.counted))
            return
        own_id = other or state.own_id or thread_id(self._file) or self._file.identity.rsplit("::", 1)[-1]
        known = lineage.lineage_of(own_id, record, payload)
        state.own_id = own_id
        state.lineage = known
        state.last_ts = state.last_ts or known.start_ms
        self._own = known.is_own
        self._settled = known.settled
        self._context.define(payload, known)

    # The own region

    def _observe(self, record: Line) -> None:
        """Let the lineage judge a line whose region is not settled."""
        known = self._state.lineage
        if known is not None:
            parent = self._history() if known.forked else None
            known.parent_absent = parent is None
            self._follow(lineage.observe(known, record, parent))

    def _history(self) -> lineage.ParentHistory | None:
        known = self._state.lineage
        if not self._looked and known is not None:
            self._looked = True
            self._parent = lineage.parent_history(known, self._file, self._siblings)
        return self._parent

    def _follow(self, verdict: int) -> None:
        """Act on what the lineage found out about the region."""
        known = self._state.lineage
        if known is not None:
            self._own = known.is_own
            self._settled = known.settled
        if not verdict:
            return
        if verdict & lineage.REVOKED:
            self._take_back()
        self._state.counted = False
        self._state.turn_id = None
        self._state.unnumbered = 0
        self._looked = self._parent is not None
        if verdict & lineage.OPENED:
            self._opened = self._mark()

    def _mark(self) -> tuple[int, int, int, State]:
        found = (len(self._responses.entries), len(self._events.events), len(self._limits.found))
        state = self._state
        copy = State(numbers=dict(state.numbers), windows=dict(state.windows), reached=dict(state.reached))
        return (*found, copy)

    def _take_back(self) -> None:
        """Forget what was found since the own region opened, except usage records: they name their thread."""
        if self._opened is None:
            raise StaleStateError
        entries, events, limits, copy = self._opened
        self._responses.keep_first(entries)
        self._events.keep_first(events)
        del self._limits.found[limits:]
        state = self._state
        state.numbers, state.windows, state.reached = copy.numbers, copy.windows, copy.reached
        self._opened = self._mark()

    # What a line does

    def _item(self, record: Line, payload: Payload, number: int) -> None:
        if self._own:
            self._events.item(record, payload, number)

    def _message(self, record: Line, payload: Payload, number: int) -> None:
        what = payload.type
        if what == "token_count":
            self._counts(record, payload, number)
        elif what == "thread_settings_applied":
            self._context.settings(payload, own=self._own)
        elif not self._own:
            return
        elif str(what) in {"task_started", "turn_started"}:
            self._context.enter_turn(as_text(payload.turn_id))
        else:
            self._events.message(record, payload, number)

    def _turn_context(self, record: Line, payload: Payload, number: int) -> None:
        del record, number
        self._context.turn_context(payload, own=self._own)

    def _compacted(self, record: Line, payload: Payload, number: int) -> None:
        del payload  # it may hold a copy of a usage record: no usage
        if self._own:
            self._events.compaction(record, number)

    def _counts(self, record: AnyLine, payload: Payload | TokenCount, number: int) -> None:
        if payload.rate_limits is not None and self._own and self._settled:  # a guess may be taken back
            self._limits.note(record, payload.rate_limits, number)
        if payload.info is not None:
            self._responses.token_count(
                record, payload.info, payload.model, number, own=self._own, settled=self._settled
            )

    def _usage_record(self, record: Line, payload: Payload, number: int) -> None:
        self._responses.usage_record(record, payload, number)

    def _time(self, record: AnyLine, number: int) -> int:
        """The line's time; where it has none, that of the line before, the start or the file."""
        if number == self._timed:
            return self._now
        state = self._state
        ts = self._millis(record.timestamp)
        if ts is None:
            if not state.bare:
                self._problem("timestamp-missing", number)
            ts = state.last_ts if state.last_ts is not None else self._file.mtime_ns // 1_000_000
        elif not EARLIEST_MS <= ts < LATEST_MS:
            self._problem("timestamp-implausible", number)
        state.last_ts = self._now = ts
        self._timed = number
        return ts

    def _problem(self, code: str, number: int, detail: str = "") -> None:
        self._problems.append(Problem(code, "codex", self._file.path, number, detail))

    _KINDS: ClassVar[dict[str, _Handler | None]] = {
        "response_item": _item,
        "event_msg": _message,
        "turn_context": _turn_context,
        "token_usage_record": _usage_record,
        "session_meta": _meta,
        "compacted": _compacted,
        "inter_agent_communication": None,
        "inter_agent_communication_metadata": None,
        "world_state": None,
        "retained_context": None,
        "realtime_item": None,
        "security_risk_score": None,
    }


def _tolerant_or_none(text: bytes) -> object:
    try:
        return decode_tolerant(text)
    except ValueError:
        return None
