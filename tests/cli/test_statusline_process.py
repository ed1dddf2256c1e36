"""`tokmeter statusline` as Claude Code calls it: a process, JSON on stdin, one line on stdout, status 0."""

from __future__ import annotations

import copy
import json
import os
import pty
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cli_run import Tokmeter

from tokmeter.integrations import background
from tokmeter.integrations.prompt_line import PromptLine, write_line

NOW = int(time.time())
"""When the tables below were built; what is given to the process is moved to the time of the test."""
HOUR = 3600
INSTANT = re.compile(rb"(?<!\d)1[789]\d{8}(\d{3})?(?!\d)")


def since_now() -> int:
    """Seconds since the tables were built: a whole suite may lie between them and a test."""
    return int(time.time()) - NOW


def moved(data: bytes) -> bytes:
    """JSON with every epoch second or millisecond moved on by as much."""
    late = since_now()
    return INSTANT.sub(lambda found: b"%d" % (int(found[0]) + late * (1000 if found[1] else 1)), data)


FULL = {
    "hook_event_name": "Status",
    "session_id": "7f3a",
    "transcript_path": "/home/ana/.claude/projects/shop/7f3a.jsonl",
    "cwd": "/home/ana/shop",
    "model": {"id": "claude-opus-4-8", "display_name": "Opus 4.8"},
    "workspace": {"current_dir": "/home/ana/shop", "project_dir": "/home/ana/shop"},
    "version": "2.1.90",
    "cost": {"total_cost_usd": 1.8412, "total_duration_ms": 45_000, "total_lines_added": 156},
    "context_window": {
        "total_input_tokens": 84_000,
        "context_window_size": 200_000,
        "used_percentage": 42,
        "remaining_percentage": 58,
        "current_usage": {
            "input_tokens": 8_500,
            "output_tokens": 1_200,
            "cache_creation_input_tokens": 5_000,
            "cache_read_input_tokens": 70_500,
        },
    },
    "exceeds_200k_tokens": False,
    "rate_limits": {
        "five_hour": {"used_percentage": 31.2, "resets_at": NOW + 2 * HOUR + 630},
        "seven_day": {"used_percentage": 66, "resets_at": NOW + 50 * HOUR + 630},
    },
}
MODEL, CONTEXT, FIVE, SEVEN = "Opus 4.8", "ctx 42%", "5h 31% (2h10m left)", "7d 66%"
SESSION, PROMPT = "$1.84 this session (est.)", "$4.84 today · 66% wk"
ALL = [MODEL, CONTEXT, FIVE, SEVEN, SESSION, PROMPT]


class Line:
    """A tokmeter whose prompt line was prepared just now, and which therefore starts no sync."""

    def __init__(self, tokmeter: Tokmeter) -> None:
        self.tokmeter = tokmeter
        self.state = tokmeter.own / "state"
        self.prepare()

    def prepare(
        self, *, refresh_at: int = NOW + 600, stale_at: int = NOW + 600, color: str = "plain"
    ) -> None:
        late = since_now()
        line = PromptLine(PROMPT, NOW + late, refresh_at + late, stale_at + late, color, "4.84/66%", {})
        write_line(str(self.state), line)

    def __call__(self, given: object, *arguments: str, **env: str) -> str:
        """The line for this JSON (bytes are given as they are), without its line break."""
        data = moved(given if isinstance(given, bytes) else json.dumps(given).encode())
        done = subprocess.run(
            self.tokmeter.command("statusline", *arguments),
            input=data,
            env=self.tokmeter.environment(**{"NO_COLOR": "1", **env}),
            capture_output=True,
            check=True,
            timeout=30,
        )
        text, end, rest = done.stdout.decode().partition("\n")
        assert ("\n", "") == (end, rest)
        assert text
        return text


@pytest.fixture
def line(lonely: Tokmeter) -> Line:
    return Line(lonely)


def without(*gone: str) -> str:
    return " · ".join(part for part in ALL if part not in gone)


def with_value(path: str, value: object) -> dict[str, object]:
    """The full JSON with another value at one place; `...` takes the field out."""
    data = copy.deepcopy(FULL)
    *folders, name = path.split(".")
    place = data
    for folder in folders:
        place = place[folder]
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return data


def test_everything_there_is_stands_on_one_line(line: Line) -> None:
    assert (
        "Opus 4.8 · ctx 42% · 5h 31% (2h10m left) · 7d 66% · $1.84 this session (est.) · " + PROMPT
        == line(FULL)
    )


