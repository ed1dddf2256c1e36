"""Usage objects of provider responses as disjoint counts: one function per family of field names.

Rules: does input contain cached tokens, output reasoning; which field is which. Reading is
tolerant: a missing or null count is 0, an invalid one is 0 and a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tokmeter.histories._record import Tokens
from tokmeter.sources._fields import as_count

Usage = Mapping[str, Any]
_NONE: dict[str, Any] = {}


class Counts:
    """Reads fields of one usage object; collects what was wrong and whether there was anything at all."""

    __slots__ = ("found", "reasons")

    def __init__(self) -> None:
        self.found = False
        self.reasons: list[str] = []

    def of(self, usage: Usage, *names: str) -> int:
        """The first of these fields that is there and not null; 0 if none is."""
        for name in names:
            value = usage.get(name)
            if value is not None:
                if type(value) is int and 0 <= value < 1_000_000_000:
                    self.found = True
                    return value
                count = None if isinstance(value, dict | list) else as_count(value)
                if count is None:
                    self.reasons.append(f"count-invalid {name}")
                    return 0
                self.found = True
                return count
        return 0

    def inclusive(self, given: int, read: int, creation: int) -> int:
        """The uncached part of an input count that contains the cached ones; the guard of 1.1."""
        if read + creation > given:
            if given:
                self.reasons.append("not-exclusive")
            return given
        return given - read - creation


def _object(usage: Usage, *names: str) -> Usage:
    for name in names:
        value = usage.get(name)
        if type(value) is dict:
            return value
    return _NONE


def _lifetimes(total: int, five: int, hour: int) -> tuple[int, int]:
    """Cache writes by lifetime: what the parts leave of the total goes to five minutes (unknown)."""
    return five + max(0, total - five - hour), hour


def _chat(usage: Usage, provider: str | None) -> tuple[Tokens, Counts]:
    """`prompt_tokens`, inclusive: OpenAI chat and all that speak it; LiteLLM's and native xAI's additions."""
    counts = Counts()
    given = counts.of(usage, "prompt_tokens")
    output = counts.of(usage, "completion_tokens")
    details = _object(usage, "prompt_tokens_details", "input_tokens_details")
    read = counts.of(details, "cached_tokens") or counts.of(
        usage,
        "cache_read_input_tokens",
        "cached_prompt_text_tokens",
        "prompt_cache_hit_tokens",
        "cached_tokens",
    )
    if usage.get("prompt_tokens") is None and usage.get("prompt_cache_miss_tokens") is not None:
        given = read + counts.of(usage, "prompt_cache_miss_tokens")
    written = counts.of(details, "cache_write_tokens", "cache_creation_tokens") or counts.of(
        usage, "cache_creation_input_tokens"
    )
    parts = _object(details, "cache_creation_token_details") or _object(usage, "cache_creation")
    five, hour = _split(counts, parts, written)
    reasoning = counts.of(_object(usage, "completion_tokens_details"), "reasoning_tokens") or counts.of(
        usage, "reasoning_tokens"
    )
    output, reasoning = _reasoning_beside(counts, usage, provider, (given, output, reasoning))
    searches = counts.of(usage, "num_search_queries") or _searches(counts, usage)
    tokens = Tokens(
        uncached_input=counts.inclusive(given, read, five + hour),
        cache_read=read,
        creation_5m=five,
        creation_1h=hour,
        output=output,
        reasoning=min(reasoning, output),
        web_searches=searches,
    )
    return tokens, counts


def _reasoning_beside(
    counts: Counts, usage: Usage, provider: str | None, found: tuple[int, int, int]
) -> tuple[int, int]:
    """Output with reasoning, and reasoning, where `completion_tokens` leaves it out (1.1).

    The total tells: what it holds beyond input and output is reasoning. Without one, xAI leaves it out.
    Perplexity's total counts neither reasoning nor citations, which are output all the same.
    """
    given, output, reasoning = found
    if provider == "perplexity" or "citation_tokens" in usage:
        return output + reasoning + counts.of(usage, "citation_tokens"), reasoning
    total = usage.get("total_tokens")
    if type(total) is int and total > 0:
        beyond = total - given - output
        if 0 < beyond <= 1_000_000_000 and (beyond == reasoning or provider == "google"):
            return output + beyond, reasoning or beyond
    elif reasoning and (provider == "x-ai" or "cached_prompt_text_tokens" in usage):
        return output + reasoning, reasoning
    return output, reasoning


def _split(counts: Counts, parts: Usage, written: int) -> tuple[int, int]:
    """Cache writes of five minutes and of one hour, from Anthropic's names of the parts."""
    if not parts:
        return written, 0
    five = counts.of(parts, "ephemeral_5m_input_tokens")
    hour = counts.of(parts, "ephemeral_1h_input_tokens")
    return _lifetimes(written, five, hour)


