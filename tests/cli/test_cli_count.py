"""`tokmeter count` through the real program: files, folders, standard input, and what is left out."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from cli_run import Tokmeter
from count_run import HELLO, data, rows, said, with_input


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten tokens of text: 2 in `a.txt`, 8 below `src`; a binary file, an ignored one."""
    place = tmp_path / "shop"
    (place / "src" / "deep").mkdir(parents=True)
    (place / "a.txt").write_text(HELLO)
    (place / "src" / "b.txt").write_text(HELLO)
    (place / "src" / "deep" / "c.txt").write_text(f"{HELLO}{HELLO[5:]}{HELLO[5:]}{HELLO[5:]}{HELLO[5:]}")
    (place / "src" / "logo.png").write_bytes(b"\x89PNG\0")
    (place / ".git").mkdir()
    (place / ".git" / "config").write_text(HELLO)
    (place / ".gitignore").write_text("")
    (place / "src" / ".gitignore").write_text("")
    (place / ".git" / "info").mkdir()
    (place / ".git" / "info" / "exclude").write_text("*.log\n")
    (place / "x.log").write_text(HELLO)
    return place


# What is counted ------------------------------------------------------------------------------------------


def test_a_file_has_its_tokens_sizes_method_and_cost(lonely: Tokmeter, tmp_path: Path) -> None:
    """gpt-5 costs 1.25 USD per million tokens of input: 2 tokens are 2.5 millionths of a dollar."""
    (tmp_path / "a.txt").write_text(f"{HELLO}\n")
    found = data(lonely.bare("count", str(tmp_path / "a.txt"), "-m", "gpt-5", "--json"))
    counts = {"model": "gpt-5", "tokens": 3, "list_cost": {"amount": "0.00000375", "currency": "USD"}}
    counts |= {"count_basis": "tokenized", "error": 0.0}

    assert [
        {"path": str(tmp_path / "a.txt"), "bytes": 12, "characters": 12, "lines": 1, "counts": [counts]}
    ] == found["files"]
    assert {"files": 1, "bytes": 12, "characters": 12, "lines": 1} == found["totals"]
    assert [] == found["left_out"]


@pytest.mark.parametrize("arguments", [(), ("-",)], ids=["without a word", "-"])
def test_standard_input_is_counted(lonely: Tokmeter, arguments: tuple[str, ...]) -> None:
    done = with_input(lonely, HELLO.encode(), *arguments, "-m", "gpt-5", "--plain")

    assert [("-", "2", "11")] == [(row["path"], row["tokens"], row["bytes"]) for row in rows(done)]
    assert (0, "") == (done.status, done.err)


def test_at_a_terminal_without_a_file_it_says_what_to_do(lonely: Tokmeter) -> None:
    leader, follower = pty.openpty()
    try:
        done = subprocess.run(
            lonely.command("count"), env=lonely.environment(), stdin=follower, capture_output=True,
            check=False, timeout=60, text=True,
        )  # fmt: skip
    finally:
        os.close(leader)
        os.close(follower)

    assert (2, "") == (done.returncode, done.stdout)
    assert "count needs a FILE or a folder, or a text on standard input." in done.stderr
    assert "git diff | tokmeter count" in done.stderr


def test_several_files_have_a_row_each_in_their_order_and_a_total(lonely: Tokmeter, tmp_path: Path) -> None:
    for name, times in (("b", 1), ("a", 3)):
        (tmp_path / name).write_text(" world" * times)
    done = lonely.bare("count", str(tmp_path / "b"), str(tmp_path / "a"), "-m", "gpt-5")
    lines = [line.split() for line in done.out.splitlines()]

    assert ["b", "a"] == [
        line[0].rpartition("/")[2]
        for line in lines
        if line and line[0].startswith(("/", "\N{HORIZONTAL ELLIPSIS}"))
    ]
    assert ["Total", "24", "B", "4"] in lines


def test_of_one_folder_each_entry_is_a_row_the_largest_first(lonely: Tokmeter, folder: Path) -> None:
    done = lonely.bare("count", str(folder), "-m", "gpt-5")
    table = [line.split() for line in done.out.splitlines()]
    at = table.index(["Files", "Size", "gpt-5"])

    assert [
        ["src/", "3", "46", "B", "8"],
        ["a.txt", "1", "11", "B", "2"],
        [".gitignore", "1", "0", "B", "0"],
        ["Total", "5", "57", "B", "10"],
    ] == table[at + 1 : at + 5]
    assert "Left out: 1 file or folder that git ignores." in said(done)
    assert "1 binary file left out" in said(done)
    assert 0 == done.status


