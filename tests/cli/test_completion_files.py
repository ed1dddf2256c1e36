"""The generated completion scripts hold the whole table, and find the names file where tokmeter puts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_run import Tokmeter
from completion_shells import FOLDER, ROOT

from tokmeter.cli.app import COMMANDS, load
from tokmeter.cli.completion import FILES, SHELLS
from tokmeter.cli.names_file import FILE
from tokmeter.config.quick_paths import cache_folder

BASH = FOLDER / FILES["bash"]
FISH = FOLDER / FILES["fish"]
FIND_FILE = {
    "bash": f". '{BASH}'; _tokmeter_names_file; printf %s \"$file\"",
    "zsh": f". '{FOLDER / FILES['zsh']}'; _tokmeter_names_file; printf %s \"$file\"",
    "fish": f"source '{FISH}'; __tokmeter_names_file",
}


def spellings(name: str) -> set[str]:
    """Every switch of a command as it is typed."""
    command = load(name)
    return {spelling for option in (*command.own, *command.shared) for spelling in option.spellings}


def run(shell: str, script: str, **environment: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"no {shell} here")
    switch = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment}
    done = subprocess.run([path, *switch, "-c", script], env=env, capture_output=True, check=True, timeout=30)
    assert b"" == done.stderr
    return done.stdout.decode().rstrip("\n")


# The table ------------------------------------------------------------------------------------------------


def test_the_files_are_as_the_program_would_write_them_now() -> None:
    script = ROOT / "scripts" / "completions.py"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, str(script), "--check"], env=env, capture_output=True, check=False)

    assert "" == done.stdout.decode()
    assert 0 == done.returncode, done.stderr.decode()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_every_switch_stands_in_the_file_of_each_shell(shell: str) -> None:
    text = (FOLDER / FILES[shell]).read_text(encoding="utf-8")
    words = {word for name in COMMANDS for word in name.split()}
    switches = {spelling for name in COMMANDS for spelling in spellings(name)}
    if shell == "fish":
        switches = {
            f"-l {spelling[2:]}" if spelling.startswith("--") else f"-s {spelling[1:]}"
            for spelling in switches
        }

    assert [] == [word for word in words if not re.search(rf"(?<![\w-]){word}(?![\w-])", text)]
    assert [] == [switch for switch in switches if not re.search(rf"{re.escape(switch)}(?![\w-])", text)]


def test_bash_knows_exactly_the_switches_of_every_command() -> None:
    ask = f". '{BASH}'; for name in {' '.join(repr(name) for name in COMMANDS)}; do\n"
    ask += '_tokmeter_form "$name"; echo "$name:${switches[*]}"; done'
    found = {}
    for line in run("bash", ask).splitlines():
        name, _, switches = line.partition(":")
        found[name] = set(switches.split())

    assert {name: spellings(name) | {"-h", "--help"} for name in COMMANDS} == found


def test_fish_offers_exactly_the_switches_of_every_command_with_what_they_do() -> None:
    ask = f"source '{FISH}'\n"
    ask += "\n".join(f"echo ':{name}'; complete -C 'tokmeter {name} -'" for name in COMMANDS)
    found: dict[str, dict[str, str]] = {}
    for line in run("fish", ask).splitlines():
        if line.startswith(":"):
            found[line[1:]] = {}
        else:
            switch, _, meaning = line.partition("\t")
            found[list(found)[-1]][switch] = meaning
    about = {option.spellings[0]: option.help for option in load("week").shared}

    assert {name: spellings(name) | {"-h", "--help"} for name in COMMANDS} == {
        name: set(switches) for name, switches in found.items()
    }
    assert about == {switch: found["week"][switch] for switch in about}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_file_is_good_in_the_eyes_of_its_shell(shell: str) -> None:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"no {shell} here")
    done = subprocess.run([path, "-n", FOLDER / FILES[shell]], capture_output=True, check=False)

    assert (0, b"") == (done.returncode, done.stderr)


# The command ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_same_script(lonely: Tokmeter, shell: str) -> None:
    done = lonely.bare("shell", "completion", shell)

    assert (0, "") == (done.status, done.err)
    assert (FOLDER / FILES[shell]).read_text(encoding="utf-8") == done.out


@pytest.mark.parametrize("arguments", [(), ("tcsh",)])
def test_without_a_shell_it_knows_the_command_names_those_there_are(
    lonely: Tokmeter, arguments: tuple[str, ...]
) -> None:
    done = lonely.bare("shell", "completion", *arguments)

    assert (2, "") == (done.status, done.out)
    assert [] == [shell for shell in SHELLS if shell not in done.err]


# The place of the names file -------------------------------------------------------------------------------

PLACES = {
    "nothing set": {},
    "home of its own": {"TOKMETER_HOME": "/srv/own"},
    "home with a tilde": {"TOKMETER_HOME": "~/own"},
    "home is the tilde": {"TOKMETER_HOME": "~"},
    "home that is relative": {"TOKMETER_HOME": "own"},
    "home with odd characters": {"TOKMETER_HOME": "/srv/my own $x* `y` 'z'"},
    "home that is empty": {"TOKMETER_HOME": ""},
    "xdg": {"XDG_CACHE_HOME": "/srv/cache"},
    "xdg with odd characters": {"XDG_CACHE_HOME": "/srv/my cache $x*"},
    "xdg that is empty": {"XDG_CACHE_HOME": ""},
    "xdg that is relative": {"XDG_CACHE_HOME": "cache"},
    "both": {"TOKMETER_HOME": "/srv/own", "XDG_CACHE_HOME": "/srv/cache"},
}


@pytest.mark.skipif(sys.platform != "linux", reason="the rule of Linux")
@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("shell", FIND_FILE)
def test_a_script_looks_for_names_where_tokmeter_writes_them(
    shell: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {"HOME": "/home/ana", **PLACES[name]}
    for variable in ("HOME", "XDG_CACHE_HOME", "TOKMETER_HOME"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in env.items():
        monkeypatch.setenv(variable, value)

    # A script leaves a relative place to the folder the shell is in.
    assert Path(cache_folder(env)) / FILE == Path(run(shell, FIND_FILE[shell], **env)).absolute()


@pytest.mark.parametrize("shell", ["bash", "zsh"])
@pytest.mark.parametrize("xdg", ["", "/srv/cache"])
def test_on_macos_a_script_looks_where_tokmeter_writes_there(
    shell: str, xdg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platformdirs.macos import MacOS

    monkeypatch.setenv("HOME", "/Users/ana")
    monkeypatch.setenv("XDG_CACHE_HOME", xdg)
    wanted = Path(MacOS("tokmeter", appauthor=False).user_cache_dir) / FILE
    script = f"OSTYPE=darwin23; {FIND_FILE[shell]}"

    assert str(wanted) == run(shell, script, HOME="/Users/ana", XDG_CACHE_HOME=xdg)