def _searches(counts: Counts, usage: Usage) -> int:
    server = _object(usage, "server_tool_use")
    return counts.of(server, "web_search_requests") if server else 0


def _responses(usage: Usage, _provider: str | None) -> tuple[Tokens, Counts]:
    """`input_tokens`, inclusive: OpenAI Responses, realtime, images, transcriptions."""
    counts = Counts()
    given = counts.of(usage, "input_tokens")
    output = counts.of(usage, "output_tokens")
    details = _object(usage, "input_tokens_details", "input_token_details")
    read = counts.of(details, "cached_tokens", "cache_read_input_tokens")
    written = counts.of(details, "cache_write_tokens")
    reasoning = counts.of(_object(usage, "output_tokens_details", "output_token_details"), "reasoning_tokens")
    output, reasoning = _reasoning_beside(counts, usage, None, (given, output, reasoning))
    searches = _object(_object(usage, "tool_calls_details"), "search_web")
    tokens = Tokens(
        uncached_input=counts.inclusive(given, read, written),
        cache_read=read,
        creation_5m=written,
        output=output,
        reasoning=min(reasoning, output),
        web_searches=counts.of(searches, "invocation") or _searches(counts, usage),
    )
    return tokens, counts


def _anthropic(usage: Usage, _provider: str | None) -> tuple[Tokens, Counts]:
    """`input_tokens`, exclusive: Anthropic Messages, also on Bedrock, Vertex and Azure."""
    counts = Counts()
    five, hour = _split(
        counts, _object(usage, "cache_creation"), counts.of(usage, "cache_creation_input_tokens")
    )
    output = counts.of(usage, "output_tokens")
    thinking = counts.of(_object(usage, "output_tokens_details"), "thinking_tokens")
    tokens = Tokens(
        uncached_input=counts.of(usage, "input_tokens"),
        cache_read=counts.of(usage, "cache_read_input_tokens"),
        creation_5m=five,
        creation_1h=hour,
        output=output,
        reasoning=min(thinking, output),
        web_searches=_searches(counts, usage),
    )
    return tokens, counts


def _gemini(usage: Usage, _provider: str | None) -> tuple[Tokens, Counts]:
    """`promptTokenCount`, with the cache; thoughts beside the candidates, tool prompts beside the prompt."""
    counts = Counts()
    given = counts.of(usage, "promptTokenCount", "prompt_token_count")
    given += counts.of(usage, "toolUsePromptTokenCount", "tool_use_prompt_token_count")
    read = counts.of(usage, "cachedContentTokenCount", "cached_content_token_count")
    thoughts = counts.of(usage, "thoughtsTokenCount", "thoughts_token_count")
    output = counts.of(
        usage, "candidatesTokenCount", "candidates_token_count", "responseTokenCount", "response_token_count"
    )
    tokens = Tokens(
        uncached_input=counts.inclusive(given, read, 0),
        cache_read=read,
        output=output + thoughts,
        reasoning=thoughts,
    )
    return tokens, counts