def test_every_file_is_a_row_when_that_is_asked_for(lonely: Tokmeter, folder: Path) -> None:
    done = lonely.bare("count", str(folder), "-m", "gpt-5", "--files", env={"COLUMNS": "200"})
    found = [line.split()[0] for line in done.out.splitlines() if line.strip().startswith(str(folder))]

    assert ["src/deep/c.txt", "a.txt", "src/b.txt", ".gitignore", "src/.gitignore"] == [
        os.path.relpath(path, folder) for path in found
    ]


def test_what_git_ignores_is_counted_when_asked_for_or_named(lonely: Tokmeter, folder: Path) -> None:
    def tokens(*arguments: str) -> int:
        found = data(lonely.bare("count", "-m", "gpt-5", "--json", *arguments))
        return found["models"][0]["tokens"]

    assert (10, 12, 12) == (
        tokens(str(folder)), tokens(str(folder), "--no-ignore"), tokens(str(folder), str(folder / "x.log")),
    )  # fmt: skip


def test_of_many_entries_the_page_shows_the_largest_and_the_sum_of_the_others(
    lonely: Tokmeter, tmp_path: Path
) -> None:
    """Thirty files of 1 to 30 tokens: 19 rows, then 1 + … + 11 = 66 together, 465 in all."""
    place = tmp_path / "many"
    place.mkdir()
    for number in range(1, 31):
        (place / f"{number:02d}").write_text(" world" * number)
    done = lonely.bare("count", str(place), "-m", "gpt-5")
    lines = [line.split() for line in done.out.splitlines()]

    assert ["12", "1", "72", "B", "12"] in lines
    assert ["11", "more", "11", "396", "B", "66"] in lines
    assert ["Total", "30", "2.8", "kB", "465"] in lines
    assert 30 == len(rows(lonely.bare("count", str(place), "-m", "gpt-5", "--plain")))


def test_a_name_is_counted_as_often_as_it_is_given(lonely: Tokmeter, tmp_path: Path) -> None:
    """As `wc` does."""
    (tmp_path / "a").write_text(HELLO)
    found = data(lonely.bare("count", str(tmp_path / "a"), str(tmp_path / "a"), "-m", "gpt-5", "--json"))

    assert (2, 4) == (found["totals"]["files"], found["models"][0]["tokens"])


def test_a_pipe_that_is_named_is_read(lonely: Tokmeter, tmp_path: Path) -> None:
    """`tokmeter count <(git diff)`."""
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(
        lonely.command("count", str(tmp_path / "pipe"), "-m", "gpt-5", "--plain"),
        env=lonely.environment(), stdout=subprocess.PIPE,
    ) as running:  # fmt: skip
        (tmp_path / "pipe").write_text(HELLO)
        out, _ = running.communicate(timeout=60)

    assert "\t2\ttokenized\t" in out.decode()


# What cannot be counted -----------------------------------------------------------------------------------


