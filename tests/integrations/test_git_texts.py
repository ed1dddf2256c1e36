"""Trailers, notes, blocks and the like as pure text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.cli.fast_git_message import _titles
from tokmeter.integrations.git import hooks, managers
from tokmeter.integrations.git.freshness import unread_bytes
from tokmeter.integrations.git.hooks import Features, Program
from tokmeter.integrations.git.notes import Note, combined, parse_note
from tokmeter.integrations.git.queue import put, work
from tokmeter.integrations.git.summary import summary
from tokmeter.integrations.git.trailers import (
    Figures,
    last_figures,
    names_assistant,
    parse,
    shares,
    squashed,
    without_usage,
)
from tokmeter.ledger import glance, schema
from tokmeter.metrics.recent_logs import SeenLog
from tokmeter.metrics.window import ModelUse
from tokmeter.sources._discover import all_sources

COUNTS = st.integers(0, 10**12)
# Money as trailers hold it: whole cents, or millionths of a dollar below one.
COSTS = st.one_of(
    st.none(),
    st.integers(1, 10**9).map(lambda cents: cents * 10_000_000),
    st.integers(0, 9_999).map(lambda n: n * 1_000),
)
FIGURES = st.builds(Figures, COUNTS, COUNTS, COSTS, COUNTS, COUNTS)
PROGRAM = Program(("/usr/bin/tokmeter",), "/usr/bin/tokmeter")


def fields(figures: Figures | None) -> tuple[object, ...]:
    assert figures is not None
    return (figures.input, figures.output, figures.cost, figures.requests, figures.unpriced)


@given(FIGURES)
def test_a_trailer_reads_back_as_it_was_written(figures: Figures) -> None:
    assert fields(figures) == fields(parse(figures.text()))


@given(FIGURES, FIGURES)
def test_two_together_are_the_sums_and_unknown_money_stays_unknown(one: Figures, two: Figures) -> None:
    both = one.plus(two)

    assert one.input + two.input == both.input
    assert (one.cost is None and two.cost is None) is (both.cost is None)
    assert (one.cost or 0) + (two.cost or 0) == (both.cost or 0)


@pytest.mark.parametrize(
    "value", ["", "input=1", "input=x output=1 requests=1", "input=-1 output=1 requests=1", "about 12 tokens"]
)
def test_what_is_no_trailer_of_ours_is_not_understood(value: str) -> None:
    assert parse(value) is None


def test_only_trailers_at_the_left_edge_count_and_the_last_one_wins() -> None:
    message = (
        "a\n\nTokmeter-Usage: input=1 output=0 requests=1\n# Tokmeter-Usage: input=2 output=0 requests=1\n"
        "Tokmeter-Usage: input=30 output=0 requests=1\n    Tokmeter-Usage: input=400 output=0 requests=1\n"
    )
    found = last_figures(message)

    assert found is not None
    assert 30 == found.input
    assert 2 == without_usage(message).count("Tokmeter-Usage")


def test_a_squash_message_tells_each_commit() -> None:
    text = (
        "Squashed commit of the following:\n\ncommit 1111\nAuthor: Ana\n\n    b\n    \n"
        "    Tokmeter-Usage: input=9 output=1 requests=1\n\ncommit 2222\nAuthor: Ana\n\n    c\n"
    )
    found = squashed(text)

    assert ["1111", "2222"] == [sha for sha, _ in found]
    assert (9, 1, None, 1, 0) == fields(found[0][1])
    assert found[1][1] is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Assisted-by: Claude Code:claude-opus-4-8", True),
        ("Co-Authored-By: Claude <noreply@anthropic.com>", True),
        ("Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>", True),
        ("Co-authored-by: Ben <ben@example.org>", False),
        ("Signed-off-by: Ana <ana@example.org>", False),
    ],
)
def test_an_assistant_that_is_named_already_is_seen(line: str, expected: bool) -> None:
    assert expected is names_assistant(f"a\n\n{line}\n")


def said(names: Sequence[str], today: str = "$4.84") -> list[str]:
    """The summary of a commit that each of these models took one request and 1,000 tokens of input for."""
    uses = [ModelUse(("s", "p", name, 1, 1_000, 0, 10_000_000, 0, 0, 0)) for name in names]
    return summary("3f9c2ab", uses, 60_000, today, behind=False, color=False, dots=True).splitlines()


def test_a_summary_names_two_models_and_says_how_many_more_there_are() -> None:
    assert "          a 34%, b 33%, 1 more · today $4.84" == said(["a", "b", "c"])[1]
    assert "          a 25%, b 25%, 2 more" == said(["a", "b", "c", "d"], "")[1]


@given(
    st.lists(st.text("ab-", min_size=1, max_size=50), max_size=5, unique=True), st.sampled_from(["", "$4.84"])
)
def test_a_summary_fits_80_columns_and_breaks_before_today(names: list[str], today: str) -> None:
    lines = said(names, today)

    assert all(len(line) <= 80 for line in lines)
    assert ("today" in lines[-1]) is bool(today)


def test_long_names_stand_on_a_line_without_today() -> None:
    # 10 + 29 + 2 + 29 columns; with today they would be 83
    names = ["claude-opus-4-8-2026-11", "gpt-5.1-codex-max-2026-1"]

    assert [
        "          claude-opus-4-8-2026-11 50%, gpt-5.1-codex-max-2026-1 50%",
        "          today $1,234.56",
    ] == said(names, "$1,234.56")[1:]


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 10**15), max_size=8))
def test_shares_sum_to_a_hundred(weights: dict[str, int]) -> None:
    found = shares(weights)

    assert sum(found.values()) == (100 if sum(weights.values()) else 0)


def test_shares_round_the_largest_remainders_up() -> None:
    # 33.3, 33.3 and 33.3 percent
    assert shares({"a": 1, "b": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}


def test_a_note_reads_back_and_sums_leave_copies_out() -> None:
    one = Note(Figures(1_000, 0, 30_000_000, 1, 0), {"x": 100})
    two = Note(Figures(1_000, 0, 10_000_000, 1, 0), {"x": 50, "y": 50})
    copy = Note(Figures(5, 5, 5, 5, 5), {}, "1" * 40)
    again = parse_note(copy.text())
    both = combined([one, copy, two])

    assert again is not None
    assert "1" * 40 == again.copied_from
    assert both is not None
    assert (2_000, 0, 40_000_000, 2, 0) == fields(both.figures)
    # 3.5 of 4 cents are of x: 87.5 and 12.5 percent, and of equal remainders the first name is rounded up
    assert {"x": 88, "y": 12} == both.models
    assert combined([copy]) is copy
    assert combined([]) is None


HOOK_BYTES = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda first, newline, rest: b"#!" + first + newline + rest,
        st.sampled_from([b"/bin/sh", b"/bin/sh -e", b"/usr/bin/env bash", b""]),
        st.sampled_from([b"\n", b"\r\n", b""]),
        st.binary(max_size=40),
    ),
)


@given(HOOK_BYTES, st.sampled_from(hooks.HOOKS))
def test_any_content_comes_back_byte_for_byte(content: bytes, hook: str) -> None:
    text = hooks.block(hook, Features(True, True, True, True), PROGRAM)
    inserted = hooks.insert(content, text)

    assert hooks.has_block(inserted)
    assert content == hooks.remove(inserted).content


@pytest.mark.parametrize("made", [hooks.MADE_FILE, hooks.MADE_FOLDER])
def test_a_file_that_was_made_goes_and_one_that_only_looks_like_it_stays(made: str) -> None:
    ours = hooks.insert(None, hooks.block("post-commit", Features(summary=True), PROGRAM, made))
    theirs = hooks.insert(b"#!/bin/sh\n", hooks.block("post-commit", Features(summary=True), PROGRAM))

    assert (None, made == hooks.MADE_FOLDER) == hooks.remove(ours)
    assert (b"#!/bin/sh\n", False) == hooks.remove(theirs)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (b"#!/bin/sh", True), (b"#! /bin/bash -e", True), (b"#!/usr/bin/env -S bash -e", True),
        (b"#!/usr/bin/env zsh", True), (b"#!/bin/busybox sh", True), (b"echo", True),
        (b"#!/usr/bin/env python3", False), (b"#!/usr/bin/fish", False), (b"#!/usr/bin/env node", False),
        (b"\x7fELF\x00", False), (b"#!", False),
    ],
)  # fmt: skip
def test_shells_are_told_from_other_programs(first: bytes, expected: bool) -> None:
    assert expected is hooks.is_shell(first + b"\n")


def test_odd_paths_of_the_program_are_quoted() -> None:
    text = hooks.block("post-commit", Features(summary=True), Program(("/a b/$(x)'/tokmeter",), "/p"))

    assert "[ -x '/a b/$(x)'\"'\"'/tokmeter' ] && [ -f /p ]" in text


def test_the_lines_for_a_team_name_no_path() -> None:
    everything = Features(True, True, True, True)
    for name in ("husky", "lefthook", "pre-commit", "repository"):
        text = managers.entry(managers.Manager(name, ("/x/.husky",)), everything)

        assert "tokmeter git hook post-commit --summary --notes" in text
        assert "/bin/tokmeter" not in text


def test_unread_logs_are_noticed_by_size_and_by_new_neighbours(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    log = folder / "one.jsonl"
    log.write_text("x" * 10)
    now = log.stat()
    later = now.st_mtime_ns // 1_000_000 + 1_000
    seen = SeenLog((str(log), 10, now.st_mtime_ns))
    shorter = SeenLog((str(log), 4, now.st_mtime_ns))
    unread = [unread_bytes([seen], later), unread_bytes([shorter], later)]
    (folder / "two.jsonl").write_text("x" * 1_000)
    moment = later / 1000 + 5
    for path in (folder / "two.jsonl", folder):
        os.utime(path, (moment, moment))

    assert [0, 6] == unread
    assert 1_001 == unread_bytes([seen], later)
    assert 0 == unread_bytes([SeenLog((str(folder / "gone"), 1, 1))], later + 10_000)


def test_the_job_is_started_once_and_sees_everything_in_order(tmp_path: Path) -> None:
    started = [put(str(tmp_path), [f"line {n}"], 1_000 + n) for n in range(3)]
    seen: list[list[list[str]]] = []
    work(str(tmp_path), seen.append)

    assert [True, False, False] == started
    assert [[["line 0"], ["line 1"], ["line 2"]]] == seen
    assert [] == list(tmp_path.iterdir())


def test_what_a_dead_job_left_is_taken_up_again(tmp_path: Path) -> None:
    put(str(tmp_path), ["old"], 1)

    assert put(str(tmp_path), ["new"], 61 * 10**9)


def test_assistants_are_called_what_their_adapters_call_them() -> None:
    assert {source.slug: source.title for source in all_sources()} == _titles()


def test_the_short_look_knows_the_ledgers_version() -> None:
    assert schema.SCHEMA_VERSION == glance.SCHEMA
