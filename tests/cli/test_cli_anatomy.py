"""`tokmeter anatomy`, as a user runs it, over a log written here: from its lines to the multiplier."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from cli_run import Tokmeter

SESSION = "7f3a0000-1111-4222-8333-944445555666"
CART = "/home/ana/shop/cart.py"
TURNS = 80


def lines() -> list[dict[str, object]]:
    """A session of 80 requests: the answer to the third reads a file, all others run a command."""
    found: list[dict[str, object]] = [line("user", 0, {"role": "user", "content": "add a cart total"})]
    for turn in range(1, TURNS + 1):
        tool = {"type": "tool_use", "id": f"toolu_{turn}", "name": "Bash", "input": {"command": "make"}}
        text = "done"
        if turn == 3:
            tool |= {"name": "Read", "input": {"file_path": CART}}
            text = "total = 0\n" * 800
        # Room for the file, some 5,000 tokens, and for a call and its result with each turn.
        cached = 20_000 + 10_000 * (turn > 3) + 100 * turn
        usage = {"input_tokens": 10, "cache_read_input_tokens": cached, "output_tokens": 50}
        message = {
            "id": f"msg_{turn:04d}", "model": "claude-opus-4-8", "role": "assistant", "stop_reason": "tool_use",
            "content": [tool], "usage": usage,
        }  # fmt: skip
        found.append({**line("assistant", 2 * turn, message), "requestId": f"req_{turn:04d}"})
        if turn < TURNS:
            result = {"type": "tool_result", "tool_use_id": tool["id"], "content": text}
            found.append(line("user", 2 * turn + 1, {"role": "user", "content": [result]}))
    return found


def cut_short() -> list[dict[str, object]]:
    """A question, and an answer that was never counted to its end."""
    message = {
        "id": "msg_0001", "model": "claude-opus-4-8", "role": "assistant", "stop_reason": None,
        "content": [{"type": "text", "text": "The total of the cart is now rounded to cents."}],
        "usage": {"input_tokens": 100, "output_tokens": 1},
    }  # fmt: skip
    asked = line("user", 1, {"role": "user", "content": "Round the total"})
    return [asked, {**line("assistant", 2, message), "requestId": "req_0001"}]


def line(kind: str, second: int, message: dict[str, object]) -> dict[str, object]:
    return {
        "type": kind,
        "uuid": f"{second:08x}-0000-4000-8000-000000000000",
        "sessionId": SESSION,
        "timestamp": f"2026-11-19T13:{second // 60:02d}:{second % 60:02d}.000Z",
        "cwd": "/home/ana/shop",
        "version": "2.1.200",
        "isSidechain": False,
        "message": message,
    }


def write(home: Path, found: list[dict[str, object]]) -> None:
    log = home / ".claude" / "projects" / "-home-ana-shop" / f"{SESSION}.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text("".join(json.dumps(each) + "\n" for each in found), encoding="utf-8")


@pytest.fixture(scope="module")
def cart(tmp_path_factory: pytest.TempPathFactory) -> Tokmeter:
    """A tokmeter whose user has had that one session."""
    folder = tmp_path_factory.mktemp("cart")
    home = folder / "home"
    write(home, lines())
    return Tokmeter(folder, home)


def data(tokmeter: Tokmeter, *arguments: str) -> dict[str, list[dict[str, object]]]:
    result = tokmeter("anatomy", *arguments, "--json")
    assert (0, "tokmeter.anatomy/1") == (result.status, json.loads(result.out)["schema"])
    return json.loads(result.out)["data"]


@pytest.mark.parametrize("words", [["2026-W47"], [SESSION], ["7f3a"]], ids=["period", "id", "beginning"])
def test_a_file_read_at_turn_3_of_80_was_sent_77_times(cart: Tokmeter, words: list[str]):
    found = data(cart, *words)
    file = next(row for row in found["paths"] if row["path"] == CART)
    read = next(row for row in found["kinds"] if row["kind"] == "file_read")

    assert (1, 1, 77) == (file["reads"], read["pieces"], read["sends"])
    assert 77 == pytest.approx(read["multiplier"], abs=0.01)
    assert {"asked": 80, "covered": 80, "unmeasured": 0, "textless": 0, "unpriced": 0} == found["requests"]


def test_the_page_names_the_tools_and_the_file(cart: Tokmeter):
    page = cart("anatomy", "7f3a").out

    for part in (
        "Anatomy · 7f3a0000",
        "File reads",
        "Command output",
        "Bash",
        "Read",
        CART,
        "input tokens logged",
    ):
        assert part in page


def test_a_period_that_begins_in_the_middle_has_old_texts(cart: Tokmeter):
    # Turns 60 to 80 are of 13:02:00 and later: 21 requests, each of which re-sent the file.
    found = data(cart, "7f3a", "--since", "2026-11-19T13:02:00Z")
    read = next(row for row in found["kinds"] if row["kind"] == "file_read")

    assert (0, 21, None) == (read["pieces"], read["sends"], read["multiplier"])


def test_no_sync_counts_no_texts(tmp_path: Path, cart: Tokmeter):
    fresh = Tokmeter(tmp_path, cart.home)
    assert fresh("sync").status == 0
    result = fresh("anatomy", "2026-W47", "--no-sync")

    assert 0 == result.status
    assert "No text of these requests was measured." in result.out
    assert "80 of 80 requests not counted: run without --no-sync" in result.out


@pytest.mark.parametrize("words", [["2026-W47"], [SESSION]], ids=["period", "session"])
def test_logs_that_are_gone_are_not_blamed_on_the_switch(tmp_path: Path, cart: Tokmeter, words: list[str]):
    home = tmp_path / "home"
    copytree(cart.home / ".claude", home / ".claude")
    fresh = Tokmeter(tmp_path, home)
    assert fresh("sync").status == 0
    rmtree(home / ".claude" / "projects" / "-home-ana-shop")
    result = fresh("anatomy", *words)

    assert 0 == result.status
    assert "80 of 80 requests left out: their logs were gone" in " ".join(result.out.split())


@pytest.mark.parametrize("words", [["2026-W47"], ["last", "week"], ["7d"]])
def test_a_period_and_since_name_two_periods_as_everywhere(cart: Tokmeter, words: list[str]):
    result = cart("anatomy", *words, "--since", "2026-11-18")

    assert 2 == result.status
    assert f"{' '.join(words)!r} and --since/--until name two periods." in result.err
    assert cart("week", *words, "--since", "2026-11-18").err == result.err


def test_output_cut_short_is_told_as_by_the_week(tmp_path: Path):
    home = tmp_path / "home"
    write(home, cut_short())
    fresh = Tokmeter(tmp_path, home)
    pages = [fresh(command, "2026-W47").out for command in ("anatomy", "week")]
    anatomy, week = (" ".join(page[page.index("1 request (100%) cut short") :].split()) for page in pages)

    assert "output tokens" in anatomy
    assert week == anatomy


@pytest.mark.parametrize("words", [["nonsense"], ["7f3b"], ["7f3b", "--since", "2026-11-18"]])
def test_what_is_neither_a_period_nor_a_session_is_said(cart: Tokmeter, words: list[str]):
    result = cart("anatomy", *words)

    assert 2 == result.status
    assert f"{words[0]!r} is neither a period nor the beginning of a session's id." in result.err
    assert "tokmeter sessions all" in result.err


def test_a_thread_that_was_set_back_is_explained_by_what_is_left_of_it(tmp_path: Path, corpus: Path):
    """A real one of 107 requests. Its logged input falls from 75,676 to 45,812 without a compaction: it goes on
    from its sixth request, so some 30,000 tokens of texts are not sent with the 63 requests behind that."""
    log = next((corpus / "codex" / "sessions").rglob("*019e7da4-83bc-7dc1-93d3-a435cb5c9100.jsonl"))
    home = tmp_path / "home"
    folder = home / ".codex" / "sessions" / "2026" / "05" / "31"
    folder.mkdir(parents=True)
    (folder / log.name).symlink_to(log)
    found = data(Tokmeter(tmp_path, home), "019e7da4")
    guide = next(row for row in found["paths"] if "architecture/review-command" in row["path"])
    unexplained, logged = found["unexplained_tokens"], found["input_tokens"]

    # The guide was called for and read right behind the fall, and never again: 62 requests sent all of it.
    assert (2, 2 * 62) == (guide["pieces"], guide["sends"])
    assert 62 == pytest.approx(guide["multiplier"], abs=0.1)
    assert 0 <= unexplained < 0.02 * logged
    assert logged - unexplained == found["totals"]["sent_tokens"]
    assert 63 * 24_000 < found["excess_tokens"] < 63 * 28_000


def test_without_any_logs_it_says_where_was_looked(lonely: Tokmeter):
    result = lonely("anatomy")

    assert 0 == result.status
    assert "No logs of any assistant found" in result.out
