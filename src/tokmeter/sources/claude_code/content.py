"""Reads the texts of one transcript: what entered each context, and the visible part of each response.

A response stands on several lines, and results of its own calls, other agents' lines and copies stand
between them. So its place is kept where its first line stands, what follows waits, and both are given away
when the response has ended: when so many others have begun, or so many lines have passed, that no line of
it can be expected.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tokmeter.sources._content import Content
from tokmeter.sources._fields import Clock, fixed_word
from tokmeter.sources.claude_code.content_lines import Line, Message, read_line
from tokmeter.sources.claude_code.content_pieces import Pieces, Where
from tokmeter.sources.claude_code.content_responses import Response
from tokmeter.sources.claude_code.place import place_of
from tokmeter.sources.claude_code.responses import UNIQUE_ID_LENGTH

MOST_OPEN = 16
"""Responses that may still grow; agents work in parallel, and one file may hold them all."""
MOST_WAITED = 500
"""Lines without a further one of a response, after which it has ended."""
SIDECHAIN = "sidechain"
"""The context of lines that say they are an agent's, and not whose."""

Identity = tuple[str | int | None, ...]


class Reader:
    """Reads one transcript. Never raises for a line's fault, and reports none."""

    def __init__(self, path: str) -> None:
        self._place = place_of(path)
        self._pieces = Pieces()
        self._millis = Clock().millis
        self._last_ms = 0
        self._held: deque[Content | Response] = deque()
        self._open: dict[Identity, Response] = {}
        self._ended: set[Identity] = set()
        self._run = 0
        self._interrupted = True

    def feed(self, line: memoryview, number: int) -> Iterator[Content]:
        """Take one line; gives what is known to be complete by now."""
        record = read_line(line)
        if record is not None:
            self._take(record, number)
        if self._open:
            oldest = next(iter(self._open.values()))
            if len(self._open) > MOST_OPEN or number - oldest.last_line > MOST_WAITED:
                self._end_oldest()
        return self._released() if self._held else iter(())

    def finish(self) -> Iterator[Content]:
        """Everything that still waits."""
        while self._open:
            self._end_oldest()
        return self._released()

    def _take(self, record: Line, number: int) -> None:
        kind = record.type
        if kind == "progress":
            nested = record.data.message if record.data is not None else None
            if nested is None or nested.type not in ("assistant", "user") or record.data is None:
                return
            kind = nested.type
            record.message = nested.message
            record.agent_id = record.data.agent_id
            record.timestamp = nested.timestamp or record.timestamp
            record.request_id = nested.request_id or record.request_id
            record.uuid = nested.uuid or record.uuid
            record.is_sidechain = True
        where = (number, self._time(record.timestamp), self._context(record))
        message = record.message
        if kind == "assistant":
            if message is not None:
                self._assistant(record, message, where)
        elif kind == "user":
            self._interrupted = True
            if message is not None:
                self._held.extend(self._pieces.user(record, message, where))
        elif kind == "attachment":
            self._held.extend(self._pieces.attachment(record, where))
        elif kind == "system":
            self._held.extend(self._pieces.system(record, where))
        elif kind == "queue-operation":
            self._held.extend(self._pieces.queue(record, where))

    def _assistant(self, record: Line, message: Message, where: Where) -> None:
        """A line of a response; remarks of the client in its shape are none."""
        if message.model == "<synthetic>" or record.is_api_error_message:
            return
        identity, key = self._identity(record, message, where[0])
        if identity in self._ended:  # a copy of what was told
            return
        number, ms, context = where
        response = self._open.get(identity)
        if response is None:
            response = self._open[identity] = Response(key, context, number, ms)
            self._held.append(response)
            self._pieces.bounded.discard(context)
        for call in response.add(message, record.cwd, number, ms):
            if call.mark:
                self._pieces.tools[call.mark] = call.tool

    def _identity(self, record: Line, message: Message, number: int) -> tuple[Identity, str | None]:
        """What the lines of one response share, and the key of its entry if that is its message id.

        As entries are told apart (`responses.py`), so that each has one output.
        """
        if message.id is not None and len(message.id) >= UNIQUE_ID_LENGTH:
            key = "m:" + message.id
            return (key,), key
        if message.id:
            session = record.session_id or self._place.session_id
            if record.request_id:
                return (session, message.id, record.request_id), None
            if self._interrupted:
                self._run += 1
                self._interrupted = False
            return (session, message.id, "", self._run), None
        if record.request_id or record.uuid:
            return (record.request_id or record.uuid,), None
        usage = message.usage
        if usage is None:
            return (number,), None
        session = record.session_id or self._place.session_id
        counts = (usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens)
        return (session, record.timestamp, message.model, *counts), None

    def _end_oldest(self) -> None:
        identity, response = next(iter(self._open.items()))
        del self._open[identity]
        response.open = False
        self._ended.add(identity)

    def _released(self) -> Iterator[Content]:
        """What waits for no response."""
        held = self._held
        while held:
            first = held[0]
            if isinstance(first, Response):
                if first.open:
                    return
                held.popleft()
                yield from first.contents()
            else:
                held.popleft()
                yield first

    def _context(self, record: Line) -> str:
        """'' for the conversation that the file is about, which in an agent's own file is the agent's."""
        agent = record.agent_id
        own = self._place.agent_id
        if not record.is_sidechain or (own is not None and agent in (None, "", own)):
            return ""
        return fixed_word(agent) or SIDECHAIN

    def _time(self, text: str | None) -> int:
        """UTC milliseconds of a line; where it has none, those of the line before."""
        ms = self._millis(text)
        if ms is not None:
            self._last_ms = ms
        return self._last_ms
