"""Where a request was made: folders, worktrees, clones, submodules, links; and who made the commit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commit_desk import Desk

from support.repo import Repo, ms, needs_git

pytestmark = needs_git


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_other_folders_do_not_count_and_deeper_ones_do(desk: Desk):
    desk.work(5, folder=desk.root.parent)
    desk.work(6, folder=Path(f"{desk.root}-old"))
    desk.work(7, folder=desk.root / "web" / "css")
    desk.repo.commit("one", 10)

    assert {"one": 4} == desk.table()


def test_commits_of_other_people_take_nothing(desk: Desk):
    desk.work(5)
    desk.repo.commit("theirs", 10, "--author", "Bob <bob@example.org>")
    desk.work(15)
    assert [0] == desk.starts("--pending") == [desk.window()]
    desk.repo.commit("mine", 20)

    assert {"mine": 1 + 2, "theirs": "others"} == desk.table()


def test_a_further_address_of_the_user_is_named_in_the_settings_of_git(desk: Desk):
    desk.repo.be("old@example.org")
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.repo.be("new@example.org")
    assert {"one": "others", "pending": 1} == desk.table()
    desk.repo.git("config", "--add", "tokmeter.email", "old@example.org")

    assert {"one": 1} == desk.table()


def test_each_worktree_has_commits_and_requests_of_its_own(desk: Desk):
    beside = desk.root.parent / "shop-fix"
    inside = desk.root / ".trees" / "css"
    desk.repo.commit("base", 1)
    desk.repo.git("worktree", "add", "-q", "-b", "fix", str(beside), at=2)
    desk.repo.git("worktree", "add", "-q", "-b", "css", str(inside), at=2)
    desk.work(5)
    desk.work(6, folder=beside)
    desk.work(7, folder=inside / "deep")
    desk.repo.commit("fixed", 10, cwd=beside)
    desk.repo.commit("styled", 11, cwd=inside)
    (desk.root / ".git" / "info" / "exclude").write_text(".trees\n")
    desk.repo.commit("one", 12)
    desk.work(15, folder=inside)

    assert {"one": 1, "base": 0, "other": 2 + 4, "pending": 8} == desk.table()
    assert {"fixed": 2, "base": 0, "other": 1 + 4, "pending": 8} == desk.table(folder=beside)
    assert {"styled": 4, "base": 0, "other": 1 + 2, "pending": 8} == desk.table(folder=inside)
    assert desk.window(folder=inside) == ms(11) + 1000


def test_a_commit_on_another_branch_of_the_same_worktree_ends_the_window_too(desk: Desk):
    desk.repo.commit("base", 1)
    desk.repo.git("checkout", "-q", "-b", "topic", at=2)
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.repo.git("checkout", "-q", "main", at=11)
    desk.work(15)

    assert {"base": 0, "other": 1, "pending": 2} == desk.table()
    assert desk.window() == ms(10) + 1000


def test_in_a_clone_earlier_commits_of_the_user_count_as_made_there(desk: Desk):
    desk.repo.commit("one", 10)
    desk.repo.commit("theirs", 15, "--author", "Bob <bob@example.org>")
    desk.repo.commit("two", 20)
    clone = Repo(desk.root.parent / "clone", make=False)
    desk.repo.git("clone", "-q", str(desk.root), str(clone.root), at=30)
    clone.be("ana@example.org")
    desk.work(5, 17, 25, folder=clone.root)
    assert [ms(20) + 1000] == desk.starts("--pending", folder=clone.root) == [desk.window(folder=clone.root)]
    desk.repo.commit("elsewhere", 40)
    clone.git("pull", "-q", "--ff-only", at=41)
    desk.work(45, folder=clone.root)
    clone.commit("three", 50)

    assert {"three": 4 + 8, "elsewhere": "elsewhere", "two": 2, "theirs": "others", "one": 1} == desk.table(
        folder=clone.root
    )


def test_without_a_reflog_commits_are_told_by_address_and_date(desk: Desk):
    desk.repo.git("config", "core.logAllRefUpdates", "false")
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.work(15)
    desk.repo.commit("theirs", 18, "--author", "Bob <bob@example.org>")
    desk.repo.commit("two", 20)
    desk.work(25)
    assert not (desk.root / ".git" / "logs" / "HEAD").exists()

    assert {"two": 2, "theirs": "others", "one": 1, "pending": 4} == desk.table()


def test_a_shallow_clone_shows_what_it_holds(desk: Desk):
    desk.repo.commit("one", 10)
    desk.repo.commit("two", 20)
    clone = Repo(desk.root.parent / "clone", make=False)
    desk.repo.git("clone", "-q", "--depth", "1", f"file://{desk.root}", str(clone.root), at=30)
    clone.be("ana@example.org")
    desk.work(25, folder=clone.root)

    assert {"two": 0, "pending": 1} == desk.table(folder=clone.root)


def test_what_was_used_in_a_submodule_is_the_submodules(desk: Desk):
    part = Repo(desk.root.parent / "part")
    part.commit("part", 1)
    desk.repo.commit("base", 2)
    desk.repo.git("submodule", "add", "-q", str(part.root), "lib", at=3)
    desk.repo.commit("with lib", 4)
    inside = Repo(desk.root / "lib", make=False)
    inside.be("ana@example.org")
    desk.work(5)
    desk.work(6, folder=inside.root)
    inside.commit("in lib", 10)
    desk.repo.commit("bump", 11)

    assert {"bump": 1, "with lib": 0, "base": 0} == desk.table()
    assert {"in lib": 2, "part": "others"} == {**desk.table(folder=inside.root), "part": "others"}


def test_a_folder_reached_by_a_link_is_the_folder(desk: Desk):
    link = desk.root.parent / "link"
    link.symlink_to(desk.root)
    desk.work(5, folder=link)
    desk.work(6, folder=link / "web")
    desk.work(7)
    desk.repo.commit("one", 10)

    assert {"one": 7} == desk.table() == desk.table(folder=link)


def test_a_detached_head_is_as_good_as_a_branch(desk: Desk):
    desk.repo.commit("base", 1)
    desk.repo.git("checkout", "-q", "--detach", at=2)
    desk.work(5)
    desk.repo.commit("one", 10)

    assert {"one": 1, "base": 0} == desk.table()


def test_an_empty_repository_has_only_what_is_not_committed_yet(desk: Desk):
    desk.work(5)

    assert {"pending": 1} == desk.table()
    assert [0] == desk.starts("--pending") == [desk.window()]


def test_a_bare_repository_shows_commits_and_the_requests_of_its_worktrees(desk: Desk):
    desk.repo.commit("one", 10)
    bare = desk.root.parent / "shop.git"
    desk.repo.git("clone", "-q", "--bare", str(desk.root), str(bare), at=20)
    Repo(bare, make=False).be("ana@example.org")
    assert {"one": "elsewhere"} == desk.table(folder=bare)
    tree = desk.root.parent / "tree"
    desk.repo.git("worktree", "add", "-q", str(tree), "main", at=21, cwd=bare)
    desk.work(25, folder=tree)
    desk.repo.commit("two", 30, cwd=tree)

    assert {"two": 1, "one": 0} == desk.table(folder=tree) == desk.table(folder=bare)


def test_inside_the_folder_of_git_it_is_the_same_repository(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)

    assert {"one": 1} == desk.table(folder=desk.root / ".git" / "objects")


def test_the_variables_of_git_name_the_repository_as_they_do_for_git(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)
    done = desk.run(
        "log", "--json", folder=desk.root.parent, env={"GIT_DIR": "shop/.git", "GIT_WORK_TREE": "shop"}
    )

    assert '"output_tokens": 1,' in done.out
    assert f'"repository": "{desk.root}",' in done.out


def with_worktree_inside(desk: Desk, place: str) -> Path:
    """A worktree inside the repository, with a commit and 1 + 2 tokens before it and 4 after it."""
    inside = desk.root / place
    (desk.root / ".git" / "info" / "exclude").write_text(f"{place.partition('/')[0]}\n")
    desk.repo.commit("base", 1)
    desk.repo.git("worktree", "add", "-q", "-b", "fix", str(inside), at=2)
    desk.work(5, 6, folder=inside)
    desk.repo.commit("fixed", 10, cwd=inside)
    desk.work(11, folder=inside)
    return inside


def test_a_worktree_whose_folder_was_deleted_keeps_what_it_used(desk: Desk):
    inside = with_worktree_inside(desk, "trees/fix")
    shutil.rmtree(inside)
    desk.repo.commit("one", 20)

    assert {"one": 0, "base": 0, "other": 1 + 2, "pending": 4} == desk.table()


def test_a_removed_worktree_keeps_what_it_used_if_its_folder_says_what_it_was(desk: Desk):
    inside = with_worktree_inside(desk, ".claude/worktrees/fix")
    desk.work(12)
    desk.repo.git("worktree", "remove", "--force", str(inside), at=13)
    desk.repo.commit("one", 20)

    assert {"one": 8, "base": 0, "other": 1 + 2, "pending": 4} == desk.table()
    assert {"fixed": 1 + 2, "base": 0, "other": 8, "pending": 4} == desk.table("fix")


def test_a_removed_worktree_of_any_other_name_is_a_folder_of_the_repository(desk: Desk):
    inside = with_worktree_inside(desk, "trees/fix")
    desk.repo.git("worktree", "remove", "--force", str(inside), at=13)
    desk.repo.commit("one", 20)

    assert {"one": 7, "base": 0} == desk.table()


def test_a_commit_that_takes_nothing_says_why(desk: Desk):
    desk.work(5)
    desk.repo.commit("theirs", 15, "--author", "Bob <bob@example.org>")

    assert "Somebody else made it" in desk.run("commit").out
    assert "1 commit of other people, not counted" in desk.run("log").out
