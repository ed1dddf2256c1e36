"""A record with an API object in it → calls and remarks: counts, key, time, who bills, tier, status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from tokmeter.histories import _envelope as envelope
from tokmeter.histories._envelope import Found
from tokmeter.histories._extract import call_key, clean, money_nano, remark, usage_tokens, when, when_of_id
from tokmeter.histories._format import Place
from tokmeter.histories._ids import SHORTEST_REF
from tokmeter.histories._iterations import rows_of
from tokmeter.histories._lacking import lacking
from tokmeter.histories._provider import named_provider, provider_of, provider_of_url
from tokmeter.histories._record import Call, CostKind, Item, Status, Tokens, TsQuality
from tokmeter.histories._reply_texts import reply_texts
from tokmeter.histories._request_texts import request_of, request_texts
from tokmeter.histories._shapes import FLAVOURS, usage_of
from tokmeter.histories._stream_texts import StreamTexts
from tokmeter.histories._streams import Streams
from tokmeter.histories._text_of import text_of
from tokmeter.histories._texts import Texts, Written, texts_of
from tokmeter.sources._fields import as_dict, fixed_word

UNKNOWN = "unknown"
_TIERS = {
    "default": "standard",
    "standard": "standard",
    "standard_only": "standard",
    "on_demand": "standard",
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
    "on_demand_priority": "priority",
    "on_demand_flex": "flex",
}
_ENDED = ("incomplete", "failed", "cancelled", "canceled")
_PROJECTS = ("project", "app", "metadata.project", "tags")
_USERS = ("user", "user_id", "metadata.user_id")
_LABELS = frozenset(("project", "app", "metadata", "tags", "user", "user_id"))
_CONVERSATIONS = ("conversation_id", "session_id", "thread_id")
_CONVERSATION_NAMES = frozenset((*_CONVERSATIONS, "conversation"))
_REQUESTS = ("_request_id", "request_id", "requestId")
_REQUEST_NAMES = frozenset(_REQUESTS)
_COSTS = ("cost_usd", "response_cost")
_TIMES = ("created", "created_at", "createTime", "create_time", "completed_at")
_URL_MODEL = ("/models/", "/model/", "/deployments/")


class Circumstances(NamedTuple):
    """What is known of a call besides its record: a batch's tier, a capture's time, a stream's end."""

    tier: str | None = None
    ts: int | None = None
    provider: str | None = None
    url: str | None = None
    batch_key: str | None = None
    request_ref: str | None = None
    partial: bool = False
    model: str | None = None
    latency_ms: int | None = None
    streamed: StreamTexts | None = None
    """The reply's texts, where they were gathered from a stream."""


NOTHING = Circumstances()


def response_items(
    record: Mapping[str, Any],
    place: Place,
    line: int,
    *,
    format_id: str,
    around: Circumstances = NOTHING,
) -> Iterator[Item]:
    """The calls and remarks of one record; nothing if it holds no response."""
    found = envelope.find_response(record)
    if found is None:
        return
    if found.shape == "stream":
        streams = Streams()
        bodies = [reply for event in found.events for reply in streams.feed(event)]
        for reply in (*bodies, *streams.finish()):
            inner = Found(reply.body, reply.shape, found.path)
            yield from found_items(
                record,
                inner,
                place,
                line,
                format_id=format_id,
                around=around._replace(partial=not reply.whole, streamed=reply.texts),
            )
        return
    yield from found_items(record, found, place, line, format_id=format_id, around=around)


def found_items(
    record: Mapping[str, Any],
    found: Found,
    place: Place,
    line: int,
    *,
    format_id: str,
    around: Circumstances = NOTHING,
) -> Iterator[Item]:
    """The calls and remarks of a response that was found, in the record around it."""
    yield from _Reading(record, found, place, line, around).items(format_id)


