"""Names in logs that want to act: on a terminal, on rich, on a spreadsheet, on SQL."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata

import pytest
from bad_home import InProcess, assert_calm, claude_line, claude_log, codex_lines, codex_log, text

from cli.cli_run import Tokmeter

HOSTILE = {
    "escape": "\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "eight-bit control": "\x9b31mred\x85\x90",
    "line breaks": "one\ntwo\r\nthree\u2028four\x0bfive",
    "tabs": "a\tb\tc",
    "bidi": "\u202egnp.exe\u2066x\u200f\u200b",
    "markup": "[bold red]x[/bold red][/foo][link=http://x.invalid]y[/link]",
    "formula": '=cmd()|"/C calc"!A1',
    "formula behind blanks": "  @SUM(1+1)",
    "minus": "-2+3+cmd()",
    "sql": "x'); DROP TABLE entry; --",
    "format": "%s %n {0} {x} \\x1b $(id) `id`",
    "NUL": "a\x00b",
    "half a pair": "a\ud800b",
    "wide": "\U0001f4b8" * 3 + "漢字" * 30,
    "combining": "Z" + "\u0301" * 300,
    "long": "x" * 100_000,
    "blank": "   ",
    "dots": "../../..",
}
REPORTS = (
    ("week",), ("models",), ("projects",), ("sessions",), ("session", "{session}"), ("explain", "{model}"),
    ("sources",), ("doctor", "-v"), ("week", "--wide"), ("sessions", "--wide"), ("day", "2026-11-20"), ("sync",),
    ("explain", "unpriced"), ("projects", "--color", "always", "--wide"), ("sessions", "--format", "md"),
    ("projects", "--format", "md"), ("week", "--model={model}"), ("week", "--project={model}"),
)  # fmt: skip


@pytest.fixture(params=list(HOSTILE), ids=list(HOSTILE))
def hostile(request: pytest.FixtureRequest, here: InProcess) -> tuple[Tokmeter, str]:
    """Every text a log can supply is the hostile one."""
    run, word = here, HOSTILE[request.param]
    line = claude_line(
        "bad", cwd=word, model=word, gitBranch=word, sessionId=word, requestId=word, id=word, stop_reason=word,
        content=[{"type": "tool_use", "id": word, "name": word, "input": {}}],
    )  # fmt: skip
    line |= {"agentId": word, "version": word, "entrypoint": word, "uuid": word}
    line["message"]["usage"] |= {"service_tier": word, "speed": word, "inference_geo": word}
    claude_log(
        run.home,
        text(
            [
                line,
                {"type": word},
                {"type": "user", "sessionId": word, "timestamp": word, "message": {"content": word}},
            ]
        ),
        "bad.jsonl",
    )
    codex = codex_lines(2, cwd=word, originator=word, cli_version=word, git={"branch": word})
    codex[1]["payload"] |= {"model": word, "turn_id": word, "effort": word, "cwd": word}
    codex_log(run.home, text(codex), 2)
    return run, word


def acting(shown: str, *, colour: bool = False) -> list[str]:
    """Characters that would do something instead of showing something."""
    if colour:
        shown = re.sub("\x1b\\[[0-9;]*m", "", shown)
    allowed = {"\n"}
    return sorted(
        {c for c in shown if c not in allowed and unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    )


def test_no_report_fails_or_lets_it_act(hostile: tuple[Tokmeter, str]) -> None:
    run, word = hostile
    usable = word.replace("\x00", "").encode("utf-8", "replace").decode()[:1_000]
    chosen = REPORTS if len(word) < 50 else REPORTS[:5]
    for report in chosen:
        arguments = [part.format(session=usable, model=usable) if "{" in part else part for part in report]
        if arguments[0] in ("session", "explain") and not usable.strip():
            continue
        if (
            arguments[-1].startswith("-")
            and arguments[0] in ("session", "explain")
            and report[-1].startswith("{")
        ):
            arguments.insert(-1, "--")
            result = run.bare(
                arguments[0], "--home", str(run.home), "--as-of", "2026-11-21T17:05:00Z", *arguments[1:]
            )
        else:
            result = run(*arguments)

        # No argument can hold a NUL, so that without it names nothing.
        assert_calm(result, 2 if "\x00" in word and report[-1] in ("{session}", "{model}") else 0)
        assert [] == acting(result.out, colour="always" in report), arguments
        assert [] == acting(result.err), arguments


def test_the_counts_are_those_of_tame_names(hostile: tuple[Tokmeter, str]) -> None:
    """Three good, one bad and two of each thread."""
    run, _ = hostile
    entries = [json.loads(line) for line in run("export").out.split("\n") if line]

    assert 800 == sum(entry["total_tokens"] for entry in entries)
    assert 8 == len(entries)


def test_a_spreadsheet_runs_none_of_it(hostile: tuple[Tokmeter, str]) -> None:
    run, _ = hostile
    for command in ("projects", "models", "sessions", "week", "export"):
        result = run(command, "--format", "csv")
        rows = list(csv.reader(io.StringIO(result.out)))

        assert_calm(result)
        assert 1 == len({len(row) for row in rows}), command
        cells = {cell for row in rows[1:] for cell in row if not cell.lstrip("-").replace(".", "").isdigit()}
        assert [] == [
            cell[:80] for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
        ], command


def test_plain_and_json_keep_their_shape(hostile: tuple[Tokmeter, str]) -> None:
    run, _ = hostile
    for command in ("projects", "sessions", "week", "models"):
        plain = run(command, "--plain")
        assert 1 == len({line.count("\t") for line in plain.out.split("\n") if line})
        json.loads(run(command, "--json").out)
