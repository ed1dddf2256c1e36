"""Codex's config file: our notify goes in before the first table, calls the earlier one, and comes out again."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.core.errors import SettingsError
from tokmeter.integrations import codex_settings
from tokmeter.integrations.settings_file import (
    SettingsFile,
    carry_out,
    read_settings,
    recall,
    recall_all,
)

PROGRAM = ["/opt/bin/tokmeter"]
OURS = ["/opt/bin/tokmeter", "notify", "codex"]


class Config:
    """A config file, and a state folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "codex" / "config.toml"
        self.state = str(folder / "state")

    def put(self, text: str) -> Config:
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_bytes(text.encode())
        return self

    @property
    def text(self) -> str:
        return self.path.read_bytes().decode()

    @property
    def notify(self) -> object:
        return tomllib.loads(self.text.removeprefix("\ufeff")).get("notify")

    def install(self, program: list[str] = PROGRAM) -> None:
        file = read_settings(str(self.path))
        carry_out(
            codex_settings.plan_install(file, recall(self.state, file.target), program),
            self.state,
            "2026-11-21",
        )

    def remove(self) -> None:
        file = read_settings(str(self.path))
        carry_out(codex_settings.plan_remove(file, recall(self.state, file.target)), self.state, "2026-11-21")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


WITHOUT = {
    "keys and tables": 'model = "gpt-5.5"\n\n[tui]\nnotifications = true\n',
    "keys alone": 'model = "gpt-5.5"\napproval_policy = "never"\n',
    "tables alone": "[tui]\nnotifications = true\n",
    "an array of tables": "[[x]]\na = 1\n",
    "no final newline": 'model = "gpt-5.5"',
    "a table without a final newline": "[tui]",
    "windows newlines": 'model = "gpt-5.5"\r\n\r\n[tui]\r\nx = 1\r\n',
    "tables alone, windows newlines": "[tui]\r\nx = 1\r\n",
    "byte order mark": '\ufeffmodel = "gpt-5.5"\n',
    "byte order mark and tables": "\ufeff[tui]\nx = 1\n",
    "empty file": "",
    "blank lines alone": "\n\n",
    "comments alone": "# nothing yet\n",
    "comments": '# mine\nmodel = "gpt-5.5" # the big one\n# the end\n\n# next\n[tui]\n',
    "spaces at line ends": 'model = "gpt-5.5"   \n  [tui]\n',
    "indented": '   model = "gpt-5.5"\n',
    "a table inside brackets": 'x = [\n  "[tui]", # ]\n  ["a"],\n]\n\n[tui]\n',
    "long texts": 'x = """\n[tui]\nnotify = ["no"]\n"""\ny = \'\'\'\n[[z]]"""\'\'\'\n[tui]\n',
    "texts that end in quotes": "x = \"\"\"a\"\"\"\"\"\ny = '''b'''''\n[t]\n",
    "quotes and escapes": 'x = "a\\"] # [" # "\ny = \'b\\\'\n',
    "an inline table": 'x = { notify = ["no"], y = "}" }\n',
    "notify in a table": '[tui]\nnotify = ["no"]\n',
    "dotted and quoted keys": "a.b = 1\n\"c d\".e = 2\n'f' = 3\n",
    "dates and numbers": "a = 1979-05-27T07:32:00Z\nb = 1_000\nc = inf\nd = [\n1\n, 2 ]\n",
}


@pytest.mark.parametrize("layout", WITHOUT.values(), ids=WITHOUT.keys())
def test_removing_gives_back_the_very_bytes(config: Config, layout: str) -> None:
    before = tomllib.loads(layout.removeprefix("\ufeff"))
    config.put(layout).install()

    assert {**before, "notify": OURS} == tomllib.loads(config.text.removeprefix("\ufeff"))

    config.remove()

    assert layout == config.text
    assert ["config.toml"] == [path.name for path in config.path.parent.iterdir()]
    assert {} == recall_all(config.state)


EARLIER = {
    "a program": ('["say", "done"]', ["say", "done"]),
    "crooked": ("[ \"say\" ,\n  'done', # loud\n]", ["say", "done"]),
    "with a dash pair": ('["sh", "-c", "x", "--", "--then"]', ["sh", "-c", "x", "--", "--then"]),
    "odd characters": (
        '["""a"b""", "\\u00e9\\\\", \'c"\\d\', "e\\tf\\u007f"]',
        ['a"b', "é\\", 'c"\\d', "e\tf\x7f"],
    ),
}


