"""Counts of usage objects: every family of 4.2 by hand, and equality with all extractors of genai_prices."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokmeter.histories._extract import call_key, clean, money_nano, usage_tokens, when, when_of_id
from tokmeter.histories._record import Tokens

DETAILS = {"cached_tokens": 600, "cache_write_tokens": 100}
# flavour and provider as given, usage, expected counts, expected reasons
TABLE = {
    "chat: cached and written tokens are in the prompt": (
        (None, None),
        {"prompt_tokens": 1000, "completion_tokens": 200, "prompt_tokens_details": DETAILS},
        Tokens(uncached_input=300, cache_read=600, creation_5m=100, output=200),
        [],
    ),
    "chat: reasoning is in the completion": (
        (None, None),
        {
            "prompt_tokens": 10,
            "completion_tokens": 200,
            "total_tokens": 210,
            "completion_tokens_details": {"reasoning_tokens": 150},
        },
        Tokens(uncached_input=10, output=200, reasoning=150),
        [],
    ),
    "chat: reasoning that the total holds beside the completion is added": (
        (None, None),
        {
            "prompt_tokens": 10,
            "completion_tokens": 50,
            "total_tokens": 210,
            "completion_tokens_details": {"reasoning_tokens": 150},
        },
        Tokens(uncached_input=10, output=200, reasoning=150),
        [],
    ),
    "chat: Google's total beyond prompt and completion is reasoning": (
        (None, "google"),
        {"prompt_tokens": 10, "completion_tokens": 50, "total_tokens": 100},
        Tokens(uncached_input=10, output=90, reasoning=40),
        [],
    ),
    "chat: another provider's unexplained total adds nothing": (
        (None, "openai"),
        {"prompt_tokens": 10, "completion_tokens": 50, "total_tokens": 100},
        Tokens(uncached_input=10, output=50),
        [],
    ),
    "chat: more cached than prompt proves an exclusive count": (
        (None, None),
        {"prompt_tokens": 100, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 600}},
        Tokens(uncached_input=100, cache_read=600, output=5),
        ["not-exclusive"],
    ),
    "chat: LiteLLM's lifetimes of cache writes": (
        (None, None),
        {
            "prompt_tokens": 1000,
            "completion_tokens": 5,
            "prompt_tokens_details": {
                "cached_tokens": 400,
                "cache_creation_tokens": 300,
                "cache_creation_token_details": {
                    "ephemeral_5m_input_tokens": 100,
                    "ephemeral_1h_input_tokens": 200,
                },
            },
        },
        Tokens(uncached_input=300, cache_read=400, creation_5m=100, creation_1h=200, output=5),
        [],
    ),
    "DeepSeek: hit and miss alone": (
        (None, None),
        {"prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36, "completion_tokens": 7},
        Tokens(uncached_input=36, cache_read=64, output=7),
        [],
    ),
    "DeepSeek: hit within the prompt": (
        (None, None),
        {
            "prompt_tokens": 100,
            "prompt_cache_hit_tokens": 64,
            "prompt_cache_miss_tokens": 36,
            "completion_tokens": 7,
        },
        Tokens(uncached_input=36, cache_read=64, output=7),
        [],
    ),
    "xAI native: reasoning beside the completion": (
        (None, "x-ai"),
        {
            "prompt_tokens": 100,
            "cached_prompt_text_tokens": 40,
            "completion_tokens": 7,
            "reasoning_tokens": 30,
        },
        Tokens(uncached_input=60, cache_read=40, output=37, reasoning=30),
        [],
    ),
    "Perplexity: citations and reasoning are output": (
        (None, "perplexity"),
        {
            "prompt_tokens": 7,
            "completion_tokens": 30,
            "total_tokens": 37,
            "citation_tokens": 200,
            "reasoning_tokens": 900,
            "num_search_queries": 3,
        },
        Tokens(uncached_input=7, output=1130, reasoning=900, web_searches=3),
        [],
    ),
    "responses: cached and written tokens are in the input": (
        (None, None),
        {
            "input_tokens": 1000,
            "input_tokens_details": DETAILS,
            "output_tokens": 200,
            "output_tokens_details": {"reasoning_tokens": 150},
        },
        Tokens(uncached_input=300, cache_read=600, creation_5m=100, output=200, reasoning=150),
        [],
    ),
    "realtime: the details are spelt in the singular": (
        (None, None),
        {
            "input_tokens": 100,
            "input_token_details": {"cached_tokens": 64, "audio_tokens": 10},
            "output_tokens": 20,
            "output_token_details": {"audio_tokens": 20},
        },
        Tokens(uncached_input=36, cache_read=64, output=20),
        [],
    ),
    "Anthropic: writes by lifetime, the rest to five minutes": (
        (None, None),
        {
            "input_tokens": 12,
            "cache_creation_input_tokens": 2000,
            "cache_read_input_tokens": 30000,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 1500},
            "output_tokens": 400,
            "output_tokens_details": {"thinking_tokens": 99},
            "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
        },
        Tokens(
            uncached_input=12,
            cache_read=30000,
            creation_5m=500,
            creation_1h=1500,
            output=400,
            reasoning=99,
            web_searches=2,
        ),
        [],
    ),
    "Anthropic: writes of unknown lifetime": (
        ("anthropic", None),
        {"input_tokens": 1, "cache_creation_input_tokens": 20, "output_tokens": 3},
        Tokens(uncached_input=1, creation_5m=20, output=3),
        [],
    ),
    "Gemini: thoughts and tool prompts are added": (
        (None, None),
        {
            "promptTokenCount": 1000,
            "toolUsePromptTokenCount": 50,
            "cachedContentTokenCount": 400,
            "candidatesTokenCount": 100,
            "thoughtsTokenCount": 300,
        },
        Tokens(uncached_input=650, cache_read=400, output=400, reasoning=300),
        [],
    ),
    "Gemini of the Python SDK": (
        (None, None),
        {"prompt_token_count": 10, "cached_content_token_count": None, "candidates_token_count": 5},
        Tokens(uncached_input=10, output=5),
        [],
    ),
    "Converse: writes by lifetime": (
        (None, None),
        {
            "inputTokens": 10,
            "outputTokens": 5,
            "cacheReadInputTokens": 90,
            "cacheWriteInputTokens": 30,
            "cacheDetails": [{"ttl": "5m", "inputTokens": 10}, {"ttl": "1h", "inputTokens": 20}],
        },
        Tokens(uncached_input=10, cache_read=90, creation_5m=10, creation_1h=20, output=5),
        [],
    ),
    "Cohere: what is billed wins": (
        (None, None),
        {
            "billed_units": {"input_tokens": 10, "output_tokens": 5},
            "tokens": {"input_tokens": 80, "output_tokens": 6},
        },
        Tokens(uncached_input=10, output=5),
        [],
    ),
    "Cohere: counted tokens alone": (
        (None, None),
        {"tokens": {"input_tokens": 80, "output_tokens": 6}, "cached_tokens": 16},
        Tokens(uncached_input=64, cache_read=16, output=6),
        [],
    ),
    "Ollama": (
        ("ollama", None),
        {"prompt_eval_count": 26, "eval_count": 298},
        Tokens(uncached_input=26, output=298),
        [],
    ),
    "llama.cpp": (
        (None, None),
        {"tokens_evaluated": 100, "tokens_cached": 40, "tokens_predicted": 9},
        Tokens(uncached_input=60, cache_read=40, output=9),
        [],
    ),
    "llama.cpp: more cached than prompt, so what was processed counts": (
        (None, None),
        {"tokens_evaluated": 100, "tokens_cached": 109, "tokens_predicted": 9, "timings": {"prompt_n": 70}},
        Tokens(uncached_input=70, cache_read=30, output=9),
        [],
    ),
    "texts of numbers count, negative ones do not": (
        (None, None),
        {"prompt_tokens": "1000", "completion_tokens": -5},
        Tokens(uncached_input=1000),
        ["count-invalid completion_tokens"],
    ),
    "fractions, booleans, NaN and lists are no counts": (
        (None, None),
        {
            "prompt_tokens": 1.5,
            "completion_tokens": True,
            "prompt_tokens_details": {"cached_tokens": math.nan, "cache_write_tokens": [1]},
        },
        Tokens(),
        [
            "count-invalid prompt_tokens",
            "count-invalid completion_tokens",
            "count-invalid cached_tokens",
            "count-invalid cache_write_tokens",
        ],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_usage_object_gives_these_disjoint_counts(name: str) -> None:
    (flavour, provider), usage, tokens, reasons = TABLE[name]

    actual = usage_tokens(usage, flavour, provider)

    assert (tokens, reasons) == actual


@pytest.mark.parametrize(
    "usage", [{}, {"pages": 3}, {"prompt_tokens": None}, {"input_tokens": None, "output_tokens": None}]
)
def test_a_usage_without_counts_is_none(usage: dict[str, Any]) -> None:
    assert usage_tokens(usage) is None


# ---- genai_prices -------------------------------------------------------------------------------------------

OTHER_UNITS = {
    "input_document_pages",
    "input_annotated_document_pages",
    "audio_seconds",
    "input_text_messages",
}


def extractors() -> list[tuple[str, str]]:
    """Every provider and flavour that counts tokens."""
    from genai_prices.data_snapshot import get_snapshot

    return [
        (provider.id, extractor.api_flavor)
        for provider in get_snapshot().providers
        for extractor in provider.extractors or []
        if {mapping.dest for mapping in extractor.mappings} - OTHER_UNITS
    ]


def extractor_of(provider_id: str, flavour: str) -> Any:
    from genai_prices.data_snapshot import get_snapshot

    provider = next(p for p in get_snapshot().providers if p.id == provider_id)
    return next(e for e in provider.extractors or [] if e.api_flavor == flavour)


def put(usage: dict[str, Any], path: Any, value: int) -> None:
    """Write a value where an extractor's path reads it."""
    steps = [path] if isinstance(path, str) else list(path)
    for here, following in zip(steps, [*steps[1:], None], strict=True):
        if not isinstance(here, str):  # the entry of a list with this field, e.g. ttl = 5m
            continue
        if following is None:
            usage[here] = value
        elif isinstance(following, str):
            usage = usage.setdefault(here, {})
        else:
            entries = usage.setdefault(here, [])
            wanted = following.match.equals
            entry = next((e for e in entries if e[following.field] == wanted), None)
            if entry is None:
                entry = {following.field: wanted}
                entries.append(entry)
            usage = entry


