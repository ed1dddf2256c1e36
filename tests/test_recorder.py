"""The recorder in one's own program: what a line holds, and that nothing of it can break the program."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import SimpleNamespace as Made

import pytest

from cli.cli_run import SOURCE, Tokmeter
from tokmeter.recorder import Recorder, own_folder

SECRET = "the-answer-is-private"  # noqa: S105 - no password
"""Stands wherever a library keeps text."""


class Modality(str, Enum):  # noqa: UP042 - as in google-genai
    TEXT = "TEXT"


class Slotted:
    """A response whose attributes are slots."""

    __slots__ = ("id", "model", "object", "usage")

    def __init__(self, **fields: object) -> None:
        for name, value in fields.items():
            setattr(self, name, value)


def openai_response() -> object:
    details = Made(cached_tokens=600)
    usage = Made(
        input_tokens=1000, input_tokens_details=details, output_tokens=200, total_tokens=1200,
        output_tokens_details=Made(reasoning_tokens=150),
    )  # fmt: skip
    content = [Made(type="output_text", text=SECRET)]
    return Made(
        id="resp_68sample0000000000000000", object="response", created_at=1_770_112_800.0,
        model="gpt-5-2025-08-07", status="completed", service_tier="default", error=None,
        output=[Made(type="message", content=content)], usage=usage, instructions=SECRET,
    )  # fmt: skip


def openai_chat() -> object:
    usage = Made(
        prompt_tokens=1000, completion_tokens=200, total_tokens=1200,
        prompt_tokens_details=Made(cached_tokens=600, audio_tokens=None),
    )  # fmt: skip
    message = Made(role="assistant", content=SECRET)
    return Made(
        id="chatcmpl-SampleBBBBBBBBBBBBBB", object="chat.completion", created=1_770_112_800,
        model="gpt-5-2025-08-07", choices=[Made(index=0, message=message)], usage=usage,
    )  # fmt: skip


def anthropic_message() -> object:
    split = Made(ephemeral_5m_input_tokens=500, ephemeral_1h_input_tokens=1500)
    usage = Made(
        input_tokens=12, cache_creation_input_tokens=2000, cache_read_input_tokens=30_000,
        cache_creation=split, output_tokens=400, service_tier="standard", server_tool_use=None,
    )  # fmt: skip
    return Made(
        id="msg_01SampleAAAAAAAAAAAAAAAA", type="message", role="assistant",
        model="claude-sonnet-4-5-20250929", content=[Made(type="text", text=SECRET)], usage=usage,
    )  # fmt: skip


def gemini_response() -> object:
    """As google-genai gives it: snake case, a datetime, enums; thoughts beside the candidates."""
    details = [Made(modality=Modality.TEXT, token_count=1000)]
    usage = Made(
        prompt_token_count=1000, cached_content_token_count=400, candidates_token_count=100,
        thoughts_token_count=300, total_token_count=1400, prompt_tokens_details=details,
    )  # fmt: skip
    return Made(
        candidates=[Made(content=SECRET)], model_version="gemini-2.5-pro", usage_metadata=usage,
        response_id="sampleSAMPLEsample0001", create_time=datetime(2026, 2, 3, 10, tzinfo=UTC),
        sdk_http_response=Made(headers={"authorization": SECRET}),
    )  # fmt: skip


def litellm_response() -> object:
    """The cost is LiteLLM's own, beside headers."""
    usage = Made(prompt_tokens=5000, completion_tokens=300, total_tokens=5300)
    return Made(
        id="chatcmpl-SampleDDDDDDDDDDDDDD", object="chat.completion", created=1_770_112_800,
        model="gpt-5-2025-08-07", choices=[Made(message=Made(content=SECRET))], usage=usage,
        _hidden_params={"response_cost": 0.0123, "additional_headers": {"x-key": SECRET}},
    )  # fmt: skip


def as_dict(value: object) -> object:
    """The same response as plain dicts, as `model_dump()` gives it."""
    if isinstance(value, Made):
        return {name: as_dict(item) for name, item in vars(value).items()}
    return [as_dict(item) for item in value] if isinstance(value, list) else value


RESPONSES = {
    "openai responses": (openai_response, ("gpt-5", 400, 600, 0, 0, 200, 150)),
    "openai chat": (openai_chat, ("gpt-5", 400, 600, 0, 0, 200, 0)),
    "anthropic": (anthropic_message, ("claude-sonnet-4-5", 12, 30_000, 500, 1500, 400, 0)),
    "google-genai": (gemini_response, ("gemini-2.5-pro", 600, 400, 0, 0, 400, 300)),
    "litellm": (litellm_response, ("gpt-5", 5000, 0, 0, 0, 300, 0)),
}
"""What a response is, and model, fresh input, cache reads, writes of 5 minutes and 1 hour, output, reasoning."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recorded"


def lines(folder: Path) -> list[str]:
    return [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def synced(run: Tokmeter) -> list[tuple[object, ...]]:
    """What the ledger holds after a sync, in the order of RESPONSES' rows."""
    done = run.bare("export", "--quiet")
    assert 0 == done.status, done.err
    found = [json.loads(line) for line in done.out.splitlines()]
    names = (
        "model", "uncached_input_tokens", "cache_read_input_tokens", "cache_creation_5m_input_tokens",
        "cache_creation_1h_input_tokens", "output_tokens", "reasoning_output_tokens",
    )  # fmt: skip
    return sorted(tuple(row[name] for name in names) for row in found)


