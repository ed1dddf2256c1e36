"""What a call's name and input say about it and about its result: kind, tool, server, file."""

from __future__ import annotations

from typing import Any

import pytest

from sources.transcripts import assistant, call, pieces, result, user
from tokmeter.sources.claude_code.content_tools import plain_read

CALLED: dict[str, tuple[dict[str, Any], tuple[str, str, str, str, str]]] = {
    "Read": (call("Read", file_path="/a.py"), ("tool_call", "file_read", "Read", "", "/a.py")),
    "NotebookRead": (
        call("NotebookRead", notebook_path="/n.ipynb"),
        ("tool_call", "file_read", "NotebookRead", "", "/n.ipynb"),
    ),
    "Bash": (call("Bash", command="ls /a"), ("tool_call", "command_output", "Bash", "", "")),
    "cat": (call("Bash", command="cat /a.py"), ("tool_call", "command_output", "Bash", "", "/a.py")),
    "BashOutput": (call("BashOutput", bash_id="1"), ("tool_call", "command_output", "BashOutput", "", "")),
    "Grep": (call("Grep", pattern="x", path="/src"), ("tool_call", "search_result", "Grep", "", "/src")),
    "Glob": (call("Glob", pattern="*.py"), ("tool_call", "search_result", "Glob", "", "")),
    "WebFetch": (
        call("WebFetch", url="https://a.example"),
        ("tool_call", "search_result", "WebFetch", "", ""),
    ),
    "Edit": (call("Edit", file_path="/a.py", new_string="b"), ("edit", "edit", "Edit", "", "/a.py")),
    "Write": (call("Write", file_path="/a.py"), ("edit", "edit", "Write", "", "/a.py")),
    "NotebookEdit": (
        call("NotebookEdit", notebook_path="/n.ipynb"),
        ("edit", "edit", "NotebookEdit", "", "/n.ipynb"),
    ),
    "Task": (call("Task", prompt="x"), ("tool_call", "tool_output", "Task", "", "")),
    "an MCP server's": (
        call("mcp__plugin_a-b_docs__get__page", path="/x"),
        ("tool_call", "tool_output", "get__page", "plugin_a-b_docs", ""),
    ),
    "a resource of an MCP server": (
        call("ReadMcpResourceTool", server="docs", uri="x"),
        ("tool_call", "tool_output", "ReadMcpResourceTool", "docs", ""),
    ),
    "a name that is no word": (call("rm -rf /"), ("tool_call", "tool_output", "", "", "")),
    "a path that is none": (call("Read", file_path=["/a"]), ("tool_call", "file_read", "Read", "", "")),
    "a path with control characters": (
        call("Read", file_path="/a\x1b[31m\n.py"),
        ("tool_call", "file_read", "Read", "", "/a[31m.py"),
    ),
    "a path that is too long": (
        call("Read", file_path="/" + "a" * 1024),
        ("tool_call", "file_read", "Read", "", ""),
    ),
}


@pytest.mark.parametrize(("block", "expected"), CALLED.values(), ids=CALLED)
def test_a_result_is_told_by_what_was_called(
    block: dict[str, Any], expected: tuple[str, str, str, str, str]
) -> None:
    called, answered = pieces([assistant(block), user([result("x", block["id"])])])
    kind_of_call, kind_of_result, *rest = expected

    assert (kind_of_call, *rest) == (called.kind, called.tool, called.server, called.path)
    assert (kind_of_result, *rest) == (answered.kind, answered.tool, answered.server, answered.path)


def test_a_call_is_written_as_the_model_writes_it() -> None:
    edit = call("Edit", file_path="/a", new_string='say "é"\n', replace_all=True, more=[1, {"a": None}])
    (piece,) = pieces([assistant(edit)])

    assert [
        '<invoke name="Edit">',
        '<parameter name="file_path">/a</parameter>',
        '<parameter name="new_string">say "é"',
        "</parameter>",
        '<parameter name="replace_all">true</parameter>',
        '<parameter name="more">[1, {"a": null}]</parameter>',
        "</invoke>",
    ] == piece.texts[0].split("\n")


READS = {
    "cat": ("cat /a.py", "/a.py"),
    "seen from the line's folder": ("cat src/../a.py", "/home/ana/a.py"),
    "of the home folder": ("cat ~/a.py", "~/a.py"),
    "head": ("head -n 50 /a.py", "/a.py"),
    "head, short": ("head -50 /a.py", "/a.py"),
    "tail": ("tail -c 100 /a.py 2>/dev/null", "/a.py"),
    "a part by sed": ("sed -n '1,50p' /a.py", "/a.py"),
    "a name with blanks": ("cat '/a b.py'", "/a b.py"),
    "sed without -n prints all it changed": ("sed s/a/b/ /a.py", ""),
    "two files": ("cat /a.py /b.py", ""),
    "no file": ("cat", ""),
    "a pipe": ("cat /a.py | wc", ""),
    "a second command": ("cat /a.py; ls", ""),
    "all files": ("cat /src/*.py", ""),
    "a variable": ("cat $HOME/a.py", ""),
    "into a file": ("cat > /a.py", ""),
    "another command": ("rm /a.py", ""),
    "an open quote": ("cat '/a.py", ""),
}


@pytest.mark.parametrize(("command", "path"), READS.values(), ids=READS)
def test_a_command_that_prints_one_file_counts_for_it(command: str, path: str) -> None:
    assert path == plain_read(command, "/home/ana")


def test_a_path_stays_as_logged_where_the_folder_says_nothing() -> None:
    assert ["a.py", "a.py"] == [plain_read("cat a.py", cwd) for cwd in (None, r"C:\shop")]
