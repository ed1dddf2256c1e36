"""Amend, rebase, squash, reset, cherry-pick, merge: what was used stays with the work it was used for."""

from __future__ import annotations

from pathlib import Path

import pytest
from commit_desk import Desk, three_commits

from support.repo import ms, needs_git

pytestmark = needs_git


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_amend_takes_what_was_used_for_it(desk: Desk):
    desk.work(5)
    desk.repo.commit("zero", 6)
    desk.work(9)
    desk.repo.commit("one", 10)
    desk.work(15)
    desk.repo.git("commit", "-q", "--amend", "-m", "one", at=20)
    desk.work(25)
    assert [ms(6) + 1000] == desk.starts("HEAD") == [desk.window(amend=True)]
    desk.repo.git("commit", "-q", "--amend", "-m", "one", at=30)
    desk.work(35)
    desk.repo.commit("two", 40)

    assert {"two": 16, "one": 2 + 4 + 8, "zero": 1} == desk.table()


def test_an_amend_of_an_older_commit_takes_nothing_from_those_between(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.work(15)
    desk.repo.commit("two", 20)
    desk.work(25)
    desk.repo.git("rebase", "-q", "-i", "--root", at=29, GIT_SEQUENCE_EDITOR="sed -i -e 1s/pick/edit/")
    desk.repo.git("commit", "-q", "--amend", "-m", "one", at=30)
    desk.repo.git("rebase", "--continue", at=31)
    desk.work(35)

    assert {"two": 2, "one": 1 + 4, "pending": 8} == desk.table()


def test_a_rebase_moves_nothing(desk: Desk):
    three_commits(desk)
    expected = {"three": 4, "two": 2, "one": 1, "base": 0, "pending": 8}
    before = desk.table()
    desk.repo.git("branch", "topic")
    desk.repo.git("reset", "-q", "--hard", "HEAD~3", at=40)
    desk.repo.commit("other", 41)
    desk.repo.git("checkout", "-q", "topic", at=42)
    desk.repo.git("rebase", "-q", "main", at=43)
    desk.work(45)

    assert expected == before
    assert {**expected, "other": 8, "pending": 16} == desk.table()
    assert [ms(41) + 1000] == desk.starts("--pending") == [desk.window()]


def test_reordering_and_rewording_move_nothing(desk: Desk):
    three_commits(desk)
    desk.repo.git(
        "rebase", "-q", "-i", "HEAD~3", at=40,
        GIT_SEQUENCE_EDITOR="sed -i -e '1{h;d};2{s/pick/reword/;G}'", GIT_EDITOR="sed -i -e s/two/2nd/",
    )  # fmt: skip

    assert {"three": 4, "one": 1, "2nd": 2, "base": 0, "pending": 8} == desk.table()


@pytest.mark.parametrize("step", ["squash", "fixup"])
def test_a_commit_melted_into_another_brings_what_it_used(desk: Desk, step: str):
    three_commits(desk)
    desk.repo.rebase(f"2s/pick/{step}/", "HEAD~3", 40)

    assert {"three": 4, "one": 1 + 2, "base": 0, "pending": 8} == desk.table()


def test_an_autosquash_finds_the_commit_that_the_fixup_is_for(desk: Desk):
    three_commits(desk)
    desk.repo.commit("fixup! one", 40)
    desk.repo.git("rebase", "-q", "-i", "--autosquash", "HEAD~4", at=41, GIT_SEQUENCE_EDITOR="true")

    assert {"three": 4, "two": 2, "one": 1 + 8, "base": 0} == desk.table()


def test_a_commit_taken_back_by_a_reset_leaves_what_it_used_to_the_next(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.work(15)
    desk.repo.commit("wrong", 20)
    desk.repo.git("reset", "-q", "--soft", "HEAD~1", at=21)
    desk.work(25)
    assert [ms(10) + 1000] == desk.starts("--pending") == [desk.window()]
    desk.repo.commit("right", 30)

    assert {"right": 2 + 4, "one": 1} == desk.table()


def test_a_commit_moved_to_another_branch_by_a_reset_keeps_what_it_used(desk: Desk):
    desk.repo.commit("one", 10)
    desk.work(15)
    desk.repo.commit("two", 20)
    desk.repo.git("branch", "topic")
    desk.repo.git("reset", "-q", "--hard", "HEAD~1", at=21)
    desk.work(25)

    assert {"one": 0, "other": 1, "pending": 2} == desk.table("HEAD", "-n", "1", "--since", "2026-11-20")
    assert [ms(20) + 1000] == desk.starts("--pending") == [desk.window()]


def test_a_commit_committed_anew_with_its_old_message_and_date_takes_what_came_between(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.repo.git("reset", "-q", "--soft", "HEAD", at=11)
    desk.repo.commit("two", 20)
    desk.repo.git("reset", "-q", "--soft", "HEAD~1", at=21)
    desk.work(25)
    desk.repo.git("commit", "-q", "-C", "ORIG_HEAD", at=30)
    desk.work(35)

    assert {"two": 2, "one": 1, "pending": 4} == desk.table()


def test_a_cherry_pick_is_shown_as_a_copy_and_counts_once(desk: Desk):
    desk.repo.commit("base", 1)
    desk.repo.git("checkout", "-q", "-b", "topic", at=2)
    desk.work(5)
    picked = desk.repo.commit("one", 10)
    desk.repo.git("checkout", "-q", "main", at=11)
    desk.work(15)
    desk.repo.git("cherry-pick", picked, at=20)
    desk.work(25)
    desk.repo.commit("two", 30)
    assert {"two": 2 + 4, "one": 1, "base": 0} == desk.table("main")
    assert {"one": 1, "base": 0, "other": 2 + 4} == desk.table("topic")
    desk.repo.git("merge", "-q", "--no-ff", "-m", "merge", "topic", at=40)
    rows = desk.answer("log")["commits"]

    assert [("merge", "own"), ("two", "own"), ("one", "own"), ("one", "copy"), ("base", "own")] == [
        (row["subject"], row["state"]) for row in rows
    ]
    assert rows[2]["commit"] == rows[3]["copy_of"]
    assert [0, 6, 1, 0, 0] == [row["output_tokens"] for row in rows]
    assert [rows[2]["commit"]] == desk.answer("commit", rows[3]["commit"])["copies"]


def test_a_merge_takes_only_what_was_used_for_it(desk: Desk):
    desk.repo.commit("base", 1)
    desk.repo.git("checkout", "-q", "-b", "topic", at=2)
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.repo.git("checkout", "-q", "main", at=11)
    desk.repo.git("merge", "-q", "--no-ff", "-m", "merge", "topic", at=20)
    desk.work(25)

    assert {"merge": 0, "one": 1, "base": 0, "pending": 2} == desk.table()


def test_after_a_squash_merge_the_branch_keeps_its_requests_until_it_is_deleted(desk: Desk):
    desk.repo.commit("base", 1)
    desk.repo.git("checkout", "-q", "-b", "topic", at=2)
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.repo.git("checkout", "-q", "main", at=11)
    desk.repo.git("merge", "-q", "--squash", "topic", at=12)
    desk.work(15)
    desk.repo.commit("all", 20)
    assert {"all": 2, "base": 0, "other": 1} == desk.table()
    desk.repo.git("branch", "-q", "-D", "topic")

    assert {"all": 2, "base": 0, "gone": 1} == desk.table()


def test_a_squash_merge_in_the_second_of_the_commit_it_melts_is_no_copy_of_it(desk: Desk):
    desk.repo.commit("base", 1)
    desk.repo.git("checkout", "-q", "-b", "topic", at=2)
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.repo.git("checkout", "-q", "main", at=10)
    desk.repo.git("merge", "-q", "--squash", "topic", at=10)
    desk.repo.commit("all", 10)
    desk.repo.git("branch", "-q", "-D", "topic")

    assert {"all": 0, "base": 0, "gone": 1} == desk.table()
