"""Prices on a page: the multiplication behind one cost, the unit prices behind many, and what to do without.

The command line asks `pricing` and hands over plain values: a report knows no price list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokmeter.core.money import as_json, exact
from tokmeter.core.spans import iso, local
from tokmeter.reports.dates import TO
from tokmeter.reports.document import Column, Line, Table, Value, line, words

KINDS = {
    "uncached_input_tokens": "input, not cached",
    "cache_read_input_tokens": "cache read",
    "cache_creation_5m_input_tokens": "cache write, 5 minutes",
    "cache_creation_1h_input_tokens": "cache write, 1 hour",
    "output_tokens": "output",
    "reasoning_output_tokens": "reasoning",
    "web_searches": "web searches",
    "calls": "the call itself",
}
QUALITIES = {
    "exact": "published for this provider, model, tier and date",
    "commitment": "capacity paid in advance: the standard price is shown",
    "no-cache-price": "no price is published for cached tokens: they take that of other input",
    "maker": "the provider publishes no price: that of the model's maker",
    "alias": "an internal name, priced as the model known to stand behind it",
    "ratio": "this tier's ratio to the standard price, on the standard price of the date",
    "tier-unknown": "no price is known for this tier or region: the standard price is shown",
    "unpriced": "nobody publishes a price",
}
"""What is said for each quality of `pricing/rates.py`."""

_CHARGES = (
    Column("kind", "Kind of token", "text"),
    Column("count", "Count", "count"),
    Column("price", "Price, USD", "count", drop=1),
    Column("cost", "USD", "count"),
)
_COUNTS = (Column("kind", "Kind of token", "text"), Column("count", "Count", "count"))
_PRICES = (
    Column("input", "Input", "count"),
    Column("cache_read", "Cache rd", "count", drop=3),
    Column("cache_write_5m", "Write 5m", "count", drop=4),
    Column("cache_write_1h", "Write 1h", "count", drop=5),
    Column("output", "Output", "count"),
    Column("requests", "Requests", "count", drop=6),
)


class Charge(NamedTuple):
    """One factor of a cost: `quantity` of a kind at `unit_price` USD for `per` of them, exact."""

    kind: str
    quantity: int
    per: int
    unit_price: str
    cost_nanousd: int


class Charged(NamedTuple):
    """The factors of one request's list cost. `above`: where its tier begins, in input tokens (0: base)."""

    rows: tuple[Charge, ...]
    above: int
    priced_as: str


class Tier(NamedTuple):
    """Prices of requests with more than `above` tokens of input, in USD per million tokens, exact."""

    above: int
    input: str
    cache_read: str
    cache_write_5m: str
    cache_write_1h: str
    output: str


class PriceInUse(NamedTuple):
    """Unit prices that requests were priced with; None: open. `variant` is a tier or speed, or ''."""

    model: str
    variant: str
    requests: int
    valid_from_ms: int | None
    valid_to_ms: int | None
    prices_source: str
    prices_version: str
    price_quality: str
    priced_as: str
    tiers: tuple[Tier, ...]


class Unpriced(NamedTuple):
    """A model without a price, under which names one was sought, and the user's file it could stand in."""

    model: str
    provider: str
    names: tuple[str, ...]
    prices_file: str


def dollars(text: str) -> str:
    """A price as people write it: at least two decimals, none lost."""
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def source_words(source: str, version: str, priced_as: str) -> str:
    """Whose prices: `genai-prices 0.2.3, as anthropic/claude-opus-4-8`."""
    if source == "free":
        return "runs on your own computer, nobody bills it"
    if source == "user":
        name = "your price file"
    else:
        base = source.partition(":")[0]
        name = version if version.startswith(base) else f"{base} {version}".strip()
    return f"{name}, as {priced_as}" if priced_as else name


# One request


def charge_table(charged: Charged, reasoning: int) -> Table:
    """Count times price, kind by kind; the last column adds up to the list cost."""
    places = max((len(exact(row.cost_nanousd).partition(".")[2]) for row in charged.rows), default=2)
    whole = sum(row.cost_nanousd for row in charged.rows)
    rows: list[tuple[Value, ...]] = []
    for row in charged.rows:
        price = f"{dollars(row.unit_price)} per {'1M' if row.per == 1_000_000 else f'{row.per:,}'}"
        rows.append((KINDS[row.kind], row.quantity, price, _amount(row.cost_nanousd, places)))
        if row.kind == "output_tokens" and reasoning and "reasoning_output_tokens" not in _kinds(charged):
            rows.append(("  of which reasoning", reasoning, "", ""))
    total = ("List cost", None, None, _amount(whole, places))
    return Table("charges", "", _CHARGES, tuple(rows), total)


def count_table(counts: Sequence[int], *, total: bool = False) -> Table:
    """Counts alone, in the order of the ledger's columns; with `total` the tokens added up."""
    rows: list[tuple[Value, ...]] = [
        (KINDS[kind], count) for kind, count in zip(KINDS, counts, strict=False) if count
    ]
    rows = [
        ("  of which reasoning", row[1]) if row[0] == KINDS["reasoning_output_tokens"] else row
        for row in rows
    ]
    return Table("counts", "", _COUNTS, tuple(rows), ("All tokens", sum(counts[:5])) if total else None)


