"""API objects: samples S1 to S3, every shape of 4.2, envelopes of 4.1; rows derived by hand from the document."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest

from tokmeter.histories._extract import response_call
from tokmeter.histories._format import Place
from tokmeter.histories._record import Call, Item, Remark, Tokens
from tokmeter.histories.api_object import FORMATS

(FORMAT,) = FORMATS
MTIME = 1_780_000_000_000
MS = 1_770_112_800_000  # 2026-02-03T10:00:00Z
PLACE = Place("calls.jsonl", MTIME)

S1 = """{"ts":"2026-02-03T10:00:00Z","project":"blog","response":{"id":"msg_01SampleAAAAAAAAAAAAAAAA","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":12,"cache_creation_input_tokens":2000,"cache_read_input_tokens":30000,"cache_creation":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":1500},"output_tokens":400,"service_tier":"standard"}}}"""
S2_RESPONSES = """{"id":"resp_68sample0000000000000000","object":"response","created_at":1770112800,"model":"gpt-5-2025-08-07","status":"completed","service_tier":"default","output":[],"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":600},"output_tokens":200,"output_tokens_details":{"reasoning_tokens":150},"total_tokens":1200}}"""
S2_CHAT = """{"id":"chatcmpl-SampleBBBBBBBBBBBBBB","object":"chat.completion","created":1770112800,"model":"gpt-5-2025-08-07","choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200,"prompt_tokens_details":{"cached_tokens":600},"completion_tokens_details":{"reasoning_tokens":150}}}"""
S3 = """{"timestamp":"2026-02-03T10:00:00Z","response":{"candidates":[],"modelVersion":"gemini-2.5-pro","responseId":"sampleSAMPLEsample0001","usageMetadata":{"promptTokenCount":1000,"cachedContentTokenCount":400,"candidatesTokenCount":100,"thoughtsTokenCount":300,"totalTokenCount":1400}}}"""
SAMPLES = {"S1": S1, "S2 responses": S2_RESPONSES, "S2 chat": S2_CHAT, "S3": S3}


def read(*records: Any) -> list[Item]:
    reader = FORMAT.reader(PLACE)
    return [item for n, record in enumerate(records, 1) for item in reader.feed(record, n)] + [
        *reader.finish()
    ]


def call(record: Any) -> Call:
    (found,) = [item for item in read(record) if isinstance(item, Call)]
    return found


def test_sample_s1_is_an_anthropic_message_in_an_envelope() -> None:
    expected = Call(
        key="resp:msg_01SampleAAAAAAAAAAAAAAAA",
        ts=MS,
        format="api-object",
        model="claude-sonnet-4-5-20250929",
        provider="anthropic",
        tokens=Tokens(uncached_input=12, cache_read=30000, creation_5m=500, creation_1h=1500, output=400),
        provider_ref="msg_01SampleAAAAAAAAAAAAAAAA",
        project="blog",
        tier="standard",
        line=1,
    )

    assert [expected] == read(json.loads(S1))


@pytest.mark.parametrize(
    ("sample", "ref", "tier"),
    [
        (S2_RESPONSES, "resp_68sample0000000000000000", "standard"),
        (S2_CHAT, "chatcmpl-SampleBBBBBBBBBBBBBB", None),
    ],
    ids=["responses", "chat"],
)
def test_sample_s2_is_an_openai_call(sample: str, ref: str, tier: str | None) -> None:
    expected = Call(
        key=f"resp:{ref}",
        ts=MS,
        format="api-object",
        model="gpt-5-2025-08-07",
        provider="openai",
        tokens=Tokens(uncached_input=400, cache_read=600, output=200, reasoning=150),
        provider_ref=ref,
        tier=tier,
        line=1,
    )

    assert [expected] == read(json.loads(sample))


def test_sample_s3_is_a_gemini_call_whose_thoughts_are_output() -> None:
    expected = Call(
        key="resp:sampleSAMPLEsample0001",
        ts=MS,
        format="api-object",
        model="gemini-2.5-pro",
        provider="google",
        tokens=Tokens(uncached_input=600, cache_read=400, output=400, reasoning=300),
        provider_ref="sampleSAMPLEsample0001",
        line=1,
    )

    assert [expected] == read(json.loads(S3))


def shuffled(value: Any, seed: int) -> Any:
    if isinstance(value, dict):
        names = list(value)
        random.Random(seed).shuffle(names)  # noqa: S311 - no secret
        return {name: shuffled(value[name], seed) for name in names}
    return value


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", SAMPLES)
def test_the_order_of_keys_changes_nothing(name: str, seed: int) -> None:
    record = json.loads(SAMPLES[name])

    assert FORMAT.claims(shuffled(record, seed))
    assert read(record) == read(shuffled(record, seed))


CHAT_USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
ANTHROPIC_USAGE = {"input_tokens": 10, "output_tokens": 5}
TEN_FIVE = Tokens(uncached_input=10, output=5)

# record, and what of its row is asked
SHAPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "legacy text completion": (
        {
            "id": "cmpl-0123456789abcdefghijkl",
            "object": "text_completion",
            "created": MS // 1000,
            "model": "davinci-002",
            "choices": [{"text": "x"}],
            "usage": CHAT_USAGE,
        },
        {"key": "resp:cmpl-0123456789abcdefghijkl", "ts": MS, "provider": "openai", "tokens": TEN_FIVE},
    ),
    "chat without object": (
        {
            "id": "chatcmpl-0123456789abcdef",
            "created": MS // 1000,
            "model": "gpt-4o",
            "choices": [{}],
            "usage": CHAT_USAGE,
        },
        {"key": "resp:chatcmpl-0123456789abcdef", "provider": "openai", "tokens": TEN_FIVE},
    ),
    "responses with a web search": (
        {
            "id": "resp_0123456789abcdef",
            "created_at": MS / 1000,
            "model": "o3",
            "output": [{"type": "web_search_call"}, {"type": "message"}, {"type": "web_search_call"}],
            "usage": {"input_tokens": 10, "output_tokens": 5},
        },
        {
            "key": "resp:resp_0123456789abcdef",
            "ts": MS,
            "tokens": Tokens(uncached_input=10, output=5, web_searches=2),
        },
    ),
    "responses cut short keep their usage": (
        {
            "id": "resp_0123456789abcdef",
            "object": "response",
            "created_at": MS / 1000,
            "status": "incomplete",
            "model": "o3",
            "output": [],
            "service_tier": "flex",
            "usage": {"input_tokens": 10, "output_tokens": 5},
        },
        {"status": "partial", "tier": "flex", "tokens": TEN_FIVE},
    ),
    "responses that failed used nothing": (
        {
            "id": "resp_0123456789abcdef",
            "object": "response",
            "created_at": MS / 1000,
            "status": "failed",
            "model": "o3",
            "output": [],
            "error": {"code": "server_error", "message": "m"},
            "usage": None,
        },
        {"status": "error", "tokens": Tokens(), "needs_text": False},
    ),
    "embeddings": (
        {
            "time": "2026-02-03T10:00:00Z",
            "response": {
                "object": "list",
                "model": "text-embedding-3-small",
                "data": [{"object": "embedding", "embedding": [0.1]}],
                "usage": {"prompt_tokens": 8, "total_tokens": 8},
            },
        },
        {"ts": MS, "provider": "openai", "provider_ref": None, "tokens": Tokens(uncached_input=8)},
    ),
    "images": (
        {
            "request": {"model": "gpt-image-1"},
            "response": {
                "created": MS // 1000,
                "data": [{"b64_json": "x"}],
                "usage": {
                    "input_tokens": 50,
                    "output_tokens": 4160,
                    "total_tokens": 4210,
                    "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
                },
            },
        },
        {
            "ts": MS,
            "model": "gpt-image-1",
            "provider": "openai",
            "tokens": Tokens(uncached_input=50, output=4160),
        },
    ),
    "transcription by tokens": (
        {
            "ts": MS,
            "request": {"model": "gpt-4o-transcribe"},
            "response": {
                "text": "Hello",
                "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59},
            },
        },
        {"ts": MS, "model": "gpt-4o-transcribe", "tokens": Tokens(uncached_input=14, output=45)},
    ),
    "realtime": (
        {
            "type": "response.done",
            "ts": MS,
            "model": "gpt-realtime",
            "response": {
                "id": "resp_0123456789abcdef",
                "usage": {
                    "input_tokens": 100,
                    "output_tokens": 20,
                    "input_token_details": {"cached_tokens": 64},
                },
            },
        },
        {
            "key": "resp:resp_0123456789abcdef",
            "ts": MS,
            "model": "gpt-realtime",
            "tokens": Tokens(uncached_input=36, cache_read=64, output=20),
        },
    ),
    "Anthropic legacy text": (
        {
            "ts": MS,
            "response": {
                "type": "completion",
                "id": "compl_0123456789abcdef",
                "completion": " Hi",
                "model": "claude-2.1",
            },
        },
        {"model": "claude-2.1", "needs_text": True, "tokens": Tokens(), "status": "ok"},
    ),
    "Gemini in snake case": (
        {
            "ts": MS,
            "response": {
                "model_version": "gemini-2.5-flash",
                "response_id": "abcdefghijklmnopqrstuv",
                "usage_metadata": {"prompt_token_count": 10, "candidates_token_count": 5},
            },
        },
        {"key": "resp:abcdefghijklmnopqrstuv", "model": "gemini-2.5-flash", "tokens": TEN_FIVE},
    ),
    "Vertex": (
        {
            "createTime": "2026-02-03T10:00:00Z",
            "responseId": "abcdefghijklmnopqrstuv",
            "modelVersion": "gemini-2.5-flash",
            "candidates": [],
            "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "trafficType": "ON_DEMAND"},
        },
        {"ts": MS, "tier": "standard", "provider": "google", "tokens": TEN_FIVE},
    ),
    "Gemini whose model stands in the address": (
        {
            "ts": MS,
            "url": "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:generateContent?alt=sse",
            "response": {
                "responseId": "abcdefghijklmnopqrstuv",
                "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5},
            },
        },
        {"model": "gemini-2.0-flash", "provider": "google"},
    ),
    "Ollama": (
        {
            "model": "llama3.2",
            "created_at": "2026-02-03T10:00:00.123456789Z",
            "message": {"role": "assistant", "content": "Hi"},
            "done": True,
            "total_duration": 4_883_583_458,
            "prompt_eval_count": 26,
            "eval_count": 282,
        },
        {
            "ts": MS + 123,
            "provider": "ollama",
            "latency_ms": 4884,
            "tokens": Tokens(uncached_input=26, output=282),
        },
    ),
    "llama.cpp": (
        {
            "ts": MS,
            "response": {
                "content": "Hi",
                "id_slot": 0,
                "model": "/models/Qwen3-8B-Q4_K_M.gguf",
                "tokens_evaluated": 100,
                "tokens_cached": 40,
                "tokens_predicted": 9,
                "timings": {},
            },
        },
        {
            "model": "Qwen3-8B-Q4_K_M",
            "provider": "local",
            "provider_ref": None,
            "tokens": Tokens(uncached_input=60, cache_read=40, output=9),
        },
    ),
    "llama.cpp's chat says what it processed": (
        {
            "id": "chatcmpl-0123456789abcdef",
            "object": "chat.completion",
            "created": MS // 1000,
            "model": "qwen",
            "choices": [],
            "usage": CHAT_USAGE,
            "timings": {"prompt_n": 4},
        },
        {"provider": "local", "tokens": Tokens(uncached_input=4, cache_read=6, output=5)},
    ),
    "Bedrock Converse": (
        {
            "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "response": {
                "ResponseMetadata": {
                    "RequestId": "0b7b3a8e-7a05-4d6b-bb63-0000000000aa",
                    "HTTPHeaders": {"date": "Tue, 03 Feb 2026 10:00:00 GMT"},
                },
                "output": {"message": {}},
                "metrics": {"latencyMs": 1500},
                "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15},
            },
        },
        {
            "key": "resp:0b7b3a8e-7a05-4d6b-bb63-0000000000aa",
            "ts": MS,
            "provider": "aws",
            "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "latency_ms": 1500,
            "tokens": TEN_FIVE,
        },
    ),
    "Cohere": (
        {
            "ts": MS,
            "request": {"model": "command-a-03-2025"},
            "response": {
                "id": "0b7b3a8e-7a05-4d6b-bb63-0000000000aa",
                "finish_reason": "COMPLETE",
                "usage": {
                    "billed_units": {"input_tokens": 10, "output_tokens": 5},
                    "tokens": {"input_tokens": 70, "output_tokens": 6},
                },
            },
        },
        {"model": "command-a-03-2025", "provider": "cohere", "tokens": TEN_FIVE},
    ),
    "OpenRouter bills": (
        {
            "id": "gen-1770112800-SampleFFFFFFFF",
            "object": "chat.completion",
            "provider": "Anthropic",
            "model": "anthropic/claude-sonnet-4.5",
            "choices": [],
            "usage": {
                **CHAT_USAGE,
                "cost": 0.0042,
                "is_byok": False,
                "cost_details": {"upstream_inference_cost": 0.004},
            },
        },
        {"provider": "openrouter", "ts": MS, "cost_nanousd": 4_200_000, "cost_kind": "billed"},
    ),
    "OpenRouter with one's own key: the upstream's charge is added": (
        {
            "id": "gen-1770112800-SampleFFFFFFFF",
            "object": "chat.completion",
            "model": "anthropic/claude-sonnet-4.5",
            "choices": [],
            "usage": {
                **CHAT_USAGE,
                "cost": 0.0001,
                "is_byok": True,
                "cost_details": {"upstream_inference_cost": 0.004},
            },
        },
        {"cost_nanousd": 4_100_000},
    ),
    "one's own note": (
        {
            "ts": MS,
            "provider": "xai",
            "model": "grok-4",
            "id": "0b7b3a8e-7a05-4d6b-bb63-0000000000aa",
            "usage": CHAT_USAGE,
        },
        {"key": "resp:0b7b3a8e-7a05-4d6b-bb63-0000000000aa", "provider": "x-ai", "tokens": TEN_FIVE},
    ),
    "no usage, but text": (
        {
            "id": "chatcmpl-0123456789abcdef",
            "object": "chat.completion",
            "created": MS // 1000,
            "model": "gpt-4o",
            "choices": [{"message": {"content": "Hi"}}],
            "usage": None,
        },
        {"needs_text": True, "tokens": Tokens(), "status": "ok"},
    ),
    "fast speed and where it ran": (
        {
            "ts": MS,
            "response": {
                "id": "msg_01SampleAAAAAAAAAAAAAAAA",
                "type": "message",
                "model": "claude-opus-4-6",
                "usage": {
                    **ANTHROPIC_USAGE,
                    "service_tier": "priority",
                    "speed": "fast",
                    "inference_geo": "us",
                },
            },
        },
        {"tier": "priority", "speed": "fast", "inference_geo": "us"},
    ),
    "Anthropic's error": (
        {
            "ts": MS,
            "request": {"model": "claude-opus-4-6", "messages": []},
            "response": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        },
        {"status": "error", "model": "claude-opus-4-6", "tokens": Tokens(), "needs_text": False},
    ),
    "OpenAI's error": (
        {
            "ts": MS,
            "request": {"model": "gpt-5", "input": "x"},
            "response": {
                "error": {
                    "message": "m",
                    "type": "insufficient_quota",
                    "param": None,
                    "code": "insufficient_quota",
                }
            },
        },
        {"status": "error", "model": "gpt-5", "tokens": Tokens()},
    ),
    "Gemini's error": (
        {
            "ts": MS,
            "request": {"model": "gemini-2.5-pro", "contents": []},
            "response": {"error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED"}},
        },
        {"status": "error", "model": "gemini-2.5-pro"},
    ),
    "zero usage with an error": (
        {
            "id": "chatcmpl-0123456789abcdef",
            "object": "chat.completion",
            "created": MS // 1000,
            "model": "gpt-4o",
            "choices": [{"message": {"content": "Hi"}}],
            "usage": {"prompt_tokens": 0, "completion_tokens": 0},
            "error": {"code": 502},
        },
        {"status": "error", "tokens": Tokens(), "needs_text": False},
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_gives_its_row(name: str) -> None:
    record, expected = SHAPES[name]
    found = call(record)

    assert FORMAT.claims(record)
    assert expected == {field: getattr(found, field) for field in expected}


MESSAGE = {
    "id": "msg_01SampleAAAAAAAAAAAAAAAA",
    "type": "message",
    "model": "claude-opus-4-6",
    "usage": ANTHROPIC_USAGE,
}
PATHS = (
    "response", "response.body", "response_body", "responseBody", "output", "completion", "result",
    "result.message", "result.response", "body", "resp", "data", "message", "response_json", "parsed_response",
    "responsePayload",
)  # fmt: skip


@pytest.mark.parametrize("as_text", [False, True], ids=["object", "text"])
@pytest.mark.parametrize("path", PATHS)
def test_the_response_is_found_below_every_path_of_4_1(path: str, as_text: bool) -> None:
    record: Any = json.dumps(MESSAGE) if as_text else MESSAGE
    for name in reversed(path.split(".")):
        record = {name: record}
    record["ts"] = "2026-02-03T10:00:00Z"

    assert FORMAT.claims(record)
    assert ("resp:msg_01SampleAAAAAAAAAAAAAAAA", MS, TEN_FIVE) == (
        call(record).key,
        call(record).ts,
        call(record).tokens,
    )


@pytest.mark.parametrize(
    "name",
    ["ts", "timestamp", "time", "@timestamp", "datetime", "created_at", "createdAt", "start_time", "startTime", "request_time", "logged_at"],
)  # fmt: skip
def test_the_time_is_found_under_every_name_of_4_1(name: str) -> None:
    assert call({name: "2026-02-03T10:00:00Z", "response": MESSAGE}).ts == MS


def test_the_envelopes_time_comes_before_the_responses_own() -> None:
    record = {"ts": MS, "response": {**json.loads(S2_CHAT), "created": 1_600_000_000}}

    assert call(record).ts == MS


def test_a_record_without_any_time_has_the_files_and_says_so() -> None:
    items = read({"response": MESSAGE})

    assert isinstance(items[0], Call)
    assert (MTIME, "file") == (items[0].ts, items[0].ts_quality)
    assert items[1:] == [Remark(reason="no-time", line=1)]


def test_project_user_conversation_latency_and_request_id_come_from_the_envelope() -> None:
    record = {
        "ts": MS,
        "response": {**MESSAGE, "_request_id": "req_011CSample"},
        "metadata": {"project": "shop", "user_id": "u-1"},
        "session_id": "s-1",
        "elapsed": 1.25,
    }
    found = call(record)

    expected = ("shop", "u-1", "s-1", 1250, "req_011CSample")
    assert expected == (found.project, found.user, found.conversation, found.latency_ms, found.request_ref)


@pytest.mark.parametrize(
    ("fields", "ms"),
    [({"latency_ms": 12.4}, 12), ({"duration_ms": 1500}, 1500), ({"latency": 1.5}, 1500), ({"latency": 1500.5}, 1500), ({"latency": 300}, 300), ({"elapsed": True}, None), ({"elapsed": -1}, None)],
)  # fmt: skip
def test_a_latency_below_1000_with_a_fraction_is_seconds(fields: dict[str, Any], ms: int | None) -> None:
    assert call({"ts": MS, "response": MESSAGE, **fields}).latency_ms == ms


def test_what_a_person_wrote_never_becomes_a_user() -> None:
    assert call({"ts": MS, "response": MESSAGE, "user": "What is the capital of France?"}).user is None


PROVIDERS: list[tuple[dict[str, Any], str | None]] = [
    ({"provider": "bedrock", "response": MESSAGE}, "aws"),
    ({"api_base": "https://my.openai.azure.com/openai", "response": json.loads(S2_CHAT)}, "azure"),
    ({"url": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke", "response": MESSAGE}, "aws"),
    ({"url": "https://us-central1-aiplatform.googleapis.com/v1/x", "response": MESSAGE}, "google"),
    ({"response": {**MESSAGE, "id": "msg_bdrk_01SampleAAAAAAAA"}}, "aws"),
    ({"response": {**MESSAGE, "id": "msg_vrtx_01SampleAAAAAAAA"}}, "google"),
    ({"response": MESSAGE}, "anthropic"),
    ({"response": {**json.loads(S2_CHAT), "model": "openai/gpt-5"}}, "openrouter"),
    ({"response": {**json.loads(S2_CHAT), "model": "o4-mini"}}, "openai"),
    ({"response": {**json.loads(S2_CHAT), "model": "my-model"}}, None),
    (
        {
            "base_url": "http://localhost:8000/v1",
            "response": {**json.loads(S2_CHAT), "model": "Qwen/Qwen3-8B"},
        },
        "local",
    ),
    ({"base_url": "http://127.0.0.1:4000", "response": json.loads(S2_CHAT)}, "openai"),
    (
        {"base_url": "http://localhost:11434/v1", "response": {**json.loads(S2_CHAT), "model": "llama3"}},
        "ollama",
    ),
    ({"response": {**json.loads(S2_CHAT), "model": "llama-3.1-8b-instant", "x_groq": {}}}, "groq"),
    ({"response": {**json.loads(S2_CHAT), "prompt_filter_results": []}}, "azure"),
]


@pytest.mark.parametrize(("record", "provider"), PROVIDERS, ids=[str(n) for n in range(len(PROVIDERS))])
def test_who_bills_is_told_by_the_first_sign_of_4_2(record: dict[str, Any], provider: str | None) -> None:
    assert call({"ts": MS, **record}).provider == provider


def test_two_calls_with_short_ids_stay_apart_by_time_and_text() -> None:
    body = {
        "id": "chatcmpl-417",
        "object": "chat.completion",
        "created": MS // 1000,
        "model": "m",
        "usage": CHAT_USAGE,
    }
    one = {**body, "choices": [{"message": {"content": "yes"}}]}
    other = {**body, "choices": [{"message": {"content": "no"}}]}
    keys = [item.key for item in read(one, other, one) if isinstance(item, Call)]

    assert keys[0] == keys[2]
    assert keys[0] != keys[1]
    assert all(key.startswith("h:") for key in keys)


def test_equal_calls_without_id_and_time_stay_two_and_importing_twice_adds_none() -> None:
    record = {
        "response": {
            "object": "list",
            "model": "e",
            "data": [{"object": "embedding"}],
            "usage": {"prompt_tokens": 8},
        }
    }
    once = [item.key for item in read(record, record) if isinstance(item, Call)]
    later = FORMAT.reader(Place("copy.jsonl", MTIME + 5))
    first = [item for item in later.feed(record, 1) if isinstance(item, Call)]
    resumed = FORMAT.reader(PLACE, later.state())
    second = [item for item in resumed.feed(record, 2) if isinstance(item, Call)]

    assert len(set(once)) == 2
    assert once == [first[0].key, second[0].key]


TOP = {
    "input_tokens": 30,
    "cache_read_input_tokens": 100,
    "cache_creation_input_tokens": 0,
    "output_tokens": 50,
}
HALF = {
    "type": "message",
    "input_tokens": 15,
    "cache_read_input_tokens": 50,
    "cache_creation_input_tokens": 0,
    "output_tokens": 25,
}
ADVISOR = {"type": "advisor_message", "model": "claude-opus-4-6", "input_tokens": 7, "output_tokens": 9}
COMPACTION = {
    "type": "compaction",
    "input_tokens": 15,
    "cache_read_input_tokens": 50,
    "cache_creation_input_tokens": 0,
    "output_tokens": 25,
}
REF = "resp:msg_01SampleAAAAAAAAAAAAAAAA"
SONNET, OPUS = "claude-sonnet-4-5", "claude-opus-4-6"
TOP_ROW = (REF, SONNET, Tokens(uncached_input=30, cache_read=100, output=50))
HALF_TOKENS = Tokens(uncached_input=15, cache_read=50, output=25)


@pytest.mark.parametrize(
    ("steps", "rows"),
    [
        ([HALF, HALF], [TOP_ROW]),
        ([HALF, ADVISOR, HALF], [TOP_ROW, (f"{REF}#i1", OPUS, Tokens(uncached_input=7, output=9))]),
        ([HALF, COMPACTION], [(f"{REF}#i0", SONNET, HALF_TOKENS), (f"{REF}#i1", SONNET, HALF_TOKENS)]),
        ([HALF, ADVISOR], [TOP_ROW]),
        ([], [TOP_ROW]),
        ("none", [TOP_ROW]),
    ],
    ids=["messages alone", "messages make up the top", "all make up the top", "no sum", "empty", "no list"],
)
def test_iterations_are_rows_only_where_the_sums_say_so(
    steps: Any, rows: list[tuple[str, str, Tokens]]
) -> None:
    record = {"ts": MS, "response": {**MESSAGE, "model": SONNET, "usage": {**TOP, "iterations": steps}}}

    assert rows == [(item.key, item.model, item.tokens) for item in read(record) if isinstance(item, Call)]


@pytest.mark.parametrize(
    "record",
    [
        {"message": "hello", "status": 200},
        {"data": [{"id": 1}], "usage": {"cpu": 3}},
        {"object": "response", "url": "/x"},
        {"error": {"message": "not found", "code": 404}},
        {"type": "message", "text": "a chat message", "usage": None},
        {"response": {"body": "{broken"}},
        {"done": True, "response": "x"},
        {"usage": {"input_tokens": "many"}},
    ],
)
def test_a_foreign_record_is_not_claimed(record: dict[str, Any]) -> None:
    assert not FORMAT.claims(record)
    assert [Remark(reason="unknown-record", line=1)] == read(record)


LONG = 'lorem "ipsum" \\ \n' * 400


@pytest.mark.parametrize("name", [*SAMPLES, *SHAPES, "long"])
def test_a_line_read_without_its_texts_gives_the_same_or_is_left_to_the_whole_reading(name: str) -> None:
    record: Any = (
        {
            "timestamp": MS,
            "request": {"model": "m", "messages": [{"content": LONG}]},
            "response": {**MESSAGE, "content": [{"type": "text", "text": LONG}]},
        }
        if name == "long"
        else json.loads(SAMPLES[name])
        if name in SAMPLES
        else SHAPES[name][0]
    )
    line = msgspec.json.encode(record)
    reader = FORMAT.reader(PLACE)
    actual = reader.feed_line(line, 1)

    assert actual is None or read(record) == actual
    assert actual is not None or name not in ("S1", "long")


def test_other_formats_get_the_call_of_a_response_alone() -> None:
    found = response_call(json.loads(S2_CHAT), PLACE, 7, format="portkey")

    assert found is not None
    assert ("portkey", 7, Tokens(uncached_input=400, cache_read=600, output=200, reasoning=150)) == (
        found.format,
        found.line,
        found.tokens,
    )


def test_a_log_of_refused_lines_is_not_tried_any_more_after_64_in_a_row() -> None:
    reader = FORMAT.reader(PLACE)
    odd = msgspec.json.encode({"ts": MS, "extra": 1, "response": MESSAGE})
    plain = msgspec.json.encode({"ts": MS, "response": MESSAGE})
    few = [reader.feed_line(odd, n) for n in range(63)]
    taken = reader.feed_line(plain, 64)
    many = [reader.feed_line(odd, n) for n in range(64)]

    assert [None] * 127 == few + many
    assert taken == [msgspec.structs.replace(call({"ts": MS, "response": MESSAGE}), line=64)]
    assert reader.feed_line(plain, 200) is None
