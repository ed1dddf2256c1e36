"""Which commits are one piece of work, from what git tells of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tokmeter.integrations.git.repository import Move
from tokmeter.integrations.git.works import Commit, Works
from tokmeter.metrics.attribution import END, Making, Window, Worktree, windows

ME, BOB = "ana@example.org", "bob@example.org"


def history(*commits: Commit) -> dict[str, Commit]:
    return {commit.sha: commit for commit in commits}


def one(sha: str, authored: int, *parents: str, email: str = ME, subject: str = "") -> Commit:
    return Commit(sha, authored, parents, email, subject or sha)


def moved(old: str, new: str, at: int, action: str = "commit") -> Move:
    return Move(old, new, at, action, "", ME)


def test_a_commit_counts_at_its_author_date_and_an_amend_at_the_time_of_its_move():
    commits = history(one("a", 5), one("a2", 5))
    steps = [moved("", "a", 9, "commit (initial)"), moved("a", "a2", 20, "commit (amend)")]
    works = Works(commits, ["a2"], {"/r": steps}, [ME])
    work = works.work_of("a")

    assert works.work_of("a2") == work
    assert [Making(work, 5_999, "/r", 0), Making(work, 20_999, "/r", 1)] == works.makings()


def test_an_amend_with_a_new_author_date_is_the_same_work_still():
    commits = history(one("a", 5), one("a2", 19))
    works = Works(commits, ["a2"], {"/r": [moved("", "a", 5), moved("a", "a2", 20, "commit (amend)")]}, [ME])

    assert works.work_of("a") == works.work_of("a2")


def test_addresses_are_compared_without_regard_to_case():
    works = Works(history(one("a", 5, email="Ana@Example.org"), one("b", 6, email=BOB)), "ab", {}, [ME])

    assert (True, False) == (works.is_mine("a"), works.is_mine("b"))
    assert [Making("a", 5_999, None)] == works.makings()


def test_without_an_address_of_the_user_no_commit_is_theirs():
    works = Works(history(one("a", 5, email="")), "a", {}, [""])

    assert not works.is_mine("a")


def test_a_dropped_commit_has_its_time_but_a_commit_undone_by_a_reset_has_none():
    commits = history(one("a", 5), one("b", 6, "a"), one("c", 7, "a"))
    dropped = [moved("", "a", 5), moved("a", "b", 6), moved("b", "a", 7, "checkout")]
    undone = [moved("", "a", 5), moved("a", "b", 6), moved("b", "a", 7, "reset")]

    assert ["a", "b"] == [m.work for m in Works(commits, "a", {"/r": dropped}, [ME]).makings()]
    assert ["a"] == [m.work for m in Works(commits, "a", {"/r": undone}, [ME]).makings()]
    assert ["a", "b"] == [m.work for m in Works(commits, "ab", {"/r": undone}, [ME]).makings()]


def test_parent_and_child_of_one_second_are_two_works():
    commits = history(one("a", 5, subject="x"), one("b", 5, "a", subject="y"), one("b2", 5, "z", subject="y"))
    works = Works(commits, ["a", "b", "b2"], {}, [ME])

    assert works.work_of("a") != works.work_of("b") == works.work_of("b2")


def test_commits_written_in_one_second_are_told_apart_by_subject_also_when_one_is_gone():
    """A branch, its squash merge, and the branch deleted, all at once."""
    commits = history(one("f", 5, "base", subject="f3"), one("s", 5, "base", subject="sq2"))
    steps = [moved("base", "f", 5), moved("f", "base", 5, "checkout"), moved("base", "s", 5)]
    works = Works(commits, ["s"], {"/r": steps}, [ME])

    assert works.work_of("f") != works.work_of("s")


def test_a_commit_made_later_with_the_date_of_one_that_is_gone_is_its_copy():
    """`git commit --edit --reuse-message=f` with another subject."""
    commits = history(one("f", 5, "base", subject="f3"), one("s", 5, "base", subject="sq2"))
    steps = [moved("base", "f", 5), moved("f", "base", 9, "checkout"), moved("base", "s", 9)]
    works = Works(commits, ["s"], {"/r": steps}, [ME])

    assert works.work_of("f") == works.work_of("s")


REBASED = st.lists(st.booleans(), min_size=1, max_size=6)


@given(REBASED, st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_rebase_with_new_ids_in_another_order_changes_no_window(mine: list[bool], first: int, random):
    """From commit `first` on all get new ids, in any order; author dates stay."""
    commits = [
        one(f"c{n}", 10 * n, f"c{n - 1}", email=ME if own else BOB, subject=f"s{n}")
        for n, own in enumerate(mine)
    ]
    steps = [moved(f"c{n - 1}", f"c{n}", 10 * n) for n in range(len(mine))]
    kept, carried = commits[:first], commits[first:]
    again = [commit._replace(sha=f"d{n}", parents=()) for n, commit in enumerate(carried)]
    random.shuffle(again)
    tip = kept[-1].sha if kept else ""
    rebase = [moved(commits[-1].sha, tip, 500, "rebase (start)")]
    for commit in again:
        rebase.append(moved(tip, commit.sha, 501, "rebase (pick)"))
        tip = commit.sha
    rebase.append(moved(tip, tip, 502, "rebase (finish)"))
    before = Works(history(*commits), [c.sha for c in commits], {"/r": steps}, [ME])
    after = Works(
        history(*commits, *again), [c.sha for c in [*kept, *again]], {"/r": [*steps, *rebase]}, [ME]
    )

    assert told(before) == told(after)


def told(works: Works) -> list[Window]:
    """The windows. A work goes by the least of its ids, which the old commit has."""
    tree = Worktree("/r", ("/r",), (), END)
    return windows(works.makings(), [tree])["/r"]
