"""Chat exports: the tokens of every reply, and of what was written to it since the reply before."""

from __future__ import annotations

from typing import Any

import pytest

from histories.gateway_rows import calls, read
from histories.letters import counts, entries, texts_of
from histories.test_histories_chat_exports import CHATGPT, CLAUDE, S12, chat, conversation, node, reply
from tokmeter.core.usage import flag_names
from tokmeter.histories._books import Books


def asked(name: str, parent: str | None, text: Any, role: str = "user") -> dict[str, Any]:
    return node(name, parent, text, author={"role": role})


def test_sample_s12_counts_2_and_7_tokens() -> None:
    """o200k_base: "Hello", " there"; "Hi", "!", " How", " can", " I", " help", "?"."""
    books = Books("history", "/x")
    for item in read(CHATGPT, *S12):
        books.add(item)
    [entry] = books.parsed.entries

    assert (2, 7, 1) == (entry.uncached_input_tokens, entry.output_tokens, entry.count_basis)
    assert ("chatgpt:c1/m3", "gpt-4o", None) == (entry.key, entry.sku.model, entry.reported_cost_nanousd)
    assert ["input_partial"] == flag_names(entry.flags)


def test_the_input_of_a_reply_is_what_came_since_the_reply_before_on_its_branch() -> None:
    """a asks, r1 calls a tool, t answers, r2 replies; r3 was generated instead of r1."""
    found = read(CHATGPT, conversation(
        asked("a", None, "12345"), node("r1", "a", {"content_type": "code", "text": "run"}),
        asked("t", "r1", {"content_type": "execution_output", "text": "out put"}, "tool"),
        node("r2", "t", "done!"), node("r3", "a", "No"),
        asked("b", "r2", "123"), asked("c", "b", "4567"), node("r4", "c", "ok"),
    ))  # fmt: skip

    assert [(5, 3, 1), (7, 5, 1), (5, 2, 1), (7, 2, 1)] == counts(found)


def test_what_is_no_reply_ends_no_input() -> None:
    """A recap of reasoning is a title; hidden settings and system texts are nobody's words."""
    found = read(CHATGPT, conversation(
        asked("s", None, "system", "system"), asked("e", "s", {"content_type": "user_editable_context"}),
        asked("a", "e", "12345"), node("p", "a", {"content_type": "reasoning_recap", "content": "Thought"}),
        node("r", "p", "ok"),
    ))  # fmt: skip

    assert [(5, 2, 1)] == counts(found)


def test_thoughts_are_output_and_reasoning() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"content": "hm"}, {"content": "so"}]}
    found = read(
        CHATGPT, conversation(asked("a", None, "123"), node("t", "a", thoughts), node("r", "t", "ok"))
    )
    thought, said = entries(found)

    assert (3, 4, 4) == (
        thought.uncached_input_tokens, thought.output_tokens, thought.reasoning_output_tokens,
    )  # fmt: skip
    assert (0, 2, 0) == (said.uncached_input_tokens, said.output_tokens, said.reasoning_output_tokens)


def test_of_parts_only_text_is_counted() -> None:
    image = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x", "size_bytes": 9}
    mixed = {"content_type": "multimodal_text", "parts": [image, "abc", None, "de"]}

    assert [(5, 5, 1)] == counts(read(CHATGPT, conversation(asked("a", None, mixed), node("r", "a", mixed))))


@pytest.mark.parametrize(
    "nodes",
    [
        (node("a", "b"), node("b", "a")),
        (node("a", "a"),),
        (node("a", 7), {"id": "b", "message": {"author": []}}),
        (node("a", "x"), {"id": "x", "parent": "y", "message": 3}),
    ],
    ids=["a circle", "its own parent", "no name", "no message"],
)
def test_a_broken_tree_ends(nodes: tuple[dict[str, Any], ...]) -> None:
    assert all(output == 5 for _, output, _ in counts(read(CHATGPT, conversation(*nodes))))


def human(name: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"uuid": name, "sender": "human", "text": text, **fields}


def test_a_conversation_of_claude_is_counted_in_order() -> None:
    found = read(CLAUDE, chat(
        human("h1", "12345"), reply(uuid="r1", text="Hello"), human("h2", "123"), human("h3", "45"),
        reply(uuid="r2", text="ok"),
    ))  # fmt: skip

    assert [(5, 5, 1), (5, 2, 1)] == counts(found)


def test_a_conversation_of_claude_with_branches_is_counted_by_them() -> None:
    """r2 was generated anew for the same words; h2 goes on from r1."""
    found = read(CLAUDE, chat(
        human("h1", "12345", parent_message_uuid="00000000"), reply(uuid="r1", parent_message_uuid="h1"),
        reply(uuid="r2", text="No", parent_message_uuid="h1"), human("h2", "123", parent_message_uuid="r1"),
        reply(uuid="r3", text="ok", parent_message_uuid="h2"),
    ))  # fmt: skip

    assert [(5, 5, 1), (5, 2, 1), (3, 2, 1)] == counts(found)


def test_the_parts_of_a_reply_of_claude_each_go_where_they_belong() -> None:
    """The text beside the parts repeats them. A tool's answer was input again."""
    content = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "tool_use", "name": "find", "input": {"q": "x"}},
        {"type": "tool_result", "content": [{"type": "text", "text": "found"}]},
        {"type": "text", "text": "Here"},
    ]
    [call] = calls(read(CLAUDE, chat(human("h", "12"), reply(text="find Here", content=content))))

    assert (("12", "found"), 0, ("Here",), ("hm",), [("find", {"q": "x"})]) == texts_of(call)


def test_words_that_were_attached_are_input() -> None:
    one = human("h", "look", attachments=[{"file_name": "a.txt", "extracted_content": "12345"}, {}, None])
    two = human("h", "", content=[{"type": "text", "text": "look"}, {"type": "image"}])

    assert [(10, 5, 1)] == counts(read(CLAUDE, chat(one, reply())))  # "look", a line's end, "12345"
    assert [(4, 5, 1)] == counts(read(CLAUDE, chat(two, reply())))


def test_a_claude_export_without_a_model_is_counted_by_a_guess_and_says_so() -> None:
    books = Books("history", "/x")
    for item in read(CLAUDE, chat(human("h", "What is the time?"), reply(text="It is noon in Paris."))):
        books.add(item)
    [entry] = books.parsed.entries

    assert "claude (unknown)" == entry.sku.model_raw
    assert entry.count_basis in (2, 3)
    assert entry.uncached_input_tokens > 0
    assert entry.output_tokens > 0
