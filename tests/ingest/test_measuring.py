"""From logs on disk to what their text measures: whose numbers, which log anew, what stays of one that is gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tokmeter.core.piece import PIECE_KINDS
from tokmeter.ingest.cut_output import refresh_cut_output
from tokmeter.ingest.measuring import MeasureResult, measure, version
from tokmeter.ingest.plan import Places
from tokmeter.ingest.repricing import reprice
from tokmeter.ingest.sync import PriceSettings, sync
from tokmeter.ledger.cut_output import is_stale
from tokmeter.ledger.measures import unmeasured
from tokmeter.ledger.store import Ledger
from tokmeter.metrics.estimates import CutOutput, cut_output
from tokmeter.metrics.query import Filter
from tokmeter.sources._discover import all_sources
from tokmeter.tokenization._interface import Calibration
from tokmeter.tokenization.prediction import Predictor
from tokmeter.tokenization.tokenizers import load

NOW_MS = 1_795_280_700_000
TYPED = "the quick brown fox jumps over the lazy dog of ana"


def line(number: int, kind: str, message: dict[str, object]) -> str:
    record = {
        "type": kind,
        "uuid": f"{number:08x}-0000-4000-8000-000000000000",
        "sessionId": "7f3a0000-1111-4222-8333-944445555666",
        "timestamp": f"2026-11-19T13:00:{number:02d}.000Z",
        "cwd": "/home/ana/shop",
        "version": "2.1.9",
        "message": message,
    }
    return json.dumps(record) + "\n"


def asked(number: int, text: str) -> str:
    return line(number, "user", {"role": "user", "content": text})


def answered(
    number: int, text: str, output: int, stop: str | None = "end_turn", model: str = "unheard-of-1"
) -> str:
    usage = {"input_tokens": 100, "output_tokens": output}
    content = [{"type": "text", "text": text}]
    message = {
        "id": f"msg_{number:030d}", "role": "assistant", "model": model, "stop_reason": stop, "content": content,
        "usage": usage,
    }  # fmt: skip
    return line(number, "assistant", message)


class Home:
    """A home with transcripts, and a ledger that is brought up to date with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ledger = Ledger.in_memory()
        self.folder = home / ".claude" / "projects" / "-home-ana-shop"
        self.folder.mkdir(parents=True)

    def write(self, name: str, *lines: str) -> Path:
        path = self.folder / f"{name}.jsonl"
        path.write_text("".join(lines), encoding="utf-8")
        return path

    def sync(self) -> None:
        places = Places(self.home)
        sync(self.ledger, all_sources(), places, now_ms=NOW_MS, prices=PriceSettings())

    def measure(self, **changes: object) -> MeasureResult:
        self.sync()
        return measure(self.ledger, all_sources(), now_ms=NOW_MS, **changes)  # type: ignore[arg-type]

    def pieces(self) -> list[tuple[str, int]]:
        rows = self.ledger.connection.execute(
            "SELECT kind, tokens FROM context_piece ORDER BY file_id, position"
        )
        return [(PIECE_KINDS[kind], tokens) for kind, tokens in rows]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_texts_become_tokens_of_o200k_and_nothing_of_them_is_kept(home: Home) -> None:
    home.write("a", asked(1, TYPED), answered(2, "Hi! How can I help?", 9))

    home.measure()

    count = load("o200k_base").count
    assert [("user_text", count(TYPED)), ("assistant_text", 7)] == home.pieces()
    dump = "\n".join(home.ledger.connection.iterdump())
    assert "brown fox" not in dump
    assert "How can I help" not in dump


def test_a_log_is_measured_once_and_anew_when_it_has_grown(home: Home) -> None:
    path = home.write("a", asked(1, "Hello there"), answered(2, "Hi!", 9))
    first, second = home.measure().logs, home.measure().logs
    with path.open("a", encoding="utf-8") as file:
        file.write(asked(3, "Hello there") + answered(4, "Hi!", 9))
    third = home.measure().logs

    assert [1, 0, 1] == [first, second, third]
    assert 4 == len(home.pieces())
    assert 2 == home.ledger.connection.execute("SELECT count(*) FROM visible_output").fetchone()[0]


def test_what_was_measured_of_a_log_outlives_it(home: Home) -> None:
    path = home.write("a", asked(1, "Hello there"), answered(2, "Hi!", 9))
    home.measure()
    path.unlink()

    assert 0 == home.measure().logs
    assert 2 == len(home.pieces())


def test_a_log_that_was_gone_before_is_no_fault(home: Home) -> None:
    path = home.write("a", asked(1, "Hello there"), answered(2, "Hi!", 9))
    home.sync()
    path.unlink()

    assert MeasureResult() == home.measure()


def test_only_logs_with_entries_in_the_time_asked_for_are_read(home: Home) -> None:
    """Both logs are of 13:00:02 on 19 November: 1,795,093,202,000 ms."""
    home.write("a", asked(1, "Hello there"), answered(2, "Hi!", 9))
    at = 1_795_093_202_000

    assert 0 == home.measure(between=(0, at)).logs
    assert 1 == home.measure(between=(at, at + 1)).logs


