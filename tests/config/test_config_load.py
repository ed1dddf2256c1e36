from __future__ import annotations

from pathlib import Path

import pytest

from tokmeter.config.load import load, read_config
from tokmeter.config.settings import PromptSettings, Settings
from tokmeter.core.errors import SettingsError


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    loaded = load(tmp_path / "config.toml", {}, tz=None, color=None)

    assert Settings() == loaded.settings
    assert () == loaded.warnings


def test_every_key_of_the_file_is_taken(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        tz = "Asia/Tokyo"
        week_start = "Sunday"
        color = "never"
        prices = "own/prices.toml"
        quiet_notes = ["unpriced"]
        [budget]
        week = 60
        month = 199.5
        [roots]
        claude-code = ["/mnt/laptop/.claude/projects"]
        [[history]]
        path = "/data/*.jsonl"
        [[history]]
        path = "kept.csv"
        format = "litellm-spend"
        [prompt]
        show = ["month", "budget"]
        unit = "tokens"
        color = "near"
        near = 75
        refresh = 3600
        [tokenizers]
        "qwen3.5*" = "own/tokenizer.json"
        gemma-3 = "/models/gemma/tokenizer.json"
        """,
    )

    loaded = read_config(path)

    expected = Settings(
        tz="Asia/Tokyo",
        week_start=6,
        color="never",
        budgets={"week": 60_000_000_000, "month": 199_500_000_000},
        extra_roots={"claude-code": [Path("/mnt/laptop/.claude/projects")]},
        prices_file=tmp_path / "own" / "prices.toml",
        histories=(("/data/*.jsonl", None), (str(tmp_path / "kept.csv"), "litellm-spend")),
        quiet_notes=("unpriced",),
        prompt=PromptSettings(("month", "budget"), "tokens", "near", 75, 3600),
        tokenizers={
            "qwen3.5*": str(tmp_path / "own" / "tokenizer.json"),
            "gemma-3": "/models/gemma/tokenizer.json",
        },
    )
    assert expected == loaded.settings
    assert () == loaded.warnings


@pytest.mark.parametrize(
    ("flag", "variable", "expected"),
    [
        pytest.param(None, None, "Asia/Tokyo", id="file over default"),
        pytest.param(None, "Europe/Rome", "Europe/Rome", id="environment over file"),
        pytest.param("UTC", "Europe/Rome", "UTC", id="flag over environment"),
        pytest.param(None, "", "Asia/Tokyo", id="an empty variable counts as unset"),
    ],
)
def test_layers(tmp_path: Path, flag: str | None, variable: str | None, expected: str) -> None:
    path = write(tmp_path, 'tz = "Asia/Tokyo"\n')
    env = {} if variable is None else {"TOKMETER_TZ": variable}

    assert expected == load(path, env, tz=flag, color=None).settings.tz


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("tz = 7", "tz must be a text", id="number for a text"),
        pytest.param('tz = ""', "tz must be a text", id="empty text"),
        pytest.param('week_start = "funday"', "week_start must be one of monday", id="no weekday"),
        pytest.param('color = "blue"', "color must be one of auto", id="no colour choice"),
        pytest.param("budget = 60", "budget must be a table", id="budget without period"),
        pytest.param("[budget]\nfortnight = 60", "budget.fortnight is unknown", id="unknown budget period"),
        pytest.param("[budget]\nweek = 0", "budget.week must be an amount above 0", id="budget of nothing"),
        pytest.param("[budget]\nweek = true", "budget.week must be an amount", id="boolean budget"),
        pytest.param("[budget]\nweek = nan", "budget.week must be an amount", id="budget that is no number"),
        pytest.param("[roots]\ncodex = 'x'", "roots.codex must be a list", id="roots that are no list"),
        pytest.param(
            "quiet_notes = [1]", "quiet_notes must be a list of texts", id="notes that are no texts"
        ),
        pytest.param("prompt = 1", "prompt must be a table", id="prompt that is no table"),
        pytest.param(
            "[prompt]\nshow = 'week'", "prompt.show must be a list of today", id="one item, no list"
        ),
        pytest.param("[prompt]\nshow = []", "prompt.show must be a list of today", id="nothing to show"),
        pytest.param("[prompt]\nshow = ['year']", "prompt.show must be a list of today", id="unknown item"),
        pytest.param(
            "[prompt]\nshow = [1]", "prompt.show must be a list of today", id="item that is no text"
        ),
        pytest.param("[prompt]\nunit = 'euro'", "prompt.unit must be one of cost, tokens", id="unknown unit"),
        pytest.param("[prompt]\ncolor = true", "prompt.color must be one of over", id="unknown colour rule"),
        pytest.param("[prompt]\nnear = 0", "prompt.near must be a whole number from 1", id="near nothing"),
        pytest.param("[prompt]\nnear = 101", "prompt.near must be a whole number", id="near above all"),
        pytest.param("[prompt]\nnear = 80.5", "prompt.near must be a whole number", id="half a percent"),
        pytest.param(
            "[prompt]\nrefresh = true", "prompt.refresh must be a whole number", id="boolean number"
        ),
        pytest.param(
            "[prompt]\nrefresh = 9", "prompt.refresh must be a whole number from 10", id="too often"
        ),
        pytest.param("[prompt]\nrefesh = 60", "prompt.refesh is unknown; there are show", id="unknown key"),
        pytest.param("tz = ", "not valid TOML", id="no TOML"),
        pytest.param('history = "x"', "history must be tables", id="history that is a text"),
        pytest.param("[history]\npath = 'x'", "history must be tables", id="history that is one table"),
        pytest.param("[[history]]", "history must be tables", id="history without a path"),
        pytest.param("[[history]]\npath = 7", "history must be tables", id="path that is a number"),
        pytest.param("[[history]]\npath = ''", "history must be tables", id="empty path of a history"),
        pytest.param(
            "[[history]]\npath = 'x'\nfromat = 'y'",
            "history.fromat is unknown",
            id="unknown key of a history",
        ),
        pytest.param(
            "[[history]]\npath = 'x'\nformat = 1",
            "history.format must be the name",
            id="format that is no name",
        ),
        pytest.param('[[history]]\npath = "a\\u0000b"', "holds a NUL", id="path of a history with a NUL"),
        pytest.param("tokenizers = 'x'", "tokenizers must be a table", id="tokenizers that are a text"),
        pytest.param(
            "[tokenizers]\ngemma = 3", "tokenizers.gemma must be the path", id="tokenizer that is a number"
        ),
        pytest.param("[tokenizers]\ngemma = ''", "tokenizers.gemma must be the path", id="empty tokenizer"),
        pytest.param(
            "[tokenizers]\nqwen3.5 = 'x'",
            "tokenizers.qwen3: a name with a dot must stand in quotes",
            id="dot outside of quotes",
        ),
    ],
)
def test_a_wrong_value_names_file_key_and_next_step(tmp_path: Path, text: str, named: str) -> None:
    path = write(tmp_path, text)

    with pytest.raises(SettingsError) as caught:
        read_config(path)

    assert str(path) in caught.value.sentence
    assert named in caught.value.sentence
    assert str(path) in caught.value.hint


def test_a_tokenizer_below_the_home_folder_is_found_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "ana"))
    path = write(tmp_path, "[tokenizers]\ngemma = '~/gemma/tokenizer.json'\n")

    expected = {"gemma": str(tmp_path / "ana" / "gemma" / "tokenizer.json")}
    assert expected == read_config(path).settings.tokenizers


def test_bytes_that_are_no_text_are_said_so(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'tz = "\xff\xfe"')

    with pytest.raises(SettingsError, match="not UTF-8"):
        read_config(path)


def test_a_folder_in_place_of_the_file_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()

    with pytest.raises(SettingsError, match="cannot be read"):
        read_config(tmp_path / "config.toml")


def test_an_unknown_key_is_warned_about_with_the_nearest_known_one(tmp_path: Path) -> None:
    path = write(tmp_path, 'weekstart = "sunday"\nzzz = 1\n')

    first, second = read_config(path).warnings

    assert "unknown key weekstart; did you mean week_start?" in first
    assert "unknown key zzz (known: tz, " in second
