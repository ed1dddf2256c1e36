"""Interactive shells in a pseudo-terminal, driven as a person does: typing lines, reading the screen."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tokmeter.integrations.shell import snippet

SOURCE = Path(__file__).resolve().parents[2] / "src"
SHELLS = ("bash", "zsh", "fish")
READY = "ready> "
"""What the left prompt of the tests ends with."""

DRAWN = re.compile(r"ready> [^\n]*?<end")
"""A whole prompt: zsh and fish draw the right one last."""

DEADLINE = 30.0
_ESCAPES = re.compile(r"\x1b(\[[0-9;?>=]*[a-zA-Z]|\][^\x07\x1b]*(\x07|\x1b\\)|\([A-Z0-9]|[=>])")
_RC = {
    "bash": "PS1='[$?]ready> <end'\nHISTFILE=\nunset PROMPT_COMMAND\n",
    "zsh": "PS1='[%?]ready> '\nRPROMPT='<end'\nunsetopt prompt_sp\n",
    "fish": "function fish_greeting; end\nfunction fish_title; end\n"
    "function fish_prompt; printf '[%s]ready> ' $status; end\n"
    "function fish_right_prompt; printf '<end'; end\n",
}


def need(*programs: str) -> None:
    """Skip the test where one of them is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")


class Place:
    """A state folder, and a fake tokmeter that writes down how it was started and leaves the lock alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state of 'ana' $HOME `x`"
        self.state.mkdir(mode=0o700)
        self.starts = folder / "starts"
        self.fake = folder / "fake tokmeter"
        self.fake.write_text(f'#!/bin/sh\necho "$@" >>"{self.starts}"\n')
        self.fake.chmod(0o755)

    @property
    def lock(self) -> Path:
        return self.state / "sync.lock"

    def line(
        self,
        text: str = "$4.84 today · 66% wk",
        *,
        age: int = 0,
        refresh: int = 3000,
        stale: int = 3600,
        color: str = "plain",
    ) -> None:
        """Write the prepared line as of `age` seconds ago. Bytes as they are: also what no sync would write."""
        taken = int(time.time()) - age
        lines = [
            text,
            str(taken),
            str(taken + refresh),
            str(taken + stale),
            color,
            "4.84/66%",
            "today_cost=x",
        ]
        path = self.state / "prompt"
        path.write_bytes("\n".join([*lines, ""]).encode("utf-8", "surrogateescape"))
        os.utime(path, (taken, taken))

    def snippet(self, shell: str, **how: bool) -> str:
        return snippet(shell, str(self.state), [str(self.fake)], **how)

    def started(self) -> list[str]:
        """The arguments of every start so far."""
        return self.starts.read_text().splitlines() if self.starts.exists() else []

    def wait_for_starts(self, count: int) -> list[str]:
        """The starts, once there are `count` of them and one too many had time to be seen."""
        deadline = time.monotonic() + DEADLINE
        while len(self.started()) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.1)
        return self.started()


class Shell:
    """One interactive shell with its own start-up file; use it as a context manager."""

    def __init__(
        self,
        name: str,
        folder: Path,
        rc: str,
        env: Mapping[str, str] | None = None,
        before: tuple[str, ...] = (),
    ) -> None:
        """`rc` is appended to a start-up file that sets a plain prompt; `before`: a program that starts it."""
        need(name)
        self.name = name
        home = folder / f"home-{name}"
        (home / "fish").mkdir(parents=True, exist_ok=True)
        # Without this folder, fish starts programs of its own that read all manual pages.
        (home / "data" / "fish" / "generated_completions").mkdir(parents=True, exist_ok=True)
        file = {"bash": home / "bashrc", "zsh": home / ".zshrc", "fish": home / "fish" / "config.fish"}[name]
        file.write_text(_RC[name] + rc + "\n")
        command = {
            "bash": ["bash", "--noprofile", "--rcfile", str(file), "-i"],
            "zsh": ["zsh", "-d", "-i"],
            "fish": ["fish", "-i"],
        }[name]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "ZDOTDIR": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": str(SOURCE),
            **(env or {}),
        }
        self._raw = ""
        self._seen = 0
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            words = [*before, *command]
            os.execvpe(words[0], words, environment)  # noqa: S606 - the shell, in a terminal of its own

    def __enter__(self) -> Self:
        self.prompts(1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # behind strace, the shell is another process
            group = os.tcgetpgrp(self._terminal)
            if group > 0:  # 0, where the shell has gone already, would be our own group
                os.killpg(group, signal.SIGKILL)
        os.close(self._terminal)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def prompts(self, count: int) -> str:
        """What appeared until `count` prompts were drawn, and everything that came with the last one."""
        deadline = time.monotonic() + DEADLINE
        while len(DRAWN.findall(self._text())) < count:
            if time.monotonic() > deadline:
                pytest.fail(f"{self.name}: no prompt came; the screen: {self._raw[-2000:]!r}")
            self._read(0.1)
        while self._read(0):
            continue
        found = self._text()
        self._seen = len(self._raw)
        return found

    def shows(self, text: str) -> bool:
        """Whether `text` appears, for prompts whose end can't be told."""
        deadline = time.monotonic() + DEADLINE
        while text not in self._text() and time.monotonic() < deadline:
            self._read(0.1)
        return text in self._text()

    def type(self, line: str) -> str:
        """Type a line; what appeared from then on until the next prompt was there."""
        self.raw(line + "\r")
        return self.prompts(1)

    def raw(self, keys: str) -> None:
        """Press keys, and wait for nothing."""
        os.write(self._terminal, keys.encode())

    def leave(self) -> str:
        """Type `exit`; what appeared until the shell was gone."""
        self.raw("exit\r")
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            try:
                self._read(0.1)
            except EOFError:
                break
        else:
            pytest.fail(f"{self.name} did not end; the screen: {self._raw[-2000:]!r}")
        return self._text()

    def _text(self) -> str:
        return _ESCAPES.sub("", self._raw[self._seen :])

    @property
    def last_raw(self) -> str:
        """Everything that ever came, escape sequences included."""
        return self._raw

    def _read(self, wait: float) -> bool:
        """Take what the terminal brings within `wait` seconds; whether there was anything."""
        if not select.select([self._terminal], [], [], wait)[0]:
            return False
        try:
            data = os.read(self._terminal, 65_536)
        except OSError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        if b"\x1b[c" in data or b"\x1b[0c" in data:  # some shells ask what the terminal is
            os.write(self._terminal, b"\x1b[?62;c")
        self._raw += data.decode("utf-8", "replace")
        return True


def tokmeter(*arguments: str) -> list[str]:
    """The command line of this very tokmeter."""
    return [sys.executable, "-m", "tokmeter", *arguments]
