"""Settings, variables and arguments that make no sense: one sentence, the place, the next step, status 2."""

from __future__ import annotations

import re
import subprocess

import pytest
from bad_home import GOOD, BoundTokmeter, InProcess, assert_calm, exported, mode, summed

from cli.cli_run import AS_OF, Tokmeter


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"tz = ", "not valid TOML", id="torn"),
        pytest.param(b"\xff\xfet\x00z\x00", "not UTF-8", id="another encoding"),
        pytest.param(b"\x00" * 100, "not valid TOML", id="NULs"),
        pytest.param(b"a = " + b"[" * 50_000, "not valid TOML", id="too deep"),
        pytest.param(b"[budget]\nweek = " + b"9" * 5_000, "not valid TOML", id="5,000 digits"),
        pytest.param(b'tz = "Mars/Olympus"', "no time zone called 'Mars/Olympus'", id="no such zone"),
        pytest.param(b'tz = "../../../etc/passwd"', "no time zone called", id="a path as zone"),
        pytest.param(b"tz = 5", "tz must be", id="a number as zone"),
        pytest.param(b'week_start = "someday"', "week_start must be one of", id="no weekday"),
        pytest.param(b"budget = 5", "budget must be a table", id="budget of a wrong type"),
        pytest.param(b"[budget]\nweek = -5", "budget.week must be an amount above 0", id="negative budget"),
        pytest.param(b"[budget]\nweek = nan", "budget.week must be an amount above 0", id="budget nan"),
        pytest.param(b"[budget]\nweek = inf", "budget.week must be an amount above 0", id="budget inf"),
        pytest.param(b"[budget]\nweek = 1e400", "budget.week must be an amount above 0", id="budget 1e400"),
        pytest.param(b"[budget]\nweek = 1e300", "budget.week must be", id="budget 1e300"),
        pytest.param(b'[budget]\nweek = "lots"', "budget.week must be an amount above 0", id="budget in words"),
        pytest.param(b"[budget]\nfortnight = 5", "budget.fortnight is unknown", id="no such budget"),
        pytest.param(b"roots = 5", "roots must be a table", id="roots of a wrong type"),
        pytest.param(b"[roots]\ncodex = 5", "roots.codex must be a list", id="a root of a wrong type"),
        pytest.param(b'[roots]\ncodex = ["~nobody-of-this-name/x"]', "no home folder for ~nobody", id="a root of nobody"),
        pytest.param(b'[roots]\ncodex = ["a\\u0000b"]', "holds a NUL", id="a root with NUL"),
        pytest.param(b'prices = "~nobody-of-this-name/x"', "no home folder for ~nobody", id="prices of nobody"),
        pytest.param(b"prices = 5", "prices must be a path", id="prices of a wrong type"),
        pytest.param(b"quiet_notes = 5", "quiet_notes must be a list", id="notes of a wrong type"),
        pytest.param(b'color = ["blue"]', "color must be one of", id="colour of a wrong type"),
    ],
)  # fmt: skip
def test_a_faulty_config_is_named_with_file_key_and_next_step(
    here: InProcess, content: bytes, said: str
) -> None:
    path = here.own / "config.toml"
    path.parent.mkdir()
    path.write_bytes(content)
    result = here.bare("week", "--as-of", AS_OF)

    assert_calm(result, 2)
    assert said in result.err
    assert "tokmeter: " == result.err[:10]
    assert "  → " in result.err
    assert "" == result.out

    path.unlink()
    assert exported(here) == GOOD


