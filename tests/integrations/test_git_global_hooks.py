"""`tokmeter git install --global`: one folder for all repositories, whose own hooks go on working."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from git_desk import Desk, tree

from tokmeter.integrations.git.dispatchers import NAMES

CONFIGS = {
    "as usual": "[user]\n\tname = Ana\n\temail = ana@example.org\n",
    "no newline at the end": "[user]\n\tname = Ana\n\temail = ana@example.org",
    "core is there": "[user]\n\tname = Ana\n\temail = ana@example.org\n[core]\n\tautocrlf = false\n",
    "a byte order mark": "\ufeff[user]\n\tname = Ana\n\temail = ana@example.org\n",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.use(0, 1, minute=-600, cwd=desk.home)
    desk.tokmeter("sync", "--quiet")
    return desk


def install(desk: Desk, *more: str) -> None:
    done = desk.tokmeter("git", "install", "--global", "--yes", *more)
    assert 0 == done.returncode, done.stderr


def remove(desk: Desk) -> None:
    done = desk.tokmeter("git", "remove", "--global", "--yes")
    assert 0 == done.returncode, done.stderr


def hook(desk: Desk, name: str, text: str) -> None:
    path = desk.root / ".git" / "hooks" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_it_comes_and_goes_without_a_trace(desk: Desk, config: str) -> None:
    path = desk.home / ".gitconfig"
    path.write_text(config)
    path.chmod(0o640)
    before = (tree(desk.home), sorted(path.name for path in desk.own.iterdir()))
    install(desk)
    during = sorted(path.name for path in (desk.own / "git-hooks").iterdir())
    install(desk, "--trailer")
    remove(desk)

    assert sorted(NAMES) == during
    assert before == (tree(desk.home), sorted(path.name for path in desk.own.iterdir()))


def test_a_configuration_made_for_it_goes_again(desk: Desk) -> None:
    (desk.home / ".gitconfig").unlink()
    install(desk)
    named = desk.git("config", "--global", "core.hooksPath")
    remove(desk)

    assert str(desk.own / "git-hooks") == named
    assert not (desk.home / ".gitconfig").exists()


def test_what_git_writes_into_the_configuration_meanwhile_stays(desk: Desk) -> None:
    install(desk)
    desk.git("config", "--global", "core.editor", "ed")
    desk.git("config", "--global", "alias.ci", "commit")
    remove(desk)

    assert "ed" == desk.git("config", "--global", "core.editor")
    assert "commit" == desk.git("config", "--global", "alias.ci")
    assert "tokmeter" not in (desk.home / ".gitconfig").read_text()


def test_commits_of_any_repository_are_served(desk: Desk) -> None:
    install(desk, "--summary", "--trailer")
    desk.use(10, 0, minute=1)
    done = desk.commit("a", minute=2)

    assert "  10 tokens" in done.stderr
    assert ["10"] == desk.trailers()


def test_a_repositorys_own_hooks_get_arguments_and_stdin_and_decide(desk: Desk, tmp_path: Path) -> None:
    install(desk, "--notes")
    log = tmp_path / "ran"
    for name in ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-checkout"):
        hook(desk, name, f'echo {name} "$@" >>{log}')
    hook(desk, "post-rewrite", f'{{ echo post-rewrite "$@"; wc -l; }} >>{log}')
    hook(desk, "pre-push", f'{{ echo pre-push "$1"; wc -l; }} >>{log}; exit 1')
    desk.commit("a")
    desk.commit("a", "--amend", "--no-edit", minute=5)
    desk.git("init", "-q", "--bare", str(tmp_path / "there.git"))
    desk.git("remote", "add", "there", str(tmp_path / "there.git"))
    pushed = desk.try_git("push", "there", "main")

    ran = [line.strip() for line in log.read_text().splitlines()]
    expected = [
        "pre-commit",
        "prepare-commit-msg .git/COMMIT_EDITMSG message",
        "commit-msg .git/COMMIT_EDITMSG",
    ]
    expected += ["post-commit", "pre-commit", "prepare-commit-msg .git/COMMIT_EDITMSG commit HEAD"]
    expected += [
        "commit-msg .git/COMMIT_EDITMSG",
        "post-commit",
        "post-rewrite amend",
        "1",
        "pre-push there",
        "1",
    ]
    assert expected == ran
    assert 1 == pushed.returncode


def test_hooks_of_a_linked_worktree_are_found(desk: Desk, tmp_path: Path) -> None:
    install(desk)
    desk.commit("a")
    hook(desk, "pre-commit", "exit 1")
    other = tmp_path / "beside"
    desk.git("worktree", "add", "-q", "-b", "second", str(other))
    desk.write("b", cwd=other)

    assert 1 == desk.try_git("commit", "-m", "b", cwd=other).returncode


def test_hooks_of_the_receiving_side_are_found(desk: Desk, tmp_path: Path) -> None:
    install(desk)
    there = tmp_path / "there.git"
    desk.git("init", "-q", "--bare", str(there))
    (there / "hooks" / "update").write_text('#!/bin/sh\n[ "$1" = refs/heads/main ]\n')
    (there / "hooks" / "update").chmod(0o755)
    desk.commit("a")

    assert 0 == desk.try_git("push", str(there), "main").returncode
    assert 1 == desk.try_git("push", str(there), "main:other").returncode


@pytest.mark.parametrize("dirty", ["", "unstaged", "staged"])
def test_pushing_into_a_worktree_is_as_without_us(desk: Desk, tmp_path: Path, dirty: str) -> None:
    """Where this hook exists git leaves the checkout to it, so the dispatcher has to do what git would."""
    there = tmp_path / "there"
    desk.commit("a")
    desk.git("clone", "-q", str(desk.root), str(there))
    desk.git("config", "receive.denyCurrentBranch", "updateInstead", cwd=there)
    install(desk)
    if dirty:
        (there / "a").write_text("changed\n")
    if dirty == "staged":
        desk.git("add", "a", cwd=there)
    desk.commit("b", minute=3)
    pushed = desk.try_git("push", str(there), "main")

    assert (1 if dirty else 0) == pushed.returncode
    assert (not dirty) is (there / "b").exists()
    assert dirty in pushed.stderr


def test_a_block_in_a_repository_does_not_double_the_global_one(desk: Desk) -> None:
    local = desk.tokmeter("git", "install", "--yes", "--summary")
    install(desk, "--summary")
    desk.use(10, 0, minute=1)
    done = desk.commit("a", minute=2)

    assert 0 == local.returncode
    assert 1 == done.stderr.count("tokens")


def test_a_local_installation_beside_the_global_one_is_not_needed(desk: Desk) -> None:
    install(desk)
    before = tree(desk.own / "git-hooks")
    done = desk.tokmeter("git", "install", "--yes", "--trailer")

    assert 0 == done.returncode
    assert "already" in done.stderr
    assert before == tree(desk.own / "git-hooks")


def test_a_global_folder_of_the_user_gets_blocks(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "post-commit").write_text("#!/bin/sh\necho theirs >&2\n")
    (folder / "post-commit").chmod(0o755)
    desk.git("config", "--global", "core.hooksPath", str(folder))
    before = (tree(folder), tree(desk.home))
    install(desk)
    desk.use(10, 0, minute=1)
    done = desk.commit("a", minute=2)
    log = desk.home / ".claude"
    subprocess.run(["rm", "-r", str(log)], check=True)
    remove(desk)

    assert done.stderr.startswith("tokmeter  ")
    assert done.stderr.endswith("\ntheirs\n")
    assert before[0] == tree(folder)
    assert before[1][".gitconfig"] == tree(desk.home)[".gitconfig"]


def test_status_tells_of_it(desk: Desk) -> None:
    install(desk, "--summary")
    said = desk.tokmeter("git", "status").stdout

    assert "served by the hooks for all repositories" in said
    assert f"All repositories  {desk.own / 'git-hooks'}\n  post-commit         summary" in said


def test_hooks_that_only_pass_on_are_listed_by_name(desk: Desk) -> None:
    """Of 28 hooks, one does something for the summary: it is shown, and so is git's configuration."""
    said = {}
    for word in ("install", "remove"):
        said[word] = desk.tokmeter("git", word, "--global", "--yes").stdout.splitlines()
    folder = desk.own / "git-hooks"
    rest = ", ".join(sorted(set(NAMES) - {"post-commit"}))
    shown = {word: [line for line in lines if line[:4] in ("+++ ", "--- ")] for word, lines in said.items()}

    assert shown == {
        "install": [
            "--- /dev/null",
            f"+++ {folder}/post-commit",
            f"--- {desk.home}/.gitconfig",
            f"+++ {desk.home}/.gitconfig",
            f"+++ {folder}: 27 hooks that only call the repository's own: {rest}",
        ],
        "remove": [
            f"--- {desk.home}/.gitconfig",
            f"+++ {desk.home}/.gitconfig",
            f"--- {folder}/post-commit",
            "+++ /dev/null",
            f"--- {folder}: 27 hooks that only call the repository's own: {rest}",
        ],
    }


def test_the_way_out_of_the_global_hooks_is_named_where_one_looks_for_it(desk: Desk) -> None:
    without = desk.tokmeter("git", "remove", "--yes").stderr
    install(desk)
    said = desk.tokmeter("git", "remove", "--yes")

    assert "Nothing to do.\n" == without
    assert 0 == said.returncode
    assert "  tokmeter git remove --global\n" in said.stderr
    for path in (desk.home / ".gitconfig", desk.own / "git-hooks" / "post-commit"):
        assert "# >>> tokmeter >>> taken out by: tokmeter git remove --global\n" in path.read_text()
