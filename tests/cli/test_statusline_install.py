"""`tokmeter statusline install` and `remove`, as a person and as a script run them."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
from cli_run import SOURCE, Tokmeter

from tokmeter.integrations import background

SETTINGS = '{\n  "model": "opus"\n}\n'
CONFIG = 'notify = ["sh", "-c", "echo earlier $0"]\n'


@pytest.fixture
def settings(lonely: Tokmeter) -> Path:
    path = lonely.home / ".claude" / "settings.json"
    path.parent.mkdir()
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def config(lonely: Tokmeter) -> Path:
    path = lonely.home / ".codex" / "config.toml"
    path.parent.mkdir()
    path.write_text(CONFIG)
    return path


def everything(tokmeter: Tokmeter) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file of the home."""
    return {
        str(path): (path.stat().st_mode, path.read_bytes())
        for path in sorted(tokmeter.home.rglob("*"))
        if path.is_file()
    }


def on_terminal(tokmeter: Tokmeter, *arguments: str, answer: bytes = b"", meanwhile: object = None) -> str:
    """What appears on a terminal where somebody answers the question."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        tokmeter.command("statusline", *arguments),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=tokmeter.environment(TERM="xterm"),
    )
    os.close(follower)
    shown = b""
    asked = False
    while True:
        try:
            part = os.read(leader, 65_536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
        if b"[y/N]" in shown and not asked:
            asked = True
            if callable(meanwhile):
                meanwhile()
            os.write(leader, answer)
    os.close(leader)
    process.wait(timeout=30)
    return shown.decode().replace("\r\n", "\n")


def test_a_script_has_to_say_yes(lonely: Tokmeter, settings: Path) -> None:
    done = lonely.bare("statusline", "install")

    assert 2 == done.status
    assert "There is nobody to ask; nothing was written." in done.err
    assert "--yes" in done.err
    assert '+  "statusLine": {' in done.out.splitlines()
    assert {str(settings)} == set(everything(lonely))
    assert SETTINGS == settings.read_text()


def test_a_dry_run_shows_the_change_and_writes_nothing(lonely: Tokmeter, settings: Path) -> None:
    done = lonely.bare("statusline", "install", "--hooks", "--codex", "-n")

    assert (0, "") == (done.status, done.err)
    assert str(settings) == done.out.splitlines()[0]
    assert '-  "model": "opus"' in done.out.splitlines()
    assert "Nothing was written (--dry-run)." == done.out.splitlines()[-1]
    assert {str(settings)} == set(everything(lonely))
    assert not lonely.own.exists()


def test_install_and_remove_leave_every_file_as_it_was(
    lonely: Tokmeter, settings: Path, config: Path
) -> None:
    settings.chmod(0o640)
    before = everything(lonely)
    done = lonely.bare("statusline", "install", "--hooks", "--codex", "--yes")

    assert 0 == done.status
    assert ["model", "statusLine", "hooks"] == list(json.loads(settings.read_text()))
    assert ["--then", "sh", "-c", "echo earlier $0", "--"] == tomllib.loads(config.read_text())["notify"][-5:]
    assert f"{settings}.before-tokmeter-" in done.out

    done = lonely.bare("statusline", "remove", "--yes")

    assert 0 == done.status
    assert before == everything(lonely)
    assert not (lonely.own / "state" / "integrations.json").exists()


def test_the_backups_of_an_installation_and_its_repair_go_with_it(lonely: Tokmeter, settings: Path) -> None:
    before = everything(lonely)
    lonely.bare("statusline", "install", "--yes")
    broken = json.loads(settings.read_text())
    broken["statusLine"]["command"] = "/gone/tokmeter statusline"
    settings.write_text(json.dumps(broken, indent=2) + "\n")
    repaired = lonely.bare("statusline", "install", "--repair", "--yes")
    during = sorted(path.name for path in settings.parent.iterdir())
    removed = lonely.bare("statusline", "remove", "--yes")

    assert (0, 0) == (repaired.status, removed.status)
    assert 3 == len(during)
    assert before == everything(lonely)


def test_codex_alone_leaves_claude_code_alone(lonely: Tokmeter) -> None:
    done = lonely.bare("statusline", "install", "--codex", "--yes")

    assert 0 == done.status
    assert [str(lonely.home / ".codex" / "config.toml")] == list(everything(lonely))

    lonely.bare("statusline", "remove", "--yes")

    assert [] == list(lonely.home.iterdir())


@pytest.mark.parametrize(("answer", "written"), [(b"y\n", True), (b"YES\n", True), (b"\n", False), (b"no\n", False), (b"\x04", False)])  # fmt: skip
def test_on_a_terminal_it_asks(lonely: Tokmeter, settings: Path, answer: bytes, written: bool) -> None:
    shown = on_terminal(lonely, "install", answer=answer)

    assert "Write this? [y/N]" in shown
    assert written == ("statusLine" in settings.read_text())
    assert written == ("Nothing was written." not in shown)


def test_no_input_never_asks(lonely: Tokmeter, settings: Path) -> None:
    shown = on_terminal(lonely, "install", "--no-input")

    assert "There is nobody to ask" in shown
    assert SETTINGS == settings.read_text()


def test_a_file_that_changes_while_it_asks_is_not_written(lonely: Tokmeter, settings: Path) -> None:
    shown = on_terminal(
        lonely, "install", answer=b"y\n", meanwhile=lambda: settings.write_text('{"model": "sonnet"}')
    )

    assert "was changed meanwhile; nothing was written." in shown
    assert '{"model": "sonnet"}' == settings.read_text()
    assert [str(settings)] == list(everything(lonely))


def test_what_the_user_took_out_is_forgotten(lonely: Tokmeter, settings: Path) -> None:
    lonely.bare("statusline", "install", "--yes")
    settings.write_text("{}")
    done = lonely.bare("statusline", "remove", "--yes")

    assert (0, "Nothing to change.\n", "{}") == (done.status, done.out, settings.read_text())
    assert not (lonely.own / "state" / "integrations.json").exists()


def test_the_assistants_variables_name_the_files(lonely: Tokmeter, tmp_path: Path) -> None:
    places = {"CLAUDE_CONFIG_DIR": str(tmp_path / "c d"), "CODEX_HOME": str(tmp_path / "x")}
    lonely.bare("statusline", "install", "--hooks", "--codex", "--yes", env=places)

    assert (tmp_path / "c d" / "settings.json").exists()
    assert (tmp_path / "x" / "config.toml").exists()

    lonely.bare("statusline", "remove", "--yes")  # remembered, also without the variables

    assert not (tmp_path / "c d").exists()
    assert not (tmp_path / "x").exists()


def test_a_broken_file_without_anything_of_ours_is_nobodys_business(
    lonely: Tokmeter, settings: Path, config: Path
) -> None:
    lonely.bare("statusline", "install", "--codex", "--yes")
    settings.write_text("{ broken")
    repaired = lonely.bare("statusline", "install", "--repair", "--yes")
    removed = lonely.bare("statusline", "remove", "--yes")

    assert (0, 0) == (repaired.status, removed.status)
    assert (CONFIG, "{ broken") == (config.read_text(), settings.read_text())


def test_a_file_that_was_deleted_is_forgotten(lonely: Tokmeter, settings: Path) -> None:
    lonely.bare("statusline", "install", "--yes")
    settings.unlink()
    done = lonely.bare("statusline", "remove")

    assert (0, "Nothing to change.\n") == (done.status, done.out)
    assert not (lonely.own / "state" / "integrations.json").exists()


def test_another_home_can_be_named(lonely: Tokmeter, settings: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    places = {"CLAUDE_CONFIG_DIR": str(settings.parent)}
    lonely.bare("statusline", "install", "--yes", "--home", str(other), env=places)

    assert "statusLine" in (other / ".claude" / "settings.json").read_text()
    assert SETTINGS == settings.read_text()


def test_another_file_can_be_named(lonely: Tokmeter, settings: Path, tmp_path: Path) -> None:
    other, config = tmp_path / "settings.local.json", tmp_path / "codex-config"
    lonely.bare("statusline", "install", "--yes", "--settings", str(other))
    lonely.bare("statusline", "install", "--yes", "--codex", "--settings", str(config))

    assert "statusLine" in other.read_text()
    assert "notify" in config.read_text()
    assert SETTINGS == settings.read_text()

    lonely.bare("statusline", "remove", "--yes")  # remembered

    assert (False, False) == (other.exists(), config.exists())


def test_installing_again_has_nothing_to_change(lonely: Tokmeter, settings: Path) -> None:
    lonely.bare("statusline", "install", "--yes")
    once = settings.read_bytes()
    done = lonely.bare("statusline", "install")

    assert (0, "Nothing to change.\n") == (done.status, done.out)
    assert once == settings.read_bytes()


def test_removing_what_was_never_there_changes_nothing(lonely: Tokmeter, settings: Path) -> None:
    before = everything(lonely)
    done = lonely.bare("statusline", "remove")

    assert (0, "Nothing to change.\n", before) == (done.status, done.out, everything(lonely))
    assert SETTINGS == settings.read_text()


def run(command: str, tokmeter: Tokmeter, given: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """As Claude Code runs a command: by a shell, JSON on stdin, in the folder of the project."""
    return subprocess.run(
        ["sh", "-c", command],
        input=given,
        env=tokmeter.environment(NO_COLOR="1"),
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_what_was_put_in_works(lonely: Tokmeter, settings: Path, config: Path, tmp_path: Path) -> None:
    """The project holds traps: modules that must not be imported from the present folder."""
    for name in ("json", "tokmeter", "os"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('trapped')")
    lonely.bare("statusline", "install", "--hooks", "--codex", "--show", "session,model", "--yes")
    value = json.loads(settings.read_text())
    state = lonely.own / "state"
    background.take_lock(str(state), int(time.time()))  # so that no sync takes the mark away
    given = '{"model": {"display_name": "Opus 4.8"}, "cost": {"total_cost_usd": 2}}'
    line = run(value["statusLine"]["command"], lonely, given, tmp_path)

    assert (0, "$2.00 this session (est.) · Opus 4.8\n", "") == (line.returncode, line.stdout, line.stderr)

    for event in ("Stop", "SessionEnd"):
        (state / "sync-soon").unlink(missing_ok=True)
        hook = run(value["hooks"][event][0]["hooks"][0]["command"], lonely, "{}", tmp_path)

        assert (0, "", "") == (hook.returncode, hook.stdout, hook.stderr)
        assert (state / "sync-soon").exists()

    words = [*tomllib.loads(config.read_text())["notify"], '{"type":"agent-turn-complete"}']
    notify = run(shlex.join(words), lonely, "", tmp_path)

    assert 'earlier {"type":"agent-turn-complete"}\n' == notify.stdout


def test_a_program_that_moved_is_found_by_doctor_and_repaired(
    lonely: Tokmeter, settings: Path, config: Path
) -> None:
    settings.write_text(
        '{"statusLine": {"type": "command", "command": "tokmetr statusline --show model", "padding": 1}}'
    )
    config.write_text('notify = ["/gone/tokmeter", "notify", "codex"]\n')
    doctor = lonely.bare("doctor")

    assert 1 == doctor.status
    assert "fail  status line" in doctor.out
    assert (
        "configured command not found: tokmetr\n        → tokmeter statusline install --repair" in doctor.out
    )
    assert "configured command not found: /gone/tokmeter" in doctor.out

    done = lonely.bare("statusline", "install", "--repair", "--yes")
    line = json.loads(settings.read_text())["statusLine"]

    assert 0 == done.status
    assert line["command"].endswith(" -m tokmeter statusline --show model")
    assert 1 == line["padding"]
    assert "hooks" not in settings.read_text()
    assert ["-m", "tokmeter", "notify", "codex"] == tomllib.loads(config.read_text())["notify"][-4:]

    doctor = lonely.bare("doctor")

    assert 0 == doctor.status
    assert f"ok status line in {settings}" in " ".join(doctor.out.split())


def test_repair_puts_nothing_in_where_nothing_was(lonely: Tokmeter, settings: Path) -> None:
    done = lonely.bare("statusline", "install", "--repair", "--yes")

    assert (0, "Nothing to change.\n") == (done.status, done.out)
    assert {str(settings): SETTINGS.encode()} == {p: c for p, (_, c) in everything(lonely).items()}


def test_a_program_of_its_own_is_called_by_its_whole_path(
    lonely: Tokmeter, settings: Path, tmp_path: Path
) -> None:
    """As an installer makes it: a file named tokmeter, on PATH or not."""
    program = tmp_path / "my tools" / "tokmeter"
    program.parent.mkdir()
    program.write_text(
        f"#!{shlex.quote(os.sys.executable)}\nfrom tokmeter.cli.entry import main\nraise SystemExit(main())\n"
    )
    program.chmod(0o755)
    subprocess.run(
        [program, "statusline", "install", "--yes"],
        env=lonely.environment(PYTHONPATH=str(SOURCE)),
        check=True,
        capture_output=True,
    )
    command = json.loads(settings.read_text())["statusLine"]["command"]

    assert f"'{program}' statusline" == command
    assert "tokmeter\n" == run(command, lonely, "", tmp_path).stdout


FAULTS = {
    "another line": ('{"statusLine": {"type": "command", "command": "x"}}', (), 2, "--replace"),
    "broken": ('{"a": }', (), 2, "line 1 is not JSON; nothing was written."),
    "unknown part": (SETTINGS, ("--show", "modle"), 2, "--show does not know 'modle'"),
    "one file for two": (SETTINGS, ("--hooks", "--codex", "--settings", "x"), 2, "--settings names one file"),
}


@pytest.mark.parametrize(("text", "more", "status", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_a_sentence_and_nothing_is_written(
    lonely: Tokmeter, settings: Path, text: str, more: tuple[str, ...], status: int, sentence: str
) -> None:
    settings.write_text(text)
    before = everything(lonely)
    done = lonely.bare("statusline", "install", "--yes", *more)

    assert (status, before) == (done.status, everything(lonely))
    assert sentence in done.err
    assert "Traceback" not in done.err


def test_a_read_only_file_is_left_alone(lonely: Tokmeter, settings: Path) -> None:
    settings.chmod(0o444)
    done = lonely.bare("statusline", "install", "--yes")

    assert 1 == done.status
    assert "is read-only; nothing was written." in done.err
    assert [str(settings)] == list(everything(lonely))


def test_a_folder_in_the_way_is_said(lonely: Tokmeter) -> None:
    (lonely.home / ".claude" / "settings.json").mkdir(parents=True)
    done = lonely.bare("statusline", "install", "--yes")

    assert 2 == done.status
    assert "settings.json cannot be read: Is a directory." in done.err


def test_a_file_in_place_of_the_folder_is_said(lonely: Tokmeter) -> None:
    (lonely.home / ".claude").write_text("")
    done = lonely.bare("statusline", "install", "--yes")

    assert 2 == done.status
    assert "cannot be read: Not a directory." in done.err


def test_where_nothing_can_be_remembered_nothing_is_written(lonely: Tokmeter, settings: Path) -> None:
    lonely.own.write_text("in the way")
    done = lonely.bare("statusline", "install", "--yes")

    assert 1 == done.status
    assert f"{lonely.own / 'state'} cannot be written: Not a directory; {settings} is as it was." in done.err
    assert {str(settings): SETTINGS.encode()} == {p: c for p, (_, c) in everything(lonely).items()}


def test_a_link_that_leads_nowhere_gets_its_file_and_loses_it_again(lonely: Tokmeter, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "claude.json"
    link = lonely.home / ".claude" / "settings.json"
    link.parent.mkdir()
    link.symlink_to(target)
    lonely.bare("statusline", "install", "--yes")

    assert "statusLine" in target.read_text()

    lonely.bare("statusline", "remove", "--yes")

    assert link.is_symlink()
    assert not target.parent.exists()
