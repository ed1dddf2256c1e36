"""One HTTP exchange that was captured → calls. No header is ever looked at."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tokmeter.histories._envelope import Found
from tokmeter.histories._events import sse_events
from tokmeter.histories._extract import call_key
from tokmeter.histories._format import Place
from tokmeter.histories._provider import provider_of_url
from tokmeter.histories._record import Call, Item, Remark
from tokmeter.histories._response import UNKNOWN, Circumstances, found_items, model_of_url, response_items
from tokmeter.histories._shapes import is_request
from tokmeter.histories._streams import Streams
from tokmeter.sources._fields import decode_tolerant

_ENDS = (
    "/chat/completions",
    "/responses",
    "/completions",
    "/embeddings",
    "/v1/messages",
    ":generateContent",
    ":streamGenerateContent",
    "/api/chat",
    "/api/generate",
    "/converse",
    "/converse-stream",
    "/invoke",
    "/invoke-with-response-stream",
)
_FREE = ("/v1/messages/count_tokens", ":countTokens")
_LONGEST_FRAME = 32 << 20


class Exchange(NamedTuple):
    """One request and its response; `status` 0 where no response came."""

    url: str
    request: Any
    reply: bytes
    mime: str
    status: int
    ts: int | None
    latency_ms: int | None


def path_of(url: object) -> str:
    """The path of an address, without question and fragment."""
    if type(url) is not str:
        return ""
    return url[:4096].split("?", 1)[0].split("#", 1)[0].rstrip("/")


def is_free(url: object) -> bool:
    """Whether an address counts tokens without charge."""
    return path_of(url).endswith(_FREE)


def is_call(url: object) -> bool:
    """Whether an address is one of a model's."""
    return path_of(url).endswith(_ENDS)


def exchange_items(exchange: Exchange, place: Place, line: int, *, format_id: str) -> Iterator[Item]:
    """The calls and remarks of an exchange with a model; nothing for any other."""
    if is_free(exchange.url):
        yield Remark(reason="not-billed", line=line)
        return
    request = _json(exchange.request) if type(exchange.request) in (str, bytes) else exchange.request
    request = request if type(request) is dict else {}
    provider = provider_of_url(exchange.url)
    if provider in (None, "local") and not is_request(request):
        return
    around = Circumstances(ts=exchange.ts, url=exchange.url, latency_ms=exchange.latency_ms)
    items: list[Item] = []
    if exchange.status < 400:
        items = list(_replies(exchange, request, place, line, format_id, around))
    if any(isinstance(item, Call) for item in items):
        yield from items
        return
    model = request.get("model")
    name = (
        model[:256] if type(model) is str and model.isprintable() else model_of_url(exchange.url) or UNKNOWN
    )
    ts = exchange.ts if exchange.ts is not None else place.mtime_ms
    yield Call(
        key=call_key(None, ts=exchange.ts or 0, model=name, text=path_of(exchange.url)),
        ts=ts,
        ts_quality="file" if exchange.ts is None else "exact",
        format=format_id,
        model=name,
        provider=provider,
        status="error" if exchange.status >= 400 or exchange.status == 0 else "partial",
        latency_ms=exchange.latency_ms,
        line=line,
    )


def _replies(
    exchange: Exchange, request: Mapping[str, Any], place: Place, line: int, name: str, around: Circumstances
) -> Iterator[Item]:
    if "eventstream" in exchange.mime:
        events = list(frames(exchange.reply))
    elif exchange.reply.lstrip()[:1] in (b"{", b"["):
        reply = _json(exchange.reply)
        if type(reply) is dict:
            record = {"response": reply, "request": request}
            yield from response_items(record, place, line, format_id=name, around=around)
            return
        events = [event for event in reply if type(event) is dict] if type(reply) is list else []
        events = events or _lines(exchange.reply)
    else:
        events = sse_events(exchange.reply.decode("utf-8", "replace"))
    streams = Streams()
    replies = [reply for event in events for reply in streams.feed(event)]
    for told in (*replies, *streams.finish()):
        found = Found(told.body, told.shape, ("response",))
        record = {"request": request}
        circumstances = around._replace(partial=not told.whole, streamed=told.texts)
        yield from found_items(record, found, place, line, format_id=name, around=circumstances)


def _lines(text: bytes) -> list[dict[str, Any]]:
    """The events of a stream of JSON lines, as Ollama sends it."""
    return [event for line in text.splitlines() if type(event := _json(line)) is dict]


def _json(text: str | bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        try:
            return decode_tolerant(text.encode("utf-8", "replace") if isinstance(text, str) else text)
        except ValueError:
            return None


def body_bytes(text: object, encoding: object) -> bytes:
    """A captured body, decoded if it was written as base64."""
    if type(text) is not str:
        return b""
    if encoding != "base64":
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def frames(data: bytes) -> Iterator[dict[str, Any]]:
    """The events of AWS's binary event stream: Converse's by name, InvokeModel's out of base64."""
    start = 0
    while start + 16 <= len(data):
        total, headers = struct.unpack_from(">II", data, start)
        if not 16 <= total <= min(_LONGEST_FRAME, len(data) - start) or headers > total - 16:
            return
        payload = _json(data[start + 12 + headers : start + total - 4])
        if type(payload) is dict:
            if type(payload.get("bytes")) is str:
                inner = _json(body_bytes(payload["bytes"], "base64"))
                if type(inner) is dict:
                    yield inner
            else:
                name = _event_name(data[start + 12 : start + 12 + headers])
                yield {name: payload} if name else payload
        start += total


def _event_name(headers: bytes) -> str | None:
    """The text of the header `:event-type`: its name, 7 for text, two bytes of length, the text."""
    begin = headers.find(b"\x0b:event-type\x07")
    if begin < 0 or begin + 15 > len(headers):
        return None
    length = int.from_bytes(headers[begin + 13 : begin + 15], "big")
    return headers[begin + 15 : begin + 15 + length].decode("ascii", "replace")
