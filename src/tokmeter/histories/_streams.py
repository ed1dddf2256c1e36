"""Replies put together again from the events of their streams.

An open reply is kept without any text: ids, model, times, counts. Beside it its texts are gathered while this
reading goes on, for a reply that turns out to have no counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tokmeter.histories._events import event_of
from tokmeter.histories._ids import clean
from tokmeter.histories._shapes import shape_of
from tokmeter.histories._stream_texts import StreamTexts

MOST_OPEN = 64
"""Streams that may be interleaved in one log; the one that began first is taken as cut beyond that."""

_KEPT = ("id", "created", "model", "service_tier", "system_fingerprint", "provider", "x_groq")
_GEMINI_KEPT = ("responseId", "modelVersion", "createTime", "response_id", "model_version", "create_time")
_SMALL = (str, int, float, bool)


class Reply(NamedTuple):
    """One reply as an API object without text; `whole` unless its stream was cut.

    `ts` (UTC ms) and `line` are those of the event it began with, None where it had none. `texts` is what was
    gathered of it, None where its texts, if any, stand in `body`.
    """

    body: dict[str, Any]
    shape: str
    whole: bool
    ts: int | None = None
    line: int | None = None
    texts: StreamTexts | None = None


class Streams:
    """The replies that are open after the events fed so far."""

    def __init__(self, state: bytes = b"") -> None:
        saved: dict[str, Any] = msgspec.json.decode(state) if state else {}
        self._chats: dict[str, dict[str, Any]] = saved.get("chats", {})
        self._message: dict[str, Any] | None = saved.get("message")
        self._response: dict[str, Any] | None = saved.get("response")
        self._gemini: dict[str, Any] | None = saved.get("gemini")
        self._session: str | None = saved.get("session")
        self._begin: dict[str, Any] = {}
        self._texts = {name: StreamTexts(is_lost=True) for name in self._chats}
        """Texts of the open chats by id."""
        self._message_texts = StreamTexts(is_lost=self._message is not None)
        self._response_texts = StreamTexts(is_lost=self._response is not None)

    @property
    def session_model(self) -> str | None:
        """The model of the realtime session that goes on."""
        return self._session

    def state(self) -> bytes:
        """What must be known to go on; b"" when nothing is open."""
        saved = {
            "chats": self._chats,
            "message": self._message,
            "response": self._response,
            "gemini": self._gemini,
            "session": self._session,
        }
        kept = {name: value for name, value in saved.items() if value}
        return msgspec.json.encode(kept) if kept else b""

    def takes(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is an event of a stream (or a Gemini chunk) and no reply by itself."""
        if event_of(record) is not None:
            return True
        if shape_of(record) != "gemini":
            return False
        return self._gemini is not None or _has_id(record) or not _is_last(record)

    def feed(
        self, record: Mapping[str, Any], ts: int | None = None, line: int | None = None
    ) -> Iterator[Reply]:
        """The replies that are complete with this event, which was logged at `ts`."""
        self._begin = {"_ts": ts, "_line": line}
        found = event_of(record)
        if found is None:
            if shape_of(record) == "gemini":
                yield from self._gemini_chunk(record)
            elif (shape := shape_of(record)) is not None:
                yield Reply(dict(record), shape, whole=True)
            return
        kind, event = found
        if kind == "chat":
            yield from self._chat(event)
        elif kind == "anthropic":
            yield from self._anthropic(event)
        elif kind == "responses":
            yield from self._responses(event)
        elif kind == "converse":
            metadata = event.get("metadata")
            if type(metadata) is dict:
                yield Reply(
                    {"usage": metadata.get("usage"), "metrics": metadata.get("metrics")},
                    "converse",
                    whole=True,
                )
        elif kind == "session":
            model = event["session"].get("model")
            self._session = clean(model) or self._session

    def finish(self) -> Iterator[Reply]:
        """What is open at the end: replies that were cut, or that only a next event would have ended."""
        for name, chat in self._chats.items():
            yield _chat_reply(chat, self._texts.get(name))
        if self._message is not None:
            yield _message_reply(self._message, self._message_texts)
        if self._response is not None:
            yield _reply(self._response, "responses", whole=False, texts=self._response_texts)
        if self._gemini is not None:
            yield _reply(self._gemini, "gemini", whole=True)
        self._chats, self._message, self._response, self._gemini = {}, None, None, None
        self._texts = {}

    def _chat(self, chunk: Mapping[str, Any]) -> Iterator[Reply]:
        """Chunks of one id; usage is on the last, or grows on each: the last one counts."""
        identity = chunk.get("id")
        name = clean(identity) or ""
        chat = self._chats.get(name)
        choices = chunk.get("choices")
        usage = chunk.get("usage")
        groq = chunk.get("x_groq")
        if type(usage) is not dict and type(groq) is dict:
            usage = groq.get("usage")
        if chat is None:
            if not choices and type(usage) is not dict:
                return
            chat = self._chats[name] = {"object": "chat.completion"} | self._begin
            self._texts[name] = StreamTexts()
            if len(self._chats) > MOST_OPEN:
                first = next(iter(self._chats))
                yield _chat_reply(self._chats.pop(first), self._texts.pop(first, None))
        self._texts[name].chat(chunk)
        found = {name: chunk.get(name) for name in _KEPT}
        chat |= {
            name: _small(value) for name, value in found.items() if type(value) in _SMALL and value != ""
        }
        if type(groq) is dict:
            chat["x_groq"] = True
        if type(usage) is dict:
            chat["usage"] = _numbers(usage)
        if _finishes(choices):
            chat["ended"] = True
        if not choices and "usage" in chat:
            yield _chat_reply(self._chats.pop(name), self._texts.pop(name, None))

    def _anthropic(self, event: Mapping[str, Any]) -> Iterator[Reply]:
        """From `message_start` to `message_stop`; the counts of `message_delta` are totals and overwrite."""
        typed = event.get("type")
        if typed == "message_start":
            if self._message is not None:
                yield _message_reply(self._message, self._message_texts)
            self._message_texts = StreamTexts()
            start = event.get("message")
            start = start if type(start) is dict else {}
            self._message = {name: clean(start.get(name)) for name in ("id", "model")}
            self._message |= {"type": "message", "usage": _numbers(start.get("usage"))} | self._begin
        elif typed == "message_delta":
            if self._message is None:
                return
            usage = _numbers(event.get("usage"))
            self._message["usage"] |= {name: value for name, value in usage.items() if value is not None}
            self._message["ended"] = "output_tokens" in usage
        elif typed == "message_stop" and self._message is not None:
            metrics = event.get("amazon-bedrock-invocationMetrics")
            message, self._message = self._message, None
            if type(metrics) is dict and not message.get("ended"):
                message["usage"] = _of_metrics(message["usage"], metrics)
                message["ended"] = "outputTokenCount" in metrics
            yield _message_reply(message, self._message_texts)
        elif self._message is not None:
            self._message_texts.anthropic(event)

    def _responses(self, event: Mapping[str, Any]) -> Iterator[Reply]:
        """The response of the last event is whole; earlier ones have no counts yet."""
        typed = event.get("type")
        response = event.get("response")
        if type(response) is not dict:
            if self._response is not None:
                self._response_texts.responses(event)
            return
        if typed in ("response.completed", "response.incomplete", "response.failed"):
            begun, self._response = self._response or self._begin, None
            began = {name: begun.get(name) for name in ("_ts", "_line")}
            yield _reply(dict(response) | began, "responses", whole=True)
        elif typed == "response.created":
            if self._response is not None:
                yield _reply(self._response, "responses", whole=False, texts=self._response_texts)
            self._response_texts = StreamTexts()
            kept = {name: response.get(name) for name in ("id", "created_at", "model")}
            self._response = {"object": "response"} | self._begin
            self._response |= {name: _small(value) for name, value in kept.items() if type(value) in _SMALL}

    def _gemini_chunk(self, chunk: Mapping[str, Any]) -> Iterator[Reply]:
        """Every chunk repeats the counts so far: the last one that has an output count."""
        kept = {name: _small(chunk[name]) for name in _GEMINI_KEPT if type(chunk.get(name)) in _SMALL}
        for name in ("usageMetadata", "usage_metadata"):
            if name in chunk:
                kept[name] = _numbers(chunk[name])
        open_reply = self._gemini
        if open_reply is not None and not _continues(open_reply, kept):
            self._gemini = None
            yield _reply(open_reply, "gemini", whole=True)
            open_reply = None
        if open_reply is None or _has_output(kept) or not _has_output(open_reply):
            began = (
                self._begin if open_reply is None else {name: open_reply.get(name) for name in self._begin}
            )
            self._gemini = kept | began | {"ended": _is_last(chunk)}
        else:
            open_reply["ended"] = open_reply.get("ended") or _is_last(chunk)


