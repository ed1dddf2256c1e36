"""One span as a call: gen_ai, OpenInference, OpenLLMetry and Vercel AI SDK conventions.

Input contains cached tokens and output contains reasoning, by all of these conventions; a writer that left
them out is known by cached tokens that exceed the input, or by its own total.
"""

from __future__ import annotations

import re
from typing import Any

from tokmeter.histories._gateway import Row, between, tier_of
from tokmeter.histories._ids import call_key, remark
from tokmeter.histories._otlp_values import (
    SPAN_BYTES,
    TRACE_BYTES,
    first,
    first_instant,
    names,
    otel_id,
    plain,
)
from tokmeter.histories._otlp_walk import Signal, client_of, span_ids
from tokmeter.histories._record import Call, Remark, Status, Tokens
from tokmeter.histories._routes import named_route, route_of_model
from tokmeter.histories._span_texts import span_texts
from tokmeter.histories._traces import Role, Seen

START = ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime", "_startTime", "timestamp")
END = ("endTimeUnixNano", "end_time_unix_nano", "end_time", "endTime", "_endTime")

_INPUT = names(
    "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens",
    "llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
)  # fmt: skip
_OUTPUT = names(
    "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens",
    "llm.token_count.completion", "ai.usage.outputTokens", "ai.usage.completionTokens",
)  # fmt: skip
_READ = names(
    "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached", "gen_ai.usage.cached_tokens", "llm.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read", "ai.usage.cachedInputTokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
)  # fmt: skip
_WRITTEN = names(
    "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write.input_tokens", "llm.usage.cache_creation_input_tokens",
    "llm.token_count.prompt_details.cache_write", "ai.usage.inputTokenDetails.cacheWriteTokens",
)  # fmt: skip
_REASONING = names(
    "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens",
    "llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens",
    "ai.usage.outputTokenDetails.reasoningTokens",
)  # fmt: skip
_TOTAL = names(
    "gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total", "ai.usage.totalTokens"
)
_PROVIDER = names("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider")
_MODEL = names(
    "gen_ai.response.model", "gen_ai.request.model", "llm.response.model_name", "llm.model_name",
    "llm.request.model_name", "embedding.model_name", "ai.response.model", "ai.model.id",
)  # fmt: skip
_COST = names("llm.cost.total", "gen_ai.usage.cost", "operation.cost")
_TIER = names("gen_ai.openai.response.service_tier", "openai.response.service_tier")
_REF = names("gen_ai.response.id", "ai.response.id", "llm.response.id")
_CONVERSATION = names(
    "copilot_chat.chat_session_id", "copilot_chat.session_id", "copilot_chat.parent_chat_session_id",
    "gen_ai.conversation.id", "session.id", "langfuse.session.id",
    "traceloop.association.properties.session_id", "ai.telemetry.metadata.sessionId",
)  # fmt: skip
_USER = names("user.id", "enduser.id", "ai.telemetry.metadata.userId")
_OPERATION = names("gen_ai.operation.name", "llm.request.type")
_KIND = names("openinference.span.kind", "traceloop.span.kind", "gen_ai.span.kind")
_AGENT = names("gen_ai.agent.name", "gen_ai.agent.id", "agent_name")
_VERCEL = names("ai.operationId")
_TEXT = (
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.prompt", "gen_ai.completion",
    "llm.input_messages.", "llm.output_messages.", "ai.prompt", "ai.response.text",
)  # fmt: skip

_CALLS = frozenset({
    "chat", "generate_content", "text_completion", "embeddings", "completion", "embedding", "llm",
})  # fmt: skip
_ROLLUPS = frozenset({
    "invoke_agent", "create_agent", "invoke_workflow", "agent", "chain", "workflow", "task", "retriever",
    "reranker", "guardrail", "evaluator", "prompt", "plan", "execute_hook",
})  # fmt: skip
_TOOLS = frozenset({"execute_tool", "tool"})
_WORDS: tuple[tuple[frozenset[str], Role], ...] = ((_TOOLS, "tool"), (_ROLLUPS, "rollup"), (_CALLS, "call"))
"""What a span's kind or operation makes it, the first of these that one of them says."""
_VERCEL_CALL = re.compile(r"ai\.[A-Za-z]+\.do(?:Generate|Stream|Embed)\b.*")
_NOBODY = frozenset({
    "_other", "other", "langchain", "langgraph", "llamaindex", "llama_index", "crewai", "pydantic_ai",
    "pydantic-ai", "autogen", "haystack", "dspy", "smolagents", "agno", "strands-agents", "semantic_kernel",
})  # fmt: skip
_BILLERS = {"github": "github-copilot", "github.copilot": "github-copilot", "copilot": "github-copilot"}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COPILOTS = ("vs-copilot", "copilot-chat", "github-copilot")


class Span:
    """What is common to all spans: ids, times, attributes."""

    __slots__ = (
        "client",
        "end",
        "item",
        "line",
        "name",
        "parent",
        "resource",
        "row",
        "span",
        "start",
        "trace",
    )

    def __init__(self, signal: Signal, line: int) -> None:
        self.item = signal.item
        self.line = line
        self.resource = signal.resource
        self.client = client_of(signal)
        trace, span, parent = span_ids(signal.item)
        self.trace = otel_id(trace, TRACE_BYTES)
        self.span = otel_id(span, SPAN_BYTES)
        above = otel_id(parent, SPAN_BYTES)
        self.parent = None if above == self.span else above
        self.start = first_instant(signal.item, *START)
        self.end = first_instant(signal.item, *END)
        name = signal.item.get("name")
        self.name = name if isinstance(name, str) and len(name) <= 256 else ""
        self.row = Row(plain(signal.item.get("attributes")))

    @property
    def key(self) -> str | None:
        """`otel:<trace>/<span>`."""
        return f"otel:{self.trace}/{self.span}" if self.trace and self.span else None


