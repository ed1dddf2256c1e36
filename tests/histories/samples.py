"""One sample of every format of the document's own where it has one (S1 to S12)."""

from __future__ import annotations

# ruff: noqa: ISC004 - a header and a row are one text over several lines
from typing import Any

CHAT = {
    "id": "chatcmpl-SampleBBBBBBBBBBBBBB",
    "object": "chat.completion",
    "created": 1770112800,
    "model": "gpt-5-2025-08-07",
    "choices": [],
    "usage": {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200},
}
MESSAGE = {
    "id": "msg_01SampleAAAAAAAAAAAAAAAA",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Hi"}],
    "usage": {"input_tokens": 12, "cache_read_input_tokens": 30000, "output_tokens": 400},
}
RESPONSE = {
    "id": "resp_68sample0000000000000000",
    "object": "response",
    "created_at": 1770112800,
    "model": "gpt-5-2025-08-07",
    "status": "completed",
    "output": [],
    "usage": {"input_tokens": 1000, "output_tokens": 200, "total_tokens": 1200},
}
GEMINI = {
    "candidates": [],
    "modelVersion": "gemini-2.5-pro",
    "responseId": "sampleSAMPLEsample0001",
    "usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 100, "totalTokenCount": 1100},
}


def attribute(name: str, kind: str, value: str) -> dict[str, Any]:
    return {"key": name, "value": {kind: value}}


SPAN = {
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "spanId": "b7ad6b7169203331",
    "name": "chat gpt-5",
    "startTimeUnixNano": "1770112800000000000",
    "endTimeUnixNano": "1770112801500000000",
    "attributes": [
        attribute("gen_ai.operation.name", "stringValue", "chat"),
        attribute("gen_ai.provider.name", "stringValue", "openai"),
        attribute("gen_ai.response.model", "stringValue", "gpt-5-2025-08-07"),
        attribute("gen_ai.usage.input_tokens", "intValue", "1000"),
        attribute("gen_ai.usage.output_tokens", "intValue", "200"),
    ],
}

