"""Ledgers with measured texts, row by row: what entered which context, and with which request."""

from __future__ import annotations

import json
from fractions import Fraction

from support.sums import Books, at
from tokmeter.core.piece import PIECE_KINDS
from tokmeter.metrics.anatomy import Anatomy, anatomy
from tokmeter.metrics.anatomy_rows import Chosen, RateTexts
from tokmeter.metrics.query import Filter
from tokmeter.metrics.scaling import Scale

START = at("2026-11-16 00:00")
OPUS = "claude-opus-4-8"
ROOM = 100_000


class Texts(Books):
    """Books whose logs were measured. Positions count up by themselves; a request's clock ticks a second."""

    def __init__(self) -> None:
        super().__init__()
        self.positions: dict[int, int] = {}
        self.held: dict[tuple[int, str], int] = {}
        self.begun: set[tuple[int, str]] = set()
        self.clock = START
        self.measured(1)

    def log(self, *, measured: bool = True) -> int:
        """The id of a further log."""
        file = 1 + len(self.connection.execute("SELECT id FROM log_file").fetchall())
        self._fill(
            "log_file", {"id": file, "source": "claude-code", "identity": f"{file}", "path": f"/logs/{file}"}
        )
        if measured:
            self.measured(file)
        return file

    def measured(self, file: int) -> None:
        self._fill("measured", {"file_id": file, "version": 1})

    def position(self, file: int) -> int:
        self.positions[file] = self.positions.get(file, 0) + 1
        return self.positions[file]

    def rate(self, *tiers: tuple[int, int]) -> int:
        """The id of a rate: (above, cache-read price in nano-USD per token) for each tier."""
        rate = 1 + len(self.connection.execute("SELECT id FROM rate").fetchall())
        self._fill("rate", {"id": rate, "sku_id": 1, "unit_prices": json.dumps(tiers)})
        return rate

    def piece(
        self, kind: str, tokens: int = 0, *, file: int = 1, context: str = "", tool: str = "", server: str = "",
        path: str = "",
    ) -> None:  # fmt: skip
        place = (file, context)
        self.held[place] = 0 if kind == "compaction" else self.held.get(place, 0) + tokens
        if kind == "compaction":
            self.begun.discard(place)
        fields: dict[str, int | str | None] = {
            "file_id": file,
            "position": self.position(file),
            "context": context,
            "kind": PIECE_KINDS.index(kind),
            "tool_id": int(self._id("tool", {"name": tool, "server": server})) if tool else None,
            "path_id": int(self._id("file_path", {"path": path})) if path else None,
            "tokens": tokens,
        }
        self._fill("context_piece", fields)

    def request(
        self, tokens: int | None = None, *, file: int = 1, context: str = "", ts: int | None = None, origin: int | None = None,
        model: str = OPUS, rate: int | None = None, cost: int | None = 0, visible: tuple[int, ...] | None = None,
        thinking: int | None = None, **more: int,
    ) -> int:  # fmt: skip
        """A response in its own log, `tokens` of input; its entry's id. `visible`: (own tokens, by o200k, calls).
        `thinking`: tokens by o200k of the thinking that was logged, 0 where there was some and none was.
        Without `tokens` a context's first request has its texts and no system prompt, later ones have room."""
        self.clock += 1000
        if tokens is None:
            place = (file, context)
            tokens = max(1, self.held.get(place, 0)) + ROOM * (place in self.begun)
            self.begun.add(place)
        origin = self.origin() if origin is None else origin
        entry = self.entry(
            self.clock if ts is None else ts, origin, self.sku(model), cost=cost, file_id=file,
            cache_read_input_tokens=tokens, **({} if rate is None else {"rate_id": rate}), **more,
        )  # fmt: skip
        self.output(entry, file=file, context=context, visible=visible, thinking=thinking)
        return entry

    def output(
        self, entry: int, *, file: int = 1, context: str = "", visible: tuple[int, ...] | None = None,
        thinking: int | None = None,
    ) -> None:  # fmt: skip
        """The place of a response in a log; of a copy, where the entry is another log's."""
        own, base, calls = (*(visible or (None, 0)), 0)[:3]
        fields: dict[str, int | str | None] = {
            "file_id": file,
            "position": self.position(file),
            "context": context,
            "entry_id": entry,
            "text_tokens": base,
            "calls": calls,
            "thinking_blocks": int(thinking is not None),
            "thinking_tokens": thinking or 0,
            "final": 1,
            "visible_tokens": own,
        }
        self._fill("visible_output", fields)

    def dissect(
        self,
        where: Filter | None = None,
        session: tuple[str, str] | None = None,
        scales: dict[str, Scale] | None = None,
    ) -> Anatomy:
        return anatomy(self.connection, Chosen(where or Filter(), session), read_prices, scales or {})


def read_prices(rate: RateTexts) -> tuple[tuple[int, Fraction], ...]:
    """Prices as `Texts.rate` writes them."""
    return tuple((above, Fraction(price)) for above, price in json.loads(rate.unit_prices))
