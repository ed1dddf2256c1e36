"""Which entries are hidden because better evidence of the same tokens exists."""

from __future__ import annotations

import itertools

import pytest

from tokmeter.core.supersede import superseded_keys
from tokmeter.core.usage import Entry, Origin, Sku

SKU = Sku("openai", "gpt-5.2-codex", "gpt-5.2-codex")


def entry(key: str, turn: str | None, rank: int, session: str | None = "s") -> Entry:
    return Entry(key=key, ts=1, origin=Origin("codex", session), sku=SKU, turn_id=turn, evidence_rank=rank)


@pytest.mark.parametrize(
    ("entries", "hidden"),
    [
        ([entry("record", "t1", 0), entry("count", "t1", 1)], {"count"}),
        ([entry("record", "t1", 0), entry("count", "t2", 1)], set()),
        ([entry("record", "t1", 0), entry("count", "t1", 1, "other")], set()),
        ([entry("a", "t1", 1), entry("b", "t1", 1)], set()),
        ([entry("a", "t1", 0), entry("b", "t1", 0)], set()),
        ([entry("record", None, 0), entry("count", None, 1)], set()),
        ([entry("record", "t1", 0, None), entry("count", "t1", 1, None)], set()),
    ],
    ids=[
        "a record hides its turn's counts",
        "not another turn's",
        "not another session's",
        "counts alone stay",
        "records stay",
        "without a turn nothing is hidden",
        "without a session nothing is hidden",
    ],
)
def test_better_evidence_hides_weaker_of_the_same_turn(entries: list[Entry], hidden: set[str]) -> None:
    for order in itertools.permutations(entries):
        assert hidden == superseded_keys(order)
