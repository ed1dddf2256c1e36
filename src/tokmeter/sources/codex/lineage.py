"""Where a thread's own region starts, when its file may begin with a copy of another's history.

Forks and spawned subagents may copy their parent's lines, usage included, in front of their own. The tests
have the order and numbers of docs/formats.md, Codex; the first that has evidence decides.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tokmeter.sources._base import LogFile
from tokmeter.sources._fields import as_dict, as_millis, as_text
from tokmeter.sources._jsonl import is_damage, open_log
from tokmeter.sources.codex.lines import Line, Payload, Usage, text_of, vector, whole

GUESS_MS = 5000
"""Test 8: lines up to this long after the file's start are taken for copies."""

# What became of the last line.
SAME = 0
OPENED = 1  # the own region starts with this line
REVOKED = 2  # what was taken for own since the last opening was a copy


class Lineage(msgspec.Struct, gc=False, array_like=True):
    """What is known so far about the copied part; saved with the parser's state."""

    own_id: str
    start_ms: int | None
    parent_id: str | None = None
    forked: bool = False
    """`forked_from_id` is there, or a `session_meta` of another thread was met: tests 4 to 6 and 8 apply."""
    base_end: int | None = None
    own_from: int | None = None
    foreign: bool = False
    is_own: bool = True
    guessed: bool = False
    settled: bool = True
    """Nothing but another thread's `session_meta` can change the region any more."""
    revocable: bool = False
    """Another thread's `session_meta` takes the region back even after usage was counted in it."""
    kept_times: bool = False
    old_turns: bool = False
    parent_absent: bool = False
    turn_ids: bool = False
    matched: int = 0
    after_context: bool = False

    @property
    def needs_parent(self) -> bool:
        """Whether the parent's log would decide what is still a guess or unknown (tests 6 and 8)."""
        return self.forked and not self.settled and not self.old_turns and not self.kept_times


class ParentHistory(msgspec.Struct, gc=False):
    """What test 6 needs of a parent's log."""

    turn_ids: set[str]
    totals: list[tuple[int, ...]]


def lineage_of(own_id: str, line: Line, payload: Payload) -> Lineage:
    """What the own `session_meta` says about descent."""
    start = as_millis(payload.timestamp)
    lineage = Lineage(own_id, as_millis(line.timestamp) if start is None else start)
    fork = as_text(payload.forked_from_id)
    base = as_dict(payload.history_base)
    spawned_by = text_of(payload.source, "subagent", "thread_spawn", "parent_thread_id")
    parent = fork or as_text(payload.parent_thread_id) or spawned_by or as_text(base.get("thread_id"))
    if parent == own_id:
        parent = fork = None
    lineage.parent_id = parent
    lineage.forked = fork is not None
    if base:
        lineage.base_end = whole(base.get("end_ordinal_exclusive")) or 0
    lineage.own_from = whole(payload.subagent_history_start_ordinal)
    if parent is not None or base:
        lineage.is_own = lineage.settled = False
    return lineage


def meet_meta(state: Lineage, other_id: str, line: Line, *, counted: bool) -> int:
    """A further `session_meta`. `counted` says whether own usage was found since the region opened."""
    if other_id == state.own_id:
        if state.foreign and not state.settled and not state.old_turns:
            return _open(state)  # test 5: desktop forks repeat their own after the copies
        return SAME
    if state.base_end is not None or state.own_from is not None:
        return SAME
    if state.settled and not state.revocable and counted:
        return SAME
    state.foreign = state.forked = True
    if state.parent_id is None:
        state.parent_id = other_id
    was_own = state.is_own
    state.is_own = state.guessed = state.settled = False
    state.matched = 0
    state.kept_times = state.kept_times or _is_older(state, line)  # test 3 holds for this line, too
    return REVOKED if was_own else SAME


def observe(state: Lineage, line: Line, parent: ParentHistory | None) -> int:
    """Judge the next line of a region that is not settled. `session_meta` lines go to `meet_meta`."""
    kind = line.type
    payload = line.payload
    after_context = state.after_context
    state.after_context = kind == "turn_context"
    if not state.is_own:
        decided = _by_line(state, line)
        if decided is not None:
            return decided
    if payload is None:
        return SAME
    if kind == "event_msg" and str(payload.type) in {"task_started", "turn_started"}:  # test 4
        decided = _by_turn_start(state, payload)
        if decided is not None:
            return decided
    handed_over = payload.trigger_turn is True and str(kind).startswith("inter_agent_communication")
    if state.old_turns:
        verdict = SAME
    elif after_context and handed_over:  # test 5: what led here was nothing but the turn's context
        verdict = _open(state)
    elif parent is not None:
        verdict = _by_parent(state, line, payload, parent)
    else:
        verdict = _by_time(state, line)
    return verdict


