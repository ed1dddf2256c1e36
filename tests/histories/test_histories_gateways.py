"""Laws of all gateway formats: whose a record is, and that none makes reading fail or leaks a text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from histories.gateway_rows import PLACE, calls, read
from tokmeter.histories import helicone, langfuse, litellm, llm_cli, openrouter, portkey
from tokmeter.histories._format import Format
from tokmeter.histories._reasons import REASONS
from tokmeter.histories._record import Bucket, Call, Item, Remark

FORMATS: tuple[Format, ...] = tuple(
    format_
    for module in (litellm, openrouter, helicone, langfuse, portkey, llm_cli)
    for format_ in module.FORMATS
)

OWN: dict[str, dict[str, Any]] = {
    "litellm-slp": {"id": "chatcmpl-1", "response_cost": 0.1, "startTime": 1.0, "call_type": "completion", "prompt_tokens": 5, "metadata": {"usage_object": {"prompt_tokens_details": {"cached_tokens": 2}}}},
    "litellm-spend": {"request_id": "r", "spend": 0.1, "call_type": "acompletion", "prompt_tokens": 5, "metadata": "{}"},
    "litellm-daily": {"date": "2026-02-03", "spend": 1, "api_requests": 2, "prompt_tokens": 5},
    "openrouter-gen": {"data": {"id": "gen-1", "native_tokens_prompt": 5, "total_cost": 0.1}},
    "openrouter-activity": {"data": [{"date": "2026-02-03", "model_permaslug": "a/b", "prompt_tokens": 5, "requests": 1}]},
    "helicone": {"request_id": "r", "request_created_at": "2026-02-03", "delay_ms": 5, "prompt_tokens": 5, "response_body": {"usage": {"prompt_tokens": 5}}},
    "langfuse": {"id": "o", "traceId": "t", "type": "GENERATION", "usageDetails": {"input": 5}, "metadata": {"attributes": {}}},
    "portkey": {"ai_org": "openai", "ai_model": "gpt-5", "req_units": 5, "res_units": 1, "cost": 1},
    "llm-json": {"id": "01", "conversation_id": "c", "duration_ms": 1, "datetime_utc": "2026-02-03", "input_tokens": 5, "token_details": {}},
}  # fmt: skip

OTHERS: dict[str, Any] = {
    "a chat completion": {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-5", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}},
    "a message": {"id": "msg_1", "type": "message", "model": "claude", "usage": {"input_tokens": 1, "output_tokens": 1}},
    "an OpenAI usage page": {"object": "page", "data": [{"object": "bucket", "start_time": 1, "results": []}]},
    "an Anthropic usage page": {"data": [{"starting_at": "2026-02-03", "ending_at": "2026-02-04", "results": [{"uncached_input_tokens": 1}]}]},
    "a batch line": {"custom_id": "a", "response": {"status_code": 200, "body": {}}, "error": None},
    "OTLP": {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "00", "spanId": "11"}]}]}]},
    "a span on a console": {"name": "chat", "context": {"trace_id": "0x1"}, "attributes": {"gen_ai.usage.input_tokens": 1}},
    "a span with a trace id": {"traceId": "0", "id": "1", "name": "get", "duration": 3, "usage": {"cpu": 3}},
    "a span of another tracer": {"trace_id": "0", "span_id": "1", "type": "web", "usage": {"input": 3}},
    "a Bedrock log": {"schemaType": "ModelInvocationLog", "requestId": "r", "input": {"inputTokenCount": 1}},
    "a ChatGPT export": {"conversation_id": "c", "mapping": {}, "current_node": "n", "title": "t"},
    "a HAR": {"log": {"version": "1.2", "entries": []}},
    "a package": {"name": "x", "version": "1.0.0", "dependencies": {"data": "^1"}},
    "a cloud bill": {"date": "2026-02-03", "spend": 12.5, "service": "compute"},
    "a test report": {"results": [{"date": "2026-02-03", "metrics": {"passed": 3}}]},
    "an ad report": {"startTime": "2026-02-03", "spend": 12, "impressions": 3, "models": ["a"]},
    "a GitHub answer": {"data": [{"id": 1, "model": "x", "usage": 3}], "message": "ok", "response": {"body": "x"}},
    "a database's trace": {"trace": {"observations": []}, "observations": []},
    "a weather station": {"observations": [{"id": 1, "type": "GENERATION", "usage": {"input": 1}}]},
    "a queue": {"requests": 3, "model": "m", "prompt_tokens": None},
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_a_record_is_claimed_by_its_own_format_alone(name: str) -> None:
    assert [name] == [format_.id for format_ in FORMATS if format_.claims(OWN[name])]


@pytest.mark.parametrize("record", OTHERS.values(), ids=OTHERS)
def test_a_record_of_another_format_is_claimed_by_none(record: dict[str, Any]) -> None:
    assert [] == [format_.id for format_ in FORMATS if format_.claims(record)]


@pytest.mark.parametrize(
    "header",
    [
        "date,description,amount,balance",
        "time,host,method,path,status,bytes",
        "id,model,price,stock",
        "date,campaign,spend,clicks",
        "start_time_iso,num_model_requests,input_tokens",
        "usage_date_utc,model_version,usage_output_tokens",
        "trace_id,span_id,service,duration",
        "slug,title,usage",
        "request_id,status,duration_ms",
    ],
)
def test_a_header_of_another_table_is_claimed_by_none(header: str) -> None:
    assert [] == [format_.id for format_ in FORMATS if format_.claims_header(frozenset(header.split(",")))]


HEADERS = {
    "litellm-spend": "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,startTime,model,metadata",
    "litellm-daily": "id,user_id,date,api_key,model,prompt_tokens,completion_tokens,spend,api_requests",
    "openrouter-log-csv": "generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,provider_name,variant,cancelled,streamed,user,finish_reason_raw,finish_reason_normalized,generation_time_ms,time_to_first_token_ms,api_key_disabled,api_key_name,app_name",
    "openrouter-activity-csv": "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens",
    "helicone": "request_id,request_created_at,response_created_at,delay_ms,provider,prompt_tokens,completion_tokens",
    "langfuse": "id,traceId,type,startTime,endTime,model,usageDetails,costDetails,inputUsage,outputUsage,totalUsage",
    "portkey": "created_at,is_success,ai_org,ai_model,req_units,res_units,total_units,cost,trace_id",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_claimed_by_its_own_format_alone(name: str) -> None:
    names = frozenset(HEADERS[name].lower().split(","))

    assert [name] == [format_.id for format_ in FORMATS if format_.claims_header(names)]


@pytest.mark.parametrize("name", OWN)
def test_reading_twice_gives_the_same_keys(name: str) -> None:
    format_ = next(one for one in FORMATS if one.id == name)

    assert read(format_, OWN[name]) == read(format_, OWN[name])


def test_ids_and_titles_are_unique_and_evidence_is_given() -> None:
    assert (
        len(FORMATS)
        == len({format_.id for format_ in FORMATS})
        == len({format_.title for format_ in FORMATS})
    )
    assert all("2026-11" in format_.evidence or "alone" in format_.evidence for format_ in FORMATS)


PROSE = "the quick brown fox"
TEXTS = (
    "messages",
    "response",
    "prompt",
    "input",
    "output",
    "request_body",
    "system",
    "error_str",
    "statusMessage",
)


@pytest.mark.parametrize("name", OWN)
def test_no_text_of_a_record_gets_into_what_it_gives(name: str) -> None:
    format_ = next(one for one in FORMATS if one.id == name)
    secrets = dict.fromkeys(TEXTS, PROSE)
    record = {**secrets, **OWN[name], "response_body": {"choices": [{"message": {"content": PROSE}}]}}

    assert PROSE not in repr(read(format_, record))


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "12", "12.0", "-1", "1e999", "NaN", "\x00", "\ud800", "{", "{}", '{"usage":3}', "[1]", "9" * 5000, "2026-02-03", "true"]),
    st.binary(max_size=4),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.sampled_from([{"total": "x"}, {"usage": {"prompt_tokens": []}}, {"id": {"$": 1}}, {"metrics": 3}, {"input": -1}, {"error_code": 1}]),
    st.sampled_from([10**30, -(10**30), float("inf"), float("-inf"), 2**63]),
)  # fmt: skip
NAMES = sorted({
    *(name for record in OWN.values() for name in record),
    "usage", "user", "user_id", "model", "cost", "tags", "request_tags", "hidden_params", "cost_breakdown",
    "error_information", "status", "cache_hit", "litellm_call_id", "endTime", "breakdown", "models", "users",
    "results", "data", "trace", "observations", "parentObservationId", "level", "providedUsageDetails",
    "costDetails", "native_tokens_cached", "created_at", "generation_id", "tokens_prompt", "tokens_cached",
    "cost_total", "variant", "response.body", "response", "resolved_model", "response_json", "error", "kwargs",
    "output_tokens", "standard_logging_object", "cache_reference_id", "response_status", "startTime",
})  # fmt: skip


def check(items: list[Item]) -> None:
    """What a reader gave can be stored whatever it was given."""
    for item in items:
        if isinstance(item, Remark):
            assert item.reason in REASONS
            continue
        tokens = item.tokens
        assert all(0 <= getattr(tokens, name) for name in tokens.__struct_fields__)
        assert tokens.reasoning <= tokens.output
        assert item.key
        for name in item.__struct_fields__:
            value = getattr(item, name)
            if isinstance(value, str):
                value.encode("utf-8")
                assert len(value) <= 2048
                assert value.isprintable()
            elif isinstance(value, int):
                assert abs(value) < 2**63
        if isinstance(item, Call):
            assert (item.status == "error") <= tokens.is_empty
            assert (item.cost_nanousd is None) == (item.cost_kind is None)
        if isinstance(item, Bucket):
            assert item.start_ms < item.end_ms


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.id)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_no_record_makes_reading_fail(format_: Format, data: st.DataObject) -> None:
    """Own records with fields of any kind put in their place, and records of nothing but such fields."""
    base = data.draw(st.sampled_from([OWN.get(format_.id, {}), {}]))
    odd = data.draw(st.dictionaries(st.sampled_from(NAMES), ODD, max_size=8))
    inner = data.draw(st.sampled_from(["", "data", "standard_logging_object", "trace", "response"]))
    record = {**base, **odd}
    if inner:
        record = {**record, inner: {**base, **odd}}
    for format_of_any in FORMATS:
        assert format_of_any.claims(record) in {True, False}
    check(read(format_, record, *data.draw(st.lists(ODD, max_size=2))))


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.id)
@pytest.mark.parametrize("depth", [50, 100_000])
def test_deep_nesting_makes_no_reading_fail(format_: Format, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    nested = '{"usage":' * depth + "1" + "}" * depth
    record = {**OWN.get(format_.id, {}), "metadata": nested, "response_body": nested, "token_details": nested}
    record["usageDetails"] = f'{{"input":{deep}}}'

    check(read(format_, record))


def test_a_trace_of_many_observations_is_let_go_before_memory_is_short() -> None:
    [one] = langfuse.FORMATS
    reader = one.reader(PLACE)
    given_before_the_end = 0
    for number in range(60_000):
        record = {
            "id": f"o{number}",
            "traceId": f"t{number // 10}",
            "type": "GENERATION",
            "usageDetails": {"input": 1},
        }
        given_before_the_end += len(calls(reader.feed(record, number)))

    assert 60_000 == given_before_the_end + len(calls(reader.finish()))
    assert given_before_the_end >= 9_000


def test_a_very_large_record_takes_no_time_to_speak_of() -> None:
    [one] = langfuse.FORMATS
    bag = {f"input_{number}": 1 for number in range(200_000)}
    [call] = calls(read(one, {"id": "o", "traceId": "t", "usageDetails": json.dumps(bag)}))

    assert call.tokens.uncached_input < 100
