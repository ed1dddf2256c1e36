"""What is posted counts once, whatever the order, the batches and the crashes."""

from __future__ import annotations

import copy
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.books import NOW_MS, FlatPrices, entry, entry_rows, event_rows, log_file, post
from tokmeter.core.event import Event, LimitSnapshot, merge_events
from tokmeter.core.problem import Problem
from tokmeter.core.usage import OUTPUT_PARTIAL, OWNER_SIDECHAIN, Entry, Origin, Sku, merge
from tokmeter.ingest.pack import Packer
from tokmeter.ledger import searches
from tokmeter.ledger.posting import Poster
from tokmeter.ledger.store import Ledger
from tokmeter.sources._base import Parsed
from tokmeter.sources._jsonl import Cursor, Reading

SHOP = Origin("claude-code", session_id="s1", root_session_id="s1", project="/home/ana/shop")

origins = st.sampled_from(
    [
        SHOP,
        Origin("claude-code", session_id="s1", root_session_id="s1", project="/home/ana/shop", agent_id="a"),
        Origin("claude-code", session_id="s1", root_session_id="s1", project="/home/ana/shop", client="cli"),
        Origin("claude-code", session_id="s2", root_session_id="s2", git_branch="x"),
    ]
)
skus = st.builds(
    Sku,
    st.just("anthropic"),
    st.just("opus"),
    st.sampled_from(["opus-1", "opus-2"]),
    service_tier=st.sampled_from([None, "standard"]),
    speed=st.sampled_from([None, "fast"]),
    inference_geo=st.sampled_from([None, "us"]),
    effort=st.sampled_from([None, "high"]),
)

readings = st.builds(
    lambda key, ts, origin, sku, counts, rank, flags, evidence: Entry(
        key=key, ts=ts, sku_ts=ts, origin=origin, sku=sku,
        uncached_input_tokens=counts[0], cache_read_input_tokens=counts[1],
        cache_creation_input_tokens=counts[2] + counts[3], cache_creation_1h_input_tokens=counts[3],
        output_tokens=counts[4], owner_rank=rank, flags=flags, first_line=1, last_line=1,
        evidence_rank=evidence,
    ),
    st.sampled_from(["m:one", "m:two", "m:three"]),
    st.integers(1_790_000_000_000, 1_790_000_000_003),
    origins,
    skus,
    st.tuples(*[st.integers(0, 3)] * 5),
    st.sampled_from([0, 1, OWNER_SIDECHAIN]),
    st.sampled_from([0, OUTPUT_PARTIAL]),
    st.integers(0, 2),
)  # fmt: skip