def test_in_the_background_small_logs_of_finished_sessions_come_first(home: Home) -> None:
    small = home.write("small", asked(1, "Hello there"), answered(2, "Hi!", 9))
    large = home.write("large", asked(3, "Hello there" * 500), answered(4, "Hi!", 9))
    fresh = home.write("fresh", asked(5, "Hello there"), answered(6, "Hi!", 9))
    for path, age_ms in ((small, 7_200_000), (large, 7_200_000), (fresh, 60_000)):
        os.utime(path, ns=((NOW_MS - age_ms) * 1_000_000,) * 2)

    result = home.measure(most_bytes=small.stat().st_size, settled_ms=NOW_MS - 3_600_000)

    assert (1, small.stat().st_size) == (result.logs, result.bytes)


def test_a_log_that_is_too_large_for_one_go_is_counted_alone(home: Home) -> None:
    """Else the longest sessions would be the ones that are lost when the assistant deletes them."""
    large = home.write("large", asked(3, "Hello there" * 500), answered(4, "Hi!", 9))
    home.write("larger", asked(5, "Hello there" * 600), answered(6, "Hi!", 9))

    assert (1, large.stat().st_size) == (home.measure(most_bytes=10).logs, large.stat().st_size)


def test_a_log_that_became_unreadable_keeps_what_was_measured_of_it(home: Home) -> None:
    """A compressed rollout whose bytes are damaged: noted once, not tried again, and nothing is forgotten."""
    zstandard = pytest.importorskip("zstandard")
    name = "rollout-2026-11-19T14-00-00-0199d3c7-0000-7000-8000-000000000001.jsonl.zst"
    log = home.home / ".codex" / "sessions" / "2026" / "11" / "19" / name
    log.parent.mkdir(parents=True)
    thread = "0199d3c7-0000-7000-8000-000000000001"
    at = "2026-11-19T14:00:00.000Z"
    usage = {"input_tokens": 50, "output_tokens": 9, "total_tokens": 59}
    payloads = (
        ("session_meta", {"id": thread, "timestamp": at, "cwd": "/home/ana/shop", "cli_version": "0.130.0"}),
        ("turn_context", {"cwd": "/home/ana/shop", "model": "gpt-5.5"}),
        ("response_item", {"type": "message", "role": "assistant",
                           "content": [{"type": "output_text", "text": "Hi!"}]}),
        ("event_msg", {"type": "token_count", "info": {"total_token_usage": usage, "last_token_usage": usage}}),
    )  # fmt: skip
    records = [{"timestamp": at, "type": kind, "payload": payload} for kind, payload in payloads]
    lines = [json.dumps(each) + "\n" for each in records]
    log.write_bytes(zstandard.compress("".join(lines).encode()))
    first = home.measure().logs
    before = home.pieces()
    log.write_bytes(zstandard.compress("".join([*lines, lines[1]]).encode()))
    home.sync()
    log.write_bytes(b"no such frame")
    sources = all_sources()
    second, third = (measure(home.ledger, sources, now_ms=NOW_MS).logs for _ in range(2))

    assert (1, 0, 0) == (first, second, third)
    assert [("assistant_text", load("o200k_base").count("Hi!"))] == before == home.pieces()
    assert [] == unmeasured(home.ledger.connection, ["codex"], version())


def test_two_processes_measure_what_one_does(tmp_path: Path) -> None:
    found = []
    for workers in (0, 2):
        home = Home(tmp_path / str(workers))
        for number in range(4):
            home.write(f"log{number}", asked(1, f"Hello {number}"), answered(10 + number, "Hi!" * number, 9))
        home.measure(workers=workers)
        found.append(home.pieces())

    assert found[0] == found[1]
    assert 7 == len(found[0])  # the first answer has no text


def test_a_response_in_two_logs_has_an_output_in_both_and_one_entry(home: Home) -> None:
    home.write("a", asked(1, "Hello there"), answered(2, "Hi!", 9))
    home.write("b", asked(1, "Hello there"), answered(2, "Hi!", 9), asked(3, "More"), answered(4, "Yes", 9))
    home.measure()

    rows = home.ledger.connection.execute(
        "SELECT v.file_id = e.file_id, count(*) FROM visible_output v JOIN entry e ON e.id = v.entry_id "
        "GROUP BY 1 ORDER BY 1"
    )
    assert [(0, 1), (1, 2)] == rows.fetchall()


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        pytest.param("/home/ana/shop/cart.py", "/home/ana/shop/cart.py", id="a path"),
        pytest.param("/notes/" + "so she wrote me a long letter " * 10, "", id="a name that no disk takes"),
        pytest.param("/a" * 600, "", id="too long in all"),
    ],
)
def test_only_what_can_be_a_path_is_kept_as_one(home: Home, path: str, kept: str) -> None:
    tool = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": path}}
    message = {"id": f"msg_{2:030d}", "role": "assistant", "model": "unheard-of-1", "stop_reason": "tool_use",
               "content": [tool], "usage": {"input_tokens": 100, "output_tokens": 9}}  # fmt: skip
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "total = 0"}
    home.write(
        "a", asked(1, "Hi"), line(2, "assistant", message),
        line(3, "user", {"role": "user", "content": [result]}), answered(4, "Yes", 9),
    )  # fmt: skip
    home.measure()

    paths = home.ledger.connection.execute("SELECT path FROM file_path").fetchall()
    assert [(kept,)] * bool(kept) == paths