def charged_data(charged: Charged | None) -> dict[str, object]:
    """The same in JSON; FOCUS calls the factors PricingQuantity and ListUnitPrice."""
    if charged is None:
        return {"charges": None, "tier_above": None, "priced_as": None}
    return {
        "charges": [
            {
                "kind": row.kind,
                "quantity": row.quantity,
                "per": row.per,
                "unit_price": {"amount": dollars(row.unit_price), "currency": "USD"},
                "list_cost": as_json(row.cost_nanousd),
            }
            for row in charged.rows
        ],
        "tier_above": charged.above,
        "priced_as": charged.priced_as or None,
    }


def _kinds(charged: Charged) -> set[str]:
    return {row.kind for row in charged.rows}


def _amount(nano: int, places: int) -> str:
    whole, _, decimals = exact(nano).partition(".")
    return f"{whole}.{decimals.ljust(places, '0')}"


# Many requests


def price_table(prices: Sequence[PriceInUse], tz: tzinfo) -> Table:
    """The unit prices behind many requests, in USD per million tokens; one model's with their spans."""
    alone = len({price.model for price in prices}) == 1
    tiered = any(len(price.tiers) > 1 for price in prices)
    changed = not alone and len({(price.model, price.variant) for price in prices}) < len(prices)
    columns = [
        Column("model", "Model", "text"),
        *([Column("span", "In force", "text", drop=2)] if changed else []),
        *([Column("above", "Input over", "tokens")] if tiered else []),
        *_PRICES,
        *([Column("basis", "", "remark")] if alone else []),
    ]
    rows: list[tuple[Value, ...]] = []
    for price in prices:
        name = f"{price.model} {price.variant}".strip()
        for n, tier in enumerate(price.tiers):
            row: tuple[Value, ...] = (name, *([_span(price, tz)] if changed else []))
            row += (tier.above or None,) if tiered else ()
            row += tuple(f"${dollars(amount)}" for amount in tier[1:])
            row += (None if n else price.requests, *([_basis(price, tz) if not n else ""] if alone else []))
            rows.append(row)
    return Table("prices", "Unit prices, USD per million tokens", tuple(columns), tuple(rows))


def _basis(price: PriceInUse, tz: tzinfo) -> str:
    source = source_words(price.prices_source, price.prices_version, price.priced_as)
    quality = "" if price.prices_source == "free" else f"; {QUALITIES[price.price_quality]}"
    return f"{_span(price, tz)}: {source}{quality}"


def _span(price: PriceInUse, tz: tzinfo) -> str:
    """`since 2026-02-05`, from one day to another, `at any time`."""
    start = None if price.valid_from_ms is None else f"{local(price.valid_from_ms, tz):%Y-%m-%d}"
    end = None if price.valid_to_ms is None else f"{local(price.valid_to_ms - 1, tz):%Y-%m-%d}"
    if start and end:
        return start if start == end else f"{start}{TO}{end}"
    return f"since {start}" if start else f"until {end}" if end else "at any time"


def price_data(price: PriceInUse) -> dict[str, object]:
    """The same in JSON, USD per million tokens."""
    return {
        "model": price.model,
        "variant": price.variant or None,
        "requests": price.requests,
        "valid_from": None if price.valid_from_ms is None else iso(price.valid_from_ms),
        "valid_to": None if price.valid_to_ms is None else iso(price.valid_to_ms),
        "prices_source": price.prices_source,
        "prices_version": price.prices_version,
        "price_quality": price.price_quality,
        "priced_as": price.priced_as or None,
        "tiers": [
            {"above": tier.above}
            | {
                name: {"amount": dollars(amount), "currency": "USD"}
                for name, amount in zip(Tier._fields[1:], tier[1:], strict=True)
            }
            for tier in price.tiers
        ],
    }


# Without a price

SHOWN = 3
"""Models without a price that are told about one by one."""


def unpriced_lines(unpriced: Sequence[Unpriced]) -> list[Line]:
    """Why there is no price, and what to write where to have one."""
    lines: list[Line] = []
    for one in unpriced[:SHOWN]:
        by = f", billed by {one.provider}" if one.provider not in ("", "unknown") else ""
        text = f"No price for {one.model}{by}: nobody publishes one under {_listed(one.names)}."
        lines.append(line(words(text, "warn")))
    if len(unpriced) > SHOWN:
        lines.append(line(words(f"The same for {len(unpriced) - SHOWN} more models.", "warn")))
    where = f"To price it, add this to {unpriced[0].prices_file}, in USD per million tokens:"
    lines.append(line(words(where)))
    # No number: pasted as it stands, 0.00 would turn unknown costs into none.
    stanza = (
        "[[price]]",
        f"model = {_toml(unpriced[0].model)}",
        "input = ?",
        "cache_read = ?  # left out: as input",
        "output = ?",
    )
    lines += [line(words(f"  {text}")) for text in stanza]
    lines.append(line(words("Then: tokmeter reprice")))
    return lines


def _listed(names: Sequence[str]) -> str:
    quoted = [f"{name!r}" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _toml(text: str) -> str:
    """`text` as a TOML string: names from logs may hold anything."""
    import json  # noqa: PLC0415 - TOML's basic strings are JSON's, and few pages need one

    return json.dumps(text)