@pytest.fixture
def run(tmp_path: Path) -> Tokmeter:
    home = tmp_path / "home"
    home.mkdir()
    return Tokmeter(tmp_path, home)


@pytest.mark.parametrize("spelling", [lambda made: made, as_dict], ids=["objects", "dicts"])
def test_a_recorded_response_lands_in_the_ledger_with_its_exact_counts(run: Tokmeter, spelling) -> None:
    recorder = Recorder(str(run.own / "recorded"))
    for make, _ in RESPONSES.values():
        recorder(spelling(make()), project="shop")

    assert sorted(row for _, row in RESPONSES.values()) == synced(run)


def test_recording_twice_counts_once_and_a_sync_reads_only_what_is_new(run: Tokmeter) -> None:
    recorder = Recorder(str(run.own / "recorded"))
    recorder(openai_response())
    recorder(openai_response())
    first = synced(run)
    recorder(anthropic_message())

    assert [RESPONSES["openai responses"][1]] == first
    assert sorted(RESPONSES[name][1] for name in ("openai responses", "anthropic")) == synced(run)


def test_project_session_and_the_librarys_own_cost_are_kept(run: Tokmeter) -> None:
    recorder = Recorder(str(run.own / "recorded"))
    recorder(litellm_response(), project="/home/ana/shop", session="s-7", latency_ms=1234.6)
    row = json.loads(run.bare("export", "--quiet").out)

    assert ("/home/ana/shop", "s-7", 12_300_000) == (
        row["project"], row["session_id"], row["reported_cost_nanousd"],
    )  # fmt: skip
    assert 1235 == json.loads(lines(run.own / "recorded")[0])["latency_ms"]


@pytest.mark.parametrize("name", RESPONSES)
def test_no_text_and_no_header_is_kept_unless_asked(folder: Path, name: str) -> None:
    Recorder(str(folder))(RESPONSES[name][0]())

    assert SECRET not in lines(folder)[0]


def test_text_is_kept_where_it_is_asked_for(folder: Path) -> None:
    Recorder(str(folder))(openai_response(), text=True)

    assert SECRET in lines(folder)[0]


def test_an_error_is_kept_without_its_message(folder: Path) -> None:
    Recorder(str(folder))({"error": {"type": "rate_limit_error", "code": 429, "message": SECRET}})

    assert {"type": "rate_limit_error", "code": 429} == json.loads(lines(folder)[0])["response"]["error"]


def test_attributes_in_slots_are_read(folder: Path) -> None:
    class Usage:
        __slots__ = ("prompt_tokens",)

    usage = Usage()
    usage.prompt_tokens = 7
    Recorder(str(folder))(Slotted(id="x", model="m", usage=usage))

    assert {"id": "x", "model": "m", "usage": {"prompt_tokens": 7}} == json.loads(lines(folder)[0])[
        "response"
    ]


# The context ---------------------------------------------------------------------------------------------


def test_the_context_records_its_response_with_the_time_it_took(folder: Path) -> None:
    recorder = Recorder(str(folder))
    with recorder.call(project="shop", session="s") as call:
        call.response = openai_response()
    line = json.loads(lines(folder)[0])

    assert ("shop", "s", "resp_68sample0000000000000000") == (
        line["project"], line["session_id"], line["response"]["id"],
    )  # fmt: skip
    assert 0 <= line["latency_ms"] < 10_000


def test_an_exception_in_the_context_goes_on_and_nothing_is_recorded_without_a_response(folder: Path) -> None:
    recorder = Recorder(str(folder))
    with pytest.raises(ZeroDivisionError), recorder.call():
        raise ZeroDivisionError

    assert [] == lines(folder)


def test_a_response_that_came_before_the_exception_is_recorded(folder: Path) -> None:
    def program() -> None:
        with Recorder(str(folder)).call() as call:
            call.response = openai_response()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        program()

    assert 1 == len(lines(folder))


# It never raises -----------------------------------------------------------------------------------------


class Raising:
    """An object of which every property raises."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


class RaisingUsage(Made):
    """Only its error can't be asked for."""

    @property
    def error(self) -> object:
        raise RuntimeError("no")


def cyclic() -> object:
    usage: dict[str, object] = {"input_tokens": 5}
    usage["self"] = usage
    usage["many"] = [usage] * 1000
    return {"id": "x" * 30, "object": "response", "usage": usage}


HOSTILE = {
    "nothing": None,
    "a number": 7,
    "a text": SECRET,
    "a list": [1, 2],
    "raising properties": Raising(),
    "a set for usage": {"usage": {1, 2}},
    "bytes for usage": {"usage": b"\xff"},
    "a function for usage": {"usage": len},
    "lone surrogates": {"model": "\ud800", "usage": {"input_tokens": 5}},
    "not a number": {"usage": {"input_tokens": float("nan")}},
    "a huge number": {"usage": {"input_tokens": 10**400}},
    "keys that are no texts": {"usage": {(1, 2): 3, None: 4}},
    "cyclic": cyclic(),
}