def example(extractor: Any, numbers: dict[str, int]) -> dict[str, Any]:  # noqa: C901 - one line a count
    """A usage object with every field this extractor reads: caches within the input, writes by lifetime in sum."""
    usage: dict[str, Any] = {}
    paths = {str(mapping.path): mapping for mapping in extractor.mappings}
    dests: dict[str, set[str]] = {}
    for mapping in extractor.mappings:
        dests.setdefault(str(mapping.path), set()).add(mapping.dest)
    for name, mapping in paths.items():
        dest = dests[name]
        value = 1
        if "cache_write_5m_tokens" in dest:
            value = numbers["five"]
        elif "cache_write_1h_tokens" in dest:
            value = numbers["hour"]
        elif "cache_write_tokens" in dest:
            value = numbers["five"] + numbers["hour"]
        elif "cache_read_tokens" in dest:
            value = numbers["read"]
        elif "output_reasoning_tokens" in dest:
            value = numbers["reasoning"]
        elif "output_citation_tokens" in dest:
            value = numbers["citations"]
        elif "web_searches" in dest:
            value = numbers["searches"]
        elif "input_tokens" in dest:
            value = 3000 + numbers["given"]
        elif "output_tokens" in dest:
            value = 1000 + numbers["output"]
        put(usage, mapping.path, value)
    return usage


