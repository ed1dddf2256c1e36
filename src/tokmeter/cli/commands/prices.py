"""`tokmeter prices show MODEL`: what a model's tokens cost on a day, and who says so."""

from __future__ import annotations

import sys
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tokmeter.cli.context import Context
from tokmeter.cli.options import Argument, Switches, command, text
from tokmeter.cli.output import for_stream, price_data, print_json, problem, table
from tokmeter.core.errors import UsageError
from tokmeter.core.names import printable
from tokmeter.core.period import parse_instant
from tokmeter.core.spans import iso

if TYPE_CHECKING:
    from tokmeter.pricing.show import Priced, PriceSheet

MODEL = Argument("model", "[PROVIDER/]MODEL", "As in reports, or as logged.")
AT = text("at", "DAY", "The prices of this day, not of today.")


@command("json", "common", arguments=(MODEL,), own=(AT,))
def show(switches: Switches, model: str, at: str | None) -> int:
    """The unit prices of a model, in US dollars per million tokens. Exit 1 when nobody publishes one."""
    from tokmeter.pricing.catalog import Catalog  # noqa: PLC0415 - brings the price data
    from tokmeter.pricing.show import price_sheet  # noqa: PLC0415 - the same
    from tokmeter.pricing.user_prices import load_user_prices  # noqa: PLC0415 - the same

    context = Context(switches)
    ts_ms = context.now_ms if at is None else parse_instant(at, context.now_ms, context.zone)
    provider, _, name = model.rpartition("/") if model.count("/") == 1 else ("", "", model)
    if not name.strip():
        raise UsageError("The model has no name.", "For example: tokmeter prices show claude-opus-4-8")
    catalog = Catalog(load_user_prices(context.prices.user_file))
    sheet = price_sheet(catalog, provider, name, ts_ms)
    if switches.json:
        missing = f"no published price on {iso(ts_ms)[:10]}"
        problems = [] if sheet.standard.lines else [problem("unpriced", "warning", missing, "tokmeter paths")]
        print_json(
            "tokmeter.prices/1", context.now_ms, _plain(asdict(sheet)) | {"at": iso(ts_ms)}, problems=problems
        )
    else:
        own = context.prices.user_file or context.paths.prices
        sys.stdout.write(for_stream(_text(sheet, ts_ms, str(own), model), sys.stdout))
    return 0 if sheet.standard.lines else 1


def _text(sheet: PriceSheet, ts_ms: int, own: str, asked: str) -> str:
    """The sheet for people."""
    name = printable(f"{sheet.provider}/{sheet.model}" if sheet.provider else sheet.model)
    if not sheet.standard.lines:
        return "\n".join([*_without(sheet, ts_ms, own, asked), ""])
    valid = " ".join(
        part
        for part in (
            f"from {iso(sheet.valid_from_ms)[:10]}" if sheet.valid_from_ms is not None else "",
            f"until {iso(sheet.valid_to_ms)[:10]}" if sheet.valid_to_ms is not None else "",
        )
        if part
    )
    lines = [f"{name} · US dollars per million tokens, list price on {iso(ts_ms)[:10]}"]
    rows = [["", "Input", "Cache read", "Write 5m", "Write 1h", "Output"]]
    for priced in (sheet.standard, *sheet.variants):
        rows += _rows(priced)
    lines.append(table(rows, right={1, 2, 3, 4, 5}).rstrip("\n"))
    if sheet.standard.web_search_per_1000:
        lines.append(f"  Web search {_amount(sheet.standard.web_search_per_1000)} per 1,000")
    source = printable(f"{price_data(sheet.prices_source, sheet.prices_version)}, as {sheet.priced_as}")
    lines.append(f"  Source: {source}{f' ({valid})' if valid else ''}; {sheet.standard.quality}")
    return "\n".join(lines) + "\n"


def _without(sheet: PriceSheet, ts_ms: int, own: str, asked: str) -> list[str]:
    """Why there is no price, and what to write where to have one."""
    from tokmeter.pricing.lookup import spellings  # noqa: PLC0415 - only without a price
    from tokmeter.reports.prices import Unpriced, unpriced_lines  # noqa: PLC0415 - the same

    one = Unpriced(sheet.model, sheet.provider, tuple(spellings(asked, sheet.model)), own)
    text = [
        "".join(str(piece.value) for group in row.groups for piece in group) for row in unpriced_lines([one])
    ]
    first = (
        f"{sheet.model} has no published price on {iso(ts_ms)[:10]}: it is counted, and reported as unpriced."
    )
    return [printable(row) for row in (first, *text)]


def _rows(priced: Priced) -> list[list[str]]:
    rows = []
    for line in priced.lines:
        name = priced.name if not line.above else f"{priced.name}, over {line.above:,} input"
        prices = (line.input, line.cache_read, line.cache_write_5m, line.cache_write_1h, line.output)
        rows.append([name, *(_amount(price) for price in prices)])
    return rows


def _amount(value: Decimal) -> str:
    """US dollars with at least two decimals, exact."""
    text = f"{value:f}"
    whole, _, decimals = text.partition(".")
    return f"${whole}.{decimals.ljust(2, '0')}"


def _plain(value: object) -> dict[str, object]:
    """A sheet as JSON values: amounts are texts, never floats."""
    plain = _jsonable(value)
    assert isinstance(plain, dict)  # noqa: S101 - for the type checker: a sheet is a mapping
    return plain


def _jsonable(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return value
