"""A call that stands in a gateway's log, in telemetry and in a transcript is one entry."""

from __future__ import annotations

from itertools import permutations

import pytest

from support.books import entry, post
from tokmeter.core.call import EVIDENCE, CallFact
from tokmeter.core.usage import Entry, Origin, Sku
from tokmeter.ledger.store import Ledger

T = 1_795_000_000_000
RESPONSE, GATEWAY, TRANSCRIPT, TELEMETRY, UNDATED, CUT = range(6)
BILLED, ESTIMATED = 0, 1
HOME = Origin(
    "claude-code", session_id="s1", root_session_id="s1", project="/home/ana/shop", git_branch="main"
)


def transcript(**changes: object) -> tuple[str, list[Entry], list[CallFact]]:
    fields = {"origin": HOME, "uncached_input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 5}
    return "claude-code", [entry("m:msg_1", T, **(fields | changes))], []


def gateway(**changes: object) -> tuple[str, list[Entry], list[CallFact]]:
    """A gateway's log; it counted one token of cached input and one of output more."""
    call = CallFact("litellm:9", "m:msg_1", GATEWAY, BILLED, 2500, "ci", "ana")
    counts = {"uncached_input_tokens": 10, "cache_read_input_tokens": 91, "output_tokens": 6}
    row = entry(
        "litellm:9", T + 700, origin=Origin("litellm-spend", project="gate"), evidence_rank=GATEWAY,
        reported_cost_nanousd=1234, **(counts | changes),
    )  # fmt: skip
    return "litellm-spend", [row], [call]


def response() -> tuple[str, list[Entry], list[CallFact]]:
    call = CallFact("resp:msg_1", "m:msg_1", RESPONSE, None, None, None, None)
    row = entry(
        "resp:msg_1", T + 900, origin=Origin("api-object"), evidence_rank=RESPONSE,
        uncached_input_tokens=10, cache_read_input_tokens=91, output_tokens=6,
    )  # fmt: skip
    return "api-object", [row], [call]


def telemetry() -> tuple[str, list[Entry], list[CallFact]]:
    """Telemetry without a response id: session, model and counts say which response it tells of."""
    call = CallFact("cc-otel:s1/3", None, TELEMETRY, ESTIMATED, 5000, None, None)
    row = entry(
        "cc-otel:s1/3", T + 4000, origin=Origin("cli-telemetry", session_id="s1"), evidence_rank=TELEMETRY,
        uncached_input_tokens=10, cache_read_input_tokens=90, output_tokens=5, reported_cost_nanousd=777,
    )  # fmt: skip
    return "cli-telemetry", [row], [call]


def ledger_of(*histories: tuple[str, list[Entry], list[CallFact]]) -> Ledger:
    ledger = Ledger.in_memory()
    for number, (source, entries, calls) in enumerate(histories):
        post(ledger, entries, source=source, name=f"{number}.jsonl", calls=calls)
    return ledger


def shown(ledger: Ledger) -> list[tuple[object, ...]]:
    return ledger.connection.execute(
        "SELECT key, project, git_branch, session_id, uncached_input_tokens, cache_read_input_tokens, "
        "output_tokens, reported_cost_nanousd FROM entries ORDER BY key"
    ).fetchall()


def test_the_order_of_evidence_is_that_of_the_indexes() -> None:
    assert ("response", "gateway", "transcript", "telemetry", "undated", "cut", "counted") == EVIDENCE


def test_a_gateway_and_a_transcript_are_one_entry_with_the_billed_cost_and_the_project() -> None:
    """Counts are the gateway's (it goes before a transcript), the place is the transcript's."""
    expected = [("litellm:9", "/home/ana/shop", "main", "s1", 10, 91, 6, 1234)]

    for order in permutations([transcript(), gateway()]):
        assert expected == shown(ledger_of(*order))


def test_a_gateway_that_cannot_tell_cached_input_brings_its_cost_alone() -> None:
    """All input is fresh to it, 100 = 10 + 90: the transcript knows better what it was."""
    blind = gateway(uncached_input_tokens=100, cache_read_input_tokens=0)
    expected = [("m:msg_1", "/home/ana/shop", "main", "s1", 10, 90, 5, 1234)]

    for order in permutations([transcript(), blind]):
        assert expected == shown(ledger_of(*order))


def test_a_cut_stream_brings_no_counts_where_another_history_has_the_whole_call() -> None:
    """Not even its caches, though its 100 tokens of input are as many as the gateway's."""
    call = CallFact("resp:msg_1", "m:msg_1", CUT, None, None, None, None)
    counts = {"uncached_input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 1}
    cut = ("api-object", [entry("resp:msg_1", T, origin=Origin("api-object"), **counts)], [call])
    blind = gateway(uncached_input_tokens=100, cache_read_input_tokens=0)
    expected = [("litellm:9", "gate", None, None, 100, 0, 6, 1234)]

    for order in permutations([cut, blind]):
        assert expected == shown(ledger_of(*order))


def test_a_response_without_a_time_leaves_the_call_on_the_day_of_its_transcript() -> None:
    call = CallFact("resp:msg_1", "m:msg_1", UNDATED, None, None, None, None)
    counts = {"uncached_input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 5}
    row = entry("resp:msg_1", T - 86_400_000, origin=Origin("api-object"), owner_rank=1, **counts)

    for order in permutations([transcript(), ("api-object", [row], [call])]):
        assert ["m:msg_1"] == [found[0] for found in shown(ledger_of(*order))]


def test_a_response_object_brings_the_counts_a_gateway_the_cost_a_transcript_the_place() -> None:
    expected = [("resp:msg_1", "/home/ana/shop", "main", "s1", 10, 91, 6, 1234)]

    for order in permutations([transcript(), gateway(), response()]):
        assert expected == shown(ledger_of(*order))


def test_telemetry_loses_against_the_transcript_and_leaves_its_estimate() -> None:
    expected = [("m:msg_1", "/home/ana/shop", "main", "s1", 10, 90, 5, 777)]

    for order in permutations([transcript(), telemetry()]):
        assert expected == shown(ledger_of(*order))


def test_all_four_are_one_entry_in_any_order() -> None:
    expected = [("resp:msg_1", "/home/ana/shop", "main", "s1", 10, 91, 6, 1234)]

    for order in permutations([transcript(), gateway(), response(), telemetry()]):
        assert expected == shown(ledger_of(*order))


def test_importing_again_changes_nothing() -> None:
    once = ledger_of(transcript(), gateway(), response())
    twice = ledger_of(transcript(), gateway(), response(), gateway(), response(), transcript())

    assert shown(once) == shown(twice)


@pytest.mark.parametrize(
    "changes",
    [
        {"output_tokens": 6},
        {"origin": Origin("claude-code", session_id="s2")},
        {"sku": Sku("anthropic", "claude-haiku-4-5", "claude-haiku-4-5")},
        {"cache_read_input_tokens": 89},
    ],
    ids=["other output", "other session", "other model", "other cache"],
)
def test_telemetry_of_another_call_is_an_entry_of_its_own(changes: dict[str, object]) -> None:
    assert ["cc-otel:s1/3", "m:msg_1"] == [
        row[0] for row in shown(ledger_of(transcript(**changes), telemetry()))
    ]


def test_telemetry_far_from_the_response_is_an_entry_of_its_own() -> None:
    """The event comes when the response ends: 4 s after T, having taken 5 s; T - 3.1 s is out of reach."""
    early = ("claude-code", [entry("m:msg_1", T - 3_100, origin=HOME, cache_read_input_tokens=90)], [])

    assert 2 == len(shown(ledger_of(early, telemetry())))


def test_histories_that_share_a_key_end_in_the_same_entry_in_any_order() -> None:
    """The place of the one that names a project, the billed cost, the evidence of the object."""

    def made(source: str, evidence: int, ts: int, cost: int, kind: int, **place: str) -> tuple[object, ...]:
        call = CallFact("resp:chatcmpl-1", "resp:chatcmpl-1", evidence, kind, None, None, None)
        row = entry(
            "resp:chatcmpl-1", ts, origin=Origin(source, **place), evidence_rank=evidence,
            uncached_input_tokens=10 + evidence, reported_cost_nanousd=cost,
        )  # fmt: skip
        return source, [row], [call]

    histories = [
        made("api-object", RESPONSE, T + 5, 70, ESTIMATED, project="/home/ana/shop"),
        made("litellm-spend", GATEWAY, T, 90, ESTIMATED),
        made("openrouter-gen", GATEWAY, T + 5, 50, BILLED),
    ]
    found = {tuple(shown(ledger_of(*order))) for order in permutations(histories)}  # type: ignore[arg-type]

    assert 1 == len(found)
    ((row,),) = found
    assert ("/home/ana/shop", 10, 50) == (row[1], row[4], row[7])


def test_calls_without_a_response_id_stay_apart() -> None:
    other = CallFact("litellm:8", None, GATEWAY, BILLED, None, None, None)
    row = entry("litellm:8", T, origin=Origin("litellm-spend"), evidence_rank=GATEWAY)

    assert 2 == len(shown(ledger_of(transcript(), ("litellm-spend", [row], [other]))))