def _by_line(state: Lineage, line: Line) -> int | None:
    """Tests 1 to 3 and 7, which judge each line by itself; None where they say nothing."""
    ordinal = whole(line.ordinal)
    if state.base_end is not None:
        return _open(state, revocable=False) if ordinal is None or ordinal >= state.base_end else SAME
    if state.own_from is not None and ordinal is not None:
        return _open(state, revocable=False) if ordinal >= state.own_from else SAME
    if _is_older(state, line):
        state.kept_times = True
        return SAME
    if state.kept_times or not state.forked:
        # Old times end, or (test 7) nothing was ever copied into this subagent's file.
        return _open(state, revocable=False)
    return None


def _is_older(state: Lineage, line: Line) -> bool:
    """Whether a line is from before this thread began: a copy that kept its time."""
    ts = as_millis(line.timestamp)
    return ts is not None and state.start_ms is not None and ts < state.start_ms


def _by_turn_start(state: Lineage, payload: Payload) -> int | None:
    started = payload.started_at
    if isinstance(started, bool) or not isinstance(started, int | float) or state.start_ms is None:
        return None
    if started >= state.start_ms // 1000:
        return _open(state)
    state.old_turns = True
    if state.guessed:
        state.is_own = state.guessed = False
        return REVOKED
    return SAME


def _by_parent(state: Lineage, line: Line, payload: Payload, parent: ParentHistory) -> int:
    """Test 6: the first turn the parent does not have; without turn ids, the first other total."""
    if line.type == "turn_context":
        turn = as_text(payload.turn_id)
        state.turn_ids = state.turn_ids or turn is not None
        return SAME if turn is None or turn in parent.turn_ids else _open(state)
    usage = payload.info.total_token_usage if payload.info is not None else None
    if usage is None or state.turn_ids:
        return SAME
    total = vector(usage)
    at = state.matched
    if at and parent.totals[at - 1] == total:
        return SAME
    if at < len(parent.totals) and parent.totals[at] == total:
        state.matched = at + 1
        return SAME
    return _open(state)


def _by_time(state: Lineage, line: Line) -> int:
    """Test 8: a guess, until better evidence appears."""
    if state.is_own:
        return SAME
    ts = as_millis(line.timestamp)
    if ts is None or state.start_ms is None or ts <= state.start_ms + GUESS_MS:
        return SAME
    state.is_own = state.guessed = True
    return OPENED


def _open(state: Lineage, *, revocable: bool = True) -> int:
    """The own region starts here; a guess that came before is taken back."""
    again = state.is_own
    state.is_own = state.settled = True
    state.guessed = False
    state.revocable = revocable
    return REVOKED | OPENED if again else OPENED


class _HistoryInfo(msgspec.Struct, gc=False):
    total_token_usage: Usage | None = None


class _HistoryPayload(msgspec.Struct, gc=False):
    type: object = None
    turn_id: object = None
    info: _HistoryInfo | None = None


class _HistoryLine(msgspec.Struct, gc=False):
    type: object = None
    payload: _HistoryPayload | None = None


_decode = msgspec.json.Decoder(_HistoryLine).decode
_histories: dict[tuple[str, int, int], ParentHistory] = {}


def parent_history(state: Lineage, own: LogFile, siblings: Mapping[str, LogFile]) -> ParentHistory | None:
    """The parent's turns and totals; remembered, for several children.

    None if its log is not there, not readable or has not got any yet: that says nothing about its children.
    """
    file = siblings.get(state.parent_id or "")
    if file is None or file.identity == own.identity:
        return None
    known = (file.path, file.size, file.mtime_ns)
    history = _histories.get(known)
    if history is None:
        try:
            history = _read_history(file)
        except (OSError, EOFError, ValueError, ImportError):
            return None  # its own reading reports it
        except Exception as error:
            if not is_damage(error):
                raise
            return None
        if len(_histories) >= 8:
            _histories.clear()
        _histories[known] = history
    return history if history.turn_ids or history.totals else None


def _read_history(file: LogFile) -> ParentHistory:
    history = ParentHistory(set(), [])
    with open_log(file.path) as stream:
        rest = b""
        while block := stream.read(1 << 20):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                _note(history, line)
    return history


def _note(history: ParentHistory, text: bytes) -> None:
    try:
        line = _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    payload = line.payload
    if payload is None:
        return
    if line.type == "turn_context":
        turn = as_text(payload.turn_id)
        if turn is not None:
            history.turn_ids.add(turn)
    elif payload.type == "token_count" and payload.info is not None:
        usage = payload.info.total_token_usage
        if usage is not None:
            total = vector(usage)
            if not history.totals or history.totals[-1] != total:
                history.totals.append(total)
