"""Histories that are read at every sync: what the config names, `llm`'s own log, the recorder's folder."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from histories_home import FILES, NOW_MS, batched, chat, enveloped, jsonl, spend, synced

from cli.cli_run import Tokmeter
from histories.llm_logs import write_logs
from tokmeter.histories._watched import History, Watched
from tokmeter.ingest.plan import Places
from tokmeter.ingest.sync import PriceSettings, SyncResult, sync
from tokmeter.ledger.store import Ledger
from tokmeter.recorder import Recorder


@pytest.fixture
def run(tmp_path: Path) -> Tokmeter:
    """A tokmeter on a machine without any logs."""
    home = tmp_path / "home"
    home.mkdir()
    return Tokmeter(tmp_path, home)


def configured(run: Tokmeter, text: str) -> None:
    run.own.mkdir(exist_ok=True)
    (run.own / "config.toml").write_text(text)


def total(run: Tokmeter) -> int:
    """Tokens in the ledger after a sync."""
    done = run.bare("export")
    assert 0 == done.status, done.err
    return sum(json.loads(line)["total_tokens"] for line in done.out.splitlines())


def tokens(ledger: Ledger) -> int:
    return int(ledger.connection.execute("SELECT ifnull(sum(total_tokens), 0) FROM entries").fetchone()[0])


def offset(ledger: Ledger, name: str) -> tuple[int, int]:
    """Up to where a file was read: bytes and lines."""
    found = ledger.connection.execute(
        "SELECT offset, lines FROM log_file WHERE path LIKE '%' || ?", (name,)
    ).fetchone()
    return found[0], found[1]


# What the config names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named", ["calls.jsonl", "*.jsonl", "", "**/c*.jsonl"], ids=["file", "pattern", "folder", "deep"]
)
def test_a_history_is_a_file_a_folder_or_a_pattern(run: Tokmeter, tmp_path: Path, named: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "calls.jsonl").write_bytes(jsonl(enveloped("a")))
    configured(run, f'[[history]]\npath = "{tmp_path}/logs/{named}"\n')

    assert 1200 == total(run)


def test_a_relative_path_is_beside_the_config_and_a_tilde_is_the_home(run: Tokmeter) -> None:
    configured(run, '[[history]]\npath = "kept.jsonl"\n[[history]]\npath = "~/more.jsonl"\n')
    (run.own / "kept.jsonl").write_bytes(jsonl(enveloped("a")))
    (run.home / "more.jsonl").write_bytes(jsonl(enveloped("b", prompt=2000)))

    assert 1200 + 2200 == total(run)


def test_a_format_that_is_told_is_not_guessed(run: Tokmeter, tmp_path: Path) -> None:
    """The lines of batch results, read as API objects, are not priced as batch; and so at the next sync."""
    log = tmp_path / "batch.jsonl"
    log.write_bytes(FILES["batch.jsonl"])
    configured(run, f'[[history]]\npath = "{log}"\nformat = "api-object"\n')
    assert 2400 == total(run)
    with log.open("ab") as stream:
        stream.write(jsonl(batched("z")))
    found = [json.loads(line) for line in run.bare("export").out.splitlines()]

    assert [("api-object", None)] * 3 == [(row["source"], row["service_tier"]) for row in found]


def test_an_unknown_format_ends_with_a_sentence(run: Tokmeter) -> None:
    configured(run, '[[history]]\npath = "x.jsonl"\nformat = "nope"\n')
    done = run.bare("week")

    assert 2 == done.status
    assert "history.format: There is no format 'nope'; there are: " in done.err


def test_a_configured_place_that_is_not_there_is_warned_about(run: Tokmeter, tmp_path: Path) -> None:
    configured(run, f'[[history]]\npath = "{tmp_path}/nowhere/*.jsonl"\n')
    done = run.bare("sync")

    assert 0 == done.status
    assert f"API histories: {tmp_path}/nowhere/*.jsonl (configured) does not exist." in done.err


def test_another_home_leaves_out_what_the_config_names(run: Tokmeter, tmp_path: Path) -> None:
    """As it does for the further folders of assistants."""
    (tmp_path / "calls.jsonl").write_bytes(jsonl(enveloped("a")))
    configured(run, f'[[history]]\npath = "{tmp_path}/calls.jsonl"\n')

    assert "" == run.bare("export", "--home", str(run.home)).out


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(jsonl(enveloped("a")))
    ledger = Ledger.in_memory()
    done = synced(ledger, tmp_path, tmp_path / "*.jsonl", tmp_path / "calls.jsonl")

    assert (1, 1, 1200) == (done.files_seen, done.files_read, tokens(ledger))


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    folder = tmp_path / "logs [old]"
    folder.mkdir()
    (folder / "calls.jsonl").write_bytes(jsonl(enveloped("a")))
    ledger = Ledger.in_memory()
    synced(ledger, folder, folder / "calls.jsonl")

    assert 1200 == tokens(ledger)


def test_pipes_folders_and_broken_links_among_the_files_are_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    (tmp_path / "b.jsonl").mkdir()
    (tmp_path / "c.jsonl").symlink_to(tmp_path / "gone")
    (tmp_path / "d.jsonl").write_bytes(jsonl(enveloped("a")))
    ledger = Ledger.in_memory()
    done = synced(ledger, tmp_path / "*.jsonl")

    assert (1, 1200, []) == (done.files_seen, tokens(ledger), done.problems)


# How files are read --------------------------------------------------------------------------------------


def test_what_was_appended_is_read_from_where_it_ended(tmp_path: Path) -> None:
    """The offset is behind the last line; the old lines could be anything by now but for head and tail."""
    log = tmp_path / "calls.jsonl"
    log.write_bytes(jsonl(*(enveloped(f"a{number}") for number in range(40))))
    ledger = Ledger.in_memory()
    synced(ledger, log)
    first = log.stat().st_size
    assert (first, 40) == offset(ledger, "calls.jsonl")
    with log.open("ab") as stream:
        stream.write(jsonl(enveloped("b", prompt=2000)))
    done = synced(ledger, log)

    assert (log.stat().st_size, 41) == offset(ledger, "calls.jsonl")
    assert log.stat().st_size - first == done.bytes_read
    assert 40 * 1200 + 2200 == tokens(ledger)


def test_a_log_that_begins_with_one_line_is_continued_later(tmp_path: Path) -> None:
    """One line may be a whole document, so it is read as such; from two lines on the log is read by line."""
    log = tmp_path / "calls.jsonl"
    ledger = Ledger.in_memory()
    for count in (0, 1, 2, 3):
        log.write_bytes(jsonl(*(enveloped(f"a{number}") for number in range(count))))
        synced(ledger, log)
        assert count * 1200 == tokens(ledger)

    assert (log.stat().st_size, 3) == offset(ledger, "calls.jsonl")


def test_a_rewritten_log_is_read_from_its_start_and_forgets_nothing(tmp_path: Path) -> None:
    """Two calls, then the file is rotated: a third one alone. All three were made."""
    log = tmp_path / "calls.jsonl"
    log.write_bytes(jsonl(enveloped("a"), enveloped("b")))
    ledger = Ledger.in_memory()
    synced(ledger, log)
    log.write_bytes(jsonl(enveloped("c", prompt=2000), enveloped("c", prompt=2000)))
    synced(ledger, log)

    assert 1200 + 1200 + 2200 == tokens(ledger)
    assert (log.stat().st_size, 2) == offset(ledger, "calls.jsonl")


@pytest.mark.parametrize("name", ["pretty.json", "days.csv"])
def test_a_document_or_a_table_is_read_whole_when_it_changed(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(FILES[name])
    ledger = Ledger.in_memory()
    synced(ledger, file)
    before = tokens(ledger)
    nothing = synced(ledger, file)
    if name == "days.csv":
        file.write_bytes(FILES[name] + b"2026-02-09,openai/gpt-5,0.1,0,1,1000,200,0\n")
    else:
        file.write_bytes(json.dumps([chat("p"), chat("q"), chat("r")], indent=2).encode())
    done = synced(ledger, file)

    assert 0 == nothing.files_read
    assert 1 == done.files_read
    assert before + 1200 == tokens(ledger)
    assert (0, 0) == offset(ledger, name)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_file_larger_than_a_piece_is_read_in_pieces_and_continued(tmp_path: Path, workers: int) -> None:
    """200 lines of 100 kB: more than two pieces of 8 MiB."""
    log = tmp_path / "calls.jsonl"
    asked = {"messages": [{"role": "user", "content": "x" * 100_000}]}
    log.write_bytes(jsonl(*({"request": asked, **enveloped(f"a{n}")} for n in range(200))))
    ledger = Ledger.in_memory()

    def sync_it() -> SyncResult:
        watched = Watched([History(str(log))])
        places = Places(tmp_path / "home")
        return sync(ledger, [watched], places, now_ms=NOW_MS, prices=PriceSettings(), workers=workers)

    first = sync_it()
    size = log.stat().st_size
    assert (1, size, 200 * 1200) == (first.files_read, first.bytes_read, tokens(ledger))
    assert (size, 200) == offset(ledger, "calls.jsonl")
    assert 0 == sync_it().files_read
    with log.open("ab") as stream:
        stream.write(jsonl(enveloped("b", prompt=2000)))
    sync_it()

    assert 200 * 1200 + 2200 == tokens(ledger)
    assert (log.stat().st_size, 201) == offset(ledger, "calls.jsonl")


def test_errors_are_events_and_text_without_counts_is_counted(tmp_path: Path) -> None:
    """Read twice, the second time from the start. The reply of `w` is "hi", one token."""
    log = tmp_path / "calls.jsonl"
    waiting = {key: value for key, value in chat("w").items() if key != "usage"}
    waiting["choices"] = [{"message": {"role": "assistant", "content": "hi"}}]
    log.write_bytes(jsonl(waiting, enveloped("a"), spend("litellm-1", status="failure")))
    ledger = Ledger.in_memory()
    for verify in (False, True):
        synced(ledger, log, verify=verify)
    problems = ledger.connection.execute("SELECT code, line FROM problem").fetchall()
    events = ledger.connection.execute("SELECT count(*) FROM event").fetchone()
    counted = ledger.connection.execute("SELECT output_tokens FROM entry WHERE count_basis = 1").fetchall()

    assert ([], [(1,)]) == (problems, counted)
    assert (1,) == events
    assert 1201 == tokens(ledger)


def test_a_history_that_tells_nothing_is_a_problem_until_it_does(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    log.write_bytes(jsonl({"cat": 1}, {"dog": 2}))
    ledger = Ledger.in_memory()

    def problems() -> list[str]:
        synced(ledger, log)
        return [row[0] for row in ledger.connection.execute("SELECT code FROM problem")]

    assert ["unmetered"] == problems()
    assert ["unmetered"] == problems()
    log.write_bytes(jsonl({"cat": 2}, enveloped("a")))
    assert [] == problems()


BAD = {
    "empty": b"",
    "blank": b"\n\n \n",
    "binary": bytes(range(256)) * 20,
    "prose": b"dear diary\nnothing happened\n",
    "half a line": b'{"ts":"2026-02-03T10:00:00Z","resp',
    "damaged gzip": b"\x1f\x8b\x08\x00garbage",
    "damaged database": b"SQLite format 3\0" + b"x" * 500,
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", ["x.jsonl", "x.db", "x.csv", "x.gz", "x"])
def test_a_bad_file_disturbs_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "good.jsonl").write_bytes(jsonl(enveloped("a")))
    ledger = Ledger.in_memory()
    synced(ledger, tmp_path)

    assert 1200 == tokens(ledger)
    assert 0 == synced(ledger, tmp_path).files_read


# llm's own log -------------------------------------------------------------------------------------------


def llm_row(number: int, prompt: int = 900) -> dict[str, object]:
    return {
        "id": f"01jk40qkxetedzpf1zd8k9b{number:03d}", "model": "o4-mini", "input_tokens": prompt,
        "output_tokens": 300, "token_details": '{"prompt_tokens_details":{"cached_tokens":512}}',
        "duration_ms": 4100, "datetime_utc": "2026-02-03T10:00:00+00:00", "response": "private",
    }  # fmt: skip


def llm_folder(run: Tokmeter, where: str) -> tuple[Path, dict[str, str]]:
    """The folder of llm's log, and the variables that say so."""
    if where == "LLM_USER_PATH":
        return run.home / "elsewhere", {"LLM_USER_PATH": str(run.home / "elsewhere")}
    if where == "XDG_CONFIG_HOME":
        return run.home / "conf" / "io.datasette.llm", {"XDG_CONFIG_HOME": str(run.home / "conf")}
    return run.home / ".config" / "io.datasette.llm", {}


