"""The rows of `tokmeter count`: which files are one row, and their sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Named(NamedTuple):
    """What was named on the command line: a file, a folder, `-`."""

    path: str
    is_folder: bool


class Row(NamedTuple):
    """One row: one file, or several together. Tokens and costs (nano-USD, None: unpriced) by model."""

    label: str
    files: int
    bytes: int
    characters: int
    lines: int
    tokens: tuple[int, ...]
    costs: tuple[int | None, ...]


class CountedFile(NamedTuple):
    """A file, and by which word of the command line it came in."""

    named: int
    row: Row

    @property
    def path(self) -> str:
        """Where it is, as it can be opened."""
        return self.row.label


def together(rows: Sequence[Row], models: int, label: str) -> Row:
    """Rows added up; a sum of costs is unknown where one of them is."""
    costs = []
    for n in range(models):
        known = [cost for row in rows if (cost := row.costs[n]) is not None]
        costs.append(sum(known) if len(known) == len(rows) else None)
    return Row(
        label,
        sum(row.files for row in rows),
        sum(row.bytes for row in rows),
        sum(row.characters for row in rows),
        sum(row.lines for row in rows),
        tuple(sum(row.tokens[n] for row in rows) for n in range(models)),
        tuple(costs),
    )


def rows_of(named: Sequence[Named], files: Sequence[CountedFile], models: int, *, each: bool) -> list[Row]:
    """One folder alone: a row for all below each of its entries, the largest first.

    Several words: a row each, in their order, like `wc`. With `each` every file, the largest first.
    """
    if each:
        return _largest([file.row for file in files])
    if len(named) == 1 and named[0].is_folder:
        return _largest(_grouped(files, models, lambda file: _entry(named[0].path, file.path)))
    labels = [_folder(one.path) if one.is_folder else one.path for one in named]
    used = {file.named for file in files}
    return [
        together([file.row for file in files if file.named == n], models, labels[n])
        for n in range(len(named))
        if n in used
    ]


def _grouped(files: Sequence[CountedFile], models: int, label: Callable[[CountedFile], str]) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    for file in files:
        groups.setdefault(label(file), []).append(file.row)
    return [together(rows, models, name) for name, rows in groups.items()]


def _largest(rows: Sequence[Row]) -> list[Row]:
    """By the first model's tokens; of equal ones by name."""
    return sorted(rows, key=lambda row: (-row.tokens[0] if row.tokens else 0, row.label))


def _entry(folder: str, path: str) -> str:
    """The entry of `folder` that `path` is, or lies below: `src/` or `README.md`."""
    inside = path[len(_folder(folder)) :].replace("\\", "/")
    first, slash, _ = inside.partition("/")
    return first + slash


def _folder(path: str) -> str:
    return path if path.endswith(("/", "\\")) else f"{path}/"


def size(count: int) -> str:
    """`1.2 MB`, `340 kB`, `12.3 kB`, `345 B`."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if count >= unit:
            return f"{count / unit:,.1f} {name}"
    return f"{count} B"
