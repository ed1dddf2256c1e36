"""The ledger behind the mock-up of `tokmeter week`: 16 to 21 November 2026 in Europe/Berlin.

All figures are chosen by hand so that their sums are those of the design: $39.82, 56,317,000 tokens,
234 requests, 31 sessions; $36.20 in the same part of the week before.
"""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from support.sums import Books, at

BERLIN = ZoneInfo("Europe/Berlin")
NOW = at("2026-11-21 23:59:59.999", BERLIN)
CENT = 10_000_000
DAYS = ("2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21")


class Use(NamedTuple):
    """A model used through one assistant: cents of each day; thousands of tokens of the whole week
    (uncached, cache read, cache written, output, of which reasoning)."""

    model: str
    source: str
    requests: int
    cents: tuple[int, int, int, int, int, int]
    tokens: tuple[int, int, int, int, int]


# Days: 618 + 707 + 417 + 863 + 893 + 484 = 3982 cents.
# Models: 2808, 715, 389 and 38 + 32 = 70. Assistants: 2808 + 389 + 32 = 3229, 715, 38.
# Tokens: 34257, 10158, 8701 and 1340 + 1861 = 3201 thousand, together 56317.
USES = (
    Use("claude-opus-4-8", "claude-code", 121, (436, 572, 137, 688, 658, 317), (1200, 28300, 3900, 857, 0)),
    Use("gpt-5.5-codex", "codex", 46, (110, 50, 160, 105, 170, 120), (2600, 7150, 0, 408, 286)),
    Use("claude-sonnet-4-6", "claude-code", 39, (62, 70, 100, 60, 57, 40), (434, 6950, 1100, 217, 0)),
    Use("claude-haiku-4-5", "llm", 12, (10, 15, 13, 0, 0, 0), (300, 800, 200, 40, 0)),
    Use("claude-haiku-4-5", "claude-code", 16, (0, 0, 7, 10, 8, 7), (395, 1200, 211, 55, 0)),
)

# Cents of each project: 1860 + 1244 + 410, and 468 of four more; together 3982.
PROJECTS = (
    ("/home/ana/tokmeter", 1860),
    ("/home/ana/infra", 1244),
    ("/home/ana/notes", 410),
    ("/home/ana/blog", 200),
    ("/home/ana/dotfiles", 130),
    ("/home/ana/talks", 90),
    ("/home/ana/shop", 48),
)

# The week before, to the same minute: 2302 + 656 + 405 + 257 = 3620 cents; 3982 is 10% more.
# Changes: 2808/2302 = +22%, 715/656 = +9%, 389/405 = -4%; one model is new, one is gone.
BEFORE = {"claude-opus-4-8": 2302, "gpt-5.5-codex": 656, "claude-sonnet-4-6": 405, "gpt-5.2": 257}


def mock_week() -> Books:
    """The filled ledger. Each run of cents on one day, model and project is one session: 31 of them."""
    books = Books()
    cents_left = dict(PROJECTS)
    for use in USES:
        pieces = []
        for day, cents in zip(DAYS, use.cents, strict=True):
            open_cents = cents
            while open_cents:
                project = next(place for place, left in cents_left.items() if left)
                taken = min(open_cents, cents_left[project])
                cents_left[project] -= taken
                open_cents -= taken
                pieces.append((day, project, taken))
        fill(books, use, pieces)
    old = books.origin(session="old", project="/home/ana/tokmeter")
    for model, cents in BEFORE.items():
        books.entry(at("2026-11-12 10:00", BERLIN), old, books.sku(model), cost=cents * CENT, output_tokens=9)
    # the Sunday of last week lies after "to date", which ends with its Saturday
    books.entry(at("2026-11-15 10:00", BERLIN), old, books.sku(), cost=999 * CENT, output_tokens=9)
    return books


def fill(books: Books, use: Use, pieces: list[tuple[str, str, int]]) -> None:
    """Deal the requests of one use out to its pieces in turn; the last of each takes what does not divide."""
    provider = "openai" if use.source == "codex" else "anthropic"
    totals = [thousand * 1000 for thousand in use.tokens]
    shares = [total // use.requests for total in totals]
    done = 0
    for n, (day, project, cents) in enumerate(pieces):
        count = len(range(n, use.requests, len(pieces)))
        session = f"{use.model[-3:]}-{use.source[:3]}-{n:04d}-0000-0000".replace(".", "")
        origin = books.origin(use.source, session, project=project)
        for k in range(count):
            done += 1
            last = done == use.requests
            counts = [t - s * (use.requests - 1) if last else s for t, s in zip(totals, shares, strict=True)]
            books.entry(
                at(f"{day} {9 + k % 10:02d}:{k:02d}", BERLIN),
                origin,
                books.sku(use.model, provider),
                cost=(cents * CENT) // count + ((cents * CENT) % count if k == count - 1 else 0),
                uncached_input_tokens=counts[0],
                cache_read_input_tokens=counts[1],
                cache_creation_5m_input_tokens=counts[2],
                output_tokens=counts[3],
                reasoning_output_tokens=counts[4],
                count_basis=3 if use.source == "llm" else 0,
            )
