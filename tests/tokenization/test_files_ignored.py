"""Which files of a folder are counted, held against git itself."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tokmeter.tokenization.files import LeftOut, TextFile, files_below

FOLDERS = ("a", "b", "lib", "build", "a.d", ".hidden")
FILES = (
    "a",
    "b",
    "x.log",
    "y.log",
    "x.py",
    "c d",
    "\N{LATIN SMALL LETTER E WITH ACUTE}.txt",
    "#h",
    "!n",
    ".env",
)
PIECES = (
    "a",
    "b",
    "lib",
    "build",
    "*",
    "*.log",
    "x.*",
    "?.py",
    "[ab]",
    "[!a]",
    "**",
    "a*",
    "*d",
    ".*",
    "x[.]py",
)
WHOLE = (
    "",
    "# a",
    "\\#h",
    "\\!n",
    "/",
    "!",
    "c d",
    "c\\ d",
    "*.log  ",
    "a\\",
    "[a",
    "**/x.py",
    "a/**",
    "/**",
    "**/a/**",
)


def git(folder: Path, *arguments: str, given: str = "") -> str:
    """What git says, without settings of the person who runs the tests."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**clean, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
        input=given.encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.decode()


def repository(folder: Path) -> Path:
    """The least that git takes for a repository; `git init` a hundred times takes seconds."""
    for name in ("objects", "refs"):
        (folder / ".git" / name).mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def counted(folder: Path, *, ignore: bool = True) -> set[str]:
    """The files that are counted below `folder`, named from there."""
    found = files_below(str(folder), ignore=ignore)
    return {os.path.relpath(one.path, folder) for one in found if isinstance(one, TextFile)}


def not_ignored(repo: Path, files: Iterable[str]) -> set[str]:
    """Those of `files` that git does not ignore."""
    listed = sorted(files)
    ignored = git(repo, "check-ignore", "--stdin", "-z", given="\0".join(listed)).split("\0")
    return set(listed) - set(ignored)


def every_file(repo: Path) -> set[str]:
    paths = (path for path in repo.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(repo)) for path in paths if ".git" not in path.relative_to(repo).parts}


def random_rule(chance: random.Random) -> str:
    """A line as people write it, and now and then one that nobody should."""
    if chance.random() < 0.2:
        return chance.choice(WHOLE)
    body = "/".join(chance.choice(PIECES) for _ in range(chance.choice((1, 1, 1, 2, 2, 3))))
    before = chance.choice(("", "", "", "!", "/", "!/"))
    return before + body + chance.choice(("", "", "/"))


def random_tree(repo: Path, chance: random.Random) -> None:
    """Folders two deep with a few files each; every other one has rules."""
    stack = [(repo, 0)]
    while stack:
        folder, depth = stack.pop()
        folder.mkdir(exist_ok=True)
        names = chance.sample(FILES, 4)
        for name in names:
            (folder / name).touch()
        if depth == 0 or chance.random() < 0.4:
            rules = [random_rule(chance) for _ in range(chance.randint(1, 5))]
            (folder / ".gitignore").write_text(chance.choice(("\n", "\r\n")).join([*rules, ""]))
        if depth < 2:
            stack += [(folder / name, depth + 1) for name in chance.sample(FOLDERS, 2) if name not in names]


def differences(folder: Path, seeds: range) -> list[tuple[int, list[str]]]:
    wrong = []
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 - the same trees each time
        repo = repository(folder / str(seed))
        (repo / ".git" / "info").mkdir(exist_ok=True)
        (repo / ".git" / "info" / "exclude").write_text(f"{random_rule(chance)}\n")
        random_tree(repo, chance)
        different = counted(repo) ^ not_ignored(repo, every_file(repo))
        if different:
            wrong.append((seed, sorted(different)))
    return wrong


def test_a_hundred_random_trees_are_seen_as_git_sees_them(tmp_path: Path) -> None:
    assert [] == differences(tmp_path, range(100))


@pytest.mark.long
def test_a_thousand_more_random_trees_are_seen_as_git_sees_them(tmp_path: Path) -> None:
    assert [] == differences(tmp_path, range(100, 1_100))


def left_out(folder: Path, *, ignore: bool = True) -> dict[str, str]:
    """What is left out below `folder`, with the reason."""
    found = files_below(str(folder), ignore=ignore)
    return {os.path.relpath(one.path, folder): one.reason for one in found if isinstance(one, LeftOut)}


