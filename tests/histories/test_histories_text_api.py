"""API objects without counts: what is counted of requests, replies and streams of every provider."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from histories.gateway_rows import PLACE, calls, format_of, read, reasons
from histories.letters import counts, entries, texts_of
from tokmeter.core.usage import flag_names
from tokmeter.histories import api_object, har
from tokmeter.histories._record import Tokens

API = format_of(api_object.FORMATS, "api-object")
HAR = format_of(har.FORMATS, "har")
REF = "chatcmpl-0123456789abcdef"
IMAGE = "data:image/png;base64," + base64.b64encode(bytes(300)).decode()
BLOCK = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}


def chat(*, usage: Any = None, **message: Any) -> dict[str, Any]:
    return {
        "id": REF, "object": "chat.completion", "created": 1_770_112_800, "model": "gpt-4o",
        "choices": [{"index": 0, "message": {"role": "assistant", **message}}], "usage": usage,
    }  # fmt: skip


def wrapped(request: Any, response: Any) -> dict[str, Any]:
    return {"ts": "2026-02-03T10:00:00Z", "request": request, "response": response}


CALL = {"id": "c", "type": "function", "function": {"name": "find", "arguments": '{"q":"x"}'}}

PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[Any, ...]]] = {
    "chat": (
        {
            "model": "gpt-4o",
            "messages": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "name": "ana", "content": [{"type": "text", "text": "Hello"}]},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "c", "content": "found"},
            ],
            "tools": [{"type": "function", "function": {"name": "find"}}],
        },
        chat(content="Hi", reasoning_content="hm", tool_calls=[CALL]),
        (
            ("Be kind.", "Hello", "ana", "found", '[{"type":"function","function":{"name":"find"}}]', "find",
             '{"q":"x"}'),
            15, ("Hi",), ("hm",), [("find", '{"q":"x"}')],
        ),
    ),
    "responses": (
        {
            "model": "gpt-5", "instructions": "Be kind.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
                {"type": "function_call", "name": "find", "arguments": "{}"},
                {"type": "function_call_output", "output": "found"},
            ],
        },
        {
            "id": "resp_0123456789abcdef", "object": "response", "model": "gpt-5", "status": "completed",
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
                {"type": "function_call", "name": "find", "arguments": '{"q":1}'},
            ],
        },
        (("Be kind.", "Hello", "found", "find", "{}"), 0, ("Hi",), ("hm",), [("find", '{"q":1}')]),
    ),
    "responses, a text": (
        {"model": "gpt-5", "input": "Hello"},
        {
            "id": "resp_0123456789abcdef", "object": "response", "model": "gpt-5",
            "output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
        },
        (("Hello",), 0, ("Hi",), (), []),
    ),
    "Anthropic": (
        {
            "model": "claude-opus-4-8", "system": [{"type": "text", "text": "Be kind."}],
            "messages": [
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "not sent again"},
                    {"type": "tool_use", "name": "find", "input": {"q": "x"}},
                ]},
                {"role": "user", "content": [
                    {"type": "tool_result", "content": [{"type": "text", "text": "found"}]},
                ]},
            ],
        },
        {
            "id": "msg_01SampleAAAAAAAAAAAAAAAA", "type": "message", "role": "assistant",
            "model": "claude-opus-4-8",
            "content": [
                {"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hi"},
                {"type": "tool_use", "name": "find", "input": {"q": "x"}},
            ],
        },
        (("Be kind.", "Hello", "found", "find", '{"q":"x"}'), 0, ("Hi",), ("hm",), [("find", {"q": "x"})]),
    ),
    "an older completion": (
        {"model": "gpt-3.5-turbo-instruct", "prompt": "Hello"},
        {
            "id": "cmpl-0123456789abcdefghij", "object": "text_completion", "model": "gpt-3.5-turbo-instruct",
            "created": 1_770_112_800, "choices": [{"text": "Hi"}, {"text": "Ho"}],
            "usage": None,
        },
        (("Hello",), 0, ("Hi", "Ho"), (), []),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "response", "expected"), PAIRS.values(), ids=PAIRS)
def test_what_is_counted_of_a_request_and_its_reply(
    request_: dict[str, Any], response: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    [call] = calls(read(API, wrapped(request_, response)))

    assert expected == texts_of(call)
    assert not call.texts.is_partial


def test_a_chat_takes_3_tokens_for_each_message_and_3_for_the_reply() -> None:
    messages = [{"role": "user", "content": "12345"}, {"role": "assistant", "content": "67"}]
    found = read(API, wrapped({"model": "gpt-4o", "messages": messages}, chat(content="Hi!")))

    assert [(5 + 2 + 3 + 3 + 3, 3, 1)] == counts(found)


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": IMAGE}}],
        [{"type": "text", "text": "look"}, BLOCK],
        [{"type": "text", "text": "look"}, {"type": "input_audio", "input_audio": {"data": "aGVsbG8="}}],
        [{"type": "text", "text": "look"}, {"type": "text", "text": IMAGE}],
    ],
    ids=["address", "base64", "audio", "as text"],
)
def test_a_file_is_never_text_and_the_input_is_told_to_be_more(content: list[Any]) -> None:
    request = {"model": "gpt-4o", "messages": [{"role": "user", "content": content}]}
    [entry] = entries(read(API, wrapped(request, chat(content="Hi!"))))

    assert (4 + 3 + 3, 3) == (entry.uncached_input_tokens, entry.output_tokens)
    assert ["input_partial"] == flag_names(entry.flags)


@pytest.mark.parametrize(
    "record",
    [
        chat(content="Hi!"),
        wrapped({"model": "gpt-5", "input": "", "previous_response_id": "resp_1"}, chat(content="Hi!")),
    ],
    ids=["no request", "it goes on from another one"],
)
def test_input_that_is_not_in_the_record_is_flagged(record: dict[str, Any]) -> None:
    [entry] = entries(read(API, record))

    assert (0, 3, ["input_partial"]) == (
        entry.uncached_input_tokens, entry.output_tokens, flag_names(entry.flags),
    )  # fmt: skip


ASKED = {"model": "m", "messages": [{"role": "user", "content": "12345"}]}


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (chat(content="Hi!", usage={"prompt_tokens": 9}), (9, 3, 1)),
        (chat(content="Hi!", usage={"completion_tokens": 9}), (5 + 6, 9, 1)),
        (chat(content="Hi!", usage={"prompt_tokens": 9, "completion_tokens": 0}), (9, 0, 0)),
        (chat(content="Hi!", usage={"prompt_tokens": 0, "completion_tokens": 0}), (5 + 6, 3, 1)),
        (
            {"model": "llama3", "done": True, "message": {"content": "Hi!"}, "eval_count": 9,
             "prompt_eval_duration": 5, "total_duration": 10},
            (5, 9, 1),
        ),
        (
            {"modelVersion": "gemini-2.5-flash", "usageMetadata": {"promptTokenCount": 9},
             "candidates": [{"content": {"parts": [{"text": "Hi!"}]}}]},
            (9, 3, 1),
        ),
    ],
    ids=["no output", "no input", "no output, and told so", "nothing of both", "Ollama, prompt known", "Gemini"],
)  # fmt: skip
def test_of_a_usage_with_one_side_the_other_is_counted(
    response: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    """Ollama leaves out the input's count where it had the prompt in its cache."""
    assert [expected] == counts(read(API, wrapped(ASKED, response)))


