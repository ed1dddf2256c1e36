"""Examples of each command, for its help: what to type, and what that shows."""

from __future__ import annotations

Example = tuple[str, str]

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "week": (
        ("tokmeter week", "this week"),
        ("tokmeter week last week", "also 2026-W47, 2026-11, 7d, all"),
        ("tokmeter week --project shop --model 'claude-*'", "a part of it"),
        ("tokmeter week --json", "for a script"),
    ),
    "day": (
        ("tokmeter day", "today, hour by hour"),
        ("tokmeter day yesterday", "also 2026-11-20"),
    ),
    "month": (("tokmeter month", "this month"), ("tokmeter month 2026-10", "also: last month")),
    "year": (("tokmeter year", "this year, month by month"), ("tokmeter year all", "everything there is")),
    "models": (
        ("tokmeter models", "of this week"),
        ("tokmeter models 30d --wide", "with every kind of token"),
    ),
    "projects": (
        ("tokmeter projects", "of this week"),
        ("tokmeter projects last month", "of another period"),
    ),
    "sessions": (("tokmeter sessions today", "what ran today"), ("tokmeter sessions --project shop all", "")),
    "session": (("tokmeter session 7f3a", "the beginning of an id, as tokmeter sessions lists it"),),
    "sources": (("tokmeter sources", "whose logs, from where, how many"),),
    "explain": (
        ("tokmeter explain claude-opus-4-8", "a model: its sums, its prices, its costliest requests"),
        ("tokmeter explain yesterday", "the same for a period"),
        ("tokmeter explain unpriced last week", "what had no price, and how to give it one"),
        ("tokmeter explain a.jsonl:120", "what was counted from this line, and at which price"),
    ),
    "export": (
        ("tokmeter export > all.jsonl", "everything, one JSON object a line"),
        ("tokmeter export --format csv --since 2026-11-01 -o november.csv", "for a spreadsheet"),
    ),
    "sync": (
        ("tokmeter sync", "reports do this by themselves"),
        ("tokmeter sync --verify", "trust no file's date"),
    ),
    "reprice": (
        ("tokmeter reprice --dry-run", "what would change"),
        ("tokmeter reprice --since 2026-11-01", "only what is newer"),
    ),
    "prices show": (
        ("tokmeter prices show claude-opus-4-8", "today's prices"),
        ("tokmeter prices show openai/gpt-5 --at 2026-03-01", "of a provider, on a day"),
    ),
    "paths": (("tokmeter paths", "our files, and the places of the logs"),),
    "doctor": (
        ("tokmeter doctor", "is everything in order?"),
        ("tokmeter doctor -v", "every fault with file and line"),
    ),
}


def lines(name: str) -> list[str]:
    """The examples of a command as aligned lines."""
    examples = EXAMPLES.get(name, ())
    width = max((len(line) for line, _ in examples), default=0)
    return [f"  {line:<{width}}  {meaning}".rstrip() for line, meaning in examples]
