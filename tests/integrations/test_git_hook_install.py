"""`tokmeter git install`, `remove` and `status` over real repositories: nothing is lost, all comes back."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from git_desk import Desk, tree

ALL = ("--summary", "--trailer", "--assisted-by", "--notes")
NAMES = ["commit-msg", "post-commit", "post-rewrite", "prepare-commit-msg"]

EXISTING = {
    "plain": b"#!/bin/sh\necho own >>ran\n",
    "ends early": b"#!/bin/sh\necho own >>ran\nexit 0\n",
    "execs": b"#!/bin/sh\nexec sh -c 'echo own >>ran'\n",
    "no newline at the end": b"#!/bin/sh\necho own >>ran",
    "only the first line": b"#!/bin/sh",
    "no first line": b"echo own >>ran\n",
    "bash by env": b"#!/usr/bin/env bash\nset -euo pipefail\necho own >>ran\n",
    "strict from the first line on": b"#!/bin/sh -eu\necho own >>ran\n",
    "Windows line ends": b"#!/bin/sh\r\necho own >>ran\r\n",
    "not UTF-8": b"#!/bin/sh\n# caf\xe9\necho own >>ran\n",
    "empty": b"",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def put(desk: Desk, name: str, content: bytes, mode: int = 0o755) -> Path:
    path = desk.root / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def everything(desk: Desk) -> dict[str, object]:
    """What must come back: the repository's hooks and configuration, and git's global one."""
    git = desk.root / ".git"
    return {
        "hooks": tree(git / "hooks"),
        "config": (git / "config").read_bytes(),
        "global": (desk.home / ".gitconfig").read_bytes(),
        "own": tree(desk.own) if desk.own.exists() else {},
    }


def install(desk: Desk, *more: str) -> str:
    done = desk.tokmeter("git", "install", "--yes", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def remove(desk: Desk, *more: str) -> str:
    done = desk.tokmeter("git", "remove", "--yes", *more)
    assert done.returncode == 0, done.stderr
    return done.stdout


def blocks(desk: Desk) -> list[str]:
    folder = desk.root / ".git" / "hooks"
    return sorted(path.name for path in folder.iterdir() if b">>> tokmeter" in path.read_bytes())


def test_each_feature_brings_the_hooks_it_needs_and_no_other(desk: Desk) -> None:
    found = {}
    for feature in ("", *ALL):
        install(desk, *([feature] if feature else []))
        found[feature] = blocks(desk)

    assert found == {
        "": ["post-commit"],
        "--summary": ["post-commit"],
        "--trailer": ["commit-msg", "prepare-commit-msg"],
        "--assisted-by": ["commit-msg", "prepare-commit-msg"],
        "--notes": ["post-commit", "post-rewrite", "prepare-commit-msg"],
    }


def test_install_and_remove_leave_no_trace(desk: Desk) -> None:
    before = everything(desk)
    install(desk, *ALL)
    during = blocks(desk)
    remove(desk)

    assert NAMES == during
    assert before == everything(desk)


def test_a_missing_folder_of_hooks_is_missing_again(desk: Desk) -> None:
    shutil.rmtree(desk.root / ".git" / "hooks")
    install(desk, *ALL)
    install(desk, "--summary")
    remove(desk)

    assert not (desk.root / ".git" / "hooks").exists()


@pytest.mark.parametrize("content", EXISTING.values(), ids=EXISTING)
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_an_existing_hook_comes_back_byte_for_byte(desk: Desk, content: bytes, mode: int) -> None:
    for name in NAMES:
        put(desk, name, content, mode)
    before = everything(desk)
    install(desk, *ALL)
    install(desk, *ALL)
    during = blocks(desk)
    remove(desk)

    assert NAMES == during
    assert before == everything(desk)


@pytest.mark.parametrize("name", ["plain", "ends early", "execs", "no newline at the end", "no first line",
                                  "bash by env", "strict from the first line on", "not UTF-8"])  # fmt: skip
def test_an_existing_hook_runs_as_before(desk: Desk, name: str) -> None:
    put(desk, "post-commit", EXISTING[name])
    desk.use(0, 1, minute=-600, cwd=desk.home)
    desk.tokmeter("sync", "--quiet")
    install(desk)
    desk.use(10, 0, minute=1)
    done = desk.commit("a", minute=2)

    assert "10 tokens" in done.stderr
    assert "own\n" == (desk.root / "ran").read_text()


def test_the_status_of_an_existing_hook_is_passed_on(desk: Desk) -> None:
    put(desk, "commit-msg", b'#!/bin/sh\ngrep -q fine "$1"\n')
    install(desk, "--trailer")
    desk.write("a")

    assert 1 == desk.try_git("commit", "-m", "bad").returncode
    assert 0 == desk.try_git("commit", "-m", "fine").returncode


def test_an_existing_post_rewrite_still_reads_what_git_says(desk: Desk) -> None:
    put(desk, "post-rewrite", b'#!/bin/sh\n{ echo "$1"; cat; } >>ran\n')
    install(desk, "--notes")
    desk.commit("a")
    old = desk.git("rev-parse", "HEAD")
    desk.commit("a", "--amend", "--no-edit", minute=5)
    new = desk.git("rev-parse", "HEAD")

    assert f"amend\n{old} {new}\n" == (desk.root / "ran").read_text()


def test_what_the_user_writes_into_a_hook_meanwhile_stays(desk: Desk) -> None:
    path = put(desk, "post-commit", b"#!/bin/sh\necho own\n")
    made = desk.root / ".git" / "hooks" / "post-rewrite"
    install(desk, *ALL)
    path.write_bytes(path.read_bytes().replace(b"echo own", b"echo mine") + b"echo more\n")
    made.write_bytes(made.read_bytes() + b"echo more\n")
    remove(desk)

    assert b"#!/bin/sh\necho mine\necho more\n" == path.read_bytes()
    assert b"#!/bin/sh\necho more\n" == made.read_bytes()


def test_a_block_without_its_end_is_left_to_the_user(desk: Desk) -> None:
    install(desk)
    path = desk.root / ".git" / "hooks" / "post-commit"
    broken = path.read_bytes().replace(b"# <<< tokmeter <<<\n", b"echo mine\n")
    path.write_bytes(broken)

    assert "by hand" in remove(desk)
    assert broken == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (b"#!/usr/bin/env python3\nprint('own')\n", 0o755, "no shell script"),
        (b"#!/usr/bin/fish\necho own\n", 0o755, "no shell script"),
        (b"\x7fELF\0\0\0", 0o755, "no shell script"),
        (b"#!/bin/sh\necho own\n", 0o644, "not executable"),
    ],
)
def test_a_hook_that_cannot_take_the_block_is_left_alone(
    desk: Desk, content: bytes, mode: int, reason: str
) -> None:
    put(desk, "post-commit", content, mode)
    before = everything(desk)
    said = install(desk)

    assert reason in said
    assert 'git hook post-commit --summary "$@"' in said
    assert before == everything(desk)


def test_a_linked_hook_stays_a_link_and_its_target_comes_back(desk: Desk) -> None:
    target = desk.home / "my-hooks" / "post-commit"
    target.parent.mkdir()
    target.write_bytes(EXISTING["plain"])
    target.chmod(0o750)
    (desk.root / ".git" / "hooks" / "post-commit").symlink_to(target)
    before = (everything(desk), tree(target.parent))
    install(desk)
    during = target.read_bytes()
    remove(desk)

    assert b">>> tokmeter >>>" in during
    assert before == (everything(desk), tree(target.parent))


def test_a_link_to_a_file_under_version_control_is_left_alone(desk: Desk) -> None:
    (desk.root / "script").write_bytes(EXISTING["plain"])
    (desk.root / "script").chmod(0o755)
    desk.git("add", "script")
    (desk.root / ".git" / "hooks" / "post-commit").symlink_to("../../script")

    assert "under version control" in install(desk)
    assert EXISTING["plain"] == (desk.root / "script").read_bytes()


def test_a_link_to_nothing_is_left_alone(desk: Desk) -> None:
    """Else the file it names would be made, and folders above it that `remove` does not know."""
    (desk.root / ".git" / "hooks" / "post-commit").symlink_to("../../gone/hook")
    before = tree(desk.root)
    shown = install(desk)

    assert "post-commit is left as it is: it is a link to a file that is not there" in shown
    assert before == tree(desk.root)


def test_a_configured_folder_of_hooks_is_the_place(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "my hooks"
    folder.mkdir()
    (folder / "pre-push").write_text("#!/bin/sh\n")
    desk.git("config", "core.hooksPath", str(folder))
    before = (everything(desk), tree(folder))
    install(desk, "--summary")
    during = sorted(path.name for path in folder.iterdir())
    remove(desk)

    assert ["post-commit", "pre-push"] == during
    assert before == (everything(desk), tree(folder))


def test_a_linked_worktree_shares_the_hooks(desk: Desk, tmp_path: Path) -> None:
    desk.commit("a")
    other = tmp_path / "beside"
    desk.git("worktree", "add", "-q", "-b", "second", str(other))
    before = everything(desk)
    done = desk.tokmeter("git", "install", "--yes", cwd=other)
    during = blocks(desk)
    gone = desk.tokmeter("git", "remove", "--yes", cwd=other)

    assert (0, 0) == (done.returncode, gone.returncode)
    assert ["post-commit"] == during
    assert before == everything(desk)


def test_hooks_kept_in_the_repository_are_the_teams_to_edit(desk: Desk) -> None:
    folder = desk.root / "tools" / "hooks"
    folder.mkdir(parents=True)
    (folder / "pre-commit").write_text("#!/bin/sh\n")
    desk.git("add", "tools")
    desk.git("config", "core.hooksPath", "tools/hooks")
    before = (everything(desk), tree(folder))
    said = install(desk)

    assert "under version control, so nothing was written" in said
    assert "if command -v tokmeter >/dev/null; then tokmeter git hook post-commit --summary" in said
    assert before == (everything(desk), tree(folder))


def test_the_change_is_shown_and_a_dry_run_writes_nothing(desk: Desk) -> None:
    before = everything(desk)
    done = desk.tokmeter("git", "install", "--dry-run")

    assert 0 == done.returncode
    assert f"+++ {desk.root}/.git/hooks/post-commit\n" in done.stdout
    assert "\n+#!/bin/sh\n" in done.stdout
    assert before == everything(desk)


def test_without_a_terminal_nothing_is_written_unless_told(desk: Desk) -> None:
    before = everything(desk)
    done = desk.tokmeter("git", "install")

    assert 2 == done.returncode
    assert "--yes" in done.stderr
    assert before == everything(desk)


@pytest.mark.parametrize(("answer", "expected"), [("y\n", ["post-commit"]), ("\n", []), ("n\n", [])])
def test_on_a_terminal_it_asks(desk: Desk, answer: str, expected: list[str]) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tokmeter", "git", "install"], cwd=desk.root, env=desk.env(),
        stdin=follower, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.write(leader, answer.encode())
    _, said = process.communicate(timeout=30)
    os.close(leader)
    os.close(follower)

    assert b"[y/N]" in said
    assert expected == blocks(desk)


def test_status_tells_what_is_in_place(desk: Desk) -> None:
    nothing = desk.tokmeter("git", "status").stdout
    install(desk, "--summary", "--trailer")
    something = desk.tokmeter("git", "status").stdout
    lines = [line.split()[:2] for line in something.splitlines() if line.startswith("  ")]

    assert 4 == nothing.count(" off\n") - nothing.count("All repositories  off\n")
    assert 1 == something.count(f"{desk.root}/.git/hooks")
    expected = [["post-commit", "summary"], ["prepare-commit-msg", "trailer"], ["commit-msg", "on"]]
    assert [*expected, ["post-rewrite", "off"]] == lines


def test_hooks_where_git_no_longer_looks_are_said_to_be_asleep(desk: Desk, tmp_path: Path) -> None:
    install(desk, "--notes")
    desk.git("config", "core.hooksPath", str(tmp_path / "elsewhere"))
    said = desk.tokmeter("git", "status").stdout.splitlines()
    hooks = "post-commit, prepare-commit-msg, post-rewrite"

    assert f"Hooks             {tmp_path}/elsewhere" in said
    assert f"  asleep, because git does not look there: {hooks} in {desk.root}/.git/hooks" in said


def test_what_an_installation_takes_out_is_named(desk: Desk) -> None:
    first = install(desk, "--trailer", "--notes")
    looked = desk.tokmeter("git", "install", "--dry-run").stdout

    assert "Replaces" not in first
    assert "Replaces: trailer, notes. To keep them, name them too." == looked.splitlines()[-1]
    assert "Replaces: trailer, notes." in install(desk)
    assert "Replaces" not in install(desk, "--summary", "--notes")
    assert "Replaces" not in remove(desk)


def test_outside_a_repository_it_says_so(desk: Desk) -> None:
    done = desk.tokmeter("git", "install", "--yes", cwd=desk.home)

    assert 2 == done.returncode
    assert "not inside a worktree" in done.stderr


def test_a_hook_whose_program_is_gone_does_nothing(desk: Desk, tmp_path: Path) -> None:
    """Installed by a stub as installers write it, which then goes."""
    stub = tmp_path / "bin" / "tokmeter"
    stub.parent.mkdir()
    stub.write_text(
        f"#!{sys.executable}\nimport sys\nfrom tokmeter.cli.entry import main\nsys.exit(main())\n"
    )
    stub.chmod(0o755)
    desk.use(0, 1, minute=-600, cwd=desk.home)
    desk.tokmeter("sync", "--quiet")
    installed = desk.run([str(stub), "git", "install", "--yes", *ALL])
    desk.use(10, 0, minute=1)
    with_it = desk.commit("a", minute=2)
    desk.wait_for_notes()
    stub.unlink()
    desk.use(10, 0, minute=3)
    without = desk.commit("b", minute=4)

    assert 0 == installed.returncode
    assert f"{stub} git hook post-commit" in (desk.root / ".git" / "hooks" / "post-commit").read_text()
    assert with_it.stderr.startswith("tokmeter  ")
    assert ("", "") == (without.stdout, without.stderr)
    assert "command not found" in desk.tokmeter("git", "status").stdout
