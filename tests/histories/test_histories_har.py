"""Captured HTTP: archives and cassettes."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import pytest

from tokmeter.histories._capture import frames
from tokmeter.histories._format import Place
from tokmeter.histories._record import Call, Item, Remark, Tokens
from tokmeter.histories.har import FORMATS

HAR, CASSETTE = FORMATS
PLACE = Place("capture.har", 1_780_000_000_000)
MS = 1_770_112_800_000  # 2026-02-03T10:00:00Z
SECRET = "sk-ant-SECRET"  # noqa: S105 - invented
MESSAGE = {
    "id": "msg_01SampleAAAAAAAAAAAAAAAA",
    "type": "message",
    "model": "claude-opus-4-6",
    "content": [],
    "usage": {"input_tokens": 10, "output_tokens": 5},
}
ANTHROPIC = "https://api.anthropic.com/v1/messages?beta=true"


def entry(
    url: str,
    reply: str,
    *,
    request: Any = None,
    status: int = 200,
    mime: str = "application/json",
    **content: Any,
) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-02-03T10:00:00.000Z",
        "time": 1234.5,
        "request": {
            "method": "POST",
            "url": url,
            "headers": [{"name": "x-api-key", "value": SECRET}],
            "postData": {"text": json.dumps(request or {"model": "claude-opus-4-6", "messages": []})},
        },
        "response": {
            "status": status,
            "headers": [{"name": "set-cookie", "value": SECRET}],
            "content": {"text": reply, "mimeType": mime, **content},
        },
    }


def har(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {}, "entries": list(entries)}}


def read(*entries: dict[str, Any]) -> list[Item]:
    assert HAR.claims(har(*entries))
    return list(HAR.reader(PLACE).feed(har(*entries), 1))


ROW = Call(
    key="resp:msg_01SampleAAAAAAAAAAAAAAAA",
    ts=MS,
    format="har",
    model="claude-opus-4-6",
    provider="anthropic",
    tokens=Tokens(uncached_input=10, output=5),
    provider_ref="msg_01SampleAAAAAAAAAAAAAAAA",
    latency_ms=1234,
    line=1,
)
SSE = "".join(
    f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
    for event in (
        {"type": "message_start", "message": MESSAGE},
        {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 57}},
        {"type": "message_stop"},
    )
)


def test_a_plain_reply_is_a_call_with_the_time_and_length_of_its_exchange() -> None:
    assert [ROW] == read(entry(ANTHROPIC, json.dumps(MESSAGE)))


def test_a_base64_reply_is_decoded() -> None:
    body = base64.b64encode(json.dumps(MESSAGE).encode()).decode()

    assert [ROW] == read(entry(ANTHROPIC, body, encoding="base64"))


def test_a_streamed_reply_is_put_together() -> None:
    (call,) = read(entry(ANTHROPIC, SSE, mime="text/event-stream"))

    assert isinstance(call, Call)
    assert ("ok", Tokens(uncached_input=10, output=57)) == (call.status, call.tokens)


@pytest.mark.parametrize("reply", [SSE[: SSE.index("event: message_delta")], ""], ids=["cut", "empty"])
def test_a_truncated_reply_is_partial(reply: str) -> None:
    (call,) = read(entry(ANTHROPIC, reply, mime="text/event-stream"))

    assert isinstance(call, Call)
    assert call.status == "partial"


def test_a_refused_request_is_an_error() -> None:
    (call,) = read(
        entry(ANTHROPIC, '{"type":"error","error":{"type":"rate_limit_error","message":"m"}}', status=429)
    )

    assert isinstance(call, Call)
    assert ("error", "claude-opus-4-6", Tokens()) == (call.status, call.model, call.tokens)


def test_counting_tokens_is_free() -> None:
    items = read(entry("https://api.anthropic.com/v1/messages/count_tokens", '{"input_tokens": 10}'))

    assert [Remark(reason="not-billed", line=1)] == items


def test_headers_leave_no_trace() -> None:
    items = read(entry(ANTHROPIC, json.dumps(MESSAGE)), entry(ANTHROPIC, "x", status=500))

    assert SECRET not in repr(items)


def test_the_model_of_an_address_counts_where_nothing_else_names_it() -> None:
    reply = {
        "responseId": "abcdefghijklmnopqrstuv",
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2},
    }
    url = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"
    (call,) = read(entry(url, json.dumps(reply), request={"contents": []}))

    assert isinstance(call, Call)
    assert ("google", "gemini-2.5-flash") == (call.provider, call.model)


def test_gemini_s_streamed_array_is_one_call() -> None:
    def chunk(out: int) -> dict[str, Any]:
        return {
            "responseId": "abcdefghijklmnopqrstuv",
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": out},
        }

    url = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent"
    (call,) = read(entry(url, json.dumps([chunk(1), chunk(5)]), request={"contents": []}))

    assert isinstance(call, Call)
    assert call.tokens == Tokens(uncached_input=3, output=5)


def test_ollama_s_lines_are_one_call() -> None:
    lines = '{"model":"llama3.2","response":"H","done":false}\n{"model":"llama3.2","done":true,"total_duration":5,"prompt_eval_count":4,"eval_count":2}'
    (call,) = read(
        entry(
            "http://localhost:11434/api/generate",
            lines,
            request={"model": "llama3.2", "prompt": "x"},
            mime="application/x-ndjson",
        )
    )

    assert isinstance(call, Call)
    assert ("ollama", Tokens(uncached_input=4, output=2)) == (call.provider, call.tokens)


def frame(name: str, payload: dict[str, Any]) -> bytes:
    """One frame of AWS's event stream: lengths, CRC of them, headers, payload, CRC of all."""
    value = name.encode()
    headers = b"\x0b:event-type\x07" + struct.pack(">H", len(value)) + value
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    rest = prelude + headers + body
    return rest + struct.pack(">I", zlib.crc32(rest))