FIELDS = {
    "hook_event_name": ALL,
    "session_id": ALL,
    "transcript_path": ALL,
    "cwd": ALL,
    "workspace": ALL,
    "version": ALL,
    "model": [*ALL[1:]],
    "cost": [MODEL, CONTEXT, FIVE, SEVEN, PROMPT],
    "cost.total_cost_usd": [MODEL, CONTEXT, FIVE, SEVEN, PROMPT],
    "context_window": [MODEL, *ALL[2:]],
    "context_window.current_usage": ALL,
    "rate_limits": [MODEL, CONTEXT, SESSION, PROMPT],
    "rate_limits.five_hour": [MODEL, CONTEXT, SEVEN, SESSION, PROMPT],
    "rate_limits.five_hour.used_percentage": [MODEL, CONTEXT, SEVEN, SESSION, PROMPT],
    "rate_limits.five_hour.resets_at": [MODEL, CONTEXT, "5h 31%", SEVEN, SESSION, PROMPT],
    "rate_limits.seven_day": [MODEL, CONTEXT, FIVE, SESSION, PROMPT],
    "rate_limits.seven_day.resets_at": ALL,
}


@pytest.mark.parametrize("path", FIELDS)
def test_a_field_that_is_null_or_missing_or_odd_leaves_the_others(line: Line, path: str) -> None:
    """The cases share a process each; odd are a text and a list, where an object or a number should be."""
    expected = [" · ".join(FIELDS[path])] * 4
    actual = [line(with_value(path, value)) for value in (None, ..., "odd \x1b[31m", [{"a": 1}])]

    assert expected == actual


VALUES = {
    "no display name": ("model.display_name", None, "claude-opus-4-8", "opus-4-8"),
    "a prefix that says nothing": ("model.display_name", "Claude Opus 4.8", MODEL, MODEL),
    "a long name": ("model.display_name", "Opus 4.8 with a very long name", MODEL, "Opus 4.8 with a very lo…"),
    "a name of blanks": ("model.display_name", "  ", MODEL, "opus-4-8"),
    "escapes in a name": ("model.display_name", "O\x1b]0;x\x07p\x9bus\n\r\t4\u202e.8\u2028\ud800", MODEL, "O]0;xpus4.8"),
    "percent half": ("context_window.used_percentage", 42.5, CONTEXT, "ctx 43%"),
    "percent zero": ("context_window.used_percentage", 0, CONTEXT, "ctx 0%"),
    "percent nearly zero": ("context_window.used_percentage", 0.2, CONTEXT, "ctx <1%"),
    "percent nearly all": ("context_window.used_percentage", 99.9, CONTEXT, "ctx 99%"),
    "percent over all": ("context_window.used_percentage", 105, CONTEXT, "ctx 105%"),
    "percent from what is left": ("context_window.used_percentage", True, CONTEXT, CONTEXT),
    "five hours in milliseconds": ("rate_limits.five_hour.resets_at", (NOW + HOUR + 90) * 1000, FIVE, "5h 31% (1h01m left)"),
    "five hours beyond all time": ("rate_limits.five_hour.resets_at", 1e300, FIVE, "5h 31%"),
    "five hours nearly over": ("rate_limits.five_hour.resets_at", NOW + 70, FIVE, "5h 31% (1m left)"),
    "five hours far away": ("rate_limits.five_hour.resets_at", NOW + 50 * HOUR + 60, FIVE, "5h 31% (2d2h left)"),
    "seven days nearly used": ("rate_limits.seven_day.used_percentage", 80, SEVEN, "7d 80% (2d2h left)"),
    "a small cost": ("cost.total_cost_usd", 0.0042, SESSION, "$0.0042 this session (est.)"),
    "a tiny cost": ("cost.total_cost_usd", 0.00001, SESSION, "<$0.0001 this session (est.)"),
    "a large cost": ("cost.total_cost_usd", 1234, SESSION, "$1,234.00 this session (est.)"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "old", "new"), VALUES.values(), ids=VALUES.keys())
def test_values_are_shown_as_they_should_be(line: Line, path: str, value: object, old: str, new: str) -> None:
    if old not in ALL:
        old = MODEL

    assert " · ".join(new if part == old else part for part in ALL) == line(with_value(path, value))


LEFT_OUT = {
    "a negative percentage": ("context_window", {"used_percentage": -1}, CONTEXT),
    "an endless percentage": ("context_window", {"used_percentage": float("inf")}, CONTEXT),
    "no number": ("context_window", {"used_percentage": float("nan")}, CONTEXT),
    "a huge percentage": ("context_window", {"used_percentage": 10**400}, CONTEXT),
    "a window that has ended": ("rate_limits.five_hour.resets_at", NOW - 1, FIVE),
    "no cost yet": ("cost.total_cost_usd", 0, SESSION),
    "a truth as a cost": ("cost.total_cost_usd", True, SESSION),
}


