"""`tokmeter import` through the real program: any container, twice, on trial, described, and what it cannot read."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from cli_run import Result, Tokmeter

CALL = {
    "ts": "2026-02-03T10:00:00Z", "project": "blog",
    "response": {
        "id": "msg_01SampleAAAAAAAAAAAAAAAA", "type": "message", "role": "assistant",
        "model": "claude-sonnet-4-5-20250929", "content": [{"type": "text", "text": "Hi"}],
        "usage": {
            "input_tokens": 12, "cache_creation_input_tokens": 2000, "cache_read_input_tokens": 30_000,
            "cache_creation": {"ephemeral_5m_input_tokens": 500, "ephemeral_1h_input_tokens": 1500},
            "output_tokens": 400,
        },
    },
}  # fmt: skip
"""12 + 30,000 + 500 + 1,500 + 400 = 32,412 tokens."""
OTHER = {
    "id": "resp_68sample0000000000000000", "object": "response", "created_at": 1_770_112_800,
    "model": "gpt-5-2025-08-07", "status": "completed", "output": [],
    "usage": {"input_tokens": 1000, "input_tokens_details": {"cached_tokens": 600}, "output_tokens": 200},
}  # fmt: skip
"""1,200 tokens."""
LINES = f"{json.dumps(CALL)}\n{json.dumps(OTHER)}\n".encode()
SPENT = 32_412 + 1_200
SPEND = (
    "request_id,call_type,spend,startTime,endTime,model,custom_llm_provider,prompt_tokens,completion_tokens,cache_hit,status\n"
    "litellm-1,acompletion,0.5,2026-02-04T10:00:00Z,2026-02-04T10:00:01Z,gpt-5,openai,100,10,False,success\n"
    "litellm-2,acompletion,0,2026-02-04T10:00:00Z,2026-02-04T10:00:01Z,gpt-5,openai,100,10,True,success\n"
    "litellm-3,acompletion,0,2026-02-04T10:00:00Z,2026-02-04T10:00:01Z,gpt-5,openai,0,0,False,failure\n"
)
"""One billed call of 110 tokens, one answer of the gateway's cache, one failure."""


def zipped(*members: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target.getvalue()


def data(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.out)["data"]
    return found


def exported(run: Tokmeter) -> str:
    return run.bare("export", "--quiet", "--no-sync").out


def total(run: Tokmeter) -> int:
    return sum(json.loads(line)["total_tokens"] for line in exported(run).splitlines())


def counts(result: Result) -> tuple[int, int, int]:
    """Calls, new and known ones over all files."""
    formats = [one for file in data(result)["files"] for one in file["formats"]]
    return tuple(sum(one[name] for one in formats) for name in ("calls", "new", "known"))


# Containers ----------------------------------------------------------------------------------------------

CONTAINERS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "file": ("calls.jsonl", lambda: LINES),
    "array": ("calls.json", lambda: json.dumps([CALL, OTHER], indent=1).encode()),
    "gzip": ("calls.jsonl.gz", lambda: gzip.compress(LINES)),
    "zstd": ("calls.jsonl.zst", lambda: zstandard.compress(LINES)),
    "zip": ("calls.zip", lambda: zipped(("a/calls.jsonl", LINES), ("a/readme.txt", b"no log"))),
    "zip of gzip": ("calls.zip", lambda: zipped(("calls.jsonl.gz", gzip.compress(LINES)))),
    "no extension": ("calls", lambda: LINES),
}