def test_bedrock_s_binary_stream_is_decoded() -> None:
    data = frame("messageStart", {"role": "assistant"}) + frame(
        "metadata", {"usage": {"inputTokens": 10, "outputTokens": 5}}
    )
    url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-opus-4-6-v1%3A0/converse-stream"
    (call,) = read(
        entry(
            url,
            base64.b64encode(data).decode(),
            encoding="base64",
            mime="application/vnd.amazon.eventstream",
            request={"messages": []},
        )
    )

    assert isinstance(call, Call)
    expected = ("aws", "us.anthropic.claude-opus-4-6-v1:0", Tokens(uncached_input=10, output=5))
    assert expected == (call.provider, call.model, call.tokens)


def test_bedrock_s_binary_stream_of_another_api_holds_events_as_base64() -> None:
    inner = {"type": "message_start", "message": MESSAGE}
    data = frame("chunk", {"bytes": base64.b64encode(json.dumps(inner).encode()).decode()})

    assert [inner] == list(frames(data))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 40, b"\xff" * 40, frame("x", {})[:-1], b"\x00\x00\x00\x10\x00\x00\x00\xff" + b"\x00" * 8],
)
def test_a_damaged_binary_stream_ends(data: bytes) -> None:
    assert [] == list(frames(data))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/api/users",
        "https://chatgpt.com/backend-api/conversation",
        "https://claude.ai/api/organizations/x/chat_conversations/y/completion",
    ],
)
def test_an_archive_of_other_traffic_is_not_claimed(url: str) -> None:
    assert not HAR.claims(har(entry(url, "{}")))


def test_a_survey_s_responses_are_no_calls() -> None:
    assert [] == read(
        entry("https://survey.example.com/api/responses", '{"ok": true}', request={"answers": [1]})
    )


def cassette(name: str = "interactions") -> dict[str, Any]:
    body = json.dumps(MESSAGE)
    return {
        "version": 1,
        name: [
            {
                "request": {
                    "method": "POST",
                    "uri": ANTHROPIC,
                    "headers": {"x-api-key": [SECRET]},
                    "body": '{"model": "claude-opus-4-6", "messages": []}',
                },
                "response": {"status": {"code": 200}, "headers": {}, "body": {"string": body}},
                "recorded_at": "Tue, 03 Feb 2026 10:00:00 GMT",
            }
        ],
    }


@pytest.mark.parametrize("name", ["interactions", "http_interactions"])
def test_a_cassette_is_recognised_but_read_only_when_asked_for(name: str) -> None:
    assert CASSETTE.claims(cassette(name))
    assert CASSETTE.opt_in
    (call,) = CASSETTE.reader(PLACE).feed(cassette(name), 1)

    assert isinstance(call, Call)
    assert ("resp:msg_01SampleAAAAAAAAAAAAAAAA", MS, Tokens(uncached_input=10, output=5)) == (
        call.key,
        call.ts,
        call.tokens,
    )
    assert SECRET not in repr(call)
