"""Helicone's and Portkey's exports; one test for each rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from histories.gateway_rows import TEN, calls, read, reasons, rows
from tokmeter.histories import helicone, portkey
from tokmeter.histories._record import Call, Tokens

[HELICONE] = helicone.FORMATS
[PORTKEY] = portkey.FORMATS

CHAT = {
    "id": "chatcmpl-0123456789abcdef",
    "model": "gpt-5",
    "usage": {
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "prompt_tokens_details": {"cached_tokens": 600},
    },
}
MESSAGE = {
    "id": "msg_0123456789abcdefghij",
    "type": "message",
    "usage": {"input_tokens": 10, "cache_read_input_tokens": 600, "output_tokens": 100},
}


def request(**fields: Any) -> dict[str, Any]:
    """A Helicone row: 1,000 in of which 600 cached, 100 out."""
    record = {
        "request_id": "6f1d1c8e-1111-4222-8333-444455556666",
        "request_created_at": "2026-02-03 10:00:00",
        "response_created_at": "2026-02-03 10:00:02.5",
        "response_status": 200,
        "request_model": "gpt-5",
        "response_model": "gpt-5-2025-08-07",
        "provider": "OPENAI",
        "request_user_id": "ana",
        "request_properties": {"app": "shop", "Helicone-Session-Id": "s-1"},
        "delay_ms": 2400,
        "prompt_tokens": 1000,
        "prompt_cache_read_tokens": 600,
        "prompt_cache_write_tokens": 0,
        "completion_tokens": 100,
        "cost": 0.0042,
    }
    return record | fields


def test_a_helicone_row_gives_a_call() -> None:
    expected = Call(
        key="helicone:6f1d1c8e-1111-4222-8333-444455556666",
        ts=TEN,
        format="helicone",
        evidence="gateway",
        model="gpt-5-2025-08-07",
        provider="openai",
        tokens=Tokens(uncached_input=400, cache_read=600, output=100),
        conversation="s-1",
        project="shop",
        user="ana",
        cost_nanousd=4_200_000,
        cost_kind="estimated",
        latency_ms=2400,
        line=1,
    )

    assert HELICONE.rare
    assert HELICONE.claims(request())
    assert [expected] == read(HELICONE, request())


def test_a_page_of_the_query_api_gives_its_rows() -> None:
    record = {"data": [request(), request(request_id="r2")], "error": None}

    assert HELICONE.claims(record)
    assert 2 == len(calls(read(HELICONE, record)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"provider": "ANTHROPIC", "prompt_tokens": 10, "prompt_cache_write_tokens": 50},
            Tokens(uncached_input=10, cache_read=600, creation_5m=50, output=100),
        ),
        (
            {"provider": "ANTHROPIC", "prompt_tokens": 1000},
            Tokens(uncached_input=1000, cache_read=600, output=100),
        ),
        (
            {"prompt_cache_write_tokens": 100},
            Tokens(uncached_input=300, cache_read=600, creation_5m=100, output=100),
        ),
        ({"prompt_tokens": 10}, Tokens(uncached_input=10, cache_read=600, output=100)),
        ({"reasoning_tokens": 30}, Tokens(uncached_input=400, cache_read=600, output=100, reasoning=30)),
        ({"response_body": CHAT, "prompt_tokens": 5}, Tokens(uncached_input=400, cache_read=600, output=100)),
        (
            {"response_body": json.dumps(MESSAGE), "provider": "ANTHROPIC"},
            Tokens(uncached_input=10, cache_read=600, output=100),
        ),
        (
            {"response_body": {"helicone_message": "omitted"}},
            Tokens(uncached_input=400, cache_read=600, output=100),
        ),
    ],
    ids=[
        "Anthropic leaves the cached out",
        "Anthropic, whatever the size",
        "others contain them",
        "unless that cannot be",
        "reasoning",
        "a body wins",
        "a body as text",
        "a body without usage",
    ],
)
def test_helicones_input_is_read_by_its_provider_unless_a_body_settles_it(
    fields: dict[str, Any], expected: Tokens
) -> None:
    [call] = calls(read(HELICONE, request(**fields)))

    assert expected == call.tokens


def test_a_body_names_the_response() -> None:
    [call] = calls(read(HELICONE, request(response_body=CHAT)))

    assert ("resp:chatcmpl-0123456789abcdef", "chatcmpl-0123456789abcdef", "response") == (
        call.key,
        call.provider_ref,
        call.evidence,
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"response_status": 429}, "error"),
        ({"response_status": "500"}, "error"),
        ({"response_status": -2}, "partial"),
        ({"response_status": -4}, "partial"),
        (
            {
                "response_status": -3,
                "prompt_tokens": 0,
                "completion_tokens": 0,
                "prompt_cache_read_tokens": 0,
            },
            "error",
        ),
        ({"cache_reference_id": "0b2f5e9a-1111-4222-8333-444455556666"}, "cached"),
        ({"cache_reference_id": "00000000-0000-0000-0000-000000000000", "cache_enabled": True}, "ok"),
        ({"cache_enabled": True, "cost": 0}, "cached"),
        ({"cache_enabled": True}, "ok"),
        ({"cache_enabled": False, "cache_reference_id": None}, "ok"),
    ],
    ids=[
        "refused",
        "as text",
        "cancelled",
        "timed out",
        "pending",
        "a hit",
        "the zero reference",
        "caching on and free",
        "caching on and charged",
        "caching off",
    ],
)
def test_helicones_status_says_what_was_billed(fields: dict[str, Any], status: str) -> None:
    [call] = calls(read(HELICONE, request(**fields)))

    assert status == call.status
    assert (status == "error") == call.tokens.is_empty
    assert {"cached": 0, "error": None}.get(status, 4_200_000) == call.cost_nanousd


@pytest.mark.parametrize("body", [CHAT, None], ids=["with a body", "without"])
def test_a_hit_of_helicones_cache_never_becomes_the_call_it_repeats(body: Any) -> None:
    [call] = calls(read(HELICONE, request(response_body=body, cache_reference_id="0b2f5e9a-1111")))

    assert ("helicone:6f1d1c8e-1111-4222-8333-444455556666", None) == (call.key, call.provider_ref)


def test_a_model_override_names_what_was_asked() -> None:
    [call] = calls(read(HELICONE, request(model_override="my-model")))

    assert "my-model" == call.model


def test_a_csv_of_helicone_is_known_by_its_header() -> None:
    text = "request_id,request_created_at,delay_ms,response_model,provider,prompt_tokens,completion_tokens,cost\nr1,2026-02-03 10:00:00,2400,gpt-5,OPENAI,1000,100,0.01\n"
    [call] = calls(read(HELICONE, *rows(text)))

    assert HELICONE.claims_header(frozenset(rows(text)[0]))
    assert (TEN, 1000, 100, 10_000_000) == (
        call.ts,
        call.tokens.uncached_input,
        call.tokens.output,
        call.cost_nanousd,
    )


def entry(**fields: Any) -> dict[str, Any]:
    """A Portkey row: 1,000 in, 100 out, 0.42 cents."""
    record = {
        "created_at": "2026-02-03T10:00:00Z",
        "request.body": {"model": "gpt-5"},
        "response.body": {},
        "is_success": 1,
        "ai_org": "openai",
        "ai_model": "gpt-5",
        "req_units": 1000,
        "res_units": 100,
        "total_units": 1100,
        "cost": 0.42,
        "cost_currency": "USD",
        "response_status_code": 200,
        "response_time": 2400,
        "cache_status": "MISS",
        "trace_id": "t-1",
        "virtual_key": "open-ai-key-123",
        "metadata.project": "shop",
        "metadata._user": "ana",
    }
    return record | fields


def test_a_portkey_row_gives_a_call_whose_cost_is_in_cents() -> None:
    [call] = read(PORTKEY, entry())
    assert isinstance(call, Call)
    expected = Call(
        key=call.key,
        ts=TEN,
        format="portkey",
        evidence="gateway",
        model="gpt-5",
        provider="openai",
        tokens=Tokens(uncached_input=1000, output=100),
        conversation="t-1",
        project="shop",
        api_key="open-ai-key-123",
        user="ana",
        cost_nanousd=4_200_000,
        cost_kind="estimated",
        latency_ms=2400,
        line=1,
    )

    assert PORTKEY.rare
    assert PORTKEY.claims(entry())
    assert call.key.startswith("h:")
    assert expected == call


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"response.body": CHAT}, ("resp:chatcmpl-0123456789abcdef", 400, 600)),
        ({"response.body": json.dumps(CHAT)}, ("resp:chatcmpl-0123456789abcdef", 400, 600)),
        ({"response.body": None, "response": {"body": CHAT}}, ("resp:chatcmpl-0123456789abcdef", 400, 600)),
        ({"id": "p-1"}, ("portkey:p-1", 1000, 0)),
    ],
    ids=["a column", "a column of text", "nested", "an id of its own"],
)
def test_portkeys_body_splits_the_cached_tokens(
    fields: dict[str, Any], expected: tuple[str, int, int]
) -> None:
    [call] = calls(read(PORTKEY, entry(**fields)))

    assert expected == (call.key, call.tokens.uncached_input, call.tokens.cache_read)


def test_newer_exports_name_the_units_otherwise() -> None:
    record = entry(prompt_tokens=7, completion_tokens=3)
    for name in ("req_units", "res_units", "total_units"):
        del record[name]
    [call] = calls(read(PORTKEY, record))

    assert PORTKEY.claims(record)
    assert Tokens(uncached_input=7, output=3) == call.tokens


@pytest.mark.parametrize(
    ("fields", "status", "cost"),
    [
        ({"cache_status": "HIT"}, "cached", 0),
        ({"cache_status": "SEMANTIC HIT", "response.body": CHAT}, "cached", 0),
        ({"cache_status": "DISABLED"}, "ok", 4_200_000),
        ({"is_success": 0}, "error", None),
        ({"is_success": None, "response_status_code": 500}, "error", None),
    ],
    ids=["hit", "semantic hit", "no cache", "failed", "failed by its code"],
)
def test_portkeys_status_says_what_was_billed(fields: dict[str, Any], status: str, cost: int | None) -> None:
    [call] = calls(read(PORTKEY, entry(**fields)))

    assert (status, cost, None) == (call.status, call.cost_nanousd, call.provider_ref)
    assert (status == "error") == call.tokens.is_empty


def test_an_amount_in_another_currency_is_no_cost_in_dollars() -> None:
    items = read(PORTKEY, entry(cost_currency="EUR"))

    assert ([None], ["other-currency"]) == ([call.cost_nanousd for call in calls(items)], reasons(items))
