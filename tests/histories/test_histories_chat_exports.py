"""Data exports of ChatGPT and Claude.ai: every reply, on whichever branch"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

from histories.gateway_rows import MTIME, calls, format_of, read, reasons
from tokmeter.histories import chat_exports
from tokmeter.histories._detect import read_history
from tokmeter.histories._record import Call
from tokmeter.histories._texts import Texts

CHATGPT = format_of(chat_exports.FORMATS, "chatgpt-export")
CLAUDE = format_of(chat_exports.FORMATS, "claude-export")

TEN = 1_770_112_800_000
"""2026-02-03T10:00:00Z"""

S12 = json.loads(
    '[{"conversation_id":"c1","title":"t","create_time":1770112800.0,"current_node":"n3","mapping":{"n1":{"id":"n1",'
    '"parent":null,"children":["n2"],"message":null},"n2":{"id":"n2","parent":"n1","children":["n3"],"message":'
    '{"id":"m2","author":{"role":"user"},"create_time":1770112800.5,"content":{"content_type":"text","parts":'
    '["Hello there"]},"metadata":{}}},"n3":{"id":"n3","parent":"n2","children":[],"message":{"id":"m3","author":'
    '{"role":"assistant"},"create_time":1770112802.0,"content":{"content_type":"text","parts":["Hi! How can I help?"]},'
    '"metadata":{"model_slug":"gpt-4o"}}}}}]'
)


def node(name: str, parent: str | None, text: Any = "words", **message: Any) -> dict[str, Any]:
    content = text if isinstance(text, dict) else {"content_type": "text", "parts": [text]}
    whole = {"id": f"m-{name}", "author": {"role": "assistant"}, "content": content, "metadata": {}} | message
    return {"id": name, "parent": parent, "children": [], "message": whole}


def conversation(*nodes: dict[str, Any], **fields: Any) -> dict[str, Any]:
    given = {
        "conversation_id": "c1",
        "create_time": TEN / 1000,
        "current_node": "a",
        "default_model_slug": "gpt-5",
    }
    return {**given, "mapping": {one["id"]: one for one in nodes}, **fields}


def chat(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "uuid": "c-1",
        "name": "t",
        "created_at": "2026-02-03T10:00:00Z",
        "chat_messages": list(messages),
        **fields,
    }


def reply(**fields: Any) -> dict[str, Any]:
    return {
        "uuid": "m-2",
        "sender": "assistant",
        "text": "Hello",
        "created_at": "2026-02-03T10:00:01Z",
        **fields,
    }


def test_sample_s12_gives_its_row_to_be_tokenized() -> None:
    """Both texts are there; how many tokens they are is tested where they are counted."""
    expected = Call(
        key="chatgpt:c1/m3",
        ts=TEN + 2_000,
        format="chatgpt-export",
        evidence="transcript",
        model="gpt-4o",
        provider="chatgpt",
        conversation="c1",
        needs_text=True,
        texts=Texts(given=("Hello there",), written=("Hi! How can I help?",), is_partial=True),
        line=1,
    )

    assert CHATGPT.claims(S12[0])
    assert [expected] == read(CHATGPT, *S12)


def test_every_branch_was_generated() -> None:
    """`c` is not on the way to the current node."""
    found = read(CHATGPT, conversation(node("a", None), node("b", "a"), node("c", "a"), current_node="b"))

    assert ["m-a", "m-b", "m-c"] == [call.key.rpartition("/")[2] for call in calls(found)]


@pytest.mark.parametrize(
    ("content", "counts"),
    [
        ({"content_type": "text", "parts": [""]}, False),
        ({"content_type": "text", "parts": ["", "x"]}, True),
        ({"content_type": "multimodal_text", "parts": [{"asset_pointer": "file"}]}, False),
        ({"content_type": "multimodal_text", "parts": [{"asset_pointer": "file"}, "x"]}, True),
        ({"content_type": "code", "text": "print()"}, True),
        ({"content_type": "execution_output", "text": ""}, False),
        ({"content_type": "thoughts", "thoughts": [{"content": "hm"}]}, True),
        ({"content_type": "thoughts", "thoughts": []}, False),
        ({"content_type": "reasoning_recap", "content": "Thought for 5s"}, False),
        ({"content_type": "user_editable_context", "parts": ["x"]}, False),
        ({"content_type": "model_editable_context", "parts": ["x"]}, False),
    ],
)
def test_a_reply_has_text_by_the_rules_of_its_content_type(content: dict[str, Any], counts: bool) -> None:
    assert counts == bool(calls(read(CHATGPT, conversation(node("a", None, content)))))


@pytest.mark.parametrize("role", ["user", "system", "tool", None])
def test_only_the_assistant_replies(role: str | None) -> None:
    assert [] == read(CHATGPT, conversation(node("a", None, author={"role": role})))


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((1770112805.25, None), TEN + 5_250),
        ((None, 1770112801.0), TEN + 1_000),
        ((None, None), TEN),
    ],
    ids=["its own", "its parent's", "the conversation's"],
)
def test_the_time_of_a_reply(times: tuple[Any, Any], expected: int) -> None:
    own, above = times
    nodes = (node("p", None, create_time=above, author={"role": "user"}), node("a", "p", create_time=own))
    [call] = calls(read(CHATGPT, conversation(*nodes)))

    assert (expected, "exact") == (call.ts, call.ts_quality)


def test_without_any_time_the_files_own_is_taken_and_a_circle_of_parents_ends() -> None:
    found = read(CHATGPT, conversation(node("a", "b"), node("b", "a"), create_time=None))

    assert [(MTIME, "file")] * 2 == [(call.ts, call.ts_quality) for call in calls(found)]
    assert ["no-time"] * 2 == reasons(found)


def test_the_model_of_a_reply_else_of_the_conversation() -> None:
    found = read(
        CHATGPT, conversation(node("a", None, metadata={"model_slug": "o3"}), node("b", "a"), node("c", "a")),
        conversation(node("d", None), default_model_slug=None),
    )  # fmt: skip

    assert ["o3", "gpt-5", "gpt-5", "unknown"] == [call.model for call in calls(found)]


def test_a_reply_of_claude() -> None:
    expected = Call(
        key="claude-ai:m-2",
        ts=TEN + 1_000,
        format="claude-export",
        evidence="transcript",
        model="claude (unknown)",
        provider="claude.ai",
        conversation="c-1",
        project="p-1",
        needs_text=True,
        texts=Texts(given=("Hi",), written=("Hello",), is_partial=True),
        line=1,
    )
    given = chat({"uuid": "m-1", "sender": "human", "text": "Hi"}, reply(), project_uuid="p-1")

    assert CLAUDE.claims(given)
    assert [expected] == read(CLAUDE, given)


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"text": "", "content": [{"type": "text", "text": "x"}]}, True),
        ({"text": "", "content": [{"type": "thinking", "thinking": "hm"}]}, True),
        ({"text": "", "content": [{"type": "tool_use", "input": {"q": 1}}]}, True),
        ({"text": "", "content": []}, False),
        ({"text": "x", "content": []}, True),
    ],
)
def test_a_reply_of_claude_has_text_in_its_parts_or_as_a_whole(fields: dict[str, Any], counts: bool) -> None:
    assert counts == bool(calls(read(CLAUDE, chat(reply(**fields)))))


def test_the_time_of_a_reply_of_claude_may_stand_in_its_parts() -> None:
    content = [{"type": "text", "text": "x", "start_timestamp": "2026-02-03T10:00:07Z"}]
    [call] = calls(read(CLAUDE, chat(reply(created_at=None, content=content))))

    assert TEN + 7_000 == call.ts


def test_the_model_of_claude_where_the_conversation_names_it() -> None:
    [call] = calls(read(CLAUDE, chat(reply(), model="claude-sonnet-4-5")))

    assert "claude-sonnet-4-5" == call.model


def test_an_archive_is_read_as_it_was_downloaded() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("conversations.json", json.dumps(S12))
        archive.writestr("user.json", json.dumps({"id": "u", "email": "a@example.org"}))
        archive.writestr("chat.html", "<html>")
    target.seek(0)
    found = list(read_history(target, name="export.zip"))

    assert ["chatgpt:c1/m3"] == [item.key for _, item in found if isinstance(item, Call)]


def test_no_word_of_a_conversation_gets_into_a_call() -> None:
    found = [*read(CHATGPT, *S12), *read(CLAUDE, chat(reply(text="a secret plan")))]

    assert "How can I help" not in repr(found)
    assert "secret" not in repr(found)
