"""What happened around the responses: prompts, tool calls, interrupts and so on (docs/formats.md, Codex)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import ClassVar

from tokmeter.core.event import Event
from tokmeter.core.usage import Origin
from tokmeter.sources._fields import as_dict, as_text, fixed_word
from tokmeter.sources.codex.lines import AnyLine, FunctionCall, FunctionCallOutput, Payload, text_of, whole
from tokmeter.sources.codex.state import State

INJECTED = (
    "<environment_context>",
    "# AGENTS.md instructions",
    "<turn_aborted>",
    "<skill>",
    "<user_instructions>",
    "<subagent_notification>",
    "<codex_internal_context",
)
"""How blocks begin that Codex puts into the user's messages by itself."""

PROMPT_RANKS = 3
"""Kinds of evidence for a prompt, best first: `user_message`, an item that ended, a user's input item."""

QUIET_EVENTS = {
    "agent_message",
    "agent_reasoning",
    "agent_reasoning_raw_content",
    "agent_reasoning_section_break",
    "collab_agent_interaction_end",
    "collab_close_end",
    "collab_resume_end",
    "collab_waiting_end",
    "dynamic_tool_call_request",
    "dynamic_tool_call_response",
    "entered_review_mode",
    "exited_review_mode",
    "image_generation_end",
    "item_started",
    "plan_update",
    "thread_goal_updated",
    "thread_name_updated",
    "undo_completed",
    "view_image_tool_call",
    "warning",
    "web_search_end",
}


def size_of(value: object) -> int:
    """Bytes of UTF-8 of a text, or of the texts in a list of content parts."""
    if type(value) is str:
        return len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
    if isinstance(value, list):
        return sum(size_of(as_dict(part).get("text")) for part in value)
    return 0


def exit_status(output: object) -> str | None:
    """Whether a command succeeded, where its output says so in the places Codex puts it."""
    if type(output) is not str:
        return None
    if output[:1] == "{":
        text, mark = output[-128:], '"exit_code":'
    else:
        text, mark = output[:256], "exited with code "
        if output[:11] == "Exit code: ":
            mark = "Exit code: "
    at = text.find(mark)
    if at < 0:
        return None
    digits = text[at + len(mark) :].lstrip()
    if digits[:1] == "0":
        return "ok"
    return "error" if digits[:1].isdigit() or digits[:1] == "-" else None


def prompt_size(content: object) -> int | None:
    """Bytes a person wrote in a user message's content; None if all of it was injected."""
    if isinstance(content, str):
        content = [{"text": content}]
    if not isinstance(content, list):
        return None
    written = [part for part in map(as_dict, content) if not _is_injected(part.get("text"))]
    return size_of(written) if written else None


def _is_injected(text: object) -> bool:
    return isinstance(text, str) and text.lstrip().startswith(INJECTED)


_Handler = Callable[["EventReader", AnyLine, Payload, int], None]


