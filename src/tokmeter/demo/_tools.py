"""The invented projects' files, and calls of tools with what they cost to write.

Claude's calls are markup of fixed size around their parameters (docs/reference/tokenizers.md); Codex counts
a tool's name and its arguments. Tests compare the figures here with the tokenizers.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from tokmeter.demo._words import V3, V4_8, code

Cost = tuple[int, int]
"""Tokens by V3 and V4_8."""

FILES: dict[str, tuple[tuple[str, Cost], ...]] = {
    "/home/you/shop": (
        ("src/cart.py", (12, 14)),
        ("src/prices.py", (12, 14)),
        ("src/checkout.py", (12, 15)),
        ("src/tax.py", (12, 14)),
        ("tests/test_cart.py", (14, 17)),
        ("README.md", (10, 11)),
    ),
    "/home/you/infra": (
        ("deploy/web.tf", (13, 16)),
        ("deploy/queue.tf", (13, 17)),
        ("scripts/backup.sh", (13, 17)),
        ("scripts/restore.sh", (13, 17)),
        ("Makefile", (11, 12)),
        ("README.md", (11, 11)),
    ),
    "/home/you/notes": (
        ("src/parser.py", (12, 14)),
        ("src/links.py", (12, 13)),
        ("src/search.py", (12, 13)),
        ("tests/test_links.py", (14, 16)),
        ("index.txt", (10, 12)),
        ("README.md", (10, 11)),
    ),
}
"""Each project's files, with the cost of their absolute paths."""
TABLES = {
    "/home/you/shop": ("tests/fixtures/orders.csv", "tests/fixtures/prices.csv"),
    "/home/you/infra": ("reports/latency.csv", "reports/usage.csv"),
    "/home/you/notes": ("archive/2025.csv", "archive/2024.csv"),
}

# What a call costs without its path and without filler in it.
_READ: Cost = (53, 48)
_EDIT: Cost = (89, 95)
_SCRIPT: Cost = (62, 58)
_COMMANDS: tuple[tuple[str, Cost], ...] = (
    ("pytest -q", (55, 52)),
    ("git diff --stat", (56, 53)),
    ("make test", (54, 49)),
    ("git log --oneline -5", (59, 55)),
    ("ruff check .", (56, 52)),
)
_PATTERNS: tuple[tuple[str, Cost], ...] = (("TODO", (69, 72)), ("def total", (70, 71)), ("retry", (69, 71)))
_QUERIES: tuple[tuple[str, Cost], ...] = (
    ("open and not assigned", (60, 58)),
    ("timeout in checkout", (59, 59)),
    ("label:bug cart", (60, 58)),
)
ISSUES = "mcp__issues__search"
ENDING: Cost = (3, 2)
"""What a response without calls has beside its text."""

CODEX_COMMANDS = (
    ("pytest -q", 9),
    ("git diff --stat", 10),
    ("rg TODO", 8),
    ("make test", 8),
    ("rg -n retry", 10),
)
CODEX_QUERIES = (("open and not assigned", 14), ("timeout in checkout", 13), ("label:bug cart", 14))
CODEX_READS = {
    "/home/you/shop": (("src/cart.py", 10), ("src/prices.py", 11), ("src/checkout.py", 11), ("README.md", 9)),
    "/home/you/infra": (("deploy/web.tf", 10), ("scripts/backup.sh", 11), ("Makefile", 9), ("README.md", 9)),
    "/home/you/notes": (("src/parser.py", 10), ("src/links.py", 11), ("src/search.py", 10), ("index.txt", 9)),
}
"""Files that a command `cat` reads. Tokens of o200k for the tool's name and the arguments."""


class Call(NamedTuple):
    """A call of Claude's, and how many of the response's tokens are left for its text."""

    name: str
    arguments: dict[str, object]
    text_tokens: int


def claude_call(random: Random, name: str, project: str, which: int, tokens: int) -> Call:
    """A call of one of the four tools of a response of `tokens`; some searches ask the issue tracker."""
    family = {V3: 0, V4_8: 1}[which]
    path, path_cost = random.choice(FILES[project])
    path = f"{project}/{path}"
    if name == "Read":
        return Call(name, {"file_path": path}, tokens - _READ[family] - path_cost[family])
    if name == "Edit":
        room = tokens - _EDIT[family] - path_cost[family]
        old = max(1, room // 3)
        new = max(1, room // 2)
        return Call(
            name,
            {
                "file_path": path,
                "old_string": code().text(random, old, which),
                "new_string": code().text(random, new, which),
            },
            room - old - new,
        )
    if name == "Bash":
        return _bash(random, which, family, tokens)
    if random.random() < 0.5:
        query, cost = random.choice(_QUERIES)
        return Call(ISSUES, {"query": query}, tokens - cost[family])
    pattern, cost = random.choice(_PATTERNS)
    arguments: dict[str, object] = {"pattern": pattern, "path": path}
    return Call(name, arguments, tokens - cost[family] - path_cost[family])


def _bash(random: Random, which: int, family: int, tokens: int) -> Call:
    """A short command, or a script where there is much to write."""
    if tokens < 400:
        command, cost = random.choice(_COMMANDS)
        return Call("Bash", {"command": command}, tokens - cost[family])
    size = tokens * 2 // 3 - _SCRIPT[family]
    command = f"python - <<'END'\n{code().text(random, size, which)}\nEND"
    return Call("Bash", {"command": command}, tokens - size - _SCRIPT[family])
