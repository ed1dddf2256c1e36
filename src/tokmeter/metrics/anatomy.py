"""Where the context went: what was sent of each kind of text, tool, MCP server and file, and how often.

The rules stand in docs/reference/anatomy.md, their arithmetic in `anatomy_sends`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.core.piece import PIECE_KINDS
from tokmeter.metrics import anatomy_rows
from tokmeter.metrics.anatomy_rows import Chosen, OutputRow, RateTexts
from tokmeter.metrics.anatomy_sends import (
    COST,
    HIDDEN,
    MICRO,
    Key,
    Sent,
    Stream,
    Tally,
    Walked,
    keeps_thinking,
)
from tokmeter.metrics.query import Connection
from tokmeter.metrics.scaling import UNSCALED, Scale, scales
from tokmeter.metrics.totals import Sums, by_cost, collect, sum_all, sums_of

if TYPE_CHECKING:
    from fractions import Fraction

SYSTEM = "system"
"""The kind of what no log holds: system prompt and tool definitions, as far as they can be told."""
HIDDEN_THINKING = "hidden_thinking"
"""The kind of thinking whose text no log holds, as far as its size is known."""
FILE_READ = PIECE_KINDS.index("file_read")

ReadPrices = Callable[[RateTexts], "tuple[tuple[int, Fraction], ...]"]
"""The cache-read prices of a rate, in nano-USD per token: (above so many tokens of input, price), ascending
from 0; empty where there is none. Prices live in a layer that metrics do not know."""


class Part(NamedTuple):
    """What was sent of one kind of text, tool, server or file. Tokens are the model's own.

    `pieces` and `entered_tokens`: sent for the first time; `resends` and `resent_tokens`: sent again;
    `cost_nanousd`: the latter at the price of a cache read; `unpriced_tokens` of them have no price.
    """

    name: str
    pieces: int
    entered_tokens: int
    resends: int
    resent_tokens: int
    cost_nanousd: int
    unpriced_tokens: int
    sent_tokens: int
    server: str = ""
    reads: int = 0

    @property
    def sends(self) -> int:
        """How often a piece was sent, the first time included."""
        return self.pieces + self.resends

    @property
    def resend_cost_nanousd(self) -> int | None:
        """The cost of the re-sends; None when none of them has a price."""
        return (
            None if self.unpriced_tokens and self.unpriced_tokens >= self.resent_tokens else self.cost_nanousd
        )


class Anatomy(NamedTuple):
    """The answers. `covered` are the requests that the parts tell of, of `asked` that were asked for.

    `unmeasured` of the others stand in logs that nobody measured. `input_tokens` is the covered requests'
    input as logged, `unexplained_tokens` what of it is not in the parts, `excess_tokens` what the texts would
    have come to beyond it, request by request.
    """

    total: Part
    kinds: list[Part]
    tools: list[Part]
    servers: list[Part]
    paths: list[Part]
    scales: dict[str, Scale]
    asked: int
    unmeasured: int
    covered: int
    unpriced_requests: int
    input_tokens: int
    list_cost_nanousd: int
    unexplained_tokens: int
    excess_tokens: int
    sums: Sums
    by_model: dict[str, Sums]
    requests_by_model: dict[str, int]


def anatomy(
    connection: Connection, chosen: Chosen, read_prices: ReadPrices, given: Mapping[str, Scale]
) -> Anatomy:
    """Dissect what was sent with the requests asked for. `given`: factors, for want of measured ones."""
    found = scales(anatomy_rows.models(connection), anatomy_rows.visible(connection), given)
    reader = _Reader(found, _Prices(anatomy_rows.rates(connection), read_prices))
    walked = walk(
        reader.read(anatomy_rows.outputs(connection, chosen)), anatomy_rows.pieces(connection, chosen)
    )
    asked, unmeasured = anatomy_rows.coverage(connection, chosen)
    cells = anatomy_rows.chosen_cells(connection, chosen)
    by_model = by_cost(collect((cell.model, sums_of(cell)) for cell in cells))
    tools = anatomy_rows.tools(connection)
    return Anatomy(
        _part("", _sum([*walked.tallies.values(), walked.system])),
        _kinds(walked),
        _tools(walked.tallies, tools),
        _servers(walked.tallies, tools),
        _paths(connection, walked.tallies),
        {model: found.get(model, UNSCALED) for model in reader.requests},
        asked,
        unmeasured,
        walked.requests,
        walked.unpriced_requests,
        walked.input_tokens,
        reader.list_cost_nanousd,
        _rounded(walked.left, MICRO),
        _rounded(walked.excess, MICRO),
        sum_all(by_model.values()),
        by_model,
        dict(sorted(reader.requests.items(), key=lambda item: (-item[1], item[0]))),
    )


# Rows → walk


class _Prices:
    """The price of a cache read, by rate and size of the input; each rate is read once."""

    def __init__(self, rates: Mapping[int, RateTexts], read: ReadPrices) -> None:
        self._rates = rates
        self._read = read
        self._known: dict[int | None, list[tuple[int, int]]] = {None: []}

    def of(self, rate_id: int | None, input_tokens: int) -> int | None:
        """Millionths of a nano-USD for a token, or None."""
        tiers = self._known.get(rate_id)
        if tiers is None:
            rate = self._rates.get(rate_id) if rate_id is not None else None
            tiers = [(above, round(price * MICRO)) for above, price in self._read(rate)] if rate else []
            self._known[rate_id] = tiers
        if not tiers:
            return None
        price = tiers[0][1]
        for above, dearer in tiers[1:]:
            if input_tokens > above:
                price = dearer
        return price


class _Reader:
    """Rows → requests with their factor and price; counts the requests asked for on the way."""

    def __init__(self, found: Mapping[str, Scale], prices: _Prices) -> None:
        self._factors = {model: round(scale.factor * MICRO) for model, scale in found.items()}
        self._keeps = {model: keeps_thinking(model) for model in found}
        self._prices = prices
        self.requests: dict[str, int] = {}
        self.list_cost_nanousd = 0

    def read(self, rows: Iterable[OutputRow]) -> Iterator[tuple[int, int, str, Sent]]:
        """(log, position, context, request) of each response."""
        seen: set[tuple[int, int]] = set()
        for row in rows:
            # A response that stands twice in one log was asked for once: the second is a copy.
            own = bool(row.own) and (row.file_id, row.entry_id) not in seen
            seen.add((row.file_id, row.entry_id))
            price = self._prices.of(row.rate_id, row.input_tokens) if own else None
            if own and row.chosen:
                self.requests[row.model] = self.requests.get(row.model, 0) + 1
                self.list_cost_nanousd += row.list_cost_nanousd or 0
            factor = self._factors.get(row.model, MICRO)
            keeps = self._keeps.get(row.model, False)
            hidden = 0
            if row.thought:
                hidden = max(0, round(row.thought * MICRO / factor) - row.thinking_tokens)
            sent = Sent(own, bool(row.chosen), factor, price, row.input_tokens, keeps, hidden)
            yield row.file_id, row.position, row.context, sent


def walk(
    outputs: Iterable[tuple[int, int, str, Sent]],
    pieces: Iterable[tuple[int, int, str, int, int | None, int | None, int]],
) -> Walked:
    """Both in order of log and position: (log, position, context, …), a response or a piece's fields."""
    walked = Walked()
    streams: dict[str, Stream] = {}
    log: int | None = None
    waiting = iter(outputs)
    output = next(waiting, None)

    def stream(file_id: int, context: str) -> Stream:
        nonlocal log
        if file_id != log:
            _end(streams)
            log = file_id
        found = streams.get(context)
        if found is None:
            found = streams[context] = Stream(walked)
        return found

    for file_id, position, context, kind, tool, path, tokens in pieces:
        while output is not None and (output[0], output[1]) < (file_id, position):
            stream(output[0], output[2]).output(output[3])
            output = next(waiting, None)
        stream(file_id, context).piece(kind, tool, path, tokens)
    while output is not None:
        stream(output[0], output[2]).output(output[3])
        output = next(waiting, None)
    _end(streams)
    return walked


