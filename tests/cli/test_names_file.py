"""The names file: what TAB may offer, out of a ledger whose names are anybody's text."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cli_run import Tokmeter

from tokmeter.cli.names_file import FILE, LIMITS, names_text, write_names
from tokmeter.ledger.store import Ledger
from tokmeter.metrics.known_names import KnownNames, known_names

NOTHING = KnownNames([], [], [], [])


def entry(ledger: Ledger, number: int, ts: int, model: str, project: str, session: str, source: str) -> None:
    """Post one entry the short way: the smallest row the schema takes."""
    run = ledger.connection.execute
    run(
        "INSERT OR IGNORE INTO origin (source, session_id, project) VALUES (?, ?, ?)",
        (source, session, project),
    )
    run("INSERT OR IGNORE INTO sku (provider, model, model_raw) VALUES ('p', ?, ?)", (model, model))
    run(
        """INSERT INTO entry (hash, key, ts, origin_id, sku_id, uncached_input_tokens, cache_read_input_tokens,
            cache_creation_5m_input_tokens, cache_creation_1h_input_tokens, output_tokens,
            reasoning_output_tokens, web_searches, count_basis, flags, owner_rank, sku_ts, evidence_rank,
            file_id, first_line, last_line)
        SELECT ?, ?, ?, o.id, s.id, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, ?, 0, 1, 1, 1
        FROM origin o, sku s WHERE o.session_id = ? AND o.project = ? AND o.source = ? AND s.model = ?""",
        (number, f"k{number}", ts, ts, session, project, source, model),
    )


@pytest.fixture
def ledger() -> Ledger:
    """Three requests, then one of another model, assistant and project, then again the first project."""
    made = Ledger.in_memory()
    entry(made, 1, 1_000, "opus", "/home/ana/shop", "s1", "claude-code")
    entry(made, 2, 2_000, "opus", "/home/ana/shop", "s1", "claude-code")
    entry(made, 3, 3_000, "gpt", "/home/ana/notes/", "s2", "codex")
    entry(made, 4, 4_000, "haiku", "/home/ana/shop", "s3", "claude-code")
    return made


def test_models_come_by_use_and_everything_else_by_its_latest_use(ledger: Ledger) -> None:
    expected = KnownNames(
        ["opus", "gpt", "haiku"],
        ["/home/ana/shop", "/home/ana/notes/"],
        ["claude-code", "codex"],
        ["s3", "s2"],
    )

    assert expected == known_names(ledger.connection, sessions=2)


def test_a_line_has_a_kind_a_tab_and_a_name_and_a_project_has_its_name_and_its_folder(ledger: Ledger) -> None:
    text = (
        "model\topus\nmodel\tgpt\nmodel\thaiku\nproject\tshop\nproject\tnotes\n"
        "folder\t/home/ana/shop\nfolder\t/home/ana/notes\nsource\tclaude-code\nsource\tcodex\n"
        "session\ts3\nsession\ts2\nsession\ts1\n"
    )

    assert text == names_text(known_names(ledger.connection, 10))


def test_a_project_of_windows_is_offered_by_its_name_too() -> None:
    text = names_text(NOTHING._replace(projects=["C:\\Users\\ana\\shop"]))

    assert "project\tshop\nfolder\tC:\\Users\\ana\\shop\n" == text


@pytest.mark.parametrize(
    "name",
    [
        "two\nlines",
        "tab\tin it",
        "bell\a",
        "escape\x1b[2J",
        "delete\x7f",
        "c1\x9b",
        "line\u2028separator",
        "bidi\u202e",
        "-rf",
        "--json",
        "~root",
        " outer",
        "outer ",
        "",
        "x" * 251,
    ],
)
def test_a_name_that_could_break_a_line_or_a_terminal_or_pass_for_a_switch_is_left_out(name: str) -> None:
    assert "model\tfine\n" == names_text(NOTHING._replace(models=[name, "fine"]))


@pytest.mark.parametrize("name", ["$(rm -rf x)", "`x`", "two words", "it's", 'a"b', "*", "qwen:7b", "größe"])
def test_a_name_that_only_needs_quotes_stays_as_it_is(name: str) -> None:
    assert f"model\t{name}\n" == names_text(NOTHING._replace(models=[name]))


def test_the_file_stays_small_however_many_names_there_are() -> None:
    many = [f"/n/{number}" for number in range(3_000)]
    lines = names_text(KnownNames(many, many, many, many)).splitlines()

    assert LIMITS == {kind: sum(line.startswith(f"{kind}\t") for line in lines) for kind in LIMITS}
    assert "model\t/n/0" == lines[0]


def test_file_and_folder_are_private_and_nothing_else_is_left_in_it(ledger: Ledger, tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    write_names(ledger, cache)

    assert [cache / FILE] == list(cache.iterdir())
    assert 0o600 == stat.S_IMODE((cache / FILE).stat().st_mode)
    assert 0o700 == stat.S_IMODE(cache.stat().st_mode)


def test_it_is_written_again_only_when_a_name_is_new(ledger: Ledger, tmp_path: Path) -> None:
    write_names(ledger, tmp_path)
    first = (tmp_path / FILE).stat().st_ino
    write_names(ledger, tmp_path)
    unchanged = (tmp_path / FILE).stat().st_ino
    entry(ledger, 5, 5_000, "sonnet", "/home/ana/shop", "s3", "claude-code")
    write_names(ledger, tmp_path)

    assert first == unchanged
    assert "model\tsonnet\n" in (tmp_path / FILE).read_text()


def test_a_file_that_is_no_text_is_replaced(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"model\t\xff\xfe\n")
    write_names(ledger, tmp_path)

    assert (tmp_path / FILE).read_text().startswith("model\topus\n")


def test_a_cache_that_cannot_be_written_is_no_fault(ledger: Ledger, tmp_path: Path) -> None:
    in_the_way = tmp_path / "cache"
    in_the_way.write_text("a file, not a folder")
    write_names(ledger, in_the_way)

    assert "a file, not a folder" == in_the_way.read_text()


def test_an_empty_ledger_gives_an_empty_file(tmp_path: Path) -> None:
    write_names(Ledger.in_memory(), tmp_path)

    assert "" == (tmp_path / FILE).read_text()


def test_the_names_of_a_real_history_are_those_its_reports_show(warm: Tokmeter, tmp_path: Path) -> None:
    opened = Ledger.open(warm.own / "ledger.db")
    write_names(opened, tmp_path)
    opened.close()
    names = [line.split("\t") for line in (tmp_path / FILE).read_text().splitlines()]
    models = warm("models", "all", "--plain", "--no-sync").out
    sources = warm("sources", "--plain", "--no-sync").out

    assert [] == [name for kind, name in names if kind == "model" and name not in models]
    assert [] == [name for kind, name in names if kind == "source" and name not in sources]
    assert {"model", "project", "folder", "source", "session"} == {kind for kind, _ in names}


def test_no_question_walks_through_all_entries(ledger: Ledger) -> None:
    """The newest entries by the index on time, then a step on the index of origins for each origin."""
    from tokmeter.metrics import known_names as asked

    plans = [
        row[3]
        for sql, values in ((asked.ORIGINS, ()), (asked.MODELS, (asked.RECENT,)))
        for row in ledger.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
    ]
    steps = [step for step in plans if " e " in step or " entry " in step]

    assert ["SEARCH e USING INDEX entry_origin (origin_id=?)", "SCAN entry USING INDEX entry_ts"] == steps
