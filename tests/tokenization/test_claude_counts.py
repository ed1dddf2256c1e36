"""Claude's counts: what the public endpoint measured, and what `ctok` itself counts, on any text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.any_texts import any_texts
from tokmeter.tokenization import _ctok
from tokmeter.tokenization._ctok import VERSIONS, frameless_count, written_count

ctok = pytest.importorskip("ctok", reason="ctok is not installed")

# Version asked for → tokens of the frame of a message: ctok's own figures.
FRAMES = {"3.0": 7, "4.8": 6}
FAMILIES = ["v3", "v4.8"]


def by_ctok(text: str, family: str) -> int:
    asked = VERSIONS[family]
    return ctok.token_count(text, asked) - FRAMES[asked]


@pytest.mark.parametrize(
    ("version", "family", "frame", "openings"),
    # The frame of 4.7 ends in a word boundary, which a text uses up that opens with a letter or a full stop.
    [("3.0", "v3", 7, r"(?s)."), ("4.7", "v4.8", 11, r"[A-Za-z.]")],
)
def test_texts_have_the_tokens_that_the_public_endpoint_measured(
    version: str, family: str, frame: int, openings: str
) -> None:
    witnesses = [w for w in ctok.pieces(version).values() if "raw" in w and re.match(openings, w["probe"])]
    sample = random.Random(7).sample(witnesses, 4_000)  # noqa: S311 - the same at every run
    expected = [witness["raw"] - frame for witness in sample]

    assert expected == [frameless_count(witness["probe"], family) for witness in sample]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_fast_way_counts(family: str) -> None:
    """Not the slow one, which stands in where a release of ctok differs."""
    framed, written = _ctok._counters(VERSIONS[family])

    assert ["framed", "count"] == [framed.__name__, written.__name__]


@pytest.mark.parametrize("family", FAMILIES)
def test_texts_of_every_kind_count_as_by_ctok(family: str) -> None:
    texts = list(any_texts(300, seed=4))
    expected = [by_ctok(text, family) for text in texts]

    assert expected == [frameless_count(text, family) for text in texts]


def strings_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings_of(part)


@pytest.mark.parametrize("family", FAMILIES)
def test_texts_of_real_logs_count_as_by_ctok(corpus: Path, family: str) -> None:
    lines = []
    for path in sorted(corpus.glob("claude/projects/*/*.jsonl")):
        lines += [
            line for line in path.read_bytes().split(b"\n") if line.startswith(b"{") and line.endswith(b"}")
        ]
    sample = random.Random(1).sample(lines, 60)  # noqa: S311 - the same at every run
    texts = [text for line in sample for text in strings_of(json.loads(line)) if len(text) < 20_000]
    expected = [by_ctok(text, family) for text in texts]

    assert expected == [frameless_count(text, family) for text in texts]


# What rules of ctok turn on, each beside the others.
PARTS = [
    "'", "''", " ", "  ", "\n", "\n\n", "\t", "\u3000", "\xa0", "\u2028", "\x00", "\r", "\x07",
    "\ud800", "a", "s", "t", "ll", "It", "NASA", "WiFi", "Γράμμα", "ΣΑΣ", "\u1e9e", "\u0130", "e\u0301",
    "あ", "カー", "\u0301", "\u0327", "\u0e4d\u0e32", "\u0730", "\u0711", "\u0cf3", "क", "\u093f",
    "\u05bc", "ש", "中文", "々", "한", "1", "12345", "٣", "²", "½", "Ⅷ", ".", ",", ")", "(", "\u201c",
    "\u2019", "—", "…", "·", "═══", "§", "⚠", "\ufe0f", "🎉", "\u200d", "\ufdd0", "\ufdd1", "\ufdd3",
    "\ue000", "⟨bow⟩", "<|endoftext|>", "=====",
]  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
@given(text=st.one_of(st.lists(st.sampled_from(PARTS), max_size=12).map("".join), st.text(max_size=20)))
def test_any_text_counts_as_by_ctok(family: str, text: str) -> None:
    assert by_ctok(text, family) == frameless_count(text, family)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("blank", [" ", "\n", "\t", "\u3000"])
@pytest.mark.parametrize("times", [4_095, 4_097, 4_300, 9_001])
def test_a_run_of_one_blank_counts_as_by_ctok_however_long(family: str, blank: str, times: int) -> None:
    text = f"a{blank * times}b{blank * times}"

    assert by_ctok(text, family) == frameless_count(text, family)


@pytest.mark.parametrize(
    ("text", "framed", "written"),
    [("12 files", 1, 0), ("\n\nSo", 1, 0), ("Twelve", 0, 0), ("(so)", 0, 0), (" so", -1, 0)],
)
def test_only_a_frame_before_a_text_of_v3_adds_its_boundary(text: str, framed: int, written: int) -> None:
    """After a full line nothing is left of the frame: there a text costs what it costs by itself."""
    alone = by_ctok(f"Yes.\n\t{text}", "v3") - by_ctok("Yes.\n\t", "v3")

    assert (alone + framed, alone + written) == (frameless_count(text, "v3"), written_count(text, "v3"))


@pytest.mark.parametrize(("module", "part"), [("engine", "ReverseTrie")])
def test_a_release_of_ctok_without_its_parts_counts_by_itself(
    monkeypatch: pytest.MonkeyPatch, module: str, part: str
) -> None:
    from importlib import import_module

    ctok.token_count("x", "4.8")
    owner = import_module(f"ctok.{module}")
    monkeypatch.delattr(owner, part)
    framed, _written = _ctok._counters.__wrapped__("4.8")

    assert "slow" == framed.__name__


def test_a_part_of_ctok_that_means_something_else_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    monkeypatch.setattr(import_module("ctok.normalize"), "nfc", lambda text, **_: text)
    framed, _written = _ctok._counters.__wrapped__("4.8")

    assert ("slow", 2) == (framed.__name__, framed("e\u0301a"))