@pytest.mark.parametrize(
    ("root", "status", "said"),
    [
        pytest.param("/nonexistent", 0, "Codex: /nonexistent (configured) does not exist.", id="missing"),
        pytest.param("/dev/null", 0, "Codex: /dev/null (configured) does not exist.", id="no folder"),
        pytest.param("x" * 5_000, 0, "xxx (configured) does not exist.", id="too long"),
        pytest.param("", 2, "config.toml: roots.codex must be a list of folders.", id="empty"),
    ],
)
def test_a_further_place_that_is_not_there_is_said(
    here: InProcess, root: str, status: int, said: str
) -> None:
    here.own.mkdir()
    (here.own / "config.toml").write_text(f"[roots]\ncodex = ['{root}']\n")
    result = here.bare("week", "--as-of", AS_OF)

    assert_calm(result, status)
    assert said in result.err


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[[price]\n", id="torn"),
        pytest.param(b"\xff\xfe", id="another encoding"),
        pytest.param(b"[[price]]\nmodel = 5\ninput = 1\noutput = 1\n", id="a model of a wrong type"),
        pytest.param(b'[[price]]\nmodel = "x"\ninput = -1\noutput = 1\n', id="a negative price"),
        pytest.param(b'[[price]]\nmodel = "x"\ninput = nan\noutput = 1\n', id="nan"),
        pytest.param(b'[[price]]\nmodel = "x"\ninput = inf\noutput = 1\n', id="inf"),
        pytest.param(b'[[price]]\nmodel = "x"\ninput = 1\n', id="no output price"),
        pytest.param(b'[[price]]\nmodel = "x"\ninput = 1\noutput = 1\nfrom = "someday"\n', id="no date"),
        pytest.param(
            b'[[price]]\nmodel = "x"\ninput = 1\noutput = 1\ntiers = 5\n', id="tiers of a wrong type"
        ),
        pytest.param(b"alias = 5\n", id="alias of a wrong type"),
        pytest.param(b"[alias]\nx = 5\n", id="an alias to a number"),
        pytest.param(b"price = 5\n", id="price of a wrong type"),
        pytest.param(
            b'[[price]]\nmodel = "x"\ninput = ' + b"9" * 5_000 + b"\noutput = 1\n", id="5,000 digits"
        ),
        pytest.param(b"a = " + b"[" * 50_000, id="too deep"),
    ],
)
def test_a_faulty_price_file_is_named_and_nothing_is_priced_wrongly(here: InProcess, content: bytes) -> None:
    here.own.mkdir()
    path = here.own / "prices.toml"
    path.write_bytes(content)
    result = here("week")

    assert_calm(result, 2)
    assert str(path) in result.err
    assert "docs/reference/prices.md" in result.err

    path.unlink()
    assert exported(here) == GOOD


def test_a_price_file_that_may_not_be_read(bound: BoundTokmeter) -> None:
    bound.own.mkdir()
    path = bound.own / "prices.toml"
    path.write_text("")
    with mode(path, 0):
        result = bound("week")

    assert_calm(result, 2)
    assert f"{path} can't be read" in result.err


def test_a_config_that_may_not_be_read(bound: BoundTokmeter) -> None:
    bound.own.mkdir()
    path = bound.own / "config.toml"
    path.write_text("")
    with mode(path, 0):
        result = bound("week")

    assert_calm(result, 2)
    assert f"{path} cannot be read: Permission denied" in result.err


def test_a_config_that_is_a_folder(here: InProcess) -> None:
    (here.own / "config.toml").mkdir(parents=True)
    result = here("week")

    assert_calm(result, 2)
    assert "config.toml cannot be read: Is a directory" in result.err


NONSENSE = [
    "/nonexistent",
    "/dev/null",
    ",",
    ", ,",
    "~",
    "~nobody-of-this-name",
    "\udcff\udcfe",
    "x" * 5_000,
    "../..",
    "a\nb",
    "  ",
]


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize(
    ("variable", "kept"), [("CLAUDE_CONFIG_DIR", "codex"), ("CODEX_HOME", "claude-code")]
)
def test_a_variable_of_an_assistant_that_makes_no_sense_costs_only_its_logs(
    here: InProcess, variable: str, kept: str, value: str
) -> None:
    env = {variable: value}
    report = here.bare("week", "--as-of", AS_OF, env=env)
    found = summed(here.bare("export", "--as-of", AS_OF, env=env).out)

    assert_calm(report)
    assert GOOD[kept] == found[kept]
    if value.strip(" ,~.") and value != "../..":
        assert "does not exist" in report.err


ANSWERED = {
    ("week", "--tz", ""),  # an empty value is none
    ("week", "--as-of", ""),
    ("week", "--home", ""),
    ("week", "last"),  # of the report's own kind
    ("week", "\u0662\u0660\u0662\u0666-W47"),  # digits are digits
    ("week", "--project", "\udcff"),  # a selection may hold nothing
    ("week", "--model", "x" * 50_000),
}
"""Arguments that have a sense after all."""


