"""Which API object a JSON object is, by fields no other one has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokmeter.histories._usage import flavour_of

Body = Mapping[str, Any]

FLAVOURS: dict[str, str | None] = {
    "chat": "chat",
    "responses": "responses",
    "realtime": "responses",
    "embeddings": "chat",
    "media": "responses",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "ollama": "ollama",
    "llamacpp": "llamacpp",
    "converse": "converse",
    "cohere": "cohere",
    "usage": None,
}
"""Shape → the family its counts are named by; shapes without counts (text, error) are not in it."""

_BY_OBJECT = {"chat.completion": "chat", "text_completion": "chat", "response": "responses"}
_GEMINI = ("promptTokenCount", "candidatesTokenCount", "totalTokenCount")
_GEMINI_SNAKE = ("prompt_token_count", "candidates_token_count", "total_token_count")
_ERROR_FIELDS = {"message", "type", "param", "code"}
_ASKS = ("messages", "contents", "input", "prompt", "inputs")


def shape_of(body: Body) -> str | None:
    """The shape of an API object, None if it is none that is known by itself."""
    kind = body.get("object")
    if type(kind) is str:
        shape = _BY_OBJECT.get(kind)
        if shape is not None:
            return shape if _is_reply(body) else None
        if kind == "list":
            return "embeddings" if _is_embeddings(body) else None
    typed = body.get("type")
    if type(typed) is str:
        shape = _by_type(typed, body)
        if shape is not None:
            return shape
    usage = body.get("usage")
    if type(usage) is dict:
        return _by_usage(usage, body)
    return _by_fields(body)


def _is_reply(body: Body) -> bool:
    """More than the word in `object`: other APIs say `response` as well."""
    return any(name in body for name in ("choices", "output", "usage", "model"))


def _is_embeddings(body: Body) -> bool:
    data = body.get("data")
    first = data[0] if type(data) is list and data else None
    return type(first) is dict and first.get("object") == "embedding"


def _by_type(typed: str, body: Body) -> str | None:
    usage = body.get("usage")
    if typed == "message":
        if type(usage) is dict and ("input_tokens" in usage or "output_tokens" in usage):
            return "anthropic"
        if body.get("role") == "assistant" and "model" in body and "content" in body:
            return "anthropic"
    elif typed == "response.done":
        return "realtime" if type(body.get("response")) is dict else None
    elif typed == "completion":
        return "text" if type(body.get("completion")) is str and "model" in body else None
    elif typed == "error":
        error = body.get("error")
        if type(error) is dict and type(error.get("type")) is str and "message" in error:
            return "error"
    return None


def _by_usage(usage: Body, body: Body) -> str | None:  # noqa: PLR0911 - one line a shape
    """The shape of an object with a `usage` that has token counts."""
    if "prompt_tokens" in usage:
        if type(body.get("choices")) is list:
            return "chat"
        if _is_embeddings(body):
            return "embeddings"
    identity = body.get("id")
    if type(identity) is str and identity.startswith("resp_") and type(body.get("output")) is list:
        return "responses"
    if "inputTokens" in usage and "outputTokens" in usage:
        return "converse"
    if _has_units(usage):
        return "cohere"
    if usage.get("type") in ("tokens", "duration") and type(body.get("text")) is str:
        return "media"
    details = usage.get("input_tokens_details")
    if type(details) is dict and "image_tokens" in details:
        return "media"
    return _by_fields(body)


def _has_units(usage: Body) -> bool:
    for name in ("tokens", "billed_units"):
        part = usage.get(name)
        if type(part) is dict and ("input_tokens" in part or "output_tokens" in part):
            return True
    return False


def _by_fields(body: Body) -> str | None:
    """The shape of an object that keeps its counts elsewhere."""
    for name, fields in (("usageMetadata", _GEMINI), ("usage_metadata", _GEMINI_SNAKE)):
        counts = body.get(name)
        if type(counts) is dict and any(field in counts for field in fields):
            return "gemini"
    if body.get("done") is True and "model" in body and ("eval_count" in body or "total_duration" in body):
        return "ollama"
    if "tokens_evaluated" in body and "tokens_predicted" in body:
        return "llamacpp"
    if (
        type(body.get("id")) is str
        and str(body["id"]).startswith("resp_")
        and type(body.get("output")) is list
    ):
        return "responses"
    meta = body.get("meta")
    if (
        type(meta) is dict
        and _has_units(meta)
        and ("embeddings" in body or "generations" in body or "text" in body)
    ):
        return "cohere"
    return None


def is_counted(body: Body) -> bool:
    """Whether an object of no known shape has input and output counts: one's own note of a call."""
    usage = body.get("usage")
    if type(usage) is not dict or flavour_of(usage) is None:
        return False
    return any(
        type(usage.get(given)) is int
        and (type(usage.get(output)) is int or type(usage.get("total_tokens")) is int)
        for given, output in (
            ("prompt_tokens", "completion_tokens"),
            ("input_tokens", "output_tokens"),
            ("inputTokens", "outputTokens"),
        )
    )


def is_request(body: Any) -> bool:
    """Whether an object asks a model: names one and holds what to answer."""
    return (
        type(body) is dict
        and (type(body.get("model")) is str or "contents" in body)
        and any(type(body.get(name)) in (list, str) for name in _ASKS)
    )


def is_error(body: Body, *, asked: bool) -> bool:
    """Whether an object is an API's error: of any form, where a request to a model was `asked`."""
    error = body.get("error")
    if type(error) is dict:
        return asked or (error.keys() >= _ERROR_FIELDS and type(error.get("message")) is str)
    return asked and type(error) is str and bool(error)


def usage_of(body: Body, shape: str) -> Any:
    """The object that holds the counts."""
    if shape == "gemini":
        metadata = body.get("usageMetadata")
        return metadata if type(metadata) is dict else body.get("usage_metadata")
    if shape in ("ollama", "llamacpp"):
        return body
    if shape == "realtime":
        inner = body.get("response")
        return inner.get("usage") if type(inner) is dict else None
    usage = body.get("usage")
    return usage if type(usage) is dict or shape != "cohere" else body.get("meta")