@pytest.mark.parametrize(("path", "value", "gone"), LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_what_cannot_be_true_is_left_out(line: Line, path: str, value: object, gone: str) -> None:
    assert without(gone) == line(with_value(path, value))


def test_the_context_is_computed_where_only_its_parts_are_told(line: Line) -> None:
    """8,500 + 5,000 + 70,500 = 84,000 of 200,000; output does not count."""
    data = with_value("context_window.used_percentage", None)
    data["context_window"]["remaining_percentage"] = None

    assert " · ".join(ALL) == line(data)


INPUTS = {
    "nothing": b"",
    "blanks": b" \n\t ",
    "no JSON": b"hello",
    "half a document": json.dumps(FULL).encode()[:200],
    "two documents": b"{}{}",
    "a number": b"17",
    "a text": b'"Opus"',
    "null": b"null",
    "a list": b"[{}]",
    "an empty object": b"{}",
    "bytes": bytes(range(256)),
    "deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "a number without end": b'{"cost":{"total_cost_usd":' + b"9" * 5000 + b"}}",
    "ten megabytes": b'{"a":"' + b"x" * 10_000_000 + b'"}',
    "ten megabytes of blanks": b" " * 10_000_000,
}


@pytest.mark.parametrize("given", INPUTS.values(), ids=INPUTS.keys())
def test_whatever_comes_in_the_figures_of_tokmeter_come_out(line: Line, given: bytes) -> None:
    assert PROMPT == line(given)


@pytest.mark.parametrize(
    "given",
    [b"\xef\xbb\xbf" + json.dumps(FULL).encode(), json.dumps(FULL, indent=2).encode(), b"\n " + json.dumps(FULL).encode() + b"\r\n"],
    ids=["byte order mark", "indented", "blanks around"],
)  # fmt: skip
def test_json_is_json_however_it_is_written(line: Line, given: bytes) -> None:
    assert " · ".join(ALL) == line(given)


def test_broken_letters_spoil_only_themselves(line: Line) -> None:
    given = json.dumps(FULL).encode().replace(b"Opus 4.8", b"Opus \xff4.8")

    assert " · ".join(["Opus \ufffd4.8", *ALL[1:]]) == line(given)


def test_without_anything_to_show_it_shows_its_name(line: Line) -> None:
    (line.state / "prompt").write_text("damaged")
    background.take_lock(str(line.state), int(time.time()))  # so that no sync starts

    assert "tokmeter" == line(b"")


def test_old_figures_carry_their_mark(line: Line) -> None:
    line.prepare(stale_at=NOW - 1)

    assert "~" + PROMPT == line(b"{}")


def test_parts_are_shown_as_asked_and_an_unknown_one_is_said_on_stderr(line: Line) -> None:
    assert f"{SESSION} · {MODEL}" == line(FULL, "--show", "session,model")
    assert f"{SESSION} · {MODEL}" == line(FULL, "--show=session, model,colour")
    assert " · ".join(ALL) == line(FULL, "--show", "nothing", "--odd", "--show")

    done = line.tokmeter.bare("statusline", "--show", "colour\x1b[31m")

    assert done.err.startswith("tokmeter: statusline --show does not know colour[31m; it knows model,")


def test_only_what_is_nearly_used_up_is_coloured(line: Line) -> None:
    line.prepare(color="red")
    data = with_value("context_window.used_percentage", 95)
    data["rate_limits"]["five_hour"]["used_percentage"] = 80
    colored = ["Opus 4.8", "\033[31mctx 95%\033[0m", "\033[33m5h 80% (2h10m left)\033[0m", SEVEN, SESSION]

    assert " · ".join([*colored, f"\033[31m{PROMPT}\033[0m"]) == line(data, NO_COLOR="")
    assert "\033" not in line(data)
    assert "\033" not in line(data, NO_COLOR="", TERM="dumb")
    assert "\033" not in line(data, "--color", "never", "-q", NO_COLOR="")
    assert "\033" in line(data, "--color=always")


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_it_writes_utf_8_whatever_the_locale_says(line: Line, locale: str) -> None:
    assert " · ".join(ALL) == line(FULL, LC_ALL=locale)


def _started(line: Line, stdin: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        line.tokmeter.command("statusline"),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=line.tokmeter.environment(NO_COLOR="1"),
    )


@pytest.mark.parametrize(
    ("given", "expected"), [(FULL, " · ".join(ALL)), (None, PROMPT)], ids=["complete", "silent"]
)
def test_it_does_not_wait_for_an_end_that_never_comes(line: Line, given: object, expected: str) -> None:
    reading, writing = os.pipe()
    if given:
        os.write(writing, moved(json.dumps(given).encode()))
    process = _started(line, reading)
    out, _ = process.communicate(timeout=20)
    os.close(reading)
    os.close(writing)

    assert (0, f"{expected}\n") == (process.returncode, out.decode())


