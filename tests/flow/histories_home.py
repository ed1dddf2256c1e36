"""Invented histories of several formats, for the tests of watching and importing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokmeter.histories._watched import History, Watched
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, SyncResult, sync
from tokmeter.ledger.store import Ledger

NOW_MS = 1_795_280_000_000


def chat(name: str, prompt: int = 1000, cached: int = 600, output: int = 200) -> dict[str, Any]:
    """A response of OpenAI: `prompt` + `output` tokens."""
    return {
        "id": f"chatcmpl-{name:0>24}", "object": "chat.completion", "created": 1_770_112_800,
        "model": "gpt-5-2025-08-07", "choices": [{"message": {"role": "assistant", "content": "Hi"}}],
        "usage": {
            "prompt_tokens": prompt, "completion_tokens": output,
            "prompt_tokens_details": {"cached_tokens": cached},
        },
    }  # fmt: skip


def enveloped(name: str, **counts: int) -> dict[str, Any]:
    return {"ts": "2026-02-03T10:00:00Z", "project": "blog", "response": chat(name, **counts)}


def streamed(name: str) -> list[dict[str, Any]]:
    """The events of one reply of Anthropic: 12 + 30 in, 40 out."""
    usage = {"input_tokens": 12, "cache_read_input_tokens": 30, "output_tokens": 1}
    message = {
        "id": f"msg_{name:0>24}", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [], "usage": usage,
    }  # fmt: skip
    delta = {"type": "text_delta", "text": "Hello"}
    return [
        {"ts": "2026-02-03T10:00:00Z", "event": {"type": "message_start", "message": message}},
        {"ts": "2026-02-03T10:00:01Z", "event": {"type": "content_block_delta", "index": 0, "delta": delta}},
        {
            "ts": "2026-02-03T10:00:02Z",
            "event": {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 40}},
        },
        {"ts": "2026-02-03T10:00:02Z", "event": {"type": "message_stop"}},
    ]  # fmt: skip


def spend(name: str, status: str = "success", hit: str = "False") -> dict[str, Any]:
    return {
        "request_id": name, "call_type": "acompletion", "api_key": "88dc", "spend": 0.0123,
        "prompt_tokens": 5000, "completion_tokens": 300, "total_tokens": 5300,
        "startTime": "2026-02-04T10:00:00.000Z", "endTime": "2026-02-04T10:00:02.500Z",
        "model": "gpt-5", "custom_llm_provider": "openai", "user": "ana", "metadata": "{}",
        "cache_hit": hit, "status": status,
    }  # fmt: skip


def batched(name: str) -> dict[str, Any]:
    answer = {"status_code": 200, "request_id": "r", "body": chat(name)}
    return {"id": f"batch_req_{name}", "custom_id": name, "response": answer, "error": None}


def telemetry(session: str, number: int, **attributes: object) -> dict[str, Any]:
    """Claude Code's own event of one call: 10 fresh, 90 cached, 5 out, 0.5 USD by its own table."""
    told = {
        "event.name": "api_request", "session.id": session, "event.sequence": number,
        "model": "claude-opus-4-5", "input_tokens": 10, "cache_read_tokens": 90, "cache_creation_tokens": 0,
        "output_tokens": 5, "cost_usd": "0.5", "duration_ms": 4000,
    } | attributes  # fmt: skip
    listed = [{"key": key, "value": {"stringValue": str(value)}} for key, value in told.items()]
    record = {
        "timeUnixNano": str(1_795_000_004_000 * 1_000_000),
        "body": {"stringValue": "claude_code.api_request"},
        "attributes": listed,
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "claude-code"}}]}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}


ACTIVITY = (
    "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens\n"
    "2026-02-07,openai/gpt-5,1.5,0,20,50000,4000,0\n2026-02-08,openai/gpt-5,0.5,0,2,5000,400,0\n"
)


def jsonl(*records: object) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


FILES: dict[str, bytes] = {
    "calls.jsonl": jsonl(enveloped("a"), enveloped("b", prompt=2000), enveloped("a"), {"no": "call"}),
    "stream.jsonl": jsonl(*streamed("s1"), *streamed("s2")),
    "spend.jsonl": jsonl(
        spend("litellm-1"),
        spend("litellm-2", status="failure"),
        spend("litellm-3", hit="True"),
        spend("chatcmpl-00000000000000000000000a"),
    ),
    "batch.jsonl": jsonl(batched("x"), batched("y")),
    "telemetry.jsonl": jsonl(telemetry("s-1", 3), telemetry("s-1", 4, output_tokens=6)),
    "pretty.json": json.dumps([chat("p"), chat("q")], indent=2).encode(),
    "days.csv": ACTIVITY.encode(),
}
"""`spend.jsonl` and `calls.jsonl` have one call in common."""


def synced(
    ledger: Ledger, *patterns: str | Path, home: Path | None = None, verify: bool = False
) -> SyncResult:
    """A sync that watches these."""
    watched = Watched([History(str(pattern)) for pattern in patterns])
    places = Places(home or Path("/nonexistent"))
    return sync(ledger, [watched], places, now_ms=NOW_MS, prices=PriceSettings(), verify=verify)
