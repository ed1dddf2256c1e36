"""The tables that several reports share: by slice of time, by model, by project, by assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokmeter.core.spans import Slice
from tokmeter.metrics.cache import hit_rate
from tokmeter.metrics.mix import shares
from tokmeter.metrics.totals import Sums, Totals, sum_all
from tokmeter.reports.dates import TO, slice_mark, slice_name
from tokmeter.reports.document import Change, Column, Money, Ratio, Series, Table, Value
from tokmeter.reports.frame import Frame
from tokmeter.reports.headline import spent
from tokmeter.reports.labels import project_names, source_title
from tokmeter.reports.numbers import plural

SLICE_TITLES = {"hour": "Hour", "day": "Day", "week": "Week", "month": "Month", "year": "Year"}
SHORT_LIST = 4
"""How many rows a list within another report has, the one that sums up the rest included."""

_MODELS_IN_FULL = (
    Column("model", "Model", "text"),
    Column("list_cost", "Cost", "money"),
    Column("share", "Share", "share", drop=2),
    Column("total_tokens", "Tokens", "tokens", drop=1),
    Column("requests", "Requests", "count", drop=3),
    Column("uncached_input_tokens", "Input", "tokens", drop=6),
    Column("cache_read_input_tokens", "Cache rd", "tokens", drop=5),
    Column("cache_creation_input_tokens", "Cache wr", "tokens", drop=7),
    Column("output_tokens", "Output", "tokens", drop=4),
)


def is_future(part: Slice, now_ms: int) -> bool:
    """Whether a slice has not begun."""
    return part.start_ms > now_ms


def slice_table(frame: Frame, kind: str, found: Totals) -> Table:
    """When: one row each slice; empty hours at either end, and empty years, are left out."""
    rows: list[tuple[Value, ...]] = []
    by_tokens = not any(sums.cost_nanousd for sums in found.by_slice)
    for part, sums in _worth_showing(kind, found):
        label = slice_name(part, kind, frame.period.tz)
        if is_future(part, frame.now_ms) and not sums.requests:
            rows.append((label, None, None, None))
        else:
            size = sums.total_tokens if by_tokens else sums.cost_nanousd
            rows.append((label, spent(sums), sums.total_tokens, size))
    columns = (
        Column("slice", SLICE_TITLES[kind], "text"),
        Column("list_cost", "Cost", "money"),
        Column("total_tokens", "Tokens", "tokens"),
        Column("bar", "", "bar", drop=1),
    )
    return Table(f"{kind}s", "", columns, tuple(rows), side=1)


def _worth_showing(kind: str, found: Totals) -> list[tuple[Slice, Sums]]:
    pairs = list(zip(found.slices, found.by_slice, strict=True))
    used = [n for n, (_, sums) in enumerate(pairs) if sums.requests]
    if kind == "year":
        return [pairs[n] for n in used]
    if kind == "hour":
        return pairs[used[0] : used[-1] + 1] if used else []
    return pairs


def model_table(frame: Frame, kind: str, found: Totals, before: Mapping[str, Sums] | None) -> Table:
    """What: one row each model, costliest first, and their total."""
    percent = shares(found.by_model)
    rows = [
        (model, *_figures(sums, percent[model], (before or {}).get(model), _series(frame, found, model)))
        for model, sums in found.by_model.items()
    ]
    if before is None:
        rows = [(*row[:-2], None, row[-1]) for row in rows]
    earlier = sum_all(before.values()) if before is not None else None
    total = (
        "Total",
        *_figures(found.total, sum(percent.values()), earlier, _series(frame, found, None), total=True),
    )
    if before is None:
        total = (*total[:-2], None, total[-1])
    return Table(
        "models", "", _model_columns(frame, kind, found, compared=before is not None), tuple(rows), total
    )


def _model_columns(frame: Frame, kind: str, found: Totals, *, compared: bool) -> tuple[Column, ...]:
    tz = frame.period.tz
    title = ""
    if found.slices:
        marks = slice_mark(found.slices[0], kind, tz), slice_mark(found.slices[-1], kind, tz)
        title = f"{marks[0]}{TO}{marks[1]}" if len(found.slices) > 1 else marks[0]
    columns = [
        Column("model", "Model", "text"),
        Column("list_cost", "Cost", "money"),
        Column("share", "Share", "share", drop=2),
        Column("total_tokens", "Tokens", "tokens", drop=1),
        Column("requests", "Requests", "count", drop=3, wide_title="Reqs"),
        Column("cache_hit", "Cache hit", "percent", drop=4, narrow=True),
        Column("uncached_input_tokens", "Input", "tokens", wide=True, drop=9),
        Column("cache_read_input_tokens", "Cache rd", "tokens", wide=True, drop=8),
        Column("cache_creation_input_tokens", "Cache wr", "tokens", wide=True, drop=8),
        Column("output_tokens", "Output", "tokens", wide=True, drop=7),
        Column("reasoning_output_tokens", "Reason", "tokens", wide=True, drop=10),
        Column("cost_per_million", "$/1M", "money", wide=True, drop=11),
        Column("change", _change_title(frame), "change", wide=True, drop=11 if compared else 20),
        Column("series", title, "series", drop=5),
    ]
    return tuple(columns)


def _change_title(frame: Frame) -> str:
    return {"day": "±day", "week": "±wk", "month": "±mon", "year": "±yr"}.get(frame.period.kind, "±prev")


def _figures(
    sums: Sums, share: int, before: Sums | None, series: Series, *, total: bool = False
) -> tuple[Value, ...]:
    rate = hit_rate(sums)
    per_million = None
    if sums.list_cost_nanousd is not None and sums.total_tokens > sums.unpriced_tokens:
        priced = sums.total_tokens - sums.unpriced_tokens
        per_million = (sums.cost_nanousd * 1_000_000 + priced // 2) // priced
    return (
        spent(sums),
        share,
        sums.total_tokens,
        sums.requests,
        None if total or rate is None else Ratio(*rate),
        sums.uncached_input_tokens,
        sums.cache_read_input_tokens or None,
        sums.cache_creation_input_tokens or None,
        sums.output_tokens,
        sums.reasoning_output_tokens or None,
        Money(per_million),
        Change(sums.cost_nanousd, before.cost_nanousd if before else 0),
        series,
    )


def _series(frame: Frame, found: Totals, model: str | None) -> Series:
    by_tokens = not found.total.cost_nanousd
    values: list[int | None] = []
    for n, part in enumerate(found.slices):
        sums = found.by_slice[n] if model is None else found.by_model_slice.get((model, n))
        if sums is None or not sums.requests:
            values.append(None if is_future(part, frame.now_ms) else 0)
        else:
            values.append(sums.total_tokens if by_tokens else sums.cost_nanousd)
    return Series(tuple(values))


_GROUP_COLUMNS = (
    Column("list_cost", "Cost", "money"),
    Column("share", "Share", "share", drop=1),
    Column("requests", "Reqs", "count", drop=2),
)


def project_table(found: Totals) -> Table:
    """Who, by folder: the three costliest and the rest."""
    names = project_names(found.by_project)
    groups = [(names[project], sums) for project, sums in found.by_project.items()]
    return _short_table("projects", "Project", groups, side=2)


def source_table(found: Totals) -> Table:
    """Who, by assistant."""
    groups = [(source_title(source), sums) for source, sums in found.by_source.items()]
    return _short_table("assistants", "Assistant", groups, side=3)


def _short_table(name: str, title: str, groups: Sequence[tuple[str, Sums]], side: int) -> Table:
    if len(groups) > SHORT_LIST:
        head, tail = groups[: SHORT_LIST - 1], groups[SHORT_LIST - 1 :]
        groups = [*head, (f"{len(tail)} more", sum_all(sums for _, sums in tail))]
    percent = list(shares({str(n): sums for n, (_, sums) in enumerate(groups)}).values())
    rows = tuple(
        (label, spent(sums), share, sums.requests)
        for (label, sums), share in zip(groups, percent, strict=True)
    )
    return Table(
        name, f"{title}s", (Column(name, title, "text"), *_GROUP_COLUMNS), rows, inline=True, side=side
    )


def counted(count: int, word: str) -> str:
    """`4 projects`."""
    return f"{count:,} {plural(count, word)}"


def models_in_full(by_model: Mapping[str, Sums]) -> Table:
    """What: one row each model, with every kind of token."""
    percent = shares(dict(by_model))
    rows: list[tuple[Value, ...]] = [
        (
            model,
            spent(sums),
            percent[model],
            sums.total_tokens,
            sums.requests,
            sums.uncached_input_tokens,
            sums.cache_read_input_tokens or None,
            sums.cache_creation_input_tokens or None,
            sums.output_tokens,
        )
        for model, sums in by_model.items()
    ]
    return Table("models", "", _MODELS_IN_FULL, tuple(rows))
