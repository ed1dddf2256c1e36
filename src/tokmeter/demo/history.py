"""Writes two invented weeks of logs of both assistants, in their real formats.

Everything is made up here; nothing comes from a real session. The history holds what makes counting hard:
stream snapshots, a forked session, subagents, repeated running totals, a model without a published price.
Its texts are words drawn at random, as many as the counts beside them tell.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tokmeter.demo._claude import ClaudeSession
from tokmeter.demo._codex import CodexThread

DAYS = 14
_DAY = timedelta(days=1)
_PROJECTS = ("/home/you/shop", "/home/you/shop", "/home/you/infra", "/home/you/notes")
_CLAUDE_MODELS = ("claude-opus-4-8", "claude-opus-4-8", "claude-sonnet-4-6")
_CODEX_MODELS = ("gpt-5.3-codex", "gpt-5.3-codex", "gpt-5.1-codex-mini")
_UNPRICED_MODEL = "lantern-coder-30b"
_AGENT_MODEL = "claude-haiku-4-5-20251001"


def write_history(folder: Path, now_ms: int) -> None:
    """Make `folder` a home with logs of the two weeks up to `now_ms`; deterministic for that instant.

    Past days are the same for every instant of one UTC day; today's work ends just before the instant.
    """
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for age in range(DAYS - 1, -1, -1):
        day = today - age * _DAY
        random = Random(f"tokmeter demo {day:%Y-%m-%d}")  # noqa: S311 - invented figures, no secrets
        quiet = day.weekday() >= 5 and age > 0
        for number in range(1 if quiet else 2):
            _claude_session(folder, _start(random, day, now, number), random, number)
        if not quiet:
            _codex_thread(folder, _start(random, day, now, 2), random, age)


def _start(random: Random, day: datetime, now: datetime, number: int) -> datetime:
    """When a session begins: in working hours of its day, or so that it has ended by `now`."""
    planned = day + timedelta(hours=8 + 3 * number, minutes=random.randrange(120))
    return min(planned, now - timedelta(minutes=50 - 10 * number))


def _claude_session(folder: Path, start: datetime, random: Random, number: int) -> None:
    """One conversation with Claude Code; every other one starts a subagent, some are forked."""
    session = ClaudeSession(folder, start, random, random.choice(_PROJECTS), random.choice(_CLAUDE_MODELS))
    session.work(random.randint(3, 5))
    if number == 0:
        session.subagent(_AGENT_MODEL, random.randint(1, 3))
        session.work(2)
    if number == 1 and start.weekday() in {1, 3}:
        session.fork(2)
    session.close()


def _codex_thread(folder: Path, start: datetime, random: Random, age: int) -> None:
    """One Codex thread; once in the two weeks a fork of it, and once a model nobody sells."""
    model = _UNPRICED_MODEL if age in {1, 9} else random.choice(_CODEX_MODELS)
    thread = CodexThread(folder, start, random, random.choice(_PROJECTS), model)
    thread.work(random.randint(3, 5))
    thread.close()
    if start.weekday() == 2:
        fork = thread.fork()
        fork.work(2)
        fork.close()