def test_inside_a_repository_the_rules_of_the_folders_above_hold(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop")
    write(repo, {".gitignore": "*.log\n/src/gen/\n", "src/.gitignore": "!keep.log\n"})
    write(
        repo, {"src/a.py": "", "src/a.log": "", "src/keep.log": "", "src/gen/b.py": "", "src/gen/deep/c": ""}
    )

    assert {".gitignore", "a.py", "keep.log"} == counted(repo / "src")
    assert not_ignored(repo, every_file(repo)) == counted(repo)


def test_a_folder_that_git_ignores_is_counted_when_it_is_named_itself(tmp_path: Path) -> None:
    """Its own rules and those for names hold all the same."""
    repo = repository(tmp_path / "shop")
    write(repo, {".gitignore": "build/\n*.o\n", "build/a.js": "", "build/b.o": ""})

    assert {"a.js"} == counted(repo / "build")


def test_rules_above_the_root_of_the_repository_do_not_hold(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "*\n"})
    repo = repository(tmp_path / "shop")
    write(repo, {"a.py": ""})

    assert {"a.py"} == counted(repo) == not_ignored(repo, ["a.py"])


def test_a_repository_inside_another_begins_anew(tmp_path: Path) -> None:
    """Git asks each repository about its own files; the outer one is asked about the folder alone."""
    outer = repository(tmp_path / "outer")
    write(outer, {".gitignore": "*.log\nvendored/\n", "a.log": "", "inner/a.log": "", "inner/b.tmp": ""})
    inner = repository(outer / "inner")
    (inner / ".git" / "info").mkdir()
    (inner / ".git" / "info" / "exclude").write_text("*.tmp\n")

    assert {".gitignore", "inner/a.log"} == counted(outer)
    assert {"a.log"} == counted(inner) == not_ignored(inner, ["a.log", "b.tmp"])


def test_a_worktree_has_the_excludes_of_its_repository(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop")
    (repo / ".git" / "info").mkdir()
    (repo / ".git" / "info" / "exclude").write_text("notes\n")
    git(repo, "-c", "user.name=a", "-c", "user.email=a", "commit", "--quiet", "--allow-empty", "-m", "a")
    git(repo, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    write(tmp_path / "tree", {"notes": "", "a": ""})

    assert {"a"} == counted(tmp_path / "tree") == not_ignored(tmp_path / "tree", ["a", "notes"])


def test_outside_a_repository_gitignore_files_below_the_folder_hold(tmp_path: Path) -> None:
    write(
        tmp_path,
        {".gitignore": "*.o\n", "a/.gitignore": "!b.o\n/c\n", "a/b.o": "", "a/c": "", "a.o": "", "a/d/c": ""},
    )

    assert {".gitignore", "a/.gitignore", "a/b.o", "a/d/c"} == counted(tmp_path)


def test_without_ignoring_everything_is_counted_but_what_git_keeps_itself(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop")
    write(repo, {".gitignore": "*\n", "a": "", ".b/c": ""})

    assert {".gitignore", "a", ".b/c"} == counted(repo, ignore=False)
    assert set() == counted(repo)
    assert {".gitignore": "ignored", ".b": "ignored", "a": "ignored"} == left_out(repo)


def test_links_are_not_followed_and_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path, {"a/b": "", "elsewhere/c": ""})
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "a" / "file").symlink_to("b")
    (tmp_path / "a" / "nowhere").symlink_to("nothing")
    os.mkfifo(tmp_path / "a" / "pipe")

    assert {"b"} == counted(tmp_path / "a")
    assert {"up": "link", "file": "link", "nowhere": "link", "pipe": "special"} == left_out(tmp_path / "a")


def test_a_named_link_to_a_folder_is_that_folder(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop")
    write(repo, {".gitignore": "*.log\n", "src/a": "", "src/b.log": ""})
    (tmp_path / "link").symlink_to(repo / "src")

    assert {"a"} == counted(tmp_path / "link")


def test_rules_behind_a_link_are_not_read(tmp_path: Path) -> None:
    """As git does since 2.32."""
    repo = repository(tmp_path / "shop")
    write(repo, {"rules": "*.log\n", "a.log": ""})
    (repo / ".gitignore").symlink_to("rules")

    assert {"rules", "a.log"} == counted(repo)


def test_a_mark_before_the_first_rule_is_no_part_of_it(tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop")
    (repo / ".gitignore").write_bytes(b"\xef\xbb\xbfa.log\n")
    write(repo, {"a.log": ""})

    assert {".gitignore"} == counted(repo) == not_ignored(repo, [".gitignore", "a.log"])


def test_names_that_are_no_utf_8_are_matched_byte_by_byte(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.log")).write_text("")
    (tmp_path / os.fsdecode(b"th\xe9")).write_text("")
    (tmp_path / ".gitignore").write_bytes(b"caf\xe9.*\n")

    assert {".gitignore", os.fsdecode(b"th\xe9")} == counted(tmp_path)


def test_files_come_in_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, {"b/z": "", "b/a": "", "a": "", "c": ""})
    found = [os.path.relpath(one.path, tmp_path) for one in files_below(str(tmp_path))]

    assert ["a", "b/a", "b/z", "c"] == found
