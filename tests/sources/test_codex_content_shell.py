"""Which file a command plainly reads, and what a patch is about: careful, so that a doubt is no file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.sources.codex.content_calls import called, server_and_tool
from tokmeter.sources.codex.content_lines import TextPayload
from tokmeter.sources.codex.content_shell import LONGEST, file_read_by, script_of

HERE = "/home/ana/shop"

READS = {
    "cat a.py": "/home/ana/shop/a.py",
    "cat -n src/a.py": "/home/ana/shop/src/a.py",
    "cat /etc/hosts": "/etc/hosts",
    "cat ../other/a.py": "/home/ana/other/a.py",
    "cat ~/notes.txt": "~/notes.txt",
    "cat 'with blank.txt'": "/home/ana/shop/with blank.txt",
    "cat 'app/[id]/page.tsx'": "/home/ana/shop/app/[id]/page.tsx",
    "sed -n '1,240p' a.py": "/home/ana/shop/a.py",
    "sed -n '10,$p' a.py": "/home/ana/shop/a.py",
    "sed -n 5p a.py": "/home/ana/shop/a.py",
    "sed -n '1,5p;9p' a.py": "/home/ana/shop/a.py",
    "sed -n '/def main/,/return/p' a.py": "/home/ana/shop/a.py",
    "nl -ba a.py": "/home/ana/shop/a.py",
    "nl -b a a.py": "/home/ana/shop/a.py",
    "nl -ba a.py | sed -n '10,20p'": "/home/ana/shop/a.py",
    "cat a.py | head -50": "/home/ana/shop/a.py",
    "head -n 5 a.py": "/home/ana/shop/a.py",
    "head -5 a.py": "/home/ana/shop/a.py",
    "tail -c 100 a.py": "/home/ana/shop/a.py",
    "cd src && cat a.py": "/home/ana/shop/src/a.py",
    "cd /srv && sed -n '1,2p' a.py": "/srv/a.py",
    "sed -n '1,9p' a.py && sed -n '90,99p' a.py": "/home/ana/shop/a.py",
}

READS_NOTHING = [
    "",
    "cat",
    "cat a.py b.py",
    "cat a.py; cat b.py",
    "sed -n '1,9p' a.py && sed -n '1,9p' b.py",
    "cat a.py && make",
    "cat a.py | grep x",
    "cat a.py | head -5 b.py",
    "cat a.py > b.py",
    "cat <<'EOF' > a.py",
    "cat a.py\nrm b.py",
    "cat *.py",
    "cat {a,b}.py",
    'cat "$file"',
    "cat $p",
    "cat $(git ls-files)",
    "cat `ls`",
    "cat -",
    "cat 'no end",
    "cat ; ;",
    "cat | |",
    "cat a.py &",
    "cat a.py || true",
    "(cat a.py)",
    "sed '1,9d' a.py",
    "sed -n '1,9p'",
    "sed -i -n '1,9p' a.py",
    "sed -n 's/a/b/p' a.py",
    "sed -n '1,9w b.py' a.py",
    "head",
    "grep x a.py",
    "rg --files",
    "git show HEAD:a.py | sed -n '1,9p'",
    "cat C:\\a.py",
    "cat " + "a" * LONGEST,
]


@pytest.mark.parametrize(("script", "path"), READS.items(), ids=READS)
def test_a_command_that_only_prints_one_file_reads_it(script: str, path: str) -> None:
    assert path == file_read_by(script, HERE)


@pytest.mark.parametrize("script", READS_NOTHING, ids=[script[:40] or "nothing" for script in READS_NOTHING])
def test_a_command_that_does_more_reads_no_file(script: str) -> None:
    assert file_read_by(script, HERE) == ""


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("", "a.py"),
        ("src", "a.py"),
        ("C:\\shop", "C:\\shop\\a.py"),
        ("/", "/a.py"),
    ],
    ids=["no folder", "relative folder", "Windows", "root"],
)
def test_a_path_is_absolute_only_where_the_log_says_so(folder: str, path: str) -> None:
    assert path == file_read_by("cat a.py", folder)


@given(st.text(alphabet="catsednl -'\"|&;()<>$p,0123456789/.\n\\\x00\ud800é", max_size=60))
def test_no_command_is_too_odd_to_look_at(script: str) -> None:
    assert isinstance(file_read_by("cat " + script, HERE), str)


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("ls", "ls"),
        (["bash", "-lc", "cat a"], "cat a"),
        (["/bin/zsh", "-c", "cat a"], "cat a"),
        (["cat", "a b"], "cat 'a b'"),
        (["cat", 1], ""),
        ([], ""),
        (None, ""),
        ({"cmd": "ls"}, ""),
    ],
    ids=["text", "shell", "shell by path", "words", "no words", "empty", "nothing", "object"],
)
def test_a_command_is_one_line_of_shell(command: object, script: str) -> None:
    assert script == script_of(command)


@pytest.mark.parametrize(
    ("name", "namespace", "expected"),
    [
        ("exec_command", None, ("", "exec_command")),
        ("mcp__github__search_issues", None, ("github", "search_issues")),
        ("search_issues", "mcp__github", ("github", "search_issues")),
        ("search_issues", "mcp__github__", ("github", "search_issues")),
        ("click", "browser", ("", "click")),
        ("mcp__only", None, ("", "mcp__only")),
        ("a whole sentence", None, ("", "")),
        ("mcp__a server__tool", None, ("", "")),
        ("", None, ("", "")),
    ],
    ids=["plain", "one field", "two", "two with dashes", "no server", "half", "sentence", "server", "none"],
)
def test_a_server_is_told_apart_from_its_tool(
    name: str, namespace: str | None, expected: tuple[str, str]
) -> None:
    assert expected == server_and_tool(name, namespace)


ONE = "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n"
TWO = "*** Add File: /srv/b.py\n+z\n*** End Patch"


def test_a_patch_is_cut_at_its_files() -> None:
    payload = TextPayload(type="custom_tool_call", name="apply_patch", input=ONE + TWO)
    found = called(payload, HERE)

    assert (("/home/ana/shop/a.py", ONE), ("/srv/b.py", TWO)) == found.parts
    assert ("edit", "edit", "") == (found.kind, found.result, found.path)


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (
            '{"cmd":"apply_patch <<\'EOF\'\\n*** Begin Patch\\n*** Update File: a.py\\n+x\\n*** End Patch\\nEOF"}',
            "/home/ana/shop/a.py",
        ),
        (
            '{"command":["apply_patch","*** Begin Patch\\n*** Delete File: a.py\\n*** End Patch"]}',
            "/home/ana/shop/a.py",
        ),
        (
            '{"command":["bash","-lc","cd x && apply_patch <<EOF\\n*** Add File: a.py\\n+x"]}',
            "/home/ana/shop/x/a.py",
        ),
    ],
    ids=["in a shell", "as a command", "behind a cd"],
)
def test_a_patch_in_a_shell_is_an_edit_and_keeps_its_text(arguments: str, path: str) -> None:
    found = called(TextPayload(type="function_call", name="shell", arguments=arguments), HERE)

    assert ("edit", ((path, arguments),)) == (found.result, found.parts)