RECORDS: list[tuple[str, str, Any]] = [
    (
        "har",
        "a capture of a proxy",
        {
            "log": {
                "version": "1.2",
                "entries": [
                    {
                        "startedDateTime": "2026-02-03T10:00:00Z",
                        "time": 800,
                        "request": {"method": "POST", "url": "https://api.openai.com/v1/responses"},
                        "response": {"status": 200, "content": {"mimeType": "application/json", "text": "{}"}},
                    }
                ],
            }
        },
    ),
    ("otlp", "S9, a span", {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]}),
    (
        "bedrock-log",
        "an invocation",
        {
            "schemaType": "ModelInvocationLog",
            "timestamp": "2026-02-03T10:00:00Z",
            "requestId": "0b5c2b6e-2f0a-4c3e-9a55-0d9fb5c7f001",
            "operation": "Converse",
            "modelId": "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "input": {"inputTokenCount": 12},
            "output": {"outputTokenCount": 4},
        },
    ),
    (
        "openai-usage",
        "a page of usage",
        {
            "object": "page",
            "data": [
                {
                    "object": "bucket",
                    "start_time": 1773446400,
                    "end_time": 1773532800,
                    "results": [
                        {
                            "object": "organization.usage.completions.result",
                            "input_tokens": 50000,
                            "output_tokens": 4000,
                            "num_model_requests": 20,
                            "model": "gpt-5-mini",
                        }
                    ],
                }
            ],
        },
    ),
    (
        "anthropic-usage",
        "a page of usage",
        {
            "data": [
                {
                    "starting_at": "2026-03-31T00:00:00Z",
                    "ending_at": "2026-04-01T00:00:00Z",
                    "results": [{"uncached_input_tokens": 5, "output_tokens": 3, "model": "claude-haiku-4-5"}],
                }
            ],
            "has_more": False,
        },
    ),
    (
        "anthropic-cost",
        "a page of costs",
        {
            "data": [
                {
                    "starting_at": "2026-03-31T00:00:00Z",
                    "ending_at": "2026-04-01T00:00:00Z",
                    "results": [{"amount": "123.45", "currency": "USD", "cost_type": "tokens"}],
                }
            ]
        },
    ),
    ("anthropic-batch", "a result", {"custom_id": "row-9", "result": {"type": "succeeded", "message": MESSAGE}}),
    ("anthropic-batch", "S4, one that expired", {"custom_id": "row-8", "result": {"type": "expired"}}),
    (
        "openai-batch",
        "S4, a result",
        {
            "id": "batch_req_s1",
            "custom_id": "row-7",
            "response": {"status_code": 200, "request_id": "r1", "body": CHAT},
            "error": None,
        },
    ),
    (
        "litellm-slp",
        "a payload",
        {
            "id": "chatcmpl-SampleFFFFFFFFFFFFFF",
            "call_type": "acompletion",
            "response_cost": 0.01,
            "startTime": 1770112800.0,
            "endTime": 1770112801.5,
            "model": "gpt-5",
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "status": "success",
            "response": CHAT,
        },
    ),
    (
        "litellm-spend",
        "S6, a row",
        {
            "request_id": "chatcmpl-SampleDDDDDDDDDDDDDD",
            "call_type": "acompletion",
            "spend": 0.0123,
            "prompt_tokens": 5000,
            "completion_tokens": 300,
            "startTime": "2026-02-03T10:00:00.000Z",
            "model": "claude-sonnet-4-5",
            "custom_llm_provider": "anthropic",
        },
    ),
    (
        "openrouter-gen",
        "a generation",
        {
            "data": {
                "id": "gen-1770112800-SampleEEEEEEEEEEEEEE",
                "created_at": "2026-02-03T10:00:00Z",
                "model": "anthropic/claude-4.5-sonnet",
                "total_cost": 0.0042,
                "native_tokens_prompt": 1200,
                "native_tokens_completion": 150,
            }
        },
    ),
    (
        "openrouter-activity",
        "a day",
        {
            "data": [
                {
                    "date": "2026-02-03",
                    "model": "openai/gpt-5",
                    "model_permaslug": "openai/gpt-5-2025-08-07",
                    "usage": 0.5,
                    "requests": 3,
                    "prompt_tokens": 10,
                    "completion_tokens": 5,
                }
            ]
        },
    ),
    (
        "helicone",
        "a request",
        {
            "request_id": "4f1c2f5e-6f4b-4b2f-9d55-0d9fb5c7f001",
            "request_created_at": "2026-02-03 10:00:00",
            "delay_ms": 900,
            "request_model": "gpt-5",
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "response_body": CHAT,
        },
    ),
    (
        "langfuse",
        "an observation",
        {
            "id": "obs-1",
            "traceId": "trace-1",
            "type": "GENERATION",
            "startTime": "2026-02-03T10:00:00Z",
            "model": "gpt-5",
            "usageDetails": {"input": 10, "output": 5, "total": 15},
        },
    ),
    (
        "portkey",
        "a log",
        {
            "created_at": "2026-02-03T10:00:00Z",
            "ai_org": "openai",
            "ai_model": "gpt-5",
            "req_units": 10,
            "res_units": 5,
            "total_units": 15,
            "cost": 0.5,
            "is_success": 1,
            "response.body": CHAT,
        },
    ),
    (
        "cli-telemetry",
        "an event of Gemini CLI",
        {
            "attributes": {
                "event.name": "gemini_cli.api_response",
                "event.timestamp": "2026-02-03T10:00:00.000Z",
                "session.id": "s-1",
                "model": "gemini-2.5-pro",
                "input_token_count": 10,
                "output_token_count": 5,
            }
        },
    ),
    (
        "claude-export",
        "a conversation",
        {
            "uuid": "c-1",
            "name": "t",
            "created_at": "2026-02-03T10:00:00Z",
            "chat_messages": [
                {"uuid": "m-1", "sender": "human", "text": "Hi", "created_at": "2026-02-03T10:00:00Z"},
                {"uuid": "m-2", "sender": "assistant", "text": "Hello", "created_at": "2026-02-03T10:00:01Z"},
            ],
        },
    ),
    (
        "chatgpt-export",
        "S12, a conversation",
        {
            "conversation_id": "c1",
            "title": "t",
            "create_time": 1770112800.0,
            "current_node": "n3",
            "mapping": {
                "n1": {"id": "n1", "parent": None, "children": ["n3"], "message": None},
                "n3": {
                    "id": "n3",
                    "parent": "n1",
                    "children": [],
                    "message": {
                        "id": "m3",
                        "author": {"role": "assistant"},
                        "create_time": 1770112802.0,
                        "content": {"content_type": "text", "parts": ["Hi! How can I help?"]},
                        "metadata": {"model_slug": "gpt-4o"},
                    },
                },
            },
        },
    ),
    (
        "llm-json",
        "a log entry",
        {
            "id": "01jk40qkxetedzpf1zd8k9bgww",
            "model": "o4-mini",
            "conversation_id": "c1",
            "duration_ms": 4100,
            "datetime_utc": "2026-02-03T10:00:00+00:00",
            "input_tokens": 900,
            "output_tokens": 300,
            "response_json": CHAT,
        },
    ),
    ("api-object", "S1, a message in an envelope", {"ts": "2026-02-03T10:00:00Z", "project": "blog", "response": MESSAGE}),
    ("api-object", "S2, a response", RESPONSE),
    ("api-object", "S2, a chat completion", CHAT),
    ("api-object", "S3, Gemini in an envelope", {"timestamp": "2026-02-03T10:00:00Z", "response": GEMINI}),
    ("api-object", "a reply beside its request", {"request": {"model": "gpt-5", "messages": []}, "response": {"body": CHAT}}),
]  # fmt: skip
"""(format, what it is, the record)."""