@pytest.mark.parametrize("pair", extractors(), ids="/".join)
@settings(max_examples=25, deadline=None)
@given(
    st.fixed_dictionaries(
        dict.fromkeys(
            ("five", "hour", "read", "reasoning", "citations", "searches", "given", "output"),
            st.integers(0, 900),
        )
    )
)
def test_our_tables_give_what_genai_prices_extracts(pair: tuple[str, str], numbers: dict[str, int]) -> None:
    provider, flavour = pair
    extractor = extractor_of(provider, flavour)
    usage = example(extractor, numbers)
    data: Any = usage
    root = [extractor.root] if isinstance(extractor.root, str) else extractor.root
    for step in reversed(root):
        data = {step: data}
    outer = {root[-1]: usage} if root[-1] == "billed_units" else usage

    _, theirs = extractor.extract(data)
    ours = usage_tokens(outer, None, provider)

    assert ours is not None
    tokens, reasons = ours
    assert reasons == []
    assert (theirs.input_tokens or 0) == tokens.input
    assert (theirs.output_tokens or 0) == tokens.output
    assert (theirs.cache_read_tokens or 0) == tokens.cache_read
    written = theirs.cache_write_tokens
    parts = (theirs.cache_write_5m_tokens or 0) + (theirs.cache_write_1h_tokens or 0)
    assert (parts if written is None else written) == tokens.creation_5m + tokens.creation_1h
    assert (theirs.cache_write_1h_tokens or 0) == tokens.creation_1h
    assert (theirs.output_reasoning_tokens or 0) == tokens.reasoning
    assert (theirs.web_searches or 0) == tokens.web_searches


