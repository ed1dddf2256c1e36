"""Shells on a terminal, with a `tokmeter` on their PATH that only notes what it was called with."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "completions"
PROMPT = "<ready>"
DEADLINE_S = 60.0

BASH_COMPLETION = (
    os.environ.get("BASH_COMPLETION", ""),
    "/usr/share/bash-completion/bash_completion",
    "/usr/local/share/bash-completion/bash_completion",
    "/opt/homebrew/etc/profile.d/bash_completion.sh",
)
"""Where the package bash-completion may be; the variable names another place."""

RECORDER = """#!/bin/sh
printf '%s\\0' "$@" >"$CALLS/new.$$" && mv "$CALLS/new.$$" "$CALLS/call.$$"
"""


class Shell:
    """An interactive shell with our completions loaded, in a folder and a home of its own."""

    def __init__(self, kind: str, folder: Path, *before: str) -> None:
        """`before`: words in front of the shell, such as strace and its switches."""
        program = kind.partition("+")[0]
        path = shutil.which(program)
        if path is None:
            pytest.skip(f"no {program} here")
        self.kind = kind
        self.home = folder / "home"
        self.work = folder / "work"
        self.calls = folder / "calls"
        for place in (self.home, self.work, self.calls, folder / "bin"):
            place.mkdir()
        recorder = folder / "bin" / "tokmeter"
        recorder.write_text(RECORDER)
        recorder.chmod(0o755)
        self.names = folder / "own" / "cache" / "names"
        self.names.parent.mkdir(parents=True)
        self.screen = ""
        arguments = getattr(self, f"_{program}")()
        environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "ZDOTDIR": str(self.home),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "CALLS": str(self.calls),
            "TOKMETER_HOME": str(folder / "own"),
            "BASH_COMPLETION_USER_DIR": str(self.home),
        }
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(self.work)
            words = [*before, path, *arguments]
            os.execvpe(words[0], words, environment)  # noqa: S606 - as a terminal starts it
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 60, 200, 0, 0))
        try:
            self.until(PROMPT)
        except AssertionError:
            self.close()
            raise

    def _bash(self) -> list[str]:
        load = f". '{FOLDER / 'tokmeter.bash'}'"
        if self.kind == "bash+package":
            package = next((place for place in BASH_COMPLETION if place and Path(place).is_file()), None)
            if package is None:
                pytest.skip("no bash-completion here")
            own = self.home / "completions"
            own.mkdir()
            shutil.copy(FOLDER / "tokmeter.bash", own / "tokmeter")
            load = f". '{package}'"
        start = self.home / "start.bash"
        start.write_text(
            f"bind 'set bell-style none'\nbind 'set show-all-if-ambiguous on'\n"
            f"bind 'set enable-bracketed-paste off'\n{load}\nPS1='{PROMPT}'\n"
        )
        return ["--noprofile", "--rcfile", str(start), "-i"]

    def _zsh(self) -> list[str]:
        (self.home / ".zshrc").write_text(
            f"fpath=('{FOLDER}' $fpath)\nautoload -Uz compinit\ncompinit -u -D\n"
            f"unsetopt beep prompt_cr prompt_sp\nunset zle_bracketed_paste\nPS1='{PROMPT}'\n"
        )
        return ["-d", "-i"]

    def _fish(self) -> list[str]:
        config = self.home / ".config" / "fish"
        (config / "completions").mkdir(parents=True)
        # Where it is missing, fish begins to read all manual pages in the background.
        (self.home / ".local" / "share" / "fish" / "generated_completions").mkdir(parents=True)
        shutil.copy(FOLDER / "tokmeter.fish", config / "completions")
        (config / "config.fish").write_text(
            f"function fish_prompt; echo -n '{PROMPT}'; end\nset -g fish_greeting\nset -g fish_autosuggestion_enabled 0\n"
        )
        return ["-i"]

    def type(self, keys: str) -> None:
        os.write(self.terminal, keys.encode())

    def until(self, *texts: str) -> str:
        """Wait until the terminal shows all of these; what it showed before the last of them, now forgotten."""
        deadline = time.monotonic() + DEADLINE_S
        while missing := [text for text in texts if text not in self.screen]:
            assert time.monotonic() < deadline, f"{self.kind}: no {missing} in {self.screen!r}"
            self._look(0.1)
        before, _, self.screen = self.screen.partition(texts[-1])
        return before

    def _look(self, seconds: float) -> None:
        """Take what appears on the terminal within a time."""
        if select.select([self.terminal], [], [], seconds)[0]:
            self.screen += os.read(self.terminal, 65_536).decode("utf-8", "replace")

    def entered(self, keys: str) -> list[str]:
        """What tokmeter was called with after typing a line and Enter; TAB has started nothing before."""
        assert [] == self.started()

        self.type(f"{keys}\r")
        deadline = time.monotonic() + DEADLINE_S
        while not self.started():
            self._look(0.005)
            assert time.monotonic() < deadline, f"{self.kind}: {keys!r} called nothing: {self.screen!r}"
        found = self.started()
        for call in self.calls.iterdir():
            call.unlink()
        self.screen = ""
        # A word of its own, that no echo of the line typed contains.
        self.type("echo on''ward\r")
        self.until("onward")
        self.until(PROMPT)

        assert 1 == len(found)
        return found[0]

    def started(self) -> list[list[str]]:
        """The arguments of every tokmeter that was started and not asked about yet."""
        return [call.read_bytes().decode().split("\0")[:-1] for call in sorted(self.calls.glob("call.*"))]

    def close(self) -> None:
        with suppress(OSError):  # behind strace, the shell is another process
            group = os.tcgetpgrp(self.terminal)
            if group > 0:  # 0, where the shell has gone already, would be our own group
                os.killpg(group, signal.SIGKILL)
        os.close(self.terminal)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