def _end(streams: dict[str, Stream]) -> None:
    for stream in streams.values():
        stream.end()
    streams.clear()


# Walk → parts


def _rounded(amount: int, parts: int) -> int:
    """`amount` of so many parts of a whole, in wholes, half up."""
    return (2 * amount + parts) // (2 * parts)


def _part(name: str, tally: Tally, server: str = "", reads: int = 0) -> Part:
    return Part(
        name,
        tally.pieces,
        _rounded(tally.entered, MICRO),
        tally.resends,
        _rounded(tally.resent, MICRO),
        _rounded(tally.cost, COST),
        _rounded(tally.unpriced, MICRO),
        _rounded(tally.entered + tally.resent, MICRO),
        server,
        reads,
    )


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def _grouped(
    tallies: Mapping[Key, Tally], key_of: Callable[[Key], int | str | None]
) -> dict[int | str, Tally]:
    """The tallies by what `key_of` makes of their keys; None leaves one out."""
    found: dict[int | str, Tally] = {}
    for key, tally in tallies.items():
        name = key_of(key)
        if name is None:
            continue
        sums = found.get(name)
        if sums is None:
            sums = found[name] = Tally()
        sums.add(tally)
    return found


def _largest_first(parts: Iterable[Part]) -> list[Part]:
    sent = (part for part in parts if part.sends)
    return sorted(sent, key=lambda part: (-part.sent_tokens, part.name, part.server))


def _kinds(walked: Walked) -> list[Part]:
    names = {HIDDEN: HIDDEN_THINKING, **dict(enumerate(PIECE_KINDS))}
    groups = _grouped(walked.tallies, lambda key: names.get(key[0], "other"))
    parts = [_part(str(name), tally) for name, tally in groups.items()]
    return _largest_first([_part(SYSTEM, walked.system), *parts])


def _tools(tallies: Mapping[Key, Tally], tools: Mapping[int, tuple[str, str]]) -> list[Part]:
    groups = _grouped(tallies, lambda key: key[1])
    return _largest_first(
        _part(name, tally, server)
        for tool, tally in groups.items()
        for name, server in [tools.get(int(tool), ("", ""))]
    )


def _servers(tallies: Mapping[Key, Tally], tools: Mapping[int, tuple[str, str]]) -> list[Part]:
    groups = _grouped(tallies, lambda key: tools.get(key[1] or 0, ("", ""))[1] or None)
    return _largest_first(_part(str(server), tally) for server, tally in groups.items())


def _paths(connection: Connection, tallies: Mapping[Key, Tally]) -> list[Part]:
    groups = _grouped(tallies, lambda key: key[2])
    reads = _grouped(tallies, lambda key: key[2] if key[0] == FILE_READ else None)
    names = anatomy_rows.paths(connection, {int(path) for path in groups})
    return _largest_first(
        _part(names.get(int(path), ""), tally, "", reads[path].pieces if path in reads else 0)
        for path, tally in groups.items()
    )