@pytest.mark.parametrize(("name", "content"), CONTAINERS.values(), ids=CONTAINERS)
def test_a_file_is_read_however_it_is_packed(
    lonely: Tokmeter, tmp_path: Path, name: str, content: Callable[[], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(content())
    done = lonely.bare("import", str(path), "--json")

    assert 0 == done.status, done.err
    assert (2, 2, 0) == counts(done)
    assert SPENT == total(lonely)


def test_standard_input_is_read_as_a_file(lonely: Tokmeter) -> None:
    done = subprocess.run(
        lonely.command("import", "-", "--json"),
        env=lonely.environment(), input=gzip.compress(LINES), capture_output=True, check=False, timeout=60,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert "-" == json.loads(done.stdout)["data"]["files"][0]["path"]
    assert SPENT == total(lonely)


def test_a_folder_is_read_with_all_below_it_but_what_is_hidden(lonely: Tokmeter, tmp_path: Path) -> None:
    """Three files of one call each, one of them hidden, and a text; what a file is is told for each."""
    folder = tmp_path / "kept"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "one.jsonl").write_text(json.dumps(CALL) + "\n")
    (folder / "deep" / "er" / "two.json").write_text(json.dumps(OTHER))
    (folder / ".git" / "three.json").write_text(json.dumps({**OTHER, "id": "resp_hidden00000000000000"}))
    (folder / "notes.txt").write_text("nothing to count")
    done = lonely.bare("import", str(folder), "--json")
    told = {
        Path(file["path"]).name: [one["format"] for one in file["formats"]] for file in data(done)["files"]
    }

    assert 0 == done.status
    assert {"one.jsonl": ["api-object"], "two.json": ["api-object"], "notes.txt": []} == told
    assert SPENT == total(lonely)


def test_a_folder_may_hold_many_formats(lonely: Tokmeter, tmp_path: Path) -> None:
    """Of the spend log 110 tokens are billed; a cached answer and a failure are none."""
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "calls.jsonl").write_bytes(LINES)
    (folder / "spend.csv").write_text(SPEND)
    done = lonely.bare("import", str(folder), "--json")
    found = {one["format"]: one for file in data(done)["files"] for one in file["formats"]}

    assert {"api-object", "litellm-spend"} == set(found)
    assert (3, 1, 1, 1) == tuple(
        found["litellm-spend"][name] for name in ("calls", "new", "errors", "cached")
    )
    assert SPENT + 110 == total(lonely)


# Again, and on trial -------------------------------------------------------------------------------------


def test_importing_twice_adds_nothing(lonely: Tokmeter, tmp_path: Path) -> None:
    """Not from the same file, nor from a copy under another name or in an archive."""
    (tmp_path / "calls.jsonl").write_bytes(LINES)
    (tmp_path / "copy.zip").write_bytes(zipped(("x.jsonl", LINES)))
    (tmp_path / "spend.csv").write_text(SPEND)
    lonely.bare("import", str(tmp_path / "calls.jsonl"), str(tmp_path / "spend.csv"))
    before = exported(lonely)
    again = lonely.bare("import", str(tmp_path / "calls.jsonl"), str(tmp_path / "spend.csv"), "--json")
    copy = lonely.bare("import", str(tmp_path / "copy.zip"), "--json")

    assert ((5, 0, 3), (2, 0, 2)) == (counts(again), counts(copy))
    assert before == exported(lonely)


def test_a_file_that_names_a_call_twice_counts_it_once(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(LINES + LINES)
    done = lonely.bare("import", str(tmp_path / "calls.jsonl"), "--json")

    assert (4, 2, 2) == counts(done)
    assert SPENT == total(lonely)


def test_a_trial_makes_no_ledger(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(LINES)
    done = lonely.bare("import", str(tmp_path / "calls.jsonl"), "--dry-run")

    assert 0 == done.status
    assert "2 new calls" in done.out
    assert "nothing was kept" in done.out
    assert not (lonely.own / "ledger.db").exists()


def test_a_trial_leaves_a_ledger_as_it_is(lonely: Tokmeter, tmp_path: Path) -> None:
    """Every byte of it, and it says what is known already."""
    (tmp_path / "one.json").write_text(json.dumps(CALL))
    (tmp_path / "both.jsonl").write_bytes(LINES)
    lonely.bare("import", str(tmp_path / "one.json"))
    before = (lonely.own / "ledger.db").read_bytes()
    done = lonely.bare("import", str(tmp_path / "both.jsonl"), "-n", "--json")

    assert (2, 1, 1) == counts(done)
    assert data(done)["dry_run"]
    assert before == (lonely.own / "ledger.db").read_bytes()


# Told what it is -----------------------------------------------------------------------------------------


def test_a_format_that_is_named_is_not_guessed(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(LINES)
    right = lonely.bare("import", str(tmp_path / "calls.jsonl"), "--format", "api-object", "--json")
    wrong = lonely.bare("import", str(tmp_path / "calls.jsonl"), "--format", "helicone", "--dry-run")

    assert (2, 2, 0) == counts(right)
    assert "2 new calls" not in wrong.out


def test_a_table_of_ones_own_is_read_by_its_description(lonely: Tokmeter, tmp_path: Path) -> None:
    """1,000 + 200 tokens, and 0.05 USD that the table says were charged."""
    table = tmp_path / "calls.csv"
    table.write_text("Date;Model;Input;Output;USD\n2026-02-05 10:00;gpt-5;1000;200;0.05\n")
    done = lonely.bare(
        "import", str(table), "--map", "ts=Date,model=Model,in=Input,out=Output,cost=USD", "--json"
    )
    (row,) = (json.loads(line) for line in exported(lonely).splitlines())

    assert 0 == done.status, done.err
    assert ("2026-02-05T10:00:00.000Z", "gpt-5", 1000, 200) == (
        row["ts"], row["model"], row["uncached_input_tokens"], row["output_tokens"],
    )  # fmt: skip
    assert 50_000_000 == row["reported_cost_nanousd"]


WRONG = {
    "no path": ([], "needs PATH"),
    "a path that is not there": (["nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file"),
    "a format that does not exist": (["{file}", "--format", "nope"], "no format 'nope'; there are: "),
    "a description without a time": (["{file}", "--map", "model=Model"], "ts"),
    "a description of nothing": (["{file}", "--map", "x"], "--map"),
}


@pytest.mark.parametrize(("arguments", "told"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_understood_is_said_with_the_next_step(
    lonely: Tokmeter, tmp_path: Path, arguments: list[str], told: str
) -> None:
    (tmp_path / "calls.jsonl").write_bytes(LINES)
    done = lonely.bare("import", *(word.format(file=tmp_path / "calls.jsonl") for word in arguments))

    assert (2, "") == (done.status, done.out)
    assert told in done.err
    assert "tokmeter import --help" in done.err
    assert not (lonely.own / "ledger.db").exists()


UNREADABLE = {
    "prose": ("notes.txt", b"dear diary\n", "is no kind of file an import reads"),
    "other records": ("pets.jsonl", b'{"cat":1}\n{"dog":2}\n', "no known format (keys cat)"),
    "empty": ("empty.jsonl", b"", "it is empty"),
    "other table": ("t.csv", b"a,b,c,d\n1,2,3,4\n", "no known format"),
    "picture": ("x.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "is no kind of file an import reads"),
    "cut gzip": ("x.jsonl.gz", gzip.compress(LINES)[:40], "could not be read"),
}


@pytest.mark.parametrize(("name", "content", "told"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_not_recognised_ends_with_status_1_and_a_sentence(
    lonely: Tokmeter, tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = lonely.bare("import", str(tmp_path / name))

    assert 1 == done.status
    assert "nothing recognised" in done.out
    assert told in " ".join(done.out.split())
    assert "" == exported(lonely)


def test_a_ledger_that_cannot_be_made_is_a_failure(lonely: Tokmeter, tmp_path: Path) -> None:
    """A report goes on without; an import whose only job is to keep something does not."""
    (tmp_path / "calls.jsonl").write_bytes(LINES)
    done = lonely.bare("import", str(tmp_path / "calls.jsonl"), env={"TOKMETER_HOME": "/proc/nowhere"})

    assert 1 == done.status
    assert "cannot be created" in done.err


# What is said --------------------------------------------------------------------------------------------


def test_the_document_has_the_keys_of_its_schema(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_text(SPEND)
    document = json.loads(lonely.bare("import", str(tmp_path / "spend.csv"), "--json").out)
    (file,) = document["data"]["files"]
    (one,) = file["formats"]

    assert "tokmeter.import/1" == document["schema"]
    assert {"dry_run", "files", "merged", "replaced", "seconds", "costs"} == set(document["data"])
    assert {"path", "formats", "skipped"} == set(file)
    assert {
        "format", "title", "rare", "calls", "new", "known", "buckets", "errors", "cached", "needs_tokenizing",
        "tokenized", "calibrated", "estimated", "counted_tokens", "first", "last", "input_tokens", "output_tokens",
        "amount",
    } == set(one)  # fmt: skip
    assert {"model", "calls", "recorded", "computed"} == set(document["data"]["costs"][0])


def test_a_recorded_cost_that_does_not_fit_is_pointed_out(lonely: Tokmeter, tmp_path: Path) -> None:
    """0.50 USD for 110 tokens of gpt-5, which cost 100 x 1.25 + 10 x 10 = 225 USD per million: 0.000225."""
    (tmp_path / "spend.csv").write_text(SPEND)
    done = lonely.bare("import", str(tmp_path / "spend.csv"))

    assert "recorded costs are 222222% of list cost" in " ".join(done.out.split())


def test_a_cost_that_fits_is_shown_and_no_cause_for_a_word(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_text(SPEND.replace(",0.5,", ",0.000225,"))
    done = lonely.bare("import", str(tmp_path / "spend.csv"))

    assert "Recorded costs beside list cost" in done.out
    assert "% of list cost" not in done.out


def test_errors_and_cached_answers_are_events_not_requests(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_text(SPEND)
    lonely.bare("import", str(tmp_path / "spend.csv"))
    with_events = subprocess.run(
        [sys.executable, "-c",
         ("import sqlite3,sys;from tokmeter.core.event import EVENT_KINDS;"
         "print(sorted(EVENT_KINDS[k] for k, in sqlite3.connect(sys.argv[1]).execute('SELECT kind FROM event')))"),
         str(lonely.own / "ledger.db")],
        env=lonely.environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "['api_error', 'gateway_cache_hit']\n" == with_events.stdout
    assert 1 == len(exported(lonely).splitlines())


BARE = {
    "id": "chatcmpl-SampleBBBBBBBBBBBBBB", "object": "chat.completion", "created": 1_770_112_800,
    "model": "gpt-5", "choices": [{"message": {"role": "assistant", "content": "Hello there"}}],
}  # fmt: skip
"""A reply without usage: "Hello", " there" by o200k_base."""
S12 = (
    '[{"conversation_id":"c1","title":"t","create_time":1770112800.0,"current_node":"n3","mapping":{"n1":{"id":"n1",'
    '"parent":null,"children":["n2"],"message":null},"n2":{"id":"n2","parent":"n1","children":["n3"],"message":'
    '{"id":"m2","author":{"role":"user"},"create_time":1770112800.5,"content":{"content_type":"text","parts":'
    '["Hello there"]},"metadata":{}}},"n3":{"id":"n3","parent":"n2","children":[],"message":{"id":"m3","author":'
    '{"role":"assistant"},"create_time":1770112802.0,"content":{"content_type":"text","parts":["Hi! How can I help?"]},'
    '"metadata":{"model_slug":"gpt-4o"}}}}}]'
)


def test_text_without_counts_is_counted_once_however_often_it_is_imported(
    lonely: Tokmeter, tmp_path: Path
) -> None:
    (tmp_path / "calls.jsonl").write_text(f"{json.dumps(BARE)}\n{json.dumps(OTHER)}\n")
    for _ in range(2):
        done = lonely.bare("import", str(tmp_path / "calls.jsonl"))

    told = "API objects: 1 call without counts, counted by their text (1 tokenized): 2 tokens, beside 1,200 recorded"
    assert told in " ".join(done.out.split())
    assert "needs-tokenizing" not in lonely.bare("doctor").out
    assert 1_202 == total(lonely)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["text first", "counts first"])
def test_a_log_with_counts_goes_before_one_with_text_alone(
    lonely: Tokmeter, tmp_path: Path, order: tuple[int, int]
) -> None:
    """The same response in two logs: 30 tokens reported, 2 tokens of text."""
    counted = BARE | {"usage": {"prompt_tokens": 10, "completion_tokens": 20}}
    for n in order:
        (tmp_path / f"{n}.json").write_text(json.dumps((BARE, counted)[n]))
        lonely.bare("import", str(tmp_path / f"{n}.json"))
    (row,) = (json.loads(line) for line in exported(lonely).splitlines())

    assert (30, "reported", []) == (row["total_tokens"], row["count_basis"], row["flags"])


def test_a_chat_export_gives_its_row(lonely: Tokmeter, tmp_path: Path) -> None:
    """Sample S12: 2 tokens in, 7 out, tokenized, without a cost of its own, and no word of it in the ledger."""
    (tmp_path / "conversations.json").write_text(S12)
    done = lonely.bare("import", str(tmp_path / "conversations.json"), "--json")
    (row,) = (json.loads(line) for line in exported(lonely).splitlines())
    (one,) = data(done)["files"][0]["formats"]

    assert ("2026-02-03T10:00:02.000Z", "chatgpt", "gpt-4o", "chatgpt:c1/m3") == (
        row["ts"], row["provider"], row["model"], row["key"],
    )  # fmt: skip
    assert (2, 7, "tokenized", None, ["input_partial"]) == (
        row["uncached_input_tokens"], row["output_tokens"], row["count_basis"], row["reported_cost_nanousd"],
        row["flags"],
    )  # fmt: skip
    assert (1, 0, 0, 9, 0) == tuple(
        one[name] for name in ("tokenized", "calibrated", "estimated", "counted_tokens", "needs_tokenizing")
    )
    assert not any(b"How can I help" in path.read_bytes() for path in lonely.own.rglob("*") if path.is_file())


def test_what_has_neither_counts_nor_text_is_listed_once(lonely: Tokmeter, tmp_path: Path) -> None:
    """A stream that was cut before its first word."""
    cut = {
        "id": "chatcmpl-SampleBBBBBBBBBBBBBB", "object": "chat.completion.chunk", "created": 1_770_112_800,
        "model": "gpt-5", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}],
    }  # fmt: skip
    (tmp_path / "calls.jsonl").write_text(f"{json.dumps(cut)}\n{json.dumps(OTHER)}\n")
    for _ in range(2):
        done = lonely.bare("import", str(tmp_path / "calls.jsonl"))
    doctor = lonely.bare("doctor")

    assert "1 call without counts, and without the text to be counted" in " ".join(done.out.split())
    assert 1 == doctor.out.count("needs-tokenizing")
    assert 1_200 == total(lonely)


def test_of_many_files_the_page_tells_of_each_format_and_json_of_each_file(
    lonely: Tokmeter, tmp_path: Path
) -> None:
    """30 files of one call each, and 8 of which nothing is known."""
    folder = tmp_path / "kept"
    folder.mkdir()
    for number in range(30):
        one = {**OTHER, "id": f"resp_{number:024d}"}
        (folder / f"{number}.json").write_text(json.dumps(one))
    for number in range(8):
        (folder / f"{number}.txt").write_text("prose")
    page = lonely.bare("import", str(folder)).out

    said = " ".join(page.split())

    assert "API objects 30 30 30 0 0 36k" in said
    assert 5 == said.count("nothing recognised: is no kind of file")
    assert "3 more files: nothing recognised" in page
    assert 38 == len(data(lonely.bare("import", str(folder), "--json"))["files"])


HOSTILE = "evil\x1b]0;owned\x07\u202e\nname.jsonl"


@pytest.mark.parametrize("json_asked", [False, True], ids=["page", "json"])
def test_a_hostile_name_does_not_reach_the_terminal(
    lonely: Tokmeter, tmp_path: Path, json_asked: bool
) -> None:
    path = tmp_path / HOSTILE
    path.write_bytes(LINES)
    archive = tmp_path / "a.zip"
    archive.write_bytes(zipped((f"../../{HOSTILE}", LINES), (f"x/{HOSTILE}.txt", b"prose")))
    more = ["--json"] if json_asked else []
    for one in (path, archive):
        done = lonely.bare("import", str(one), *more)
        assert 0 == done.status, done.err
        shown = (
            done.out
            + lonely.bare("explain", "resp:msg_01Sample", "--no-sync").out
            + lonely.bare("doctor").out
        )

        assert not [mark for mark in ("\x1b", "\x07", "\u202e") if mark in shown]
    assert "" == lonely.bare("export", "--no-sync").err


def test_formats_of_histories_can_be_selected_and_are_named(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(LINES)
    (tmp_path / "spend.csv").write_text(SPEND)
    lonely.bare("import", str(tmp_path))
    week = ("models", "2026-02", "--json", "--source")

    def tokens(source: str) -> int:
        return int(data(lonely.bare(*week, source))["totals"]["total_tokens"])

    assert (SPENT, 110, SPENT + 110) == (tokens("api-object"), tokens("litellm-spend"), tokens("history"))
    assert 2 == lonely.bare(*week, "api-objekt").status
    assert "API objects" in lonely.bare("week", "2026-W06").out


def test_sources_shows_the_files_once_and_every_format(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(LINES)
    lonely.bare("import", str(tmp_path / "calls.jsonl"))
    page = lonely.bare("sources").out
    found = {row["source"]: row for row in data(lonely.bare("sources", "--json"))["sources"]}

    assert (1, 0) == (found["history"]["files"], found["history"]["entries"])
    assert (0, 2) == (found["api-object"]["files"], found["api-object"]["entries"])
    assert "API histories" in page
    assert "API objects" in page


# Large ---------------------------------------------------------------------------------------------------

PEAK = """
import resource, runpy, sys
sys.argv = ["tokmeter", "import", sys.argv[1], "--quiet"]
try:
    runpy.run_module("tokmeter", run_name="__main__")
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units")
def test_memory_does_not_grow_with_the_number_of_records(lonely: Tokmeter, tmp_path: Path) -> None:
    """100,000 calls are read in portions: held at once they would take some 100 MiB."""
    path = tmp_path / "many.jsonl"

    def peak(records: int) -> int:
        with path.open("w") as log:
            for number in range(records):
                log.write(json.dumps({**OTHER, "id": f"resp_{number:024d}"}) + "\n")
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(path)],
            env=lonely.environment(TOKMETER_HOME=str(tmp_path / str(records))),
            capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        return int(done.stdout)

    few, many = peak(25_000), peak(100_000)

    assert many - few < 40, f"{few} MiB for 25,000 and {many} MiB for 100,000"


def test_telemetry_of_an_assistant_is_called_so_in_whatever_file_it_stands(
    lonely: Tokmeter, tmp_path: Path
) -> None:
    """A log record of Claude Code in an OpenTelemetry file."""
    attributes = {
        "event.name": "api_request",
        "session.id": "s-1",
        "event.sequence": 3,
        "model": "claude-opus-4-6",
    }
    attributes |= {"input_tokens": 10, "output_tokens": 800}
    listed = [{"key": key, "value": {"stringValue": str(value)}} for key, value in attributes.items()]
    record = {
        "timeUnixNano": "1777975200000000000",
        "body": {"stringValue": "claude_code.api_request"},
        "attributes": listed,
    }
    place = tmp_path / "otel.jsonl"
    place.write_text(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}) + "\n")
    formats = json.loads(lonely.bare("import", str(place), "--json").out)["data"]["files"][0]["formats"]

    assert [("cli-telemetry", "Assistants' telemetry")] == [(one["format"], one["title"]) for one in formats]
