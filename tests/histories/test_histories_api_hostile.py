"""Whatever stands in a record, nothing raises, no count is odd, and no text of anybody gets out."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_histories_api_object import SAMPLES, SHAPES
from test_histories_batch import S4_ANTHROPIC, S4_OPENAI
from test_histories_bedrock import LOG, flat
from test_histories_har import MESSAGE, SSE, cassette, entry, har
from test_histories_streams import STREAMS

from tokmeter.histories import api_object, batch, bedrock
from tokmeter.histories import har as har_module
from tokmeter.histories._extract import response_call, usage_tokens
from tokmeter.histories._format import Place
from tokmeter.histories._reasons import REASONS
from tokmeter.histories._record import Call, Item, Remark

FORMATS = (*api_object.FORMATS, *batch.FORMATS, *bedrock.FORMATS, *har_module.FORMATS)
PLACE = Place("x.jsonl", 1_780_000_000_000)
TEXT = "Zebra crossing\nat dawn"
RECORDS: list[Any] = [
    *(json.loads(text) for text in (*SAMPLES.values(), S4_OPENAI, S4_ANTHROPIC)),
    *(record for record, _ in SHAPES.values()),
    *(event for events, _ in STREAMS.values() for event in events),
    LOG,
    flat(LOG),
    cassette(),
    har(
        entry("https://api.anthropic.com/v1/messages", SSE),
        entry("https://api.anthropic.com/v1/messages", json.dumps(MESSAGE)),
    ),
]
deep: Any = "x"
for _ in range(40):
    deep = [{"response": deep}]
NASTY = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            False,
            -1,
            10**30,
            -(10**30),
            1.5,
            math.nan,
            math.inf,
            "",
            "9" * 5000,
            "-5",
            "\x00\x1b]0;",
            "{",
            "[1",
            "[" * 100_000,
            '{"a":' * 100_000,
            "data: {",
            "data: [1]\n\n",
            'data: {"a":1}',
            [],
            {},
            [[]],
            [None],
            [{}],
            deep,
            {"response": deep},
            "\ud800",
            TEXT,
            "2026-13-45T99:99:99Z",
            "arn:",
            "/",
            "gen-",
        ]
    ),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything in a record, eight levels deep."""
    if len(path) > 8:
        return []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for name, part in inner:
        found += places(part, (*path, name))
    return found


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A record in which up to four values were replaced."""
    record = copy.deepcopy(draw(st.sampled_from(RECORDS)))
    for _ in range(draw(st.integers(1, 4))):
        known = places(record)
        if not known:
            return record
        path = draw(st.sampled_from(known))
        inner = record
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = copy.deepcopy(draw(NASTY))
    return record


def check(item: Item) -> None:
    if isinstance(item, Remark):
        assert item.reason in REASONS
        assert TEXT not in item.detail
        return
    assert isinstance(item, Call)
    counts = msgspec.structs.astuple(item.tokens)
    assert all(type(count) is int and 0 <= count <= 4_000_000_000 for count in counts)
    assert item.tokens.reasoning <= item.tokens.output
    assert type(item.ts) is int
    assert 0 < item.ts < 4_102_444_800_000
    for value in msgspec.structs.astuple(item):
        if isinstance(value, str):
            assert len(value) < 1100
            assert value.isprintable()
    msgspec.json.encode(msgspec.structs.replace(item, model=item.model.encode("utf-8", "replace").decode()))


@settings(max_examples=3000, deadline=None)
@given(broken())
def test_no_record_raises(record: Any) -> None:
    for format_ in FORMATS:
        if isinstance(record, dict):
            format_.claims(record)
        reader = format_.reader(PLACE)
        items = [*reader.feed(record, 1)]
        state = reader.state()
        items += format_.reader(PLACE, state).feed(record, 2)
        for item in [*items, *reader.finish()]:
            check(item)


@settings(max_examples=300, deadline=None)
@given(broken())
def test_a_broken_record_read_without_its_texts_gives_the_same_or_is_left_alone(record: Any) -> None:
    try:
        line = msgspec.json.encode(record)
    except (ValueError, TypeError, OverflowError, UnicodeEncodeError, RecursionError):
        return
    reader = api_object.FORMATS[0].reader(PLACE)
    actual = reader.feed_line(line, 1)

    if actual is not None:
        assert [*reader.feed(msgspec.json.decode(line), 1)] == actual


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "prompt_tokens",
                "completion_tokens",
                "total_tokens",
                "input_tokens",
                "output_tokens",
                "usage",
                "tokens",
                "prompt_tokens_details",
                "cache_creation",
                "inputTokens",
                "cacheDetails",
                "promptTokenCount",
                "reasoning_tokens",
                "citation_tokens",
            ]
        ),
        NASTY,
    ),
    st.sampled_from(
        [None, "chat", "responses", "anthropic", "gemini", "converse", "cohere", "ollama", "llamacpp", "?"]
    ),
    st.sampled_from([None, "x-ai", "google", "perplexity", "anthropic"]),
)
def test_no_usage_raises(usage: dict[str, Any], flavour: str | None, provider: str | None) -> None:
    found = usage_tokens(usage, flavour, provider)
    if found is not None:
        for count in msgspec.structs.astuple(found[0]):
            assert type(count) is int
            assert count >= 0


@pytest.mark.parametrize("record", [{}, {"a": 1}, {"response": {}}, {"response": TEXT}])
def test_a_record_without_a_response_is_no_call(record: dict[str, Any]) -> None:
    assert response_call(record, PLACE, 1, format="x") is None


def planted(value: Any) -> Any:
    """The same record with a text in every place where people's words stand."""
    words = {
        "content",
        "text",
        "completion",
        "prompt",
        "arguments",
        "delta",
        "output_text",
        "system",
        "instructions",
    }
    if isinstance(value, dict):
        return {
            name: TEXT if name in words and isinstance(part, str) else planted(part)
            for name, part in value.items()
        } | (
            {"messages": [{"role": "user", "content": TEXT}]}
            if "usage" in value or "response" in value
            else {}
        )
    return [planted(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("number", range(len(RECORDS)))
def test_no_words_of_a_prompt_or_a_reply_get_into_a_row_or_a_state(number: int) -> None:
    record = planted(RECORDS[number])
    for format_ in FORMATS:
        reader = format_.reader(PLACE)
        seen = repr([*reader.feed(record, 1)]) + repr(reader.state()) + repr([*reader.finish()])
        assert "Zebra" not in seen