def _finishes(choices: Any) -> bool:
    """Whether one of these choices says why it ends."""
    entries = choices if type(choices) is list else ()
    return any(type(entry) is dict and bool(entry.get("finish_reason")) for entry in entries)


def _chat_reply(chat: dict[str, Any], texts: StreamTexts | None) -> Reply:
    ended = bool(chat.pop("ended", False)) or "usage" in chat
    chat["choices"] = [{"text": "(streamed)"}] if "usage" not in chat else []
    return _reply(chat, "chat", whole=ended, texts=texts or StreamTexts(is_lost=True))


def _message_reply(message: dict[str, Any], texts: StreamTexts) -> Reply:
    return _reply(message, "anthropic", whole=bool(message.pop("ended", False)), texts=texts)


def _reply(body: dict[str, Any], shape: str, *, whole: bool, texts: StreamTexts | None = None) -> Reply:
    body.pop("ended", None)
    return Reply(body, shape, whole, body.pop("_ts", None), body.pop("_line", None), texts)


def _of_metrics(usage: dict[str, Any], metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Counts that Bedrock adds to the end of a stream, where the stream itself gave none."""
    names = {
        "inputTokenCount": "input_tokens",
        "outputTokenCount": "output_tokens",
        "cacheReadInputTokenCount": "cache_read_input_tokens",
        "cacheWriteInputTokenCount": "cache_creation_input_tokens",
    }
    return usage | {
        ours: metrics[theirs] for theirs, ours in names.items() if type(metrics.get(theirs)) is int
    }


def _numbers(usage: Any, depth: int = 3) -> dict[str, Any]:
    """A usage object without long texts and deep nests, fit to be kept."""
    if type(usage) is not dict:
        return {}
    kept: dict[str, Any] = {}
    for name, value in list(usage.items())[:64]:
        if type(value) is dict and depth:
            kept[clean(name) or ""] = _numbers(value, depth - 1)
        elif type(value) is list and depth:
            kept[clean(name) or ""] = [
                _numbers(entry, depth - 1) for entry in value[:64] if type(entry) is dict
            ]
        elif value is None or type(value) in _SMALL:
            kept[clean(name) or ""] = _small(value)
    return kept


def _small(value: Any) -> Any:
    """A number, or a text short and clean enough to be kept between two readings."""
    return clean(value) if type(value) is str else value


def _continues(reply: Mapping[str, Any], chunk: Mapping[str, Any]) -> bool:
    """Whether a chunk is of the same reply: by its id, else because the one before had not ended."""
    for name in ("responseId", "response_id"):
        if name in reply or name in chunk:
            return reply.get(name) == chunk.get(name)
    return not reply.get("ended")


def _has_output(chunk: Mapping[str, Any]) -> bool:
    for name in ("usageMetadata", "usage_metadata"):
        usage = chunk.get(name)
        if type(usage) is dict and ("candidatesTokenCount" in usage or "candidates_token_count" in usage):
            return True
    return False


def _is_last(chunk: Mapping[str, Any]) -> bool:
    candidates = chunk.get("candidates")
    return any(
        type(entry) is dict and bool(entry.get("finishReason") or entry.get("finish_reason"))
        for entry in (candidates if type(candidates) is list else ())
    )


def _has_id(chunk: Mapping[str, Any]) -> bool:
    """Whether more chunks may be told to be of the same reply."""
    return "responseId" in chunk or "response_id" in chunk