class TestOutputCutShort:
    """Logs of versions that never wrote the final count."""

    FIT = Calibration("unheard-of-1", "o200k_base", 2.0, 0.0, 5.0, 100, 0.04, 0.11, 0.0, 1)

    def cut(self, home: Home) -> CutOutput:
        with home.ledger.transaction() as connection:
            refresh_cut_output(connection, Predictor({"unheard-of-1": self.FIT}))
        return cut_output(home.ledger.connection, Filter())

    def test_what_is_missing_stands_beside_the_totals_and_in_none(self, home: Home) -> None:
        """Seven tokens by o200k are 2 x 7 + 5 = 19 by the fit; one was logged, so 18 are missing."""
        home.write("a", asked(1, "Hello there"), answered(2, "Hi! How can I help?", 1, stop=None))
        home.measure()

        found = self.cut(home)

        assert (1, 18, 0.11) == (found.requests, found.missing_tokens, found.error)
        assert 1 == found.unpriced  # nobody sells this model
        assert 1 == home.ledger.connection.execute("SELECT sum(output_tokens) FROM entry").fetchone()[0]

    def test_the_missing_part_costs_what_output_of_that_request_costs(self, home: Home) -> None:
        """gpt-4o took $10 for a million output tokens: 6 of 7 tokens are missing, 60,000 nano-dollars."""
        home.write("a", asked(1, "Hi"), answered(2, "Hi! How can I help?", 1, stop=None, model="gpt-4o"))
        home.measure()
        home.ledger.connection.execute("UPDATE visible_output SET explained_tokens = 7")

        found = self.cut(home)

        assert (6, 60_000, 0, 0.0) == (
            found.missing_tokens,
            found.missing_nanousd,
            found.unpriced,
            found.error,
        )

    def test_repricing_prices_the_missing_part_as_well(self, home: Home, tmp_path: Path) -> None:
        """At $20 for a million output tokens, the six missing ones cost 120,000 nano-dollars."""
        home.write("a", asked(1, "Hi"), answered(2, "Hi! How can I help?", 1, stop=None, model="gpt-4o"))
        home.measure()
        home.ledger.connection.execute("UPDATE visible_output SET explained_tokens = 7")
        self.cut(home)
        prices = tmp_path / "prices.toml"
        prices.write_text('[[price]]\nmodel = "gpt-4o"\ninput = 1.0\noutput = 20.0\n', encoding="utf-8")

        reprice(home.ledger, since_ms=0, prices=PriceSettings(prices))

        assert 120_000 == cut_output(home.ledger.connection, Filter()).missing_nanousd

    def test_a_log_that_was_whole_after_all_misses_nothing(self, home: Home) -> None:
        """Seven tokens are logged and seven explained: only the stop reason was never written."""
        home.write("a", asked(1, "Hi"), answered(2, "Hi! How can I help?", 7, stop=None, model="gpt-4o"))
        home.measure()
        home.ledger.connection.execute("UPDATE visible_output SET explained_tokens = 7")

        assert (1, 1, 0) == self.cut(home)[:3]

    def test_less_than_the_error_of_the_method_is_not_called_missing(self, home: Home) -> None:
        """19 by a fit that is off by 11 % in one of ten: 17 may be all there was."""
        home.write("a", asked(1, "Hello there"), answered(2, "Hi! How can I help?", 17, stop=None))
        home.measure()

        assert (1, 1, 0) == self.cut(home)[:3]

    def test_thinking_whose_text_is_missing_makes_it_a_lower_bound(self, home: Home) -> None:
        home.write("a", asked(1, "Hello there"), answered(2, "Hi! How can I help?", 1, stop=None))
        home.measure()
        home.ledger.connection.execute("UPDATE visible_output SET thinking_blocks = 1")

        assert (18, 1) == (self.cut(home).missing_tokens, self.cut(home).lower_bound)

    def test_an_estimate_that_was_never_made_is_known_to_be_stale(self, home: Home) -> None:
        home.write("a", asked(1, "Hello there"), answered(2, "Hi! How can I help?", 1, stop=None))
        home.measure()
        before = is_stale(home.ledger.connection)
        self.cut(home)

        assert (True, False) == (before, is_stale(home.ledger.connection))

    def test_a_final_count_is_a_fact(self, home: Home) -> None:
        home.write("a", asked(1, "Hello there"), answered(2, "Hi! How can I help?", 1))
        home.measure()

        assert 0 == self.cut(home).requests

    def test_a_second_reading_with_a_final_count_ends_the_estimate(self, home: Home) -> None:
        home.write("a", asked(1, "Hello there"), answered(2, "Hi! How can I help?", 1, stop=None))
        home.measure()
        home.write("b", asked(1, "Hello there"), answered(2, "Hi! How can I help?", 19))
        home.measure()

        assert 0 == self.cut(home).requests