# ---- keys, names, money, times ------------------------------------------------------------------------------


def test_a_long_response_id_is_the_key() -> None:
    assert (
        call_key("msg_01SampleAAAAAAAAAAAAAAAA", gateway="litellm:1") == "resp:msg_01SampleAAAAAAAAAAAAAAAA"
    )


def test_a_short_response_id_is_no_key_but_the_gateways_id_is() -> None:
    assert call_key("chatcmpl-417", gateway="litellm:1") == "litellm:1"


def test_without_an_id_time_model_counts_and_text_are_the_key() -> None:
    tokens = Tokens(uncached_input=1, output=2)
    one = call_key("chatcmpl-417", ts=5, model="m", tokens=tokens, text="a" * 300)

    assert one == call_key(None, ts=5, model="m", tokens=tokens, text="a" * 200)
    assert one.startswith("h:")
    others = {
        call_key(None, ts=6, model="m", tokens=tokens, text="a" * 200),
        call_key(None, ts=5, model="n", tokens=tokens, text="a" * 200),
        call_key(None, ts=5, model="m", tokens=Tokens(uncached_input=2, output=2), text="a" * 200),
        call_key(None, ts=5, model="m", tokens=tokens, text="b"),
    }
    assert len(others - {one}) == 4


@pytest.mark.parametrize(
    ("value", "nano"),
    [
        (0.0123, 12_300_000),
        (0.1 + 0.2, 300_000_000),
        ("0.025911", 25_911_000),
        ("$1.50", 1_500_000_000),
        (3, 3_000_000_000),
        (-0.001, -1_000_000),
        (1e-10, 0),
        (True, None),
        (None, None),
        (math.nan, None),
        (math.inf, None),
        ("12,5", None),
        pytest.param(10**5000, None, id="an integer of 5001 digits"),
        ("1e999999", None),
        ([1], None),
    ],
)
def test_money_is_read_without_the_errors_of_binary_fractions(value: object, nano: int | None) -> None:
    assert nano == money_nano(value)


def test_a_name_loses_control_characters_and_what_is_beyond_256_characters() -> None:
    assert clean(" a\x1b[31m\nb\u202e ") == "a[31mb"
    assert clean("x" * 300) == "x" * 256
    assert [None, None, None] == [clean(value) for value in ("", 5, "\n\t")]


MS = 1_770_112_800_000  # 2026-02-03T10:00:00Z


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        ("2026-02-03T10:00:00Z", MS),
        ("2026-02-03T12:00:00+02:00", MS),
        ("2026-02-03 10:00:00", MS),
        ("2026-02-03T10:00:00.123456789Z", MS + 123),
        ("Tue, 03 Feb 2026 10:00:00 GMT", MS),
        (1_770_112_800, MS),
        (1_770_112_800.25, MS + 250),
        ("1770112800", MS),
        (1_770_112_800_000, MS),
        (1_770_112_800_000_000, MS),
        (1_770_112_800_000_000_000, MS),
        (0, None),
        (True, None),
        (10**30, None),
        (math.nan, None),
        ("yesterday", None),
        ("9" * 400, None),
        ([], None),
    ],
)
def test_an_instant_is_read_in_whatever_unit_it_was_logged(value: object, ms: int | None) -> None:
    assert ms == when(value)


def test_ids_of_openrouter_and_ulids_tell_their_time() -> None:
    assert when_of_id("gen-1770112800-SampleEEEEEEEEEEEEEE") == MS
    # 01KGHNMZM0 in base 32: 1*32^8 + 19*32^7 + 16*32^6 + 17*32^5 + 21*32^4 + 20*32^3 + 31*32^2 + 20*32 + 0
    digits = (0, 1, 19, 16, 17, 21, 20, 31, 20, 0)
    ms = sum(digit * 32 ** (9 - place) for place, digit in enumerate(digits))
    assert when_of_id("01KGHNMZM0" + "0" * 16) == ms
    assert when_of_id("chatcmpl-SampleBBBBBBBBBBBBBB") is None