def _converse(usage: Usage, _provider: str | None) -> tuple[Tokens, Counts]:
    """`inputTokens`, exclusive: Bedrock Converse, its metrics and log; `cachedInputTokens` is inclusive."""
    counts = Counts()
    given = counts.of(usage, "inputTokens", "inputTokenCount")
    read = counts.of(usage, "cacheReadInputTokens", "cacheReadInputTokenCount", "cacheReadTokens")
    written = counts.of(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount", "cacheWriteTokens")
    five, hour = _by_ttl(counts, usage.get("cacheDetails"), written)
    output = counts.of(usage, "outputTokens", "outputTokenCount")
    cached = counts.of(usage, "cachedInputTokens")
    if cached and not read:
        read = cached
        given = counts.inclusive(given, cached, 0)
    tokens = Tokens(
        uncached_input=given,
        cache_read=read,
        creation_5m=five,
        creation_1h=hour,
        output=output,
        reasoning=min(counts.of(usage, "reasoningTokens"), output),
    )
    return tokens, counts


def _by_ttl(counts: Counts, details: Any, written: int) -> tuple[int, int]:
    """Cache writes of five minutes and of one hour, from `cacheDetails[]{ttl,inputTokens}`."""
    five = hour = 0
    for entry in details if type(details) is list else ():
        if type(entry) is dict:
            if entry.get("ttl") == "1h":
                hour += counts.of(entry, "inputTokens")
            elif entry.get("ttl") == "5m":
                five += counts.of(entry, "inputTokens")
    return _lifetimes(written, five, hour)


def _cohere(usage: Usage, _provider: str | None) -> tuple[Tokens, Counts]:
    """What Cohere bills, else what it counted."""
    counts = Counts()
    parts = _object(usage, "billed_units") or _object(usage, "tokens")
    given = counts.of(parts, "input_tokens")
    read = min(counts.of(usage, "cached_tokens"), given)
    output = counts.of(parts, "output_tokens")
    return Tokens(uncached_input=given - read, cache_read=read, output=output), counts


def _ollama(usage: Usage, _provider: str | None) -> tuple[Tokens, Counts]:
    """Prefix reuse makes `prompt_eval_count` smaller than the prompt: no more is known."""
    counts = Counts()
    given = counts.of(usage, "prompt_eval_count")
    return Tokens(uncached_input=given, output=counts.of(usage, "eval_count")), counts


def _llamacpp(usage: Usage, _provider: str | None) -> tuple[Tokens, Counts]:
    """`tokens_evaluated` is the whole prompt; `tokens_cached` of it was there already.

    Some servers count what they generated as cached too: more cached than prompt; then `timings.prompt_n`,
    the tokens really processed, settles it, else all of the prompt counts as cached (4.2: floor 0).
    """
    counts = Counts()
    given = counts.of(usage, "tokens_evaluated")
    read = counts.of(usage, "tokens_cached")
    output = counts.of(usage, "tokens_predicted")
    if read > given:
        timings = _object(usage, "timings")
        processed = counts.of(timings, "prompt_n") if timings else 0
        read = max(0, given - processed)
    return Tokens(uncached_input=given - read, cache_read=read, output=output), counts


_READERS: dict[str, Callable[[Usage, str | None], tuple[Tokens, Counts]]] = {
    "chat": _chat,
    "responses": _responses,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "converse": _converse,
    "cohere": _cohere,
    "ollama": _ollama,
    "llamacpp": _llamacpp,
}

_TELLTALES = (
    ("prompt_tokens", "chat"),
    ("completion_tokens", "chat"),
    ("prompt_cache_miss_tokens", "chat"),
    ("promptTokenCount", "gemini"),
    ("prompt_token_count", "gemini"),
    ("candidatesTokenCount", "gemini"),
    ("candidates_token_count", "gemini"),
    ("totalTokenCount", "gemini"),
    ("total_token_count", "gemini"),
    ("inputTokens", "converse"),
    ("outputTokens", "converse"),
    ("inputTokenCount", "converse"),
    ("outputTokenCount", "converse"),
    ("billed_units", "cohere"),
    ("prompt_eval_count", "ollama"),
    ("eval_count", "ollama"),
    ("tokens_evaluated", "llamacpp"),
    ("tokens_predicted", "llamacpp"),
)
_EXCLUSIVE = ("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
_INCLUSIVE = ("input_tokens_details", "input_token_details", "output_token_details")


def flavour_of(usage: Usage, provider: str | None = None) -> str | None:
    """The family whose field names a usage object has; None if it has none."""
    for name, flavour in _TELLTALES:
        if name in usage:
            return flavour
    if "input_tokens" in usage or "output_tokens" in usage or "cache_creation" in usage:
        if any(name in usage for name in _INCLUSIVE):
            return "responses"
        if provider == "anthropic" or any(name in usage for name in _EXCLUSIVE):
            return "anthropic"
        return "responses"
    return "cohere" if type(usage.get("tokens")) is dict else None


def counts_of(usage: Any, flavour: str | None, provider: str | None) -> tuple[Tokens, list[str]] | None:
    """The disjoint counts of a usage object and reasons for remarks; None where it holds no counts."""
    if not isinstance(usage, Mapping):
        return None
    reader = _READERS.get(flavour or flavour_of(usage, provider) or "")
    if reader is None:
        return None
    tokens, counts = reader(usage, provider)
    if not counts.found and not counts.reasons:
        return None
    return tokens, counts.reasons
