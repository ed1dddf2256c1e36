"""Lines that are no records: skipped and said so, the rest counted, and counted once they are repaired."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_home import (
    GOOD,
    as_line,
    assert_calm,
    claude_line,
    claude_log,
    codex_lines,
    codex_log,
    exported,
    problems,
    synced,
    text,
    totals,
)

from cli.cli_run import AS_OF, Tokmeter

DEEP = b"[" * 100_000 + b"]" * 100_000
HUGE = b"9" * 5_000
"""More digits than Python itself reads into an integer."""


WITH_PEAK = """
import resource, sys
from tokmeter.cli.app import run
status = run(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if sys.platform == "linux":  # whose figure begins with that of the process that started this one
    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
print(peak)
sys.exit(status)
"""
"""A tokmeter that tells how much memory it took at most."""


def raw(line: bytes, old: bytes, new: bytes) -> bytes:
    """A line with some of its bytes exchanged."""
    assert old in line
    return line.replace(old, new)


WHOLE = as_line(claude_line("bad"))
LOST = [
    pytest.param(WHOLE[:200] + b"\n", "line-unreadable", id="truncated"),
    pytest.param(WHOLE[200:], "line-unreadable", id="begins in the middle"),
    pytest.param(b"oops, a crash\n", "line-unreadable", id="no JSON"),
    pytest.param(b"[1, 2]\n", "line-shape", id="a list"),
    pytest.param(b"5\n", "line-shape", id="a number"),
    pytest.param(b'"text"\n', "line-shape", id="a text"),
    pytest.param(b"\xff\xfe\xfa\x80\n", "line-unreadable", id="binary"),
    pytest.param(WHOLE.decode().encode("utf-16"), "line-unreadable", id="another encoding"),
    pytest.param(DEEP + b"\n", "line-unreadable", id="100,000 levels deep"),
    pytest.param(as_line(claude_line("bad", message=5)), "line-shape", id="a message of a wrong type"),
    pytest.param(as_line(claude_line("bad", usage=[1])), "line-shape", id="usage of a wrong type"),
    pytest.param(as_line(claude_line("bad", model=None)), None, id="no model"),
]


@pytest.mark.parametrize(("bad", "code"), LOST)
def test_a_line_of_claude_code_that_is_no_record_costs_only_itself(
    home: Path, bad: bytes, code: str | None
) -> None:
    """It stands between good lines; when it is repaired, the ledger is as if it had been good always."""
    first, rest = text([claude_line("good0")]), text([claude_line("good1"), claude_line("good2")])
    claude_log(home, first + bad + rest)
    ledger, _ = synced(home)
    found = totals(ledger)

    if code is not None:
        assert found == GOOD
        assert {code} == {fault for fault, _ in problems(ledger)}
    else:
        assert (4, 400) == found["claude-code"]

    claude_log(home, first + WHOLE + rest)
    synced(home, ledger)

    assert {**GOOD, "claude-code": (4, 400)} == totals(ledger)
    assert [] == problems(ledger)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(b"oops\n", id="no JSON"),
        pytest.param(b"[]\n", id="a list"),
        pytest.param(b"\xff\xfe\xfa\x80\n", id="binary"),
        pytest.param(DEEP + b"\n", id="100,000 levels deep"),
        pytest.param(b'{"type":"event_msg","payload":5}\n', id="a payload of a wrong type"),
        pytest.param(
            b'{"timestamp":"2026-11-20T11:00:02.500Z","type":"event_msg","payload":{"type":"token_count","info":7}}\n',
            id="info of a wrong type",
        ),
    ],
)
def test_a_line_of_codex_that_is_no_record_costs_only_itself(home: Path, bad: bytes) -> None:
    lines = [as_line(line) for line in codex_lines(1)]
    codex_log(home, b"".join([*lines[:3], bad, *lines[3:]]))
    ledger, _ = synced(home)

    assert totals(ledger) == GOOD
    assert [4] == [line for _, line in problems(ledger)]

    codex_log(home, b"".join(lines))
    synced(home, ledger)

    assert [] == problems(ledger)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        pytest.param(b"\x00" * 5_000 + WHOLE, None, id="NULs in front"),
        pytest.param(WHOLE[:-1] + b"\x00" * 5_000 + b"\n", None, id="NULs behind"),
        pytest.param(b"\x00" * 5_000 + b"\n" + WHOLE, None, id="a line of NULs"),
        pytest.param(b"\n \n\r\n" + WHOLE, None, id="empty lines"),
        pytest.param(b"\xef\xbb\xbf" + WHOLE, None, id="a byte order mark"),
        pytest.param(raw(WHOLE, b"invented", b"caf\xe9 \xff"), None, id="no UTF-8 in the text"),
        pytest.param(raw(WHOLE, b"shop", b"caf\xe9"), None, id="no UTF-8 in the folder's name"),
        pytest.param(raw(WHOLE, b"invented", b"\\ud800"), None, id="half a surrogate pair in the text"),
        pytest.param(raw(WHOLE, b"shop", b"\\ud800"), None, id="half a surrogate pair in the folder's name"),
        pytest.param(raw(WHOLE, b"invented", b"a\x01b\tc"), None, id="control characters in the text"),
        pytest.param(raw(WHOLE, b'"text":"invented"', b'"text":' + HUGE), None, id="a huge number elsewhere"),
        pytest.param(raw(WHOLE, b'"main"', b"[5]"), None, id="a branch of a wrong type"),
        pytest.param(raw(WHOLE, b'"2026-11-20T10:00:00.000Z"', b"{}"), "timestamp-missing", id="no time"),
        pytest.param(
            raw(WHOLE, b'"2026-11-20T10:00:00.000Z"', HUGE), "timestamp-missing", id="a huge number as time"
        ),
        pytest.param(
            raw(WHOLE, b'"2026-11-20T10:00:00.000Z"', b'"next tuesday"'), "timestamp-missing", id="odd time"
        ),
    ],
)
def test_a_damaged_line_whose_counts_can_be_read_counts(home: Path, line: bytes, fault: str | None) -> None:
    claude_log(home, text([claude_line("good0"), claude_line("good1")]) + line + text([claude_line("good2")]))
    ledger, _ = synced(home)

    assert {**GOOD, "claude-code": (4, 400)} == totals(ledger)
    assert ([fault] if fault else []) == [code for code, _ in problems(ledger)]


@pytest.mark.parametrize(
    "count",
    [b"-10", b"10.5", b"1e300", b"1e400", b"99999999999999", b"true", b'"ten"', b"[10]", b"{}", HUGE, b"-" + HUGE],
    ids=["negative", "fraction", "1e300", "infinite", "10^14", "true", "text", "list", "object", "5,000 digits", "minus 5,000 digits"],
)  # fmt: skip
def test_an_absurd_count_is_taken_as_0_and_the_others_of_its_line_count(home: Path, count: bytes) -> None:
    """The line's 10 fresh input tokens are the absurd ones: 90 are left."""
    bad = raw(WHOLE, b'"input_tokens":10', b'"input_tokens":' + count)
    claude_log(home, text([claude_line("good0")]) + bad + text([claude_line("good1"), claude_line("good2")]))
    ledger, _ = synced(home)

    assert {**GOOD, "claude-code": (4, 390)} == totals(ledger)
    assert [("count-invalid", 2)] == problems(ledger)


@pytest.mark.parametrize(
    "count",
    [b"-10", b"10.5", b"1e400", b"99999999999999", b"true", b'"ten"', b"[10]", HUGE],
    ids=["negative", "fraction", "infinite", "10^14", "true", "text", "list", "5,000 digits"],
)
def test_absurd_counts_of_codex_are_told_and_nothing_else_is_lost(home: Path, count: bytes) -> None:
    lines = [as_line(line) for line in codex_lines(2)]
    lines[3] = lines[3].replace(b'"output_tokens":40,', b'"output_tokens":' + count + b",")
    codex_log(home, b"".join(lines), number=2)
    ledger, _ = synced(home)
    found = totals(ledger)

    assert GOOD["claude-code"] == found["claude-code"]
    assert 300 <= found["codex"][1] <= 400
    assert [4] == sorted({line for _, line in problems(ledger)})


class TestTimes:
    """Clocks that were wrong, and texts that are no times."""

    ODD = (
        "1970-01-01T00:00:00.000Z",
        "1969-12-31T23:59:59.000Z",
        "0001-01-01T00:00:00+14:00",
        "2100-01-01T00:00:00.000Z",
        "9999-12-31T23:59:60.999Z",
        "9999-12-31T23:59:59.999-14:00",
    )
    COMMANDS = (
        ("week",), ("week", "all"), ("year", "2999"), ("month", "1970-01"), ("day", "2100-01-01"), ("models", "all"),
        ("projects", "all"), ("sessions", "all"), ("session", "11111111"), ("explain", "claude-opus-4-8"),
        ("sources",), ("export", "--format", "csv"), ("doctor", "-v"), ("week", "all", "--json"),
        ("sessions", "all", "--wide"), ("day", "all"), ("month", "all"), ("year", "all"), ("reprice",),
    )  # fmt: skip

    @pytest.fixture
    def odd(self, run: Tokmeter) -> Tokmeter:
        lines = [claude_line(f"odd{n}", timestamp=time) for n, time in enumerate(self.ODD)]
        claude_log(run.home, text(lines), "odd.jsonl")
        codex = codex_lines(3)
        for line in codex:
            line["timestamp"] = "9999-12-31T23:59:60.999Z"
        codex_log(run.home, text(codex), 3)
        return run

    def test_they_are_counted_and_told(self, odd: Tokmeter) -> None:
        """In the ledger; a report under `--as-of` leaves out, and counts, what comes after its clock."""
        ledger, _ = synced(odd.home)

        assert {"claude-code": (9, 900), "codex": (4, 400)} == totals(ledger)
        assert "with an impossible count or time" in odd("week").out

    def test_no_report_fails_over_them(self, odd: Tokmeter) -> None:
        for zone in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12"):
            for command in self.COMMANDS if zone == "UTC" else self.COMMANDS[1:2]:
                result = odd(*command, "--tz", zone) if command[0] != "reprice" else odd(*command)
                assert (0, "", command) == (
                    result.status,
                    result.err if "first time" not in result.err else "",
                    command,
                )


class TestLongLines:
    """A line of 100 MB: an image, a whole file, or what a crash left."""

    MEGABYTES = 100
    PEAK_MIB = 450
    """The line itself, the buffer it grows in, and one decoded copy of it."""

    def peak_mib(self, run: Tokmeter) -> int:
        """Memory that a first sync took at most."""
        done = subprocess.run(
            [sys.executable, "-c", WITH_PEAK, "sync", "--home", str(run.home), "--as-of", AS_OF],
            env=run.environment(),
            capture_output=True,
            check=True,
            text=True,
        )
        assert "" == done.stderr.replace(
            "Reading logs for the first time (nothing leaves this computer)\n", ""
        )
        return int(done.stdout.splitlines()[-1]) // 1024

    @pytest.mark.parametrize(
        ("make", "entries"),
        [
            pytest.param(lambda filler: raw(WHOLE, b"invented", filler), 4, id="a whole record"),
            pytest.param(lambda filler: filler + b"\n", 3, id="no JSON"),
            pytest.param(lambda filler: raw(WHOLE, b"invented", filler)[:-1], 4, id="a whole last line without its end"),
            pytest.param(lambda filler: raw(WHOLE, b"invented", filler)[:-9], 3, id="a torn last line"),
            pytest.param(lambda filler: bytes(len(filler)) + WHOLE, 4, id="NULs in front"),
        ],
    )  # fmt: skip
    def test_it_is_read_in_bounded_memory(
        self, run: Tokmeter, make: Callable[[bytes], bytes], entries: int
    ) -> None:
        line = make(b"x" * (self.MEGABYTES << 20))
        behind = text([claude_line("good2")]) if line.endswith(b"\n") else b""
        before = [claude_line("good0"), claude_line("good1"), *([] if behind else [claude_line("good2")])]
        claude_log(run.home, text(before) + line + behind)
        del line

        assert self.peak_mib(run) < self.PEAK_MIB
        assert {**GOOD, "claude-code": (entries, 100 * entries)} == exported(run, "--no-sync")

    def test_codex_too(self, run: Tokmeter) -> None:
        lines = [as_line(line) for line in codex_lines(1)]
        filler = json.dumps(
            {"type": "response_item", "payload": {"type": "message", "content": "x" * (self.MEGABYTES << 20)}}
        )
        codex_log(run.home, b"".join([*lines[:3], filler.encode(), b"\n", *lines[3:]]))

        assert self.peak_mib(run) < self.PEAK_MIB
        assert exported(run, "--no-sync") == GOOD


def test_a_log_in_ruins_is_reported_with_the_next_step(run: Tokmeter) -> None:
    """Everything at once, as a user sees it: the report, the closing note, the list of `doctor -v`."""
    lost = [case.values[0] for case in LOST if case.values[1] is not None]
    assert all(isinstance(line, bytes) for line in lost)
    content = [line for line in lost if isinstance(line, bytes)]
    path = claude_log(run.home, b"".join(content), "ruins.jsonl")
    report, listing = run("week"), run("doctor", "-v")

    assert_calm(report)
    assert_calm(listing)
    assert f"{len(content) + content.count(WHOLE)} unreadable lines in the logs, skipped" in report.out
    assert "tokmeter doctor" in report.out
    assert f"{path}:1  line-unreadable" in listing.out
    assert exported(run) == GOOD