def read_span(span: Span, mtime_ms: int) -> Seen:
    """What a span is, and the call it tells of."""
    row = span.row
    role = role_of(row, span.name)
    seen = Seen(span.parent, span.line, span.start or mtime_ms, role)
    has_usage = any(name in row for name in (*_INPUT, *_OUTPUT))
    failed = _has_failed(span)
    has_text = role == "call" and not failed and _has_text(span)
    if role in {"tool", "other"} or not (has_usage or (role == "call" and (failed or has_text))):
        return seen
    tokens = _tokens(row) if has_usage else Tokens()
    if tokens.is_empty and not failed and not has_text:
        seen.remarks = (Remark(reason="no-usage", line=span.line),)
        return seen
    seen.call = span_call(span, tokens, mtime_ms, has_text=has_text)
    seen.remarks = tuple(row.remarks(span.line)) if has_usage else ()
    return seen


def role_of(row: Row, name: str) -> Role:
    """Whether a span is a call, repeats the sum of others, or is a tool's; `other` where nothing tells.

    A span of no known operation that holds counts is taken as a call, unless it names an agent: older
    instrumentation names no operation.
    """
    vercel = row.text(*_VERCEL) or (name if name.startswith("ai.") else "")
    if vercel.startswith("ai."):
        if _VERCEL_CALL.fullmatch(vercel):
            return "call"
        return "tool" if vercel.startswith("ai.toolCall") else "rollup"
    words = [(row.text(*which) or "").lower() for which in (_KIND, _OPERATION)]
    for known, role in _WORDS:
        if any(word in known for word in words):
            return role
    if not any(name in row for name in (*_INPUT, *_OUTPUT)):
        return "other"
    return "rollup" if any(name in row for name in _AGENT) else "call"


def span_call(span: Span, tokens: Tokens, mtime_ms: int, *, has_text: bool = False) -> Call:
    """The call of a span with these counts."""
    row = span.row
    model = row.text(*_MODEL)
    provider = biller(row.text(*_PROVIDER)) or route_of_model(model)
    ref, request = _references(row, provider)
    if span.start is None:
        row.reasons.append("no-time")
    failed = _has_failed(span)
    status: Status = "ok" if not failed else "error" if tokens.is_empty else "partial"
    cost = row.money(*_COST)
    return Call(
        key=call_key(ref, gateway=span.key, ts=span.start or 0, model=model or "", tokens=tokens),
        ts=mtime_ms if span.start is None else span.start,
        ts_quality="file" if span.start is None else "exact",
        format="otlp",
        evidence="telemetry",
        model=row.named(model),
        provider=provider,
        tokens=tokens,
        status=status,
        provider_ref=ref,
        request_ref=request,
        conversation=row.text(*_CONVERSATION),
        project=None if span.client else _project(span.resource),
        client=span.client or _copilot(span.resource),
        user=row.text(*_USER) or Row(span.resource).text(*_USER),
        tier=tier_of(row.get(*_TIER)),
        cost_nanousd=cost,
        cost_kind=None if cost is None else "estimated",
        latency_ms=between(span.start, span.end),
        needs_text=has_text and tokens.is_empty,
        texts=span_texts(span.item) if has_text and tokens.is_empty else None,
        line=span.line,
    )


def biller(word: str | None) -> str | None:
    """Who bills, from a convention's word for the provider; frameworks are nobody."""
    name = (word or "").strip().lower()
    if name in _BILLERS:
        return _BILLERS[name]
    return None if name in _NOBODY else named_route(name)


def _tokens(row: Row) -> Tokens:
    """Disjoint counts; the total, where there is one, tells what its writer left out (1.1)."""
    given, output = row.count(*_INPUT), row.count(*_OUTPUT)
    read, written = row.count(*_READ), row.count(*_WRITTEN)
    reasoning, total = row.count(*_REASONING), row.count(*_TOTAL)
    if total and reasoning and total - given - output == reasoning:
        output += reasoning
    elif total and read + written and total == given + read + written + output:
        row.reasons.append("not-exclusive")
        given += read + written
    return row.inclusive(given, output, read=read, five=written, reasoning=reasoning)


def _references(row: Row, provider: str | None) -> tuple[str | None, str | None]:
    """The ids of response and request.

    Some writers put the request's id in the response's place: `req_…`, and the UUID that GitHub Copilot gives
    all responses of one turn, so that it names none of them.
    """
    ref = row.text(*_REF)
    if ref is not None and (
        ref.startswith("req_") or (provider == "github-copilot" and _UUID.fullmatch(ref.lower()))
    ):
        return None, ref
    return ref, None


def _has_failed(span: Span) -> bool:
    status = span.item.get("status")
    code = first(status, "code", "status_code", "statusCode") if isinstance(status, dict) else status
    if isinstance(code, str):
        code = 2 if code.upper().rpartition("_")[2] in {"ERROR", "2"} else 0
    return code == 2 or "errortype" in span.row


def _has_text(span: Span) -> bool:
    attributes: Any = plain(span.item.get("attributes"))
    return any(name.startswith(_TEXT) for name in attributes)


def _project(resource: dict[str, Any]) -> str | None:
    name = Row(resource).text("servicename")
    return None if name is None or name.startswith("unknown_service") else name


def _copilot(resource: dict[str, Any]) -> str | None:
    name = Row(resource).text("servicename")
    return name if name in _COPILOTS else None


def span_remarks(span: Span) -> tuple[Remark, ...]:
    """What was wrong with a span's attributes, each once."""
    return tuple(remark(reason, span.line) for reason in dict.fromkeys(span.row.reasons))
