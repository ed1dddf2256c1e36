"""The rule of attribution, whatever was committed where: nothing is lost, nothing counts twice."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from support.sums import NANO, Books
from tokmeter.metrics import attribution
from tokmeter.metrics.attribution import (
    BEGINNING,
    END,
    Making,
    Window,
    Worktree,
    clipped,
    counted,
    measure,
    together,
    windows,
)
from tokmeter.metrics.query import Filter
from tokmeter.metrics.totals import totals

MINUTE = 60_000
HERE = Worktree("/r", ("/r",), ("/r/sub",), END)
TREES = (
    Worktree("/r", ("/r", "/real/r"), ("/r/sub", "/r/tree"), 50),
    Worktree("/r/tree", ("/r/tree",), (), 20),
)


def test_each_window_begins_where_the_one_before_ends_and_the_last_is_pending():
    makings = [Making("b", 19, None), Making("a", 9, None)]

    assert [Window("a", BEGINNING, 10), Window("b", 10, 20), Window("", 20, END)] == windows(makings, [HERE])[
        "/r"
    ]


def test_a_making_counts_where_it_was_made_and_an_untold_one_where_no_reflog_reaches():
    makings = [Making("early", 9, None), Making("late", 29, None), Making("there", 39, "/r/tree")]
    found = windows(makings, TREES)

    assert ["early", "late", ""] == [window.work for window in found["/r"]]
    assert ["early", "there", ""] == [window.work for window in found["/r/tree"]]
    assert {"early", "late", "there"} == counted(makings, TREES)
    assert {"early"} == counted(
        [Making("early", 9, None), Making("x", 50, None), Making("y", 1, "/s")], TREES
    )


def test_of_one_instant_the_first_in_order_takes_all():
    makings = [Making("b", 9, "/r", 2), Making("a", 9, "/r", 1), Making("c", 19, "/r", 3)]

    assert [("a", 10), ("c", 20), ("", END)] == [
        (window.work, window.end_ms) for window in windows(makings, [HERE])["/r"]
    ]


def test_a_work_made_several_times_has_all_of_its_windows():
    makings = [Making("a", 9, "/r"), Making("b", 19, "/r"), Making("a", 29, "/r"), Making("a", 39, "/r")]

    assert [("a", BEGINNING), ("b", 10), ("a", 20), ("", 40)] == [
        (window.work, window.start_ms) for window in windows(makings, [HERE])["/r"]
    ]


def test_clipping_keeps_what_lies_inside():
    cut = windows([Making("a", 9, "/r"), Making("b", 19, "/r")], [HERE])["/r"]

    assert [Window("a", 5, 10), Window("b", 10, 12)] == clipped(cut, 5, 12)
    assert [] == clipped(cut, 12, 12)


def test_a_row_tells_tokens_models_sessions_prompts_and_time_of_work():
    books = Books()
    first, second = books.origin(session="s1", project="/r"), books.origin(session="s2", project="/r/web")
    opus, haiku = books.sku(), books.sku("claude-haiku-4-5")
    books.event(0, 0, first)
    books.entry(2 * MINUTE, first, opus, cost=3 * NANO, output_tokens=5)
    books.entry(12 * MINUTE, second, haiku, cost=None, output_tokens=7)  # ten minutes are no break
    books.entry(22 * MINUTE + 1, first, opus, cost=NANO, output_tokens=11)  # one millisecond more is
    books.entry(23 * MINUTE, books.origin(project="/r/sub/x"), opus, output_tokens=13)
    books.event(1, 24 * MINUTE, first)  # a tool call is neither response nor prompt
    cut = windows([Making("a", 30 * MINUTE, "/r")], [HERE])
    use = measure(books.connection, [HERE], cut, Filter(), {"a": "row"}, "other")["row"]

    assert (23, 3, 4 * NANO, 1) == (
        use.sums.total_tokens, use.sums.requests, use.sums.cost_nanousd, use.sums.unpriced_requests,
    )  # fmt: skip
    assert ["claude-opus-4-8", "claude-haiku-4-5"] == list(use.by_model)
    assert {("claude-code", "s1"), ("claude-code", "s2")} == use.sessions
    assert (12 * MINUTE, 1) == (use.active_ms, use.prompts)
    assert (2 * MINUTE, 22 * MINUTE + 1) == (use.first_ms, use.last_ms)


def test_the_time_between_two_windows_is_work_of_neither():
    books = Books()
    origin, sku = books.origin(project="/r"), books.sku()
    for minute in (1, 3, 8, 9):
        books.entry(minute * MINUTE, origin, sku, output_tokens=1)
    cut = windows([Making("a", 5 * MINUTE, "/r")], [HERE])
    found = measure(books.connection, [HERE], cut, Filter(), {"a": "a", "": "rest"}, "other")

    assert (2 * MINUTE, MINUTE) == (found["a"].active_ms, found["rest"].active_ms)
    assert 3 * MINUTE == together(found.values()).active_ms


works = st.sampled_from(["a", "b", "c", "d"])
roots = st.sampled_from(["/r", "/r/tree", None, "/elsewhere"])
makings = st.lists(st.builds(Making, works, st.integers(0, 100), roots, st.integers(0, 3)), max_size=8)
projects = st.sampled_from(["/r", "/r/web", "/real/r/x", "/r/tree", "/r/tree/deep", "/r/sub", "/r2", "/", ""])
entries = st.lists(st.tuples(st.integers(-5, 110), projects), max_size=12)


def booked(made: Sequence[tuple[int, str]]) -> Books:
    """The n-th entry has 2**n tokens, so that a sum tells which entries it is made of."""
    books = Books()
    for n, (ts, project) in enumerate(made):
        books.entry(ts, books.origin(project=project), books.sku(), output_tokens=2**n)
    return books


def sums(books: Books, made: Sequence[Making], start: int = BEGINNING, end: int = END) -> dict[str, int]:
    cut = {root: clipped(parts, start, end) for root, parts in windows(made, TREES).items()}
    rows = {work: work for work in ("a", "b", "")}
    found = measure(books.connection, TREES, cut, Filter(), rows, "other")
    return {name: use.sums.output_tokens for name, use in found.items() if use.sums.requests}


@given(entries, makings)
def test_each_entry_of_the_repository_belongs_to_exactly_one_row(
    made: list[tuple[int, str]], commits: list[Making]
):
    found = sums(booked(made), commits)
    inside = [n for n, (_, project) in enumerate(made) if project not in ("/r/sub", "/r2", "/", "")]

    assert sum(2**n for n in inside) == sum(found.values())  # no bit twice: a sum of distinct powers


@given(entries, makings, st.integers(-10, 120), st.integers(-10, 120))
def test_the_rows_of_a_time_add_up_to_what_was_used_in_it(
    made: list[tuple[int, str]], commits: list[Making], start: int, end: int
):
    books = booked(made)
    found = sums(books, commits, start, end)
    where = Filter(projects=("/r", "/real/r"), without_projects=("/r/sub",))
    whole = totals(books.connection, where, [attribution.Slice(None, start, end)])

    assert whole.total.output_tokens == sum(found.values())


@given(entries, makings, st.randoms(use_true_random=False))
def test_the_order_in_which_commits_are_read_changes_nothing(made, commits, random):
    shuffled = list(commits)
    random.shuffle(shuffled)
    books = booked(made)

    assert sums(books, commits) == sums(books, shuffled)


@given(makings, makings)
def test_once_made_a_commit_keeps_what_it_has(commits: list[Making], more: list[Making]):
    """Later commits take from what is pending, from nothing else."""
    latest = max((making.until_ms for making in commits), default=-1)
    later = [making._replace(until_ms=latest + 1 + making.until_ms) for making in more]
    before, after = windows(commits, TREES), windows([*commits, *later], TREES)

    for tree in TREES:
        end = before[tree.root][-1].start_ms
        assert clipped(before[tree.root], BEGINNING, end) == clipped(after[tree.root], BEGINNING, end)
