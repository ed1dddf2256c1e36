"""What a response of Claude costs: the text that it was written as."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tokmeter.tokenization._ctok import frameless_count, is_installed
from tokmeter.tokenization.claude_output import possible_tokens, render_calls, visible_tokens

needs_ctok = pytest.mark.skipif(not is_installed(), reason="ctok is not installed")


class Call(NamedTuple):
    name: str
    arguments: object


LS = Call("Bash", {"command": "ls", "timeout": 5})
EDIT = Call("Edit", {"replace_all": False, "file_path": "/a", "old_string": "é\n", "new_string": ""})


@pytest.mark.parametrize(
    ("calls", "markup", "parameters"),
    [
        ([], "", 0),
        (
            [LS],
            '\n<invoke name="Bash">\n<parameter name="command">ls</parameter>\n<parameter name="timeout">5</parameter>\n</invoke>',
            2,
        ),
        (
            [Call("A", {}), Call("mcp__b__c", {"x": {"y": [1, True, None, "é"]}})],
            '\n<invoke name="A">\n</invoke>\n<invoke name="mcp__b__c">\n<parameter name="x">{"y": [1, true, null, "é"]}</parameter>\n</invoke>',
            1,
        ),
        ([Call("A", None)], '\n<invoke name="A">\n</invoke>', 0),
        ([Call("A", "raw")], '\n<invoke name="A">\n<parameter name="">raw</parameter>\n</invoke>', 1),
    ],
    ids=["none", "text and number", "nested", "null", "no object"],
)
def test_calls_are_written_as_markup(calls: list[Call], markup: str, parameters: int) -> None:
    assert (markup, parameters) == render_calls(calls)


# Family → what a response adds to its text, to its text and calls (the first call, and one without parameters):
# modes of logged minus counted over public logs, found before the markup was known that explains them.
CONSTANTS = {"v3": (3, 22), "v4.7": (4, 25), "v4.8": (2, 9)}


@needs_ctok
@pytest.mark.parametrize("family", CONSTANTS)
@pytest.mark.parametrize(
    "texts", [[], ["Looking."], ["Now the ", "tests: `make`."]], ids=["none", "one", "two"]
)
@pytest.mark.parametrize("calls", [[LS], [LS, EDIT], [EDIT, LS, Call("A", {})]], ids=["one", "two", "three"])
def test_a_response_with_calls_costs_what_logs_showed(
    family: str, texts: list[str], calls: list[Call]
) -> None:
    markup, parameters = render_calls(calls)
    text = "".join(texts)
    counted = frameless_count(text, family) + frameless_count(markup, family)
    if family == "v3":
        counted -= 1  # the markup opens with a line end, which leaves the boundary of a frame over
    added = CONSTANTS[family][1] + 6 * parameters + 6 * (len(calls) - 1) + bool(text)

    assert counted + added == pytest.approx(
        visible_tokens(texts, calls, family), abs=1 if family == "v3" else 0
    )


@needs_ctok
@pytest.mark.parametrize("family", CONSTANTS)
@pytest.mark.parametrize("text", ["Done.", "Done: `a`\n\nNext?", "é"])
def test_a_response_without_calls_adds_its_end(family: str, text: str) -> None:
    assert frameless_count(text, family) + CONSTANTS[family][0] == visible_tokens([text], [], family)


@needs_ctok
def test_thinking_stands_before_the_text_with_its_closing_tag() -> None:
    """Of the two tags the model writes the second alone."""
    thought = visible_tokens(["Done."], [], "v3", ["Let me see."]) - visible_tokens(["Done."], [], "v3")

    assert frameless_count("Let me see.\n</" + "antml:thinking>\n\nDone.", "v3") == thought + frameless_count(
        "Done.", "v3"
    )


@needs_ctok
def test_what_claude_code_changed_for_the_log_gives_other_possible_counts() -> None:
    """The default that it adds, the folder that it drops, and the line ends before a call that it drops."""
    call = Call("Edit", {k: v for k, v in EDIT.arguments.items() if k != "replace_all"})
    moved = Call("Bash", {"command": "cd /home/ana/shop && ls", "timeout": 5})
    as_logged = [EDIT, LS]
    written = [
        visible_tokens(texts, calls, "v4.8")
        for calls in ([EDIT, LS], [call, LS], [EDIT, moved], [call, moved])
        for texts in ([], ["\n\n"])
    ]
    blank = visible_tokens([], as_logged, "v4.8") + 1  # two line ends are one token
    possible = possible_tokens([], as_logged, "v4.8", "/home/ana/shop")

    assert (8, True, True) == (len(possible), set(written[::2]) <= possible, blank in possible)


@needs_ctok
@pytest.mark.parametrize(
    "value", [float("nan"), {1: 2}, [[[[]]]], "\ud800", "\x00", None, {"a": {"b": object()}}, "x" * 1_000_000]
)
def test_no_value_ends_a_count(value: object) -> None:
    assert visible_tokens(["\ud800"], [Call("\x00", {"a": value}), Call("", value)], "v4.8") > 0
