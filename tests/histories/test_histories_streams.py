"""Streams, as objects (4.5), as text inside a record (4.6) and over several readings of a growing log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokmeter.histories._format import Place
from tokmeter.histories._record import Call, Tokens
from tokmeter.histories.api_object import FORMATS

(FORMAT,) = FORMATS
PLACE = Place("stream.jsonl", 1_780_000_000_000)
MS = 1_770_112_800_000  # 2026-02-03T10:00:00Z


def chunk(identity: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": identity,
        "object": "chat.completion.chunk",
        "created": MS // 1000,
        "model": "gpt-5",
        "choices": [],
    } | fields


def said(text: str, reason: str | None = None) -> list[dict[str, Any]]:
    return [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]


A, B = "chatcmpl-AAAAAAAAAAAAAAAA", "chatcmpl-BBBBBBBBBBBBBBBB"
USAGE = {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 64}}
CHAT = [
    chunk(A, choices=said("Hel"), usage=None),
    chunk(A, choices=said("lo", "stop"), usage=None),
    chunk(A, usage=USAGE, service_tier="default"),
]
CUMULATIVE = [
    chunk(A, choices=said("Hel"), usage={"prompt_tokens": 100, "completion_tokens": 1}),
    chunk(A, choices=said("lo"), usage={"prompt_tokens": 100, "completion_tokens": 2}),
    chunk(A, choices=said("!", "stop"), usage={"prompt_tokens": 100, "completion_tokens": 3}),
]
REF = "resp_0123456789abcdef0123"
RESPONSES = [
    {
        "type": "response.created",
        "sequence_number": 0,
        "response": {
            "id": REF,
            "object": "response",
            "created_at": MS // 1000,
            "model": "gpt-5",
            "status": "in_progress",
            "usage": None,
        },
    },
    {"type": "response.output_text.delta", "sequence_number": 1, "item_id": "i", "delta": "Hello"},
    {
        "type": "response.completed",
        "sequence_number": 2,
        "response": {
            "id": REF,
            "object": "response",
            "created_at": MS // 1000,
            "model": "gpt-5",
            "status": "completed",
            "output": [],
            "usage": {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 64}, "output_tokens": 7},
        },
    },
]
MSG = "msg_01SampleAAAAAAAAAAAAAAAA"
START = {
    "type": "message_start",
    "message": {
        "id": MSG,
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-4-6",
        "usage": {
            "input_tokens": 3,
            "cache_read_input_tokens": 900,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 40},
            "output_tokens": 1,
        },
    },
}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}}
ANTHROPIC = [
    START,
    {"type": "ping"},
    DELTA,
    {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 30}},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 57, "input_tokens": 5},
    },
    {"type": "message_stop"},
]
METRICS = {
    "inputTokenCount": 3,
    "outputTokenCount": 57,
    "cacheReadInputTokenCount": 900,
    "cacheWriteInputTokenCount": 40,
}
BEDROCK = [START, DELTA, {"type": "message_stop", "amazon-bedrock-invocationMetrics": METRICS}]
GEM = "abcdefghijklmnopqrstuv"


def gemini(text: str, out: int | None, *, last: bool = False, ref: str | None = GEM) -> dict[str, Any]:
    usage = {"promptTokenCount": 10, "totalTokenCount": 10} | (
        {} if out is None else {"candidatesTokenCount": out}
    )
    candidate = {"content": {"parts": [{"text": text}]}} | ({"finishReason": "STOP"} if last else {})
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": "gemini-2.5-flash",
        "createTime": "2026-02-03T10:00:00Z",
    } | ({} if ref is None else {"responseId": ref})


GEMINI = [gemini("a", None), gemini("b", 4), gemini("c", 9, last=True)]
GEMINI_WITHOUT_ID = [
    gemini("a", 1, ref=None),
    gemini("b", 4, last=True, ref=None),
    gemini("x", 2, ref=None),
    gemini("y", 6, last=True, ref=None),
]
OLLAMA = [
    {"model": "llama3.2", "created_at": "2026-02-03T10:00:00Z", "response": "Hel", "done": False},
    {
        "model": "llama3.2",
        "created_at": "2026-02-03T10:00:00Z",
        "response": "",
        "done": True,
        "total_duration": 1_000_000,
        "prompt_eval_count": 26,
        "eval_count": 5,
    },
]
CONVERSE = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"delta": {"text": "Hi"}, "contentBlockIndex": 0}},
    {"messageStop": {"stopReason": "end_turn"}},
    {"metadata": {"usage": {"inputTokens": 10, "outputTokens": 5}, "metrics": {"latencyMs": 900}}},
]

GPT_ROW = (f"resp:{REF}", "gpt-5", "ok", Tokens(uncached_input=36, cache_read=64, output=7))
CLAUDE = Tokens(uncached_input=3, cache_read=900, creation_1h=40, output=57)
# events → rows: key, model, status, counts
STREAMS: dict[str, tuple[list[dict[str, Any]], list[tuple[str | None, str, str, Tokens]]]] = {
    "chat": (CHAT, [(f"resp:{A}", *GPT_ROW[1:])]),
    "chat, two at once": (
        [
            CHAT[0],
            chunk(B, choices=said("x")),
            CHAT[1],
            chunk(B, usage={"prompt_tokens": 1, "completion_tokens": 2}),
            CHAT[2],
        ],
        [(f"resp:{B}", "gpt-5", "ok", Tokens(uncached_input=1, output=2)), (f"resp:{A}", *GPT_ROW[1:])],
    ),
    "chat whose usage grows": (
        CUMULATIVE,
        [(f"resp:{A}", "gpt-5", "ok", Tokens(uncached_input=100, output=3))],
    ),
    "chat without usage": (CHAT[:2], [(f"resp:{A}", "gpt-5", "ok", Tokens())]),
    "chat cut": (CHAT[:1], [(f"resp:{A}", "gpt-5", "partial", Tokens())]),
    "responses": (RESPONSES, [GPT_ROW]),
    "responses cut": (RESPONSES[:2], [(f"resp:{REF}", "gpt-5", "partial", Tokens())]),
    "Anthropic": (
        ANTHROPIC,
        [
            (
                f"resp:{MSG}",
                "claude-opus-4-6",
                "ok",
                Tokens(uncached_input=5, cache_read=900, creation_1h=40, output=57),
            )
        ],
    ),
    "Anthropic cut": (
        ANTHROPIC[:3],
        [
            (
                f"resp:{MSG}",
                "claude-opus-4-6",
                "partial",
                Tokens(uncached_input=3, cache_read=900, creation_1h=40, output=1),
            )
        ],
    ),
    "Anthropic cut by the next": (
        [
            *ANTHROPIC[:3],
            {**START, "message": {**START["message"], "id": "msg_01SampleBBBBBBBBBBBBBBBB"}},
            *ANTHROPIC[3:],
        ],
        [
            (
                f"resp:{MSG}",
                "claude-opus-4-6",
                "partial",
                Tokens(uncached_input=3, cache_read=900, creation_1h=40, output=1),
            ),
            (
                "resp:msg_01SampleBBBBBBBBBBBBBBBB",
                "claude-opus-4-6",
                "ok",
                Tokens(uncached_input=5, cache_read=900, creation_1h=40, output=57),
            ),
        ],
    ),
    "Anthropic on Bedrock": (BEDROCK, [(f"resp:{MSG}", "claude-opus-4-6", "ok", CLAUDE)]),
    "Gemini": (GEMINI, [(f"resp:{GEM}", "gemini-2.5-flash", "ok", Tokens(uncached_input=10, output=9))]),
    "Gemini whose last chunk has no output count": (
        [*GEMINI[:2], gemini("", None, last=True)],
        [(f"resp:{GEM}", "gemini-2.5-flash", "ok", Tokens(uncached_input=10, output=4))],
    ),
    "Gemini without ids: an end ends": (
        GEMINI_WITHOUT_ID,
        [
            (None, "gemini-2.5-flash", "ok", Tokens(uncached_input=10, output=4)),
            (None, "gemini-2.5-flash", "ok", Tokens(uncached_input=10, output=6)),
        ],
    ),
    "Ollama": (OLLAMA, [(None, "llama3.2", "ok", Tokens(uncached_input=26, output=5))]),
    "Converse": (CONVERSE, [(None, "unknown", "ok", Tokens(uncached_input=10, output=5))]),
}


def rows(items: list[Any]) -> list[tuple[str, str, str, Tokens]]:
    return [(item.key, item.model, item.status, item.tokens) for item in items if isinstance(item, Call)]


def matches(expected: list[Any], actual: list[Any]) -> None:
    without_hashes = [(None if row[0].startswith("h:") else row[0], *row[1:]) for row in actual]
    assert expected == without_hashes


@pytest.mark.parametrize("name", STREAMS)
def test_the_events_of_a_stream_are_one_call(name: str) -> None:
    events, expected = STREAMS[name]
    reader = FORMAT.reader(PLACE)
    items = [item for n, event in enumerate(events, 1) for item in reader.feed(event, n)]

    matches(expected, rows([*items, *reader.finish()]))
    assert reader.state() in (b"", reader.state())


@pytest.mark.parametrize("name", STREAMS)
def test_a_log_read_event_by_event_over_many_readings_gives_the_same(name: str) -> None:
    events, expected = STREAMS[name]
    state, items = b"", []
    for n, event in enumerate(events, 1):
        reader = FORMAT.reader(PLACE, state)
        items += reader.feed(event, n)
        state = reader.state()
    items += FORMAT.reader(PLACE, state).finish()

    matches(expected, rows(items))


@pytest.mark.parametrize("name", STREAMS)
def test_the_state_between_readings_holds_no_text(name: str) -> None:
    reader = FORMAT.reader(PLACE)
    for n, event in enumerate(STREAMS[name][0], 1):
        list(reader.feed(event, n))
        for word in (b"Hel", b"lo!", b"text_delta"):
            assert word not in reader.state()


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in STREAMS
        if name not in ("Anthropic cut by the next", "chat, two at once", "Gemini without ids: an end ends")
    ],
)
@pytest.mark.parametrize("form", ["SSE", "list"])
def test_a_stream_kept_inside_one_record_is_one_call(name: str, form: str) -> None:
    events, expected = STREAMS[name]
    if form == "list" and name.startswith("Gemini"):
        events = events or []
    text = "".join(f"event: x\ndata: {json.dumps(event)}\n\n: OPENROUTER PROCESSING\n\n" for event in events)
    record = {"ts": MS, "response": text + "data: [DONE]\n\n" if form == "SSE" else events}
    reader = FORMAT.reader(PLACE)
    items = [*reader.feed(record, 1), *reader.finish()]

    assert FORMAT.claims(record)
    matches(expected, rows(items))
    assert {MS} == {item.ts for item in items if isinstance(item, Call)}


def test_events_in_envelopes_have_the_time_of_the_first() -> None:
    reader = FORMAT.reader(PLACE)
    records = [{"ts": MS + n * 1000, "event": event} for n, event in enumerate(ANTHROPIC)]
    (call,) = [item for n, record in enumerate(records, 1) for item in reader.feed(record, n)]

    assert isinstance(call, Call)
    assert (MS, "exact", 1) == (call.ts, call.ts_quality, call.line)


def test_a_realtime_session_names_the_model_of_its_responses() -> None:
    reader = FORMAT.reader(PLACE)
    session = {"type": "session.created", "session": {"model": "gpt-realtime"}}
    done = {
        "type": "response.done",
        "response": {"id": REF, "usage": {"input_tokens": 4, "output_tokens": 2}},
    }
    items = [*reader.feed(session, 1), *reader.feed(done, 2)]

    assert [(f"resp:{REF}", "gpt-realtime", "ok", Tokens(uncached_input=4, output=2))] == rows(items)


def test_a_thousand_open_streams_do_not_pile_up() -> None:
    reader = FORMAT.reader(PLACE)
    items = [
        item
        for n in range(1000)
        for item in reader.feed(chunk(f"chatcmpl-{n:020d}", choices=said("x")), n + 1)
    ]

    assert len(items) == 1000 - 64
    assert len([*reader.finish()]) == 64
