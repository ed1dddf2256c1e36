"""TAB, pressed in the real shells: commands, switches, values, and names that are text out of logs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from completion_shells import PROMPT, Shell

KINDS = ("bash", "bash+package", "zsh", "fish")

NAMES = (
    "model\tclaude-opus-4-8\nmodel\tqwen:7b\nmodel\tgpt-5\n"
    "project\tmy shop\nproject\twork\nfolder\t/home/ana/my shop\nfolder\t/home/ana/work\n"
    "source\tclaude-code\nsource\tcodex\nsession\t7f3a-11\n"
)

FIXED = [
    ("mod\t", ["models"]),
    ("pri\tsh\tx", ["prices", "show", "x"]),
    ("shell com\tfi\t", ["shell", "completion", "fish"]),
    ("statusl\tins\t", ["statusline", "install"]),
    ("git ins\t--gl\t", ["git", "install", "--global"]),
    ("-q pri\tsh\tx", ["-q", "prices", "show", "x"]),
    ("help pri\tsh\t", ["help", "prices", "show"]),
    ("week --no-\t--ex\t", ["week", "--no-sync", "--exact"]),
    ("--vers\t", ["--version"]),
    ("week --form\tjs\t", ["week", "--format", "json"]),
    ("week --format=js\t", ["week", "--format", "json"]),
    ("export --format cs\t", ["export", "--format", "csv"]),
    ("--color al\t", ["--color", "always"]),
    ("week --since yes\t", ["week", "--since", "yesterday"]),
    ("models last mo\t", ["models", "last", "month"]),
    ("last y\t", ["last", "year"]),
    ("yest\t", ["yesterday"]),
    ("explain unpr\tlast we\t", ["explain", "unpriced", "last", "week"]),
    ("week --home fol\t", ["week", "--home", "folder one"]),
    ("export -o fil\t", ["export", "-o", "file one"]),
    ("export --output=fil\t", ["export", "--output", "file one"]),
]
"""What is typed after `tokmeter `, and what tokmeter is called with. No names are needed for these."""

NAMED = [
    ("prices show cl\t", ["prices", "show", "claude-opus-4-8"]),
    ("prices show qwen:7\t", ["prices", "show", "qwen:7b"]),
    ("week --model gp\t", ["week", "--model", "gpt-5"]),
    ("--model=qw\t", ["--model", "qwen:7b"]),
    ("explain cl\t", ["explain", "claude-opus-4-8"]),
    ("week --project my\t", ["week", "--project", "my shop"]),
    ("week --project /home/ana/m\t", ["week", "--project", "/home/ana/my shop"]),
    ("sessions --source cod\t", ["sessions", "--source", "codex"]),
    ("session 7\t", ["session", "7f3a-11"]),
]

HOSTILE = (
    "$(touch marker)",
    "`touch marker`",
    "; touch marker",
    "&& touch marker",
    "| touch marker",
    "> marker",
    "x\\$(touch marker)",
    "'; touch marker; '",
    '"; touch marker; "',
    "$HOME",
    "${HOME}",
    "two words",
    "two  spaces",
    "it's",
    'say "hi"',
    "back\\slash",
    "end\\",
    "*",
    "?",
    "[a-z]*",
    "{a,b}",
    "#comment",
    "!history",
    "!!",
    "colon:7b",
    "at@7",
    "equal=1",
    "(paren)",
    "%percent",
    "^caret",
    "größe",
    "日本",
)
"""Names that a shell would run, expand or split if they came to its line as they are."""

FORMS = ("prices show {}\t", "week --model={}\t", "prices show '{}\t", 'prices show "{}\t')


@pytest.fixture(params=KINDS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    opened = Shell(request.param, tmp_path)
    (opened.work / "folder one").mkdir()
    (opened.work / "file one").touch()
    yield opened
    opened.close()


def apart(arguments: list[str]) -> list[str]:
    """The arguments with `--switch=value` as two, and folders without `/` at their end: what shells differ in."""
    parts = [part for word in arguments for part in (word.split("=", 1) if word.startswith("--") else [word])]
    return [part.removesuffix("/") for part in parts]


def test_commands_switches_values_and_files_are_completed_without_a_names_file(shell: Shell) -> None:
    found = [apart(shell.entered(f"tokmeter {keys}")) for keys, _ in FIXED]

    assert [arguments for _, arguments in FIXED] == found


def test_names_of_models_projects_assistants_and_sessions_come_from_the_names_file(shell: Shell) -> None:
    shell.names.write_text(NAMES)

    found = [apart(shell.entered(f"tokmeter {keys}")) for keys, _ in NAMED]

    assert [arguments for _, arguments in NAMED] == found


@pytest.mark.parametrize("form", FORMS)
def test_a_name_from_a_log_arrives_as_it_is_and_is_never_run(shell: Shell, form: str) -> None:
    expected, found = [], []
    for name in HOSTILE:
        # In quotes a TAB needs a first letter; without, also names that begin with something odd are tried.
        full = f"m{name}" if "'" in form or '"' in form else name
        shell.names.write_text(f"model\t{full}\n")
        expected.append(full)
        found.append(apart(shell.entered(f"tokmeter {form.format(full[0] if full != name else '')}"))[-1])

    assert expected == found
    assert ["file one", "folder one"] == sorted(path.name for path in shell.work.iterdir())


def test_tab_alone_starts_no_tokmeter_and_says_nothing_amiss(shell: Shell) -> None:
    shell.names.write_text(NAMES)
    for keys in ("", "week --", "--model ", "explain ", "prices show zzz", "git ", "nonsense ", "week --tz "):
        shell.type(f"tokmeter {keys}\t\t\x15")
    shell.type("echo on''ward\r")
    seen = shell.until("onward")

    assert [] == shell.started()
    # A shell that complains names the function or the file.
    assert [] == [word for word in ("_tokmeter", "bash:", "zsh:", "fish:", ".fish") if word in seen]


def only_these(folder: Path) -> list[str]:
    """The switch that stops a shell at the watched calls alone: without it zsh's start takes many seconds."""
    switch = "--seccomp-bpf"
    tried = subprocess.run(
        ["strace", "-f", switch, "-o", str(folder / "tried"), "true"], capture_output=True, check=False
    )
    return [switch] if tried.returncode == 0 else []


@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
def test_tab_starts_no_process_of_any_kind(kind: str, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("no strace here")
    trace = tmp_path / "trace"
    watched = ("-e", "trace=/^(clone.*|v?fork|exec.*)$")
    traced = Shell(kind, tmp_path, "strace", "-f", *only_these(tmp_path), "-o", str(trace), *watched)
    traced.names.write_text(NAMES)
    # The first TAB loads the script, and in zsh the system of completions.
    traced.type("tokmeter week --model qw\t\x15echo on''ward\r")
    traced.until("onward")
    traced.until(PROMPT)
    known = len(trace.read_text())
    traced.type("tokmeter week --model qw\t --pro\t my\t --source cod\t --no-s\t\x15echo on''ward\r")
    seen = traced.until("onward")
    traced.until(PROMPT)
    started = [line for line in trace.read_text()[known:].splitlines() if "CLONE_THREAD" not in line]
    traced.close()

    assert known > 0  # the start of the shell itself
    assert "codex" in seen
    assert [] == started


def test_commands_are_listed_when_nothing_is_typed_yet(shell: Shell) -> None:
    # The pager of fish wants a cleverer terminal than this one; it can be asked for the list.
    shell.type("complete -C 'tokmeter '\r" if shell.kind == "fish" else "tokmeter \t")

    shell.until("week", "explain", "prices", "statusline", "git", "help")
