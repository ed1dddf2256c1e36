"""API objects of any provider: alone, in an envelope, or as the events of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._envelope import Found, find_response, record_time
from tokmeter.histories._events import event_of
from tokmeter.histories._format import Place
from tokmeter.histories._quick import Quick
from tokmeter.histories._record import Call, Item, Remark
from tokmeter.histories._response import Circumstances, found_items, response_items
from tokmeter.histories._streams import Reply, Streams
from tokmeter.sources._fields import as_dict

ID = "api-object"
MOST_REPEATS = 100_000
"""Calls without id and time of which a file's reader remembers how often each occurred."""


class ApiObject:
    """What people's own code keeps of its calls."""

    id = ID
    title = "API objects"
    evidence = "the providers' API references and SDK types; genai-prices 0.2.3; checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is or holds a response, or is an event of a stream."""
        return find_response(record) is not None or event_of(record) is not None

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract
        """No CSV holds API objects."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> ApiReader:
        """A reader for one file."""
        return ApiReader(place, state)


class ApiReader:
    """Reads records; puts streams together over several of them."""

    def __init__(self, place: Place, state: bytes = b"") -> None:
        saved: dict[str, Any] = msgspec.json.decode(state) if state else {}
        self._place = place
        self._quick = Quick(ID)
        self._streams = Streams(saved.get("streams", "").encode())
        self._repeats: dict[str, int] = saved.get("repeats", {})

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """The calls of this record, and of streams that end with it."""
        if not isinstance(record, Mapping):
            yield Remark(reason="unknown-record", line=line)
        elif self._streams.takes(record):
            yield from self._event(record, line)
        else:
            around = Circumstances(model=self._streams.session_model)
            found = False
            for item in response_items(record, self._place, line, format_id=ID, around=around):
                found = True
                yield self._counted(item)
            if not found:
                yield Remark(reason="unknown-record", line=line)

    def feed_line(self, text: bytes, line: int) -> list[Item] | None:
        """The calls of a line of JSONL, if reading it without its texts surely gives the same; else None."""
        call = self._quick.call(text, line)
        return None if call is None else [call]

    def finish(self) -> Iterator[Item]:
        """The replies that no last event ended."""
        for reply in self._streams.finish():
            yield from self._reply(reply, {}, 0)

    def state(self) -> bytes:
        """Open streams, and how often calls without id and time occurred."""
        saved: dict[str, Any] = {}
        if streams := self._streams.state():
            saved["streams"] = streams.decode()
        if self._repeats:
            saved["repeats"] = self._repeats
        return msgspec.json.encode(saved) if saved else b""

    def _event(self, record: Mapping[str, Any], line: int) -> Iterator[Item]:
        found = event_of(record)
        outer = found is not None and found[1] is not record
        ts = record_time(record) if outer else None
        for reply in self._streams.feed(record, ts, line):
            yield from self._reply(reply, record if outer else {}, line)

    def _reply(self, reply: Reply, record: Mapping[str, Any], line: int) -> Iterator[Item]:
        found = Found(reply.body, reply.shape, ("event",) if record else ())
        around = Circumstances(partial=not reply.whole, ts=reply.ts, streamed=reply.texts)
        outer = record or as_dict(reply.body)
        for item in found_items(outer, found, self._place, reply.line or line, format_id=ID, around=around):
            yield self._counted(item)

    def _counted(self, item: Item) -> Item:
        """Equal calls without id and time stay apart: the second of a file has a key of its own."""
        if isinstance(item, Call) and item.ts_quality == "file" and item.key.startswith("h:"):
            times = self._repeats.get(item.key, 0) + 1
            if times > 1 or len(self._repeats) < MOST_REPEATS:
                self._repeats[item.key] = times
            if times > 1:
                item.key = f"{item.key}-{times}"
        return item


FORMATS = (ApiObject(),)
