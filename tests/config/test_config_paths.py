from __future__ import annotations

from pathlib import Path

import pytest

from tokmeter.config.paths import find_paths


def test_one_folder_holds_everything_when_tokmeter_home_is_set(tmp_path: Path) -> None:
    paths = find_paths({"TOKMETER_HOME": str(tmp_path)})

    assert (
        tmp_path / "config.toml",
        tmp_path / "prices.toml",
        tmp_path / "ledger.db",
        tmp_path / "state",
        tmp_path / "cache",
    ) == (paths.config, paths.prices, paths.ledger, paths.state, paths.cache)


def test_single_variables_win_over_tokmeter_home(tmp_path: Path) -> None:
    paths = find_paths(
        {
            "TOKMETER_HOME": str(tmp_path),
            "TOKMETER_LEDGER": str(tmp_path / "elsewhere.db"),
            "TOKMETER_CONFIG": str(tmp_path / "c" / "mine.toml"),
        }
    )

    assert tmp_path / "elsewhere.db" == paths.ledger
    assert tmp_path / "c" / "mine.toml" == paths.config
    assert tmp_path / "c" / "prices.toml" == paths.prices


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    paths = find_paths({"TOKMETER_HOME": str(tmp_path), "TOKMETER_LEDGER": "", "TOKMETER_CONFIG": ""})

    assert tmp_path / "ledger.db" == paths.ledger
    assert tmp_path / "config.toml" == paths.config


def test_without_variables_the_platform_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")

    paths = find_paths({})

    assert ("config.toml", "ledger.db") == (paths.config.name, paths.ledger.name)
    assert all("tokmeter" in path.parts for path in (paths.config, paths.ledger, paths.state, paths.cache))


def test_finding_paths_creates_nothing(tmp_path: Path) -> None:
    find_paths({"TOKMETER_HOME": str(tmp_path / "new")})

    assert [] == list(tmp_path.iterdir())
