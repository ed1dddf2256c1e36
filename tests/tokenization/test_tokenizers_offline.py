"""Counting needs nothing but what was installed: no network, no home, no cache, no variable."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
# "hello world" is two tokens in both of OpenAI's tables: `hello` and ` world`.
COUNT = """
from tokmeter.tokenization.tokenizers import load
print(*(load(name).count("hello world") for name in ("o200k_base", "o200k_harmony", "cl100k_base")))
"""
NO_SOCKETS = """
import socket
def forbidden(*_args, **_kwargs):
    raise AssertionError("a socket was used")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = forbidden
"""


def bare(home: Path, **variables: str) -> dict[str, str]:
    """An environment with an empty home; no variable tells tiktoken of a cache."""
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(SOURCE),
        "TMPDIR": str(home),
    } | variables


def test_counting_works_without_a_network(tmp_path: Path) -> None:
    """In a network namespace of its own, which holds no interface that is up."""
    command = [sys.executable, "-c", COUNT]
    try:
        able = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare on this machine")
    if able.returncode:
        pytest.skip(f"no network namespace of one's own: {able.stderr.decode().strip()}")
    done = subprocess.run(
        ["unshare", "-rn", *command], env=bare(tmp_path), capture_output=True, check=False, text=True
    )

    assert ("2 2 2\n", "") == (done.stdout, done.stderr)
    assert [] == list(tmp_path.iterdir())


def test_counting_opens_no_socket_and_writes_no_file(tmp_path: Path) -> None:
    guard, home = tmp_path / "guard", tmp_path / "home"
    guard.mkdir()
    home.mkdir()
    (guard / "sitecustomize.py").write_text(NO_SOCKETS)
    environment = bare(home, PYTHONPATH=f"{guard}{os.pathsep}{SOURCE}")
    done = subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, capture_output=True, check=False, text=True
    )

    assert ("2 2 2\n", "") == (done.stdout, done.stderr)
    assert [] == list(home.iterdir())


def test_tiktokens_own_loading_would_need_the_network(tmp_path: Path) -> None:
    """So that the test above shows something."""
    (tmp_path / "sitecustomize.py").write_text(NO_SOCKETS)
    environment = bare(tmp_path, PYTHONPATH=str(tmp_path))
    code = "import tiktoken; tiktoken.get_encoding('o200k_base')"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False, text=True
    )

    assert "a socket was used" in done.stderr


@pytest.mark.parametrize("module", ["models", "tokenizers"])
def test_asking_how_a_model_is_counted_loads_no_tokenizer(module: str, tmp_path: Path) -> None:
    code = f"""
import sys
from tokmeter.tokenization import {module}
from tokmeter.tokenization.models import choose
for model in ("gpt-5", "claude-opus-4-8", "llama-3.1-8b", "gemma-3", "nobody-knows"):
    choose(model)
print(*({{"tiktoken", "tokenizers", "ctok", "splintr", "regex", "requests"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=bare(tmp_path), capture_output=True, check=False, text=True
    )

    assert ("\n", "") == (done.stdout, done.stderr)
