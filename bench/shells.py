"""What the snippet of `tokmeter shell init` adds to a prompt: a thousand with it and without, in turn."""

from __future__ import annotations

import os
import pty
import select
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from bench.fast import prepare
from tokmeter.integrations.shell import snippet

PROMPTS = 1000
AT_ONCE = 25
READY = b"ready> "
_RC = {
    "bash": ("bashrc", "PS1='ready> '\nHISTFILE=\nunset PROMPT_COMMAND\n"),
    "zsh": (".zshrc", "PS1='ready> '\nunsetopt prompt_sp\n"),
    "fish": (
        "fish/config.fish",
        (
            "function fish_greeting; end\nfunction fish_title; end\n"
            "function fish_prompt; echo -n 'ready> '; end\n"
        ),
    ),
}
_HOOK = {
    "bash": "a=$EPOCHREALTIME; for ((i = 0; i < 1000; i++)); do __tokmeter_precmd; done; b=$EPOCHREALTIME\n"
    'echo "took $((${b/./} - ${a/./})) us"\n',
    "zsh": "zmodload zsh/datetime; typeset -F a=$EPOCHREALTIME; repeat 1000 __tokmeter_precmd\n"
    'typeset -F b=$EPOCHREALTIME; printf "took %d us\\n" $(( (b - a) * 1000000 ))\n',
    "fish": "set a (date +%s%N); for i in (seq 1000); __tokmeter_precmd; end; set b (date +%s%N)\n"
    'echo took (math "floor(($b - $a) / 1000)") us\n',
}


def run(rounds: int) -> int:
    """Print one line for each shell there is; gives 0."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        print(f"{'':<6} {'a prompt without':>18} {'with':>12} {'added':>12} {'the hook alone':>16}")
        for shell in _RC:
            if shutil.which(shell) is None:
                print(f"{shell:<6} not here")
                continue
            text = snippet(shell, str(folder / "own" / "state"), ["/bin/false"])
            with_it, without = [], []
            for _ in range(rounds):
                without.append(_prompts(shell, folder, ""))
                with_it.append(_prompts(shell, folder, text))
            a, b = statistics.median(without), statistics.median(with_it)
            hook = statistics.median(_hook(shell, folder, text) for _ in range(rounds))
            print(f"{shell:<6} {a:15.3f} ms {b:9.3f} ms {b - a:+9.3f} ms {hook:13.3f} ms")
    return 0


def _start(shell: str, folder: Path, text: str) -> tuple[int, int]:
    """(process, terminal) of an interactive shell with `text` in its start-up file."""
    home = folder / "shell-home"
    file, rc = home / _RC[shell][0], _RC[shell][1]
    file.parent.mkdir(parents=True, exist_ok=True)
    (home / "fish" / "generated_completions").mkdir(parents=True, exist_ok=True)
    file.write_text(rc + text)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "ZDOTDIR": str(home),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "TERM": "xterm",
        "LANG": "C.UTF-8",
    }
    arguments = {"bash": ["--noprofile", "--rcfile", str(file)], "zsh": ["-d"], "fish": []}[shell]
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(shell, [shell, *arguments, "-i"], environment)  # noqa: S606 - a shell, in a terminal of its own
    return process, terminal


def _prompts(shell: str, folder: Path, text: str) -> float:
    """Milliseconds for one prompt, of a thousand."""
    process, terminal = _start(shell, folder, text)
    _wait(terminal, READY, 1)
    started = time.perf_counter()
    for _ in range(PROMPTS // AT_ONCE):
        os.write(terminal, b":\r" * AT_ONCE)
        _wait(terminal, READY, AT_ONCE)
    seconds = time.perf_counter() - started
    _stop(process, terminal)
    return seconds / PROMPTS * 1000


def _hook(shell: str, folder: Path, text: str) -> float:
    """Milliseconds for one call of what runs before a prompt, measured inside the shell."""
    process, terminal = _start(shell, folder, text + "\n" + _HOOK[shell])
    said = _wait(terminal, READY, 1)
    _stop(process, terminal)
    return int(said.rpartition(b"took ")[2].split()[0]) / 1000 / 1000


def _wait(terminal: int, text: bytes, count: int) -> bytes:
    """What the terminal says until `text` came `count` times."""
    said = b""
    while said.count(text) < count:
        if not select.select([terminal], [], [], 60)[0]:
            raise SystemExit(f"the shell stopped talking after {said[-500:]!r}")
        said += os.read(terminal, 65_536)
    return said


def _stop(process: int, terminal: int) -> None:
    os.close(terminal)
    os.kill(process, 9)
    os.waitpid(process, 0)
