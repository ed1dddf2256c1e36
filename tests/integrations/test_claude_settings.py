"""Claude Code's settings file: what is put in comes out again, and nothing else ever changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokmeter.core.errors import SettingsError
from tokmeter.integrations import claude_settings, json_text
from tokmeter.integrations.settings_file import (
    Record,
    carry_out,
    difference,
    read_settings,
    recall,
    recall_all,
)

TODAY = "2026-11-21"
PROGRAM = ["/opt/bin/tokmeter"]
OURS = {"type": "command", "command": "/opt/bin/tokmeter statusline"}
HOOK = {"type": "command", "command": "/opt/bin/tokmeter notify claude-code", "timeout": 5}


class Place:
    """A settings file, and a state folder beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "claude" / "settings.json"
        self.state = str(folder / "state")

    def put(self, text: str) -> Place:
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_bytes(text.encode())
        return self

    @property
    def text(self) -> str:
        return self.path.read_bytes().decode()

    @property
    def value(self) -> object:
        return json.loads(self.text.removeprefix("\ufeff"))

    def install(self, *, hooks: bool = True, replace: bool = False, program: list[str] = PROGRAM) -> str:
        """The path of the backup."""
        file = read_settings(str(self.path))
        change = claude_settings.plan_install(
            file, recall(self.state, file.target), program, [], hooks=hooks, replace=replace
        )
        return carry_out(change, self.state, TODAY)

    def remove(self) -> str:
        file = read_settings(str(self.path))
        change = claude_settings.plan_remove(file, recall(self.state, file.target))
        return carry_out(change, self.state, TODAY)

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.path.parent.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


OTHER_LINE = '{"type": "command", "command": "~/.claude/line.sh", "padding": 0}'
OTHER_HOOK = '{"hooks": [{"type": "command", "command": "say done"}]}'