@pytest.mark.parametrize("response", HOSTILE.values(), ids=HOSTILE)
def test_no_response_raises_and_every_line_is_whole(folder: Path, response: object) -> None:
    Recorder(str(folder))(response)

    assert all(isinstance(json.loads(line), dict) for line in lines(folder))
    assert all(len(line) < 100_000 for line in lines(folder))
    assert not any(SECRET in line for line in lines(folder))


def test_hostile_lines_do_not_disturb_the_next_sync(run: Tokmeter) -> None:
    recorder = Recorder(str(run.own / "recorded"))
    for response in HOSTILE.values():
        recorder(response)
    recorder(openai_response())

    assert RESPONSES["openai responses"][1] in synced(run)


def test_one_property_that_raises_costs_only_itself(folder: Path) -> None:
    Recorder(str(folder))(RaisingUsage(id="x", usage=Made(input_tokens=5)))

    assert {"id": "x", "usage": {"input_tokens": 5}} == json.loads(lines(folder)[0])["response"]


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    Recorder(str(tmp_path / "file" / "recorded"))(openai_response())
    Recorder("/proc/nowhere")(openai_response())
    Recorder("a\0b")(openai_response())


def test_a_folder_that_was_deleted_is_made_again(folder: Path) -> None:
    recorder = Recorder(str(folder))
    recorder(openai_response())
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    recorder(openai_response())

    assert 1 == len(lines(folder))


def test_descriptors_that_a_program_closes_are_none_of_the_recorders(folder: Path, tmp_path: Path) -> None:
    """A daemon closes all descriptors it knows of; the numbers are given out again, to its own files."""
    script = tmp_path / "daemon.py"
    script.write_text(
        "import os, sys\n"
        "from tokmeter.recorder import Recorder\n"
        "recorder = Recorder(sys.argv[1])\n"
        "recorder({'id': 'a'})\n"
        "os.closerange(3, 64)\n"
        "own = os.open(sys.argv[2], os.O_CREAT | os.O_RDWR)\n"
        "recorder({'id': 'b'})\n"
    )
    own = tmp_path / "own.txt"
    environment = {"PYTHONPATH": str(SOURCE)}
    subprocess.run([sys.executable, str(script), str(folder), str(own)], check=True, env=environment)

    assert ["a", "b"] == [json.loads(line)["response"]["id"] for line in lines(folder)]
    assert "" == own.read_text()


# Several at once -----------------------------------------------------------------------------------------


def write_many(folder: str, name: str, count: int) -> None:
    recorder = Recorder(folder)
    for number in range(count):
        recorder({"id": f"{name}-{number}", "model": "m" * 200, "usage": {"input_tokens": number}})


def ids(folder: Path) -> Iterator[str]:
    return (json.loads(line)["response"]["id"] for line in lines(folder))


def test_several_processes_append_whole_lines(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_many, args=(str(folder), f"p{n}", 300)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)

    assert {f"p{n}-{number}" for n in range(3) for number in range(300)} == set(ids(folder))
    assert 900 == len(lines(folder))


def test_several_threads_append_whole_lines(folder: Path) -> None:
    recorder = Recorder(str(folder))

    def work(name: str) -> None:
        for number in range(200):
            recorder({"id": f"{name}-{number}"})

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 800 == len(set(ids(folder))) == len(lines(folder))


def test_a_forked_child_and_its_parent_both_record(folder: Path) -> None:
    recorder = Recorder(str(folder))
    recorder({"id": "before"})
    child = os.fork()
    if child == 0:
        recorder({"id": "child"})
        os._exit(0)
    os.waitpid(child, 0)
    recorder({"id": "parent"})

    assert ["before", "child", "parent"] == list(ids(folder))


# What it costs to have it --------------------------------------------------------------------------------


def test_importing_it_brings_neither_the_command_line_nor_a_package() -> None:
    program = (
        "import sys; from tokmeter import record; record({'id': 'x'});"
        "print([name for name in sys.modules if name.partition('.')[0] in"
        " {'typer', 'rich', 'msgspec', 'sqlite3', 'genai_prices', 'platformdirs', 'pathlib'}"
        " or name.startswith(('tokmeter.cli', 'tokmeter.sources', 'tokmeter.histories'))])"
    )
    environment = {"PYTHONPATH": str(SOURCE), "TOKMETER_HOME": "/proc/nowhere"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    assert "[]\n" == done.stdout


def test_its_folder_is_beside_the_ledger_and_closed_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKMETER_HOME", str(tmp_path / "own"))
    Recorder()(openai_response())
    (file,) = (tmp_path / "own" / "recorded").iterdir()

    assert str(tmp_path / "own" / "recorded") == own_folder()
    assert (0o700, 0o600) == (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777)
    assert file.name == f"{datetime.now(UTC):%Y-%m}.jsonl"
