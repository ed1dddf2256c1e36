"""What only fish can get wrong: its right prompt, and the statuses that it may look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell_driver import Place, Shell, need

TEXT = "$4.84 today · 66% wk"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    need("fish")
    return Place(tmp_path)


def fish(place: Place, before: str = "", after: str = "") -> Shell:
    return Shell("fish", place.folder, f"{before}\n{place.snippet('fish')}\n{after}")


def test_it_makes_a_right_prompt_where_there_is_none(place: Place) -> None:
    place.line()
    own = "functions --erase fish_right_prompt; function fish_prompt; printf 'ready> <end'; end"
    with fish(place, own) as term:
        term.raw(":\r")

        assert term.shows(TEXT)


def test_the_right_prompt_of_the_user_sees_the_status(place: Place) -> None:
    place.line()
    own = "function fish_right_prompt; printf 'own-%s<end' $status; end"
    with fish(place, own) as term:
        assert f"{TEXT} own-7<end" in term.type("sh -c 'exit 7'")


def test_a_right_prompt_that_is_set_after_the_snippet_is_kept(place: Place) -> None:
    place.line()
    with fish(place, "", "function fish_right_prompt; printf 'later<end'; end") as term:
        assert f"{TEXT} later<end" in term.type(":")


def test_where_no_builtin_tells_the_time_date_does(place: Place) -> None:
    """As fish before 3.5: nothing but `date` knows."""
    place.line(age=3700, refresh=9000)
    snippet = place.snippet("fish").replace("builtin -q path", "false")
    with Shell("fish", place.folder, snippet) as term:
        assert f"~{TEXT}" in term.type(":")

        place.line(age=3590, refresh=9000)

        assert f"~{TEXT}" not in term.type(":").rpartition("ready> ")[2]
