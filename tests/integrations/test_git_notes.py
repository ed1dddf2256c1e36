"""Notes in refs/notes/tokmeter through everything that git does to commits, written by the background job."""

from __future__ import annotations

from pathlib import Path

import pytest
from git_desk import HAIKU, Desk

from tokmeter.integrations.git.notes import parse_note


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, hooks="--notes")


def inputs(desk: Desk, revision: str = "HEAD") -> list[str]:
    """The input of the notes from the first commit on, '-' where there is none."""
    found = []
    for sha in desk.git("rev-list", "--reverse", revision).split():
        note = parse_note(desk.note(sha))
        found.append(str(note.figures.input) if note else "-")
    return found


def test_a_note_tells_figures_and_models(desk: Desk) -> None:
    desk.use(91_000, 0, minute=1)
    desk.use(45_000, 0, minute=2, model=HAIKU)
    desk.commit("a", minute=3)

    # $0.455 of claude-opus-4-8 and, at $1 a million, $0.045 of claude-haiku-4-5
    expected = [
        "Tokmeter-Usage: input=136000 output=0 cost=0.50USD requests=2",
        "Tokmeter-Models: claude-opus-4-8=91% claude-haiku-4-5=9%",
    ]
    assert expected == desk.note().splitlines()
    assert "a" == desk.message()


def test_a_commit_without_usage_has_no_note(desk: Desk) -> None:
    desk.work("a", 1)
    desk.commit("b", minute=9)

    assert ["1", "-"] == inputs(desk)


def test_a_line_that_cannot_be_understood_holds_up_no_other(desk: Desk) -> None:
    """As a worktree leaves it whose name has a line break in it, or is no UTF-8."""
    queue = desk.root / ".git" / "tokmeter-notes"
    queue.mkdir()
    (queue / "00000000000000000001-1").write_bytes(b"root /a\nb\nnote x 0 y\n")
    (queue / "00000000000000000002-1").write_bytes(b"root /a\xff\nnote " + b"0" * 40 + b" 0 1 0\n")
    desk.work("a", 1)

    assert ["1"] == inputs(desk)


def test_notes_follow_an_amend(desk: Desk) -> None:
    desk.work("a", 1)
    desk.work("b", 20)
    desk.use(300, 0, minute=10)
    desk.commit("b", "--amend", "-m", "better", minute=11)
    desk.git("commit", "-q", "--amend", "--no-edit")
    desk.work("c", 4000, minute=20)

    assert ["1", "320", "4000"] == inputs(desk)


def test_notes_follow_a_rebase_and_melt_with_their_commits(desk: Desk) -> None:
    for name, given in (("a", 1), ("b", 20), ("c", 300), ("d", 4000), ("e", 50000)):
        desk.work(name, given)
    editor = "sed -i -e '1{h;d}' -e '2{G}' -e '4s/pick/squash/'"  # c, b, d and e in one
    desk.git("rebase", "-q", "-i", "HEAD~4", GIT_SEQUENCE_EDITOR=editor)

    assert ["1", "300", "20", "54000"] == inputs(desk)


def test_an_amend_within_a_rebase_keeps_the_note(desk: Desk) -> None:
    for name, given in (("a", 1), ("b", 20), ("c", 300)):
        desk.work(name, given)
    amend = "git commit -q --amend -m amended"
    desk.git("rebase", "-q", "-i", "HEAD~2", GIT_SEQUENCE_EDITOR=f"sed -i '1a exec {amend}'", EDITOR="true")

    assert "amended" == desk.message("HEAD~1")
    assert ["1", "20", "300"] == inputs(desk)


def test_a_second_rebase_doubles_nothing(desk: Desk) -> None:
    for name, given in (("a", 1), ("b", 20), ("c", 300)):
        desk.work(name, given)
    for _ in range(2):
        desk.git("rebase", "-q", "-i", "HEAD~2", GIT_SEQUENCE_EDITOR="sed -i -e '1{h;d}' -e '2{G}'")
    desk.git("rebase", "-q", "-i", "HEAD~2", GIT_SEQUENCE_EDITOR="sed -i '2s/pick/fixup/'")

    assert ["1", "320"] == inputs(desk)


def test_git_copying_notes_by_itself_doubles_nothing(desk: Desk) -> None:
    desk.git("config", "notes.rewriteRef", "refs/notes/tokmeter")
    desk.work("a", 1)
    desk.work("b", 20)
    desk.wait_for_notes()
    desk.commit("b", "--amend", "--no-edit", minute=10)
    desk.wait_for_notes()
    desk.work("c", 300)
    desk.wait_for_notes()
    desk.git("rebase", "-q", "-i", "HEAD~2", GIT_SEQUENCE_EDITOR="sed -i '2s/pick/fixup/'")

    assert ["1", "320"] == inputs(desk)
    assert 1 == desk.note().count("Tokmeter-Usage")


@pytest.mark.parametrize("conflict", [False, True])
def test_a_cherry_picked_copy_says_where_it_is_from(desk: Desk, conflict: bool) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    source = desk.work("b", 20)
    desk.git("checkout", "-q", "main")
    if conflict:
        desk.commit("b", minute=9)
    desk.minute = 21
    desk.try_git("cherry-pick", "topic")
    if conflict:
        (desk.root / "b").write_text("both\n")
        desk.git("add", "b")
        desk.git("cherry-pick", "--continue")

    expected = ["Tokmeter-Usage: input=20 output=0 cost=0.0001USD requests=1"]
    expected += ["Tokmeter-Models: claude-opus-4-8=100%", f"Tokmeter-Copied-From: {source}"]
    assert expected == desk.note().splitlines()


@pytest.mark.parametrize("options", [(), ("-m", "all of it")])
def test_a_squash_merge_has_the_sum_of_the_branch(desk: Desk, options: tuple[str, ...]) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.work("c", 300)
    desk.git("checkout", "-q", "main")
    desk.git("merge", "-q", "--squash", "topic")
    desk.use(4000, 0, minute=29)
    desk.minute = 30
    desk.git("commit", "-q", *options)

    assert ["1", "4320"] == inputs(desk)
    assert not (desk.root / ".git" / "tokmeter-pending").exists()


def test_a_squash_that_was_given_up_leaves_nothing_behind(desk: Desk) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.git("checkout", "-q", "main")
    desk.git("merge", "-q", "--squash", "topic")
    given_up = desk.try_git("commit", GIT_EDITOR="false")
    desk.git("reset", "-q", "--hard")
    desk.work("c", 300, minute=30)

    assert given_up.returncode != 0
    assert ["1", "300"] == inputs(desk)


def test_many_commits_in_a_row_all_get_their_note(desk: Desk) -> None:
    for n in range(12):
        desk.use(n + 1, 0, minute=2 * n + 1)
        desk.commit("a", minute=2 * n + 2)

    assert [str(n + 1) for n in range(12)] == inputs(desk)
    assert not (desk.root / ".git" / "tokmeter-notes").exists()


def test_notes_of_a_linked_worktree_are_its_own(desk: Desk) -> None:
    desk.work("a", 1)
    other = desk.root.parent / "beside"
    desk.git("worktree", "add", "-q", "-b", "second", str(other))
    desk.use(20, 0, minute=10, cwd=other)
    desk.commit("b", minute=11, cwd=other)

    assert ["1", "20"] == inputs(desk, "second")