LAYOUTS = {
    "two spaces": '{\n  "model": "opus",\n  "env": {\n    "A": "1"\n  }\n}\n',
    "four spaces": '{\n    "model": "opus",\n    "env": {\n        "A": "1"\n    }\n}\n',
    "tabs": '{\n\t"model": "opus",\n\t"list": [\n\t\t1\n\t]\n}\n',
    "no final newline": '{\n  "model": "opus"\n}',
    "many final newlines": '{\n  "model": "opus"\n}\n\n\n',
    "windows newlines": '{\r\n  "model": "opus",\r\n  "x": 1\r\n}\r\n',
    "byte order mark": '\ufeff{\n  "model": "opus"\n}\n',
    "one line": '{"model": "opus", "x": [1, 2]}',
    "one line, narrow": '{"model":"opus","x":[1,2]}\n',
    "one line, wide": '{ "model" : "opus" , "x" : 1 }\n',
    "two lines": '{"model": "opus",\n "x": 1}\n',
    "empty object": "{}\n",
    "empty object, wide": "{   }",
    "empty object on two lines": "{\n}\n",
    "empty object with blank lines": "{\n\n\n}\n",
    "empty object, windows newlines": "{\r\n}\r\n",
    "empty file": "",
    "blank file": "\n  \n",
    "only a byte order mark": "\ufeff",
    "spaces at line ends": '{\n  "model": "opus"  \n  }  \n',
    "blank line before the end": '{\n  "model": "opus"\n\n}\n',
    "escapes": '{\n  "\\u006dodel": "\\ud83d\\ude00 \\"}{\\" \\\\",\n  "ü": "ä"\n}\n',
    "odd numbers": '{\n  "a": 1e400,\n  "b": -0.0,\n  "c": 12345678901234567890123\n}\n',
    "braces in texts": '{\n  "a": "{ \\"statusLine\\": 1 }, // no comment",\n  "b": "/* nor this */"\n}\n',
    "line comments": '{\n  // my settings\n  "model": "opus" // the big one\n  // the end\n}\n',
    "comment behind the last": '{\n  "model": "opus", /* a */ // b\n  "x": 1 /* c */\n}\n',
    "comments alone": "{\n  // nothing yet\n}\n",
    "one comment, one line": "{ /* nothing */ }\n",
    "trailing comma": '{\n  "model": "opus",\n}\n',
    "trailing comma and comment": '{\n  "model": "opus", // yes\n}\n',
    "trailing comma on one line": '{"model": "opus",}\n',
    "empty hooks": '{\n  "hooks": {},\n  "x": 1\n}\n',
    "empty hooks on one line": '{"hooks": { }}\n',
    "empty event": '{\n  "hooks": {\n    "Stop": []\n  }\n}\n',
    "empty event on one line": '{"hooks": {"Stop": []}}',
    "other hooks": f'{{\n  "hooks": {{\n    "Stop": [\n      {OTHER_HOOK}\n    ],\n    "PreToolUse": []\n  }}\n}}\n',
    "other hooks on one line": f'{{"hooks": {{"Stop": [{OTHER_HOOK}], "SessionEnd": [{OTHER_HOOK}]}}, "x": 1}}',
    "hooks last and empty, comments": '{\n  "x": 1, // a\n  "hooks": { /* b */ } // c\n}\n',
    "twice the same key": '{\n  "x": 1,\n  "x": 2\n}\n',
    "null status line": '{\n  "statusLine": null,\n  "x": 1\n}\n',
    "null status line on one line": '{"statusLine":null}',
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("hooks", [True, False], ids=["hooks", "line"])
def test_removing_gives_back_the_very_bytes(place: Place, layout: str, hooks: bool) -> None:
    place.put(layout).install(hooks=hooks)
    root = json_text.parse(place.text)

    assert OURS == root.member("statusLine").node.value
    assert hooks == ("notify claude-code" in place.text)

    place.remove()

    assert layout == place.text
    assert ["settings.json"] == place.files
    assert {} == recall_all(place.state)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_in_two_steps_too_it_gives_back_the_very_bytes(place: Place, layout: str) -> None:
    place.put(layout).install(hooks=False)
    place.install(hooks=True)
    place.install(hooks=True, program=["/elsewhere/my tools/tokmeter"])

    assert "\"'/elsewhere/my tools/tokmeter' statusline\"" in place.text

    place.remove()

    assert layout == place.text
    assert ["settings.json"] == place.files


EDITS = {
    "a value elsewhere": ('"opus"', '"sonnet"'),
    "a member in front": ('"model"', '"first": [1],\n  "model"'),
    "a nested member": ('"A": "1"', '"A": "1",\n    "B": {"statusLine": 2}'),
    "other spaces": ('"env": {', '"env":   {'),
    "another hook": ('"Stop": [\n', '"Stop": [\n      {"hooks": []},\n'),
    "a hook less": (f"      {OTHER_HOOK},\n", ""),
    "a comment": ('"model"', '// about the model\n  "model"'),
}
EDITED = (
    '{\n  "model": "opus",\n  "env": {\n    "A": "1"\n  },\n  "hooks": {\n    "Stop": [\n'
    f"      {OTHER_HOOK},\n      {OTHER_HOOK}\n    ]\n  }}\n}}\n"
)


@pytest.mark.parametrize(("old", "new"), EDITS.values(), ids=EDITS.keys())
def test_edits_in_between_are_kept(place: Place, old: str, new: str) -> None:
    place.put(EDITED).install()
    place.put(place.text.replace(old, new, 1))
    place.remove()

    assert EDITED.replace(old, new, 1) == place.text
    assert old in EDITED


def test_members_that_the_user_put_behind_ours_are_kept(place: Place) -> None:
    place.put('{\n  "model": "opus"\n}\n').install(hooks=False)
    place.put(place.text.replace("\n  }\n}", '\n  },\n  "last": true\n}'))
    place.remove()

    assert '{\n  "model": "opus",\n  "last": true\n}\n' == place.text


def test_a_hook_that_the_user_put_into_our_group_is_kept(place: Place) -> None:
    place.put("{}\n").install()
    value = place.value
    value["hooks"]["Stop"][0]["hooks"].append({"type": "command", "command": "say done"})
    place.put(json.dumps(value, indent=2))
    place.remove()

    assert {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]}} == place.value


def test_without_the_memory_it_takes_out_what_calls_tokmeter(place: Place) -> None:
    """Another machine, or a lost state folder: the text itself tells."""
    place.put(LAYOUTS["other hooks"]).install()
    Path(place.state, "integrations.json").unlink()
    place.remove()

    assert LAYOUTS["other hooks"] == place.text


def test_what_is_put_in_is_what_claude_code_reads(place: Place) -> None:
    place.put('{"hooks": {"Stop": []}}').install()

    assert {
        "hooks": {"Stop": [{"hooks": [HOOK]}], "SessionEnd": [{"hooks": [HOOK]}]},
        "statusLine": OURS,
    } == place.value


