from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tokmeter.config import zone
from tokmeter.config.zone import find_zone, zone_name
from tokmeter.core.errors import UsageError


def test_a_name_is_taken() -> None:
    assert ZoneInfo("Asia/Tokyo") == find_zone("Asia/Tokyo", {"TZ": "Europe/Rome"})


@pytest.mark.parametrize("name", ["UTC", "GMT", "Z", "Etc/UTC"])
def test_utc_needs_no_zone_data(name: str) -> None:
    assert UTC is find_zone(name, {})


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "", "/etc/localtime", "Europe", "a\0b"])
def test_an_unknown_name_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_zone(name, {})

    assert "Europe/Berlin" in caught.value.hint


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("Asia/Tokyo", "Asia/Tokyo", id="name"),
        pytest.param(":Asia/Tokyo", "Asia/Tokyo", id="name after a colon"),
        pytest.param("", "UTC", id="empty means UTC"),
        pytest.param("UTC", "UTC", id="UTC"),
    ],
)
def test_the_tz_variable_is_the_systems_zone(value: str, expected: str) -> None:
    assert expected == zone_name(find_zone(None, {"TZ": value}))


def test_the_link_of_localtime_names_the_zone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    target = tmp_path / "zoneinfo" / "Asia" / "Tokyo"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"TZif")
    link = tmp_path / "localtime"
    link.symlink_to(target)
    monkeypatch.setattr(zone, "LOCALTIME", str(link))

    assert "Asia/Tokyo" == zone_name(find_zone(None, {}))


def test_without_any_hint_the_present_offset_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(zone, "LOCALTIME", str(tmp_path / "missing"))

    found = find_zone(None, {})
    now = datetime.now(UTC)

    assert now.astimezone().utcoffset() == now.astimezone(found).utcoffset()
