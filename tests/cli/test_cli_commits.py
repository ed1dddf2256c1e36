"""`tokmeter commit` and `tokmeter log`: the rule, ranges, periods, and what they show."""

from __future__ import annotations

from pathlib import Path

import pytest
from commit_desk import Desk, three_commits

from support.repo import ms, needs_git

pytestmark = needs_git


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_request_belongs_to_the_first_commit_after_it(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.work(15, 19)
    desk.repo.commit("two", 20)
    desk.work(25)

    assert {"two": 2 + 4, "one": 1, "pending": 8} == desk.table()
    assert [ms(20) + 1000] == desk.starts("--pending") == [desk.window()]
    assert [ms(10) + 1000] == desk.starts("HEAD") == [desk.window(amend=True)]
    assert [0] == desk.starts("HEAD~1")


def test_git_counts_whole_seconds_so_a_request_of_the_same_second_belongs_to_the_commit(desk: Desk):
    desk.work(10 + 0.9 / 60)
    desk.work(10 + 1.0 / 60)
    desk.repo.commit("one", 10)

    assert {"one": 1, "pending": 2} == desk.table()


def test_commits_of_one_second_are_told_apart_by_their_subjects(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)
    desk.repo.commit("two", 10)
    desk.work(15)
    desk.repo.commit("three", 20)

    assert {"three": 2, "two": 0, "one": 1} == desk.table()


def test_a_range_or_a_count_leaves_the_others_in_one_row(desk: Desk):
    three_commits(desk)
    desk.repo.git("branch", "old", "HEAD~2")

    assert {"three": 4, "two": 2, "pending": 8} == desk.table("old..HEAD")
    assert {"three": 4, "pending": 8} == desk.table("-n", "1")
    assert {"one": 1, "base": 0, "other": 2 + 4, "pending": 8} == desk.table("old")


def test_a_period_is_covered_whole_and_nothing_else(desk: Desk):
    three_commits(desk)
    bounds = ("--since", "2026-11-20T10:12Z", "--until", "2026-11-20T10:26Z")
    found = desk.table(*bounds)

    assert {"three": 4, "two": 2} == found


def test_an_earlier_clock_shows_what_was_known_then(desk: Desk):
    three_commits(desk)

    assert {"one": 1, "base": 0, "pending": 2} == desk.table(at=16)


def test_one_commit_tells_prompts_work_models_and_where_it_counted(desk: Desk):
    desk.logs.prompt(1, desk.root)
    desk.work(2, 10, 21)  # gaps of 1, 8 and 11 minutes: the last is a break
    desk.logs.request(25, desk.root, "claude-haiku-4-5")
    desk.repo.commit("one", 30)
    data = desk.answer("commit")

    # 3 times 1,000 input at $5 and 7 output at $25 per million: $0.015175; 1,000 at $1 and 8 at $5: $0.00104.
    assert {"amount": "0.016215", "currency": "USD"} == data["totals"]["list_cost"]
    assert (4, 1, 1, 13 * 60_000) == tuple(
        data["totals"][key] for key in ("requests", "prompts", "sessions", "active_ms")
    )
    assert [("claude-opus-4-8", 94), ("claude-haiku-4-5", 6)] == [
        (row["model"], row["share_percent"]) for row in data["models"]
    ]
    assert [{"worktree": str(desk.root), "start": None, "end": "2026-11-20T10:30:01.000Z"}] == data["windows"]
    assert (None, None) == (data["trailer"], data["note"])


def test_a_trailer_and_a_note_are_compared_with_the_ledger(desk: Desk):
    desk.work(5)
    desk.repo.commit("one\n\nTokmeter-Usage: input=1000 output=1 cost=0.005025USD requests=1", 10)
    desk.repo.git(
        "notes", "--ref=tokmeter", "add", "-m", "Tokmeter-Usage: input=9 output=1 requests=1", at=11
    )
    data = desk.answer("commit")

    assert True is data["trailer"]["agrees"]
    assert "input=1000 output=1 cost=0.005025USD requests=1" == data["trailer"]["text"]
    assert False is data["note"]["agrees"]
    assert {"one": 1} == desk.table()


def test_only_one_assistant_can_be_asked_about(desk: Desk):
    desk.work(5)
    desk.repo.commit("one", 10)

    assert {"one": 1} == desk.table("--source", "claude-code")
    assert {"one": 0} == desk.table("--source", "codex")


@pytest.mark.parametrize("shape", ["text", "plain", "json", "csv", "md"])
@pytest.mark.parametrize("name", ["commit", "log"])
def test_every_format_holds_the_figures_and_no_control_character(desk: Desk, name: str, shape: str):
    desk.work(5)
    desk.repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    message = desk.root / "message"
    message.write_bytes(b"caf\xe9 \x1b[31mred\x07\xff |,\t=1\n")
    desk.repo.git("commit", "-q", "--allow-empty", "-F", str(message), at=10)
    done = desk.run(name, "--format", shape, "-q")

    assert 0 == done.status, done.err
    assert "café" in done.out or "caf\\u00e9" in done.out or (name, shape) in (
        ("commit", "plain"), ("commit", "csv"),
    )  # fmt: skip
    assert done.out.replace("\n", "").replace("\t", "").isprintable()
    assert "1001" in done.out.replace(",", "") or "1.0k" in done.out


def test_without_git_a_sentence_says_so(desk: Desk):
    desk.repo.commit("one", 10)
    done = desk.run("log", env={"PATH": "/nowhere"})

    assert (1, "") == (done.status, done.out)
    assert "git cannot be started" in done.err
    assert "Install git" in done.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("log", "nonsense"), "git knows no revision 'nonsense'."),
        (("commit", "nonsense"), "git knows no revision 'nonsense'."),
        (("commit", "--", "--all"), "git knows no revision '--all'."),
        (("log", "main..nonsense"), "git knows no revision 'main..nonsense'."),
        (("log", "-n", "0"), "-n takes a number of commits, not '0'."),
        (("log", "-n", "many"), "-n takes a number of commits, not 'many'."),
        (("commit", "--pending", "HEAD"), "--pending is about no commit."),
    ],
)
def test_a_mistake_is_answered_with_a_sentence_and_a_step(desk: Desk, words: tuple[str, ...], expected: str):
    desk.repo.commit("one", 10)
    done = desk.run(*words[:1], *words[1:])

    assert (2, "") == (done.status, done.out)
    assert expected in done.err
    assert "→" in done.err


