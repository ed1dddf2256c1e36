"""Rate-limit windows of Codex: numbers that no window can have are told, and never kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sources.golden import Found
from sources.rollouts import START, count, line, meta, read, text, totals, turn, usage, write

HEAD = [meta(), turn(0.5)]
WEEK = {"used_percent": 40, "window_minutes": 10_080, "resets_at": START + 500}
Seen = tuple[int, float, int | None]


def found_in(home: Path, primary: str, **more: Any) -> Found:
    """What a log gives whose one response comes with a window spelled as `primary`, and a good one."""
    limits = {"primary": "@primary@", "secondary": WEEK, **more}
    told = line(1, "event_msg", {"type": "token_count", "info": None, "rate_limits": limits})
    path = write(home, [])
    written = text([*HEAD, told, count(2, usage(7), usage(7))])
    path.write_text(written.replace('"@primary@"', primary), encoding="utf-8")
    return read(home)


def windows(found: Found) -> list[Seen]:
    """Minutes, percent and reset of what was kept, shortest window first."""
    return sorted((one.window_minutes, one.used_percent, one.resets_at) for one in found.limits)


@pytest.mark.parametrize("number", ["1e19", "Infinity", "-Infinity", "NaN", "-1", "1e400", "9" * 400])
@pytest.mark.parametrize("name", ["window_minutes", "resets_at", "resets_in_seconds", "used_percent"])
def test_a_window_with_an_impossible_number_is_skipped_and_told(
    name: str, number: str, tmp_path: Path
) -> None:
    """A window may be over since a while, and servers may say that less than nothing is used."""
    fields = {"used_percent": "5", "window_minutes": "300", name: number}
    primary = "{" + ",".join(f'"{key}":{value}' for key, value in fields.items()) + "}"
    found = found_in(tmp_path, primary)

    week: Seen = (10_080, 40.0, (START + 500) * 1000)
    fine: dict[tuple[str, str], Seen] = {
        # Line 3 is of 09:00:01.
        ("resets_in_seconds", "-1"): (300, 5.0, START * 1000),
        ("used_percent", "-1"): (300, -1.0, None),
        ("used_percent", "1e19"): (300, 1e19, None),
    }
    kept = fine.get((name, number))
    assert [7] == totals(found)
    assert [one for one in (kept, week) if one] == windows(found)
    assert ([] if kept else [("count-invalid", name, 3)]) == [
        (p.code, p.detail, p.line)  # type: ignore[union-attr]
        for p in found.problems
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"window_minutes": 10_000_000}, (10_000_000, 5.0, None)),
        ({}, (0, 5.0, None)),
        ({"window_minutes": 300, "resets_at": None}, (300, 5.0, None)),
        ({"window_minutes": 300, "resets_at": START * 1000}, (300, 5.0, START * 1000)),
        ({"window_minutes": 300, "resets_at": 0}, (300, 5.0, 0)),
    ],
    ids=["longest", "no length", "no reset", "milliseconds", "1970"],
)
def test_a_window_with_possible_numbers_is_kept(
    fields: dict[str, Any], expected: Seen, tmp_path: Path
) -> None:
    write(
        tmp_path,
        [
            *HEAD,
            line(
                1,
                "event_msg",
                {
                    "type": "token_count",
                    "info": None,
                    "rate_limits": {"primary": {"used_percent": 5, **fields}},
                },
            ),
        ],
    )
    found = read(tmp_path)

    assert [expected] == windows(found)
    assert [] == found.problems


def test_a_limit_that_is_reached_by_an_unreadable_name_is_still_reached(tmp_path: Path) -> None:
    found = found_in(tmp_path, "null", rate_limit_reached_type="we are so sorry", limit_id="the one of Ana")
    (event,) = found.events.values()

    assert ("limit_hit", "?", (START + 500) * 1000) == (event.kind, event.name, event.until)
    assert {"?"} == {limit.limit_id for limit in found.limits}
