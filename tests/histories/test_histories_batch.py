"""Batch results: sample S4, the corpus, other ends of a request."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tokmeter.histories._format import Place
from tokmeter.histories._record import Call, Item, Tokens
from tokmeter.histories.batch import FORMATS

BY_ID = {format_.id: format_ for format_ in FORMATS}
MTIME = 1_780_000_000_000
MS = 1_770_112_800_000  # 2026-02-03T10:00:00Z
PLACE = Place("results.jsonl", MTIME)
S4_OPENAI = """{"id":"batch_req_s1","custom_id":"row-7","response":{"status_code":200,"request_id":"r1","body":{"id":"chatcmpl-SampleCCCCCCCCCCCCCC","object":"chat.completion","created":1770112800,"model":"gpt-4.1-mini-2025-04-14","choices":[],"usage":{"prompt_tokens":400,"completion_tokens":100,"total_tokens":500}}},"error":null}"""
S4_ANTHROPIC = """{"custom_id":"row-8","result":{"type":"expired"}}"""


def read(*records: Any) -> list[Item]:
    claimed = [[f.id for f in FORMATS if f.claims(record)] for record in records]
    assert all(len(ids) == 1 for ids in claimed)
    reader = BY_ID[claimed[0][0]].reader(PLACE)
    return [item for n, record in enumerate(records, 1) for item in reader.feed(record, n)] + [
        *reader.finish()
    ]


def test_the_first_line_of_sample_s4_is_a_call_at_batch_tier() -> None:
    expected = Call(
        key="resp:chatcmpl-SampleCCCCCCCCCCCCCC",
        ts=MS,
        format="openai-batch",
        model="gpt-4.1-mini-2025-04-14",
        provider="openai",
        tokens=Tokens(uncached_input=400, output=100),
        provider_ref="chatcmpl-SampleCCCCCCCCCCCCCC",
        request_ref="r1",
        tier="batch",
        line=1,
    )

    assert [expected] == read(json.loads(S4_OPENAI))


def test_the_second_line_of_sample_s4_is_an_error_without_tokens() -> None:
    expected = Call(
        key="batch:anthropic:results.jsonl:row-8",
        ts=MTIME,
        ts_quality="file",
        format="anthropic-batch",
        model="unknown",
        provider="anthropic",
        status="error",
        tier="batch",
        line=1,
    )

    assert [expected] == read(json.loads(S4_ANTHROPIC))


MESSAGE = {
    "id": "msg_01SampleAAAAAAAAAAAAAAAA",
    "type": "message",
    "model": "claude-haiku-4-5",
    "usage": {"input_tokens": 10, "output_tokens": 5, "service_tier": "batch"},
}
SUCCEEDED = {"custom_id": "row-1", "result": {"type": "succeeded", "message": MESSAGE}}


def test_an_anthropic_result_has_the_time_of_the_file() -> None:
    (call, _) = read(SUCCEEDED)

    assert isinstance(call, Call)
    assert ("resp:msg_01SampleAAAAAAAAAAAAAAAA", MTIME, "file", "batch") == (
        call.key,
        call.ts,
        call.ts_quality,
        call.tier,
    )


def test_an_anthropic_result_has_the_time_of_the_batch_where_that_is_given() -> None:
    batch = {
        "id": "msgbatch_01Sample",
        "type": "message_batch",
        "processing_status": "ended",
        "created_at": "2026-02-03T09:00:00Z",
        "ended_at": "2026-02-03T10:00:00Z",
    }
    calls = [item for item in read(batch, SUCCEEDED, json.loads(S4_ANTHROPIC)) if isinstance(item, Call)]

    assert [(MS, "exact"), (MS, "exact")] == [(call.ts, call.ts_quality) for call in calls]
    assert calls[1].key == "batch:anthropic:msgbatch_01Sample:row-8"


def test_the_batch_is_remembered_between_two_readings() -> None:
    reader = BY_ID["anthropic-batch"].reader(PLACE)
    list(
        reader.feed(
            {"type": "message_batch", "id": "msgbatch_01Sample", "ended_at": "2026-02-03T10:00:00Z"}, 1
        )
    )
    later = BY_ID["anthropic-batch"].reader(PLACE, reader.state())
    (call,) = later.feed(json.loads(S4_ANTHROPIC), 2)

    assert isinstance(call, Call)
    assert (MS, "batch:anthropic:msgbatch_01Sample:row-8") == (call.ts, call.key)


@pytest.mark.parametrize("kind", ["errored", "canceled", "expired"])
def test_what_anthropic_did_not_answer_is_an_error(kind: str) -> None:
    (call,) = read({"custom_id": "x", "result": {"type": kind, "error": {"type": "error"}}})

    assert isinstance(call, Call)
    assert ("error", Tokens()) == (call.status, call.tokens)


@pytest.mark.parametrize(
    "record",
    [
        {"id": "batch_req_1", "custom_id": "x", "response": {"status_code": 400, "request_id": "r", "body": {"error": {"message": "m"}}}, "error": None},
        {"id": "batch_req_1", "custom_id": "x", "response": None, "error": {"code": "batch_expired", "message": "m"}},
    ],
    ids=["refused", "expired"],
)  # fmt: skip
def test_a_line_of_openais_error_file_is_an_error(record: dict[str, Any]) -> None:
    (call,) = read(record)

    assert isinstance(call, Call)
    assert ("batch:openai:results.jsonl:x", "error", Tokens()) == (call.key, call.status, call.tokens)


def test_a_body_with_a_short_id_has_the_key_of_its_request() -> None:
    record = json.loads(S4_OPENAI)
    record["response"]["body"]["id"] = "c-1"
    (call,) = read(record)

    assert isinstance(call, Call)
    assert call.key == "batch:openai:results.jsonl:row-7"


@pytest.mark.parametrize("outer", [{"key": "k-1"}, {"processed_time": "2026-02-03T10:00:00Z", "request": {}}])
def test_a_gemini_result_is_a_call_at_batch_tier(outer: dict[str, Any]) -> None:
    response = {
        "responseId": "abcdefghijklmnopqrstuv",
        "createTime": "2026-02-03T10:00:00Z",
        "modelVersion": "gemini-2.5-flash",
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5},
    }
    (call,) = read({**outer, "response": response})

    assert isinstance(call, Call)
    expected = ("resp:abcdefghijklmnopqrstuv", "google", "batch", MS, Tokens(uncached_input=10, output=5))
    assert expected == (call.key, call.provider, call.tier, call.ts, call.tokens)


def test_the_corpus_of_groq_has_these_three_calls(corpus: Path) -> None:
    """By eye from the file: prompts 55, 56 and 48 …; here recomputed by pattern from its text."""
    path = corpus / "batch" / "groq" / "batch_output.jsonl"
    text = path.read_text(encoding="utf-8")
    prompts = [int(n) for n in re.findall(r'"prompt_tokens":(\d+)', text)]
    completions = [int(n) for n in re.findall(r'"completion_tokens":(\d+)', text)]
    ids = re.findall(r'"id":"(chatcmpl-[0-9a-f-]+)"', text)
    calls = [item for item in read(*map(json.loads, text.splitlines())) if isinstance(item, Call)]

    assert len(calls) == 3
    assert [(f"resp:{i}", p, c) for i, p, c in zip(ids, prompts, completions, strict=True)] == [
        (call.key, call.tokens.input, call.tokens.output) for call in calls
    ]
    assert (55, 76) == (calls[0].tokens.uncached_input, calls[0].tokens.output)
    assert (48, 12) == (calls[2].tokens.uncached_input, calls[2].tokens.output)
    assert {("groq", "llama-3.1-8b-instant", "batch", 1_742_500_035_000)} == {
        (call.provider, call.model, call.tier, call.ts) for call in calls
    }
    assert calls[0].request_ref == "req_01jpthgyahed0r94pxxy0bjbvr"
