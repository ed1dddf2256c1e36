"""What the tests of `tokmeter count` share."""

from __future__ import annotations

import json
import subprocess

from cli_run import Result, Tokmeter

HELLO = "hello world"
"""Two tokens of o200k_base: `hello` and ` world`."""


def with_input(run: Tokmeter, text: bytes, *arguments: str) -> Result:
    done = subprocess.run(
        run.command("count", *arguments), env=run.environment(), input=text,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def data(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.out)["data"]
    return found


def rows(result: Result) -> list[dict[str, str]]:
    """The rows of `--plain`."""
    head, *lines = (line.split("\t") for line in result.out.splitlines())
    return [dict(zip(head, line, strict=True)) for line in lines]


def said(result: Result) -> str:
    return " ".join(result.out.split())