@given(st.lists(readings, min_size=1, max_size=12), st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_and_any_batches_give_what_one_merge_gives(
    items: list[Entry], shuffle: random.Random, files: int
) -> None:
    """The ledger's join over batches equals `core.usage.merge` over the plain list."""
    merged: dict[str, Entry] = {}
    for item in copy.deepcopy(items):
        if item.key in merged:
            merge(merged[item.key], item)
        else:
            merged[item.key] = item
    at_once, piecemeal = Ledger.in_memory(), Ledger.in_memory()
    post(at_once, merged.values())
    shuffle.shuffle(items)
    for number in range(files):
        post(piecemeal, items[number::files], name=f"{number}.jsonl")

    assert entry_rows(at_once) == entry_rows(piecemeal)
    at_once.close()
    piecemeal.close()


def test_posting_the_same_twice_changes_nothing() -> None:
    ledger = Ledger.in_memory()
    first = post(ledger, [entry("m:a"), entry("m:b")])
    before = entry_rows(ledger)
    second = post(ledger, [entry("m:a"), entry("m:b")])

    assert (2, 0, 0, 0) == (first.new, first.changed, second.new, second.changed)
    assert before == entry_rows(ledger)


def test_two_copies_in_one_batch_become_one_entry() -> None:
    ledger = Ledger.in_memory()
    posted = post(ledger, [entry("m:a", output_tokens=3), entry("m:a", output_tokens=187)])

    assert (1, 1) == (posted.new, posted.changed)
    assert [187] == [row["output_tokens"] for row in entry_rows(ledger)]


def test_a_grown_count_is_priced_anew() -> None:
    """10 input and 5 output tokens at one nano-dollar each; then 20 output."""
    ledger = Ledger.in_memory()
    post(ledger, [entry("m:a")])
    assert [15] == [row["list_cost_nanousd"] for row in entry_rows(ledger)]
    post(ledger, [entry("m:a", output_tokens=20)])
    assert [30] == [row["list_cost_nanousd"] for row in entry_rows(ledger)]


def test_a_copy_in_another_file_is_kept_as_evidence() -> None:
    ledger = Ledger.in_memory()
    post(ledger, [entry("m:a", first_line=4, last_line=6)], name="a.jsonl")
    post(ledger, [entry("m:a", ts=1_795_000_000_500, first_line=9, last_line=9)], name="b.jsonl")

    places = ledger.connection.execute(
        "SELECT f.path, e.first_line, e.last_line FROM entry e JOIN log_file f ON f.id = e.file_id "
        "UNION ALL SELECT f.path, v.first_line, v.last_line FROM evidence v JOIN log_file f ON f.id = v.file_id"
    ).fetchall()
    assert [("/logs/a.jsonl", 4, 6), ("/logs/b.jsonl", 9, 9)] == places


def test_a_failed_batch_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A price look-up that fails in the middle rolls cursors, origins and entries back together."""
    ledger = Ledger.in_memory()
    monkeypatch.setattr("support.books.FlatPrices.rate", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        post(ledger, [entry("m:a")])
    counts = [
        ledger.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("entry", "origin", "sku", "log_file")
    ]

    assert [0, 0, 0, 0] == counts


def test_two_keys_with_one_hash_are_noticed_and_not_mixed() -> None:
    """A collision can't be had in reasonable time, so the stored key is changed instead."""
    ledger = Ledger.in_memory()
    post(ledger, [entry("m:a")])
    ledger.connection.execute("UPDATE entry SET key = 'm:other'")
    post(ledger, [entry("m:a", output_tokens=999)])

    assert [5] == [row["output_tokens"] for row in entry_rows(ledger)]
    assert [("key-collision", "m:a")] == ledger.connection.execute(
        "SELECT code, detail FROM problem"
    ).fetchall()


@pytest.mark.parametrize("records_first", [True, False], ids=["record first", "count first"])
def test_a_usage_record_hides_the_token_counts_of_its_turn(records_first: bool) -> None:
    """Turn t2 has both kinds of evidence: only the record counts; turn t1 has one kind and counts."""
    codex = Origin("codex", session_id="th", root_session_id="th")
    counts = [
        entry("codex:tc:1", origin=codex, turn_id="t1", evidence_rank=1, output_tokens=1),
        entry("codex:tc:2", origin=codex, turn_id="t2", evidence_rank=1, output_tokens=2),
    ]
    records = [entry("codex:resp:1", origin=codex, turn_id="t2", output_tokens=2)]
    ledger = Ledger.in_memory()
    for group in (records, counts) if records_first else (counts, records):
        post(ledger, group, source="codex")

    assert ["codex:resp:1", "codex:tc:1"] == [row["key"] for row in entry_rows(ledger)]


def test_records_that_hold_less_than_the_counts_they_hide_are_a_problem() -> None:
    codex = Origin("codex", session_id="th", root_session_id="th")
    ledger = Ledger.in_memory()
    post(ledger, [entry("codex:tc:2", origin=codex, turn_id="t", evidence_rank=1, output_tokens=90)])
    post(ledger, [entry("codex:resp:1", origin=codex, turn_id="t", output_tokens=20)])

    found = ledger.connection.execute("SELECT code, detail FROM problem").fetchall()
    assert [("usage-record-gap", "70 tokens in one turn")] == found


@pytest.mark.parametrize("result_first", [True, False], ids=["result first", "call first"])
def test_searches_told_by_results_count_once_and_are_priced(result_first: bool) -> None:
    """Three searches at 1,000 nano-dollars beside 15 tokens, even when the result is read twice."""
    call = Event(kind="tool_call", key="t:1", ts=5, origin=SHOP, entry_key="m:a", name="WebSearch")
    result = Event(kind="tool_call", key="t:1", ts=9, origin=SHOP, count=3)
    ledger = Ledger.in_memory()
    post(ledger, [entry("m:a")])
    for event in (result, call) if result_first else (call, result):
        post(ledger, events=[event])
    once = [(row["web_searches"], row["list_cost_nanousd"]) for row in entry_rows(ledger)]
    for event in (result, call):
        post(ledger, events=[event])

    rows = [(row["web_searches"], row["list_cost_nanousd"]) for row in entry_rows(ledger)]
    assert ([(3, 3015)], [(3, 3015)]) == (once, rows)


@pytest.mark.parametrize("statement", ["_SEARCHING", "_LINK"])
def test_searches_are_found_without_looking_at_every_event(statement: str) -> None:
    """Tool calls are the most of a ledger, and few of them search the web."""
    ledger = Ledger.in_memory()
    sql = getattr(searches, statement)
    plan = ledger.connection.execute(f"EXPLAIN QUERY PLAN {sql}", [0] * sql.count("?")).fetchall()
    steps = [row[3] for row in plan if " event " in f"{row[3]} "]

    assert any("event_searches" in step for step in steps)
    assert not any(step.strip() == "SCAN event" for step in steps)


def test_a_retracted_event_is_gone() -> None:
    ledger = Ledger.in_memory()
    post(ledger, events=[Event(kind="prompt", key="p:1", ts=1, origin=SHOP)])
    post(ledger, retracted=[("prompt", "p:1")])

    assert [] == event_rows(ledger)


def test_a_rebuilt_file_loses_what_was_guessed_from_it() -> None:
    ledger = Ledger.in_memory()
    post(ledger, [entry("m:guess"), entry("m:own")], name="child.jsonl")
    post(ledger, [entry("m:own")], name="child.jsonl", rebuild=True)

    assert ["m:own"] == [row["key"] for row in entry_rows(ledger)]


events = st.builds(
    lambda key, ts, origin, name, caller, numbers: Event(
        kind="tool_call", key=key, ts=ts, origin=origin, name=name, status=name, entry_key=caller,
        input_bytes=numbers[0], result_bytes=numbers[1], duration_ms=numbers[2], tokens_before=numbers[3],
        tokens_after=numbers[4], until=numbers[5],
    ),
    st.sampled_from(["t:1", "t:2"]),
    st.integers(1, 3),
    origins,
    st.sampled_from([None, "Bash", "Read"]),
    st.sampled_from([None, "m:a", "m:b"]),
    st.tuples(*[st.integers(0, 3)] * 6),
)  # fmt: skip


@given(st.lists(events, min_size=1, max_size=8))
def test_events_join_in_the_ledger_as_in_memory(items: list[Event]) -> None:
    """The upsert in SQL equals `core.event.merge_events`."""
    merged: dict[str, Event] = {}
    for item in copy.deepcopy(items):
        if item.key in merged:
            merge_events(merged[item.key], item)
        else:
            merged[item.key] = item
    at_once, piecemeal = Ledger.in_memory(), Ledger.in_memory()
    post(at_once, events=merged.values())
    for item in items:
        post(piecemeal, events=[item])

    assert event_rows(at_once) == event_rows(piecemeal)
    at_once.close()
    piecemeal.close()


def test_text_that_is_no_utf8_enters_the_ledger_spelt_out() -> None:
    """A lone surrogate is legal in a JSON escape and cannot be stored; its escape can."""
    ledger = Ledger.in_memory()
    post(ledger, [entry("m:a", origin=Origin("claude-code", session_id="s\ud83d", project="/x\udc00"))])

    assert [("s\\ud83d", "/x\\udc00")] == [(row["session_id"], row["project"]) for row in entry_rows(ledger)]


def test_snapshots_of_a_rate_limit_are_kept_once_by_window() -> None:
    """A copy adds nothing; a name that is no UTF-8 is spelt out."""
    five_hours = LimitSnapshot("codex", "codex", 300, 1000, 12.5, 9000, "plus")
    week = LimitSnapshot("codex", "odd\ud83d", 10080, 1000, 3.0)
    ledger = Ledger.in_memory()
    post(ledger, limits=[five_hours, week], source="codex")
    post(ledger, limits=[five_hours, five_hours], name="b.jsonl", source="codex")

    assert [("codex", 300, "plus", 1000, 12.5, 9000), ("odd\\ud83d", 10080, "", 1000, 3.0, None)] == (
        ledger.connection.execute(
            "SELECT w.limit_id, w.window_minutes, w.plan_type, r.ts, r.used_percent, r.resets_at "
            "FROM rate_limit r JOIN limit_window w ON w.id = r.window_id ORDER BY w.window_minutes"
        ).fetchall()
    )


def test_a_gap_that_a_later_record_fills_is_no_problem_any_more() -> None:
    """A sync between a count and its record sees 70 tokens too few; the next one sees them all."""
    codex = Origin("codex", session_id="th", root_session_id="th")
    counts = {"origin": codex, "turn_id": "t", "uncached_input_tokens": 0}
    ledger = Ledger.in_memory()
    first = [
        entry("codex:tc:1", evidence_rank=1, output_tokens=90, **counts),
        entry("codex:resp:1", output_tokens=20, **counts),
    ]
    post(ledger, first, source="codex")
    gaps = ledger.connection.execute("SELECT detail FROM problem").fetchall()
    post(ledger, [entry("codex:resp:2", output_tokens=70, **counts)], source="codex")

    assert [("70 tokens in one turn",)] == gaps
    assert [] == ledger.connection.execute("SELECT detail FROM problem").fetchall()


def test_problems_move_with_their_log() -> None:
    """The same log, archived: read on, its old problem names the new place."""
    ledger = Ledger.in_memory()
    for path in ("/sessions/a.jsonl", "/archived_sessions/a.jsonl"):
        packer = Packer()
        file = log_file("a.jsonl")._replace(path=path)
        problems = (
            [Problem("line-unreadable", "claude-code", path, 3)] if path.startswith("/sessions") else []
        )
        packer.add(Reading(file, Cursor(), Parsed(problems=problems), fresh=bool(problems)))
        with Poster(ledger, FlatPrices(), NOW_MS) as poster:
            poster.post(packer.take())

    assert [("/archived_sessions/a.jsonl", 3)] == ledger.connection.execute(
        "SELECT path, line FROM problem"
    ).fetchall()


@pytest.mark.parametrize("known_first", [True, False], ids=["known first", "unknown first"])
def test_a_snapshot_without_a_reset_time_hides_none(known_first: bool) -> None:
    known = LimitSnapshot("codex", "codex", 300, 1000, 12.5, 9000)
    unknown = LimitSnapshot("codex", "codex", 300, 1000, 12.5)
    ledger = Ledger.in_memory()
    post(ledger, limits=[known, unknown] if known_first else [unknown, known], source="codex")

    assert [(9000,)] == ledger.connection.execute("SELECT resets_at FROM rate_limit").fetchall()