class EventReader:
    """Collects the events of one reading. Only called for lines of the own region."""

    def __init__(
        self, state: State, clock: Callable[[AnyLine, int], int], origin: Callable[[], Origin]
    ) -> None:
        self._state = state
        self._clock = clock
        self._origin = origin
        self.events: dict[str, Event] = {}
        self.unknown: dict[str, int] = {}
        self.retracted: list[tuple[str, str]] = []

    def keep_first(self, number: int) -> None:
        """Forget all but the first `number` events: the others turned out to be copies."""
        self.events = dict(islice(self.events.items(), number))

    def item(self, line: AnyLine, payload: Payload, number: int) -> None:
        """One `response_item`."""
        what = payload.type
        if type(what) is not str:
            self.note("response_item")
        elif what in self._ITEMS:
            handle = self._ITEMS[what]
            if handle is not None:
                handle(self, line, payload, number)
        elif what.endswith("_output"):
            self.output(line, payload, number)
        else:
            self.note(f"response_item/{fixed_word(what) or '?'}")

    def message(self, line: AnyLine, payload: Payload, number: int) -> None:
        """One `event_msg` that holds no usage and changes no turn."""
        what = payload.type
        if type(what) is not str:
            self.note("event_msg")
        elif what in self._EVENTS:
            self._EVENTS[what](self, line, payload, number)
        elif what not in QUIET_EVENTS:
            self.note(f"event_msg/{fixed_word(what) or '?'}")

    def note(self, name: str) -> None:
        """Count a kind of record that is not known."""
        self.unknown[name] = self.unknown.get(name, 0) + 1

    def bare_prompt(self, line: AnyLine, number: int, content: object) -> None:
        """Take a user message of the format before 0.3x."""
        size = prompt_size(content)
        if size is not None:
            self._prompt(line, number, rank=2, size=size)

    def compaction(self, line: AnyLine, number: int) -> None:
        """The context was summarised; three kinds of record tell it, so it counts once per turn."""
        self._put("compaction", f"codex:c:{self._state.own_id}:{self._turn()}", line, number)

    def limit_hit(self, line: AnyLine, number: int, name: str, until: int) -> None:
        """A usage limit was reached."""
        event = self._put("limit_hit", self._numbered("l"), line, number)
        event.name = name
        event.until = until

    def _prompt(self, line: AnyLine, number: int, *, rank: int, size: int) -> None:
        """A prompt by one of three kinds of evidence; the best kind a thread has is the one that counts."""
        numbers = self._state.numbers
        if any(f"p:{better}" in numbers for better in range(rank)):
            return
        for worse in range(rank + 1, PROMPT_RANKS):
            self._retract(f"codex:p:{self._state.own_id}:{worse}:", numbers.pop(f"p:{worse}", 0))
        event = self._put("prompt", self._numbered("p", str(rank)), line, number)
        event.input_bytes = size
        if self._state.is_subagent:
            event.status = "auto"  # the parent agent asks, not a person

    def _retract(self, prefix: str, count: int) -> None:
        """Take back `count` prompts, also those that an earlier reading gave away."""
        for number in range(1, count + 1):
            key = f"{prefix}{number}"
            if self.events.pop(key, None) is None:
                self.retracted.append(("prompt", key))

    def _user_item(self, line: AnyLine, payload: Payload, number: int) -> None:
        if payload.role == "user":
            size = prompt_size(payload.content)
            if size is not None:
                self._prompt(line, number, rank=2, size=size)

    def call(self, line: AnyLine, payload: Payload | FunctionCall, number: int) -> None:
        """A tool call."""
        call_id = payload.call_id
        if type(call_id) is not str or not call_id:
            call_id = as_text(payload.id)
        key = f"codex:t:{self._state.own_id}:{call_id}" if call_id else self._numbered("t", "#")
        event = self.events.get(key) or self._put("tool_call", key, line, number)
        name = payload.name
        name = fixed_word(name) if type(name) is str else str(payload.type).removesuffix("_call")
        if name is not None and payload.namespace is not None:
            space = fixed_word(payload.namespace)
            name = f"{space}.{name}" if space else name
        event.name = name
        event.input_bytes = size_of(payload.arguments) or (
            0 if payload.input is None else size_of(payload.input)
        )
        if payload.type == "web_search_call":
            event.count = 1

    def output(self, line: AnyLine, payload: Payload | FunctionCallOutput, number: int) -> None:
        """The result of a tool call."""
        call_id = payload.call_id
        output = payload.output
        if type(call_id) is str and call_id:
            self._result(line, number, call_id, size_of(output), exit_status(output))

    def _result(self, line: AnyLine, number: int, call_id: str, size: int, status: str | None) -> None:
        key = f"codex:t:{self._state.own_id}:{call_id}"
        event = self.events.get(key) or self._put("tool_call", key, line, number)
        event.result_bytes = max(event.result_bytes, size)
        if status is not None:
            event.status = status if event.status is None else max(event.status, status)

    def _outcome(self, line: AnyLine, payload: Payload, number: int) -> None:
        """The end of a command or patch: tells only whether it succeeded."""
        call_id = as_text(payload.call_id)
        status = None
        if isinstance(payload.exit_code, int):
            status = "ok" if payload.exit_code == 0 else "error"
        elif isinstance(payload.success, bool):
            status = "ok" if payload.success else "error"
        if call_id is not None and status is not None:
            self._result(line, number, call_id, 0, status)

    def _tool_end(self, line: AnyLine, payload: Payload, number: int) -> None:
        call_id = as_text(payload.call_id)
        tool = fixed_word(text_of(payload.invocation, "tool"))
        if call_id is None:
            return
        self._result(line, number, call_id, 0, None)
        server = fixed_word(text_of(payload.invocation, "server"))
        if tool is not None:
            event = self.events[f"codex:t:{self._state.own_id}:{call_id}"]
            event.name = max(event.name or "", f"mcp__{server}__{tool}" if server else tool)

    def _completed(self, line: AnyLine, payload: Payload, number: int) -> None:
        item = as_dict(payload.item)
        if item.get("type") == "UserMessage":
            self._prompt(line, number, rank=1, size=size_of(item.get("content")))
        code = item.get("exit_code")
        call_id = as_text(item.get("id"))
        if isinstance(code, int) and call_id is not None and call_id.startswith("call_"):
            self._result(line, number, call_id, 0, "ok" if code == 0 else "error")

    def _user_message(self, line: AnyLine, payload: Payload, number: int) -> None:
        self._prompt(line, number, rank=0, size=size_of(payload.message))

    def _aborted(self, line: AnyLine, payload: Payload, number: int) -> None:
        event = self._put("interrupt", f"codex:i:{self._state.own_id}:{self._turn(payload)}", line, number)
        event.name = fixed_word(payload.reason)
        event.duration_ms = whole(payload.duration_ms) or 0

    def _turn_end(self, line: AnyLine, payload: Payload, number: int) -> None:
        event = self._put("turn", f"codex:turn:{self._state.own_id}:{self._turn(payload)}", line, number)
        event.duration_ms = whole(payload.duration_ms) or 0

    def _compacted(self, line: AnyLine, payload: Payload, number: int) -> None:
        del payload
        self.compaction(line, number)

    def _rolled_back(self, line: AnyLine, payload: Payload, number: int) -> None:
        event = self._put("rollback", self._numbered("rb"), line, number)
        event.count = whole(payload.num_turns) or 0

    def _spawned(self, line: AnyLine, payload: Payload, number: int) -> None:
        thread = as_text(payload.new_thread_id)
        if payload.type == "sub_agent_activity" and payload.kind == "started":
            thread = as_text(payload.agent_thread_id)
        if thread is not None:
            self._put("subagent_start", f"codex:s:{self._state.own_id}:{thread}", line, number)

    def _failed(self, line: AnyLine, payload: Payload, number: int) -> None:
        cause = payload.codex_error_info
        name = fixed_word(next(iter(cause), None) if isinstance(cause, dict) else cause)
        if name == "usage_limit_exceeded":
            self.limit_hit(line, number, name, 0)
            return
        event = self._put("api_error", self._numbered("e"), line, number)
        event.name = name

    def _put(self, kind: str, key: str, line: AnyLine, number: int) -> Event:
        event = self.events.get(key)
        if event is None:
            event = Event(
                kind=kind,
                key=key,
                ts=self._clock(line, number),
                origin=self._origin(),
                turn_id=self._state.turn_id,
                line=number,
            )
            self.events[key] = event
        return event

    def _numbered(self, mark: str, part: str = "") -> str:
        """A key for what has no identity of its own: its number among its kind in the thread."""
        numbers = self._state.numbers
        name = f"{mark}:{part}" if part else mark
        number = numbers[name] = numbers.get(name, 0) + 1
        middle = f":{part}" if part else ""
        return f"codex:{mark}:{self._state.own_id}{middle}:{number}"

    def _turn(self, payload: Payload | None = None) -> str:
        named = as_text(payload.turn_id) if payload is not None else None
        return named or self._state.turn_id or f"#{self._state.turns}"

    _ITEMS: ClassVar[dict[str, _Handler | None]] = {
        "function_call": call,
        "function_call_output": output,
        "custom_tool_call": call,
        "local_shell_call": call,
        "web_search_call": call,
        "tool_search_call": call,
        "image_generation_call": call,
        "message": _user_item,
        "compaction": _compacted,
        "context_compaction": _compacted,
        "reasoning": None,
        "agent_message": None,
        "ghost_snapshot": None,
        "other": None,
    }
    _EVENTS: ClassVar[dict[str, _Handler]] = {
        "user_message": _user_message,
        "item_completed": _completed,
        "exec_command_end": _outcome,
        "patch_apply_end": _outcome,
        "mcp_tool_call_end": _tool_end,
        "turn_aborted": _aborted,
        "task_complete": _turn_end,
        "turn_complete": _turn_end,
        "context_compacted": _compacted,
        "thread_rolled_back": _rolled_back,
        "collab_agent_spawn_end": _spawned,
        "sub_agent_activity": _spawned,
        "error": _failed,
        "stream_error": _failed,
    }
