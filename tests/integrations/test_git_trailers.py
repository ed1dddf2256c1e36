"""The trailer through everything that git does to commits: real git, real hooks, real ledger."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from git_desk import Desk

# claude-opus-4-8 costs $5 a million tokens of input and $25 of output.


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, hooks="--trailer")


def todo(*edits: str) -> dict[str, str]:
    """A sequence editor that applies sed commands to the list of a rebase."""
    return {"GIT_SEQUENCE_EDITOR": f"sed -i {' '.join(f'-e {edit!r}' for edit in edits)}"}


def test_a_commit_gets_what_was_used_since_the_one_before(desk: Desk) -> None:
    desk.use(100_000, 10_000, minute=1)
    desk.commit("a", minute=2)
    desk.use(200_000, 20_000, minute=3)
    desk.use(40_000, 4_000, minute=4)
    desk.commit("b", minute=5)

    # 100,000 x $5 + 10,000 x $25 = $0.75; 240,000 x $5 + 24,000 x $25 = $1.80, each by a million
    assert "input=240000 output=24000 cost=1.80USD requests=2" == desk.trailer("HEAD")
    assert "input=100000 output=10000 cost=0.75USD requests=1" == desk.trailer("HEAD~1")


def test_a_commit_without_usage_gets_no_trailer(desk: Desk) -> None:
    desk.work("a", 100)
    desk.commit("b", minute=9)

    assert "b" == desk.message()


def test_what_was_used_elsewhere_is_not_counted(desk: Desk) -> None:
    inner = desk.root / "vendor" / "lib"
    inner.mkdir(parents=True)
    desk.git("init", "-q", cwd=inner)
    desk.use(100, 0, minute=1, cwd=desk.root / "src")
    desk.use(1_000, 0, minute=1, cwd=inner)
    desk.use(10_000, 0, minute=1, cwd=Path(f"{desk.root}-two"))
    desk.commit("a", minute=2)

    assert ["100"] == desk.trailers()


def test_requests_without_a_price_are_said(desk: Desk) -> None:
    desk.use(100_000, 0, minute=1)
    desk.use(7, 3, minute=1, model="house-model-1")
    desk.commit("a", minute=2)
    desk.use(7, 3, minute=3, model="house-model-1")
    desk.commit("b", minute=4)

    assert "input=7 output=3 requests=1 unpriced=1" == desk.trailer()
    assert "input=100007 output=3 cost=0.50USD requests=2 unpriced=1" == desk.trailer("HEAD~1")


def test_an_amend_adds_what_was_used_for_it_once(desk: Desk) -> None:
    desk.work("a", 1)
    desk.work("b", 20)
    desk.use(300, 0, minute=10)
    desk.commit("b", "--amend", "--no-edit", minute=11)
    desk.git("commit", "-q", "--amend", "--no-edit")

    assert ["1", "320"] == desk.trailers()


def test_an_amend_with_a_new_message_does_too(desk: Desk) -> None:
    """Git then names the source `message`, as for a new commit."""
    desk.work("a", 1)
    desk.work("b", 20)
    desk.use(300, 0, minute=10)
    desk.commit("b", "--amend", "-m", "better", minute=11)

    assert "better" == desk.message().splitlines()[0]
    assert ["1", "320"] == desk.trailers()


@pytest.mark.parametrize("option", ["--reset-author", "--date=2026-11-20T10:00:30Z"])
def test_an_amend_with_a_new_message_and_a_new_date_does_too(desk: Desk, option: str) -> None:
    """The author date is not HEAD's then."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only /proc tells such an amend from a commit")
    desk.work("a", 1)
    desk.work("b", 20)
    desk.use(300, 0, minute=10)
    desk.commit("b", "--amend", "-m", "better", option, minute=11)

    assert ["1", "320"] == desk.trailers()


def test_a_message_that_is_called_as_the_switch_makes_no_amend(desk: Desk) -> None:
    desk.work("a", 1)
    desk.use(20, 0, minute=10)
    desk.commit("b", "-m", "--amend", minute=11)

    assert ["1", "20"] == desk.trailers()