class _Reading:
    """One response and the record around it."""

    def __init__(
        self, record: Mapping[str, Any], found: Found, place: Place, line: int, around: Circumstances
    ) -> None:
        self.record, self.shape, self.line, self.around, self.place = record, found.shape, line, around, place
        self.outer = found.path != ()
        self.body = found.body
        inner = found.body.get("response") if found.shape == "realtime" else None
        self.reply: Mapping[str, Any] = inner if type(inner) is dict else found.body
        self.reasons: list[str] = []

    def items(self, format_id: str) -> Iterator[Item]:
        """The call, its iterations, and what was odd."""
        call = self._call(format_id)
        usage = usage_of(self.body, self.shape)
        if call.tokens.is_empty and call.status != "error" and not call.needs_text and usage is None:
            self.reasons.append("no-usage")
        else:
            yield from rows_of(call, usage) if self.shape == "anthropic" else (call,)
        for reason in self.reasons:
            yield remark(reason, self.line)

    def _call(self, format_id: str) -> Call:
        url = self.around.url or envelope.request_url(self.record)
        model = self._model(url)
        provider = self._provider(model, url)
        usage = usage_of(self.body, self.shape)
        counted = None
        if type(usage) is dict and self.shape in FLAVOURS:
            counted = usage_tokens(usage, FLAVOURS[self.shape], provider)
        tokens, reasons = counted if counted is not None else (Tokens(), [])
        self.reasons += reasons
        if self.shape == "chat":
            _prompt_reuse(self.body, usage, tokens)
        elif self.shape == "responses":
            tokens.web_searches = tokens.web_searches or _searches(self.body)
        ref = self._ref()
        unique = ref is not None and len(ref) >= SHORTEST_REF
        text = "" if unique and not tokens.is_empty else text_of(self.reply, self.shape)
        status, needs_text = self._status(tokens, text)
        texts = None if status == "error" else self._texts(tokens, usage, needs_text=needs_text)
        ts, quality = self._time()
        name = model or UNKNOWN
        if model is None and not tokens.is_empty:
            self.reasons.append("no-model")
        key = call_key(
            ref,
            gateway=self.around.batch_key,
            ts=0 if quality == "file" else ts,
            model=name,
            tokens=tokens,
            text=text,
        )
        cost, kind = self._cost(usage)
        usage_table = as_dict(usage)
        labelled = not _LABELS.isdisjoint(self.record)
        return Call(
            key=key,
            ts=ts,
            ts_quality=quality,
            format=format_id,
            model=name,
            provider=provider,
            tokens=tokens,
            evidence="cut" if self.around.partial else "response",
            status=status,
            provider_ref=ref,
            request_ref=self._request_ref(),
            conversation=self._conversation(),
            project=envelope.label(self.record, *_PROJECTS) if labelled else None,
            user=envelope.word(self.record, *_USERS) if labelled else None,
            tier=self._tier(usage_table),
            speed=_word(usage_table.get("speed")),
            inference_geo=_word(usage_table.get("inference_geo")),
            cost_nanousd=cost,
            cost_kind=kind,
            latency_ms=self._latency(),
            needs_text=needs_text or texts is not None,
            texts=texts,
            line=self.line,
        )

    def _model(self, url: str | None) -> str | None:
        """The model as the response names it, else as asked for, else in the address."""
        names = ("modelVersion", "model_version") if self.shape == "gemini" else ()
        for name in (*names, "model", "modelId"):
            model = clean(self.reply.get(name)) or clean(self.body.get(name))
            if model is not None:
                return _stem(model) if self.shape == "llamacpp" else model
        model = self.around.model or envelope.request_model(self.record)
        return model or model_of_url(url)

    def _provider(self, model: str | None, url: str | None) -> str | None:
        if self.around.provider is not None:
            return self.around.provider
        if self.outer or self.shape == "usage":  # OpenRouter's own `provider` is only who it asked
            named = named_provider(self.record.get("provider"))
            if named is not None:
                return named
        told = provider_of_url(url) if url else None
        if told is not None and told != "local":
            return told
        found = provider_of(self.reply, self.shape, model or "")
        if told == "local" and found == "openrouter":  # a model with a slash, on a server of one's own
            return told
        return found or told

    def _status(self, tokens: Tokens, text: str) -> tuple[Status, bool]:
        """ok, error or partial; and whether there is text to count instead of the counts there are not."""
        empty = tokens.is_empty
        code = envelope.status_code(self.record)
        failed = self.shape == "error" or bool(self.body.get("error")) or (code is not None and code >= 400)
        if empty and (failed or self.reply.get("status") == "failed"):
            return "error", False
        needs_text = empty and (bool(text) or (self.around.partial and self.shape != "anthropic"))
        if self.around.partial or self.reply.get("status") in _ENDED:
            return "partial", needs_text
        return "ok", needs_text

    def _texts(self, tokens: Tokens, usage: Any, *, needs_text: bool) -> Texts | None:
        """What there is to count of a call whose record lacks its counts, or those of one side."""
        lacks_input, lacks_output = lacking(tokens, usage, is_cut=self.around.partial)
        if not (lacks_input or lacks_output):
            return None
        written: Written | None = None
        if lacks_output:
            gathered = self.around.streamed
            written = reply_texts(self.reply, self.shape) if gathered is None else gathered.written()
            if written is None or (written.is_empty and not needs_text):
                return None
        request = request_of(self.record) if lacks_input else None
        if request is None and not lacks_output:
            return None
        return texts_of(None if request is None else request_texts(request, self.shape), written)

    def _time(self) -> tuple[int, TsQuality]:
        """When the call was: as the envelope says, the response, a header, the id, at last the file."""
        ms = self.around.ts or (envelope.record_time(self.record) if self.outer else None)
        if ms is None:
            for name in _TIMES:
                if name in self.reply and (ms := when(self.reply[name])) is not None:
                    break
        if ms is None:
            ms = envelope.record_time(self.record)
        if ms is None:
            date = envelope.header(self.record, "date") or envelope.header(self.body, "date")
            ms = when(date) if date else None
        if ms is None:
            ms = when_of_id(clean(self.reply.get("id")))
        if ms is not None:
            return ms, "exact"
        self.reasons.append("no-time")
        return self.place.mtime_ms, "file"

    def _ref(self) -> str | None:
        """The provider's id of the response; what llama.cpp and Ollama call an id is none."""
        if self.shape == "gemini":
            return clean(self.reply.get("responseId")) or clean(self.reply.get("response_id"))
        if self.shape == "converse":
            return clean(as_dict(self.body.get("ResponseMetadata")).get("RequestId"))
        if self.shape in ("llamacpp", "error"):
            return None
        return clean(self.reply.get("id"))

    def _request_ref(self) -> str | None:
        for place in (self.body, self.record):
            if not _REQUEST_NAMES.isdisjoint(place):
                for name in _REQUESTS:
                    ref = clean(place.get(name))
                    if ref is not None:
                        return ref
        named = envelope.header(self.record, "x-request-id", "request-id", "x-amzn-requestid")
        return self.around.request_ref or clean(named)

    def _conversation(self) -> str | None:
        if _CONVERSATION_NAMES.isdisjoint(self.record) and "conversation" not in self.reply:
            return None
        inner = self.reply.get("conversation")
        told = envelope.word(self.record, *_CONVERSATIONS)
        return told or (clean(inner.get("id")) if type(inner) is dict else None)

    def _tier(self, usage: Mapping[str, Any]) -> str | None:
        """The tier that was billed: the response's word; a request may say `auto`."""
        if self.around.tier is not None:
            return self.around.tier
        return plain_tier(self.reply.get("service_tier"), usage)

    def _cost(self, usage: Any) -> tuple[int | None, CostKind | None]:
        """What OpenRouter or Perplexity say they billed (with one's own key: the upstream's part too)."""
        told = usage.get("cost") if type(usage) is dict else None
        if type(told) is dict:
            told = told.get("total_cost")
        amount = None if told is None else money_nano(told)
        if amount is not None:
            upstream = money_nano(as_dict(usage.get("cost_details")).get("upstream_inference_cost"))
            return amount + (upstream or 0 if usage.get("is_byok") is True else 0), "billed"
        for name in _COSTS:
            amount = money_nano(self.record[name]) if name in self.record else None
            if amount is not None:
                return amount, "estimated"
        return None, None

    def _latency(self) -> int | None:
        ms = self.around.latency_ms if self.around.latency_ms is not None else envelope.latency(self.record)
        if ms is None and self.shape == "ollama":
            total = self.body.get("total_duration")
            ms = round(total / 1e6) if type(total) is int and 0 <= total < 1e18 else None
        if ms is None and self.shape == "converse":
            ms = envelope.latency({"latency_ms": as_dict(self.body.get("metrics")).get("latencyMs")})
        return ms