def test_what_cannot_be_read_is_said_and_the_rest_is_counted(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(HELLO)
    done = lonely.bare("count", str(tmp_path / "gone"), str(tmp_path / "a"), "-m", "gpt-5", "--json", "-q")

    assert (1, f"tokmeter: {tmp_path / 'gone'} cannot be read: No such file or directory.\n") == (
        done.status, done.err,
    )  # fmt: skip
    assert 2 == data(done)["models"][0]["tokens"]
    assert [("file-unreadable", 1)] == [
        (one["code"], one["count"]) for one in json.loads(done.out)["problems"]
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_file_in_a_folder_is_a_failure_as_well(lonely: Tokmeter, folder: Path) -> None:
    (folder / "a.txt").chmod(0)
    done = lonely.bare("count", str(folder), "-m", "gpt-5", "--json")

    assert 1 == done.status
    assert 8 == data(done)["models"][0]["tokens"]


def test_where_nothing_can_be_counted_there_is_no_page(lonely: Tokmeter, tmp_path: Path) -> None:
    done = lonely.bare("count", str(tmp_path / "gone"))

    assert (1, "") == (done.status, done.out)


def test_a_binary_file_that_is_named_is_a_failure(lonely: Tokmeter, folder: Path) -> None:
    done = lonely.bare("count", str(folder / "src" / "logo.png"), "-m", "gpt-5")

    assert (1, "") == (done.status, done.out)
    assert "logo.png is not counted: it is binary." in done.err


def test_an_empty_folder_is_none(lonely: Tokmeter, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = lonely.bare("count", str(tmp_path / "empty"))

    assert 0 == done.status
    assert "No text to count." in done.out


def test_what_is_no_utf_8_is_counted_all_the_same(lonely: Tokmeter) -> None:
    found = data(with_input(lonely, b"caf\xe9 \xff\xfe!", "-m", "gpt-5", "--json"))

    assert {"files": 1, "bytes": 8, "characters": 8, "lines": 0} == found["totals"]
    assert found["models"][0]["tokens"] > 0


HOSTILE = "evil\x1b]0;owned\x07\u202e\nname.txt"


@pytest.mark.parametrize("shape", [(), ("--json",), ("--plain",)], ids=["page", "json", "plain"])
def test_a_hostile_name_does_not_reach_the_terminal(
    lonely: Tokmeter, tmp_path: Path, shape: tuple[str, ...]
) -> None:
    for name in (HOSTILE, f"{HOSTILE}.png", "a"):
        (tmp_path / name).write_bytes(b"\0" if name.endswith("png") else HELLO.encode())
    folder = lonely.bare("count", str(tmp_path), "-m", "gpt-5", *shape)
    named = lonely.bare("count", str(tmp_path / f"{HOSTILE}.png"), str(tmp_path / HOSTILE), *shape)
    shown = folder.out + folder.err + named.out + named.err

    assert [] == [mark for mark in ("\x1b", "\x07", "\u202e") if mark in shown]


# Large, and contracts -------------------------------------------------------------------------------------

PEAK = """
import resource, runpy, sys
sys.argv = ["tokmeter", "count", sys.argv[1], "-m", "gpt-5", "--plain"]
try:
    runpy.run_module("tokmeter", run_name="__main__")
except SystemExit:
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units")
def test_memory_does_not_grow_with_a_file(lonely: Tokmeter, tmp_path: Path) -> None:
    """4 and 24 MB without a line end: held at once the larger one would take some 100 MiB with its tokens."""
    path = tmp_path / "big"

    def peak(times: int) -> int:
        path.write_bytes(b"all on one line " * (times * 65_536))
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(path)],
            env=lonely.environment(), capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        _, row, size = done.stdout.splitlines()
        # A cut at the border of two words costs nothing.
        assert str(times * 65_536 * 4 + 1) == row.split("\t")[2]
        return int(size)

    small, large = peak(4), peak(24)

    assert large - small < 25, f"{small} MiB for 4 MB and {large} MiB for 24 MB"


def test_every_format_tells_the_same_sum(lonely: Tokmeter, folder: Path) -> None:
    ask = ("count", str(folder), "-m", "gpt-5")
    table = lonely.bare(*ask, "--format", "csv").out.splitlines()

    assert 10 == sum(int(row["tokens"]) for row in rows(lonely.bare(*ask, "--plain")))
    assert 10 == sum(int(line.split(",")[2]) for line in table[1:])
    assert "| Total | 5 | 57 B | 10 |" in lonely.bare(*ask, "--format", "md").out


def test_the_document_has_the_keys_of_its_schema(lonely: Tokmeter, folder: Path) -> None:
    document = json.loads(lonely.bare("count", str(folder), "-m", "gpt-5", "--json").out)

    assert "tokmeter.count/1" == document["schema"]
    assert ["totals", "models", "files", "left_out"] == list(document["data"])
    assert [
        "model", "provider", "tokens", "list_cost", "count_basis", "error", "tokenizer", "tokenizer_source",
        "tokenizer_wanted", "price_per_million", "price_quality", "prices_source", "prices_version", "priced_as",
    ] == list(document["data"]["models"][0])  # fmt: skip
    assert {"binary", "ignored"} == {one["reason"] for one in document["data"]["left_out"]}
    assert ["path", "reason", "detail"] == list(document["data"]["left_out"][0])


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_page(
    lonely: Tokmeter, folder: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = [word for name in ("gpt-5.5", "claude-sonnet-5", "gemma-3-27b") for word in ("-m", name)]
    monkeypatch.chdir(folder)
    done = lonely.bare("count", ".", *models, env={"COLUMNS": str(width)})

    assert [] == [line for line in done.out.splitlines() if len(line) > width]