@pytest.mark.parametrize("where", ["default", "XDG_CONFIG_HOME", "LLM_USER_PATH"])
def test_the_log_of_llm_is_read_at_its_usual_place(run: Tokmeter, where: str) -> None:
    folder, variables = llm_folder(run, where)
    folder.mkdir(parents=True)
    write_logs(folder / "logs.db", "0.31", responses=[llm_row(1)])
    done = run.bare("export", env=variables)

    assert [1200] == [json.loads(line)["total_tokens"] for line in done.out.splitlines()]
    assert "private" not in (run.own / "ledger.db").read_bytes().decode("latin-1")


def test_a_folder_of_llm_that_was_named_but_is_not_there_is_warned_about(run: Tokmeter) -> None:
    done = run.bare("sync", env={"LLM_USER_PATH": "/nowhere"})

    assert "API histories: /nowhere (LLM_USER_PATH) does not exist." in done.err


def test_a_database_that_is_being_written_is_read_with_its_write_ahead_log(tmp_path: Path) -> None:
    """The row is in the -wal file alone; the database's own file does not change."""
    home = tmp_path / "home"
    folder = home / ".config" / "io.datasette.llm"
    folder.mkdir(parents=True)
    path = write_logs(folder / "logs.db", "0.31", responses=[llm_row(1)])
    ledger = Ledger.in_memory()

    def sync_it() -> int:
        sync(ledger, [Watched()], Places(home), now_ms=NOW_MS, prices=PriceSettings())
        return tokens(ledger)

    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        assert 1200 == sync_it()
        row = llm_row(2, prompt=1900)
        writer.execute(
            f"INSERT INTO responses ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
            tuple(row.values()),
        )
        writer.commit()

        assert 1200 + 2200 == sync_it()
    assert 1200 + 2200 == sync_it()


