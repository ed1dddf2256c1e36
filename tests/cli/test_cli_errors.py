"""What is said, and with which status, when something is wrong."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from cli_run import AS_OF, Tokmeter

FIGURE = "claude-opus-4-8"
"""Stands in every complete report over the invented history."""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("wek",), "tokmeter week", id="mistyped command"),
        pytest.param(("zzzzzz",), "tokmeter --help", id="no such command"),
        pytest.param(("prices", "shw"), "prices show", id="mistyped command of a group"),
        pytest.param(("week", "--no-snyc"), "--no-sync", id="mistyped switch"),
        pytest.param(
            ("week", "--budget", "60"),
            "tokmeter: There is no switch --budget.\n",
            id="a switch like no other",
        ),
        pytest.param(("week", "--since"), "--since DAY", id="switch without its value"),
        pytest.param(("week", "--plain=1"), "takes no value", id="flag with a value"),
        pytest.param(("week", "someday"), "2026-W47", id="no period"),
        pytest.param(("week", "2026-W60"), "2026-W47", id="a week that does not exist"),
        pytest.param(("week", "last", "week", "--since", "2026-11-01"), "two periods", id="two periods"),
        pytest.param(("week", "--format", "csv", "--plain"), "Two formats", id="two formats"),
        pytest.param(("week", "--format", "pdf"), "csv", id="no such format"),
        pytest.param(("week", "--color", "blue"), "always", id="no such colour choice"),
        pytest.param(("week", "--tz", "Mars"), "Europe/Berlin", id="no such zone"),
        pytest.param(("week", "--source", "cloude-code"), "claude-code", id="no such assistant"),
        pytest.param(("week", "--home", "/nonexistent"), "/nonexistent", id="no such home"),
        pytest.param(("week", "--as-of", "noon"), "2026-11-21", id="no time"),
        pytest.param(("session",), "ID", id="missing argument"),
        pytest.param(
            ("shell", "init"),
            "tokmeter: shell init needs a shell: bash, zsh, fish or pwsh.\n",
            id="none of the choices",
        ),
        pytest.param(("explain",), "tokmeter: The command explain needs KEY|MODEL|", id="nothing named"),
        pytest.param(
            ("week", "2026-W99"), "tokmeter: The calendar has no '2026-W99'.\n", id="quoted as typed"
        ),
        pytest.param(("sync", "now"), "does not take 'now'", id="superfluous argument"),
        pytest.param(("session", "zzz", "--no-sync"), "zzz", id="no such session"),
        pytest.param(("explain", "zzz", "--no-sync"), "zzz", id="nothing to explain"),
        pytest.param(("export", "--format", "xml"), "jsonl", id="no such export"),
    ],
)
def test_wrong_usage_names_a_way_out_and_is_status_2(
    warm: Tokmeter, arguments: tuple[str, ...], said: str
) -> None:
    result = warm.bare(*arguments)

    assert 2 == result.status
    assert said in result.err
    assert "" == result.out
    assert "Traceback" not in result.err


def test_every_error_ends_with_a_next_step(warm: Tokmeter) -> None:
    sentence, step = warm.bare("wek").err.splitlines()

    assert "tokmeter: There is no command 'wek'." == sentence
    assert "  → Did you mean: tokmeter week" == step


@pytest.mark.parametrize(
    "arguments",
    [("wek", "--json"), ("week", "--json", "--nonsense"), ("week", "2026-W60", "--format", "json")],
    ids=" ".join,
)
def test_an_early_failure_speaks_json_when_json_was_asked_for(
    warm: Tokmeter, arguments: tuple[str, ...]
) -> None:
    result = warm.bare(*arguments)
    document = json.loads(result.out)

    assert 2 == result.status
    assert "tokmeter.error/1" == document["schema"]
    assert {"code", "message", "hint", "exit_status"} == set(document["error"])
    assert ("usage", 2) == (document["error"]["code"], document["error"]["exit_status"])
    assert document["data"] is None


def test_an_unreadable_config_names_file_and_key(fresh: Tokmeter) -> None:
    fresh.own.mkdir()
    (fresh.own / "config.toml").write_text('tz = "Europe/Rome"\ncolor = "blue"\n')
    result = fresh("week")

    assert 2 == result.status
    assert f"{fresh.own}/config.toml: color must be one of auto" in result.err
    assert "" == result.out


def test_an_unknown_key_of_the_config_is_only_warned_about(fresh: Tokmeter) -> None:
    fresh.own.mkdir()
    (fresh.own / "config.toml").write_text("weekstart = 'sunday'\n")
    result = fresh("week")

    assert 0 == result.status
    assert "unknown key weekstart; did you mean week_start?" in result.err


def test_a_broken_price_file_names_the_file(fresh: Tokmeter) -> None:
    fresh.own.mkdir()
    (fresh.own / "prices.toml").write_text("[[price]\n")
    result = fresh("week")

    assert 2 == result.status
    assert str(fresh.own / "prices.toml") in result.err
    assert "Traceback" not in result.err


def test_a_variable_that_points_nowhere_is_warned_about(fresh: Tokmeter) -> None:
    result = fresh.bare("week", "--as-of", AS_OF, env={"CODEX_HOME": "/nonexistent/codex"})

    assert 0 == result.status
    assert "warning: Codex: /nonexistent/codex (CODEX_HOME) does not exist." in result.err
    assert FIGURE in result.out


def test_where_no_ledger_can_be_made_the_report_is_complete_all_the_same(fresh: Tokmeter) -> None:
    blocked = fresh.own.parent / "file"
    blocked.write_text("")
    env = {"TOKMETER_LEDGER": str(blocked / "ledger.db")}
    report, sync = fresh("week", env=env), fresh("sync", env=env)

    assert (0, 1) == (report.status, sync.status)
    assert FIGURE in report.out
    assert "nothing was saved" in report.err
    assert "TOKMETER_LEDGER" in sync.err


def test_a_full_disk_leaves_the_report_complete_and_fails_the_sync(fresh: Tokmeter) -> None:
    """A limit on the size of files stands for the full disk: writes fail in the middle."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = {
        command: subprocess.run(
            fresh.at_home(command),
            env=fresh.environment(),
            capture_output=True,
            check=False,
            text=True,
            preexec_fn=limit,
        )
        for command in ("week", "sync")
    }

    assert (0, 1) == (done["week"].returncode, done["sync"].returncode)
    assert FIGURE in done["week"].stdout
    assert "nothing was saved" in done["week"].stderr
    assert "tokmeter sync" in done["sync"].stderr
    assert fresh("week").out == done["week"].stdout


def test_a_damaged_ledger_is_named_with_the_way_back(fresh: Tokmeter) -> None:
    fresh.own.mkdir()
    (fresh.own / "ledger.db").write_bytes(b"no database " * 1000)
    result = fresh("week")

    assert 1 == result.status
    assert "is damaged" in result.err
    assert "rebuild it from the logs still on disk: tokmeter sync" in result.err


def test_a_newer_ledger_is_left_alone(fresh: Tokmeter) -> None:
    fresh.own.mkdir()
    path = fresh.own / "ledger.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
        connection.execute("CREATE TABLE of_the_future (a)")
    connection.close()
    before = path.read_bytes()
    result = fresh("week")

    assert 1 == result.status
    assert "newer tokmeter" in result.err
    assert before == path.read_bytes()


def test_an_interrupt_is_status_130_without_a_traceback(fresh: Tokmeter, tmp_path: Path) -> None:
    """The process waits for a named pipe in place of its config file, so it is surely running."""
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)
    with subprocess.Popen(
        fresh.at_home("week"),
        env=fresh.environment(TOKMETER_CONFIG=str(pipe)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert 130 == process.returncode
    assert "interrupted" in err
    assert "Traceback" not in err