def test_a_line_with_one_side_is_not_read_the_quick_way() -> None:
    one_sided = chat(content="Hi!", usage={"prompt_tokens": 9, "completion_tokens": 0})
    line = json.dumps(one_sided | {"id": "chatcmpl-another0123456789"}).encode()
    reader = API.reader(PLACE)

    assert reader.feed_line(line, 1) is None


@pytest.mark.parametrize("response", [{"error": {"message": "no", "type": "x", "param": None, "code": None}}])
def test_a_call_that_failed_has_nothing_to_count(response: dict[str, Any]) -> None:
    [call] = calls(read(API, wrapped(ASKED, response)))

    assert ("error", None) == (call.status, call.texts)


def chunk(delta: Any, *, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {
        "id": REF, "object": "chat.completion.chunk", "created": 1_770_112_800, "model": "gpt-4o",
        "choices": choices, **fields,
    }  # fmt: skip


TOOL = {"index": 0, "id": "c", "function": {"name": "find", "arguments": '{"q":'}}
REST = {"index": 0, "function": {"arguments": '"x"}'}}
CHUNKS = (
    chunk({"role": "assistant", "content": ""}),
    chunk({"reasoning_content": "h"}),
    chunk({"reasoning_content": "m"}),
    chunk({"content": "Hi"}),
    chunk({"content": "!"}),
    chunk({"tool_calls": [TOOL]}),
    chunk({"tool_calls": [REST]}),
    chunk({}, finish="stop"),
)


def test_a_stream_without_usage_is_counted_by_its_texts_put_together() -> None:
    [call] = calls(read(API, *CHUNKS))

    assert (None, 0, ("Hi!",), ("hm",), [("find", '{"q":"x"}')]) == texts_of(call)
    assert ("ok", True) == (call.status, call.texts.is_partial)


def test_a_stream_with_usage_is_not_counted() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    [call] = calls(read(API, *CHUNKS, chunk({}, usage=usage) | {"choices": []}))

    assert (Tokens(uncached_input=10, output=5), None) == (call.tokens, call.texts)


def test_two_streams_at_once_keep_their_texts() -> None:
    def of(one: dict[str, Any]) -> dict[str, Any]:
        return one | {"id": "chatcmpl-another0123456789"}

    mixed = [chunk({"content": "Hi"}), of(chunk({"content": "Servus"})), chunk({"content": "!"})]
    found = {call.key: texts_of(call)[2] for call in calls(read(API, *mixed))}

    assert {f"resp:{REF}": ("Hi!",), "resp:chatcmpl-another0123456789": ("Servus",)} == found


def test_a_stream_that_was_cut_is_counted_as_far_as_it_goes_and_stays_cut() -> None:
    [entry] = entries(read(API, *CHUNKS[:4]))

    assert (4, ["output_partial", "input_partial"]) == (entry.output_tokens, flag_names(entry.flags))


def test_a_stream_beside_its_request_has_both_sides() -> None:
    [entry] = entries(read(API, wrapped(ASKED, [*CHUNKS[3:5], CHUNKS[-1]])))

    assert (5 + 6, 3, 1, []) == (
        entry.uncached_input_tokens, entry.output_tokens, entry.count_basis, flag_names(entry.flags),
    )  # fmt: skip


def test_of_a_stream_in_two_readings_no_text_is_stored_and_nothing_counted_twice_over() -> None:
    """What was said before the second reading is not known to it, so it counts nothing."""
    first = API.reader(PLACE)
    before = [item for record in CHUNKS[:5] for item in first.feed(record, 1)]
    state = first.state()
    second = API.reader(PLACE, state)
    later = [item for record in CHUNKS[5:] for item in second.feed(record, 2)]
    [call] = calls([*later, *second.finish()])

    assert ([], False) == (before, b"Hi" in state)
    assert (True, None) == (call.needs_text, call.texts)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            (
                {"type": "response.created", "response": {"id": "resp_0123456789abcdef", "model": "gpt-5"}},
                {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"},
                {"type": "response.output_text.delta", "output_index": 0, "delta": "!"},
            ),
            (None, 0, ("Hi!",), (), []),
        ),
        (
            (
                {"type": "message_start", "message": {"id": "msg_01SampleAAAAAAAAAAAAAAAA", "model": "m"}},
                {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
                {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi!"}},
                {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "ls"}},
                {"type": "content_block_delta", "index": 1, "delta": {"partial_json": "{}"}},
                {"type": "message_stop"},
            ),
            (None, 0, ("Hi!",), (), [("ls", "{}")]),
        ),
    ],
    ids=["responses", "Anthropic"],
)  # fmt: skip
def test_streams_of_other_apis(events: tuple[dict[str, Any], ...], expected: tuple[Any, ...]) -> None:
    [call] = calls(read(API, *events))

    assert expected == texts_of(call)


