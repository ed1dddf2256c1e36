"""Which lines of the stored statements tell of a provider's day, and which days a statement covers.

Days are UTC days, by their number since 1970, because that is how providers cut them. Several exports tell
the same story, so of each kind (tokens, money) one is taken: the first by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from tokmeter.core.call import DIMENSIONS, finest_view
from tokmeter.metrics.causes import Tokens
from tokmeter.metrics.query import Connection

DAY_MS = 86_400_000
BILLED, ESTIMATED, LIST = range(3)
"""The kinds of an amount, as core/call.py numbers them; a test holds them equal."""

_SEARCH = re.compile(r"web.?search", re.IGNORECASE)
_NO_TOKENS = re.compile(
    r"web.?search|code.?(?:execution|interpreter)|file.?search|storage|session|container|training|vector",
    re.IGNORECASE,
)
"""What providers sell besides tokens, as their cost lines call it."""


class Line(NamedTuple):
    """One line of a statement. `model` is '' where the line names none."""

    provider: str
    format: str
    model: str
    model_raw: str
    start_ms: int
    end_ms: int
    tokens: Tokens
    web_searches: int
    amount: int | None
    amount_kind: int | None
    currency: str
    kind: str
    service_tier: str
    speed: str
    inference_geo: str
    context_window: str
    file_id: int
    project: str
    api_key: str
    user: str

    @property
    def day(self) -> int:
        """The UTC day in which it begins."""
        return self.start_ms // DAY_MS

    @property
    def is_usage(self) -> bool:
        """Whether it tells of use: tokens, or searches."""
        return any(self.tokens) or self.web_searches > 0

    @property
    def is_bill(self) -> bool:
        """Whether it is charged money in USD; `list` prices stand beside a charge."""
        return self.amount is not None and self.amount_kind in (BILLED, LIST) and self.currency == "USD"

    @property
    def is_search(self) -> bool:
        """Whether it is the price of searches."""
        return _SEARCH.search(self.kind) is not None

    @property
    def is_apart(self) -> bool:
        """Whether it is the price of something besides tokens, of no model."""
        return not self.model and _NO_TOKENS.search(self.kind) is not None

    @property
    def is_too_long(self) -> bool:
        """Whether it covers more than a day, so that no day can be held against it."""
        return self.end_ms - self.start_ms > DAY_MS


_LINES = """
SELECT provider, format, model, model_raw, start_ms, end_ms, uncached_input_tokens, cache_read_input_tokens,
    cache_creation_5m_input_tokens, cache_creation_1h_input_tokens, output_tokens, web_searches, amount_nano,
    amount_kind, currency, kind, service_tier, speed, inference_geo, context_window, file_id, project,
    api_key, user
FROM statement WHERE start_ms < ? AND end_ms > ? ORDER BY provider, start_ms, format, key
"""


def lines(connection: Connection, start_ms: int, end_ms: int) -> list[Line]:
    """All lines that begin in a period or reach into it."""
    found = []
    for row in connection.execute(_LINES, (end_ms, start_ms)):
        model = "" if row[2] == "unknown" else row[2]
        found.append(Line._make((row[0], row[1], model, *row[3:6], row[6:11], *row[11:])))
    return found


def span(connection: Connection) -> tuple[int, int] | None:
    """From when to when there are any lines at all."""
    row = connection.execute("SELECT min(start_ms), max(end_ms) FROM statement").fetchone()
    return None if row[0] is None else (row[0], row[1])


_USED = """uncached_input_tokens + cache_read_input_tokens + cache_creation_5m_input_tokens
    + cache_creation_1h_input_tokens + output_tokens + web_searches > 0"""
_CHARGED = f"amount_nano IS NOT NULL AND amount_kind IN ({BILLED}, {LIST}) AND currency = 'USD'"
_COVERED = f"""
SELECT provider, {{is_bill}}, min(start_ms / {DAY_MS}), max(start_ms / {DAY_MS}), file_id FROM statement
WHERE {{holds}} AND end_ms - start_ms <= {DAY_MS} GROUP BY provider, file_id"""


def files_at(connection: Connection, path: str) -> list[int]:
    """The ids of an imported file, or of the members of an archive."""
    sql = """SELECT id FROM log_file
        WHERE source = 'history' AND (path = ?1 OR substr(path, 1, length(?1) + 1) = ?1 || ':')"""
    return [row[0] for row in connection.execute(sql, (path,))]


def has_lines(connection: Connection, files: Sequence[int]) -> bool:
    """Whether any line was read from these files."""
    marks = ", ".join("?" * len(files))
    sql = f"SELECT 1 FROM statement WHERE file_id IN ({marks}) LIMIT 1"
    return connection.execute(sql, tuple(files)).fetchone() is not None


class Coverage:
    """The days that exports cover: from the first to the last line of each, whatever lies between."""

    def __init__(self, connection: Connection, files: Sequence[int] = ()) -> None:
        """`files`: only these count as covering a day."""
        roles = [_COVERED.format(is_bill=0, holds=_USED), _COVERED.format(is_bill=1, holds=_CHARGED)]
        found = connection.execute(" UNION ALL ".join(roles)).fetchall()
        self._spans = [row[:4] for row in found if not files or row[4] in files]

    def days(self, provider: str, within: range, *, bills: bool | None = None) -> set[int]:
        """The days of a provider that usage or bills (None: either) cover."""
        return {
            day
            for name, is_bill, first, last in self._spans
            if name == provider and bills in (None, bool(is_bill))
            for day in range(max(first, within.start), min(last + 1, within.stop))
        }

    @property
    def providers(self) -> list[str]:
        """Who sent a statement."""
        return sorted({row[0] for row in self._spans})


def usage_of(day: Sequence[Line], files: Sequence[int] = ()) -> list[Line]:
    """The lines of one provider's day that tell its tokens, of one export."""
    return _of_one([line for line in day if line.is_usage], files)


def bill_of(day: Sequence[Line], files: Sequence[int] = ()) -> list[Line]:
    """The lines of one provider's day that tell its money, of one export."""
    return _of_one([line for line in day if line.is_bill], files)


def _of_one(day: Sequence[Line], files: Sequence[int]) -> list[Line]:
    """Those of the first format by name, of its widest buckets; a gateway's own sums come last.

    `files` go before all others: what somebody asks to reconcile is not replaced by what is stored.
    """

    def rank(line: Line) -> tuple[bool, bool, str]:
        return (bool(files) and line.file_id not in files, line.amount_kind == ESTIMATED, line.format)

    usable = [line for line in day if not line.is_too_long]
    best = min(map(rank, usable), default=None)
    chosen = [line for line in usable if rank(line) == best]
    widths: dict[str, int] = {}
    for line in chosen:
        widths[line.kind] = max(widths.get(line.kind, 0), line.end_ms - line.start_ms)
    return finest_view(
        [line for line in chosen if line.end_ms - line.start_ms == widths[line.kind]],
        lambda line: (line.file_id, line.model, [name for name in DIMENSIONS if getattr(line, name)]),
    )
