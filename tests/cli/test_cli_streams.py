"""Streams, formats, widths and colours."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess

import pytest
from cli_run import Tokmeter

ESCAPE = "\x1b["


def test_the_answer_is_on_stdout_and_the_first_runs_remark_on_stderr(fresh: Tokmeter) -> None:
    first, second = fresh("week"), fresh("week")

    assert (0, 0) == (first.status, second.status)
    assert "Reading logs for the first time (nothing leaves this computer)\n" == first.err
    assert first.out.startswith("Week 47 · Mon 16 \N{EN DASH} Sat 21 Nov 2026")
    assert "" == second.err
    assert first.out == second.out


def test_tokmeter_alone_is_the_week(warm: Tokmeter) -> None:
    assert warm("week").out == warm().out


def test_quiet_says_nothing_on_stderr(fresh: Tokmeter) -> None:
    assert "" == fresh("week", "-q").err


def test_json_is_one_document_with_the_envelopes_keys(warm: Tokmeter) -> None:
    document = json.loads(warm("week", "--json").out)

    assert ["schema", "generated_at", "period", "filters", "data", "problems"] == list(document)
    assert "tokmeter.week/1" == document["schema"]
    assert "2026-11-21T17:05:00.000Z" == document["generated_at"]


def test_json_may_be_asked_for_before_the_command(warm: Tokmeter) -> None:
    assert warm("week", "--json").out == warm("--json", "week").out == warm("--json").out


def test_every_format_tells_the_same_sum(warm: Tokmeter) -> None:
    """The tokens of the week by export are those of JSON, plain and CSV."""
    week = ("--since", "2026-11-16", "--until", "2026-11-22")
    entries = [json.loads(line) for line in warm("export", *week).out.splitlines()]
    expected = sum(entry["total_tokens"] for entry in entries)
    document = json.loads(warm("week", "--json").out)
    plain = list(csv.DictReader(io.StringIO(warm("week", "--plain").out), delimiter="\t"))
    table = list(csv.DictReader(io.StringIO(warm("week", "--format", "csv").out)))

    assert expected > 0
    assert expected == sum(model["total_tokens"] for model in document["data"]["models"])
    assert expected == sum(int(row["total_tokens"]) for row in plain)
    assert expected == sum(int(row["total_tokens"]) for row in table)


def test_markdown_has_a_table(warm: Tokmeter) -> None:
    assert "| ---" in warm("week", "--format", "md").out.replace("|---", "| ---")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("command", ["week", "models", "projects", "sessions"])
def test_no_line_is_wider_than_the_page(warm: Tokmeter, command: str, width: int) -> None:
    lines = warm(command, env={"COLUMNS": str(width)}).out.splitlines()

    assert [] == [line for line in lines if len(line) > width]


def test_a_pipe_gets_80_columns_and_no_colour(warm: Tokmeter) -> None:
    out = warm("week").out

    assert ESCAPE not in out
    assert 60 < max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "env", "colored"),
    [
        pytest.param((), {}, False, id="a pipe"),
        pytest.param((), {"FORCE_COLOR": "1"}, True, id="FORCE_COLOR"),
        pytest.param((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="NO_COLOR over FORCE_COLOR"),
        pytest.param(("--color", "always"), {"NO_COLOR": "1", "TERM": "dumb"}, True, id="--color over all"),
        pytest.param(("--color", "never"), {"FORCE_COLOR": "1"}, False, id="--color never"),
    ],
)
def test_colour_in_a_pipe(
    warm: Tokmeter, arguments: tuple[str, ...], env: dict[str, str], colored: bool
) -> None:
    assert colored == (ESCAPE in warm("week", *arguments, env=env).out)


@pytest.mark.parametrize(
    ("env", "colored"),
    [
        pytest.param({}, True, id="a terminal"),
        pytest.param({"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param({"NO_COLOR": ""}, True, id="an empty NO_COLOR"),
        pytest.param({"TERM": "dumb"}, False, id="TERM=dumb"),
    ],
)
def test_colour_on_a_terminal(warm: Tokmeter, env: dict[str, str], colored: bool) -> None:
    assert colored == (ESCAPE in warm.on_terminal("week", env=env))


def test_colour_changes_no_character(warm: Tokmeter) -> None:
    colored = re.sub(r"\x1b\[[0-9;]*m", "", warm("week", "--color", "always").out)

    assert warm("week").out.splitlines() == [line.rstrip() for line in colored.splitlines()]


@pytest.mark.parametrize(
    "env",
    [
        pytest.param({"LC_ALL": "C"}, id="the C locale"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, id="an ASCII stream"),
        pytest.param({"PYTHONIOENCODING": "latin-1", "LC_ALL": "de_DE.ISO-8859-1"}, id="Latin 1"),
    ],
)
@pytest.mark.parametrize("command", ["week", "doctor", "paths", "nonsense"])
def test_a_locale_without_unicode_gets_ascii(warm: Tokmeter, env: dict[str, str], command: str) -> None:
    result = warm(command, env=env)

    assert result.out.isascii()
    assert result.err.isascii()
    assert "\\u" not in result.out


@pytest.mark.parametrize("arguments", [("export",), ("week",), ("--help",)], ids=" ".join)
def test_a_closed_pipe_ends_quietly(warm: Tokmeter, arguments: tuple[str, ...]) -> None:
    command = warm.command(*arguments) if arguments == ("--help",) else warm.at_home(*arguments)
    with subprocess.Popen(
        command, env=warm.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()

    assert b"" == err
    assert 0 == process.returncode