def test_outside_a_repository_the_next_step_names_the_switch(desk: Desk):
    done = desk.run("log", folder=desk.root.parent)

    assert (2, "") == (done.status, done.out)
    assert f"{desk.root.parent} is in no git repository." in done.err
    assert "tokmeter log -C FOLDER" in done.err


def test_before_the_first_commit_there_is_none_to_show(desk: Desk):
    done = desk.run("commit")

    assert 2 == done.status
    assert "tokmeter commit --pending" in done.err


def test_a_broken_repository_is_reported_in_gits_words(desk: Desk):
    desk.repo.commit("one", 10)
    (desk.root / ".git" / "config").write_text("[core\n")
    done = desk.run("log")

    assert 1 == done.status
    assert "git refuses this repository" in done.err


def test_an_author_date_beyond_every_calendar_is_pulled_inside(desk: Desk):
    desk.repo.commit("one", 10)
    tree = desk.repo.git("rev-parse", "HEAD^{tree}")
    for date in ("99999999999999", "0"):
        (desk.root / "raw").write_text(
            f"tree {tree}\nparent {desk.repo.head()}\nauthor Ana <ana@example.org> {date} +0000\n"
            f"committer Ana <ana@example.org> {date} +0000\n\nodd {date}\n"
        )
        odd = desk.repo.git("hash-object", "-t", "commit", "-w", "--literally", "raw")
        desk.repo.git("update-ref", "refs/heads/main", odd)
    data = desk.answer("log")

    assert ["odd 0", "odd 99999999999999", "one"] == [row["subject"] for row in data["commits"]]
    assert "9996-10-03T23:06:40.000Z" == data["commits"][1]["authored"]
    assert 0 == desk.run("log", "--plain").status


def test_reading_a_repository_writes_nothing_into_it(desk: Desk):
    three_commits(desk)
    git_dir = desk.root / ".git"
    before = {path: path.read_bytes() for path in git_dir.rglob("*") if path.is_file()}
    for words in (("log",), ("commit",), ("commit", "--pending"), ("log", "--since", "2026-11-01")):
        assert 0 == desk.run(*words).status

    assert before == {path: path.read_bytes() for path in git_dir.rglob("*") if path.is_file()}
