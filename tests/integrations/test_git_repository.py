"""Repository and reflog are found as git finds them, without git."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.repo import Repo, clean_environment, ms, needs_git
from tokmeter.integrations.git.repository import (
    Repository,
    ask_reflog,
    find_repository,
    is_carried,
    is_written,
    nested_roots,
    read_reflog,
    spellings,
)
from tokmeter.integrations.git.window import author_of, undone

pytestmark = needs_git
NO_ENV: dict[str, str] = {}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "shop")
    repo.commit("one", 10)
    return repo


def found(folder: Path | str, env: dict[str, str] = NO_ENV) -> Repository:
    repository = find_repository(str(folder), env)
    assert repository is not None
    return repository


def as_git_says(repo: Repo, folder: Path, **env: str) -> tuple[str, str, str]:
    answer = repo.git(
        "rev-parse", "--path-format=absolute", "--show-toplevel", "--absolute-git-dir", "--git-common-dir",
        cwd=folder, **env,
    )  # fmt: skip
    root, git_dir, common = answer.split("\n")
    return root, git_dir, common


def test_in_a_worktree_its_folders_and_a_linked_worktree(repo: Repo, tmp_path: Path):
    tree = tmp_path / "trees" / "fix"
    repo.git("worktree", "add", "-q", str(tree))
    (tree / "deep" / "er").mkdir(parents=True)
    (repo.root / "web").mkdir()
    for folder in (repo.root, repo.root / "web", tree, tree / "deep" / "er"):
        repository = found(folder)

        assert as_git_says(repo, folder) == (repository.root, repository.git_dir, repository.common_dir)
        assert f"{repository.git_dir}/logs/HEAD" == repository.head_log
        assert Path(repository.head_log).is_file()


def test_in_a_submodule_also_as_its_hooks_see_it(repo: Repo, tmp_path: Path):
    part = Repo(tmp_path / "part")
    part.commit("part", 1)
    repo.git("submodule", "add", "-q", str(part.root), "lib")
    inside = repo.root / "lib"
    repository = found(inside)

    assert as_git_says(repo, inside) == (repository.root, repository.git_dir, repository.common_dir)
    assert str(inside) == found(inside, {"GIT_DIR": repository.git_dir}).root
    assert str(inside) == found(inside, {"GIT_DIR": "../.git/modules/lib"}).root


def test_where_variables_name_it(repo: Repo, tmp_path: Path):
    for env in (
        {"GIT_DIR": str(repo.root / ".git"), "GIT_WORK_TREE": str(repo.root)},
        {"GIT_DIR": "shop/.git", "GIT_WORK_TREE": "shop"},
        {"GIT_DIR": "shop/.git"},
    ):
        repository = found(tmp_path, env)

        assert as_git_says(repo, tmp_path, **env)[0] == repository.root
        assert str(repo.root / ".git") == repository.git_dir


def test_a_bare_repository_has_no_worktree(repo: Repo, tmp_path: Path):
    bare = tmp_path / "shop.git"
    repo.git("clone", "-q", "--bare", str(repo.root), str(bare))

    assert ("", str(bare)) == (found(bare / "refs").root, found(bare).git_dir)


def test_where_there_is_none(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".git").write_text("gitdir: /nowhere\n")

    assert [None] * 4 == [
        find_repository(str(folder), env)
        for folder, env in (
            (tmp_path, NO_ENV),
            (tmp_path / "a", NO_ENV),
            (tmp_path / "missing", NO_ENV),
            (tmp_path, {"GIT_DIR": "/nowhere"}),
        )
    ]


def test_the_reflog_tells_moves_with_their_times_oldest_first(repo: Repo):
    first = repo.head()
    repo.git("checkout", "-q", "-b", "topic", at=11)
    second = repo.commit("two: a colon", 12)
    repo.git("commit", "-q", "--amend", "-m", "two", at=13)

    assert [
        ("0" * 40, first, ms(10) // 1000, "commit (initial)", "one"),
        (first, first, ms(11) // 1000, "checkout", "moving from main to topic"),
        (first, second, ms(12) // 1000, "commit", "two: a colon"),
        (second, repo.head(), ms(13) // 1000, "commit (amend)", "two"),
    ] == [(move.old, move.new, move.at, move.action, move.message) for move in read_reflog(found(repo.root))]


def test_git_itself_tells_the_same_where_no_file_can_be_read(repo: Repo):
    for n in range(5):
        repo.commit(f"more {n}", 20 + n)
    repository = found(repo.root)
    asked = ask_reflog(repository, 4, clean_environment(repo.root))
    read = read_reflog(repository)[-4:]

    assert [(m.new, m.at, m.action, m.message, m.email) for m in read] == [
        (m.new, m.at, m.action, m.message, m.email) for m in asked
    ]
    assert [m.old for m in read[1:]] == [m.old for m in asked[1:]]


def test_of_a_long_reflog_only_whole_lines_of_its_end_are_read(repo: Repo):
    for n in range(5):
        repo.commit(f"more {n}", 20 + n)
    repository = found(repo.root)
    whole = read_reflog(repository)
    size = Path(repository.head_log).stat().st_size

    for limit in range(0, size + 10, 7):
        part = read_reflog(repository, limit)
        assert [move.new for move in whole[len(whole) - len(part) :]] == [move.new for move in part]
    assert 6 == len(read_reflog(repository, size))


def test_a_damaged_reflog_loses_its_damaged_lines_only(repo: Repo):
    repository = found(repo.root)
    with Path(repository.head_log).open("ab") as file:
        file.write(b"\nnonsense\n\xff\xfe <x> 12 +0000\tcommit: y\na b <c> notanumber +0000\tcommit: z\n")

    assert ["one"] == [move.message for move in read_reflog(repository)]


def test_what_each_kind_of_move_did(repo: Repo):
    repo.commit("two", 11)
    repo.commit("three", 12)
    repo.rebase("1s/pick/reword/", "HEAD~2", 13)
    repo.git("checkout", "-q", "-b", "topic", "HEAD~1", at=14)
    repo.commit("four", 15)
    repo.git("checkout", "-q", "main", at=16)
    repo.git("cherry-pick", "topic", at=17)
    repo.git("merge", "-q", "--no-ff", "-m", "merged", "topic", at=18)
    repo.git("revert", "--no-edit", "HEAD~1", at=19)
    repo.git("reset", "-q", "--hard", "HEAD~1", at=20)
    repo.git("checkout", "-q", "topic", at=21)
    repo.git("merge", "-q", "main", at=22)
    moves = read_reflog(found(repo.root))

    assert [
        "commit (initial)", "commit", "commit", "commit", "merge topic", "revert",
    ] == [move.action for move in moves if is_written(move)]  # fmt: skip
    assert ["cherry-pick"] == [
        move.action for move in moves if is_carried(move) and not move.action.startswith("rebase")
    ]
    assert {"rebase (pick)", "rebase (reword)"} >= {
        move.action for move in moves if is_carried(move) and move.action.startswith("rebase")
    }
    assert 1 == len(undone(moves))


def test_the_author_is_read_from_a_loose_commit_and_from_a_packed_one(repo: Repo):
    repo.commit("two", 12, "--author", "Bob <bob@example.org>")
    sha = repo.head()
    loose = author_of(found(repo.root), sha, NO_ENV)
    repo.git("repack", "-q", "-a", "-d")
    assert not (repo.root / ".git" / "objects" / sha[:2] / sha[2:]).exists()
    packed = author_of(found(repo.root), sha, clean_environment(repo.root))

    assert (ms(12) // 1000, "bob@example.org") == loose == packed
    assert author_of(found(repo.root), "0" * 40, clean_environment(repo.root)) is None


def test_repositories_inside_are_found_by_the_folders_that_were_worked_in(tmp_path: Path):
    top = tmp_path / "shop"
    for place in ("lib/.git", "a/b/c", "trees/x"):
        (top / place).mkdir(parents=True)
    (top / "trees" / "x" / ".git").write_text("gitdir: elsewhere\n")
    folders = [str(top / place) for place in ("lib/src/deep", "a/b/c", "trees/x", "", "lib")]

    assert [str(top / "lib"), str(top / "trees/x")] == nested_roots(folders, [str(top)])


def test_a_folder_has_two_spellings_where_links_lead_to_it(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert (str(tmp_path / "link"), str(tmp_path / "real")) == spellings(str(tmp_path / "link"))
    assert (str(tmp_path / "real"),) == spellings(str(tmp_path / "real"))