@pytest.mark.parametrize(("source", "words"), EARLIER.values(), ids=EARLIER.keys())
@pytest.mark.parametrize("remembered", [True, False])
def test_an_earlier_program_is_called_next_and_comes_back(
    config: Config, source: str, words: list[str], remembered: bool
) -> None:
    layout = f'a = 1\n"notify" = {source} # mine\n\n[tui]\nx = 1\n'
    config.put(layout).install()

    assert [*OURS, "--then", *words, "--"] == config.notify

    if not remembered:
        Path(config.state, "integrations.json").unlink()
    config.remove()

    assert words == config.notify
    assert not remembered or layout == config.text


def test_an_earlier_program_that_the_user_changed_meanwhile_comes_back_changed(config: Config) -> None:
    config.put("notify = [ 'say' ]\n").install()
    config.put(config.text.replace('"say"', '"say", "louder"'))
    config.remove()

    assert 'notify = ["say", "louder"]\n' == config.text


def test_an_empty_list_comes_back_empty(config: Config) -> None:
    config.put("notify = [ ]\n").install()

    assert OURS == config.notify

    config.remove()

    assert "notify = [ ]\n" == config.text


EDITS = {
    "a value": ('"gpt-5.5"', '"gpt-6"'),
    "a key in front": ("model", "x = 1\nmodel"),
    "a table": ("[tui]", "[a]\n[tui]"),
    "a comment": ("\n[tui]", "\n# tables\n[tui]"),
}


@pytest.mark.parametrize(("old", "new"), EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("notify", ["", 'notify = ["say"]\n'], ids=["alone", "chained"])
def test_edits_in_between_are_kept(config: Config, old: str, new: str, notify: str) -> None:
    layout = f'model = "gpt-5.5"\n{notify}\n[tui]\nx = 1\n'
    config.put(layout).install()
    config.put(config.text.replace(old, new, 1))
    config.remove()

    assert layout.replace(old, new, 1) == config.text
    assert old in layout


def test_a_key_that_the_user_put_behind_ours_is_kept(config: Config) -> None:
    config.put("[tui]\n").install()
    config.put(config.text.replace('"codex"]\n', '"codex"]\nmodel = "x"\n'))
    config.remove()

    assert 'model = "x"\n\n[tui]\n' == config.text


def test_installing_twice_changes_nothing_and_a_moved_program_is_corrected(config: Config) -> None:
    config.put('notify = ["say"]\n').install()
    once = config.text
    config.install()

    assert once == config.text

    config.install(["/new/tokmeter"])

    assert ["/new/tokmeter", "notify", "codex", "--then", "say", "--"] == config.notify

    config.remove()

    assert 'notify = ["say"]\n' == config.text


def test_a_file_that_was_made_is_deleted_with_its_folder(config: Config) -> None:
    config.install()

    assert OURS == config.notify

    config.remove()

    assert not config.path.parent.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = \n", "it is not TOML"),
        ('notify = "say"\n', "no list of words"),
        ("notify = [1]\n", "no list of words"),
        ("notify.x = 1\n", "no list of words"),
    ],
)
def test_what_cannot_be_edited_is_left_as_it_is(config: Config, text: str, sentence: str) -> None:
    config.put(text)

    with pytest.raises(SettingsError, match=sentence):
        config.install()

    assert text == config.text


_values = st.sampled_from(
    ["1", '"x"', "'[a]'", '"""\n[b]\n"""', "'''\n# c\n'''", "[\n1, # ]\n2]", '{a = "]"}', "[[]]", '"\\"#"']
)
_lines = st.sampled_from(["", "# c", "  ", "#[t]"])


@given(
    st.lists(st.one_of(_lines, _values), max_size=6),
    st.lists(_values, max_size=2),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_layout_comes_back_byte_for_byte(
    top: list[str], table: list[str], mark: str, newline: str, ends: bool
) -> None:
    """On texts alone: `plan_install`, then `plan_remove` with what the first remembers."""
    lines = [
        line if not line.strip() or line.startswith("#") else f"k{number} = {line}"
        for number, line in enumerate(top)
    ]
    if table:
        lines += ["[t]", *(f"k{number} = {value}  # d" for number, value in enumerate(table))]
    text = mark + "\n".join(lines).replace("\n", newline) + (newline if ends else "")
    file = SettingsFile("c.toml", "c.toml", text)
    change = codex_settings.plan_install(file, None, PROGRAM)

    assert OURS == tomllib.loads((change.after or "").removeprefix("\ufeff"))["notify"]

    record = json.loads(json.dumps(change.record))
    after = codex_settings.plan_remove(file._replace(text=change.after), record).after

    assert text == after
