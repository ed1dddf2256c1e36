"""`python -m bench make|run|prompt|git|histories|record|tokenize|claude|texts`: see docs/benchmarks.md."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench import claude_counts, fast, git_hook, shells, texts, tokenize
from bench.histories import run_histories, run_record
from bench.make_home import make_home
from bench.run import run


def main() -> int:
    """Entry of `python -m bench`."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    make = commands.add_parser("make", help="write a home of invented logs")
    make.add_argument("--out", type=Path, required=True)
    make.add_argument("--size", default="1G", help="bytes of logs, such as 20M or 1G")
    make.add_argument("--seed", type=int, default=1)
    measure = commands.add_parser("run", help="measure tokmeter on a home (it is appended to)")
    measure.add_argument("--home", type=Path, required=True)
    measure.add_argument("--rounds", type=int, default=5)
    measure.add_argument("--ccusage", help="the ccusage program to compare with, if at hand")
    calls = commands.add_parser("histories", help="measure importing against reading Claude Code's logs")
    calls.add_argument("--size", default="1G", help="bytes of each, such as 20M or 1G")
    calls.add_argument("--rounds", type=int, default=3)
    record = commands.add_parser("record", help="measure one call of the recorder")
    record.add_argument("--count", type=int, default=20_000)
    prompt = commands.add_parser("prompt", help="measure what prompts and hooks add (docs/benchmarks.md)")
    prompt.add_argument("--rounds", type=int, default=40)
    hooks = commands.add_parser("git", help="measure the git hooks over a home (it is appended to)")
    hooks.add_argument("--home", type=Path, required=True)
    hooks.add_argument("--rounds", type=int, default=40)
    tokens = commands.add_parser("tokenize", help="measure counting tokens against tiktoken itself")
    tokens.add_argument("--rounds", type=int, default=15)
    claude = commands.add_parser("claude", help="measure counting Claude's tokens against ctok itself")
    claude.add_argument("--logs", type=Path, required=True, help="a folder of Claude Code's logs")
    anatomy = commands.add_parser("texts", help="measure counting the texts of a home's logs")
    anatomy.add_argument("--home", type=Path, required=True)
    anatomy.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.command == "make":
        files = make_home(arguments.out, _bytes(arguments.size), arguments.seed, datetime.now(UTC))
        print(f"{files} files in {arguments.out}")
        return 0
    commands_of = {
        "histories": lambda: run_histories(_bytes(arguments.size), arguments.rounds),
        "record": lambda: run_record(arguments.count),
        "tokenize": lambda: tokenize.run(arguments.rounds),
        "claude": lambda: claude_counts.run(arguments.logs),
        "texts": lambda: texts.run(arguments.home, arguments.rounds),
        "git": lambda: git_hook.run(arguments.home.absolute(), arguments.rounds),
        "prompt": lambda: fast.run(arguments.rounds) or shells.run(max(3, arguments.rounds // 8)),
        "run": lambda: run(arguments.home, arguments.rounds, arguments.ccusage),
    }
    return commands_of[arguments.command]()


def _bytes(text: str) -> int:
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    return int(float(text[:-1]) * units[text[-1].upper()]) if text[-1].upper() in units else int(text)


if __name__ == "__main__":
    sys.exit(main())