def test_a_capture_whose_address_names_the_model_has_its_request() -> None:
    entry = {
        "startedDateTime": "2026-02-03T10:00:00Z",
        "request": {
            "method": "POST", "url": "https://bedrock-runtime.us-east-1.amazonaws.com/model/claude-x/invoke",
            "postData": {"text": json.dumps({"messages": [{"role": "user", "content": "12345"}]})},
        },
        "response": {
            "status": 200,
            "content": {"text": json.dumps({
                "id": "msg_01SampleAAAAAAAAAAAAAAAA", "type": "message", "role": "assistant", "model": "claude-x",
                "content": [{"type": "text", "text": "Hi!"}],
            })},
        },
    }  # fmt: skip
    found = read(HAR, {"log": {"version": "1.2", "entries": [entry]}})

    assert [(5, 3, 1)] == counts(found)


HOSTILE = [
    None, 7, "x", [], {}, [None], [[]], [{"role": 3, "content": 4}], {"a": [{}]}, [{"content": [{"type": []}]}],
    [{"tool_calls": [{"function": {"name": 5, "arguments": 6}}, 7]}], [{"content": [{"type": "tool_result",
    "content": [[[[[[[[{"text": "deep"}]]]]]]]]}]}], "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["messages", "input", "contents", "system", "tools", "prompt"])
def test_nothing_in_a_request_can_break_the_reading(field: str, value: Any) -> None:
    request = {"model": "gpt-4o", "messages": [{"role": "user", "content": "a"}], field: value}
    found = counts(read(API, wrapped(request, chat(content="Hi!"))))

    assert [3] == [output for _, output, _ in found]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["content", "tool_calls", "function_call", "reasoning_content", "refusal"])
def test_nothing_in_a_reply_can_break_the_reading(field: str, value: Any) -> None:
    found = read(API, chat(**{"content": "Hi!", field: value}))

    assert 1 >= len(entries(found))
    assert set(reasons(found)) <= {"no-usage", "unknown-record"}