def test_only_what_was_added_to_llms_log_is_read(tmp_path: Path) -> None:
    """An old row that changes is not looked at again, one that was written late is, another file is read whole."""
    home = tmp_path / "home"
    folder = home / ".config" / "io.datasette.llm"
    folder.mkdir(parents=True)
    path = write_logs(folder / "logs.db", "0.31", responses=[llm_row(1)])
    ledger = Ledger.in_memory()

    def sync_it() -> int:
        sync(ledger, [Watched()], Places(home), now_ms=NOW_MS, prices=PriceSettings())
        return tokens(ledger)

    def add(row: dict[str, object]) -> None:
        with closing(sqlite3.connect(path)) as writer:
            marks = ", ".join("?" * len(row))
            writer.execute(f"INSERT INTO responses ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
            writer.commit()

    def state() -> str:
        return str(ledger.connection.execute("SELECT state FROM log_file").fetchone()[0], "utf-8")

    assert 1200 == sync_it()
    assert state().endswith("01jk40qkxetedzpf1zd8k9b001")
    with closing(sqlite3.connect(path)) as writer:  # two hours before: ids begin with their time
        writer.execute("UPDATE responses SET id = '01jk3spkxetedzpf1zd8k9b001', input_tokens = 5000")
        writer.commit()
    add(llm_row(3))
    assert 2400 == sync_it()
    add(llm_row(2, prompt=1900))
    assert 2400 + 2200 == sync_it()
    assert state().endswith("01jk40qkxetedzpf1zd8k9b003")
    fresh = write_logs(folder / "new.db", "0.31", responses=[{**llm_row(9), "id": "01aa" + "0" * 22}])
    fresh.rename(path)

    assert 4600 + 1200 == sync_it()


# The recorder's ------------------------------------------------------------------------------------------


def test_recorded_calls_are_read_without_any_setting_and_continued(run: Tokmeter) -> None:
    recorder = Recorder(str(run.own / "recorded"))
    recorder(chat("a"))
    first = total(run)
    recorder(chat("b", prompt=2000))
    recorder(chat("c"))

    assert (1200, 1200 + 2200 + 1200) == (first, total(run))