def test_an_amend_right_after_the_commit_keeps_the_trailer(desk: Desk) -> None:
    """Both within one second of the real clock, as scripts and assistants do it."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only /proc tells an amend from a commit within the same second")
    now = {"GIT_AUTHOR_DATE": "", "GIT_COMMITTER_DATE": ""}
    desk.use(100, 0)
    desk.write("a")
    desk.git("commit", "-q", "-m", "a", **now)
    desk.git("commit", "-q", "--amend", "-m", "better", **now)
    desk.write("b")
    desk.git("commit", "-q", "-m", "b", **now)

    assert ["100", "-"] == desk.trailers()


def test_the_next_commit_after_an_amend_starts_at_the_amend(desk: Desk) -> None:
    desk.work("a", 1)
    desk.use(20, 0, minute=10)
    desk.commit("a", "--amend", "--no-edit", minute=11)
    desk.use(300, 0, minute=12)
    desk.commit("b", minute=13)

    assert ["21", "300"] == desk.trailers()


def test_a_redone_commit_counts_once(desk: Desk) -> None:
    desk.work("a", 1)
    desk.work("b", 20)
    desk.git("reset", "-q", "--soft", "HEAD~1")
    desk.use(300, 0, minute=20)
    desk.commit("b", minute=21)

    assert ["1", "320"] == desk.trailers()


def test_a_reworded_and_reordered_history_keeps_its_trailers(desk: Desk) -> None:
    for name, given in (("a", 1), ("b", 20), ("c", 300), ("d", 4000)):
        desk.work(name, given)
    desk.minute = 60
    editor = "sed -i '1s/.*/new words/'"
    desk.git("rebase", "-q", "-i", "HEAD~3", **todo("1s/pick/reword/", "2{h;d}", "3{G}"), GIT_EDITOR=editor)

    assert ["1", "20", "4000", "300"] == desk.trailers()
    assert "new words" == desk.message("HEAD~2").splitlines()[0]


@pytest.mark.parametrize("step", ["squash", "fixup", "fixup -C"])
def test_melted_commits_have_one_trailer_with_the_sum(desk: Desk, step: str) -> None:
    for name, given in (("a", 1), ("b", 20), ("c", 300), ("d", 4000), ("e", 50000)):
        desk.work(name, given, 1)
    desk.minute = 60
    desk.use(600_000, 0)
    desk.git("rebase", "-q", "-i", "HEAD~4", **todo(f"2s/pick/{step}/", f"3s/pick/{step}/"))

    # 4,320 x $5 + 3 x $25 by a million = $0.021675
    assert ["1", "4320", "50000"] == desk.trailers()
    assert "input=4320 output=3 cost=0.02USD requests=3" == desk.trailer("HEAD~1")
    assert 1 == desk.message("HEAD~1").count("Tokmeter-Usage")


def test_mixed_squashes_and_fixups_sum_too(desk: Desk) -> None:
    for name, given in (("a", 1), ("b", 20), ("c", 300), ("d", 4000)):
        desk.work(name, given)
    desk.git("rebase", "-q", "-i", "HEAD~3", **todo("2s/pick/squash/", "3s/pick/fixup/"))

    assert ["1", "4320"] == desk.trailers()
    assert "b\n\nc\n" == desk.message()[:5]


def test_autosquash_sums(desk: Desk) -> None:
    desk.work("a", 1)
    desk.work("b", 20)
    desk.use(300, 0, minute=10)
    desk.commit("b", "--fixup", "HEAD", minute=11)
    desk.git("rebase", "-q", "-i", "--autosquash", "HEAD~2", GIT_SEQUENCE_EDITOR="true")

    assert ["1", "320"] == desk.trailers()


def test_a_conflict_in_a_rebase_keeps_the_trailers(desk: Desk) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.git("checkout", "-q", "main")
    desk.write("b", "other\n")
    desk.git("commit", "-q", "-m", "main's b", GIT_AUTHOR_DATE="1795168860 +0000")
    desk.git("checkout", "-q", "topic")
    stopped = desk.try_git("rebase", "main")
    (desk.root / "b").write_text("both\n")
    desk.git("add", "b")
    desk.use(5_000, 0, minute=30)
    desk.git("rebase", "--continue")

    assert stopped.returncode != 0
    assert ["1", "-", "20"] == desk.trailers()


def test_a_cherry_picked_commit_keeps_its_trailer(desk: Desk) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.git("checkout", "-q", "main")
    desk.use(300, 0, minute=20)
    desk.minute = 21
    desk.git("cherry-pick", "topic")

    assert ["1", "20"] == desk.trailers()


def test_a_cherry_pick_with_a_conflict_does_too(desk: Desk) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.git("checkout", "-q", "main")
    desk.commit("b", minute=9)
    stopped = desk.try_git("cherry-pick", "topic")
    (desk.root / "b").write_text("both\n")
    desk.git("add", "b")
    desk.use(300, 0, minute=20)
    desk.git("cherry-pick", "--continue")

    assert stopped.returncode != 0
    assert ["1", "-", "20"] == desk.trailers()


def test_a_revert_and_a_merge_get_none(desk: Desk) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.git("checkout", "-q", "main")
    desk.commit("c", minute=9)
    desk.use(300, 0, minute=20)
    desk.minute = 21
    desk.git("merge", "-q", "--no-edit", "topic")
    merge = desk.message()
    desk.git("revert", "--no-edit", "HEAD~1")

    assert "Merge branch 'topic'" == merge
    assert "Tokmeter" not in desk.message()


@pytest.mark.parametrize("options", [(), ("-m", "my own words")])
def test_a_squash_merge_has_the_sum_of_the_branch(desk: Desk, options: tuple[str, ...]) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20, 1)
    desk.work("c", 300, 1)
    desk.git("checkout", "-q", "main")
    desk.git("merge", "-q", "--squash", "topic")
    desk.minute = 30
    desk.git("commit", "-q", *options)

    # 320 x $5 + 2 x $25 by a million = $0.00165
    assert "input=320 output=2 cost=0.00165USD requests=2" == desk.trailer()


def test_amending_a_squash_merge_loses_nothing(desk: Desk) -> None:
    desk.work("a", 1)
    desk.git("checkout", "-q", "-b", "topic")
    desk.work("b", 20)
    desk.work("c", 300)
    desk.git("checkout", "-q", "main")
    desk.git("merge", "-q", "--squash", "topic")
    desk.minute = 30
    desk.git("commit", "-q", "-m", "all of it")
    desk.use(4000, 0, minute=31)
    desk.commit("c", "--amend", "-m", "all of it, better", minute=32)

    assert ["1", "4320"] == desk.trailers()


def test_worktrees_count_apart(desk: Desk) -> None:
    desk.work("a", 1)
    other = desk.root / "beside"
    desk.git("worktree", "add", "-q", "-b", "second", str(other))
    desk.use(20, 0, minute=10, cwd=other)
    desk.use(300, 0, minute=10)
    desk.commit("b", minute=11, cwd=other)
    desk.commit("c", minute=12)

    assert ["1", "300"] == desk.trailers("main")
    assert ["1", "20"] == desk.trailers("second")


def test_the_trailer_joins_those_that_are_there(desk: Desk) -> None:
    desk.use(10, 0, minute=1)
    desk.commit("a", "-s", "-m", "a", "-m", "Fixes: 12", minute=2)

    expected = ["Fixes: 12", "Signed-off-by: Ana <ana@example.org>", f"Tokmeter-Usage: {desk.trailer()}"]
    assert expected == desk.message().splitlines()[-3:]


@pytest.mark.parametrize(
    "options", [("-F", "words"), ("-C", "HEAD"), ("-v",), ("--cleanup=scissors", "-e", "-m", "x")]
)
def test_it_works_however_the_message_comes(desk: Desk, options: tuple[str, ...]) -> None:
    desk.work("a", 1)
    (desk.root / "words").write_text("from a file\n\n---\nbelow a rule\n")
    desk.use(20, 0, minute=10)
    # -C takes over the author's date, and with it the instant of the commit.
    expected = {"-C": "1"}.get(options[0], "20")
    desk.commit("b", *options, minute=11, GIT_EDITOR="sed -i '1s/^$/typed/'")

    assert expected == desk.trailers()[-1]
    assert "diff --git" not in desk.message()


def test_another_comment_character_is_understood(desk: Desk) -> None:
    desk.git("config", "core.commentChar", ";")
    desk.work("a", 1)
    desk.use(20, 0, minute=10)
    desk.commit("b", "-v", minute=11, GIT_EDITOR="sed -i '1s/^$/typed/'")

    assert "typed\n\nTokmeter-Usage: " == desk.message()[:23]
    assert ["1", "20"] == desk.trailers()


def test_the_user_can_take_the_trailer_out(desk: Desk) -> None:
    desk.use(20, 0, minute=10)
    desk.commit("b", "-v", minute=11, GIT_EDITOR="sed -i -e '1s/^$/typed/' -e '/^Tokmeter/d'")

    assert "typed" == desk.message()


@pytest.mark.parametrize("verbose", [(), ("-v",)])
def test_an_empty_message_still_stops_the_commit(desk: Desk, verbose: tuple[str, ...]) -> None:
    desk.use(20, 0, minute=10)
    desk.minute = 11
    desk.write("a")
    done = desk.try_git("commit", *verbose)

    assert 1 == done.returncode
    assert "empty commit message" in done.stderr


@pytest.mark.parametrize("switch", ["-n", "--no-verify", "-an"])
def test_an_empty_message_stops_the_commit_where_commit_msg_is_skipped(desk: Desk, switch: str) -> None:
    desk.use(100, 0, minute=1)
    desk.minute = 2
    desk.write("a")
    done = desk.try_git("commit", switch)
    desk.git("commit", "-q", "-n", "-m", "a")

    assert (1, True) == (done.returncode, "empty commit message" in done.stderr)
    assert ["100"] == desk.trailers()


def test_a_commit_from_the_future_takes_nothing_from_those_before_it(desk: Desk) -> None:
    desk.work("a", 1)
    desk.use(20, 0, minute=3)
    desk.commit("b", "-m", "b", "--date=2027-01-01T00:00:00Z", minute=4)
    desk.use(300, 0, minute=6)
    desk.commit("c", minute=7)

    # b has not come yet when c is made, so what was used since a is c's
    assert "320" == desk.trailers()[-1]


def test_an_untouched_template_still_stops_the_commit(desk: Desk) -> None:
    desk.use(20, 0, minute=10)
    desk.minute = 11
    desk.write("a")
    (desk.root / "form").write_text("Subject\n\nWhy this way?\n")
    desk.git("config", "commit.template", "form")
    untouched = desk.try_git("commit")
    desk.git("commit", "-q", GIT_EDITOR="sed -i '1s/.*/A cart/'")

    assert 1 == untouched.returncode
    assert ["20"] == desk.trailers()
    assert "A cart\n\nWhy this way?\n\nTokmeter-Usage:" == desk.message()[:38]
    assert not (desk.root / ".git" / "tokmeter-template").exists()


def test_who_assisted_is_named_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, hooks="--assisted-by")
    desk.use(20, 0, minute=1)
    desk.use(20, 0, minute=1, model="claude-haiku-4-5")
    desk.commit("a", minute=2)
    desk.commit("a", "--amend", "--no-edit", minute=3)
    desk.use(20, 0, minute=4)
    told = ("-m", "b", "-m", "Co-Authored-By: Claude <noreply@anthropic.com>")
    desk.commit("b", *told, minute=5)

    named = ["Assisted-by: Claude Code:claude-haiku-4-5", "Assisted-by: Claude Code:claude-opus-4-8"]
    assert named == sorted(desk.message("HEAD~1").splitlines()[2:])
    assert "Assisted-by" not in desk.message()


def test_the_report_of_a_commit_agrees_with_its_trailer(desk: Desk) -> None:
    """The hooks have their own way to the figures; `tokmeter commit` computes them for the whole history."""
    for name, given in (("a", 1), ("b", 20), ("c", 300), ("d", 4000)):
        desk.work(name, given)
    desk.use(50_000, 0)
    desk.commit("d", "--amend", "-m", "d again", minute=desk.minute + 5)
    desk.git("rebase", "-q", "-i", "HEAD~3", **todo("1{h;d}", "2{G}"))
    shas = desk.git("rev-list", "HEAD").split()
    told = [json.loads(desk.tokmeter("commit", sha, "--json").stdout)["data"]["trailer"] for sha in shas]

    assert ["1", "300", "20", "54000"] == desk.trailers()
    assert [True] * 4 == [trailer["agrees"] for trailer in told]
