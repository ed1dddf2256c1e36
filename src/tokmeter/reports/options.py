"""What a report needs to know besides the ledger: habits and facts that the command line hands over."""

from __future__ import annotations

from typing import NamedTuple


class Options(NamedTuple):
    """Values, no places: where they come from is the command line's business.

    `budget_nanousd` is the budget of the report's own period. `look_back` is on when the user moved the
    clock: what happened after it is then left out, and counted in a note. `details` adds what costs more
    questions: busiest hour, priciest session. `prices_version` names the price data in use. `home` is the
    user's home folder, for which pages write `~`.
    """

    last_sync_ms: int | None = None
    budget_nanousd: int | None = None
    week_start: int = 0
    look_back: bool = False
    details: bool = False
    prices_version: str = ""
    home: str = ""


DEFAULTS = Options()