def test_it_is_indented_as_the_file_is(place: Place) -> None:
    place.put('{\n\t"model": "opus"\n}').install(hooks=False)

    assert (
        '{\n\t"model": "opus",\n\t"statusLine": {\n\t\t"type": "command",\n'
        '\t\t"command": "/opt/bin/tokmeter statusline"\n\t}\n}'
    ) == place.text


def test_installing_twice_changes_nothing(place: Place) -> None:
    place.put(LAYOUTS["other hooks"]).install()
    once = place.text
    place.install()

    assert once == place.text


def test_another_programs_line_is_left_alone(place: Place) -> None:
    layout = f'{{\n  "statusLine": {OTHER_LINE},\n  "x": 1\n}}\n'
    place.put(layout)

    with pytest.raises(SettingsError, match="of another program; nothing was written"):
        place.install()

    assert layout == place.text
    assert {} == recall_all(place.state)


@pytest.mark.parametrize(
    "line",
    [OTHER_LINE, '{\n      "type":"command" ,\n  "command": "x" // c\n }', '"odd"', "[ ]", "false"],
    ids=["one line", "crooked", "text", "list", "false"],
)
def test_a_replaced_line_comes_back_as_it_was(place: Place, line: str) -> None:
    layout = f'{{\n  "statusLine": {line},\n  "x": 1\n}}\n'
    place.put(layout).install(replace=True)

    assert OURS == json_text.parse(place.text).member("statusLine").node.value

    place.remove()

    assert layout == place.text


def test_a_line_that_does_more_than_call_tokmeter_is_another_programs(place: Place) -> None:
    place.put('{"statusLine": {"type": "command", "command": "tokmeter statusline | tr a b"}}')

    with pytest.raises(SettingsError, match="another program"):
        place.install()


def test_a_file_that_was_made_is_deleted_with_its_folder(place: Place) -> None:
    place.install()

    assert 0o600 == place.path.stat().st_mode & 0o777
    assert place.text.endswith("}\n")

    place.remove()

    assert not place.path.parent.exists()
    assert {} == recall_all(place.state)


def test_a_file_that_was_made_stays_if_somebody_wrote_into_it(place: Place) -> None:
    place.install()
    place.put(place.text.replace("{\n", '{\n  "model": "opus",\n', 1))
    place.remove()

    assert {"model": "opus"} == place.value


def test_the_backup_is_the_file_as_it_was_and_private(place: Place) -> None:
    place.put('{"x": 1}')
    place.path.chmod(0o644)
    backup = Path(place.install())

    assert "settings.json.before-tokmeter-2026-11-21" == backup.name
    assert '{"x": 1}' == backup.read_text()
    assert (0o600, 0o644) == (backup.stat().st_mode & 0o777, place.path.stat().st_mode & 0o777)


def test_a_backup_never_takes_the_place_of_another(place: Place) -> None:
    place.put('{"x": 1}').install()
    place.put('{"x": 2}').install()

    assert [
        "settings.json",
        "settings.json.before-tokmeter-2026-11-21",
        "settings.json.before-tokmeter-2026-11-21-2",
    ] == place.files


