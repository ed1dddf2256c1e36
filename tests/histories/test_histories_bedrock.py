"""Bedrock's invocation log: rows by hand"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokmeter.histories._format import Place
from tokmeter.histories._record import Call, Item, Remark, Tokens
from tokmeter.histories.bedrock import FORMATS

(FORMAT,) = FORMATS
PLACE = Place("log.jsonl", 1_780_000_000_000)
MS = 1_770_112_800_000  # 2026-02-03T10:00:00Z
REQUEST = "0b7b3a8e-7a05-4d6b-bb63-0000000000aa"
USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 900,
    "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 30},
    "output_tokens": 1,
}
LOG: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-02-03T10:00:00Z",
    "accountId": "123456789012",
    "identity": {"arn": "arn:aws:iam::123456789012:user/ana"},
    "region": "us-east-1",
    "requestId": REQUEST,
    "operation": "InvokeModelWithResponseStream",
    "modelId": "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "requestMetadata": {"project": "shop"},
    "input": {"inputContentType": "application/json", "inputTokenCount": 10, "cacheReadInputTokenCount": 900, "cacheWriteInputTokenCount": 40},
    "output": {
        "outputTokenCount": 57,
        "outputBodyJson": [
            {"type": "message_start", "message": {"id": "msg_bdrk_01SampleAAAAAAAAAA", "model": "claude-sonnet-4-5-20250929", "usage": USAGE}},
            {"type": "content_block_delta", "delta": {"text": "Hello"}},
            {"type": "message_delta", "usage": {"output_tokens": 57}},
        ],
    },
}  # fmt: skip
ROW = Call(
    key=f"resp:{REQUEST}",
    ts=MS,
    format="bedrock-log",
    model="us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    provider="aws",
    tokens=Tokens(uncached_input=10, cache_read=900, creation_5m=10, creation_1h=30, output=57),
    provider_ref="msg_bdrk_01SampleAAAAAAAAAA",
    request_ref=REQUEST,
    project="shop",
    user="arn:aws:iam::123456789012:user/ana",
    line=1,
)


def read(record: Any) -> list[Item]:
    assert FORMAT.claims(record)
    return list(FORMAT.reader(PLACE).feed(record, 1))


def flat(record: dict[str, Any]) -> dict[str, Any]:
    row = {name: value for name, value in record.items() if name not in ("input", "output", "identity")}
    for name in ("input", "output", "identity"):
        row |= {f"{name}.{inner}": value for inner, value in record[name].items()}
    return row


@pytest.mark.parametrize(
    "record",
    [
        LOG,
        {"message": json.dumps(LOG)},
        {"@timestamp": "x", "@message": json.dumps(LOG)},
        {"message": LOG},
        flat(LOG),
    ],
    ids=["plain", "CloudWatch", "Insights", "CloudWatch, decoded", "flattened"],
)
def test_a_record_in_every_wrapping_is_the_same_row(record: dict[str, Any]) -> None:
    assert [ROW] == read(record)


def test_without_a_body_writes_are_of_unknown_lifetime() -> None:
    (call,) = read({**LOG, "output": {"outputTokenCount": 57}})

    assert isinstance(call, Call)
    assert call.tokens == Tokens(uncached_input=10, cache_read=900, creation_5m=40, output=57)
    assert call.provider_ref == REQUEST


def test_the_body_counts_where_the_log_does_not() -> None:
    (call,) = read(
        {
            **LOG,
            "input": {},
            "output": {
                "outputBodyJson": {
                    "usage": {"inputTokens": 5, "outputTokens": 6},
                    "metrics": {"latencyMs": 800},
                }
            },
        }
    )

    assert isinstance(call, Call)
    assert (Tokens(uncached_input=5, output=6), 800) == (call.tokens, call.latency_ms)


def test_an_application_profile_hides_the_model_which_the_body_names() -> None:
    (call,) = read(
        {**LOG, "modelId": "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"}
    )

    assert isinstance(call, Call)
    assert call.model == "claude-sonnet-4-5-20250929"


def test_a_throttled_call_is_an_error_without_tokens() -> None:
    (call,) = read({**LOG, "errorCode": "ThrottlingException", "output": {}})

    assert isinstance(call, Call)
    assert ("error", Tokens()) == (call.status, call.tokens)


def test_counting_tokens_is_free() -> None:
    assert [Remark(reason="not-billed", line=1)] == read({**LOG, "operation": "CountTokens"})


def test_a_csv_of_flattened_records_is_read() -> None:
    header = frozenset(name.lower() for name in flat(LOG))
    row = {
        name.lower(): str(value) for name, value in flat({**LOG, "output": {"outputTokenCount": 57}}).items()
    }
    (call,) = FORMAT.reader(PLACE).feed(row, 1)

    assert FORMAT.claims_header(header)
    assert isinstance(call, Call)
    assert (f"resp:{REQUEST}", Tokens(uncached_input=10, cache_read=900, creation_5m=40, output=57)) == (
        call.key,
        call.tokens,
    )


@pytest.mark.parametrize(
    "record", [{"message": "ModelInvocationLog"}, {"modelId": "x", "requestId": "y"}, {"schemaType": "Other"}]
)
def test_a_foreign_record_is_not_claimed(record: dict[str, Any]) -> None:
    assert not FORMAT.claims(record)