TABLES: list[tuple[str, str]] = [
    (
        "anthropic-usage-csv",
        "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
        "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
        "usage_output_tokens,web_search_count,inference_geo,speed\n"
        "2026-03-31 02:00,claude-haiku-4-5-20251001,ci,Default,standard,≤ 200k,20000,4000,1000,75000,3000,0,,\n",
    ),
    (
        "anthropic-cost-csv",
        "usage_date_utc,model,workspace,api_key,usage_type,token_type,cost_usd\n"
        "2026-03-31,Claude Sonnet 4.5,Default,ci,standard,output,0.5\n",
    ),
    (
        "openai-usage-csv",
        "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,api_key_id,model,batch,"
        "service_tier,input_tokens,output_tokens,input_cached_tokens\n"
        "1773446400,1773532800,2026-03-14T00:00:00+00:00,2026-03-15T00:00:00+00:00,proj_x,20,key_y,"
        "gpt-5-mini-2025-08-07,False,default,50000,4000,20000\n",
    ),
    (
        "openai-cost-csv",
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id\n"
        '1773446400,1773532800,2026-03-14T00:00:00+00:00,2026-03-15T00:00:00+00:00,1.5,usd,"gpt-5, input",p\n',
    ),
    (
        "openrouter-log-csv",
        "generation_id,created_at,cost_total,cost_cache,byok_usage_inference,tokens_prompt,tokens_completion,"
        "tokens_reasoning,tokens_cached,model_permaslug,provider_name,cancelled,generation_time_ms,api_key_name,app_name\n"
        "gen-1770112800-SampleEEEEEEEEEEEEEE,2026-02-03 10:00:00.000,0.0042,-0.001,0,1200,150,40,800,"
        "anthropic/claude-4.5-sonnet-20250929,Anthropic,false,2100,laptop,aider\n",
    ),
    (
        "openrouter-activity-csv",
        "Date,Slug,Usage,BYOK Usage,Requests,Prompt Tokens,Completion Tokens,Reasoning Tokens\n"
        "2026-02-03,openai/gpt-5,0.5,0,3,10,5,0\n",
    ),
    (
        "litellm-spend",
        "request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,model\n"
        "chatcmpl-SampleDDDDDDDDDDDDDD,acompletion,0.0123,5000,300,2026-02-03 10:00:00,gpt-5\n",
    ),
    (
        "langfuse",
        "id,traceId,type,startTime,model,usageDetails\n"
        'obs-1,trace-1,GENERATION,2026-02-03T10:00:00Z,gpt-5,"{""input"":10,""output"":5,""total"":15}"\n',
    ),
    (
        "focus",
        "BilledCost,BillingCurrency,ChargePeriodStart,ChargePeriodEnd,ServiceName,SkuId,ConsumedQuantity,ConsumedUnit\n"
        "1.5,USD,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,Amazon Bedrock,x,10,1K tokens\n",
    ),
    (
        "azure-cost",
        "Date,MeterCategory,MeterSubCategory,MeterName,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrency\n"
        "2026-03-01,Cognitive Services,Azure OpenAI,gpt-5 inp,10,1K,1.5,USD\n",
    ),
    (
        "aws-cur",
        "lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,"
        "lineItem/UsageAmount,lineItem/UnblendedCost\n"
        "2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,AmazonBedrock,USE1-Claude-input-tokens,10,1.5\n",
    ),
]