def test_a_link_stays_a_link(place: Place, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.json"
    real.write_text('{"x": 1}')
    place.path.parent.mkdir()
    place.path.symlink_to(real)
    place.install()

    assert place.path.is_symlink()
    assert OURS == json.loads(real.read_text())["statusLine"]

    place.remove()

    assert '{"x": 1}' == real.read_text()
    assert place.path.is_symlink()


REFUSED = {
    "broken": ('{"a": 1', "line 1 is not JSON; nothing was written"),
    "a comma too few": ('{\n"a": 1\n"b": 2}', "line 3 is not JSON"),
    "two commas": ('{"a": 1,, "b": 2}', "is not JSON"),
    "two documents": ("{} {}", "is not JSON"),
    "single quotes": ("{'a': 1}", "is not JSON"),
    "a list": ("[1]\n", "holds no JSON object"),
    "hooks of another form": ('{"hooks": [1]}', "hooks in a form tokmeter does not know"),
    "an event of another form": ('{"hooks": {"Stop": {"a": 1}}}', "hooks in a form"),
    "too deep": ("[" * 100_000, "nested too deep"),
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_edited_is_left_as_it_is(place: Place, text: str, sentence: str) -> None:
    place.put(text)

    with pytest.raises(SettingsError, match=sentence):
        place.install()

    assert text == place.text
    assert ["settings.json"] == place.files


def test_text_that_is_not_utf_8_is_left_as_it_is(place: Place) -> None:
    place.put("")
    place.path.write_bytes('{"a": 1}'.encode("utf-16"))

    with pytest.raises(SettingsError, match="not UTF-8"):
        place.install()

    assert '{"a": 1}' == place.path.read_bytes().decode("utf-16")


def test_the_difference_shows_no_control_characters(place: Place) -> None:
    place.put('{\n  "\x9b31m": "\u202e"\n}')
    file = read_settings(str(place.path))
    shown = difference(claude_settings.plan_install(file, None, PROGRAM, [], hooks=False, replace=False))

    assert '+  "statusLine": {' in shown.splitlines()
    assert all(char.isprintable() or char == "\n" for char in shown)


# -- any layout

_blanks = st.text(st.sampled_from(" \n\t"), max_size=3)
_comments = st.one_of(st.just(""), st.sampled_from(["// a {\n", "/* b } */", "// \n// c\n"]))
_space = st.builds(lambda a, b, c: a + b + c, _blanks, _comments, _blanks)
_scalars = st.sampled_from(["1", "-0.5e3", "true", "null", '"x"', '"{\\"//"', '"\\u00e9"', '""'])


@st.composite
def _source(draw: st.DrawFn, depth: int = 2, *, keys: tuple[str, ...] = ("a", "b", "hooks", "c")) -> str:
    """JSON with comments, spaces and trailing commas anywhere."""
    kind = draw(st.sampled_from(["{", "[", "x"] if depth else ["x"]))
    return draw(_scalars) if kind == "x" else draw(_container(kind, depth, keys))


@st.composite
def _container(draw: st.DrawFn, kind: str, depth: int, keys: tuple[str, ...] = ("a", "b", "c")) -> str:
    count = draw(st.integers(0, 3))
    parts = []
    for number in range(count):
        key = f'"{keys[number]}"{draw(_space)}:{draw(_space)}' if kind == "{" else ""
        parts.append(f"{draw(_space)}{key}{draw(_source(depth - 1))}{draw(_space)}")
    trailing = f",{draw(_space)}" if count and draw(st.booleans()) else ""
    return (
        f"{kind}{','.join(parts)}{trailing or ('' if count else draw(_space))}{'}' if kind == '{' else ']'}"
    )


@st.composite
def _settings(draw: st.DrawFn) -> str:
    """A settings file of any layout, with hooks of any."""
    hooks = draw(
        st.sampled_from(["", *(f'"hooks"@:@{{@"Stop"@:@[@{inner}@]@}}@' for inner in ("", OTHER_HOOK))])
    )
    while "@" in hooks:
        hooks = hooks.replace("@", draw(_space), 1)
    rest = draw(_container("{", 2))
    if hooks:
        body = rest[1:]
        rest = "{" + draw(_space) + hooks + ("," if body.lstrip().startswith('"') else "") + body
    text = draw(_space) + rest + draw(_space)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return ("\ufeff" if draw(st.booleans()) else "") + text


@given(_settings(), st.booleans())
def test_any_layout_comes_back_byte_for_byte(text: str, hooks: bool) -> None:
    """On texts alone: `plan_install`, then `plan_remove` with what the first remembers."""
    try:
        json_text.parse(text)
    except json_text.BrokenJsonError:  # a comment of the generator swallowed something
        return
    file = claude_settings.SettingsFile("s.json", "s.json", text)
    change = claude_settings.plan_install(file, None, PROGRAM, [], hooks=hooks, replace=False)
    root = json_text.parse(change.after)

    assert OURS == root.value["statusLine"]
    assert not hooks or {"hooks": [HOOK]} == root.value["hooks"]["Stop"][-1]

    record: Record = json.loads(json.dumps(change.record))
    after = claude_settings.plan_remove(file._replace(text=change.after), record).after

    assert text == after


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ),
    st.sampled_from([None, 0, 2, "\t"]),
    st.booleans(),
)
def test_json_means_what_the_json_package_says(
    value: object, indent: int | str | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    try:
        text.encode()
    except UnicodeEncodeError:  # no file can hold it
        return

    assert value == json_text.parse(text).value