def plain_tier(told: Any, usage: Mapping[str, Any]) -> str | None:
    """The tier in the words of OpenAI, Anthropic or Gemini; None for any other word."""
    for value in (told, usage.get("service_tier"), usage.get("trafficType")):
        word = value.get("type") if type(value) is dict else value
        if type(word) is str and word.lower() in _TIERS:
            return _TIERS[word.lower()]
    return None


def model_of_url(url: str | None) -> str | None:
    """The model in an address: Gemini's `models/<m>:generateContent`, Bedrock's `model/<m>/…`, Azure's."""
    for mark in _URL_MODEL:
        _, found, rest = (url or "").partition(mark)
        if found:
            part = re.split(r"[/?#]", rest, maxsplit=1)[0].replace("%3A", ":").replace("%2F", "/")
            if "enerateContent" in part:
                part = part.rpartition(":")[0]
            return clean(part)
    return None


def _stem(path: str) -> str:
    """llama.cpp names a model by its file: without folders and ending."""
    name = path.replace("\\", "/")
    return PurePosixPath(name).name.removesuffix(".gguf") or path


def _word(value: Any) -> str | None:
    """A word such as `fast` or `us`; Anthropic's `not_available` says nothing."""
    word = fixed_word(value)
    return None if word == "not_available" else word


def _searches(body: Mapping[str, Any]) -> int:
    """Web searches among the output of a Responses object."""
    output = body.get("output")
    if type(output) is not list:
        return 0
    return sum(1 for item in output if type(item) is dict and item.get("type") == "web_search_call")


def _prompt_reuse(body: Mapping[str, Any], usage: Any, tokens: Tokens) -> None:
    """llama.cpp's chat: `timings.prompt_n` of the prompt was processed, the rest was in its cache already."""
    timings = body.get("timings")
    if type(timings) is not dict or type(usage) is not dict or tokens.cache_read:
        return
    processed = timings.get("prompt_n")
    if type(processed) is int and 0 <= processed < tokens.uncached_input:
        tokens.cache_read = tokens.uncached_input - processed
        tokens.uncached_input = processed