@pytest.mark.parametrize(
    "arguments",
    [
        ("week", "--tz", "Mars"), ("week", "--tz", ""), ("week", "--tz", "/etc/passwd"), ("week", "--tz", "../UTC"),
        ("week", "--tz", "x" * 5_000), ("week", "--tz", "Europe"), ("week", "--tz", "\udcff"),
        ("week", "2026-W54"), ("week", "2026-W00"), ("week", "2026-13"), ("day", "2026-02-30"), ("day", "0000-00-00"),
        ("day", "99999-01-01"), ("day", "9" * 5_000), ("week", "9" * 5_000 + "d"), ("week", "-1d"), ("week", "0d"),
        ("week", "last"), ("week", "next century"), ("week", "\u0662\u0660\u0662\u0666-W47"), ("year", "10000"),
        ("week", "--since", "tomorrow-ish"), ("week", "--since", "2026-11-20", "--until", "2026-11-01"),
        ("week", "--until", "2026-99-99"), ("week", "--as-of", "noon"), ("week", "--as-of", "2026-13-45T99:99"),
        ("week", "--as-of", "9" * 5_000), ("week", "--as-of", "0001-01-01"), ("week", "--as-of", "9999-12-31T23:59:59-12:00"),
        ("week", "--as-of", ""), ("week", "--as-of", "\udcff"), ("week", "--home", "~nobody-of-this-name"),
        ("week", "--home", "x" * 5_000), ("week", "--home", ""), ("week", "--home", "/dev/null"), ("session", "\udcff"),
        ("session", "%"), ("explain", "%"), ("explain", "\udcff"), ("explain", "'; DROP TABLE entry"),
        ("prices", "show", "\udcff"), ("prices", "show", ""), ("week", "--project", "\udcff"), ("week", "--model", "x" * 50_000),
        ("week", "--source", "\x1b[31m"), ("\x1b[31mweek",), ("week", "\x1b[31m"), ("week", "--tz", "\x1b[31m"),
    ],
    ids=lambda arguments: ascii(" ".join(arguments))[:50],
)  # fmt: skip
def test_arguments_that_make_no_sense_are_a_sentence_with_a_next_step(
    here: InProcess, arguments: tuple[str, ...]
) -> None:
    """Status 2, one sentence and a hint, or an answer; never a traceback or an escape.

    `prices show` has nothing for a model that nobody knows: status 1, and the answer says so.
    """
    home = () if "--home" in arguments else ("--home", str(here.home))
    clock = () if "--as-of" in arguments else ("--as-of", AS_OF)
    if arguments[0] == "prices":
        home = clock = ()
    result = here.bare(*arguments, *home, *clock)

    if arguments in ANSWERED:
        status = 0
    elif arguments == ("prices", "show", "\udcff"):
        status = 1
    else:
        status = 2

    assert_calm(result, status)
    assert "\x1b" not in result.out + result.err
    if status == 2:
        *_, sentence, step = result.err.splitlines()
        assert re.match(r"tokmeter: ([A-Z]|--).*\.$", sentence)
        assert step.startswith("  → ")
        assert "tokmeter " in step
        assert "" == result.out
    else:
        assert result.out


@pytest.mark.parametrize(
    ("variable", "value", "status"),
    [
        ("TOKMETER_TZ", "Mars", 2), ("TZ", "Mars", 0), ("TZ", ":/etc/passwd", 0), ("TZ", "x" * 5_000, 0), ("COLUMNS", "-5", 0),
        ("COLUMNS", "9" * 5_000, 0), ("COLUMNS", "wide", 0), ("LANG", "C", 0), ("LC_ALL", "tlh_KX.KOI8-K", 0),
        ("PYTHONIOENCODING", "ascii", 0), ("PYTHONIOENCODING", "utf-16", 0), ("TERM", "", 0), ("HOME", "/nonexistent", 0), ("HOME", "", 0),
        ("TOKMETER_CONFIG", "/nonexistent/config.toml", 0), ("TOKMETER_CONFIG", "~nobody-of-this-name/c", 2),
        ("TOKMETER_LEDGER", "~nobody-of-this-name/c", 2), ("XDG_CONFIG_HOME", "\udcff", 0),
    ],
    ids=lambda value: ascii(value)[:20],
)  # fmt: skip
def test_variables_that_make_no_sense(run: Tokmeter, variable: str, value: str, status: int) -> None:
    """Run with raw bytes: PYTHONIOENCODING decides what stdout is made of."""
    done = subprocess.run(
        run.at_home("week"), env=run.environment(**{variable: value}), capture_output=True, check=False
    )

    assert b"Traceback" not in done.stderr.replace(b"\x00", b""), done.stderr
    assert status == done.returncode