def test_a_document_that_comes_in_pieces_is_read_to_its_end(line: Line) -> None:
    """A piece may well end in a brace."""
    data = moved(json.dumps(FULL).encode())
    at = data.index(b"}") + 1
    process = _started(line, subprocess.PIPE)
    process.stdin.write(data[:at])
    process.stdin.flush()
    time.sleep(0.1)
    out, _ = process.communicate(data[at:], timeout=20)

    assert " · ".join(ALL) + "\n" == out.decode()


def test_on_a_terminal_it_says_how_to_install_and_shows_the_line(line: Line) -> None:
    leader, follower = pty.openpty()
    process = _started(line, follower)
    out, err = process.communicate(timeout=20)
    os.close(leader)
    os.close(follower)

    assert (0, f"{PROMPT}\n") == (process.returncode, out.decode())
    assert "tokmeter statusline install" in err.decode()


@pytest.mark.parametrize(
    ("closed", "out"),
    [
        ("<&-", f"{PROMPT}\n"),
        ("2>&-", f"{PROMPT}\n"),
        (">&-", ""),
        ("<&- >&- 2>&-", ""),
        (">/dev/full", ""),
    ],
)
def test_closed_streams_are_no_failure(line: Line, closed: str, out: str) -> None:
    if closed == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *line.tokmeter.command("statusline")],
        input=b"{}",
        env=line.tokmeter.environment(NO_COLOR="1"),
        capture_output=True,
        check=False,
        timeout=30,
    )

    assert (0, out, "") == (done.returncode, done.stdout.decode(), done.stderr.decode())


def test_it_opens_no_log_and_no_ledger_and_starts_nothing(fresh: Tokmeter, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("no strace here")
    line, trace = Line(fresh), tmp_path / "trace"
    (fresh.own / "ledger.db").write_bytes(b"no ledger")
    command = ["strace", "-f", "-e", "trace=%file,%process", "-o", str(trace), *fresh.command("statusline")]
    environment = fresh.environment(NO_COLOR="1")
    done = subprocess.run(
        command, input=moved(json.dumps(FULL).encode()), env=environment, capture_output=True, check=False
    )
    if not trace.exists() or "execve(" not in trace.read_text():
        pytest.skip("strace may not trace here")
    calls = trace.read_text()

    assert " · ".join(ALL) + "\n" == done.stdout.decode()
    assert str(line.state / "prompt") in calls
    assert str(fresh.home) not in calls
    assert "ledger.db" not in calls
    assert 1 == calls.count("execve(")
    assert not re.search(r"\b(?:v?fork|clone3?)\(", calls)


def test_figures_that_are_due_start_one_sync_in_the_background(line: Line) -> None:
    """The line comes from before; the sync that the call starts prepares the next one."""
    line.prepare(refresh_at=NOW - 1)

    assert PROMPT == line(b"{}")

    deadline = time.monotonic() + 30
    while PROMPT in (line.state / "prompt").read_text() and time.monotonic() < deadline:
        time.sleep(0.02)

    assert PROMPT not in (line.state / "prompt").read_text()
    assert (line.tokmeter.own / "ledger.db").exists()


def test_while_one_sync_runs_no_other_starts(line: Line) -> None:
    line.prepare(refresh_at=NOW - 1)
    background.take_lock(str(line.state), int(time.time()))
    lock = (line.state / "sync.lock").read_bytes()
    line(FULL)

    assert lock == (line.state / "sync.lock").read_bytes()
    assert not (line.tokmeter.own / "ledger.db").exists()


def test_in_a_folder_that_is_gone_there_is_still_a_line(lonely: Tokmeter) -> None:
    """A relative place of our files cannot be found there."""
    words = lonely.command("statusline")
    words.insert(1, "-P")
    done = subprocess.run(
        ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && "$@"', "sh", *words],
        input=moved(json.dumps(FULL).encode()),
        env=lonely.environment(NO_COLOR="1", TOKMETER_HOME="own"),
        cwd=lonely.home,
        capture_output=True,
        check=False,
        timeout=30,
    )

    assert (0, without(PROMPT) + "\n", b"") == (done.returncode, done.stdout.decode(), done.stderr)


def test_a_state_folder_that_cannot_be_made_is_no_failure(lonely: Tokmeter) -> None:
    lonely.own.parent.mkdir(exist_ok=True)
    lonely.own.write_text("in the way")
    done = lonely.bare("statusline")

    assert (0, "tokmeter\n", "") == (done.status, done.out, done.err)
